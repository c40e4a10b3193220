package signin

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/gate"
)

// AuthenticateOrGuest is Authenticate for the table face, where whoever shows no token of ours is a guest: for one
// that is garbled, foreign, badly signed or past its own end it gives nil and no error. It fails with
// Unauthenticated for a token that was good and that somebody took back: its session was ended, or its user or company
// may not act, or it is good for something else than access.
//
// An opaque token says neither who made it nor when it ends. One that names a company of ours and no session counts as
// taken back; one of an expired session as past its end, as long as the session is kept.
func (s *Signin) AuthenticateOrGuest(ctx context.Context, from kith.Remote, token string) (*kith.Actor, error) {
	actor, err := s.authenticateOurs(ctx, from, token)
	if err == nil && actor != nil && actor.Session.Purpose != kith.PurposeAccess {
		return nil, errToken
	}
	return actor, err
}

func (s *Signin) authenticateOurs(ctx context.Context, from kith.Remote, token string) (*kith.Actor, error) {
	if isJWT(token) {
		claims, err := s.signer.parse(ctx, token, s.clock())
		if errors.Is(err, errJWT) {
			return nil, nil // a guest
		} else if err != nil {
			return nil, err
		}
		return s.resolveNamed(ctx, from, claims)
	}
	company, ok := companyOf(token, accessSize)
	if !ok {
		return nil, nil // a guest
	}
	actor, err := s.resolveOpaque(ctx, from, company, token)
	switch {
	case errors.Is(err, sessionOver):
		return nil, nil // a guest
	case errors.Is(err, noSession):
		return nil, s.takenBack(ctx, from, company)
	default:
		return actor, err
	}
}

// takenBack is the answer to a token that no session has: errToken where it names a company of ours, nil where it is
// foreign.
func (s *Signin) takenBack(ctx context.Context, from kith.Remote, company kith.CompanyID) error {
	holder := &kith.Actor{Company: &kith.Company{ID: company}, Remote: from}
	_, err := gate.Read(ctx, s.gate, holder, opResolve, func(ctx context.Context, tx *gate.Tx) (*kith.Company, error) {
		return tx.Companies.Get(ctx)
	})
	switch {
	case errors.Is(err, kith.ErrNotFound):
		return nil
	case err != nil:
		return err
	default:
		return errToken
	}
}
