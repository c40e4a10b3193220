package directory_test

import (
	"context"
	"crypto/rand"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/seal"
	"kith/internal/store"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// house is a directory over an empty store.
type house struct {
	*directory.Directory
	t    *testing.T
	db   *store.DB
	gate *gate.Gate
	now  time.Time
}

// wait lets a second pass: events of one moment have no order.
func (h *house) wait() { h.now = h.now.Add(time.Second) }

func newHouse(t *testing.T, allowTest bool) *house {
	t.Helper()
	h := &house{t: t, now: noon}
	clock := func() time.Time { return h.now }
	db, err := store.Open(t.Context(), "sqlite::memory:", store.Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.db, h.gate = db, gate.New(db, seal.NewKey())
	h.Directory = directory.New(h.gate, clock, allowTest)
	return h
}

var opFound = gate.Op{Name: "company.found", Noun: kith.NounCompany, Verb: kith.Add, Open: true}

// found makes a company and gives its owner; it may fail.
func (h *house) found(in directory.NewCompany, mode kith.CompanyMode) (*kith.Actor, error) {
	founder := &kith.Actor{Company: &kith.Company{ID: kith.NewCompanyID(rand.Reader)}}
	owner, err := gate.Change(h.t.Context(), h.gate, founder, opFound, in, func(ctx context.Context, tx *gate.Tx, in directory.NewCompany) (kith.Member, error) {
		id := tx.NewUserID()
		admin, err := directory.AddCompany(ctx, tx, in, id, mode)
		if err != nil {
			return kith.Member{}, err
		}
		return directory.AddUser(ctx, tx, directory.NewUser{ID: id, Group: admin})
	})
	return &kith.Actor{Company: owner.Company, User: owner.User, Group: owner.Group}, err
}

// company makes a test company and gives its owner.
func (h *house) company(slug string) *kith.Actor {
	h.t.Helper()
	owner, err := h.found(directory.NewCompany{Slug: slug}, kith.Test)
	if err != nil {
		h.t.Fatal(err)
	}
	return owner
}

// change is an event and what it says stood there before.
type change struct {
	*kith.Event
	old map[string]any
}

// changes reads the events of changes in a company, with their old values opened.
func (h *house) changes(by *kith.Actor) []change {
	h.t.Helper()
	op := gate.Op{Name: "event.view", Noun: kith.NounEvent, Verb: kith.View, Section: kith.SectionAdmin}
	list, err := gate.Read(h.t.Context(), h.gate, by, op, func(ctx context.Context, tx *gate.Tx) ([]change, error) {
		events, sealed, err := tx.Events.List(ctx, kith.EventID{}, 1000)
		var list []change
		for i, e := range events {
			if e.Verb != kith.Change {
				continue
			}
			old, err := tx.OpenEvent(ctx, e, sealed[i])
			if err != nil {
				return nil, err
			}
			list = append(list, change{e, old})
		}
		return list, err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

// TestBirthOfACompany: a company is born with its groups, currency, account definition and application,
// and its owner with an account.
func TestBirthOfACompany(t *testing.T) {
	h := newHouse(t, false)
	owner := h.company("acme")
	err := h.db.View(t.Context(), owner, func(tx *store.Tx) error {
		c, err := tx.Companies.Get(t.Context())
		if err != nil {
			return err
		}
		if c.Owner != owner.User.ID || c.Slug != "acme" || c.Mode != kith.Test || c.Status != kith.CompanyActive ||
			!reflect.DeepEqual(c.Settings, kith.DefaultCompanySettings()) || !c.CreatedAt.Equal(noon) {
			t.Errorf("the company is %+v", c)
		}
		for _, born := range access.Born() {
			g, err := tx.Groups.Named(t.Context(), born.Name)
			if err != nil || g.Permissions != born.Permissions || g.Public != born.Public || g.Default != born.Default || g.Kind != kith.RoleGroup {
				t.Errorf("group %s: %+v, %v", born.Name, g, err)
			}
		}
		apps, err := tx.Applications.List(t.Context())
		if len(apps) != 1 || len(apps[0].Origins) != 0 {
			t.Errorf("its applications are %+v", apps)
		}
		u, getErr := tx.Users.Get(t.Context(), owner.User.ID)
		if getErr != nil || len(u.Account) != 10 || strings.Trim(u.Account, "0123456789") != "" || u.Profile[kith.Language] != "en" {
			t.Errorf("the owner is %+v, %v", u, getErr)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.found(directory.NewCompany{Slug: "ACME"}, kith.Test); err == nil || kith.AsError(err).Code != kith.CodeTaken {
		t.Errorf("its slug again: %v", err)
	}
}

// TestCurrencyFollowsTheCountry: primary accounts count in the money of the company's country (ISO 4217).
func TestCurrencyFollowsTheCountry(t *testing.T) {
	h := newHouse(t, false)
	for _, tt := range []struct {
		country, code, description string
		digits                     int
	}{
		{"", "USD", "US Dollar", 2}, {"DE", "EUR", "Euro", 2}, {"za", "ZAR", "Rand", 2}, {"JP", "JPY", "Yen", 0}, {"KW", "KWD", "Kuwaiti Dinar", 3},
		{"BD", "BDT", "Taka", 2}, {"GB", "GBP", "Pound Sterling", 2}, {"AQ", "USD", "US Dollar", 2},
	} {
		owner, err := h.found(directory.NewCompany{Slug: "c" + strings.ToLower(tt.country), Details: kith.CompanyDetails{Country: tt.country}}, kith.Production)
		if err != nil {
			t.Errorf("%s: %v", tt.country, err)
			continue
		}
		if m := owner.Company.Currency; m.Code != tt.code || m.Description != tt.description || m.Divisibility != tt.digits || m.Symbol == "" || m.Unit == "" {
			t.Errorf("in %q: %+v", tt.country, m)
		}
		if owner.Company.Details.Country != strings.ToUpper(tt.country) {
			t.Errorf("%q is kept as %q", tt.country, owner.Company.Details.Country)
		}
	}
}

// TestCompaniesAreServed: a test company is there for callers on this machine only, unless the operator
// says otherwise; a suspended one for nobody.
func TestCompaniesAreServed(t *testing.T) {
	local, remote := kith.Remote{Loopback: true}, kith.Remote{Address: "192.0.2.7"}
	for _, tt := range []struct {
		name      string
		slug      string
		from      kith.Remote
		allowTest bool
		want      bool
	}{
		{"test, this machine", "trial", local, false, true}, {"test, elsewhere", "trial", remote, false, false},
		{"test, elsewhere, allowed", "trial", remote, true, true}, {"production, elsewhere", "real", remote, false, true},
		{"in another case", "REAL", remote, false, true}, {"suspended", "gone", local, true, false}, {"unknown", "nobody", local, true, false},
		{"no slug", "no slug", local, true, false},
	} {
		h := newHouse(t, tt.allowTest)
		h.company("trial")
		for _, slug := range []string{"real", "gone"} {
			if _, err := h.found(directory.NewCompany{Slug: slug, Public: true}, kith.Production); err != nil {
				t.Fatal(err)
			}
		}
		h.suspend("gone")
		guest, err := h.Guest(t.Context(), &kith.Actor{Remote: tt.from}, tt.slug)
		if (err == nil) != tt.want || err != nil && !errors.Is(err, kith.ErrNotFound) {
			t.Errorf("%s: %+v, %v", tt.name, guest, err)
		}
		list, err := h.PublicCompanies(t.Context(), &kith.Actor{Remote: tt.from}, directory.PublicFilter{}, kith.Page{Number: 1, Size: 10})
		if err != nil || list.Total != 1 || list.Rows[0].Slug != "real" {
			t.Errorf("%s: the public list is %+v, %v", tt.name, list, err)
		}
	}
}

func (h *house) suspend(slug string) {
	h.t.Helper()
	guest, err := h.Guest(h.t.Context(), &kith.Actor{Remote: kith.Remote{Loopback: true}}, slug)
	if err != nil {
		h.t.Fatal(err)
	}
	err = h.db.Update(h.t.Context(), guest, func(tx *store.Tx) error {
		c, err := tx.Companies.Lock(h.t.Context())
		if err != nil {
			return err
		}
		c.Status = kith.CompanySuspended
		return tx.Companies.Put(h.t.Context(), c)
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func ptr[T any](v T) *T { return &v }

// TestChangesOfACompanyAreTold: the event names the fields that changed, keeps what stood there, and is
// not written when nothing did.
func TestChangesOfACompanyAreTold(t *testing.T) {
	h := newHouse(t, false)
	owner := h.company("acme")
	first := directory.CompanyChange{Name: ptr("Acme"), Country: ptr("za"), Metadata: map[string]any{"a": 1.0}}
	if _, err := h.ChangeCompany(t.Context(), owner, first); err != nil {
		t.Fatal(err)
	}
	h.wait()
	_, err := h.ChangeSettings(t.Context(), owner, directory.SettingsChange{Disclosure: ptr(kith.Hidden), Nationalities: &[]string{"za"},
		DefaultSessionDuration: ptr(time.Hour), AllowRegistrations: ptr(true)})
	if err != nil {
		t.Fatal(err)
	}
	again := directory.CompanyChange{Name: ptr("Acme"), Country: ptr("ZA"), Metadata: map[string]any{"a": 1.0}}
	if _, err := h.ChangeCompany(t.Context(), owner, again); err != nil {
		t.Fatal(err)
	}
	got := h.changes(owner)
	if len(got) != 2 {
		t.Fatalf("%d events, want 2: %+v", len(got), got)
	}
	for i, want := range []struct {
		fields []string
		old    map[string]any
	}{
		{[]string{"country", "metadata", "name"}, map[string]any{"country": "", "name": "", "metadata": nil}},
		{[]string{"default_session_duration", "nationalities", "registration_disclosure"},
			map[string]any{"default_session_duration": "10h0m0s", "nationalities": nil, "registration_disclosure": "visible"}},
	} {
		e := got[i]
		if !slices.Equal(e.Fields, want.fields) || !reflect.DeepEqual(e.old, want.old) || e.Row != "acme" || e.Noun != kith.NounCompany || e.Actor != owner.User.ID {
			t.Errorf("event %d: fields %v, old %v, %+v", i, e.Fields, e.old, e.Event)
		}
	}
}

// TestChangesOfOneselfAreTold, likewise, under the person's own key.
func TestChangesOfOneselfAreTold(t *testing.T) {
	h := newHouse(t, false)
	owner := h.company("acme")
	first := directory.SelfChange{Profile: kith.ProfileChange{kith.FirstName: "Ada", kith.LastName: "King", kith.Nationality: "gb"}}
	m, err := h.ChangeSelf(t.Context(), owner, first)
	if err != nil {
		t.Fatal(err)
	}
	owner.User = m.User
	h.wait()
	second := directory.SelfChange{Username: ptr("Ada"), Profile: kith.ProfileChange{kith.FirstName: "Ada", kith.LastName: "Lovelace", kith.Title: ""}}
	if m, err = h.ChangeSelf(t.Context(), owner, second); err != nil {
		t.Fatal(err)
	}
	owner.User = m.User
	if _, err := h.ChangeSelf(t.Context(), owner, second); err != nil {
		t.Fatal(err)
	}
	got := h.changes(owner)
	if len(got) != 2 {
		t.Fatalf("%d events, want 2: %+v", len(got), got)
	}
	if e := got[1]; !slices.Equal(e.Fields, []string{"last_name", "username"}) || e.old["last_name"] != "King" || e.old["username"] != "" ||
		e.Subject != owner.User.ID || e.Row != owner.User.ID.String() {
		t.Errorf("the second event: %+v, old %v", e.Event, e.old)
	}
	if m.User.Profile[kith.Nationality] != "GB" || m.User.Username != "ada" {
		t.Errorf("in the end: %+v", m.User)
	}
}

// TestVerdictFallsWithWhatItWasAbout: a verified user whose primary information changes is pending again,
// and the event says so; other changes leave the verdict.
func TestVerdictFallsWithWhatItWasAbout(t *testing.T) {
	primary := []kith.Attribute{kith.FirstName, kith.MiddleName, kith.LastName, kith.BirthDate, kith.IDNumber, kith.Nationality, kith.LegalName}
	values := map[kith.Form]string{kith.FormText: "Ada", kith.FormDate: "1990-01-31", kith.FormCountry: "GB", kith.FormLanguage: "af",
		kith.FormTimezone: "Asia/Dhaka", kith.FormURL: "https://ada.example", kith.FormGender: "female", kith.FormTitle: "mrs", kith.FormMarital: "single"}
	h := newHouse(t, false)
	for a := range kith.AttributeCount {
		owner := h.company("c" + strings.ReplaceAll(a.String(), "_", "-"))
		owner.User.Status = kith.Verified
		err := h.db.Update(t.Context(), owner, func(tx *store.Tx) error { return tx.Users.Put(t.Context(), owner.User, owner.User) })
		if err != nil {
			t.Fatal(err)
		}
		m, err := h.ChangeSelf(t.Context(), owner, directory.SelfChange{Profile: kith.ProfileChange{a: values[a.Form()]}})
		if err != nil {
			t.Errorf("%s: %v", a, err)
			continue
		}
		want := kith.Verified
		if slices.Contains(primary, a) {
			want = kith.Pending
		}
		e := h.changes(owner)[0]
		if m.User.Status != want || slices.Contains(e.Fields, "status") != (want == kith.Pending) {
			t.Errorf("after a change of %s the status is %s; the event names %v", a, m.User.Status, e.Fields)
		}
		if want == kith.Pending && e.old["status"] != "verified" {
			t.Errorf("after a change of %s the event keeps %v", a, e.old)
		}
	}
}

// TestOrigins: pages may call from the origins that the company's application names, exactly, and from
// this machine's own on a listener of this machine.
func TestOrigins(t *testing.T) {
	h := newHouse(t, false)
	acme, bolt := h.company("acme"), h.company("bolt")
	for owner, origins := range map[*kith.Actor][]string{acme: {"https://app.acme.example", "http://dev.acme.example:3000"}, bolt: {"https://app.bolt.example"}} {
		if _, err := h.SetOrigins(t.Context(), owner, 0, origins); err != nil {
			t.Fatal(err)
		}
	}
	local := kith.Remote{Loopback: true}
	for _, tt := range []struct {
		name, origin string
		by           *kith.Actor
		want         bool
	}{
		{"its own", "https://app.acme.example", acme, true}, {"its other one", "http://dev.acme.example:3000", acme, true},
		{"another company's", "https://app.bolt.example", acme, false}, {"any, while no company is known", "https://app.bolt.example", &kith.Actor{}, true},
		{"another scheme", "http://app.acme.example", acme, false}, {"another port", "https://app.acme.example:8443", acme, false},
		{"upper case", "https://APP.acme.example", acme, false}, {"with a path", "https://app.acme.example/", acme, false},
		{"a subdomain", "https://x.app.acme.example", acme, false}, {"a longer name", "https://app.acme.example.evil.example", acme, false},
		{"null", "null", acme, false}, {"nothing", "", acme, false}, {"a user inside", "https://app.acme.example@evil.example", acme, false},
		{"a file", "file://", acme, false},
		{"this machine", "http://localhost:5173", &kith.Actor{Remote: local}, true},
		{"this machine, by number", "http://127.0.0.1:5173", &kith.Actor{Remote: local}, true},
		{"this machine, IPv6", "http://[::1]:5173", &kith.Actor{Remote: local}, true},
		{"this machine, on a listener of others", "http://localhost:5173", &kith.Actor{}, false},
		{"a name that begins like this machine's", "http://localhost.evil.example", &kith.Actor{Remote: local}, false},
		{"an address that is not this machine's", "http://192.0.2.7", &kith.Actor{Remote: local}, false},
	} {
		if got, err := h.OriginAllowed(t.Context(), tt.by, tt.origin); err != nil || got != tt.want {
			t.Errorf("%s, %s: %v, %v", tt.name, tt.origin, got, err)
		}
	}
	for _, bad := range []string{"app.acme.example", "https://app.acme.example/", "*", "null", "ftp://x.example", "https://",
		"javascript:alert(1)", "https://APP.example"} {
		if _, err := h.SetOrigins(t.Context(), acme, 0, []string{bad}); err == nil || kith.AsError(err).Field != "origins" {
			t.Errorf("%q is taken for an origin: %v", bad, err)
		}
	}
	if apps, err := h.Applications(t.Context(), acme); err != nil || len(apps) != 1 || len(apps[0].Origins) != 2 {
		t.Errorf("after refusals the applications are %+v, %v", apps, err)
	}
	if _, err := h.SetOrigins(t.Context(), acme, 999, nil); !errors.Is(err, kith.ErrNotFound) {
		t.Errorf("of an application that is not there: %v", err)
	}
}

// TestPublicGroups: only groups that may be chosen are shown, and other companies' never.
func TestPublicGroups(t *testing.T) {
	h := newHouse(t, false)
	h.company("acme")
	guest := &kith.Actor{Remote: kith.Remote{Loopback: true}}
	list, err := h.PublicGroups(t.Context(), guest, "acme", kith.Page{Number: 1, Size: 10})
	if err != nil || list.Total != 1 || list.Rows[0].Name != kith.GroupUser {
		t.Errorf("listed: %+v, %v", list, err)
	}
	for _, name := range []string{kith.GroupAdmin, kith.GroupManager, kith.GroupSupport, "nobodys", ""} {
		if g, err := h.PublicGroup(t.Context(), guest, "acme", name); !errors.Is(err, kith.ErrNotFound) {
			t.Errorf("%q: %+v, %v", name, g, err)
		}
	}
}

// TestCheckPlaces: an empty list takes everybody, and what is not given or cleared is not asked.
func TestCheckPlaces(t *testing.T) {
	some := &kith.Company{Settings: kith.CompanySettings{Nationalities: []string{"ZA"}, Residencies: []string{"DE", "BD"}}}
	for _, tt := range []struct {
		name    string
		company *kith.Company
		change  kith.ProfileChange
		bad     []string
	}{
		{"all are taken", &kith.Company{}, kith.ProfileChange{kith.Nationality: "GB", kith.Residency: "GB"}, nil},
		{"on the lists", some, kith.ProfileChange{kith.Nationality: "ZA", kith.Residency: "BD"}, nil},
		{"off the lists", some, kith.ProfileChange{kith.Nationality: "BD", kith.Residency: "ZA"}, []string{"nationality", "residency"}},
		{"cleared", some, kith.ProfileChange{kith.Nationality: "", kith.Residency: ""}, nil},
		{"about something else", some, kith.ProfileChange{kith.BirthCountry: "GB", kith.TaxResidency: "GB"}, nil},
	} {
		var bad []string
		if err := directory.CheckPlaces(tt.company, tt.change); err != nil {
			for _, e := range kith.Errors(err) {
				bad = append(bad, e.Field)
			}
		}
		if !slices.Equal(bad, tt.bad) {
			t.Errorf("%s: %v", tt.name, bad)
		}
	}
}

// TestWhoLeadsMails: where everybody's mails lead, the owner's too, is for those to say who hold all that
// anybody holds: a page that they lead to gets the secrets in them (T64).
func TestWhoLeadsMails(t *testing.T) {
	h := newHouse(t, true)
	owner := h.company("acme")
	clerk := *owner
	clerk.User = h.add(owner, kith.GroupUser).User
	clerk.Group = &kith.Group{Permissions: kith.Permissions{}.With(kith.Every(kith.SectionAdmin, kith.NounCompany)...)}
	page := "https://acme.example/set"
	lead := func(by *kith.Actor, to string) error {
		_, err := h.ChangeSettings(t.Context(), by, directory.SettingsChange{Links: directory.LinksChange{PasswordSet: &to}})
		return err
	}
	if err := lead(&clerk, page); kith.AsError(err).Kind != kith.Forbidden {
		t.Errorf("the clerk: %v", err)
	}
	if err := lead(owner, page); err != nil {
		t.Errorf("the owner: %v", err)
	}
	if err := lead(&clerk, page); err != nil {
		t.Errorf("the clerk, who leaves it as it is: %v", err)
	}
	if err := lead(&clerk, ""); kith.AsError(err).Kind != kith.Forbidden {
		t.Errorf("the clerk, who takes it away: %v", err)
	}
	if _, err := h.ChangeSettings(t.Context(), &clerk, directory.SettingsChange{RequireVerification: ptr(true)}); err != nil {
		t.Errorf("the clerk, about something else: %v", err)
	}
}
