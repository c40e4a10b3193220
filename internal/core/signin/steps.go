package signin

import (
	"context"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
)

// Steps for the catalogue (core/resource), which asks the access rule itself and makes several of them one change.

// ChangeUserStep is the step behind ChangeUser.
func (s *Signin) ChangeUserStep(ctx context.Context, tx *gate.Tx, user kith.UserID, p directory.PlannedChange) error {
	if err := p.Validate(); err != nil {
		return err
	}
	m, prove, err := directory.ChangePlannedUser(ctx, tx, user.String(), p)
	if err != nil {
		return err
	}
	_, err = s.askForProof(ctx, tx, m, prove...) // what is not sent now may be asked for again
	return err
}

// AddContactStep is the step behind AddOwnContact, for the actor, and behind AddContact, for anybody else.
func (s *Signin) AddContactStep(ctx context.Context, tx *gate.Tx, in directory.NewContact) (*directory.Contact, error) {
	p := directory.PlanContact(in)
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if in.User == "" {
		return s.contactStep(directory.AddOwnContact)(ctx, tx, p)
	}
	return s.contactStep(directory.AddContact)(ctx, tx, p)
}

// ChangeContactStep is the step behind ChangeOwnContact if the contact is the actor's own, and behind ChangeContact
// otherwise.
func (s *Signin) ChangeContactStep(ctx context.Context, tx *gate.Tx, own bool, in directory.ContactEdit) error {
	step := directory.ChangeContact
	if own {
		step = directory.ChangeOwnContact
	}
	_, err := s.editStep(step)(ctx, tx, in)
	return err
}

// RemoveContactStep is the step behind RemoveOwnContact if the contact is the actor's own, and behind RemoveContact
// otherwise.
func (s *Signin) RemoveContactStep(ctx context.Context, tx *gate.Tx, own bool, in directory.ContactEdit) error {
	step := directory.RemoveContact
	if own {
		step = directory.RemoveOwnContact
	}
	_, err := s.editStep(step)(ctx, tx, in)
	return err
}

// freshSignIn is how long after a sign-in by password the actor need not give it again to choose another: whoever
// has only found or taken a session must not become its owner.
const freshSignIn = 10 * time.Minute

var errCurrentPassword = kith.BadField("current_password", kith.CodeRequired,
	"To choose another password, give the current one too, or sign in again first.")

// PrepareOwnPassword checks and hashes the actor's next password, and gives the step that sets it. The step ends all
// their temporary sessions, the one that asks too, and their links and codes. current may be "" right after a
// sign-in.
func (s *Signin) PrepareOwnPassword(ctx context.Context, by *kith.Actor, op gate.Op, next, current string) (func(context.Context, *gate.Tx) error, error) {
	compared, err := s.comparedPassword(ctx, by, op, current)
	if err != nil {
		return nil, err
	}
	if err := CheckPassword(by.Company.Mode, next, ownWords(by.Company, by.User.Username, by.User.Email, by.User.Profile)...); err != nil {
		return nil, kith.AsError(err).In("password")
	}
	hash, err := s.hash(ctx, next)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, tx *gate.Tx) error {
		if err := keepPassword(ctx, tx, by.User.ID, compared, hash, "current_password"); err != nil {
			return err
		}
		if err := s.stillThere(ctx, tx); err != nil {
			return err
		}
		if err := directory.EndTrust(ctx, tx, by.User.ID, kith.SessionID{}, false); err != nil {
			return err
		}
		tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Change, Row: by.User.ID.String(), Subject: by.User.ID, Fields: []string{"password"}})
		return s.tellOfPassword(ctx, tx, kith.Member{User: by.User, Company: by.Company})
	}, nil
}

// comparedPassword gives the hash of the actor's password once they have proved that they know it: by giving it, or
// by having signed in with it a moment ago.
func (s *Signin) comparedPassword(ctx context.Context, by *kith.Actor, op gate.Op, current string) (string, error) {
	if current != "" {
		compared, _, err := s.reprove(ctx, by, op, "current_password", current)
		return compared, err
	}
	return gate.Read(ctx, s.gate, by, op, func(ctx context.Context, tx *gate.Tx) (string, error) {
		if by.Session == nil {
			return "", errCurrentPassword
		}
		methods, err := tx.Sessions.Methods(ctx, by.Session.ID)
		if err != nil {
			return "", err
		}
		age := s.clock().Sub(by.Session.ID.Created())
		if methods&kith.MethodPassword == 0 || age < 0 || age >= freshSignIn {
			return "", errCurrentPassword
		}
		login, err := tx.Credentials.ByID(ctx, by.User.ID)
		return login.Hash, err
	})
}
