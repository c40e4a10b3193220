package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"kith"
	"kith/internal/core"
)

// originsDocument is the web origins whose pages may call for a company, for programs.
type originsDocument struct {
	Company string   `json:"company"`
	Origins []string `json:"origins"`
}

// originsCommand lists or replaces the web origins of a company's application.
func originsCommand(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "origins COMPANY [ORIGIN...|none]", Short: "Show or replace the web origins whose pages may call for a company",
		Args: takes(cobra.MinimumNArgs(1))}
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.inCompany(cmd.Context(), args[0], func(ctx context.Context, k *core.Core, by *kith.Actor) error {
			if origins := args[1:]; len(origins) > 0 {
				if origins[0] == "none" {
					origins = nil
				}
				if _, err := k.Directory.SetOrigins(ctx, by, 0, origins); err != nil {
					return err
				}
			}
			apps, err := k.Directory.Applications(ctx, by)
			if err != nil {
				return err
			}
			document := originsDocument{by.Company.Slug, []string{}}
			for _, app := range apps {
				document.Origins = append(document.Origins, app.Origins...)
			}
			return out.document(document, func() error {
				for _, origin := range document.Origins {
					fmt.Fprintln(out.to, plain(origin))
				}
				return nil
			})
		})
	}
	return cmd
}
