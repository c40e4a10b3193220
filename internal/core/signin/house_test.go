package signin

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/seal"
	"kith/internal/store"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// local and remote are callers from this machine and from elsewhere.
var (
	local  = kith.Remote{Address: "127.0.0.1", Loopback: true, Agent: "test"}
	remote = kith.Remote{Address: "192.0.2.7", Agent: "test"}
)

const phrase = "several unrelated words"

// clock is a kith.Clock that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

func (c *clock) move(d time.Duration) { c.set(c.now().Add(d)) }

// house is a Signin on an empty store.
type house struct {
	*Signin
	t     *testing.T
	db    *store.DB
	clock *clock
	ran   statements
}

// statements are the texts that a store has run since they were taken last.
type statements struct {
	mu   sync.Mutex
	list []string
}

func (s *statements) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, text)
}

func (s *statements) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.list
	s.list = nil
	return list
}

func newHouse(t *testing.T, c Config, allowTest bool) *house {
	t.Helper()
	h := &house{t: t, clock: &clock{at: noon}}
	var err error
	if h.db, err = store.Open(t.Context(), "sqlite::memory:", store.Options{Now: h.clock.now, Watch: h.ran.note}); err != nil {
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
	if c.Issuer == "" {
		c.Issuer = "https://kith.example"
	}
	g := gate.New(h.db, seal.NewKey())
	h.Signin, err = New(t.Context(), g, directory.New(g, h.clock.now, allowTest), h.clock.now, NewHasher(cheapest, rand.Reader), NewPool(1, 100), c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// cheapest is what a hash costs in these tests.
var cheapest = HashCost{Memory: 64, Passes: 1, Threads: 1}

// company makes a company and signs its owner in.
func (h *house) company(slug string) *SignedIn {
	h.t.Helper()
	out, err := h.RegisterCompany(h.t.Context(), &kith.Actor{Remote: local}, CompanyRegistration{
		Person: Person{Email: "owner@" + slug + ".example", Password: phrase}, Company: directory.NewCompany{Slug: slug}})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// person registers a user of acme and signs them in.
func (h *house) person(email string) *SignedIn {
	h.t.Helper()
	out, err := h.Register(h.t.Context(), &kith.Actor{Remote: local}, UserRegistration{
		Person: Person{Email: email, Password: phrase}, Company: "acme"})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// signIn signs a user of acme in by the password that all have.
func (h *house) signIn(user string) (*SignedIn, error) {
	return h.SignIn(h.t.Context(), &kith.Actor{Remote: local}, Login{Company: "acme", User: user, Password: phrase})
}

// actor is who a token belongs to, for a caller on this machine.
func (h *house) actor(token string) *kith.Actor {
	h.t.Helper()
	by, err := h.Authenticate(h.t.Context(), local, token)
	if err != nil {
		h.t.Fatal(err)
	}
	return by
}

// permanent makes a token that never expires.
func (h *house) permanent(of *SignedIn) *SignedIn {
	h.t.Helper()
	out, err := h.AddToken(h.t.Context(), h.actor(of.Token), NewToken{Password: phrase})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// change writes to a company's rows past every rule.
func (h *house) change(c *kith.Company, fn func(context.Context, *store.Tx) error) {
	h.t.Helper()
	by := &kith.Actor{System: true, Company: c}
	if err := h.db.Update(h.t.Context(), by, func(tx *store.Tx) error { return fn(h.t.Context(), tx) }); err != nil {
		h.t.Fatal(err)
	}
}

// changeUser changes a user's row past every rule.
func (h *house) changeUser(m kith.Member, how func(*kith.User)) {
	h.t.Helper()
	h.change(m.Company, func(ctx context.Context, tx *store.Tx) error {
		u, err := tx.Users.Lock(ctx, m.User.ID)
		if err != nil {
			return err
		}
		was := *u
		how(u)
		if u.EmailVerified && !was.EmailVerified {
			if err := tx.Identifiers.Verify(ctx, h.identifier(ctx, tx, u.ID, kith.Email)); err != nil {
				return err
			}
		}
		return tx.Users.Put(ctx, &was, u)
	})
}

// identifier reads a user's primary identifier of a kind.
func (h *house) identifier(ctx context.Context, tx *store.Tx, user kith.UserID, kind kith.IdentifierKind) *kith.Identifier {
	h.t.Helper()
	u, err := tx.Users.Get(ctx, user)
	if err != nil {
		h.t.Fatal(err)
	}
	shown := map[kith.IdentifierKind]string{kith.Username: u.Username, kith.Email: u.Email, kith.Mobile: u.Mobile}[kind]
	i, err := tx.Identifiers.Named(ctx, kind, strings.ToLower(shown))
	if err == nil {
		return i
	}
	h.t.Fatalf("no %s of %s, %v", kind, user, err)
	return nil
}

// changeCompany changes a company's row past every rule.
func (h *house) changeCompany(c *kith.Company, how func(*kith.Company)) {
	h.t.Helper()
	h.change(c, func(ctx context.Context, tx *store.Tx) error {
		row, err := tx.Companies.Lock(ctx)
		if err != nil {
			return err
		}
		how(row)
		return tx.Companies.Put(ctx, row)
	})
}

// setHash puts a password hash in the place of a user's.
func (h *house) setHash(m kith.Member, hash string) {
	h.t.Helper()
	was := h.hashOf(m)
	h.change(m.Company, func(ctx context.Context, tx *store.Tx) error {
		return tx.Credentials.SetPassword(ctx, m.User.ID, was, hash)
	})
}

// hashOf reads a user's password hash.
func (h *house) hashOf(m kith.Member) string {
	h.t.Helper()
	var login store.Login
	err := h.db.View(h.t.Context(), &kith.Actor{Company: m.Company}, func(tx *store.Tx) error {
		var err error
		login, err = tx.Credentials.ByID(h.t.Context(), m.User.ID)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return login.Hash
}

// session reads a session's row; nil if it is gone.
func (h *house) session(of *SignedIn) *kith.Session {
	h.t.Helper()
	var list []*kith.Session
	err := h.db.View(h.t.Context(), &kith.Actor{Company: of.Company}, func(tx *store.Tx) error {
		var err error
		list, err = tx.Sessions.List(h.t.Context(), of.User.ID)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, s := range list {
		if s.ID == of.Session.ID {
			return s
		}
	}
	return nil
}

// addFactor gives a user a second factor.
func (h *house) addFactor(m kith.Member, id kith.Serial, verified time.Time) {
	h.t.Helper()
	h.change(m.Company, func(ctx context.Context, tx *store.Tx) error {
		return tx.Factors.Insert(ctx, &kith.Factor{ID: id, User: m.User.ID, Kind: kith.FactorTOTP, VerifiedAt: verified, CreatedAt: tx.Now})
	})
}

// machine adds a machine to a group of acme, with a token.
func (h *house) machine(owner *SignedIn, username, group string) *SignedIn {
	h.t.Helper()
	op := gate.Op{Name: "user.add", Noun: kith.NounUser, Verb: kith.Add, Section: kith.SectionAdmin}
	m, err := gate.Change(h.t.Context(), h.gate, h.actor(owner.Token), op, group, func(ctx context.Context, tx *gate.Tx, group string) (kith.Member, error) {
		g, err := tx.Groups.Named(ctx, group)
		if err != nil {
			return kith.Member{}, err
		}
		name := kith.Identifier{Kind: kith.Username, Value: username, Folded: username, Primary: true}
		return directory.AddUser(ctx, tx, directory.NewUser{Kind: kith.Machine, Group: g, Identifiers: []kith.Identifier{name}})
	})
	if err != nil {
		h.t.Fatal(err)
	}
	token, err := h.AddTokenFor(h.t.Context(), h.actor(owner.Token), NewTokenFor{User: username})
	if err != nil {
		h.t.Fatal(err)
	}
	return &SignedIn{Member: m, Session: token.Session, Token: token.Token}
}

// permanentFor gives a user a session that never expires, past every rule, and its handle.
func (h *house) permanentFor(of *SignedIn) string {
	h.t.Helper()
	token, err := newAccessToken(h.gate.Random, of.Company.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	h.change(of.Company, func(ctx context.Context, tx *store.Tx) error {
		return tx.Sessions.Insert(ctx, &kith.Session{ID: kith.NewID[kith.Session](tx.Now, h.gate.Random), User: of.User.ID,
			Purpose: kith.PurposeAccess, Handle: handleOf(token)}, hashOf(token))
	})
	return handleOf(token)
}

// events calls look for each of a company's events.
func (h *house) events(c *kith.Company, look func(*kith.Event)) {
	h.t.Helper()
	err := h.db.View(h.t.Context(), &kith.Actor{Company: c}, func(tx *store.Tx) error {
		list, _, err := tx.Events.List(h.t.Context(), kith.EventID{}, 100_000)
		for _, e := range list {
			look(e)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}
