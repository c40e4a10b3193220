package platform

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/web"
)

type settingsView struct {
	AllowTransactions             bool             `json:"allow_transactions"`
	AllowDebitTransactions        bool             `json:"allow_debit_transactions"`
	AllowCreditTransactions       bool             `json:"allow_credit_transactions"`
	DisallowedTransactionSubtypes []map[string]any `json:"disallowed_transaction_subtypes"`
	RequireTransactionSubtypes    bool             `json:"require_transaction_subtypes"`
	RequireVerification           bool             `json:"require_verification"`
	AllowRegistrations            bool             `json:"allow_registrations"`
	RegistrationDisclosure        string           `json:"registration_disclosure" enum:"visible,hidden"`
	AllowOverdrafts               bool             `json:"allow_overdrafts"`
	AllowSessionDurations         bool             `json:"allow_session_durations"`
	RequireRegistration           bool             `json:"require_registration"`
	DefaultSessionDuration        int64            `json:"default_session_duration" doc:"Seconds."`
	DefaultTransactionLifespan    int64            `json:"default_transaction_lifespan"`
	RequireTermsAndConditions     bool             `json:"require_terms_and_conditions"`
	RequirePrivacyPolicy          bool             `json:"require_privacy_policy"`
	AccountReferenceLength        int64            `json:"account_reference_length"`
	PasswordResetURL              *string          `json:"password_reset_url"`
	PasswordSetURL                *string          `json:"password_set_url"`
	EmailVerificationURL          *string          `json:"email_verification_url"`
	DeactivateVerificationURL     *string          `json:"deactivate_verification_url"`
	RequestDeleteVerificationURL  *string          `json:"request_delete_verification_url"`
	TermsAndConditionsURL         *string          `json:"terms_and_conditions_url" maxLength:"200"`
	PrivacyPolicyURL              *string          `json:"privacy_policy_url" maxLength:"200"`
	Nationalities                 []string         `json:"nationalities" maxItems:"300" maxLength:"2"`
	Residencies                   []string         `json:"residencies" maxItems:"300" maxLength:"2"`
	SupportedAuthenticators       *[]string        `json:"supported_authenticators" enum:"totp,sms,static" maxItems:"3"`
	Colors                        colorsView       `json:"colors"`
}

// colorsView is kith's own: how mails and pages of the company look.
type colorsView struct {
	Primary    string `json:"primary" doc:"Of buttons, as #rrggbb."`
	Text       string `json:"text" doc:"Of what is written on them."`
	Background string `json:"background" doc:"Around the text."`
}

func colorsOf(c kith.CompanyColors) colorsView {
	c = c.Full()
	return colorsView{string(c.Primary), string(c.Text), string(c.Background)}
}

func settingsOf(s *kith.CompanySettings) settingsView {
	links, t := &s.Links, &s.Transactions
	view := settingsView{
		AllowTransactions: t.Allow, AllowDebitTransactions: t.AllowDebit, AllowCreditTransactions: t.AllowCredit,
		AllowOverdrafts: t.AllowOverdrafts, RequireTransactionSubtypes: t.RequireSubtype, DefaultTransactionLifespan: t.Lifespan,
		RequireVerification: s.RequireVerification, RequireRegistration: s.RequireRegistration,
		AllowRegistrations: s.AllowRegistrations, RegistrationDisclosure: s.Disclosure.String(),
		AllowSessionDurations: s.AllowSessionDurations, DefaultSessionDuration: int64(s.DefaultSessionDuration / time.Second),
		RequireTermsAndConditions: s.RequireTermsAndConditions, RequirePrivacyPolicy: s.RequirePrivacyPolicy,
		AccountReferenceLength: int64(s.AccountReferenceLength),
		PasswordResetURL:       null(&links.PasswordReset), PasswordSetURL: null(&links.PasswordSet),
		EmailVerificationURL: null(&links.EmailVerification), DeactivateVerificationURL: null(&links.Deactivate),
		RequestDeleteVerificationURL: null(&links.Delete),
		TermsAndConditionsURL:        null(&s.TermsAndConditionsURL), PrivacyPolicyURL: null(&s.PrivacyPolicyURL),
		Nationalities: s.Nationalities, Residencies: s.Residencies, Colors: colorsOf(s.Colors),
	}
	if len(s.Authenticators) > 0 {
		words := make([]string, len(s.Authenticators))
		for i, kind := range s.Authenticators {
			words[i] = kind.String()
		}
		view.SupportedAuthenticators = &words
	}
	return view
}

func (a *api) getSettings(ctx context.Context, _ none) (ok[settingsView], error) {
	own, err := a.core.Directory.OwnCompany(ctx, web.Actor(ctx))
	if err != nil {
		return ok[settingsView]{}, err
	}
	return show(settingsOf(&own.Settings), nil)
}

// countriesInput is a list of countries or, as the published client has it, just one.
type countriesInput struct{ codes []string }

// OpenAPI describes both forms.
func (countriesInput) OpenAPI() map[string]any {
	code := map[string]any{"type": "string", "minLength": 2, "maxLength": 2}
	return map[string]any{"oneOf": []any{code, map[string]any{"type": "array", "items": code, "maxItems": 300}}}
}

// UnmarshalJSON reads either form.
func (c *countriesInput) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		c.codes = make([]string, 1)
		return json.Unmarshal(text, &c.codes[0])
	}
	if err := json.Unmarshal(text, &c.codes); err != nil {
		return kith.BadField("", kith.CodeWrongType, "This must be a list of country codes.")
	}
	if len(c.codes) > 300 {
		return kith.BadField("", kith.CodeTooLong, "This takes at most 300 items.")
	}
	return nil
}

// countries are the codes that a request names; nil if it names none.
func countries(in web.Opt[countriesInput]) *[]string {
	if !in.Set {
		return nil
	}
	return &in.Value.codes
}

type settingsInput struct {
	Body struct {
		AllowTransactions             *bool                   `json:"allow_transactions"`
		AllowDebitTransactions        *bool                   `json:"allow_debit_transactions"`
		AllowCreditTransactions       *bool                   `json:"allow_credit_transactions"`
		DisallowedTransactionSubtypes *[]map[string]any       `json:"disallowed_transaction_subtypes" doc:"Only the empty list: kith knows no subtypes."`
		RequireTransactionSubtypes    *bool                   `json:"require_transaction_subtypes"`
		RequireVerification           *bool                   `json:"require_verification"`
		AllowRegistrations            *bool                   `json:"allow_registrations"`
		RegistrationDisclosure        *string                 `json:"registration_disclosure" enum:"visible,hidden"`
		AllowOverdrafts               *bool                   `json:"allow_overdrafts"`
		AllowSessionDurations         *bool                   `json:"allow_session_durations"`
		RequireRegistration           *bool                   `json:"require_registration"`
		DefaultSessionDuration        *int64                  `json:"default_session_duration" minimum:"1" maximum:"2678400" doc:"Seconds."`
		DefaultTransactionLifespan    *int64                  `json:"default_transaction_lifespan" minimum:"0" doc:"Milliseconds."`
		RequireTermsAndConditions     *bool                   `json:"require_terms_and_conditions"`
		RequirePrivacyPolicy          *bool                   `json:"require_privacy_policy"`
		AccountReferenceLength        *int64                  `json:"account_reference_length" minimum:"6" maximum:"20" doc:"Digits of the references of new accounts."`
		PasswordResetURL              web.Opt[string]         `json:"password_reset_url" maxLength:"200"`
		PasswordSetURL                web.Opt[string]         `json:"password_set_url" maxLength:"200"`
		EmailVerificationURL          web.Opt[string]         `json:"email_verification_url" maxLength:"200"`
		DeactivateVerificationURL     web.Opt[string]         `json:"deactivate_verification_url" maxLength:"200"`
		RequestDeleteVerificationURL  web.Opt[string]         `json:"request_delete_verification_url" maxLength:"200"`
		TermsAndConditionsURL         web.Opt[string]         `json:"terms_and_conditions_url" maxLength:"200"`
		PrivacyPolicyURL              web.Opt[string]         `json:"privacy_policy_url" maxLength:"200"`
		Nationalities                 web.Opt[countriesInput] `json:"nationalities" doc:"ISO 3166-1 alpha-2 codes; none for all countries."`
		Residencies                   web.Opt[countriesInput] `json:"residencies" doc:"ISO 3166-1 alpha-2 codes; none for all countries."`
		SupportedAuthenticators       web.Opt[[]string]       `json:"supported_authenticators" enum:"totp,sms,static" maxItems:"3" doc:"None or null for all."`
		Colors                        web.Opt[colorsInput]    `json:"colors" doc:"How mails and pages look; null for kith's own colours."`
	}
}

type colorsInput struct {
	Primary    web.Opt[string] `json:"primary" maxLength:"7" doc:"#rrggbb; null or empty for kith's own."`
	Text       web.Opt[string] `json:"text" maxLength:"7" doc:"#rrggbb. Its contrast with primary must be 4.5 or more."`
	Background web.Opt[string] `json:"background" maxLength:"7" doc:"#rrggbb."`
}

// colors are those that a request names.
func colors(in web.Opt[colorsInput]) directory.ColorsChange {
	if in.Null {
		var own string
		return directory.ColorsChange{Primary: &own, Text: &own, Background: &own}
	}
	return directory.ColorsChange{Primary: given(in.Value.Primary), Text: given(in.Value.Text), Background: given(in.Value.Background)}
}

func (in settingsInput) change() directory.SettingsChange {
	b := in.Body
	change := directory.SettingsChange{
		AllowRegistrations: b.AllowRegistrations, AllowSessionDurations: b.AllowSessionDurations,
		RequireTermsAndConditions: b.RequireTermsAndConditions, RequirePrivacyPolicy: b.RequirePrivacyPolicy,
		TermsAndConditionsURL: given(b.TermsAndConditionsURL), PrivacyPolicyURL: given(b.PrivacyPolicyURL),
		Nationalities: countries(b.Nationalities), Residencies: countries(b.Residencies),
		RequireVerification: b.RequireVerification, RequireRegistration: b.RequireRegistration,
		Links: directory.LinksChange{PasswordReset: given(b.PasswordResetURL), PasswordSet: given(b.PasswordSetURL),
			EmailVerification: given(b.EmailVerificationURL), Deactivate: given(b.DeactivateVerificationURL),
			Delete: given(b.RequestDeleteVerificationURL)},
		Colors: colors(b.Colors),
		Transactions: directory.TransactionsChange{Allow: b.AllowTransactions, AllowDebit: b.AllowDebitTransactions,
			AllowCredit: b.AllowCreditTransactions, AllowOverdrafts: b.AllowOverdrafts,
			RequireSubtype: b.RequireTransactionSubtypes, Lifespan: b.DefaultTransactionLifespan},
	}
	if b.RegistrationDisclosure != nil {
		disclosure := kith.Visible
		if *b.RegistrationDisclosure == kith.Hidden.String() {
			disclosure = kith.Hidden
		}
		change.Disclosure = &disclosure
	}
	if b.DefaultSessionDuration != nil {
		life := time.Duration(*b.DefaultSessionDuration) * time.Second
		change.DefaultSessionDuration = &life
	}
	if b.AccountReferenceLength != nil {
		digits := int(*b.AccountReferenceLength)
		change.AccountReferenceLength = &digits
	}
	if b.SupportedAuthenticators.Set {
		var kinds []kith.FactorKind
		for _, kind := range []kith.FactorKind{kith.FactorTOTP, kith.FactorSMS, kith.FactorStatic} {
			if slices.Contains(b.SupportedAuthenticators.Value, kind.String()) {
				kinds = append(kinds, kind)
			}
		}
		change.Authenticators = &kinds
	}
	if list := b.DisallowedTransactionSubtypes; list != nil && len(*list) > 0 {
		change.Also = kith.BadField("disallowed_transaction_subtypes", kith.CodeNotAllowed, "kith knows no transaction subtypes: leave the list empty.")
	}
	return change
}

func (a *api) changeSettings(ctx context.Context, in settingsInput) (ok[settingsView], error) {
	c, err := a.core.Directory.ChangeSettings(ctx, web.Actor(ctx), in.change())
	if err != nil {
		return ok[settingsView]{}, err
	}
	return show(settingsOf(&c.Settings), nil)
}
