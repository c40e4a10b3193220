package directory

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// Operator is whoever holds the database and the master key, acting in a company: in any, suspended or
// in test mode. It fails with NotFound.
func (d *Directory) Operator(ctx context.Context, slug string) (*kith.Actor, error) {
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
	by := &kith.Actor{System: true, Company: &kith.Company{ID: id}, Remote: kith.Remote{Loopback: true}}
	by.Company, err = gate.Read(ctx, d.gate, by, opFindCompany, func(ctx context.Context, tx *gate.Tx) (*kith.Company, error) {
		return tx.Companies.Get(ctx)
	})
	return by, err
}

// companiesAtOnce is how many companies one statement reads for the operator.
const companiesAtOnce = 500

// EachCompany calls see for every company of the installation, by slug: the operator's list.
func (d *Directory) EachCompany(ctx context.Context, see func(*kith.Company) error) error {
	after := ""
	for {
		list, err := d.gate.System().Companies(ctx, after, companiesAtOnce)
		if err != nil {
			return err
		}
		for _, c := range list {
			if err := see(c); err != nil {
				return err
			}
			after = c.Slug
		}
		if len(list) < companiesAtOnce {
			return nil
		}
	}
}

var opLookUp = gate.Op{Name: "user.view", Noun: kith.NounUser, Verb: kith.View, Section: kith.SectionAdmin}

// LookUp finds a user of the actor's company for staff, by any identifier. It fails with NotFound.
func (d *Directory) LookUp(ctx context.Context, by *kith.Actor, typed string) (kith.Member, error) {
	return gate.Read(ctx, d.gate, by, opLookUp, func(ctx context.Context, tx *gate.Tx) (kith.Member, error) {
		return Find(ctx, tx, typed)
	})
}
