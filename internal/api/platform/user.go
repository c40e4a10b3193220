package platform

import (
	"context"
	"errors"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/web"
)

// userView is the user object: in the user's own view and in the admin view alike.
type userView struct {
	ID                string           `json:"id" format:"uuid" maxLength:"36"`
	Kind              string           `json:"kind" enum:"person,machine"`
	Username          *string          `json:"username" maxLength:"150"`
	Email             *string          `json:"email" maxLength:"254"`
	Mobile            *string          `json:"mobile" maxLength:"16"`
	FirstName         *string          `json:"first_name" maxLength:"50"`
	MiddleName        *string          `json:"middle_name" maxLength:"50"`
	LastName          *string          `json:"last_name" maxLength:"50"`
	Profile           *string          `json:"profile" doc:"URL of the profile image."`
	Groups            []groupBrief     `json:"groups" maxItems:"1"`
	Temporary         bool             `json:"temporary"`
	IDNumber          *string          `json:"id_number" maxLength:"50"`
	BirthDate         *string          `json:"birth_date" format:"date" maxLength:"10"`
	Currency          currencyView     `json:"currency"`
	Account           string           `json:"account" maxLength:"24" doc:"Reference of the primary account."`
	Balance           int64            `json:"balance"`
	AvailableBalance  int64            `json:"available_balance"`
	Company           string           `json:"company" maxLength:"63"`
	Owner             bool             `json:"owner" doc:"The company's one user who cannot be removed."`
	Language          string           `json:"language" maxLength:"35"`
	Nationality       *string          `json:"nationality" maxLength:"2"`
	Residency         *string          `json:"residency" maxLength:"2"`
	Gender            *string          `json:"gender" enum:"male,female,other,not_specified"`
	Title             *string          `json:"title" enum:"mr,mrs,ms,mx"`
	MaritalStatus     *string          `json:"marital_status" enum:"single,married,divorced,widowed"`
	FathersName       *string          `json:"fathers_name" maxLength:"150"`
	MothersName       *string          `json:"mothers_name" maxLength:"150"`
	GrandfathersName  *string          `json:"grandfathers_name" maxLength:"150"`
	GrandmothersName  *string          `json:"grandmothers_name" maxLength:"150"`
	CentralBankNumber *string          `json:"central_bank_number" maxLength:"50"`
	Metadata          map[string]any   `json:"metadata"`
	Timezone          *string          `json:"timezone" maxLength:"64"`
	Website           *string          `json:"website" maxLength:"200"`
	BusinessName      *string          `json:"business_name" maxLength:"150"`
	AliasName         *string          `json:"alias_name" maxLength:"150"`
	LegalName         *string          `json:"legal_name" maxLength:"150"`
	BirthPlace        *string          `json:"birth_place" maxLength:"150"`
	BirthCountry      *string          `json:"birth_country" maxLength:"2"`
	TaxNumber         *string          `json:"tax_number" maxLength:"50"`
	TaxResidency      *string          `json:"tax_residency" maxLength:"2"`
	Verified          bool             `json:"verified" doc:"By verdict or, unless the company requires that, by having verified every primary email and mobile there is."`
	Verification      verificationView `json:"verification"`
	Status            string           `json:"status" enum:"obsolete,declined,pending,paused,incomplete,verified"`
	KYC               kycView          `json:"kyc" doc:"The verdict once more, as older clients read it."`
	Permissions       []permissionView `json:"permissions" maxItems:"1000" doc:"Held by the user directly, besides those of the group."`
	Settings          userSettingsView `json:"settings"`
	Deactivated       bool             `json:"deactivated"`
	Archived          bool             `json:"archived"`
	RetentionState    string           `json:"retention_state" enum:"retaining,delete_requested,deleted"`
	LastLogin         *int64           `json:"last_login" doc:"Unix milliseconds; null before the first sign-in."`
	Created           int64            `json:"created" doc:"Unix milliseconds."`
	Updated           int64            `json:"updated" doc:"Unix milliseconds."`
}

type groupBrief struct {
	Name    string  `json:"name" maxLength:"80"`
	Label   *string `json:"label" maxLength:"150"`
	Section string  `json:"section" enum:"user,admin,system"`
}

type currencyView struct {
	Code         string  `json:"code" maxLength:"12"`
	DisplayCode  string  `json:"display_code" maxLength:"12"`
	Description  string  `json:"description"`
	Symbol       string  `json:"symbol" maxLength:"12"`
	Unit         string  `json:"unit"`
	Divisibility int64   `json:"divisibility" minimum:"0" maximum:"18"`
	Icon         *string `json:"icon"`
}

type verificationView struct {
	Email  bool `json:"email"`
	Mobile bool `json:"mobile"`
}

type kycView struct {
	Updated int64  `json:"updated" doc:"Unix milliseconds."`
	Status  string `json:"status" enum:"obsolete,declined,pending,paused,incomplete,verified"`
}

type permissionView struct {
	ID      int64  `json:"id"`
	Section string `json:"section" enum:"user,admin,system"`
	Type    string `json:"type" maxLength:"40"`
	Level   string `json:"level" enum:"view,add,change,delete"`
}

type userSettingsView struct {
	AllowTransactions             bool             `json:"allow_transactions"`
	AllowDebitTransactions        bool             `json:"allow_debit_transactions"`
	AllowCreditTransactions       bool             `json:"allow_credit_transactions"`
	DisallowedTransactionSubtypes []map[string]any `json:"disallowed_transaction_subtypes"`
}

// userOf shows a user as they may see themselves.
func (a *api) userOf(ctx context.Context, m kith.Member) userView {
	return a.viewOf(ctx, directory.Visible(m, kith.SectionUser))
}

// staffUserOf shows a user as staff may see them.
func (a *api) staffUserOf(ctx context.Context, m kith.Member) userView {
	return a.viewOf(ctx, directory.Visible(m, kith.SectionAdmin))
}

// viewOf shows all of a user: ask userOf or staffUserOf.
func (a *api) viewOf(ctx context.Context, m kith.Member) userView {
	u, p := m.User, &m.User.Profile
	status := u.Status.String()
	return userView{
		ID: u.ID.String(), Kind: u.Kind.String(), Username: null(&u.Username), Email: null(&u.Email), Mobile: null(&u.Mobile),
		FirstName: null(&p[kith.FirstName]), MiddleName: null(&p[kith.MiddleName]), LastName: null(&p[kith.LastName]),
		Profile: a.picture(ctx, m), Groups: groupsOf(m.Group), Temporary: u.Temporary,
		IDNumber: null(&p[kith.IDNumber]), BirthDate: null(&p[kith.BirthDate]),
		Currency: currencyOf(m.Company.Currency), Account: u.Account,
		Company: m.Company.Slug, Owner: m.Company.Owner == u.ID, Language: p[kith.Language],
		Nationality: null(&p[kith.Nationality]), Residency: null(&p[kith.Residency]), Gender: null(&p[kith.Gender]),
		Title: null(&p[kith.Title]), MaritalStatus: null(&p[kith.MaritalStatus]),
		FathersName: null(&p[kith.FathersName]), MothersName: null(&p[kith.MothersName]),
		GrandfathersName: null(&p[kith.GrandfathersName]), GrandmothersName: null(&p[kith.GrandmothersName]),
		CentralBankNumber: null(&p[kith.CentralBankNumber]), Metadata: u.Metadata,
		Timezone: null(&p[kith.Timezone]), Website: null(&p[kith.Website]), BusinessName: null(&p[kith.BusinessName]),
		AliasName: null(&p[kith.AliasName]), LegalName: null(&p[kith.LegalName]), BirthPlace: null(&p[kith.BirthPlace]),
		BirthCountry: null(&p[kith.BirthCountry]), TaxNumber: null(&p[kith.TaxNumber]), TaxResidency: null(&p[kith.TaxResidency]),
		Verified: m.Verified(), Verification: verificationView{u.EmailVerified, u.MobileVerified},
		Status: status, KYC: kycView{u.UpdatedAt.UnixMilli(), status}, Permissions: permissionsOf(u.Permissions),
		Settings:    userSettingsOf(u),
		Deactivated: u.Deactivated, Archived: u.Archived, RetentionState: u.Retention.String(), LastLogin: millis(u.LastLogin),
		Created: u.CreatedAt.UnixMilli(), Updated: u.UpdatedAt.UnixMilli(),
	}
}

func userSettingsOf(u *kith.User) userSettingsView {
	return userSettingsView{u.Settings.AllowTransactions, u.Settings.AllowDebitTransactions,
		u.Settings.AllowCreditTransactions, []map[string]any{}}
}

// null shows what is not given as null.
func null(s *string) *string {
	if *s == "" {
		return nil
	}
	return s
}

// millis shows a time in Unix milliseconds, and none as null.
func millis(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	ms := t.UnixMilli()
	return &ms
}

func groupsOf(g *kith.Group) []groupBrief {
	if g == nil {
		return []groupBrief{}
	}
	return []groupBrief{{g.Name, null(&g.Label), g.Section.String()}}
}

func currencyOf(c kith.Currency) currencyView {
	return currencyView{Code: c.Code, DisplayCode: directory.Displayed(c), Description: c.Description, Symbol: c.Symbol, Unit: c.Unit,
		Divisibility: int64(c.Divisibility)}
}

type selfInput struct {
	Body struct {
		Username web.Opt[string] `json:"username" maxLength:"150" doc:"May be set once."`
		profileInput
		laterProfileInput
		Metadata web.Opt[map[string]any] `json:"metadata" doc:"Merged into what is there, as far as the company lets users write it; null removes a key."`
		pictureInput
		ReadOnly web.Extra `json:"-"`
	}
}

var errMetadataNull = kith.BadField("metadata", kith.CodeReadOnly, "Metadata is not removed as a whole: send null for each key.")

func (a *api) user(f *web.Face) {
	web.Handle(f, route("GET", "/3/user/", directory.OpViewSelf, "The signed-in user"), a.self)
	for _, method := range []string{"PATCH", "PUT"} {
		rt := route(method, "/3/user/", directory.OpChangeSelf, "Change the signed-in user's profile")
		web.Handle(f, pictured(rt), a.changeSelf)
	}
}

func (a *api) self(ctx context.Context, _ none) (ok[userView], error) {
	m, err := a.core.Directory.Self(ctx, web.Actor(ctx))
	if err != nil {
		return ok[userView]{}, err
	}
	return show(a.userOf(ctx, m), nil)
}

func (a *api) changeSelf(ctx context.Context, in selfInput) (ok[userView], error) {
	by := web.Actor(ctx)
	shown := a.userOf(ctx, kith.Member{User: by.User, Group: by.Group, Company: by.Company})
	also := errors.Join(unchanged(in.Body.ReadOnly, shown), in.Body.check(shown.Profile))
	if in.Body.Metadata.Null && shown.Metadata != nil {
		also = errors.Join(also, errMetadataNull)
	}
	m, err := a.core.Directory.ChangeSelf(ctx, by, directory.SelfChange{
		Username: given(in.Body.Username), Profile: attributes(in.Body.profileInput, in.Body.laterProfileInput),
		Metadata: in.Body.Metadata.Value, Picture: in.Body.change(), Also: also})
	if err != nil {
		return ok[userView]{}, err
	}
	return show(a.userOf(ctx, m), nil)
}
