package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The neighbours: one company asks so often a second, the other fifty times as often.
const (
	quietRate = 10
	loudRate  = 50 * quietRate
)

// noise measures how long a small company waits for its list while the large one of the same server asks
// fifty times as often, beside how long it waits alone. Both ask at fixed times, whatever the answers
// take, and a wait counts from when its request was due.
func noise(b *testing.B, on engine, c *crowd) {
	b.Helper()
	const rounds, probes, connections = 6, 10 * quietRate, 8
	token := login(b, c.kith.address, slug+"-00004") // it has nine users
	probe := wires(b, c.kith.address, get("/3/admin/users/?page_size=50", token), 1)[0]
	var requests [][]byte
	for _, q := range []string{"?page_size=50", "?page_size=50&status=verified", "?page_size=50&search=smit", "?page_size=50&search=mgarc"} {
		requests = append(requests, get("/3/admin/users/"+q, c.token))
	}
	var alone, beside []time.Duration
	var asked int64
	var loud time.Duration
	paced(b, probe, quietRate, quietRate) // a connection, prepared statements
	for range rounds {
		alone = append(alone, paced(b, probe, quietRate, probes)...)
		end := shout(b, c.kith.address, requests, connections)
		start := time.Now()
		beside = append(beside, paced(b, probe, quietRate, probes)...)
		loud += time.Since(start)
		asked += end()
	}
	rate := float64(asked) / loud.Seconds()
	if rate < 0.9*loudRate {
		b.Errorf("the loud company came to %.0f requests/s only, not %d", rate, loudRate)
	}
	calm, noisy := millis(quantile(alone, 0.99)), millis(quantile(beside, 0.99))
	promise(b, figure{name: fmt.Sprintf("p99 of a company beside one with %d times its load, %s, times its p99 alone", loudRate/quietRate, on.name),
		got: noisy / calm, most: 3,
		detail: fmt.Sprintf("%.1f and %.1f ms at %d requests/s; p50 %.1f and %.1f ms; the other at %.0f/s",
			noisy, calm, quietRate, millis(median(beside)), millis(median(alone)), rate)})
}

// paced sends n requests at a fixed rate, and gives how long after its time each was answered.
func paced(b *testing.B, w *wire, rate, n int) []time.Duration {
	b.Helper()
	list := make([]time.Duration, n)
	start := time.Now()
	for i := range list {
		due := start.Add(time.Duration(i) * time.Second / time.Duration(rate))
		time.Sleep(time.Until(due))
		got, err := w.send()
		if err != nil || got.status != 200 {
			b.Fatal(err, got.status, string(got.body))
		}
		list[i] = time.Since(due)
	}
	return list
}

// shout asks at the loud rate until end is called, which gives how many answers came.
func shout(b *testing.B, address string, requests [][]byte, connections int) (end func() int64) {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var done atomic.Int64
	var all sync.WaitGroup
	errs := make([]error, connections)
	for i, w := range wires(b, address, nil, connections) {
		w.requests, w.at = requests, i
		all.Go(func() {
			step := time.Second * time.Duration(connections) / loudRate
			for due := time.Now().Add(step * time.Duration(i) / time.Duration(connections)); ctx.Err() == nil && errs[i] == nil; due = due.Add(step) {
				time.Sleep(time.Until(due))
				got, err := w.send()
				if err == nil && got.status != 200 {
					err = fmt.Errorf("answer %d: %s", got.status, got.body)
				}
				errs[i] = err
				done.Add(1)
			}
		})
	}
	return func() int64 {
		b.Helper()
		cancel()
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			b.Fatal(err)
		}
		return done.Load()
	}
}
