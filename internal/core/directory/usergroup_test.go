package directory_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// add makes a user of a company, in a role group.
func (h *house) add(owner *kith.Actor, group string) kith.Member {
	h.t.Helper()
	op := gate.Op{Name: "user.add", Noun: kith.NounUser, Verb: kith.Add, Section: kith.SectionAdmin}
	m, err := gate.Change(h.t.Context(), h.gate, owner, op, group, func(ctx context.Context, tx *gate.Tx, group string) (kith.Member, error) {
		g, err := tx.Groups.Named(ctx, group)
		if err != nil {
			return kith.Member{}, err
		}
		return directory.AddUser(ctx, tx, directory.NewUser{Group: g})
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return m
}

// told is what an event says, without when and who.
type told struct {
	verb    kith.Verb
	noun    kith.Noun
	row     string
	subject kith.UserID
	fields  []string
	old     map[string]any
}

// since reads the events after the first n, oldest first.
func (h *house) since(by *kith.Actor, n int) (list []told, all int) {
	h.t.Helper()
	op := gate.Op{Name: "event.view", Noun: kith.NounEvent, Verb: kith.View, Section: kith.SectionAdmin}
	list, err := gate.Read(h.t.Context(), h.gate, by, op, func(ctx context.Context, tx *gate.Tx) ([]told, error) {
		events, sealed, err := tx.Events.List(ctx, kith.EventID{}, 1000)
		all = len(events)
		var list []told
		for i := n; i < len(events); i++ {
			e := events[i]
			old, err := tx.OpenEvent(ctx, e, sealed[i])
			if err != nil {
				return nil, err
			}
			list = append(list, told{e.Verb, e.Noun, e.Row, e.Subject, e.Fields, old})
		}
		return list, err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return list, all
}

// TestGroupsAndPermissionsAreTold: each edit of who may do what leaves one event, which says whose it is
// and what it was before; an edit that changes nothing leaves none.
func TestGroupsAndPermissionsAreTold(t *testing.T) {
	h := newHouse(t, true)
	by := h.company("acme")
	ada := h.add(by, kith.GroupUser).User.ID
	a := access.New(h.gate)
	ctx := t.Context()
	row := ada.String()
	user, admin := kith.SectionUser, kith.SectionAdmin
	look := access.Grants{List: []access.Grant{{Section: &admin, Noun: kith.NounUser, Level: kith.LevelView},
		{Section: &user, Noun: kith.NounTransaction, Level: kith.LevelView, Properties: kith.Properties{"metadata.a": true}}}}
	const seesUsers, seesTransactions = "admin:user.view", "user:transaction.view"
	users := kith.Permission{Section: admin, Noun: kith.NounUser, Level: kith.LevelView}.Number()
	transactions := kith.Permission{Section: user, Noun: kith.NounTransaction, Level: kith.LevelView}.Number()
	fine := func(kith.Holding) error { return nil }
	for _, tt := range []struct {
		what string
		do   func() error
		want []told
	}{
		{"a group is made", func() error {
			_, err := a.AddGroup(ctx, by, access.NewGroup{Name: "gold", Label: "Gold", Public: true})
			return err
		}, []told{{kith.Add, kith.NounGroup, "gold", kith.UserID{}, []string{"label", "name", "public"}, nil}}},
		{"the default moves", func() error {
			_, err := a.ChangeGroup(ctx, by, "gold", access.GroupChange{Default: ptr(true), Name: ptr("golden")})
			return err
		}, []told{{kith.Change, kith.NounGroup, "user", kith.UserID{}, []string{"default"}, map[string]any{"default": true}},
			{kith.Change, kith.NounGroup, "gold", kith.UserID{}, []string{"default", "name"}, map[string]any{"default": false, "name": "gold"}}}},
		{"nothing differs", func() error {
			_, err := a.ChangeGroup(ctx, by, "golden", access.GroupChange{Default: ptr(true), Label: ptr(" Gold ")})
			return err
		}, nil},
		{"a setting", func() error {
			_, err := a.ChangeGroupSettings(ctx, by, "golden", access.GroupSettingsChange{PasswordSetURL: ptr("https://x.example")})
			return err
		}, []told{{kith.Change, kith.NounGroup, "golden", kith.UserID{}, []string{"password_set_url"}, map[string]any{"password_set_url": ""}}}},
		{"a move", func() error { _, err := h.PutIntoGroup(ctx, by, row, "manager"); return err },
			[]told{{kith.Change, kith.NounUser, row, ada, []string{"group"}, map[string]any{"group": "user"}}}},
		{"a move to where one is", func() error { _, err := h.PutIntoGroup(ctx, by, row, "manager"); return err }, nil},
		{"a leave", func() error { return h.TakeOutOfGroup(ctx, by, row, "manager") },
			[]told{{kith.Change, kith.NounUser, row, ada, []string{"group"}, map[string]any{"group": "manager"}}}},
		{"a move from nowhere", func() error { _, err := h.PutIntoGroup(ctx, by, row, "user"); return err },
			[]told{{kith.Change, kith.NounUser, row, ada, []string{"group"}, map[string]any{"group": nil}}}},
		{"grants to a user", func() error { _, err := h.GrantUser(ctx, by, row, look); return err },
			[]told{{kith.Add, kith.NounPermission, row, ada, []string{seesUsers, seesTransactions}, nil}}},
		{"the same again", func() error { _, err := h.GrantUser(ctx, by, row, look); return err }, nil},
		{"properties", func() error {
			_, err := h.NarrowUser(ctx, by, row, access.Narrowing{Number: transactions, Properties: &kith.Properties{}, Check: fine})
			return err
		}, []told{{kith.Change, kith.NounPermission, row, ada, []string{seesTransactions},
			map[string]any{seesTransactions: map[string]any{"metadata.a": true}}}}},
		{"a revoke", func() error { return h.RevokeUser(ctx, by, row, users) },
			[]told{{kith.Delete, kith.NounPermission, row, ada, []string{seesUsers}, map[string]any{seesUsers: nil}}}},
		{"grants to a group", func() error { _, err := a.GrantGroup(ctx, by, "support", look); return err },
			[]told{{kith.Add, kith.NounPermission, "support", kith.UserID{}, []string{seesTransactions}, nil}}},
		{"a revoke from a group", func() error { return a.RevokeGroup(ctx, by, "support", transactions) },
			[]told{{kith.Delete, kith.NounPermission, "support", kith.UserID{}, []string{seesTransactions},
				map[string]any{seesTransactions: map[string]any{"metadata.a": true}}}}},
	} {
		_, before := h.since(by, 0)
		h.wait()
		if err := tt.do(); err != nil {
			t.Errorf("%s: %v", tt.what, err)
			continue
		}
		got, _ := h.since(by, before)
		if len(got) == 2 && len(tt.want) == 2 && got[0].row != tt.want[0].row { // events of one moment have no order
			got[0], got[1] = got[1], got[0]
		}
		if len(got) != len(tt.want) || len(got) > 0 && !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s leaves\n%+v, want\n%+v", tt.what, got, tt.want)
		}
	}
}

// TestGrantingAnewTells: a grant that narrows what is held already otherwise than before tells how it was.
func TestGrantingAnewTells(t *testing.T) {
	h := newHouse(t, true)
	by := h.company("acme")
	ada := h.add(by, kith.GroupUser).User.ID.String()
	user := kith.SectionUser
	grant := func(key string) {
		t.Helper()
		_, err := h.GrantUser(t.Context(), by, ada, access.Grants{List: []access.Grant{{Section: &user, Noun: kith.NounTransaction,
			Level: kith.LevelView, Properties: kith.Properties{"metadata." + key: true}}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	grant("a")
	_, n := h.since(by, 0)
	h.wait()
	grant("b")
	list, _ := h.since(by, n)
	want := map[string]any{"user:transaction.view": map[string]any{"metadata.a": true}}
	if len(list) != 1 || !reflect.DeepEqual(list[0].old, want) {
		t.Errorf("told: %+v", list)
	}
}

// TestGroupsAreBounded: a company has so many groups and no more.
func TestGroupsAreBounded(t *testing.T) {
	h := newHouse(t, true)
	by := h.company("acme")
	err := h.db.Update(t.Context(), by, func(tx *store.Tx) error {
		for i := range 995 { // with the four that it was born with, one is left
			g := &kith.Group{ID: kith.NewID[kith.Group](h.now, h.gate.Random), Kind: kith.RoleGroup, Name: fmt.Sprint("g", i), CreatedAt: h.now, UpdatedAt: h.now}
			if err := tx.Groups.Insert(t.Context(), g); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a := access.New(h.gate)
	if _, err := a.AddGroup(t.Context(), by, access.NewGroup{Name: "last"}); err != nil {
		t.Errorf("the last: %v", err)
	}
	if _, err := a.AddGroup(t.Context(), by, access.NewGroup{Name: "beyond"}); kith.AsError(err).Code != kith.CodeOutOfRange {
		t.Errorf("one more: %v", err)
	}
}
