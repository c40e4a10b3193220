package storetest

import (
	"slices"
	"sync"
	"testing"

	"kith"
	"kith/internal/store"
)

// testCount: what is counted is what is there, at every commit, however the deltas are added up meanwhile.
func testCount(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	count := func(of *tenant) kith.UserOverview {
		return read(of, func(tx *store.Tx) (kith.UserOverview, error) { return tx.Counts.Get(ctx) })
	}
	same(t, "the owner alone", count(c), kith.UserOverview{Total: 1, Active: 1})
	change := func(how func(u *kith.User)) {
		c.do(func(tx *store.Tx) error {
			u, err := tx.Users.Lock(ctx, c.user.ID)
			if err != nil {
				return err
			}
			is := *u
			how(&is)
			return tx.Users.Put(ctx, u, &is)
		})
	}
	change(func(u *kith.User) { u.Archived = true })
	same(t, "archived", count(c), kith.UserOverview{Total: 1, Archived: 1})
	change(func(u *kith.User) { u.Deactivated = true })
	same(t, "and deactivated", count(c), kith.UserOverview{Total: 1, Archived: 1})
	change(func(u *kith.User) { u.Archived = false })
	same(t, "deactivated alone", count(c), kith.UserOverview{Total: 1})
	c.fails("a change that is undone", store.ErrExists, func(tx *store.Tx) error {
		_ = tx.Users.Insert(ctx, newUser(), kith.GroupID{}, nil)
		return tx.Users.Insert(ctx, c.user, kith.GroupID{}, nil)
	})
	same(t, "and counts for nothing", count(c), kith.UserOverview{Total: 1})
	testCountRace(t, c)
	same(t, "another company", count(other), kith.UserOverview{Total: 1, Active: 1})
	if left, err := db.System().Uncounted(ctx, other.company.ID-1, 1<<20); err != nil || len(left) == 0 || left[0] != other.company.ID {
		t.Errorf("Uncounted: %v, %v; want the other company first", left, err)
	}
	if left, err := db.System().Uncounted(ctx, other.company.ID, 1<<20); err != nil || slices.Contains(left, other.company.ID) {
		t.Errorf("Uncounted: %v, %v; want those after the other company", left, err)
	}
}

// testCountRace: 64 writers and two who add up.
func testCountRace(t *testing.T, c *tenant) {
	t.Helper()
	const writers, each = 64, 3
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for i := range each {
				err := c.update(func(tx *store.Tx) error {
					u := newUser()
					u.Archived = i == 0
					return tx.Users.Insert(t.Context(), u, kith.GroupID{}, nil)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	fold := func() (n int) {
		err := c.update(func(tx *store.Tx) (err error) {
			n, err = tx.Counts.Fold(t.Context(), 20)
			return err
		})
		if err != nil {
			t.Error(err)
		}
		return n
	}
	for range 2 {
		all.Go(func() {
			for range 8 {
				fold()
			}
		})
	}
	all.Wait()
	want := kith.UserOverview{Total: 1 + writers*each, Active: writers * (each - 1), Archived: writers}
	get := func() kith.UserOverview {
		return read(c, func(tx *store.Tx) (kith.UserOverview, error) { return tx.Counts.Get(t.Context()) })
	}
	same(t, "after the race", get(), want)
	for fold() > 0 {
		same(t, "while adding up", get(), want)
	}
	same(t, "added up", get(), want)
}
