package jsonapi

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"kith"
	"kith/internal/core/resource"
	"kith/internal/web"
	"kith/internal/web/webtest"
)

// fake is a small catalogue, and what stands behind it: a few rows that it shows to everybody, and a note of
// what it was asked. It says nothing about rules, which are not the face's.
type fake struct {
	users, groups *resource.Table
	page          *resource.Page
	row           *resource.Row
	err           error // that every method answers with

	query    resource.Query
	input    resource.Input
	id       string
	relation string
	way      resource.Way
	refs     []resource.Ref
	inputs   map[string]any
	include  []string
	slug     string
	host     string
	config   map[string]string
}

// made is when the fake's rows were made.
var made = time.Date(2026, 3, 2, 9, 0, 0, 7_000_000, time.UTC)

const (
	adaID   = "0195a1b2-0000-7000-8000-00000000ada0"
	groupID = "0195a1b2-0000-7000-8000-0000000000aa"
)

func newFake() *fake {
	groups := &resource.Table{Name: "usergroup", Noun: kith.NounGroup, Owned: true, Verbs: kith.Of(kith.Add, kith.Change, kith.Delete),
		Fields:    []resource.Field{{Name: "name", MaxLength: 80, Required: true, Unique: true, Write: resource.Always}},
		Relations: []resource.Relation{{Name: resource.OwnerRelation, Table: "user_account", Many: true, Write: true}}}
	users := &resource.Table{Name: "user_account", Noun: kith.NounUser, Owned: true, Grouped: true, Verbs: kith.Of(kith.Add, kith.Change), Doc: "A person.",
		Fields: []resource.Field{
			{Name: "name", MaxLength: 80, Write: resource.Always},
			{Name: "email", Type: resource.Email, MaxLength: 254, Required: true, Unique: true, Write: resource.Always},
			{Name: "password", Type: resource.Password, Secret: true, Write: resource.Always},
			{Name: "confirmed", Type: resource.Flag},
			{Name: "seen_at", Type: resource.Time},
			{Name: "team_id", Type: resource.ID, Write: resource.Always},
		},
		Relations: []resource.Relation{{Name: "team_id", Table: "usergroup", Write: true}}}
	f := &fake{users: users, groups: groups, config: map[string]string{"jwt.token.issuer": "kith"}}
	f.row = f.ada()
	f.page = &resource.Page{Rows: []*resource.Row{f.ada()}, Total: 1}
	return f
}

func (f *fake) ada() *resource.Row {
	return &resource.Row{Table: f.users, ID: adaID, Owner: idOf[kith.User](adaID), Permission: 561441, CreatedAt: made, UpdatedAt: made.Add(time.Second),
		Values: map[string]any{"name": "Ada <b>", "email": "ada@x.example", "password": "never shown", "confirmed": false, "seen_at": made, "team_id": groupID}}
}

func (f *fake) editors() *resource.Row {
	return &resource.Row{Table: f.groups, ID: groupID, Values: map[string]any{"name": "editors"}, CreatedAt: made, UpdatedAt: made}
}

func (f *fake) Tables() []*resource.Table { return []*resource.Table{f.users, f.groups} }

func (f *fake) Actions() []*resource.Action {
	return []*resource.Action{
		{Table: "user_account", Name: "signin", Label: "Sign in", In: []resource.Parameter{
			{Field: resource.Field{Name: "email", Type: resource.Email, Required: true}}, {Field: resource.Field{Name: "password", Type: resource.Password, Required: true}}}},
		{Table: "user_account", Name: "poke", Label: "Poke", Instance: true},
		{Table: "world", Name: "become_an_administrator", Label: "Become", In: []resource.Parameter{{Field: resource.Field{Name: "setup_token"}}}},
	}
}

func (f *fake) Get(_ context.Context, _ *kith.Actor, _ *resource.Table, id string, include []string) (*resource.Row, []*resource.Row, error) {
	f.id, f.include = id, include
	return f.row, f.page.Included, f.err
}

func (f *fake) List(_ context.Context, _ *kith.Actor, _ *resource.Table, q resource.Query) (*resource.Page, error) {
	f.query = q
	return f.page, f.err
}

func (f *fake) Add(_ context.Context, _ *kith.Actor, _ *resource.Table, in resource.Input) (*resource.Row, error) {
	f.input = in
	return f.row, f.err
}

func (f *fake) Change(_ context.Context, _ *kith.Actor, _ *resource.Table, id string, in resource.Input) (*resource.Row, error) {
	f.id, f.input = id, in
	return f.row, f.err
}

func (f *fake) Delete(_ context.Context, _ *kith.Actor, _ *resource.Table, id string) error {
	f.id = id
	return f.err
}

func (f *fake) Related(_ context.Context, _ *kith.Actor, _ *resource.Table, id, relation string, q resource.Query) (*resource.Page, error) {
	f.id, f.relation, f.query = id, relation, q
	return f.page, f.err
}

func (f *fake) Relate(_ context.Context, _ *kith.Actor, _ *resource.Table, id, relation string, way resource.Way, to []resource.Ref) error {
	f.id, f.relation, f.way, f.refs = id, relation, way, to
	return f.err
}

func (f *fake) Why(_ context.Context, _ *kith.Actor, _ *resource.Table, id, _ string) (*resource.Explanation, error) {
	f.id = id
	return &resource.Explanation{Verbs: []resource.Because{{Verb: kith.View, Table: kith.ByGuestAccess, Row: kith.ByOwnership}, {Verb: kith.Change, Table: kith.ByGroup}}}, f.err
}

func (f *fake) Offered(context.Context, *kith.Actor) ([]*resource.Action, error) {
	return f.Actions(), f.err
}

func (f *fake) Run(_ context.Context, _ *kith.Actor, _ *resource.Action, in map[string]any) ([]resource.Response, error) {
	f.inputs = in
	return []resource.Response{{Type: "client.store.set", Attributes: map[string]any{"key": "token", "value": "t"}}, {Type: "Restart"}}, f.err
}

// AuthenticateOrGuest knows two tokens.
func (f *fake) AuthenticateOrGuest(_ context.Context, from kith.Remote, token string) (*kith.Actor, error) {
	switch token {
	case "ada":
		return &kith.Actor{Company: &kith.Company{Slug: "acme"}, User: &kith.User{ID: idOf[kith.User](adaID)}, Remote: from}, nil
	case "over":
		return nil, &kith.Error{Kind: kith.Unauthenticated, Code: kith.CodeUnauthenticated, Message: "This token is not valid, or no longer. Sign in again."}
	}
	return nil, nil
}

func (f *fake) GuestOf(_ context.Context, from kith.Remote, slug, host string) (*kith.Actor, error) {
	f.slug, f.host = slug, host
	if slug == "none" {
		return nil, &kith.Error{Kind: kith.Invalid, Code: kith.CodeRequired, Message: "Say which company you mean: X-Company."}
	}
	return &kith.Actor{Company: &kith.Company{Slug: "acme"}, Remote: from}, nil
}

func (f *fake) Config(context.Context, *kith.Actor) (map[string]string, error) {
	return f.config, f.err
}

func (f *fake) SetConfig(_ context.Context, _ *kith.Actor, key string, value *string) error {
	if value == nil {
		delete(f.config, key)
	} else {
		f.config[key] = *value
	}
	return f.err
}

func (f *fake) face(log io.Writer) *web.Face {
	return Face(Services{Resources: f, Signin: f, Directory: f}, slog.New(slog.NewTextHandler(log, nil)))
}

// world is the face over the fake. Every answer is held to the face's OpenAPI document.
type world struct {
	*fake
	t       *testing.T
	handler http.Handler
	log     strings.Builder
}

var theDocument = struct {
	once sync.Once
	doc  *webtest.Document
}{}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{fake: newFake(), t: t}
	theDocument.once.Do(func() { theDocument.doc = webtest.Load(t, w.face(io.Discard)) })
	if theDocument.doc == nil {
		t.Fatal("the OpenAPI document does not load: see TestDocument")
	}
	face := w.face(&w.log)
	mux := http.NewServeMux()
	face.Mount(mux)
	w.handler = web.Wrap(mux, web.Options{Faces: []*web.Face{face}, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
		Origin: func(context.Context, *http.Request, string) bool { return true }})
	return w
}

// do sends a request; headers are lines "Name: value".
func (w *world) do(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	in := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	in.Host = "Kith.example:8080"
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		in.Header.Add(name, value)
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, in)
	if method != http.MethodOptions {
		theDocument.doc.Check(w.t, method, path, recorder.Result())
	}
	return recorder
}

// want fails the test unless a request is answered with a status and all of the texts.
func (w *world) want(status int, method, path, body string, texts ...string) string {
	w.t.Helper()
	a := w.do(method, path, body)
	for _, text := range texts {
		if !strings.Contains(a.Body.String(), text) {
			w.t.Errorf("%s %s %s: no %s in %s", method, path, body, text, a.Body)
		}
	}
	if a.Code != status {
		w.t.Errorf("%s %s %s: %d, want %d: %s", method, path, body, a.Code, status, a.Body)
	}
	return a.Body.String()
}

// idOf reads an id.
func idOf[Noun any](text string) kith.ID[Noun] {
	id, err := kith.ParseID[Noun](text)
	if err != nil {
		panic(err)
	}
	return id
}
