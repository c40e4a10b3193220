package store

import (
	"context"
	"slices"
	"time"

	"kith"
)

type companies struct{ tx *Tx }

// companyDetails, companySettings and currency are the JSON columns of a company.
type companyDetails struct {
	LegalName            string `json:"legal_name,omitempty"`
	Description          string `json:"description,omitempty"`
	Website              string `json:"website,omitempty"`
	SupportWebsite       string `json:"support_website,omitempty"`
	DocumentationWebsite string `json:"documentation_website,omitempty"`
	SupportEmail         string `json:"support_email,omitempty"`
	ContactEmail         string `json:"contact_email,omitempty"`
	Country              string `json:"country,omitempty"`

	Address companyAddress `json:"address,omitzero"`
}

type companyAddress struct {
	Line1         string `json:"line_1,omitempty"`
	Line2         string `json:"line_2,omitempty"`
	City          string `json:"city,omitempty"`
	StateProvince string `json:"state_province,omitempty"`
	PostalCode    string `json:"postal_code,omitempty"`
	Country       string `json:"country,omitempty"`
}

// companySettings has no omitempty where the value left out is not the default.
type companySettings struct {
	AllowRegistrations        bool                `json:"allow_registrations"`
	Disclosure                uint8               `json:"registration_disclosure,omitempty"`
	AllowSessionDurations     bool                `json:"allow_session_durations,omitempty"`
	DefaultSessionDuration    int64               `json:"default_session_duration"` // seconds
	RequireTermsAndConditions bool                `json:"require_terms_and_conditions,omitempty"`
	RequirePrivacyPolicy      bool                `json:"require_privacy_policy,omitempty"`
	TermsAndConditionsURL     string              `json:"terms_and_conditions_url,omitempty"`
	PrivacyPolicyURL          string              `json:"privacy_policy_url,omitempty"`
	Nationalities             []string            `json:"nationalities,omitempty"`
	Residencies               []string            `json:"residencies,omitempty"`
	RequireVerification       bool                `json:"require_verification,omitempty"`
	RequireRegistration       bool                `json:"require_registration,omitempty"`
	AccountReferenceLength    int                 `json:"account_reference_length"`
	Authenticators            []int               `json:"supported_authenticators,omitempty"` // not uint8, which JSON takes for bytes
	Links                     companyLinks        `json:"links,omitzero"`
	Colors                    companyColors       `json:"colors,omitzero"`
	Transactions              transactionSettings `json:"transactions"`
	Hosts                     []string            `json:"hosts,omitempty"`
	JWTDuration               int64               `json:"jwt_duration,omitempty"` // seconds
}

type companyLinks struct {
	PasswordReset     string `json:"password_reset,omitempty"`
	PasswordSet       string `json:"password_set,omitempty"`
	EmailVerification string `json:"email_verification,omitempty"`
	Deactivate        string `json:"deactivate,omitempty"`
	Delete            string `json:"delete,omitempty"`
}

type companyColors struct {
	Primary    kith.Color `json:"primary,omitempty"`
	Text       kith.Color `json:"text,omitempty"`
	Background kith.Color `json:"background,omitempty"`
}

type transactionSettings struct {
	Allow           bool  `json:"allow"`
	AllowDebit      bool  `json:"allow_debit"`
	AllowCredit     bool  `json:"allow_credit"`
	AllowOverdrafts bool  `json:"allow_overdrafts,omitempty"`
	RequireSubtype  bool  `json:"require_subtype,omitempty"`
	Lifespan        int64 `json:"lifespan,omitempty"`
}

type currency struct {
	Code         string `json:"code"`
	DisplayCode  string `json:"display_code,omitempty"`
	Description  string `json:"description"`
	Symbol       string `json:"symbol"`
	Unit         string `json:"unit"`
	Divisibility int    `json:"divisibility"`
}

const companyColumns = `c.slug, c.mode, c.status, c.owner_id, c.public, c.system_email, c.name,
	c.details, c.settings, c.metadata, c.attributes, c.modes, c.currency, c.created_at, c.updated_at`

// companyRow is where a company's columns are scanned to.
type companyRow struct {
	company                                  kith.Company
	name, details, settings, metadata, money string
	attributes, modes                        string
	created, updated                         int64
}

func (r *companyRow) dest() []any {
	c := &r.company
	return []any{&c.Slug, &c.Mode, &c.Status, idDest(&c.Owner), &c.Public, &c.SystemEmail, &r.name,
		&r.details, &r.settings, &r.metadata, &r.attributes, &r.modes, &r.money, &r.created, &r.updated}
}

// size is how much text was read.
func (r *companyRow) size() int {
	return len(r.details) + len(r.settings) + len(r.metadata) + len(r.attributes) + len(r.modes)
}

func (r *companyRow) read() (*kith.Company, error) {
	c := &r.company
	c.CreatedAt, c.UpdatedAt = at(r.created), at(r.updated)
	var err error
	if c.Details, err = readDetails(r.name, r.details); err != nil {
		return nil, err
	}
	if c.Settings, err = readSettings(r.settings); err != nil {
		return nil, err
	}
	if c.Currency, err = readCurrency(r.money); err != nil {
		return nil, err
	}
	if c.Attributes, err = readAttributes(r.attributes); err != nil {
		return nil, err
	}
	if err := undocument(r.modes, &c.Modes); err != nil {
		return nil, err
	}
	return c, undocument(r.metadata, &c.Metadata)
}

func scanCompany(row rowScanner, id kith.CompanyID) (*kith.Company, error) {
	r := companyRow{company: kith.Company{ID: id}}
	if err := row.Scan(r.dest()...); err != nil {
		return nil, err
	}
	return r.read()
}

func readDetails(name, text string) (kith.CompanyDetails, error) {
	var d companyDetails
	err := undocument(text, &d)
	return kith.CompanyDetails{
		Name: name, LegalName: d.LegalName, Description: d.Description, Website: d.Website,
		SupportWebsite: d.SupportWebsite, DocumentationWebsite: d.DocumentationWebsite,
		SupportEmail: d.SupportEmail, ContactEmail: d.ContactEmail, Country: d.Country, Address: kith.CompanyAddress(d.Address),
	}, err
}

func writeDetails(d kith.CompanyDetails) string {
	row := companyDetails{
		LegalName: d.LegalName, Description: d.Description, Website: d.Website,
		SupportWebsite: d.SupportWebsite, DocumentationWebsite: d.DocumentationWebsite,
		SupportEmail: d.SupportEmail, ContactEmail: d.ContactEmail, Country: d.Country, Address: companyAddress(d.Address),
	}
	return document(row, row == companyDetails{})
}

// readSettings gives settings that came after the row was written their defaults.
func readSettings(text string) (kith.CompanySettings, error) {
	born := kith.DefaultCompanySettings()
	s := companySettings{AccountReferenceLength: born.AccountReferenceLength,
		Transactions: transactionSettings(born.Transactions)}
	err := undocument(text, &s)
	settings := kith.CompanySettings{
		AllowRegistrations: s.AllowRegistrations, Disclosure: kith.Disclosure(s.Disclosure),
		AllowSessionDurations:     s.AllowSessionDurations,
		DefaultSessionDuration:    time.Duration(s.DefaultSessionDuration) * time.Second,
		RequireTermsAndConditions: s.RequireTermsAndConditions, RequirePrivacyPolicy: s.RequirePrivacyPolicy,
		TermsAndConditionsURL: s.TermsAndConditionsURL, PrivacyPolicyURL: s.PrivacyPolicyURL,
		Nationalities: s.Nationalities, Residencies: s.Residencies,
		RequireVerification: s.RequireVerification, RequireRegistration: s.RequireRegistration,
		AccountReferenceLength: s.AccountReferenceLength, Links: kith.CompanyLinks(s.Links),
		Colors:       kith.CompanyColors(s.Colors),
		Transactions: kith.TransactionSettings(s.Transactions),
		Hosts:        s.Hosts, JWTDuration: time.Duration(s.JWTDuration) * time.Second,
	}
	for _, kind := range s.Authenticators {
		settings.Authenticators = append(settings.Authenticators, kith.FactorKind(kind))
	}
	return settings, err
}

func writeSettings(s kith.CompanySettings) string {
	row := companySettings{
		AllowRegistrations: s.AllowRegistrations, Disclosure: uint8(s.Disclosure),
		AllowSessionDurations:     s.AllowSessionDurations,
		DefaultSessionDuration:    int64(s.DefaultSessionDuration / time.Second),
		RequireTermsAndConditions: s.RequireTermsAndConditions, RequirePrivacyPolicy: s.RequirePrivacyPolicy,
		TermsAndConditionsURL: s.TermsAndConditionsURL, PrivacyPolicyURL: s.PrivacyPolicyURL,
		Nationalities: s.Nationalities, Residencies: s.Residencies,
		RequireVerification: s.RequireVerification, RequireRegistration: s.RequireRegistration,
		AccountReferenceLength: s.AccountReferenceLength, Links: companyLinks(s.Links),
		Colors:       companyColors(s.Colors),
		Transactions: transactionSettings(s.Transactions),
		Hosts:        s.Hosts, JWTDuration: int64(s.JWTDuration / time.Second),
	}
	for _, kind := range s.Authenticators {
		row.Authenticators = append(row.Authenticators, int(kind))
	}
	return document(row, false)
}

func readCurrency(text string) (kith.Currency, error) {
	var m currency
	err := undocument(text, &m)
	return kith.Currency(m), err
}

// Insert adds the transaction's company and claims its slug. It fails with ErrExists if the slug is
// taken.
func (cs companies) Insert(ctx context.Context, c *kith.Company) error {
	if _, err := cs.tx.exec(ctx, `INSERT INTO company_slugs (company_id, slug) VALUES ($1, $2)`, c.Slug); err != nil {
		return err
	}
	_, err := cs.tx.exec(ctx, `INSERT INTO companies (company_id, slug, mode, status, owner_id, public, system_email,
		name, details, settings, metadata, currency, created_at, updated_at, attributes, indexing, modes)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		c.Slug, int(c.Mode), int(c.Status), c.Owner[:], c.Public, c.SystemEmail,
		c.Details.Name, writeDetails(c.Details), writeSettings(c.Settings),
		document(c.Metadata, len(c.Metadata) == 0), document(currency(c.Currency), false),
		stamp(c.CreatedAt), stamp(c.UpdatedAt), writeAttributes(&c.Attributes), indexing(&c.Attributes),
		document(c.Modes, len(c.Modes) == 0))
	return err
}

// Get reads the transaction's company.
func (cs companies) Get(ctx context.Context) (*kith.Company, error) {
	row := cs.tx.row(ctx, `SELECT `+companyColumns+` FROM companies c WHERE c.company_id = $1`)
	return scanCompany(row, cs.tx.By.CompanyID())
}

// Put writes what may change of the transaction's company: not its slug, mode or owner. It fails with
// ErrNotFound if the company is not there.
func (cs companies) Put(ctx context.Context, c *kith.Company) error {
	return cs.tx.one(ctx, `UPDATE companies SET status = $2, public = $3, system_email = $4, name = $5,
		details = $6, settings = $7, metadata = $8, currency = $9, updated_at = $10,
		attributes = $11, indexing = $12, modes = $13,
		version = version + 1 WHERE company_id = $1`,
		int(c.Status), c.Public, c.SystemEmail,
		c.Details.Name, writeDetails(c.Details), writeSettings(c.Settings),
		document(c.Metadata, len(c.Metadata) == 0), document(currency(c.Currency), false), stamp(c.UpdatedAt),
		writeAttributes(&c.Attributes), indexing(&c.Attributes), document(c.Modes, len(c.Modes) == 0))
}

// PutHosts is Put with other host names, in the directory too. The company must be as it was locked. It fails with
// ErrExists if one of them is another company's.
func (cs companies) PutHosts(ctx context.Context, c *kith.Company, hosts []string) error {
	before := c.Settings.Hosts
	for _, host := range before { // one by one: the directory finds rows by host alone
		if slices.Contains(hosts, host) {
			continue
		}
		if _, err := cs.tx.exec(ctx, `DELETE FROM company_hosts WHERE company_id = $1 AND host = $2`, host); err != nil {
			return err
		}
	}
	for _, host := range hosts {
		if slices.Contains(before, host) {
			continue
		}
		if _, err := cs.tx.exec(ctx, `INSERT INTO company_hosts (company_id, host) VALUES ($1, $2)`, host); err != nil {
			return err
		}
	}
	c.Settings.Hosts = hosts
	return cs.Put(ctx, c)
}

// Lock reads the transaction's company and holds its row until the transaction ends.
func (cs companies) Lock(ctx context.Context) (*kith.Company, error) {
	row := cs.tx.row(ctx, `SELECT `+companyColumns+` FROM companies c WHERE c.company_id = $1`+cs.tx.lockRow())
	return scanCompany(row, cs.tx.By.CompanyID())
}
