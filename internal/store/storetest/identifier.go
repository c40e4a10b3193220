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
	return &kith.Identifier{ID: newSerial(), User: user.ID, Kind: kind, Value: folded, Folded: folded, Mode: kith.DefaultRowMode, CreatedAt: noon}
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

// testOneIdentifier: an identifier is read, proved, made primary and taken away by the one who has it.
func testOneIdentifier(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := found(t, db)
	eva := newUser()
	c.do(func(tx *store.Tx) error { return tx.Users.Insert(ctx, eva, kith.GroupID{}, nil) })
	mail := nameOf(eva, kith.Email, "eva@x")
	mail.Barred = true
	c.do(func(tx *store.Tx) error {
		_, err := tx.Identifiers.Insert(ctx, mail, true)
		return err
	})
	mine, of, unknown := *mail, *mail, *mail
	of.User, unknown.ID = c.user.ID, newSerial()
	named := func() *kith.Identifier {
		return read(c, func(tx *store.Tx) (*kith.Identifier, error) { return tx.Identifiers.Named(ctx, kith.Email, "eva@x") })
	}
	same(t, "as it was added", named(), &mine)
	same(t, "Get", read(c, func(tx *store.Tx) (*kith.Identifier, error) { return tx.Identifiers.Get(ctx, kith.Email, mail.ID) }), &mine)
	missing(c, "Get of another kind", func(tx *store.Tx) (*kith.Identifier, error) { return tx.Identifiers.Get(ctx, kith.Mobile, mail.ID) })
	login := func(tx *store.Tx) (store.Login, error) { return tx.Credentials.ByIdentifier(ctx, kith.Email, "eva@x") }
	missing(c, "a sign-in by what is barred", login)
	var now time.Time
	for _, write := range []struct {
		name string
		do   func(tx *store.Tx, i *kith.Identifier) error
		want func()
	}{
		{"SetPrimary", func(tx *store.Tx, i *kith.Identifier) error {
			i.Primary = true
			return tx.Identifiers.SetPrimary(ctx, i)
		}, func() { mine.Primary = true }},
		{"Claim", func(tx *store.Tx, i *kith.Identifier) error { i.Barred = false; return tx.Identifiers.Claim(ctx, i) }, func() { mine.Barred = false }},
		{"Claim, barred", func(tx *store.Tx, i *kith.Identifier) error { i.Barred = true; return tx.Identifiers.Claim(ctx, i) }, func() { mine.Barred = true }},
		{"Verify", func(tx *store.Tx, i *kith.Identifier) error { now = tx.Now; return tx.Identifiers.Verify(ctx, i) }, func() { mine.VerifiedAt, mine.Barred = now, false }},
		{"Doubt", func(tx *store.Tx, i *kith.Identifier) error { return tx.Identifiers.Doubt(ctx, i) }, func() { mine.VerifiedAt = time.Time{} }},
	} {
		for what, i := range map[string]kith.Identifier{"another's": of, "one that nobody has": unknown} {
			c.fails(write.name+" of "+what, store.ErrNotFound, func(tx *store.Tx) error { return write.do(tx, &i) })
		}
		c.do(func(tx *store.Tx) error { one := mine; return write.do(tx, &one) })
		write.want()
		same(t, write.name, named(), &mine)
	}
	same(t, "a sign-in by what was proved", read(c, login).User, eva.ID)
	testFurther(t, c, eva)
	mine.Primary = false
	c.do(func(tx *store.Tx) error { return tx.Identifiers.SetPrimary(ctx, &mine) })
	same(t, "no longer primary", named(), &mine)
	for what, i := range map[string]*kith.Identifier{"another's": &of, "one that nobody has": &unknown} {
		c.fails("Delete of "+what, store.ErrNotFound, func(tx *store.Tx) error { return tx.Identifiers.Delete(ctx, i) })
	}
	c.do(func(tx *store.Tx) error { return tx.Identifiers.Delete(ctx, mail) })
	missing(c, "one that was taken away", func(tx *store.Tx) (kith.UserID, error) { return tx.Identifiers.Owner(ctx, kith.Email, "eva@x") })
	c.fails("Delete twice", store.ErrNotFound, func(tx *store.Tx) error { return tx.Identifiers.Delete(ctx, mail) })
	same(t, "the other user's", read(c, func(tx *store.Tx) (kith.UserID, error) {
		return tx.Identifiers.Owner(ctx, kith.Email, c.identifier.Folded)
	}), c.user.ID)
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
	same(t, "Get of one that is not claimed", read(c, func(tx *store.Tx) (*kith.Identifier, error) {
		return tx.Identifiers.Get(ctx, kith.Mobile, unclaimed.ID)
	}), loose(unclaimed))
	c.do(func(tx *store.Tx) error { return tx.Identifiers.Verify(ctx, unclaimed) })
	got := read(c, func(tx *store.Tx) (*kith.Identifier, error) {
		return tx.Identifiers.Named(ctx, kith.Mobile, unclaimed.Folded)
	})
	if got.VerifiedAt.IsZero() || got.Unclaimed || got.User != eva.ID {
		t.Errorf("once proved: %+v", got)
	}
	c.do(func(tx *store.Tx) error { return tx.Identifiers.Release(ctx, got) })
	for what, i := range map[string]*kith.Identifier{"another's": {ID: got.ID, Kind: got.Kind, User: c.user.ID}, "one that nobody has": {ID: newSerial(), Kind: got.Kind, User: eva.ID}} {
		c.fails("Release of "+what, store.ErrNotFound, func(tx *store.Tx) error { return tx.Identifiers.Release(ctx, i) })
	}
	same(t, "once released", read(c, func(tx *store.Tx) (*kith.Identifier, error) {
		return tx.Identifiers.Get(ctx, kith.Mobile, unclaimed.ID)
	}), loose(unclaimed))
	c.taken("another's", "identifiers", func(tx *store.Tx) error { return tx.Identifiers.Verify(ctx, anothers) })
	c.taken("another's, to be claimed", "identifiers", func(tx *store.Tx) error { return tx.Identifiers.Claim(ctx, anothers) })
}

// testIdentifierList: a company's identifiers of a kind are listed newest first, by page, with whom they are
// of; those of temporary users, which claim nothing, can be told from the others.
func testIdentifierList(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := found(t, db)
	guest := newUser()
	guest.Temporary = true
	c.do(func(tx *store.Tx) error { return tx.Users.Insert(ctx, guest, c.group.ID, nil) })
	var want []*kith.Identifier
	for n := range 6 {
		i := nameOf(guest, kith.Mobile, string(rune('a'+n)))
		i.ID = kith.Serial(1000 - n) //nolint:gosec // newest first
		if n%3 == 0 {
			i.User = c.user.ID
		}
		c.do(func(tx *store.Tx) error { _, err := tx.Identifiers.Insert(ctx, i, i.User == c.user.ID); return err })
		if i.User == guest.ID {
			i.Folded, i.Unclaimed = "", true
		}
		want = append(want, i)
	}
	list := func(temporary *bool, number, size int) ([]*kith.Identifier, int) {
		got := read(c, func(tx *store.Tx) (store.IdentifierList, error) {
			return tx.Identifiers.List(ctx, kith.Mobile, temporary, kith.Page{Number: number, Size: size})
		})
		var all []*kith.Identifier
		for _, row := range got.Rows {
			all = append(all, row.Identifier)
			if row.Member.User.ID != row.User || row.Member.Group.Name != c.group.Name || got.Capped {
				t.Errorf("%s is of %s in %+v", row.Value, row.Member.User.ID, row.Member.Group)
			}
		}
		return all, got.Total
	}
	yes, no := true, false
	for _, tt := range []struct {
		name         string
		temporary    *bool
		number, size int
		want         []*kith.Identifier
		total        int
	}{
		{"all", nil, 1, 10, want, 6},
		{"the second page", nil, 2, 2, want[2:4], 6},
		{"of temporary users", &yes, 1, 10, []*kith.Identifier{want[1], want[2], want[4], want[5]}, 4},
		{"of the others", &no, 1, 10, []*kith.Identifier{want[0], want[3]}, 2},
		{"a page of temporary users'", &yes, 2, 3, want[5:], 4},
	} {
		got, total := list(tt.temporary, tt.number, tt.size)
		same(t, tt.name, got, tt.want)
		same(t, tt.name+": total", total, tt.total)
	}
}
