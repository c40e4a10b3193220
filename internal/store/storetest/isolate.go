package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"kith"
	"kith/internal/store"
)

// asking and doing say of a call whether it has an answer beside its error.
func asking(run func(ctx context.Context, tx *store.Tx, of *tenant) (any, error)) func(context.Context, *store.Tx, *tenant) (any, error) {
	return run
}

func doing(run func(ctx context.Context, tx *store.Tx, of *tenant) error) func(context.Context, *store.Tx, *tenant) (any, error) {
	return func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) { return nil, run(ctx, tx, of) }
}

// testIsolation: to a company, another company's rows are no different from rows that do not exist,
// whatever it asks or does, and the other company does not notice.
func testIsolation(t *testing.T, db *store.DB) {
	for _, method := range methods() {
		c, ok := calls[method]
		if !ok {
			t.Errorf("%s: the suite does not know how to call it with another company's ids", method)
			continue
		}
		t.Run(method, func(t *testing.T) {
			own, other, nobody := found(t, db), found(t, db), draft(t, db)
			defer own.deliver()
			defer other.deliver()
			before := other.rows()
			unknown := own.outcome(c, nobody)
			theirs := own.outcome(c, other)
			if after := other.rows(); after != before {
				t.Errorf("the other company now reads\n%s\nand before\n%s", after, before)
			}
			switch c.control {
			case notices:
				if a, b := other.outcome(c, draft(t, db)), other.outcome(c, other); a == b {
					t.Errorf("in the rows' own company, too, the answer is %s: nothing is shown", a)
				}
			case differs:
				if a, b := own.outcome(c, own), other.outcome(c, other); a == b {
					t.Errorf("two companies get one answer, %s", a)
				}
			case nothing:
			}
			if theirs != unknown {
				t.Errorf("for another company's rows %s\nfor unknown ones %s", theirs, unknown)
			}
		})
	}
}

// methods lists every method of every noun of a Tx, as "Users.Get".
func methods() []string {
	var list []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[store.Tx]()) {
		if len(field.Index) != 2 || !field.IsExported() { // the nouns come from an embedded struct
			continue
		}
		for i := range field.Type.NumMethod() {
			list = append(list, field.Name+"."+field.Type.Method(i).Name)
		}
	}
	return list
}

// outcome is all that a company can tell of a call: its answer, its error, and whether its own rows
// changed.
func (c *tenant) outcome(do call, of *tenant) string {
	before := c.rows()
	var answer any
	err := c.update(func(tx *store.Tx) (err error) {
		answer, err = do.run(c.t.Context(), tx, of)
		return err
	})
	if errors.Is(err, store.ErrExists) {
		err = store.ErrExists
	}
	if err != nil {
		answer = nil // says nothing
	}
	return fmt.Sprintf("%s, %v, changed: %v", show(answer), err, c.rows() != before)
}

// rows is everything that a company can read of itself.
func (c *tenant) rows() string {
	c.t.Helper()
	ctx := c.t.Context()
	var all []any
	for _, ask := range []func(tx *store.Tx) (any, error){
		func(tx *store.Tx) (any, error) { return tx.Companies.Get(ctx) },
		func(tx *store.Tx) (any, error) {
			heir, until, err := tx.Companies.Heir(ctx)
			return []any{heir, until}, err
		},
		func(tx *store.Tx) (any, error) { return tx.Applications.List(ctx) },
		func(tx *store.Tx) (any, error) { return tx.Currencies.List(ctx) },
		func(tx *store.Tx) (any, error) { return tx.Accounts.Definitions(ctx) },
		func(tx *store.Tx) (any, error) { return tx.Accounts.After(ctx, "", 1000, 0) },
		func(tx *store.Tx) (any, error) { return tx.Groups.Named(ctx, c.group.Name) },
		func(tx *store.Tx) (any, error) {
			properties, err := tx.Properties.Of(ctx, c.group.ID)
			return fmt.Sprint(properties), err
		},
		func(tx *store.Tx) (any, error) { return tx.Groups.Occupied(ctx, c.group.ID) },
		func(tx *store.Tx) (any, error) {
			g, err := tx.Groups.Get(ctx, c.custom.ID)
			return g, gone(err)
		},
		func(tx *store.Tx) (any, error) { return tx.Links.Of(ctx, kith.NounUser, c.user.ID[:]) },
		func(tx *store.Tx) (any, error) { return tx.Users.Member(ctx, c.user.ID) },
		func(tx *store.Tx) (any, error) {
			secret, err := tx.Secrets.Find(ctx, c.secret.Purpose, c.secretHash)
			return secret, gone(err)
		},
		func(tx *store.Tx) (any, error) { return tx.Identifiers.Further(ctx, c.user.ID) },
		func(tx *store.Tx) (any, error) {
			i, err := tx.Identifiers.Named(ctx, c.identifier.Kind, c.identifier.Folded)
			return i, gone(err)
		},
		func(tx *store.Tx) (any, error) {
			count, _, err := tx.Tallies.Get(ctx, store.TallyGuesses, c.user.ID[:])
			return count, gone(err)
		},
		func(tx *store.Tx) (any, error) { return tx.Users.Salt(ctx, c.user.ID) },
		func(tx *store.Tx) (any, error) { return tx.Credentials.ByID(ctx, c.user.ID) },
		func(tx *store.Tx) (any, error) {
			id, err := tx.Identifiers.Owner(ctx, c.identifier.Kind, c.identifier.Folded)
			return id, gone(err)
		},
		func(tx *store.Tx) (any, error) { return tx.Factors.InForce(ctx, c.user.ID) },
		func(tx *store.Tx) (any, error) { return tx.Schemas.List(ctx, 1<<30, 1000) },
		func(tx *store.Tx) (any, error) { return tx.Schemas.Terms(ctx, c.term.Field, 1000) },
		func(tx *store.Tx) (any, error) { return tx.Sessions.List(ctx, c.user.ID) },
		func(tx *store.Tx) (any, error) { return tx.Keys.List(ctx, c.key.Purpose) },
		func(tx *store.Tx) (any, error) {
			events, old, err := tx.Events.List(ctx, kith.EventID{}, 1000)
			return []any{events, old}, err
		},
	} {
		all = append(all, read(c, ask))
	}
	return show(append(all, c.outbox()))
}

// gone forgives a row that a call may have deleted.
func gone(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// deliver takes the company's messages out of the outbox, so that others need not read them in outbox.
func (c *tenant) deliver() {
	c.t.Helper()
	err := c.update(func(tx *store.Tx) error {
		return errors.Join(gone(tx.Messages.ToInbox(c.t.Context(), c.message.ID)), gone(tx.Messages.Delete(c.t.Context(), c.lost.ID)))
	})
	if err != nil {
		c.t.Error(err)
	}
}

// outbox is the company's messages that wait or are dead.
func (c *tenant) outbox() []*store.Sealed {
	c.t.Helper()
	var all []*store.Sealed
	for _, channel := range []kith.Channel{kith.ChannelEmail, kith.ChannelSMS} {
		due, err := c.db.System().Due(c.t.Context(), c.company.ID, channel, farAhead, 1000)
		if err != nil {
			c.t.Fatal(err)
		}
		all = append(all, due...)
	}
	dead, err := c.db.System().Dead(c.t.Context(), kith.MessageID{}, 1<<20)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, m := range dead {
		if m.Company == c.company.ID {
			all = append(all, m)
		}
	}
	return all
}
