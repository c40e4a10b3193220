package signin

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kith"
)

func TestPoolBoundsAndOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers, queue = 2, 5
		pool := NewPool(workers, queue)
		var (
			mu            sync.Mutex
			running, most int
			served        []int
			callers       sync.WaitGroup
		)
		for i := range workers + queue {
			callers.Go(func() {
				err := pool.Do(t.Context(), func() {
					mu.Lock()
					running++
					most = max(most, running)
					served = append(served, i)
					mu.Unlock()
					time.Sleep(time.Second)
					mu.Lock()
					running--
					mu.Unlock()
				})
				if err != nil {
					t.Errorf("caller %d: %v", i, err)
				}
			})
			time.Sleep(time.Millisecond) // so that they ask, and end, in this order
		}
		if pool.Running() != workers || pool.Waiting() != queue {
			t.Errorf("%d running and %d waiting; want %d and %d", pool.Running(), pool.Waiting(), workers, queue)
		}

		ran := false
		err := pool.Do(t.Context(), func() { ran = true })
		e, ok := errors.AsType[*kith.Error](err)
		if ran || !ok || e.Kind != kith.Unavailable || e.Code != kith.CodeBusy ||
			e.RetryAfter < time.Second || e.RetryAfter > 2*time.Second {
			t.Errorf("a full queue answers %#v (ran: %t)", err, ran)
		}
		if pool.Waiting() != queue {
			t.Errorf("after the refusal %d wait; want %d", pool.Waiting(), queue)
		}

		callers.Wait()
		if !slices.Equal(served, []int{0, 1, 2, 3, 4, 5, 6}) {
			t.Errorf("served in the order %v", served)
		}
		if most != workers {
			t.Errorf("%d ran at once; want %d", most, workers)
		}
		if pool.Running() != 0 || pool.Waiting() != 0 {
			t.Errorf("idle, yet %d running and %d waiting", pool.Running(), pool.Waiting())
		}
	})
}

func TestPoolWaitingEndsWithTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := NewPool(1, 1)
		release := make(chan struct{})
		go func() { _ = pool.Do(t.Context(), func() { <-release }) }()
		synctest.Wait()

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		ran := false
		start := time.Now()
		if err := pool.Do(ctx, func() { ran = true }); !errors.Is(err, context.DeadlineExceeded) || ran {
			t.Errorf("a caller who left got %v (ran: %t)", err, ran)
		}
		if waited := time.Since(start); waited != time.Second {
			t.Errorf("it took %v to let go", waited)
		}
		close(release)
		synctest.Wait()
		if err := pool.Do(ctx, func() { ran = true }); !errors.Is(err, context.DeadlineExceeded) || ran {
			t.Errorf("with a free slot, a caller who left got %v (ran: %t)", err, ran)
		}
		if err := pool.Do(t.Context(), func() { ran = true }); err != nil || !ran {
			t.Errorf("the place of those who left is lost: %v (ran: %t)", err, ran)
		}
	})
}

func TestPoolOutlivesPanic(t *testing.T) {
	pool := NewPool(1, 0)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic did not reach the caller")
			}
		}()
		_ = pool.Do(t.Context(), func() { panic("broken") })
	}()
	ran := false
	if err := pool.Do(t.Context(), func() { ran = true }); err != nil || !ran {
		t.Errorf("after a panic: %v (ran: %t)", err, ran)
	}
}
