package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kith"
	"kith/internal/core"
	"kith/internal/core/directory"
	"kith/internal/core/signin"
)

// companyLine is a company in a list, for programs.
type companyLine struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Mode    string `json:"mode"`
	Status  string `json:"status"`
	Public  bool   `json:"public"`
	Owner   string `json:"owner"`
	Users   int    `json:"users"`
	Created *int64 `json:"created"`
}

func companyLineOf(e *directory.CompanyEntry) companyLine {
	c := e.Company
	return companyLine{c.Slug, c.Details.Name, c.Mode.String(), c.Status.String(), c.Public, e.Owner, e.Users, millis(c.CreatedAt)}
}

// eachCompany calls see for every company of the installation, by slug.
func eachCompany(ctx context.Context, k *core.Core, see func(*directory.CompanyEntry) error) error {
	const atOnce = 500
	for f := (directory.CompanyFilter{}); ; {
		list, err := k.Directory.Companies(ctx, operator, f, atOnce)
		if err != nil {
			return err
		}
		for _, e := range list {
			if err := see(e); err != nil {
				return err
			}
			f.After = e.Company.Slug
		}
		if len(list) < atOnce {
			return nil
		}
	}
}

// operator is whoever runs the command: they hold the database and the master key.
var operator = &kith.Actor{System: true, Remote: kith.Remote{Loopback: true}}

// companyDocument is all that the operator sees of a company.
type companyDocument struct {
	companyLine
	Country     string `json:"country"`
	Currency    string `json:"currency"`
	SystemEmail string `json:"system_email"`
	Updated     *int64 `json:"updated"`
}

func companyDocumentOf(e *directory.CompanyEntry) companyDocument {
	c := e.Company
	return companyDocument{companyLineOf(e), c.Details.Country, c.Currency.Code, c.SystemEmail, millis(c.UpdatedAt)}
}

func companyFacts(e *directory.CompanyEntry) []string {
	c := e.Company
	return []string{"Company", c.Slug, "Name", c.Details.Name, "Mode", c.Mode.String(), "Status", c.Status.String(), "Owner", e.Owner,
		"Users", strconv.Itoa(e.Users), "Country", c.Details.Country, "Currency", c.Currency.Code, "System email", c.SystemEmail,
		"Created", moment(c.CreatedAt), "Updated", moment(c.UpdatedAt)}
}

func companyCommand(c *config) *cobra.Command {
	return family("company", "Look after the companies of this installation", companyList(c), companyShow(c), companyCreate(c),
		companyStatus(c, "suspend", "Shut a company: nobody of it gets in, from the next request on", (*directory.Directory).Suspend),
		companyStatus(c, "resume", "Open a suspended company again", (*directory.Directory).Resume))
}

func companyList(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the companies", Args: takes(cobra.NoArgs)}
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.beside(cmd.Context(), func(ctx context.Context, k *core.Core) error {
			list := out.list("companies", "COMPANY", "MODE", "STATUS", "USERS", "OWNER", "CREATED", "NAME")
			err := eachCompany(ctx, k, func(e *directory.CompanyEntry) error {
				c := e.Company
				return list.add(companyLineOf(e), c.Slug, c.Mode.String(), c.Status.String(), strconv.Itoa(e.Users), e.Owner,
					moment(c.CreatedAt), c.Details.Name)
			})
			if err != nil {
				return err
			}
			return list.end(true)
		})
	}
	return cmd
}

func companyShow(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "show COMPANY", Short: "Show a company", Args: takes(cobra.ExactArgs(1))}
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.beside(cmd.Context(), func(ctx context.Context, k *core.Core) error {
			e, err := k.Directory.CompanyBySlug(ctx, operator, args[0])
			if err != nil {
				return err
			}
			return out.document(companyDocumentOf(e), func() error { return out.facts(companyFacts(e)...) })
		})
	}
	return cmd
}

// companyStatus is a command that opens or shuts a company.
func companyStatus(c *config, verb, short string,
	change func(*directory.Directory, context.Context, *kith.Actor, string) (*kith.Company, error)) *cobra.Command {
	cmd := &cobra.Command{Use: verb + " COMPANY", Short: short, Args: takes(cobra.ExactArgs(1))}
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.beside(cmd.Context(), func(ctx context.Context, k *core.Core) error {
			if _, err := change(k.Directory, ctx, operator, args[0]); err != nil {
				return err
			}
			e, err := k.Directory.CompanyBySlug(ctx, operator, args[0])
			if err != nil {
				return err
			}
			return out.document(companyDocumentOf(e), func() error {
				return out.facts("Company", e.Company.Slug, "Status", e.Company.Status.String())
			})
		})
	}
	return cmd
}

// newCompanyDocument is a company that was just made.
type newCompanyDocument struct {
	companyDocument
	OwnerID string        `json:"owner_id"`
	Link    *linkDocument `json:"password_link"` // null if the owner was given a password
}

// companyModes are the modes by their words.
var companyModes = map[string]kith.CompanyMode{kith.Test.String(): kith.Test, kith.Production.String(): kith.Production}

func companyCreate(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "create COMPANY --owner EMAIL", Short: "Make a company and its owner", Args: takes(cobra.ExactArgs(1)),
		Long: `Make a company and its owner. Unless a password comes by standard input, it prints the link by which the owner
sets one: once, so hand it to them safely.`}
	owner := cmd.Flags().String("owner", "", "the owner's e-mail")
	name := cmd.Flags().String("name", "", "what people call the company")
	mode := cmd.Flags().String("mode", kith.Production.String(), "test or production, for good; test companies are for trying out")
	country := cmd.Flags().String("country", "", "where it is: two letters of ISO 3166; it also chooses the first currency")
	byStdin := cmd.Flags().Bool("password-stdin", false, "read the owner's password from standard input")
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in := signin.CompanyRegistration{Person: signin.Person{Email: *owner},
			Company: directory.NewCompany{Slug: args[0], Details: kith.CompanyDetails{Name: *name, Country: *country}}}
		chosen, known := companyModes[*mode]
		in.Company.Mode = &chosen
		switch {
		case *owner == "":
			return usage("say who owns it: --owner EMAIL")
		case !known:
			return usage("--mode is %q: give test or production", *mode)
		}
		if *byStdin {
			var err error
			if in.Password, err = readPassword(os.Stdin); err != nil {
				return err
			}
		}
		return c.beside(cmd.Context(), func(ctx context.Context, k *core.Core) error {
			d, e, err := makeCompany(ctx, k, in)
			if err != nil {
				return err
			}
			return out.document(d, func() error { return out.facts(append(companyFacts(e), d.Link.facts()...)...) })
		})
	}
	return cmd
}

func makeCompany(ctx context.Context, k *core.Core, in signin.CompanyRegistration) (newCompanyDocument, *directory.CompanyEntry, error) {
	owner, err := k.Signin.CreateCompany(ctx, operator, in)
	if err != nil {
		return newCompanyDocument{}, nil, err
	}
	slug := owner.Company.Slug
	e, err := k.Directory.CompanyBySlug(ctx, operator, slug)
	if err != nil {
		return newCompanyDocument{}, nil, err
	}
	d := newCompanyDocument{companyDocument: companyDocumentOf(e), OwnerID: owner.User.ID.String()}
	if in.Password != "" {
		return d, e, nil
	}
	by, err := k.Directory.Operator(ctx, slug)
	if err == nil {
		d.Link, err = newLink(ctx, k, by, d.OwnerID)
	}
	if err != nil {
		err = fmt.Errorf("%s was made, but not its owner's link: ask for it with kith user password-link --company %s %s: %w",
			slug, slug, d.OwnerID, err)
	}
	return d, e, err
}

// maxStdin is how much of standard input is read for a password: more than any may have.
const maxStdin = 64 << 10

// readPassword reads a password from a file or pipe, without the end of its line. Passwords never are words
// of a command, which everybody on the machine can read.
func readPassword(from *os.File) (string, error) {
	if info, err := from.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		return "", usage("--password-stdin takes the password from a file or a pipe: add < FILE")
	}
	text, err := io.ReadAll(io.LimitReader(from, maxStdin))
	if err != nil {
		return "", fmt.Errorf("standard input: %w", err)
	}
	password := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if password == "" {
		return "", errors.New("standard input holds no password")
	}
	return password, nil
}

// linkDocument is a link by which somebody sets their password, for programs.
type linkDocument struct {
	Link    string `json:"link"`
	Expires *int64 `json:"expires"`

	until time.Time
}

// newLink makes a user a link to set their password by.
func newLink(ctx context.Context, k *core.Core, by *kith.Actor, typed string) (*linkDocument, error) {
	until := kith.SystemClock().Add(kith.ToSetPassword.Life()) // a moment early rather than late
	link, err := k.Signin.ShowPasswordLink(ctx, by, typed)
	return &linkDocument{link, millis(until), until}, err
}

func (d *linkDocument) facts() []string {
	if d == nil {
		return nil
	}
	return []string{"Password link", d.Link, "Works until", moment(d.until) + ", once"}
}
