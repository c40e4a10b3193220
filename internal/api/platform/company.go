package platform

import (
	"context"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/signin"
	"kith/internal/web"
)

type companyView struct {
	publicDetailsView
	Address  addressView  `json:"address"`
	Settings settingsView `json:"settings"`
	Public   bool         `json:"public"`
}

// publicDetailsView is what a company shows everyone.
type publicDetailsView struct {
	ID                   string           `json:"id" maxLength:"63"`
	Name                 *string          `json:"name" maxLength:"100"`
	LegalName            *string          `json:"legal_name" maxLength:"100"`
	Description          *string          `json:"description"`
	Website              *string          `json:"website" maxLength:"200"`
	SupportWebsite       *string          `json:"support_website" maxLength:"200"`
	DocumentationWebsite *string          `json:"documentation_website" maxLength:"200"`
	SupportEmail         *string          `json:"support_email" maxLength:"254"`
	ContactEmail         *string          `json:"contact_email" maxLength:"254"`
	Country              *string          `json:"country" maxLength:"2"`
	Logo                 *string          `json:"logo"`
	Icon                 *string          `json:"icon"`
	Metadata             map[string]any   `json:"metadata"`
	Services             []map[string]any `json:"services"`
	Mode                 string           `json:"mode" enum:"test,production"`
	Status               string           `json:"status" enum:"pending,active,restricted,suspended"`
	Created              int64            `json:"created" doc:"Unix milliseconds."`
	Updated              int64            `json:"updated" doc:"Unix milliseconds."`
}

type addressView struct {
	Line1         *string `json:"line_1"`
	Line2         *string `json:"line_2"`
	City          *string `json:"city"`
	StateProvince *string `json:"state_province"`
	Country       *string `json:"country" maxLength:"2"`
	PostalCode    *string `json:"postal_code"`
}

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
	SupportedAuthenticators       *[]string        `json:"supported_authenticators"`
}

func settingsOf(s *kith.CompanySettings) settingsView {
	const referenceLength = 10
	return settingsView{
		AllowTransactions: true, AllowDebitTransactions: true, AllowCreditTransactions: true,
		AllowRegistrations: s.AllowRegistrations, RegistrationDisclosure: s.Disclosure.String(),
		AllowSessionDurations: s.AllowSessionDurations, DefaultSessionDuration: int64(s.DefaultSessionDuration / time.Second),
		RequireTermsAndConditions: s.RequireTermsAndConditions, RequirePrivacyPolicy: s.RequirePrivacyPolicy,
		AccountReferenceLength: referenceLength,
		TermsAndConditionsURL:  null(&s.TermsAndConditionsURL), PrivacyPolicyURL: null(&s.PrivacyPolicyURL),
		Nationalities: s.Nationalities, Residencies: s.Residencies,
	}
}

func publicDetailsOf(c *kith.Company) publicDetailsView {
	d := &c.Details
	return publicDetailsView{ID: c.Slug, Name: null(&d.Name), LegalName: null(&d.LegalName), Description: null(&d.Description),
		Website: null(&d.Website), SupportWebsite: null(&d.SupportWebsite), DocumentationWebsite: null(&d.DocumentationWebsite),
		SupportEmail: null(&d.SupportEmail), ContactEmail: null(&d.ContactEmail), Country: null(&d.Country),
		Metadata: c.Metadata, Mode: c.Mode.String(), Status: c.Status.String(),
		Created: c.CreatedAt.UnixMilli(), Updated: c.UpdatedAt.UnixMilli()}
}

func companyOf(c *kith.Company) companyView {
	return companyView{publicDetailsView: publicDetailsOf(c), Settings: settingsOf(&c.Settings), Public: c.Public}
}

func (a *api) company(f *web.Face) {
	web.Handle(f, route("GET", "/3/company/", directory.OpViewCompany, "The signed-in user's company"), a.getCompany)
	const own, settings = "/3/admin/company/", "/3/admin/company/settings/"
	web.Handle(f, route("GET", own, directory.OpViewOwnCompany, "The company, as its staff see it"), a.getOwnCompany)
	for _, method := range []string{"PATCH", "PUT"} {
		rt := route(method, own, directory.OpChangeCompany, "Change what the company says about itself")
		rt.Form = true
		web.Handle(f, rt, a.changeCompany)
	}
	web.Handle(f, route("GET", settings, directory.OpViewOwnCompany, "What the company decides about its users"), a.getSettings)
	for _, method := range []string{"PATCH", "PUT"} {
		web.Handle(f, route(method, settings, directory.OpChangeCompany, "Change what the company decides about its users"), a.changeSettings)
	}
}

func (a *api) getCompany(ctx context.Context, _ none) (ok[companyView], error) {
	c, err := a.core.Directory.Company(ctx, web.Actor(ctx))
	if err != nil {
		return ok[companyView]{}, err
	}
	return show(companyOf(c), nil)
}

// ownCompanyView is the company as its staff see it.
type ownCompanyView struct {
	companyView
	SystemEmail *string `json:"system_email" maxLength:"254"`
}

func ownCompanyOf(c *kith.Company) ownCompanyView {
	return ownCompanyView{companyOf(c), null(&c.SystemEmail)}
}

func (a *api) getOwnCompany(ctx context.Context, _ none) (ok[ownCompanyView], error) {
	c, err := a.core.Directory.OwnCompany(ctx, web.Actor(ctx))
	if err != nil {
		return ok[ownCompanyView]{}, err
	}
	return show(ownCompanyOf(c), nil)
}

type changeCompanyInput struct {
	Body struct {
		companyDetailsInput
		ReadOnly web.Extra `json:"-"`
	}
}

func (a *api) changeCompany(ctx context.Context, in changeCompanyInput) (ok[ownCompanyView], error) {
	by, change := web.Actor(ctx), in.Body.change()
	change.Also = unchanged(in.Body.ReadOnly, ownCompanyOf(by.Company))
	c, err := a.core.Directory.ChangeCompany(ctx, by, change)
	if err != nil {
		return ok[ownCompanyView]{}, err
	}
	return show(ownCompanyOf(c), nil)
}

func (a *api) getSettings(ctx context.Context, _ none) (ok[settingsView], error) {
	c, err := a.core.Directory.OwnCompany(ctx, web.Actor(ctx))
	if err != nil {
		return ok[settingsView]{}, err
	}
	return show(settingsOf(&c.Settings), nil)
}

type settingsInput struct {
	Body struct {
		AllowRegistrations        *bool           `json:"allow_registrations"`
		RegistrationDisclosure    *string         `json:"registration_disclosure" enum:"visible,hidden"`
		AllowSessionDurations     *bool           `json:"allow_session_durations"`
		DefaultSessionDuration    *int64          `json:"default_session_duration" minimum:"1" maximum:"2678400" doc:"Seconds."`
		RequireTermsAndConditions *bool           `json:"require_terms_and_conditions"`
		RequirePrivacyPolicy      *bool           `json:"require_privacy_policy"`
		TermsAndConditionsURL     web.Opt[string] `json:"terms_and_conditions_url" maxLength:"200"`
		PrivacyPolicyURL          web.Opt[string] `json:"privacy_policy_url" maxLength:"200"`
		Nationalities             *[]string       `json:"nationalities" maxItems:"300" maxLength:"2"`
		Residencies               *[]string       `json:"residencies" maxItems:"300" maxLength:"2"`
		ReadOnly                  web.Extra       `json:"-"`
	}
}

func (a *api) changeSettings(ctx context.Context, in settingsInput) (ok[settingsView], error) {
	by, b := web.Actor(ctx), in.Body
	change := directory.SettingsChange{Also: unchanged(b.ReadOnly, settingsOf(&by.Company.Settings)),
		AllowRegistrations: b.AllowRegistrations, AllowSessionDurations: b.AllowSessionDurations,
		RequireTermsAndConditions: b.RequireTermsAndConditions, RequirePrivacyPolicy: b.RequirePrivacyPolicy,
		TermsAndConditionsURL: given(b.TermsAndConditionsURL), PrivacyPolicyURL: given(b.PrivacyPolicyURL),
		Nationalities: b.Nationalities, Residencies: b.Residencies}
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
	c, err := a.core.Directory.ChangeSettings(ctx, by, change)
	if err != nil {
		return ok[settingsView]{}, err
	}
	return show(settingsOf(&c.Settings), nil)
}

type registerCompanyInput struct {
	SetupToken string `header:"X-Setup-Token" maxLength:"200" doc:"Where the operator asks for one."`
	Body       struct {
		personInput
		passwordsInput
		profileInput
		Company    companyInput    `json:"company" required:"true"`
		SetupToken web.Opt[string] `json:"setup_token" maxLength:"200" doc:"As the header X-Setup-Token."`
	}
}

func (a *api) registerCompany(ctx context.Context, in registerCompanyInput) (ok[signedInView], error) {
	b := in.Body
	if err := byToken(b.AuthMethod); err != nil {
		return ok[signedInView]{}, err
	}
	password, err := b.passwordsInput.chosen()
	if err != nil {
		return ok[signedInView]{}, err
	}
	setup := in.SetupToken
	if setup == "" {
		setup = b.SetupToken.Value
	}
	s, err := a.core.Signin.RegisterCompany(ctx, web.Actor(ctx), signin.CompanyRegistration{
		Person: person(b.personInput, b.profileInput, password), Company: b.Company.core(), SetupToken: setup})
	if err != nil {
		return ok[signedInView]{}, err
	}
	return show(signedInOf(s), nil)
}
