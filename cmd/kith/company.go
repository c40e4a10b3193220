package main

import (
	"context"

	"github.com/spf13/cobra"

	"kith"
	"kith/internal/core"
)

// companyLine is a company in a list, for programs.
type companyLine struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Mode    string `json:"mode"`
	Status  string `json:"status"`
	Public  bool   `json:"public"`
	Created *int64 `json:"created"`
}

func companyLineOf(c *kith.Company) companyLine {
	return companyLine{c.Slug, c.Details.Name, c.Mode.String(), c.Status.String(), c.Public, millis(c.CreatedAt)}
}

// companyDocument is all that the operator sees of a company.
type companyDocument struct {
	companyLine
	Owner       userLine `json:"owner"`
	Currency    string   `json:"currency"`
	SystemEmail string   `json:"system_email"`
	Updated     *int64   `json:"updated"`
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
			err := k.Directory.EachCompany(ctx, func(c *kith.Company) error {
				list = append(list, companyLineOf(c))
				rows = append(rows, []string{c.Slug, c.Mode.String(), c.Status.String(), moment(c.CreatedAt), c.Details.Name})
				return nil
			})
			if err != nil {
				return err
			}
			return out.document(list, func() error { return out.table([]string{"COMPANY", "MODE", "STATUS", "CREATED", "NAME"}, rows) })
		})
	}
	return cmd
}

func companyShow(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "show COMPANY", Short: "Show a company", Args: takes(cobra.ExactArgs(1))}
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.inCompany(cmd.Context(), args[0], func(ctx context.Context, k *core.Core, by *kith.Actor) error {
			company := by.Company
			owner, err := k.Directory.LookUp(ctx, by, company.Owner.String())
			if err != nil {
				return err
			}
			document := companyDocument{companyLineOf(company), userLineOf(owner), company.Currency.Code, company.SystemEmail,
				millis(company.UpdatedAt)}
			return out.document(document, func() error {
				return out.facts("Company", company.Slug, "Name", company.Details.Name, "Mode", company.Mode.String(),
					"Status", company.Status.String(), "Owner", called(owner.User), "Currency", company.Currency.Code,
					"System email", company.SystemEmail, "Created", moment(company.CreatedAt), "Updated", moment(company.UpdatedAt))
			})
		})
	}
	return cmd
}
