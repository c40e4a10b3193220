package e2e

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"kith"
	"kith/internal/api/jsonapi"
	"kith/internal/api/platform"
	"kith/internal/core"
	"kith/internal/core/signin"
	"kith/internal/seal"
	"kith/internal/store"
	"kith/internal/web"
)

// cheap is what a password hash costs where there are thousands.
var cheap = signin.HashCost{Memory: 64, Passes: 1, Threads: 1}

// clock is a kith.Clock that tests move, or stop.
type clock struct {
	mu      sync.Mutex
	offset  time.Duration
	stopped time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stopped.IsZero() {
		return c.stopped
	}
	return kith.SystemClock().Add(c.offset)
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

func (c *clock) stop(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = at
}

// inside is kith in the test's own process, with cheap hashes and a clock that moves. No worker runs,
// so that nothing is written that nobody asked for.
type inside struct {
	caller
	core     *core.Core
	platform *web.Face
	clock    *clock
	engine   engine
}

func newInside(t *testing.T, e engine) *inside {
	t.Helper()
	in := &inside{clock: &clock{}, engine: e}
	var log output
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	db, err := store.Open(t.Context(), e.url, store.Options{Now: in.clock.now, Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if said := log.String(); said != "" {
			t.Errorf("kith complained:\n%s", tail(said))
		}
	})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	in.core, err = core.New(t.Context(), db, core.Config{
		Master: seal.NewKey(), Clock: in.clock.now,
		Hasher: signin.NewHasher(cheap, rand.Reader), Pool: signin.NewPool(1, connections+1),
		Signin: signin.Config{Registration: signin.OpenRegistration, Issuer: "http://localhost"},
	})
	if err != nil {
		t.Fatal(err)
	}
	in.platform = platform.Face(in.core, logger, "test")
	faces := []*web.Face{in.platform, jsonapi.Face(jsonapi.Services{Resources: in.core.Resources, Signin: in.core.Signin, Directory: in.core.Directory}, logger)}
	mux := http.NewServeMux()
	for _, f := range faces {
		f.Mount(mux)
	}
	listener := httptest.NewServer(web.Wrap(mux, web.Options{Faces: faces, Log: logger, Loopback: true}))
	t.Cleanup(listener.Close)
	in.caller = newCaller(t, listener.URL, &vault{})
	return in
}

// sendAsked looks into what guests asked to be sent, as the worker does.
func (in *inside) sendAsked(t *testing.T) {
	t.Helper()
	if err := in.core.Signin.SendAsked(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// inbox does what was put off, delivers what waits, and gives the messages to one address.
func (in *inside) inbox(t *testing.T, to string) []*kith.Message {
	t.Helper()
	in.sendAsked(t)
	for {
		n, err := in.core.Outbox.DeliverToInbox(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	list, err := in.core.Outbox.Inbox(t.Context(), to, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return list
}
