package signin

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// unclaimed makes acme, which nobody owns.
func (h *house) unclaimed(mode kith.CompanyMode) *kith.Company {
	h.t.Helper()
	c, made, err := h.directory.EnsureCompany(h.t.Context(), &kith.Actor{System: true}, "acme", mode)
	if err != nil || !made || !c.Unclaimed() {
		h.t.Fatal(c, made, err)
	}
	return c
}

// member reads a user as they are now.
func (h *house) member(c *kith.Company, id kith.UserID) kith.Member {
	h.t.Helper()
	var m kith.Member
	err := h.db.View(h.t.Context(), &kith.Actor{Company: c}, func(tx *store.Tx) error {
		var err error
		m, err = tx.Users.Member(h.t.Context(), id)
		return err
	})
	h.must(err)
	return m
}

// TestEnsureCompany: it is made once, as any company is, but for its owner, and nobody else can have its id.
func TestEnsureCompany(t *testing.T) {
	h := newHouse(t, Config{}, false)
	c := h.unclaimed(kith.Test)
	again, made, err := h.directory.EnsureCompany(t.Context(), &kith.Actor{System: true}, "ACME", kith.Production)
	if err != nil || made || again.ID != c.ID || again.Mode != kith.Test {
		t.Errorf("a second time: %+v, %v, %v", again, made, err)
	}
	if _, _, err := h.directory.EnsureCompany(t.Context(), &kith.Actor{Remote: local}, "bolt", kith.Test); kith.AsError(err).Kind != kith.Forbidden {
		t.Errorf("not the operator: %v", err)
	}
	_, err = h.RegisterCompany(t.Context(), &kith.Actor{Remote: local}, CompanyRegistration{
		Person: Person{Email: "eve@x.example", Password: phrase}, Company: directory.NewCompany{Slug: "acme"}})
	if kith.AsError(err).Kind != kith.Conflict {
		t.Errorf("registering one of its id: %v", err)
	}
	ada := h.person("ada@x.example")
	if ada.Group == nil || ada.Group.Name != "user" {
		t.Errorf("who signs up is in %v", ada.Group)
	}
	by := h.actor(ada.Token)
	if _, err := h.Offer(t.Context(), by); kith.AsError(err).Kind != kith.Forbidden {
		t.Errorf("handing it over: %v", err)
	}
	operator, err := h.directory.Operator(t.Context(), "acme")
	h.must(err)
	if own, err := h.directory.OwnCompany(t.Context(), operator); err != nil || own.Holder.User != nil {
		t.Errorf("its owner: %v, %v", own.Holder.User, err)
	}
	if _, err := h.Offer(t.Context(), operator); kith.AsError(err).Kind != kith.NotFound {
		t.Errorf("the operator asks who owns it: %v", err)
	}
	if _, err := h.OfferOwner(t.Context(), operator, NewOffer{User: "ada@x.example"}); kith.AsError(err).Kind != kith.Forbidden {
		t.Errorf("the operator hands it over: %v", err)
	}
}

// TestClaim: of a hundred who claim a company at once one has it; nobody else's row changes.
func TestClaim(t *testing.T) {
	h := newHouse(t, Config{}, false)
	c := h.unclaimed(kith.Test)
	const rivals = 100
	all := make([]*SignedIn, rivals)
	for i := range all {
		all[i] = h.person(fmt.Sprintf("u%d@x.example", i))
	}
	if err := h.Claim(t.Context(), &kith.Actor{Company: c, Remote: local}, ""); kith.AsError(err).Kind != kith.Unauthenticated {
		t.Errorf("a guest: %v", err)
	}
	var won atomic.Int32
	var winner atomic.Value
	var running sync.WaitGroup
	for _, one := range all {
		by := h.actor(one.Token)
		running.Go(func() {
			err := h.Claim(t.Context(), by, "")
			if err == nil {
				won.Add(1)
				winner.Store(by.User.ID)
			} else if !errors.Is(err, directory.ErrClaimed) {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if won.Load() != 1 {
		t.Fatalf("%d of %d won", won.Load(), rivals)
	}
	for _, one := range all {
		now, is := h.member(c, one.User.ID), one.User.ID == winner.Load()
		if want := map[bool]string{true: kith.GroupAdmin, false: "user"}[is]; now.Group == nil || now.Group.Name != want {
			t.Errorf("%s is in %v, want %s", one.User.Email, now.Group, want)
		}
		if !is && !now.User.UpdatedAt.Equal(one.User.UpdatedAt) {
			t.Errorf("the row of %s was changed", one.User.Email)
		}
		if err := h.Claim(t.Context(), h.actor(one.Token), ""); !errors.Is(err, directory.ErrClaimed) {
			t.Errorf("later: %v", err)
		}
		if is {
			by := h.actor(one.Token)
			if !by.Company.OwnedBy(by.User.ID) || !by.Holds(kith.SectionAdmin, kith.NounUser, kith.Change) {
				t.Errorf("the owner is %v", by.Company.Owner)
			}
			if own, err := h.directory.OwnCompany(t.Context(), by); err != nil || own.Holder.User.ID != by.User.ID {
				t.Errorf("its owner: %v, %v", own.Holder.User, err)
			}
			yes := true
			if _, err := h.ChangeUser(t.Context(), by, by.User.ID.String(), directory.UserChange{Archived: &yes}); kith.AsError(err).Kind != kith.Forbidden {
				t.Errorf("the owner is archived: %v", err)
			}
		}
	}
	told := make(map[kith.Noun]int)
	h.events(c, func(e *kith.Event) {
		if e.Verb == kith.Change && e.Actor == winner.Load() {
			told[e.Noun]++
		}
	})
	if told[kith.NounCompany] != 1 || told[kith.NounUser] != 1 {
		t.Errorf("events: %v", told)
	}
}

// TestClaimFromElsewhere: whoever is not at this machine brings the setup token, whatever the policy about registering.
func TestClaimFromElsewhere(t *testing.T) {
	for _, policy := range []Registration{OpenRegistration, ByToken, ClosedRegistration} {
		for _, token := range []string{"", "the token"} {
			h := newHouse(t, Config{Registration: policy, SetupToken: token}, false)
			h.unclaimed(kith.Production)
			ada := h.person("ada@x.example")
			by, err := h.Authenticate(t.Context(), remote, ada.Token)
			h.must(err)
			for _, bad := range []string{"", "the token ", "The token"} {
				if err := h.Claim(t.Context(), by, bad); kith.AsError(err).Code != kith.CodeSetupToken {
					t.Errorf("by %q: %v", bad, err)
				}
			}
			if err := h.Claim(t.Context(), by, "the token"); (err == nil) != (token != "") {
				t.Errorf("by the token, where it is %q: %v", token, err)
			}
		}
	}
}

// TestWhoMayNotClaim: machines, those who still owe a factor, those who were shut out meanwhile, and everybody of a
// company that has an owner.
func TestWhoMayNotClaim(t *testing.T) {
	h := newHouse(t, Config{}, false)
	c := h.unclaimed(kith.Test)
	ada, bob := h.person("ada@x.example"), h.person("bob@x.example")
	h.addFactor(ada.Member, 1, noon)
	owing, err := h.signIn("ada@x.example")
	h.must(err)
	if err := h.Claim(t.Context(), h.actor(owing.Token), ""); kith.AsError(err).Kind != kith.Forbidden {
		t.Errorf("who owes a factor: %v", err)
	}
	gone := h.actor(bob.Token)
	h.changeUser(bob.Member, func(u *kith.User) { u.Deactivated = true })
	if err := h.Claim(t.Context(), gone, ""); !errors.Is(err, errToken) {
		t.Errorf("who was shut out: %v", err)
	}
	name := kith.Identifier{Kind: kith.Username, Value: "robot", Folded: "robot", Primary: true}
	robot, err := gate.Change(t.Context(), h.gate, &kith.Actor{System: true, Company: c}, directory.OpAddUser, name,
		func(ctx context.Context, tx *gate.Tx, name kith.Identifier) (kith.Member, error) {
			return directory.AddUser(ctx, tx, directory.NewUser{Kind: kith.Machine, Identifiers: []kith.Identifier{name}})
		})
	h.must(err)
	if err := h.Claim(t.Context(), &kith.Actor{Company: c, User: robot.User, Remote: local}, ""); !errors.Is(err, directory.ErrClaimed) {
		t.Errorf("a machine: %v", err)
	}
	if err := h.Claim(t.Context(), &kith.Actor{Company: c, System: true, Remote: local}, ""); !errors.Is(err, directory.ErrClaimed) {
		t.Errorf("the operator, who is nobody: %v", err)
	}
	h.company("bolt")
	bolt, err := h.Register(t.Context(), &kith.Actor{Remote: local}, UserRegistration{Person: Person{Email: "eve@x.example", Password: phrase}, Company: "bolt"})
	h.must(err)
	if err := h.Claim(t.Context(), h.actor(bolt.Token), ""); !errors.Is(err, directory.ErrClaimed) {
		t.Errorf("one that has an owner: %v", err)
	}
}
