package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"kith"
	"kith/internal/core"
	"kith/internal/core/signin"
)

// tokenDocument is a token that was just made, for programs.
type tokenDocument struct {
	Token   string `json:"token"`
	Key     string `json:"token_key"`
	User    string `json:"user"`
	Label   string `json:"label"`
	Expires *int64 `json:"expires"` // null: never
	Created *int64 `json:"created"`
}

func tokenCommand(c *config) *cobra.Command {
	return family("token", "Look after the tokens of a company's users", tokenCreate(c))
}

func tokenCreate(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "create --company COMPANY --user USER --label LABEL", Short: "Make a token for a user and print it, this once",
		Args: takes(cobra.NoArgs)}
	company := cmd.Flags().String("company", "", "the user's company")
	user := cmd.Flags().String("user", "", "whose: id, e-mail, mobile or username; a machine's, most often")
	label := cmd.Flags().String("label", "", "what it is for")
	life := cmd.Flags().Duration("for", 0, "how long it lives, such as 720h; for good if not given")
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		switch {
		case *user == "":
			return usage("say whose: --user USER")
		case *label == "":
			return usage("say what it is for: --label LABEL")
		case cmd.Flags().Changed("for") && *life < time.Second:
			return usage("--for is %s: give a second or more, or leave it out for a token that lives for good", *life)
		}
		in := signin.NewTokenFor{User: *user, Label: *label, Duration: *life}
		return c.inCompany(cmd.Context(), *company, func(ctx context.Context, k *core.Core, by *kith.Actor) error {
			t, err := k.Signin.AddTokenFor(ctx, by, in)
			if err != nil {
				return err
			}
			s := t.Session
			document := tokenDocument{t.Token, s.Handle, t.User.ID.String(), s.Label, millis(s.ExpiresAt), millis(s.CreatedAt)}
			return out.document(document, func() error {
				until := "never"
				if !s.ExpiresAt.IsZero() {
					until = moment(s.ExpiresAt)
				}
				return out.facts("Token", t.Token, "User", called(t.User), "Label", s.Label, "Expires", until)
			})
		})
	}
	return cmd
}
