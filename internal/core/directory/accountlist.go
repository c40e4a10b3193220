package directory

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// AccountFilter narrows a list of accounts. Zero fields do not narrow.
type AccountFilter struct {
	User                                     string // id, e-mail, mobile or username; of an unknown one nothing is listed
	OfCompany                                *bool  // the company's own ones, or all others
	Reference, ReferenceContains             string
	After                                    string // only what comes after this reference
	Name, NameContains                       string
	Definition, Group                        string
	Currency                                 string // code, in any case
	Search                                   string // begins the reference, or is in name or label, in any case
	Primary, Recon, Hidden, Archived, Active *bool
	Created, Updated                         kith.Span
	None                                     bool // something else lets nothing through
}

// plain reports whether the filter lets all through.
func (f AccountFilter) plain() bool {
	f.After = ""
	return f == AccountFilter{}
}

func (f AccountFilter) lets(a *kith.HeldAccount, names *Catalogue) bool {
	either := func(want, is string) bool { return want == "" || want == is }
	in := func(part, whole string) bool { return part == "" || strings.Contains(whole, part) }
	codes := names.codes(a.Currencies)
	return either(f.Reference, a.Reference) && in(f.ReferenceContains, a.Reference) && a.Reference > f.After &&
		either(f.Name, a.Name) && in(f.NameContains, a.Name) && either(f.Definition, a.Definition) &&
		(f.Group == "" || a.Holder != nil && a.Holder.Group != nil && a.Holder.Group.Name == f.Group) &&
		(f.Currency == "" || slices.Contains(codes, strings.ToUpper(f.Currency))) && f.found(a) &&
		is(f.OfCompany, a.User.IsZero()) && is(f.Primary, a.Primary) && is(f.Recon, a.Recon) && is(f.Hidden, a.Hidden) &&
		is(f.Archived, a.Archived) && is(f.Active, !a.Archived) && f.Created.Holds(a.CreatedAt) && f.Updated.Holds(a.UpdatedAt)
}

func (f AccountFilter) found(a *kith.HeldAccount) bool {
	word := strings.ToLower(f.Search)
	return word == "" || strings.HasPrefix(strings.ToLower(a.Reference), word) ||
		strings.Contains(strings.ToLower(a.Name), word) || strings.Contains(strings.ToLower(a.Label), word)
}

// AccountList is one page of accounts, or of their currencies, by reference.
type AccountList[Row any] struct {
	kith.List[Row]
	Capped     bool // there are more than were counted
	Incomplete bool // the company was not looked through to its end
	Names      *Catalogue
}

// AccountMoney is one currency of an account.
type AccountMoney struct {
	*kith.HeldAccount
	Currency kith.Currency
}

// Bounds of one list. What lies beyond is reached by AccountFilter.After.
const (
	mostCounted  = 10_000
	mostExamined = 100_000
	listSlice    = 500
	listBudget   = 500 * time.Millisecond
)

// Accounts gives one page of the accounts of the actor's company.
func (d *Directory) Accounts(ctx context.Context, by *kith.Actor, f AccountFilter, page kith.Page) (AccountList[*kith.HeldAccount], error) {
	return gate.Read(ctx, d.gate, by, OpViewAccounts, func(ctx context.Context, tx *gate.Tx) (AccountList[*kith.HeldAccount], error) {
		if f.plain() {
			return plainAccounts(ctx, tx, f.After, page)
		}
		return walkAccounts(ctx, d, tx, f, page, asIs)
	})
}

func asIs(a *kith.HeldAccount, _ *Catalogue) []*kith.HeldAccount { return []*kith.HeldAccount{a} }

// AccountMonies gives one page of the currencies of the accounts of the actor's company.
func (d *Directory) AccountMonies(ctx context.Context, by *kith.Actor, f AccountFilter, page kith.Page) (AccountList[AccountMoney], error) {
	return gate.Read(ctx, d.gate, by, OpViewAccounts, func(ctx context.Context, tx *gate.Tx) (AccountList[AccountMoney], error) {
		return walkAccounts(ctx, d, tx, f, page, f.monies)
	})
}

// OwnAccounts gives one page of the actor's own accounts.
func (d *Directory) OwnAccounts(ctx context.Context, by *kith.Actor, f AccountFilter, page kith.Page) (AccountList[*kith.HeldAccount], error) {
	return ownAccounts(ctx, d, by, f, page, asIs)
}

// OwnAccountMonies gives one page of the currencies of the actor's own accounts.
func (d *Directory) OwnAccountMonies(ctx context.Context, by *kith.Actor, f AccountFilter, page kith.Page) (AccountList[AccountMoney], error) {
	return ownAccounts(ctx, d, by, f, page, f.monies)
}

// monies lists the currencies of an account that the filter lets through.
func (f AccountFilter) monies(a *kith.HeldAccount, names *Catalogue) []AccountMoney {
	var list []AccountMoney
	for _, c := range names.Of(a.Currencies) {
		if f.Currency == "" || strings.EqualFold(f.Currency, c.Code) {
			list = append(list, AccountMoney{a, c})
		}
	}
	return list
}

// plainAccounts counts and skips on the index.
func plainAccounts(ctx context.Context, tx *gate.Tx, after string, page kith.Page) (out AccountList[*kith.HeldAccount], err error) {
	if out.Names, err = catalogue(ctx, tx); err != nil {
		return out, err
	}
	if out.Total, err = tx.Accounts.Count(ctx, after, mostCounted+1); err != nil {
		return out, err
	}
	if out.Total > mostCounted {
		out.Total, out.Capped = mostCounted, true
	}
	if page.Offset() < out.Total {
		out.Rows, err = tx.Accounts.After(ctx, after, page.Size, page.Offset())
	}
	return out, err
}

// sieve makes a page of the accounts that a filter lets through.
type sieve[Row any] struct {
	AccountList[Row]
	filter AccountFilter
	page   kith.Page
	rows   func(*kith.HeldAccount, *Catalogue) []Row
}

func (s *sieve[Row]) add(list []*kith.HeldAccount) {
	for _, a := range list {
		if !s.filter.lets(a, s.Names) {
			continue
		}
		for _, row := range s.rows(a, s.Names) {
			if s.Total == mostCounted {
				s.Capped = true
				return
			}
			if s.Total >= s.page.Offset() && len(s.Rows) < s.page.Size {
				s.Rows = append(s.Rows, row)
			}
			s.Total++
		}
	}
}

func walkAccounts[Row any](ctx context.Context, d *Directory, tx *gate.Tx, f AccountFilter, page kith.Page,
	rows func(*kith.HeldAccount, *Catalogue) []Row) (AccountList[Row], error) {
	s := sieve[Row]{filter: f, page: page, rows: rows}
	var err error
	if s.Names, err = catalogue(ctx, tx); err != nil {
		return s.AccountList, err
	}
	few, known, err := fewAccounts(ctx, tx, f)
	if err != nil || known {
		s.add(few)
		return s.AccountList, err
	}
	began, examined, last := d.clock(), 0, f.After
	for !s.Capped {
		list, err := tx.Accounts.After(ctx, last, listSlice, 0)
		if err != nil {
			return s.AccountList, err
		}
		s.add(list)
		if len(list) < listSlice {
			break
		}
		last = list[len(list)-1].Reference
		if examined += listSlice; examined >= mostExamined || d.clock().Sub(began) > listBudget {
			s.Incomplete = true
			break
		}
	}
	return s.AccountList, nil
}

// fewAccounts finds the accounts that a filter is about where it names them, or whose they are.
func fewAccounts(ctx context.Context, tx *gate.Tx, f AccountFilter) (list []*kith.HeldAccount, known bool, err error) {
	switch {
	case f.None:
	case f.Reference != "":
		var a *kith.HeldAccount
		if a, err = tx.Accounts.Get(ctx, f.Reference); err == nil {
			list = append(list, a)
		}
		if err == nil && f.User != "" { // both are named: they must belong together
			var m kith.Member
			if m, err = Find(ctx, tx, f.User); err == nil && m.User.ID != a.User {
				list = nil
			}
		}
	case f.User != "":
		var m kith.Member
		if m, err = Find(ctx, tx, f.User); err == nil {
			list, err = tx.Accounts.OfUser(ctx, m.User.ID)
		}
	case f.OfCompany != nil && *f.OfCompany:
		list, err = tx.Accounts.OfCompany(ctx)
	default:
		return nil, false, nil
	}
	if errors.Is(err, store.ErrNotFound) {
		list, err = nil, nil
	}
	return list, true, err
}

func ownAccounts[Row any](ctx context.Context, d *Directory, by *kith.Actor, f AccountFilter, page kith.Page,
	rows func(*kith.HeldAccount, *Catalogue) []Row) (AccountList[Row], error) {
	return gate.Read(ctx, d.gate, by, OpViewOwnAccounts, func(ctx context.Context, tx *gate.Tx) (AccountList[Row], error) {
		s := sieve[Row]{filter: f, page: page, rows: rows}
		var err error
		if s.Names, err = catalogue(ctx, tx); err != nil || f.None {
			return s.AccountList, err
		}
		list, err := tx.Accounts.OfUser(ctx, by.User.ID)
		s.add(slices.DeleteFunc(list, func(a *kith.HeldAccount) bool { return !shownTo(by, a) }))
		return s.AccountList, err
	})
}
