package storetest

import (
	"crypto/rand"
	"strings"
	"testing"

	"kith"
	"kith/internal/store"
)

func testApplication(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	list := func(tx *store.Tx) ([]*kith.Application, error) { return tx.Applications.List(ctx) }
	second := &kith.Application{ID: c.application.ID + 1, Name: "Zweite 📱", CreatedAt: noon}
	c.do(func(tx *store.Tx) error { return tx.Applications.Insert(ctx, second) })
	same(t, "List, oldest first", read(c, list), []*kith.Application{c.application, second})
	if first := read(c, func(tx *store.Tx) (kith.Serial, error) { return tx.Applications.First(ctx) }); first != c.application.ID {
		t.Errorf("First is %d, want %d", first, c.application.ID)
	}
	missing(draft(t, db), "First of a company without", func(tx *store.Tx) (kith.Serial, error) { return tx.Applications.First(ctx) })
	c.taken("its number", "applications", func(tx *store.Tx) error { return tx.Applications.Insert(ctx, second) })
	other.do(func(tx *store.Tx) error { return tx.Applications.Insert(ctx, second) })

	word := strings.ToLower(rand.Text())
	a, b, old := "https://a."+word+".example", "http://b."+word+".example:8080", c.application.Origins[0]
	changed := *second
	changed.Name, changed.Origins = "Renamed", []string{b, a, b}
	c.do(func(tx *store.Tx) error { return tx.Applications.Put(ctx, &changed) })
	same(t, "after Put", read(c, list), []*kith.Application{c.application, &changed})
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
}
