package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"kith"
	"kith/internal/core"
	"kith/internal/core/directory"
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
func eachCompany(ctx context.Context, k *core.Core, see func(*directory.CompanyEntry)) error {
	const atOnce = 500
	for f := (directory.CompanyFilter{}); ; {
		list, err := k.Directory.Companies(ctx, operator, f, atOnce)
		if err != nil {
			return err
		}
		for _, e := range list {
			see(e)
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
	Currency    string `json:"currency"`
	SystemEmail string `json:"system_email"`
	Updated     *int64 `json:"updated"`
}

func companyCommand(c *config) *cobra.Command {
	return family("company", "Look at the companies of this installation", companyList(c), companyShow(c))
}

func companyList(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the companies", Args: takes(cobra.NoArgs)}
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.beside(cmd.Context(), func(ctx context.Context, k *core.Core) error {
			list, rows := []companyLine{}, [][]string{}
			err := eachCompany(ctx, k, func(e *directory.CompanyEntry) {
				c := e.Company
				list = append(list, companyLineOf(e))
				rows = append(rows, []string{c.Slug, c.Mode.String(), c.Status.String(), strconv.Itoa(e.Users), e.Owner, moment(c.CreatedAt), c.Details.Name})
			})
			if err != nil {
				return err
			}
			return out.document(list, func() error {
				return out.table([]string{"COMPANY", "MODE", "STATUS", "USERS", "OWNER", "CREATED", "NAME"}, rows)
			})
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
			company := e.Company
			document := companyDocument{companyLineOf(e), company.Currency.Code, company.SystemEmail, millis(company.UpdatedAt)}
			return out.document(document, func() error {
				return out.facts("Company", company.Slug, "Name", company.Details.Name, "Mode", company.Mode.String(),
					"Status", company.Status.String(), "Owner", e.Owner, "Users", strconv.Itoa(e.Users), "Currency", company.Currency.Code,
					"System email", company.SystemEmail, "Created", moment(company.CreatedAt), "Updated", moment(company.UpdatedAt))
			})
		})
	}
	return cmd
}
