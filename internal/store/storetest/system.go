package storetest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"

	"kith"
	"kith/internal/store"
)

// testEmpty: before anything is there, nothing is found, and nothing fails.
func testEmpty(t *testing.T, db *store.DB) {
	ctx, system := t.Context(), db.System()
	founded, err1 := system.AnyCompany(ctx)
	companies, err2 := system.PublicCompanies(ctx, store.PublicFilter{}, kith.Page{Number: 1, Size: 10})
	queues, err3 := system.Queues(ctx, kith.ChannelEmail, farAhead, 0, 10)
	inbox, err4 := system.Inbox(ctx, 10)
	ended, err5 := system.Ended(ctx, noon, 10)
	allowed, err6 := system.OriginAllowed(ctx, "https://x.example", kith.Installation)
	entries, err7 := system.Companies(ctx, store.CompanyFilter{}, 10)
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7); err != nil {
		t.Fatal(err)
	}
	same(t, "an empty database", []any{founded, companies.Total, len(companies.Rows), len(queues), len(inbox), len(ended), allowed, len(entries)},
		[]any{false, 0, 0, 0, 0, 0, false, 0})
	if _, err := system.CompanyBySlug(ctx, "nobody"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("CompanyBySlug: %v, want ErrNotFound", err)
	}
	if _, err := system.CompanyOfGuest(ctx, "x.example"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("CompanyOfGuest: %v, want ErrNotFound", err)
	}
	only := found(t, db)
	for _, host := range []string{"", "x.example"} {
		if id, err := system.CompanyOfGuest(ctx, host); err != nil || id != only.company.ID {
			t.Errorf("CompanyOfGuest of %q, while there is one: %d, %v", host, id, err)
		}
	}
}

func testSystem(t *testing.T, db *store.DB) {
	ctx, system := t.Context(), db.System()
	c := found(t, db)
	if founded, err := system.AnyCompany(ctx); err != nil || !founded {
		t.Errorf("AnyCompany: %v, %v", founded, err)
	}
	for _, slug := range []string{"nobody", "", strings.ToUpper(c.company.Slug), c.company.Slug + " "} {
		if id, err := system.CompanyBySlug(ctx, slug); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("CompanyBySlug(%q) = %d, %v; want ErrNotFound", slug, id, err)
		}
	}
	testPublicCompanies(t, db)
}

// testPublicCompanies: the filters take what people type as it is, and mean the same on each engine.
func testPublicCompanies(t *testing.T, db *store.DB) {
	mark, bySlug := publish(t, db)
	all := kith.Page{Number: 1, Size: 100}
	slug := func(part string) store.PublicFilter { return store.PublicFilter{SlugContains: mark + part} }
	name := func(part string) store.PublicFilter {
		return store.PublicFilter{SlugContains: mark, NameContains: part}
	}
	for _, tt := range []struct {
		filter store.PublicFilter
		page   kith.Page
		want   string // slugs
		total  int
	}{
		{slug(""), all, "a b c d e-e", 5},
		{slug(""), kith.Page{Number: 1, Size: 2}, "a b", 5},
		{slug(""), kith.Page{Number: 3, Size: 2}, "e-e", 5},
		{slug(""), kith.Page{Number: 4, Size: 2}, "", 5},
		{store.PublicFilter{SlugContains: mark, Production: true}, all, "a b c e-e", 4},
		{slug("-e-"), all, "e-e", 1},
		{slug("_e"), all, "", 0},
		{store.PublicFilter{Slug: mark + "-b"}, all, "b", 1},
		{store.PublicFilter{Slug: mark + "-%"}, all, "", 0},
		{store.PublicFilter{Slug: mark + "-hidden"}, all, "", 0},
		{store.PublicFilter{Slug: mark + "-suspended"}, all, "", 0},
		{store.PublicFilter{Name: "100% Ada " + mark}, all, "a", 1},
		{store.PublicFilter{Name: "100% ada " + mark}, all, "", 0},
		{store.PublicFilter{Slug: mark + "-a", NameContains: "Ä"}, all, "", 0},
		{name("100"), all, "a b c d", 4},
		{name("%"), all, "a", 1},
		{name("_"), all, "b", 1},
		{name("!"), all, "c", 1},
		{name(`\`), all, "d", 1},
		{name("!%"), all, "", 0},
		{name("Ada"), all, "a b", 2}, // case counts
		{name("ada"), all, "c", 1},
		{name("Ädä 🏦"), all, "d", 1},
		{name("äDÄ"), all, "", 0},
		{name("'"), all, "", 0},
	} {
		list, err := db.System().PublicCompanies(t.Context(), tt.filter, tt.page)
		if err != nil {
			t.Fatal(err)
		}
		want := kith.List[*kith.Company]{Total: tt.total}
		for _, slug := range strings.Fields(tt.want) {
			want.Rows = append(want.Rows, bySlug[slug])
		}
		same(t, fmt.Sprintf("%+v, page %+v", tt.filter, tt.page), list, want)
	}
}

// publish founds the companies of testPublicCompanies: their slugs begin with the mark, by the rest of
// it they are told.
func publish(t *testing.T, db *store.DB) (mark string, bySlug map[string]*kith.Company) {
	mark, bySlug = strings.ToLower(rand.Text()), make(map[string]*kith.Company)
	add := func(slug, name string, change func(c *kith.Company)) {
		c := draft(t, db)
		c.company.Slug, c.company.Details.Name, c.company.Public = mark+"-"+slug, name+" "+mark, true
		change(c.company)
		c.do(func(tx *store.Tx) error { return tx.Companies.Insert(t.Context(), c.company) })
		bySlug[slug] = c.company
	}
	asIs := func(*kith.Company) {}
	add("a", "100% Ada", asIs)
	add("b", "100_ Ada", asIs)
	add("c", "100! ada", asIs)
	add("d", `100\ Ädä 🏦`, func(c *kith.Company) { c.Mode = kith.Test })
	add("e-e", "", asIs)
	add("hidden", "100% Ada", func(c *kith.Company) { c.Public = false })
	add("suspended", "100% Ada", func(c *kith.Company) { c.Status = kith.CompanySuspended })
	return mark, bySlug
}
