package storetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// keys asks for keys as the company.
type keys func(ctx context.Context, tx *store.Tx, s store.KeySpan) ([][]byte, error)

// pages asserts that the keys are those wanted, which come in their order: up and down, at once and by pages of
// whatever size, and from beside each key.
func (c *tenant) pages(what string, ask keys, want [][]byte) {
	c.t.Helper()
	ctx := c.t.Context()
	part := func(s store.KeySpan) [][]byte {
		return read(c, func(tx *store.Tx) ([][]byte, error) { return ask(ctx, tx, s) })
	}
	for _, down := range []bool{false, true} {
		want := slices.Clone(want)
		if down {
			slices.Reverse(want)
		}
		for size := 1; size <= len(want)+1; size++ {
			var got [][]byte
			s := store.KeySpan{Down: down, Limit: size}
			for {
				page := part(s)
				got = append(got, page...)
				if len(page) < size {
					break
				}
				if len(page) > size || len(got) > len(want) {
					c.t.Fatalf("%s: a page of %d has %d keys", what, size, len(page))
				}
				s.After = page[size-1]
			}
			same(c.t, fmt.Sprintf("%s by %d, down %v", what, size, down), got, want)
		}
		for i, key := range want {
			same(c.t, fmt.Sprintf("%s after key %d, down %v", what, i, down), len(part(store.KeySpan{After: key, Down: down, Limit: 100})), len(want)-1-i)
			same(c.t, fmt.Sprintf("%s, but the first %d, down %v", what, i, down), part(store.KeySpan{Down: down, Skip: i, Limit: 1}), want[i:i+1])
		}
	}
}

// inBytes sorts keys.
func inBytes(list ...[]byte) [][]byte {
	slices.SortFunc(list, bytes.Compare)
	return list
}

// testLinkedKeys: the rows that a group may view are in the order of their keys, without those that it may do other
// things with, and the links of the whole table and of other nouns are none.
func testLinkedKeys(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	groups := []kith.GroupID{c.group.ID, c.custom.ID, c.user.Home(), newID[kith.Group](), newID[kith.Group]()}
	short, long := []byte{0}, bytes.Repeat([]byte{0xfe}, 40)
	all := [][]byte{short, long}
	for i := range 7 {
		all = append(all, store.SerialKey(kith.Serial(i+1))) //nolint:gosec // small
	}
	opened := make([][][]byte, len(groups))
	for i, key := range all {
		for g, group := range groups {
			if i%(g+1) == 0 {
				c.link(kith.NounEmail, key, group, kith.View, kith.Peek)
				opened[g] = append(opened[g], key)
			} else {
				c.link(kith.NounEmail, key, group, kith.Change)
			}
		}
	}
	for _, group := range groups { // none of these is one of the rows
		c.link(kith.NounEmail, nil, group, kith.View)
		c.link(kith.NounMobile, []byte("mobile"), group, kith.View)
		other.link(kith.NounEmail, []byte("other"), group, kith.View)
	}
	viewed := func(noun kith.Noun, group kith.GroupID) keys {
		return func(ctx context.Context, tx *store.Tx, s store.KeySpan) ([][]byte, error) {
			return tx.Links.Keys(ctx, noun, group, s)
		}
	}
	for i, group := range groups {
		c.pages(fmt.Sprint("of group ", i), viewed(kith.NounEmail, group), inBytes(opened[i]...))
	}
	c.pages("of one that nothing is linked to", viewed(kith.NounEmail, newID[kith.Group]()), nil)
	c.pages("of another noun", viewed(kith.NounMobile, groups[1]), [][]byte{[]byte("mobile")})
	c.pages("Rows", func(ctx context.Context, tx *store.Tx, s store.KeySpan) ([][]byte, error) {
		return tx.Links.Rows(ctx, kith.NounEmail, s)
	}, inBytes(all...))
	count := func(limit int) int {
		return read(c, func(tx *store.Tx) (int, error) { return tx.Links.Count(ctx, kith.NounEmail, groups[2], limit) })
	}
	same(t, "Count", count(100), len(opened[2]))
	same(t, "Count as far as a limit", count(2), 2)
	testGroupMembers(t, c)
}

// testGroupMembers: whoever is linked to a group is a member, whatever the group may do with their rows.
func testGroupMembers(t *testing.T, c *tenant) {
	ctx := t.Context()
	want := [][]byte{c.user.ID[:]}
	for i := range 3 {
		u := newUser()
		c.do(func(tx *store.Tx) error { return tx.Users.Insert(ctx, u, kith.GroupID{}, nil) })
		c.link(kith.NounUser, u.ID[:], c.custom.ID, []kith.Verb{kith.View, kith.Peek}[:min(i, 2)]...)
		want = append(want, u.ID[:])
	}
	c.link(kith.NounUser, nil, c.custom.ID, kith.View) // the table is nobody
	c.link(kith.NounEmail, []byte("no user"), c.custom.ID, kith.View)
	c.pages("Members", func(ctx context.Context, tx *store.Tx, s store.KeySpan) ([][]byte, error) {
		return tx.Links.Members(ctx, c.custom.ID, s)
	}, inBytes(want...))
}

// testKeys: each noun lists its rows by their keys, those that anybody may view apart.
func testKeys(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := found(t, db)
	found(t, db) // has all of that, too
	users, guests := [][]byte{c.user.ID[:]}, [][]byte{c.user.ID[:]}
	names, guestNames := [][]byte{store.SerialKey(c.identifier.ID)}, [][]byte{store.SerialKey(c.identifier.ID)}
	groups, guestGroups, owned := [][]byte{c.group.ID[:], c.custom.ID[:]}, [][]byte{c.custom.ID[:]}, [][]byte{c.custom.ID[:]}
	for i := range 8 {
		u, g := newUser(), custom(fmt.Sprint("custom", i), newID[kith.User]())
		u.Mode, u.Archived, u.Deactivated = kith.DefaultUserMode, i >= 6, i == 1
		if i == 5 {
			u.ID = kith.UserID(bytes.Repeat([]byte{0xfe}, 16)) // somebody chose it
		}
		name := nameOf(u, kith.Email, fmt.Sprintf("%d@x.example", i))
		if i%2 == 0 {
			u.Mode, g.Mode, name.Mode, g.Owner = u.Mode|anybody, g.Mode|anybody, name.Mode|anybody, c.user.ID
			guestGroups, owned = append(guestGroups, g.ID[:]), append(owned, g.ID[:])
			if !u.Archived {
				guests, guestNames = append(guests, u.ID[:]), append(guestNames, store.SerialKey(name.ID))
			}
		}
		if !u.Archived {
			users, names = append(users, u.ID[:]), append(names, store.SerialKey(name.ID))
		}
		groups = append(groups, g.ID[:])
		c.do(func(tx *store.Tx) error { return tx.Users.Insert(ctx, u, c.group.ID, nil) })
		c.do(func(tx *store.Tx) error { return tx.Groups.Insert(ctx, g) })
		c.do(func(tx *store.Tx) error {
			if _, err := tx.Identifiers.Insert(ctx, name, false); err != nil {
				return err
			}
			return tx.Identifiers.SetMode(ctx, name)
		})
	}
	shut := custom("shut", c.user.ID)
	shut.Mode = kith.NewMode(kith.Of(kith.Peek), kith.Of(kith.Peek), kith.Of(kith.View))
	groups = append(groups, shut.ID[:])
	c.do(func(tx *store.Tx) error { return tx.Groups.Insert(ctx, shut) })
	for what, tt := range map[string]struct {
		ask  keys
		want [][]byte
	}{
		"users": {func(ctx context.Context, tx *store.Tx, s store.KeySpan) ([][]byte, error) {
			return tx.Users.Keys(ctx, s)
		}, users},
		"users for guests": {func(ctx context.Context, tx *store.Tx, s store.KeySpan) ([][]byte, error) {
			return tx.Users.GuestKeys(ctx, s)
		}, guests},
		"groups": {func(ctx context.Context, tx *store.Tx, s store.KeySpan) ([][]byte, error) {
			return tx.Groups.Keys(ctx, s)
		}, groups},
		"groups for guests": {func(ctx context.Context, tx *store.Tx, s store.KeySpan) ([][]byte, error) {
			return tx.Groups.GuestKeys(ctx, s)
		}, guestGroups},
		"groups that their maker may view": {func(ctx context.Context, tx *store.Tx, s store.KeySpan) ([][]byte, error) {
			return tx.Groups.OwnedKeys(ctx, c.user.ID, s)
		}, owned},
		"groups that nobody made": {func(ctx context.Context, tx *store.Tx, s store.KeySpan) ([][]byte, error) {
			return tx.Groups.OwnedKeys(ctx, kith.UserID{}, s)
		}, nil},
		"e-mails": {func(ctx context.Context, tx *store.Tx, s store.KeySpan) ([][]byte, error) {
			return tx.Identifiers.Keys(ctx, kith.Email, s)
		}, names},
		"e-mails for guests": {func(ctx context.Context, tx *store.Tx, s store.KeySpan) ([][]byte, error) {
			return tx.Identifiers.GuestKeys(ctx, kith.Email, s)
		}, guestNames},
		"mobiles": {func(ctx context.Context, tx *store.Tx, s store.KeySpan) ([][]byte, error) {
			return tx.Identifiers.Keys(ctx, kith.Mobile, s)
		}, nil},
	} {
		c.pages(what, tt.ask, inBytes(tt.want...))
	}
	testSerialPlace(t, c, names)
	testSeveral(t, c, users)
}

// testSerialPlace: a place may be no row's: then the list begins beside it.
func testSerialPlace(t *testing.T, c *tenant, names [][]byte) {
	for what, tt := range map[string]struct {
		after []byte
		down  bool
		want  int
	}{
		"before all":         {make([]byte, 8), false, len(names)},
		"after all":          {bytes.Repeat([]byte{0xff}, 8), false, 0},
		"down, before all":   {make([]byte, 8), true, 0},
		"down, after all":    {bytes.Repeat([]byte{0xff}, 8), true, len(names)},
		"of no number":       {[]byte("no"), false, len(names)},
		"down, of no number": {[]byte("no"), true, 0},
	} {
		got := read(c, func(tx *store.Tx) ([][]byte, error) {
			return tx.Identifiers.Keys(t.Context(), kith.Email, store.KeySpan{After: tt.after, Down: tt.down, Limit: 100})
		})
		same(t, what, len(got), tt.want)
	}
}

// testSeveral: users come in the order in which they are asked for, with their groups, and without those who are
// archived or unknown.
func testSeveral(t *testing.T, c *tenant, users [][]byte) {
	ctx := t.Context()
	archived := newUser()
	archived.Archived = true
	c.do(func(tx *store.Tx) error { return tx.Users.Insert(ctx, archived, c.group.ID, nil) })
	ask := []kith.UserID{archived.ID, newID[kith.User]()}
	var want []kith.UserID
	for _, key := range users {
		ask, want = append(ask, kith.UserID(key)), append(want, kith.UserID(key))
	}
	slices.Reverse(ask)
	slices.Reverse(want)
	for len(ask) < 120 { // more than one statement reads
		ask = append(ask, newID[kith.User]())
	}
	ask, want = append(ask, c.user.ID), append(want, c.user.ID)
	var got []kith.UserID
	for _, m := range read(c, func(tx *store.Tx) ([]kith.Member, error) { return tx.Users.Several(ctx, ask) }) {
		got = append(got, m.User.ID)
		same(t, "the role group of one of several", m.Group, c.group)
	}
	same(t, "Several users", got, want)
	if none := read(c, func(tx *store.Tx) ([]kith.Member, error) { return tx.Users.Several(ctx, nil) }); len(none) > 0 {
		t.Errorf("Several of none: %v", none)
	}
}

// testInRole: the members of a role group are listed by when they were made, whatever their ids say.
func testInRole(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := found(t, db)
	role := &kith.Group{ID: newID[kith.Group](), Kind: kith.RoleGroup, Name: "role"}
	c.do(func(tx *store.Tx) error { return tx.Groups.Insert(ctx, role) })
	var want [][]byte
	for i := range 6 {
		u := newUser()
		u.ID[0] = byte(10 - i)
		u.CreatedAt = noon.Add(time.Duration(i/2) * time.Second) // two of each
		u.Archived = i == 2
		if i == 5 {
			u.ID[0] = 200 // after the one that was made when they were
		}
		c.do(func(tx *store.Tx) error { return tx.Users.Insert(ctx, u, role.ID, nil) })
		if !u.Archived {
			want = append(want, u.ID[:])
		}
	}
	want[0], want[1] = want[1], want[0]
	inRole := func(ctx context.Context, tx *store.Tx, s store.KeySpan) ([][]byte, error) {
		return tx.Users.InRole(ctx, role.ID, s)
	}
	c.pages("InRole", inRole, want)
	same(t, "InRole after nobody", read(c, func(tx *store.Tx) ([][]byte, error) {
		id := newID[kith.User]()
		return inRole(ctx, tx, store.KeySpan{After: id[:], Limit: 10})
	}), [][]byte(nil))
	c.do(func(tx *store.Tx) error { return tx.Users.SetGroup(ctx, kith.UserID(want[2]), c.group.ID) })
	same(t, "InRole after one who left", read(c, func(tx *store.Tx) ([][]byte, error) {
		return inRole(ctx, tx, store.KeySpan{After: want[2], Limit: 10})
	}), want[3:])
	c.pages("InRole of a group that people make", func(ctx context.Context, tx *store.Tx, s store.KeySpan) ([][]byte, error) {
		return tx.Users.InRole(ctx, c.custom.ID, s)
	}, nil)
}

// testCustomGroup: a group that somebody made is read by its id and by its name, with its owner and its mode.
func testCustomGroup(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	get := func(id kith.GroupID) func(tx *store.Tx) (*kith.Group, error) {
		return func(tx *store.Tx) (*kith.Group, error) { return tx.Groups.Get(ctx, id) }
	}
	named := func(name string) func(tx *store.Tx) (*kith.Group, error) {
		return func(tx *store.Tx) (*kith.Group, error) { return tx.Groups.NamedAny(ctx, name) }
	}
	hold := func(id kith.GroupID) (g *kith.Group, err error) {
		err = c.update(func(tx *store.Tx) (err error) {
			g, err = tx.Groups.Hold(ctx, id)
			return err
		})
		return g, err
	}
	for _, g := range []*kith.Group{c.group, c.custom} {
		same(t, "Get", read(c, get(g.ID)), g)
		same(t, "NamedAny", read(c, named(g.Name)), g)
		held, err := hold(g.ID)
		same(t, "Hold", held, g)
		if err != nil {
			t.Error(err)
		}
	}
	for what, id := range map[string]kith.GroupID{"another company's": other.custom.ID, "nobody's": newID[kith.Group](), "the zero id": {}} {
		missing(c, "Get "+what, get(id))
		c.fails("Delete "+what, store.ErrNotFound, func(tx *store.Tx) error { return tx.Groups.Delete(ctx, id) })
		if _, err := hold(id); err == nil {
			t.Errorf("Hold %s: no error", what)
		}
	}
	missing(c, "NamedAny of another company's", named(other.custom.Name))

	after := *c.custom
	after.Name, after.Mode, after.UpdatedAt = "renamed", kith.AllModes, noon.Add(time.Hour)
	after.Owner = newID[kith.User]()
	c.do(func(tx *store.Tx) error { return tx.Groups.Put(ctx, &after) })
	after.Owner = c.user.ID
	same(t, "Put writes the mode, and not the owner", read(c, named("renamed")), &after)
	after.Mode = 0
	c.do(func(tx *store.Tx) error { return tx.Groups.Put(ctx, &after) })
	same(t, "a mode of nothing", read(c, get(after.ID)), &after)

	var made []*kith.Group
	for i := range 12 {
		g := custom(fmt.Sprint("group ", i), c.user.ID)
		made = append(made, g)
		c.do(func(tx *store.Tx) error { return tx.Groups.Insert(ctx, g) })
	}
	several := read(c, func(tx *store.Tx) ([]*kith.Group, error) {
		return tx.Groups.Several(ctx, []kith.GroupID{made[3].ID, other.custom.ID, c.group.ID, made[1].ID, made[3].ID})
	})
	want := []*kith.Group{made[3], c.group, made[1]}
	for _, list := range [][]*kith.Group{several, want} {
		slices.SortFunc(list, func(a, b *kith.Group) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	}
	same(t, "Several", several, want)
	var ids []kith.GroupID
	for _, g := range made {
		ids = append(ids, g.ID)
	}
	same(t, "Several of more than one statement reads", len(read(c, func(tx *store.Tx) ([]*kith.Group, error) { return tx.Groups.Several(ctx, ids) })), 12)
	same(t, "Several of none", read(c, func(tx *store.Tx) ([]*kith.Group, error) { return tx.Groups.Several(ctx, nil) }), []*kith.Group(nil))
	count := func(of kith.UserID, limit int) int {
		return read(c, func(tx *store.Tx) (int, error) { return tx.Groups.CountOwned(ctx, of, limit) })
	}
	same(t, "CountOwned", count(c.user.ID, 100), 13)
	same(t, "CountOwned as far as a limit", count(c.user.ID, 5), 5)
	same(t, "CountOwned of nobody", count(kith.UserID{}, 5), 0)
	same(t, "role groups are listed alone", read(c, func(tx *store.Tx) (kith.List[*kith.Group], error) {
		return tx.Groups.List(ctx, store.GroupFilter{}, kith.Page{Number: 1, Size: 10})
	}), kith.List[*kith.Group]{Rows: []*kith.Group{c.group}, Total: 1})

	c.do(func(tx *store.Tx) error { return tx.Groups.Delete(ctx, c.custom.ID) })
	missing(c, "one that was deleted", get(c.custom.ID))
	c.fails("Delete twice", store.ErrNotFound, func(tx *store.Tx) error { return tx.Groups.Delete(ctx, c.custom.ID) })
	same(t, "the one beside", read(c, get(made[0].ID)), made[0])
	same(t, "another company's", read(other, func(tx *store.Tx) (*kith.Group, error) { return tx.Groups.Get(ctx, other.custom.ID) }), other.custom)
}

// testModes: whoever remembers a company sees at once that its modes have changed.
func testModes(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := found(t, db)
	modes := func() kith.Modes {
		t.Helper()
		return read(c, func(tx *store.Tx) (*store.Resolved, error) { return tx.Sessions.ByToken(ctx, c.token) }).Company.Modes
	}
	put := func(m kith.Modes) {
		c.do(func(tx *store.Tx) error {
			company, err := tx.Companies.Lock(ctx)
			if err != nil {
				return err
			}
			company.Modes = m
			return tx.Companies.Put(ctx, company)
		})
	}
	same(t, "as it was founded", modes(), c.company.Modes)
	for _, m := range []kith.Modes{{"user": 0}, {"user": kith.AllModes, "group": kith.DefaultTable(kith.NounGroup)}, nil} {
		put(m)
		for range 2 { // the second time from memory
			same(t, "after Put", modes(), m)
		}
	}
}

// testIdentifierMode: an identifier has the default permission until it is given another.
func testIdentifierMode(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := found(t, db)
	eva := newUser()
	c.do(func(tx *store.Tx) error { return tx.Users.Insert(ctx, eva, kith.GroupID{}, nil) })
	mail := nameOf(eva, kith.Email, "eva@mode.example")
	c.do(func(tx *store.Tx) error { _, err := tx.Identifiers.Insert(ctx, mail, true); return err })
	get := func(tx *store.Tx) (*kith.Identifier, error) { return tx.Identifiers.Get(ctx, kith.Email, mail.ID) }
	same(t, "as it was added", read(c, get).Mode, kith.DefaultRowMode)
	for _, mode := range []kith.Mode{0, kith.AllModes, kith.DefaultRowMode, kith.DefaultRowMode | anybody} {
		mail.Mode = mode
		c.do(func(tx *store.Tx) error { return tx.Identifiers.SetMode(ctx, mail) })
		same(t, "SetMode", read(c, get), mail)
	}
	for what, i := range map[string]kith.Identifier{"another's": {ID: mail.ID, Kind: kith.Email, User: c.user.ID},
		"of another kind": {ID: mail.ID, Kind: kith.Mobile, User: eva.ID}, "one that nobody has": {ID: newSerial(), Kind: kith.Email, User: eva.ID}} {
		c.fails("SetMode of "+what, store.ErrNotFound, func(tx *store.Tx) error { return tx.Identifiers.SetMode(ctx, &i) })
	}
	several := read(c, func(tx *store.Tx) ([]*kith.Identifier, error) {
		return tx.Identifiers.Several(ctx, kith.Email, []kith.Serial{mail.ID, newSerial(), c.identifier.ID, c.unclaimed.ID})
	})
	slices.SortFunc(several, func(a, b *kith.Identifier) int { return bytes.Compare(store.SerialKey(a.ID), store.SerialKey(b.ID)) })
	same(t, "Several", several, []*kith.Identifier{c.identifier, mail})

	c.link(kith.NounEmail, store.SerialKey(mail.ID), c.custom.ID, kith.View)
	c.do(func(tx *store.Tx) error { return tx.Identifiers.Delete(ctx, mail) })
	same(t, "the links of one that is gone", c.linksOf(kith.NounEmail, store.SerialKey(mail.ID)), []kith.Link(nil))
}
