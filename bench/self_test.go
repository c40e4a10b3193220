package bench

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkSelf: GET /3/user/ with a valid token, through the binary, beside the bare server.
func BenchmarkSelf(b *testing.B) {
	for _, m := range []struct {
		on    engine
		least float64
	}{{onSQLite, 0.6}, {onPostgres, 0.5}} {
		b.Run(m.on.name, func(b *testing.B) { self(b, m.on, m.least) })
	}
}

func self(b *testing.B, on engine, least float64) {
	const rounds, requests, connections = 25, 1500, 16 // short ones: others use the machine in bursts
	kith := serveKith(b, b.TempDir(), on.fresh(b))
	request := get("/3/user/", register(b, kith.address))
	long := size(b, kith.address, request)
	bare := startBare(b, on.fresh(b), long)
	if got := size(b, bare.address, request); got != long {
		b.Fatalf("the bare answer has %d bytes, kith's %d", got, long)
	}
	database := on.cpu(b)
	ours, theirs := side{process: kith}, side{process: bare}
	for _, s := range []*side{&ours, &theirs} {
		s.wires = wires(b, s.process.address, request, connections)
		volley(b, s.wires, requests) // connections, prepared statements, a heap of its usual size
	}
	var ratios []float64
	for round := range rounds {
		first, second := &ours, &theirs
		if round%2 == 1 {
			first, second = second, first
		}
		first.round(b, database, requests)
		second.round(b, database, requests)
		ratios = append(ratios, theirs.last/ours.last)
	}
	quiet(b)
	ratio := median(ratios)
	b.ReportMetric(ratio, "of-bare")
	promise(b, figure{name: "GET /3/user/, " + on.name + ": requests per CPU second, of a bare handler's", got: ratio, least: least,
		detail: fmt.Sprintf("half of the rounds between %.2f and %.2f; %d bytes; CPU per request: kith %s, bare %s; at %d connections %.0f and %.0f requests/s",
			quantile(ratios, 0.25), quantile(ratios, 0.75), long, ours.text(), theirs.text(), connections, median(ours.rates), median(theirs.rates))})
}

// side is one of the two servers and what its rounds found.
type side struct {
	process *process
	wires   []*wire
	server  []float64 // µs of the process, per request
	base    []float64 // µs of the database's own processes, per request
	rates   []float64 // requests per second
	last    float64   // µs of both, in the last round
}

func (s *side) round(b *testing.B, database func() time.Duration, requests int) {
	b.Helper()
	server, base := s.process.cpu(b), database()
	took := volley(b, s.wires, requests)
	n := float64(requests)
	server, base = s.process.cpu(b)-server, database()-base
	s.server, s.base = append(s.server, micros(server)/n), append(s.base, micros(base)/n)
	s.rates = append(s.rates, n/took.Seconds())
	s.last = micros(server+base) / n
}

func (s *side) text() string { return cost(s.server, s.base, 0) }
