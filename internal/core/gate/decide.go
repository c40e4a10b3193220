package gate

import (
	"context"

	"kith"
	"kith/internal/store"
)

// Decision tells what allowed an operation, or that nothing did.
type Decision struct {
	Section bool      // the user-section permission is held, or was not asked
	Table   kith.Rule // what allowed the verb on the table
	Row     kith.Rule // what allowed it on the row; the table's where there is no row yet
}

// Allowed reports whether all that was asked said yes.
func (d Decision) Allowed() bool {
	return d.Section && d.Table != kith.Refused && d.Row != kith.Refused
}

// Decide evaluates the access rule for an operation on a row. Grants only: each of table and row says
// yes by admin permission, by ownership, by a link to a group the actor is in, or by a guest bit.
// Links are read only where nothing cheaper has said yes.
func (g *Gate) Decide(ctx context.Context, by *kith.Actor, op Op, row kith.Grants) (Decision, error) {
	d := Decision{Section: op.Section != kith.SectionUser || by.Holds(kith.SectionUser, op.Noun, op.Verb)}
	if !d.Section {
		return d, nil
	}
	err := g.db.View(ctx, by, func(stx *store.Tx) error {
		var err error
		d.Table, err = (&Tx{Tx: stx, gate: g}).OpensTable(ctx, TableOf(op.Noun), op.Verb)
		return err
	})
	if err != nil || d.Table == kith.Refused {
		return d, err
	}
	if op.Verb == kith.Add {
		d.Row = d.Table
		return d, nil
	}
	d.Row = row.Allows(by, op.Noun, op.Verb)
	return d, nil
}

// Table is a table as the access rule sees it, or an action, which is protected as tables are: its mode is the
// company's to set, and it is linked to groups under a key of its own.
type Table struct {
	Noun    kith.Noun // of the admin permission that opens it, and of its links
	Word    string    // names its mode
	Key     []byte    // of its links; empty for the table of a noun
	Default kith.Mode // where the company sets none
}

// TableOf is the table of a noun.
func TableOf(noun kith.Noun) Table {
	return Table{Noun: noun, Word: noun.String(), Default: kith.DefaultTable(noun)}
}

// Mode is the table's mode in a company; nil is a company that set none.
func (t Table) Mode(c *kith.Company) kith.Mode {
	if c != nil {
		if m, set := c.Modes[t.Word]; set {
			return m
		}
	}
	return t.Default
}

// OpensTable tells which rule lets the transaction's actor do verb to a table.
func (tx *Tx) OpensTable(ctx context.Context, t Table, verb kith.Verb) (kith.Rule, error) {
	by := tx.By
	if rule := t.Mode(by.Company).OpensTable(by, t.Noun, verb); rule != kith.Refused || by.User == nil {
		return rule, nil
	}
	return tx.linked(ctx, t.Noun, t.Key, verb)
}

// OpensRow tells which rule lets the transaction's actor do verb to a row: its noun, the key of its links, and
// what else protects it.
func (tx *Tx) OpensRow(ctx context.Context, noun kith.Noun, key []byte, g kith.Grants, verb kith.Verb) (kith.Rule, error) {
	if rule := g.Allows(tx.By, noun, verb); rule != kith.Refused || tx.By.User == nil {
		return rule, nil
	}
	return tx.linked(ctx, noun, key, verb)
}

// linked asks for a link to a group of the actor's.
func (tx *Tx) linked(ctx context.Context, noun kith.Noun, key []byte, verb kith.Verb) (kith.Rule, error) {
	var role kith.GroupID
	if tx.By.Group != nil {
		role = tx.By.Group.ID
	}
	yes, err := tx.Links.Allows(ctx, noun, key, verb, tx.By.UserID(), role)
	if !yes || err != nil {
		return kith.Refused, err
	}
	return kith.ByGroup, nil
}
