package directory

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"kith"
	"kith/internal/store"
)

const findable = `{"properties":{"name":{"type":"string","x-index":true},"size":{"type":"number","x-index":true},
	"vip":{"type":"boolean","x-index":true},"day":{"type":"string","format":"date","x-index":true},
	"seen":{"type":"string","format":"date-time","x-index":true},"free":{"type":"string"}}}`

// TestTerms: values have the terms that a filter would ask for, however both are spelled.
func TestTerms(t *testing.T) {
	c := declared(t, findable)
	for _, tt := range []struct {
		key, value string // JSON
		typed      string // into a filter
	}{
		{"name", `"Zoë"`, "zoë"},
		{"name", `"STRASSE"`, "straße"},
		{"name", `"ｆｕｌｌ"`, "FULL"},
		{"name", `" spaced "`, "spaced"},
		{"size", `43`, "43.0"},
		{"size", `-1e3`, "-1000"},
		{"size", `-0.0`, "0"},
		{"vip", `true`, "true"},
		{"day", `"2026-03-02"`, "2026-03-02"},
		{"day", `"2026-03-02"`, "1772442000000"},
		{"seen", `"2026-03-02T11:00:00+02:00"`, "2026-03-02T09:00:00.000Z"},
		{"seen", `"2026-03-02T09:00:00Z"`, "1772442000000"},
	} {
		terms := AttributeTerms(c, object(t, `{"`+tt.key+`":`+tt.value+`}`))
		f, ok := FieldOfAttribute(c, tt.key)
		if !ok || len(terms) != 1 {
			t.Fatalf("%s %s: %v, %v", tt.key, tt.value, terms, ok)
		}
		term, err := f.Spell(tt.typed)
		if err != nil || terms[0] != (store.Term{Field: f.Number, Value: term}) {
			t.Errorf("%s %s has the term %v; a filter by %s asks for %d %q, %v", tt.key, tt.value, terms[0], tt.typed, f.Number, term, err)
		}
	}
	for _, metadata := range []string{`{}`, `{"free":"x"}`, `{"other":"x"}`, `{"name":1,"size":"1","vip":"true","day":"today","seen":1}`, `{"name":"  "}`} {
		if terms := AttributeTerms(c, object(t, metadata)); len(terms) != 0 {
			t.Errorf("%s has the terms %v", metadata, terms)
		}
	}
	for _, tt := range []struct{ key, typed string }{{"size", "x"}, {"size", ""}, {"size", "NaN"}, {"vip", "1"}, {"day", "x"}, {"seen", "2026-03-02"}, {"name", ""}} {
		f, _ := FieldOfAttribute(c, tt.key)
		if term, err := f.Spell(tt.typed); kith.AsError(err).Kind != kith.Invalid {
			t.Errorf("a filter %s=%s asks for %q, %v", tt.key, tt.typed, term, err)
		}
	}
	for _, key := range []string{"free", "other"} {
		if f, ok := FieldOfAttribute(c, key); ok {
			t.Errorf("%s is indexed: %+v", key, f)
		}
	}
}

// TestTermsSort: terms sort as the values do, and no term is long.
func TestTermsSort(t *testing.T) {
	numbers := []float64{math.Inf(-1), -math.MaxFloat64, -43, -1.5, -1, -math.SmallestNonzeroFloat64, 0, 1e-300, 0.5, 1, 9, 10, 1 << 53, math.MaxFloat64}
	for range 1000 {
		var bits [8]byte
		_, _ = rand.Read(bits[:]) // never fails
		numbers = append(numbers, math.Float64frombits(binary.BigEndian.Uint64(bits[:])))
	}
	numbers = slices.DeleteFunc(numbers, math.IsNaN)
	slices.SortFunc(numbers, cmp.Compare)
	if !slices.IsSortedFunc(numbers, func(a, b float64) int { return strings.Compare(sortable(a), sortable(b)) }) {
		t.Error("the terms of numbers do not sort as they do")
	}
	var times []string
	for _, text := range []string{"0001-01-01T00:00:00Z", "1969-12-31T23:59:59.9Z", "1970-01-01T00:00:00Z", "1970-01-01T01:00:00.000000001+01:00", "9999-12-31T23:59:59Z"} {
		term, ok := spellTerm(kith.TermTime, text)
		if !ok {
			t.Errorf("%s has no term", text)
		}
		times = append(times, term)
	}
	if !slices.IsSorted(times) {
		t.Errorf("the terms of times do not sort as they do: %v", times)
	}
	for _, text := range []string{"0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2016-12-31T23:59:60Z"} {
		if term, ok := spellTerm(kith.TermTime, text); ok {
			t.Errorf("%s has the term %s", text, term)
		}
	}
	for _, r := range []string{"a", "é", "字", "👟", "ﷺ"} {
		long, _ := spellTerm(kith.TermText, strings.Repeat(r, 10_000))
		start, _ := spellTerm(kith.TermText, r)
		if len(long) > maxTerm || !strings.HasPrefix(long, start[:min(len(start), maxTerm)]) {
			t.Errorf("the term of many %s has %d bytes: %s", r, len(long), fmt.Sprintf("%.20q", long))
		}
	}
}
