package main

import (
	"context"

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

func whyCommand(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "why --company COMPANY --actor USER OPERATION", Short: "Explain whether a user may do something, such as user.change",
		Args: takes(cobra.ExactArgs(1))}
	company := cmd.Flags().String("company", "", "the user's company")
	actor := cmd.Flags().String("actor", "", "who would do it: id, e-mail, mobile or username")
	section := cmd.Flags().String("section", "admin", "user: with what is one's own; admin: as staff")
	on := cmd.Flags().String("on", "", "the user to whose row it would be done; the actor's own if not given")
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *actor == "" {
			return usage("say who: --actor USER")
		}
		return c.inCompany(cmd.Context(), *company, func(ctx context.Context, k *core.Core, by *kith.Actor) error {
			w, err := k.Audit.Why(ctx, by, audit.Question{Actor: *actor, Operation: args[0], Section: *section, On: *on})
			if err != nil {
				return err
			}
			asked := w.Operation.Asked().String()
			document := whyDocument{w.Actor.User.ID.String(), w.Operation.Name, asked, w.Allowed, w.Active, w.Section,
				string(w.Table), string(w.Row), w.Because}
			return out.document(document, func() error {
				verdict := map[bool]string{true: "allowed", false: "refused"}[w.Allowed]
				return out.facts("Actor", called(w.Actor.User), "Asked", asked, "Verdict", verdict, "Because", w.Because,
					"Table rule", string(w.Table), "Row rule", string(w.Row))
			})
		})
	}
	return cmd
}
