package directory

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// The operations of staff on the role group that a user is in. Rights follow on the user's next request;
// their sessions stay.
var (
	OpViewUserGroup   = gate.Op{Name: "group.view", Noun: kith.NounGroup, Verb: kith.View, Section: kith.SectionAdmin}
	OpChangeUserGroup = gate.Op{Name: "user.change", Noun: kith.NounUser, Verb: kith.Change, Section: kith.SectionAdmin}
)

// UserGroup gives the role group that a user is in; nil if none.
func (d *Directory) UserGroup(ctx context.Context, by *kith.Actor, identifier string) (*kith.Group, error) {
	return gate.Read(ctx, d.gate, by, OpViewUserGroup, func(ctx context.Context, tx *gate.Tx) (*kith.Group, error) {
		m, err := Find(ctx, tx, identifier)
		return m.Group, err
	})
}

// PutIntoGroup puts a user into a role group, and so takes them out of the one that they were in.
func (d *Directory) PutIntoGroup(ctx context.Context, by *kith.Actor, identifier, group string) (*kith.Group, error) {
	step := func(ctx context.Context, tx *gate.Tx, name string) (*kith.Group, error) {
		m, err := lockWritable(ctx, tx, identifier)
		if err != nil {
			return nil, err
		}
		g, err := tx.Groups.Named(ctx, name)
		if errors.Is(err, store.ErrNotFound) {
			return nil, errNoGroup
		} else if err != nil {
			return nil, err
		}
		return g, moveUser(ctx, tx, m, g)
	}
	return gate.Change(ctx, d.gate, by, OpChangeUserGroup, group, step)
}

var errNoGroup = kith.BadField("group", kith.CodeNotFound, "There is no such group.")

// TakeOutOfGroup takes a user out of the role group of that name, which leaves them without any. It fails
// with NotFound if they are not in it.
func (d *Directory) TakeOutOfGroup(ctx context.Context, by *kith.Actor, identifier, group string) error {
	step := func(ctx context.Context, tx *gate.Tx, name string) (bool, error) {
		m, err := lockWritable(ctx, tx, identifier)
		if err != nil {
			return false, err
		}
		if m.Group == nil || m.Group.Name != name {
			return false, store.ErrNotFound
		}
		return true, moveUser(ctx, tx, m, nil)
	}
	_, err := gate.Change(ctx, d.gate, by, OpChangeUserGroup, group, step)
	return err
}

// lockWritable finds a user whom the actor may change, and who is not only read.
func lockWritable(ctx context.Context, tx *gate.Tx, identifier string) (kith.Member, error) {
	m, err := lockManaged(ctx, tx, identifier, true)
	if err != nil {
		return m, err
	}
	return m, CheckWritable(m.User)
}

// moveUser is the step that puts a user, whom the actor may change and who is locked, into a role group, or
// with nil into none. It refuses whoever may not put them there. The owner stays admin.
func moveUser(ctx context.Context, tx *gate.Tx, m kith.Member, to *kith.Group) error {
	c := newChanges()
	if err := move(ctx, tx, c, m, to); err != nil {
		return err
	}
	if len(c.fields) == 0 {
		tx.Unchanged()
		return nil
	}
	tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Change, Row: m.User.ID.String(), Subject: m.User.ID,
		Fields: c.fields, Old: c.old})
	return nil
}

// endMade is the step that ends the tokens that staff made for a person who comes to hold more over the
// company than before: what was handed to somebody else while it opened little must not open more. A
// machine's tokens are all made by staff, and stay.
func endMade(ctx context.Context, tx *gate.Tx, was kith.Member, after kith.Permissions) error {
	if was.User.Kind != kith.Person || was.Permissions().Of(kith.SectionAdmin).Covers(after.Of(kith.SectionAdmin)) {
		return nil
	}
	list, err := tx.Sessions.DeleteUnproved(ctx, was.User.ID)
	for _, s := range list {
		tx.Record(SessionEnded(s, was.User.ID))
	}
	return err
}

// move writes the group, and notes what it was.
func move(ctx context.Context, tx *gate.Tx, c *changes, m kith.Member, to *kith.Group) error {
	if (m.Group == nil) == (to == nil) && (to == nil || m.Group.ID == to.ID) {
		return nil
	}
	if err := access.CheckOwner(m.Company, m.User, "demoted"); err != nil {
		return err
	}
	var id kith.GroupID
	if to != nil {
		if err := access.CheckPutsInto(tx.By, to); err != nil {
			return err
		}
		id = to.ID
	}
	var was any
	if m.Group != nil {
		was = m.Group.Name
		if err := gate.Already(tx.Links.Delete(ctx, kith.NounUser, m.User.ID[:], m.Group.ID)); err != nil { // what they let its members do
			return err
		}
	}
	c.note("group", was)
	after := kith.Member{User: m.User, Group: to}
	if err := endMade(ctx, tx, m, after.Permissions()); err != nil {
		return err
	}
	return tx.Users.SetGroup(ctx, m.User.ID, id)
}
