package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"kith"
)

// originsCommand lists or replaces the web origins of a company's application. It works beside a running
// server.
func originsCommand(c *config) *cobra.Command {
	return &cobra.Command{
		Use:   "origins COMPANY [ORIGIN...|none]",
		Short: "Show or replace the web origins whose pages may call for a company",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			db, err := openStore(ctx, *c, logger(*c, os.Stderr))
			if err != nil {
				return err
			}
			defer func() { _ = db.Close() }() // nothing is left to lose: every change is committed
			if db.Created() {
				return fmt.Errorf("there was no database at %s; KITH_DATABASE says where it is", db.Path())
			}
			kernel, err := buildCore(ctx, *c, db, "")
			if err != nil {
				return err
			}
			operator := &kith.Actor{System: true, Remote: kith.Remote{Loopback: true}}
			by, err := kernel.Directory.Guest(ctx, operator, args[0])
			if err != nil {
				return err
			}
			by.System = true
			if len(args) > 1 {
				origins := args[1:]
				if origins[0] == "none" {
					origins = nil
				}
				if _, err := kernel.Directory.SetOrigins(ctx, by, 0, origins); err != nil {
					return err
				}
			}
			apps, err := kernel.Directory.Applications(ctx, by)
			for _, app := range apps {
				for _, origin := range app.Origins {
					fmt.Println(origin)
				}
			}
			return err
		},
	}
}
