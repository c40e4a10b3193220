package worker

import (
	"sync"
	"time"
)

// How many failures in a row open a breaker, and how long it stays open: twice as long each time.
const (
	breakerFailures = 5
	breakerFirst    = 5 * time.Second
	breakerLast     = time.Minute
)

// breaker keeps a provider that does not work from being asked by everybody who waits: after some failures
// in a row it is left alone for a while, and then asked by one. It is safe for many goroutines.
type breaker struct {
	now func() time.Time

	mu       sync.Mutex
	failures int // in a row
	opened   int // times in a row
	until    time.Time
}

// allowed tells how many messages may be tried now, of as many as wanted: none while it is open, one to
// find out whether it should be.
func (b *breaker) allowed(wanted int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.opened == 0:
		return wanted
	case b.now().Before(b.until):
		return 0
	}
	return 1
}

// open reports whether the provider is left alone.
func (b *breaker) open() bool { return b.allowed(1) == 0 }

// told counts an answer of the provider. It reports whether that opened or closed the breaker.
func (b *breaker) told(worked bool) (changed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if worked {
		changed = b.opened > 0
		b.failures, b.opened = 0, 0
		return changed
	}
	b.failures++
	if b.failures < breakerFailures || b.opened > 0 && b.now().Before(b.until) { // those still under way say nothing new
		return false
	}
	b.until = b.now().Add(min(breakerFirst<<min(b.opened, 8), breakerLast))
	b.opened++
	return b.opened == 1
}
