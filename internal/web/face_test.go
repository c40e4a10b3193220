package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"kith"
	"kith/internal/web"
	"kith/internal/web/webtest"
)

// A small face with every feature that the kit has, served as kith serves its own.

type ok[T any] struct {
	Status string `json:"status" enum:"success"`
	Data   T      `json:"data"`
}

func good[T any](data T) ok[T] { return ok[T]{"success", data} }

type failure struct {
	Status  string   `json:"status" enum:"error"`
	Message string   `json:"message"`
	Fields  []string `json:"fields"` // code field
}

var statuses = map[kith.Kind]int{
	kith.Internal: 500, kith.Invalid: 400, kith.Unauthenticated: 401, kith.Forbidden: 403,
	kith.NotFound: 404, kith.TooLarge: 413, kith.Unsupported: 415,
}

func fail(w http.ResponseWriter, _ *http.Request, err error) {
	body := failure{Status: "error"}
	for _, e := range kith.Errors(err) {
		body.Message = e.Message
		body.Fields = append(body.Fields, strings.TrimSpace(e.Code+" "+e.Field))
	}
	first := kith.AsError(err)
	status := statuses[first.Kind]
	if first.Code == kith.CodeMethod {
		status = http.StatusMethodNotAllowed
	}
	if err := web.Write(w, status, "", body); err != nil {
		panic(err)
	}
}

type login struct {
	Company  string                  `json:"company" required:"true" maxLength:"20"`
	Password string                  `json:"password" required:"true" maxLength:"20"`
	Remember web.Opt[bool]           `json:"remember,omitzero"`
	Nick     web.Opt[string]         `json:"nick,omitzero" maxLength:"5" doc:"What friends say."`
	Age      *int                    `json:"age,omitzero" minimum:"0" maximum:"150" example:"30"`
	Score    float64                 `json:"score" minimum:"-10" maximum:"10"`
	Colour   web.Opt[string]         `json:"colour,omitzero" enum:"red,blue"`
	Code     string                  `json:"code,omitzero" pattern:"^[a-z]+$" minLength:"2"`
	Born     string                  `json:"born,omitzero" format:"date"`
	Groups   []string                `json:"groups,omitzero" maxItems:"3" maxLength:"4"`
	Address  *address                `json:"address,omitzero"`
	Files    []label                 `json:"files,omitzero" maxItems:"2"`
	Metadata web.Opt[map[string]any] `json:"metadata,omitzero" maxLength:"60"`
	Firm     firm                    `json:"firm,omitzero"`
	Picture  *web.File               `json:"picture,omitzero"`
	Extra    web.Extra               `json:"-"`
}

type address struct {
	City string `json:"city" required:"true" maxLength:"10"`
}

type label struct {
	Label string `json:"label" required:"true" maxLength:"10"`
	Size  *int   `json:"size,omitzero" required:"true"`
}

// firm is a string, or an object with an id.
type firm struct {
	ID   string `json:"id" required:"true" maxLength:"10"`
	Kind string `json:"kind,omitzero" maxLength:"10"`
}

func (f *firm) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		return json.Unmarshal(text, &f.ID)
	}
	type plain firm
	return web.Unmarshal(text, (*plain)(f))
}

func (firm) OpenAPI() map[string]any {
	type plain firm
	return map[string]any{"oneOf": []any{
		map[string]any{"type": "string", "maxLength": 10}, web.SchemaOf[plain](),
	}}
}

type loginInput struct{ Body login }

type paging struct {
	Page  int64    `query:"page" minimum:"1" maximum:"1000"`
	Sizes []string `query:"sizes" maxItems:"2" maxLength:"3"`
}

type listInput struct {
	paging
	Active  *bool           `query:"active"`
	Ratio   float64         `query:"ratio" minimum:"0" maximum:"1"`
	Name    web.Opt[string] `query:"name" maxLength:"5"`
	Order   string          `query:"order" enum:"up,down"`
	Owner   string          `query:"owner" required:"true"`
	Replays string          `header:"idempotency-key" maxLength:"100"`
}

type thing struct {
	ID       int64          `json:"id"`
	Names    []string       `json:"names"`
	Metadata map[string]any `json:"metadata"`
	Seen     *int64         `json:"seen"`
	Note     string         `json:"note,omitzero"`
	Request  string         `json:"request"`
}

type thingInput struct {
	ID int64 `path:"id" minimum:"1"`
}

// world is the face, and what happened in it.
type world struct {
	face  *web.Face
	seen  *login
	list  *listInput
	calls int
	file  string
	log   bytes.Buffer
	web.Options
}

func newWorld() *world {
	w := &world{}
	f := &web.Face{
		Name: "test", Title: "Test", Bases: []string{"/3/auth", "/3/things/"}, BothSlashes: true, MaxBody: 2000,
		Admit: w.admit, Fail: fail,
		Before: func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("X-Before", web.Remote(r.Context()).Request)
		},
		Errors: map[int]any{
			400: failure{}, 401: failure{}, 403: failure{}, 404: failure{}, 405: failure{},
			413: failure{}, 415: failure{}, 500: failure{},
		},
		Security: map[string]any{"token": map[string]any{"type": "apiKey", "in": "header", "name": "Authorization"}},
	}
	w.face = f
	take := func(_ context.Context, in loginInput) (ok[thing], error) {
		w.calls++
		w.seen = &in.Body
		if in.Body.Picture != nil {
			file, err := in.Body.Picture.Open()
			if err != nil {
				return ok[thing]{}, err
			}
			text, err := io.ReadAll(file)
			w.file = string(text)
			return good(thing{}), errors.Join(err, file.Close())
		}
		return good(thing{Names: in.Body.Groups}), nil
	}
	web.Handle(f, web.Route{Method: "POST", Path: "/3/auth/login/", Permission: web.Guest, Status: 201, Summary: "Signs in."}, take)
	web.Handle(f, web.Route{Method: "POST", Path: "/3/things/", Permission: "thing.add", Form: true, MaxBody: 20000}, take)
	web.Handle(f, web.Route{Method: "GET", Path: "/3/things/", Permission: "thing.view"},
		func(_ context.Context, in listInput) (ok[[]thing], error) {
			w.list = &in
			return good([]thing(nil)), nil
		})
	web.Handle(f, web.Route{Method: "GET", Path: "/3/things/{id}/", Permission: "thing.view"},
		func(ctx context.Context, in thingInput) (ok[thing], error) {
			return good(thing{ID: in.ID, Request: web.Actor(ctx).Remote.Request}), nil
		})
	web.Handle(f, web.Route{Method: "DELETE", Path: "/3/things/{id}/", Permission: "thing.delete", Status: 204},
		func(context.Context, thingInput) (struct{}, error) { return struct{}{}, nil })
	web.Handle(f, web.Route{Method: "POST", Path: "/3/things/panic/", Permission: web.Guest},
		func(context.Context, struct{}) (struct{}, error) { panic("secret words") })
	for _, path := range []string{"/3/things/{id}/settings/", "/3/things/emails/{id}/"} { // too much for ServeMux
		web.Handle(f, web.Route{Method: "GET", Path: path, Permission: "thing.view"},
			func(_ context.Context, in thingInput) (ok[thing], error) {
				return good(thing{ID: in.ID, Note: path}), nil
			})
	}
	w.Options = web.Options{Faces: []*web.Face{f}, Log: slog.New(slog.NewJSONHandler(&w.log, nil))}
	return w
}

func (w *world) admit(r *http.Request, permission string) (context.Context, error) {
	ctx := r.Context()
	switch {
	case permission == web.Guest:
		return ctx, nil
	case r.Header.Get("Authorization") != "Token good":
		return ctx, &kith.Error{Kind: kith.Unauthenticated, Code: kith.CodeUnauthenticated, Message: "Sign in."}
	}
	return web.WithActor(ctx, &kith.Actor{
		Company: &kith.Company{Slug: "acme"}, User: &kith.User{ID: kith.UserID{1}}, Remote: web.Remote(ctx),
	}), nil
}

func (w *world) handler() http.Handler {
	mux := http.NewServeMux()
	w.face.Mount(mux)
	return web.Wrap(mux, w.Options)
}

// call sends a request and gives the answer, which the face's document has approved.
func (w *world) call(t *testing.T, doc *webtest.Document, method, path, contentType, body string) *http.Response {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, path, reader)
	r.Header.Set("Authorization", "Token good")
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	rec := httptest.NewRecorder()
	w.handler().ServeHTTP(rec, r)
	resp := rec.Result()
	if doc != nil && method != http.MethodOptions && method != http.MethodHead {
		doc.Check(t, method, path, resp)
	}
	return resp
}

// fields gives the codes and fields that an answer complains of.
func fields(t *testing.T, resp *http.Response) []string {
	t.Helper()
	var body failure
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode < 300 {
		return nil
	}
	return slices.Sorted(slices.Values(body.Fields))
}

func TestRoutes(t *testing.T) {
	var lines []string
	for _, l := range newWorld().face.Routes() {
		lines = append(lines, l.String())
	}
	want := []string{
		"POST /3/auth/login/ guest", "GET /3/things/ thing.view", "POST /3/things/ thing.add",
		"GET /3/things/emails/{id}/ thing.view", "POST /3/things/panic/ guest", "DELETE /3/things/{id}/ thing.delete", "GET /3/things/{id}/ thing.view",
		"GET /3/things/{id}/settings/ thing.view",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("routes:\n%s", strings.Join(lines, "\n"))
	}
}

func TestAddresses(t *testing.T) {
	w := newWorld()
	doc := webtest.Load(t, w.face)
	for _, tt := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/3/things/7/", 200, ""},
		{"GET", "/3/things/7", 200, ""},
		{"HEAD", "/3/things/7/", 200, ""},
		{"DELETE", "/3/things/7", 204, ""},
		{"GET", "/3/things/7/x", 404, ""},
		{"POST", "/3/auth/login/x", 404, ""}, // not a subtree
		{"GET", "/3/auth", 404, ""},
		{"GET", "/3/auth/", 404, ""},
		{"GET", "/3/things/seven/", 404, ""},
		{"GET", "/3/things/0/", 404, ""},
		{"GET", "/3//things/7/", 404, ""},
		{"GET", "//3/things/7/", 404, ""},
		{"GET", "/3/things/./7/", 404, ""},
		{"GET", "/3/auth/../things/7/", 404, ""},
		{"GET", "/3/auth/%2e%2e/things/7/", 404, ""},
		{"GET", "/3/things/7%2f", 404, ""},
		{"GET", "/3/things%2F7/", 404, ""},
		{"GET", "/3/things/%00/", 404, ""},
		{"GET", "/3/things/7%5c/", 404, ""},
		{"PUT", "/3/things/7/", 405, "DELETE, GET, HEAD, OPTIONS"},
		{"TRACE", "/3/things/7", 405, "DELETE, GET, HEAD, OPTIONS"},
		{"HEAD", "/3/auth/login/", 405, "OPTIONS, POST"},
		{"OPTIONS", "/3/auth/login", 204, "OPTIONS, POST"},
		{"GET", "/3/things/5/settings/", 200, ""},
		{"GET", "/3/things/emails/5/", 200, ""},
		{"GET", "/3/things/emails/settings/", 404, ""}, // the literal word first: no such e-mail
		{"DELETE", "/3/things/panic/", 405, "OPTIONS, POST"},
		{"GET", "/elsewhere//x", 404, ""},
	} {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			checked := doc
			if tt.path == "/elsewhere//x" {
				checked = nil
			}
			resp := w.call(t, checked, tt.method, tt.path, "", "")
			if resp.StatusCode != tt.status || resp.Header.Get("Allow") != tt.allow || resp.Header.Get("Location") != "" {
				t.Errorf("got %d, Allow %q, Location %q", resp.StatusCode, resp.Header.Get("Allow"), resp.Header.Get("Location"))
			}
		})
	}
}

// Without BothSlashes the twin of a path is a 404, never ServeMux's redirect.
func TestOneSlashForm(t *testing.T) {
	f := &web.Face{Bases: []string{"/multi"}, Fail: fail, Admit: func(r *http.Request, _ string) (context.Context, error) { return r.Context(), nil }}
	for _, path := range []string{"/multi/users", "/multi/old/"} {
		web.Handle(f, web.Route{Method: "GET", Path: path, Permission: web.Guest},
			func(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil })
	}
	mux := http.NewServeMux()
	f.Mount(mux)
	for path, want := range map[string]int{
		"/multi/users": 200, "/multi/users/": 404, "/multi/old/": 200, "/multi/old": 404, "/multi": 404, "/multi/": 404,
	} {
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		if rec.Code != want {
			t.Errorf("%s: %d, want %d", path, rec.Code, want)
		}
	}
}

func TestAnswerSpelling(t *testing.T) {
	w := newWorld()
	resp := w.call(t, webtest.Load(t, w.face), "GET", "/3/things/7/", "", "")
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	id := resp.Header.Get("X-Request-Id")
	want := `{"status":"success","data":{"id":7,"names":[],"metadata":null,"seen":null,"request":"` + id + `"}}`
	if string(text) != want || resp.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("got %s as %s", text, resp.Header.Get("Content-Type"))
	}
	if resp := w.call(t, nil, "DELETE", "/3/things/7/", "", ""); resp.ContentLength > 0 || resp.Header.Get("Content-Type") != "" {
		t.Errorf("a 204 has a body: %v", resp.Header)
	}
}
