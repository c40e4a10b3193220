package bench

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// BenchmarkAuthenticate: from a token to the actor whose session it is, in one statement.
func BenchmarkAuthenticate(b *testing.B) {
	for _, m := range []struct {
		on   engine
		n    int
		most float64
	}{{onSQLite, 8000, 20}, {onPostgres, 2000, 140}} {
		b.Run(m.on.name, func(b *testing.B) { authenticate(b, m.on, m.n, m.most) })
	}
}

func authenticate(b *testing.B, on engine, n int, most float64) {
	const rounds = 9
	ctx := context.Background()
	h := newHouse(b, on.fresh(b), 10)
	database := on.cpu(b)
	read, err := bareRead(ctx, on.fresh(b), 600)
	if err != nil {
		b.Fatal(err)
	}
	guest := &kith.Actor{Company: &kith.Company{ID: h.company.CompanyID()}, Remote: h.company.Remote}
	hash := sha256.Sum256([]byte(h.owner.Token))
	kinds := []struct {
		do     func() error
		client []float64
		server []float64
		both   []float64
	}{
		{do: func() error {
			_, err := h.core.Signin.Authenticate(ctx, guest.Remote, h.owner.Token)
			return err
		}},
		{do: func() error {
			return h.db.View(ctx, guest, func(tx *store.Tx) error {
				_, err := tx.Sessions.ByToken(ctx, hash[:])
				return err
			})
		}},
		{do: func() error {
			var row bareRow
			return read(ctx, &row)
		}},
	}
	start := time.Now()
	for round := range rounds + 1 {
		for i := range kinds {
			k := &kinds[i]
			client, server := ownCPU(b), database()
			for range n {
				if err := k.do(); err != nil {
					b.Fatal(err)
				}
			}
			c, s := micros(ownCPU(b)-client)/float64(n), micros(database()-server)/float64(n)
			if round > 0 { // the first warms up
				k.client, k.server, k.both = append(k.client, c), append(k.server, s), append(k.both, c+s)
			}
		}
	}
	b.Logf("%d rounds in %v", rounds, time.Since(start))
	quiet(b)
	whole, stored, bare := &kinds[0], &kinds[1], &kinds[2]
	b.ReportMetric(median(whole.both), "cpu-µs")
	promise(b, figure{name: "authenticating a token, " + on.name + ": CPU", got: median(whole.both), most: most, unit: "µs",
		detail: fmt.Sprintf("signin.Authenticate %.1f + %.1f (client + server), of it the store %.1f + %.1f; a bare point read %.1f + %.1f: %.1f times that",
			median(whole.client), median(whole.server), median(stored.client), median(stored.server),
			median(bare.client), median(bare.server), median(whole.both)/median(bare.both))})
}
