package web_test

import (
	"context"
	"io"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"kith"
	"kith/internal/web"
)

// Admission comes before anything of the body, its type and size before its shape.
func TestOrder(t *testing.T) {
	w := newWorld()
	large := strings.Repeat("x", 5000)
	for _, tt := range []struct {
		name, token, contentType, body string
		status                         int
	}{
		{"no token, everything wrong", "", "text/plain", large, 401},
		{"wrong type and shape", "Token good", "text/plain", "{", 415},
		{"too large and malformed", "Token good", "application/json", large, 413},
		{"malformed", "Token good", "application/json", "{", 400},
		{"good", "Token good", "application/json", `{"company":"a","password":"b"}`, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/3/things/", strings.NewReader(tt.body))
			r.Header.Set("Authorization", tt.token)
			r.Header.Set("Content-Type", tt.contentType)
			body := &counted{Reader: r.Body}
			r.Body = body
			rec := httptest.NewRecorder()
			w.calls = 0
			w.handler().ServeHTTP(rec, r)
			if rec.Code != tt.status {
				t.Errorf("got %d: %s", rec.Code, rec.Body)
			}
			if tt.status == 401 && body.read > 0 {
				t.Errorf("read %d bytes of a stranger's body", body.read)
			}
			if called := w.calls > 0; called != (tt.status == 200) {
				t.Errorf("handler called: %v", called)
			}
		})
	}
}

type counted struct {
	io.Reader
	read int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read += n
	return n, err
}

func (*counted) Close() error { return nil }

// Mistakes in the table show when the program starts.
func TestPanicsAtStart(t *testing.T) {
	type loop struct {
		Next []loop `json:"next"`
	}
	type number struct {
		N int `json:"n" required:"true"`
	}
	route := web.Route{Method: "POST", Path: "/3/a/", Permission: web.Guest}
	h := func(f *web.Face) { handle[struct{}, struct{}](f, route) }
	cases := map[string]func(*web.Face){
		"no permission": func(f *web.Face) { handle[struct{}, struct{}](f, web.Route{Method: "GET", Path: "/3/a/"}) },
		"foreign path": func(f *web.Face) {
			handle[struct{}, struct{}](f, web.Route{Method: "GET", Path: "/4/a/", Permission: "x"})
		},
		"twice": func(f *web.Face) { h(f); h(f) },
		"no slash": func(f *web.Face) {
			handle[struct{}, struct{}](f, web.Route{Method: "GET", Path: "/3/a", Permission: "x"})
		},
		"path param":      func(f *web.Face) { handle[thingInput, struct{}](f, route) },
		"form, no body":   func(f *web.Face) { r := route; r.Form = true; handle[struct{}, struct{}](f, r) },
		"recursive":       func(f *web.Face) { handle[struct{ Body loop }, struct{}](f, route) },
		"recursive view":  func(f *web.Face) { handle[struct{}, loop](f, route) },
		"required number": func(f *web.Face) { handle[struct{ Body number }, struct{}](f, route) },
		"no json tag":     func(f *web.Face) { handle[struct{ Body struct{ A string } }, struct{}](f, route) },
		"map of ints": func(f *web.Face) {
			handle[struct {
				Body struct {
					A map[string]int `json:"a"`
				}
			}, struct{}](f, route)
		},
		"twin names": func(f *web.Face) {
			handle[struct {
				Body struct {
					A string `json:"a"`
					B string `json:"A"`
				}
			}, struct{}](f, route)
		},
		"time in a view": func(f *web.Face) { handle[struct{}, ok[kith.User]](f, route) },
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("accepted")
				}
			}()
			cases[name](&web.Face{Bases: []string{"/3"}, BothSlashes: true})
		})
	}
	h(&web.Face{Bases: []string{"/3"}, BothSlashes: true}) // the route itself is fine
}

func handle[In, Out any](f *web.Face, rt web.Route) {
	web.Handle(f, rt, func(context.Context, In) (out Out, err error) { return out, nil })
}
