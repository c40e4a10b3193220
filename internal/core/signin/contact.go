package signin

import (
	"context"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/message"
)

// What people are reached by is directory's to keep. Whatever has yet to be proved is sent a link or a code
// in the same transaction, and so these operations are here.

// ChangeUser changes a user on behalf of staff: see directory.ChangePlannedUser. A new e-mail is sent a link to
// verify it by, a new mobile a code.
func (s *Signin) ChangeUser(ctx context.Context, by *kith.Actor, typed string, in directory.UserChange) (kith.Member, error) {
	return gate.Change(ctx, s.gate, by, directory.OpChangeUser, s.directory.PlanPicturedChange(ctx, by, in),
		func(ctx context.Context, tx *gate.Tx, p directory.PlannedChange) (kith.Member, error) {
			m, prove, err := directory.ChangePlannedUser(ctx, tx, typed, p)
			if err != nil {
				return m, err
			}
			_, err = s.askForProof(ctx, tx, m, prove...) // what is not sent now may be asked for again
			return m, err
		})
}

// askForProof sends a user what verifies some of their e-mails and mobiles. Those who may not sign in are
// sent nothing. It reports false if too much was sent already.
func (s *Signin) askForProof(ctx context.Context, tx *gate.Tx, m kith.Member, list ...*kith.Identifier) (bool, error) {
	all := true
	for _, i := range list {
		if !m.User.Active() || m.User.Kind != kith.Person {
			break
		}
		sent, err := s.sendProof(ctx, tx, m, i, message.VerifyEmail)
		if err != nil {
			return false, err
		}
		all = all && sent
	}
	return all, nil
}

// AddOwnContact gives the actor another e-mail or mobile, and sends what verifies it. It fails with Conflict
// if it is taken; in a company with hidden disclosure whoever holds it is told, and the actor is not. It fails
// with Limited if too much was sent already.
func (s *Signin) AddOwnContact(ctx context.Context, by *kith.Actor, in directory.NewContact) (*directory.Contact, error) {
	op := directory.ContactOpsOf(kith.SectionUser, in.Kind).Add
	add := func() (*directory.Contact, error) {
		return gate.Change(ctx, s.gate, by, op, directory.PlanContact(in), s.contactStep(directory.AddOwnContact))
	}
	out, err := add()
	if err != nil && kith.AsError(err).Kind == kith.Conflict && by.Company.Settings.Disclosure == kith.Hidden {
		return add() // taken in the moment between looking and claiming: now it is seen
	}
	return out, err
}

// AddContact gives a user another e-mail or mobile on behalf of staff, and sends what verifies it, unless staff
// say that it is. It fails with Conflict if it is taken.
func (s *Signin) AddContact(ctx context.Context, by *kith.Actor, in directory.NewContact) (*directory.Contact, error) {
	op := directory.ContactOpsOf(kith.SectionAdmin, in.Kind).Add
	return gate.Change(ctx, s.gate, by, op, directory.PlanContact(in), s.contactStep(directory.AddContact))
}

// contactStep is a step of directory's with what is sent after it.
func (s *Signin) contactStep(step func(context.Context, *gate.Tx, directory.PlannedContact) (*directory.ContactChange, error)) func(
	context.Context, *gate.Tx, directory.PlannedContact) (*directory.Contact, error) {
	return func(ctx context.Context, tx *gate.Tx, p directory.PlannedContact) (*directory.Contact, error) {
		out, err := step(ctx, tx, p)
		if err != nil {
			return nil, err
		}
		if other := out.Other; other != nil {
			if err := s.checkSend(ctx, tx, out.Holder.User.ID, other.Folded); err != nil {
				return nil, err
			}
			message.Send(tx, other.Holder, other.Identifier, message.Note{Kind: message.AlreadyHere})
			return out.Contact, nil
		}
		sent, err := s.askForProof(ctx, tx, out.Holder, out.Prove...)
		if err == nil && !sent {
			err = s.checkSend(ctx, tx, out.Holder.User.ID, out.Folded) // which says when there may be more
		}
		return out.Contact, err
	}
}

// ChangeOwnContact makes one of the actor's e-mails or mobiles the primary one, as long as the one that is has
// not been verified.
func (s *Signin) ChangeOwnContact(ctx context.Context, by *kith.Actor, in directory.ContactEdit) (*directory.Contact, error) {
	op := directory.ContactOpsOf(kith.SectionUser, in.Kind).Change
	return gate.Change(ctx, s.gate, by, op, in, s.editStep(directory.ChangeOwnContact))
}

// ChangeContact changes an e-mail or a mobile of a user on behalf of staff.
func (s *Signin) ChangeContact(ctx context.Context, by *kith.Actor, in directory.ContactEdit) (*directory.Contact, error) {
	op := directory.ContactOpsOf(kith.SectionAdmin, in.Kind).Change
	return gate.Change(ctx, s.gate, by, op, in, s.editStep(directory.ChangeContact))
}

func (s *Signin) editStep(step func(context.Context, *gate.Tx, directory.ContactEdit) (*directory.ContactChange, error)) func(
	context.Context, *gate.Tx, directory.ContactEdit) (*directory.Contact, error) {
	return func(ctx context.Context, tx *gate.Tx, in directory.ContactEdit) (*directory.Contact, error) {
		out, err := step(ctx, tx, in)
		if err != nil {
			return nil, err
		}
		_, err = s.askForProof(ctx, tx, out.Holder, out.Prove...) // what is not sent now may be asked for again
		return out.Contact, err
	}
}

// RemoveOwnContact takes one of the actor's e-mails or mobiles away, and every secret that was sent to it. The
// last of its kind stays.
func (s *Signin) RemoveOwnContact(ctx context.Context, by *kith.Actor, kind kith.IdentifierKind, id kith.Serial) error {
	in := directory.ContactEdit{Kind: kind, ID: id}
	_, err := gate.Change(ctx, s.gate, by, directory.ContactOpsOf(kith.SectionUser, kind).Delete, in, s.editStep(directory.RemoveOwnContact))
	return err
}

// RemoveContact takes an e-mail or a mobile from a user on behalf of staff, and every secret that was sent to it.
func (s *Signin) RemoveContact(ctx context.Context, by *kith.Actor, kind kith.IdentifierKind, id kith.Serial) error {
	in := directory.ContactEdit{Kind: kind, ID: id}
	_, err := gate.Change(ctx, s.gate, by, directory.ContactOpsOf(kith.SectionAdmin, kind).Delete, in, s.editStep(directory.RemoveContact))
	return err
}
