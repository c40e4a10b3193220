package signin

import (
	"context"
	"strings"
	"sync"
	"testing"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/core/message"
	"kith/internal/store"
)

var opSignUp = gate.Op{Name: "row.add", Noun: kith.NounUser, Verb: kith.Add, Ruled: true}

// signUp signs somebody up as the table faces do.
func (h *house) signUp(by *kith.Actor, in SignUp) (kith.Member, error) {
	p, err := h.PrepareSignUp(h.t.Context(), by, in)
	if err != nil {
		return kith.Member{}, err
	}
	return gate.Change(h.t.Context(), h.gate, by, opSignUp, in, func(ctx context.Context, tx *gate.Tx, _ SignUp) (kith.Member, error) {
		return p.Step(ctx, tx)
	})
}

// guest is a guest of a company, as it is now.
func (h *house) guest(slug string) *kith.Actor {
	h.t.Helper()
	by, err := h.directory.Guest(h.t.Context(), &kith.Actor{Remote: local}, slug)
	h.must(err)
	return by
}

func TestSignUp(t *testing.T) {
	h := newHouse(t, Config{}, false)
	c := h.company("acme").Company
	m, err := h.signUp(h.guest("acme"), SignUp{Name: "Ada King", Email: "Ada@x.example", Password: "x", Mobile: "+27831234567"})
	h.must(err)
	if u := m.User; u.Name() != "Ada King" || u.Email != "Ada@x.example" || u.Mobile != "+27831234567" || u.EmailVerified ||
		m.Group == nil || m.Group.Name != "user" || u.HomeGroup().Name != "Home group for Ada King" {
		t.Errorf("%+v", m.User)
	}
	if sessions := h.sessionsOf(m.User.ID, c); sessions != 0 {
		t.Errorf("it begins %d sessions", sessions)
	}
	if _, err := h.SignIn(t.Context(), &kith.Actor{Remote: local}, Login{Company: "acme", User: "ada@x.example", Password: "x"}); err != nil {
		t.Errorf("signing in: %v", err)
	}
	if h.code("+27831234567") != testCode {
		t.Error("no code was sent")
	}
	for field, in := range map[string]SignUp{
		"name":     {Email: "b@x.example", Password: "x"},
		"email":    {Name: "B", Password: "x"},
		"password": {Name: "B", Email: "b@x.example"},
		"mobile":   {Name: "B", Email: "b@x.example", Password: "x", Mobile: "1"},
	} {
		if _, err := h.signUp(h.guest("acme"), in); err == nil || kith.Errors(err)[0].Kind != kith.Invalid || kith.Errors(err)[0].Field != field {
			t.Errorf("without a good %s: %v", field, err)
		}
	}
	if _, err := h.signUp(h.guest("acme"), SignUp{Name: strings.Repeat("x", 81), Email: "no", Mobile: "no"}); len(kith.Errors(err)) != 4 {
		t.Errorf("all that is wrong: %v", err)
	}
	if _, err := h.signUp(h.guest("acme"), SignUp{Name: "B", Email: "ADA@x.example", Password: "x"}); kith.AsError(err).Kind != kith.Conflict {
		t.Errorf("taken: %v", err)
	}
}

// sessionsOf counts a user's sessions.
func (h *house) sessionsOf(user kith.UserID, c *kith.Company) (n int) {
	h.t.Helper()
	h.must(h.db.View(h.t.Context(), &kith.Actor{Company: c}, func(tx *store.Tx) error {
		list, err := tx.Sessions.List(h.t.Context(), user)
		n = len(list)
		return err
	}))
	return n
}

// TestSignUpKeepsToTheCompanysRules: its policy about passwords, who may come, and what they accept.
func TestSignUpKeepsToTheCompanysRules(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.unclaimed(kith.Production)
	in := SignUp{Name: "Ada", Email: "ada@x.example", Password: "test123"}
	if _, err := h.signUp(h.guest("acme"), in); kith.AsError(err).Field != "password" {
		t.Errorf("a weak password: %v", err)
	}
	in.Password = phrase
	rule := func(how func(*kith.CompanySettings)) *kith.Actor {
		c := h.guest("acme").Company
		h.changeCompany(c, func(c *kith.Company) { c.Settings = kith.DefaultCompanySettings(); how(&c.Settings) })
		return h.guest("acme")
	}
	terms := rule(func(s *kith.CompanySettings) { s.RequireTermsAndConditions, s.RequirePrivacyPolicy = true, true })
	if _, err := h.signUp(terms, in); len(kith.Errors(err)) != 2 {
		t.Errorf("nothing accepted: %v", err)
	}
	in.TermsAndConditions, in.PrivacyPolicy = true, true
	ada, err := h.signUp(terms, in)
	h.must(err)
	closed := rule(func(s *kith.CompanySettings) { s.AllowRegistrations = false })
	if _, err := h.signUp(closed, SignUp{Name: "B", Email: "b@x.example", Password: phrase}); kith.AsError(err).Code != kith.CodeRegistrationOff {
		t.Errorf("closed: %v", err)
	}
	by := &kith.Actor{Company: closed.Company, User: ada.User, Group: ada.Group, Remote: local}
	if _, err := h.signUp(by, SignUp{Name: "B", Email: "b@x.example", Password: phrase}); err != nil {
		t.Errorf("by somebody of it: %v", err)
	}
}

// TestHiddenSignUp: it says the same whether somebody was there or not, and the mail tells; staff are told.
func TestHiddenSignUp(t *testing.T) {
	h := newHouse(t, Config{Limits: true}, false)
	owner := h.company("acme")
	h.changeCompany(owner.Company, func(c *kith.Company) { c.Settings.Disclosure = kith.Hidden })
	in := SignUp{Name: "Ada", Email: "ada@x.example", Password: phrase}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if m, err := h.signUp(h.guest("acme"), in); err != nil || m.User != nil {
				t.Errorf("%v, %v", m.User, err)
			}
		})
	}
	all.Wait()
	welcome, already := h.count(in.Email, message.Welcome), h.count(in.Email, message.AlreadyHere)
	if welcome != 1 || already != sendsToOne-1 {
		t.Errorf("%d welcomes, %d other mails", welcome, already)
	}
	if _, err := h.signIn("ada@x.example"); err != nil {
		t.Error(err)
	}
	staff := h.actor(owner.Token)
	if _, err := h.signUp(staff, in); kith.AsError(err).Kind != kith.Conflict {
		t.Errorf("staff: %v", err)
	}
	if m, err := h.signUp(staff, SignUp{Name: "Bob", Email: "bob@x.example", Password: phrase}); err != nil || m.User == nil {
		t.Errorf("staff: %v, %v", m, err)
	}
}
