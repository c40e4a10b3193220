package directory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	iso "github.com/biter777/countries"
	"golang.org/x/text/currency"

	"kith"
	"kith/internal/core/gate"
)

// The operations on currencies.
var (
	OpViewCurrencies    = gate.Op{Name: "currency.view", Noun: kith.NounCurrency, Verb: kith.View, Section: kith.SectionAdmin}
	OpAddCurrency       = gate.Op{Name: "currency.add", Noun: kith.NounCurrency, Verb: kith.Add, Section: kith.SectionAdmin}
	OpChangeCurrency    = gate.Op{Name: "currency.change", Noun: kith.NounCurrency, Verb: kith.Change, Section: kith.SectionAdmin}
	OpViewOwnCurrencies = gate.Op{Name: "currency.view", Noun: kith.NounCurrency, Verb: kith.View, Section: kith.SectionUser}
)

// defaultCurrency is that of companies which name no country.
const defaultCurrency = "USD"

// currencyOf gives the currency of a country (ISO 4217), in which the company's primary accounts count.
func currencyOf(country string) kith.Currency {
	code := defaultCurrency
	if c := iso.ByName(strings.ToUpper(country)); country != "" && c.IsValid() && c.Currency().IsValid() {
		code = c.Currency().Alpha()
	}
	if known, ok := standard(code); ok {
		return known
	}
	known, _ := standard(defaultCurrency)
	return known
}

// standard gives a currency as ISO 4217 has it.
func standard(code string) (kith.Currency, bool) {
	unit, err := currency.ParseISO(code)
	listed := iso.CurrencyCodeByName(code)
	if err != nil || !listed.IsValid() || listed.Alpha() != code {
		return kith.Currency{}, false
	}
	digits, _ := currency.Standard.Rounding(unit)
	name := listed.String()
	return kith.Currency{Code: code, Description: name, Symbol: fmt.Sprint(currency.NarrowSymbol(unit)),
		Unit: strings.ToLower(name[strings.LastIndexByte(name, ' ')+1:]), Divisibility: digits}, true
}

// CurrencyFilter narrows and sorts a list of currencies. Zero fields do not narrow.
type CurrencyFilter struct {
	Archived    *bool
	Code        string // in any case, like Codes
	Codes       []string
	DisplayCode string
	Unit        string
	Order       []string // code, display_code or created, each perhaps after a "-"; by code if none
}

func (f CurrencyFilter) lets(c *kith.CompanyCurrency) bool {
	same := func(code string) bool { return strings.EqualFold(code, c.Code) }
	return is(f.Archived, c.Archived) && (f.Code == "" || same(f.Code)) &&
		(len(f.Codes) == 0 || slices.ContainsFunc(f.Codes, same)) &&
		(f.DisplayCode == "" || f.DisplayCode == Displayed(c.Currency)) && (f.Unit == "" || f.Unit == c.Unit)
}

// Displayed is the code that people see.
func Displayed(c kith.Currency) string { return cmp.Or(c.DisplayCode, c.Code) }

var currencyKeys = map[string]func(a, b *kith.CompanyCurrency) int{
	"code":         func(a, b *kith.CompanyCurrency) int { return cmp.Compare(a.Code, b.Code) },
	"display_code": func(a, b *kith.CompanyCurrency) int { return cmp.Compare(Displayed(a.Currency), Displayed(b.Currency)) },
	"created":      func(a, b *kith.CompanyCurrency) int { return a.CreatedAt.Compare(b.CreatedAt) },
}

// Currencies gives one page of the currencies that the actor's company counts in.
func (d *Directory) Currencies(ctx context.Context, by *kith.Actor, f CurrencyFilter, page kith.Page) (kith.List[*kith.CompanyCurrency], error) {
	return d.currencies(ctx, by, OpViewCurrencies, f, page)
}

// OwnCurrencies gives members one page of their company's currencies, without archived ones.
func (d *Directory) OwnCurrencies(ctx context.Context, by *kith.Actor, f CurrencyFilter, page kith.Page) (kith.List[*kith.CompanyCurrency], error) {
	f.Archived = new(bool)
	return d.currencies(ctx, by, OpViewOwnCurrencies, f, page)
}

func (d *Directory) currencies(ctx context.Context, by *kith.Actor, op gate.Op, f CurrencyFilter, page kith.Page) (kith.List[*kith.CompanyCurrency], error) {
	return gate.Read(ctx, d.gate, by, op, func(ctx context.Context, tx *gate.Tx) (kith.List[*kith.CompanyCurrency], error) {
		all, err := tx.Currencies.List(ctx)
		all = slices.DeleteFunc(all, func(c *kith.CompanyCurrency) bool { return !f.lets(c) })
		order(all, f.Order, currencyKeys)
		return Cut(all, page), err
	})
}

// Currency gives one of the company's currencies; the code may be in any case.
func (d *Directory) Currency(ctx context.Context, by *kith.Actor, code string) (*kith.CompanyCurrency, error) {
	return gate.Read(ctx, d.gate, by, OpViewCurrencies, func(ctx context.Context, tx *gate.Tx) (*kith.CompanyCurrency, error) {
		return tx.Currencies.Get(ctx, strings.ToUpper(code))
	})
}

// OwnCurrency gives members one of their company's currencies, unless it is archived.
func (d *Directory) OwnCurrency(ctx context.Context, by *kith.Actor, code string) (*kith.CompanyCurrency, error) {
	return gate.Read(ctx, d.gate, by, OpViewOwnCurrencies, func(ctx context.Context, tx *gate.Tx) (*kith.CompanyCurrency, error) {
		c, err := tx.Currencies.Get(ctx, strings.ToUpper(code))
		if err == nil && c.Archived {
			err = kith.ErrNotFound
		}
		return c, err
	})
}

// NewCurrency is what a currency is made from. What is "" or nil is taken from ISO 4217, for a code that
// is listed there.
type NewCurrency struct {
	Code                                   string
	DisplayCode, Description, Symbol, Unit string
	Divisibility                           *int
	Metadata                               map[string]any
	Archived                               bool
	Also                                   error // what the face found wrong, told with the rest
}

var currencyCode = regexp.MustCompile(`^[A-Z0-9]{2,12}$`)

// complete fills what ISO 4217 knows into c and reports what is wrong with the rest.
func (in NewCurrency) complete() (kith.CompanyCurrency, error) {
	c := kith.CompanyCurrency{Currency: kith.Currency{Code: strings.ToUpper(strings.TrimSpace(in.Code)), DisplayCode: in.DisplayCode,
		Description: in.Description, Symbol: in.Symbol, Unit: in.Unit},
		Metadata: MergePatch(nil, in.Metadata), Archived: in.Archived}
	errs := []error{in.Also}
	if !currencyCode.MatchString(c.Code) {
		errs = append(errs, kith.BadField("code", kith.CodeBadFormat, "A code is two to twelve letters and digits, such as EUR."))
	}
	listed, known := standard(c.Code)
	switch {
	case known && in.Divisibility != nil && *in.Divisibility != listed.Divisibility:
		errs = append(errs, kith.BadField("divisibility", kith.CodeNotAllowed,
			fmt.Sprintf("%s has %d digits after the point, by ISO 4217.", c.Code, listed.Divisibility)))
	case known:
		c.Divisibility = listed.Divisibility
	case in.Divisibility == nil:
		errs = append(errs, kith.BadField("divisibility", kith.CodeRequired, "Say how many digits this currency has after the point: ISO 4217 does not list it."))
	case *in.Divisibility < 0 || *in.Divisibility > 18:
		errs = append(errs, kith.BadField("divisibility", kith.CodeOutOfRange, "Give a number from 0 to 18."))
	default:
		c.Divisibility = *in.Divisibility
	}
	c.Description = cmp.Or(c.Description, listed.Description, c.Code)
	c.Symbol = cmp.Or(c.Symbol, listed.Symbol, c.Code)
	c.Unit = cmp.Or(c.Unit, listed.Unit, strings.ToLower(c.Code))
	errs = append(errs, checkCurrency(&c)...)
	return c, errors.Join(errs...)
}

// checkCurrency brings what a company says about a currency into its normal form.
func checkCurrency(c *kith.CompanyCurrency) []error {
	var errs []error
	text(&errs, "display_code", &c.DisplayCode, 12)
	text(&errs, "description", &c.Description, 150)
	text(&errs, "symbol", &c.Symbol, 12)
	text(&errs, "unit", &c.Unit, 30)
	if err := CheckMetadata(c.Metadata); err != nil {
		errs = append(errs, err)
	}
	return errs
}

// Validate reports every bad field.
func (in NewCurrency) Validate() error {
	_, err := in.complete()
	return err
}

// mostCurrencies is how many a company may count in.
const mostCurrencies = 500

// AddCurrency makes the actor's company count in another currency. It fails with Conflict if it does
// already.
func (d *Directory) AddCurrency(ctx context.Context, by *kith.Actor, in NewCurrency) (*kith.CompanyCurrency, error) {
	return gate.Change(ctx, d.gate, by, OpAddCurrency, in, func(ctx context.Context, tx *gate.Tx, in NewCurrency) (*kith.CompanyCurrency, error) {
		c, err := in.complete()
		if err != nil {
			return nil, err
		}
		all, err := tx.Currencies.List(ctx)
		if err == nil && len(all) >= mostCurrencies {
			err = errMany("currencies")
		}
		if err != nil {
			return nil, err
		}
		return &c, addCurrency(ctx, tx, &c)
	})
}

func addCurrency(ctx context.Context, tx *gate.Tx, c *kith.CompanyCurrency) error {
	c.CreatedAt, c.UpdatedAt = tx.Now, tx.Now
	done, err := tx.Currencies.Insert(ctx, c)
	if err == nil && !done {
		err = &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken, Field: "code", Message: "The company has a currency of this code already."}
	}
	tx.Record(kith.Event{Noun: kith.NounCurrency, Verb: kith.Add, Row: c.Code})
	return err
}

// CurrencyChange sets what is not nil. Metadata is merged into what is there (RFC 7386).
type CurrencyChange struct {
	DisplayCode, Description, Symbol, Unit *string
	Archived                               *bool
	Metadata                               map[string]any
	Check                                  func(*kith.CompanyCurrency) error // what the face finds wrong with it, before the change
}

// ChangeCurrency changes what the actor's company says about one of its currencies. Its own one, which
// primary accounts count in, cannot be archived.
func (d *Directory) ChangeCurrency(ctx context.Context, by *kith.Actor, code string, in CurrencyChange) (*kith.CompanyCurrency, error) {
	return gate.Change(ctx, d.gate, by, OpChangeCurrency, in, func(ctx context.Context, tx *gate.Tx, in CurrencyChange) (*kith.CompanyCurrency, error) {
		company, err := tx.Companies.Lock(ctx)
		if err != nil {
			return nil, err
		}
		c, err := tx.Currencies.Lock(ctx, strings.ToUpper(code))
		if err != nil {
			return nil, err
		}
		own := c.Code == company.Currency.Code
		bad := []error{ask(in.Check, c)}
		differs := in.apply(c)
		if bad = append(bad, checkCurrency(c)...); own && c.Archived {
			bad = append(bad, kith.BadField("archived", kith.CodeNotAllowed, "This is the currency of the primary accounts: it cannot be archived."))
		}
		if err := errors.Join(bad...); err != nil {
			return nil, err
		}
		if len(differs.fields) == 0 {
			tx.Unchanged()
			return c, nil
		}
		c.UpdatedAt = tx.Now
		tx.Record(kith.Event{Noun: kith.NounCurrency, Verb: kith.Change, Row: c.Code, Fields: differs.fields, Old: differs.old})
		if own { // the company's row has a copy, which comes with every session
			company.Currency = c.Currency
			if err := tx.Companies.Put(ctx, company); err != nil {
				return nil, err
			}
		}
		return c, tx.Currencies.Put(ctx, c)
	})
}

func (in CurrencyChange) apply(to *kith.CompanyCurrency) *changes {
	c := newChanges()
	set(c, "display_code", &to.DisplayCode, in.DisplayCode)
	set(c, "description", &to.Description, in.Description)
	set(c, "symbol", &to.Symbol, in.Symbol)
	set(c, "unit", &to.Unit, in.Unit)
	set(c, "archived", &to.Archived, in.Archived)
	setMetadata(c, &to.Metadata, in.Metadata)
	return c
}

// setMetadata merges a patch into metadata, unless it is nil or changes nothing.
func setMetadata(c *changes, to *map[string]any, patch map[string]any) {
	if patch == nil {
		return
	}
	if merged := MergePatch(*to, patch); !reflect.DeepEqual(merged, *to) {
		c.note("metadata", *to)
		*to = merged
	}
}
