package access

import (
	"testing"

	"kith"
)

// TestBornGroups says of each group one thing that it is for and one that it must not do.
func TestBornGroups(t *testing.T) {
	admin := func(n kith.Noun, l kith.Level) kith.Permission {
		return kith.Permission{Section: kith.SectionAdmin, Noun: n, Level: l}
	}
	own := func(n kith.Noun, l kith.Level) kith.Permission {
		return kith.Permission{Section: kith.SectionUser, Noun: n, Level: l}
	}
	for _, tt := range []struct {
		group string
		may   []kith.Permission
		not   []kith.Permission
	}{
		{kith.GroupAdmin,
			[]kith.Permission{admin(kith.NounCompany, kith.LevelChange), admin(kith.NounPermission, kith.LevelAdd), own(kith.NounUser, kith.LevelView)},
			nil},
		{kith.GroupManager,
			[]kith.Permission{admin(kith.NounUser, kith.LevelChange), admin(kith.NounDocument, kith.LevelDelete), admin(kith.NounCompany, kith.LevelView)},
			[]kith.Permission{admin(kith.NounCompany, kith.LevelChange), admin(kith.NounGroup, kith.LevelChange), admin(kith.NounApplication, kith.LevelView)}},
		{kith.GroupSupport,
			[]kith.Permission{admin(kith.NounUser, kith.LevelView), admin(kith.NounSession, kith.LevelChange)},
			[]kith.Permission{admin(kith.NounUser, kith.LevelChange), admin(kith.NounDocument, kith.LevelDelete), admin(kith.NounEvent, kith.LevelView)}},
		{kith.GroupUser,
			[]kith.Permission{own(kith.NounUser, kith.LevelChange), own(kith.NounSession, kith.LevelDelete), own(kith.NounCompany, kith.LevelView)},
			[]kith.Permission{own(kith.NounUser, kith.LevelDelete), own(kith.NounCompany, kith.LevelChange), admin(kith.NounUser, kith.LevelView)}},
	} {
		t.Run(tt.group, func(t *testing.T) {
			g := born(t, tt.group)
			for _, p := range tt.may {
				if !g.Permissions.Has(p) {
					t.Errorf("lacks %s", p)
				}
			}
			for _, p := range tt.not {
				if g.Permissions.Has(p) {
					t.Errorf("holds %s", p)
				}
			}
		})
	}
}

// TestOneDefault: people who choose no group get user, and may choose nothing else.
func TestOneDefault(t *testing.T) {
	for _, g := range Born() {
		if chosen := g.Name == kith.GroupUser; g.Default != chosen || g.Public != chosen {
			t.Errorf("%s: default %v, public %v", g.Name, g.Default, g.Public)
		}
	}
}

// TestEachCoversTheNext: nobody among staff holds what an admin does not.
func TestEachCoversTheNext(t *testing.T) {
	all := born(t, kith.GroupAdmin).Permissions
	for _, g := range Born() {
		if !all.Covers(g.Permissions) {
			t.Errorf("admin does not cover %s", g.Name)
		}
	}
}

func born(t *testing.T, name string) kith.Group {
	t.Helper()
	for _, g := range Born() {
		if g.Name == name {
			return g
		}
	}
	t.Fatalf("no group %s", name)
	return kith.Group{}
}
