package storetest

import (
	"testing"
	"time"

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

// testKeyEnd: keys are listed the newest first, end when they are told to, never later than that, and are
// dropped when that time has come.
func testKeyEnd(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	purpose := c.key.Purpose + 1
	list := func(tx *store.Tx) ([]store.Key, error) { return tx.Keys.List(ctx, purpose) }
	end := func(before int64, at time.Time) func(tx *store.Tx) (int64, error) {
		return func(tx *store.Tx) (int64, error) { return tx.Keys.End(ctx, purpose, before, at) }
	}
	drop := func(at time.Time) func(tx *store.Tx) (int64, error) {
		return func(tx *store.Tx) (int64, error) { return tx.Keys.Drop(ctx, purpose, at) }
	}
	same(t, "List, of none", read(c, list), []store.Key(nil))
	var made [4]time.Time
	for id := int64(1); id <= 3; id++ {
		c.do(func(tx *store.Tx) error {
			made[id] = tx.Now
			return tx.Keys.Insert(ctx, purpose, id, []byte{byte(id)})
		})
	}
	key := func(id int64, ends time.Time) store.Key {
		return store.Key{ID: id, Wrapped: []byte{byte(id)}, CreatedAt: made[id], EndsAt: ends}
	}
	none := time.Time{}
	same(t, "List", read(c, list), []store.Key{key(3, none), key(2, none), key(1, none)})
	same(t, "End, of all before the second", wrote(c, end(2, noon)), int64(1))
	same(t, "End, of all before the third", wrote(c, end(3, noon.Add(time.Hour))), int64(1))
	same(t, "List, with ends", read(c, list), []store.Key{key(3, none), key(2, noon.Add(time.Hour)), key(1, noon)})
	same(t, "End, sooner", wrote(c, end(3, noon.Add(time.Minute))), int64(1))
	same(t, "Drop, before any has ended", wrote(c, drop(noon.Add(-time.Millisecond))), int64(0))
	same(t, "Drop, as the first ends", wrote(c, drop(noon)), int64(1))
	same(t, "List, without the first", read(c, list), []store.Key{key(3, none), key(2, noon.Add(time.Minute))})
	same(t, "Drop, of what has no end", wrote(c, drop(farAhead)), int64(1))
	same(t, "List, of the one that has no end", read(c, list), []store.Key{key(3, none)})
	same(t, "another company's", wrote(other, drop(farAhead)), int64(0))
}

// wrote runs a step that writes, and gives what it answers.
func wrote[V any](c *tenant, step func(tx *store.Tx) (V, error)) (answer V) {
	c.t.Helper()
	c.do(func(tx *store.Tx) (err error) {
		answer, err = step(tx)
		return err
	})
	return answer
}
