package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"kith"
	"kith/internal/core/signin"
)

// banner says what a person needs to begin: at most six lines.
func (n *node) banner(ctx context.Context, out io.Writer, address, setup string, company *kith.Company) error {
	any, err := n.core.Gate.System().AnyCompany(ctx)
	if err != nil {
		return err
	}
	base := "http://" + address
	lines := []string{
		"kith " + version + "   " + n.where(),
		"API         " + base + "/3/",
		"Reference   " + base + "/docs",
	}
	if n.showsInbox() {
		lines = append(lines, "Inbox       "+base+"/inbox   (mail and SMS land here)")
	}
	drawn := setup != "" && n.config.get("KITH_SETUP_TOKEN") == ""
	switch {
	case company != nil && company.Unclaimed():
		lines = append(lines, n.unclaimed(company, setup, drawn)...)
	case !any && n.config.registration != signin.ClosedRegistration:
		lines = append(lines, fmt.Sprintf("No company yet. This registers the first, in mode %s:", n.mode()), n.firstCompany(base, setup))
	case n.config.registration == signin.ByToken && drawn:
		lines = append(lines, "Setup token "+setup+"   (makes companies)")
	}
	_, err = fmt.Fprintln(out, strings.Join(lines, "\n"))
	return err
}

// unclaimed says how a company that nobody owns gets its owner, and shows the token that it takes, if that was drawn for
// this start.
func (n *node) unclaimed(c *kith.Company, setup string, drawn bool) []string {
	lines := []string{fmt.Sprintf("Unclaimed   %s, mode %s: whoever signs up and then runs the action world/become_an_administrator owns it", c.Slug, c.Mode)}
	makes := n.config.registration == signin.ByToken
	switch {
	case !drawn:
	case n.config.loopback:
		lines = append(lines, "Setup token "+setup+"   (makes companies)")
	case makes:
		lines = append(lines, "Setup token "+setup+"   (claims it; makes companies)")
	default:
		lines = append(lines, "Setup token "+setup+"   (claims it)")
	}
	return lines
}

// where names the database, and says whether it is new.
func (n *node) where() string {
	if n.db.Engine() != "sqlite" {
		return "database: PostgreSQL"
	}
	if n.db.Created() {
		return "data file: " + n.db.Path() + " (created)"
	}
	return "data file: " + n.db.Path() + " (opened)"
}

// mode is the one that a company gets here if it asks for none.
func (n *node) mode() string {
	if n.config.loopback {
		return "test"
	}
	return "production"
}

func (n *node) firstCompany(base, setup string) string {
	header := ""
	if n.config.registration == signin.ByToken {
		header = " -H 'X-Setup-Token: " + setup + "'"
		if n.config.get("KITH_SETUP_TOKEN") != "" { // known to whoever set it, and not for the log
			header = ` -H "X-Setup-Token: $KITH_SETUP_TOKEN"`
		}
	}
	return "curl -s " + base + "/3/auth/company/register/" + header + ` -H 'Content-Type: application/json' -d '{"company":{"id":"acme","mode":"` + n.mode() +
		`"},"email":"owner@acme.example","password":"choose a long one"}'`
}
