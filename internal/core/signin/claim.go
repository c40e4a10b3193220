package signin

import (
	"context"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
)

// OpClaim is the claiming of a company that nobody owns. What it takes is asked in Claim.
var OpClaim = gate.Op{Name: "company.claim", Noun: kith.NounCompany, Verb: kith.Change, Ruled: true}

var errClaimToken = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeSetupToken, Field: "setup_token",
	Message: "Claiming this company from elsewhere needs the setup token that kith printed when it started. Send it as header X-Setup-Token or field setup_token."}

// Claim makes the actor the owner of their company, if nobody is, and puts them into the group admin. It changes nothing
// else. Through a loopback listener that takes nothing more; elsewhere it takes the setup token. Of many who claim at
// once one does. It fails with Unauthenticated for guests, and with Forbidden for everybody else who may not, or comes
// too late.
func (s *Signin) Claim(ctx context.Context, by *kith.Actor, setupToken string) error {
	switch {
	case by.IsGuest():
		return gate.ErrSignIn
	case by.User == nil || !by.Company.Unclaimed():
		return directory.ErrClaimed
	case !by.Remote.Loopback && !s.knowsSetupToken(setupToken):
		return errClaimToken
	}
	_, err := gate.Change(ctx, s.gate, by, OpClaim, struct{}{}, func(ctx context.Context, tx *gate.Tx, _ struct{}) (any, error) {
		if _, err := tx.Users.Lock(ctx, by.User.ID); err != nil {
			return nil, err
		}
		if err := s.stillThere(ctx, tx); err != nil { // now that the user is held
			return nil, err
		}
		return nil, directory.Claim(ctx, tx, by.User.ID)
	})
	return err
}
