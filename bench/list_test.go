package bench

import (
	"encoding/json"
	"fmt"
	"net/url"
	"testing"
	"time"
)

// millionFigures is how many figures `make bench-million` finds: on each engine two for each question,
// the list beside a bare one, a member's list, the quiet neighbour and the making; on SQLite the disk, too.
var millionFigures = 2*(2*len(questions)+4) + 1

// questions are what staff ask. Those that can be asked in different words are, so that not only one
// path through the index is warm.
var questions = []struct {
	name string
	ask  func(c *crowd) []string
}{
	{"list of 50", func(*crowd) []string { return []string{"?page_size=50&orderby=-created"} }},
	{"list of 50 by status", func(*crowd) []string {
		return []string{"?page_size=50&status=verified", "?page_size=50&status=pending"}
	}},
	{"exact e-mail", func(c *crowd) (list []string) {
		for _, email := range c.emails {
			list = append(list, "?email="+url.QueryEscape(email))
		}
		return list
	}},
	{"10 by the beginning of an e-mail", func(*crowd) []string {
		return []string{"?page_size=10&search=mgarcia", "?page_size=10&search=agarcia"}
	}},
	{"50 by the beginning of a name", func(*crowd) []string {
		return []string{"?page_size=50&search=garc", "?page_size=50&search=smit", "?page_size=50&search=moham"}
	}},
	{"page in the middle, by cursor", func(c *crowd) []string { return c.deep }},
}

// lists asks both crowds the same and compares what it costs.
func lists(b *testing.B, on engine, many, few *crowd) {
	b.Helper()
	database := on.cpu(b)
	for _, q := range questions {
		m, f := asked(b, many, q.ask(many)), asked(b, few, q.ask(few))
		if m.rows != f.rows {
			b.Fatalf("%s: %d users are answered of many, %d of few", q.name, m.rows, f.rows)
		}
		const rounds, requests, probes = 9, 120, 150
		var ratios []float64
		for round := range rounds + 1 {
			first, second := &m.side, &f.side
			if round%2 == 1 {
				first, second = second, first
			}
			first.round(b, database, requests)
			second.round(b, database, requests)
			if round == 0 { // it warmed up
				m.forget()
				f.forget()
				continue
			}
			ratios = append(ratios, m.last/f.last)
			m.probe(b, probes)
			f.probe(b, probes)
		}
		what := fmt.Sprintf("%s, %s, of %d users beside %d: ", q.name, on.name, many.users, few.users)
		promise(b, figure{name: what + "CPU per request", got: median(ratios), most: 2,
			detail: fmt.Sprintf("%s and %s; %d users in the answer", m.text(), f.text(), m.rows)})
		slow, fast := millis(quantile(m.waits, 0.99)), millis(quantile(f.waits, 0.99))
		promise(b, figure{name: what + "p99", got: slow / fast, most: 3,
			detail: fmt.Sprintf("%.1f and %.1f ms; p50 %.1f and %.1f ms", slow, fast, millis(median(m.waits)), millis(median(f.waits)))})
	}
}

// asking is a crowd that is asked one question.
type asking struct {
	side
	rows  int // in the answer
	waits []time.Duration
}

func asked(b *testing.B, c *crowd, queries []string) *asking {
	b.Helper()
	const connections = 4
	var requests [][]byte
	rows := -1
	for _, q := range queries {
		path := q
		if q[0] == '?' {
			path = "/3/admin/users/" + q
		}
		request := get(path, c.token)
		got := len(once[page](b, c.kith.address, request).Results)
		if rows >= 0 && rows != got {
			b.Fatalf("%s answers %d users, another question of its kind %d", q, got, rows)
		}
		requests, rows = append(requests, request), got
	}
	if rows <= 0 {
		b.Fatalf("nothing was found: %v", queries)
	}
	a := &asking{side: side{process: c.kith, wires: wires(b, c.kith.address, nil, connections)}, rows: rows}
	for i, w := range a.wires {
		w.requests, w.at = requests, i
	}
	return a
}

func (a *asking) forget() { a.side, a.waits = side{process: a.process, wires: a.wires}, nil }

// probe asks some times, one after the other, and notes how long each answer took.
func (a *asking) probe(b *testing.B, n int) {
	b.Helper()
	for range n {
		start := time.Now()
		got, err := a.wires[0].send()
		if err != nil || got.status != 200 {
			b.Fatal(err, got.status, string(got.body))
		}
		a.waits = append(a.waits, time.Since(start))
	}
}

// keyset compares the list of 50 with the least that the same rows can be had for: net/http, one query
// over the same index of the same database through the same driver, JSON of the same size.
func keyset(b *testing.B, on engine, c *crowd) {
	b.Helper()
	const rounds, requests, connections = 15, 200, 4
	request := get("/3/admin/users/?page_size=50&orderby=-created", c.token)
	long := size(b, c.kith.address, request)
	bare := startBareList(b, c.url, long)
	ours, theirs := side{process: c.kith}, side{process: bare}
	database := on.cpu(b)
	for _, s := range []*side{&ours, &theirs} {
		s.wires = wires(b, s.process.address, request, connections)
		volley(b, s.wires, requests)
	}
	got := once[json.RawMessage](b, bare.address, request)
	if len(got) < long*9/10 || len(got) > long*11/10 {
		b.Fatalf("the bare answer has %d bytes, kith's %d", len(got), long)
	}
	var ratios []float64
	for round := range rounds {
		first, second := &ours, &theirs
		if round%2 == 1 {
			first, second = second, first
		}
		first.round(b, database, requests)
		second.round(b, database, requests)
		ratios = append(ratios, ours.last/theirs.last)
	}
	promise(b, figure{name: "list of 50, " + on.name + ": CPU per request, times a bare keyset query of the same rows", got: median(ratios), most: 2,
		detail: fmt.Sprintf("kith %s, bare %s; %d bytes", ours.text(), theirs.text(), long)})
}
