package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"kith/internal/core/signin"
)

// banner says what a person needs to begin: at most six lines.
func (n *node) banner(ctx context.Context, out io.Writer, address, setup string) error {
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
	switch {
	case !any && n.config.registration != signin.ClosedRegistration:
		lines = append(lines, fmt.Sprintf("No company yet. This registers the first, in mode %s:", n.mode()), n.firstCompany(base, setup))
	case n.config.registration == signin.ByToken && n.config.get("KITH_SETUP_TOKEN") == "":
		lines = append(lines, "Setup token "+setup+"   (makes companies)")
	}
	_, err = fmt.Fprintln(out, strings.Join(lines, "\n"))
	return err
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
