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
	var err error
	if d.Table, err = g.table(ctx, by, op); err != nil || d.Table == kith.Refused {
		return d, err
	}
	if op.Verb == kith.Add {
		d.Row = d.Table
		return d, nil
	}
	d.Row = row.Allows(by, op.Noun, op.Verb)
	return d, nil
}

func (g *Gate) table(ctx context.Context, by *kith.Actor, op Op) (kith.Rule, error) {
	table := kith.DefaultTable(op.Noun)
	if rule := table.Allows(by, op.Noun, op.Verb); rule != kith.Refused {
		return rule, nil
	}
	if by.User != nil && table.Mode.Group().Has(op.Verb) {
		return kith.ByGroup, nil
	}
	err := g.db.View(ctx, by, func(tx *store.Tx) error {
		var err error
		table.Links, err = tx.Links.Of(ctx, op.Noun, nil)
		return err
	})
	return table.Allows(by, op.Noun, op.Verb), err
}
