package signin

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
)

// SignUp is what a user is made from who gives a name as one: what the table faces take.
type SignUp struct{ Name, Email, Password, Mobile string }

// PreparedSignUp is a sign-up that is checked and hashed.
type PreparedSignUp struct {
	signin *Signin
	person checked
}

// PrepareSignUp checks a sign-up and hashes its password, outside of any transaction. It fails with Invalid for each
// bad field, and with Forbidden for a guest where the company takes no registrations.
func (s *Signin) PrepareSignUp(ctx context.Context, by *kith.Actor, in SignUp) (*PreparedSignUp, error) {
	settings := by.Company.Settings
	if by.IsGuest() && !settings.AllowRegistrations {
		return nil, errRegistrationOff
	}
	profile, errName := kith.SplitName(in.Name)
	var errEmail error
	if in.Email == "" {
		errEmail = kith.BadField("email", kith.CodeRequired, "This field is required.")
	}
	person, err := s.check(Person{Email: in.Email, Mobile: in.Mobile, Password: in.Password, Profile: profile}, by.Company)
	if err := errors.Join(errName, errEmail, err); err != nil {
		return nil, err
	}
	if person.hash, err = s.hash(ctx, in.Password); err != nil { // last, so that nobody makes us hash for nothing
		return nil, err
	}
	return &PreparedSignUp{s, person}, nil
}

// Step makes the user, in the default role group.
func (p *PreparedSignUp) Step(ctx context.Context, tx *gate.Tx) (kith.Member, error) {
	group, err := groupFor(ctx, tx, nil)
	if err != nil {
		return kith.Member{}, err
	}
	u := directory.NewUser{ID: tx.NewUserID(), Group: group}
	if err := p.signin.addPerson(ctx, tx, u, p.person); err != nil {
		return kith.Member{}, err
	}
	return tx.Users.Member(ctx, u.ID)
}
