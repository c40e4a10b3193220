package jsonapi

import (
	"net/http"
	"strings"
	"testing"
)

// known are values for the parameters of paths.
var known = strings.NewReplacer("{id}", "00000000-0000-7000-8000-000000000001", "{key}", "jwt.token.issuer")

// TestBodiesOverAllRoutes: each route that takes JSON refuses what is malformed, ambiguous or not an object,
// whoever sends it, before it asks for anything.
func TestBodiesOverAllRoutes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token := h.company("acme")
	header := func() http.Header { return http.Header{"Authorization": {"Bearer " + token}} }
	for _, r := range h.face.Routes() {
		path := known.Replace(r.Path)
		if r.Method == "GET" || strings.HasPrefix(path, "/_config") || r.Method == "DELETE" && !strings.Contains(path, "/relationships/") {
			continue
		}
		for name, body := range map[string]string{
			"cut":             `{"data":{"attributes":{"name":"x"`,
			"trailing":        `{"data":{}} {}`,
			"array":           `[]`,
			"text":            `"x"`,
			"bad UTF-8":       "{\"data\":\"\xff\"}",
			"lone surrogate":  `{"data":"\ud800"}`,
			"NUL":             `{"attributes":{"name":"a\u0000"},"data":{"attributes":{"name":"a\u0000"}}}`,
			"duplicate":       `{"data":{"attributes":{"name":"a","name":"b"}}}`,
			"deep duplicate":  `{"attributes":{"x":{"a":1,"a":2}},"data":null}`,
			"case twin":       `{"data":{"attributes":{"email":"a"}},"DATA":{},"attributes":{"x":1,"X":2}}`,
			"too deep":        strings.Repeat(`{"data":`, 40) + "1" + strings.Repeat("}", 40),
			"number too long": `{"data":` + strings.Repeat("9", 400) + `}`,
		} {
			a := h.do(r.Method, path, header(), body)
			if a.Code != http.StatusBadRequest {
				t.Errorf("%s %s: %s: %d %s", r.Method, r.Path, name, a.Code, a.Body)
			}
			if strings.Contains(a.Body.String(), "jsontext") || strings.Contains(a.Body.String(), "strconv") {
				t.Errorf("%s %s: %s: %s", r.Method, r.Path, name, a.Body)
			}
		}
	}
}

// TestParametersOverAllRoutes: no route takes a parameter that it does not know, and none a secret.
func TestParametersOverAllRoutes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token := h.company("acme")
	for _, r := range h.face.Routes() {
		for _, query := range []string{"?nope=1", "?token=x", "?access_token=x", "?page=1", "?a=%zz"} {
			if r.Path == "/ping" && !strings.Contains(query, "token") {
				continue // answers whatever it is asked
			}
			a := h.do(r.Method, known.Replace(r.Path)+query, http.Header{"Authorization": {"Bearer " + token}}, `{"data":{}}`)
			if a.Code != http.StatusBadRequest {
				t.Errorf("%s %s%s: %d %s", r.Method, r.Path, query, a.Code, a.Body)
			}
		}
	}
}

// TestTokensOverAllRoutes: a session that is over is over everywhere; no token is a guest.
func TestTokensOverAllRoutes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.company("acme")
	for _, r := range h.face.Routes() {
		path := known.Replace(r.Path)
		for _, header := range []http.Header{{"X-Company": {"acme"}}, {"X-Company": {"acme"}, "Authorization": {"Bearer null"}},
			{"X-Company": {"acme"}, "Authorization": {"Bearer eyJhbGciOiJub25lIn0.e30."}}} {
			a := h.do(r.Method, path, header, `{"data":{"attributes":{}}}`)
			if a.Code == http.StatusUnauthorized || a.Code >= 500 {
				t.Errorf("%s %s of a guest: %d %s", r.Method, r.Path, a.Code, a.Body)
			}
		}
	}
}
