// Package directory keeps the register: companies, their applications, the users in them and the
// identifiers that users are found by. It says what is valid and what follows from a change.
//
// It knows no credential or code (core/signin does), and edits no group or permission itself (core/access
// does). Of sessions and password links it knows only that some changes of a user end them.
package directory

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// Directory answers questions about companies and users and changes them. It is safe for many
// goroutines.
type Directory struct {
	gate      *gate.Gate
	clock     kith.Clock
	allowTest bool
	pictures  pictures
}

// New makes a directory. Test companies are served on loopback listeners only, unless allowTest.
func New(g *gate.Gate, clock kith.Clock, allowTest bool) *Directory {
	return &Directory{gate: g, clock: clock, allowTest: allowTest}
}

// Serves reports whether a company may be used by a caller from there: test companies only where the
// operator allows it.
func (d *Directory) Serves(c *kith.Company, from kith.Remote) bool {
	return c.Mode == kith.Production || d.ServesTest(from)
}

// ServesTest reports whether test companies may be used by a caller from there.
func (d *Directory) ServesTest(from kith.Remote) bool { return d.allowTest || from.Loopback }

// Guest finds the company that a guest names by its slug and returns the guest as one of that company.
// It fails with NotFound if there is no such company, or none that is served there.
func (d *Directory) Guest(ctx context.Context, by *kith.Actor, slug string) (*kith.Actor, error) {
	folded, err := CheckSlug(slug)
	if err != nil {
		return nil, errNoCompany
	}
	id, err := d.gate.System().CompanyBySlug(ctx, folded)
	if errors.Is(err, store.ErrNotFound) {
		return nil, errNoCompany
	} else if err != nil {
		return nil, err
	}
	return d.guestIn(ctx, by.Remote, id)
}

// guestIn is a guest of a company, unless that is not served there: then it fails with errNoCompany.
func (d *Directory) guestIn(ctx context.Context, from kith.Remote, id kith.CompanyID) (*kith.Actor, error) {
	guest := &kith.Actor{Company: &kith.Company{ID: id}, Remote: from}
	company, err := gate.Read(ctx, d.gate, guest, opFindCompany, func(ctx context.Context, tx *gate.Tx) (*kith.Company, error) {
		return tx.Companies.Get(ctx)
	})
	if err != nil {
		return nil, err
	}
	if !d.Serves(company, from) || company.Status == kith.CompanySuspended {
		return nil, errNoCompany
	}
	guest.Company = company
	return guest, nil
}

var opFindCompany = gate.Op{Name: "company.find", Noun: kith.NounCompany, Verb: kith.Peek, Open: true}

var errNoCompany = &kith.Error{Kind: kith.NotFound, Code: kith.CodeNotFound, Field: "company",
	Message: "There is no such company."}
