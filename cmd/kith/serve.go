package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"kith"
	"kith/internal/api/jsonapi"
	"kith/internal/api/platform"
	"kith/internal/blob"
	"kith/internal/core"
	"kith/internal/core/signin"
	"kith/internal/docs"
	"kith/internal/files"
	"kith/internal/inbox"
	"kith/internal/oidc"
	"kith/internal/pages"
	"kith/internal/seal"
	"kith/internal/store"
	"kith/internal/web"
	"kith/internal/worker"
)

// Times and sizes of the listener. Headers come in 5 s or not at all; a body gets 30 s; an idle
// connection is kept for a minute.
const (
	headerTime = 5 * time.Second
	bodyTime   = 30 * time.Second
	answerTime = 60 * time.Second
	idleTime   = 60 * time.Second
	headerSize = 16 << 10
	drainTime  = 10 * time.Second
)

// gcPercent lets the heap grow to three times what is in use, not twice, before it is collected: what is
// in use is a few megabytes, and a twentieth of each request's time went into collecting.
const gcPercent = 200

// founding is a company that serve makes if there is none of that slug. "" is none.
type founding struct {
	slug  string
	mode  kith.CompanyMode
	fixed bool // the mode was asked for
}

func serveCommand(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "serve", Short: "Serve the APIs until told to stop", Args: cobra.NoArgs,
		Long: `Serve the APIs until told to stop. With --company it makes that company if there is none of the id: one that nobody
owns, until the first of its users claims it.`}
	var f founding
	cmd.Flags().StringVar(&f.slug, "company", "", "id of a company to make, if there is none of it, and to leave unclaimed")
	mode := cmd.Flags().String("mode", kith.Test.String(), "of that company: test or production, for good")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var known bool
		if f.mode, known = companyModes[*mode]; !known {
			return usage("--mode is %q: give test or production", *mode)
		}
		f.fixed = cmd.Flags().Changed("mode")
		if f.fixed && f.slug == "" {
			return usage("--mode is that of a company: name it with --company ID")
		}
		return serve(cmd.Context(), *c, f, os.Stdout, os.Stderr)
	}
	return cmd
}

// found makes the company that serve was given, and gives it: nil if none was. It refuses to make what would not be
// served here.
func (n *node) found(ctx context.Context, f founding) (*kith.Company, error) {
	if f.slug == "" {
		return nil, nil
	}
	there, err := n.core.Directory.CompanyBySlug(ctx, operator, f.slug)
	isThere := err == nil
	switch {
	case isThere && f.fixed && there.Company.Mode != f.mode:
		return nil, fmt.Errorf("%s is of mode %s, for good", there.Company.Slug, there.Company.Mode)
	case !isThere && f.mode == kith.Test && !n.config.loopback && !n.config.on("KITH_ALLOW_TEST"):
		return nil, fmt.Errorf("%s would be a test company, and those are served on loopback listeners only: add --mode production, or --dev", f.slug)
	}
	c, _, err := n.core.Directory.EnsureCompany(ctx, operator, f.slug, f.mode)
	return c, err
}

// serve runs until SIGTERM or SIGINT and then answers what it has accepted. A second signal ends it at
// once.
func serve(ctx context.Context, c config, f founding, out, errOut io.Writer) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	log := logger(c, errOut)
	db, err := openStore(ctx, c, log)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // closed properly below; this is for the ways out before that
	setup := c.get("KITH_SETUP_TOKEN")
	if setup == "" && (c.registration == signin.ByToken || f.slug != "" && !c.loopback) {
		setup = rand.Text()
	}
	kernel, err := buildCore(ctx, c, db, setup)
	if err != nil {
		return err
	}
	n := &node{config: c, db: db, core: kernel, log: log, registry: prometheus.NewRegistry()}
	handler, err := n.handler()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.get("KITH_LISTEN"))
	if err != nil {
		return fmt.Errorf("listen: %w (another kith may be running; KITH_LISTEN chooses another address)", err)
	}
	if err := n.serveAdmin(ctx); err != nil {
		return err
	}
	company, err := n.found(ctx, f)
	if err != nil {
		return err
	}
	if err := n.banner(ctx, out, listener.Addr().String(), setup, company); err != nil {
		return err
	}
	n.warnOfNoProvider(ctx)
	return n.run(ctx, stop, listener, handler)
}

// logger writes to errOut, as text for people or as JSON for programs.
func logger(c config, errOut io.Writer) *slog.Logger {
	if c.get("KITH_LOG") == "json" {
		return slog.New(slog.NewJSONHandler(errOut, nil))
	}
	return slog.New(slog.NewTextHandler(errOut, nil))
}

// openStore opens the database and brings its schema up to date.
func openStore(ctx context.Context, c config, log *slog.Logger) (*store.DB, error) {
	if err := c.ensureData(); err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, c.get("KITH_DATABASE"), store.Options{Now: kith.SystemClock, Log: log, Serializable: c.on("KITH_SERIALIZABLE")})
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// buildCore makes the services, with the master key that is configured or lies in the data folder.
func buildCore(ctx context.Context, c config, db *store.DB, setup string) (*core.Core, error) {
	var master seal.Key
	var err error
	if given := c.get("KITH_MASTER_KEY"); given != "" {
		master, err = seal.ParseKey(given)
	} else {
		master, err = seal.LoadKey(c.keyFile())
	}
	if err != nil {
		return nil, err
	}
	return core.New(ctx, db, core.Config{
		Master: master, Clock: kith.SystemClock, AllowTest: c.on("KITH_ALLOW_TEST"),
		Hasher: signin.NewHasher(signin.DefaultHashCost, rand.Reader), Pool: signin.NewPool(hashers(), hashQueue),
		Blobs: blob.NewFolder(c.blobFolder()), Readers: hashers(),
		Signin: signin.Config{Registration: c.registration, SetupToken: setup, Issuer: c.publicURL,
			Limits: c.on("KITH_RATE_LIMITS")},
	})
}

// hashQueue is how many sign-ins may wait for their turn to hash: some seconds' worth.
const hashQueue = 256

// hashers is how many passwords are hashed at once. One processor is left for everybody else.
func hashers() int { return max(1, runtime.GOMAXPROCS(0)-1) }

// node is one running kith.
type node struct {
	config   config
	db       *store.DB
	core     *core.Core
	log      *slog.Logger
	registry *prometheus.Registry
	health   health
}

// handler puts everything that the public listener serves behind the middleware.
func (n *node) handler() (http.Handler, error) {
	c := n.config
	faces := []*web.Face{platform.Face(n.core, n.log, version),
		jsonapi.Face(jsonapi.Services{Resources: n.core.Resources, Signin: n.core.Signin, Directory: n.core.Directory}, n.log)}
	mux := http.NewServeMux()
	specs, err := mount(mux, faces)
	if err != nil {
		return nil, err
	}
	mux.Handle("/files/", files.Handler(n.core.Directory, kith.SystemClock, n.log))
	reference := docs.Handler(specs)
	mux.Handle("GET /{$}", http.RedirectHandler("/docs", http.StatusFound)) // a person with a browser
	mux.Handle("GET /docs", reference)
	mux.Handle("GET /docs/", reference)
	pages.Mount(mux, n.pages(), n.log)
	oidc.Mount(mux, c.publicURL, n.core.Signin.PublicKeys, n.log)
	if n.showsInbox() {
		page := inbox.Handler(n.core.Outbox.Inbox, n.log, c.on("KITH_ALLOW_TEST"))
		mux.Handle("GET /inbox", page)
		mux.Handle("GET /inbox/messages.json", page)
	}
	n.health.ping = n.db.Ping
	n.health.mount(mux)
	return web.Wrap(mux, web.Options{
		Faces: faces, Log: n.log, Metrics: web.NewMetrics(n.registry), Trusted: c.trusted, Loopback: c.loopback,
		Origin: n.asks(n.core.Directory.OriginAllowed), Cookies: n.asks(n.core.Directory.OriginOwned),
	}), nil
}

// mount puts the faces and their OpenAPI documents on mux, and lists the documents.
func mount(mux *http.ServeMux, faces []*web.Face) ([]docs.Spec, error) {
	var specs []docs.Spec
	for _, face := range faces {
		face.Mount(mux)
		document, err := face.OpenAPI(web.Info{Version: version})
		if err != nil {
			return nil, fmt.Errorf("openapi document of %s: %w", face.Name, err)
		}
		spec := docs.Spec{Title: face.Title, URL: "/openapi/" + face.Name + ".json"}
		mux.HandleFunc("GET "+spec.URL, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			_, _ = w.Write(document) // the client has gone; there is nobody left to tell
		})
		specs = append(specs, spec)
	}
	return specs, nil
}

// asks is a question about a web origin as the middleware asks it. What cannot be looked up is not allowed.
func (n *node) asks(question func(context.Context, *kith.Actor, string) (bool, error)) func(context.Context, *http.Request, string) bool {
	return func(ctx context.Context, _ *http.Request, origin string) bool {
		yes, err := question(ctx, web.Actor(ctx), origin)
		if err != nil {
			n.log.WarnContext(ctx, "origin not looked up", slog.Any("err", err))
		}
		return yes
	}
}

// showsInbox reports whether the development inbox is open: where only this machine can look at it and a
// provider is lacking, or where the operator says so.
func (n *node) showsInbox() bool {
	c := n.config
	return c.loopback && (c.mail == nil || c.sms == nil) || c.on("KITH_ALLOW_TEST")
}

// run serves until the context ends, then drains: no new connections, accepted requests answered, the
// worker's notes written, the store closed.
func (n *node) run(ctx context.Context, stop func(), listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: bodyTime, WriteTimeout: answerTime,
		IdleTimeout: idleTime, MaxHeaderBytes: headerSize, ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelDebug)}
	work, endWork := context.WithCancel(context.WithoutCancel(ctx))
	defer endWork()
	var working sync.WaitGroup
	background := worker.New(n.core, n.log, worker.Options{Carriers: n.config.carriers(), Inbox: n.showsInbox(),
		Keep: n.config.on("KITH_ALLOW_TEST"), Registry: n.registry})
	working.Go(func() { background.Run(work) })
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	stop() // from here on a second signal ends the process at once
	n.health.drain()
	drained, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	err := server.Shutdown(drained)
	if err != nil {
		err = errors.Join(errStopped, server.Close())
	}
	endWork()
	working.Wait()
	return errors.Join(err, n.db.Close())
}
