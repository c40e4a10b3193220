package directory_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"kith"
)

func TestConfig(t *testing.T) {
	h := newHouse(t, true)
	owner := h.company("acme")
	h.KeepPictures(nil, nil, "https://kith.example")
	get := func() map[string]string {
		t.Helper()
		list, err := h.Config(t.Context(), owner)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	born := map[string]string{"allow_registrations": "true", "allow_session_durations": "false", "default_group": "user", "hostname": "",
		"jwt.token.issuer": "https://kith.example", "jwt.token.life.hours": "10", "privacy_policy_url": "", "registration_disclosure": "visible",
		"require_privacy_policy": "false", "require_terms_and_conditions": "false", "require_verification": "false",
		"session.default.seconds": "36000", "terms_and_conditions_url": ""}
	if got := get(); !maps.Equal(got, born) {
		t.Errorf("born with %v", got)
	}
	changed := map[string]string{"allow_registrations": "false", "allow_session_durations": "true", "jwt.token.life.hours": "72",
		"privacy_policy_url": "https://p.example", "registration_disclosure": "hidden", "require_privacy_policy": "true",
		"require_terms_and_conditions": "true", "require_verification": "true", "session.default.seconds": "5400", "terms_and_conditions_url": "https://t.example"}
	for key, value := range changed {
		text := " " + value + "\n"
		if err := h.SetConfig(t.Context(), owner, key, &text); err != nil {
			t.Errorf("%s: %v", key, err)
		}
		if got := get()[key]; got != value {
			t.Errorf("%s is %q, want %q", key, got, value)
		}
		if err := h.SetConfig(t.Context(), owner, key, nil); err != nil {
			t.Errorf("%s: %v", key, err)
		}
		if got := get(); !maps.Equal(got, born) {
			t.Errorf("after %s: %v", key, got)
		}
	}
	seconds := "5400"
	if err := h.SetConfig(t.Context(), owner, "session.default.seconds", &seconds); err != nil || get()["jwt.token.life.hours"] != "1.5" {
		t.Errorf("tokens live as sessions: %v, %v", get(), err)
	}
	for _, bad := range []struct{ key, value string }{
		{"allow_registrations", "yes"}, {"allow_registrations", ""}, {"allow_registrations", "1"}, {"registration_disclosure", "none"},
		{"jwt.token.life.hours", "0"}, {"jwt.token.life.hours", "-1"}, {"jwt.token.life.hours", "1.5"}, {"jwt.token.life.hours", "745"},
		{"jwt.token.life.hours", "99999999999999999999"}, {"jwt.token.life.hours", "2147483647"}, {"session.default.seconds", "2678401"}, {"session.default.seconds", "2147483647"},
		{"session.default.seconds", "x"}, {"privacy_policy_url", "javascript:alert(1)"}, {"terms_and_conditions_url", "x"},
		{"default_group", "nobody"}, {"default_group", kith.GroupAdmin}, {"default_group", ""},
	} {
		before := get()
		err := h.SetConfig(t.Context(), owner, bad.key, &bad.value)
		if e := kith.AsError(err); e.Kind != kith.Invalid || e.Field != bad.key {
			t.Errorf("%s %q: %v", bad.key, bad.value, err)
		}
		if !maps.Equal(before, get()) {
			t.Errorf("%s %q changed something", bad.key, bad.value)
		}
	}
	text := "x"
	for key, kind := range map[string]kith.Kind{"jwt.secret": kith.NotFound, "": kith.NotFound, "Allow_Registrations": kith.NotFound,
		"jwt.token.issuer": kith.Forbidden, "hostname": kith.Forbidden} {
		if err := h.SetConfig(t.Context(), owner, key, &text); kith.AsError(err).Kind != kind {
			t.Errorf("%q: %v", key, err)
		}
	}
	hosts := "B.example, a.example"
	if err := h.SetConfig(t.Context(), h.operator("acme"), "hostname", &hosts); err != nil || get()["hostname"] != "b.example,a.example" {
		t.Errorf("the operator's hosts: %v, %v", get()["hostname"], err)
	}
	for key := range get() {
		if slices.ContainsFunc([]string{"secret", "key", "password"}, func(word string) bool { return strings.Contains(key, word) }) {
			t.Errorf("%s is shown", key)
		}
	}
}

// TestConfigIsForStaff: who may look at the company sees it, who may change it changes it.
func TestConfigIsForStaff(t *testing.T) {
	h := newHouse(t, true)
	owner := h.company("acme")
	text := "false"
	for name, tt := range map[string]struct {
		held        []kith.Permission
		see, change bool
	}{
		"nothing": {}, "view": {[]kith.Permission{{Section: kith.SectionAdmin, Noun: kith.NounCompany, Level: kith.LevelView}}, true, false},
		"change": {kith.Every(kith.SectionAdmin, kith.NounCompany), true, true},
	} {
		by := &kith.Actor{Company: owner.Company, User: owner.User, Group: &kith.Group{Permissions: kith.Permissions{}.With(tt.held...)}}
		if _, err := h.Config(t.Context(), by); (err == nil) != tt.see {
			t.Errorf("%s, to see: %v", name, err)
		}
		if err := h.SetConfig(t.Context(), by, "require_verification", &text); (err == nil) != tt.change {
			t.Errorf("%s, to change: %v", name, err)
		}
		if err := h.SetConfig(t.Context(), by, "jwt.secret", &text); !tt.change && kith.AsError(err).Kind != kith.Forbidden {
			t.Errorf("%s, which keys there are: %v", name, err)
		}
		if err := h.SetConfig(t.Context(), by, "default_group", &text); kith.AsError(err).Kind == kith.Internal || err == nil {
			t.Errorf("%s, the default group: %v", name, err)
		}
	}
	if _, err := h.Config(t.Context(), &kith.Actor{Company: owner.Company}); kith.AsError(err).Kind != kith.Unauthenticated {
		t.Errorf("a guest: %v", err)
	}
}
