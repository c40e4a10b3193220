package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kith"
	"kith/internal/core"
)

// userLine is a user in a list, for programs.
type userLine struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	Username string `json:"username"`
	Email    string `json:"email"`
	Mobile   string `json:"mobile"`
	Group    string `json:"group"`
	State    string `json:"state"`
	Created  *int64 `json:"created"`
}

func userLineOf(m kith.Member) userLine {
	u := m.User
	return userLine{u.ID.String(), u.Kind.String(), u.Username, u.Email, u.Mobile, groupName(m.Group), state(u), millis(u.CreatedAt)}
}

// userDocument is what the operator sees of a user.
type userDocument struct {
	userLine
	Status         string            `json:"status"`
	EmailVerified  bool              `json:"email_verified"`
	MobileVerified bool              `json:"mobile_verified"`
	Account        string            `json:"account"`
	Profile        map[string]string `json:"profile"`
	Metadata       map[string]any    `json:"metadata"`
	LastLogin      *int64            `json:"last_login"`
	Updated        *int64            `json:"updated"`
}

func groupName(g *kith.Group) string {
	if g == nil {
		return ""
	}
	return g.Name
}

// state says whether a user may act, and if not, what keeps them.
func state(u *kith.User) string {
	for _, s := range []struct {
		is   bool
		word string
	}{{u.Archived, "archived"}, {u.Deactivated, "deactivated"}, {u.Temporary, "temporary"}} {
		if s.is {
			return s.word
		}
	}
	return "active"
}

// called is the name that people know a user by, and the id.
func called(u *kith.User) string {
	for _, name := range []string{u.Email, u.Username, u.Mobile} {
		if name != "" {
			return name + "  " + u.ID.String()
		}
	}
	return u.ID.String()
}

func userCommand(c *config) *cobra.Command {
	return family("user", "Look at the users of a company", userShow(c))
}

func userShow(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "show --company COMPANY USER", Short: "Show a user: by id, e-mail, mobile or username",
		Args: takes(cobra.ExactArgs(1))}
	company := cmd.Flags().String("company", "", "the user's company")
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.inCompany(cmd.Context(), *company, func(ctx context.Context, k *core.Core, by *kith.Actor) error {
			m, err := k.Directory.User(ctx, by, args[0])
			if errors.Is(err, kith.ErrNotFound) {
				return fmt.Errorf("there is no user %q in %s", args[0], by.Company.Slug)
			} else if err != nil {
				return err
			}
			return out.document(userDocumentOf(m), func() error { return out.facts(userFacts(m)...) })
		})
	}
	return cmd
}

func userDocumentOf(m kith.Member) userDocument {
	u := m.User
	d := userDocument{userLine: userLineOf(m), Status: u.Status.String(), EmailVerified: u.EmailVerified,
		MobileVerified: u.MobileVerified, Account: u.Account, Profile: make(map[string]string), Metadata: u.Metadata,
		LastLogin: millis(u.LastLogin), Updated: millis(u.UpdatedAt)}
	for a, value := range u.Profile {
		if value != "" {
			d.Profile[kith.Attribute(a).String()] = value
		}
	}
	return d
}

func userFacts(m kith.Member) []string {
	u := m.User
	facts := []string{"User", u.ID.String(), "Kind", u.Kind.String(), "Username", u.Username,
		"Email", withProof(u.Email, u.EmailVerified), "Mobile", withProof(u.Mobile, u.MobileVerified),
		"Group", groupName(m.Group), "State", state(u), "Status", u.Status.String(), "Account", u.Account,
		"Created", moment(u.CreatedAt), "Updated", moment(u.UpdatedAt), "Last sign-in", moment(u.LastLogin)}
	for a, value := range u.Profile {
		word := strings.ReplaceAll(kith.Attribute(a).String(), "_", " ")
		facts = append(facts, strings.ToUpper(word[:1])+word[1:], value)
	}
	return facts
}

// withProof adds to an identifier whether it was verified.
func withProof(value string, verified bool) string {
	switch {
	case value == "":
		return ""
	case verified:
		return value + "  (verified)"
	default:
		return value + "  (not verified)"
	}
}
