package signin

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// errToken is the one answer to a token that does not let in, whatever the reason.
var errToken = &kith.Error{Kind: kith.Unauthenticated, Code: kith.CodeUnauthenticated,
	Message: "This token is not valid, or no longer. Sign in again."}

var opResolve = gate.Op{Name: "session.resolve", Noun: kith.NounSession, Verb: kith.Peek, Open: true}

// Authenticate turns a token, opaque or JWT, into the actor whose session it is: one statement, so that
// whatever ended the session, the user or the company a moment ago holds already. It fails with
// Unauthenticated.
func (s *Signin) Authenticate(ctx context.Context, from kith.Remote, token string) (*kith.Actor, error) {
	if strings.Count(token, ".") == 2 {
		return s.authenticateJWT(ctx, from, token)
	}
	company, ok := companyOf(token, accessSize)
	if !ok {
		return nil, errToken
	}
	return s.resolve(ctx, from, company, func(ctx context.Context, tx *gate.Tx) (*store.Resolved, error) {
		return tx.Sessions.ByToken(ctx, hashOf(token))
	})
}

func (s *Signin) authenticateJWT(ctx context.Context, from kith.Remote, token string) (*kith.Actor, error) {
	claims, err := s.signer.read(token, s.clock())
	if err != nil {
		return nil, errToken.Because(err)
	}
	actor, err := s.resolve(ctx, from, claims.company, func(ctx context.Context, tx *gate.Tx) (*store.Resolved, error) {
		return tx.Sessions.ByID(ctx, claims.session)
	})
	if err == nil && (actor.Session.Purpose != claims.purpose || actor.User.ID != claims.user) {
		return nil, errToken
	}
	return actor, err
}

func (s *Signin) resolve(ctx context.Context, from kith.Remote, company kith.CompanyID,
	find func(context.Context, *gate.Tx) (*store.Resolved, error)) (*kith.Actor, error) {
	guest := &kith.Actor{Company: &kith.Company{ID: company}, Remote: from}
	r, err := gate.Read(ctx, s.gate, guest, opResolve, find)
	if errors.Is(err, kith.ErrNotFound) {
		return nil, errToken
	} else if err != nil {
		return nil, err
	}
	now := s.clock()
	if !live(r.Session, now) || !s.mayAct(r, from) {
		return nil, errToken
	}
	if now.Sub(r.Session.LastUsed) >= kith.LastUsedSlack {
		s.touched.note(company, r.Session.ID, now)
	}
	return &kith.Actor{Company: r.Company, User: r.User, Group: r.Group, Session: r.Session, Remote: from}, nil
}

// live reports whether a session's access token is still good. Its last moment is the one before it
// expires.
func live(s *kith.Session, now time.Time) bool {
	if !s.ExpiresAt.IsZero() && !now.Before(s.ExpiresAt) {
		return false
	}
	return s.Idle == 0 || now.Before(s.LastUsed.Add(s.Idle))
}

// mayAct reports whether the session's user and company may work at all, from there.
func (s *Signin) mayAct(r *store.Resolved, from kith.Remote) bool {
	return r.User.Active() && r.Company.Status != kith.CompanySuspended && s.directory.Serves(r.Company, from)
}

// touched remembers which sessions were used, to be written later and together.
type touched struct {
	mu   sync.Mutex
	used map[touchedSession]time.Time
}

type touchedSession struct {
	company kith.CompanyID
	session kith.SessionID
}

// maxTouched bounds what is remembered between two writes; beyond it a use goes unnoted, and the next
// one is noted instead.
const maxTouched = 100_000

func newTouched() *touched { return &touched{used: make(map[touchedSession]time.Time)} }

func (t *touched) note(company kith.CompanyID, session kith.SessionID, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.used) < maxTouched {
		t.used[touchedSession{company, session}] = now
	}
}

func (t *touched) take() map[touchedSession]time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	used := t.used
	t.used = make(map[touchedSession]time.Time, len(used))
	return used
}

// opTouch writes when sessions were used. It is bookkeeping of kith's own and leaves no event.
var opTouch = gate.Op{Name: "session.touch", Noun: kith.NounSession, Verb: kith.Change, Open: true}

// WriteLastUsed writes when sessions were last used. The worker calls it every few seconds, so that no
// request waits for it.
func (s *Signin) WriteLastUsed(ctx context.Context) error {
	var errs []error
	for at, used := range s.touched.take() {
		by := &kith.Actor{System: true, Company: &kith.Company{ID: at.company}}
		_, err := gate.Change(ctx, s.gate, by, opTouch, at, func(ctx context.Context, tx *gate.Tx, at touchedSession) (any, error) {
			tx.Unchanged()
			return nil, tx.Sessions.Touch(ctx, at.session, used)
		})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// opSweep removes what is over. The end of a session was told when it ended, or was its expiry.
var opSweep = gate.Op{Name: "session.sweep", Noun: kith.NounSession, Verb: kith.Delete, Open: true}

// sweepSlice is how many ended sessions one call removes at most.
const sweepSlice = 500

// SweepEnded removes sessions whose tokens are all expired, one slice of them, and tells how many.
func (s *Signin) SweepEnded(ctx context.Context) (int, error) {
	ended, err := s.gate.System().Ended(ctx, s.clock(), sweepSlice)
	if err != nil {
		return 0, err
	}
	for _, e := range ended {
		by := &kith.Actor{System: true, Company: &kith.Company{ID: e.Company}}
		_, err := gate.Change(ctx, s.gate, by, opSweep, e, func(ctx context.Context, tx *gate.Tx, e store.Ended) (any, error) {
			tx.Unchanged()
			err := tx.Sessions.Delete(ctx, e.Session)
			if errors.Is(err, store.ErrNotFound) {
				err = nil // another node was faster
			}
			return nil, err
		})
		if err != nil {
			return 0, err
		}
	}
	return len(ended), nil
}
