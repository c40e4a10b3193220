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

// TestTakenNumberIsTold: where a company hides who is registered, the holder of a number is told of whoever
// tries to register with it, as the holder of an address is.
func TestTakenNumberIsTold(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.changeCompany(h.company("acme").Member.Company, func(c *kith.Company) { c.Settings.Disclosure = kith.Hidden })
	for range 2 {
		out, err := h.Register(t.Context(), &kith.Actor{Remote: local}, UserRegistration{
			Person: Person{Mobile: number, Password: phrase}, Company: "acme"})
		if out != nil || err != nil {
			t.Fatalf("registered as %v, %v", out, err)
		}
	}
	if codes, told := h.count(number, message.VerifyMobile), h.count(number, message.AlreadyHere); codes != 1 || told != 1 {
		t.Errorf("%d codes and %d notices were sent, want one of each", codes, told)
	}
}
