package signin

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"kith"
)

// guestly asks what a token makes of a caller: "user", "guest" or "refused".
func (h *house) guestly(from kith.Remote, token string) string {
	h.t.Helper()
	by, err := h.AuthenticateOrGuest(h.t.Context(), from, token)
	switch {
	case errors.Is(err, errToken) && by == nil:
		return "refused"
	case err != nil:
		h.t.Fatal(err)
		return ""
	case by == nil:
		return "guest"
	default:
		return "user"
	}
}

// TestWhoeverShowsNoTokenOfOursIsAGuest: what was never given out, or is past its own end, is as no token at all.
func TestWhoeverShowsNoTokenOfOursIsAGuest(t *testing.T) {
	h := newHouse(t, Config{}, false)
	ada := h.company("acme")
	good, err := h.JWT(ada.Company.ID, ada.Session)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{good, ada.Token} {
		if got := h.guestly(local, token); got != "user" {
			t.Errorf("a good token makes a %s", got)
		}
	}
	ours := h.signer.keys.Load().all[0]
	claims, head := claimsOf(t, good), map[string]any{"kid": ours.kid}
	parts := strings.Split(good, ".")
	guests := map[string]string{
		"nothing": "", "null": "null", "garbled": "x.y.z", "cut": good[:len(good)-1], "two parts": parts[0] + "." + parts[1],
		"alg none":        "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + parts[1] + ".",
		"another issuer":  forge(t, jwt.SigningMethodES256, ours.key, head, with(claims, "iss", "https://evil.example")),
		"past its end":    forge(t, jwt.SigningMethodES256, ours.key, head, with(claims, "exp", noon.Unix()-1)),
		"another purpose": forge(t, jwt.SigningMethodES256, ours.key, head, with(claims, "purpose", "third-party-jwt")),
		"a short one":     ada.Token[1:], "not base62": strings.Repeat("!", accessSize),
		"a foreign one": ada.Token[:accessSize-companySize] + base62(uint64(kith.NewCompanyID(h.gate.Random)), companySize),
	}
	for name, key := range publicForms(t, &ours.key.PublicKey) {
		guests["HS256 with "+name] = forge(t, jwt.SigningMethodHS256, key, head, claims)
	}
	for name, token := range guests {
		if got := h.guestly(local, token); got != "guest" {
			t.Errorf("%s: %s", name, got)
		}
	}
	h.clock.set(ada.Session.ExpiresAt)
	for _, token := range []string{good, ada.Token} {
		if got := h.guestly(local, token); got != "guest" {
			t.Errorf("an expired token: %s", got)
		}
	}
}

// TestWhatWasTakenBackIsRefused: a token that was good and is so no more lets nobody go on as a guest.
func TestWhatWasTakenBackIsRefused(t *testing.T) {
	for name, end := range map[string]func(h *house, who *SignedIn){
		"signed out":  func(h *house, who *SignedIn) { h.must(h.SignOut(h.t.Context(), h.actor(who.Token), ClearNone)) },
		"deactivated": func(h *house, who *SignedIn) { h.changeUser(who.Member, func(u *kith.User) { u.Deactivated = true }) },
		"archived":    func(h *house, who *SignedIn) { h.changeUser(who.Member, func(u *kith.User) { u.Archived = true }) },
		"company suspended": func(h *house, who *SignedIn) {
			h.changeCompany(who.Company, func(c *kith.Company) { c.Status = kith.CompanySuspended })
		},
	} {
		h := newHouse(t, Config{}, false)
		h.company("acme")
		bob := h.person("bob@x.example")
		token, err := h.JWT(bob.Company.ID, bob.Session)
		h.must(err)
		end(h, bob)
		for _, token := range []string{token, bob.Token} {
			if got := h.guestly(local, token); got != "refused" {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
	h := newHouse(t, Config{}, false)
	ada := h.company("acme")
	if got := h.guestly(remote, ada.Token); got != "refused" {
		t.Errorf("a test company from elsewhere: %s", got)
	}
	h.addFactor(ada.Member, 1, noon)
	owing, err := h.signIn("owner@acme.example")
	h.must(err)
	token, err := h.JWT(owing.Company.ID, owing.Session)
	h.must(err)
	for _, token := range []string{token, owing.Token} {
		if got := h.guestly(local, token); got != "refused" {
			t.Errorf("a session that owes a factor: %s", got)
		}
	}
}

// TestASessionEndsWithItsToken: who acts by a token that ends before its session cannot see beyond it.
func TestASessionEndsWithItsToken(t *testing.T) {
	h := newHouse(t, Config{}, false)
	ada := h.company("acme")
	short := *ada.Session
	short.ExpiresAt = noon.Add(time.Minute)
	token, err := h.JWT(ada.Company.ID, &short)
	h.must(err)
	if by := h.actor(token); !by.Session.ExpiresAt.Equal(short.ExpiresAt) {
		t.Errorf("it ends %s", by.Session.ExpiresAt)
	}
	if by := h.actor(ada.Token); !by.Session.ExpiresAt.Equal(ada.Session.ExpiresAt) {
		t.Errorf("the session itself ends %s", by.Session.ExpiresAt)
	}
	h.clock.move(time.Minute)
	if got := h.guestly(local, token); got != "guest" {
		t.Errorf("after its end: %s", got)
	}
	h.actor(ada.Token)
}

// must ends a test at an error.
func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}
