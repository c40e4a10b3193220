package web

import (
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"kith"
)

// TestFamily: parameters whose names begin alike come under the rest of their names, once each; the
// document says that there may be any of them.
func TestFamily(t *testing.T) {
	type input struct {
		Metadata Family `query:"metadata__*" maxLength:"5" doc:"By key."`
		Other    string `query:"other"`
	}
	in := compileInput(reflect.TypeFor[input]())
	for _, tt := range []struct {
		query string
		want  Family
		code  string // of the error
	}{
		{"", nil, ""},
		{"other=x", nil, ""},
		{"metadata__a=1&metadata__B_c=x%20y&metadata=z", Family{"a": "1", "B_c": "x y"}, ""},
		{"metadata__a=", Family{"a": ""}, ""},
		{"metadata__a=1&metadata__a=2", nil, kith.CodeDuplicateKey},
		{"metadata__=1", nil, kith.CodeBadFormat},
		{"metadata__a=%ff", nil, kith.CodeBadFormat},
		{"metadata__a%ff=1", nil, kith.CodeBadFormat},
		{"metadata__a=123456", nil, kith.CodeTooLong},
		{strings.Repeat("metadata__a", 1) + "=1" + many("metadata__", 101), nil, kith.CodeOutOfRange},
	} {
		var got input
		var d decoder
		err := in.bind(httptest.NewRequest("GET", "/?"+tt.query, nil), reflect.ValueOf(&got).Elem(), &d)
		switch {
		case err != nil:
			t.Errorf("%s: %v", tt.query, err)
		case tt.code != "" && (len(d.errs) != 1 || kith.AsError(d.errs[0]).Code != tt.code):
			t.Errorf("%s: %v, want %s", tt.query, d.errs, tt.code)
		case tt.code == "" && (len(d.errs) > 0 || !reflect.DeepEqual(got.Metadata, tt.want)):
			t.Errorf("%s: %v, %v; want %v", tt.query, got.Metadata, d.errs, tt.want)
		}
	}
}

// many writes n parameters of a family.
func many(prefix string, n int) string {
	var out strings.Builder
	for i := range n {
		out.WriteString("&" + prefix + strings.Repeat("b", i+1) + "=1")
	}
	return out.String()
}
