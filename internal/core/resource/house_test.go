package resource_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"kith"
	"kith/internal/core"
	"kith/internal/core/directory"
	"kith/internal/core/resource"
	"kith/internal/core/signin"
	"kith/internal/seal"
	"kith/internal/store"
)

var local = kith.Remote{Address: "127.0.0.1", Loopback: true, Agent: "test"}

const phrase = "several unrelated words"

// house is a whole core on an empty store, with the company acme.
type house struct {
	*core.Core
	t     *testing.T
	db    *store.DB
	now   time.Time
	owner *kith.Actor
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { h.now = h.now.Add(time.Millisecond); return h.now }
	var err error
	if h.db, err = store.Open(t.Context(), "sqlite::memory:", store.Options{Now: clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := h.db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.Core, err = core.New(t.Context(), h.db, core.Config{Master: seal.NewKey(), Clock: clock,
		Hasher: signin.NewHasher(signin.HashCost{Memory: 64, Passes: 1, Threads: 1}, rand.Reader), Pool: signin.NewPool(1, 100),
		Signin: signin.Config{Issuer: "https://kith.example"}})
	if err != nil {
		t.Fatal(err)
	}
	h.owner = h.company("acme")
	return h
}

// company makes a company and gives its owner.
func (h *house) company(slug string) *kith.Actor {
	h.t.Helper()
	out, err := h.Signin.RegisterCompany(h.t.Context(), &kith.Actor{Remote: local}, signin.CompanyRegistration{
		Person: signin.Person{Email: "owner@" + slug + ".example", Password: phrase}, Company: directory.NewCompany{Slug: slug}})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.actor(out.Token)
}

// actor is who a token belongs to, as the next request will find them.
func (h *house) actor(token string) *kith.Actor {
	h.t.Helper()
	by, err := h.Signin.Authenticate(h.t.Context(), local, token)
	if err != nil {
		h.t.Fatal(err)
	}
	return by
}

// person registers a user of acme.
func (h *house) person(name string) *kith.Actor {
	h.t.Helper()
	out, err := h.Signin.Register(h.t.Context(), &kith.Actor{Remote: local}, signin.UserRegistration{Company: "acme",
		Person: signin.Person{Email: name + "@x.example", Password: phrase, Profile: kith.ProfileChange{kith.FirstName: name}}})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.actor(out.Token)
}

// again is an actor as their next request finds them.
func (h *house) again(by *kith.Actor) *kith.Actor {
	h.t.Helper()
	if by.User == nil {
		return h.guest(by.Company.Slug)
	}
	err := h.db.View(h.t.Context(), &kith.Actor{Company: by.Company}, func(tx *store.Tx) error {
		r, err := tx.Sessions.ByID(h.t.Context(), by.Session.ID)
		if err == nil {
			by = &kith.Actor{Company: r.Company, User: r.User, Group: r.Group, Session: r.Session, Remote: local}
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return by
}

func (h *house) guest(slug string) *kith.Actor {
	h.t.Helper()
	by, err := h.Directory.Guest(h.t.Context(), &kith.Actor{Remote: local}, slug)
	if err != nil {
		h.t.Fatal(err)
	}
	return by
}

func (h *house) table(name string) *resource.Table {
	h.t.Helper()
	t := h.Resources.Table(name)
	if t == nil {
		h.t.Fatalf("there is no table %s", name)
	}
	return t
}

// change writes to acme past every rule.
func (h *house) change(fn func(context.Context, *store.Tx) error) {
	h.t.Helper()
	by := &kith.Actor{System: true, Company: h.owner.Company}
	if err := h.db.Update(h.t.Context(), by, func(tx *store.Tx) error { return fn(h.t.Context(), tx) }); err != nil {
		h.t.Fatal(err)
	}
}

func kindOf(err error) kith.Kind {
	if err == nil {
		return 255
	}
	return kith.AsError(err).Kind
}

func firstPage() resource.Query { return resource.Query{Page: kith.Page{Number: 1, Size: 100}} }
