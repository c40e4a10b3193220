package store

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestWalkPlaces: a company that walks all the time leaves a place for others, who wait no longer than they
// may; nothing is left of those who are gone.
func TestWalkPlaces(t *testing.T) {
	w, ctx := newWalkPlaces(2), t.Context()
	take := func(company int64) func() {
		t.Helper()
		release, err := w.take(ctx, company, 10*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		return release
	}
	first := take(1)
	if first == nil {
		t.Fatal("no place for the first")
	}
	if take(1) != nil {
		t.Error("one company has both places")
	}
	second := take(2)
	if second == nil {
		t.Fatal("no place for another company")
	}
	if take(3) != nil {
		t.Error("there are three places")
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := w.take(gone, 3, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("who is gone waits on: %v", err)
	}
	first()
	if first = take(1); first == nil {
		t.Fatal("no place for the first once more")
	}
	first()
	second()
	if len(w.companies) != 0 || len(w.free) != 0 {
		t.Errorf("%d companies and %d places are left", len(w.companies), len(w.free))
	}
}
