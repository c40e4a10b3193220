package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"kith"
	"kith/internal/core"
)

// hostsDocument is the host names by which guests of a company come, for programs.
type hostsDocument struct {
	Company string   `json:"company"`
	Hosts   []string `json:"hosts"`
}

// hostsCommand lists or replaces the host names of a company.
func hostsCommand(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "hosts COMPANY [HOST...|none]", Short: "Show or replace the host names by which guests mean a company",
		Args: takes(cobra.MinimumNArgs(1))}
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.inCompany(cmd.Context(), args[0], func(ctx context.Context, k *core.Core, by *kith.Actor) error {
			company := by.Company
			if hosts := args[1:]; len(hosts) > 0 {
				if hosts[0] == "none" {
					hosts = nil
				}
				var err error
				if company, err = k.Directory.SetHosts(ctx, by, hosts); err != nil {
					return err
				}
			}
			document := hostsDocument{company.Slug, append([]string{}, company.Settings.Hosts...)}
			return out.document(document, func() error {
				for _, host := range document.Hosts {
					fmt.Fprintln(out.to, plain(host))
				}
				return nil
			})
		})
	}
	return cmd
}
