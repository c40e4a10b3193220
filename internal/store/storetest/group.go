package storetest

import (
	"fmt"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

func testGroup(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := found(t, db)
	named := func(name string) func(tx *store.Tx) (*kith.Group, error) {
		return func(tx *store.Tx) (*kith.Group, error) { return tx.Groups.Named(ctx, name) }
	}
	insert := func(g *kith.Group) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Groups.Insert(ctx, g) }
	}
	role := func(name string) *kith.Group {
		return &kith.Group{ID: newID[kith.Group](), Kind: kith.RoleGroup, Name: name}
	}

	all := kith.Permissions{}
	for _, section := range []kith.Section{kith.SectionUser, kith.SectionAdmin} {
		all = all.With(kith.Every(section, kith.AllNouns()...)...)
	}
	full := &kith.Group{
		ID: newID[kith.Group](), Kind: kith.RoleGroup, Name: "prüfer", Label: "Prüfer ✔", Description: "'); --", Section: kith.SectionAdmin,
		Permissions: all, CreatedAt: noon, UpdatedAt: noon.Add(time.Millisecond), Owner: c.user.ID, Mode: kith.AllModes,
	}
	for _, g := range []*kith.Group{full, role("bare"), {ID: newID[kith.Group](), Kind: kith.RoleGroup, Name: "", Permissions: kith.Permissions{1 << 63, 0, 1, 1 << 31}}} {
		c.do(insert(g))
		same(t, "Named "+g.Name, read(c, named(g.Name)), g)
	}
	same(t, "Default", read(c, func(tx *store.Tx) (*kith.Group, error) { return tx.Groups.Default(ctx) }), c.group)
	missing(c, "a name that nobody has", named("nobody"))
	missing(c, "another company's name", named(found(t, db).group.Name))
	missing(draft(t, db), "the default of a company without groups", func(tx *store.Tx) (*kith.Group, error) { return tx.Groups.Default(ctx) })

	custom := custom("custom", c.user.ID)
	custom.Public = true
	c.do(insert(custom))
	missing(c, "Named, of a group that is no role", named("custom"))
	c.taken("a name twice", "name", insert(role("bare")))
	second := role("second default")
	second.Default = true
	c.taken("a second default", "groups", insert(second))
	missing(c, "the second default", named(second.Name))

	has := func(id kith.GroupID) func(tx *store.Tx) (bool, error) {
		return func(tx *store.Tx) (bool, error) { return tx.Groups.Has(ctx, id) }
	}
	same(t, "Has, of any kind", read(c, has(custom.ID)), true)
	same(t, "Has, of another company's", read(c, has(draft(t, db).group.ID)), false)

	testPublicGroups(t, c, insert)
}

func testPublicGroups(t *testing.T, c *tenant, insert func(*kith.Group) func(tx *store.Tx) error) {
	ctx := t.Context()
	want := []*kith.Group{c.group}
	for i := range 5 {
		g := &kith.Group{ID: newID[kith.Group](), Kind: kith.RoleGroup, Name: fmt.Sprintf("Zug %d", 5-i), Public: true, Listed: true}
		c.do(insert(g))
		want = append([]*kith.Group{g}, want...) // capitals before small letters: by code point on every engine
	}
	for _, tt := range []struct {
		page kith.Page
		want []*kith.Group
	}{
		{kith.Page{Number: 1, Size: 100}, want},
		{kith.Page{Number: 1, Size: 4}, want[:4]},
		{kith.Page{Number: 2, Size: 4}, want[4:]},
		{kith.Page{Number: 3, Size: 4}, nil},
	} {
		list := read(c, func(tx *store.Tx) (kith.List[*kith.Group], error) { return tx.Groups.Public(ctx, tt.page) })
		same(t, fmt.Sprintf("Public, page %+v", tt.page), list, kith.List[*kith.Group]{Rows: tt.want, Total: len(want)})
	}
}
