package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"kith"
	"kith/internal/core"
	"kith/internal/core/message"
	"kith/internal/mail"
)

func mailCommand(c *config) *cobra.Command {
	return family("mail", "Look after mails and text messages", mailPreview(c), mailTest(c), mailDead(c), mailRedeliver(c))
}

// stepDocument is what happened on the way of a mail, for programs.
type stepDocument struct {
	Step   string `json:"step"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Advice string `json:"advice,omitempty"`
}

// testDocument is what came of kith mail test, for programs.
type testDocument struct {
	Server string         `json:"server"`
	To     string         `json:"to"`
	Sent   bool           `json:"sent"`
	Steps  []stepDocument `json:"steps"`
}

// errNotSent ends kith mail test, which has said why.
var errNotSent = errors.New("the mail was not sent")

func mailTest(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "test ADDRESS", Short: "Send a mail by the configured server and say what happens, step by step", Args: takes(cobra.ExactArgs(1))}
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if c.mail == nil {
			return errors.New("there is no mail server to test: set KITH_SMTP and KITH_MAIL_FROM")
		}
		now := kith.SystemClock()
		m := &kith.Message{ID: kith.NewID[kith.Message](now, rand.Reader), Channel: kith.ChannelEmail, To: args[0], Sender: "kith",
			Subject: "A mail from kith", Text: "This mail shows that kith can send mails.\n",
			HTML: "<p>This mail shows that kith can send mails.</p>\n", CreatedAt: now}
		document := testDocument{Server: c.mail.Name(), To: m.To, Steps: []stepDocument{}}
		err := c.mail.Check(cmd.Context(), m, func(s mail.Step) {
			document.Steps = append(document.Steps, stepDocument{s.Name, s.OK, s.Detail, s.Advice})
			if !out.json {
				printStep(out, s)
			}
		})
		document.Sent = err == nil
		if err := out.document(document, func() error { return nil }); err != nil {
			return err
		}
		if err != nil {
			return errNotSent
		}
		return nil
	}
	return cmd
}

// printStep tells a step as it is done.
func printStep(out *output, s mail.Step) {
	word := "ok"
	if !s.OK {
		word = "FAILED"
	}
	fmt.Fprintf(out.to, "%-9s %-7s %s\n", s.Name, word, plain(s.Detail))
	if s.Advice != "" {
		fmt.Fprintf(out.to, "%-17s %s\n", "", s.Advice)
	}
}

// deadDocument is a dead message, for programs.
type deadDocument struct {
	ID       string `json:"id"`
	Company  string `json:"company"`
	User     string `json:"user"`
	Channel  string `json:"channel"`
	Kind     string `json:"kind"`
	Attempts int    `json:"attempts"`
	Ended    *int64 `json:"ended"`
	Provider string `json:"provider"`
	Reason   string `json:"reason"`
	Expired  bool   `json:"expired"` // it cannot be delivered again
}

// deadAtOnce is how many dead messages are read at a time.
const deadAtOnce = 500

func mailDead(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "dead", Short: "List messages that were refused, given up or too late", Args: takes(cobra.NoArgs)}
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.beside(cmd.Context(), func(ctx context.Context, k *core.Core) error {
			list := out.list("messages", "ID", "COMPANY", "CHANNEL", "KIND", "ATTEMPTS", "ENDED", "EXPIRED", "REASON")
			var after kith.MessageID
			for {
				page, err := k.Outbox.Lost(ctx, after, deadAtOnce)
				if err != nil || len(page) == 0 {
					return errors.Join(err, list.end(err == nil))
				}
				for _, m := range page {
					if err := list.add(deadDocumentOf(m), m.ID.String(), m.Slug, m.Channel.String(), m.Kind, strconv.Itoa(m.Attempts),
						moment(m.EndedAt), yesNo(m.Expired), m.Fault); err != nil {
						return err
					}
				}
				after = page[len(page)-1].ID
			}
		})
	}
	return cmd
}

func deadDocumentOf(m message.Lost) deadDocument {
	return deadDocument{m.ID.String(), m.Slug, m.User.String(), m.Channel.String(), m.Kind, m.Attempts, millis(m.EndedAt), m.Provider, m.Fault, m.Expired}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func mailRedeliver(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "redeliver [ID | --all]", Short: "Let dead messages that have not expired be tried again", Args: takes(cobra.MaximumNArgs(1))}
	all := cmd.Flags().Bool("all", false, "every one of them")
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var only kith.MessageID
		switch {
		case *all == (len(args) == 1):
			return usage("say which: an ID that kith mail dead shows, or --all")
		case !*all:
			var err error
			if only, err = kith.ParseID[kith.Message](args[0]); err != nil {
				return usage("%q is no ID of a message: kith mail dead shows them", args[0])
			}
		}
		return c.beside(cmd.Context(), func(ctx context.Context, k *core.Core) error {
			n, err := k.Outbox.Redeliver(ctx, only)
			if err == nil && n == 0 && !*all {
				err = errors.New("no such message is dead and could still be delivered")
			}
			if err != nil {
				return err
			}
			return out.document(struct {
				Redelivered int `json:"redelivered"`
			}{n}, func() error {
				_, err := fmt.Fprintf(out.to, "%d to be tried again\n", n)
				return err
			})
		})
	}
	return cmd
}
