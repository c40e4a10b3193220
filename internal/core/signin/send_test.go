package signin

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
)

// TestSendsToOneAddress: five messages an hour go to one address or number, whoever asks and however it is
// spelled; the last link that went stays good, and an hour later another may go (T85).
func TestSendsToOneAddress(t *testing.T) {
	h := newHouse(t, Config{Limits: true}, false)
	h.company("acme")
	ada := h.reached("ada@x.example", number)
	for i := range 20 {
		h.clock.move(time.Second)
		h.resend(kith.Email, []string{"ada@x.example", "ADA@x.example"}[i%2])
		h.resend(kith.Mobile, number)
		h.messages("")
	}
	for _, to := range []string{"ada@x.example", number} {
		if n := len(h.messages(to)); n != sendsToOne {
			t.Errorf("%d messages went to %s", n, to)
		}
	}
	key, code := h.key("ada@x.example"), h.code(number)
	h.clock.set(noon.Add(time.Hour - time.Millisecond))
	h.resend(kith.Email, "ada@x.example")
	if n := len(h.messages("ada@x.example")); n != sendsToOne {
		t.Errorf("a moment too early, %d messages", n)
	}
	h.clock.set(noon.Add(kith.ToVerifyMobile.Life() / 2))
	if err := h.VerifyMobile(t.Context(), h.actor(ada.Token), code); err != nil {
		t.Errorf("the last code: %v", err)
	}
	h.clock.set(noon.Add(time.Hour))
	h.resend(kith.Email, "ada@x.example")
	if n := len(h.messages("ada@x.example")); n != sendsToOne+1 {
		t.Errorf("an hour later, %d messages", n)
	}
	if err := h.VerifyEmail(t.Context(), local, key); !errors.Is(err, errLink) {
		t.Errorf("the link before the last: %v", err)
	}
	if err := h.VerifyEmail(t.Context(), local, h.key("ada@x.example")); err != nil {
		t.Errorf("the last link: %v", err)
	}
}

// TestSendsWithoutLimits: an operator may switch the caps off.
func TestSendsWithoutLimits(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	h.person("ada@x.example")
	for range 30 {
		h.resend(kith.Email, "ada@x.example")
	}
	if n := len(h.messages("ada@x.example")); n != 31 {
		t.Errorf("%d messages", n)
	}
}

// asks counts one more message, past every rule, and tells how long it is until one may go.
func (h *house) asks(c *kith.Company, user kith.UserID, target string) time.Duration {
	h.t.Helper()
	op := gate.Op{Name: "test", Noun: kith.NounUser, Verb: kith.Change, Open: true}
	wait, err := gate.Change(h.t.Context(), h.gate, operator(c), op, target, func(ctx context.Context, tx *gate.Tx, target string) (time.Duration, error) {
		tx.Unchanged()
		return h.untilSend(ctx, tx, user, target, false)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return wait
}

// TestSendsToOneUser: twenty messages a day go to all the addresses of one user, and a hundred an hour to
// numbers that begin alike, of whomever; another company does not mind (T85).
func TestSendsToOneUser(t *testing.T) {
	h := newHouse(t, Config{Limits: true}, false)
	acme, bolt := h.company("acme").Company, h.company("bolt").Company
	ada := kith.UserID{1}
	for i := range sendsToUser {
		if wait := h.asks(acme, ada, fmt.Sprintf("ada%d@x.example", i)); wait != 0 {
			t.Fatalf("message %d has to wait %v", i+1, wait)
		}
	}
	h.clock.move(time.Hour)
	if wait := h.asks(acme, ada, "another@x.example"); wait != 23*time.Hour {
		t.Errorf("one more has to wait %v", wait)
	}
	if wait := h.asks(bolt, ada, "another@x.example"); wait != 0 {
		t.Errorf("in another company it has to wait %v", wait)
	}
	for i := range sendsToRange {
		if wait := h.asks(acme, kith.UserID{2, byte(i)}, fmt.Sprintf("+2783%07d", i)); wait != 0 {
			t.Fatalf("text message %d has to wait %v", i+1, wait)
		}
	}
	if wait := h.asks(acme, kith.UserID{3}, "+27839999999"); wait != time.Hour {
		t.Errorf("one more to these numbers has to wait %v", wait)
	}
	if wait := h.asks(acme, kith.UserID{3}, "+27849999999"); wait != 0 {
		t.Errorf("one to other numbers has to wait %v", wait)
	}
}

// TestStaffAreToldOfCaps: who is signed in learns that too much was sent, and when to try again.
func TestStaffAreToldOfCaps(t *testing.T) {
	h := newHouse(t, Config{Limits: true}, false)
	owner := h.actor(h.company("acme").Token)
	if _, err := h.CreateUser(t.Context(), owner, directory.NewUserByStaff{Email: "ada@x.example"}); err != nil {
		t.Fatal(err)
	}
	h.clock.move(time.Minute)
	for i := 1; i < sendsToOne; i++ {
		h.mailed(owner, "ada@x.example")
	}
	last := h.messages("ada@x.example")
	err := h.MailPasswordLink(t.Context(), owner, "ada@x.example")
	if e := kith.AsError(err); e.Kind != kith.Limited || e.RetryAfter != 59*time.Minute {
		t.Errorf("got %v, after %v", err, e.RetryAfter)
	}
	if now := h.messages("ada@x.example"); len(now) != sendsToOne || len(last) != sendsToOne {
		t.Errorf("%d messages went", len(now))
	}
}

// TestRegisteringIsNoFlood: a company that hides who is registered does not mail them more often than that.
func TestRegisteringIsNoFlood(t *testing.T) {
	h := newHouse(t, Config{Limits: true}, false)
	acme := h.company("acme").Company
	h.changeCompany(acme, func(c *kith.Company) { c.Settings.Disclosure = kith.Hidden })
	for range 10 {
		if _, err := h.Register(t.Context(), &kith.Actor{Remote: local}, UserRegistration{
			Person: Person{Email: "ada@x.example", Password: phrase}, Company: "acme"}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(h.messages("ada@x.example")); n != sendsToOne {
		t.Errorf("%d messages", n)
	}
}

// TestAskedIsBounded: too much that waits is refused, what fails is tried again a few times, and what panics
// takes no other with it.
func TestAskedIsBounded(t *testing.T) {
	h := newHouse(t, Config{}, false)
	tried, done := 0, 0
	failing := errors.New("the database is away")
	add := func(do func(context.Context) error) {
		t.Helper()
		if err := h.later(do); err != nil {
			t.Fatal(err)
		}
	}
	add(func(context.Context) error { tried++; return failing })
	add(func(context.Context) error { panic("here") })
	add(func(context.Context) error { done++; return nil })
	func() {
		defer func() {
			if recover() == nil {
				t.Error("nothing panicked")
			}
		}()
		_ = h.SendAsked(t.Context())
	}()
	for range 2 * maxTries {
		_ = h.SendAsked(t.Context())
	}
	if tried != maxTries || done != 1 {
		t.Errorf("what fails was tried %d times, what does not %d times", tried, done)
	}
	for range maxAsked {
		add(func(context.Context) error { return nil })
	}
	if err := h.later(func(context.Context) error { return nil }); kith.AsError(err).Kind != kith.Unavailable {
		t.Errorf("one too many: %v", err)
	}
	if err := h.SendAsked(t.Context()); err != nil {
		t.Error(err)
	}
	add(func(context.Context) error { return nil })
}
