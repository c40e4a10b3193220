package signin

import (
	"errors"
	"testing"

	"kith"
	"kith/internal/core/directory"
)

// TestOperatorMakesCompanies: the operator makes companies whatever the policy, with or without a password
// for the owner, and nobody is signed in by it; nobody else does.
func TestOperatorMakesCompanies(t *testing.T) {
	h := newHouse(t, Config{Registration: ClosedRegistration}, false)
	operator, test := &kith.Actor{System: true}, kith.Test
	for slug, in := range map[string]CompanyRegistration{
		"acme": {Person: Person{Email: "owner@acme.example", Password: phrase}},
		"bolt": {Person: Person{Email: "owner@bolt.example"}, Company: directory.NewCompany{Mode: &test}},
	} {
		in.Company.Slug = slug
		owner, err := h.CreateCompany(t.Context(), operator, in)
		if err != nil {
			t.Fatal(err)
		}
		mode := kith.Production
		if in.Company.Mode != nil {
			mode = *in.Company.Mode
		}
		if owner.Company.Owner != owner.User.ID || owner.Group.Name != kith.GroupAdmin || owner.Company.Mode != mode {
			t.Errorf("%s: %+v of group %s in mode %s", slug, owner.User, owner.Group.Name, owner.Company.Mode)
		}
		if hash := h.hashOf(owner); (hash != "") != (in.Password != "") {
			t.Errorf("%s: the owner's hash is %q", slug, hash)
		}
		sessions := 0
		h.events(owner.Company, func(e *kith.Event) {
			if e.Noun == kith.NounSession {
				sessions++
			}
		})
		if sessions > 0 {
			t.Errorf("%s: %d sessions were begun", slug, sessions)
		}
	}
	if _, err := h.SignIn(t.Context(), &kith.Actor{Remote: local}, Login{Company: "acme", User: "owner@acme.example", Password: phrase}); err != nil {
		t.Errorf("the owner signs in: %v", err)
	}
	again := CompanyRegistration{Person: Person{Email: "x@x.example"}, Company: directory.NewCompany{Slug: "acme"}}
	if _, err := h.CreateCompany(t.Context(), operator, again); err == nil || kith.AsError(err).Kind != kith.Conflict {
		t.Errorf("a slug twice: %v", err)
	}
	again.Company.Slug, again.Password = "cord", "short"
	if _, err := h.CreateCompany(t.Context(), operator, again); err == nil || kith.AsError(err).Field != "password" {
		t.Errorf("a weak password: %v", err)
	}
	if _, err := h.CreateCompany(t.Context(), &kith.Actor{Remote: local}, again); err == nil || kith.AsError(err).Kind != kith.Forbidden {
		t.Errorf("by a guest: %v", err)
	}
}

// TestOperatorsView: the operator lists, finds, suspends and resumes companies; their own staff do not, and
// what is done twice is told once.
func TestOperatorsView(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner := h.company("acme")
	h.company("bolt")
	operator, by := &kith.Actor{System: true}, h.actor(owner.Token)
	list, err := h.directory.Companies(t.Context(), operator, directory.CompanyFilter{}, 10)
	if err != nil || len(list) != 2 || list[0].Company.Slug != "acme" || list[1].Owner != "owner@bolt.example" {
		t.Errorf("the list: %+v, %v", list, err)
	}
	for range 2 {
		if c, err := h.directory.Suspend(t.Context(), operator, "ACME"); err != nil || c.Status != kith.CompanySuspended {
			t.Errorf("suspended: %+v, %v", c, err)
		}
	}
	e, err := h.directory.CompanyBySlug(t.Context(), operator, "acme")
	if err != nil || e.Company.Status != kith.CompanySuspended {
		t.Errorf("the suspended company: %+v, %v", e, err)
	}
	for range 2 {
		if c, err := h.directory.Resume(t.Context(), operator, "acme"); err != nil || c.Status != kith.CompanyActive {
			t.Errorf("resumed: %+v, %v", c, err)
		}
	}
	h.changeCompany(owner.Company, func(c *kith.Company) { c.Status = kith.CompanyRestricted })
	if c, err := h.directory.Resume(t.Context(), operator, "acme"); err != nil || c.Status != kith.CompanyRestricted {
		t.Errorf("Resume of a company that is not suspended: %+v, %v", c, err)
	}
	told := 0
	h.events(owner.Company, func(e *kith.Event) {
		if e.Noun == kith.NounCompany && e.Verb == kith.Change {
			told++
		}
	})
	if told != 2 {
		t.Errorf("%d changes are told, want 2", told)
	}
	_, err1 := h.directory.Companies(t.Context(), by, directory.CompanyFilter{}, 10)
	_, err2 := h.directory.CompanyBySlug(t.Context(), by, "acme")
	_, err3 := h.directory.Suspend(t.Context(), by, "bolt")
	_, err4 := h.directory.Resume(t.Context(), by, "acme")
	for i, err := range []error{err1, err2, err3, err4} {
		if err == nil || kith.AsError(err).Kind != kith.Forbidden {
			t.Errorf("the company's own staff, %d: %v", i, err)
		}
	}
	for _, slug := range []string{"nobody", "not a slug!"} {
		if _, err := h.directory.Suspend(t.Context(), operator, slug); err == nil || !errors.Is(err, kith.ErrNotFound) {
			t.Errorf("%s: %v", slug, err)
		}
	}
}
