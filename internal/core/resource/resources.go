package resource

import (
	"context"

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
	r.joins[groupTable.Name] = joinOf(r.groups, r.groups) // no table of the face
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
