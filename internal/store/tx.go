package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"kith"
)

// Tx is where one actor reads and writes, inside one company, with a field for each noun. It is for
// one goroutine and ends with the function it was given to.
type Tx struct {
	By  *kith.Actor
	Now time.Time // the one time of everything written here; UTC, whole milliseconds
	nouns

	company int64
	q       querier
	db      *DB
	seen    *seen // nil in an Update
	reading bool  // each is under way: the connection is taken
	failed  error // the first statement that failed; nothing runs after it
}

// rowScanner is one row of a result.
type rowScanner interface{ Scan(dest ...any) error }

// scope is what statements may touch: a company's number or, for System, everything. Only row
// security looks at it.
type scope string

const everything scope = "*"

func inside(company kith.CompanyID) scope { return scope(strconv.FormatInt(int64(company), 10)) }

func (db *DB) newTx(by *kith.Actor, q querier) *Tx {
	tx := &Tx{By: by, Now: db.time(), company: int64(by.CompanyID()), q: db.watching(q), db: db}
	tx.nouns.bind(tx)
	return tx
}

func (db *DB) time() time.Time { return db.now().UTC().Truncate(time.Millisecond) }

// refusal is an error that does not undo.
type refusal struct{ err error }

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// Refuse makes err an answer that keeps what was written: return it from the step, and Update
// commits and then answers err. For an attempt counted, a lock, the end of a refresh family.
func (tx *Tx) Refuse(err error) error { return &refusal{err} }

var errNested = errors.New("store: a statement was run while the rows of another were being read")

// exec runs a statement and says how many rows it touched. In every statement $1 is the company;
// args begin at $2.
func (tx *Tx) exec(ctx context.Context, text string, args ...any) (rowsAffected int64, err error) {
	if err := tx.ready(); err != nil {
		return 0, err
	}
	n, err := tx.q.exec(ctx, text, tx.scoped(args))
	return n, tx.fail(err)
}

// row runs a statement that gives at most one row; its Scan answers ErrNotFound if there was none.
// In every statement $1 is the company; args begin at $2.
func (tx *Tx) row(ctx context.Context, text string, args ...any) rowScanner {
	if err := tx.ready(); err != nil {
		return noRow{err}
	}
	return &oneRow{tx, tx.q.row(ctx, text, tx.scoped(args))}
}

// each runs a statement and calls scan for each of its rows; scan must not run another statement.
// In every statement $1 is the company; args begin at $2.
func each(ctx context.Context, tx *Tx, text string, args []any, scan func(rowScanner) error) error {
	if err := tx.ready(); err != nil {
		return err
	}
	tx.reading = true
	defer func() { tx.reading = false }()
	return tx.fail(tx.q.each(ctx, text, tx.scoped(args), scan))
}

// lockRow goes at the end of a SELECT whose rows must stay as read until the transaction ends.
func (tx *Tx) lockRow() string { return tx.db.dialect.lockRow }

// walkTime is how long a list may look at users one after the other.
func (tx *Tx) walkTime() time.Duration { return tx.db.walk }

func (tx *Tx) ready() error {
	if tx.reading {
		return errNested
	}
	return tx.failed
}

// scoped puts the company before the arguments.
func (tx *Tx) scoped(args []any) []any {
	all := make([]any, 0, 1+len(args))
	return append(append(all, tx.company), args...)
}

// fail classifies a statement's error and keeps it: PostgreSQL runs nothing more in a transaction
// after one, so neither does SQLite.
func (tx *Tx) fail(err error) error {
	if err == nil {
		return nil
	}
	tx.failed = tx.db.classify(err)
	return tx.failed
}

type noRow struct{ err error }

func (r noRow) Scan(...any) error { return r.err }

type oneRow struct {
	tx  *Tx
	row rowScanner
}

func (r *oneRow) Scan(dest ...any) error {
	err := r.row.Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) { // pgx.ErrNoRows is one too
		return ErrNotFound
	}
	return r.tx.fail(err)
}

// sysExec runs a statement, in its own transaction. No company is put before args: they begin at $1.
func (s *System) sysExec(ctx context.Context, text string, args ...any) (rowsAffected int64, err error) {
	err = s.db.update(ctx, everything, func(q querier) (commit bool, answer error) {
		rowsAffected, err = s.db.watching(q).exec(ctx, text, args)
		return err == nil, s.db.classify(err)
	})
	return rowsAffected, err
}

// sysRow reads at most one row; its Scan answers ErrNotFound if there was none. Args begin at $1.
func (s *System) sysRow(ctx context.Context, text string, args ...any) rowScanner {
	return sysRow{s.db, s.db.watching(s.db.engine.reader(everything)).row(ctx, text, args)}
}

// sysEach reads, and calls scan for each row. Args begin at $1.
func (s *System) sysEach(ctx context.Context, text string, args []any, scan func(rowScanner) error) error {
	err := s.db.watching(s.db.engine.reader(everything)).each(ctx, text, args, scan)
	return s.db.outward(s.db.classify(err))
}

type sysRow struct {
	db  *DB
	row rowScanner
}

func (r sysRow) Scan(dest ...any) error {
	err := r.row.Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return r.db.outward(r.db.classify(err))
}
