package kith_test

import (
	"slices"
	"testing"

	"kith"
)

func TestProfileApply(t *testing.T) {
	var was kith.Profile
	was[kith.FirstName], was[kith.LastName] = "Ada", "King"
	now, differs := was.Apply(kith.ProfileChange{kith.LastName: "Lovelace", kith.FirstName: "Ada", kith.Title: "", kith.Website: "https://x.example"})
	if want := []kith.Attribute{kith.LastName, kith.Website}; !slices.Equal(differs, want) {
		t.Errorf("what differs is %v, want %v", differs, want)
	}
	if now[kith.FirstName] != "Ada" || now[kith.LastName] != "Lovelace" || now[kith.Website] != "https://x.example" {
		t.Errorf("the profile became %v", now)
	}
	if was[kith.LastName] != "King" {
		t.Error("the old profile was changed")
	}
	if cleared, _ := now.Apply(kith.ProfileChange{kith.LastName: ""}); cleared[kith.LastName] != "" {
		t.Error("an empty value does not clear")
	}
	if same, differs := now.Apply(nil); same != now || len(differs) != 0 {
		t.Errorf("no change makes %v differ", differs)
	}
}

// TestAttributes: each has a word of its own, which finds it again.
func TestAttributes(t *testing.T) {
	for a := range kith.AttributeCount {
		found, ok := kith.AttributeNamed(a.String())
		if !ok || found != a || a.Max() <= 0 {
			t.Errorf("%d is called %q, which finds %d; it holds %d characters", a, a, found, a.Max())
		}
	}
	for _, word := range []string{"", "email", "First_name", "status"} {
		if a, ok := kith.AttributeNamed(word); ok {
			t.Errorf("%q is taken for attribute %v", word, a)
		}
	}
}

func TestUserVerified(t *testing.T) {
	for _, tt := range []struct {
		name string
		user kith.User
		want bool
	}{
		{"nothing", kith.User{}, false},
		{"by verdict", kith.User{Status: kith.Verified}, true},
		{"e-mail", kith.User{Email: "a@x.example", EmailVerified: true}, true},
		{"e-mail not yet", kith.User{Email: "a@x.example"}, false},
		{"mobile", kith.User{Mobile: "+27831234567", MobileVerified: true}, true},
		{"one of two", kith.User{Email: "a@x.example", EmailVerified: true, Mobile: "+27831234567"}, false},
		{"both", kith.User{Email: "a@x.example", EmailVerified: true, Mobile: "+27831234567", MobileVerified: true}, true},
		{"declined, address proved", kith.User{Status: kith.Declined, Email: "a@x.example", EmailVerified: true}, true},
	} {
		if got := tt.user.Verified(); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestUserActive(t *testing.T) {
	for _, u := range []kith.User{{Archived: true}, {Deactivated: true}, {Temporary: true}} {
		if u.Active() {
			t.Errorf("%+v may sign in", u)
		}
	}
	if !(&kith.User{}).Active() {
		t.Error("an ordinary user may not sign in")
	}
}

func TestHomeGroup(t *testing.T) {
	u := kith.User{ID: kith.UserID{1}, Email: "ada@x.example"}
	if g := u.HomeGroup(); g.Name != "Home group for ada@x.example" || g.ID != u.Home() || g.Kind != kith.HomeGroup {
		t.Errorf("without a name: %+v", g)
	}
	u.Profile[kith.FirstName] = "Ada"
	if g := u.HomeGroup(); g.Name != "Home group for Ada" {
		t.Errorf("with a name: %q", g.Name)
	}
}
