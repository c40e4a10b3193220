package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
)

// sqlite is one file: many readers, and the one writer of writer.go.
type sqlite struct {
	path    string      // as the operator wrote it
	where   string      // the same, absolute
	dsn     string      // the same, as a file: URL
	file    os.FileInfo // what path was at Open
	created bool
	memory  string // the folder to remove at Close; "" for a file that stays
	readers *statements
	pool    *sql.DB // of the readers
	writer  *writer
	log     *slog.Logger
}

const inMemory = ":memory:"

// Parameters of every connection, of those that write and of those that read. WAL with FULL syncs
// the log at each commit; a statement that finds the file locked by another process waits 5 s.
const (
	anyPragmas   = "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=temp_store(memory)"
	writePragmas = "?mode=rw&_txlock=immediate&" + anyPragmas +
		"&_pragma=journal_mode(wal)&_pragma=journal_size_limit(67108864)&_pragma=cache_size(-16000)"
	readPragmas = "?mode=ro&" + anyPragmas + "&_pragma=query_only(1)&_pragma=cache_size(-8000)"
	durable     = "&_pragma=synchronous(full)"
	forgetful   = "&_pragma=synchronous(off)" // what lives no longer than the process needs no disk
)

func openSQLite(ctx context.Context, path string, o Options) (_ *sqlite, err error) {
	s := &sqlite{path: path, log: o.Log}
	defer func() {
		if err != nil {
			s.forget()
		}
	}()
	if err := s.create(); err != nil {
		return nil, err
	}
	if err := s.dropStat4(ctx); err != nil {
		return nil, err
	}
	if s.writer, err = openWriter(ctx, s); err != nil {
		return nil, err
	}
	if s.pool, err = sql.Open("sqlite", s.dsn+readPragmas); err != nil {
		return nil, errors.Join(err, s.writer.close())
	}
	readers := o.MaxConns
	if readers == 0 {
		readers = min(max(4, 2*runtime.NumCPU()), 16)
	}
	s.pool.SetMaxOpenConns(readers)
	s.pool.SetMaxIdleConns(readers) // an idle reader keeps its prepared statements
	s.readers = &statements{on: s.pool, cancel: true}
	return s, nil
}

// create makes the file if there is none, for its owner alone: SQLite gives its log the same mode.
// From here on it is opened only if it exists, so that one that vanishes is never made anew.
func (s *sqlite) create() error {
	path := s.path
	if path == inMemory {
		folder, err := os.MkdirTemp("", "kith-memory-")
		if err != nil {
			return err
		}
		s.memory, path = folder, filepath.Join(folder, "kith.db")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case err == nil:
		s.created = true
		err = errors.Join(file.Close(), syncFolder(filepath.Dir(path)))
	case errors.Is(err, os.ErrExist):
		err = nil
	}
	if err != nil {
		return err
	}
	s.where = path
	s.dsn = (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
	s.file, err = os.Stat(path)
	return err
}

// syncFolder makes a new file's name last through a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	if runtime.GOOS == "windows" {
		return nil // has no such thing
	}
	return folder.Sync()
}

// dropStat4 removes what ANALYZE may have left: with it, SQLite plans a prepared join anew at each
// run, at four times the cost. The planner reads it when a connection opens, hence before the others.
func (s *sqlite) dropStat4(ctx context.Context) error {
	db, err := s.openWrite()
	if err != nil {
		return err
	}
	defer db.Close()
	var found int
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat4'`).Scan(&found)
	if err != nil || found == 0 {
		return err
	}
	_, err = db.ExecContext(ctx, `DELETE FROM sqlite_stat4`)
	return err
}

// openWrite gives a connection of its own that may write.
func (s *sqlite) openWrite() (*sql.DB, error) {
	sync := durable
	if s.memory != "" {
		sync = forgetful
	}
	db, err := sql.Open("sqlite", s.dsn+writePragmas+sync)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

var errMoved = fmt.Errorf("%w: its file was moved or removed while kith was running; put it back and restart", errDown)

// inPlace fails if the path no longer names the file that is open: what is written to that is lost.
func (s *sqlite) inPlace() error {
	now, err := os.Stat(s.where)
	if err != nil || !os.SameFile(now, s.file) {
		return errMoved
	}
	return nil
}

func (s *sqlite) name() string { return "sqlite" }

func (s *sqlite) reader(scope) querier { return s.readers }

func (s *sqlite) update(ctx context.Context, _ scope, step func(querier) error) error {
	return s.writer.update(ctx, step)
}

func (s *sqlite) ping(ctx context.Context) error {
	if err := s.writer.health(); err != nil {
		return err
	}
	if err := s.inPlace(); err != nil {
		return err
	}
	var one int
	return classifySQLite(s.pool.QueryRowContext(ctx, `SELECT 1 FROM sqlite_master LIMIT 1`).Scan(&one))
}

// close ends the readers first: the log can be emptied only when nobody reads it.
func (s *sqlite) close() error {
	s.writer.drain()
	err := errors.Join(s.readers.close(), s.pool.Close(), s.writer.close())
	s.forget()
	return err
}

func (s *sqlite) forget() {
	if s.memory != "" {
		if err := os.RemoveAll(s.memory); err != nil {
			s.log.Warn("the in-memory database left a folder behind", slog.Any("err", err))
		}
	}
}

// maxPrepared bounds the statements kept. There are fewer constant texts than that; a list's
// filters may write more.
const maxPrepared = 500

// statements runs texts on a pool or a connection, preparing each once: that halves a point read.
type statements struct {
	on interface {
		PrepareContext(ctx context.Context, text string) (*sql.Stmt, error)
	}
	cancel   bool     // each may be cancelled
	prepared sync.Map // text → *sql.Stmt
	count    atomic.Int64
}

// get prepares text, or finds it prepared. done must be called when the statement is no longer used.
func (s *statements) get(ctx context.Context, text string) (stmt *sql.Stmt, done func(), err error) {
	if found, ok := s.prepared.Load(text); ok {
		return found.(*sql.Stmt), keep, nil
	}
	stmt, err = s.on.PrepareContext(ctx, text)
	if err != nil {
		return nil, nil, err
	}
	if s.count.Load() < maxPrepared {
		if _, raced := s.prepared.LoadOrStore(text, stmt); !raced {
			s.count.Add(1)
			return stmt, keep, nil
		}
	}
	return stmt, func() { stmt.Close() }, nil
}

func keep() {}

// close lets the prepared statements go: with one of them left, SQLite keeps the file open.
func (s *statements) close() error {
	var all []error
	s.prepared.Range(func(_, stmt any) bool {
		all = append(all, stmt.(*sql.Stmt).Close())
		return true
	})
	return errors.Join(all...)
}

// exec and row run under a context that cannot be cancelled: cancelling a write makes SQLite roll
// back the whole transaction, others' steps with it, and watching a context costs a point read half
// as much again.
func (s *statements) exec(ctx context.Context, text string, args []any) (int64, error) {
	ctx = context.WithoutCancel(ctx)
	stmt, done, err := s.get(ctx, text)
	if err != nil {
		return 0, err
	}
	defer done()
	result, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s *statements) row(ctx context.Context, text string, args []any) rowScanner {
	ctx = context.WithoutCancel(ctx)
	stmt, done, err := s.get(ctx, text)
	if err != nil {
		return noRow{err}
	}
	defer done() // closes once the row is scanned
	return stmt.QueryRowContext(ctx, args...)
}

func (s *statements) each(ctx context.Context, text string, args []any, scan func(rowScanner) error) error {
	if !s.cancel {
		ctx = context.WithoutCancel(ctx)
	}
	stmt, done, err := s.get(ctx, text)
	if err != nil {
		return err
	}
	defer done()
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
