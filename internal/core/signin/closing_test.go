package signin

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/message"
	"kith/internal/store"
)

// keyTo asks for a link of a closure and gives its key, as the mail to the address has it.
func (h *house) keyTo(email string, ask func(context.Context, *kith.Actor, Ask) error, kind message.Kind) string {
	h.t.Helper()
	h.begs(ask, email)
	_, key, _ := strings.Cut(h.linkTo(email, kind), "#key=")
	return key
}

// TestDeactivation: the link shuts the account and ends all sessions, permanent ones too; the user is told,
// and can still set a password, but not sign in before staff let them.
func TestDeactivation(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner := h.company("acme")
	ada := h.person("ada@x.example")
	permanent := h.permanent(ada)
	key := h.keyTo("ada@x.example", h.AskDeactivation, message.Deactivate)
	if h.session(ada) == nil {
		t.Fatal("the asking ended a session")
	}
	other := h.keyTo("ada@x.example", h.AskDeletion, message.RequestDeletion)
	if err := h.Deactivate(t.Context(), local, other); !errors.Is(err, errLink) {
		t.Errorf("by the link to be deleted: %v", err)
	}
	if err := h.Deactivate(t.Context(), local, key); err != nil {
		t.Fatal(err)
	}
	if u, _ := h.user(ada.Member); !u.Deactivated || h.session(ada) != nil || h.session(permanent) != nil {
		t.Errorf("deactivated: %v; sessions live: %v, %v", u.Deactivated, h.session(ada) != nil, h.session(permanent) != nil)
	}
	for name, again := range map[string]string{"the same link": key, "another that was sent before": other} {
		if err := h.RequestDeletion(t.Context(), local, again); !errors.Is(err, errLink) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := h.count("ada@x.example", message.Deactivated); n != 1 {
		t.Errorf("told %d times", n)
	}
	h.begs(h.AskDeactivation, "ada@x.example")
	if n := h.count("ada@x.example", message.Deactivate); n != 1 {
		t.Errorf("%d links, the second for what is done", n)
	}
	if err := h.SetPassword(t.Context(), local, h.asked("ada@x.example")); err != nil {
		t.Errorf("a reset: %v", err)
	}
	if err := h.try("acme", "ada@x.example", anew); !errors.Is(err, errCredentials) {
		t.Errorf("signing in: %v", err)
	}
	off := false
	if _, err := h.ChangeUser(t.Context(), h.actor(owner.Token), "ada@x.example", directory.UserChange{Deactivated: &off}); err != nil {
		t.Fatal(err)
	}
	if err := h.try("acme", "ada@x.example", anew); err != nil {
		t.Errorf("let in again: %v", err)
	}
	h.toldBy(ada.Member, "deactivated")
}

// toldBy wants an event of a change of the user's row, by the user.
func (h *house) toldBy(m kith.Member, field string) {
	h.t.Helper()
	found := 0
	h.events(m.Company, func(e *kith.Event) {
		if e.Row == m.User.ID.String() && len(e.Fields) == 1 && e.Fields[0] == field && e.Actor == m.User.ID {
			found++
		}
	})
	if found != 1 {
		h.t.Errorf("%d events tell of %s by the user, want 1", found, field)
	}
}

// TestDeletion: the link marks the account, which works on until staff see to it.
func TestDeletion(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	ada := h.person("ada@x.example")
	if err := h.RequestDeletion(t.Context(), local, h.keyTo("ada@x.example", h.AskDeletion, message.RequestDeletion)); err != nil {
		t.Fatal(err)
	}
	if u, _ := h.user(ada.Member); u.Retention != kith.DeleteRequested || !u.Active() || h.session(ada) == nil {
		t.Errorf("retention %v, active: %v, the session lives: %v", u.Retention, u.Active(), h.session(ada) != nil)
	}
	if n := h.count("ada@x.example", message.DeletionAsked); n != 1 {
		t.Errorf("told %d times", n)
	}
	h.toldBy(ada.Member, "retention_state")
}

// TestTheOwnerStays: the owner gets no link to leave by, and one from before they were the owner is refused
// and not used up.
func TestTheOwnerStays(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner := h.company("acme")
	ada := h.person("ada@x.example")
	h.begs(h.AskDeactivation, "owner@acme.example")
	h.begs(h.AskDeletion, "owner@acme.example")
	for _, kind := range []message.Kind{message.Deactivate, message.RequestDeletion} {
		if n := h.count("owner@acme.example", kind); n != 0 {
			t.Errorf("the owner got %d of %s", n, kind)
		}
	}
	for name, ask := range map[string]func(context.Context, *kith.Actor, string) error{"deactivate": h.AskDeactivationFor, "delete": h.AskDeletionFor} {
		if err := ask(t.Context(), h.actor(owner.Token), "owner@acme.example"); kith.AsError(err).Kind != kith.Forbidden {
			t.Errorf("%s, asked by the owner: %v", name, err)
		}
	}
	keys := map[string]func(context.Context, kith.Remote, string) error{
		h.keyTo("ada@x.example", h.AskDeactivation, message.Deactivate):  h.Deactivate,
		h.keyTo("ada@x.example", h.AskDeletion, message.RequestDeletion): h.RequestDeletion}
	handOver := func(from, to kith.UserID, group string) {
		t.Helper()
		h.change(owner.Company, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.Companies.SetHeir(ctx, from, to, tx.Now.Add(time.Hour)); err != nil {
				return err
			}
			return tx.Companies.HandOver(ctx, from, to, group)
		})
	}
	handOver(owner.User.ID, ada.User.ID, kith.GroupUser)
	for key, follow := range keys {
		if err := follow(t.Context(), local, key); kith.AsError(err).Kind != kith.Forbidden {
			t.Errorf("the owner leaves: %v", err)
		}
	}
	if u, _ := h.user(ada.Member); u.Deactivated || u.Retention != kith.Retaining || h.session(ada) == nil {
		t.Errorf("the owner is %+v", u)
	}
	handOver(ada.User.ID, owner.User.ID, kith.GroupAdmin)
	for key, follow := range keys {
		if follow(t.Context(), local, key) == nil {
			return // the first ends the other
		}
	}
	t.Error("the refusal used the links up")
}

// TestClosingLinksThatDoNotWork: all of them get the one answer, named key, and close nothing.
func TestClosingLinksThatDoNotWork(t *testing.T) {
	for name, how := range map[string]func(h *house, ada *SignedIn, key string) (string, kith.Remote){
		"cut short":         func(_ *house, _ *SignedIn, k string) (string, kith.Remote) { return k[1:], local },
		"empty":             func(*house, *SignedIn, string) (string, kith.Remote) { return "", local },
		"a session's token": func(_ *house, ada *SignedIn, _ string) (string, kith.Remote) { return ada.Token, local },
		"from elsewhere":    func(_ *house, _ *SignedIn, k string) (string, kith.Remote) { return k, remote },
		"too old": func(h *house, _ *SignedIn, k string) (string, kith.Remote) {
			h.clock.move(kith.ToDeactivate.Life())
			return k, local
		},
		"replaced": func(h *house, _ *SignedIn, k string) (string, kith.Remote) {
			h.begs(h.AskDeactivation, "ada@x.example")
			return k, local
		},
		"archived": func(h *house, ada *SignedIn, k string) (string, kith.Remote) {
			h.changeUser(ada.Member, func(u *kith.User) { u.Archived = true })
			return k, local
		},
		"suspended": func(h *house, ada *SignedIn, k string) (string, kith.Remote) {
			h.changeCompany(ada.Company, func(c *kith.Company) { c.Status = kith.CompanySuspended })
			return k, local
		},
		"password changed": func(h *house, ada *SignedIn, k string) (string, kith.Remote) {
			if err := h.ChangePassword(h.t.Context(), h.actor(ada.Token), PasswordChange{Old: phrase, New: anew}); err != nil {
				h.t.Fatal(err)
			}
			return k, local
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, Config{}, false)
			h.company("acme")
			ada := h.person("ada@x.example")
			key, from := how(h, ada, h.keyTo("ada@x.example", h.AskDeactivation, message.Deactivate))
			err := h.Deactivate(t.Context(), from, key)
			if e := kith.AsError(err); !errors.Is(err, errLink) || e.Field != "key" {
				t.Errorf("%v of %s", err, e.Field)
			}
			if u, _ := h.user(ada.Member); u.Deactivated {
				t.Error("it closed the account")
			}
		})
	}
}

// TestStaffPassKeysOn: staff hand in what the user brought, for users of their own company.
func TestStaffPassKeysOn(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner := h.company("acme")
	ada := h.person("ada@x.example")
	other := h.actor(h.company("bolt").Token)
	h.clock.move(time.Millisecond)
	if err := h.AskDeletionFor(t.Context(), h.actor(owner.Token), "ada@x.example"); err != nil {
		t.Fatal(err)
	}
	_, key, _ := strings.Cut(h.linkTo("ada@x.example", message.RequestDeletion), "#key=")
	if err := h.RequestDeletionFor(t.Context(), other, key); !errors.Is(err, errLink) {
		t.Errorf("staff of another company: %v", err)
	}
	if err := h.RequestDeletionFor(t.Context(), h.actor(ada.Token), key); kith.AsError(err).Kind != kith.Forbidden {
		t.Errorf("somebody who is no staff: %v", err)
	}
	if err := h.RequestDeletionFor(t.Context(), h.actor(owner.Token), key); err != nil {
		t.Error(err)
	}
	if err := h.DeactivateFor(t.Context(), h.actor(owner.Token), h.keyTo("ada@x.example", h.AskDeactivation, message.Deactivate)); err != nil {
		t.Error(err)
	}
}
