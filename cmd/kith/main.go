// Command kith serves companies and their users. It is the only package that knows all the others: it
// reads the configuration, opens the store, builds the core and puts the faces on a listener.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

// version is set when a release is built.
var version = "dev"

func main() {
	if cmd, err := command().ExecuteContextC(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "kith:", explain(cmd, err))
		os.Exit(exitCode(err))
	}
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "kith",
		Short:         "The system of record for the users of companies that handle money",
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	var c config
	addFlags(root)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage("%w\nusage: %s", err, cmd.UseLine()) })
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		err := checkText(cmd, args)
		if err != nil {
			return err
		}
		c, err = load(cmd.Flags(), os.Environ())
		return err
	}
	root.AddCommand(
		serveCommand(&c),
		configCommand(&c),
		&cobra.Command{
			Use: "migrate", Short: "Bring the database to the schema of this version", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				db, err := openStore(cmd.Context(), c, logger(c, os.Stderr))
				if err != nil {
					return err
				}
				return db.Close()
			},
		},
		originsCommand(&c), hostsCommand(&c),
		benchCommand(&c),
		companyCommand(&c), userCommand(&c), tokenCommand(&c), keysCommand(&c), whyCommand(&c), mailCommand(&c),
	)
	return root
}

// errStopped says that requests were still running when the time to finish them was over.
var errStopped = errors.New("stopped before every request was answered")
