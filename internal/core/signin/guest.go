package signin

import (
	"context"
	"errors"

	"kith"
)

// AuthenticateOrGuest turns a token into the actor whose session it is; nil if it is no token of ours, or one
// whose time is over. It fails with Unauthenticated for a genuine JWT whose session was ended before its time.
func (s *Signin) AuthenticateOrGuest(ctx context.Context, from kith.Remote, token string) (*kith.Actor, error) {
	actor, err := s.Authenticate(ctx, from, token)
	if err == nil || !errors.Is(err, errToken) {
		return actor, err
	}
	if _, bad := s.signer.parse(ctx, token, s.clock()); bad == nil {
		return nil, err
	}
	return nil, nil
}
