package platform_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kith"
	"kith/internal/api/jsonapi"
	"kith/internal/api/platform"
	"kith/internal/blob"
	"kith/internal/core"
	"kith/internal/core/signin"
	"kith/internal/files"
	"kith/internal/seal"
	"kith/internal/store"
	"kith/internal/store/dbtest"
	"kith/internal/web"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// start is when every test begins; nothing moves the time but the test.
var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// clock is a kith.Clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// options is how a test's kith differs from the usual one, which is that of a developer's machine.
type options struct {
	listener  string              // "remote": others reach it; "": only this machine does
	policy    signin.Registration // who makes companies
	noHashing bool                // the queue of those who wait for a hash is full
	limits    bool                // what people can have sent is capped
}

const setupToken = "only-the-operator-knows"

// world is a whole kith behind the platform face, on a database of its own. Every answer that it gives
// is held to the face's OpenAPI document.
type world struct {
	t         *testing.T
	clock     *clock
	core      *core.Core
	blobs     *blob.Memory
	face      *web.Face
	tables    *web.Face // the table API beside it
	handler   http.Handler
	remote    http.Handler // the same for who is on another machine
	db        *sql.DB      // the same file, for what no route does yet
	log       *lockedBuffer
	logger    *slog.Logger
	secretsMu sync.Mutex
	secrets   map[string]string // every token and password that went over the wire, by what it is
	people    int               // made by enter
	checked   map[string]bool   // routes and statuses of which call has held an answer to the document
	around    map[string]person // made by somebody, whom nothing was done with, by their role
}

// lockedBuffer is a log that tests read.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newWorld(t *testing.T, o options) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{now: start}, log: &lockedBuffer{}, blobs: blob.NewMemory(), secrets: map[string]string{}, around: map[string]person{}, checked: map[string]bool{}}
	logger := slog.New(slog.NewTextHandler(w.log, nil))
	w.logger = logger
	path := dbtest.Empty(t)
	db, err := store.Open(t.Context(), "sqlite:"+path, store.Options{Now: w.clock.read, Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	w.db = dbtest.Open(t, path)
	t.Cleanup(func() {
		w.keepsSecrets(path)
		w.everyCompanyHasItsOwner()
		if err := w.db.Close(); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	workers := 1
	if o.noHashing {
		workers = 0
	}
	cheap := signin.HashCost{Memory: 64, Passes: 1, Threads: 1}
	w.core, err = core.New(t.Context(), db, core.Config{
		Blobs: w.blobs, Master: seal.NewKey(), Clock: w.clock.read, Hasher: signin.NewHasher(cheap, rand.Reader), Pool: signin.NewPool(workers, workers*64),
		Signin: signin.Config{Registration: o.policy, SetupToken: setupToken, Issuer: "http://kith.example", Limits: o.limits},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.face = platform.Face(w.core, logger, "test")
	mux := http.NewServeMux()
	w.face.Mount(mux)
	w.tables = jsonapi.Face(jsonapi.Services{Resources: w.core.Resources, Signin: w.core.Signin, Directory: w.core.Directory}, logger)
	w.tables.Mount(mux)
	mux.Handle("/files/", files.Handler(w.core.Directory, w.clock.read, logger))
	serve := web.Options{
		Faces: []*web.Face{w.face, w.tables}, Log: logger, Loopback: o.listener != "remote", Clock: w.clock.read,
		Origin: func(ctx context.Context, _ *http.Request, origin string) bool {
			allowed, err := w.core.Directory.OriginAllowed(ctx, web.Actor(ctx), origin)
			return err == nil && allowed
		},
		Cookies: func(ctx context.Context, _ *http.Request, origin string) bool {
			owned, err := w.core.Directory.OriginOwned(ctx, web.Actor(ctx), origin)
			return err == nil && owned
		},
	}
	w.handler = web.Wrap(mux, serve)
	serve.Loopback = false
	w.remote = web.Wrap(mux, serve)
	return w
}

// keepsSecrets fails the test if a token or password that the test saw can be read in the database or
// in the log (T46).
func (w *world) keepsSecrets(path string) {
	places := map[string]string{"the log": w.log.String()}
	for _, suffix := range []string{"", "-wal"} {
		if text, err := os.ReadFile(path + suffix); err == nil {
			places["the database"] += string(text)
		}
	}
	begins := map[string][]string{} // the secrets by their first bytes, so that each place is read once
	var first [256][256]bool
	for secret := range w.secrets {
		begins[secret[:shortestSecret]] = append(begins[secret[:shortestSecret]], secret)
		first[secret[0]][secret[1]] = true
	}
	for place, text := range places {
		for i := range max(len(text)-shortestSecret+1, 0) {
			if !first[text[i]][text[i+1]] {
				continue
			}
			for _, secret := range begins[text[i:i+shortestSecret]] {
				if strings.HasPrefix(text[i:], secret) {
					w.t.Errorf("%s holds %s in the clear: %s", place, w.secrets[secret], secret)
				}
			}
		}
	}
}

// shortestSecret is the length from which on a text is remembered as a secret.
const shortestSecret = 8

// everyCompanyHasItsOwner asks, after every test, that each company has its one owner, present and able
// to sign in (T65).
func (w *world) everyCompanyHasItsOwner() {
	var orphans int
	err := w.db.QueryRowContext(context.Background(), `SELECT count(*) FROM companies c LEFT JOIN users u
		ON u.company_id = c.company_id AND u.id = c.owner_id AND u.flags & 7 = 0
		LEFT JOIN groups g ON g.company_id = u.company_id AND g.id = u.group_id AND g.name = 'admin'
		WHERE g.id IS NULL`).Scan(&orphans)
	if err != nil || orphans > 0 {
		w.t.Errorf("%d companies are without their owner, %v", orphans, err)
	}
}

// sql changes the store as no route does. Like every writer it moves the version of the rows it writes, by
// which readers know them.
func (w *world) sql(text string, args ...any) {
	w.t.Helper()
	dbtest.Exec(w.t, w.db, text, args...)
}

const goodPassword = "a long enough pass phrase"

// company registers a company and gives its owner's answer.
func (w *world) company(slug string) answer {
	w.t.Helper()
	return w.do(ask("POST", "/3/auth/company/register/", "", fmt.Sprintf(
		`{"company": {"id": %q, "mode": "test"}, "email": "owner@%s.example", "password": %q}`, slug, slug, goodPassword))).want(http.StatusCreated)
}

// user registers a user of a company and gives their answer.
func (w *world) user(slug, email string) answer {
	w.t.Helper()
	return w.do(ask("POST", "/3/auth/register/", "", fmt.Sprintf(
		`{"company": %q, "email": %q, "password": %q}`, slug, email, goodPassword))).want(http.StatusCreated)
}

// doAsked looks into what guests asked to be sent, as the worker does.
func (w *world) doAsked() {
	w.t.Helper()
	if err := w.core.Signin.SendAsked(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// deliver hands on all messages that wait, as the worker does.
func (w *world) deliver() {
	w.t.Helper()
	w.doAsked()
	for {
		n, err := w.core.Outbox.DeliverToInbox(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
}

// inbox delivers what waits and gives the messages to one address, newest first.
func (w *world) inbox(to string) []*kith.Message {
	w.t.Helper()
	w.deliver()
	list, err := w.core.Outbox.Inbox(w.t.Context(), to, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// golden compares text with a file of testdata, or rewrites the file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update and look at what changed:\n%s", path, difference(string(want), got))
	}
}

// difference shows the lines of two texts that are not the same.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for len(w) > 0 && len(g) > 0 && w[0] == g[0] {
		w, g = w[1:], g[1:]
	}
	for len(w) > 0 && len(g) > 0 && w[len(w)-1] == g[len(g)-1] {
		w, g = w[:len(w)-1], g[:len(g)-1]
	}
	return "- " + strings.Join(w, "\n- ") + "\n+ " + strings.Join(g, "\n+ ")
}

// link makes a link for a user of a company to set their password by, as kith's operator does, and gives
// its two parts.
func (w *world) link(slug, user string) (uid, secret string) {
	w.t.Helper()
	link, err := w.core.Signin.ShowPasswordLink(w.t.Context(), w.operator(slug), user)
	if err != nil {
		w.t.Fatal(err)
	}
	uid, secret, _ = strings.Cut(link[strings.Index(link, "uid=")+len("uid="):], "&token=")
	w.know(secret, "a link")
	return uid, secret
}

// operator is kith's operator, at work on a company.
func (w *world) operator(slug string) *kith.Actor {
	w.t.Helper()
	by, err := w.core.Directory.Guest(w.t.Context(), &kith.Actor{System: true, Remote: kith.Remote{Loopback: true}}, slug)
	if err != nil {
		w.t.Fatal(err)
	}
	by.System = true
	return by
}

// origins lets pages of these web origins call for a company.
func (w *world) origins(slug string, list []string) {
	w.t.Helper()
	if _, err := w.core.Directory.SetOrigins(w.t.Context(), w.operator(slug), 0, list); err != nil {
		w.t.Fatal(err)
	}
}

// setStatus suspends or resumes a company, as the operator does.
func (w *world) setStatus(word, slug string) {
	w.t.Helper()
	set := w.core.Directory.Suspend
	if word == "resume" {
		set = w.core.Directory.Resume
	}
	if _, err := set(w.t.Context(), &kith.Actor{System: true}, slug); err != nil {
		w.t.Fatal(err)
	}
}
