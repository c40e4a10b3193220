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

// BenchmarkAuthenticate: from a token to the actor whose session it is, in one statement. The promise
// was made in µs, beside a bare point read that took 10.9 µs on SQLite and 89 µs, the server's share
// included, on PostgreSQL; what is held to it is the ratio, for the µs are the machine's.
func BenchmarkAuthenticate(b *testing.B) {
	for _, m := range []struct {
		on    engine
		n     int
		most  float64 // µs, where a bare point read takes
		where float64
	}{{onSQLite, 6000, 20, 10.9}, {onPostgres, 2000, 140, 89}} {
		b.Run(m.on.name, func(b *testing.B) { authenticate(b, m.on, m.n, m.most, m.where) })
	}
}

func authenticate(b *testing.B, on engine, n int, most, where float64) {
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
	whole := repeated{do: func() error {
		_, err := h.core.Signin.Authenticate(ctx, guest.Remote, h.owner.Token)
		return err
	}}
	stored := repeated{do: func() error {
		return h.db.View(ctx, guest, func(tx *store.Tx) error {
			_, err := tx.Sessions.ByToken(ctx, hash[:])
			return err
		})
	}}
	bare := repeated{do: func() error {
		var row bareRow
		return read(ctx, &row)
	}}
	var ratios []float64
	for round := range rounds + 1 {
		for _, r := range []*repeated{&whole, &stored, &bare} {
			r.round(b, database, n)
		}
		if round == 0 { // it warmed up
			whole.forget()
			stored.forget()
			bare.forget()
			continue
		}
		ratios = append(ratios, whole.last/bare.last)
	}
	quiet(b)
	ratio := median(ratios)
	b.ReportMetric(ratio, "bare-reads")
	promise(b, figure{name: fmt.Sprintf("authenticating a token, %s: CPU, times a bare point read (%.0f µs where that takes %.1f)", on.name, most, where),
		got: ratio, most: most / where,
		detail: fmt.Sprintf("signin.Authenticate %s, of it the store %s; bare %s", whole.text(), stored.text(), bare.text())})
}

// repeated is something done many times and what its rounds found.
type repeated struct {
	do     func() error
	client []float64 // µs of this process, each time
	server []float64 // µs of the database's own processes, each time
	last   float64   // µs of both, in the last round
}

func (r *repeated) round(b *testing.B, database func() time.Duration, n int) {
	b.Helper()
	client, server := ownCPU(b), database()
	for range n {
		if err := r.do(); err != nil {
			b.Fatal(err)
		}
	}
	client, server = ownCPU(b)-client, database()-server
	r.client, r.server = append(r.client, micros(client)/float64(n)), append(r.server, micros(server)/float64(n))
	r.last = micros(client+server) / float64(n)
}

func (r *repeated) forget() { r.client, r.server = nil, nil }

func (r *repeated) text() string { return cost(r.client, r.server, 1) }
