package signin

import (
	"context"
	"errors"
	"time"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

var errRefresh = &kith.Error{Kind: kith.Unauthenticated, Code: kith.CodeBadRefresh,
	Message: "This refresh token is not valid, or no longer. Sign in again."}

// OpRefresh is what a route that refreshes asks: nothing of a guest but the refresh token.
var OpRefresh = gate.Op{Name: "session.refresh", Noun: kith.NounSession, Verb: kith.Change, Open: true}

// Refresh makes a session live on and gives its next refresh token. The access token stays the same. A
// token used once more within kith.RefreshGrace gets the same successor, so that a client that lost the
// answer, or two tabs at once, are not thrown out; used later it is taken for stolen, and the session
// ends (RFC 9700 §4.14.2). It fails with Unauthenticated.
func (s *Signin) Refresh(ctx context.Context, from kith.Remote, token string, asked time.Duration) (*SignedIn, error) {
	claim, ok := readRefresh(token)
	if !ok {
		return nil, errRefresh
	}
	guest := guestOf(claim, from)
	// Forged tokens are refused before they take a turn of the writer, and what can be known before the turn
	// is: each of a crowd that refreshes at once waits for the turns of the others.
	in, err := gate.Read(ctx, s.gate, guest, OpRefresh, func(ctx context.Context, tx *gate.Tx) (renewal, error) {
		return prepare(ctx, tx, claim, token, asked)
	})
	var out *SignedIn
	if err == nil {
		out, err = gate.Change(ctx, s.gate, guest, OpRefresh, in, s.renew)
	}
	if errors.Is(err, kith.ErrNotFound) {
		return nil, errRefresh
	}
	return out, err
}

// renewal is one use of a refresh token that is genuine.
type renewal struct {
	claim     refreshClaim
	asked     time.Duration
	successor string           // of the token, whichever way it gets it
	read      *store.Renewable // before the turn of the writer
}

func prepare(ctx context.Context, tx *gate.Tx, claim refreshClaim, token string, asked time.Duration) (renewal, error) {
	key, err := tx.RefreshKey(ctx)
	if err != nil {
		return renewal{}, err
	}
	if !claim.genuine(key, token) {
		return renewal{}, errRefresh
	}
	r, err := tx.Sessions.Renewable(ctx, claim.session)
	successor := refreshToken(key, claim.session, claim.generation+1, claim.company)
	return renewal{claim: claim, asked: asked, successor: successor, read: r}, err
}

// CompanyOfRefresh gives the company that a refresh token says it is of, as an actor that nothing is known of
// but that. Nothing in the token has been checked.
func CompanyOfRefresh(token string, from kith.Remote) (*kith.Actor, error) {
	claim, ok := readRefresh(token)
	if !ok {
		return nil, errRefresh
	}
	return guestOf(claim, from), nil
}

func guestOf(claim refreshClaim, from kith.Remote) *kith.Actor {
	return &kith.Actor{Company: &kith.Company{ID: claim.company}, Remote: from}
}

// renew is the step behind Refresh. What was read before the turn only serves to advance: that fails if any
// of it has changed, and all else is decided by what is read anew.
func (s *Signin) renew(ctx context.Context, tx *gate.Tx, in renewal) (*SignedIn, error) {
	if in.claim.generation == in.read.Session.Refresh.Generation && s.renewable(in.read, tx) {
		out, err := s.advance(ctx, tx, in, in.read)
		if !errors.Is(err, store.ErrNotFound) {
			return out, err
		}
	}
	return s.rotate(ctx, tx, in)
}

// rotate is renew by what is read in the transaction.
func (s *Signin) rotate(ctx context.Context, tx *gate.Tx, in renewal) (*SignedIn, error) {
	r, err := tx.Sessions.Renewable(ctx, in.claim.session)
	if err != nil {
		return nil, err
	}
	state := r.Session.Refresh
	switch {
	case !s.renewable(r, tx):
		return nil, errRefresh
	case in.claim.generation == state.Generation:
		// Of two requests that arrive together one wins; the other finds the generation moved, and comes
		// back within the grace.
		out, err := s.advance(ctx, tx, in, r)
		if errors.Is(err, store.ErrNotFound) {
			return s.rotate(ctx, tx, in)
		}
		return out, err
	case in.claim.generation+1 == state.Generation && tx.Now.Sub(state.RotatedAt) < kith.RefreshGrace:
		tx.Unchanged()
		return in.signedIn(r, r.Session), nil
	default:
		return nil, s.endFamily(ctx, tx, r.Session)
	}
}

// renewable reports whether a session may be refreshed now, by whoever holds its refresh token.
func (s *Signin) renewable(r *store.Renewable, tx *gate.Tx) bool {
	return tx.Now.Before(r.Session.Refresh.ExpiresAt) && !idleOver(r.Session, tx.Now) && s.mayAct(&r.Resolved, tx.By.Remote)
}

// advance moves a session to its next generation. It fails with store.ErrNotFound if the session, its user or
// its company are no longer what was read.
func (s *Signin) advance(ctx context.Context, tx *gate.Tx, in renewal, r *store.Renewable) (*SignedIn, error) {
	next := *r.Session
	life := next.ExpiresAt.Sub(next.Refresh.RotatedAt) // as it was begun with
	if in.asked > 0 && r.Company.Settings.AllowSessionDurations {
		life = s.life(r.Company, in.asked)
	}
	next.ExpiresAt, next.LastUsed = tx.Now.Add(life), tx.Now
	next.Refresh = kith.Refresh{Generation: in.claim.generation + 1, RotatedAt: tx.Now, ExpiresAt: tx.Now.Add(kith.RefreshLife)}
	if err := tx.Sessions.Rotate(ctx, r, &next); err != nil {
		return nil, err
	}
	tx.Record(kith.Event{Noun: kith.NounSession, Verb: kith.Change, Row: next.Handle, Actor: r.User.ID, Subject: r.User.ID,
		Session: next.ID, Fields: []string{"expires"}})
	return in.signedIn(r, &next), nil
}

func (in renewal) signedIn(r *store.Renewable, session *kith.Session) *SignedIn {
	return &SignedIn{Member: kith.Member{User: r.User, Group: r.Group, Company: r.Company}, Session: session, Refresh: in.successor}
}

// endFamily ends a session whose spent refresh token came back: either the thief or the owner holds the
// live one, and we cannot tell which.
func (s *Signin) endFamily(ctx context.Context, tx *gate.Tx, session *kith.Session) error {
	if err := tx.Sessions.Delete(ctx, session.ID); err != nil {
		return err
	}
	tx.Record(ended(session, session.User))
	return tx.Refuse(errRefresh)
}
