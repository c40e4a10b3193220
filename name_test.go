package kith_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"kith"
)

func TestSplitName(t *testing.T) {
	long := strings.Repeat("ä", 50)
	for _, tt := range []struct{ name, first, last, legal string }{
		{"Ada", "Ada", "", ""},
		{"Ada Lovelace", "Ada", "Lovelace", ""},
		{"  Ada \t King\nLovelace ", "Ada", "King Lovelace", ""},
		{long, long, "", ""},
		{"x " + long, "x", long, ""},
		{"a b " + strings.Repeat("ö", 49), "a b", strings.Repeat("ö", 49), ""},
		{long + "x", "", "", long + "x"},
		{"x " + long + "x", "", "", "x " + long + "x"},
		{"李 小龍", "李", "小龍", ""},
	} {
		change, err := kith.SplitName(tt.name)
		if err != nil || change[kith.FirstName] != tt.first || change[kith.LastName] != tt.last || change[kith.LegalName] != tt.legal {
			t.Errorf("%q: %v, %v", tt.name, change, err)
		}
	}
	for name, code := range map[string]string{"": kith.CodeRequired, " \t ": kith.CodeRequired, strings.Repeat("x", 81): kith.CodeTooLong} {
		if _, err := kith.SplitName(name); kith.AsError(err).Code != code || kith.AsError(err).Field != "name" {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// FuzzSplitName: whatever was there before, a name comes back as it was given, but for white space, and fits.
func FuzzSplitName(f *testing.F) {
	for _, seed := range []string{"Ada", "Ada King Lovelace", strings.Repeat("x", 51), strings.Repeat("x ", 40), strings.Repeat("äö ", 26)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		want := strings.Join(strings.Fields(name), " ")
		change, err := kith.SplitName(name)
		if n := utf8.RuneCountInString(want); (err != nil) != (n == 0 || n > kith.MaxName) {
			t.Fatalf("%q: %v", name, err)
		} else if err != nil {
			return
		}
		for a, value := range change {
			if utf8.RuneCountInString(value) > a.Max() {
				t.Errorf("%s is %q", a, value)
			}
		}
		u := kith.User{Profile: kith.Profile{kith.FirstName: "Old", kith.MiddleName: "er", kith.LastName: "Name", kith.LegalName: "Limited"}}
		u.Profile, _ = u.Profile.Apply(change)
		if u.Name() != want {
			t.Errorf("%q comes back as %q", name, u.Name())
		}
		if home := u.HomeGroup().Name; home != "Home group for "+want {
			t.Errorf("the home group is called %q", home)
		}
	})
}
