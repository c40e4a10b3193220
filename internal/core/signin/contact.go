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
	return gate.Change(ctx, s.gate, by, directory.OpChangeUser, s.directory.PlanChange(in),
		func(ctx context.Context, tx *gate.Tx, p directory.PlannedChange) (kith.Member, error) {
			m, prove, err := directory.ChangePlannedUser(ctx, tx, typed, p)
			if err != nil {
				return m, err
			}
			return m, s.askForProof(ctx, tx, m, prove...)
		})
}

// askForProof sends a user what verifies some of their e-mails and mobiles. Those who may not sign in are
// sent nothing.
func (s *Signin) askForProof(ctx context.Context, tx *gate.Tx, m kith.Member, list ...*kith.Identifier) error {
	if !m.User.Active() || m.User.Kind != kith.Person {
		return nil
	}
	for _, i := range list {
		var err error
		if i.Kind == kith.Email {
			note := message.Note{Kind: message.VerifyEmail, To: i.Value, Until: tx.Now.Add(kith.ToVerifyEmail.Life())}
			if note.Link, err = s.newLink(ctx, tx, m, kith.ToVerifyEmail, i); err == nil {
				message.Mail(tx, m, note)
			}
		} else {
			note := message.Note{Kind: message.VerifyMobile, To: i.Value, Until: tx.Now.Add(kith.ToVerifyMobile.Life())}
			if note.Code, err = s.newCode(ctx, tx, m, kith.ToVerifyMobile, i); err == nil {
				message.SMS(tx, m, note)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// AddOwnContact gives the actor another e-mail or mobile, and sends what verifies it. It fails with Conflict
// if it is taken; in a company with hidden disclosure whoever holds it is told, and the actor is not.
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
			note := message.Note{Kind: message.AlreadyHere, To: other.Value}
			if other.Kind == kith.Email {
				message.Mail(tx, other.Holder, note)
			} else {
				message.SMS(tx, other.Holder, note)
			}
		}
		return out.Contact, s.askForProof(ctx, tx, out.Holder, out.Prove...)
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
		return out.Contact, s.askForProof(ctx, tx, out.Holder, out.Prove...)
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
