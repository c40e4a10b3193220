package message_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/message"
	"kith/internal/seal"
	"kith/internal/store"
)

// TestOutbox: a message waits until it is delivered, is delivered once, and is in the inbox then, newest
// first.
func TestOutbox(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	db, err := store.Open(t.Context(), "sqlite::memory:", store.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	g := gate.New(db, seal.NewKey())
	op := gate.Op{Name: "company.found", Noun: kith.NounCompany, Verb: kith.Add, Open: true}
	send := func(slug string, count int) {
		t.Helper()
		founder := &kith.Actor{Company: &kith.Company{ID: kith.NewCompanyID(rand.Reader)}}
		_, err := gate.Change(t.Context(), g, founder, op, slug, func(ctx context.Context, tx *gate.Tx, slug string) (any, error) {
			id := tx.NewUserID()
			if _, err := directory.AddCompany(ctx, tx, directory.NewCompany{Slug: slug}, id, kith.Test); err != nil {
				return nil, err
			}
			m, err := directory.AddUser(ctx, tx, directory.NewUser{ID: id})
			m.User.Email = "owner@" + slug + ".example"
			for range count {
				message.Mail(tx, m, message.Note{Kind: message.Welcome})
			}
			return nil, err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	out := message.NewOutbox(g)
	inbox := func(to string, limit int) []*kith.Message {
		t.Helper()
		list, err := out.Inbox(t.Context(), to, limit)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	send("acme", 150)
	now = now.Add(time.Minute)
	send("bolt", 1)
	if n := len(inbox("", 1000)); n != 0 {
		t.Errorf("%d messages are in the inbox before any was delivered", n)
	}
	for _, want := range []int{100, 51, 0} {
		if n, err := out.DeliverToInbox(t.Context()); err != nil || n != want {
			t.Errorf("delivered %d, %v; want %d", n, err, want)
		}
	}
	all := inbox("", 1000)
	if len(all) != 151 || all[0].To != "owner@bolt.example" || all[0].Slug != "bolt" || !all[0].CreatedAt.Equal(now) {
		t.Errorf("%d messages; the newest is %+v", len(all), all[0])
	}
	if n := len(inbox("Owner@ACME.example", 1000)); n != 150 {
		t.Errorf("%d messages to the first owner, want 150", n)
	}
	if n := len(inbox("", 3)); n != 3 {
		t.Errorf("%d messages where three were asked for", n)
	}
	if n := len(inbox("nobody@x.example", 1000)); n != 0 {
		t.Errorf("%d messages to nobody", n)
	}
}
