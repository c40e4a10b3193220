package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

func testGroupChange(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	put := func(g *kith.Group) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Groups.Put(ctx, g) }
	}
	locked := func(name string) *kith.Group {
		var g *kith.Group
		c.do(func(tx *store.Tx) (err error) {
			g, err = tx.Groups.Lock(ctx, name)
			return err
		})
		return g
	}
	same(t, "Lock", locked(c.group.Name), c.group)

	g := *c.group
	g.Name, g.Label, g.Description, g.Section = c.group.Name+"-2", "Zwei", "Die zweite", kith.SectionAdmin
	g.Public, g.Listed, g.Default, g.Archived = false, false, false, true
	g.Permissions = kith.Permissions{}.With(kith.Every(kith.SectionAdmin, kith.NounOAuthClient)...)
	g.Settings = kith.GroupSettings{AllowDebitTransactions: true, PasswordSetURL: "https://x.example/set", DeleteURL: "https://x.example/delete"}
	g.UpdatedAt = noon.Add(time.Hour)
	c.do(put(&g))
	same(t, "Put", locked(g.Name), &g)
	missing(c, "the name before", func(tx *store.Tx) (*kith.Group, error) { return tx.Groups.Named(ctx, c.group.Name) })
	missing(c, "a default", func(tx *store.Tx) (*kith.Group, error) { return tx.Groups.Default(ctx) })
	same(t, "the group of its user", read(c, func(tx *store.Tx) (*kith.Group, error) { return tx.Groups.Of(ctx, c.user.ID) }), &g)

	second := &kith.Group{ID: newID[kith.Group](), Kind: kith.RoleGroup, Name: "second", Default: true}
	c.do(func(tx *store.Tx) error { return tx.Groups.Insert(ctx, second) })
	g.Default = true
	c.taken("a second default", "groups", put(&g))
	g.Default, g.Name = false, "second"
	c.taken("the name of another", "name", put(&g))
	c.fails("a group that is not there", store.ErrNotFound, put(&kith.Group{ID: newID[kith.Group](), Name: "third"}))
	c.fails("another company's", store.ErrNotFound, put(&kith.Group{ID: other.group.ID, Name: "third"}))

	testMembers(t, c, other, second)
}

// testMembers: who is in a group is what their row says.
func testMembers(t *testing.T, c, other *tenant, second *kith.Group) {
	ctx := t.Context()
	occupied := func(id kith.GroupID) bool {
		return read(c, func(tx *store.Tx) (bool, error) { return tx.Groups.Occupied(ctx, id) })
	}
	in := func() string {
		g, err := try(c, func(tx *store.Tx) (*kith.Group, error) { return tx.Groups.Of(ctx, c.user.ID) })
		if errors.Is(err, store.ErrNotFound) {
			return "none"
		}
		return g.Name
	}
	set := func(user kith.UserID, group kith.GroupID) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Users.SetGroup(ctx, user, group) }
	}
	if !occupied(c.group.ID) || occupied(second.ID) || occupied(other.group.ID) {
		t.Error("Occupied does not see who is in which group")
	}
	c.do(set(c.user.ID, second.ID))
	if occupied(c.group.ID) || !occupied(second.ID) || in() != second.Name {
		t.Errorf("a user who was moved is in %s", in())
	}
	m := read(c, func(tx *store.Tx) (kith.Member, error) { return tx.Users.Member(ctx, c.user.ID) })
	same(t, "the member's group", m.Group, second)
	if !m.User.UpdatedAt.After(c.user.UpdatedAt) {
		t.Errorf("a move leaves updated_at at %s", m.User.UpdatedAt)
	}
	c.do(set(c.user.ID, kith.GroupID{}))
	if occupied(second.ID) || in() != "none" {
		t.Errorf("a user who was taken out is in %s", in())
	}
	c.fails("a user who is not there", store.ErrNotFound, set(newID[kith.User](), second.ID))
	c.fails("another company's user", store.ErrNotFound, set(other.user.ID, second.ID))
}

func testGroupList(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := draft(t, db)
	yes, no := true, false
	admin, user, system := kith.SectionAdmin, kith.SectionUser, kith.SectionSystem
	var all []*kith.Group
	for i := range 6 {
		g := &kith.Group{ID: newID[kith.Group](), Kind: kith.RoleGroup, Name: fmt.Sprint("group-", i), Section: kith.Section(i % 2),
			Public: i == 2, Default: i == 3, Archived: i > 3, Listed: true,
			CreatedAt: noon.Add(time.Duration(i) * time.Second), UpdatedAt: noon.Add(time.Duration(10-i) * time.Second)}
		all = append(all, g)
		c.do(func(tx *store.Tx) error { return tx.Groups.Insert(ctx, g) })
	}
	c.do(func(tx *store.Tx) error {
		return tx.Groups.Insert(ctx, &kith.Group{ID: newID[kith.Group](), Kind: kith.CustomGroup, Name: "custom"})
	})
	second := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Second) }
	whole := kith.Page{Number: 1, Size: 100}
	for _, tt := range []struct {
		what   string
		filter store.GroupFilter
		page   kith.Page
		want   []int
		total  int
	}{
		{"all", store.GroupFilter{}, whole, []int{0, 1, 2, 3, 4, 5}, 6},
		{"the second page", store.GroupFilter{}, kith.Page{Number: 2, Size: 4}, []int{4, 5}, 6},
		{"beyond", store.GroupFilter{}, kith.Page{Number: 3, Size: 4}, nil, 6},
		{"by name", store.GroupFilter{Name: "group-3"}, whole, []int{3}, 1},
		{"by part of a name", store.GroupFilter{Name: "group"}, whole, nil, 0},
		{"a group that is no role", store.GroupFilter{Name: "custom"}, whole, nil, 0},
		{"admin", store.GroupFilter{Section: &admin}, whole, []int{1, 3, 5}, 3},
		{"user", store.GroupFilter{Section: &user}, whole, []int{0, 2, 4}, 3},
		{"system", store.GroupFilter{Section: &system}, whole, nil, 0},
		{"archived", store.GroupFilter{Archived: &yes}, whole, []int{4, 5}, 2},
		{"not archived, a page", store.GroupFilter{Archived: &no}, kith.Page{Number: 1, Size: 3}, []int{0, 1, 2}, 4},
		{"default", store.GroupFilter{Default: &yes}, whole, []int{3}, 1},
		{"not default", store.GroupFilter{Default: &no}, whole, []int{0, 1, 2, 4, 5}, 5},
		{"public", store.GroupFilter{Public: &yes}, whole, []int{2}, 1},
		{"not public and admin", store.GroupFilter{Public: &no, Section: &admin}, whole, []int{1, 3, 5}, 3},
		{"created from the 2nd", store.GroupFilter{Created: kith.Span{From: second(2)}}, whole, []int{2, 3, 4, 5}, 4},
		{"created before the 2nd", store.GroupFilter{Created: kith.Span{Before: second(2)}}, whole, []int{0, 1}, 2},
		{"updated at the 8th", store.GroupFilter{Updated: kith.Span{From: second(8), Before: second(9)}}, whole, []int{2}, 1},
	} {
		want := kith.List[*kith.Group]{Total: tt.total}
		for _, i := range tt.want {
			want.Rows = append(want.Rows, all[i])
		}
		got := read(c, func(tx *store.Tx) (kith.List[*kith.Group], error) { return tx.Groups.List(ctx, tt.filter, tt.page) })
		same(t, tt.what, got, want)
	}
	same(t, "another company", read(draft(t, db), func(tx *store.Tx) (kith.List[*kith.Group], error) {
		return tx.Groups.List(ctx, store.GroupFilter{}, whole)
	}), kith.List[*kith.Group]{})
}

func testProperty(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	type narrowings = map[kith.Permission]kith.Properties
	of := func(holder kith.GroupID) string {
		return fmt.Sprint(read(c, func(tx *store.Tx) (narrowings, error) { return tx.Properties.Of(ctx, holder) }))
	}
	holds := func(what string, holder kith.GroupID, want narrowings) {
		t.Helper()
		if got := of(holder); got != fmt.Sprint(want) {
			t.Errorf("%s: %s, want %v", what, got, want)
		}
	}
	put := func(holder kith.GroupID, p kith.Permission, to kith.Properties) {
		t.Helper()
		c.do(func(tx *store.Tx) error { return tx.Properties.Put(ctx, holder, p, to) })
	}
	founded := kith.Properties{"metadata.colour": false}
	holds("as founded", c.group.ID, narrowings{narrowed: founded})
	holds("another company's holder", other.group.ID, narrowings{})
	last := kith.Permission{Section: kith.SectionAdmin, Noun: kith.NounOAuthClient, Level: kith.LevelDelete}
	home := c.user.Home()
	put(home, last, kith.Properties{"metadata.a": true, "metadata.ä": false})
	put(c.group.ID, narrowed, kith.Properties{"metadata.b": true})
	holds("Put replaces", c.group.ID, narrowings{narrowed: {"metadata.b": true}})
	holds("a user holds by their home group", home, narrowings{last: {"metadata.a": true, "metadata.ä": false}})
	for range 2 { // the second time there is nothing left
		c.do(func(tx *store.Tx) error { return tx.Properties.Delete(ctx, c.group.ID, narrowed) })
	}
	holds("after Delete", c.group.ID, narrowings{})
	holds("of another holder", home, narrowings{last: {"metadata.a": true, "metadata.ä": false}})
	c.do(func(tx *store.Tx) error { return tx.Properties.Delete(ctx, other.group.ID, narrowed) })
	same(t, "the other company's", read(other, func(tx *store.Tx) (string, error) {
		properties, err := tx.Properties.Of(ctx, other.group.ID)
		return fmt.Sprint(properties), err
	}), fmt.Sprint(narrowings{narrowed: founded}))
}
