package storetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// testUserWords: users are found by their words as these are now, in the order of the words, and by those
// of nobody else.
func testUserWords(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	named := func(of *tenant, first, email string) *kith.User {
		u := newUser()
		u.Profile[kith.FirstName], u.Email = first, email
		of.do(func(tx *store.Tx) error { return tx.Users.Insert(ctx, u, kith.GroupID{}, nil) })
		return u
	}
	first := func(of *tenant, how store.WordHow, folded string) string {
		l := store.UserListing{Size: 10, Filter: store.UserFilter{Words: []store.WordMatch{{How: how, Folded: folded, Lower: folded,
			Fields: []int{1}, Identifier: []kith.IdentifierKind{kith.Email}}}}}
		found := read(of, func(tx *store.Tx) (*store.UserFound, error) { return tx.Users.List(ctx, l) })
		var names []string
		for _, m := range found.Rows {
			names = append(names, m.User.Profile[kith.FirstName])
		}
		return strings.Join(names, ", ")
	}
	zoe := named(c, "Zoë", "")
	named(c, "Anna Zora", "")
	named(c, "Zo", "")
	named(other, "Zoran", "")
	for _, tt := range []struct {
		how          store.WordHow
		folded, want string
	}{
		{store.WordBegins, "zo", "Zo, Zoë, Anna Zora"},
		{store.WordEquals, "zoe", "Zoë"},
		{store.WordEquals, "zora", "Anna Zora"},
		{store.WordEquals, "anna zora", "Anna Zora"},
		{store.WordContains, "a zor", "Anna Zora"}, // a blank: addresses are random letters
		{store.WordBegins, "a zor", ""},
		{store.WordBegins, "", "Zo, Zoë, Anna Zora"},
	} {
		if got := first(c, tt.how, tt.folded); got != tt.want && (tt.folded != "" || !strings.Contains(got, "Anna Zora")) {
			t.Errorf("%q, %d: got %s, want %s", tt.folded, tt.how, got, tt.want)
		}
	}
	c.do(func(tx *store.Tx) error {
		after := *zoe
		after.Profile[kith.FirstName] = "Eve Zoë"
		return tx.Users.Put(ctx, zoe, &after)
	})
	same(t, "the word that stayed", first(c, store.WordEquals, "zoe"), "Eve Zoë")
	same(t, "a word that came", first(c, store.WordBegins, "eve"), "Eve Zoë")
	guest := named(c, "Guest", "Guest@x.example")
	guest.Temporary = true
	c.do(func(tx *store.Tx) error { return put(ctx, tx, guest) })
	same(t, "a temporary user's address", first(c, store.WordEquals, "guest@x.example"), "Guest")
	c.do(func(tx *store.Tx) error {
		after := *guest
		after.Temporary = false
		return tx.Users.Put(ctx, guest, &after)
	})
	same(t, "and none once it is claimed", first(c, store.WordEquals, "guest@x.example"), "")

	mine := []store.Term{{Field: kith.FirstOwnTerm, Value: "mine"}}
	custom := func(of *tenant) []kith.UserID {
		l := store.UserListing{Size: 10, Filter: store.UserFilter{Words: []store.WordMatch{{Folded: "mine", Fields: []int{kith.FirstOwnTerm}}}}}
		return idsOf(read(of, func(tx *store.Tx) (*store.UserFound, error) { return tx.Users.List(ctx, l) }))
	}
	c.do(func(tx *store.Tx) error { return tx.Users.PutTerms(ctx, zoe.ID, nil, mine) })
	other.do(func(tx *store.Tx) error { return tx.Users.PutTerms(ctx, newID[kith.User](), nil, mine) })
	same(t, "by a field of the company's own", custom(c), []kith.UserID{zoe.ID})
	same(t, "a term of nobody", custom(other), []kith.UserID{})
	c.do(func(tx *store.Tx) error { return tx.Users.PutTerms(ctx, zoe.ID, mine, nil) })
	same(t, "once it is taken away", custom(c), []kith.UserID{})
}

// testUserMovingList: whoever pages from cursor to cursor meets everyone who was there from the start once,
// whatever is added meanwhile.
func testUserMovingList(t *testing.T, db *store.DB) {
	c := newCrowd(t, db, 60)
	archived := false
	for name, l := range map[string]store.UserListing{
		"straight": {Size: 7},
		"walked":   {Size: 7, Filter: store.UserFilter{Archived: &archived}},
		"words":    {Size: 7, Filter: store.UserFilter{Words: []store.WordMatch{{How: store.WordBegins, Folded: "a", Lower: "a", Fields: []int{1, 3}}}}},
		"gathered": {Size: 7, Filter: store.UserFilter{Group: store.GroupMatch{How: store.InGroup, ID: c.group.ID}}, Order: &kith.Order{By: kith.ByUpdated}},
	} {
		all := l
		all.Size = 1000
		before := idsOf(c.list(all))
		seen := make(map[kith.UserID]int)
		for range 100 {
			found := c.list(l)
			for _, id := range idsOf(found) {
				seen[id]++
			}
			if l.After = found.Next; l.After == nil {
				break
			}
			r := c.add()
			c.do(func(tx *store.Tx) error { // and an older one, so that some come before the place and some after
				u := newUser()
				u.CreatedAt, u.Profile[kith.FirstName] = noon.Add(-time.Hour), r.Profile[kith.FirstName]
				return tx.Users.Insert(t.Context(), u, c.group.ID, nil)
			})
		}
		for id, n := range seen {
			if n > 1 {
				t.Errorf("%s: %s came %d times", name, id, n)
			}
		}
		if i := slices.IndexFunc(before, func(id kith.UserID) bool { return seen[id] == 0 }); i >= 0 || l.After != nil {
			t.Errorf("%s: number %d of %d was left out; the end was reached: %v", name, i, len(before), l.After == nil)
		}
	}
}
