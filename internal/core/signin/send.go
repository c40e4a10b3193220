package signin

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/seal"
	"kith/internal/store"
)

// Caps of what people can have sent, to themselves or to others (T85): a mailbox is not flooded by whoever
// knows its address, and nobody earns by having a company text numbers of their own.
const (
	sendsToOne   = 5     // in an hour, to one address or number; of mails to reset a password as many again
	sendsToUser  = 20    // in a day, to all addresses and numbers of one user
	sendsToRange = 1_000 // in an hour, from one company to numbers that begin alike: see directory.NumberRange
)

// maySend counts one more message that somebody asked for, to an address or number of a user's as it is
// compared, and reports whether it may go. Ask before making a secret: of what is not sent, the secret from
// before stays good.
func (s *Signin) maySend(ctx context.Context, tx *gate.Tx, user kith.UserID, target string) (bool, error) {
	wait, err := s.untilSend(ctx, tx, user, target, false)
	return wait == 0, err
}

// checkSend is maySend for those who may be told: it fails with Limited.
func (s *Signin) checkSend(ctx context.Context, tx *gate.Tx, user kith.UserID, target string) error {
	return tooMany(s.untilSend(ctx, tx, user, target, false))
}

// tooMany refuses where there is a wait.
func tooMany(wait time.Duration, err error) error {
	if err != nil || wait == 0 {
		return err
	}
	return &kith.Error{Kind: kith.Limited, Code: kith.CodeTooMany, RetryAfter: wait,
		Message: "Too many messages were sent to this address or user already."}
}

// untilSend counts one more message, or tells how long it is until one may go: zero if it may now. Mails to
// reset a password have a cap of their own, since whoever has anything else sent must not keep people out who
// forgot theirs (T25).
func (s *Signin) untilSend(ctx context.Context, tx *gate.Tx, user kith.UserID, target string, reset bool) (time.Duration, error) {
	if !s.config.Limits {
		return 0, nil
	}
	key, err := tx.TallyKey(ctx)
	if err != nil {
		return 0, err
	}
	caps := []struct {
		kind   store.Tally
		about  []byte
		window time.Duration
		most   int
	}{
		{store.TallySends, aboutName(key, target), time.Hour, sendsToOne},
		{store.TallyRequests, user[:], 24 * time.Hour, sendsToUser},
	}
	if numbers, is := directory.NumberRange(target); reset && !is {
		caps = caps[:1]
		caps[0].about = aboutName(key, "reset "+target)
	} else if is {
		caps = append(caps, caps[0])
		caps[2].about, caps[2].most = aboutName(key, "range "+numbers), sendsToRange
	}
	for _, c := range caps {
		wait, err := countOne(ctx, tx, c.kind, c.about, c.window, c.most)
		if err != nil || wait > 0 {
			return wait, err
		}
	}
	return 0, nil
}

// aboutName is what is counted for a name: useless without the company's key.
func aboutName(key seal.Key, name string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(name))
	return mac.Sum(nil)
}

// countOne counts one more, or tells how long it is until there may be one more: zero if it was counted.
func countOne(ctx context.Context, tx *gate.Tx, kind store.Tally, about []byte, window time.Duration, most int) (time.Duration, error) {
	counted, err := tx.Tallies.Count(ctx, kind, about, window, most)
	if err != nil || counted {
		return 0, err
	}
	_, since, err := tx.Tallies.Get(ctx, kind, about)
	return max(since.Add(window).Sub(tx.Now), time.Millisecond), err
}

// asked is what guests asked for and were answered before anybody looked into it.
type asked struct {
	mu   sync.Mutex
	list []request
}

// request is one thing that a guest asked for.
type request struct {
	do     func(context.Context) error
	failed int // times
}

// Bounds of what waits to be looked into, and of how often it is tried again where the database fails.
const (
	maxAsked = 10_000
	maxTries = 5
)

var errAsked = &kith.Error{Kind: kith.Unavailable, Code: kith.CodeBusy, RetryAfter: 2 * time.Second,
	Message: "Too many wait for their messages just now. Try again in a moment."}

// later puts off what a guest asked to be sent until they were answered. Whether there is anybody to send it
// to is looked up then and not before, so that neither the answer nor its time tells (T26, T27). It waits in
// memory, for a moment: what a crash takes is asked for again. It fails with Unavailable if too much waits.
func (s *Signin) later(do func(context.Context) error) error {
	s.asked.mu.Lock()
	defer s.asked.mu.Unlock()
	if len(s.asked.list) >= maxAsked {
		return errAsked
	}
	s.asked.list = append(s.asked.list, request{do: do})
	return nil
}

// SendAsked looks into what guests asked for: the worker calls it all the time. What fails is kept for the
// next call, a few times.
func (s *Signin) SendAsked(ctx context.Context) error {
	s.asked.mu.Lock()
	todo := len(s.asked.list)
	s.asked.mu.Unlock()
	var errs []error
	for range todo { // one at a time, so that one that panics takes no other with it
		s.asked.mu.Lock()
		if len(s.asked.list) == 0 { // another call took them
			s.asked.mu.Unlock()
			break
		}
		r := s.asked.list[0]
		s.asked.list = s.asked.list[1:]
		s.asked.mu.Unlock()
		err := r.do(ctx)
		if err == nil {
			continue
		}
		errs = append(errs, err)
		if r.failed++; r.failed < maxTries {
			s.asked.mu.Lock()
			s.asked.list = append(s.asked.list, r)
			s.asked.mu.Unlock()
		}
	}
	return errors.Join(errs...)
}
