package signin

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"kith"
	"kith/internal/core/message"
	"kith/internal/store"
)

// try signs in at acme by a password, as a guest.
func (h *house) try(company, user, password string) error {
	_, err := h.SignIn(h.t.Context(), &kith.Actor{Remote: local}, Login{Company: company, User: user, Password: password})
	return err
}

// waits is how long an error says to wait; zero if it is no such error.
func waits(err error) time.Duration {
	if e := kith.AsError(err); e.Kind == kith.Limited {
		return e.RetryAfter
	}
	return 0
}

// TestGuessesAreOnePersons: wrong passwords count for the user, whatever they are called by, and for a name
// that nobody has in any of its spellings (T22).
func TestGuessesAreOnePersons(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	ada, err := h.Register(t.Context(), &kith.Actor{Remote: local}, UserRegistration{Company: "acme",
		Person: Person{Email: "ada@x.example", Username: "countess", Mobile: "+27831234567", Password: phrase}})
	if err != nil {
		t.Fatal(err)
	}
	for name, names := range map[string][]string{
		"a user": {"ada@x.example", "ADA@X.EXAMPLE", " ada@x.example ", "countess", "Countess", "+27831234567",
			"+27 83 123 4567", "+27-83-123.4567", "+27 (83) 1234567", ada.User.ID.String()},
		"nobody's e-mail":  {"eve@x.example", "EVE@X.EXAMPLE", " eve@x.example", "Eve@x.Example"},
		"nobody's name":    {"duchess", "DUCHESS", "Duchess "},
		"nobody's number":  {"+27831111111", "+27 83 111 1111"},
		"no name at all":   {"\u212aelvin sign", "\u212aELVIN SIGN"},
		"no company's":     {"ada@nowhere.example", "ADA@NOWHERE.EXAMPLE"},
		"somebody else's ": {"owner@acme.example", "OWNER@acme.example"},
	} {
		company := []string{"acme", "ACME"}
		if name == "no company's" {
			company = []string{"nowhere", "NOWHERE"}
		}
		for i := range freeGuesses {
			if err := h.try(company[i%2], names[i%len(names)], "wrong"); !errors.Is(err, errCredentials) {
				t.Fatalf("%s: guess %d: %v", name, i+1, err)
			}
		}
		for _, spelled := range names {
			if err := h.try(company[0], spelled, phrase); waits(err) != firstDelay {
				t.Errorf("%s: as %q: %v", name, spelled, err)
			}
		}
	}
	if err := h.try("acme", "bob@x.example", "wrong"); !errors.Is(err, errCredentials) {
		t.Errorf("somebody else: %v", err)
	}
	if n := h.count("ada@x.example", message.SignInsRefused); n != 1 {
		t.Errorf("the user was told %d times, want once", n)
	}
}

// TestDelaysGrow: each guess beyond the free ones makes everybody wait longer, up to a bound, the right
// password too; then it lets in, and what was guessed is forgotten.
func TestDelaysGrow(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	for _, who := range []string{"owner@acme.example", "nobody@x.example"} {
		for range freeGuesses - 1 {
			_ = h.try("acme", who, "wrong")
		}
		for i, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute,
			15 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
			if err := h.try("acme", who, "wrong"); !errors.Is(err, errCredentials) {
				t.Fatalf("%s, %d: %v", who, i, err)
			}
			for _, password := range []string{phrase, "wrong"} {
				if err := h.try("acme", who, password); waits(err) != want {
					t.Errorf("%s after %d too many: %v, want %v", who, i+1, err, want)
				}
			}
			h.clock.move(want - time.Millisecond)
			if err := h.try("acme", who, phrase); waits(err) != time.Millisecond {
				t.Errorf("%s, a millisecond early: %v", who, err)
			}
			h.clock.move(time.Millisecond)
		}
	}
	if err := h.try("acme", "owner@acme.example", phrase); err != nil {
		t.Fatalf("the owner, having waited: %v", err)
	}
	for i := range freeGuesses {
		if err := h.try("acme", "owner@acme.example", "wrong"); !errors.Is(err, errCredentials) {
			t.Errorf("guess %d of the next stretch: %v", i+1, err)
		}
	}
	if n := h.count("owner@acme.example", message.SignInsRefused); n != 2 {
		t.Errorf("the owner was told %d times of two stretches", n)
	}
}

// TestGuessesAreForgotten: few wrong passwords are forgotten a quarter of an hour after the first, many a day
// after the last; a clock set back makes nobody wait longer.
func TestGuessesAreForgotten(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	guess := func(n int, want error) {
		t.Helper()
		for range n {
			if err := h.try("acme", "owner@acme.example", "wrong"); !errors.Is(err, want) {
				t.Fatalf("%v, want %v", err, want)
			}
		}
	}
	guess(freeGuesses-1, errCredentials)
	h.clock.move(guessesWindow)
	guess(freeGuesses, errCredentials)
	if err := h.try("acme", "owner@acme.example", phrase); waits(err) != firstDelay {
		t.Errorf("after ten: %v", err)
	}
	h.clock.move(guessesMemory - time.Millisecond)
	guess(1, errCredentials)
	if err := h.try("acme", "owner@acme.example", phrase); waits(err) != 2*firstDelay {
		t.Errorf("after another, within a day: %v", err)
	}
	h.clock.move(-time.Hour)
	if err := h.try("acme", "owner@acme.example", phrase); waits(err) != 2*firstDelay {
		t.Errorf("when the clock was set back: %v", err)
	}
	h.clock.move(time.Hour + guessesMemory)
	guess(freeGuesses, errCredentials)
}

// TestGuessesWithASession: who has a session guesses the password no faster by it, wherever it is asked, and
// makes sign-ins wait as well.
func TestGuessesWithASession(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner := h.company("acme")
	by := h.actor(owner.Token)
	asks := []func(password string) error{
		func(p string) error { _, err := h.AddToken(t.Context(), by, NewToken{Password: p}); return err },
		func(p string) error { return h.ChangePassword(t.Context(), by, PasswordChange{Old: p, New: phrase}) },
		func(p string) error {
			_, err := h.OfferOwner(t.Context(), by, NewOffer{User: "owner@acme.example", Password: p})
			return err
		},
	}
	for i := range freeGuesses {
		if err := asks[i%len(asks)]("wrong"); kith.AsError(err).Code != kith.CodeWrongPassword {
			t.Fatalf("guess %d: %v", i+1, err)
		}
	}
	for i, ask := range asks {
		if err := ask(phrase); waits(err) != firstDelay {
			t.Errorf("asked at %d: %v", i, err)
		}
	}
	if err := h.try("acme", "owner@acme.example", phrase); waits(err) != firstDelay {
		t.Errorf("signing in: %v", err)
	}
	h.clock.move(firstDelay)
	if err := asks[1](phrase); err != nil {
		t.Errorf("the right one, later: %v", err)
	}
	if err := asks[0]("wrong"); kith.AsError(err).Code != kith.CodeWrongPassword {
		t.Errorf("a wrong one after it: %v", err)
	}
}

// TestGuessesMeanwhile: whoever had the right password compared before it became too much is refused all the
// same, where the session begins (T24).
func TestGuessesMeanwhile(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	ada := h.person("ada@x.example")
	login := store.Login{User: ada.User.ID, Hash: h.hashOf(ada.Member)} // found before
	for range freeGuesses {
		_ = h.try("acme", "ada@x.example", "wrong")
	}
	guest := &kith.Actor{Company: ada.Company, Remote: local}
	out, err := h.Signin.signIn(t.Context(), guest, OpSignIn, Login{User: "ada@x.example", Password: phrase}, login)
	if out != nil || waits(err) != firstDelay {
		t.Errorf("%v, %v", out, err)
	}
}

// TestPasswordsAtOnce: of many who guess at once, no more are told that they were wrong than one after the
// other would be (T21).
func TestPasswordsAtOnce(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	h.person("ada@x.example")
	var all sync.WaitGroup
	answers := make([]error, 60)
	for i := range answers {
		all.Go(func() { answers[i] = h.try("acme", "ada@x.example", fmt.Sprint("wrong", i)) })
	}
	all.Wait()
	told := 0
	for _, err := range answers {
		switch {
		case errors.Is(err, errCredentials):
			told++
		case waits(err) == 0:
			t.Error(err)
		}
	}
	if told != freeGuesses {
		t.Errorf("%d were told, want %d", told, freeGuesses)
	}
}

// TestGuessesAlike: known and unknown, deactivated, archived, machines and other companies' people, and no
// company at all, get the same answers for as long as somebody guesses (T26).
func TestGuessesAlike(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner := h.company("acme")
	h.company("bolt")
	ada, bob, eve := h.person("ada@x.example"), h.person("bob@x.example"), h.person("eve@x.example")
	h.changeUser(bob.Member, func(u *kith.User) { u.Deactivated = true })
	h.changeUser(eve.Member, func(u *kith.User) { u.Archived = true })
	h.machine(owner, "till", kith.GroupSupport)
	who := [][2]string{{"acme", ada.User.Email}, {"acme", bob.User.Email}, {"acme", eve.User.Email}, {"acme", "till"}, {"bolt", ada.User.Email},
		{"acme", "nobody@x.example"}, {"nowhere", ada.User.Email}, {"no slug!", ada.User.Email}, {"acme", "?"}, {"acme", kith.UserID{1}.String()}}
	for i := range freeGuesses + 5 {
		for _, w := range who {
			err := h.try(w[0], w[1], "wrong")
			if free := i < freeGuesses; free != errors.Is(err, errCredentials) || !free && waits(err) != firstDelay {
				t.Errorf("guess %d at %v: %v", i+1, w, err)
			}
		}
	}
	if n := h.count("bob@x.example", message.SignInsRefused); n != 0 {
		t.Errorf("somebody who cannot sign in was told %d times that others try", n)
	}
}

// TestResetEndsTheWait: a new password by mail lets the user in at once.
func TestResetEndsTheWait(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	ada := h.person("ada@x.example")
	for range freeGuesses {
		_ = h.try("acme", "ada@x.example", "wrong")
	}
	if err := h.try("acme", "ada@x.example", phrase); waits(err) == 0 {
		t.Fatalf("nobody waits: %v", err)
	}
	if err := h.SetPassword(t.Context(), local, h.asked(ada.User.Email)); err != nil {
		t.Fatal(err)
	}
	if err := h.try("acme", "ada@x.example", anew); err != nil {
		t.Errorf("with the new password: %v", err)
	}
}

// TestSigningInCountsNothing: a good sign-in writes no count, and one after a slip takes it away.
func TestSigningInCountsNothing(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner := h.company("acme")
	counted := func() bool {
		found := true
		h.change(owner.Company, func(ctx context.Context, tx *store.Tx) error {
			_, _, err := tx.Tallies.Get(ctx, store.TallySignIns, owner.User.ID[:])
			if errors.Is(err, store.ErrNotFound) {
				found, err = false, nil
			}
			return err
		})
		return found
	}
	for _, password := range []string{phrase, "wrong", phrase} {
		err := h.try("acme", "owner@acme.example", password)
		if wrong := err != nil; wrong != (password != phrase) || counted() != wrong {
			t.Errorf("%q: %v, counted: %v", password, err, counted())
		}
	}
}
