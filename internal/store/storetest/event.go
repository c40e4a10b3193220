package storetest

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// page is what Events.List answers.
type page struct {
	Events []*kith.Event
	Sealed [][]byte
}

func testEvent(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	list := func(c *tenant, after kith.EventID, limit int) page {
		t.Helper()
		return read(c, func(tx *store.Tx) (page, error) {
			events, sealed, err := tx.Events.List(ctx, after, limit)
			return page{events, sealed}, err
		})
	}
	full := &kith.Event{
		Actor: newID[kith.User](), Session: newID[kith.Session](), Noun: kith.NounInvitation, Verb: kith.Refer, Row: "Zeile ✎, 'x'",
		Subject: newID[kith.User](), Fields: []string{"a", "b.c", "first_name", "ü"},
	}
	all := page{[]*kith.Event{c.event}, [][]byte{c.old}}
	for i, e := range []*kith.Event{full, {}} {
		e.At = noon.Add(time.Duration(i+1) * time.Millisecond)
		e.ID = kith.NewID[kith.Event](e.At, rand.Reader)
		old := [][]byte{random(300), nil}[i]
		c.do(func(tx *store.Tx) error { return tx.Events.Insert(ctx, e, old) })
		all.Events, all.Sealed = append(all.Events, e), append(all.Sealed, old)
	}
	part := func(from, to int) page { return page{all.Events[from:to:to], all.Sealed[from:to:to]} }
	for _, tt := range []struct {
		after kith.EventID
		limit int
		want  page
	}{
		{kith.EventID{}, 10, all},
		{kith.EventID{}, 2, part(0, 2)},
		{c.event.ID, 10, part(1, 3)},
		{full.ID, 1, part(2, 3)},
		{all.Events[2].ID, 10, page{}},
		{kith.EventID{}, 0, page{}},
	} {
		same(t, fmt.Sprintf("%d after %s", tt.limit, tt.after), list(c, tt.after, tt.limit), tt.want)
	}
	same(t, "another company", list(other, kith.EventID{}, 10), page{[]*kith.Event{other.event}, [][]byte{other.old}})
	c.taken("an id twice", "events", func(tx *store.Tx) error { return tx.Events.Insert(ctx, full, nil) })
}
