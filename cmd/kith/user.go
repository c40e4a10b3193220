package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kith"
	"kith/internal/core"
	"kith/internal/core/directory"
)

// userLine is a user in a list, for programs.
type userLine struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	Username string `json:"username"`
	Email    string `json:"email"`
	Mobile   string `json:"mobile"`
	Name     string `json:"name"`
	Group    string `json:"group"`
	State    string `json:"state"`
	Status   string `json:"status"`
	Created  *int64 `json:"created"`
}

func userLineOf(m kith.Member) userLine {
	u := m.User
	return userLine{u.ID.String(), u.Kind.String(), u.Username, u.Email, u.Mobile, fullName(u), groupName(m.Group), state(u),
		u.Status.String(), millis(u.CreatedAt)}
}

func fullName(u *kith.User) string {
	return strings.TrimSpace(u.Profile[kith.FirstName] + " " + u.Profile[kith.LastName])
}

// userDocument is what the operator sees of a user.
type userDocument struct {
	userLine
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

// handle is the name that people know a user by, or else the id.
func handle(u *kith.User) string {
	for _, name := range []string{u.Email, u.Username, u.Mobile} {
		if name != "" {
			return name
		}
	}
	return u.ID.String()
}

// called is the name that people know a user by, and the id.
func called(u *kith.User) string {
	if name := handle(u); name != u.ID.String() {
		return name + "  " + u.ID.String()
	}
	return u.ID.String()
}

func userCommand(c *config) *cobra.Command {
	return family("user", "Look after the users of a company", userList(c), userCreate(c), userLink(c),
		userVerb(c, "show", "Show a user", (*directory.Directory).User, userFacts),
		userVerb(c, "archive", "Archive a user: shut out and only read, with all that is theirs, until they are restored",
			(*directory.Directory).ArchiveUser, stateFacts),
		userVerb(c, "restore", "Restore an archived user, with all that is theirs", (*directory.Directory).RestoreUser, stateFacts))
}

func stateFacts(m kith.Member) []string {
	return []string{"User", called(m.User), "State", state(m.User)}
}

// userVerb is a command that does something to one user and shows them.
func userVerb(c *config, verb, short string, do func(*directory.Directory, context.Context, *kith.Actor, string) (kith.Member, error),
	facts func(kith.Member) []string) *cobra.Command {
	cmd, company := oneUser(verb, short)
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.inCompany(cmd.Context(), *company, func(ctx context.Context, k *core.Core, by *kith.Actor) error {
			m, err := do(k.Directory, ctx, by, args[0])
			if err != nil {
				return notHere(err, by, args[0])
			}
			return out.document(userDocumentOf(m), func() error { return out.facts(facts(m)...) })
		})
	}
	return cmd
}

// oneUser is a command about one user of a company.
func oneUser(verb, short string) (cmd *cobra.Command, company *string) {
	cmd = &cobra.Command{Use: verb + " --company COMPANY USER", Short: short, Long: short + ". USER is an id, e-mail, mobile or username.",
		Args: takes(cobra.ExactArgs(1))}
	return cmd, cmd.Flags().String("company", "", "the user's company")
}

// notHere says of a user who was not found what was looked for.
func notHere(err error, by *kith.Actor, typed string) error {
	if errors.Is(err, kith.ErrNotFound) {
		return fmt.Errorf("there is no user %q in %s", typed, by.Company.Slug)
	}
	return err
}

// userLinkDocument is a user's new link to set their password by, for programs.
type userLinkDocument struct {
	User string `json:"user"`
	*linkDocument
}

func userLink(c *config) *cobra.Command {
	cmd, company := oneUser("password-link", "Print a new link for a user to set their password by, in place of any before; nothing is mailed")
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.inCompany(cmd.Context(), *company, func(ctx context.Context, k *core.Core, by *kith.Actor) error {
			m, err := k.Directory.User(ctx, by, args[0])
			if err != nil {
				return notHere(err, by, args[0])
			}
			link, err := newLink(ctx, k, by, m.User.ID.String())
			if err != nil {
				return err
			}
			return out.document(userLinkDocument{m.User.ID.String(), link}, func() error {
				return out.facts(append([]string{"User", called(m.User)}, link.facts()...)...)
			})
		})
	}
	return cmd
}

func userDocumentOf(m kith.Member) userDocument {
	u := m.User
	d := userDocument{userLine: userLineOf(m), EmailVerified: u.EmailVerified, MobileVerified: u.MobileVerified,
		Account: u.Account, Profile: make(map[string]string), Metadata: u.Metadata,
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
