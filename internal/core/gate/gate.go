// Package gate is the one door to the store. Every operation of the core goes through Change or Read:
// the access rule is asked, the input validated, the transaction opened, the step run, and its events
// and messages written with it. A new operation cannot forget one of these.
//
// It evaluates rights; core/access edits them. It is the only caller of store.Update and store.View.
package gate

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"kith"
	"kith/internal/seal"
	"kith/internal/store"
)

// Gate holds what operations need: the store, the keys and where randomness comes from. It is safe for
// many goroutines.
type Gate struct {
	db     *store.DB
	ring   *ring
	Random io.Reader // for ids, tokens and salts
}

// New makes the door to a store whose keys the master key wraps.
func New(db *store.DB, master seal.Key) *Gate {
	return &Gate{db: db, ring: newRing(master), Random: rand.Reader}
}

// System gives the directory tables and the worker's queues, which belong to no company.
func (g *Gate) System() *store.System { return g.db.System() }

// Op is one operation of the core, as the access rule sees it.
type Op struct {
	Name    string // "user.change"
	Noun    kith.Noun
	Verb    kith.Verb
	Section kith.Section // SectionUser asks the user-section permission of the actor's role group besides
	Open    bool         // guests may ask: the step's own rule decides (registration, sign-in)
	Bearer  bool         // any session may ask about itself, whatever its group holds (sign-out)
	Ruled   bool         // the access rule alone decides, of guests too, and the step asks it: see Tx.OpensTable
}

// String names the permission that the operation asks, for route tables: "guest", "session" or, say,
// "user:user.view".
func (o Op) String() string {
	switch {
	case o.Open:
		return "guest"
	case o.Ruled:
		return "rule:" + o.Name
	case o.Bearer:
		return "session"
	default:
		return o.Section.String() + ":" + o.Name
	}
}

// Asked is the permission that the operation asks of whoever is no guest, in its section.
func (o Op) Asked() kith.Permission {
	return kith.Permission{Section: o.Section, Noun: o.Noun, Level: kith.LevelFor(o.Verb)}
}

// Validator is an input that knows what is wrong with itself: all of it, joined.
type Validator interface{ Validate() error }

// Change runs an operation that writes: permission, validation, transaction, step, events, messages.
// The step may run twice, so it must touch nothing but its Tx and its own variables.
func Change[In, Out any](ctx context.Context, g *Gate, by *kith.Actor, op Op, in In,
	step func(context.Context, *Tx, In) (Out, error)) (Out, error) {
	var out Out
	if err := g.admit(ctx, by, op, ownRow(by, op)); err != nil {
		return out, err
	}
	if v, ok := any(in).(Validator); ok {
		if err := v.Validate(); err != nil {
			return out, err
		}
	}
	err := g.db.Update(ctx, by, func(stx *store.Tx) error {
		tx := &Tx{Tx: stx, gate: g}
		var err error
		if out, err = step(ctx, tx, in); err != nil {
			return tx.settle(ctx, err)
		}
		return tx.finish(ctx, op)
	})
	if err != nil {
		var none Out
		return none, notFound(err)
	}
	return out, nil
}

// notFound gives callers the one word for what is not there, or not there for them.
func notFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return kith.ErrNotFound.Because(err)
	}
	return err
}

// Read runs an operation that only looks. Its statements each see what is committed when they run.
func Read[Out any](ctx context.Context, g *Gate, by *kith.Actor, op Op,
	step func(context.Context, *Tx) (Out, error)) (Out, error) {
	var out Out
	if err := g.admit(ctx, by, op, ownRow(by, op)); err != nil {
		return out, err
	}
	err := g.db.View(ctx, by, func(stx *store.Tx) error {
		var err error
		out, err = step(ctx, &Tx{Tx: stx, gate: g})
		return err
	})
	return out, notFound(err)
}

// ownRow is what protects the row of an operation on oneself: the user's own row, or a row that is
// theirs.
func ownRow(by *kith.Actor, op Op) kith.Grants { return rowOf(by.User, op) }

// rowOf is what protects a row of a user's. What staff work on is nobody's own.
func rowOf(user *kith.User, op Op) kith.Grants {
	switch {
	case user == nil || op.Section != kith.SectionUser:
		return kith.Grants{}
	case op.Noun == kith.NounUser:
		return user.Grants()
	default:
		return kith.Grants{Owner: user.ID, Mode: kith.DefaultRowMode}
	}
}

// admit asks the access rule, and says in words why not.
func (g *Gate) admit(ctx context.Context, by *kith.Actor, op Op, row kith.Grants) error {
	v, err := g.judge(ctx, by, op, row)
	if err != nil {
		return fmt.Errorf("access rule of %s: %w", op.Name, err)
	}
	return v.Refusal
}

// Verdict is what the door answers to an operation, and why.
type Verdict struct {
	Decision       // of the access rule, where that was asked
	Refusal  error // nil: come in
}

// Explain gives the door's answer to somebody's operation, without running it: the very one that they
// would get. whose is the user that the row belongs to; nil is the actor. That the actor could not act
// at all, being archived, say, is not the door's to see.
func (g *Gate) Explain(ctx context.Context, by *kith.Actor, op Op, whose *kith.User) (Verdict, error) {
	if whose == nil {
		whose = by.User
	}
	return g.judge(ctx, by, op, rowOf(whose, op))
}

func (g *Gate) judge(ctx context.Context, by *kith.Actor, op Op, row kith.Grants) (Verdict, error) {
	switch {
	case op.Open, op.Ruled && by.IsGuest():
		return Verdict{}, nil
	case by.IsGuest():
		return Verdict{Refusal: ErrSignIn}, nil
	case by.Session != nil && by.Session.Purpose != kith.PurposeAccess && !op.Bearer:
		return Verdict{Refusal: errFactorMissing}, nil
	case op.Bearer, op.Ruled:
		return Verdict{}, nil
	case op.Section == kith.SectionAdmin && !by.Holds(kith.SectionAdmin, op.Noun, op.Verb):
		return Verdict{Refusal: ErrForbidden}, nil // staff act by permission alone, never by what they happen to own
	}
	decision, err := g.Decide(ctx, by, op, row)
	if err != nil || decision.Allowed() {
		return Verdict{Decision: decision}, err
	}
	return Verdict{Decision: decision, Refusal: ErrForbidden}, nil
}

var (
	// ErrSignIn is what guests are answered who ask for what takes a user.
	ErrSignIn = &kith.Error{Kind: kith.Unauthenticated, Code: kith.CodeUnauthenticated,
		Message: "Sign in first: this needs a valid token."}
	errFactorMissing = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
		Message: "This session still owes a second factor and can do nothing else."}
	// ErrForbidden is what the access rule answers to whoever it refuses.
	ErrForbidden = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
		Message: "You do not have permission to perform this action."}
)
