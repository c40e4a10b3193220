package jsonapi

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kith/internal/api/platform"
	"kith/internal/core"
	"kith/internal/core/signin"
	"kith/internal/seal"
	"kith/internal/store"
	"kith/internal/store/dbtest"
	"kith/internal/store/pgtest"
	"kith/internal/web"
	"kith/internal/web/webtest"
)

const goodPassword = "a long enough pass phrase"

// house is a whole kith behind this face and the platform's, on a database of its own. Each answer of this
// face is held to its OpenAPI document.
type house struct {
	t        testing.TB
	core     *core.Core
	face     *web.Face
	document *webtest.Document
	handler  http.Handler
	db       *sql.DB // the same file, for what no route does
	hashing  *signin.Pool
	checked  map[string]bool // routes and statuses of which an errand has held an answer to the document
	toggled  map[string]int  // bits of the rows of world and action that errands change
	people   int             // and other things that were given a number of their own
	mu       sync.Mutex
	now      time.Time
}

var houseDocument = struct {
	once sync.Once
	doc  *webtest.Document
}{}

func newHouse(t testing.TB) *house {
	t.Helper()
	path := dbtest.Empty(t)
	return newHouseOn(t, "sqlite:"+path, path)
}

// bothEngines runs a test in a house on each engine.
func bothEngines(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newHouse(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := pgtest.Start(t)
		test(t, newHouseOn(t, url+"&synchronous_commit=off", url))
	})
}

// newHouseOn makes a house on an empty database, which dbtest opens by a name of its own.
func newHouseOn(t testing.TB, url, beside string) *house {
	t.Helper()
	h := &house{t: t, checked: map[string]bool{}, toggled: map[string]int{}, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), hashing: signin.NewPool(1, 100)}
	clock := func() time.Time {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.now = h.now.Add(time.Millisecond) // no two rows are of one time, so lists have one order
		return h.now
	}
	db, err := store.Open(t.Context(), url, store.Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.db = dbtest.Open(t, beside)
	t.Cleanup(func() {
		if err := errors.Join(h.db.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	h.core, err = core.New(t.Context(), db, core.Config{Master: seal.NewKey(), Clock: clock,
		Hasher: signin.NewHasher(signin.HashCost{Memory: 64, Passes: 1, Threads: 1}, rand.Reader), Pool: h.hashing,
		Signin: signin.Config{Issuer: "http://kith.example"}})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(testLog{t}, nil))
	h.face = Face(Services{Resources: h.core.Resources, Signin: h.core.Signin, Directory: h.core.Directory}, log)
	houseDocument.once.Do(func() { houseDocument.doc = webtest.Load(t, h.face) })
	h.document = houseDocument.doc
	faces := []*web.Face{platform.Face(h.core, log, "test"), h.face}
	mux := http.NewServeMux()
	for _, f := range faces {
		f.Mount(mux)
	}
	h.handler = web.Wrap(mux, web.Options{Faces: faces, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Loopback: true, Clock: clock})
	return h
}

// testLog tells the test of what is wrong inside.
type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Logf("%s", p)
	return len(p), nil
}

// do sends a request.
func (h *house) do(method, path string, header http.Header, body string) *httptest.ResponseRecorder {
	h.t.Helper()
	in := httptest.NewRequestWithContext(h.t.Context(), method, path, strings.NewReader(body))
	in.Header = header
	recorder := h.raw(in)
	if method != http.MethodOptions && !strings.HasPrefix(path, "/3/") {
		h.document.Check(h.t, method, path, recorder.Result())
	}
	return recorder
}

// raw serves a request that is made by hand, and holds the answer to no document.
func (h *house) raw(in *http.Request) *httptest.ResponseRecorder {
	in.RemoteAddr, in.Host = "127.0.0.1:40000", "kith.example"
	recorder := httptest.NewRecorder()
	h.handler.ServeHTTP(recorder, in)
	return recorder
}

// company registers a company through the platform face and gives its owner's token.
func (h *house) company(slug string) string {
	h.t.Helper()
	return h.token("/3/auth/company/register/", fmt.Sprintf(`{"company": {"id": %q, "mode": "test"}, "email": "owner@%s.example", "password": %q}`, slug, slug, goodPassword))
}

// user registers a user of a company and gives their token.
func (h *house) user(slug, name string) string {
	h.t.Helper()
	return h.token("/3/auth/register/", fmt.Sprintf(`{"company": %q, "email": "%s@x.example", "password": %q, "first_name": %q}`, slug, name, goodPassword, name))
}

func (h *house) token(path, body string) string {
	h.t.Helper()
	a := h.do("POST", path, http.Header{"Content-Type": {"application/json"}}, body)
	var out struct{ Data struct{ Token string } }
	if err := json.Unmarshal(a.Body.Bytes(), &out); err != nil || out.Data.Token == "" {
		h.t.Fatalf("%s: %d %s", path, a.Code, a.Body)
	}
	return out.Data.Token
}

// TestRealRoutes: what the face offers changes only on purpose.
func TestRealRoutes(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	for _, r := range newHouse(t).face.Routes() {
		fmt.Fprintln(&out, r)
	}
	golden(t, "routes.txt", out.String())
}

// TestScenarios plays testdata/*.txtar: one documented behaviour each, as a client would meet it. A file is a
// txtar archive (https://pkg.go.dev/golang.org/x/tools/txtar) whose sections run in order:
//
//	-- do --        lines: company SLUG, user SLUG NAME (each makes $token1, $token2, ...), wait DURATION
//	-- request --   method and path, headers, "as $token1" or "as SLUG" for a guest, "show PATH..." to show only
//	                these, a blank line, the body
//	-- response --  what is wanted; -update writes it
//
// What is drawn at random has a name from its first appearance on: $id1, $token1, $link1 (the id of a link),
// $request.
func TestScenarios(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := &scenario{t: t, h: newHouse(t), names: map[string]string{}, counts: map[string]int{}}
			golden(t, filepath.Base(file), s.play(string(text)))
		})
	}
}

// scenario is one file being played.
type scenario struct {
	t      *testing.T
	h      *house
	names  map[string]string // value → $name
	counts map[string]int    // of names, by their kind
}

var marker = regexp.MustCompile(`(?m)^-- (.+) --\n`)

// play runs an archive and gives it with what really came in place of what was wanted.
func (s *scenario) play(archive string) string {
	s.t.Helper()
	marks := marker.FindAllStringSubmatchIndex(archive, -1)
	if len(marks) == 0 {
		s.t.Fatal("no sections")
	}
	var out strings.Builder
	out.WriteString(archive[:marks[0][0]])
	for i, m := range marks {
		end := len(archive)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		name, text := archive[m[2]:m[3]], archive[m[1]:end]
		switch name {
		case "do":
			fmt.Fprintf(&out, "-- do --\n%s", text)
			for line := range strings.Lines(text) {
				s.step(strings.Fields(line))
			}
		case "request":
			fmt.Fprintf(&out, "-- request --\n%s-- response --\n%s", text, s.request(text))
		case "response": // written with its request
		default:
			s.t.Fatalf("what is a section %q?", name)
		}
	}
	return out.String()
}

// step does one line of a "do".
func (s *scenario) step(words []string) {
	s.t.Helper()
	switch words[0] {
	case "company":
		s.name("token", s.h.company(words[1]))
	case "user":
		s.name("token", s.h.user(words[1], words[2]))
	case "wait":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			s.t.Fatal(err)
		}
		s.h.mu.Lock()
		s.h.now = s.h.now.Add(d)
		s.h.mu.Unlock()
	default:
		s.t.Fatalf("what is %q?", words[0])
	}
}

func (s *scenario) name(kind, value string) {
	if s.names[value] == "" {
		s.counts[kind]++
		s.names[value] = "$" + kind + strconv.Itoa(s.counts[kind])
	}
}

// request makes one request and writes down the answer.
func (s *scenario) request(text string) string {
	s.t.Helper()
	head, body, _ := strings.Cut(s.fill(strings.TrimRight(text, "\n")), "\n\n")
	lines := strings.Split(head, "\n")
	method, path, _ := strings.Cut(lines[0], " ")
	header := http.Header{}
	var show []string
	for _, line := range lines[1:] {
		if who, ok := strings.CutPrefix(line, "as "); ok && len(who) > 20 {
			header.Set("Authorization", "Bearer "+who)
		} else if ok {
			header.Set(companyHeader, who)
		} else if paths, ok := strings.CutPrefix(line, "show "); ok {
			show = strings.Fields(paths)
		} else if name, value, ok := strings.Cut(line, ": "); ok {
			header.Add(name, value)
		} else {
			s.t.Fatalf("no header: %q", line)
		}
	}
	a := s.h.do(method, path, header, body)
	s.nameAll(a.Body.String())
	s.names[a.Header().Get("X-Request-Id")] = "$request"
	return s.scrub(written(s.t, a, show))
}

// written is an answer as text: the status, some headers, and the body or the parts of it asked for.
func written(t *testing.T, a *httptest.ResponseRecorder, show []string) string {
	var out bytes.Buffer
	fmt.Fprintln(&out, a.Code)
	for _, name := range []string{"Allow", "Location", "Retry-After", "WWW-Authenticate"} {
		if value := a.Header().Get(name); value != "" {
			fmt.Fprintf(&out, "%s: %s\n", name, value)
		}
	}
	switch {
	case a.Body.Len() == 0:
	case len(show) > 0:
		var tree any
		if err := json.Unmarshal(a.Body.Bytes(), &tree); err != nil {
			t.Fatalf("%v: %s", err, a.Body)
		}
		for _, path := range show {
			value, err := json.Marshal(at(tree, path))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&out, "%s: %s\n", path, value)
		}
	default:
		if err := json.Indent(&out, a.Body.Bytes(), "", "  "); err != nil {
			out.Write(a.Body.Bytes())
		}
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

// at gives the value at a dotted path; * stands for every item of a list.
func at(value any, path string) any {
	name, rest, more := strings.Cut(path, ".")
	if !more {
		rest = ""
	}
	step := func(v any) any {
		if rest == "" {
			return v
		}
		return at(v, rest)
	}
	switch v := value.(type) {
	case map[string]any:
		return step(v[name])
	case []any:
		if name == "*" {
			all := []any{}
			for _, item := range v {
				all = append(all, step(item))
			}
			return all
		}
		if i, err := strconv.Atoi(name); err == nil && i < len(v) {
			return step(v[i])
		}
	}
	return nil
}

const uuid = `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`

var (
	ids    = regexp.MustCompile(`"id":"(` + uuid + `|\d{9,})"`)
	tokens = regexp.MustCompile(`"key":"token","value":"([^";]+)`)
	stamps = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`)
)

// nameAll gives names to what is drawn at random in a body.
func (s *scenario) nameAll(body string) {
	for _, m := range tokens.FindAllStringSubmatch(body, -1) {
		s.name("token", m[1])
	}
	for _, m := range ids.FindAllStringSubmatch(body, -1) {
		s.name("id", m[1])
	}
}

// scrub puts names for values.
func (s *scenario) scrub(text string) string {
	for _, value := range byLength(s.names) {
		text = strings.ReplaceAll(text, value, s.names[value])
	}
	return stamps.ReplaceAllLiteralString(text, `"$time"`)
}

// fill puts values for names.
func (s *scenario) fill(text string) string {
	values := map[string]string{}
	for value, name := range s.names {
		values[name] = value
	}
	for _, name := range byLength(values) {
		text = strings.ReplaceAll(text, name, values[name])
	}
	return text
}

// byLength lists the keys of a map, longest first, so that none hides in another.
func byLength(m map[string]string) []string {
	var keys []string
	for key := range m {
		if key != "" {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return keys
}
