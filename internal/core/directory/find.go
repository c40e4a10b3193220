package directory

import (
	"context"
	"errors"
	"reflect"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// Find is the step that finds a user of the company by what somebody typed: id, e-mail, mobile or
// username. It fails with NotFound.
func Find(ctx context.Context, tx *gate.Tx, typed string) (kith.Member, error) {
	for _, c := range Classify(typed) {
		id := c.User
		if id.IsZero() {
			var err error
			id, err = tx.Identifiers.Owner(ctx, c.Kind, c.Folded)
			if errors.Is(err, store.ErrNotFound) {
				continue
			} else if err != nil {
				return kith.Member{}, err
			}
		}
		m, err := tx.Users.Member(ctx, id)
		m.Company = tx.By.Company
		return m, err
	}
	return kith.Member{}, store.ErrNotFound
}

// FindField is Find for a user named in a field of the input: not finding one is Invalid, and names it.
func FindField(ctx context.Context, tx *gate.Tx, field, typed string) (kith.Member, error) {
	m, err := Find(ctx, tx, typed)
	if errors.Is(err, store.ErrNotFound) {
		return m, kith.BadField(field, kith.CodeNotFound, "There is no such user.")
	}
	return m, err
}

// FindAsked is FindField for whoever asks what a user may do: whoever may not see users names them by id, so that the
// answer tells nobody whose an address is.
func FindAsked(ctx context.Context, tx *gate.Tx, field, typed string) (kith.Member, error) {
	if _, err := kith.ParseID[kith.User](typed); err != nil && !tx.By.Holds(kith.SectionAdmin, kith.NounUser, kith.View) {
		return kith.Member{}, kith.BadField(field, kith.CodeNotFound, "There is no such user. Without the permission to see users, give an id.")
	}
	return FindField(ctx, tx, field, typed)
}

// Idleness says why an actor cannot act at all, for people; "" if they can.
func Idleness(them *kith.Actor) string {
	u := them.User
	switch {
	case them.Company.Status == kith.CompanySuspended:
		return "Nobody of this company gets in: it is suspended."
	case u == nil:
		return ""
	case u.Archived:
		return "No session of this user gets in: they are archived."
	case u.Deactivated:
		return "No session of this user gets in: they are deactivated."
	case u.Temporary:
		return "This user is temporary and cannot sign in yet."
	default:
		return ""
	}
}

// restContacts puts aside what links the addresses and numbers of an archived user to groups, and takes it up again for
// one who is restored.
func restContacts(ctx context.Context, tx *gate.Tx, u *kith.User) error {
	list, err := Identifiers(ctx, tx, u)
	for _, i := range list {
		if err == nil && i.Kind != kith.Username {
			err = tx.Links.Rest(ctx, i.Kind.Noun(), store.SerialKey(i.ID), u.Archived)
		}
	}
	return err
}

// putUser writes a user who was read and locked as was, with what they are counted and searched by.
func putUser(ctx context.Context, tx *gate.Tx, was, is *kith.User) error {
	err := tx.Users.Put(ctx, was, is)
	if err == nil && was.Archived != is.Archived {
		err = restContacts(ctx, tx, is)
	}
	if err != nil || reflect.DeepEqual(was.Metadata, is.Metadata) {
		return err
	}
	// The schema in force now, not when the request began: a new one waits for the user's row.
	company, err := tx.Companies.Get(ctx)
	if err != nil {
		return err
	}
	return tx.Users.PutTerms(ctx, is.ID, AttributeTerms(company, was.Metadata), AttributeTerms(company, is.Metadata))
}
