package signin

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
)

// RegisterCompany makes a company, with its owner in it, and signs the owner in: all of it or nothing.
// It fails with Forbidden where the operator does not allow it, with Invalid for each bad field and
// with Conflict if the company's id is taken.
func (s *Signin) RegisterCompany(ctx context.Context, by *kith.Actor, in CompanyRegistration) (*SignedIn, error) {
	if err := s.mayMakeCompanies(in.SetupToken); err != nil {
		return nil, err
	}
	mode, err := s.modeFor(by, in.Company.Mode)
	if err != nil {
		return nil, err
	}
	person, err := s.checkFounder(ctx, in, mode, false)
	if err != nil {
		return nil, err
	}
	founder := &kith.Actor{Company: &kith.Company{ID: kith.NewCompanyID(s.gate.Random)}, Remote: by.Remote}
	return gate.Change(ctx, s.gate, founder, OpRegisterCompany, in, func(ctx context.Context, tx *gate.Tx, in CompanyRegistration) (*SignedIn, error) {
		owner := tx.NewUserID()
		admin, err := directory.AddCompany(ctx, tx, in.Company, owner, mode)
		if err != nil {
			return nil, err
		}
		return s.addAndSignIn(ctx, tx, directory.NewUser{ID: owner, Group: admin}, person, grant{life: kith.DefaultSessionDuration})
	})
}

// checkFounder brings all that a company is made from into its normal form, reports every bad field, and
// hashes the owner's password, if they have one.
func (s *Signin) checkFounder(ctx context.Context, in CompanyRegistration, mode kith.CompanyMode, passwordless bool) (checked, error) {
	planned := &kith.Company{Slug: in.Company.Slug, Mode: mode, Details: in.Company.Details}
	check := s.check
	if passwordless {
		check = s.checkPerson
	}
	person, err := check(in.Person, planned)
	if err := errors.Join(in.Company.Validate(), err); err != nil || passwordless {
		return person, err
	}
	person.hash, err = s.hash(ctx, in.Password)
	return person, err
}

// CreateCompany makes a company and its owner for the operator: production unless test is asked for,
// whatever the policy, and signs nobody in. An owner without a password gets in by a link. It fails with
// Forbidden for anybody else, with Invalid for each bad field and with Conflict if the id is taken.
func (s *Signin) CreateCompany(ctx context.Context, by *kith.Actor, in CompanyRegistration) (kith.Member, error) {
	if err := directory.CheckOperator(by); err != nil {
		return kith.Member{}, err
	}
	mode := kith.Production
	if in.Company.Mode != nil {
		mode = *in.Company.Mode
	}
	person, err := s.checkFounder(ctx, in, mode, in.Password == "")
	if err != nil {
		return kith.Member{}, err
	}
	founder := &kith.Actor{System: true, Company: &kith.Company{ID: kith.NewCompanyID(s.gate.Random)}, Remote: by.Remote}
	return gate.Change(ctx, s.gate, founder, OpRegisterCompany, in, func(ctx context.Context, tx *gate.Tx, in CompanyRegistration) (kith.Member, error) {
		owner := directory.NewUser{ID: tx.NewUserID(), Identifiers: person.identifiers, Profile: person.profile}
		var err error
		if owner.Group, err = directory.AddCompany(ctx, tx, in.Company, owner.ID, mode); err != nil {
			return kith.Member{}, err
		}
		m, err := directory.AddUser(ctx, tx, owner)
		if err == nil && person.hash != "" {
			err = tx.Credentials.SetPassword(ctx, m.User.ID, "", person.hash)
		}
		return m, err
	})
}

// modeFor is the mode of a new company: what was asked for, or what its listener suggests.
func (s *Signin) modeFor(by *kith.Actor, asked *kith.CompanyMode) (kith.CompanyMode, error) {
	switch {
	case asked == nil && by.Remote.Loopback:
		return kith.Test, nil
	case asked == nil:
		return kith.Production, nil
	case *asked == kith.Test && !s.directory.ServesTest(by.Remote):
		return 0, &kith.Error{Kind: kith.Forbidden, Code: kith.CodeTestCompany, Field: "company.mode",
			Message: "Test companies are not served here. Ask for mode production, or ask the operator."}
	default:
		return *asked, nil
	}
}
