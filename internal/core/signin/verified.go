package signin

import (
	"crypto/sha256"
	"strings"
	"sync"
	"time"
)

// verified remembers what tokens name whose signatures were checked: a check costs more than all else that a request
// needs. What may change is asked anew each time, as it is of any token: whether its key still verifies, and the
// times. The session's row decides in any case.
type verified struct {
	mu         sync.Mutex
	young, old map[[sha256.Size]byte]checkedToken
}

// checkedToken is what a token names, and when it is good: from its issue, or the end of its not-before, up to its end.
type checkedToken struct {
	named
	from, until time.Time // until is zero for one that says no end
}

// mostVerified is how many tokens are remembered, twice as many at most, before those not seen since are let go: some
// 3 MB.
const mostVerified = 10_000

// recall gives what a token names that was checked before, if it is good now.
func (s *signer) recall(token string, now time.Time) (named, bool) {
	header, _, _ := strings.Cut(token, ".")
	if key := s.keys.Load().byHeader[header]; key == nil || key.ended(now) {
		return named{}, false
	}
	v, key := &s.verified, sha256.Sum256([]byte(token))
	v.mu.Lock()
	defer v.mu.Unlock()
	c, known := v.young[key]
	if !known {
		if c, known = v.old[key]; known {
			v.add(key, c)
		}
	}
	if !known || now.Before(c.from) || !c.until.IsZero() && !now.Before(c.until) {
		return named{}, false
	}
	return c.named, true
}

// remember keeps what a token names.
func (s *signer) remember(token string, c *claims, n named) {
	kept := checkedToken{named: n, from: c.IssuedAt.Time}
	if c.NotBefore != nil && c.NotBefore.After(kept.from) {
		kept.from = c.NotBefore.Time
	}
	if c.ExpiresAt != nil {
		kept.until = c.ExpiresAt.Time
	}
	s.verified.mu.Lock()
	defer s.verified.mu.Unlock()
	s.verified.add(sha256.Sum256([]byte(token)), kept)
}

func (v *verified) add(key [sha256.Size]byte, c checkedToken) {
	if v.young == nil || len(v.young) >= mostVerified {
		v.old, v.young = v.young, make(map[[sha256.Size]byte]checkedToken)
	}
	v.young[key] = c
}
