package platform

import (
	"context"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/web"
)

type definitionGroupsInput struct {
	definitionInput
	pageInput
}

// pointers are the addresses of a list's items.
func pointers[Item any](list []Item) []*Item {
	all := make([]*Item, len(list))
	for i := range list {
		all[i] = &list[i]
	}
	return all
}

func (a *api) listDefinitionGroups(ctx context.Context, in definitionGroupsInput) (ok[page[adminDefinitionGroupView]], error) {
	d, names, err := a.core.Directory.Definition(ctx, web.Actor(ctx), in.Name)
	if err != nil {
		return ok[page[adminDefinitionGroupView]]{}, err
	}
	return pageOf(ctx, in.page(), directory.Cut(pointers(d.Groups), in.page()), named(names, adminDefinitionGroupOf))
}

// definitionGroupInput is what a kind of account is to a group's members.
type definitionGroupInput struct {
	Default    *bool     `json:"default" doc:"New members get an account of the kind."`
	Primary    *bool     `json:"primary" doc:"And that is their primary one."`
	Currencies *[]string `json:"currencies" maxLength:"12" maxItems:"500" doc:"Codes. Those there were and that are not named are archived."`
	Archived   *bool     `json:"archived"`
}

func (in definitionGroupInput) change() directory.DefinitionGroupChange {
	return directory.DefinitionGroupChange{Default: in.Default, Primary: in.Primary, Currencies: in.Currencies, Archived: in.Archived}
}

type addDefinitionGroupInput struct {
	definitionInput
	Body struct {
		Group string `json:"group" required:"true" maxLength:"80"`
		definitionGroupInput
	}
}

func (a *api) addDefinitionGroup(ctx context.Context, in addDefinitionGroupInput) (ok[adminDefinitionGroupView], error) {
	g, names, err := a.core.Directory.AddDefinitionGroup(ctx, web.Actor(ctx), in.Name, in.Body.Group, in.Body.change())
	if err != nil {
		return ok[adminDefinitionGroupView]{}, err
	}
	return show(adminDefinitionGroupOf(g, names), nil)
}

type definitionGroupPathInput struct {
	definitionInput
	Group string `path:"definition_group_name" maxLength:"80"`
}

// definitionGroup finds what a kind of account is to a group's members.
func (a *api) definitionGroup(ctx context.Context, in definitionGroupPathInput) (*kith.DefinitionGroup, *directory.Catalogue, error) {
	d, names, err := a.core.Directory.Definition(ctx, web.Actor(ctx), in.Name)
	if err != nil {
		return nil, nil, err
	}
	g, err := names.FindGroup(d, in.Group)
	return g, names, err
}

func (a *api) getDefinitionGroup(ctx context.Context, in definitionGroupPathInput) (ok[adminDefinitionGroupView], error) {
	g, names, err := a.definitionGroup(ctx, in)
	if err != nil {
		return ok[adminDefinitionGroupView]{}, err
	}
	return show(adminDefinitionGroupOf(g, names), nil)
}

type changeDefinitionGroupInput struct {
	definitionGroupPathInput
	Body struct {
		definitionGroupInput
		ReadOnly web.Extra `json:"-"`
	}
}

func (a *api) changeDefinitionGroup(ctx context.Context, in changeDefinitionGroupInput) (ok[adminDefinitionGroupView], error) {
	change := in.Body.change()
	change.Check = func(g *kith.DefinitionGroup, names *directory.Catalogue) error {
		return unchanged(in.Body.ReadOnly, adminDefinitionGroupOf(g, names))
	}
	g, names, err := a.core.Directory.ChangeDefinitionGroup(ctx, web.Actor(ctx), in.Name, in.Group, change)
	if err != nil {
		return ok[adminDefinitionGroupView]{}, err
	}
	return show(adminDefinitionGroupOf(g, names), nil)
}

type definitionCurrenciesInput struct {
	definitionGroupPathInput
	pageInput
}

func (a *api) listDefinitionCurrencies(ctx context.Context, in definitionCurrenciesInput) (ok[page[adminDefinitionCurrencyView]], error) {
	g, names, err := a.definitionGroup(ctx, in.definitionGroupPathInput)
	if err != nil {
		return ok[page[adminDefinitionCurrencyView]]{}, err
	}
	return pageOf(ctx, in.page(), directory.Cut(pointers(g.Currencies), in.page()), named(names, adminDefinitionCurrencyOf))
}

type addDefinitionCurrencyInput struct {
	definitionGroupPathInput
	Body struct {
		Currency string `json:"currency" required:"true" maxLength:"12"`
		Archived *bool  `json:"archived"`
	}
}

func (a *api) addDefinitionCurrency(ctx context.Context, in addDefinitionCurrencyInput) (ok[adminDefinitionCurrencyView], error) {
	archived := in.Body.Archived != nil && *in.Body.Archived
	c, names, err := a.core.Directory.AddDefinitionCurrency(ctx, web.Actor(ctx), in.Name, in.Group, in.Body.Currency, archived)
	if err != nil {
		return ok[adminDefinitionCurrencyView]{}, err
	}
	return show(adminDefinitionCurrencyOf(c, names), nil)
}

type definitionCurrencyPathInput struct {
	definitionGroupPathInput
	Code string `path:"currency_code" maxLength:"12"`
}

func (a *api) getDefinitionCurrency(ctx context.Context, in definitionCurrencyPathInput) (ok[adminDefinitionCurrencyView], error) {
	g, names, err := a.definitionGroup(ctx, in.definitionGroupPathInput)
	if err != nil {
		return ok[adminDefinitionCurrencyView]{}, err
	}
	c, err := directory.FindCurrency(g, in.Code)
	if err != nil {
		return ok[adminDefinitionCurrencyView]{}, err
	}
	return show(adminDefinitionCurrencyOf(c, names), nil)
}

type changeDefinitionCurrencyInput struct {
	definitionCurrencyPathInput
	Body struct {
		Archived *bool     `json:"archived"`
		ReadOnly web.Extra `json:"-"`
	}
}

func (a *api) changeDefinitionCurrency(ctx context.Context, in changeDefinitionCurrencyInput) (ok[adminDefinitionCurrencyView], error) {
	c, names, err := a.core.Directory.ChangeDefinitionCurrency(ctx, web.Actor(ctx), in.Name, in.Group, in.Code, in.Body.Archived,
		func(c *kith.DefinitionCurrency, names *directory.Catalogue) error {
			return unchanged(in.Body.ReadOnly, adminDefinitionCurrencyOf(c, names))
		})
	if err != nil {
		return ok[adminDefinitionCurrencyView]{}, err
	}
	return show(adminDefinitionCurrencyOf(c, names), nil)
}
