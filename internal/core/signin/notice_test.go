package signin

import (
	"testing"

	"kith"
	"kith/internal/core/message"
)

// TestNoticesWithoutMail: who has no e-mail is told by text message what was done to their account. Of
// changes of a password no more are told than messages may go to one number.
func TestNoticesWithoutMail(t *testing.T) {
	h := newHouse(t, Config{Limits: true}, false)
	h.company("acme")
	joe := h.reached("", number)
	told := func(kind message.Kind, want int) {
		t.Helper()
		if n := h.count(number, kind); n != want {
			t.Errorf("%s was told %d times, want %d", kind, n, want)
		}
		for _, m := range h.messages(number) {
			if m.Channel != kith.ChannelSMS {
				t.Errorf("%s went by %s", m.Kind, m.Channel)
			}
		}
	}
	if err := h.ChangePassword(t.Context(), h.actor(joe.Token), PasswordChange{Old: phrase, New: anew}); err != nil {
		t.Fatal(err)
	}
	told(message.PasswordChanged, 1)
	h.begs(h.AskReset, number)
	if err := h.SetPassword(t.Context(), local, parts(t, h.linkTo(number, message.ResetPassword))); err != nil {
		t.Fatal(err)
	}
	told(message.PasswordChanged, 2)
	for range freeGuesses {
		_ = h.try("acme", number, "wrong")
	}
	told(message.SignInsRefused, 1)
	if err := h.Deactivate(t.Context(), local, h.keyTo(number, h.AskDeactivation, message.Deactivate)); err != nil {
		t.Fatal(err)
	}
	told(message.Deactivated, 1)

	eve := h.reached("", "+27837654321")
	for i := range 2 * sendsToOne {
		old := []string{phrase, anew}
		if err := h.ChangePassword(t.Context(), h.actor(eve.Token), PasswordChange{Old: old[i%2], New: old[(i+1)%2]}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(h.messages("+27837654321")); n != sendsToOne {
		t.Errorf("%d messages to one number, want %d", n, sendsToOne)
	}
}
