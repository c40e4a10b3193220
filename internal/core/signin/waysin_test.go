package signin

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"kith"
)

// TestWhoMayNotAct: on the very next request after somebody may no longer act, or a session is over, every
// way in that it concerns is shut (T9); and once they may again, what was theirs is theirs.
func TestWhoMayNotAct(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner := h.company("acme")
	ada := h.person("ada@x.example")
	ways := h.waysIn(owner, ada)
	user := func(how func(*kith.User)) func() { return func() { h.changeUser(ada.Member, how) } }
	operator := &kith.Actor{System: true}
	company := func(set func(context.Context, *kith.Actor, string) (*kith.Company, error)) func() {
		return func() {
			if _, err := set(t.Context(), operator, "acme"); err != nil {
				t.Error(err)
			}
		}
	}
	for name, tt := range map[string]struct {
		shut, open func()
		from       kith.Remote
		stops      concern
	}{
		"deactivated":                  {user(func(u *kith.User) { u.Deactivated = true }), user(func(u *kith.User) { u.Deactivated = false }), local, theUser},
		"archived":                     {user(func(u *kith.User) { u.Archived = true }), user(func(u *kith.User) { u.Archived = false }), local, theUser},
		"temporary":                    {user(func(u *kith.User) { u.Temporary = true }), user(func(u *kith.User) { u.Temporary = false }), local, theUser},
		"company suspended":            {company(h.directory.Suspend), company(h.directory.Resume), local, theCompany},
		"test company, from elsewhere": {func() {}, func() {}, remote, theCompany},
	} {
		tt.shut()
		for _, way := range ways {
			if err := way.try(tt.from); way.concerns&tt.stops != 0 && (err == nil || kith.AsError(err).Kind == kith.Internal) {
				t.Errorf("%s: by %s: %v", name, way.name, err)
			}
		}
		tt.open()
		h.actor(ada.Token)
		if s := h.session(ada); s == nil || s.Refresh.Generation != 1 {
			t.Errorf("%s: the session was changed: %+v", name, s)
		}
	}
	for _, way := range ways {
		if err := way.try(local); err != nil {
			t.Errorf("afterwards, by %s: %v", way.name, err)
		}
	}
}

// TestOverIsOver: a session that was ended, by whomever, or has expired lets nobody in on the very next
// request, in whatever form it is shown (T9).
func TestOverIsOver(t *testing.T) {
	for name, end := range map[string]func(h *house, owner, ada *SignedIn) error{
		"signed out": func(h *house, _, ada *SignedIn) error { return h.SignOut(t.Context(), h.actor(ada.Token), ClearAll) },
		"all ended by the user": func(h *house, _, ada *SignedIn) error {
			return h.DeleteTokens(t.Context(), h.actor(ada.Token), TokenFilter{})
		},
		"all ended by the owner": func(h *house, owner, _ *SignedIn) error {
			return h.DeleteAllTokens(t.Context(), h.actor(owner.Token), AnyTokenFilter{})
		},
		"password changed": func(h *house, _, ada *SignedIn) error {
			if err := h.ChangePassword(t.Context(), h.actor(ada.Token), PasswordChange{Old: phrase, New: phrase, Clear: ClearAll}); err != nil {
				return err
			}
			return h.SignOut(t.Context(), h.actor(ada.Token), ClearNone)
		},
		"expired": func(h *house, _, _ *SignedIn) error { h.clock.move(32 * 24 * time.Hour); return nil },
	} {
		h := newHouse(t, Config{}, false)
		owner := h.company("acme")
		ada := h.person("ada@x.example")
		ways := h.waysIn(owner, ada)
		if err := end(h, owner, ada); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, way := range ways {
			if way.concerns&theSession == 0 || name == "expired" && way.concerns&forever != 0 {
				continue
			}
			if err := way.try(local); err == nil || kith.AsError(err).Kind != kith.Unauthenticated {
				t.Errorf("%s: by %s: %v", name, way.name, err)
			}
		}
	}
}

// concern is what a way in depends on.
type concern uint8

const (
	theUser concern = 1 << iota
	theCompany
	theSession // it shows one that was there before
	forever    // which does not expire
)

// way is one way to act as somebody.
type way struct {
	name     string
	concerns concern
	try      func(kith.Remote) error
}

// waysIn are all the ways to act as a user, or to get a session in their company. Staff, where it takes any,
// are the owner, who comes anew each time.
func (h *house) waysIn(owner, user *SignedIn) []way {
	h.t.Helper()
	ctx, all := h.t.Context(), theUser|theCompany
	shown := func(token string) func(kith.Remote) error {
		return func(from kith.Remote) error { _, err := h.Authenticate(ctx, from, token); return err }
	}
	made, err := h.AddTokenFor(ctx, h.actor(owner.Token), NewTokenFor{User: user.User.Email})
	if err != nil {
		h.t.Fatal(err)
	}
	behalf, err := h.SignInFor(ctx, h.actor(owner.Token), Login{User: user.User.Email, Password: phrase})
	if err != nil {
		h.t.Fatal(err)
	}
	jwt, err := h.JWT(user.Company.ID, user.Session)
	if err != nil {
		h.t.Fatal(err)
	}
	refresh := func(token string) func(kith.Remote) error {
		return func(from kith.Remote) error { _, err := h.Refresh(ctx, from, token, 0); return err }
	}
	return append(h.newSessions(owner, user), []way{
		{"session", all | theSession, shown(user.Token)},
		{"JWT", all | theSession, shown(jwt)},
		{"permanent token", all | theSession | forever, shown(h.permanent(user).Token)},
		{"token made by staff", all | theSession | forever, shown(made.Token)},
		{"session begun by staff", all | theSession, shown(behalf.Token)},
		{"refresh", all | theSession, refresh(user.Refresh)},
		{"refresh of a session begun by staff", all | theSession, refresh(behalf.Refresh)},
	}...)
}

// newSessions are the ways to begin a session in a user's company.
func (h *house) newSessions(owner, user *SignedIn) []way {
	h.t.Helper()
	ctx, all := h.t.Context(), theUser|theCompany
	staff := func(from kith.Remote, do func(by *kith.Actor) error) error {
		by, err := h.Authenticate(ctx, from, owner.Token)
		if err != nil {
			return err
		}
		return do(by)
	}
	return []way{
		{"password", all, func(from kith.Remote) error {
			_, err := h.SignIn(ctx, &kith.Actor{Remote: from}, Login{Company: user.Company.Slug, User: user.User.Email, Password: phrase})
			return err
		}},
		{"password, to staff", all, func(from kith.Remote) error {
			return staff(from, func(by *kith.Actor) error {
				_, err := h.SignInFor(ctx, by, Login{User: user.User.Email, Password: phrase})
				return err
			})
		}},
		{"new token by staff", all, func(from kith.Remote) error {
			return staff(from, func(by *kith.Actor) error {
				_, err := h.AddTokenFor(ctx, by, NewTokenFor{User: user.User.Email, Duration: time.Hour})
				return err
			})
		}},
		{"registration", theCompany, func(from kith.Remote) error {
			_, err := h.Register(ctx, &kith.Actor{Remote: from}, UserRegistration{Company: user.Company.Slug, Person: h.somebody()})
			return err
		}},
		{"registration by staff", theCompany, func(from kith.Remote) error {
			return staff(from, func(by *kith.Actor) error {
				_, err := h.RegisterFor(ctx, by, UserRegistration{Person: h.somebody()})
				return err
			})
		}},
	}
}

// somebody is a person who is not there yet.
func (h *house) somebody() Person {
	return Person{Username: "n" + strings.ToLower(rand.Text()), Password: phrase}
}
