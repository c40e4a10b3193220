package directory

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

var opFound = gate.Op{Name: "company.register", Noun: kith.NounCompany, Verb: kith.Add, Open: true}

// EnsureCompany makes a company that nobody owns, for the operator, unless there is one of that slug, and tells whether
// it did. Who claims it is its owner.
func (d *Directory) EnsureCompany(ctx context.Context, by *kith.Actor, slug string, mode kith.CompanyMode) (*kith.Company, bool, error) {
	if err := CheckOperator(by); err != nil {
		return nil, false, err
	}
	if _, err := CheckSlug(slug); err != nil {
		return nil, false, err
	}
	there, err := d.CompanyBySlug(ctx, by, slug)
	if err == nil {
		return there.Company, false, nil
	} else if !errors.Is(err, errNoCompany) {
		return nil, false, err
	}
	founder := &kith.Actor{System: true, Company: &kith.Company{ID: kith.NewCompanyID(d.gate.Random)}, Remote: by.Remote}
	c, err := gate.Change(ctx, d.gate, founder, opFound, slug, func(ctx context.Context, tx *gate.Tx, slug string) (*kith.Company, error) {
		_, err := AddCompany(ctx, tx, NewCompany{Slug: slug}, kith.UserID{}, mode)
		return tx.By.Company, err
	})
	if errors.Is(err, errSlugTaken) { // another node made it a moment ago
		there, err := d.CompanyBySlug(ctx, by, slug)
		if err != nil {
			return nil, false, err
		}
		return there.Company, false, nil
	}
	return c, err == nil, err
}

// ErrClaimed is the answer to whoever claims a company that has an owner, or may not be its owner.
var ErrClaimed = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
	Message: "This company has an owner, or you may not be it."}

// Claim is the step that makes a user the owner of a company that has none, and puts them into the group admin. It
// touches nobody else's rows. It fails with ErrClaimed.
func Claim(ctx context.Context, tx *gate.Tx, user kith.UserID) error {
	m, err := LockUser(ctx, tx, user)
	if err != nil {
		return err
	}
	admin, err := tx.Groups.Named(ctx, kith.GroupAdmin)
	if err != nil {
		return err
	}
	if err := tx.Companies.Claim(ctx, user); errors.Is(err, store.ErrNotFound) {
		return ErrClaimed
	} else if err != nil {
		return err
	}
	tx.Record(kith.Event{Noun: kith.NounCompany, Verb: kith.Change, Row: tx.By.Company.Slug, Fields: []string{"owner"},
		Old: map[string]any{"owner": nil}})
	if m.Group != nil && m.Group.ID == admin.ID {
		return nil
	}
	c := newChanges()
	var was any
	if m.Group != nil {
		was = m.Group.Name
	}
	c.note("group", was)
	tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Change, Row: user.String(), Subject: user, Fields: c.fields, Old: c.old})
	after := kith.Member{User: m.User, Group: admin}
	if err := endMade(ctx, tx, m, after.Permissions()); err != nil {
		return err
	}
	return tx.Users.SetGroup(ctx, user, admin.ID)
}
