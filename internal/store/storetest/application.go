package storetest

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

func testApplication(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	list := func(tx *store.Tx) ([]*kith.Application, error) { return tx.Applications.List(ctx) }
	second := &kith.Application{ID: c.application.ID + 1, Name: "Zweite 📱", CreatedAt: noon, UpdatedAt: noon}
	c.do(func(tx *store.Tx) error { return tx.Applications.Insert(ctx, second) })
	same(t, "List, oldest first", read(c, list), []*kith.Application{c.application, second})
	first := func(tx *store.Tx) (*kith.Application, error) { return tx.Applications.First(ctx) }
	same(t, "First", read(c, first), c.application)
	missing(draft(t, db), "First of a company without", first)
	of := func(session kith.SessionID) func(tx *store.Tx) (*kith.Application, error) {
		return func(tx *store.Tx) (*kith.Application, error) { return tx.Applications.OfSession(ctx, session) }
	}
	mine := newSession(c.user.ID, second.ID)
	c.do(func(tx *store.Tx) error { return tx.Sessions.Insert(ctx, mine, random(32)) })
	same(t, "OfSession", read(c, of(c.session.ID)), c.application)
	same(t, "OfSession, another", read(c, of(mine.ID)), second)
	missing(c, "OfSession, of none", of(kith.SessionID{1}))
	c.do(func(tx *store.Tx) error { return tx.Sessions.Delete(ctx, mine.ID) })
	c.taken("its number", "applications", func(tx *store.Tx) error { return tx.Applications.Insert(ctx, second) })
	other.do(func(tx *store.Tx) error { return tx.Applications.Insert(ctx, second) })

	word := strings.ToLower(rand.Text())
	a, b, old := "https://a."+word+".example", "http://b."+word+".example:8080", c.application.Origins[0]
	changed := *second
	changed.Name, changed.Origins = "Renamed", []string{b, a, b}
	changed.Redirects, changed.Audience, changed.TokenLife = []string{"https://x.example/back?a=1"}, "tills", 90*time.Second
	changed.UpdatedAt = noon.Add(time.Second)
	c.do(func(tx *store.Tx) error { return tx.Applications.Put(ctx, &changed) })
	same(t, "after Put", read(c, list), []*kith.Application{c.application, &changed})
	c.do(func(tx *store.Tx) error {
		locked, err := tx.Applications.Lock(ctx, second.ID)
		same(t, "Lock", locked, &changed)
		return err
	})
	c.fails("Put of one that is not there", store.ErrNotFound, func(tx *store.Tx) error {
		return tx.Applications.Put(ctx, &kith.Application{ID: second.ID + 1, Origins: []string{"https://ghost." + word}})
	})

	for _, tt := range []struct {
		origin  string
		company kith.CompanyID
		want    bool
	}{
		{a, c.company.ID, true},
		{b, c.company.ID, true},
		{old, c.company.ID, true},
		{a, kith.Installation, true},
		{a, other.company.ID, false},
		{strings.ToUpper(a), c.company.ID, false},
		{a + "/", c.company.ID, false},
		{"https://ghost." + word, kith.Installation, false},
		{"", kith.Installation, false},
		{"%", kith.Installation, false},
	} {
		got, err := db.System().OriginAllowed(ctx, tt.origin, tt.company)
		if err != nil || got != tt.want {
			t.Errorf("OriginAllowed(%q, %d) = %v, %v; want %v", tt.origin, tt.company, got, err, tt.want)
		}
	}
	changed.Origins = nil
	c.do(func(tx *store.Tx) error { return tx.Applications.Put(ctx, &changed) })
	for origin, want := range map[string]bool{a: false, b: false, old: true} {
		if got, err := db.System().OriginAllowed(ctx, origin, kith.Installation); err != nil || got != want {
			t.Errorf("with its origins taken away, OriginAllowed(%q) = %v, %v; want %v", origin, got, err, want)
		}
	}
	testApplicationEnd(t, c, other, second.ID)
}

// testApplicationEnd deletes an application that both companies have, with its sessions.
func testApplicationEnd(t *testing.T, c, other *tenant, id kith.Serial) {
	ctx := t.Context()
	for range 3 {
		for _, of := range []*tenant{c, other} {
			of.do(func(tx *store.Tx) error {
				return tx.Sessions.Insert(ctx, newSession(of.user.ID, id), random(32))
			})
		}
	}
	for i, want := range []int{2, 1, 0} {
		c.do(func(tx *store.Tx) error {
			n, err := tx.Sessions.DeleteOf(ctx, id, 2)
			if n != want {
				t.Errorf("the %d. DeleteOf ended %d sessions, want %d", i+1, n, want)
			}
			return err
		})
	}
	for of, want := range map[*tenant]int{c: 1, other: 4} {
		sessions := read(of, func(tx *store.Tx) ([]*kith.Session, error) { return tx.Sessions.List(ctx, of.user.ID) })
		if len(sessions) != want {
			t.Errorf("%d sessions are left, want %d", len(sessions), want)
		}
	}
	c.do(func(tx *store.Tx) error { return tx.Applications.Delete(ctx, id) })
	list := func(tx *store.Tx) ([]*kith.Application, error) { return tx.Applications.List(ctx) }
	same(t, "after Delete", read(c, list), []*kith.Application{c.application})
	if n := len(read(other, list)); n != 2 {
		t.Errorf("the other company has %d applications left", n)
	}
	c.fails("Delete again", store.ErrNotFound, func(tx *store.Tx) error { return tx.Applications.Delete(ctx, id) })
	c.do(func(tx *store.Tx) error { return tx.Applications.Delete(ctx, c.application.ID) })
	if allowed, err := c.db.System().OriginAllowed(ctx, c.application.Origins[0], kith.Installation); err != nil || allowed {
		t.Errorf("an origin outlived its application: %v, %v", allowed, err)
	}
}
