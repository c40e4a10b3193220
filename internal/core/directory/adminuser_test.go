package directory_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// made adds a user as staff do, without the mail.
func (h *house) made(by *kith.Actor, in directory.NewUserByStaff) (kith.Member, error) {
	return gate.Change(h.t.Context(), h.gate, by, directory.OpAddUser, h.PlanUser(in), directory.AddPlannedUser)
}

// changed changes a user as staff do, without what is sent to verify.
func (h *house) changed(by *kith.Actor, typed string, in directory.UserChange) (kith.Member, error) {
	return gate.Change(h.t.Context(), h.gate, by, directory.OpChangeUser, h.PlanChange(in),
		func(ctx context.Context, tx *gate.Tx, p directory.PlannedChange) (kith.Member, error) {
			m, _, err := directory.ChangePlannedUser(ctx, tx, typed, p)
			return m, err
		})
}

func (h *house) mustMake(by *kith.Actor, in directory.NewUserByStaff) kith.Member {
	h.t.Helper()
	m, err := h.made(by, in)
	if err != nil {
		h.t.Fatal(err)
	}
	return m
}

// session gives a user a session, permanent or not, by that handle.
func (h *house) session(m kith.Member, handle string, permanent bool) *kith.Session {
	h.t.Helper()
	s := &kith.Session{ID: kith.NewID[kith.Session](h.now, h.gate.Random), User: m.User.ID, Purpose: kith.PurposeAccess,
		Handle: handle, Methods: kith.MethodPassword, LastUsed: h.now}
	if !permanent {
		s.ExpiresAt = h.now.Add(kith.DefaultSessionDuration)
	}
	err := h.db.Update(h.t.Context(), &kith.Actor{Company: m.Company}, func(tx *store.Tx) error {
		return tx.Sessions.Insert(h.t.Context(), s, []byte(handle))
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// handles lists a user's sessions.
func (h *house) handles(m kith.Member) []string {
	h.t.Helper()
	var list []string
	err := h.db.View(h.t.Context(), &kith.Actor{Company: m.Company}, func(tx *store.Tx) error {
		sessions, err := tx.Sessions.List(h.t.Context(), m.User.ID)
		for _, s := range sessions {
			list = append(list, s.Handle)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

// TestChangeUserTells: an event names what a change touched, with what stood there before, and a change
// that changes nothing has none.
func TestChangeUserTells(t *testing.T) {
	h := newHouse(t, false)
	owner := h.company("acme")
	ada := h.mustMake(owner, directory.NewUserByStaff{Email: "ada@x.example", Profile: kith.ProfileChange{kith.FirstName: "Ada"},
		Metadata: map[string]any{"a": "b"}})
	id := ada.User.ID.String()
	h.wait()
	after, err := h.changed(owner, id, directory.UserChange{
		Username: ptr("countess"), Email: ptr(""), Mobile: ptr("+27831234567"), Profile: kith.ProfileChange{kith.FirstName: "", kith.LastName: "King"},
		Groups: &[]string{kith.GroupSupport}, Metadata: map[string]any{"a": nil}, Status: ptr(kith.Declined),
		Deactivated: ptr(true), Archived: ptr(true), Retention: ptr(kith.DeleteRequested)})
	if err != nil {
		t.Fatal(err)
	}
	h.wait()
	u := after.User
	if u.Username != "countess" || u.Email != "" || u.Mobile != "+27831234567" || after.Group.Name != kith.GroupSupport || u.Metadata != nil ||
		u.Status != kith.Declined || !u.Deactivated || !u.Archived || u.Retention != kith.DeleteRequested || u.Profile[kith.LastName] != "King" {
		t.Errorf("the user became %+v in %+v", u, after.Group)
	}
	read, err := h.User(t.Context(), owner, id)
	if err != nil || !reflect.DeepEqual(read.User, u) || read.Group.Name != after.Group.Name {
		t.Errorf("read again: %+v in %+v, %v", read.User, read.Group, err)
	}
	if _, err := h.changed(owner, id, directory.UserChange{Mobile: ptr("+27 83 123-4567"), Archived: ptr(true)}); err != nil {
		t.Errorf("what is so already: %v", err)
	}
	list := h.changes(owner)
	if len(list) != 1 {
		t.Fatalf("%d events tell of one change", len(list))
	}
	want := []string{"archived", "deactivated", "email", "first_name", "group", "last_name", "metadata", "mobile", "retention_state", "status", "username"}
	if e := list[0]; !slices.Equal(e.Fields, want) || e.Subject != u.ID || e.Actor != owner.User.ID || e.Row != id {
		t.Errorf("the event is %+v", e.Event)
	}
	old := map[string]any{"archived": false, "deactivated": false, "email": "ada@x.example", "first_name": "Ada", "group": kith.GroupUser, "last_name": "",
		"metadata": map[string]any{"a": "b"}, "mobile": "", "retention_state": "retaining", "status": "pending", "username": ""}
	if !reflect.DeepEqual(list[0].old, old) {
		t.Errorf("what stood there before: %v", list[0].old)
	}
}

// TestChangeKillsTrust: what changes how somebody is reached, or shuts them out, ends their temporary
// sessions, and nothing else does. Those who do it to themselves keep the one they do it with.
func TestChangeKillsTrust(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change directory.UserChange
		ends   bool
	}{
		{"e-mail", directory.UserChange{Email: ptr("countess@x.example")}, true},
		{"e-mail taken away", directory.UserChange{Email: ptr("")}, true},
		{"e-mail, spelled otherwise", directory.UserChange{Email: ptr("ADA@x.example")}, false},
		{"mobile", directory.UserChange{Mobile: ptr("+27831234567")}, true},
		{"deactivated", directory.UserChange{Deactivated: ptr(true)}, true},
		{"archived", directory.UserChange{Archived: ptr(true)}, true},
		{"username", directory.UserChange{Username: ptr("countess")}, false},
		{"group", directory.UserChange{Groups: &[]string{kith.GroupSupport}}, false},
		{"name and status", directory.UserChange{Profile: kith.ProfileChange{kith.FirstName: "Ada"}, Status: ptr(kith.Declined)}, false},
		{"active, as before", directory.UserChange{Deactivated: ptr(false), Archived: ptr(false)}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, false)
			owner := h.company("acme")
			ada := h.mustMake(owner, directory.NewUserByStaff{Email: "ada@x.example"})
			h.session(ada, "temporary", false)
			h.session(ada, "permanent", true)
			h.session(kith.Member{User: owner.User, Company: owner.Company}, "owner's", false)
			if _, err := h.changed(owner, "ada@x.example", tt.change); err != nil {
				t.Fatal(err)
			}
			want := []string{"permanent", "temporary"}
			if tt.ends {
				want = want[:1]
			}
			if got := h.handles(ada); !slices.Equal(got, want) {
				t.Errorf("what lives is %v, want %v", got, want)
			}
		})
	}
	h := newHouse(t, false)
	owner := h.company("acme")
	self := kith.Member{User: owner.User, Company: owner.Company}
	h.session(self, "other", false)
	owner.Session = h.session(self, "present", false)
	if _, err := h.changed(owner, owner.User.ID.String(), directory.UserChange{Email: ptr("olga@x.example")}); err != nil {
		t.Fatal(err)
	}
	if got := h.handles(self); !slices.Equal(got, []string{"present"}) {
		t.Errorf("of one's own sessions live %v", got)
	}
}

// TestChosenIDs: staff choose ids that were never used, by a user or by a group: who has a group's id
// would be alone in it, and with it.
func TestChosenIDs(t *testing.T) {
	h := newHouse(t, false)
	owner, other := h.company("acme"), h.company("bolt")
	ada := h.mustMake(owner, directory.NewUserByStaff{})
	for name, id := range map[string]string{"a user's": ada.User.ID.String(), "the owner's": owner.User.ID.String(), "a group's": owner.Group.ID.String()} {
		if _, err := h.made(owner, directory.NewUserByStaff{ID: id}); kith.AsError(err).Kind != kith.Conflict || kith.AsError(err).Field != "id" {
			t.Errorf("%s: %v", name, err)
		}
		if m, err := h.made(other, directory.NewUserByStaff{ID: id}); err != nil || m.User.ID.String() != id {
			t.Errorf("%s, in another company: %v", name, err)
		}
	}
	for _, id := range []string{"1", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "{0198c5a2-7b3e-7c41-9d20-5f6e1a2b3c4d}", ada.User.ID.String() + "0"} {
		if _, err := h.made(owner, directory.NewUserByStaff{ID: id}); kith.AsError(err).Kind != kith.Invalid {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// TestAKnownAddressBecomesPrimary: another of the user's own addresses takes the primary one's place, and
// stays verified. The one before is free.
func TestAKnownAddressBecomesPrimary(t *testing.T) {
	h := newHouse(t, false)
	owner := h.company("acme")
	ada := h.mustMake(owner, directory.NewUserByStaff{Email: "ada@x.example"})
	err := h.db.Update(t.Context(), &kith.Actor{Company: owner.Company}, func(tx *store.Tx) error {
		_, err := tx.Identifiers.Insert(t.Context(), &kith.Identifier{ID: 7, User: ada.User.ID, Kind: kith.Email, Value: "ada@work.example",
			Folded: "ada@work.example", VerifiedAt: noon}, true)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := h.changed(owner, "ada@x.example", directory.UserChange{Email: ptr("ada@work.example")})
	if err != nil || m.User.Email != "ada@work.example" || !m.User.EmailVerified {
		t.Fatalf("%+v, %v", m.User, err)
	}
	h.mustMake(owner, directory.NewUserByStaff{Email: "ada@x.example"})
	if _, err := h.made(owner, directory.NewUserByStaff{Email: "ada@work.example"}); kith.AsError(err).Kind != kith.Conflict {
		t.Errorf("the new one: %v", err)
	}
}

// TestTheOwnerIsFixed: whatever is tried, by whomever, the owner stays what the company needs them to be.
// Only kith's operator may give them another address: somebody must, if they lose theirs.
func TestTheOwnerIsFixed(t *testing.T) {
	h := newHouse(t, false)
	owner := h.company("acme")
	admin := h.mustMake(owner, directory.NewUserByStaff{Email: "adam@x.example", Groups: []string{kith.GroupAdmin}})
	id := owner.User.ID.String()
	actors := map[string]*kith.Actor{"the owner": owner, "an admin": {Company: owner.Company, User: admin.User, Group: admin.Group},
		"the operator": {System: true, Company: owner.Company}}
	for who, by := range actors {
		for what, change := range map[string]directory.UserChange{
			"archive": {Archived: ptr(true)}, "deactivate": {Deactivated: ptr(true)}, "ask deletion": {Retention: ptr(kith.DeleteRequested)},
			"demote": {Groups: &[]string{kith.GroupUser}}, "remove from every group": {Groups: &[]string{}},
		} {
			if _, err := h.changed(by, id, change); kith.AsError(err).Kind != kith.Forbidden {
				t.Errorf("%s may %s the owner: %v", who, what, err)
			}
		}
		if _, err := h.ArchiveUser(t.Context(), by, id); kith.AsError(err).Kind != kith.Forbidden {
			t.Errorf("%s may delete the owner: %v", who, err)
		}
		_, err := h.changed(by, id, directory.UserChange{Email: ptr("olga@" + kith.NewID[kith.User](h.now, h.gate.Random).String() + ".example")})
		if allowed := err == nil; allowed != (who != "an admin") {
			t.Errorf("%s gives the owner an e-mail: %v", who, err)
		}
	}
	read, err := h.User(t.Context(), owner, id)
	if err != nil || !read.User.Active() || read.User.Retention != kith.Retaining || read.Group.Name != kith.GroupAdmin {
		t.Errorf("the owner is now %+v in %+v, %v", read.User, read.Group, err)
	}
}

// TestOwnershipIsReadAnew: who asked before a hand-over is held to the owner of now.
func TestOwnershipIsReadAnew(t *testing.T) {
	h := newHouse(t, false)
	owner := h.company("acme")
	heir := h.mustMake(owner, directory.NewUserByStaff{Email: "heir@x.example", Groups: []string{kith.GroupAdmin}})
	stale := *owner.Company
	by := *owner
	by.Company = &stale
	stale.Owner = heir.User.ID // what a session that was resolved a moment ago may say
	if _, err := h.ArchiveUser(t.Context(), &by, owner.User.ID.String()); kith.AsError(err).Kind != kith.Forbidden {
		t.Errorf("the owner was archived: %v", err)
	}
}

// TestUserOfAnotherCompany: it is not there, for reading and for writing.
func TestUserOfAnotherCompany(t *testing.T) {
	h := newHouse(t, false)
	owner, other := h.company("acme"), h.company("bolt")
	ada := h.mustMake(other, directory.NewUserByStaff{Email: "ada@x.example", Mobile: "+27831234567", Username: "ada"})
	for _, typed := range []string{ada.User.ID.String(), "ada@x.example", "+27831234567", "ada", "", "%"} {
		for name, ask := range map[string]func(context.Context, *kith.Actor, string) (kith.Member, error){
			"read": h.User, "archive": h.ArchiveUser, "restore": h.RestoreUser,
		} {
			if m, err := ask(t.Context(), owner, typed); !errors.Is(err, kith.ErrNotFound) || m.User != nil {
				t.Errorf("%s %q: %+v, %v", name, typed, m.User, err)
			}
		}
	}
}
