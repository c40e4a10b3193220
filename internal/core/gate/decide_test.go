package gate_test

import (
	"testing"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// TestDecide is the access rule (decisions §3): table and row must both say yes, each for one of four
// reasons, and an operation of the user section asks for that section's permission besides.
func TestDecide(t *testing.T) {
	h := newHouse(t)
	owner := h.company("acme")
	ada, bob := h.member(owner), h.member(owner)
	bare := &kith.Actor{Company: owner.Company, User: ada.User, Group: &kith.Group{ID: ada.Group.ID}}
	guest := &kith.Actor{Company: owner.Company}
	helper := &kith.Actor{Company: owner.Company, User: bob.User, Group: &kith.Group{ID: kith.GroupID{7}}}
	link := func(noun kith.Noun, group kith.GroupID, verbs ...kith.Verb) {
		err := h.db.Update(t.Context(), owner, func(tx *store.Tx) error {
			return tx.Links.Put(t.Context(), noun, nil, kith.Link{Group: group, Verbs: kith.Of(verbs...)})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	link(kith.NounUser, helper.Group.ID, kith.Refer)
	var (
		mine    = ada.User.Grants()
		theirs  = bob.User.Grants()
		locked  = kith.Grants{Owner: ada.User.ID, Mode: kith.NewMode(0, kith.Of(kith.View), 0)}
		shared  = kith.Grants{Owner: bob.User.ID, Links: []kith.Link{{Group: ada.Group.ID, Verbs: kith.Of(kith.View)}}}
		private = kith.Grants{Owner: bob.User.ID, Links: []kith.Link{{Group: ada.User.Home(), Verbs: kith.Of(kith.Change)}}}
		open    = kith.Grants{Mode: kith.NewMode(kith.AllVerbs, 0, 0)}
		refers  = kith.Grants{Links: []kith.Link{{Group: helper.Group.ID, Verbs: kith.AllVerbs}}}
	)
	user := func(verb kith.Verb) gate.Op {
		return gate.Op{Noun: kith.NounUser, Verb: verb, Section: kith.SectionUser}
	}
	admin := func(verb kith.Verb) gate.Op {
		return gate.Op{Noun: kith.NounUser, Verb: verb, Section: kith.SectionAdmin}
	}
	for _, tt := range []struct {
		name       string
		by         *kith.Actor
		op         gate.Op
		row        kith.Grants
		section    bool
		table, own kith.Rule
	}{
		{"admin permission, anybody's row", owner, admin(kith.Change), theirs, true, kith.ByPermission, kith.ByPermission},
		{"admin permission, nobody's row", owner, admin(kith.Delete), kith.Grants{}, true, kith.ByPermission, kith.ByPermission},
		{"one's own", ada, user(kith.View), mine, true, kith.ByGroup, kith.ByOwnership},
		{"one's own, without the section's permission", bare, user(kith.View), mine, false, "", ""},
		{"one's own, in the user section, with a permission for something else", ada, user(kith.Delete), mine, false, "", ""},
		{"one's own, without the owner bit", ada, user(kith.Change), locked, true, kith.ByGroup, ""},
		{"somebody else's", ada, user(kith.View), theirs, true, kith.ByGroup, ""},
		{"shared with one's group", ada, user(kith.View), shared, true, kith.ByGroup, kith.ByGroup},
		{"shared with one's group for other verbs", ada, user(kith.Change), shared, true, kith.ByGroup, ""},
		{"shared with oneself alone", ada, user(kith.Change), private, true, kith.ByGroup, kith.ByGroup},
		{"shared with somebody else alone", h.member(owner), user(kith.Change), private, true, kith.ByGroup, ""},
		{"open to guests, by a member", ada, user(kith.View), open, true, kith.ByGroup, kith.ByGuestAccess},
		{"guest bits of table and row", guest, admin(kith.Peek), theirs, true, kith.ByGuestAccess, kith.ByGuestAccess},
		{"guest bit of the row alone", guest, admin(kith.View), open, true, "", ""},
		{"guest bit of the table alone", guest, admin(kith.Peek), kith.Grants{}, true, kith.ByGuestAccess, ""},
		{"a guest in the user section", guest, user(kith.Peek), theirs, false, "", ""},
		{"table linked to one's group", helper, admin(kith.Refer), refers, true, kith.ByGroup, kith.ByGroup},
		{"table linked to another group", ada, admin(kith.Refer), kith.Grants{Mode: kith.NewMode(kith.AllVerbs, 0, 0)}, true, "", ""},
		{"add asks the table alone", owner, admin(kith.Add), kith.Grants{}, true, kith.ByPermission, kith.ByPermission},
		{"add, by guests", guest, admin(kith.Add), kith.Grants{}, true, kith.ByGuestAccess, kith.ByGuestAccess},
		{"kith itself", &kith.Actor{System: true, Company: owner.Company}, user(kith.Delete), theirs, true, kith.ByPermission, kith.ByPermission},
	} {
		got, err := h.gate.Decide(t.Context(), tt.by, tt.op, tt.row)
		want := gate.Decision{Section: tt.section, Table: tt.table, Row: tt.own}
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", tt.name, got, err, want)
		}
		if allowed := tt.section && tt.table != "" && tt.own != ""; got.Allowed() != allowed {
			t.Errorf("%s: allowed is %v, want %v", tt.name, got.Allowed(), allowed)
		}
	}
}

// TestLinksStayInTheirCompany: a link counts in the company that made it.
func TestLinksStayInTheirCompany(t *testing.T) {
	h := newHouse(t)
	acme, bolt := h.company("acme"), h.company("bolt")
	group := kith.GroupID{7}
	err := h.db.Update(t.Context(), bolt, func(tx *store.Tx) error {
		return tx.Links.Put(t.Context(), kith.NounUser, nil, kith.Link{Group: group, Verbs: kith.AllVerbs})
	})
	if err != nil {
		t.Fatal(err)
	}
	op := gate.Op{Noun: kith.NounUser, Verb: kith.Refer, Section: kith.SectionAdmin}
	row := kith.Grants{Links: []kith.Link{{Group: group, Verbs: kith.AllVerbs}}}
	for company, want := range map[*kith.Actor]bool{acme: false, bolt: true} {
		by := &kith.Actor{Company: company.Company, User: &kith.User{ID: kith.UserID{1}}, Group: &kith.Group{ID: group}}
		if got, err := h.gate.Decide(t.Context(), by, op, row); err != nil || got.Allowed() != want {
			t.Errorf("in %s: %+v, %v", company.Company.Slug, got, err)
		}
	}
}

// TestStaffOperationsNeedTheAdminPermission: an operation of the admin section is about everybody's
// rows, so that nothing but the admin permission lets anyone in: not being the owner of a row of one's
// own, not what members may do with theirs, not what guests may.
func TestStaffOperationsNeedTheAdminPermission(t *testing.T) {
	h := newHouse(t)
	owner := h.company("acme")
	member := h.member(owner)
	for _, noun := range kith.AllNouns() {
		for _, verb := range []kith.Verb{kith.Peek, kith.View, kith.Add, kith.Change, kith.Delete, kith.Execute, kith.Refer} {
			op := gate.Op{Name: noun.String() + "." + verb.String(), Noun: noun, Verb: verb, Section: kith.SectionAdmin}
			if err := run(t, h, member, op); err == nil || kith.AsError(err).Kind != kith.Forbidden {
				t.Errorf("%s by a member: %v", op, err)
			}
			if err := run(t, h, owner, op); err != nil {
				t.Errorf("%s by an admin: %v", op, err)
			}
		}
	}
}
