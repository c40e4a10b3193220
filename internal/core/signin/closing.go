package signin

import (
	"context"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/message"
)

// People shut their account, or ask for it to be deleted, in two steps: they ask for a link, and by the link
// they do it. Neither needs a session or a password, so whoever lost both can do it as well.

// The asking for such a link, and its use.
var (
	OpDeactivate      = gate.Op{Name: "user.deactivate", Noun: kith.NounUser, Verb: kith.Change, Open: true}
	OpRequestDeletion = gate.Op{Name: "user.request_deletion", Noun: kith.NounUser, Verb: kith.Change, Open: true}
)

// closure is a way to close an account.
type closure struct {
	askable
	close  func(context.Context, *gate.Tx, kith.Member) error
	notice message.Kind
}

var (
	errClosed        = kith.BadField("user", kith.CodeNotAllowed, "This user is deactivated already.")
	errDeletionAsked = kith.BadField("user", kith.CodeNotAllowed, "This user has asked to be deleted already.")

	deactivation = closure{
		askable: askable{op: OpDeactivate, purpose: kith.ToDeactivate, kind: message.Deactivate, field: "deactivation",
			check: func(m kith.Member) error {
				if m.User.Deactivated {
					return errClosed
				}
				return access.CheckOwner(m.Company, m.User, "deactivated")
			}},
		close: directory.Close, notice: message.Deactivated,
	}
	deletion = closure{
		askable: askable{op: OpRequestDeletion, purpose: kith.ToRequestDeletion, kind: message.RequestDeletion, field: "deletion",
			check: func(m kith.Member) error {
				if m.User.Retention != kith.Retaining {
					return errDeletionAsked
				}
				return access.CheckOwner(m.Company, m.User, "deleted")
			}},
		close: directory.AskDeletion, notice: message.DeletionAsked,
	}
)

// AskDeactivation sends a user a link to shut their account by, and never says whether there is such a user.
// The company's owner gets none.
func (s *Signin) AskDeactivation(ctx context.Context, by *kith.Actor, in Ask) error {
	return s.ask(ctx, by, deactivation.askable, in)
}

// AskDeactivationFor is AskDeactivation by staff. It fails as AskResetFor does, and with Forbidden for the
// owner.
func (s *Signin) AskDeactivationFor(ctx context.Context, by *kith.Actor, typed string) error {
	return s.askFor(ctx, by, deactivation.askable, typed)
}

// Deactivate shuts the account that the link of AskDeactivation was sent for: see directory.Close. It fails
// with Invalid for a link that does not work, and with Forbidden for the company's owner.
func (s *Signin) Deactivate(ctx context.Context, from kith.Remote, key string) error {
	return s.closeOwn(ctx, from, deactivation, key)
}

// DeactivateFor is Deactivate through a back end of the user's company, which passes on what the user brings.
func (s *Signin) DeactivateFor(ctx context.Context, by *kith.Actor, key string) error {
	return s.close(ctx, by, directory.OpChangeUser, deactivation, key)
}

// AskDeletion sends a user a link to have their account deleted by, and never says whether there is such a
// user. The company's owner gets none.
func (s *Signin) AskDeletion(ctx context.Context, by *kith.Actor, in Ask) error {
	return s.ask(ctx, by, deletion.askable, in)
}

// AskDeletionFor is AskDeletion by staff. It fails as AskResetFor does, and with Forbidden for the owner.
func (s *Signin) AskDeletionFor(ctx context.Context, by *kith.Actor, typed string) error {
	return s.askFor(ctx, by, deletion.askable, typed)
}

// RequestDeletion marks the account that the link of AskDeletion was sent for: see directory.AskDeletion. It
// fails with Invalid for a link that does not work, and with Forbidden for the company's owner.
func (s *Signin) RequestDeletion(ctx context.Context, from kith.Remote, key string) error {
	return s.closeOwn(ctx, from, deletion, key)
}

// RequestDeletionFor is RequestDeletion through a back end of the user's company, which passes on what the
// user brings.
func (s *Signin) RequestDeletionFor(ctx context.Context, by *kith.Actor, key string) error {
	return s.close(ctx, by, directory.OpChangeUser, deletion, key)
}

func (s *Signin) closeOwn(ctx context.Context, from kith.Remote, how closure, key string) error {
	guest, err := holder(from, key)
	if err != nil {
		return asKey(err)
	}
	return s.close(ctx, guest, how.op, how, key)
}

// close spends a link and does what it is for.
func (s *Signin) close(ctx context.Context, by *kith.Actor, op gate.Op, how closure, key string) error {
	if _, err := s.checkLink(ctx, by, op, how.purpose, key); err != nil {
		return asKey(err)
	}
	_, err := gate.Change(ctx, s.gate, by, op, key, func(ctx context.Context, tx *gate.Tx, key string) (any, error) {
		return nil, s.closeStep(ctx, tx, how, key)
	})
	return asKey(err)
}

// closeStep is the step behind close.
func (s *Signin) closeStep(ctx context.Context, tx *gate.Tx, how closure, key string) error {
	// The company first, as everywhere: it must keep its owner until this is done.
	company, err := tx.Companies.Lock(ctx)
	if err != nil {
		return err
	}
	if !s.open(company, tx.By.Remote) {
		return errLink
	}
	_, u, err := spendLink(ctx, tx, how.purpose, key)
	if err != nil {
		return err
	}
	m, err := member(ctx, tx, u.ID)
	if err != nil {
		return err
	}
	m.Company = company
	if err := how.close(ctx, tx, m); err != nil {
		return err
	}
	message.Notify(tx, m, message.Note{Kind: how.notice})
	return nil
}
