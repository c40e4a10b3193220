package store

import (
	"context"
	"sync"
	"time"
)

// walks are the places for long walks: two in a process, so that nobody else feels them, and one of them
// for each company, so that no company keeps another from walking.
var walks = newWalkPlaces(2)

type walkPlaces struct {
	free      chan struct{}
	mu        sync.Mutex
	companies map[int64]*companyPlace // that hold a place or wait for one
}

type companyPlace struct {
	free    chan struct{}
	callers int
}

func newWalkPlaces(n int) *walkPlaces {
	return &walkPlaces{free: make(chan struct{}, n), companies: make(map[int64]*companyPlace)}
}

// take waits for a place, as long as it may. It gives what lets go of it; nil if there was none in time.
func (w *walkPlaces) take(ctx context.Context, company int64, wait time.Duration) (release func(), err error) {
	own := w.join(company)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	release = func() { w.leave(company, own) }
	for _, free := range []chan struct{}{own.free, w.free} {
		select {
		case free <- struct{}{}:
			before := release
			release = func() { <-free; before() }
		case <-timer.C:
			release()
			return nil, nil
		case <-ctx.Done():
			release()
			return nil, ctx.Err()
		}
	}
	return release, nil
}

func (w *walkPlaces) join(company int64) *companyPlace {
	w.mu.Lock()
	defer w.mu.Unlock()
	own := w.companies[company]
	if own == nil {
		own = &companyPlace{free: make(chan struct{}, 1)}
		w.companies[company] = own
	}
	own.callers++
	return own
}

func (w *walkPlaces) leave(company int64, own *companyPlace) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if own.callers--; own.callers == 0 {
		delete(w.companies, company)
	}
}
