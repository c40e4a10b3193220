package signin

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
)

// SignUp is what a user is made from who gives a name as one: what the table faces take.
type SignUp struct {
	Name, Email, Password string
	Mobile                string // "" for none
	TermsAndConditions    bool   // accepted
	PrivacyPolicy         bool   // accepted
}

// PreparedSignUp is a sign-up that is checked and hashed.
type PreparedSignUp struct {
	signin *Signin
	person checked
	hidden bool // nobody is to learn whether the names were taken
}

// PrepareSignUp checks a sign-up and hashes its password, outside of any transaction. It fails with Invalid for each
// bad field, and with Forbidden for a guest where the company takes no registrations. What is to be accepted is asked
// of guests: others sign somebody else up.
func (s *Signin) PrepareSignUp(ctx context.Context, by *kith.Actor, in SignUp) (*PreparedSignUp, error) {
	settings := by.Company.Settings
	if by.IsGuest() && !settings.AllowRegistrations {
		return nil, errRegistrationOff
	}
	profile, errName := kith.SplitName(in.Name)
	var errEmail, errTerms error
	if in.Email == "" {
		errEmail = kith.BadField("email", kith.CodeRequired, "This field is required.")
	}
	who := Person{Email: in.Email, Mobile: in.Mobile, Password: in.Password, Profile: profile,
		TermsAndConditions: in.TermsAndConditions, PrivacyPolicy: in.PrivacyPolicy}
	if by.IsGuest() {
		errTerms = checkTerms(settings, UserRegistration{Person: who})
	}
	person, err := s.check(who, by.Company)
	if err := errors.Join(errName, errEmail, errTerms, err); err != nil {
		return nil, err
	}
	if person.hash, err = s.hash(ctx, in.Password); err != nil { // last, so that nobody makes us hash for nothing
		return nil, err
	}
	hidden := settings.Disclosure == kith.Hidden && !by.Holds(kith.SectionAdmin, kith.NounUser, kith.Add)
	return &PreparedSignUp{s, person, hidden}, nil
}

// Step makes the user, in the default role group. It fails with Conflict if the e-mail or the mobile is taken; in a
// company with hidden disclosure, for all but staff who add users, neither the answer nor its cost tells, and the mail
// does: then it always gives a Member without a User.
func (p *PreparedSignUp) Step(ctx context.Context, tx *gate.Tx) (kith.Member, error) {
	group, err := groupFor(ctx, tx, nil)
	if err != nil {
		return kith.Member{}, err
	}
	u := directory.NewUser{ID: tx.NewUserID(), Group: group}
	if !p.hidden {
		if err := p.signin.addPerson(ctx, tx, u, p.person); err != nil {
			return kith.Member{}, err
		}
		return tx.Users.Member(ctx, u.ID)
	}
	err = p.signin.addHidden(ctx, tx, u, p.person)
	if e := kith.AsError(err); err != nil && e.Kind == kith.Conflict { // with somebody whom staff made at that moment
		err = errRaced
	}
	return kith.Member{}, err
}

var errRaced = &kith.Error{Kind: kith.Unavailable, Code: kith.CodeBusy, Message: "Somebody else was faster. Try again."}
