package resource

import (
	"context"
	"errors"
	"slices"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// Get reads one row, with the rows that the relations named lead to. id "mine" is the actor's own row of
// user_account.
func (r *Resources) Get(ctx context.Context, by *kith.Actor, t *Table, id string, include []string) (*Row, []*Row, error) {
	if id == "mine" && t == userTable {
		if by.User == nil {
			return nil, nil, gate.ErrForbidden
		}
		id = by.User.ID.String()
	}
	type read struct {
		row      *Row
		included []*Row
	}
	out, err := gate.Read(ctx, r.gate, by, OpRead, func(ctx context.Context, tx *gate.Tx) (read, error) {
		e, err := r.look(ctx, tx, t, id)
		if err != nil {
			return read{}, err
		}
		included, err := r.include(ctx, tx, t, []*Row{e.Row}, include)
		return read{e.Row, included}, err
	})
	return out.row, out.included, err
}

// look finds a row that the actor may view. Their own row as a user was read a moment ago, with their session, and is not
// read again.
func (r *Resources) look(ctx context.Context, tx *gate.Tx, t *Table, id string) (*entry, error) {
	if t != userTable || tx.By.User == nil || id != tx.By.User.ID.String() {
		return r.see(ctx, tx, t, id, kith.Peek, kith.View)
	}
	if err := askTable(ctx, tx, r.rows[t.Name].guard(), kith.Peek); err != nil {
		return nil, err
	}
	e := userEntry(tx.By.User)
	_, err := e.ask(ctx, tx, kith.View)
	return e, err
}

// see finds a row for an actor to whom table and row are open.
func (r *Resources) see(ctx context.Context, tx *gate.Tx, t *Table, id string, table kith.Verb, row kith.Verb) (*entry, error) {
	if err := askTable(ctx, tx, r.rows[t.Name].guard(), table); err != nil {
		return nil, err
	}
	e, err := r.find(ctx, tx, t, id)
	if err != nil {
		return nil, err
	}
	_, err = e.ask(ctx, tx, row)
	return e, err
}

// List reads a part of what the actor may view of a table.
func (r *Resources) List(ctx context.Context, by *kith.Actor, t *Table, q Query) (*Page, error) {
	return gate.Read(ctx, r.gate, by, OpRead, func(ctx context.Context, tx *gate.Tx) (*Page, error) {
		if err := askTable(ctx, tx, r.rows[t.Name].guard(), kith.Peek); err != nil {
			return nil, err
		}
		p, err := r.list(ctx, tx, t, q)
		if err != nil {
			return nil, err
		}
		p.Included, err = r.include(ctx, tx, t, p.Rows, q.Include)
		return p, err
	})
}

// walk begins a list of a table's rows.
func (r *Resources) walk(tx *gate.Tx, t *Table, q Query) (*walk, error) {
	match, err := t.matcher(q)
	return &walk{tx: tx, rows: r.rows[t.Name], query: q, match: match, clock: r.clock, until: r.clock().Add(walkTime)}, err
}

func (r *Resources) list(ctx context.Context, tx *gate.Tx, t *Table, q Query) (*Page, error) {
	w, err := r.walk(tx, t, q)
	if err != nil {
		return nil, err
	}
	switch one := w.rows.(type) {
	case fewRows:
		all, err := one.entries(ctx, tx)
		if err != nil {
			return nil, err
		}
		return w.few(ctx, all)
	case joinRows:
		w.part = one.part
		return w.list(ctx)
	}
	many := w.rows.(manyRows)
	if keys, known, err := pointsOf(ctx, tx, many, q.Where); err != nil {
		return nil, err
	} else if known {
		all, err := many.load(ctx, tx, keys)
		if err != nil {
			return nil, err
		}
		return w.few(ctx, all)
	}
	if w.source, err = many.source(ctx, tx); err != nil {
		return nil, err
	}
	return w.list(ctx)
}

// pointsOf finds the few rows that one of the clauses can only be true of.
func pointsOf(ctx context.Context, tx *gate.Tx, many manyRows, where []Clause) (keys [][]byte, known bool, err error) {
	for _, c := range where {
		value, is := c.Value.(string)
		o, _ := OperatorNamed(c.Operator)
		if !is || c.Group != "" || o != Is {
			continue
		}
		if c.Field == "reference_id" {
			if key, ok := many.parse(value); ok {
				return [][]byte{key}, true, nil
			}
			return nil, true, nil
		}
		if keys, known, err = many.points(ctx, tx, c, value); known || err != nil {
			return keys, known, err
		}
	}
	return nil, false, nil
}

// Add makes a row; it gives nil where the company hides whether it was made. It fails with Conflict, naming the field,
// for what is taken.
func (r *Resources) Add(ctx context.Context, by *kith.Actor, t *Table, in Input) (*Row, error) {
	one, ok := r.rows[t.Name].(addable)
	if !ok {
		return nil, gate.ErrForbidden
	}
	asked := func(ctx context.Context, tx *gate.Tx) (any, error) {
		return nil, askTable(ctx, tx, r.rows[t.Name].guard(), kith.Add)
	}
	if _, err := gate.Read(ctx, r.gate, by, OpAdd, asked); err != nil { // before anybody makes us hash
		return nil, err
	}
	step, err := one.add(ctx, by, withRelations(t, in))
	if err != nil {
		return nil, err
	}
	return gate.Change(ctx, r.gate, by, OpAdd, in, func(ctx context.Context, tx *gate.Tx, _ Input) (*Row, error) {
		if _, err := asked(ctx, tx); err != nil {
			return nil, err
		}
		e, err := step(ctx, tx)
		if err == nil {
			err = r.linkNew(ctx, tx, t, e, in)
		}
		if err != nil {
			return nil, err
		}
		return e.Row, nil
	})
}

// links reports whether relations to many are to lead somewhere.
func (in Input) links(t *Table) bool {
	return slices.ContainsFunc(t.AllRelations(), func(rel Relation) bool { return rel.Many && len(in.Relations[rel.Name]) > 0 })
}

// linkNew links a row that was just made to those that its input names.
func (r *Resources) linkNew(ctx context.Context, tx *gate.Tx, t *Table, e *entry, in Input) error {
	if !in.links(t) {
		return nil
	}
	if e.Row == nil { // whether the row is new is not told, and so it cannot be linked
		return gate.ErrForbidden
	}
	if err := askTable(ctx, tx, r.rows[t.Name].guard(), kith.Refer); err != nil {
		return err
	}
	for _, rel := range t.AllRelations() {
		if !rel.Many {
			continue
		}
		if err := r.relate(ctx, tx, t, e, rel, Link, in.Relations[rel.Name]); err != nil {
			return err
		}
	}
	return nil
}

// checkLinks refuses a change of a row that names rows which it is not linked to: links are made and taken away by
// Relate. That it names none, or not all, says nothing: clients write back what they have read, which is seldom all.
func (r *Resources) checkLinks(ctx context.Context, tx *gate.Tx, t *Table, e *entry, in Input) error {
	for _, rel := range t.AllRelations() {
		if !rel.Many {
			continue
		}
		for _, ref := range in.Relations[rel.Name] {
			j, id := r.linkTo(t, e, rel, ref)
			if _, err := j.find(ctx, tx, id); errors.Is(err, store.ErrNotFound) {
				return errFixed.In(rel.Name)
			} else if err != nil {
				return err
			}
		}
	}
	return nil
}

// withRelations writes relations to one row as the fields of the same name.
func withRelations(t *Table, in Input) Input {
	values := make(map[string]any, len(in.Values))
	for name, v := range in.Values {
		values[name] = v
	}
	for _, rel := range t.AllRelations() {
		refs, given := in.Relations[rel.Name]
		switch {
		case rel.Many || !given:
		case len(refs) == 1:
			values[rel.Name] = refs[0].ID
		default:
			values[rel.Name] = nil
		}
	}
	return Input{Values: values, Relations: in.Relations}
}

// Change changes what is given of a row. Links of its relations to many are not among it: those that it has may be
// named, or none, and others are Forbidden.
func (r *Resources) Change(ctx context.Context, by *kith.Actor, t *Table, id string, in Input) (*Row, error) {
	one, ok := r.rows[t.Name].(changeable)
	if !ok {
		return nil, gate.ErrForbidden
	}
	found := func(ctx context.Context, tx *gate.Tx) (*entry, error) {
		return r.see(ctx, tx, t, id, kith.Change, kith.Change)
	}
	e, err := gate.Read(ctx, r.gate, by, OpChange, found)
	if err != nil {
		return nil, err
	}
	step, err := one.change(ctx, by, e, withRelations(t, in))
	if err != nil {
		return nil, err
	}
	return gate.Change(ctx, r.gate, by, OpChange, in, func(ctx context.Context, tx *gate.Tx, _ Input) (*Row, error) {
		e, err := found(ctx, tx)
		if err != nil {
			return nil, err
		}
		rule, err := e.opens(ctx, tx, kith.Change)
		if err == nil {
			err = r.checkLinks(ctx, tx, t, e, in)
		}
		if err == nil {
			err = step(ctx, tx, e, rule)
		}
		if err != nil {
			return nil, err
		}
		if _, few := r.rows[t.Name].(fewRows); few {
			return e.Row, nil
		}
		if now, err := r.find(ctx, tx, t, id); err == nil {
			return now.Row, nil
		}
		return e.Row, nil
	})
}

// Delete takes a row away.
func (r *Resources) Delete(ctx context.Context, by *kith.Actor, t *Table, id string) error {
	one, ok := r.rows[t.Name].(removable)
	if !ok {
		return gate.ErrForbidden
	}
	_, err := gate.Change(ctx, r.gate, by, OpDelete, id, func(ctx context.Context, tx *gate.Tx, id string) (any, error) {
		e, err := r.see(ctx, tx, t, id, kith.Delete, kith.Delete)
		if err != nil {
			return nil, err
		}
		rule, err := e.opens(ctx, tx, kith.Delete)
		if err != nil {
			return nil, err
		}
		return nil, one.remove(ctx, tx, e, rule)
	})
	return err
}
