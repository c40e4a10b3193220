package signin

import (
	"context"
	"slices"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/message"
)

// What the actions of the table face do about numbers and passwords: the same as other faces, by plain inputs.

// RegisterMobile gives the actor a mobile number and sends it a code. One that they have, and have yet to prove, is
// sent another. It fails as AddOwnContact does.
func (s *Signin) RegisterMobile(ctx context.Context, by *kith.Actor, number string) error {
	plan := directory.PlanContact(directory.NewContact{Kind: kith.Mobile, Value: number})
	op := directory.ContactOpsOf(kith.SectionUser, kith.Mobile).Add
	add := s.contactStep(directory.AddOwnContact)
	_, err := gate.Change(ctx, s.gate, by, op, plan, func(ctx context.Context, tx *gate.Tx, p directory.PlannedContact) (any, error) {
		m, i, err := s.ownMobile(ctx, tx, number)
		switch {
		case err != nil:
			return nil, err
		case i == nil:
			return add(ctx, tx, p)
		default:
			return nil, s.sendOwnCode(ctx, tx, m, i)
		}
	})
	return err
}

// SendMobileCode sends another code to a number of the actor's that they have yet to prove; "" is the primary one. It
// fails with Invalid for a number that they do not have, or have proved, and with Limited if too much was sent already.
func (s *Signin) SendMobileCode(ctx context.Context, by *kith.Actor, number string) error {
	_, err := gate.Change(ctx, s.gate, by, OpVerifyMobile, number, func(ctx context.Context, tx *gate.Tx, number string) (any, error) {
		m, i, err := s.ownMobile(ctx, tx, number)
		if err == nil && i == nil {
			err = kith.BadField("mobile", kith.CodeNotFound, "You have no such number. Register it first.")
		}
		if err != nil {
			return nil, err
		}
		return nil, s.sendOwnCode(ctx, tx, m, i)
	})
	return err
}

// VerifyMobileNumber is VerifyMobile for a code that was sent to one of the actor's numbers; "" is any of them.
func (s *Signin) VerifyMobileNumber(ctx context.Context, by *kith.Actor, number, code string) error {
	folded, err := foldMobile(number)
	if err != nil {
		return err
	}
	return s.verifyMobile(ctx, by, code, folded)
}

// foldMobile gives a number as compared; "" for none.
func foldMobile(number string) (folded string, err error) {
	if number != "" {
		_, folded, err = directory.Identify(kith.Mobile, number)
	}
	return folded, err
}

// ownMobile locks the actor and finds a number of theirs; "" is the primary one, nil is none.
func (s *Signin) ownMobile(ctx context.Context, tx *gate.Tx, number string) (kith.Member, *kith.Identifier, error) {
	m, err := directory.LockUser(ctx, tx, tx.By.UserID())
	if err == nil {
		err = s.stillThere(ctx, tx)
	}
	if err != nil {
		return m, nil, err
	}
	list, err := directory.Identifiers(ctx, tx, m.User)
	if err != nil {
		return m, nil, err
	}
	folded, err := foldMobile(number)
	if err != nil {
		return m, nil, err
	}
	at := slices.IndexFunc(list, func(i *kith.Identifier) bool {
		return i.Kind == kith.Mobile && (folded == "" && i.Primary || folded != "" && i.Folded == folded)
	})
	if at < 0 {
		return m, nil, nil
	}
	return m, list[at], nil
}

// sendOwnCode sends the actor a code for a number of theirs. If somebody else has claimed it meanwhile they are told,
// and in a company with hidden disclosure the actor is not.
func (s *Signin) sendOwnCode(ctx context.Context, tx *gate.Tx, m kith.Member, i *kith.Identifier) error {
	if !i.VerifiedAt.IsZero() {
		return kith.BadField("mobile", kith.CodeNotAllowed, "This number is verified already.")
	}
	other, err := directory.Elsewhere(ctx, tx, i)
	if err != nil {
		return err
	}
	if other != nil && m.Company.Settings.Disclosure == kith.Visible {
		return &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken, Field: "mobile", Message: "This number is somebody else's."}
	}
	if err := s.checkSend(ctx, tx, m.User.ID, i.Folded); err != nil {
		return err
	}
	tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Execute, Row: m.User.ID.String(), Subject: m.User.ID, Fields: []string{"mobile_verification"}})
	if other != nil {
		message.Send(tx, other.Holder, other.Identifier, message.Note{Kind: message.AlreadyHere})
		return nil
	}
	return s.sendCode(ctx, tx, m, i)
}
