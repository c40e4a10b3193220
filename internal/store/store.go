// Package store keeps kith's rows, in SQLite or in PostgreSQL, with one text for every question.
//
// It owns the SQL, the migrations, and what a transaction is: for one actor, inside one company,
// at one time. It knows no rule: what may be written is decided above, in core. The engines differ
// in sqlite.go, postgres.go and dialect.go and nowhere else; drivers are imported here alone.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"kith"
)

// Options of Open. The zero value is good for production.
type Options struct {
	Now          kith.Clock    // nil: kith.SystemClock
	Log          *slog.Logger  // nil: slog.Default
	Serializable bool          // PostgreSQL: write transactions run SERIALIZABLE, not READ COMMITTED
	RowSecurity  bool          // PostgreSQL: every statement names its company to the policies of EnableRowSecurity
	WalkTime     time.Duration // of a list that no index answers; 0: 500 ms
	MaxConns     int           // PostgreSQL connections, SQLite readers; 0: by the number of processors
	Watch        func(string)  // is told the text of each statement before it runs, for tests that count; nil: nobody is
}

// DB is an open database. It is safe for many goroutines.
type DB struct {
	engine  engine
	dialect *dialect
	now     kith.Clock
	log     *slog.Logger
	closed  atomic.Bool
	walk    time.Duration
	watch   func(string)
	seen    seen
}

// engine is one of the two databases: sqlite.go, postgres.go.
type engine interface {
	name() string
	// reader speaks outside any transaction; update in one, once, that commits when step returns nil.
	reader(scope scope) querier
	update(ctx context.Context, scope scope, step func(querier) error) error
	migrate(ctx context.Context) error
	ping(ctx context.Context) error
	close() error
}

// querier runs statements. Errors are the driver's own. Only each can be cancelled, and only outside
// a transaction.
type querier interface {
	exec(ctx context.Context, text string, args []any) (int64, error)
	row(ctx context.Context, text string, args []any) rowScanner
	each(ctx context.Context, text string, args []any, scan func(rowScanner) error) error
}

// watched tells of each statement.
type watched struct {
	querier
	watch func(string)
}

func (w watched) exec(ctx context.Context, text string, args []any) (int64, error) {
	w.watch(text)
	return w.querier.exec(ctx, text, args)
}

func (w watched) row(ctx context.Context, text string, args []any) rowScanner {
	w.watch(text)
	return w.querier.row(ctx, text, args)
}

func (w watched) each(ctx context.Context, text string, args []any, scan func(rowScanner) error) error {
	w.watch(text)
	return w.querier.each(ctx, text, args, scan)
}

// watching is q, watched if anybody watches.
func (db *DB) watching(q querier) querier {
	if db.watch == nil {
		return q
	}
	return watched{q, db.watch}
}

// Open opens the database that url names, making a SQLite file where there is none:
// "sqlite:path/to.db", "sqlite::memory:" (private, gone at Close) or "postgres://...". It does not
// migrate.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	if o.Now == nil {
		o.Now = kith.SystemClock
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.WalkTime == 0 {
		o.WalkTime = walkTime
	}
	db := &DB{now: o.Now, log: o.Log, walk: o.WalkTime, watch: o.Watch}
	scheme, rest, _ := strings.Cut(url, ":")
	var err error
	switch scheme {
	case "sqlite":
		db.dialect = &sqliteDialect
		db.engine, err = openSQLite(ctx, rest, o)
	case "postgres", "postgresql":
		db.dialect = &postgresDialect
		db.engine, err = openPostgres(ctx, url, o)
	default:
		// The URL may hold a password, so the message must not repeat it.
		return nil, errors.New("a database is named sqlite:PATH or postgres://HOST/NAME")
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return db, nil
}

// Migrate brings the schema up to what this kith knows. Several processes may call it at once. A
// schema that is newer is an error, and stays untouched.
func (db *DB) Migrate(ctx context.Context) error {
	if err := db.engine.migrate(ctx); err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	return nil
}

// Close waits for the writes under way, refuses new ones, and lets the database go. A second call
// does nothing.
func (db *DB) Close() error {
	if db.closed.Swap(true) {
		return nil
	}
	return db.engine.close()
}

// Ping reads from the database and answers within two seconds whether that worked.
func (db *DB) Ping(ctx context.Context) error {
	if db.closed.Load() {
		return errStopping
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return db.outward(db.engine.ping(ctx))
}

// Engine is "sqlite" or "postgres".
func (db *DB) Engine() string { return db.engine.name() }

// Path is the SQLite file; "" on PostgreSQL and in memory.
func (db *DB) Path() string {
	if s, ok := db.engine.(*sqlite); ok && s.memory == "" {
		return s.path
	}
	return ""
}

// Created reports whether Open made the SQLite file.
func (db *DB) Created() bool {
	s, ok := db.engine.(*sqlite)
	return ok && s.created
}

// View lets fn read as the actor. There is no transaction: each statement sees what is committed
// when it runs, so that one read is one round trip. What must agree is read in one statement, or in
// an Update.
func (db *DB) View(ctx context.Context, by *kith.Actor, fn func(*Tx) error) error {
	if db.closed.Load() {
		return errStopping
	}
	tx := db.newTx(by, db.engine.reader(inside(by.CompanyID())))
	tx.seen = &db.seen
	return db.outward(fn(tx))
}

// System gives the way across companies.
func (db *DB) System() *System { return &System{db} }

// Now is the time by which the store writes.
func (s *System) Now() time.Time { return s.db.time() }

// maxTries bounds how often a transaction that lost a race runs again.
const maxTries = 10

// Update runs fn in one write transaction, as the actor, and commits when it returns nil. It
// answers nil only for what is durable. fn may run more than once, and runs on another goroutine:
// no effects outside the database. A statement that fails ends the transaction, whatever fn makes
// of its error. Once fn has begun, ctx no longer cancels it.
func (db *DB) Update(ctx context.Context, by *kith.Actor, fn func(*Tx) error) error {
	return db.update(ctx, inside(by.CompanyID()), func(q querier) (commit bool, answer error) {
		tx := db.newTx(by, q)
		err := fn(tx)
		refused, isRefusal := errors.AsType[*refusal](err)
		switch {
		case errors.Is(tx.failed, errRetry): // even if fn made something else of it
			return false, tx.failed
		case tx.failed != nil && (err == nil || isRefusal):
			return false, tx.failed
		case err == refused && isRefusal: //nolint:errorlint // unwrapped only if nobody wrapped it
			return true, refused.err
		default:
			return err == nil || isRefusal, err
		}
	})
}

// update runs step in a write transaction until it is no longer told to try again.
func (db *DB) update(ctx context.Context, scope scope, step func(querier) (commit bool, answer error)) error {
	for try := 1; ; try++ {
		var answer error
		err := db.engine.update(ctx, scope, func(q querier) error {
			var commit bool
			if commit, answer = step(q); commit {
				return nil
			}
			return answer
		})
		if err == nil {
			return answer
		}
		if !errors.Is(err, errRetry) || try == maxTries {
			return db.outward(err)
		}
		// Jitter, doubling to 64 ms, so that those who met once do not meet again.
		pause := time.Millisecond << min(try, 6)
		select {
		case <-time.After(pause/2 + rand.N(pause)): //nolint:gosec // spreading, not secrecy
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
