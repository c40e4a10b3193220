package bench

import (
	"bytes"
	"fmt"
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
	type user struct{ ID string }
	path := "/api/user_account/" + once[user](b, kith.address, get("/3/user/", token)).ID
	database := on.cpu(b)
	self, row := side{process: kith}, side{process: kith}
	self.wires = wires(b, kith.address, get("/3/user/", token), connections)
	row.wires = wires(b, kith.address, bearer(get(path, token)), connections)
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

// bearer gives a request's token under the word that the table API takes.
func bearer(request []byte) []byte {
	return bytes.Replace(request, []byte("Authorization: Token "), []byte("Authorization: Bearer "), 1)
}
