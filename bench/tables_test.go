package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// BenchmarkTableRow: GET /api/user_account/{id} with the JWT of its sign-in, of oneself and of another, beside GET /3/user/
// with its opaque token, by the same process.
func BenchmarkTableRow(b *testing.B) {
	for _, on := range []engine{onSQLite, onPostgres} {
		b.Run(on.name, func(b *testing.B) { tableRow(b, on) })
	}
}

func tableRow(b *testing.B, on engine) {
	const rounds, requests, connections = 25, 1500, 16
	kith := serveKith(b, b.TempDir(), on.fresh(b))
	token := register(b, kith.address)
	type user struct{ ID string }
	other := once[struct{ User user }](b, kith.address, post("/3/auth/register/", map[string]any{"company": slug,
		"email": "grace.hopper@example.com", "password": password, "first_name": "Grace", "last_name": "Hopper"})).User
	own := once[user](b, kith.address, get("/3/user/", token))
	jwt := tableToken(b, kith.address)
	database := on.cpu(b)
	self, row, others := side{process: kith}, side{process: kith}, side{process: kith}
	self.wires = wires(b, kith.address, get("/3/user/", token), connections)
	row.wires = wires(b, kith.address, tableRequest("GET", rowPath+own.ID, jwt, nil), connections)
	others.wires = wires(b, kith.address, tableRequest("GET", rowPath+other.ID, jwt, nil), connections)
	turns := []*side{&self, &row, &others}
	for _, s := range turns {
		volley(b, s.wires, requests)
	}
	var ofOwn, ofOther []float64
	for range rounds {
		for _, s := range turns {
			s.round(b, database, requests)
		}
		ofOwn, ofOther = append(ofOwn, row.last/self.last), append(ofOther, others.last/self.last)
		turns = append(turns[1:], turns[0])
	}
	quiet(b)
	for _, f := range []struct {
		whose  string
		ratios []float64
		most   float64
		side   *side
	}{{"one's own row", ofOwn, 1.25, &row}, {"another's row", ofOther, 1.25, &others}} {
		promise(b, figure{name: "GET /api/user_account/{id}, " + f.whose + ", " + on.name + ": CPU, of GET /3/user/", got: median(f.ratios), most: f.most,
			detail: fmt.Sprintf("half of the rounds between %.2f and %.2f; CPU per request: %s, GET /3/user/ %s",
				quantile(f.ratios, 0.25), quantile(f.ratios, 0.75), f.side.text(), self.text())})
	}
}

const rowPath = "/api/user_account/"

// tableSignIn is the sign-in of the table API.
var tableSignIn = post("/action/user_account/signin", map[string]any{"attributes": map[string]any{"email": email, "password": password}})

// tableToken signs in by the table API and gives the JWT.
func tableToken(b *testing.B, address string) string {
	b.Helper()
	w, err := dial(address, tableSignIn)
	if err != nil {
		b.Fatal(err)
	}
	defer w.close()
	got, err := w.send()
	var steps []struct {
		Attributes struct{ Key, Value string }
	}
	err = errors.Join(err, json.Unmarshal(got.body, &steps))
	if err != nil || len(steps) == 0 || steps[0].Attributes.Key != "token" || strings.Count(steps[0].Attributes.Value, ".") != 2 {
		b.Fatalf("no JWT: %v, %d %s", err, got.status, got.body)
	}
	return steps[0].Attributes.Value
}

// What the original of the table API does in a second on a machine like this (version 0.12.36, SQLite, wrk with 16
// connections). While eight sign in it answers 1.7 requests a second, with a p99 of 4.5 s.
const (
	originalRows  = 2026
	originalLists = 794
	originalDeep  = 428 // the 900th page
)

// BenchmarkTableRates: what the original of the table API was measured by: one row, a list of ten of ten thousand, its 900th
// page, and one row while eight sign in.
func BenchmarkTableRates(b *testing.B) {
	kith := serveKith(b, b.TempDir(), onSQLite.fresh(b))
	type user struct{ ID string }
	own := once[user](b, kith.address, get("/3/user/", register(b, kith.address)))
	row := tableRequest("GET", rowPath+own.ID, tableToken(b, kith.address), nil)
	crowd := newCrowd(b, onSQLite, small)
	list := func(query string) []byte {
		return tableRequest("GET", "/api/user_account?page[size]=10"+query, crowd.token, nil)
	}
	const connections = 16
	perSecond(b, "GET /api/user_account/{id}", wires(b, kith.address, row, connections), originalRows)
	perSecond(b, "GET /api/user_account, 10 of 10000", wires(b, crowd.kith.address, list(""), connections), originalLists)
	perSecond(b, "GET /api/user_account, the 900th page", wires(b, crowd.kith.address, list("&page[number]=900"), connections), originalDeep)
	const calm, clients = 4, 8
	probes := wires(b, kith.address, row, calm)
	start := time.Now()
	end := rush(b, kith.address, tableSignIn, clients)
	waits := burst(b, probes, burstTime)
	signedIn := end()
	took := time.Since(start).Seconds()
	promise(b, figure{name: fmt.Sprintf("GET /api/user_account/{id} while %d sign in by the table API: p99", clients), got: millis(quantile(waits, 0.99)), most: 100, unit: "ms",
		detail: fmt.Sprintf("p50 %.1f ms; %.0f requests/s of %d connections, %.1f sign-ins/s", millis(median(waits)), float64(len(waits))/burstTime.Seconds(), calm, float64(signedIn)/took)})
	quiet(b)
}

// burstTime is how long the connections of a burst are busy.
const burstTime = 5 * time.Second

// perSecond tells how many requests are answered in a second, and how fast.
func perSecond(b *testing.B, what string, wires []*wire, least float64) {
	b.Helper()
	volley(b, wires, 500) // it warms up
	waits := burst(b, wires, burstTime)
	promise(b, figure{name: fmt.Sprintf("%s, %d connections: requests/s", what, len(wires)), got: float64(len(waits)) / burstTime.Seconds(), least: least,
		detail: fmt.Sprintf("p50 %.1f ms, p99 %.1f ms", millis(median(waits)), millis(quantile(waits, 0.99)))})
}

// burst sends without pause over all connections for so long, and gives how long each answer took.
func burst(b *testing.B, wires []*wire, long time.Duration) []time.Duration {
	b.Helper()
	waits, errs := make([][]time.Duration, len(wires)), make([]error, len(wires))
	end := time.Now().Add(long)
	var all sync.WaitGroup
	for i, w := range wires {
		all.Go(func() {
			for start := time.Now(); start.Before(end) && errs[i] == nil; start = time.Now() {
				got, err := w.send()
				if err == nil && got.status != 200 {
					err = fmt.Errorf("answer %d: %s", got.status, got.body)
				}
				waits[i], errs[i] = append(waits[i], time.Since(start)), err
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	return slices.Concat(waits...)
}
