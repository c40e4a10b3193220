package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"kith"
	"kith/internal/core/signin"
)

// BenchmarkRefresh: as many clients as write in BenchmarkWriters each extend their session, one refresh token
// after the other, beside as many durable writes of the engine.
func BenchmarkRefresh(b *testing.B) {
	const rounds, length = 5, 400 * time.Millisecond
	for _, on := range []engine{onSQLite, onPostgres} {
		b.Run(on.name, func(b *testing.B) {
			h := newHouse(b, on.fresh(b), writers)
			write, refresh := h.together(b), h.refresher(b)
			_, _ = load(length, write)
			_, _ = load(length, refresh)
			var ratios, ours, bare []float64
			for range rounds {
				r, w := ratesOf(b, length, refresh), ratesOf(b, length, write)
				ratios, ours, bare = append(ratios, r/w), append(ours, r), append(bare, w)
			}
			promise(b, figure{name: fmt.Sprintf("%s, %d clients refresh: refreshes/s, of durable writes/s", on.name, writers),
				got: median(ratios), least: 0.5, detail: fmt.Sprintf("%.0f and %.0f per second", median(ours), median(bare))})
			quiet(b)
		})
	}
}

// ratesOf counts what is done in a second.
func ratesOf(b *testing.B, length time.Duration, do func(int) error) float64 {
	b.Helper()
	start := time.Now()
	n, err := load(length, do)
	if err != nil {
		b.Fatal(err)
	}
	return float64(n) / time.Since(start).Seconds()
}

// refresher extends a session of each writer's own.
func (h *house) refresher(b *testing.B) func(writer int) error {
	b.Helper()
	ctx, guest := context.Background(), &kith.Actor{Remote: h.company.Remote}
	tokens := make([]string, writers)
	for i := range tokens {
		in, err := h.core.Signin.SignIn(ctx, guest, signin.Login{Company: slug, User: fmt.Sprintf("user%d@example.com", i), Password: password})
		if err != nil {
			b.Fatal(err)
		}
		tokens[i] = in.Refresh
	}
	return func(writer int) error {
		in, err := h.core.Signin.Refresh(ctx, guest.Remote, tokens[writer], 0)
		if err == nil {
			tokens[writer] = in.Refresh
		}
		return err
	}
}
