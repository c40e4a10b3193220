package directory

import (
	"context"
	"errors"
	"strings"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/gate"
	"kith/internal/core/wording"
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
		normal, refusal := wording.Normalise(*text.value, text.most)
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
			check(url.field, wording.CheckURL(url.value, 200))
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
		check("country", errCountry)
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
	money := &kith.CompanyCurrency{Currency: c.Currency, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	if _, err := tx.Currencies.Insert(ctx, money); err != nil {
		return nil, err
	}
	definition := &kith.AccountDefinition{Name: primaryAccount, Currency: c.Currency.Code, Everybody: true, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	if _, err := tx.Accounts.Define(ctx, definition); err != nil {
		return nil, err
	}
	app := &kith.Application{ID: tx.NewSerial(), Name: "default", CreatedAt: tx.Now, UpdatedAt: tx.Now}
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

// OwnCompany is a company as those see it who arrange it.
type OwnCompany struct {
	*kith.Company
	Holder kith.Member // its owner; without a user while there is none
}

// OwnCompany gives the actor's company to those who arrange it.
func (d *Directory) OwnCompany(ctx context.Context, by *kith.Actor) (OwnCompany, error) {
	return gate.Read(ctx, d.gate, by, OpViewOwnCompany, func(ctx context.Context, tx *gate.Tx) (OwnCompany, error) {
		c, err := tx.Companies.Get(ctx)
		if err != nil {
			return OwnCompany{}, err
		}
		return withOwner(ctx, tx, c)
	})
}

func withOwner(ctx context.Context, tx *gate.Tx, c *kith.Company) (OwnCompany, error) {
	owner, err := tx.Users.Member(ctx, c.Owner)
	if errors.Is(err, store.ErrNotFound) { // nobody has claimed it
		err = nil
	}
	owner.Company = c
	return OwnCompany{c, owner}, err
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
	Check                                         func(OwnCompany) error // what the face finds wrong with it, before the change
}

// ChangeCompany changes what the actor's company says about itself.
func (d *Directory) ChangeCompany(ctx context.Context, by *kith.Actor, in CompanyChange) (OwnCompany, error) {
	return gate.Change(ctx, d.gate, by, OpChangeCompany, in, func(ctx context.Context, tx *gate.Tx, in CompanyChange) (OwnCompany, error) {
		return editCompany(ctx, tx, func(own OwnCompany) (*changes, error) {
			bad := []error{ask(in.Check, own)}
			differs := in.apply(own.Company)
			for _, e := range checkCompany(&own.Details, own.SystemEmail, own.Metadata) {
				bad = append(bad, e)
			}
			return differs, errors.Join(bad...)
		})
	})
}

// editCompany is the step that lets edit change the actor's company, and tells what differs by it.
func editCompany(ctx context.Context, tx *gate.Tx, edit func(OwnCompany) (*changes, error)) (OwnCompany, error) {
	c, err := tx.Companies.Lock(ctx)
	if err != nil {
		return OwnCompany{}, err
	}
	own, err := withOwner(ctx, tx, c)
	if err != nil {
		return OwnCompany{}, err
	}
	differs, err := edit(own)
	if err != nil {
		return OwnCompany{}, err
	}
	if len(differs.fields) == 0 {
		tx.Unchanged()
		return own, nil
	}
	c.UpdatedAt = tx.Now
	tx.Record(kith.Event{Noun: kith.NounCompany, Verb: kith.Change, Row: c.Slug, Fields: differs.fields, Old: differs.old})
	return own, tx.Companies.Put(ctx, c)
}

// AddressChange sets what is not nil.
type AddressChange struct {
	Line1, Line2, City, StateProvince, PostalCode, Country *string
	Check                                                  func(OwnCompany) error // what the face finds wrong with it, before the change
}

// ChangeAddress changes where the actor's company is.
func (d *Directory) ChangeAddress(ctx context.Context, by *kith.Actor, in AddressChange) (OwnCompany, error) {
	return gate.Change(ctx, d.gate, by, OpChangeCompany, in, func(ctx context.Context, tx *gate.Tx, in AddressChange) (OwnCompany, error) {
		return editCompany(ctx, tx, func(own OwnCompany) (*changes, error) {
			bad := []error{ask(in.Check, own)}
			a := own.Details.Address
			differs := in.apply(&a)
			bad = append(bad, checkAddress(&a)...)
			own.Details.Address = a
			return differs, errors.Join(bad...)
		})
	})
}

func (in AddressChange) apply(a *kith.CompanyAddress) *changes {
	c := newChanges()
	set(c, "address.line_1", &a.Line1, in.Line1)
	set(c, "address.line_2", &a.Line2, in.Line2)
	set(c, "address.city", &a.City, in.City)
	set(c, "address.state_province", &a.StateProvince, in.StateProvince)
	set(c, "address.postal_code", &a.PostalCode, in.PostalCode)
	set(c, "address.country", &a.Country, in.Country)
	return c
}

// checkAddress brings an address into its normal form and reports every bad field.
func checkAddress(a *kith.CompanyAddress) []error {
	var errs []error
	text(&errs, "line_1", &a.Line1, 200)
	text(&errs, "line_2", &a.Line2, 200)
	text(&errs, "city", &a.City, 100)
	text(&errs, "state_province", &a.StateProvince, 100)
	text(&errs, "postal_code", &a.PostalCode, 20)
	if a.Country = strings.ToUpper(a.Country); a.Country != "" && !CheckCountry(a.Country) {
		errs = append(errs, errCountry.In("country"))
	}
	return errs
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
	setMetadata(c, &company.Metadata, in.Metadata)
	return c
}
