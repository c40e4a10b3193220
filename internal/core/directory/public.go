package directory

import (
	"context"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// PublicFilter narrows the list of public companies. Empty fields do not narrow.
type PublicFilter = store.PublicFilter

// PublicCompanies gives one page of the companies that say they are public.
func (d *Directory) PublicCompanies(ctx context.Context, by *kith.Actor, f PublicFilter, page kith.Page) (kith.List[*kith.Company], error) {
	f.Production = !d.ServesTest(by.Remote)
	return d.gate.System().PublicCompanies(ctx, f, page)
}

// PublicCompany gives what anyone who knows its slug may see of a company.
func (d *Directory) PublicCompany(ctx context.Context, by *kith.Actor, slug string) (*kith.Company, error) {
	guest, err := d.Guest(ctx, by, slug)
	if err != nil {
		return nil, err
	}
	return guest.Company, nil
}

// PublicGroups gives one page of the groups that people may choose when they register.
func (d *Directory) PublicGroups(ctx context.Context, by *kith.Actor, slug string, page kith.Page) (kith.List[*kith.Group], error) {
	guest, err := d.Guest(ctx, by, slug)
	if err != nil {
		return kith.List[*kith.Group]{}, err
	}
	return gate.Read(ctx, d.gate, guest, opPublicGroups, func(ctx context.Context, tx *gate.Tx) (kith.List[*kith.Group], error) {
		return tx.Groups.Public(ctx, page)
	})
}

// PublicGroup gives one of those groups.
func (d *Directory) PublicGroup(ctx context.Context, by *kith.Actor, slug, name string) (*kith.Group, error) {
	guest, err := d.Guest(ctx, by, slug)
	if err != nil {
		return nil, err
	}
	return gate.Read(ctx, d.gate, guest, opPublicGroups, func(ctx context.Context, tx *gate.Tx) (*kith.Group, error) {
		g, err := tx.Groups.Named(ctx, name)
		if err == nil && (!g.Public || g.Archived) {
			err = store.ErrNotFound
		}
		return g, err
	})
}

var opPublicGroups = gate.Op{Name: "group.public", Noun: kith.NounGroup, Verb: kith.Peek, Open: true}
