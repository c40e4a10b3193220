package web_test

import (
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kith/internal/web"
	"kith/internal/web/webtest"
)

func TestQueries(t *testing.T) {
	w := newWorld()
	doc := webtest.Load(t, w.face)
	yes := true
	for _, tt := range []struct {
		query string
		want  []string
		seen  *listInput
	}{
		{"owner=o", nil, &listInput{Owner: "o"}},
		{"owner=o&page=2&sizes=a,b&active=true&ratio=0.5&name=x&order=up", nil, &listInput{
			Owner: "o", paging: paging{Page: 2, Sizes: []string{"a", "b"}}, Active: &yes, Ratio: .5,
			Name: web.Opt[string]{Set: true, Value: "x"}, Order: "up"}},
		{"owner=o&page=&sizes=&active=&ratio=&name=&order=&unknown=1&unknown=2", nil, &listInput{Owner: "o", Name: web.Opt[string]{Set: true}}},
		{"", []string{"required owner"}, nil},
		{"owner=", []string{"required owner"}, nil},
		{"owner=o&owner=p", []string{"duplicate_key owner"}, nil},
		{"owner=o&page=%zz", []string{"malformed"}, nil},
		{"owner=o;page=1", []string{"malformed"}, nil},
		{"owner=o&page=x&ratio=inf&active=1&order=left", []string{"not_allowed order", "wrong_type active", "wrong_type page", "wrong_type ratio"}, nil},
		{"owner=o&page=0&ratio=1e400", []string{"out_of_range page", "out_of_range ratio"}, nil},
		{"owner=o&page=9223372036854775808", []string{"out_of_range page"}, nil},
		{"owner=o&sizes=a,b,c", []string{"too_long sizes"}, nil},
		{"owner=o&sizes=a,bbbb", []string{"too_long sizes.1"}, nil},
		{"owner=%00", []string{"bad_format owner"}, nil},
		{"owner=%ff", []string{"bad_format owner"}, nil},
		{"owner=o" + strings.Repeat("&a", 1000), []string{"malformed"}, nil},
	} {
		t.Run(tt.query[:min(60, len(tt.query))], func(t *testing.T) {
			w.list = nil
			resp := w.call(t, doc, "GET", "/3/things/?"+tt.query, "", "")
			if got := fields(t, resp); !slices.Equal(got, tt.want) {
				t.Fatalf("%d %q, want %q", resp.StatusCode, got, tt.want)
			}
			if !reflect.DeepEqual(w.list, tt.seen) {
				t.Errorf("got  %+v\nwant %+v", w.list, tt.seen)
			}
		})
	}
}

func TestHeaderParameter(t *testing.T) {
	w := newWorld()
	for _, tt := range []struct {
		values []string
		status int
	}{{[]string{"k"}, 200}, {[]string{"k", "l"}, 400}, {[]string{strings.Repeat("k", 101)}, 400}} {
		r := httptest.NewRequest("GET", "/3/things/?owner=o", nil)
		r.Header["Idempotency-Key"] = tt.values
		r.Header.Set("Authorization", "Token good")
		rec := httptest.NewRecorder()
		w.handler().ServeHTTP(rec, r)
		if rec.Code != tt.status || tt.status == 200 && w.list.Replays != "k" {
			t.Errorf("%q: %d, %+v", tt.values, rec.Code, w.list)
		}
	}
}
