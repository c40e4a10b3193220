package storetest

import (
	"cmp"
	"errors"
	"slices"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// nameOf is one that a user goes by.
func nameOf(user *kith.User, kind kith.IdentifierKind, folded string) *kith.Identifier {
	return &kith.Identifier{ID: newSerial(), User: user.ID, Kind: kind, Value: folded, Folded: folded, CreatedAt: noon}
}

func testIdentifier(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	add := func(c *tenant, i *kith.Identifier, claim, want bool) {
		t.Helper()
		c.do(func(tx *store.Tx) error {
			got, err := tx.Identifiers.Insert(ctx, i, claim)
			if err == nil && got != want {
				t.Errorf("Insert of %s %q reports %v, want %v", i.Kind, i.Folded, got, want)
			}
			return err
		})
	}
	owner := func(kind kith.IdentifierKind, folded string) func(tx *store.Tx) (kith.UserID, error) {
		return func(tx *store.Tx) (kith.UserID, error) { return tx.Identifiers.Owner(ctx, kind, folded) }
	}
	refused := func(what string, i *kith.Identifier) {
		t.Helper()
		c.taken(what, "folded", func(tx *store.Tx) error { _, err := tx.Identifiers.Insert(ctx, i, true); return err })
	}

	eva := newUser()
	c.do(func(tx *store.Tx) error { return tx.Users.Insert(ctx, eva, kith.GroupID{}, nil) })
	ada := nameOf(c.user, kith.Username, "ąda")
	add(c, ada, true, true)
	same(t, "Owner", read(c, owner(kith.Username, "ąda")), c.user.ID)
	missing(c, "the same word of another kind", owner(kith.Mobile, "ąda"))
	missing(c, "another case", owner(kith.Username, "ĄDA")) // folding is the caller's
	missing(other, "another company", owner(kith.Username, "ąda"))
	missing(c, "nobody's", owner(kith.Email, other.user.Email))

	refused("taken by another user", nameOf(eva, kith.Username, "ąda"))
	refused("taken by the same user", nameOf(c.user, kith.Username, "ąda"))
	add(c, nameOf(eva, kith.Mobile, "ąda"), true, true)
	add(other, nameOf(other.user, kith.Username, "ąda"), true, true)
	same(t, "after all that", read(c, owner(kith.Username, "ąda")), c.user.ID)

	taken := nameOf(eva, kith.Username, "eva")
	taken.ID = ada.ID
	add(c, taken, true, false)
	missing(c, "an identifier whose number was taken", owner(kith.Username, "eva"))
	add(other, taken, true, true) // numbers are one company's

	// Temporary users claim nothing, and are in nobody's way.
	later := nameOf(eva, kith.Email, "later@x.example")
	add(c, later, false, true)
	add(c, nameOf(c.user, kith.Email, "later@x.example"), false, true)
	missing(c, "a name that is not claimed", owner(kith.Email, "later@x.example"))
	add(c, nameOf(eva, kith.Email, "later@x.example"), true, true)
	same(t, "once claimed", read(c, owner(kith.Email, "later@x.example")), eva.ID)
}

// testPrimary: a primary identifier is given up, taken over and proved by the one who holds it.
func testPrimary(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := found(t, db)
	eva := newUser()
	c.do(func(tx *store.Tx) error { return tx.Users.Insert(ctx, eva, kith.GroupID{}, nil) })
	proved := func(verified time.Time) time.Time {
		t.Helper()
		var got time.Time
		c.do(func(tx *store.Tx) (err error) {
			got, err = tx.Identifiers.Promote(ctx, eva.ID, kith.Email, "eva@x")
			return err
		})
		same(t, "verified at", got, verified)
		return got
	}
	release := func(user kith.UserID, kind kith.IdentifierKind, folded string) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { _, err := tx.Identifiers.Release(ctx, user, kind, folded); return err }
	}
	mail := nameOf(eva, kith.Email, "eva@x")
	c.do(func(tx *store.Tx) error {
		_, err := tx.Identifiers.Insert(ctx, mail, true)
		return err
	})
	c.fails("Release of one that is not primary", store.ErrNotFound, release(eva.ID, kith.Email, "eva@x"))
	c.fails("Promote of another's", store.ErrNotFound, func(tx *store.Tx) error {
		_, err := tx.Identifiers.Promote(ctx, c.user.ID, kith.Email, "eva@x")
		return err
	})
	proved(time.Time{})
	verify := func(user kith.UserID) func(tx *store.Tx) error {
		of := *mail
		of.User = user
		return func(tx *store.Tx) error { return tx.Identifiers.Verify(ctx, &of) }
	}
	c.fails("Verify of another's", store.ErrNotFound, verify(c.user.ID))
	var now time.Time
	c.do(func(tx *store.Tx) error { now = tx.Now; return verify(eva.ID)(tx) })
	proved(now)
	named := func() *kith.Identifier {
		return read(c, func(tx *store.Tx) (*kith.Identifier, error) { return tx.Identifiers.Named(ctx, kith.Email, "eva@x") })
	}
	want := *mail
	want.Primary, want.VerifiedAt = true, now
	same(t, "what was proved", named(), &want)
	c.do(func(tx *store.Tx) error { return tx.Identifiers.Doubt(ctx, mail) })
	want.VerifiedAt = time.Time{}
	same(t, "what is doubted", named(), &want)
	c.do(verify(eva.ID))
	testFurther(t, c, eva)
	c.fails("Release of another's", store.ErrNotFound, release(c.user.ID, kith.Email, "eva@x"))
	c.fails("Release of another kind", store.ErrNotFound, release(eva.ID, kith.Username, "eva@x"))
	c.do(release(eva.ID, kith.Email, "eva@x"))
	missing(c, "one that was given up", func(tx *store.Tx) (kith.UserID, error) { return tx.Identifiers.Owner(ctx, kith.Email, "eva@x") })
	same(t, "the other user's", read(c, func(tx *store.Tx) (kith.UserID, error) {
		return tx.Identifiers.Owner(ctx, kith.Email, c.identifier.Folded)
	}), c.user.ID)

	unclaimed := func(user kith.UserID, kind kith.IdentifierKind) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Identifiers.ReleaseUnclaimed(ctx, user, kind) }
	}
	c.fails("ReleaseUnclaimed of nobody", store.ErrNotFound, unclaimed(eva.ID, kith.Username))
	c.fails("ReleaseUnclaimed of one that is claimed", store.ErrNotFound, unclaimed(c.user.ID, kith.Email))
	c.do(unclaimed(c.user.ID, kith.Username))
	c.fails("ReleaseUnclaimed twice", store.ErrNotFound, unclaimed(c.user.ID, kith.Username))
}

// testFurther: further identifiers, and those that claim nothing, are listed; proving one claims it, unless
// another has it.
func testFurther(t *testing.T, c *tenant, eva *kith.User) {
	t.Helper()
	ctx := t.Context()
	second, unclaimed, anothers := nameOf(eva, kith.Email, "eva2@x"), nameOf(eva, kith.Mobile, "+27831234567"), nameOf(eva, kith.Email, c.identifier.Folded)
	c.do(func(tx *store.Tx) error {
		_, err1 := tx.Identifiers.Insert(ctx, second, true)
		_, err2 := tx.Identifiers.Insert(ctx, unclaimed, false)
		_, err3 := tx.Identifiers.Insert(ctx, anothers, false)
		return errors.Join(err1, err2, err3)
	})
	further := func() []*kith.Identifier {
		return read(c, func(tx *store.Tx) ([]*kith.Identifier, error) { return tx.Identifiers.Further(ctx, eva.ID) })
	}
	loose := func(i *kith.Identifier) *kith.Identifier {
		same := *i
		same.Folded, same.Unclaimed = "", true
		return &same
	}
	list := []*kith.Identifier{second, loose(anothers), loose(unclaimed)}
	slices.SortFunc(list[:2], func(a, b *kith.Identifier) int { return cmp.Compare(a.ID, b.ID) })
	same(t, "Further", further(), list)
	missing(c, "one that is not claimed", func(tx *store.Tx) (*kith.Identifier, error) {
		return tx.Identifiers.Named(ctx, kith.Mobile, unclaimed.Folded)
	})
	c.do(func(tx *store.Tx) error { return tx.Identifiers.Verify(ctx, unclaimed) })
	got := read(c, func(tx *store.Tx) (*kith.Identifier, error) {
		return tx.Identifiers.Named(ctx, kith.Mobile, unclaimed.Folded)
	})
	if got.VerifiedAt.IsZero() || got.Unclaimed || got.User != eva.ID {
		t.Errorf("once proved: %+v", got)
	}
	c.taken("another's", "identifiers", func(tx *store.Tx) error { return tx.Identifiers.Verify(ctx, anothers) })
}
