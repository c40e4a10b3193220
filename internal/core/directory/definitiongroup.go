package directory

import (
	"context"
	"errors"
	"slices"
	"strings"

	"kith"
	"kith/internal/core/gate"
)

// DefinitionGroupChange says what a kind of account is to a group's members; it sets what is not nil.
type DefinitionGroupChange struct {
	Default, Primary, Archived *bool
	Currencies                 *[]string                                     // codes, in any case
	Check                      func(*kith.DefinitionGroup, *Catalogue) error // what the face finds wrong with it, before the change
}

// FindGroup finds what a definition says about the group of a name.
func (c *Catalogue) FindGroup(def *kith.AccountDefinition, name string) (*kith.DefinitionGroup, error) {
	group := c.named(name)
	if group == nil {
		return nil, kith.ErrNotFound
	}
	i := slices.IndexFunc(def.Groups, func(g kith.DefinitionGroup) bool { return g.Group == group.ID })
	if i < 0 {
		return nil, kith.ErrNotFound
	}
	return &def.Groups[i], nil
}

// AddDefinitionGroup makes a kind of account say something about a group's members. It fails with
// Conflict if it does already.
func (d *Directory) AddDefinitionGroup(ctx context.Context, by *kith.Actor, name, group string, in DefinitionGroupChange) (*kith.DefinitionGroup, *Catalogue, error) {
	def, names, err := changeDefinition(ctx, d, by, name, in, func(ctx context.Context, tx *gate.Tx, def *kith.AccountDefinition, names *Catalogue) (*changes, error) {
		found := names.named(group)
		if found == nil {
			return nil, kith.BadField("group", kith.CodeNotFound, "There is no such group.")
		}
		if _, err := names.FindGroup(def, group); err == nil {
			return nil, &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken, Field: "group", Message: "The definition names this group already."}
		}
		c := newChanges()
		c.note("groups", names.tell(def.Groups))
		def.Groups = append(def.Groups, kith.DefinitionGroup{Group: found.ID, CreatedAt: tx.Now, UpdatedAt: tx.Now})
		_, err := in.apply(ctx, tx, def, &def.Groups[len(def.Groups)-1], names)
		return c, err
	})
	if err != nil {
		return nil, nil, err
	}
	g, err := names.FindGroup(def, group)
	return g, names, err
}

// ChangeDefinitionGroup changes what a kind of account says about a group's members.
func (d *Directory) ChangeDefinitionGroup(ctx context.Context, by *kith.Actor, name, group string, in DefinitionGroupChange) (*kith.DefinitionGroup, *Catalogue, error) {
	def, names, err := changeDefinition(ctx, d, by, name, in, func(ctx context.Context, tx *gate.Tx, def *kith.AccountDefinition, names *Catalogue) (*changes, error) {
		g, err := names.FindGroup(def, group)
		if err != nil {
			return nil, err
		}
		var wrong error
		if in.Check != nil {
			wrong = in.Check(g, names)
		}
		c, before := newChanges(), names.tell(def.Groups)
		differs, err := in.apply(ctx, tx, def, g, names)
		if err := errors.Join(wrong, err); err != nil {
			return nil, err
		}
		if differs {
			c.note("groups", before)
			g.UpdatedAt = tx.Now
		}
		return c, nil
	})
	if err != nil {
		return nil, nil, err
	}
	g, err := names.FindGroup(def, group)
	return g, names, err
}

// apply changes g, which is of def, and tells whether anything differs.
func (in DefinitionGroupChange) apply(ctx context.Context, tx *gate.Tx, def *kith.AccountDefinition, g *kith.DefinitionGroup, names *Catalogue) (bool, error) {
	c := newChanges()
	set(c, "default", &g.Default, in.Default)
	set(c, "primary", &g.Primary, in.Primary)
	set(c, "archived", &g.Archived, in.Archived)
	var errs []error
	if in.Currencies != nil {
		errs = append(errs, setCurrencies(c, tx, g, *in.Currencies, names))
	}
	if g.Primary && !g.Default && !def.Everybody {
		errs = append(errs, kith.BadField("primary", kith.CodeNotAllowed, "Only what new members get by default can be their primary account."))
	}
	if g.Primary && !g.Archived {
		errs = append(errs, onlyPrimary(ctx, tx, def, g.Group))
	}
	return len(c.fields) > 0, errors.Join(errs...)
}

// setCurrencies makes codes the currencies of g. Those it had and that are not named are archived.
func setCurrencies(c *changes, tx *gate.Tx, g *kith.DefinitionGroup, codes []string, names *Catalogue) error {
	wanted := make(map[string]bool)
	for _, code := range codes {
		code = strings.ToUpper(code)
		if m := names.currencies[code]; m == nil || m.Archived {
			return kith.BadField("currencies", kith.CodeNotFound, "The company does not count in "+code+".")
		}
		wanted[code] = true
		if !slices.ContainsFunc(g.Currencies, func(have kith.DefinitionCurrency) bool { return have.Code == code }) {
			g.Currencies = append(g.Currencies, kith.DefinitionCurrency{Code: code, CreatedAt: tx.Now, UpdatedAt: tx.Now})
			c.note("currencies", nil)
		}
	}
	for i := range g.Currencies {
		archived := !wanted[g.Currencies[i].Code]
		if g.Currencies[i].Archived != archived {
			g.Currencies[i].Archived, g.Currencies[i].UpdatedAt = archived, tx.Now
			c.note("currencies", nil)
		}
	}
	return nil
}

// onlyPrimary refuses a second kind of account that is the primary one of a group.
func onlyPrimary(ctx context.Context, tx *gate.Tx, def *kith.AccountDefinition, group kith.GroupID) error {
	all, err := tx.Accounts.Definitions(ctx)
	if err != nil {
		return err
	}
	for _, other := range all {
		if g := other.Of(group); g != nil && g.Primary && !other.Archived && other.Name != def.Name {
			return kith.BadField("primary", kith.CodeNotAllowed, "The primary account of this group is of the kind "+other.Name+".")
		}
	}
	return nil
}

// AddDefinitionCurrency makes accounts of a kind count in another currency, for a group's members. It
// fails with Conflict if they do already.
func (d *Directory) AddDefinitionCurrency(ctx context.Context, by *kith.Actor, name, group, code string, archived bool) (*kith.DefinitionCurrency, *Catalogue, error) {
	return d.editCurrency(ctx, by, name, group, code, func(tx *gate.Tx, g *kith.DefinitionGroup, names *Catalogue, at int) (bool, error) {
		m := names.currencies[strings.ToUpper(code)]
		switch {
		case m == nil || m.Archived:
			return false, kith.BadField("currency", kith.CodeNotFound, "The company does not count in this currency.")
		case at >= 0:
			return false, &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken, Field: "currency", Message: "The group has this currency already."}
		}
		g.Currencies = append(g.Currencies, kith.DefinitionCurrency{Code: m.Code, Archived: archived, CreatedAt: tx.Now, UpdatedAt: tx.Now})
		return true, nil
	})
}

// ChangeDefinitionCurrency archives a currency of a kind of account, for a group's members, or brings it
// back; nil leaves it as it is. check, unless it is nil, is what the face finds wrong before the change.
func (d *Directory) ChangeDefinitionCurrency(ctx context.Context, by *kith.Actor, name, group, code string, archived *bool,
	check func(*kith.DefinitionCurrency, *Catalogue) error) (*kith.DefinitionCurrency, *Catalogue, error) {
	return d.editCurrency(ctx, by, name, group, code, func(tx *gate.Tx, g *kith.DefinitionGroup, names *Catalogue, at int) (bool, error) {
		if at < 0 {
			return false, kith.ErrNotFound
		}
		if check != nil {
			if err := check(&g.Currencies[at], names); err != nil {
				return false, err
			}
		}
		if archived == nil || *archived == g.Currencies[at].Archived {
			return false, nil
		}
		g.Currencies[at].Archived, g.Currencies[at].UpdatedAt = *archived, tx.Now
		return true, nil
	})
}

// editCurrency lets edit change the currencies of a group of a definition, and tell whether it did; at is
// where the one of the code is, or less than 0.
func (d *Directory) editCurrency(ctx context.Context, by *kith.Actor, name, group, code string,
	edit func(tx *gate.Tx, g *kith.DefinitionGroup, names *Catalogue, at int) (bool, error)) (*kith.DefinitionCurrency, *Catalogue, error) {
	code = strings.ToUpper(code)
	def, names, err := changeDefinition(ctx, d, by, name, code, func(_ context.Context, tx *gate.Tx, def *kith.AccountDefinition, names *Catalogue) (*changes, error) {
		g, err := names.FindGroup(def, group)
		if err != nil {
			return nil, err
		}
		c, before := newChanges(), names.tell(def.Groups)
		differs, err := edit(tx, g, names, currencyAt(g, code))
		if differs {
			c.note("groups", before)
			g.UpdatedAt = tx.Now
		}
		return c, err
	})
	if err != nil {
		return nil, nil, err
	}
	g, err := names.FindGroup(def, group)
	if err != nil {
		return nil, nil, err
	}
	return &g.Currencies[currencyAt(g, code)], names, nil
}

// currencyAt finds a currency among those of a group; less than 0 if it is not there.
func currencyAt(g *kith.DefinitionGroup, code string) int {
	return slices.IndexFunc(g.Currencies, func(c kith.DefinitionCurrency) bool { return c.Code == strings.ToUpper(code) })
}

// FindCurrency finds one currency of what a definition says about a group.
func FindCurrency(g *kith.DefinitionGroup, code string) (*kith.DefinitionCurrency, error) {
	if at := currencyAt(g, code); at >= 0 {
		return &g.Currencies[at], nil
	}
	return nil, kith.ErrNotFound
}

// tell writes what a definition says about groups for an event.
func (c *Catalogue) tell(groups []kith.DefinitionGroup) []any {
	list := []any{}
	for _, g := range groups {
		var codes []string
		for _, m := range g.Currencies {
			if !m.Archived {
				codes = append(codes, m.Code)
			}
		}
		list = append(list, map[string]any{"group": c.Group(g.Group).Name, "default": g.Default, "primary": g.Primary, "archived": g.Archived, "currencies": codes})
	}
	return list
}
