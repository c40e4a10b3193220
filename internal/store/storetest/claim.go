package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"kith"
	"kith/internal/store"
)

// testClaim: a company that nobody owns has one owner after any number of people claimed it at once, and keeps them.
func testClaim(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := draft(t, db), found(t, db)
	c.company.Owner = kith.UserID{}
	c.do(func(tx *store.Tx) error { return tx.Companies.Insert(ctx, c.company) })
	c.do(func(tx *store.Tx) error { return tx.Groups.Insert(ctx, c.group) })
	claim := func(user kith.UserID) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Companies.Claim(ctx, user) }
	}
	for name, unfit := range map[string]func(*kith.User){
		"archived": func(u *kith.User) { u.Archived = true }, "deactivated": func(u *kith.User) { u.Deactivated = true },
		"temporary": func(u *kith.User) { u.Temporary = true }, "a machine": func(u *kith.User) { u.Kind = kith.Machine },
	} {
		c.fails(name, store.ErrNotFound, claim(c.admin(unfit)))
	}
	c.fails("a user of another company", store.ErrNotFound, claim(other.user.ID))
	c.fails("nobody", store.ErrNotFound, claim(kith.UserID{}))
	const rivals = 20
	users := make([]kith.UserID, rivals)
	for i := range users {
		users[i] = c.admin(func(*kith.User) {})
	}
	var won atomic.Int32
	var winner atomic.Value
	var all sync.WaitGroup
	for _, user := range users {
		all.Go(func() {
			err := db.Update(ctx, c.by, claim(user))
			if err == nil {
				won.Add(1)
				winner.Store(user)
			} else if !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	row := read(c, func(tx *store.Tx) (*kith.Company, error) { return tx.Companies.Get(ctx) })
	if won.Load() != 1 || row.Owner != winner.Load() {
		t.Errorf("%d of %d claims came through; the owner is %s, want %v", won.Load(), rivals, row.Owner, winner.Load())
	}
	c.fails("the owner again", store.ErrNotFound, claim(row.Owner))
	other.fails("one that has an owner", store.ErrNotFound, claim(other.heir))
}
