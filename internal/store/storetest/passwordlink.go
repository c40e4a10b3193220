package storetest

import (
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

func testPasswordLink(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	user, first, second := newUser().ID, random(32), random(32)
	put := func(hash []byte, expires time.Time, mailed bool) {
		t.Helper()
		c.do(func(tx *store.Tx) error { return tx.PasswordLinks.Put(ctx, user, hash, expires, mailed) })
	}
	good := func(user kith.UserID, hash []byte) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.PasswordLinks.Good(ctx, user, hash) }
	}
	spend := func(user kith.UserID, hash []byte, mailed bool) func(tx *store.Tx) error {
		return func(tx *store.Tx) error {
			got, err := tx.PasswordLinks.Spend(ctx, user, hash)
			if err == nil && got != mailed {
				t.Errorf("a link is mailed: %v, want %v", got, mailed)
			}
			return err
		}
	}
	bad := func(what string, user kith.UserID, hash []byte) {
		t.Helper()
		c.fails("Good, "+what, store.ErrNotFound, good(user, hash))
		c.fails("Spend, "+what, store.ErrNotFound, spend(user, hash, true))
	}
	bad("of a user without a link", user, first)
	put(first, never, true)
	c.do(good(user, first))
	bad("with another secret", user, second)
	bad("of another user", c.user.ID, first)
	other.fails("in another company", store.ErrNotFound, spend(user, first, true))
	put(second, never, false)
	bad("which was replaced", user, first)
	c.do(spend(user, second, false))
	bad("which was spent", user, second)

	// Its last moment is the one before it expires.
	var now time.Time
	c.do(func(tx *store.Tx) error { now = tx.Now; return nil })
	put(first, now.Add(-time.Millisecond), true)
	bad("which has expired", user, first)
	c.do(func(tx *store.Tx) error {
		if err := tx.PasswordLinks.Put(ctx, user, first, tx.Now, true); err != nil {
			return err
		}
		if err := tx.PasswordLinks.Good(ctx, user, first); err == nil {
			t.Error("good when it expires")
		}
		if err := tx.PasswordLinks.Put(ctx, user, first, tx.Now.Add(time.Millisecond), true); err != nil {
			return err
		}
		return spend(user, first, true)(tx)
	})

	put(first, never, true)
	c.do(func(tx *store.Tx) error { return tx.PasswordLinks.Delete(ctx, user) })
	bad("which was taken back", user, first)
	c.fails("Delete of none", store.ErrNotFound, func(tx *store.Tx) error { return tx.PasswordLinks.Delete(ctx, user) })
	c.do(good(c.user.ID, c.passwordLink))
}
