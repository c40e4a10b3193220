package directory

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/gate"
	"kith/internal/core/wording"
)

// SettingsChange sets what is not nil.
type SettingsChange struct {
	AllowRegistrations        *bool
	Disclosure                *kith.Disclosure
	AllowSessionDurations     *bool
	DefaultSessionDuration    *time.Duration
	JWTDuration               *time.Duration // zero as sessions have it
	RequireTermsAndConditions *bool
	RequirePrivacyPolicy      *bool
	TermsAndConditionsURL     *string
	PrivacyPolicyURL          *string
	Nationalities             *[]string
	Residencies               *[]string
	RequireVerification       *bool
	RequireRegistration       *bool
	AccountReferenceLength    *int
	Authenticators            *[]kith.FactorKind
	Links                     LinksChange
	Colors                    ColorsChange
	Transactions              TransactionsChange
	Also                      error // what the face found wrong, told with the rest
}

// LinksChange sets what is not nil of kith.CompanyLinks.
type LinksChange struct {
	PasswordReset, PasswordSet, EmailVerification, Deactivate, Delete *string
}

// ColorsChange sets what is not nil of kith.CompanyColors; "" brings back kith's own.
type ColorsChange struct {
	Primary, Text, Background *string
}

// TransactionsChange sets what is not nil of kith.TransactionSettings.
type TransactionsChange struct {
	Allow, AllowDebit, AllowCredit  *bool
	AllowOverdrafts, RequireSubtype *bool
	Lifespan                        *int64
}

// Validate reports every bad field.
func (in SettingsChange) Validate() error {
	errs := []error{in.Also}
	if life := in.DefaultSessionDuration; life != nil && (*life < kith.MinSessionDuration || *life > kith.MaxSessionDuration) {
		errs = append(errs, kith.BadField("default_session_duration", kith.CodeOutOfRange,
			"Give a number of seconds from 1 to 2678400 (31 days)."))
	}
	if life := in.JWTDuration; life != nil && *life != 0 && (*life < kith.MinJWTDuration || *life > kith.MaxSessionDuration) {
		errs = append(errs, kith.BadField("jwt_duration", kith.CodeOutOfRange, "Give a number of hours from 1 to 744 (31 days)."))
	}
	if n := in.AccountReferenceLength; n != nil && (*n < kith.MinReferenceLength || *n > kith.MaxReferenceLength) {
		errs = append(errs, kith.BadField("account_reference_length", kith.CodeOutOfRange, "Give a number of digits from 6 to 20."))
	}
	if life := in.Transactions.Lifespan; life != nil && *life < 0 {
		errs = append(errs, kith.BadField("default_transaction_lifespan", kith.CodeOutOfRange, "Give a number of milliseconds, or 0 for no end."))
	}
	for _, url := range in.urls() {
		if url.value == nil {
			continue
		}
		if err := wording.CheckURL(*url.value, 200); err != nil {
			errs = append(errs, kith.AsError(err).In(url.field))
		}
	}
	for _, color := range in.Colors.fields() {
		if color.value == nil || *color.value == "" {
			continue
		}
		if _, ok := kith.ParseColor(*color.value); !ok {
			errs = append(errs, kith.BadField(color.field, kith.CodeBadFormat, "Write a colour as #rrggbb: six hexadecimal digits after a #."))
		}
	}
	for _, places := range []struct {
		field string
		codes *[]string
	}{{"nationalities", in.Nationalities}, {"residencies", in.Residencies}} {
		if places.codes == nil {
			continue
		}
		for _, code := range *places.codes {
			if !CheckCountry(code) {
				errs = append(errs, kith.BadField(places.field, kith.CodeNotAllowed, code+" is no ISO 3166-1 country code of two letters."))
			}
		}
	}
	return errors.Join(errs...)
}

type textField struct {
	field string
	value *string
}

// urls are the settings that lead somewhere, by their field.
func (in SettingsChange) urls() []textField {
	return []textField{{"terms_and_conditions_url", in.TermsAndConditionsURL}, {"privacy_policy_url", in.PrivacyPolicyURL},
		{"password_reset_url", in.Links.PasswordReset}, {"password_set_url", in.Links.PasswordSet},
		{"email_verification_url", in.Links.EmailVerification}, {"deactivate_verification_url", in.Links.Deactivate},
		{"request_delete_verification_url", in.Links.Delete}}
}

// ChangeSettings changes what the actor's company decides about its users. Where their mails lead is for
// those to change who hold every admin permission.
func (d *Directory) ChangeSettings(ctx context.Context, by *kith.Actor, in SettingsChange) (*kith.Company, error) {
	return gate.Change(ctx, d.gate, by, OpChangeCompany, in, func(ctx context.Context, tx *gate.Tx, in SettingsChange) (*kith.Company, error) {
		own, err := editCompany(ctx, tx, func(own OwnCompany) (*changes, error) {
			before := own.Settings
			differs := in.apply(&own.Settings)
			var bad []error
			if own.Settings.Links != before.Links {
				bad = append(bad, access.CheckLeads(tx.By))
			}
			if now := own.Settings.Colors; now != before.Colors && !now.Readable() {
				bad = append(bad, unreadable(now.Full(), in.Colors))
			}
			return differs, errors.Join(bad...)
		})
		return own.Company, err
	})
}

// apply sets what is not nil and tells what differs by it.
func (in SettingsChange) apply(s *kith.CompanySettings) *changes {
	c := newChanges()
	set(c, "allow_registrations", &s.AllowRegistrations, in.AllowRegistrations)
	set(c, "registration_disclosure", &s.Disclosure, in.Disclosure)
	set(c, "allow_session_durations", &s.AllowSessionDurations, in.AllowSessionDurations)
	set(c, "default_session_duration", &s.DefaultSessionDuration, in.DefaultSessionDuration)
	set(c, "jwt_duration", &s.JWTDuration, in.JWTDuration)
	set(c, "require_terms_and_conditions", &s.RequireTermsAndConditions, in.RequireTermsAndConditions)
	set(c, "require_privacy_policy", &s.RequirePrivacyPolicy, in.RequirePrivacyPolicy)
	set(c, "terms_and_conditions_url", &s.TermsAndConditionsURL, in.TermsAndConditionsURL)
	set(c, "privacy_policy_url", &s.PrivacyPolicyURL, in.PrivacyPolicyURL)
	setList(c, "nationalities", &s.Nationalities, upperAll(in.Nationalities))
	setList(c, "residencies", &s.Residencies, upperAll(in.Residencies))
	set(c, "require_verification", &s.RequireVerification, in.RequireVerification)
	set(c, "require_registration", &s.RequireRegistration, in.RequireRegistration)
	set(c, "account_reference_length", &s.AccountReferenceLength, in.AccountReferenceLength)
	if in.Authenticators != nil && !slices.Equal(*in.Authenticators, s.Authenticators) {
		var was []string
		for _, kind := range s.Authenticators {
			was = append(was, kind.String())
		}
		c.note("supported_authenticators", was)
		s.Authenticators = *in.Authenticators
	}
	in.Links.apply(c, &s.Links)
	in.Colors.apply(c, &s.Colors)
	in.Transactions.apply(c, &s.Transactions)
	return c
}

func (in LinksChange) apply(c *changes, to *kith.CompanyLinks) {
	set(c, "password_reset_url", &to.PasswordReset, in.PasswordReset)
	set(c, "password_set_url", &to.PasswordSet, in.PasswordSet)
	set(c, "email_verification_url", &to.EmailVerification, in.EmailVerification)
	set(c, "deactivate_verification_url", &to.Deactivate, in.Deactivate)
	set(c, "request_delete_verification_url", &to.Delete, in.Delete)
}

// fields are the colours by their field.
func (in ColorsChange) fields() []textField {
	return []textField{{"colors.primary", in.Primary}, {"colors.text", in.Text}, {"colors.background", in.Background}}
}

func (in ColorsChange) apply(c *changes, to *kith.CompanyColors) {
	for i, is := range []*kith.Color{&to.Primary, &to.Text, &to.Background} {
		if given := in.fields()[i]; given.value != nil {
			color, _ := kith.ParseColor(*given.value) // Validate has seen to it
			set(c, given.field, is, &color)
		}
	}
}

// unreadable says which of the colours given cannot be used with the others.
func unreadable(now kith.CompanyColors, in ColorsChange) error {
	field := "colors.primary"
	if in.Primary == nil {
		field = "colors.text"
	}
	return kith.BadField(field, kith.CodeNotAllowed, fmt.Sprintf("Text in %s cannot be read well on %s: their contrast is %.1f, and it takes %.1f or more. "+
		"Choose a darker and a lighter colour.", now.Text, now.Primary, math.Floor(now.Text.Contrast(now.Primary)*10)/10, kith.MinContrast))
}

func (in TransactionsChange) apply(c *changes, to *kith.TransactionSettings) {
	set(c, "allow_transactions", &to.Allow, in.Allow)
	set(c, "allow_debit_transactions", &to.AllowDebit, in.AllowDebit)
	set(c, "allow_credit_transactions", &to.AllowCredit, in.AllowCredit)
	set(c, "allow_overdrafts", &to.AllowOverdrafts, in.AllowOverdrafts)
	set(c, "require_transaction_subtypes", &to.RequireSubtype, in.RequireSubtype)
	set(c, "default_transaction_lifespan", &to.Lifespan, in.Lifespan)
}

// upperAll brings country codes into their normal form.
func upperAll(codes *[]string) *[]string {
	if codes == nil {
		return nil
	}
	normal := make([]string, len(*codes))
	for i, code := range *codes {
		normal[i] = strings.ToUpper(code)
	}
	return &normal
}
