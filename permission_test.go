package kith_test

import (
	"bytes"
	"testing"

	"kith"
)

// everyPermission lists all that can be written.
func everyPermission() []kith.Permission {
	return append(kith.Every(kith.SectionUser, kith.AllNouns()...), kith.Every(kith.SectionAdmin, kith.AllNouns()...)...)
}

// TestPermissionsAreIndependent: each permission is a bit of its own, that survives the store.
func TestPermissionsAreIndependent(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range everyPermission() {
		set := kith.Permissions{}.With(p)
		stored := kith.PermissionsOf(set.Bytes())
		if list := stored.List(); len(list) != 1 || list[0] != p {
			t.Errorf("a set of %v lists %v", p, list)
		}
		if seen[p.String()] {
			t.Errorf("two permissions are called %v", p)
		}
		seen[p.String()] = true
	}
	if want := 2 * 4 * len(kith.AllNouns()); len(seen) != want {
		t.Errorf("%d permissions, want %d", len(seen), want)
	}
}

func TestPermissionsCover(t *testing.T) {
	view := kith.Permission{Section: kith.SectionAdmin, Noun: kith.NounUser, Level: kith.LevelView}
	change := kith.Permission{Section: kith.SectionAdmin, Noun: kith.NounUser, Level: kith.LevelChange}
	one, both := kith.Permissions{}.With(view), kith.Permissions{}.With(view, change)
	all := kith.Permissions{}.With(everyPermission()...)
	for _, tt := range []struct {
		name       string
		has, gives kith.Permissions
		want       bool
	}{
		{"nothing to give", kith.Permissions{}, kith.Permissions{}, true},
		{"the same", one, one, true},
		{"more than needed", both, one, true},
		{"less than needed", one, both, false},
		{"nothing held", kith.Permissions{}, one, false},
		{"all", all, both, true},
		{"all but one", both, all, false},
	} {
		if got := tt.has.Covers(tt.gives); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	if both == one || one.Has(change) {
		t.Error("With changed the set it was called on")
	}
}

// TestPermissionsOfShortRows: what is missing of a stored set is not held.
func TestPermissionsOfShortRows(t *testing.T) {
	all := kith.Permissions{}.With(everyPermission()...)
	for n := range 32 {
		if got := kith.PermissionsOf(all.Bytes()[:n]); !all.Covers(got) || n < 8 && got != (kith.Permissions{}) {
			t.Errorf("of %d bytes: %v", n, got)
		}
	}
	if !bytes.Equal(kith.PermissionsOf(all.Bytes()).Bytes(), all.Bytes()) {
		t.Error("a whole set does not survive the store")
	}
}

// TestHolds: a level stands for its verbs and for no others, and a section's permissions say nothing in
// the other.
func TestHolds(t *testing.T) {
	means := map[kith.Level]kith.Verbs{
		kith.LevelView: kith.Of(kith.Peek, kith.View), kith.LevelAdd: kith.Of(kith.Add),
		kith.LevelChange: kith.Of(kith.Change, kith.Execute, kith.Refer), kith.LevelDelete: kith.Of(kith.Delete),
	}
	for level, verbs := range means {
		p := kith.Permission{Section: kith.SectionAdmin, Noun: kith.NounUser, Level: level}
		by := &kith.Actor{User: &kith.User{}, Group: &kith.Group{Permissions: kith.Permissions{}.With(p)}}
		for _, verb := range allVerbs {
			if got := by.Holds(kith.SectionAdmin, kith.NounUser, verb); got != verbs.Has(verb) {
				t.Errorf("%v to %v: %v", p, verb, got)
			}
			if by.Holds(kith.SectionUser, kith.NounUser, verb) {
				t.Errorf("%v counts in the user section", p)
			}
		}
	}
	if (&kith.Actor{}).Holds(kith.SectionUser, kith.NounUser, kith.View) {
		t.Error("a guest holds a permission")
	}
}

// TestReach: an admin permission reaches the one of the user section, and never the other way.
func TestReach(t *testing.T) {
	admin := kith.Permission{Section: kith.SectionAdmin, Noun: kith.NounOAuthClient, Level: kith.LevelDelete}
	own := kith.Permission{Section: kith.SectionUser, Noun: kith.NounUser, Level: kith.LevelView}
	twin := admin
	twin.Section = kith.SectionUser
	set := kith.Permissions{}.With(admin, own)
	if got, want := set.Reach(), set.With(twin); got != want {
		t.Errorf("%v reaches %v, want %v", set.List(), got.List(), want.List())
	}
}

// TestBoth: what is in both sets, and nothing else.
func TestBoth(t *testing.T) {
	all, views := kith.AllPermissions(), kith.Permissions{}.With(kith.Views(kith.SectionAdmin, kith.AllNouns()...)...)
	if got := all.Both(views); got != views {
		t.Errorf("everything and the views have in common %v", got.List())
	}
	if got := views.Both(kith.Permissions{}.With(kith.Every(kith.SectionUser, kith.AllNouns()...)...)); got != (kith.Permissions{}) {
		t.Errorf("two sections have in common %v", got.List())
	}
}
