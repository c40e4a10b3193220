package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kith/internal/core/signin"
)

// BenchmarkSignIn: what a sign-in costs beside the one hash that it must cost.
func BenchmarkSignIn(b *testing.B) {
	const rounds, each = 7, 8
	kith := serveKith(b, b.TempDir(), onSQLite.fresh(b))
	register(b, kith.address)
	one := wires(b, kith.address, signIn, 1)
	hasher := signin.NewHasher(signin.DefaultHashCost, rand.Reader)
	hash := hasher.Hash(password)
	volley(b, one, 2)
	var ratios, hashes, signIns []float64
	for range rounds {
		before := ownCPU(b)
		for range each {
			if ok, _ := hasher.Verify(hash, password); !ok {
				b.Fatal("the hash does not match")
			}
		}
		hashing := millis(ownCPU(b)-before) / each
		before = kith.cpu(b)
		volley(b, one, each)
		whole := millis(kith.cpu(b)-before) / each
		ratios, hashes, signIns = append(ratios, hashing/whole), append(hashes, hashing), append(signIns, whole)
	}
	quiet(b)
	ratio := median(ratios)
	b.ReportMetric(ratio, "of-hash")
	promise(b, figure{name: "sign-in: CPU of one hash, of a whole sign-in's", got: ratio, least: 0.9,
		detail: fmt.Sprintf("hash %.1f ms, sign-in %.1f ms of CPU", median(hashes), median(signIns))})
}

// BenchmarkRush: 200 who sign in without pause must not be felt by those who are in, nor fill the
// memory.
func BenchmarkRush(b *testing.B) {
	const rounds, clients, probes = 3, 200, 400
	kith := serveKith(b, b.TempDir(), onSQLite.fresh(b))
	request := get("/3/user/", register(b, kith.address))
	probe := wires(b, kith.address, request, 1)[0]
	latencies(b, probe, probes/4)
	var added, idle, busy []time.Duration
	var signedIn int64
	var rushed time.Duration
	for range rounds {
		calm := latencies(b, probe, probes)
		end := rush(b, kith.address, signIn, clients)
		start := time.Now()
		hurried := latencies(b, probe, probes)
		rushed += time.Since(start)
		signedIn += end()
		idle, busy = append(idle, quantile(calm, 0.99)), append(busy, quantile(hurried, 0.99))
		added = append(added, busy[len(busy)-1]-idle[len(idle)-1])
	}
	quiet(b)
	promise(b, figure{name: fmt.Sprintf("GET /3/user/ p99 while %d sign in without pause, above idle p99", clients),
		got: millis(median(added)), most: 40, unit: "ms",
		detail: fmt.Sprintf("p99 idle %.1f ms, rushed %.1f ms; %.1f sign-ins/s", millis(median(idle)), millis(median(busy)),
			float64(signedIn)/rushed.Seconds())})
	promise(b, figure{name: "the most memory held meanwhile", got: kith.memory(b, "VmHWM"), most: 150, unit: "MB",
		detail: "peak resident size of the process"})
}

// latencies asks n times, with pauses, and gives how long each answer took.
func latencies(b *testing.B, w *wire, n int) []time.Duration {
	b.Helper()
	list := make([]time.Duration, n)
	for i := range list {
		time.Sleep(10 * time.Millisecond)
		start := time.Now()
		got, err := w.send()
		if err != nil || got.status != 200 {
			b.Fatal(err, got.status, string(got.body))
		}
		list[i] = time.Since(start)
	}
	return list
}

// rush lets clients sign in by the request, each again as soon as it is in, until end is called, which gives how
// many came in. A client that is refused is a failure: the queue has room for them all.
func rush(b *testing.B, address string, request []byte, clients int) (end func() int64) {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var done atomic.Int64
	var all sync.WaitGroup
	errs := make([]error, clients)
	for i := range clients {
		w, err := dial(address, request)
		if err != nil {
			b.Fatal(err)
		}
		context.AfterFunc(ctx, w.close) // who goes away is forgotten by the queue
		all.Go(func() {
			for ctx.Err() == nil {
				got, err := w.send()
				switch {
				case ctx.Err() != nil:
					return
				case err == nil && got.status != 200:
					err = fmt.Errorf("sign-in: %d %s", got.status, got.body)
				}
				if err != nil {
					errs[i] = err
					return
				}
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
