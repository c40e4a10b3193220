package resource

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
)

// Because is what the access rule says to one verb of an actor on a row.
type Because struct {
	Verb  kith.Verb
	Table kith.Rule // what allows it on the table
	Row   kith.Rule // what allows it on the row

	// Outranked: the rule lets the actor, as staff, but the row is of a user who holds admin permissions that they
	// do not.
	Outranked bool
}

// Allowed reports whether all that is asked says yes.
func (b Because) Allowed() bool {
	return b.Table != kith.Refused && b.Row != kith.Refused && !b.Outranked
}

// Explanation tells what an actor may do with a row.
type Explanation struct {
	Actor *kith.User // as far as the asker may know them; nil: a guest
	Idle  string     // why the actor cannot act at all, whatever the rule says; "" if they can
	Verbs []Because  // each verb, in their order
}

// OpWhy lets staff ask why somebody may do something with a row.
var OpWhy = gate.Op{Name: "permission.view", Noun: kith.NounPermission, Verb: kith.View, Section: kith.SectionAdmin}

// Why tells, verb by verb, whether a user may do it with a row, and by which rule; actor "" is a guest. It takes
// the admin permission to view permissions. What an operation refuses for what its input says is not foreseen.
func (r *Resources) Why(ctx context.Context, by *kith.Actor, t *Table, id, actor string) (*Explanation, error) {
	return gate.Read(ctx, r.gate, by, OpWhy, func(ctx context.Context, tx *gate.Tx) (*Explanation, error) {
		e, err := r.find(ctx, tx, t, id)
		if err != nil {
			return nil, err
		}
		them, out := &kith.Actor{Company: by.Company}, &Explanation{}
		if actor != "" {
			m, err := directory.FindAsked(ctx, tx, "actor", actor)
			if err != nil {
				return nil, err
			}
			them.User, them.Group = m.User, m.Group
			if out.Actor = m.User; !by.Holds(kith.SectionAdmin, kith.NounUser, kith.View) {
				out.Actor = &kith.User{ID: m.User.ID}
			}
		}
		out.Idle = directory.Idleness(them)
		as := tx.As(them)
		for verb := kith.Peek; verb <= kith.Refer; verb++ {
			b, err := r.because(ctx, as, e, verb)
			if err != nil {
				return nil, err
			}
			out.Verbs = append(out.Verbs, b)
		}
		return out, nil
	})
}

// because asks the rule what the operations ask it: to view a row takes to peek at its table, and implies to peek at
// the row; what is added is no row yet; to execute a row of action is to run that action; and what a table does not
// offer nobody may.
func (r *Resources) because(ctx context.Context, tx *gate.Tx, e *entry, verb kith.Verb) (Because, error) {
	b := Because{Verb: verb}
	if kith.Of(kith.Add, kith.Change, kith.Delete).Has(verb) && !e.Table.Verbs.Has(verb) {
		return b, nil
	}
	if a := r.actionOf(e); a != nil && verb == kith.Execute {
		var err error
		if b.Table, err = tx.OpensTable(ctx, r.tableOf(a).guard(), verb); err == nil {
			b.Row, err = tx.OpensTable(ctx, a.guard(), verb)
		}
		return b, err
	}
	ofTable := verb
	if verb == kith.View {
		ofTable = kith.Peek
	}
	var err error
	if b.Table, err = tx.OpensTable(ctx, r.rows[e.Table.Name].guard(), ofTable); err != nil {
		return b, err
	}
	if verb == kith.Add {
		b.Row = b.Table
		return b, nil
	}
	if b.Row, err = e.opens(ctx, tx, verb); err == nil && b.Row == kith.Refused && verb == kith.Peek {
		b.Row, err = e.opens(ctx, tx, kith.View)
	}
	if err == nil && b.Row == kith.ByPermission && kith.Of(kith.Change, kith.Delete, kith.Refer).Has(verb) {
		b.Outranked, err = e.outranks(ctx, tx)
	}
	return b, err
}

// actionOf gives the action that a row of action stands for; nil for all other rows.
func (r *Resources) actionOf(e *entry) *Action {
	if e.Table != actionTable {
		return nil
	}
	table, _ := e.Values["on_type"].(string)
	name, _ := e.Values["action_name"].(string)
	return r.Action(table, name)
}

// outranks reports whether the row is of a user whom the actor, as staff, has to leave alone.
func (e *entry) outranks(ctx context.Context, tx *gate.Tx) (bool, error) {
	if p, is := e.value.(pair); is {
		e = p.row
	}
	err := e.askRank(ctx, tx)
	if refused, is := errors.AsType[*kith.Error](err); is && refused.Kind == kith.Forbidden {
		return true, nil
	}
	return false, err
}
