package storetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/fold"
	"kith/internal/store"
)

// crowd is a company's users as the test knows them, beside the store.
type crowd struct {
	*tenant

	rnd    *rand.Rand
	groups []*kith.Group
	users  []*resident
}

// resident is one user of a crowd.
type resident struct {
	*kith.User

	group kith.GroupID
	other string // a second e-mail, in lower case
}

var (
	someNames   = []string{"Ada", "Anna Maria", "Zoë", "Łukasz", "Ana", "Jo", "anna", "O'Neil", "100%", "a_b", "Anna Anna"}
	someNations = []string{"", "PT", "PL", "DE"}
)

// newCrowd fills a company with n users, who share few values, so that most questions find several.
func newCrowd(t *testing.T, db *store.DB, n int) *crowd {
	t.Helper()
	c := &crowd{tenant: found(t, db), rnd: rand.New(rand.NewPCG(1, uint64(n)))} //nolint:gosec // the same each time
	c.groups = []*kith.Group{c.group, {ID: newID[kith.Group](), Kind: kith.RoleGroup, Name: "second", CreatedAt: noon, UpdatedAt: noon,
		Listed: true, Settings: kith.DefaultGroupSettings()}}
	c.do(func(tx *store.Tx) error { return tx.Groups.Insert(t.Context(), c.groups[1]) })
	owner := &resident{User: c.user, group: c.group.ID}
	c.users = append(c.users, owner)
	for range n {
		c.add()
	}
	return c
}

func (c *crowd) pick(list []string) string { return list[c.rnd.IntN(len(list))] }

// add makes one more user.
func (c *crowd) add() *resident {
	c.t.Helper()
	r, ctx := &resident{User: newUser()}, c.t.Context()
	moment := func() time.Time { return noon.Add(time.Duration(c.rnd.IntN(40)) * time.Second) }
	r.CreatedAt, r.UpdatedAt = moment(), moment()
	if c.rnd.IntN(3) > 0 {
		r.LastLogin = moment()
	}
	r.Profile[kith.FirstName], r.Profile[kith.LastName] = c.pick(someNames), c.pick(someNames)
	r.Profile[kith.Nationality] = c.pick(someNations)
	r.Email = fmt.Sprintf("%s%d@x.example", strings.ToLower(c.pick([]string{"ada", "anna", "zoe"})), len(c.users))
	r.Status = kith.Status(c.rnd.IntN(6)) //nolint:gosec // one of six
	r.Archived, r.Deactivated, r.Temporary = c.rnd.IntN(8) == 0, c.rnd.IntN(8) == 0, c.rnd.IntN(8) == 0
	r.Retention = kith.Retention(max(c.rnd.IntN(8)-5, 0)) //nolint:gosec // one of three
	if g := c.rnd.IntN(3); g < 2 {
		r.group = c.groups[g].ID
	}
	if c.rnd.IntN(2) == 0 {
		r.Metadata = map[string]any{"plan": c.pick([]string{"gold", "tin"}), "n": float64(c.rnd.IntN(3))}
	}
	if c.rnd.IntN(4) == 0 && !r.Temporary {
		r.other = fmt.Sprintf("anna.other%d@y.example", len(c.users))
	}
	c.do(func(tx *store.Tx) error {
		if err := tx.Users.Insert(ctx, r.User, r.group, nil); err != nil {
			return err
		}
		for i, address := range []string{r.Email, r.other} {
			if address == "" {
				continue
			}
			one := &kith.Identifier{ID: newSerial(), User: r.ID, Kind: kith.Email, Value: address, Folded: address, Primary: i == 0, CreatedAt: noon}
			if _, err := tx.Identifiers.Insert(ctx, one, !r.Temporary); err != nil {
				return err
			}
		}
		return nil
	})
	c.users = append(c.users, r)
	return r
}

// question is a filter with the answer to it for one user.
type question struct {
	filter store.UserFilter
	is     func(r *resident) bool
}

// has tells whether one of a user's words is as asked: a whole name, one of its further words, an address.
func (r *resident) has(w store.WordMatch) bool {
	var words []string
	for a, field := range map[kith.Attribute]int{kith.FirstName: 1, kith.LastName: 3} {
		if slices.Contains(w.Fields, field) {
			whole := fold.Text(r.Profile[a])
			words = append(words, whole)
			if parts := fold.Words(whole); len(parts) > 1 {
				words = append(words, parts[1:]...)
			}
		}
	}
	for _, address := range []string{r.Email, r.other} {
		if len(w.Identifier) > 0 && address != "" {
			words = append(words, address)
		}
	}
	return slices.ContainsFunc(words, func(word string) bool {
		switch {
		case word == "":
			return false
		case w.How == store.WordEquals:
			return word == w.Folded
		case w.How == store.WordBegins:
			return strings.HasPrefix(word, w.Folded)
		default:
			return strings.Contains(word, w.Folded)
		}
	})
}

// ask draws a question.
func (c *crowd) ask() question {
	q := question{is: func(*resident) bool { return true }}
	also := func(is func(r *resident) bool) {
		before := q.is
		q.is = func(r *resident) bool { return before(r) && is(r) }
	}
	yes := c.rnd.IntN(2) == 0
	for _, about := range c.rnd.Perm(12)[:1+c.rnd.IntN(2)] {
		switch about {
		case 0:
			q.filter.Archived = &yes
			also(func(r *resident) bool { return r.Archived == yes })
		case 1:
			q.filter.Deactivated = &yes
			also(func(r *resident) bool { return r.Deactivated == yes })
		case 2:
			q.filter.Temporary = &yes
			also(func(r *resident) bool { return r.Temporary == yes })
		case 3:
			state := kith.Retention(c.rnd.IntN(3)) //nolint:gosec // one of three
			q.filter.Retention = &state
			also(func(r *resident) bool { return r.Retention == state })
		case 4:
			list := []kith.Status{kith.Status(c.rnd.IntN(6)), kith.Status(c.rnd.IntN(6))}[:1+c.rnd.IntN(2)] //nolint:gosec // one of six
			q.filter.Statuses = list
			also(func(r *resident) bool { return slices.Contains(list, r.Status) })
		case 5:
			g := store.GroupMatch{How: store.GroupHow(1 + c.rnd.IntN(3)), ID: c.groups[c.rnd.IntN(2)].ID} //nolint:gosec // one of three
			q.filter.Group = g
			also(func(r *resident) bool {
				return g.How == store.InGroup && r.group == g.ID || g.How == store.InNoGroup && r.group.IsZero() ||
					g.How == store.InSomeGroup && !r.group.IsZero()
			})
		case 6:
			from := noon.UnixMilli() + int64(c.rnd.IntN(40_000))
			span := store.Span{From: from, Until: from + 20_000*int64(c.rnd.IntN(2))}
			if c.rnd.IntN(4) == 0 {
				span = store.Span{Never: true}
			}
			c.spans(&q, span, also)
		case 7:
			nation := c.pick(someNations[1:])
			q.filter.Attribute = &store.AttributeMatch{Attribute: kith.Nationality, Value: nation}
			q.filter.Check = func(u *kith.User) bool { return u.Profile[kith.Nationality] == nation }
			also(func(r *resident) bool { return r.Profile[kith.Nationality] == nation })
		case 8:
			q.filter.Metadata = `"plan":"gold"`
			also(func(r *resident) bool { return r.Metadata["plan"] == "gold" })
		case 9:
			for range 1 + c.rnd.IntN(5) {
				q.filter.IDs = append(q.filter.IDs, c.users[c.rnd.IntN(len(c.users))].ID)
			}
			ids := q.filter.IDs
			also(func(r *resident) bool { return slices.Contains(ids, r.ID) })
		default:
			w := c.word()
			q.filter.Words = append(q.filter.Words, w)
			also(func(r *resident) bool { return r.has(w) })
		}
	}
	return q
}

func (c *crowd) spans(q *question, span store.Span, also func(func(r *resident) bool)) {
	in := func(at time.Time) bool {
		ms := at.UnixMilli()
		return span.Never == at.IsZero() && (span.Never || ms >= span.From && (span.Until == 0 || ms < span.Until))
	}
	switch c.rnd.IntN(3) {
	case 0:
		q.filter.Created = span
		also(func(r *resident) bool { return in(r.CreatedAt) })
	case 1:
		q.filter.Updated = span
		also(func(r *resident) bool { return in(r.UpdatedAt) })
	default:
		q.filter.LastLogin = span
		also(func(r *resident) bool { return in(r.LastLogin) })
	}
}

// word draws what a user may be searched by.
func (c *crowd) word() store.WordMatch {
	text := c.pick([]string{"a", "an", "anna", "anna maria", "zoe", "maria", "o'", "%", "_", "x.example", "ada1", "l", "q"})
	w := store.WordMatch{How: store.WordHow(c.rnd.IntN(3)), Folded: text, Lower: text} //nolint:gosec // one of three
	if c.rnd.IntN(2) == 0 {
		w.Fields = []int{1, 3}[:1+c.rnd.IntN(2)]
	}
	if len(w.Fields) == 0 || c.rnd.IntN(2) == 0 {
		w.Identifier = []kith.IdentifierKind{kith.Email}
	}
	return w
}

// want is the answer to a question, in an order.
func (c *crowd) want(q question, order *kith.Order) []kith.UserID {
	by := kith.Order{By: kith.ByCreated, Descending: true}
	if order != nil {
		by = *order
	}
	list := slices.DeleteFunc(slices.Clone(c.users), func(r *resident) bool { return !q.is(r) })
	slices.SortFunc(list, func(a, b *resident) int {
		at := func(r *resident) int64 {
			t := []time.Time{r.CreatedAt, r.UpdatedAt, r.LastLogin}[by.By]
			if t.IsZero() {
				return 0
			}
			return t.UnixMilli()
		}
		n := cmp.Or(cmp.Compare(at(a), at(b)), slices.Compare(a.ID[:], b.ID[:]))
		if by.Descending {
			return -n
		}
		return n
	})
	ids := make([]kith.UserID, len(list))
	for i, r := range list {
		ids[i] = r.ID
	}
	return ids
}

// list reads a part.
func (c *crowd) list(l store.UserListing) *store.UserFound {
	c.t.Helper()
	return read(c.tenant, func(tx *store.Tx) (*store.UserFound, error) { return tx.Users.List(c.t.Context(), l) })
}

func idsOf(f *store.UserFound) []kith.UserID {
	ids := make([]kith.UserID, len(f.Rows))
	for i, m := range f.Rows {
		ids[i] = m.User.ID
	}
	return ids
}

// testUserList: whatever is asked, in whatever order, the store finds whom a look at everybody finds, the
// same in all its ways of paging.
func testUserList(t *testing.T, db *store.DB) {
	c := newCrowd(t, db, 300)
	for i := range 150 {
		q := c.ask()
		var order *kith.Order
		if c.rnd.IntN(2) == 0 {
			order = &kith.Order{By: kith.OrderKey(c.rnd.IntN(3)), Descending: c.rnd.IntN(2) == 0} //nolint:gosec // one of three
		}
		text := fmt.Sprintf("%d: %s in order %s", i, show(withoutCheck(q.filter)), show(order))
		want := c.want(q, order)
		all := c.list(store.UserListing{Filter: q.filter, Order: order, Size: 1000, Count: true})
		got := idsOf(all)
		if order == nil && len(q.filter.Words) > 0 && q.filter.IDs == nil {
			sortIDs(got) // by their words, which is asserted by testUserWords
			sortIDs(want)
		}
		same(t, text, got, want)
		if all.Total != len(want) || all.Capped || all.Incomplete || all.Before != nil || all.Next != nil {
			t.Errorf("%s: %d of %d, capped %v, incomplete %v, before %v, next %v", text, all.Total, len(want), all.Capped,
				all.Incomplete, all.Before, all.Next)
		}
		c.pages(text, store.UserListing{Filter: q.filter, Order: order, Size: 1 + c.rnd.IntN(len(want)/2+2)}, idsOf(all))
		if t.Failed() {
			return
		}
	}
}

// withoutCheck is what can be shown of a filter.
func withoutCheck(f store.UserFilter) store.UserFilter {
	f.Check = nil
	return f
}

func sortIDs(ids []kith.UserID) {
	slices.SortFunc(ids, func(a, b kith.UserID) int { return slices.Compare(a[:], b[:]) })
}

// pages walks a list in parts, by number, onwards and back, and asserts that these make up the whole.
func (c *crowd) pages(text string, l store.UserListing, whole []kith.UserID) {
	c.t.Helper()
	for skip := 0; skip < len(whole); skip += l.Size {
		part := l
		part.Skip = skip
		same(c.t, fmt.Sprintf("%s, from %d", text, skip), idsOf(c.list(part)), whole[skip:min(skip+l.Size, len(whole))])
	}
	onwards, back := []kith.UserID{}, []kith.UserID{}
	last := l
	for range len(whole) + 1 {
		found := c.list(last)
		onwards = append(onwards, idsOf(found)...)
		if last.After = found.Next; found.Next == nil {
			last.After = found.Before
			break
		}
	}
	same(c.t, text+", onwards by "+fmt.Sprint(l.Size), onwards, whole)
	if last.After == nil {
		return
	}
	for last.Back = true; last.After != nil && len(back) <= len(whole); {
		found := c.list(last)
		back = append(idsOf(found), back...)
		last.After = found.Before
	}
	same(c.t, text+", and back", back, whole[:len(back)])
	if left := len(whole) - len(back); left < 1 || left > l.Size {
		c.t.Errorf("%s: on the way back %d of %d were left out", text, left, len(whole))
	}
}
