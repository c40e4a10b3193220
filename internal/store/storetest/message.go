package storetest

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

func testMessage(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	body := make([]byte, 256)
	for i := range body {
		body[i] = byte(i)
	}
	// Older than all others of this database, so that they come first whatever else waits.
	add := func(c *tenant, year int, body []byte) *store.Sealed {
		m := *c.message
		m.ID = kith.NewID[kith.Message](time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), rand.Reader)
		m.Channel, m.Kind, m.Body = kith.ChannelSMS, "grüße", body
		c.do(func(tx *store.Tx) error { return tx.Messages.Insert(ctx, &m) })
		return &m
	}
	first, third, second := add(c, 2001, body), add(c, 2003, []byte{0}), add(other, 2002, []byte("x"))
	waiting := func(what string, limit int, want ...*store.Sealed) {
		t.Helper()
		same(t, what, sealed(t, db.System().Waiting, limit)[:len(want)], want)
	}
	waiting("Waiting, of all companies, oldest first", 5, first, second, third)
	if n := len(sealed(t, db.System().Waiting, 2)); n != 2 {
		t.Errorf("Waiting gives %d messages, at most 2 were asked for", n)
	}

	toInbox := func(m *store.Sealed) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Messages.ToInbox(ctx, m.ID) }
	}
	c.fails("ToInbox of another company's", store.ErrNotFound, toInbox(second))
	c.fails("ToInbox of nothing", store.ErrNotFound, toInbox(draft(t, db).message))
	c.do(toInbox(first))
	c.fails("ToInbox twice", store.ErrNotFound, toInbox(first))
	waiting("what is in the inbox waits no more", 5, second, third)
	other.do(toInbox(second))
	c.do(toInbox(third))

	inbox := sealed(t, db.System().Inbox, 1000)
	same(t, "Inbox, newest first", inbox[len(inbox)-3:], []*store.Sealed{third, second, first})
	if n := len(sealed(t, db.System().Inbox, 2)); n != 2 {
		t.Errorf("Inbox gives %d messages, at most 2 were asked for", n)
	}
	c.taken("an id twice", "messages", func(tx *store.Tx) error { return tx.Messages.Insert(ctx, first) })
}

func sealed(t *testing.T, list func(ctx context.Context, limit int) ([]*store.Sealed, error), limit int) []*store.Sealed {
	t.Helper()
	got, err := list(t.Context(), limit)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
