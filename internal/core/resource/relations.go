package resource

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// include finds the rows that relations of some rows lead to, notes which, and gives each once: those that the actor
// may view.
func (r *Resources) include(ctx context.Context, tx *gate.Tx, t *Table, list []*Row, names []string) ([]*Row, error) {
	var all []*Row
	seen := make(map[Ref]bool)
	for _, name := range names {
		rel, ok := t.Relation(name)
		if !ok {
			return nil, kith.BadField("include", kith.CodeNotAllowed, fmt.Sprintf("There is no relation %q.", name))
		}
		far, err := r.farRows(ctx, tx, t, list, rel)
		if errors.Is(err, gate.ErrForbidden) { // the table is shut: nothing of it comes along
			far, err = make([][]*Row, len(list)), nil
		}
		if err != nil {
			return nil, err
		}
		for i, row := range list {
			if row.Related == nil {
				row.Related = make(map[string][]Ref)
			}
			row.Related[name] = []Ref{}
			for _, other := range far[i] {
				ref := Ref{other.Table.Name, other.ID}
				row.Related[name] = append(row.Related[name], ref)
				if !seen[ref] {
					seen[ref] = true
					all = append(all, other)
				}
			}
		}
	}
	return all, nil
}

// farRows lists what a relation of some rows leads to, row by row and as far as the actor may view it: for all rows
// together, but for the members of groups, which are many.
func (r *Resources) farRows(ctx context.Context, tx *gate.Tx, t *Table, list []*Row, rel Relation) ([][]*Row, error) {
	far := make([][]*Row, len(list))
	if t == groupTable && rel.Name == MemberRelation {
		for i, row := range list {
			page, err := r.related(ctx, tx, t, row, rel, Query{Page: kith.Page{Number: 1, Size: mostIncluded}})
			if err != nil {
				return nil, err
			}
			far[i] = page.Rows
		}
		return far, nil
	}
	if err := askTable(ctx, tx, r.rows[rel.Table].guard(), kith.Peek); err != nil {
		return nil, err
	}
	ends, err := r.farEntries(ctx, tx, t, list, rel)
	if err != nil {
		return nil, err
	}
	open, err := visible(ctx, tx, slices.Concat(ends...))
	for i, entries := range ends {
		for _, e := range entries {
			if open[e.ID] && len(far[i]) < mostIncluded {
				far[i] = append(far[i], e.Row)
			}
		}
		slices.SortStableFunc(far[i], func(a, b *Row) int { return compareRows(a, b, nil) })
	}
	return far, err
}

// farEntries is farRows of all relations but the members of groups, whoever may view what.
func (r *Resources) farEntries(ctx context.Context, tx *gate.Tx, t *Table, list []*Row, rel Relation) ([][]*entry, error) {
	ends := make([][]*entry, len(list))
	if rel.Name == GroupRelation && !t.Join {
		near, err := loadAny(ctx, tx, r.rows[t.Name], r.keys(t, list, func(row *Row) string { return row.ID }))
		if err != nil {
			return nil, err
		}
		links, err := r.joins[t.Name].expand(ctx, tx, near, false)
		groups := make(map[string][]*entry)
		for _, l := range links {
			p := l.value.(pair)
			groups[p.row.ID] = append(groups[p.row.ID], p.group)
		}
		for i, row := range list {
			ends[i] = groups[row.ID]
		}
		return ends, err
	}
	id := func(row *Row) string {
		id, _ := row.value(rel.Name).(string)
		return id
	}
	others, err := loadAny(ctx, tx, r.rows[rel.Table], r.keys(r.Table(rel.Table), list, id))
	known := make(map[string]*entry, len(others))
	for _, e := range others {
		known[e.ID] = e
	}
	for i, row := range list {
		if e := known[id(row)]; e != nil {
			ends[i] = []*entry{e}
		}
	}
	return ends, err
}

// keys gives the keys of a table's rows that others name, each once.
func (r *Resources) keys(t *Table, list []*Row, id func(*Row) string) [][]byte {
	var keys [][]byte
	for _, row := range list {
		if key, ok := r.rows[t.Name].parse(id(row)); ok {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, bytes.Compare)
	return slices.CompactFunc(keys, bytes.Equal)
}

// visible tells which of some rows of a table the actor may view, by their ids, and reads the links of all that need
// them together.
func visible(ctx context.Context, tx *gate.Tx, list []*entry) (map[string]bool, error) {
	open := make(map[string]bool, len(list))
	linked := make(map[string]*entry)
	for _, e := range list {
		if _, asked := open[e.ID]; asked {
			continue
		}
		if _, few := e.value.(gate.Table); few || e.rule != nil {
			sees, err := e.sees(ctx, tx)
			if err != nil {
				return nil, err
			}
			open[e.ID] = sees
			continue
		}
		open[e.ID] = e.grants.Allows(tx.By, e.Table.Noun, kith.View) != kith.Refused
		if !open[e.ID] {
			linked[string(e.key)] = e
		}
	}
	if len(linked) == 0 || tx.By.User == nil {
		return open, nil
	}
	circle, err := circleOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(slices.Collect(keysIn(linked)), store.ManyRows) {
		pairs, err := tx.Links.PairsOf(ctx, list[0].Table.Noun, part)
		if err != nil {
			return nil, err
		}
		for _, p := range pairs {
			if p.Verbs.Has(kith.View) && slices.Contains(circle, p.Group) {
				open[linked[string(p.Key)].ID] = true
			}
		}
	}
	return open, nil
}

// mostIncluded is how many rows of a relation come with each row.
const mostIncluded = 100

// Related lists the rows at the other end of a row's relation: of one that leads to one row, that or none.
func (r *Resources) Related(ctx context.Context, by *kith.Actor, t *Table, id, relation string, q Query) (*Page, error) {
	return gate.Read(ctx, r.gate, by, OpRead, func(ctx context.Context, tx *gate.Tx) (*Page, error) {
		rel, ok := t.Relation(relation)
		if !ok {
			return nil, store.ErrNotFound
		}
		e, err := r.see(ctx, tx, t, id, kith.Peek, kith.View)
		if err != nil {
			return nil, err
		}
		p, err := r.related(ctx, tx, t, e.Row, rel, q)
		if err != nil {
			return nil, err
		}
		p.Included, err = r.include(ctx, tx, r.Table(rel.Table), p.Rows, q.Include)
		return p, err
	})
}

// related lists what a relation of a row leads to, as far as the actor may view it. It fails with ErrForbidden where
// the table of those is shut.
func (r *Resources) related(ctx context.Context, tx *gate.Tx, t *Table, row *Row, rel Relation, q Query) (*Page, error) {
	if err := askTable(ctx, tx, r.rows[rel.Table].guard(), kith.Peek); err != nil {
		return nil, err
	}
	w, err := r.walk(tx, r.Table(rel.Table), q)
	if err != nil {
		return nil, err
	}
	if t == groupTable && rel.Name == MemberRelation {
		return r.members(ctx, tx, row, w)
	}
	ends, err := r.farEntries(ctx, tx, t, []*Row{row}, rel)
	if err != nil {
		return nil, err
	}
	return w.few(ctx, ends[0])
}

// members lists the users in a group whose rows the actor may view.
func (r *Resources) members(ctx context.Context, tx *gate.Tx, row *Row, w *walk) (*Page, error) {
	e, err := r.find(ctx, tx, groupTable, row.ID)
	if err != nil {
		return nil, err
	}
	g := e.value.(*kith.Group)
	var next stream
	switch g.Kind {
	case kith.HomeGroup:
		next = one(g.ID[:])
	case kith.RoleGroup:
		next = func(ctx context.Context, span store.KeySpan) ([][]byte, error) {
			return tx.Users.InRole(ctx, g.ID, span)
		}
	default:
		next = func(ctx context.Context, span store.KeySpan) ([][]byte, error) {
			return tx.Links.Members(ctx, g.ID, span)
		}
	}
	w.source = &source{streams: []stream{next}}
	w.source.total = w.source.count
	if !tx.By.Holds(kith.SectionAdmin, kith.NounUser, kith.View) {
		w.check = true
	}
	return w.list(ctx)
}

// Way is what a change of a relation does with the rows named.
type Way uint8

// The ways.
const (
	Link    Way = iota // to these too
	Unlink             // from these
	Replace            // to these and no others
)

var errFixed = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden, Message: "This relation does not change this way."}

// Relate changes which rows a relation leads to.
func (r *Resources) Relate(ctx context.Context, by *kith.Actor, t *Table, id, relation string, way Way, to []Ref) error {
	_, err := gate.Change(ctx, r.gate, by, OpRelate, to, func(ctx context.Context, tx *gate.Tx, to []Ref) (any, error) {
		rel, ok := t.Relation(relation)
		if !ok {
			return nil, store.ErrNotFound
		}
		e, err := r.see(ctx, tx, t, id, kith.Refer, kith.Peek)
		if err != nil {
			return nil, err
		}
		tx.Unchanged() // unless a link records something
		return nil, r.relate(ctx, tx, t, e, rel, way, to)
	})
	return err
}

// linkTo is the link by which a relation of a row leads to another, and the table that it is of.
func (r *Resources) linkTo(t *Table, e *entry, rel Relation, ref Ref) (joinRows, string) {
	if t == groupTable && rel.Name == MemberRelation {
		return r.joins[userTable.Name], ref.ID + "." + e.ID
	}
	return r.joins[t.Name], e.ID + "." + ref.ID
}

// relate makes or takes away a link to each of some rows. What is linked already is left, and so is what is not.
func (r *Resources) relate(ctx context.Context, tx *gate.Tx, t *Table, e *entry, rel Relation, way Way, to []Ref) error {
	if !rel.Write || way == Replace && t == groupTable && rel.Name == MemberRelation {
		return errFixed
	}
	if way == Replace {
		if err := r.dropOthers(ctx, tx, t, e, to); err != nil {
			return err
		}
	}
	for _, ref := range to {
		j, id := r.linkTo(t, e, rel, ref)
		is, err := j.find(ctx, tx, id)
		verb := kith.Delete
		if err == nil && way != Unlink {
			verb = kith.Peek
		}
		if err == nil {
			_, err = is.ask(ctx, tx, verb)
		}
		switch missing := errors.Is(err, store.ErrNotFound); { // or the actor does not see it, which must look alike
		case missing && way != Unlink:
			err = j.make(ctx, tx, id)
		case missing:
			err = nil
		case err == nil && way == Unlink:
			err = j.remove(ctx, tx, is, kith.Refused)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dropOthers takes a row out of the groups that are not named, as far as these can be left.
func (r *Resources) dropOthers(ctx context.Context, tx *gate.Tx, t *Table, e *entry, keep []Ref) error {
	j := r.joins[t.Name]
	links, err := j.expand(ctx, tx, []*entry{e}, false)
	if err != nil {
		return err
	}
	for _, l := range links {
		p := l.value.(pair)
		kept := slices.ContainsFunc(keep, func(ref Ref) bool { return ref.ID == p.group.ID })
		if kept || j.isUser() && p.group.value.(*kith.Group).Kind < kith.CustomGroup {
			continue // a role is replaced by another, and nobody leaves home
		}
		if _, err := l.ask(ctx, tx, kith.Delete); err != nil {
			return err
		}
		if err := j.remove(ctx, tx, l, kith.Refused); err != nil {
			return err
		}
	}
	return nil
}
