package signin

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/message"
)

// signInJWT signs somebody of acme in as the table face does.
func (h *house) signInJWT(email, password string, mayPeek MayPeek) (string, *SignedIn, error) {
	h.t.Helper()
	return h.SignInJWT(h.t.Context(), h.guest("acme"), email, password, mayPeek)
}

func TestSignInJWT(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.unclaimed(kith.Test)
	ada, err := h.signUp(h.guest("acme"), SignUp{Name: "Ada King", Email: "Ada@x.example", Password: phrase})
	h.must(err)
	old, err := bcrypt.GenerateFromPassword([]byte(phrase), bcrypt.MinCost)
	h.must(err)
	ada.Company = h.guest("acme").Company
	h.setHash(ada, string(old))
	for _, email := range []string{"Ada@x.example", "ada@X.EXAMPLE", " ada@x.example "} {
		token, out, err := h.signInJWT(email, phrase, nil)
		h.must(err)
		by, err := h.AuthenticateOrGuest(t.Context(), local, token)
		if err != nil || by == nil || by.User.ID != ada.User.ID || by.Session.ID != out.Session.ID || out.Refresh != "" {
			t.Fatalf("%s: %v, %v, refresh %q", email, by, err, out.Refresh)
		}
		h.actor(out.Token)
		claims := claimsOf(t, token)
		for name, want := range map[string]any{"email": "Ada@x.example", "name": "Ada King", "sub": ada.User.ID.String(), "iss": "https://kith.example",
			"purpose": "access", "sid": out.Session.ID.String(), "iat": float64(noon.Unix()), "nbf": float64(noon.Unix()),
			"exp": float64(noon.Add(kith.DefaultSessionDuration).Unix())} {
			if claims[name] != want {
				t.Errorf("%s is %v, want %v", name, claims[name], want)
			}
		}
		if claims["jti"] == "" || claims["cid"] == nil {
			t.Errorf("claims %v", claims)
		}
	}
	if now := h.hashOf(ada); now == string(old) {
		t.Error("the old hash stays")
	}
	h.changeCompany(ada.Company, func(c *kith.Company) { c.Settings.JWTDuration = 72 * time.Hour })
	token, out, err := h.signInJWT("ada@x.example", phrase, nil)
	h.must(err)
	if end := noon.Add(72 * time.Hour); claimsOf(t, token)["exp"] != float64(end.Unix()) || !out.Session.ExpiresAt.Equal(end) {
		t.Errorf("it ends %s", out.Session.ExpiresAt)
	}
	h.addFactor(ada, 1, noon)
	token, out, err = h.signInJWT("ada@x.example", phrase, nil)
	h.must(err)
	if len(out.Challenges) != 1 || h.guestly(local, token) != "refused" {
		t.Errorf("who owes a factor: %v", out.Challenges)
	}
}

// TestSignInJWTTellsNothing: all failures are one, and count alike.
func TestSignInJWTTellsNothing(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	ada, err := h.Register(t.Context(), &kith.Actor{Remote: local}, UserRegistration{Company: "acme",
		Person: Person{Email: "ada@x.example", Username: "countess", Mobile: "+27831234567", Password: phrase}})
	h.must(err)
	gone := h.person("gone@x.example")
	h.changeUser(gone.Member, func(u *kith.User) { u.Deactivated = true })
	for name, in := range map[string][2]string{"a wrong password": {"ada@x.example", "wrong"}, "no password": {"ada@x.example", ""}, "nobody": {"eve@x.example", phrase},
		"a username": {"countess", phrase}, "a mobile": {"+27831234567", phrase}, "an id": {ada.User.ID.String(), phrase}, "nothing": {"", phrase},
		"nonsense": {"a@b@c", phrase}, "somebody who may not": {"gone@x.example", phrase}} {
		if token, out, err := h.signInJWT(in[0], in[1], nil); err != errCredentials || out != nil || token != "" { //nolint:errorlint // the very one
			t.Errorf("%s: %v, %v", name, out, err)
		}
	}
	for range freeGuesses - 2 { // two were made
		if _, _, err := h.signInJWT("ada@x.example", "wrong", nil); !errors.Is(err, errCredentials) {
			t.Fatal(err)
		}
	}
	if _, _, err := h.signInJWT("ada@x.example", phrase, nil); waits(err) == 0 {
		t.Errorf("after too many: %v", err)
	}
	if err := h.try("acme", "countess", phrase); waits(err) == 0 {
		t.Errorf("elsewhere: %v", err)
	}
}

// TestSignInJWTAsksToPeek: about whomever, and a row that is not to be seen looks like a wrong password, and costs and
// counts as one.
func TestSignInJWTAsksToPeek(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	ada := h.person("ada@x.example")
	var asked []kith.UserID
	answer := func(err error) MayPeek {
		return func(_ context.Context, _ *gate.Tx, m kith.Member) error {
			asked = append(asked, kith.UserID{})
			if m.User == nil {
				return nil
			}
			asked[len(asked)-1] = m.User.ID
			return err
		}
	}
	if _, _, err := h.signInJWT("ada@x.example", phrase, answer(nil)); err != nil {
		t.Error(err)
	}
	if _, _, err := h.signInJWT("eve@x.example", phrase, answer(nil)); !errors.Is(err, errCredentials) {
		t.Error(err)
	}
	if !slices.Equal(asked, []kith.UserID{ada.User.ID, {}}) {
		t.Errorf("asked about %v", asked)
	}
	if _, _, err := h.signInJWT("ada@x.example", phrase, answer(gate.ErrForbidden)); !errors.Is(err, gate.ErrForbidden) {
		t.Errorf("a refusal: %v", err)
	}
	for range freeGuesses {
		if _, _, err := h.signInJWT("ada@x.example", phrase, answer(ErrUnseen)); err != errCredentials { //nolint:errorlint // the very one
			t.Fatalf("unseen: %v", err)
		}
	}
	if _, _, err := h.signInJWT("ada@x.example", phrase, answer(ErrUnseen)); waits(err) != firstDelay {
		t.Errorf("unseen, too often: %v", err)
	}
	if h.count("ada@x.example", message.SignInsRefused) != 1 {
		t.Error("the user was not told")
	}
}

// TestShorterJWT: it is good for the same, ends earlier, and no longer one comes of it.
func TestShorterJWT(t *testing.T) {
	h := newHouse(t, Config{}, false)
	ada := h.company("acme")
	by := h.actor(ada.Token)
	for _, life := range []time.Duration{-time.Hour, 0, time.Minute - 1, kith.DefaultSessionDuration + 1, 1<<63 - 1} {
		if _, err := h.ShorterJWT(t.Context(), by, life); kith.AsError(err).Kind != kith.Invalid {
			t.Errorf("%s: %v", life, err)
		}
	}
	if _, err := h.ShorterJWT(t.Context(), h.guest("acme"), time.Hour); kith.AsError(err).Kind != kith.Unauthenticated {
		t.Errorf("a guest: %v", err)
	}
	token, err := h.ShorterJWT(t.Context(), by, time.Hour)
	h.must(err)
	short := h.actor(token)
	if short.Session.ID != by.Session.ID || claimsOf(t, token)["email"] != "owner@acme.example" {
		t.Errorf("it names %v", short.Session)
	}
	if _, err := h.ShorterJWT(t.Context(), short, time.Hour+time.Minute); kith.AsError(err).Kind != kith.Invalid {
		t.Errorf("a longer one: %v", err)
	}
	again, err := h.ShorterJWT(t.Context(), short, 30*time.Minute)
	h.must(err)
	h.clock.move(30 * time.Minute)
	if got := h.guestly(local, again); got != "guest" {
		t.Errorf("at its end: %s", got)
	}
	if got := h.guestly(local, token); got != "user" {
		t.Errorf("before its end: %s", got)
	}
	h.must(directoryEnd(h, ada))
	if got := h.guestly(local, token); got != "refused" {
		t.Errorf("after its session: %s", got)
	}
	if _, err := h.ShorterJWT(t.Context(), short, time.Minute); !errors.Is(err, errToken) {
		t.Errorf("of a session that has ended: %v", err)
	}
	ada, err = h.signIn("owner@acme.example")
	h.must(err)
	forever := h.actor(h.permanent(ada).Token)
	if _, err := h.ShorterJWT(t.Context(), forever, kith.MaxSessionDuration+1); kith.AsError(err).Kind != kith.Invalid {
		t.Errorf("of a permanent token, too long: %v", err)
	}
	token, err = h.ShorterJWT(t.Context(), forever, kith.MaxSessionDuration)
	h.must(err)
	if _, err := h.ShorterJWT(t.Context(), h.actor(token), kith.MaxSessionDuration); err != nil {
		t.Errorf("the same again: %v", err)
	}
	h.clock.move(kith.MaxSessionDuration)
	if got := h.guestly(local, token); got != "guest" {
		t.Errorf("of a permanent token, at its end: %s", got)
	}
}

// directoryEnd ends all of somebody's sessions.
func directoryEnd(h *house, who *SignedIn) error {
	_, err := gate.Change(h.t.Context(), h.gate, h.actor(who.Token), OpDeleteToken, who, func(ctx context.Context, tx *gate.Tx, who *SignedIn) (any, error) {
		return nil, directory.EndSessions(ctx, tx, who.User.ID, kith.SessionID{}, true)
	})
	return err
}
