package kith

import "time"

// Company is a tenant: an organisation whose users kith keeps. Companies know nothing of each other.
type Company struct {
	ID          CompanyID
	Slug        string // what people see and type: [a-z0-9][a-z0-9-]{0,62}
	Mode        CompanyMode
	Status      CompanyStatus
	Owner       UserID // the one user who cannot be removed; zero while nobody has claimed the company
	Public      bool   // shown in the public list
	Details     CompanyDetails
	Settings    CompanySettings
	Metadata    map[string]any  // nil if none
	Attributes  AttributeSchema // of its users
	Modes       Modes           // of its tables and actions, where they are not the default; nil if all are
	Currency    Currency        // of the primary accounts
	SystemEmail string          // where kith writes to the company
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Unclaimed reports whether the company waits for its first owner.
func (c *Company) Unclaimed() bool { return c.Owner.IsZero() }

// OwnedBy reports whether a user is the company's owner. Nobody is who is none: a guest, or the system.
func (c *Company) OwnedBy(user UserID) bool { return !user.IsZero() && c.Owner == user }

// CompanyDetails is what a company says about itself. Everything may be empty.
type CompanyDetails struct {
	Name, LegalName, Description                  string
	Website, SupportWebsite, DocumentationWebsite string // http or https URLs
	SupportEmail, ContactEmail                    string
	Country                                       string // ISO 3166-1 alpha-2, upper case
	Address                                       CompanyAddress
}

// CompanyAddress is where a company is. Everything may be empty.
type CompanyAddress struct {
	Line1, Line2, City, StateProvince, PostalCode string
	Country                                       string // ISO 3166-1 alpha-2, upper case
}

// CompanyMode says whether a company is for trying out or for real. It never changes.
type CompanyMode uint8

// The modes. Test companies have fixed codes and no password policy, and are served only where the
// operator allows it.
const (
	Production CompanyMode = iota
	Test
)

var modeNames = [...]string{"production", "test"}

// String gives the mode's word.
func (m CompanyMode) String() string { return modeNames[m] }

// CompanyStatus is whether a company may work.
type CompanyStatus uint8

// The states of a company. Nobody of a suspended one gets in.
const (
	CompanyActive CompanyStatus = iota
	CompanyPending
	CompanyRestricted
	CompanySuspended
)

var companyStatusNames = [...]string{"active", "pending", "restricted", "suspended"}

// String gives the state's word.
func (s CompanyStatus) String() string { return companyStatusNames[s] }

// Disclosure says what registration tells about addresses that are taken.
type Disclosure uint8

// The disclosures. Visible is the default, because the published clients need the token in the
// answer; with Hidden every registration gets the same bare answer and goes on by mail.
const (
	Visible Disclosure = iota
	Hidden
)

var disclosureNames = [...]string{"visible", "hidden"}

// String gives the disclosure's word.
func (d Disclosure) String() string { return disclosureNames[d] }

// CompanySettings is what a company decides about its users. docs/settings.md tells which of them have
// an effect by now.
type CompanySettings struct {
	AllowRegistrations        bool          // false refuses guests on every face
	Disclosure                Disclosure    // what registration tells
	AllowSessionDurations     bool          // a request's session_duration is honoured
	DefaultSessionDuration    time.Duration // life of an access token, 1 s to 31 days
	RequireTermsAndConditions bool          // registration needs them accepted
	RequirePrivacyPolicy      bool          // registration needs it accepted
	TermsAndConditionsURL     string
	PrivacyPolicyURL          string
	Nationalities             []string // ISO 3166-1 alpha-2 codes allowed; empty allows all
	Residencies               []string // likewise
	RequireVerification       bool     // only the verdict makes a user verified, not a proved address
	RequireRegistration       bool
	AccountReferenceLength    int          // digits of new accounts' references, 6 to 20
	Authenticators            []FactorKind // that users may set up; empty for all
	Links                     CompanyLinks
	Colors                    CompanyColors
	Transactions              TransactionSettings
	Hosts                     []string      // names by which guests come who name no company: see docs/decisions/0009; the operator's to set
	JWTDuration               time.Duration // life of a JWT that somebody signs in for, 1 h to 31 days; zero as sessions have it
}

// CompanyLinks is where mails of a company lead; "" for kith's own pages. http or https URLs.
type CompanyLinks struct {
	PasswordReset, PasswordSet, EmailVerification, Deactivate, Delete string
}

// TransactionSettings is what a company tells whoever keeps its ledger: kith keeps it and shows it.
type TransactionSettings struct {
	Allow, AllowDebit, AllowCredit  bool
	AllowOverdrafts, RequireSubtype bool
	Lifespan                        int64 // milliseconds; 0 for no end
}

// Bounds and default of CompanySettings.AccountReferenceLength.
const (
	MinReferenceLength     = 6
	MaxReferenceLength     = 20
	DefaultReferenceLength = 10
)

// Bounds of CompanySettings.DefaultSessionDuration.
const (
	MinSessionDuration     = time.Second
	MaxSessionDuration     = 31 * 24 * time.Hour
	DefaultSessionDuration = 10 * time.Hour
)

// DefaultCompanySettings is what a company is born with.
func DefaultCompanySettings() CompanySettings {
	return CompanySettings{AllowRegistrations: true, DefaultSessionDuration: DefaultSessionDuration,
		AccountReferenceLength: DefaultReferenceLength,
		Transactions:           TransactionSettings{Allow: true, AllowDebit: true, AllowCredit: true}}
}

// Application is a company's own app: web, mobile or back end. Sessions name the one they were made
// for. The oldest is the one that the company was born with; sessions that name none are for it.
type Application struct {
	ID        Serial
	Name      string
	Origins   []string      // web origins (RFC 6454) whose pages may call the API
	Redirects []string      // URLs that sign-ins may lead back to, compared to the letter
	Audience  string        // whom tokens for others are meant for (RFC 7519 §4.1.3); "" if not said
	TokenLife time.Duration // of access tokens, 1 s to 31 days; zero as the company has it
	CreatedAt time.Time
	UpdatedAt time.Time
}
