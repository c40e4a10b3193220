package resource

import (
	"context"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// The operations of the table faces. Who may, the access rule alone decides, row by row.
var (
	OpRead   = gate.Op{Name: "row.view", Ruled: true}
	OpAdd    = gate.Op{Name: "row.add", Ruled: true}
	OpChange = gate.Op{Name: "row.change", Ruled: true}
	OpDelete = gate.Op{Name: "row.delete", Ruled: true}
	OpRelate = gate.Op{Name: "row.refer", Ruled: true}
	OpRun    = gate.Op{Name: "action.execute", Ruled: true}
)

// entry is a row with what it was made from and what protects it.
type entry struct {
	*Row
	key    []byte
	grants kith.Grants
	value  any // *kith.User, say

	// rule is asked in the place of the grants, if there is one.
	rule func(context.Context, *gate.Tx, kith.Verb) (kith.Rule, error)
}

// opens tells which rule lets the actor do verb to the row.
func (e *entry) opens(ctx context.Context, tx *gate.Tx, verb kith.Verb) (kith.Rule, error) {
	if e.rule != nil {
		return e.rule(ctx, tx, verb)
	}
	return tx.OpensRow(ctx, e.Table.Noun, e.key, e.grants, verb)
}

// askTable refuses an actor whom the table is not open to.
func askTable(ctx context.Context, tx *gate.Tx, t gate.Table, verbs ...kith.Verb) error {
	for _, verb := range verbs {
		rule, err := tx.OpensTable(ctx, t, verb)
		if err != nil {
			return err
		}
		if rule == kith.Refused {
			return gate.ErrForbidden
		}
	}
	return nil
}

// ask tells which rule opens the row. Whoever may not even see that it is there is told that it is not.
func (e *entry) ask(ctx context.Context, tx *gate.Tx, verb kith.Verb) (kith.Rule, error) {
	rule, err := e.opens(ctx, tx, verb)
	if err != nil || rule != kith.Refused {
		return rule, err
	}
	for _, sees := range []kith.Verb{kith.Peek, kith.View} { // to view a row implies to see that it is there
		seen, err := e.opens(ctx, tx, sees)
		switch {
		case err != nil:
			return kith.Refused, err
		case seen == kith.Refused:
		case verb == kith.Peek:
			return seen, nil
		default:
			return kith.Refused, gate.ErrForbidden
		}
	}
	return kith.Refused, store.ErrNotFound
}

// sees reports whether the actor may view the row.
func (e *entry) sees(ctx context.Context, tx *gate.Tx) (bool, error) {
	rule, err := e.opens(ctx, tx, kith.View)
	return rule != kith.Refused, err
}

// holds is what the actor may do with a row that they own, or manage.
func (e *entry) holds(ctx context.Context, tx *gate.Tx) (kith.Verbs, error) {
	var all kith.Verbs
	for verb := kith.Peek; verb <= kith.Refer; verb++ {
		rule, err := e.opens(ctx, tx, verb)
		if err != nil {
			return 0, err
		}
		if rule != kith.Refused {
			all |= kith.Of(verb)
		}
	}
	return all, nil
}

var errNotOwner = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden, Field: "permission",
	Message: "Only the row's owner, and whoever holds the permission over all rows of the table, changes its permission."}

var errLends = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden, Field: "permission",
	Message: "Nobody can grant what they do not hold themselves."}

// owns reports whether a row is the actor's. Guests own nothing, and so nobody owns what has no owner.
func (e *entry) owns(by *kith.Actor) bool { return !e.Owner.IsZero() && e.Owner == by.UserID() }

// askArranges refuses whoever does not say who may do what with a row that a rule opens to them: its owner does, and
// staff who look after it, of those below and beside them.
func (e *entry) askArranges(ctx context.Context, tx *gate.Tx, rule kith.Rule) error {
	switch {
	case e.owns(tx.By):
		return nil
	case rule != kith.ByPermission:
		return errNotOwner
	default:
		return e.askRank(ctx, tx)
	}
}

// askRank refuses staff who hold less than the user whose row it is. Groups that people have made are no part of
// them.
func (e *entry) askRank(ctx context.Context, tx *gate.Tx) error {
	if e.Owner.IsZero() || e.Table == groupTable {
		return nil
	}
	m, err := tx.Users.Member(ctx, e.Owner)
	if err != nil {
		return err
	}
	return access.CheckManages(tx.By, m)
}

// checkMode refuses a new permission of a row that gives away what the actor does not hold: nobody but its owner
// and staff arranges who may do what with it.
func checkMode(ctx context.Context, tx *gate.Tx, e *entry, mode kith.Mode) error {
	if mode == e.Permission {
		return nil
	}
	rule, err := e.opens(ctx, tx, kith.Change)
	if err != nil {
		return err
	}
	if err := e.askArranges(ctx, tx, rule); err != nil {
		return err
	}
	held, err := e.holds(ctx, tx)
	if err != nil {
		return err
	}
	added := mode &^ e.Permission
	if lent := added.Guest() | added.Owner() | added.Group(); lent&^held != 0 {
		return errLends
	}
	return nil
}
