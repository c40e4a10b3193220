package signin

import (
	"context"
	"errors"
	"maps"
	"slices"
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

// Why a token does not let in, for AuthenticateOrGuest; nobody else is told.
var (
	noSession      = errors.New("signin: no session has this token")
	sessionOver    = errors.New("signin: the session is over")
	errNoSession   = errToken.Because(noSession)
	errSessionOver = errToken.Because(sessionOver)
)

var opResolve = gate.Op{Name: "session.resolve", Noun: kith.NounSession, Verb: kith.Peek, Open: true}

// Authenticate turns a token, opaque or JWT, into the actor whose session it is: one statement, so that
// whatever ended the session, the user or the company a moment ago holds already. It fails with
// Unauthenticated.
func (s *Signin) Authenticate(ctx context.Context, from kith.Remote, token string) (*kith.Actor, error) {
	if isJWT(token) {
		claims, err := s.signer.parse(ctx, token, s.clock())
		if errors.Is(err, errJWT) {
			return nil, errToken.Because(err)
		} else if err != nil {
			return nil, err
		}
		return s.resolveNamed(ctx, from, claims)
	}
	company, ok := companyOf(token, accessSize)
	if !ok {
		return nil, errToken
	}
	return s.resolveOpaque(ctx, from, company, token)
}

// isJWT tells tokens apart by the shape of the compact serialization (RFC 7515 §7.1).
func isJWT(token string) bool { return strings.Count(token, ".") == 2 }

func (s *Signin) resolveOpaque(ctx context.Context, from kith.Remote, company kith.CompanyID, token string) (*kith.Actor, error) {
	return s.resolve(ctx, from, company, func(ctx context.Context, tx *gate.Tx) (*store.Resolved, error) {
		return tx.Sessions.ByToken(ctx, hashOf(token))
	})
}

// resolveNamed resolves what a JWT names that was found to be genuine. The actor's session ends where the token
// does, so that whoever is given a token of a shorter life cannot make a longer one of it.
func (s *Signin) resolveNamed(ctx context.Context, from kith.Remote, n named) (*kith.Actor, error) {
	actor, err := s.resolve(ctx, from, n.company, func(ctx context.Context, tx *gate.Tx) (*store.Resolved, error) {
		return tx.Sessions.ByID(ctx, n.session)
	})
	if err != nil {
		return nil, err
	}
	end := actor.Session.ExpiresAt
	// Only the token of a permanent session may say no end.
	if actor.Session.Purpose != n.purpose || actor.User.ID != n.user || n.ends.IsZero() && !end.IsZero() {
		return nil, errToken
	}
	if cut := end.Truncate(time.Second); !n.ends.IsZero() && (end.IsZero() || n.ends.Before(cut)) {
		actor.Session.ExpiresAt = n.ends
	}
	return actor, nil
}

func (s *Signin) resolve(ctx context.Context, from kith.Remote, company kith.CompanyID,
	find func(context.Context, *gate.Tx) (*store.Resolved, error)) (*kith.Actor, error) {
	guest := &kith.Actor{Company: &kith.Company{ID: company}, Remote: from}
	r, err := gate.Read(ctx, s.gate, guest, opResolve, find)
	if errors.Is(err, kith.ErrNotFound) {
		return nil, errNoSession
	} else if err != nil {
		return nil, err
	}
	now := s.clock()
	switch {
	case !live(r.Session, now):
		return nil, errSessionOver
	case !s.mayAct(r, from):
		return nil, errToken
	}
	if now.Sub(r.Session.LastUsed) >= kith.LastUsedSlack {
		s.touched.note(use{company, r.Session.ID, now})
	}
	return &kith.Actor{Company: r.Company, User: r.User, Group: r.Group, Session: r.Session, Remote: from}, nil
}

// live reports whether a session's access token is still good. Its last moment is the one before it
// expires.
func live(s *kith.Session, now time.Time) bool {
	if !s.ExpiresAt.IsZero() && !now.Before(s.ExpiresAt) {
		return false
	}
	return !idleOver(s, now)
}

// idleOver reports whether a session was left unused for too long.
func idleOver(s *kith.Session, now time.Time) bool {
	return s.Idle > 0 && !now.Before(s.LastUsed.Add(s.Idle))
}

// mayAct reports whether the session's user and company may work at all, from there.
func (s *Signin) mayAct(r *store.Resolved, from kith.Remote) bool {
	return r.User.Active() && r.Company.Status != kith.CompanySuspended && s.directory.Serves(r.Company, from)
}

// touched remembers which sessions were used, to be written later and together.
type touched struct {
	mu   sync.Mutex
	used map[kith.SessionID]use
}

// use is the last use of a session.
type use struct {
	company kith.CompanyID
	session kith.SessionID
	at      time.Time
}

// maxTouched bounds what is remembered between two writes; beyond it a use goes unnoted, and the next
// one is noted instead.
const maxTouched = 100_000

func newTouched() *touched { return &touched{used: make(map[kith.SessionID]use)} }

func (t *touched) note(u use) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if last, noted := t.used[u.session]; (noted || len(t.used) < maxTouched) && u.at.After(last.at) {
		t.used[u.session] = u
	}
}

func (t *touched) take() []use {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := slices.Collect(maps.Values(t.used))
	clear(t.used)
	return list
}

// WriteLastUsed writes when sessions were last used. The worker calls it every few seconds, so that no
// request waits for it. What cannot be written is kept for the next call.
func (s *Signin) WriteLastUsed(ctx context.Context) error {
	var failed error
	for company, uses := range gate.ByCompany(s.touched.take(), func(u use) kith.CompanyID { return u.company }) {
		left := uses
		if failed == nil {
			left, failed = gate.Bookkeep(ctx, s.gate, company, uses, func(ctx context.Context, tx *store.Tx, u use) error {
				return tx.Sessions.Touch(ctx, u.session, u.at)
			})
		}
		for _, u := range left {
			s.touched.note(u)
		}
	}
	return failed
}

// sweepSlice is how many ended sessions one call removes at most.
const sweepSlice = 500

// SweepEnded removes sessions whose tokens are all expired, some of them, and tells how many. Nobody is
// told: that they would end by themselves was known from the start.
func (s *Signin) SweepEnded(ctx context.Context) (int, error) {
	ended, err := s.gate.System().Ended(ctx, s.clock(), sweepSlice)
	if err != nil {
		return 0, err
	}
	return gate.BookkeepAll(ctx, s.gate, ended, func(e store.Ended) kith.CompanyID { return e.Company },
		func(ctx context.Context, tx *store.Tx, e store.Ended) error {
			return gate.Already(tx.Sessions.Delete(ctx, e.Session))
		})
}

// SweepExpired removes links and codes that are too old, some of them, and tells how many.
func (s *Signin) SweepExpired(ctx context.Context) (int, error) {
	expired, err := s.gate.System().Expired(ctx, s.clock(), sweepSlice)
	if err != nil {
		return 0, err
	}
	return gate.BookkeepAll(ctx, s.gate, expired, func(e store.Expired) kith.CompanyID { return e.Company },
		func(ctx context.Context, tx *store.Tx, e store.Expired) error {
			return gate.Already(tx.Secrets.Drop(ctx, e.Hash))
		})
}

// longestWindow is how far back anything is counted.
const longestWindow = 48 * time.Hour

// SweepTallies removes counts that no window reaches back to, some of them, and tells how many.
func (s *Signin) SweepTallies(ctx context.Context) (int, error) {
	old, err := s.gate.System().OldTallies(ctx, s.clock().Add(-longestWindow), sweepSlice)
	if err != nil {
		return 0, err
	}
	return gate.BookkeepAll(ctx, s.gate, old, func(o store.OldTally) kith.CompanyID { return o.Company },
		func(ctx context.Context, tx *store.Tx, o store.OldTally) error {
			return tx.Tallies.Clear(ctx, o.Kind, o.About)
		})
}
