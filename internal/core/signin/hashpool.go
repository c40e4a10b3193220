package signin

import (
	"context"
	"sync/atomic"
	"time"

	"kith"
)

// Pool bounds how many password hashes are computed at once and how many wait for their turn, so
// that a rush of sign-ins neither starves other requests nor fills the memory: each hash takes all
// of one core and 19 MiB. Whoever finds the queue full is told to come back. Turns are given in the
// order of asking.
//
// A goroutine that hashes keeps its processor (Go's, not the machine's) for 10 ms at a time, so
// workers should be fewer than GOMAXPROCS: with as many, every other request stands behind them.
// The queue should hold as many callers as may reasonably come at once: who is refused and asks
// again without pause costs more than who waits.
type Pool struct {
	slots    chan struct{} // one for each hash under way
	admitted atomic.Int64  // under way or waiting
	limit    int64         // of admitted
}

// NewPool makes a Pool that runs at most workers functions at once while at most queue others wait.
func NewPool(workers, queue int) *Pool {
	return &Pool{slots: make(chan struct{}, workers), limit: int64(workers + queue)}
}

// poolRetry is when a full queue is worth asking again: it is soon shorter, not yet empty.
const poolRetry = 2 * time.Second

var errPoolFull = &kith.Error{Kind: kith.Unavailable, Code: kith.CodeBusy, RetryAfter: poolRetry,
	Message: "Too many people are signing in right now. Try again in a moment."}

// Do runs fn in its turn, on the caller's goroutine, and returns when it is done. It fails with
// Unavailable, at once, if the queue is full, and with ctx's error if that ends while waiting; fn
// has then not run.
func (p *Pool) Do(ctx context.Context, fn func()) error {
	admitted := p.admitted.Add(1)
	defer p.admitted.Add(-1)
	if admitted > p.limit {
		return errPoolFull
	}
	if err := ctx.Err(); err != nil {
		return err // a free slot and a gone caller would otherwise be a coin toss
	}
	// Goroutines that wait to send on a channel are served in the order they came.
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.slots }()
	fn()
	return nil
}

// Running is how many functions are under way.
func (p *Pool) Running() int { return len(p.slots) }

// Waiting is how many wait for their turn, as near as one can tell without stopping them.
func (p *Pool) Waiting() int { return max(0, int(p.admitted.Load())-p.Running()) }
