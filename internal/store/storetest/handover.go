package storetest

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// admin adds another member of the company's group.
func (c *tenant) admin(change func(*kith.User)) kith.UserID {
	c.t.Helper()
	u := newUser()
	change(u)
	c.do(func(tx *store.Tx) error { return tx.Users.Insert(c.t.Context(), u, c.group.ID, nil) })
	return u.ID
}

// testHandover: a company passes to whom it was offered, while the offer stands, and to nobody else.
func testHandover(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := found(t, db)
	owner, heir, rival := c.user.ID, c.admin(func(*kith.User) {}), c.admin(func(*kith.User) {})
	offer := func(from, to kith.UserID, until time.Time) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Companies.SetHeir(ctx, from, to, until) }
	}
	accept := func(from, to kith.UserID) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Companies.HandOver(ctx, from, to, c.group.Name) }
	}
	state := func(what string, owner, heir kith.UserID, until time.Time) {
		t.Helper()
		company := read(c, func(tx *store.Tx) (*kith.Company, error) { return tx.Companies.Get(ctx) })
		got := []any{company.Owner, nil, nil}
		read(c, func(tx *store.Tx) (any, error) {
			h, u, err := tx.Companies.Heir(ctx)
			got[1], got[2] = h, u
			return nil, err
		})
		same(t, what, got, []any{owner, heir, until})
	}
	c.do(offer(owner, kith.UserID{}, time.Time{}))
	state("no offer", owner, kith.UserID{}, time.Time{})
	c.fails("without an offer", store.ErrNotFound, accept(owner, heir))
	c.fails("an offer by somebody else", store.ErrNotFound, offer(rival, heir, farAhead))
	c.do(offer(owner, rival, farAhead))
	c.do(offer(owner, heir, farAhead))
	state("a new offer replaces", owner, heir, farAhead)
	c.fails("whose offer was replaced", store.ErrNotFound, accept(owner, rival))
	c.fails("from who is not the owner", store.ErrNotFound, accept(rival, heir))
	c.fails("of another group", store.ErrNotFound, func(tx *store.Tx) error { return tx.Companies.HandOver(ctx, owner, heir, "user") })
	past := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	c.do(offer(owner, heir, past))
	c.fails("too late", store.ErrNotFound, accept(owner, heir))
	for name, unfit := range map[string]func(*kith.User){
		"archived": func(u *kith.User) { u.Archived = true }, "deactivated": func(u *kith.User) { u.Deactivated = true },
		"temporary": func(u *kith.User) { u.Temporary = true }, "a machine": func(u *kith.User) { u.Kind = kith.Machine },
	} {
		id := c.admin(unfit)
		c.do(offer(owner, id, farAhead))
		c.fails("an heir who is "+name, store.ErrNotFound, accept(owner, id))
	}
	state("after all that", owner, read(c, func(tx *store.Tx) (kith.UserID, error) {
		id, _, err := tx.Companies.Heir(ctx)
		return id, err
	}), farAhead)
	c.do(offer(owner, heir, farAhead))
	c.do(accept(owner, heir))
	state("handed over", heir, kith.UserID{}, time.Time{})
	c.fails("once more", store.ErrNotFound, accept(owner, heir))
	c.fails("an offer by the former owner", store.ErrNotFound, offer(owner, rival, farAhead))
}

// testRaceOwner: whatever happens to an offer at once, the company has one owner in the end, who may sign
// in (T65): the owner withdraws it and makes another, both heirs accept, and staff shut both out.
func testRaceOwner(t *testing.T, db *store.DB) {
	ctx := t.Context()
	var passed, stayed atomic.Int64
	const rounds = 40
	for range rounds {
		c := found(t, db)
		first, second := c.admin(func(*kith.User) {}), c.admin(func(*kith.User) {})
		c.do(func(tx *store.Tx) error { return tx.Companies.SetHeir(ctx, c.user.ID, first, farAhead) })
		steps := []func(tx *store.Tx) error{
			c.accept(first), c.accept(second), c.accept(first),
			c.shut(first, func(u *kith.User) { u.Deactivated = true }),
			c.shut(second, func(u *kith.User) { u.Archived = true }),
			c.shut(c.user.ID, func(u *kith.User) { u.Deactivated = true }),
			func(tx *store.Tx) error { return tx.Companies.SetHeir(ctx, c.user.ID, kith.UserID{}, time.Time{}) },
			func(tx *store.Tx) error { return tx.Companies.SetHeir(ctx, c.user.ID, second, farAhead) },
		}
		together(len(steps), func(i int) {
			err := c.update(steps[i])
			for lost(err) {
				err = c.update(steps[i])
			}
			if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrInUse) {
				t.Error(err)
			}
		})
		owner := read(c, func(tx *store.Tx) (*kith.User, error) {
			company, err := tx.Companies.Get(ctx)
			if err != nil {
				return nil, err
			}
			return tx.Users.Get(ctx, company.Owner)
		})
		if !owner.Active() {
			t.Fatalf("the owner is shut out: %s", show(owner))
		}
		if owner.ID == c.user.ID {
			stayed.Add(1)
		} else {
			passed.Add(1)
		}
	}
	t.Logf("of %d companies %d passed on, %d stayed", rounds, passed.Load(), stayed.Load())
}

// accept makes an heir the owner, in the order that HandOver asks for.
func (c *tenant) accept(heir kith.UserID) func(tx *store.Tx) error {
	return func(tx *store.Tx) error {
		if _, err := tx.Users.Lock(c.t.Context(), heir); err != nil {
			return err
		}
		return tx.Companies.HandOver(c.t.Context(), c.user.ID, heir, c.group.Name)
	}
}

// shut changes a user who is not the owner, as everything does that shuts one out: lock, ask who the owner
// is, write.
func (c *tenant) shut(id kith.UserID, how func(*kith.User)) func(tx *store.Tx) error {
	return func(tx *store.Tx) error {
		u, err := tx.Users.Lock(c.t.Context(), id)
		if err != nil {
			return err
		}
		if company, err := tx.Companies.Get(c.t.Context()); err != nil || company.Owner == id {
			return errors.Join(err, store.ErrInUse)
		}
		how(u)
		return put(c.t.Context(), tx, u)
	}
}

// testCompanyList: the operator sees companies of whatever mode and status, by slug, and reads on from any.
func testCompanyList(t *testing.T, db *store.DB) {
	ctx := t.Context()
	mark, bySlug := publish(t, db)
	bySlug["suspended"].Mode = kith.Production
	slugs := func(f store.CompanyFilter, limit int) (list []string) {
		t.Helper()
		if f.After == "" {
			f.After = mark
		}
		entries, err := db.System().Companies(ctx, f, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if len(e.Company.Slug) > len(mark) && e.Company.Slug[:len(mark)] == mark {
				list = append(list, e.Company.Slug[len(mark)+1:])
			}
		}
		return list
	}
	test, suspended := kith.Test, kith.CompanySuspended
	same(t, "the first", slugs(store.CompanyFilter{}, 3), []string{"a", "b", "c"})
	same(t, "those that follow", slugs(store.CompanyFilter{After: mark + "-c"}, 3), []string{"d", "e-e", "hidden"})
	same(t, "by mode", slugs(store.CompanyFilter{Mode: &test}, 1), []string{"d"})
	same(t, "by status", slugs(store.CompanyFilter{Status: &suspended}, 1), []string{"suspended"})

	c := found(t, db)
	got, err := db.System().Company(ctx, c.company.Slug)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "one of them", got.Company, c.company)
	if got.Owner != c.user.Email {
		t.Errorf("its owner is %q, want %q", got.Owner, c.user.Email)
	}
	if _, err := db.System().Company(ctx, "nobody"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the company of a slug that nobody has: %v", err)
	}
}
