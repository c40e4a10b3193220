package kith_test

import (
	"testing"

	"kith"
)

// allVerbs lists them, in the order of their bits.
var allVerbs = []kith.Verb{kith.Peek, kith.View, kith.Add, kith.Change, kith.Delete, kith.Execute, kith.Refer}

func TestModeKeepsItsThreeSets(t *testing.T) {
	for _, set := range []kith.Verbs{0, kith.Of(kith.Peek), kith.Of(kith.Refer), kith.Of(kith.View, kith.Delete), kith.AllVerbs} {
		for i, m := range []kith.Mode{kith.NewMode(set, 0, 0), kith.NewMode(0, set, 0), kith.NewMode(0, 0, set)} {
			got := []kith.Verbs{m.Guest(), m.Owner(), m.Group()}
			for j := range got {
				if want := set * kith.Verbs(min(1, 1-min(1, abs(i-j)))); got[j] != want {
					t.Errorf("mode of %v in place %d has %v in place %d, want %v", set, i, got[j], j, want)
				}
			}
		}
	}
	if m := kith.NewMode(kith.AllVerbs, kith.AllVerbs, kith.AllVerbs); m != 1<<21-1 {
		t.Errorf("the whole mode is %b, want 21 bits", m)
	}
}

func abs(n int) int { return max(n, -n) }

func TestVerbs(t *testing.T) {
	if got := kith.Of(kith.Refer, kith.Peek, kith.Change).String(); got != "peek,change,refer" {
		t.Errorf("written as %q", got)
	}
	if got := kith.Of(allVerbs...); got != kith.AllVerbs {
		t.Errorf("all verbs are %v, want %v", got, kith.AllVerbs)
	}
}

// TestGrantsAllows walks every verb through every rule of access, alone: the rule that holds a verb says
// yes to that verb and to no other.
func TestGrantsAllows(t *testing.T) {
	ada := &kith.User{ID: kith.UserID{1}}
	role := &kith.Group{ID: kith.GroupID{2}, Permissions: kith.Permissions{}.With(
		kith.Permission{Section: kith.SectionUser, Noun: kith.NounUser, Level: kith.LevelView})}
	staff := &kith.Group{ID: kith.GroupID{3}, Permissions: kith.Permissions{}.With(
		kith.Permission{Section: kith.SectionAdmin, Noun: kith.NounUser, Level: kith.LevelChange})}
	member, guest := &kith.Actor{User: ada, Group: role}, &kith.Actor{}
	changer := &kith.Actor{User: ada, Group: staff}
	for _, one := range allVerbs {
		set := kith.Of(one)
		for _, tt := range []struct {
			name   string
			grants kith.Grants
			by     *kith.Actor
			want   kith.Rule
		}{
			{"owner", kith.Grants{Owner: ada.ID, Mode: kith.NewMode(0, set, 0)}, member, kith.ByOwnership},
			{"somebody else's", kith.Grants{Owner: kith.UserID{9}, Mode: kith.NewMode(0, set, 0)}, member, kith.Refused},
			{"nobody's", kith.Grants{Mode: kith.NewMode(0, set, 0)}, member, kith.Refused},
			{"nobody's, for a guest", kith.Grants{Mode: kith.NewMode(0, set, 0)}, guest, kith.Refused},
			{"linked to the role group", kith.Grants{Links: []kith.Link{{Group: role.ID, Verbs: set}}}, member, kith.ByGroup},
			{"linked to another group", kith.Grants{Links: []kith.Link{{Group: staff.ID, Verbs: set}}}, member, kith.Refused},
			{"linked to one's home", kith.Grants{Links: []kith.Link{{Group: ada.Home(), Verbs: set}}}, member, kith.ByGroup},
			{"linked to no group, for a guest", kith.Grants{Links: []kith.Link{{Verbs: set}}}, guest, kith.Refused},
			{"the group's own bits say nothing for a link with its own", kith.Grants{Mode: kith.NewMode(0, 0, set),
				Links: []kith.Link{{Group: role.ID}}}, member, kith.Refused},
			{"guest", kith.Grants{Mode: kith.NewMode(set, 0, 0)}, guest, kith.ByGuestAccess},
			{"guest bit, signed in", kith.Grants{Mode: kith.NewMode(set, 0, 0)}, member, kith.ByGuestAccess},
		} {
			for _, verb := range allVerbs {
				want := kith.Refused
				if verb == one {
					want = tt.want
				}
				if got := tt.grants.Allows(tt.by, kith.NounUser, verb); got != want {
					t.Errorf("%s, holding %v: %v is %q, want %q", tt.name, set, verb, got, want)
				}
			}
		}
	}
	for _, verb := range allVerbs {
		want := kith.Refused
		if verb == kith.Change || verb == kith.Execute || verb == kith.Refer {
			want = kith.ByPermission
		}
		if got := (kith.Grants{}).Allows(changer, kith.NounUser, verb); got != want {
			t.Errorf("with the admin permission to change users: %v is %q, want %q", verb, got, want)
		}
		if got := (kith.Grants{}).Allows(changer, kith.NounCompany, verb); got != kith.Refused {
			t.Errorf("with the admin permission to change users: %v of a company is %q", verb, got)
		}
		if got := (kith.Grants{}).Allows(&kith.Actor{System: true}, kith.NounUser, verb); got != kith.ByPermission {
			t.Errorf("for kith itself %v is %q", verb, got)
		}
	}
}

// TestDefaultTable is decisions §3: what guests may, and what anyone signed in may do with what hangs on
// them.
func TestDefaultTable(t *testing.T) {
	guests := map[kith.Noun]kith.Verbs{kith.NounUser: kith.Of(kith.Peek, kith.Add, kith.Execute), kith.NounGroup: kith.Of(kith.Add, kith.Refer)}
	for _, noun := range kith.AllNouns() {
		m := kith.DefaultTable(noun)
		if m.Guest() != guests[noun] {
			t.Errorf("guests may %v %v, want %v", m.Guest(), noun, guests[noun])
		}
		if got := m.Group(); !got.Has(kith.View) || got.Has(kith.Refer) != (noun == kith.NounGroup) {
			t.Errorf("members may %v %v", got, noun)
		}
	}
	for _, noun := range []kith.Noun{kith.NounCompany, kith.NounUser, kith.NounPermission, kith.NounEvent} {
		if kith.DefaultTable(noun).Group().Has(kith.Add) {
			t.Errorf("any member may add a %v", noun)
		}
	}
}
