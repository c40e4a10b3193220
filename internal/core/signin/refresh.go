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
	// Forged tokens are refused before they take a turn of the writer.
	genuine, err := gate.Read(ctx, s.gate, guest, OpRefresh, func(ctx context.Context, tx *gate.Tx) (bool, error) {
		key, err := tx.RefreshKey(ctx)
		return err == nil && claim.genuine(key, token), err
	})
	if errors.Is(err, kith.ErrNotFound) || err == nil && !genuine {
		return nil, errRefresh
	} else if err != nil {
		return nil, err
	}
	out, err := gate.Change(ctx, s.gate, guest, OpRefresh, claim, func(ctx context.Context, tx *gate.Tx, claim refreshClaim) (*SignedIn, error) {
		return s.rotate(ctx, tx, claim, asked)
	})
	if errors.Is(err, kith.ErrNotFound) {
		return nil, errRefresh
	}
	return out, err
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

// rotate is the step behind Refresh, for a token that is genuine.
func (s *Signin) rotate(ctx context.Context, tx *gate.Tx, claim refreshClaim, asked time.Duration) (*SignedIn, error) {
	r, err := tx.Sessions.ByID(ctx, claim.session)
	if err != nil {
		return nil, err
	}
	state := r.Session.Refresh
	switch {
	case !tx.Now.Before(state.ExpiresAt) || idleOver(r.Session, tx.Now) || !s.mayAct(r, tx.By.Remote):
		return nil, errRefresh
	case claim.generation == state.Generation:
		return s.advance(ctx, tx, claim, r, asked)
	case claim.generation+1 == state.Generation && tx.Now.Sub(state.RotatedAt) < kith.RefreshGrace:
		tx.Unchanged()
		// The successor is that of the session as it was compared: another may have moved it on meanwhile.
		return s.handOut(ctx, tx, r, "", nil)
	default:
		return nil, s.endFamily(ctx, tx, r)
	}
}

// advance moves a session to its next generation. Of two requests that arrive together one wins; the
// other finds the generation moved, and comes back within the grace.
func (s *Signin) advance(ctx context.Context, tx *gate.Tx, claim refreshClaim, r *store.Resolved, asked time.Duration) (*SignedIn, error) {
	next := *r.Session
	life := next.ExpiresAt.Sub(next.Refresh.RotatedAt) // as it was begun with
	if asked > 0 && r.Company.Settings.AllowSessionDurations {
		life = s.life(r.Company, asked)
	}
	next.ExpiresAt = tx.Now.Add(life)
	next.Refresh = kith.Refresh{Generation: claim.generation + 1, RotatedAt: tx.Now, ExpiresAt: tx.Now.Add(kith.RefreshLife)}
	err := tx.Sessions.Rotate(ctx, &next)
	if errors.Is(err, store.ErrNotFound) {
		return s.rotate(ctx, tx, claim, asked)
	} else if err != nil {
		return nil, err
	}
	tx.Record(kith.Event{Noun: kith.NounSession, Verb: kith.Change, Row: next.Handle, Actor: r.User.ID, Subject: r.User.ID,
		Session: next.ID, Fields: []string{"expires"}})
	return s.signedIn(ctx, tx, claim.session, "", nil)
}

// endFamily ends a session whose spent refresh token came back: either the thief or the owner holds the
// live one, and we cannot tell which.
func (s *Signin) endFamily(ctx context.Context, tx *gate.Tx, r *store.Resolved) error {
	if err := tx.Sessions.Delete(ctx, r.Session.ID); err != nil {
		return err
	}
	tx.Record(ended(r.Session, r.User.ID))
	return tx.Refuse(errRefresh)
}
