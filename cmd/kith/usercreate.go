package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"kith"
	"kith/internal/core"
	"kith/internal/core/directory"
)

func userCreate(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "create --company COMPANY", Short: "Add a user to a company", Args: takes(cobra.NoArgs),
		Long: `Add a user to a company. Somebody with an e-mail is mailed a link by which they set their password. A machine
has no password: make it a token.`}
	flags := cmd.Flags()
	company := flags.String("company", "", "the company to add them to")
	var in directory.NewUserByStaff
	flags.StringVar(&in.Email, "email", "", "e-mail")
	flags.StringVar(&in.Mobile, "mobile", "", "mobile number with its country's code, such as +27831234567")
	flags.StringVar(&in.Username, "username", "", "username")
	first := flags.String("first-name", "", "first name")
	last := flags.String("last-name", "", "last name")
	group := flags.String("group", "", "role group; the company's default one if not given")
	kind := flags.String("kind", kith.Person.String(), "person or machine")
	flags.BoolVar(&in.Temporary, "temporary", false, "for someone not yet here: cannot sign in, and claims no identifier")
	flags.StringVar(&in.ID, "id", "", "UUID that no user of the company ever had; a new one if not given")
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var known bool
		if in.Kind, known = kith.UserKindNamed(*kind); !known {
			return usage("--kind is %q: give person or machine", *kind)
		}
		in.Profile = make(kith.ProfileChange)
		for a, value := range map[kith.Attribute]string{kith.FirstName: *first, kith.LastName: *last} {
			if value != "" {
				in.Profile[a] = value
			}
		}
		if *group != "" {
			in.Groups = []string{*group}
		}
		return c.inCompany(cmd.Context(), *company, func(ctx context.Context, k *core.Core, by *kith.Actor) error {
			m, err := k.Signin.CreateUser(ctx, by, in)
			if err != nil {
				return err
			}
			return out.document(userDocumentOf(m), func() error { return out.facts(append(userFacts(m), "To get in", wayIn(m))...) })
		})
	}
	return cmd
}

// wayIn says how a new user gets in.
func wayIn(m kith.Member) string {
	u, slug := m.User, m.Company.Slug
	switch {
	case u.Kind == kith.Machine:
		return fmt.Sprintf("kith token create --company %s --user %s --label LABEL", slug, u.ID)
	case u.Temporary:
		return ""
	case u.Email != "":
		return "a link to set a password by is mailed to " + u.Email
	default:
		return fmt.Sprintf("kith user password-link --company %s %s", slug, u.ID)
	}
}
