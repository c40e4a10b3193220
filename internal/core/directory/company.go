package directory

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	iso "github.com/biter777/countries"
	"golang.org/x/text/currency"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// NewCompany is what a company is made from.
type NewCompany struct {
	Slug        string
	Mode        *kith.CompanyMode // nil: test when asked for through a loopback listener, else production
	Details     kith.CompanyDetails
	Public      bool
	SystemEmail string
	Metadata    map[string]any
}

// Validate reports every bad field, each under "company".
func (in NewCompany) Validate() error {
	var errs []error
	if _, err := CheckSlug(in.Slug); err != nil {
		errs = append(errs, kith.AsError(err).In("company"))
	}
	for _, e := range checkCompany(&in.Details, in.SystemEmail, in.Metadata) {
		errs = append(errs, e.In("company."+e.Field))
	}
	return errors.Join(errs...)
}

// checkCompany brings what a company says about itself into its normal form, and reports all that is
// wrong with it, by field.
func checkCompany(d *kith.CompanyDetails, systemEmail string, metadata map[string]any) []*kith.Error {
	var bad []*kith.Error
	check := func(field string, err error) {
		if err != nil {
			bad = append(bad, kith.AsError(err).In(field))
		}
	}
	for _, text := range []struct {
		field string
		value *string
		most  int
	}{{"name", &d.Name, 100}, {"legal_name", &d.LegalName, 100}, {"description", &d.Description, 1000}} {
		normal, refusal := normaliseText(*text.value, text.most)
		if refusal != nil {
			check(text.field, refusal)
			continue
		}
		*text.value = normal
	}
	d.Country = strings.ToUpper(d.Country)
	for _, url := range []struct{ field, value string }{{"website", d.Website}, {"support_website", d.SupportWebsite},
		{"documentation_website", d.DocumentationWebsite}} {
		if url.value != "" {
			check(url.field, CheckURL(url.value, 200))
		}
	}
	for _, address := range []struct{ field, value string }{{"support_email", d.SupportEmail},
		{"contact_email", d.ContactEmail}, {"system_email", systemEmail}} {
		if address.value != "" {
			_, _, err := Identify(kith.Email, address.value)
			check(address.field, err)
		}
	}
	if d.Country != "" && !CheckCountry(d.Country) {
		check("country", kith.BadField("country", kith.CodeNotAllowed, "Give an ISO 3166-1 country code of two letters, such as ZA."))
	}
	check("metadata", CheckMetadata(metadata))
	return bad
}

// AddCompany is the step that makes the transaction's company, with all that it is born with: its key,
// groups, currency, account definition and application. Its owner, who must be added in the same
// transaction, gets the admin group that it returns.
func AddCompany(ctx context.Context, tx *gate.Tx, in NewCompany, owner kith.UserID, mode kith.CompanyMode) (*kith.Group, error) {
	slug, err := CheckSlug(in.Slug)
	if err != nil {
		return nil, err
	}
	if bad := checkCompany(&in.Details, in.SystemEmail, in.Metadata); len(bad) > 0 {
		return nil, bad[0]
	}
	c := tx.By.Company
	*c = kith.Company{ID: c.ID, Slug: slug, Mode: mode, Owner: owner, Public: in.Public, Details: in.Details,
		Settings: kith.DefaultCompanySettings(), Metadata: in.Metadata, Currency: currencyOf(in.Details.Country),
		SystemEmail: in.SystemEmail, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	if err := tx.Companies.Insert(ctx, c); errors.Is(err, store.ErrExists) {
		return nil, errSlugTaken
	} else if err != nil {
		return nil, err
	}
	if err := tx.NewRoot(ctx); err != nil {
		return nil, err
	}
	admin, err := access.AddBornGroups(ctx, tx)
	if err != nil {
		return nil, err
	}
	definition := kith.AccountDefinition{Name: primaryAccount, Currency: c.Currency.Code, Primary: true}
	if err := tx.Accounts.Define(ctx, definition); err != nil {
		return nil, err
	}
	app := &kith.Application{ID: tx.NewSerial(), Name: "default", CreatedAt: tx.Now}
	if err := tx.Applications.Insert(ctx, app); err != nil {
		return nil, err
	}
	tx.Record(kith.Event{Noun: kith.NounCompany, Verb: kith.Add, Row: slug, Actor: owner})
	return admin, nil
}

// primaryAccount names the account definition that every company is born with.
const primaryAccount = "default"

var errSlugTaken = &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken, Field: "company",
	Message: "This company id is already taken. Choose another."}

// defaultCurrency is that of companies which name no country.
const defaultCurrency = "USD"

// currencyOf gives the currency of a country (ISO 4217), in which the company's primary accounts count.
func currencyOf(country string) kith.Currency {
	code := defaultCurrency
	if c := iso.ByName(strings.ToUpper(country)); country != "" && c.IsValid() && c.Currency().IsValid() {
		code = c.Currency().Alpha()
	}
	unit, err := currency.ParseISO(code)
	if err != nil {
		unit, code = currency.USD, defaultCurrency
	}
	digits, _ := currency.Standard.Rounding(unit)
	name := iso.CurrencyCodeByName(code).String()
	return kith.Currency{Code: code, Description: name, Symbol: fmt.Sprint(currency.NarrowSymbol(unit)),
		Unit: strings.ToLower(name[strings.LastIndexByte(name, ' ')+1:]), Divisibility: digits}
}

// The operations on one's own company.
var (
	OpViewCompany    = gate.Op{Name: "company.view", Noun: kith.NounCompany, Verb: kith.View, Section: kith.SectionUser}
	OpViewOwnCompany = gate.Op{Name: "company.view", Noun: kith.NounCompany, Verb: kith.View, Section: kith.SectionAdmin}
	OpChangeCompany  = gate.Op{Name: "company.change", Noun: kith.NounCompany, Verb: kith.Change, Section: kith.SectionAdmin}
	OpPublic         = gate.Op{Name: "company.public", Noun: kith.NounCompany, Verb: kith.Peek, Open: true}
)

// Company gives the actor's company.
func (d *Directory) Company(ctx context.Context, by *kith.Actor) (*kith.Company, error) {
	return gate.Read(ctx, d.gate, by, OpViewCompany, getCompany)
}

// OwnCompany gives the actor's company to those who arrange it.
func (d *Directory) OwnCompany(ctx context.Context, by *kith.Actor) (*kith.Company, error) {
	return gate.Read(ctx, d.gate, by, OpViewOwnCompany, getCompany)
}

func getCompany(ctx context.Context, tx *gate.Tx) (*kith.Company, error) {
	return tx.Companies.Get(ctx)
}

// CompanyChange sets what is not nil. Metadata is merged into what is there (RFC 7386).
type CompanyChange struct {
	Name, LegalName, Description                  *string
	Website, SupportWebsite, DocumentationWebsite *string
	SupportEmail, ContactEmail, SystemEmail       *string
	Country                                       *string
	Public                                        *bool
	Metadata                                      map[string]any
	Also                                          error // what the face found wrong, told with the rest
}

// Validate reports what can be told without the company.
func (in CompanyChange) Validate() error { return in.Also }

// ChangeCompany changes what the actor's company says about itself.
func (d *Directory) ChangeCompany(ctx context.Context, by *kith.Actor, in CompanyChange) (*kith.Company, error) {
	return changeCompany(ctx, d.gate, by, in, func(c *kith.Company) (*changes, error) {
		differs := in.apply(c)
		var bad []error
		for _, e := range checkCompany(&c.Details, c.SystemEmail, c.Metadata) {
			bad = append(bad, e)
		}
		return differs, errors.Join(bad...)
	})
}

// changeCompany lets edit change the actor's company, and tells what differs by it.
func changeCompany[In any](ctx context.Context, g *gate.Gate, by *kith.Actor, in In, edit func(*kith.Company) (*changes, error)) (*kith.Company, error) {
	return gate.Change(ctx, g, by, OpChangeCompany, in, func(ctx context.Context, tx *gate.Tx, _ In) (*kith.Company, error) {
		c, err := tx.Companies.Lock(ctx)
		if err != nil {
			return nil, err
		}
		differs, err := edit(c)
		if err != nil {
			return nil, err
		}
		if len(differs.fields) == 0 {
			tx.Unchanged()
			return c, nil
		}
		c.UpdatedAt = tx.Now
		tx.Record(kith.Event{Noun: kith.NounCompany, Verb: kith.Change, Row: c.Slug, Fields: differs.fields, Old: differs.old})
		return c, tx.Companies.Put(ctx, c)
	})
}

// apply sets what is not nil and tells what differs by it.
func (in CompanyChange) apply(company *kith.Company) *changes {
	c, d := newChanges(), &company.Details
	set(c, "name", &d.Name, in.Name)
	set(c, "legal_name", &d.LegalName, in.LegalName)
	set(c, "description", &d.Description, in.Description)
	set(c, "website", &d.Website, in.Website)
	set(c, "support_website", &d.SupportWebsite, in.SupportWebsite)
	set(c, "documentation_website", &d.DocumentationWebsite, in.DocumentationWebsite)
	set(c, "support_email", &d.SupportEmail, in.SupportEmail)
	set(c, "contact_email", &d.ContactEmail, in.ContactEmail)
	set(c, "country", &d.Country, in.Country)
	set(c, "system_email", &company.SystemEmail, in.SystemEmail)
	set(c, "public", &company.Public, in.Public)
	if in.Metadata != nil {
		if merged := MergePatch(company.Metadata, in.Metadata); !reflect.DeepEqual(merged, company.Metadata) {
			c.note("metadata", company.Metadata)
			company.Metadata = merged
		}
	}
	return c
}
