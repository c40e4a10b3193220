package storetest

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// linksOf reads the links of a row, by group, and leaves out when they were made.
func (c *tenant) linksOf(noun kith.Noun, key []byte) []kith.Link {
	c.t.Helper()
	list := read(c, func(tx *store.Tx) ([]kith.Link, error) { return tx.Links.Of(c.t.Context(), noun, key) })
	for i := range list {
		if list[i].CreatedAt.IsZero() {
			c.t.Errorf("nothing says when a row was linked to %s", list[i].Group)
		}
		list[i].CreatedAt = time.Time{}
	}
	return byGroup(list...)
}

// byGroup sorts links as they are compared here.
func byGroup(list ...kith.Link) []kith.Link {
	slices.SortFunc(list, func(a, b kith.Link) int { return bytes.Compare(a.Group[:], b.Group[:]) })
	return list
}

// link gives a row's link other verbs, or makes it.
func (c *tenant) link(noun kith.Noun, key []byte, group kith.GroupID, verbs ...kith.Verb) {
	c.t.Helper()
	c.do(func(tx *store.Tx) error {
		return tx.Links.Put(c.t.Context(), noun, key, kith.Link{Group: group, Verbs: kith.Of(verbs...)})
	})
}

func testLink(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	row, group := c.user.ID[:], c.group.ID
	same(t, "the links it was founded with", c.linksOf(kith.NounUser, row), byGroup(c.linked, c.membership))
	same(t, "the whole table has none", c.linksOf(kith.NounUser, nil), []kith.Link(nil))
	c.link(kith.NounUser, nil, group, kith.Add)
	c.link(kith.NounSession, row, group)
	c.link(kith.NounUser, row, group, kith.Refer)
	same(t, "Put replaces the verbs", c.linksOf(kith.NounUser, row), byGroup(kith.Link{Group: group, Verbs: kith.Of(kith.Refer)}, c.membership))
	same(t, "the whole table", c.linksOf(kith.NounUser, []byte{}), []kith.Link{{Group: group, Verbs: kith.Of(kith.Add)}})
	same(t, "the same key of another noun", c.linksOf(kith.NounSession, row), []kith.Link{{Group: group}})
	same(t, "another company", other.linksOf(kith.NounUser, other.user.ID[:]), byGroup(other.linked, other.membership))
	testOneLink(t, c)
	testUnlink(t, c, other)

	pairs := read(other, func(tx *store.Tx) ([]store.Pair, error) {
		return tx.Links.PairsOf(ctx, kith.NounUser, [][]byte{other.user.ID[:], row, {}})
	})
	var got []kith.Link
	for _, p := range pairs {
		if !bytes.Equal(p.Key, other.user.ID[:]) || p.CreatedAt.IsZero() {
			t.Errorf("a link of %x, made %v", p.Key, p.CreatedAt)
		}
		got = append(got, kith.Link{Group: p.Group, Verbs: p.Verbs})
	}
	same(t, "PairsOf", byGroup(got...), byGroup(other.linked, other.membership))
	if none := read(c, func(tx *store.Tx) ([]store.Pair, error) { return tx.Links.PairsOf(ctx, kith.NounUser, nil) }); none != nil {
		t.Errorf("PairsOf of no row: %v", none)
	}
}

// testOneLink: a link is made once, and Put leaves when that was.
func testOneLink(t *testing.T, c *tenant) {
	ctx := t.Context()
	key := []byte("key")
	get := func(tx *store.Tx) (kith.Link, error) { return tx.Links.Get(ctx, kith.NounEmail, key, c.group.ID) }
	missing(c, "Get of none", get)
	want := kith.Link{Group: c.group.ID, Verbs: kith.AllVerbs}
	insert := func(tx *store.Tx) error {
		want.CreatedAt = tx.Now
		return tx.Links.Insert(ctx, kith.NounEmail, key, want)
	}
	c.do(insert)
	made := want.CreatedAt
	same(t, "Get", read(c, get), want)
	c.taken("Insert twice", "group_links", insert)
	want.CreatedAt = made
	time.Sleep(2 * time.Millisecond) // the store's clock goes on
	c.link(kith.NounEmail, key, c.group.ID, kith.Peek)
	want.Verbs = kith.Of(kith.Peek)
	same(t, "after Put", read(c, get), want)
	for what, of := range map[string]func(tx *store.Tx) error{
		"another noun's":  func(tx *store.Tx) error { return tx.Links.Delete(ctx, kith.NounMobile, key, c.group.ID) },
		"another row's":   func(tx *store.Tx) error { return tx.Links.Delete(ctx, kith.NounEmail, []byte("ke"), c.group.ID) },
		"the table's":     func(tx *store.Tx) error { return tx.Links.Delete(ctx, kith.NounEmail, nil, c.group.ID) },
		"another group's": func(tx *store.Tx) error { return tx.Links.Delete(ctx, kith.NounEmail, key, c.custom.ID) },
	} {
		c.fails("Delete of "+what, store.ErrNotFound, of)
	}
	same(t, "after all that", read(c, get), want)
	c.do(func(tx *store.Tx) error { return tx.Links.Delete(ctx, kith.NounEmail, key, c.group.ID) })
	missing(c, "Get of what was deleted", get)
}

// testUnlink: a row that goes takes its links with it, and so does a group, some at a time.
func testUnlink(t *testing.T, c, other *tenant) {
	ctx := t.Context()
	key, beside := []byte("row"), []byte("row beside")
	c.link(kith.NounEmail, nil, c.custom.ID, kith.View)
	c.link(kith.NounEmail, key, c.group.ID, kith.View)
	c.link(kith.NounEmail, key, c.custom.ID, kith.View)
	c.link(kith.NounEmail, beside, c.custom.ID, kith.View)
	c.do(func(tx *store.Tx) error { return tx.Links.Empty(ctx, kith.NounEmail, key) })
	emptied := c.linksOf(kith.NounEmail, key)
	if len(emptied) != 2 || emptied[0].Verbs != 0 || emptied[1].Verbs != 0 {
		t.Errorf("after Empty: %v", emptied)
	}
	c.do(func(tx *store.Tx) error { return tx.Links.DeleteAll(ctx, kith.NounEmail, key) })
	same(t, "DeleteAll", c.linksOf(kith.NounEmail, key), []kith.Link(nil))
	left := []kith.Link{{Group: c.custom.ID, Verbs: kith.Of(kith.View)}}
	same(t, "the row beside", c.linksOf(kith.NounEmail, beside), left)
	same(t, "the table", c.linksOf(kith.NounEmail, nil), left)
	c.do(func(tx *store.Tx) error { return tx.Links.DeleteAll(ctx, kith.NounEmail, nil) })
	same(t, "the table after DeleteAll", c.linksOf(kith.NounEmail, nil), []kith.Link(nil))
	same(t, "the row beside still", c.linksOf(kith.NounEmail, beside), left)

	var keys [][]byte
	for i := range byte(5) {
		keys = append(keys, []byte{i})
		c.link(kith.NounEmail, keys[i], c.custom.ID, kith.View)
		c.link(kith.NounEmail, keys[i], c.group.ID, kith.View)
	}
	for i, want := range []int64{3, 3, 1, 0} { // five, the row beside and the membership
		var n int64
		c.do(func(tx *store.Tx) (err error) {
			n, err = tx.Links.DeleteTo(ctx, c.custom.ID, 3)
			return err
		})
		if n != want {
			t.Errorf("slice %d of DeleteTo: %d links, want %d", i, n, want)
		}
	}
	for _, key := range keys {
		same(t, "links to the other group", c.linksOf(kith.NounEmail, key), []kith.Link{{Group: c.group.ID, Verbs: kith.Of(kith.View)}})
	}
	same(t, "the other company", other.linksOf(kith.NounUser, other.user.ID[:]), byGroup(other.linked, other.membership))
}

// archive archives the tenant's user, or restores them.
func (c *tenant) archive(archived bool) {
	c.t.Helper()
	after := *c.user
	after.Archived = archived
	c.do(func(tx *store.Tx) error { return put(c.t.Context(), tx, &after) })
}

// testRestingLink: nothing finds what links an archived user, and all of it is there again once they are restored,
// with what was linked meanwhile.
func testRestingLink(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	row := c.user.ID[:]
	second := custom("second", c.user.ID)
	c.do(func(tx *store.Tx) error { return tx.Groups.Insert(ctx, second) })
	linked := func() (groups []kith.GroupID, keys [][]byte, n int) {
		groups = read(c, func(tx *store.Tx) ([]kith.GroupID, error) { return tx.Links.GroupsOf(ctx, c.user.ID) })
		for _, group := range []kith.GroupID{c.group.ID, c.custom.ID, second.ID} {
			keys = append(keys, read(c, func(tx *store.Tx) ([][]byte, error) { return tx.Links.Keys(ctx, kith.NounUser, group, allKeys) })...)
		}
		n = read(c, func(tx *store.Tx) (int, error) { return tx.Links.Count(ctx, kith.NounUser, c.custom.ID, 10) })
		return groups, keys, n
	}
	resting := func(what string) {
		t.Helper()
		same(t, what, c.linksOf(kith.NounUser, row), []kith.Link(nil))
		if groups, keys, n := linked(); groups != nil || keys != nil || n != 0 {
			t.Errorf("%s: %v, %v, %d", what, groups, keys, n)
		}
		if members := read(c, func(tx *store.Tx) ([][]byte, error) { return tx.Links.Members(ctx, c.custom.ID, allKeys) }); members != nil {
			t.Errorf("%s: %d members", what, len(members))
		}
		missing(c, what+": Get", func(tx *store.Tx) (kith.Link, error) { return tx.Links.Get(ctx, kith.NounUser, row, c.custom.ID) })
		c.fails(what+": Delete", store.ErrNotFound, func(tx *store.Tx) error { return tx.Links.Delete(ctx, kith.NounUser, row, c.custom.ID) })
	}
	c.link(kith.NounEmail, row, c.custom.ID, kith.View)
	c.archive(true)
	resting("archived")
	same(t, "the same key of another noun", len(c.linksOf(kith.NounEmail, row)), 1)
	same(t, "the other company", other.linksOf(kith.NounUser, other.user.ID[:]), byGroup(other.linked, other.membership))

	insert := func(group kith.GroupID) func(tx *store.Tx) error {
		return func(tx *store.Tx) error {
			return tx.Links.Insert(ctx, kith.NounUser, row, kith.Link{Group: group, Verbs: kith.Of(kith.View)})
		}
	}
	c.do(insert(second.ID))
	c.taken("a link that rests", "group_links", insert(c.custom.ID))
	c.link(kith.NounUser, row, c.group.ID, kith.Refer)
	resting("linked while archived")
	c.do(func(tx *store.Tx) error { // nothing changes
		u, err := tx.Users.Lock(ctx, c.user.ID)
		if err != nil {
			return err
		}
		return tx.Users.Put(ctx, u, u)
	})
	resting("archived still")

	c.archive(false)
	same(t, "restored", c.linksOf(kith.NounUser, row), byGroup(c.membership,
		kith.Link{Group: c.group.ID, Verbs: kith.Of(kith.Refer)}, kith.Link{Group: second.ID, Verbs: kith.Of(kith.View)}))
	if groups, keys, n := linked(); len(groups) != 2 || len(keys) != 2 || n != 1 {
		t.Errorf("restored: %v, %v, %d", groups, keys, n)
	}

	c.archive(true)
	c.do(func(tx *store.Tx) error { _, err := tx.Links.DeleteTo(ctx, second.ID, 10); return err })
	c.archive(false)
	same(t, "a group went meanwhile", c.linksOf(kith.NounUser, row), byGroup(c.membership, kith.Link{Group: c.group.ID, Verbs: kith.Of(kith.Refer)}))
	c.archive(true)
	c.do(func(tx *store.Tx) error { return tx.Links.DeleteAll(ctx, kith.NounUser, row) })
	c.archive(false)
	same(t, "all of them went meanwhile", c.linksOf(kith.NounUser, row), []kith.Link(nil))
}

// testRestingContact: what links an archived user's address rests where it is put, and so does what is linked meanwhile.
func testRestingContact(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := found(t, db)
	key := store.SerialKey(c.identifier.ID)
	second := custom("second", c.user.ID)
	c.do(func(tx *store.Tx) error { return tx.Groups.Insert(ctx, second) })
	c.link(kith.NounEmail, key, c.custom.ID, kith.View)
	archive := func(archived bool) {
		t.Helper()
		c.archive(archived)
		c.do(func(tx *store.Tx) error { return tx.Links.Rest(ctx, kith.NounEmail, key, archived) })
	}
	archive(true)
	c.link(kith.NounEmail, key, second.ID, kith.View)
	same(t, "an archived user's address", c.linksOf(kith.NounEmail, key), []kith.Link(nil))
	archive(false)
	same(t, "a restored user's address", c.linksOf(kith.NounEmail, key), byGroup(
		kith.Link{Group: c.custom.ID, Verbs: kith.Of(kith.View)}, kith.Link{Group: second.ID, Verbs: kith.Of(kith.View)}))
}

// testAllows: a link opens a row, or a table, to those who are in its group: by their row's place in a role group, by
// being at home, or by a link to a group that people made. That their row is linked to a role group, or to another's
// home, makes them members of neither.
func testAllows(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := found(t, db)
	eva := newUser()
	identity := custom("identity", c.user.ID)
	identity.Kind = kith.IdentityGroup
	c.do(func(tx *store.Tx) error { return tx.Users.Insert(ctx, eva, kith.GroupID{}, nil) })
	c.do(func(tx *store.Tx) error { return tx.Groups.Insert(ctx, identity) })
	// A home has no row until something is linked to it; then it may have one.
	home := &kith.Group{ID: c.user.Home(), Kind: kith.HomeGroup, Name: "home"}
	c.do(func(tx *store.Tx) error { return tx.Groups.Insert(ctx, home) })

	byRole, byHome, byCustom, byIdentity := []byte("role"), []byte("home"), []byte("custom"), []byte("identity")
	c.link(kith.NounEmail, byRole, c.group.ID, kith.View, kith.Change)
	c.link(kith.NounEmail, byHome, c.user.Home(), kith.View)
	c.link(kith.NounEmail, byCustom, c.custom.ID, kith.View)
	c.link(kith.NounEmail, byIdentity, identity.ID, kith.View)
	c.link(kith.NounMobile, nil, c.custom.ID, kith.Add)
	// Eva's row is linked to all of them.
	for _, group := range []kith.GroupID{c.group.ID, c.user.Home(), c.custom.ID, identity.ID} {
		c.link(kith.NounUser, eva.ID[:], group)
	}
	for _, tt := range []struct {
		name string
		noun kith.Noun
		key  []byte
		verb kith.Verb
		user kith.UserID
		role kith.GroupID
		want bool
	}{
		{"in the role group", kith.NounEmail, byRole, kith.View, c.user.ID, c.group.ID, true},
		{"another verb of the link", kith.NounEmail, byRole, kith.Change, c.user.ID, c.group.ID, true},
		{"a verb that the link has not", kith.NounEmail, byRole, kith.Delete, c.user.ID, c.group.ID, false},
		{"in another role group", kith.NounEmail, byRole, kith.View, c.user.ID, newID[kith.Group](), false},
		{"in none", kith.NounEmail, byRole, kith.View, c.user.ID, kith.GroupID{}, false},
		{"whose row is linked to the role group", kith.NounEmail, byRole, kith.View, eva.ID, kith.GroupID{}, false},
		{"at home", kith.NounEmail, byHome, kith.View, c.user.ID, kith.GroupID{}, true},
		{"whose row is linked to another's home", kith.NounEmail, byHome, kith.View, eva.ID, kith.GroupID{}, false},
		{"in the custom group", kith.NounEmail, byCustom, kith.View, c.user.ID, kith.GroupID{}, true},
		{"in it by a link without verbs", kith.NounEmail, byCustom, kith.View, eva.ID, kith.GroupID{}, true},
		{"not in the identity group", kith.NounEmail, byIdentity, kith.View, c.user.ID, c.group.ID, false},
		{"in the identity group", kith.NounEmail, byIdentity, kith.View, eva.ID, kith.GroupID{}, true},
		{"the same key of another noun", kith.NounMobile, byCustom, kith.View, c.user.ID, kith.GroupID{}, false},
		{"the table of the row", kith.NounEmail, nil, kith.View, c.user.ID, c.group.ID, false},
		{"a table", kith.NounMobile, nil, kith.Add, c.user.ID, kith.GroupID{}, true},
		{"a row of that table", kith.NounMobile, byCustom, kith.Add, c.user.ID, kith.GroupID{}, false},
		{"nobody", kith.NounEmail, byCustom, kith.View, kith.UserID{}, kith.GroupID{}, false},
	} {
		got := read(c, func(tx *store.Tx) (bool, error) {
			return tx.Links.Allows(ctx, tt.noun, tt.key, tt.verb, tt.user, tt.role)
		})
		same(t, "Allows: "+tt.name, got, tt.want)
	}
	groups := []kith.GroupID{c.custom.ID, identity.ID}
	slices.SortFunc(groups, func(a, b kith.GroupID) int { return bytes.Compare(a[:], b[:]) })
	of := func(id kith.UserID) []kith.GroupID {
		return read(c, func(tx *store.Tx) ([]kith.GroupID, error) { return tx.Links.GroupsOf(ctx, id) })
	}
	same(t, "GroupsOf", of(eva.ID), groups)
	same(t, "GroupsOf the user", of(c.user.ID), []kith.GroupID{c.custom.ID})
	same(t, "GroupsOf nobody", of(newID[kith.User]()), []kith.GroupID(nil))
	c.do(func(tx *store.Tx) error { return tx.Groups.Delete(ctx, c.custom.ID) })
	same(t, "GroupsOf, without one that went", of(eva.ID), []kith.GroupID{identity.ID})
}
