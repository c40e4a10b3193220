package signin

import (
	"strings"
	"testing"

	"kith"
)

// TestResetActions: a guest asks for a link by e-mail, and chooses a password by its token and that e-mail.
func TestResetActions(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	h.company("bolt")
	ada := h.person("ada@x.example")
	h.person("bob@x.example")
	guest := h.guest("acme")
	for _, email := range []string{"", "countess", "+27831234567", ada.User.ID.String()} {
		if err := h.RequestReset(t.Context(), guest, email); kith.AsError(err).Field != "email" {
			t.Errorf("%q: %v", email, err)
		}
	}
	h.must(h.RequestReset(t.Context(), guest, "nobody@x.example"))
	h.must(h.RequestReset(t.Context(), guest, "ADA@x.example"))
	link := h.linkTo("ada@x.example", "reset_password")
	_, otp, _ := strings.Cut(link, "&token=")
	if otp == "" || len(h.messages("nobody@x.example")) > 0 {
		t.Fatalf("the link is %q", link)
	}
	for name, in := range map[string][2]string{"another's e-mail": {"bob@x.example", otp}, "nobody's": {"nobody@x.example", otp}, "nothing": {"ada@x.example", ""},
		"a code": {"ada@x.example", testCode}, "another token": {"ada@x.example", ada.Token}} {
		if err := h.ConfirmReset(t.Context(), guest, in[0], in[1], "next words"); kith.AsError(err).Field != "otp" || kith.AsError(err).Code != kith.CodeBadLink {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := h.ConfirmReset(t.Context(), h.guest("bolt"), "ada@x.example", otp, "next words"); kith.AsError(err).Field != "otp" {
		t.Errorf("at another company: %v", err)
	}
	if err := h.ConfirmReset(t.Context(), guest, "ada@x.example", otp, ""); kith.AsError(err).Field != "new_password" {
		t.Errorf("no password: %v", err)
	}
	h.must(h.ConfirmReset(t.Context(), guest, "Ada@x.example", otp, "next words"))
	if got := h.guestly(local, ada.Token); got != "refused" {
		t.Errorf("the sessions before: %s", got)
	}
	if err := h.try("acme", "ada@x.example", "next words"); err != nil {
		t.Error(err)
	}
	if err := h.ConfirmReset(t.Context(), guest, "ada@x.example", otp, "more words"); kith.AsError(err).Field != "otp" {
		t.Errorf("twice: %v", err)
	}
}
