package storetest

import (
	"context"
	secure "crypto/rand"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// chronicle is a company whose events were drawn at random, newest first.
type chronicle struct {
	*tenant
	people   []kith.UserID
	sessions []kith.SessionID
	events   []*kith.Event
	rows     []string
}

func testEventFind(t *testing.T, db *store.DB) {
	c := newChronicle(t, db)
	for range 150 {
		c.walks(c.query(), 1+rand.IntN(20), time.Minute)
	}
	for range 20 {
		c.walks(c.query(), 1+rand.IntN(5), 0) // each request ends after one step
	}
	c.getsEach()
	c.pagesOnce()
}

// newChronicle draws some hundred events by few people, about few, many of them in one millisecond.
func newChronicle(t *testing.T, db *store.DB) *chronicle {
	t.Helper()
	c := &chronicle{tenant: found(t, db)}
	c.people = []kith.UserID{c.user.ID, newID[kith.User](), newID[kith.User]()}
	c.sessions = []kith.SessionID{newID[kith.Session](), newID[kith.Session]()}
	c.rows = []string{"till", "Zeile ✎", c.people[0].String(), c.people[1].String()}
	c.events = []*kith.Event{c.event}
	for range 300 {
		c.add(noon.Add(time.Duration(rand.IntN(100)) * time.Millisecond))
	}
	return c
}

// add stores an event; some of its ends are loose.
func (c *chronicle) add(at time.Time) {
	c.t.Helper()
	e := &kith.Event{ID: kith.NewID[kith.Event](at, secure.Reader), At: at, Noun: pick(kith.NounUser, kith.NounSession, kith.NounGroup),
		Verb: pick(kith.Add, kith.Change, kith.Delete), Row: pick(c.rows...)}
	e.Actor = pick(append(c.people, kith.UserID{})...)
	e.Subject = pick(append(c.people, kith.UserID{})...)
	e.Session = pick(append(c.sessions, kith.SessionID{})...)
	if rand.IntN(2) == 0 && !e.Subject.IsZero() {
		e.Row = e.Subject.String()
	}
	c.do(func(tx *store.Tx) error { return tx.Events.Insert(c.t.Context(), e, e.ID[:]) })
	at2, _ := slices.BinarySearchFunc(c.events, e, newest)
	c.events = slices.Insert(c.events, at2, e)
}

func newest(a, b *kith.Event) int { return slices.Compare(b.ID[:], a.ID[:]) }

func pick[V any](of ...V) V { return of[rand.IntN(len(of))] }

// query draws a question; each of its parts is there or not.
func (c *chronicle) query() *kith.EventQuery {
	q := new(kith.EventQuery)
	sometimes := func(set func()) {
		if rand.IntN(3) == 0 {
			set()
		}
	}
	sometimes(func() { q.Actor = pick(append(c.people, newID[kith.User]())...) })
	sometimes(func() { q.Subject = pick(append(c.people, newID[kith.User]())...) })
	sometimes(func() { q.Session = pick(c.sessions...) })
	sometimes(func() { noun := pick(kith.NounUser, kith.NounSession, kith.NounTier); q.Noun = &noun })
	sometimes(func() { verb := pick(kith.Add, kith.Change, kith.Peek); q.Verb = &verb })
	sometimes(func() { q.Row = pick(append(c.rows, "no such row")...) })
	sometimes(func() { q.From = noon.Add(time.Duration(rand.IntN(100)) * time.Millisecond) })
	sometimes(func() { q.Before = noon.Add(time.Duration(rand.IntN(100)) * time.Millisecond) })
	return q
}

// walks asserts that pages of a question, one after the other, give what reading everything gives: down
// to the oldest, and from there up again.
func (c *chronicle) walks(q *kith.EventQuery, size int, budget time.Duration) {
	c.t.Helper()
	var want []kith.EventID
	for _, e := range c.events {
		if asked(q, e) {
			want = append(want, e.ID)
		}
	}
	what := fmt.Sprintf("%s, pages of %d, budget %v", show(q), size, budget)
	same(c.t, what, c.walk(q, store.EventWalk{High: kith.LastID[kith.Event](), Limit: size, Budget: budget}), want)
	slices.Reverse(want)
	same(c.t, what+", upwards", c.walk(q, store.EventWalk{High: kith.LastID[kith.Event](), Up: true, Limit: size, Budget: budget}), want)
}

// asked is what the question means, said once more and plainly.
func asked(q *kith.EventQuery, e *kith.Event) bool {
	no := q.Actor != (kith.UserID{}) && q.Actor != e.Actor ||
		q.Subject != (kith.UserID{}) && q.Subject != e.Subject ||
		q.Session != (kith.SessionID{}) && q.Session != e.Session ||
		q.Noun != nil && *q.Noun != e.Noun || q.Verb != nil && *q.Verb != e.Verb ||
		q.Row != "" && q.Row != e.Row ||
		!q.From.IsZero() && e.At.Before(q.From) || !q.Before.IsZero() && !e.At.Before(q.Before)
	return !no
}

// walk follows a question from page to page.
func (c *chronicle) walk(q *kith.EventQuery, w store.EventWalk) (ids []kith.EventID) {
	c.t.Helper()
	for range 10_000 {
		page := c.find(q, w)
		if len(page.Events) > w.Limit || len(page.Sealed) != len(page.Events) {
			c.t.Fatalf("%d events with %d old values on a page of %d", len(page.Events), len(page.Sealed), w.Limit)
		}
		if page.Cut && len(page.Events) == w.Limit {
			c.t.Error("a full page is said to be cut")
		}
		for _, e := range page.Events {
			ids = append(ids, e.ID)
		}
		if !page.More {
			return ids
		}
		if w.Up {
			w.Low = page.Reached
		} else {
			w.High = page.Reached
		}
	}
	c.t.Fatalf("%s has no end", show(q))
	return nil
}

func (c *chronicle) find(q *kith.EventQuery, w store.EventWalk) *store.EventsFound {
	c.t.Helper()
	return read(c.tenant, findEvents(c.t.Context(), q, w))
}

func findEvents(ctx context.Context, q *kith.EventQuery, w store.EventWalk) func(tx *store.Tx) (*store.EventsFound, error) {
	return func(tx *store.Tx) (*store.EventsFound, error) { return tx.Events.Find(ctx, q, w) }
}

// getsEach: an event is found by its id, with its old values, by its own company only.
func (c *chronicle) getsEach() {
	c.t.Helper()
	ctx := c.t.Context()
	get := func(id kith.EventID) func(tx *store.Tx) (page, error) {
		return func(tx *store.Tx) (page, error) {
			e, sealed, err := tx.Events.Get(ctx, id)
			return page{[]*kith.Event{e}, [][]byte{sealed}}, err
		}
	}
	for _, e := range c.events[:20] {
		old := e.ID[:]
		if e == c.event {
			old = c.old
		}
		same(c.t, "Get", read(c.tenant, get(e.ID)), page{[]*kith.Event{e}, [][]byte{old}})
	}
	missing(c.tenant, "an unknown event", get(newID[kith.Event]()))
	other := found(c.t, c.db)
	missing(other, "another company's event", get(c.events[0].ID))
	all := store.EventWalk{High: kith.LastID[kith.Event](), Limit: 1000, Budget: time.Minute}
	got := read(other, findEvents(ctx, new(kith.EventQuery), all))
	same(c.t, "another company's list", got.Events, []*kith.Event{other.event})
}

// pagesOnce: while events are added, paging visits each that was there exactly once.
func (c *chronicle) pagesOnce() {
	c.t.Helper()
	before := slices.Clone(c.events)
	w := store.EventWalk{High: kith.LastID[kith.Event](), Limit: 7, Budget: time.Minute}
	seen := make(map[kith.EventID]int)
	for {
		page := c.find(new(kith.EventQuery), w)
		for _, e := range page.Events {
			seen[e.ID]++
		}
		if !page.More {
			break
		}
		w.High = page.Reached
		c.add(noon.Add(time.Duration(rand.IntN(200)) * time.Millisecond))
	}
	for _, e := range before {
		if seen[e.ID] != 1 {
			c.t.Errorf("event %s was seen %d times", e.ID, seen[e.ID])
		}
	}
}

// testNamed: what shows of users beside other rows, however many are asked for.
func testNamed(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	want := map[kith.UserID]*kith.User{c.user.ID: {ID: c.user.ID, Email: c.user.Email, Profile: c.user.Profile}}
	salts := map[kith.UserID][]byte{c.user.ID: c.salt}
	ids := []kith.UserID{newID[kith.User](), c.user.ID, other.user.ID}
	for i := range 40 {
		u := newUser()
		u.Username, u.Mobile = fmt.Sprint("user", i), fmt.Sprint("+2783123", 1000+i)
		u.Profile[kith.FirstName], u.Archived = "Ada", i == 7
		c.do(func(tx *store.Tx) error { return tx.Users.Insert(ctx, u, kith.GroupID{}, nil) })
		want[u.ID] = &kith.User{ID: u.ID, Username: u.Username, Mobile: u.Mobile, Profile: u.Profile, Archived: u.Archived}
		salts[u.ID] = nil
		ids = append(ids, u.ID)
	}
	type named struct {
		Users map[kith.UserID]*kith.User
		Salts map[kith.UserID][]byte
	}
	ask := func(ids []kith.UserID) func(tx *store.Tx) (named, error) {
		return func(tx *store.Tx) (named, error) {
			users, salts, err := tx.Users.Named(ctx, ids)
			return named{users, salts}, err
		}
	}
	same(t, "Named", read(c, ask(ids)), named{want, salts})
	same(t, "Named of nobody", read(c, ask(nil)), named{map[kith.UserID]*kith.User{}, map[kith.UserID][]byte{}})
}
