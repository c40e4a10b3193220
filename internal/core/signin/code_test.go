package signin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// TestCodesByMode: codes are 123456 in test companies, and drawn in others.
func TestCodesByMode(t *testing.T) {
	h := newHouse(t, Config{}, true)
	h.company("acme")
	h.reached("ada@x.example", number)
	if code := h.code(number); code != testCode {
		t.Errorf("in a test company the code is %s", code)
	}
	h = newHouse(t, Config{}, true)
	h.production("acme")
	ada := h.reached("ada@x.example", number)
	seen := map[string]bool{}
	for range 20 {
		h.clock.move(time.Second)
		h.resend(kith.Mobile, number)
		code := h.code(number)
		if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
			t.Errorf("no code: %q", code)
		}
		seen[code] = true
	}
	if len(seen) < 15 {
		t.Errorf("of twenty codes only %d differ", len(seen))
	}
	if !seen[testCode] {
		if err := h.VerifyMobile(t.Context(), h.actor(ada.Token), testCode); !errors.Is(err, errCode) {
			t.Errorf("the code of test companies: %v", err)
		}
	}
}

// wrongCodes gives codes that are not the one.
func wrongCodes(right string, n int) []string {
	var list []string
	for i := 0; len(list) < n; i++ {
		if code := fmt.Sprintf("%06d", i); code != right {
			list = append(list, code)
		}
	}
	return list
}

// TestCodeGuesses: after five wrong codes the right one is refused, and another one is not (T20).
func TestCodeGuesses(t *testing.T) {
	h := newHouse(t, Config{}, true)
	h.production("acme")
	ada := h.reached("ada@x.example", number)
	by := h.actor(ada.Token)
	right := h.code(number)
	for _, wrong := range wrongCodes(right, kith.MaxAttempts) {
		if err := h.VerifyMobile(t.Context(), by, wrong); !errors.Is(err, errCode) {
			t.Errorf("a wrong code: %v", err)
		}
	}
	if err := h.VerifyMobile(t.Context(), by, right); !errors.Is(err, errCode) {
		t.Errorf("the right code after five wrong ones: %v", err)
	}
	h.clock.move(time.Second)
	h.resend(kith.Mobile, number)
	if err := h.VerifyMobile(t.Context(), by, h.code(number)); err != nil {
		t.Errorf("the next code: %v", err)
	}
}

// TestGuessesOfADay: a hundred codes may be tried in a day, however many were sent meanwhile; then the right one
// is refused until a day is over (T20).
func TestGuessesOfADay(t *testing.T) {
	h := newHouse(t, Config{}, true)
	h.production("acme")
	ada := h.reached("ada@x.example", number)
	ada.Token = h.permanent(ada).Token
	by := h.actor(ada.Token)
	tried := 0
	for tried < kith.MaxDailyGuesses {
		h.clock.move(time.Second)
		h.resend(kith.Mobile, number)
		for _, wrong := range wrongCodes(h.code(number), kith.MaxAttempts) {
			if err := h.VerifyMobile(t.Context(), by, wrong); !errors.Is(err, errCode) {
				t.Fatalf("after %d guesses: %v", tried, err)
			}
			tried++
		}
	}
	h.clock.move(time.Second)
	h.resend(kith.Mobile, number)
	err := h.VerifyMobile(t.Context(), by, h.code(number))
	if e := kith.AsError(err); !errors.Is(err, errGuesses) || e.RetryAfter != 24*time.Hour-(kith.MaxDailyGuesses/kith.MaxAttempts)*time.Second {
		t.Errorf("after %d guesses: %v, to be tried again after %v", tried, err, e.RetryAfter)
	}
	h.clock.move(kith.AsError(err).RetryAfter)
	h.resend(kith.Mobile, number)
	if err := h.VerifyMobile(t.Context(), by, h.code(number)); err != nil {
		t.Errorf("a day later: %v", err)
	}
}

// TestGuessesAtOnce: of two hundred guesses at once, with the right one among them, at most five are compared,
// so that most often all are refused; and never more than one is taken (T21).
func TestGuessesAtOnce(t *testing.T) {
	h := newHouse(t, Config{}, true)
	acme := h.production("acme").Company
	ada := h.reached("ada@x.example", number)
	by := h.actor(ada.Token)
	const guesses = 200
	codes := append(wrongCodes(h.code(number), guesses-1), h.code(number))
	ready := make(chan struct{})
	errs := make([]error, guesses)
	var all sync.WaitGroup
	for i, code := range codes {
		all.Go(func() { <-ready; errs[i] = h.VerifyMobile(t.Context(), by, code) })
	}
	close(ready)
	all.Wait()
	took, limited := 0, 0
	for _, err := range errs {
		switch {
		case err == nil:
			took++
		case errors.Is(err, errGuesses):
			limited++
		case !errors.Is(err, errCode):
			t.Error(err)
		}
	}
	if took > 1 || limited != guesses-kith.MaxDailyGuesses {
		t.Errorf("%d were taken, %d refused for the day", took, limited)
	}
	var left []store.Tried
	h.change(acme, func(ctx context.Context, tx *store.Tx) error {
		var err error
		left, err = tx.Secrets.Try(ctx, kith.ToVerifyMobile, ada.User.ID)
		return err
	})
	if len(left) != 0 {
		t.Errorf("a code may still be tried: %+v", left[0].Secret)
	}
}

// TestCodesAreOnesOwn: a code sent to one user is none for another, nor one to verify an e-mail by (T4).
func TestCodesAreOnesOwn(t *testing.T) {
	h := newHouse(t, Config{}, true)
	h.production("acme")
	ada, bob := h.reached("ada@x.example", number), h.reached("bob@x.example", "+27831234568")
	code := h.code(number)
	for code == h.code("+27831234568") { // one time in a million
		h.clock.move(time.Second)
		h.resend(kith.Mobile, "+27831234568")
	}
	if err := h.VerifyMobile(t.Context(), h.actor(bob.Token), code); !errors.Is(err, errCode) {
		t.Errorf("another's code: %v", err)
	}
	if err := h.VerifyEmail(t.Context(), local, code); !errors.Is(err, errLink) {
		t.Errorf("a code in the place of a key: %v", err)
	}
	if err := h.VerifyMobile(t.Context(), h.actor(ada.Token), h.key("ada@x.example")); !errors.Is(err, errCode) {
		t.Errorf("a key in the place of a code: %v", err)
	}
	if err := h.VerifyMobile(t.Context(), h.actor(ada.Token), code); err != nil {
		t.Errorf("after all that, the code itself: %v", err)
	}
}
