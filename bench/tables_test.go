package bench

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// BenchmarkTableRow: GET /api/user_account/{id} with a JWT, beside GET /3/user/ with its token, by the same process.
func BenchmarkTableRow(b *testing.B) {
	for _, on := range []engine{onSQLite, onPostgres} {
		b.Run(on.name, func(b *testing.B) { tableRow(b, on, 1.25) })
	}
}

func tableRow(b *testing.B, on engine, most float64) {
	const rounds, requests, connections = 25, 1500, 16
	kith := serveKith(b, b.TempDir(), on.fresh(b))
	token := register(b, kith.address)
	jwt := tableToken(b, kith.address)
	type user struct{ ID string }
	path := "/api/user_account/" + once[user](b, kith.address, get("/3/user/", token)).ID
	database := on.cpu(b)
	self, row := side{process: kith}, side{process: kith}
	self.wires = wires(b, kith.address, get("/3/user/", token), connections)
	row.wires = wires(b, kith.address, tableRequest("GET", path, jwt, nil), connections)
	for _, s := range []*side{&self, &row} {
		volley(b, s.wires, requests)
	}
	var ratios []float64
	for round := range rounds {
		first, second := &self, &row
		if round%2 == 1 {
			first, second = second, first
		}
		first.round(b, database, requests)
		second.round(b, database, requests)
		ratios = append(ratios, row.last/self.last)
	}
	quiet(b)
	ratio := median(ratios)
	b.ReportMetric(ratio, "of-self")
	promise(b, figure{name: "GET /api/user_account/{id}, " + on.name + ": CPU, of GET /3/user/", got: ratio, most: most,
		detail: fmt.Sprintf("half of the rounds between %.2f and %.2f; CPU per request: %s, GET /3/user/ %s",
			quantile(ratios, 0.25), quantile(ratios, 0.75), row.text(), self.text())})
}

var tableSignIn = post("/action/user_account/signin", map[string]any{"email": email, "password": password})

// tableToken signs the owner in through the table API, and gives the JWT.
func tableToken(b *testing.B, address string) string {
	b.Helper()
	w, err := dial(address, tableSignIn)
	if err != nil {
		b.Fatal(err)
	}
	defer w.close()
	got, err := w.send()
	var list []struct{ Attributes struct{ Value string } }
	if err == nil {
		err = json.Unmarshal(got.body, &list)
	}
	if err != nil || len(list) == 0 || list[0].Attributes.Value == "" {
		b.Fatalf("sign-in: %v, %d %s", err, got.status, got.body)
	}
	return list[0].Attributes.Value
}

// BenchmarkTableRates: what one process answers on SQLite to 16 connections that ask without pause: one row, ten of
// seventeen rows, and one row to four connections while eight others sign in. The original was asked the same.
func BenchmarkTableRates(b *testing.B) {
	const rounds, requests, connections, others = 9, 1500, 16, 16
	kith := serveKith(b, b.TempDir(), onSQLite.fresh(b))
	register(b, kith.address)
	jwt := tableToken(b, kith.address)
	for i := range others {
		once[struct{}](b, kith.address, post("/3/auth/register/", map[string]any{"company": slug, "email": fmt.Sprintf("other%d@x.example", i), "password": password}))
	}
	one, list := tableRequest("GET", "/api/user_account/mine", jwt, nil), tableRequest("GET", "/api/user_account?page[size]=10", jwt, nil)
	rate := func(request []byte, connections, n int) func() float64 {
		w := wires(b, kith.address, request, connections)
		volley(b, w, n/4)
		return func() float64 { return float64(n) / volley(b, w, n).Seconds() }
	}
	single, ten, beside := rate(one, connections, requests), rate(list, connections, requests), rate(one, 4, 50)
	var ones, tens, rushed []float64
	for range rounds {
		ones, tens = append(ones, single()), append(tens, ten())
		end := rush(b, kith.address, tableSignIn, 8)
		rushed = append(rushed, beside())
		end()
	}
	quiet(b)
	for what, rates := range map[string][]float64{"GET /api/user_account/mine": ones, "list of 10 of 17": tens, "GET while 8 sign in": rushed} {
		b.ReportMetric(median(rates), strings.ReplaceAll(what, " ", "-")+"/s")
	}
	promise(b, figure{name: "GET /api/user_account/mine while 8 sign in: rate, of the rate without", got: median(rushed) / median(ones), least: 0.05,
		detail: fmt.Sprintf("requests/s: one row %.0f, list of 10 %.0f, one row beside sign-ins %.0f", median(ones), median(tens), median(rushed))})
}
