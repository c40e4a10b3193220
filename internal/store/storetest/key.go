package storetest

import (
	"testing"

	"kith"
	"kith/internal/store"
)

func testKey(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	newest := func(purpose int) func(tx *store.Tx) (wrappedKey, error) {
		return func(tx *store.Tx) (wrappedKey, error) {
			id, wrapped, err := tx.Keys.Newest(ctx, purpose)
			return wrappedKey{purpose, id, wrapped}, err
		}
	}
	insert := func(k wrappedKey) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Keys.Insert(ctx, k.Purpose, k.ID, k.Wrapped) }
	}
	purpose := c.key.Purpose
	same(t, "Newest, of one", read(c, newest(purpose)), c.key)
	missing(c, "a purpose without key", newest(purpose-1))
	missing(c, "another company's", newest(other.key.Purpose))
	missing(draft(t, db), "a company without key", newest(purpose))

	later, earlier := wrappedKey{purpose, c.key.ID + 1, []byte{0, 255}}, wrappedKey{purpose, c.key.ID - 1, []byte("old")}
	c.do(insert(later))
	c.do(insert(earlier))
	c.do(insert(wrappedKey{purpose + 1, later.ID, []byte("another purpose")}))
	same(t, "Newest is the one with the highest number", read(c, newest(purpose)), later)
	c.taken("a number twice", "keys", insert(wrappedKey{purpose, later.ID, []byte("x")}))
	same(t, "and it is still the first", read(c, newest(purpose)), later)
	same(t, "another company's", read(other, newest(other.key.Purpose)), other.key)

	// What belongs to no company is as far from every company as companies are from each other.
	installation := &tenant{t: t, db: db, by: &kith.Actor{System: true}}
	missing(installation, "the installation's key", newest(purpose))
	installation.do(insert(c.key))
	same(t, "the installation's key", read(installation, newest(purpose)), c.key)
	same(t, "a company's", read(other, newest(other.key.Purpose)), other.key)
}
