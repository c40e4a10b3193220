package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kith"
	"kith/internal/core"
	"kith/internal/core/audit"
)

// whyDocument explains a decision to programs.
type whyDocument struct {
	Actor     string `json:"actor"`
	Operation string `json:"operation"`
	Asked     string `json:"asked"`
	Allowed   bool   `json:"allowed"`
	Active    bool   `json:"active"`
	Section   bool   `json:"section"`
	Table     string `json:"table"`
	Row       string `json:"row"`
	Because   string `json:"because"`
}

// whyRowDocument explains what somebody may do with a row to programs.
type whyRowDocument struct {
	Actor  *string       `json:"actor"` // null: a guest
	Type   string        `json:"type"`
	ID     string        `json:"id"`
	Active bool          `json:"active"`
	Verbs  []whyVerbLine `json:"verbs"`
}

type whyVerbLine struct {
	Verb      string `json:"verb"`
	Allowed   bool   `json:"allowed"`
	Table     string `json:"table"`
	Row       string `json:"row"`
	Outranked bool   `json:"outranked"`
}

func whyCommand(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "why --company COMPANY --actor USER OPERATION|--table TABLE --row ID [VERB]",
		Short: "Explain whether a user may do something, such as user.change, and by which rule",
		Long: `Explain what the access rule says to a user.

An OPERATION is a noun and a verb, such as user.change: asked with the row of a user, --on.

--table and --row name a row of the table API (/api), as its addresses do. Then each verb is told, or the one that
is asked for: peek, view, add, change, delete, execute, refer. Without --actor it is asked for a guest. Of a row of
the table action, execute tells who may run the action.`,
		Example: `  kith why --company acme --actor joe@example.com user.change --on zoe@example.com
  kith why --company acme --actor joe@example.com --table email --row 61298460229632 delete
  kith why --company acme --table user_account --row 01a201a6-0382-7d51-b370-b00743353481`,
		Args: takes(cobra.MaximumNArgs(1))}
	company := cmd.Flags().String("company", "", "the user's company")
	var q audit.Question
	cmd.Flags().StringVar(&q.Actor, "actor", "", "who would do it: id, e-mail, mobile or username")
	cmd.Flags().StringVar(&q.Section, "section", "admin", "user: with what is one's own; admin: as staff")
	cmd.Flags().StringVar(&q.On, "on", "", "the user to whose row it would be done; the actor's own if not given")
	table := cmd.Flags().String("table", "", "the table of the table API whose row it would be done to")
	row := cmd.Flags().String("row", "", "that row's id")
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		changed := cmd.Flags().Changed
		switch ofRow := *table != "" || *row != ""; {
		case ofRow && (*table == "" || *row == ""):
			return usage("a row is named by both --table TABLE and --row ID")
		case ofRow && (changed("section") || changed("on")):
			return usage("--section and --on are for operations, not with --table and --row")
		case !ofRow && len(args) == 0:
			return usage("say what: an operation, or --table TABLE and --row ID\nusage: %s", cmd.UseLine())
		case !ofRow && q.Actor == "":
			return usage("say who: --actor USER")
		}
		return c.inCompany(cmd.Context(), *company, func(ctx context.Context, k *core.Core, by *kith.Actor) error {
			if *table != "" {
				return out.whyRow(ctx, k, by, *table, *row, q.Actor, args)
			}
			q.Operation = args[0]
			return out.why(ctx, k, by, q)
		})
	}
	return cmd
}

// verdict is a decision for people.
var verdict = map[bool]string{true: "allowed", false: "refused"}

// why explains what the rule says to an operation.
func (o *output) why(ctx context.Context, k *core.Core, by *kith.Actor, q audit.Question) error {
	w, err := k.Audit.Why(ctx, by, q)
	if err != nil {
		return err
	}
	asked := w.Operation.Asked().String()
	document := whyDocument{w.Actor.User.ID.String(), w.Operation.Name, asked, w.Allowed, w.Active, w.Section,
		string(w.Table), string(w.Row), w.Because}
	return o.document(document, func() error {
		return o.facts("Actor", called(w.Actor.User), "Asked", asked, "Verdict", verdict[w.Allowed], "Because", w.Because,
			"Table rule", string(w.Table), "Row rule", string(w.Row))
	})
}

// whyRow explains what the rule says to each verb on a row of the table API, or to one of them.
func (o *output) whyRow(ctx context.Context, k *core.Core, by *kith.Actor, table, row, actor string, verbs []string) error {
	t := k.Resources.Table(table)
	if t == nil {
		return usage("there is no table %q; there are %s", table, strings.Join(tableNames(k), ", "))
	}
	only := kith.AllVerbs
	if len(verbs) > 0 {
		verb, known := kith.VerbNamed(verbs[0])
		if !known {
			return usage("there is no verb %q; there are %s", verbs[0], strings.ReplaceAll(kith.AllVerbs.String(), ",", ", "))
		}
		only = kith.Of(verb)
	}
	w, err := k.Resources.Why(ctx, by, t, row, actor)
	if kind := kith.AsError(err); err != nil && kind.Kind == kith.NotFound {
		return fmt.Errorf("there is no row %q in %s", row, table)
	} else if err != nil {
		return err
	}
	document := whyRowDocument{Type: table, ID: row, Active: w.Idle == "", Verbs: []whyVerbLine{}}
	who := "a guest"
	if w.Actor != nil {
		id := w.Actor.ID.String()
		document.Actor, who = &id, called(w.Actor)
	}
	for _, b := range w.Verbs {
		if only.Has(b.Verb) {
			document.Verbs = append(document.Verbs, whyVerbLine{b.Verb.String(), b.Allowed() && document.Active, string(b.Table), string(b.Row), b.Outranked})
		}
	}
	return o.document(document, func() error {
		if err := o.facts("Actor", who, "Row", table+"  "+row, "But", w.Idle); err != nil {
			return err
		}
		list := o.list("verbs", "VERB", "VERDICT", "TABLE RULE", "ROW RULE")
		for _, l := range document.Verbs {
			rule := cmp.Or(l.Row, "none")
			if l.Outranked {
				rule += ", but it is of a user who holds permissions that the actor does not"
			}
			if err := list.add(nil, l.Verb, verdict[l.Allowed], cmp.Or(l.Table, "none"), rule); err != nil {
				return err
			}
		}
		return list.end(true)
	})
}

// tableNames lists the tables of the table API.
func tableNames(k *core.Core) []string {
	var names []string
	for _, t := range k.Resources.Tables() {
		names = append(names, t.Name)
	}
	return names
}
