package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kith"
	"kith/internal/core"
)

// usageError is a command that was written wrongly: it ends with exit code 2, others with 1.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// takes checks the words of a command, and says how it is written.
func takes(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usage("%w\nusage: %s", err, cmd.UseLine())
		}
		return nil
	}
}

// exitCode is what a program learns of a failure.
func exitCode(err error) int {
	_, wrong := errors.AsType[usageError](err)
	if wrong || strings.HasPrefix(err.Error(), "unknown command") { // cobra's own, which has no type
		return 2
	}
	return 1
}

// explain is what a person reads of a failure of the command: of refusals what the core says, and of faults
// the chain.
func explain(cmd *cobra.Command, err error) string {
	var lines []string
	for _, e := range kith.Errors(err) {
		if e.Kind == kith.Internal {
			return err.Error()
		}
		line := e.Message
		if e.Field != "" {
			line = flagOf(cmd, e.Field) + ": " + line
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// otherFlags are flags that are not called what the core calls the field.
var otherFlags = map[string]string{"duration": "for", "email": "owner", "groups": "group", "password": "password-stdin"}

// flagOf is the command's flag for one of the core's fields; the field if it has none.
func flagOf(cmd *cobra.Command, field string) string {
	name := strings.ReplaceAll(field[strings.LastIndexByte(field, '.')+1:], "_", "-")
	for _, name := range []string{name, otherFlags[name]} {
		if cmd.LocalNonPersistentFlags().Lookup(name) != nil {
			return "--" + name
		}
	}
	return field
}

// checkText refuses what is no text at all: it cannot be stored, and never was.
func checkText(cmd *cobra.Command, args []string) error {
	cmd.Flags().Visit(func(f *pflag.Flag) { args = append(args, f.Value.String()) })
	for _, text := range args {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return usage("%q is no valid UTF-8 text", text)
		}
	}
	return nil
}

// family is a command that only holds others.
func family(use, short string, commands ...*cobra.Command) *cobra.Command {
	all := &cobra.Command{Use: use, Short: short, RunE: func(cmd *cobra.Command, args []string) error {
		var names []string
		for _, c := range cmd.Commands() {
			names = append(names, c.Name())
		}
		return usage("%s takes one of: %s", cmd.CommandPath(), strings.Join(names, ", "))
	}}
	all.AddCommand(commands...)
	return all
}

// errNoDatabase keeps a command that looks from making what it looks for.
func errNoDatabase(where string) error {
	return fmt.Errorf("there is no database at %s; KITH_DATABASE says where it is", where)
}

// beside runs work on the core, beside running servers: on the same database, with the same master key.
// It makes neither.
func (c config) beside(ctx context.Context, work func(ctx context.Context, k *core.Core) error) error {
	if path, is := strings.CutPrefix(c.get("KITH_DATABASE"), "sqlite:"); is && path != ":memory:" {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return errNoDatabase(path)
		}
	}
	if _, err := os.Stat(c.keyFile()); c.get("KITH_MASTER_KEY") == "" && errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no master key at %s; KITH_MASTER_KEY or KITH_DATA says where it is", c.keyFile())
	}
	db, err := openStore(ctx, c, logger(c, os.Stderr))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // nothing is left to lose: every change is committed
	k, err := buildCore(ctx, c, db, "")
	if err != nil {
		return err
	}
	return work(ctx, k)
}

// inCompany is beside for the operator of one company.
func (c config) inCompany(ctx context.Context, slug string, work func(ctx context.Context, k *core.Core, by *kith.Actor) error) error {
	if slug == "" {
		return usage("name the company: --company SLUG")
	}
	return c.beside(ctx, func(ctx context.Context, k *core.Core) error {
		by, err := k.Directory.Operator(ctx, slug)
		if err != nil {
			return err
		}
		return work(ctx, k, by)
	})
}

// output prints what a command found: for people, or for programs as one JSON document.
type output struct {
	to   io.Writer
	json bool
}

// addOutput gives a command its --json.
func addOutput(cmd *cobra.Command) *output {
	out := &output{to: os.Stdout}
	cmd.Flags().BoolVar(&out.json, "json", false, "print one JSON document")
	return out
}

// document prints v if programs read, and otherwise what people prints.
func (o *output) document(v any, people func() error) error {
	if !o.json {
		return people()
	}
	text := json.NewEncoder(o.to)
	text.SetIndent("", "  ")
	text.SetEscapeHTML(false)
	return text.Encode(v)
}

// facts prints names and values, one pair to a line. What is empty is left out.
func (o *output) facts(pairs ...string) error {
	columns := tabwriter.NewWriter(o.to, 0, 0, 2, ' ', 0)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			fmt.Fprintf(columns, "%s\t%s\n", plain(pairs[i]), plain(pairs[i+1]))
		}
	}
	return columns.Flush()
}

// plain is text that does nothing to a terminal: what users call themselves is theirs to choose.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

// moment is a time for people; "" for none.
func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format("2006-01-02 15:04:05Z")
}

// millis is a time for programs: Unix milliseconds, as the APIs have it; nil for none.
func millis(at time.Time) *int64 {
	if at.IsZero() {
		return nil
	}
	ms := at.UnixMilli()
	return &ms
}
