package platform

import (
	"context"
	"errors"
	"net/http"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/web"
)

// companyCurrencyView is a currency as members of the company see it.
type companyCurrencyView struct {
	currencyView
	Metadata map[string]any `json:"metadata"`
	Created  int64          `json:"created" doc:"Unix milliseconds."`
	Updated  int64          `json:"updated" doc:"Unix milliseconds."`
}

func companyCurrencyOf(c *kith.CompanyCurrency) companyCurrencyView {
	return companyCurrencyView{currencyOf(c.Currency), c.Metadata, c.CreatedAt.UnixMilli(), c.UpdatedAt.UnixMilli()}
}

// adminCurrencyView is a currency as staff see it.
type adminCurrencyView struct {
	companyCurrencyView
	Manager           *string          `json:"manager" doc:"Always null: kith knows no managers of currencies."`
	ManagerConditions []map[string]any `json:"manager_conditions" maxItems:"0"`
	Archived          bool             `json:"archived"`
}

func adminCurrencyOf(c *kith.CompanyCurrency) adminCurrencyView {
	return adminCurrencyView{companyCurrencyView: companyCurrencyOf(c), Archived: c.Archived}
}

// currencyOverviewView is what a ledger would count. kith has none: all are 0.
type currencyOverviewView struct {
	BalanceTotal          int64 `json:"balance_total"`
	AvailableBalanceTotal int64 `json:"available_balance_total"`
	CountTotal            int64 `json:"count_total"`
	CountDebitsPending    int64 `json:"count_debits_pending"`
	CountDebitsComplete   int64 `json:"count_debits_complete"`
	CountCreditsPending   int64 `json:"count_credits_pending"`
	CountCreditsComplete  int64 `json:"count_credits_complete"`
	SumDebitsPending      int64 `json:"sum_debits_pending"`
	SumDebitsComplete     int64 `json:"sum_debits_complete"`
	SumCreditsPending     int64 `json:"sum_credits_pending"`
	SumCreditsComplete    int64 `json:"sum_credits_complete"`
	Balance24h            int64 `json:"balance_24h"`
	Count24h              int64 `json:"count_24h"`
	Sum24hDebitsPending   int64 `json:"sum_24h_debits_pending"`
	Sum24hDebitsComplete  int64 `json:"sum_24h_debits_complete"`
	Sum24hCreditsPending  int64 `json:"sum_24h_credits_pending"`
	Sum24hCreditsComplete int64 `json:"sum_24h_credits_complete"`
}

func (a *api) currencies(f *web.Face) {
	const list, one = "/3/admin/currencies/", "/3/admin/currencies/{code}/"
	web.Handle(f, route("GET", list, directory.OpViewCurrencies, "List the company's currencies"), a.listCurrencies)
	add := route("POST", list, directory.OpAddCurrency, "Make the company count in another currency")
	add.Status, add.Form = http.StatusCreated, true
	web.Handle(f, add, a.addCurrency)
	web.Handle(f, route("GET", one, directory.OpViewCurrencies, "One of the company's currencies"), a.getCurrency)
	for _, method := range []string{"PATCH", "PUT"} {
		rt := route(method, one, directory.OpChangeCurrency, "Change one of the company's currencies")
		rt.Form = true
		web.Handle(f, rt, a.changeCurrency)
	}
	web.Handle(f, route("GET", one+"overview/", directory.OpViewCurrencies, "What a ledger would count: all 0"), a.currencyOverview)
	const own = "/3/company/currencies/"
	web.Handle(f, route("GET", own, directory.OpViewOwnCurrencies, "List the currencies of the signed-in user's company"), a.listOwnCurrencies)
	web.Handle(f, route("GET", own+"{code}/", directory.OpViewOwnCurrencies, "One of the currencies of the signed-in user's company"), a.getOwnCurrency)
}

type currencyFilterInput struct {
	pageInput
	Code        string   `query:"code" maxLength:"12" doc:"In any case."`
	Codes       []string `query:"code__in" maxLength:"12" maxItems:"100" doc:"Joined by commas, in any case."`
	DisplayCode string   `query:"display_code" maxLength:"12"`
	Unit        string   `query:"unit" maxLength:"30"`
	Order       []string `query:"orderby" enum:"code,-code,display_code,-display_code,created,-created" maxItems:"3" doc:"Joined by commas; code if not given."`
}

func (in currencyFilterInput) filter() directory.CurrencyFilter {
	return directory.CurrencyFilter{Code: in.Code, Codes: in.Codes, DisplayCode: in.DisplayCode, Unit: in.Unit, Order: in.Order}
}

type adminCurrenciesInput struct {
	currencyFilterInput
	Archived *bool `query:"archived"`
}

func (a *api) listCurrencies(ctx context.Context, in adminCurrenciesInput) (ok[page[adminCurrencyView]], error) {
	filter := in.filter()
	filter.Archived = in.Archived
	list, err := a.core.Directory.Currencies(ctx, web.Actor(ctx), filter, in.page())
	if err != nil {
		return ok[page[adminCurrencyView]]{}, err
	}
	return pageOf(ctx, in.page(), list, adminCurrencyOf)
}

func (a *api) listOwnCurrencies(ctx context.Context, in currencyFilterInput) (ok[page[companyCurrencyView]], error) {
	list, err := a.core.Directory.OwnCurrencies(ctx, web.Actor(ctx), in.filter(), in.page())
	if err != nil {
		return ok[page[companyCurrencyView]]{}, err
	}
	return pageOf(ctx, in.page(), list, companyCurrencyOf)
}

// currencyInput is what staff say about a currency.
type currencyInput struct {
	DisplayCode       web.Opt[string]           `json:"display_code" maxLength:"12"`
	Description       web.Opt[string]           `json:"description" maxLength:"150"`
	Symbol            web.Opt[string]           `json:"symbol" maxLength:"12"`
	Unit              web.Opt[string]           `json:"unit" maxLength:"30"`
	Icon              *web.File                 `json:"icon" doc:"Images are not kept yet: one is refused."`
	Manager           web.Opt[string]           `json:"manager" maxLength:"254" doc:"Only null: kith knows no managers of currencies."`
	ManagerConditions web.Opt[[]map[string]any] `json:"manager_conditions" maxItems:"100" doc:"Only null or the empty list."`
	Metadata          *map[string]any           `json:"metadata" doc:"Merged into what is there; null removes a key."`
	Archived          *bool                     `json:"archived"`
}

// refusal says what of the input kith does not keep.
func (in currencyInput) refusal() error {
	switch {
	case in.Manager.Value != "":
		return kith.BadField("manager", kith.CodeNotAllowed, "kith knows no managers of currencies.")
	case len(in.ManagerConditions.Value) > 0:
		return kith.BadField("manager_conditions", kith.CodeNotAllowed, "kith knows no managers of currencies.")
	default:
		return refuseImage("icon", in.Icon)
	}
}

// patch is metadata as it came, nil if none did.
func patch(metadata *map[string]any) map[string]any {
	if metadata == nil {
		return nil
	}
	return *metadata
}

type addCurrencyInput struct {
	Body struct {
		Code         string `json:"code" required:"true" maxLength:"12" doc:"Letters and digits, in any case. What ISO 4217 says of a code listed there need not be given."`
		Divisibility *int64 `json:"divisibility" minimum:"0" maximum:"18" doc:"Digits after the point; needed for codes that ISO 4217 does not list."`
		currencyInput
	}
}

func (a *api) addCurrency(ctx context.Context, in addCurrencyInput) (ok[adminCurrencyView], error) {
	b := in.Body
	made := directory.NewCurrency{Code: b.Code, DisplayCode: b.DisplayCode.Value, Description: b.Description.Value, Symbol: b.Symbol.Value,
		Unit: b.Unit.Value, Metadata: patch(b.Metadata), Archived: b.Archived != nil && *b.Archived, Also: b.refusal()}
	if b.Divisibility != nil {
		digits := int(*b.Divisibility)
		made.Divisibility = &digits
	}
	c, err := a.core.Directory.AddCurrency(ctx, web.Actor(ctx), made)
	if err != nil {
		return ok[adminCurrencyView]{}, err
	}
	return show(adminCurrencyOf(c), nil)
}

type codeInput struct {
	Code string `path:"code" maxLength:"12"`
}

func (a *api) getCurrency(ctx context.Context, in codeInput) (ok[adminCurrencyView], error) {
	c, err := a.core.Directory.Currency(ctx, web.Actor(ctx), in.Code)
	if err != nil {
		return ok[adminCurrencyView]{}, err
	}
	return show(adminCurrencyOf(c), nil)
}

func (a *api) getOwnCurrency(ctx context.Context, in codeInput) (ok[companyCurrencyView], error) {
	c, err := a.core.Directory.OwnCurrency(ctx, web.Actor(ctx), in.Code)
	if err != nil {
		return ok[companyCurrencyView]{}, err
	}
	return show(companyCurrencyOf(c), nil)
}

func (a *api) currencyOverview(ctx context.Context, in codeInput) (ok[currencyOverviewView], error) {
	_, err := a.core.Directory.Currency(ctx, web.Actor(ctx), in.Code)
	return show(currencyOverviewView{}, err)
}

type changeCurrencyInput struct {
	codeInput
	Body struct {
		currencyInput
		ReadOnly web.Extra `json:"-"`
	}
}

func (a *api) changeCurrency(ctx context.Context, in changeCurrencyInput) (ok[adminCurrencyView], error) {
	b := in.Body
	c, err := a.core.Directory.ChangeCurrency(ctx, web.Actor(ctx), in.Code, directory.CurrencyChange{
		DisplayCode: given(b.DisplayCode), Description: given(b.Description), Symbol: given(b.Symbol), Unit: given(b.Unit),
		Archived: b.Archived, Metadata: patch(b.Metadata), Check: func(c *kith.CompanyCurrency) error {
			return errors.Join(b.refusal(), unchanged(b.ReadOnly, adminCurrencyOf(c)))
		}})
	if err != nil {
		return ok[adminCurrencyView]{}, err
	}
	return show(adminCurrencyOf(c), nil)
}
