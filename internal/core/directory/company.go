package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

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
	add := func(field string, err error) {
		if err == nil {
			return
		}
		for _, e := range kith.Errors(err) {
			errs = append(errs, e.In(field))
		}
	}
	_, err := CheckSlug(in.Slug)
	add("company", err)
	for _, text := range []struct {
		field, value string
		max          int
	}{{"name", in.Details.Name, 100}, {"legal_name", in.Details.LegalName, 100}, {"description", in.Details.Description, 1000}} {
		if _, err := normaliseText(text.value, text.max); err != nil {
			add("company."+text.field, err)
		}
	}
	for field, url := range map[string]string{"website": in.Details.Website, "support_website": in.Details.SupportWebsite,
		"documentation_website": in.Details.DocumentationWebsite} {
		if url != "" {
			add("company."+field, CheckURL(url, 200))
		}
	}
	for field, address := range map[string]string{"support_email": in.Details.SupportEmail,
		"contact_email": in.Details.ContactEmail, "system_email": in.SystemEmail} {
		if address != "" {
			_, _, err := Identify(kith.Email, address)
			add("company."+field, err)
		}
	}
	if c := in.Details.Country; c != "" && !CheckCountry(c) {
		add("company.country", kith.BadField("", kith.CodeNotAllowed, "Give an ISO 3166-1 country code of two letters, such as ZA."))
	}
	add("company.metadata", CheckMetadata(in.Metadata))
	return errors.Join(errs...)
}

// AddCompany is the step that makes the transaction's company, with all that it is born with: its key,
// groups, currency, account definition and application. Its owner, who must be added in the same
// transaction, gets the admin group that it returns.
func AddCompany(ctx context.Context, tx *gate.Tx, in NewCompany, owner kith.UserID, mode kith.CompanyMode) (*kith.Group, error) {
	slug, err := CheckSlug(in.Slug)
	if err != nil {
		return nil, err
	}
	c := tx.By.Company
	*c = kith.Company{ID: c.ID, Slug: slug, Mode: mode, Owner: owner, Public: in.Public, Details: in.Details,
		Settings: kith.DefaultCompanySettings(), Metadata: in.Metadata, Currency: currencyOf(in.Details.Country),
		SystemEmail: in.SystemEmail, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	c.Details.Country = strings.ToUpper(c.Details.Country)
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
	OpViewSettings   = gate.Op{Name: "company.view", Noun: kith.NounCompany, Verb: kith.View, Section: kith.SectionAdmin}
	OpChangeSettings = gate.Op{Name: "company.change", Noun: kith.NounCompany, Verb: kith.Change, Section: kith.SectionAdmin}
	OpPublic         = gate.Op{Name: "company.public", Noun: kith.NounCompany, Verb: kith.Peek, Open: true}
)

// Company gives the actor's company.
func (d *Directory) Company(ctx context.Context, by *kith.Actor) (*kith.Company, error) {
	return gate.Read(ctx, d.gate, by, OpViewCompany, getCompany)
}

// Settings gives the actor's company to those who arrange it.
func (d *Directory) Settings(ctx context.Context, by *kith.Actor) (*kith.Company, error) {
	return gate.Read(ctx, d.gate, by, OpViewSettings, getCompany)
}

func getCompany(ctx context.Context, tx *gate.Tx) (*kith.Company, error) {
	return tx.Companies.Get(ctx)
}

// SettingsChange sets what is not nil.
type SettingsChange struct {
	AllowRegistrations        *bool
	Disclosure                *kith.Disclosure
	AllowSessionDurations     *bool
	DefaultSessionDuration    *time.Duration
	RequireTermsAndConditions *bool
	RequirePrivacyPolicy      *bool
	TermsAndConditionsURL     *string
	PrivacyPolicyURL          *string
	Nationalities             *[]string
	Residencies               *[]string
}

// Validate reports every bad field.
func (in SettingsChange) Validate() error {
	var errs []error
	if life := in.DefaultSessionDuration; life != nil && (*life < kith.MinSessionDuration || *life > kith.MaxSessionDuration) {
		errs = append(errs, kith.BadField("default_session_duration", kith.CodeOutOfRange,
			"Give a number of seconds from 1 to 2678400 (31 days)."))
	}
	for field, url := range map[string]*string{"terms_and_conditions_url": in.TermsAndConditionsURL,
		"privacy_policy_url": in.PrivacyPolicyURL} {
		if url != nil && *url != "" {
			if err := CheckURL(*url, 200); err != nil {
				errs = append(errs, kith.AsError(err).In(field))
			}
		}
	}
	for field, codes := range map[string]*[]string{"nationalities": in.Nationalities, "residencies": in.Residencies} {
		if codes == nil {
			continue
		}
		for _, code := range *codes {
			if !CheckCountry(code) {
				errs = append(errs, kith.BadField(field, kith.CodeNotAllowed, code+" is no ISO 3166-1 country code of two letters."))
			}
		}
	}
	return errors.Join(errs...)
}

// ChangeSettings changes what the actor's company decides about its users.
func (d *Directory) ChangeSettings(ctx context.Context, by *kith.Actor, in SettingsChange) (*kith.Company, error) {
	return gate.Change(ctx, d.gate, by, OpChangeSettings, in, func(ctx context.Context, tx *gate.Tx, in SettingsChange) (*kith.Company, error) {
		c, err := tx.Companies.Lock(ctx)
		if err != nil {
			return nil, err
		}
		fields, old := in.apply(&c.Settings)
		if len(fields) == 0 {
			tx.Unchanged()
			return c, nil
		}
		c.UpdatedAt = tx.Now
		tx.Record(kith.Event{Noun: kith.NounCompany, Verb: kith.Change, Row: c.Slug, Fields: fields, Old: old})
		return c, tx.Companies.Put(ctx, c)
	})
}

// apply sets what is not nil and tells what differs by it.
func (in SettingsChange) apply(s *kith.CompanySettings) (fields []string, old map[string]any) {
	c := &changes{old: make(map[string]any)}
	set(c, "allow_registrations", &s.AllowRegistrations, in.AllowRegistrations)
	set(c, "registration_disclosure", &s.Disclosure, in.Disclosure)
	set(c, "allow_session_durations", &s.AllowSessionDurations, in.AllowSessionDurations)
	set(c, "default_session_duration", &s.DefaultSessionDuration, in.DefaultSessionDuration)
	set(c, "require_terms_and_conditions", &s.RequireTermsAndConditions, in.RequireTermsAndConditions)
	set(c, "require_privacy_policy", &s.RequirePrivacyPolicy, in.RequirePrivacyPolicy)
	set(c, "terms_and_conditions_url", &s.TermsAndConditionsURL, in.TermsAndConditionsURL)
	set(c, "privacy_policy_url", &s.PrivacyPolicyURL, in.PrivacyPolicyURL)
	setList(c, "nationalities", &s.Nationalities, in.Nationalities)
	setList(c, "residencies", &s.Residencies, in.Residencies)
	return c.fields, c.old
}
