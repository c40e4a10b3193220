package resource

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// Action is an operation that is more than one row's add, change or delete: its inputs, what they must
// fulfil, what is done with them, all in one transaction, and what is answered.
type Action struct {
	Table    string // that it is of: "user_account"
	Name     string // "signup"
	Label    string // for people
	Guests   bool   // guests may run it, unless the company says otherwise
	Instance bool   // it is about one row, whose id is given as {table}_id
	In       []Parameter
	Out      []Outcome  // in turn; none where a door of the core does it all
	Answer   []Response // once all is done; a door may answer for itself
}

// Parameter is one input of an action.
type Parameter struct {
	Field        // Name, Type, MaxLength, Required
	Same  string // another input that must be given with the same value: "password"; "" for none
}

// Outcome is an operation of the catalogue that an action does. What it sets is the value of an input ("~name") or
// else the text itself; of an input that was not given nothing is set.
type Outcome struct {
	Add string            // the table that a row is added to
	Set map[string]string // by field
	If  string            // only if this input is given; "" always
}

// Response tells the client what to do next. The words are the foreign API's: "client.notify" and others.
type Response struct {
	Type       string
	Attributes map[string]any
}

// door does what an action does, where that is no operation on rows: it hashes, or sends, or signs in. The rule is
// asked already.
type door func(ctx context.Context, by *kith.Actor, in inputs) ([]Response, error)

// inputs are an action's inputs, checked.
type inputs struct {
	said
	row *entry // of an action on one row
}

// guard is what protects an action.
func (a *Action) guard() gate.Table {
	var guests kith.Verbs
	if a.Guests {
		guests = kith.Of(kith.Execute)
	}
	return ruledBy("action/"+a.Table+"/"+a.Name, kith.NewMode(guests, 0, kith.Of(kith.Execute)))
}

// Actions lists the actions, in a fixed order.
func (r *Resources) Actions() []*Action { return r.actions }

// Action finds an action; nil if there is none of that table and name.
func (r *Resources) Action(table, name string) *Action {
	for _, a := range r.actions {
		if a.Table == table && a.Name == name {
			return a
		}
	}
	return nil
}

// guardedActions are the rows of action.
func (r *Resources) guardedActions() []guarded {
	list := make([]guarded, len(r.actions))
	for i, a := range r.actions {
		list[i] = guarded{a.guard(), kith.Execute, map[string]any{"action_name": a.Name, "label": a.Label, "on_type": a.Table}}
	}
	return list
}

// askRun asks whether an action is open to the actor, and so is the table that it is of.
func (r *Resources) askRun(ctx context.Context, tx *gate.Tx, a *Action) error {
	if err := askTable(ctx, tx, r.tableOf(a).guard(), kith.Execute); err != nil {
		return err
	}
	return askTable(ctx, tx, a.guard(), kith.Execute)
}

// tableOf gives the table whose rule an action is under: that of users where it has none of its own.
func (r *Resources) tableOf(a *Action) rows {
	if table := r.rows[a.Table]; table != nil {
		return table
	}
	return r.users
}

// Offered lists the actions that the actor may run.
func (r *Resources) Offered(ctx context.Context, by *kith.Actor) ([]*Action, error) {
	return gate.Read(ctx, r.gate, by, OpRead, func(ctx context.Context, tx *gate.Tx) ([]*Action, error) {
		var list []*Action
		for _, a := range r.actions {
			err := r.askRun(ctx, tx, a)
			if err == nil {
				list = append(list, a)
			} else if !errors.Is(err, gate.ErrForbidden) {
				return nil, err
			}
		}
		return list, nil
	})
}

// Run runs an action.
func (r *Resources) Run(ctx context.Context, by *kith.Actor, a *Action, in map[string]any) ([]Response, error) {
	asked := func(ctx context.Context, tx *gate.Tx) (*entry, error) {
		if err := r.askRun(ctx, tx, a); err != nil || !a.Instance {
			return nil, err
		}
		return r.instance(ctx, tx, a, in)
	}
	row, err := gate.Read(ctx, r.gate, by, OpRun, asked)
	if err != nil {
		return nil, err
	}
	v, err := a.check(in)
	if err != nil {
		return nil, err
	}
	if open := r.doors[a]; open != nil {
		out, err := open(ctx, by, inputs{v, row})
		if err != nil {
			return nil, err
		}
		return append(out, a.Answer...), nil
	}
	steps, err := r.plan(ctx, by, a, v)
	if err != nil {
		return nil, err
	}
	_, err = gate.Change(ctx, r.gate, by, OpRun, v, func(ctx context.Context, tx *gate.Tx, _ said) (any, error) {
		if _, err := asked(ctx, tx); err != nil {
			return nil, err
		}
		for _, step := range steps {
			if _, err := step(ctx, tx); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	return a.Answer, err
}

// instance finds the row that an action is about.
func (r *Resources) instance(ctx context.Context, tx *gate.Tx, a *Action, in map[string]any) (*entry, error) {
	field := a.Table + "_id"
	id, ok := in[field].(string)
	if !ok || id == "" {
		return nil, kith.BadField(field, kith.CodeRequired, "Give the id of the row that the action is about.")
	}
	e, err := r.find(ctx, tx, r.Table(a.Table), id)
	if err == nil {
		_, err = e.ask(ctx, tx, kith.Execute)
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, kith.BadField(field, kith.CodeNotFound, "There is no such row.")
	}
	return e, err
}

// check reads an action's inputs, and reports every bad one. What it does not know is passed over.
func (a *Action) check(in map[string]any) (said, error) {
	out := make(said)
	var errs []error
	for _, p := range a.In {
		value, err := p.read(in[p.Name])
		switch {
		case err != nil:
			errs = append(errs, err)
		case p.Required && empty(value):
			errs = append(errs, kith.BadField(p.Name, kith.CodeRequired, "This field is required."))
		case p.Same != "" && (in[p.Name] != nil || p.Required) && value != in[p.Same]:
			errs = append(errs, kith.BadField(p.Name, kith.CodePasswordMismatch, fmt.Sprintf("This must be the same as %s.", p.Same)))
		case in[p.Name] != nil:
			out[p.Name] = value
		}
	}
	return out, errors.Join(errs...)
}

// plan checks what an action's outcomes are to do, outside of the transaction, and gives the steps.
func (r *Resources) plan(ctx context.Context, by *kith.Actor, a *Action, v said) ([]adder, error) {
	var steps []adder
	for _, o := range a.Out {
		if _, given := v[o.If]; o.If != "" && !given {
			continue
		}
		values := make(map[string]any)
		for field, value := range o.Set {
			if name, isInput := strings.CutPrefix(value, "~"); !isInput {
				values[field] = value
			} else if input, given := v[name]; given {
				values[field] = input
			}
		}
		one := r.rows[o.Add].(addable)
		step, err := one.add(ctx, by, Input{Values: values})
		if err != nil {
			return nil, err
		}
		steps = append(steps, func(ctx context.Context, tx *gate.Tx) (*entry, error) {
			if err := askTable(ctx, tx, r.rows[o.Add].guard(), kith.Add); err != nil {
				return nil, err
			}
			return step(ctx, tx)
		})
	}
	return steps, nil
}
