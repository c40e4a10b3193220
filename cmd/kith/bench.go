package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/signin"
	"kith/internal/seed"
	"kith/internal/store"
)

// seedPassword is that of everybody whom `kith bench seed` makes.
const seedPassword = "correct horse battery staple"

// benchCommand is for those who measure kith.
func benchCommand(c *config) *cobra.Command {
	bench := &cobra.Command{Use: "bench", Short: "What measuring kith needs"}
	var p seed.Plan
	var add bool
	fill := &cobra.Command{
		Use:   "seed",
		Short: "Fill a new database with made-up companies and users",
		Long: `Fill a new database with made-up companies and users: one company with most of them, the others with a few each.
All companies are of mode test. Everybody's password is "` + seedPassword + `"; the owner of company SLUG
signs in as owner@SLUG.example. No server should run on the database meanwhile.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := directory.CheckSlug(p.Hot); err != nil || p.Companies < 1 || p.Users < 1 || p.Others < 1 {
				return errors.New("give a company's id for --hot, and numbers of at least 1")
			}
			return seedDatabase(cmd.Context(), *c, p, add, os.Stdout)
		},
	}
	flags := fill.Flags()
	flags.StringVar(&p.Hot, "hot", "acme", "company that has most users; the others are named after it")
	flags.IntVar(&p.Companies, "companies", 10_000, "how many companies there are")
	flags.IntVar(&p.Users, "users", 1_000_000, "how many users the hot company has")
	flags.IntVar(&p.Others, "others", 20, "how many users another company has at most")
	flags.BoolVar(&add, "add", false, "add to a database that has companies already")
	bench.AddCommand(fill)
	return bench
}

func seedDatabase(ctx context.Context, c config, p seed.Plan, add bool, out io.Writer) error {
	db, err := openStore(ctx, c, logger(c, os.Stderr))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // closed below; this is for the ways out before that
	kernel, err := buildCore(ctx, c, db, "")
	if err != nil {
		return err
	}
	if any, err := db.System().AnyCompany(ctx); err != nil || any && !add {
		return errors.Join(err, errors.New("the database has companies: name a new one, or say --add"))
	}
	debug.SetGCPercent(400) // what is written is forgotten at once: there is more time to win than memory to lose
	start := time.Now()
	p.Now, p.Hash = kith.SystemClock(), signin.NewHasher(signin.DefaultHashCost, rand.Reader).Hash(seedPassword)
	report, err := seed.Run(ctx, kernel, db, p, func(line string) {
		fmt.Fprintf(out, "%6.1f s  %s\n", time.Since(start).Seconds(), line)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return printReport(out, db, report)
}

func printReport(out io.Writer, db *store.DB, r seed.Report) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "companies\t%d\t\n", r.Companies)
	for _, name := range slices.Sorted(maps.Keys(r.Rows)) {
		fmt.Fprintf(table, "%s\t%d\t\n", name, r.Rows[name])
	}
	fmt.Fprintf(table, "seconds\t%.1f\t\n", r.Took.Seconds())
	if path := db.Path(); path != "" {
		file, err := os.Stat(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "MB\t%.1f\t\n", float64(file.Size())/1e6)
	}
	return table.Flush()
}
