package platform

import (
	"context"
	"net/http"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/web"
)

// accountView is an account as its user sees it. kith keeps that it is there, not what is in it.
type accountView struct {
	accountBrief
	Recon      bool               `json:"recon"`
	Currencies []accountMoneyView `json:"currencies" maxItems:"500"`
	Metadata   map[string]any     `json:"metadata"`
	Created    int64              `json:"created" doc:"Unix milliseconds."`
	Updated    int64              `json:"updated" doc:"Unix milliseconds."`
}

// accountBrief is an account where another row names it.
type accountBrief struct {
	Reference  string  `json:"reference" maxLength:"24"`
	Name       string  `json:"name" maxLength:"100"`
	Label      *string `json:"label" maxLength:"150"`
	Definition *string `json:"definition" maxLength:"50"`
	Primary    bool    `json:"primary"`
}

// accountMoneyView is one currency of an account.
type accountMoneyView struct {
	ID               string       `json:"id" format:"uuid" maxLength:"36"`
	Balance          int64        `json:"balance" doc:"Always 0: kith keeps no ledger."`
	AvailableBalance int64        `json:"available_balance" doc:"Always 0: kith keeps no ledger."`
	Currency         currencyView `json:"currency"`
	Active           bool         `json:"active"`
}

// adminAccountView is an account as staff see it.
type adminAccountView struct {
	accountBrief
	Recon      bool                    `json:"recon"`
	Hidden     bool                    `json:"hidden" doc:"Its user does not see it."`
	User       *shortUserView          `json:"user" doc:"null for the company's own."`
	Currencies []adminAccountMoneyView `json:"currencies" maxItems:"500"`
	Metadata   map[string]any          `json:"metadata"`
	Archived   bool                    `json:"archived"`
	Created    int64                   `json:"created" doc:"Unix milliseconds."`
	Updated    int64                   `json:"updated" doc:"Unix milliseconds."`
}

type adminAccountMoneyView struct {
	accountMoneyView
	Archived bool `json:"archived"`
}

// fullMoneyView is what one account shows of a currency beyond what lists do.
type fullMoneyView struct {
	accountMoneyView
	Limits   []map[string]any  `json:"limits" maxItems:"0"`
	Fees     []map[string]any  `json:"fees" maxItems:"0"`
	Metadata map[string]any    `json:"metadata"`
	Settings moneySettingsView `json:"settings"`
	Subtypes []map[string]any  `json:"subtypes" maxItems:"0"`
	Created  int64             `json:"created" doc:"Unix milliseconds."`
	Updated  int64             `json:"updated" doc:"Unix milliseconds."`
}

type moneySettingsView struct {
	AllowTransactions             bool             `json:"allow_transactions"`
	AllowDebitTransactions        bool             `json:"allow_debit_transactions"`
	AllowCreditTransactions       bool             `json:"allow_credit_transactions"`
	DisallowedTransactionSubtypes []map[string]any `json:"disallowed_transaction_subtypes" maxItems:"0"`
}

type adminFullMoneyView struct {
	fullMoneyView
	Archived bool `json:"archived"`
}

// fullAccountView and adminFullAccountView are one account, asked for by its reference.
type fullAccountView struct {
	accountBrief
	Recon      bool            `json:"recon"`
	Currencies []fullMoneyView `json:"currencies" maxItems:"500"`
	Metadata   map[string]any  `json:"metadata"`
	Created    int64           `json:"created" doc:"Unix milliseconds."`
	Updated    int64           `json:"updated" doc:"Unix milliseconds."`
}

type adminFullAccountView struct {
	accountBrief
	Recon      bool                 `json:"recon"`
	Hidden     bool                 `json:"hidden" doc:"Its user does not see it."`
	User       *shortUserView       `json:"user" doc:"null for the company's own."`
	Currencies []adminFullMoneyView `json:"currencies" maxItems:"500"`
	Metadata   map[string]any       `json:"metadata"`
	Archived   bool                 `json:"archived"`
	Created    int64                `json:"created" doc:"Unix milliseconds."`
	Updated    int64                `json:"updated" doc:"Unix milliseconds."`
}

// moneyView is a row of the list of currencies of one's accounts, adminMoneyView of everybody's.
type moneyView struct {
	accountMoneyView
	Account  accountBrief   `json:"account"`
	Metadata map[string]any `json:"metadata"`
	Created  int64          `json:"created" doc:"Unix milliseconds."`
	Updated  int64          `json:"updated" doc:"Unix milliseconds."`
}

type adminMoneyView struct {
	moneyView
	User     *shortUserView `json:"user" doc:"null for the company's own."`
	Archived bool           `json:"archived"`
}

func briefOf(a *kith.HeldAccount) accountBrief {
	return accountBrief{a.Reference, a.Name, null(&a.Label), null(&a.Definition), a.Primary}
}

// accountViews makes the views of accounts of a company, which give ids to their currencies.
type accountViews struct {
	company kith.CompanyID
	names   *directory.Catalogue
	user    func(kith.Member) shortUserView
}

func (v accountViews) holder(a *kith.HeldAccount) *shortUserView {
	if a.Holder == nil {
		return nil
	}
	view := v.user(*a.Holder)
	return &view
}

func (v accountViews) money(a *kith.HeldAccount, c kith.Currency) accountMoneyView {
	return accountMoneyView{ID: kith.AssetID(v.company, a.Reference, c.Code).String(), Currency: currencyOf(c), Active: !a.Archived}
}

func (v accountViews) own(a *kith.HeldAccount) accountView {
	view := accountView{briefOf(a), a.Recon, []accountMoneyView{}, a.Metadata, a.CreatedAt.UnixMilli(), a.UpdatedAt.UnixMilli()}
	for _, c := range v.names.Of(a.Currencies) {
		view.Currencies = append(view.Currencies, v.money(a, c))
	}
	return view
}

func (v accountViews) admin(a *kith.HeldAccount) adminAccountView {
	view := adminAccountView{briefOf(a), a.Recon, a.Hidden, v.holder(a), []adminAccountMoneyView{}, a.Metadata, a.Archived,
		a.CreatedAt.UnixMilli(), a.UpdatedAt.UnixMilli()}
	for _, c := range v.names.Of(a.Currencies) {
		view.Currencies = append(view.Currencies, adminAccountMoneyView{v.money(a, c), a.Archived})
	}
	return view
}

func (v accountViews) fullMoney(a *kith.HeldAccount, c kith.Currency) fullMoneyView {
	return fullMoneyView{accountMoneyView: v.money(a, c),
		Settings: moneySettingsView{AllowTransactions: true, AllowDebitTransactions: true, AllowCreditTransactions: true},
		Created:  a.CreatedAt.UnixMilli(), Updated: a.UpdatedAt.UnixMilli()}
}

func (v accountViews) full(a *kith.HeldAccount) fullAccountView {
	view := fullAccountView{briefOf(a), a.Recon, []fullMoneyView{}, a.Metadata, a.CreatedAt.UnixMilli(), a.UpdatedAt.UnixMilli()}
	for _, c := range v.names.Of(a.Currencies) {
		view.Currencies = append(view.Currencies, v.fullMoney(a, c))
	}
	return view
}

func (v accountViews) adminFull(a *kith.HeldAccount) adminFullAccountView {
	view := adminFullAccountView{briefOf(a), a.Recon, a.Hidden, v.holder(a), []adminFullMoneyView{}, a.Metadata, a.Archived,
		a.CreatedAt.UnixMilli(), a.UpdatedAt.UnixMilli()}
	for _, c := range v.names.Of(a.Currencies) {
		view.Currencies = append(view.Currencies, adminFullMoneyView{v.fullMoney(a, c), a.Archived})
	}
	return view
}

func (v accountViews) row(m directory.AccountMoney) moneyView {
	return moneyView{v.money(m.HeldAccount, m.Currency), briefOf(m.HeldAccount), nil, m.CreatedAt.UnixMilli(), m.UpdatedAt.UnixMilli()}
}

func (v accountViews) adminRow(m directory.AccountMoney) adminMoneyView {
	return adminMoneyView{v.row(m), v.holder(m.HeldAccount), m.Archived}
}

func (a *api) viewsOf(ctx context.Context, names *directory.Catalogue) accountViews {
	return accountViews{web.Actor(ctx).CompanyID(), names, func(m kith.Member) shortUserView { return a.shortUserOf(ctx, m) }}
}

func (a *api) accounts(f *web.Face) {
	a.definitions(f)
	const list, one = "/3/admin/accounts/", "/3/admin/accounts/{reference}/"
	created := func(rt web.Route) web.Route { rt.Status = http.StatusCreated; return rt }
	web.Handle(f, route("GET", list, directory.OpViewAccounts, "List accounts, by reference"), a.listAccounts)
	web.Handle(f, created(route("POST", list, directory.OpAddAccount, "Open an account for a user or the company")), a.addAccount)
	web.Handle(f, route("GET", one, directory.OpViewAccounts, "One account"), a.getAccount)
	for _, method := range []string{"PATCH", "PUT"} {
		web.Handle(f, route(method, one, directory.OpChangeAccount, "Change an account"), a.changeAccount)
	}
	web.Handle(f, route("GET", "/3/admin/account-currencies/", directory.OpViewAccounts, "List the currencies of accounts, by reference"), a.listMonies)
	const own = "/3/accounts/"
	web.Handle(f, route("GET", own, directory.OpViewOwnAccounts, "List one's own accounts"), a.listOwnAccounts)
	web.Handle(f, created(route("POST", own, directory.OpAddOwnAccount, "Open another account for oneself")), a.addOwnAccount)
	web.Handle(f, route("GET", own+"{reference}/", directory.OpViewOwnAccounts, "One of one's own accounts"), a.getOwnAccount)
	web.Handle(f, route("GET", "/3/account-currencies/", directory.OpViewOwnAccounts, "List the currencies of one's own accounts"), a.listOwnMonies)
}

type addAccountInput struct {
	Body struct {
		Reference web.Opt[string] `json:"reference" maxLength:"24" doc:"Drawn if not given."`
		Name      string          `json:"name" required:"true" maxLength:"100"`
		Label     web.Opt[string] `json:"label" maxLength:"150"`
		User      web.Opt[string] `json:"user" maxLength:"254" doc:"Id, email, mobile or username; the company's own if not given."`
		Primary   *bool           `json:"primary"`
		Recon     *bool           `json:"recon"`
		Hidden    *bool           `json:"hidden"`
		Archived  *bool           `json:"archived"`
		Metadata  *map[string]any `json:"metadata"`
	}
}

// yes reads a flag that may be left out.
func yes(flag *bool) bool { return flag != nil && *flag }

func (a *api) addAccount(ctx context.Context, in addAccountInput) (ok[adminAccountView], error) {
	b := in.Body
	account, names, err := a.core.Directory.AddAccount(ctx, web.Actor(ctx), directory.NewAccount{Reference: b.Reference.Value, Name: b.Name,
		Label: b.Label.Value, User: b.User.Value, Primary: yes(b.Primary), Recon: yes(b.Recon), Hidden: yes(b.Hidden),
		Archived: yes(b.Archived), Metadata: patch(b.Metadata)})
	if err != nil {
		return ok[adminAccountView]{}, err
	}
	return show(a.viewsOf(ctx, names).admin(account), nil)
}

type addOwnAccountInput struct {
	Body struct {
		Name     string          `json:"name" required:"true" maxLength:"100"`
		Label    web.Opt[string] `json:"label" maxLength:"150"`
		Metadata *map[string]any `json:"metadata"`
	}
}

func (a *api) addOwnAccount(ctx context.Context, in addOwnAccountInput) (ok[accountView], error) {
	b := in.Body
	account, names, err := a.core.Directory.AddOwnAccount(ctx, web.Actor(ctx), directory.NewAccount{Name: b.Name, Label: b.Label.Value,
		Metadata: patch(b.Metadata)})
	if err != nil {
		return ok[accountView]{}, err
	}
	return show(a.viewsOf(ctx, names).own(account), nil)
}

type accountInput struct {
	Reference string `path:"reference" maxLength:"24"`
}

func (a *api) getAccount(ctx context.Context, in accountInput) (ok[adminFullAccountView], error) {
	account, names, err := a.core.Directory.Account(ctx, web.Actor(ctx), in.Reference)
	if err != nil {
		return ok[adminFullAccountView]{}, err
	}
	return show(a.viewsOf(ctx, names).adminFull(account), nil)
}

func (a *api) getOwnAccount(ctx context.Context, in accountInput) (ok[fullAccountView], error) {
	account, names, err := a.core.Directory.OwnAccount(ctx, web.Actor(ctx), in.Reference)
	if err != nil {
		return ok[fullAccountView]{}, err
	}
	return show(a.viewsOf(ctx, names).full(account), nil)
}

type changeAccountInput struct {
	accountInput
	Body struct {
		Name     *string         `json:"name" maxLength:"100"`
		Label    web.Opt[string] `json:"label" maxLength:"150"`
		Primary  *bool           `json:"primary"`
		Recon    *bool           `json:"recon"`
		Hidden   *bool           `json:"hidden"`
		Archived *bool           `json:"archived"`
		Metadata *map[string]any `json:"metadata" doc:"Merged into what is there; null removes a key."`
		ReadOnly web.Extra       `json:"-"`
	}
}

func (a *api) changeAccount(ctx context.Context, in changeAccountInput) (ok[adminFullAccountView], error) {
	b := in.Body
	account, names, err := a.core.Directory.ChangeAccount(ctx, web.Actor(ctx), in.Reference, directory.AccountChange{
		Name: b.Name, Label: given(b.Label), Primary: b.Primary, Recon: b.Recon, Hidden: b.Hidden, Archived: b.Archived,
		Metadata: patch(b.Metadata), Check: func(account *kith.HeldAccount, names *directory.Catalogue) error {
			return unchanged(b.ReadOnly, a.viewsOf(ctx, names).adminFull(account))
		}})
	if err != nil {
		return ok[adminFullAccountView]{}, err
	}
	return show(a.viewsOf(ctx, names).adminFull(account), nil)
}
