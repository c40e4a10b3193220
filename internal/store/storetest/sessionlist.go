package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"slices"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// testSessionList: of random sessions every filter and page gives those that a look at each would, newest
// first, whichever index finds them.
func testSessionList(t *testing.T, db *store.DB) {
	c, other := found(t, db), found(t, db)
	ctx := t.Context()
	c.do(func(tx *store.Tx) error { return tx.Sessions.Delete(ctx, c.session.ID) })
	staff := *c.group
	staff.ID, staff.Name, staff.Section, staff.Default = newID[kith.Group](), "staff "+c.group.Name, kith.SectionAdmin, false
	c.do(func(tx *store.Tx) error { return tx.Groups.Insert(ctx, &staff) })
	all := c.crowd([]*kith.Group{c.group, &staff, nil})

	r := mathrand.New(mathrand.NewPCG(1, 2)) //nolint:gosec // the same filters each time
	hits := 0
	for range 300 {
		f := randomFilter(r, all, c.group.Name, staff.Name)
		page := kith.Page{Number: 1 + r.IntN(3), Size: 1 + r.IntN(30)}
		var want []*store.Held
		for _, h := range all {
			if lets(f, h) {
				want = append(want, h)
			}
		}
		shown := want[min(page.Offset(), len(want)):min(page.Offset()+page.Size, len(want))]
		got := read(c, find(ctx, f, page))
		same(t, fmt.Sprintf("%s page %+v", show(f), page), handles(got.Rows), handles(shown))
		if len(shown) > 0 && got.Total != len(want) {
			t.Errorf("%s: counts %d, want %d", show(f), got.Total, len(want))
		}
		hits += len(shown)
	}
	if hits < 500 {
		t.Errorf("the filters let %d sessions through in all: too few to show anything", hits)
	}
	one := read(c, find(ctx, store.SessionFilter{Handles: []string{all[0].Session.Handle}}, kith.Page{Number: 1, Size: 9}))
	same(t, "a row in full", one.Rows[0].Session, all[0].Session)
	same(t, "with its user", one.Rows[0].Member.User, all[0].Member.User)
	if g := one.Rows[0].Member.Group; (g == nil) != (all[0].Member.Group == nil) || g != nil && g.Permissions != all[0].Member.Group.Permissions {
		t.Errorf("the row's group is %s, want %s", show(g), show(all[0].Member.Group))
	}
	if theirs := read(c, find(ctx, store.SessionFilter{Handles: []string{other.session.Handle}}, kith.Page{Number: 1, Size: 9})); len(theirs.Rows) != 0 {
		t.Errorf("another company's handle finds %s", show(theirs))
	}
	testLargeGroup(t, db)
}

func find(ctx context.Context, f store.SessionFilter, page kith.Page) func(*store.Tx) (kith.List[*store.Held], error) {
	return func(tx *store.Tx) (kith.List[*store.Held], error) { return tx.Sessions.Find(ctx, f, page) }
}

func handles(list []*store.Held) []string {
	names := []string{}
	for _, h := range list {
		names = append(names, h.Session.Handle)
	}
	return names
}

// crowd adds twelve users, by turns in the groups, with ten sessions each, made a second apart: every third
// permanent, every fourth over. It gives them newest first.
func (c *tenant) crowd(groups []*kith.Group) []*store.Held {
	c.t.Helper()
	ctx := c.t.Context()
	var all []*store.Held
	c.do(func(tx *store.Tx) error {
		for i := range 120 {
			m := kith.Member{User: newUser(), Group: groups[i%12%len(groups)]}
			if i >= 12 {
				m = all[i%12].Member
			} else {
				var group kith.GroupID
				if m.Group != nil {
					group = m.Group.ID
				}
				if err := tx.Users.Insert(ctx, m.User, group, nil); err != nil {
					return err
				}
			}
			s := newSession(m.User.ID, c.application.ID)
			s.CreatedAt = noon.Add(time.Duration(i) * time.Second)
			s.ID = kith.NewID[kith.Session](s.CreatedAt, rand.Reader)
			if i%3 == 0 {
				s.ExpiresAt, s.Refresh = time.Time{}, kith.Refresh{}
			} else if i%4 == 0 {
				s.ExpiresAt, s.Refresh = noon.Add(-time.Minute), kith.Refresh{}
			}
			all = append(all, &store.Held{Session: s, Member: m})
			if err := tx.Sessions.Insert(ctx, s, random(32)); err != nil {
				return err
			}
		}
		return nil
	})
	slices.SortFunc(all, func(a, b *store.Held) int { return bytes.Compare(b.Session.ID[:], a.Session.ID[:]) })
	return all
}

// randomFilter narrows by one to three things.
func randomFilter(r *mathrand.Rand, all []*store.Held, groups ...string) store.SessionFilter {
	f := store.SessionFilter{Alive: noon}
	some := func() *store.Held { return all[r.IntN(len(all))] }
	for range 1 + r.IntN(3) {
		switch r.IntN(9) {
		case 0:
			f.User = some().Member.User.ID
		case 1:
			f.Handles = []string{some().Session.Handle, some().Session.Handle, "nobody's"}
		case 2:
			f.NotHandle = some().Session.Handle
		case 3:
			permanent := r.IntN(2) == 0
			f.Permanent = &permanent
		case 4:
			f.From = some().Session.CreatedAt
		case 5:
			f.Below = some().Session.CreatedAt
		case 6:
			f.Group = groups[r.IntN(len(groups))]
		case 7:
			f.Groups = append([]string{"nobody's"}, groups[:1+r.IntN(len(groups))]...)
		case 8:
			section := kith.Section(r.IntN(2))
			f.Section = &section
		}
	}
	return f
}

// lets reports whether a filter lets a session through.
func lets(f store.SessionFilter, h *store.Held) bool {
	s, g := h.Session, h.Member.Group
	ended := !s.ExpiresAt.IsZero() && !s.ExpiresAt.After(f.Alive) && !s.Refresh.ExpiresAt.After(f.Alive)
	return !ended && (f.User.IsZero() || s.User == f.User) && (len(f.Handles) == 0 || slices.Contains(f.Handles, s.Handle)) &&
		s.Handle != f.NotHandle && (f.Permanent == nil || *f.Permanent == s.ExpiresAt.IsZero()) &&
		!s.CreatedAt.Before(f.From) && (f.Below.IsZero() || s.CreatedAt.Before(f.Below)) &&
		(f.Group == "" || g != nil && g.Name == f.Group) && (len(f.Groups) == 0 || g != nil && slices.Contains(f.Groups, g.Name)) &&
		(f.Section == nil || g != nil && g.Section == *f.Section)
}

// testLargeGroup: the sessions of a group that is too large to be gone through are found among the newest.
func testLargeGroup(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := found(t, db)
	c.do(func(tx *store.Tx) error {
		for range 1001 {
			if err := tx.Users.Insert(ctx, newUser(), c.group.ID, nil); err != nil {
				return err
			}
		}
		loner := newUser()
		if err := tx.Users.Insert(ctx, loner, kith.GroupID{}, nil); err != nil {
			return err
		}
		return tx.Sessions.Insert(ctx, newSession(loner.ID, c.application.ID), random(32))
	})
	got := read(c, find(ctx, store.SessionFilter{Group: c.group.Name, Below: time.UnixMilli(math.MaxInt64)}, kith.Page{Number: 1, Size: 9}))
	same(t, "sessions of a large group", handles(got.Rows), []string{c.session.Handle})
}
