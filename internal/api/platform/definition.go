package platform

import (
	"context"
	"net/http"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/web"
)

// definitionView is a kind of account as members see it.
type definitionView struct {
	Name    string                `json:"name" maxLength:"50"`
	Label   *string               `json:"label" maxLength:"150"`
	Recon   bool                  `json:"recon"`
	Groups  []definitionGroupView `json:"groups" maxItems:"1" doc:"What it is to members of one's own group."`
	Updated int64                 `json:"updated" doc:"Unix milliseconds."`
	Created int64                 `json:"created" doc:"Unix milliseconds."`
}

type definitionGroupView struct {
	Group      groupBrief               `json:"group"`
	Default    bool                     `json:"default" doc:"New members get an account of the kind."`
	Primary    bool                     `json:"primary" doc:"And that is their primary one."`
	Currencies []definitionCurrencyView `json:"currencies" maxItems:"500" doc:"None: the company's own currency."`
	Created    int64                    `json:"created" doc:"Unix milliseconds."`
	Updated    int64                    `json:"updated" doc:"Unix milliseconds."`
}

type definitionCurrencyView struct {
	Currency currencyView `json:"currency"`
	Created  int64        `json:"created" doc:"Unix milliseconds."`
	Updated  int64        `json:"updated" doc:"Unix milliseconds."`
}

// adminDefinitionView and the views inside are a kind of account as staff see it.
type adminDefinitionView struct {
	Name     string                     `json:"name" maxLength:"50"`
	Label    *string                    `json:"label" maxLength:"150"`
	Recon    bool                       `json:"recon"`
	Groups   []adminDefinitionGroupView `json:"groups" maxItems:"1000"`
	Archived bool                       `json:"archived"`
	Updated  int64                      `json:"updated" doc:"Unix milliseconds."`
	Created  int64                      `json:"created" doc:"Unix milliseconds."`
}

type adminDefinitionGroupView struct {
	Group      groupBrief                    `json:"group"`
	Default    bool                          `json:"default" doc:"New members get an account of the kind."`
	Primary    bool                          `json:"primary" doc:"And that is their primary one."`
	Currencies []adminDefinitionCurrencyView `json:"currencies" maxItems:"500" doc:"None: the company's own currency."`
	Archived   bool                          `json:"archived"`
	Created    int64                         `json:"created" doc:"Unix milliseconds."`
	Updated    int64                         `json:"updated" doc:"Unix milliseconds."`
}

type adminDefinitionCurrencyView struct {
	definitionCurrencyView
	Archived bool `json:"archived"`
}

func definitionCurrencyOf(c *kith.DefinitionCurrency, names *directory.Catalogue) definitionCurrencyView {
	return definitionCurrencyView{currencyOf(names.Currency(c.Code)), c.CreatedAt.UnixMilli(), c.UpdatedAt.UnixMilli()}
}

func adminDefinitionCurrencyOf(c *kith.DefinitionCurrency, names *directory.Catalogue) adminDefinitionCurrencyView {
	return adminDefinitionCurrencyView{definitionCurrencyOf(c, names), c.Archived}
}

func adminDefinitionGroupOf(g *kith.DefinitionGroup, names *directory.Catalogue) adminDefinitionGroupView {
	view := adminDefinitionGroupView{Group: groupsOf(names.Group(g.Group))[0], Default: g.Default, Primary: g.Primary,
		Currencies: []adminDefinitionCurrencyView{}, Archived: g.Archived, Created: g.CreatedAt.UnixMilli(), Updated: g.UpdatedAt.UnixMilli()}
	for i := range g.Currencies {
		view.Currencies = append(view.Currencies, adminDefinitionCurrencyOf(&g.Currencies[i], names))
	}
	return view
}

func adminDefinitionOf(d *kith.AccountDefinition, names *directory.Catalogue) adminDefinitionView {
	view := adminDefinitionView{Name: d.Name, Label: null(&d.Label), Recon: d.Recon, Groups: []adminDefinitionGroupView{},
		Archived: d.Archived, Updated: d.UpdatedAt.UnixMilli(), Created: d.CreatedAt.UnixMilli()}
	for i := range d.Groups {
		view.Groups = append(view.Groups, adminDefinitionGroupOf(&d.Groups[i], names))
	}
	return view
}

func definitionOf(d *kith.AccountDefinition, names *directory.Catalogue) definitionView {
	view := definitionView{Name: d.Name, Label: null(&d.Label), Recon: d.Recon, Groups: []definitionGroupView{},
		Updated: d.UpdatedAt.UnixMilli(), Created: d.CreatedAt.UnixMilli()}
	for _, g := range d.Groups {
		group := definitionGroupView{Group: groupsOf(names.Group(g.Group))[0], Default: g.Default, Primary: g.Primary,
			Currencies: []definitionCurrencyView{}, Created: g.CreatedAt.UnixMilli(), Updated: g.UpdatedAt.UnixMilli()}
		for i := range g.Currencies {
			group.Currencies = append(group.Currencies, definitionCurrencyOf(&g.Currencies[i], names))
		}
		view.Groups = append(view.Groups, group)
	}
	return view
}

func (a *api) definitions(f *web.Face) {
	const list, one = "/3/admin/account-definitions/", "/3/admin/account-definitions/{definition_name}/"
	const groups, group = one + "groups/", one + "groups/{definition_group_name}/"
	const currencies, currency = group + "currencies/", group + "currencies/{currency_code}/"
	view, change := directory.OpViewDefinitions, directory.OpChangeDefinition
	created := func(rt web.Route) web.Route { rt.Status = http.StatusCreated; return rt }
	web.Handle(f, route("GET", list, view, "List the kinds of account"), a.listDefinitions)
	web.Handle(f, created(route("POST", list, directory.OpAddDefinition, "Add a kind of account")), a.addDefinition)
	web.Handle(f, route("GET", one, view, "One kind of account"), a.getDefinition)
	web.Handle(f, route("GET", groups, view, "List the groups whose members get accounts of a kind"), a.listDefinitionGroups)
	web.Handle(f, created(route("POST", groups, change, "Name a group to a kind of account")), a.addDefinitionGroup)
	web.Handle(f, route("GET", group, view, "What a kind of account is to a group's members"), a.getDefinitionGroup)
	web.Handle(f, route("GET", currencies, view, "List the currencies of a kind of account, for a group's members"), a.listDefinitionCurrencies)
	web.Handle(f, created(route("POST", currencies, change, "Add a currency to a kind of account, for a group's members")), a.addDefinitionCurrency)
	web.Handle(f, route("GET", currency, view, "One currency of a kind of account, for a group's members"), a.getDefinitionCurrency)
	for _, method := range []string{"PATCH", "PUT"} {
		web.Handle(f, route(method, one, change, "Change a kind of account"), a.changeDefinition)
		web.Handle(f, route(method, group, change, "Change what a kind of account is to a group's members"), a.changeDefinitionGroup)
		web.Handle(f, route(method, currency, change, "Archive a currency of a kind of account, for a group's members"), a.changeDefinitionCurrency)
	}
	const own = "/3/account-definitions/"
	web.Handle(f, route("GET", own, directory.OpViewOwnDefinitions, "List the kinds of account that there are for the signed-in user"), a.listOwnDefinitions)
	web.Handle(f, route("GET", own+"{definition_name}/", directory.OpViewOwnDefinitions, "One of those kinds of account"), a.getOwnDefinition)
}

// createdInput narrows a list to what was made at a time.
type createdInput struct {
	Created    *int64 `query:"created" doc:"Unix milliseconds."`
	CreatedGT  *int64 `query:"created__gt" doc:"Unix milliseconds."`
	CreatedGTE *int64 `query:"created__gte" doc:"Unix milliseconds."`
	CreatedLT  *int64 `query:"created__lt" doc:"Unix milliseconds."`
	CreatedLTE *int64 `query:"created__lte" doc:"Unix milliseconds."`
}

func (in createdInput) span() kith.Span {
	return kith.Span{At: moment(in.Created), After: moment(in.CreatedGT), From: moment(in.CreatedGTE),
		Before: moment(in.CreatedLT), Until: moment(in.CreatedLTE)}
}

type definitionFilterInput struct {
	pageInput
	createdInput
	Group string   `query:"group" maxLength:"80"`
	Order []string `query:"orderby" enum:"name,-name,created,-created" maxItems:"2" doc:"Joined by commas; name if not given."`
}

func (in definitionFilterInput) filter() directory.DefinitionFilter {
	return directory.DefinitionFilter{Group: in.Group, Created: in.span(), Order: in.Order}
}

type definitionsInput struct {
	definitionFilterInput
	Archived *bool `query:"archived"`
}

// named lets a view use what explains rows.
func named[Row, View any](names *directory.Catalogue, view func(Row, *directory.Catalogue) View) func(Row) View {
	return func(row Row) View { return view(row, names) }
}

func (a *api) listDefinitions(ctx context.Context, in definitionsInput) (ok[page[adminDefinitionView]], error) {
	filter := in.filter()
	filter.Archived = in.Archived
	list, names, err := a.core.Directory.Definitions(ctx, web.Actor(ctx), filter, in.page())
	if err != nil {
		return ok[page[adminDefinitionView]]{}, err
	}
	return pageOf(ctx, in.page(), list, named(names, adminDefinitionOf))
}

func (a *api) listOwnDefinitions(ctx context.Context, in definitionFilterInput) (ok[page[definitionView]], error) {
	list, names, err := a.core.Directory.OwnDefinitions(ctx, web.Actor(ctx), in.filter(), in.page())
	if err != nil {
		return ok[page[definitionView]]{}, err
	}
	return pageOf(ctx, in.page(), list, named(names, definitionOf))
}

type definitionInput struct {
	Name string `path:"definition_name" maxLength:"50"`
}

func (a *api) getDefinition(ctx context.Context, in definitionInput) (ok[adminDefinitionView], error) {
	d, names, err := a.core.Directory.Definition(ctx, web.Actor(ctx), in.Name)
	if err != nil {
		return ok[adminDefinitionView]{}, err
	}
	return show(adminDefinitionOf(d, names), nil)
}

func (a *api) getOwnDefinition(ctx context.Context, in definitionInput) (ok[definitionView], error) {
	d, names, err := a.core.Directory.OwnDefinition(ctx, web.Actor(ctx), in.Name)
	if err != nil {
		return ok[definitionView]{}, err
	}
	return show(definitionOf(d, names), nil)
}

type addDefinitionInput struct {
	Body struct {
		Name     string          `json:"name" required:"true" maxLength:"50" doc:"Letters, digits, - and _; it stays."`
		Label    web.Opt[string] `json:"label" maxLength:"150"`
		Recon    *bool           `json:"recon"`
		Archived *bool           `json:"archived"`
	}
}

func (a *api) addDefinition(ctx context.Context, in addDefinitionInput) (ok[adminDefinitionView], error) {
	b := in.Body
	d, names, err := a.core.Directory.AddDefinition(ctx, web.Actor(ctx), directory.DefinitionChange{Name: &b.Name, Label: given(b.Label),
		Recon: b.Recon, Archived: b.Archived})
	if err != nil {
		return ok[adminDefinitionView]{}, err
	}
	return show(adminDefinitionOf(d, names), nil)
}

type changeDefinitionInput struct {
	definitionInput
	Body struct {
		Label    web.Opt[string] `json:"label" maxLength:"150"`
		Recon    *bool           `json:"recon"`
		Archived *bool           `json:"archived"`
		ReadOnly web.Extra       `json:"-"`
	}
}

func (a *api) changeDefinition(ctx context.Context, in changeDefinitionInput) (ok[adminDefinitionView], error) {
	b := in.Body
	d, names, err := a.core.Directory.ChangeDefinition(ctx, web.Actor(ctx), in.Name, directory.DefinitionChange{Label: given(b.Label),
		Recon: b.Recon, Archived: b.Archived, Check: func(d *kith.AccountDefinition, names *directory.Catalogue) error {
			return unchanged(b.ReadOnly, adminDefinitionOf(d, names))
		}})
	if err != nil {
		return ok[adminDefinitionView]{}, err
	}
	return show(adminDefinitionOf(d, names), nil)
}
