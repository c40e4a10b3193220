package directory_test

import (
	"errors"
	"strings"
	"testing"

	"kith"
	"kith/internal/core/directory"
)

var elsewhere = kith.Remote{Address: "192.0.2.7"}

// TestGuestOf: whom a guest means, by what they send, come by, or else by there being one company only.
func TestGuestOf(t *testing.T) {
	h := newHouse(t, false)
	here := kith.Remote{Loopback: true}
	means := func(from kith.Remote, slug, host, want string) {
		t.Helper()
		guest, err := h.GuestOf(t.Context(), from, slug, host)
		switch {
		case want == "" && (kith.AsError(err).Kind != kith.Invalid || kith.AsError(err).Field != "X-Company"):
			t.Errorf("%q by %q: %v, %v", slug, host, guest, err)
		case want != "" && (err != nil || guest.Company.Slug != want || !guest.IsGuest()):
			t.Errorf("%q by %q: %v, %v; want %s", slug, host, guest, err, want)
		}
	}
	means(here, "", "127.0.0.1:8080", "")
	if _, err := h.found(directory.NewCompany{Slug: "acme"}, kith.Production); err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"", "127.0.0.1:8080", "[::1]:8080", "x.example", "x..example", strings.Repeat("x", 300)} {
		means(elsewhere, "", host, "acme")
	}
	h.company("bolt")
	means(here, "", "x.example", "")
	means(here, "ACME", "", "acme")
	means(here, "bolt", "", "bolt")
	means(elsewhere, "bolt", "", "")
	means(here, "nobody", "", "")
	means(here, "no slug!", "", "")

	acme, bolt := h.operator("acme"), h.operator("bolt")
	if c, err := h.SetHosts(t.Context(), acme, []string{"ID.Acme.example", "bücher.example", "id.acme.example"}); err != nil ||
		strings.Join(c.Settings.Hosts, " ") != "id.acme.example xn--bcher-kva.example" {
		t.Fatal(c, err)
	}
	if _, err := h.SetHosts(t.Context(), bolt, []string{"bolt.example"}); err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"id.acme.example", "ID.ACME.EXAMPLE:443", "id.acme.example.", "xn--bcher-kva.example", "bücher.example"} {
		means(elsewhere, "", host, "acme")
	}
	means(here, "bolt", "id.acme.example", "bolt")
	means(here, "", "bolt.example", "bolt")
	means(elsewhere, "", "bolt.example", "")
	for _, host := range []string{"acme.example", "x.id.acme.example", "id.acme.example@evil.example", "id.acme.example/", "id.acme.example:80:80", "*.acme.example"} {
		means(here, "", host, "")
	}
	if _, err := h.Suspend(t.Context(), &kith.Actor{System: true}, "acme"); err != nil {
		t.Fatal(err)
	}
	means(here, "", "id.acme.example", "")
	means(here, "acme", "", "")
}

// operator is the operator in a company.
func (h *house) operator(slug string) *kith.Actor {
	h.t.Helper()
	by, err := h.Operator(h.t.Context(), slug)
	if err != nil {
		h.t.Fatal(err)
	}
	return by
}

// TestHostsAreTheOperators: nobody else sets them, no two companies have one, and what is none is refused.
func TestHostsAreTheOperators(t *testing.T) {
	h := newHouse(t, true)
	owner := h.company("acme")
	h.company("bolt")
	if _, err := h.SetHosts(t.Context(), owner, []string{"a.example"}); kith.AsError(err).Kind != kith.Forbidden {
		t.Errorf("an owner: %v", err)
	}
	by := h.operator("acme")
	for _, bad := range []string{"", "localhost", "a.example:80", "*.example", "https://a.example", "127.0.0.1", "[::1]", "a..example", "a_b.example", "a b.example", "-a.example",
		strings.Repeat("a", 64) + ".example"} {
		if _, err := h.SetHosts(t.Context(), by, []string{"good.example", bad}); kith.AsError(err).Kind != kith.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	many := make([]string, 21)
	for i := range many {
		many[i] = strings.Repeat("a", i+1) + ".example"
	}
	if _, err := h.SetHosts(t.Context(), by, many); kith.AsError(err).Kind != kith.Invalid {
		t.Errorf("21 of them: %v", err)
	}
	for range 2 {
		if _, err := h.SetHosts(t.Context(), by, []string{"a.example"}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := h.SetHosts(t.Context(), h.operator("bolt"), []string{"b.example", "A.example"})
	if e := kith.AsError(err); e.Kind != kith.Conflict || strings.Contains(e.Message, "acme") {
		t.Errorf("another's: %v", err)
	}
	if _, err := h.SetHosts(t.Context(), by, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SetHosts(t.Context(), h.operator("bolt"), []string{"a.example"}); err != nil {
		t.Errorf("one that was given back: %v", err)
	}
	if _, err := h.GuestOf(t.Context(), elsewhere, "", "b.example"); !errors.Is(err, kith.BadField("", kith.CodeRequired, "")) {
		t.Errorf("one that was refused: %v", err)
	}
	// Other settings leave them.
	no := false
	if _, err := h.ChangeSettings(t.Context(), h.operator("bolt"), directory.SettingsChange{AllowRegistrations: &no}); err != nil {
		t.Fatal(err)
	}
	if guest, err := h.GuestOf(t.Context(), elsewhere, "", "a.example"); err != nil || guest.Company.Slug != "bolt" || len(guest.Company.Settings.Hosts) != 1 {
		t.Errorf("after other settings: %v, %v", guest, err)
	}
}
