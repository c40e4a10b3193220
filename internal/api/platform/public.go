package platform

import (
	"context"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/web"
)

type publicCompanyView struct {
	publicDetailsView
	Settings publicSettingsView `json:"settings"`
}

type publicSettingsView struct {
	AllowSessionDurations bool     `json:"allow_session_durations"`
	TermsAndConditionsURL string   `json:"terms_and_conditions_url" maxLength:"200"`
	PrivacyPolicyURL      string   `json:"privacy_policy_url" maxLength:"200"`
	Nationalities         []string `json:"nationalities" maxItems:"300" maxLength:"2"`
	Residencies           []string `json:"residencies" maxItems:"300" maxLength:"2"`
}

func publicCompanyOf(c *kith.Company) publicCompanyView {
	s := c.Settings
	return publicCompanyView{publicDetailsOf(c), publicSettingsView{s.AllowSessionDurations, s.TermsAndConditionsURL,
		s.PrivacyPolicyURL, s.Nationalities, s.Residencies}}
}

type publicGroupView struct {
	groupBrief
	Description *string `json:"description"`
	Icon        *string `json:"icon"`
	Default     bool    `json:"default"`
}

func publicGroupOf(g *kith.Group) publicGroupView {
	return publicGroupView{groupBrief{g.Name, null(&g.Label), g.Section.String()}, null(&g.Description), nil, g.Default}
}

func (a *api) public(f *web.Face) {
	op := directory.OpPublic
	web.Handle(f, route("GET", "/3/public/companies/", op, "Companies that say they are public"), a.publicCompanies)
	web.Handle(f, route("GET", "/3/public/companies/{id}/", op, "What a company shows everyone"), a.publicCompany)
	web.Handle(f, route("GET", "/3/public/companies/{id}/groups/", op, "Groups that people may choose when they register"), a.publicGroups)
	web.Handle(f, route("GET", "/3/public/companies/{id}/groups/{group_name}/", op, "One of those groups"), a.publicGroup)
}

type publicCompaniesInput struct {
	pageInput
	ID           string `query:"id" maxLength:"63"`
	IDContains   string `query:"id__contains" maxLength:"63"`
	Name         string `query:"name" maxLength:"100"`
	NameContains string `query:"name__contains" maxLength:"100"`
}

func (a *api) publicCompanies(ctx context.Context, in publicCompaniesInput) (ok[page[publicCompanyView]], error) {
	filter := directory.PublicFilter{Slug: in.ID, SlugContains: in.IDContains, Name: in.Name, NameContains: in.NameContains}
	list, err := a.core.Directory.PublicCompanies(ctx, web.Actor(ctx), filter, in.page())
	if err != nil {
		return ok[page[publicCompanyView]]{}, err
	}
	return pageOf(ctx, in.page(), list, publicCompanyOf)
}

type publicCompanyInput struct {
	ID string `path:"id" maxLength:"63"`
}

func (a *api) publicCompany(ctx context.Context, in publicCompanyInput) (ok[publicCompanyView], error) {
	c, err := a.core.Directory.PublicCompany(ctx, web.Actor(ctx), in.ID)
	if err != nil {
		return ok[publicCompanyView]{}, err
	}
	return show(publicCompanyOf(c), nil)
}

type publicGroupsInput struct {
	publicCompanyInput
	pageInput
}

func (a *api) publicGroups(ctx context.Context, in publicGroupsInput) (ok[page[publicGroupView]], error) {
	list, err := a.core.Directory.PublicGroups(ctx, web.Actor(ctx), in.ID, in.page())
	if err != nil {
		return ok[page[publicGroupView]]{}, err
	}
	return pageOf(ctx, in.page(), list, publicGroupOf)
}

type publicGroupInput struct {
	publicCompanyInput
	Name string `path:"group_name" maxLength:"80"`
}

func (a *api) publicGroup(ctx context.Context, in publicGroupInput) (ok[publicGroupView], error) {
	g, err := a.core.Directory.PublicGroup(ctx, web.Actor(ctx), in.ID, in.Name)
	if err != nil {
		return ok[publicGroupView]{}, err
	}
	return show(publicGroupOf(g), nil)
}
