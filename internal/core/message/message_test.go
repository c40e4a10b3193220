package message_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/message"
	"kith/internal/seal"
	"kith/internal/store"
)

// kinds are those that are mailed.
var kinds = []message.Kind{message.Welcome, message.AlreadyHere, message.VerifyEmail, message.ResetPassword, message.SetPassword,
	message.Deactivate, message.RequestDeletion, message.PasswordChanged, message.AddressAdded, message.AddressChanged,
	message.AddressRemoved, message.Deactivated, message.DeletionAsked, message.SignInsRefused, message.OwnerOffered, message.OwnerChanged}

// hostileLink would leave its attribute, if it could.
const hostileLink = `https://kith.example/set-password/"><script>#uid=1&token=abc`

// TestPasswordSet: the link can be followed in either form of the letter, and is told to the inbox.
func TestPasswordSet(t *testing.T) {
	m, _ := message.WriteMail(kith.Member{User: &kith.User{Email: "ada@x.example"}, Company: &kith.Company{Slug: "acme"}},
		message.Note{Kind: message.SetPassword, Link: hostileLink})
	if !strings.Contains(m.Text, "\n"+hostileLink+"\n") || len(m.Links) != 1 || m.Links[0] != hostileLink {
		t.Errorf("links %q, text %s", m.Links, m.Text)
	}
	if want := `<a href="https://kith.example/set-password/&#34;&gt;&lt;script&gt;#uid=1&amp;token=abc">`; !strings.Contains(m.HTML, want) {
		t.Errorf("want %s, got %s", want, m.HTML)
	}
}

// TestLetters: a letter names the company by what people call it, and goes to people with an e-mail only.
func TestLetters(t *testing.T) {
	ada := &kith.User{ID: kith.UserID{1}, Email: "ada@x.example"}
	named := &kith.Company{Slug: "acme", Details: kith.CompanyDetails{Name: "Acme & Söhne"}}
	for _, kind := range kinds {
		write := func(m kith.Member) (kith.Message, bool) { return message.WriteMail(m, message.Note{Kind: kind}) }
		m, ok := write(kith.Member{User: ada, Company: named})
		if !ok || m.Kind != string(kind) || m.To != ada.Email || m.User != ada.ID || m.Channel != kith.ChannelEmail {
			t.Errorf("%s: %+v, %v", kind, m, ok)
		}
		if !strings.Contains(m.Subject, "Acme & Söhne") || !strings.Contains(m.Text, "Acme & Söhne") || !strings.Contains(m.HTML, "Acme &amp; Söhne") {
			t.Errorf("%s does not name the company: %+v", kind, m)
		}
		if m, _ := write(kith.Member{User: ada, Company: &kith.Company{Slug: "acme"}}); !strings.Contains(m.Subject, "acme") {
			t.Errorf("%s of a company without a name: %q", kind, m.Subject)
		}
		if m, ok := write(kith.Member{User: &kith.User{Mobile: "+27831234567"}, Company: named}); ok {
			t.Errorf("%s to nobody: %+v", kind, m)
		}
		if m, ok := write(kith.Member{User: &kith.User{Email: "till@x.example", Kind: kith.Machine}, Company: named}); ok {
			t.Errorf("%s to a machine: %+v", kind, m)
		}
	}
}

// TestHostileNames: what a company is called puts nothing into the page of a letter but text (T109 has
// the header's part, when there is a mail header).
func TestHostileNames(t *testing.T) {
	evil := &kith.Company{Details: kith.CompanyDetails{Name: `<script>alert(1)</script><img src=x onerror="y">`}}
	for _, kind := range kinds {
		m, _ := message.WriteMail(kith.Member{User: &kith.User{Email: "ada@x.example"}, Company: evil}, message.Note{Kind: kind})
		if strings.Contains(m.HTML, "<script") || strings.Contains(m.HTML, "<img") || !strings.Contains(m.HTML, "&lt;script&gt;") {
			t.Errorf("%s: %s", kind, m.HTML)
		}
	}
}

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
	for total, first := 0, true; total < 151; first = false {
		n, err := out.DeliverToInbox(t.Context())
		if total += n; err != nil || n == 0 || n > 100 {
			t.Fatalf("delivered %d, %d in all, %v", n, total, err)
		}
		if others := len(inbox("owner@bolt.example", 1000)); first && others != 1 {
			t.Error("one company's messages wait behind all those of another")
		}
	}
	if n, err := out.DeliverToInbox(t.Context()); err != nil || n != 0 {
		t.Errorf("delivered %d again, %v", n, err)
	}
	all := inbox("", 1000)
	if len(all) != 151 || all[0].To != "owner@bolt.example" || all[0].Slug != "bolt" || !all[0].CreatedAt.Equal(now) {
		t.Errorf("%d messages; the newest is %+v", len(all), all[0])
	}
	if n := len(inbox("owner@acme.example", 1000)); n != 150 {
		t.Errorf("%d messages to the first owner, want 150", n)
	}
	if n := len(inbox("", 3)); n != 3 {
		t.Errorf("%d messages where three were asked for", n)
	}
	if n := len(inbox("nobody@x.example", 1000)); n != 0 {
		t.Errorf("%d messages to nobody", n)
	}
}
