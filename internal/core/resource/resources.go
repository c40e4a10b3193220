package resource

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/signin"
	"kith/internal/store"
)

// Resources serves the tables and actions. It is safe for many goroutines. Each method asks the access rule
// of its table and rows; a guest is an actor with a company and nobody signed in. All fail with NotFound for
// what is not there for the actor, with Forbidden for what the rule refuses, and with Invalid, naming the field, for
// what makes no sense.
type Resources struct {
	gate   *gate.Gate
	signin *signin.Signin
	clock  kith.Clock

	users   userRows
	groups  groupRows
	tables  []*Table
	rows    map[string]rows // by the table's name
	joins   map[string]joinRows
	actions []*Action
	doors   map[*Action]door
}

// rows is one table: how its rows are found, and changed.
type rows interface {
	describe() *Table
	guard() gate.Table
	parse(id string) (key []byte, ok bool)
	format(key []byte) string
}

// loadable are rows that are read by their keys: those that are there, in that order.
type loadable interface {
	load(ctx context.Context, tx *gate.Tx, keys [][]byte) ([]*entry, error)
}

// manyRows are rows that lie in the database.
type manyRows interface {
	rows
	loadable
	source(ctx context.Context, tx *gate.Tx) (*source, error) // of what the actor may view
	// points gives the only rows whose field may have the value, if that is known; ok says whether it is.
	points(ctx context.Context, tx *gate.Tx, c Clause, value string) (keys [][]byte, ok bool, err error)
}

// fewRows are rows that lie in memory: all of them, whoever may see them.
type fewRows interface {
	rows
	entries(ctx context.Context, tx *gate.Tx) ([]*entry, error)
}

// What can be done to some tables' rows: checked outside of the transaction, and then a step in it.
type (
	addable interface {
		add(context.Context, *kith.Actor, Input) (adder, error)
	}
	changeable interface {
		change(context.Context, *kith.Actor, *entry, Input) (changer, error)
	}
	removable interface {
		remove(context.Context, *gate.Tx, *entry, kith.Rule) error
	}

	adder   func(context.Context, *gate.Tx) (*entry, error)
	changer func(context.Context, *gate.Tx, *entry, kith.Rule) error
)

// New lists what there is.
func New(g *gate.Gate, a *access.Access, d *directory.Directory, s *signin.Signin, clock kith.Clock) *Resources {
	r := &Resources{gate: g, signin: s, clock: clock, users: userRows{d, s}, groups: groupRows{a}, rows: make(map[string]rows),
		joins: make(map[string]joinRows), doors: make(map[*Action]door)}
	emails := contactRows{kith.Email, emailTable, s}
	mobiles := contactRows{kith.Mobile, mobileTable, s}
	world := guardRows{worldTable, "table", r.guardedTables}
	actions := guardRows{actionTable, "action", r.guardedActions}
	for _, one := range []rows{r.users, r.groups, emails, mobiles, world, actions} {
		r.put(one)
	}
	for _, one := range []rows{r.users, emails, mobiles, world, actions} {
		j := joinOf(one, r.groups)
		r.joins[one.describe().Name] = j
		r.put(j)
	}
	r.addActions()
	return r
}

func (r *Resources) put(one rows) {
	t := one.describe()
	r.tables = append(r.tables, t)
	r.rows[t.Name] = one
}

// Tables lists the tables, in a fixed order.
func (r *Resources) Tables() []*Table { return r.tables }

// Table finds a table by its name; nil if there is none.
func (r *Resources) Table(name string) *Table {
	if one := r.rows[name]; one != nil {
		return one.describe()
	}
	return nil
}

// guardedTables are the rows of world.
func (r *Resources) guardedTables() []guarded {
	list := make([]guarded, len(r.tables))
	for i, t := range r.tables {
		list[i] = guarded{r.rows[t.Name].guard(), kith.Peek, map[string]any{"table_name": t.Name, "description": t.Doc}}
	}
	return list
}

// find reads one row, whoever asks.
func (r *Resources) find(ctx context.Context, tx *gate.Tx, t *Table, id string) (*entry, error) {
	key, ok := r.rows[t.Name].parse(id)
	if !ok {
		return nil, store.ErrNotFound
	}
	list, err := loadAny(ctx, tx, r.rows[t.Name], [][]byte{key})
	if err == nil && len(list) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

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
		e, err := r.see(ctx, tx, t, id, kith.Peek, kith.View)
		if err != nil {
			return read{}, err
		}
		included, err := r.include(ctx, tx, t, []*Row{e.Row}, include)
		return read{e.Row, included}, err
	})
	return out.row, out.included, err
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

func (r *Resources) list(ctx context.Context, tx *gate.Tx, t *Table, q Query) (*Page, error) {
	match, err := t.matcher(q)
	if err != nil {
		return nil, err
	}
	w := &walk{tx: tx, rows: r.rows[t.Name], query: q, match: match, clock: r.clock, until: r.clock().Add(walkTime)}
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
		for _, row := range list {
			page, err := r.related(ctx, tx, t, row, rel, Query{Page: kith.Page{Number: 1, Size: mostIncluded}})
			if errors.Is(err, gate.ErrForbidden) { // the table is shut: nothing of it comes along
				page, err = &Page{}, nil
			}
			if err != nil {
				return nil, err
			}
			if row.Related == nil {
				row.Related = make(map[string][]Ref)
			}
			row.Related[name] = []Ref{}
			for _, other := range page.Rows {
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
	other := r.Table(rel.Table)
	if err := askTable(ctx, tx, r.rows[rel.Table].guard(), kith.Peek); err != nil {
		return nil, err
	}
	match, err := other.matcher(q)
	if err != nil {
		return nil, err
	}
	w := &walk{tx: tx, rows: r.rows[rel.Table], query: q, match: match, clock: r.clock, until: r.clock().Add(walkTime)}
	switch {
	case t == groupTable && rel.Name == MemberRelation:
		return r.members(ctx, tx, row, w)
	case rel.Name == GroupRelation && !t.Join:
		all, err := r.groupsOf(ctx, tx, t, row)
		if err != nil {
			return nil, err
		}
		return w.few(ctx, all)
	default: // to one row
		id, _ := row.value(rel.Name).(string)
		e, err := r.find(ctx, tx, other, id)
		if errors.Is(err, store.ErrNotFound) {
			return w.few(ctx, nil)
		} else if err != nil {
			return nil, err
		}
		return w.few(ctx, []*entry{e})
	}
}

// groupsOf lists the groups that a row is linked to.
func (r *Resources) groupsOf(ctx context.Context, tx *gate.Tx, t *Table, row *Row) ([]*entry, error) {
	e, err := r.find(ctx, tx, t, row.ID)
	if err != nil {
		return nil, err
	}
	links, err := r.joinOf(t).expand(ctx, tx, []*entry{e}, false)
	var groups []*entry
	for _, l := range links {
		groups = append(groups, l.value.(pair).group)
	}
	return groups, err
}

// joinOf gives the links of a table's rows; those of groups have no table of their own.
func (r *Resources) joinOf(t *Table) joinRows {
	if j, ok := r.joins[t.Name]; ok {
		return j
	}
	return joinOf(r.rows[t.Name], r.groups)
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
	w.source.total = w.source.countKeys
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
	return r.joinOf(t), e.ID + "." + ref.ID
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
	j := r.joinOf(t)
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
