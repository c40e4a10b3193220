package platform

import (
	"context"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/web"
)

// longPage is one page of a list that may be too long to be counted or looked through.
type longPage[T any] struct {
	page[T]
	Capped     bool `json:"count_capped,omitzero" doc:"There are more rows than were counted."`
	Incomplete bool `json:"incomplete,omitzero" doc:"The list was not looked through to its end: ask for less, or go on with reference__gt."`
}

func longPageOf[Row, View any](ctx context.Context, asked kith.Page, list directory.AccountList[Row], view func(Row) View) (ok[longPage[View]], error) {
	p, err := pageOf(ctx, asked, list.List, view)
	return show(longPage[View]{p.Data, list.Capped, list.Incomplete}, err)
}

// balanceInput narrows a list by amounts. All are 0.
type balanceInput struct {
	Balance     *int64 `query:"balance"`
	BalanceGT   *int64 `query:"balance__gt"`
	BalanceLT   *int64 `query:"balance__lt"`
	Available   *int64 `query:"available_balance"`
	AvailableGT *int64 `query:"available_balance__gt"`
	AvailableLT *int64 `query:"available_balance__lt"`
}

// none reports whether no amount of 0 is let through.
func (in balanceInput) none() bool {
	for _, equal := range []*int64{in.Balance, in.Available} {
		if equal != nil && *equal != 0 {
			return true
		}
	}
	for _, above := range []*int64{in.BalanceGT, in.AvailableGT} {
		if above != nil && *above >= 0 {
			return true
		}
	}
	for _, below := range []*int64{in.BalanceLT, in.AvailableLT} {
		if below != nil && *below <= 0 {
			return true
		}
	}
	return false
}

// accountRangeInput narrows lists of accounts and of their currencies alike.
type accountRangeInput struct {
	pageInput
	createdInput
	balanceInput
	Updated    *int64   `query:"updated" doc:"Unix milliseconds."`
	UpdatedGT  *int64   `query:"updated__gt" doc:"Unix milliseconds."`
	UpdatedGTE *int64   `query:"updated__gte" doc:"Unix milliseconds."`
	UpdatedLT  *int64   `query:"updated__lt" doc:"Unix milliseconds."`
	UpdatedLTE *int64   `query:"updated__lte" doc:"Unix milliseconds."`
	Active     *bool    `query:"active" doc:"Not archived."`
	Currency   string   `query:"currency" maxLength:"12" doc:"Code, in any case."`
	After      string   `query:"reference__gt" maxLength:"24" doc:"Only accounts whose reference comes after this one."`
	Order      []string `query:"orderby" enum:"reference" maxItems:"1" doc:"There is no other order."`
}

func (in accountRangeInput) filter() directory.AccountFilter {
	return directory.AccountFilter{After: in.After, Currency: in.Currency, Active: in.Active, None: in.none(), Created: in.span(),
		Updated: kith.Span{At: moment(in.Updated), After: moment(in.UpdatedGT), From: moment(in.UpdatedGTE),
			Before: moment(in.UpdatedLT), Until: moment(in.UpdatedLTE)}}
}

// ownAccountsInput narrows a list of accounts.
type ownAccountsInput struct {
	accountRangeInput
	Reference         string `query:"reference" maxLength:"24"`
	ReferenceContains string `query:"reference__contains" maxLength:"24"`
	Name              string `query:"name" maxLength:"100"`
	Definition        string `query:"definition" maxLength:"50"`
	Primary           *bool  `query:"primary"`
	Recon             *bool  `query:"recon"`
}

func (in ownAccountsInput) filter() directory.AccountFilter {
	f := in.accountRangeInput.filter()
	f.Reference, f.ReferenceContains, f.Name, f.Definition = in.Reference, in.ReferenceContains, in.Name, in.Definition
	f.Primary, f.Recon = in.Primary, in.Recon
	return f
}

// ownMoniesInput narrows a list of currencies of accounts.
type ownMoniesInput struct {
	accountRangeInput
	Reference    string `query:"account" maxLength:"24" doc:"Reference of the account."`
	Name         string `query:"account__name" maxLength:"100"`
	NameContains string `query:"account__name__contains" maxLength:"100"`
	Definition   string `query:"account__definition" maxLength:"50"`
}

func (in ownMoniesInput) filter() directory.AccountFilter {
	f := in.accountRangeInput.filter()
	f.Reference, f.Name, f.NameContains, f.Definition = in.Reference, in.Name, in.NameContains, in.Definition
	return f
}

// staffFilterInput is what staff alone narrow such lists by.
type staffFilterInput struct {
	User     string `query:"user" maxLength:"254" doc:"Id, email, mobile or username."`
	UserNull *bool  `query:"user__isnull" doc:"The company's own accounts, or all others."`
	Group    string `query:"group" maxLength:"80" doc:"Group of the account's user."`
	Archived *bool  `query:"archived"`
}

func (in staffFilterInput) narrow(f directory.AccountFilter) directory.AccountFilter {
	f.User, f.OfCompany, f.Group, f.Archived = in.User, in.UserNull, in.Group, in.Archived
	return f
}

type accountsInput struct {
	ownAccountsInput
	staffFilterInput
	Hidden *bool  `query:"hidden"`
	Search string `query:"search" maxLength:"100" doc:"What a reference begins with, or a name or label holds."`
}

func (a *api) listAccounts(ctx context.Context, in accountsInput) (ok[longPage[adminAccountView]], error) {
	filter := in.narrow(in.filter())
	filter.Hidden, filter.Search = in.Hidden, in.Search
	list, err := a.core.Directory.Accounts(ctx, web.Actor(ctx), filter, in.page())
	if err != nil {
		return ok[longPage[adminAccountView]]{}, err
	}
	return longPageOf(ctx, in.page(), list, a.viewsOf(ctx, list.Names).admin)
}

func (a *api) listOwnAccounts(ctx context.Context, in ownAccountsInput) (ok[longPage[accountView]], error) {
	list, err := a.core.Directory.OwnAccounts(ctx, web.Actor(ctx), in.filter(), in.page())
	if err != nil {
		return ok[longPage[accountView]]{}, err
	}
	return longPageOf(ctx, in.page(), list, a.viewsOf(ctx, list.Names).own)
}

type moniesInput struct {
	ownMoniesInput
	staffFilterInput
}

func (a *api) listMonies(ctx context.Context, in moniesInput) (ok[longPage[adminMoneyView]], error) {
	list, err := a.core.Directory.AccountMonies(ctx, web.Actor(ctx), in.narrow(in.filter()), in.page())
	if err != nil {
		return ok[longPage[adminMoneyView]]{}, err
	}
	return longPageOf(ctx, in.page(), list, a.viewsOf(ctx, list.Names).adminRow)
}

func (a *api) listOwnMonies(ctx context.Context, in ownMoniesInput) (ok[longPage[moneyView]], error) {
	list, err := a.core.Directory.OwnAccountMonies(ctx, web.Actor(ctx), in.filter(), in.page())
	if err != nil {
		return ok[longPage[moneyView]]{}, err
	}
	return longPageOf(ctx, in.page(), list, a.viewsOf(ctx, list.Names).row)
}
