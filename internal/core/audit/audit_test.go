package audit

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/gate"
	"kith/internal/seal"
	"kith/internal/store"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// house is an Audit of a company with an owner, on an empty store.
type house struct {
	*Audit
	t     *testing.T
	db    *store.DB
	owner *kith.Actor
}

var opTest = gate.Op{Name: "user.add", Noun: kith.NounUser, Verb: kith.Add, Open: true}

func newHouse(t *testing.T) *house {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite::memory:", store.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	g := gate.New(db, seal.NewKey())
	h := &house{Audit: New(g, []gate.Op{OpEvents}), t: t, db: db}
	company := &kith.Company{ID: kith.NewCompanyID(rand.Reader), Slug: "acme", Settings: kith.DefaultCompanySettings()}
	h.owner = &kith.Actor{Company: company, User: &kith.User{ID: kith.NewID[kith.User](noon, rand.Reader), Email: "ada@x.example"}}
	for _, group := range access.Born() {
		if group.Name == kith.GroupAdmin {
			h.owner.Group = &group
		}
	}
	h.change(func(ctx context.Context, tx *gate.Tx) error {
		salt, err := tx.NewSalt(h.owner.User.ID)
		if err == nil {
			err = tx.NewRoot(ctx)
		}
		if err == nil {
			err = tx.Users.Insert(ctx, h.owner.User, kith.GroupID{}, salt)
		}
		return err
	})
	return h
}

// change runs a step that says itself what it records.
func (h *house) change(step func(context.Context, *gate.Tx) error) {
	h.t.Helper()
	_, err := gate.Change(h.t.Context(), h.gate, h.owner, opTest, 0, func(ctx context.Context, tx *gate.Tx, _ int) (int, error) {
		tx.Unchanged()
		return 0, step(ctx, tx)
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// record tells of changes to the owner, one event each.
func (h *house) record(n int) {
	h.t.Helper()
	h.change(func(_ context.Context, tx *gate.Tx) error {
		id := h.owner.User.ID
		for i := range n {
			tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Change, Row: id.String(), Subject: id, Fields: []string{"last_name"},
				Old: map[string]any{"last_name": fmt.Sprint(i)}})
		}
		return nil
	})
}

func (h *house) page(f Filter, cursor string, size int) *Page {
	h.t.Helper()
	p, err := h.Events(h.t.Context(), h.owner, f, cursor, size)
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

// TestASearchThatTakesTooLong: it stops, says so, and its cursor goes on; in the end everything that
// matches was shown once.
func TestASearchThatTakesTooLong(t *testing.T) {
	h := newHouse(t)
	h.budget = 0
	h.change(func(_ context.Context, tx *gate.Tx) error {
		for i := range 200 {
			verb := kith.Change
			if i%50 == 0 {
				verb = kith.Delete
			}
			tx.Record(kith.Event{Noun: kith.NounTier, Verb: verb, Row: fmt.Sprint(i)})
		}
		return nil
	})
	var rows []string
	incomplete, pages := 0, 0
	f := Filter{Verb: "delete"}
	for cursor := ""; pages < 500; pages++ {
		p := h.page(f, cursor, 3)
		for _, e := range p.Entries {
			rows = append(rows, e.Event.Row)
		}
		if p.Incomplete {
			incomplete++
		}
		if p.Incomplete && p.Next == "" {
			t.Fatal("a page that is incomplete says not how to go on")
		}
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	if fmt.Sprint(rows) != "[150 100 50 0]" || incomplete == 0 {
		t.Errorf("found %v on %d pages, %d of them incomplete", rows, pages, incomplete)
	}
	h.budget = budget
	if p := h.page(f, "", 3); p.Incomplete || len(p.Entries) != 3 {
		t.Errorf("with time enough: %d entries, incomplete %v", len(p.Entries), p.Incomplete)
	}
}

// TestErasedPeople: once somebody's salt is gone their old values are, and their events stay.
func TestErasedPeople(t *testing.T) {
	h := newHouse(t)
	h.record(2)
	first := h.page(Filter{}, "", 10).Entries
	if len(first) != 2 || first[0].Old["last_name"] != "1" || first[1].Old["last_name"] != "0" {
		t.Fatalf("before: %+v", first)
	}
	gone := h.owner.User.ID
	h.owner.User.ID = kith.NewID[kith.User](noon, rand.Reader) // nobody who has a salt
	h.change(func(ctx context.Context, tx *gate.Tx) error {
		return tx.Users.Insert(ctx, h.owner.User, kith.GroupID{}, nil)
	})
	h.change(func(ctx context.Context, tx *gate.Tx) error {
		return tx.Events.Insert(ctx, &kith.Event{ID: kith.NewID[kith.Event](noon.Add(time.Second), rand.Reader), Noun: kith.NounUser, Verb: kith.Change,
			Row: h.owner.User.ID.String(), Subject: h.owner.User.ID, Fields: []string{"last_name"}}, []byte("sealed for a key that is gone"))
	})
	after := h.page(Filter{}, "", 10).Entries
	if len(after) != 3 || after[0].Old == nil || len(after[0].Old) != 0 || after[0].Event.Fields[0] != "last_name" {
		t.Errorf("after: %+v", after[0])
	}
	if after[1].Actor.ID != gone || after[1].Old["last_name"] != "1" {
		t.Errorf("of somebody else: %+v", after[1])
	}
}

// TestOneLongSearchAtATime: while one is under way another waits, and what an index answers does not.
func TestOneLongSearchAtATime(t *testing.T) {
	h := newHouse(t)
	h.record(3)
	h.searching <- struct{}{}
	if n := len(h.page(Filter{}, "", 10).Entries) + len(h.page(Filter{Subject: h.owner.User.ID.String()}, "", 10).Entries); n != 6 {
		t.Errorf("%d entries of two lists that an index answers", n)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := h.Events(ctx, h.owner, Filter{Verb: "change"}, "", 10); ctx.Err() == nil {
		t.Errorf("a second search did not wait: %v", err)
	}
	<-h.searching
	if n := len(h.page(Filter{Verb: "change"}, "", 10).Entries); n != 3 {
		t.Errorf("%d entries once it was over", n)
	}
}

// TestOldValuesOfHiddenAttributes: what nobody of the staff may read of a user's metadata, nobody comes by
// in what stood there before.
func TestOldValuesOfHiddenAttributes(t *testing.T) {
	h := newHouse(t)
	h.owner.Company.Attributes = kith.AttributeSchema{Version: 1, Document: "{}", Attributes: map[string]kith.OwnAttribute{
		"diary": {Read: kith.SectionsOf(kith.SectionUser), Write: kith.SectionsOf(kith.SectionUser)}}}
	id := h.owner.User.ID
	h.change(func(_ context.Context, tx *gate.Tx) error {
		tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Change, Row: id.String(), Subject: id, Fields: []string{"metadata"},
			Old: map[string]any{"metadata": map[string]any{"diary": "mine", "size": 43}}})
		return nil
	})
	listed := h.page(Filter{}, "", 10).Entries
	if len(listed) != 1 {
		t.Fatalf("%d entries", len(listed))
	}
	one, err := h.Event(t.Context(), h.owner, listed[0].Event.ID.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []Entry{listed[0], *one} {
		if got := fmt.Sprint(e.Old); got != "map[metadata:map[size:43]]" {
			t.Errorf("before: %s", got)
		}
	}
}

// TestWhyShowsNoMoreOfUsers: the explanation tells those who may not see users no more of one than the id,
// which they gave.
func TestWhyShowsNoMoreOfUsers(t *testing.T) {
	h := newHouse(t)
	id := h.owner.User.ID
	q := Question{Actor: id.String(), Operation: "event.view"}
	if a, err := h.Why(t.Context(), h.owner, q); err != nil || a.Actor.User.Email != "ada@x.example" {
		t.Fatalf("to the owner: %+v, %v", a, err)
	}
	reader := *h.owner
	reader.Group = &kith.Group{Permissions: kith.Permissions{}.With(kith.Views(kith.SectionAdmin, kith.NounPermission)...)}
	a, err := h.Why(t.Context(), &reader, q)
	if err != nil {
		t.Fatal(err)
	}
	if u := a.Actor.User; u.ID != id || u.Email != "" {
		t.Errorf("to somebody who sees permissions only: %+v", u)
	}
}
