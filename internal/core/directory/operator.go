package directory

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// CompanyEntry is a company as the operator sees it.
type CompanyEntry = store.CompanyEntry

// CompanyFilter narrows the operator's list of companies. Zero fields do not narrow.
type CompanyFilter = store.CompanyFilter

var errOperator = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
	Message: "This is for the operator of this kith."}

// CheckOperator refuses everybody but the operator.
func CheckOperator(by *kith.Actor) error {
	if by.System {
		return nil
	}
	return errOperator
}

// mostCompanies is how many companies one call of Companies gives.
const mostCompanies = 1000

// Companies gives the operator companies of whatever mode and status, by slug: limit of them at most, and
// 1,000. What follows begins after the last one's slug.
func (d *Directory) Companies(ctx context.Context, by *kith.Actor, f CompanyFilter, limit int) ([]*CompanyEntry, error) {
	if err := CheckOperator(by); err != nil {
		return nil, err
	}
	return d.gate.System().Companies(ctx, f, min(max(limit, 1), mostCompanies))
}

// CompanyBySlug gives the operator one company, of whatever mode and status.
func (d *Directory) CompanyBySlug(ctx context.Context, by *kith.Actor, slug string) (*CompanyEntry, error) {
	if err := CheckOperator(by); err != nil {
		return nil, err
	}
	folded, err := CheckSlug(slug)
	if err != nil {
		return nil, errNoCompany
	}
	e, err := d.gate.System().Company(ctx, folded)
	if errors.Is(err, store.ErrNotFound) {
		err = errNoCompany
	}
	return e, err
}

// Suspend shuts a company, for the operator: from the next request on nobody of it gets in and nobody sees
// it. Everything it has stays, and sessions that have not ended meanwhile go on once it is resumed.
func (d *Directory) Suspend(ctx context.Context, by *kith.Actor, slug string) (*kith.Company, error) {
	return d.setStatus(ctx, by, slug, kith.CompanySuspended)
}

// Resume opens a company again, for the operator.
func (d *Directory) Resume(ctx context.Context, by *kith.Actor, slug string) (*kith.Company, error) {
	return d.setStatus(ctx, by, slug, kith.CompanyActive)
}

func (d *Directory) setStatus(ctx context.Context, by *kith.Actor, slug string, status kith.CompanyStatus) (*kith.Company, error) {
	e, err := d.CompanyBySlug(ctx, by, slug)
	if err != nil {
		return nil, err
	}
	operator := &kith.Actor{System: true, Company: e.Company, Remote: by.Remote}
	return gate.Change(ctx, d.gate, operator, OpChangeCompany, status, func(ctx context.Context, tx *gate.Tx, status kith.CompanyStatus) (*kith.Company, error) {
		c, err := tx.Companies.Lock(ctx)
		if err != nil {
			return nil, err
		}
		if (c.Status == kith.CompanySuspended) == (status == kith.CompanySuspended) {
			tx.Unchanged()
			return c, nil
		}
		differs := newChanges()
		set(differs, "status", &c.Status, &status)
		c.UpdatedAt = tx.Now
		tx.Record(kith.Event{Noun: kith.NounCompany, Verb: kith.Change, Row: c.Slug, Fields: differs.fields, Old: differs.old})
		return c, tx.Companies.Put(ctx, c)
	})
}

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
