package storetest

import (
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// addMessage puts a message of the company's into the outbox.
func (c *tenant) addMessage(change func(m *store.Sealed)) *store.Sealed {
	c.t.Helper()
	m := *c.message
	m.ID, m.Channel = newID[kith.Message](), kith.ChannelSMS
	change(&m)
	c.do(func(tx *store.Tx) error { return tx.Messages.Insert(c.t.Context(), &m) })
	return &m
}

func testMessage(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	c.company.Details.SupportEmail = "help@x.example"
	c.do(func(tx *store.Tx) error { return tx.Companies.Put(ctx, c.company) })
	body := make([]byte, 256)
	for i := range body {
		body[i] = byte(i)
	}
	// Newer than all others of this database, so that they lead the inbox whatever else is in it.
	add := func(c *tenant, year int, body []byte) *store.Sealed {
		return c.addMessage(func(m *store.Sealed) {
			m.ID = kith.NewID[kith.Message](time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), rand.Reader)
			m.Kind, m.Body, m.ReplyTo = "grüße", body, c.company.Details.SupportEmail
		})
	}
	first, third, second := add(c, 2101, body), add(c, 2103, []byte{0}), add(other, 2102, []byte("x"))
	same(t, "what waits, as it was written", sealed(t, due(c, farAhead)), []*store.Sealed{first, third})

	toInbox := func(m *store.Sealed) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Messages.ToInbox(ctx, m.ID) }
	}
	c.fails("ToInbox of another company's", store.ErrNotFound, toInbox(second))
	c.fails("ToInbox of nothing", store.ErrNotFound, toInbox(draft(t, db).message))
	c.do(toInbox(first))
	c.fails("ToInbox twice", store.ErrNotFound, toInbox(first))
	same(t, "what is in the inbox waits no more", sealed(t, due(c, farAhead)), []*store.Sealed{third})
	other.do(toInbox(second))
	c.do(toInbox(third))
	for _, m := range []*store.Sealed{first, second, third} {
		m.State = store.MessageInInbox
	}
	inbox := sealed(t, func() ([]*store.Sealed, error) { return db.System().Inbox(ctx, 3) })
	same(t, "Inbox, newest first", inbox, []*store.Sealed{third, second, first})
	if n := len(sealed(t, func() ([]*store.Sealed, error) { return db.System().Inbox(ctx, 2) })); n != 2 {
		t.Errorf("Inbox gives %d messages, at most 2 were asked for", n)
	}
	c.taken("an id twice", "messages", func(tx *store.Tx) error { return tx.Messages.Insert(ctx, first) })

	old, err := db.System().OldInbox(ctx, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "beyond the two newest", old, []store.MessageKey{{Company: c.company.ID, ID: first.ID}})
	c.do(func(tx *store.Tx) error { return tx.Messages.Delete(ctx, first.ID) })
	c.fails("Delete twice", store.ErrNotFound, func(tx *store.Tx) error { return tx.Messages.Delete(ctx, first.ID) })
	c.fails("Delete of what waits", store.ErrNotFound, func(tx *store.Tx) error { return tx.Messages.Delete(ctx, c.message.ID) })
}

// testMessageQueue: a company's messages are due in their order, companies are found whose turn it is, and who
// claims a message has it alone for as long as the claim lasts.
func testMessageQueue(t *testing.T, db *store.DB) {
	ctx := t.Context()
	a, b := found(t, db), found(t, db)
	if b.company.ID < a.company.ID {
		a, b = b, a
	}
	notice := a.addMessage(func(m *store.Sealed) { m.DueAt = noon })
	code := a.addMessage(func(m *store.Sealed) { m.DueAt, m.ExpiresAt = noon.Add(-time.Hour), farAhead })
	later := a.addMessage(func(m *store.Sealed) { m.DueAt = noon.Add(time.Hour) })
	b.addMessage(func(m *store.Sealed) { m.DueAt = noon.Add(time.Hour) })
	same(t, "Due at noon, by due time", sealed(t, due(a, noon)), []*store.Sealed{code, notice})
	same(t, "Due an hour later", sealed(t, due(a, noon.Add(time.Hour))), []*store.Sealed{code, notice, later})
	queues := func(now time.Time, after kith.CompanyID) []kith.CompanyID {
		t.Helper()
		list, err := db.System().Queues(ctx, kith.ChannelSMS, now, after, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(list, func(id kith.CompanyID) bool { return id != a.company.ID && id != b.company.ID })
	}
	same(t, "whose turn it is at noon", queues(noon, 0), []kith.CompanyID{a.company.ID})
	same(t, "an hour later", queues(noon.Add(time.Hour), 0), []kith.CompanyID{a.company.ID, b.company.ID})
	same(t, "after the first", queues(noon.Add(time.Hour), a.company.ID), []kith.CompanyID{b.company.ID})

	claim := func(m *store.Sealed, until time.Time) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Messages.Claim(ctx, m.ID, until) }
	}
	b.fails("Claim of another company's", store.ErrNotFound, claim(code, farAhead))
	a.do(claim(code, farAhead))
	a.fails("Claim of what is claimed", store.ErrNotFound, claim(code, farAhead))
	same(t, "what is claimed is not due", sealed(t, due(a, noon)), []*store.Sealed{notice})
	a.do(claim(notice, noon)) // ends at once
	a.do(claim(notice, noon.Add(time.Minute)))
	give := func(until time.Time) func(tx *store.Tx) error {
		return func(tx *store.Tx) error {
			return tx.Messages.Later(ctx, notice.ID, until, noon.Add(2*time.Minute), "smtp x", "busy")
		}
	}
	a.fails("Later by whose claim is over", store.ErrNotFound, give(noon))
	a.do(give(noon.Add(time.Minute)))
	want := *notice
	want.Attempts, want.DueAt, want.Provider, want.Fault = 2, noon.Add(2*time.Minute), "smtp x", "busy"
	same(t, "after two attempts", sealed(t, due(a, noon.Add(2*time.Minute)))[0], &want)
	future := a.addMessage(func(m *store.Sealed) { m.DueAt = farAhead.Add(time.Hour) })
	a.fails("Claim before it is due", store.ErrNotFound, claim(future, farAhead))
}

// testMessageEnd: what was sent is no longer readable; what is dead can be tried again until it expires.
func testMessageEnd(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	sent := c.addMessage(func(*store.Sealed) {})
	for _, m := range []struct {
		of   *tenant
		want error
	}{{other, store.ErrNotFound}, {c, nil}, {c, store.ErrNotFound}} {
		m.of.fails("Sent", m.want, func(tx *store.Tx) error { return tx.Messages.Sent(ctx, sent.ID, "smtp x") })
	}
	refused := c.addMessage(func(m *store.Sealed) { m.ExpiresAt = farAhead })
	late := c.addMessage(func(m *store.Sealed) { m.ExpiresAt = noon })
	overdue := func(since time.Time) (ids []kith.MessageID) {
		t.Helper()
		list, err := db.System().Overdue(ctx, kith.ChannelSMS, noon, since, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			if m.Company == c.company.ID {
				ids = append(ids, m.ID)
			}
		}
		slices.SortFunc(ids, func(a, b kith.MessageID) int { return slices.Compare(a[:], b[:]) })
		return ids
	}
	both := []kith.MessageID{refused.ID, late.ID}
	slices.SortFunc(both, func(a, b kith.MessageID) int { return slices.Compare(a[:], b[:]) })
	same(t, "Overdue, by expiry alone", overdue(time.Time{}), []kith.MessageID{late.ID})
	same(t, "Overdue, tried since a millisecond ago", overdue(noon.Add(-time.Millisecond)), []kith.MessageID{late.ID})
	same(t, "Overdue, tried since now", overdue(noon), both)

	bury := func(m *store.Sealed, due time.Time) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Messages.Bury(ctx, m.ID, due, "smtp x", "no such user") }
	}
	c.fails("Bury of what somebody else has", store.ErrNotFound, bury(refused, noon.Add(time.Minute)))
	other.fails("Bury of another company's", store.ErrNotFound, bury(refused, noon))
	waiting, dead := counts(t, db)
	c.do(bury(refused, noon))
	c.do(bury(late, noon))
	if w, d := counts(t, db); w != waiting-2 || d != dead+1 {
		t.Errorf("%d wait and %d are dead that have not expired; it was %d and %d", w, d, waiting, dead)
	}
	for _, m := range c.outbox() {
		switch m.ID {
		case refused.ID:
			if m.State != store.MessageDead || m.Fault != "no such user" || m.EndedAt.IsZero() || len(m.Body) == 0 {
				t.Errorf("refused: %+v", m)
			}
		case late.ID:
			if m.State != store.MessageDead || len(m.Body) != 0 {
				t.Errorf("what is dead for good is readable: %+v", m)
			}
		}
	}
	again := func(m *store.Sealed) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Messages.Redeliver(ctx, m.ID) }
	}
	other.fails("Redeliver of another company's", store.ErrNotFound, again(refused))
	c.fails("Redeliver of what has expired", store.ErrNotFound, again(late))
	c.do(again(refused))
	c.fails("Redeliver of what waits", store.ErrNotFound, again(refused))
	back := sealed(t, due(c, farAhead))[0]
	if back.ID != refused.ID || back.Attempts != 0 || !back.Since.Equal(back.DueAt) || back.Since.Equal(noon) {
		t.Errorf("redelivered: %+v", back)
	}
	ended, err := db.System().EndedMessages(ctx, farAhead, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	ended = slices.DeleteFunc(ended, func(k store.MessageKey) bool { return k.Company != c.company.ID || k.ID == c.lost.ID })
	ids := make(map[kith.MessageID]bool)
	for _, k := range ended {
		ids[k.ID] = true
	}
	same(t, "EndedMessages", []bool{len(ids) == 2, ids[sent.ID], ids[late.ID]}, []bool{true, true, true})
	if none, err := db.System().EndedMessages(ctx, noon, 10); err != nil || len(none) != 0 {
		t.Errorf("ended before any did: %v, %v", none, err)
	}
}

// due asks for a company's text messages that are due at a time.
func due(c *tenant, now time.Time) func() ([]*store.Sealed, error) {
	return func() ([]*store.Sealed, error) {
		return c.db.System().Due(c.t.Context(), c.company.ID, kith.ChannelSMS, now, 1000)
	}
}

func counts(t *testing.T, db *store.DB) (waiting, dead int) {
	t.Helper()
	waiting, dead, err := db.System().MessageCounts(t.Context(), noon, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return waiting, dead
}

func sealed(t *testing.T, list func() ([]*store.Sealed, error)) []*store.Sealed {
	t.Helper()
	got, err := list()
	if err != nil {
		t.Fatal(err)
	}
	return got
}
