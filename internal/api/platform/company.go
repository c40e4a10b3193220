package platform

import (
	"context"
	"errors"

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
	Line1         *string `json:"line_1" maxLength:"200"`
	Line2         *string `json:"line_2" maxLength:"200"`
	City          *string `json:"city" maxLength:"100"`
	StateProvince *string `json:"state_province" maxLength:"100"`
	Country       *string `json:"country" maxLength:"2"`
	PostalCode    *string `json:"postal_code" maxLength:"20"`
}

func addressOf(a *kith.CompanyAddress) addressView {
	return addressView{null(&a.Line1), null(&a.Line2), null(&a.City), null(&a.StateProvince), null(&a.Country), null(&a.PostalCode)}
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
	return companyView{publicDetailsView: publicDetailsOf(c), Address: addressOf(&c.Details.Address),
		Settings: settingsOf(&c.Settings), Public: c.Public}
}

func (a *api) company(f *web.Face) {
	web.Handle(f, route("GET", "/3/company/", directory.OpViewCompany, "The signed-in user's company"), a.getCompany)
	const own, address, settings = "/3/admin/company/", "/3/admin/company/address/", "/3/admin/company/settings/"
	web.Handle(f, route("GET", own, directory.OpViewOwnCompany, "The company, as its staff see it"), a.getOwnCompany)
	web.Handle(f, route("GET", address, directory.OpViewOwnCompany, "Where the company is"), a.getAddress)
	web.Handle(f, route("GET", settings, directory.OpViewOwnCompany, "What the company decides about its users"), a.getSettings)
	for _, method := range []string{"PATCH", "PUT"} {
		rt := route(method, own, directory.OpChangeCompany, "Change what the company says about itself")
		rt.Form = true
		web.Handle(f, rt, a.changeCompany)
		web.Handle(f, route(method, address, directory.OpChangeCompany, "Change where the company is"), a.changeAddress)
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
	SystemEmail *string        `json:"system_email" maxLength:"254"`
	Owner       *shortUserView `json:"owner" doc:"The one user who cannot be removed; null while there is none."`
}

func (a *api) ownCompanyOf(ctx context.Context, own directory.OwnCompany) ownCompanyView {
	view := ownCompanyView{companyView: companyOf(own.Company), SystemEmail: null(&own.SystemEmail)}
	if own.Holder.User != nil {
		owner := a.shortUserOf(ctx, own.Holder)
		view.Owner = &owner
	}
	return view
}

// shortUserView is a user where another row names them.
type shortUserView struct {
	ID         string       `json:"id" format:"uuid" maxLength:"36"`
	Username   *string      `json:"username" maxLength:"150"`
	Email      *string      `json:"email" maxLength:"254"`
	Mobile     *string      `json:"mobile" maxLength:"16"`
	FirstName  *string      `json:"first_name" maxLength:"50"`
	MiddleName *string      `json:"middle_name" maxLength:"50"`
	LastName   *string      `json:"last_name" maxLength:"50"`
	Profile    *string      `json:"profile" doc:"URL of the profile image."`
	Groups     []groupBrief `json:"groups" maxItems:"1"`
	Temporary  bool         `json:"temporary"`
}

func (a *api) shortUserOf(ctx context.Context, m kith.Member) shortUserView {
	u, p := m.User, &m.User.Profile
	return shortUserView{ID: u.ID.String(), Username: null(&u.Username), Email: null(&u.Email), Mobile: null(&u.Mobile),
		FirstName: null(&p[kith.FirstName]), MiddleName: null(&p[kith.MiddleName]), LastName: null(&p[kith.LastName]),
		Profile: a.picture(ctx, m), Groups: groupsOf(m.Group), Temporary: u.Temporary}
}

func (a *api) getOwnCompany(ctx context.Context, _ none) (ok[ownCompanyView], error) {
	own, err := a.core.Directory.OwnCompany(ctx, web.Actor(ctx))
	if err != nil {
		return ok[ownCompanyView]{}, err
	}
	return show(a.ownCompanyOf(ctx, own), nil)
}

type changeCompanyInput struct {
	Body struct {
		companyDetailsInput
		Logo     *web.File `json:"logo" doc:"Images are not kept yet: one is refused."`
		Icon     *web.File `json:"icon" doc:"Images are not kept yet: one is refused."`
		ReadOnly web.Extra `json:"-"`
	}
}

func (a *api) changeCompany(ctx context.Context, in changeCompanyInput) (ok[ownCompanyView], error) {
	if err := errors.Join(refuseImage("logo", in.Body.Logo), refuseImage("icon", in.Body.Icon)); err != nil {
		return ok[ownCompanyView]{}, err
	}
	change := in.Body.change()
	change.Check = func(own directory.OwnCompany) error { return unchanged(in.Body.ReadOnly, a.ownCompanyOf(ctx, own)) }
	own, err := a.core.Directory.ChangeCompany(ctx, web.Actor(ctx), change)
	if err != nil {
		return ok[ownCompanyView]{}, err
	}
	return show(a.ownCompanyOf(ctx, own), nil)
}

// refuseImage says that a file which came is not kept.
func refuseImage(field string, image *web.File) error {
	if image == nil {
		return nil
	}
	return kith.BadField(field, kith.CodeNotAllowed, "Images are not kept yet.")
}

func (a *api) getAddress(ctx context.Context, _ none) (ok[addressView], error) {
	own, err := a.core.Directory.OwnCompany(ctx, web.Actor(ctx))
	if err != nil {
		return ok[addressView]{}, err
	}
	return show(addressOf(&own.Details.Address), nil)
}

type addressInput struct {
	Body struct {
		Line1         web.Opt[string] `json:"line_1" maxLength:"200"`
		Line2         web.Opt[string] `json:"line_2" maxLength:"200"`
		City          web.Opt[string] `json:"city" maxLength:"100"`
		StateProvince web.Opt[string] `json:"state_province" maxLength:"100"`
		Country       web.Opt[string] `json:"country" maxLength:"2" doc:"ISO 3166-1 alpha-2."`
		PostalCode    web.Opt[string] `json:"postal_code" maxLength:"20"`
	}
}

func (a *api) changeAddress(ctx context.Context, in addressInput) (ok[addressView], error) {
	b := in.Body
	own, err := a.core.Directory.ChangeAddress(ctx, web.Actor(ctx), directory.AddressChange{Line1: given(b.Line1), Line2: given(b.Line2),
		City: given(b.City), StateProvince: given(b.StateProvince), PostalCode: given(b.PostalCode), Country: given(b.Country)})
	if err != nil {
		return ok[addressView]{}, err
	}
	return show(addressOf(&own.Details.Address), nil)
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
	cookie, err := a.byCookie(ctx, b.AuthMethod, "")
	if err != nil {
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
	return show(a.hand(ctx, s, cookie), nil)
}
