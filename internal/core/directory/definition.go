package directory

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"kith"
	"kith/internal/core/gate"
)

// The operations on kinds of account.
var (
	OpViewDefinitions    = gate.Op{Name: "account_definition.view", Noun: kith.NounAccountDefinition, Verb: kith.View, Section: kith.SectionAdmin}
	OpAddDefinition      = gate.Op{Name: "account_definition.add", Noun: kith.NounAccountDefinition, Verb: kith.Add, Section: kith.SectionAdmin}
	OpChangeDefinition   = gate.Op{Name: "account_definition.change", Noun: kith.NounAccountDefinition, Verb: kith.Change, Section: kith.SectionAdmin}
	OpViewOwnDefinitions = gate.Op{Name: "account_definition.view", Noun: kith.NounAccountDefinition, Verb: kith.View, Section: kith.SectionUser}
)

// Catalogue explains what accounts and their kinds name: groups and currencies.
type Catalogue struct {
	groups     map[kith.GroupID]*kith.Group
	currencies map[string]*kith.CompanyCurrency
	own        string // code of the company's own currency
}

func catalogue(ctx context.Context, tx *gate.Tx) (*Catalogue, error) {
	c := &Catalogue{groups: make(map[kith.GroupID]*kith.Group), currencies: make(map[string]*kith.CompanyCurrency),
		own: tx.By.Company.Currency.Code}
	groups, err := tx.Accounts.DefinitionGroups(ctx)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		c.groups[g.ID] = g
	}
	currencies, err := tx.Currencies.List(ctx)
	for _, m := range currencies {
		c.currencies[m.Code] = m
	}
	return c, err
}

// named finds a group by its name; nil if there is none.
func (c *Catalogue) named(name string) *kith.Group {
	for _, g := range c.groups {
		if g.Name == name {
			return g
		}
	}
	return nil
}

// codes gives the codes that an account counts in: its own ones or, where it has none, the company's.
func (c *Catalogue) codes(own []string) []string {
	if len(own) == 0 {
		return []string{c.own}
	}
	return own
}

// Of gives the currencies of an account, or of what a definition says, by their codes; the company's own
// one where there are none.
func (c *Catalogue) Of(codes []string) []kith.Currency {
	var list []kith.Currency
	for _, code := range c.codes(codes) {
		list = append(list, c.Currency(code))
	}
	return list
}

// Group gives what names a group.
func (c *Catalogue) Group(id kith.GroupID) *kith.Group {
	if g := c.groups[id]; g != nil {
		return g
	}
	return &kith.Group{ID: id, Name: id.String()}
}

// Currency gives a currency by its code.
func (c *Catalogue) Currency(code string) kith.Currency {
	if m := c.currencies[code]; m != nil {
		return m.Currency
	}
	return kith.Currency{Code: code}
}

// DefinitionFilter narrows and sorts a list of definitions. Zero fields do not narrow.
type DefinitionFilter struct {
	Archived *bool
	Group    string // name of a group that it says something about
	Created  kith.Span
	Order    []string // name or created, each perhaps after a "-"; by name if none
}

var definitionKeys = map[string]func(a, b *kith.AccountDefinition) int{
	"name":    func(a, b *kith.AccountDefinition) int { return cmp.Compare(a.Name, b.Name) },
	"created": func(a, b *kith.AccountDefinition) int { return a.CreatedAt.Compare(b.CreatedAt) },
}

// Definitions gives one page of the kinds of account that the actor's company has.
func (d *Directory) Definitions(ctx context.Context, by *kith.Actor, f DefinitionFilter, page kith.Page) (kith.List[*kith.AccountDefinition], *Catalogue, error) {
	return d.definitions(ctx, by, OpViewDefinitions, f, page, func([]*kith.AccountDefinition) {})
}

// OwnDefinitions gives members one page of the kinds of account that there are for them.
func (d *Directory) OwnDefinitions(ctx context.Context, by *kith.Actor, f DefinitionFilter, page kith.Page) (kith.List[*kith.AccountDefinition], *Catalogue, error) {
	f.Archived = new(bool)
	return d.definitions(ctx, by, OpViewOwnDefinitions, f, page, func(all []*kith.AccountDefinition) { forOwn(by, all) })
}

// forOwn leaves of definitions what concerns a member: what they say about the member's own group. Those
// that say nothing are not everybody's.
func forOwn(by *kith.Actor, all []*kith.AccountDefinition) {
	for _, def := range all {
		def.Groups = slices.DeleteFunc(def.Groups, func(g kith.DefinitionGroup) bool {
			return g.Archived || by.Group == nil || g.Group != by.Group.ID
		})
		if len(def.Groups) == 0 && !def.Everybody {
			def.Archived = true
		}
		for i := range def.Groups {
			def.Groups[i].Currencies = slices.DeleteFunc(def.Groups[i].Currencies, func(c kith.DefinitionCurrency) bool { return c.Archived })
		}
	}
}

func (d *Directory) definitions(ctx context.Context, by *kith.Actor, op gate.Op, f DefinitionFilter, page kith.Page,
	narrow func([]*kith.AccountDefinition)) (kith.List[*kith.AccountDefinition], *Catalogue, error) {
	var names *Catalogue
	list, err := gate.Read(ctx, d.gate, by, op, func(ctx context.Context, tx *gate.Tx) (kith.List[*kith.AccountDefinition], error) {
		all, err := tx.Accounts.Definitions(ctx)
		if err != nil {
			return kith.List[*kith.AccountDefinition]{}, err
		}
		if names, err = catalogue(ctx, tx); err != nil {
			return kith.List[*kith.AccountDefinition]{}, err
		}
		narrow(all)
		all = slices.DeleteFunc(all, func(def *kith.AccountDefinition) bool {
			return !is(f.Archived, def.Archived) || !f.Created.Holds(def.CreatedAt) || f.Group != "" && !slices.ContainsFunc(def.Groups,
				func(g kith.DefinitionGroup) bool {
					return names.named(f.Group) != nil && g.Group == names.named(f.Group).ID
				})
		})
		order(all, f.Order, definitionKeys)
		return Cut(all, page), nil
	})
	return list, names, err
}

// Definition gives one kind of account that the actor's company has.
func (d *Directory) Definition(ctx context.Context, by *kith.Actor, name string) (*kith.AccountDefinition, *Catalogue, error) {
	list, names, err := d.Definitions(ctx, by, DefinitionFilter{}, everything)
	def, err := find(list.Rows, name, err)
	return def, names, err
}

// OwnDefinition gives members one kind of account that there is for them.
func (d *Directory) OwnDefinition(ctx context.Context, by *kith.Actor, name string) (*kith.AccountDefinition, *Catalogue, error) {
	list, names, err := d.OwnDefinitions(ctx, by, DefinitionFilter{}, everything)
	def, err := find(list.Rows, name, err)
	return def, names, err
}

// everything is a page that holds all that a company has few of.
var everything = kith.Page{Number: 1, Size: mostDefinitions}

func find(list []*kith.AccountDefinition, name string, err error) (*kith.AccountDefinition, error) {
	i := slices.IndexFunc(list, func(def *kith.AccountDefinition) bool { return def.Name == strings.ToLower(name) })
	if err != nil || i < 0 {
		return nil, cmp.Or(err, error(kith.ErrNotFound))
	}
	return list[i], nil
}

// DefinitionChange sets what is not nil. It is what a definition is made from, too.
type DefinitionChange struct {
	Name     *string // only to make one: it stays
	Label    *string
	Recon    *bool
	Archived *bool
	Check    func(*kith.AccountDefinition, *Catalogue) error // what the face finds wrong with it, before the change
}

// Validate reports every bad field.
func (in DefinitionChange) Validate() error {
	var errs []error
	text(&errs, "label", in.Label, 150)
	return errors.Join(errs...)
}

var definitionName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,49}$`)

// mostDefinitions is how many kinds of account a company may have.
const mostDefinitions = 200

// AddDefinition gives the actor's company another kind of account. It fails with Conflict if the name is
// taken.
func (d *Directory) AddDefinition(ctx context.Context, by *kith.Actor, in DefinitionChange) (*kith.AccountDefinition, *Catalogue, error) {
	var names *Catalogue
	def, err := gate.Change(ctx, d.gate, by, OpAddDefinition, in, func(ctx context.Context, tx *gate.Tx, in DefinitionChange) (*kith.AccountDefinition, error) {
		def := &kith.AccountDefinition{Currency: by.Company.Currency.Code, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if in.Name != nil {
			def.Name = strings.ToLower(*in.Name)
		}
		if !definitionName.MatchString(def.Name) {
			return nil, kith.BadField("name", kith.CodeBadFormat, "A name is made of letters, digits, - and _, fifty at most.")
		}
		in.apply(def)
		all, err := tx.Accounts.Definitions(ctx)
		if err == nil && len(all) >= mostDefinitions {
			err = errMany("account definitions")
		}
		if err != nil {
			return nil, err
		}
		done, err := tx.Accounts.Define(ctx, def)
		if err == nil && !done {
			err = &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken, Field: "name", Message: "There is an account definition of this name already."}
		}
		if err != nil {
			return nil, err
		}
		tx.Record(kith.Event{Noun: kith.NounAccountDefinition, Verb: kith.Add, Row: def.Name})
		names, err = catalogue(ctx, tx)
		return def, err
	})
	return def, names, err
}

func (in DefinitionChange) apply(to *kith.AccountDefinition) *changes {
	c := newChanges()
	set(c, "label", &to.Label, in.Label)
	set(c, "recon", &to.Recon, in.Recon)
	set(c, "archived", &to.Archived, in.Archived)
	return c
}

// ChangeDefinition changes a kind of account. The one that everybody gets cannot be archived.
func (d *Directory) ChangeDefinition(ctx context.Context, by *kith.Actor, name string, in DefinitionChange) (*kith.AccountDefinition, *Catalogue, error) {
	return changeDefinition(ctx, d, by, name, in, func(_ context.Context, tx *gate.Tx, def *kith.AccountDefinition, names *Catalogue) (*changes, error) {
		var bad []error
		if in.Check != nil {
			bad = append(bad, in.Check(def, names))
		}
		differs := in.apply(def)
		if def.Archived && def.Everybody {
			bad = append(bad, kith.BadField("archived", kith.CodeNotAllowed, "Every user has an account of this kind: it cannot be archived."))
		}
		return differs, errors.Join(bad...)
	})
}

// changeDefinition lets edit change a kind of account, and tells what differs by it.
func changeDefinition[In any](ctx context.Context, d *Directory, by *kith.Actor, name string, in In,
	edit func(context.Context, *gate.Tx, *kith.AccountDefinition, *Catalogue) (*changes, error)) (*kith.AccountDefinition, *Catalogue, error) {
	var names *Catalogue
	def, err := gate.Change(ctx, d.gate, by, OpChangeDefinition, in, func(ctx context.Context, tx *gate.Tx, _ In) (*kith.AccountDefinition, error) {
		def, err := tx.Accounts.LockDefinition(ctx, strings.ToLower(name))
		if err != nil {
			return nil, err
		}
		if names, err = catalogue(ctx, tx); err != nil {
			return nil, err
		}
		differs, err := edit(ctx, tx, def, names)
		if err != nil {
			return nil, err
		}
		if len(differs.fields) == 0 {
			tx.Unchanged()
			return def, nil
		}
		def.UpdatedAt = tx.Now
		tx.Record(kith.Event{Noun: kith.NounAccountDefinition, Verb: kith.Change, Row: def.Name, Fields: differs.fields, Old: differs.old})
		return def, tx.Accounts.Redefine(ctx, def)
	})
	return def, names, err
}
