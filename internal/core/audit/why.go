package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
)

// Question asks whether somebody may do something.
type Question struct {
	Actor     string // a user, by any identifier
	Operation string // "user.change"
	Section   string // "user" or "admin", which "" stands for
	On        string // the user to whose row it would be done; "" is the actor's own in the user section
}

// Answer explains a decision.
type Answer struct {
	Actor     kith.Member // the user as far as the asker may know them
	Operation gate.Op
	Allowed   bool
	Active    bool      // the actor may act at all
	Section   bool      // the user section's permission is held, or was not asked
	Table     kith.Rule // what allowed the verb on the table
	Row       kith.Rule // what allowed it on the row
	Because   string    // for people
}

var errNoOperation = kith.BadField("operation", kith.CodeNotAllowed, "There is no such operation. Give a noun and a verb, such as user.change.")

// Why explains what the door says to somebody's operation, with the group and permissions that they
// have now. It runs nothing. What an operation refuses for what its input says is not foreseen, but for
// one thing: nobody changes a user who holds more than they do.
func (a *Audit) Why(ctx context.Context, by *kith.Actor, q Question) (*Answer, error) {
	return gate.Read(ctx, a.gate, by, OpExplain, func(ctx context.Context, tx *gate.Tx) (*Answer, error) {
		op, errOp := a.operation(q)
		actor, errActor := directory.FindAsked(ctx, tx, "actor", q.Actor)
		var on kith.Member
		var errOn error
		if q.On != "" {
			on, errOn = directory.FindAsked(ctx, tx, "user", q.On)
		}
		if err := errors.Join(errOp, errActor, errOn); err != nil {
			return nil, err
		}
		them := &kith.Actor{Company: tx.By.Company, User: actor.User, Group: actor.Group}
		v, err := a.gate.Explain(ctx, them, op, on.User)
		if err != nil {
			return nil, err
		}
		actor.User = shown(tx.By, map[kith.UserID]*kith.User{actor.User.ID: actor.User}, actor.User.ID)
		out := &Answer{Actor: actor, Operation: op, Section: v.Section, Table: v.Table, Row: v.Row,
			Because: because(them, op, v, on.User)}
		out.Allowed = v.Refusal == nil
		if out.Allowed && outranked(them, op, on) {
			out.Allowed, out.Because = false, fmt.Sprintf("%s %s, but the row is of a user who holds permissions that the actor does not.",
				holder(them, op.Asked()), op.Asked())
		}
		if idle := directory.Idleness(them); idle != "" {
			out.Allowed, out.Because = false, idle+" Otherwise: "+out.Because
		} else {
			out.Active = true
		}
		return out, nil
	})
}

// operation finds what a question asks about: an operation of the core or, where there is none of that
// name, a noun and a verb.
func (a *Audit) operation(q Question) (gate.Op, error) {
	section := kith.SectionAdmin
	if q.Section != "" {
		var known bool
		if section, known = kith.SectionNamed(q.Section); !known {
			return gate.Op{}, kith.BadField("section", kith.CodeNotAllowed, "A section is user or admin.")
		}
	}
	for _, op := range a.operations {
		if op.Name == q.Operation && op.Section == section && !op.Open && !op.Bearer && !op.Ruled {
			return op, nil
		}
	}
	noun, verb, _ := strings.Cut(q.Operation, ".")
	n, knownNoun := kith.NounNamed(noun)
	v, knownVerb := kith.VerbNamed(verb)
	if !knownNoun || !knownVerb {
		return gate.Op{}, errNoOperation
	}
	return gate.Op{Name: q.Operation, Noun: n, Verb: v, Section: section}, nil
}

// outranked reports whether an operation would change a user who holds more than the actor.
func outranked(them *kith.Actor, op gate.Op, on kith.Member) bool {
	looks := op.Verb == kith.Peek || op.Verb == kith.View
	return op.Section == kith.SectionAdmin && on.User != nil && !looks && access.CheckManages(them, on) != nil
}

// because tells a verdict in a sentence.
func because(them *kith.Actor, op gate.Op, v gate.Verdict, on *kith.User) string {
	asked := op.Asked()
	held := holder(them, asked)
	switch {
	case held == "":
		return lacks(them, asked)
	case op.Section == kith.SectionAdmin:
		return fmt.Sprintf("%s %s, which reaches every row of the company.", held, asked)
	case v.Table == kith.Refused:
		return fmt.Sprintf("%s %s, but the company's rows of this noun are not open to them.", held, asked)
	case v.Row == kith.Refused:
		return fmt.Sprintf("%s %s, but the row is %s, and no rule opens it to them.", held, asked, whose(them, on))
	case op.Verb == kith.Add:
		return fmt.Sprintf("%s %s, and %s.", held, asked, opens(v.Table, op, "the table"))
	default:
		return fmt.Sprintf("%s %s, and %s.", held, asked, opens(v.Row, op, "the row"))
	}
}

// opens says in words what a rule found, of the table or of the row.
func opens(rule kith.Rule, op gate.Op, what string) string {
	switch rule {
	case kith.ByPermission:
		op.Section = kith.SectionAdmin
		return fmt.Sprintf("%s opens every row to them", op.Asked())
	case kith.ByOwnership:
		return what + " is their own"
	case kith.ByGroup:
		return what + " is open to a group that they are in"
	default:
		return what + " is open to anybody"
	}
}

// holder begins a sentence about who holds a permission for the actor; "" if nobody.
func holder(them *kith.Actor, asked kith.Permission) string {
	switch {
	case them.Group != nil && them.Group.Permissions.Has(asked):
		return fmt.Sprintf("The group %s holds", them.Group.Name)
	case them.User.Permissions.Has(asked):
		return "The user holds directly"
	default:
		return ""
	}
}

func lacks(them *kith.Actor, asked kith.Permission) string {
	if them.Group == nil {
		return fmt.Sprintf("The user is in no group and does not hold %s.", asked)
	}
	return fmt.Sprintf("Neither the group %s nor the user holds %s.", them.Group.Name, asked)
}

func whose(them *kith.Actor, on *kith.User) string {
	if on == nil || on.ID == them.User.ID {
		return "their own"
	}
	return "somebody else's"
}
