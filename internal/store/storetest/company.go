package storetest

import (
	"crypto/rand"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// fullCompany has a value, unlike that of any other, wherever a company can have one.
func fullCompany(slug string) *kith.Company {
	return &kith.Company{
		ID: kith.NewCompanyID(rand.Reader), Slug: slug, Mode: kith.Test, Status: kith.CompanyRestricted, Owner: newID[kith.User](), Public: true,
		Details: kith.CompanyDetails{
			Name: "Bücher & Söhne 株式会社 🏦", LegalName: "B&S \"GmbH\"", Description: "line\nline\t\\", Website: "https://a.example/?q=1&r='2'",
			SupportWebsite: "https://b.example", DocumentationWebsite: "https://c.example", SupportEmail: "s@x.example",
			ContactEmail: "c@x.example", Country: "AT",
			Address: kith.CompanyAddress{Line1: "Ring 1", Line2: "Top 7", City: "Wien", StateProvince: "W", PostalCode: "1010", Country: "AT"},
		},
		Settings: kith.CompanySettings{
			AllowRegistrations: false, Disclosure: kith.Hidden, AllowSessionDurations: true, DefaultSessionDuration: kith.MaxSessionDuration,
			RequireTermsAndConditions: true, RequirePrivacyPolicy: true, TermsAndConditionsURL: "https://t.example",
			PrivacyPolicyURL: "https://p.example", Nationalities: []string{"AT", "DE"}, Residencies: []string{"CH"},
			RequireVerification: true, RequireRegistration: true, AccountReferenceLength: 17,
			Authenticators: []kith.FactorKind{kith.FactorSMS, kith.FactorTOTP},
			Links: kith.CompanyLinks{PasswordReset: "https://1.example", PasswordSet: "https://2.example", EmailVerification: "https://3.example",
				Deactivate: "https://4.example", Delete: "https://5.example"},
			Colors:       kith.CompanyColors{Primary: "#111111", Text: "#fefefe", Background: "#0a0b0c"},
			Transactions: kith.TransactionSettings{AllowDebit: true, AllowOverdrafts: true, RequireSubtype: true, Lifespan: 86400000},
			Hosts:        []string{"id.x.example"}, JWTDuration: 72 * time.Hour,
		},
		Metadata: map[string]any{"ключ": []any{1.5, nil, true, map[string]any{"": "x"}}},
		Attributes: kith.AttributeSchema{
			Version: 3, Document: `{"title":"Größe 👟 \u003c\""}`, CreatedAt: noon, Numbers: 1007, Building: []int{1005, 1007}, Dropping: []int{1001},
			Attributes: map[string]kith.OwnAttribute{
				"shoe_size": {Read: kith.SectionsOf(kith.SectionAdmin), Write: kith.SectionsOf(kith.SectionUser), Number: 1005, Form: kith.TermTime},
				"bare":      {},
			},
		},
		Modes:    kith.Modes{"user": kith.DefaultTable(kith.NounUser), "größe": 0, "": kith.AllModes},
		Currency: kith.Currency{Code: "JPY", DisplayCode: "円", Description: "Yen", Symbol: "¥", Unit: "yen", Divisibility: 18}, SystemEmail: "ops@x.example",
		CreatedAt: noon, UpdatedAt: noon.Add(time.Millisecond),
	}
}

func testCompany(t *testing.T, db *store.DB) {
	ctx := t.Context()
	full, bare := draft(t, db), draft(t, db)
	full.company = fullCompany(full.company.Slug)
	full.by.Company = full.company
	bare.company = &kith.Company{ID: bare.company.ID, Slug: bare.company.Slug}
	get := func(tx *store.Tx) (*kith.Company, error) { return tx.Companies.Get(ctx) }

	missing(full, "a company that is not there yet", get)
	for name, c := range map[string]*tenant{"with everything": full, "with nothing": bare} {
		c.do(func(tx *store.Tx) error { return tx.Companies.Insert(ctx, c.company) })
		same(t, name, read(c, get), c.company)
		id, err := db.System().CompanyBySlug(ctx, c.company.Slug)
		if err != nil || id != c.company.ID {
			t.Errorf("%s: its slug leads to %d, %v; want %d", name, id, err, c.company.ID)
		}
	}
	testCompanyPut(t, full, bare)

	late := draft(t, db)
	late.company.Slug = full.company.Slug
	late.taken("a slug of another company", "company_slugs", func(tx *store.Tx) error { return tx.Companies.Insert(ctx, late.company) })
	missing(late, "the company that came late", get)
	if id, err := db.System().CompanyBySlug(ctx, full.company.Slug); err != nil || id != full.company.ID {
		t.Errorf("the slug now leads to %d, %v", id, err)
	}
}

func testCompanyPut(t *testing.T, full, bare *tenant) {
	ctx := t.Context()
	get := func(tx *store.Tx) (*kith.Company, error) { return tx.Companies.Get(ctx) }
	put := func(c *kith.Company) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Companies.Put(ctx, c) }
	}
	after := fullCompany("other-slug")
	after.ID = bare.company.ID
	bare.do(put(after))
	want, was := *after, bare.company
	want.Slug, want.Mode, want.Owner, want.CreatedAt = was.Slug, was.Mode, was.Owner, was.CreatedAt
	same(t, "everything but slug, mode and owner changes", read(bare, get), &want)
	bare.do(func(tx *store.Tx) error {
		locked, err := tx.Companies.Lock(ctx)
		same(t, "Lock", locked, &want)
		return err
	})
	bare.do(put(was))
	same(t, "and back to nothing", read(bare, get), was)
	empty := *was
	empty.Metadata, empty.Modes = map[string]any{}, kith.Modes{}
	bare.do(put(&empty))
	same(t, "empty metadata is none, and so are modes", read(bare, get), was)
	same(t, "the other company", read(full, get), full.company)
	draft(t, full.db).fails("Put of a company that is not there", store.ErrNotFound, put(after))
}
