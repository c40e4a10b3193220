package resource

import (
	"context"
	"errors"

	"kith"
)

// Resources serves the tables and actions. It is safe for many goroutines. Each method asks the access rule
// of its table and rows; a guest is an actor with a company and nobody signed in. All fail with NotFound for
// what is not there for the actor, with Unauthenticated for a guest and Forbidden for anybody else whom the
// rule refuses, and with Invalid, naming the field, for what makes no sense.
type Resources struct {
	tables  []*Table
	actions []*Action
}

// Tables lists the tables, in a fixed order.
func (r *Resources) Tables() []*Table { return r.tables }

// Actions lists the actions, in a fixed order.
func (r *Resources) Actions() []*Action { return r.actions }

var errSoon = errors.New("resource: not yet")

// Get reads one row, with the relations named, and the rows that these lead to. id "mine" is the actor's own
// row of user_account.
func (r *Resources) Get(ctx context.Context, by *kith.Actor, t *Table, id string, include []string) (*Row, []*Row, error) {
	return nil, nil, errSoon
}

// List reads a part of what the actor may view of a table.
func (r *Resources) List(ctx context.Context, by *kith.Actor, t *Table, q Query) (*Page, error) {
	return nil, errSoon
}

// Add makes a row. It fails with Conflict, naming the field, for what is taken.
func (r *Resources) Add(ctx context.Context, by *kith.Actor, t *Table, in Input) (*Row, error) {
	return nil, errSoon
}

// Change changes what is given of a row.
func (r *Resources) Change(ctx context.Context, by *kith.Actor, t *Table, id string, in Input) (*Row, error) {
	return nil, errSoon
}

// Delete takes a row away.
func (r *Resources) Delete(ctx context.Context, by *kith.Actor, t *Table, id string) error {
	return errSoon
}

// Related lists the rows at the other end of a row's relation: of one that leads to one row, that or none.
func (r *Resources) Related(ctx context.Context, by *kith.Actor, t *Table, id, relation string, q Query) (*Page, error) {
	return nil, errSoon
}

// Way is what a change of a relation does with the rows named.
type Way uint8

// The ways.
const (
	Link    Way = iota // to these too
	Unlink             // from these
	Replace            // to these and no others
)

// Relate changes which rows a relation leads to.
func (r *Resources) Relate(ctx context.Context, by *kith.Actor, t *Table, id, relation string, way Way, to []Ref) error {
	return errSoon
}

// Because is what the access rule says to one verb of an actor on a row.
type Because struct {
	Verb  kith.Verb
	Table kith.Rule // what allows it on the table
	Row   kith.Rule // what allows it on the row
}

// Why tells, verb by verb, whether a user may do it with a row, and by which rule; actor "" is a guest. It
// fails as Get does for who may not ask: the permission to view the company's permissions is needed.
func (r *Resources) Why(ctx context.Context, by *kith.Actor, t *Table, id, actor string) ([]Because, error) {
	return nil, errSoon
}

// Offered lists the actions that the actor may run.
func (r *Resources) Offered(ctx context.Context, by *kith.Actor) ([]*Action, error) {
	return nil, errSoon
}

// Run runs an action.
func (r *Resources) Run(ctx context.Context, by *kith.Actor, a *Action, in map[string]any) ([]Response, error) {
	return nil, errSoon
}
