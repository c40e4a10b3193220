package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	sqlitedriver "modernc.org/sqlite"
	lite "modernc.org/sqlite/lib"
)

// Bounds of one batch, and when a step is worth a line in the log: while one runs, all wait.
const (
	batchSize = 128
	batchTime = 5 * time.Millisecond
	slowStep  = 2 * time.Millisecond
)

// writer owns the one connection that writes, on a goroutine of its own. Steps that wait together
// are committed together, in one fsync; nobody waits for company, so a lone step is not delayed. A
// step that fails is undone alone, by its savepoint.
type writer struct {
	file    *sqlite
	db      *sql.DB
	conn    *sql.Conn
	queries *statements
	commits atomic.Int64
	broken  atomic.Pointer[error] // after it nothing is acknowledged again

	mu     sync.RWMutex // held to write while closing queue
	closed bool
	queue  chan *job
	done   chan struct{} // closed when queue is empty and closed

	running *job   // whose step is running
	ran     []*job // whose steps wait for COMMIT
}

// job is one step on its way through the writer.
type job struct {
	ctx    context.Context //nolint:containedctx // asked once, before the step begins
	step   func(querier) error
	answer chan error
	panic  any  // what the step panicked with
	exited bool // the step ended its goroutine, as t.FailNow does
}

func openWriter(ctx context.Context, file *sqlite) (*writer, error) {
	db, err := file.openWrite()
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	w := &writer{file: file, db: db, conn: conn, queries: &statements{on: conn},
		queue: make(chan *job, batchSize), done: make(chan struct{})}
	go w.loop()
	return w, nil
}

// update runs step in a transaction and answers when it is durable or undone; errRetry if it was
// undone for another step's sake. A panic of the step is the caller's.
func (w *writer) update(ctx context.Context, step func(querier) error) error {
	j := &job{ctx: ctx, step: step, answer: make(chan error, 1)}
	if err := w.enqueue(j); err != nil {
		return err
	}
	err := <-j.answer // never abandoned: from here on the answer is the truth
	if j.panic != nil {
		panic(j.panic)
	}
	if j.exited {
		runtime.Goexit()
	}
	return err
}

func (w *writer) enqueue(j *job) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return errStopping
	}
	select {
	case w.queue <- j:
		return nil
	case <-j.ctx.Done():
		return j.ctx.Err()
	}
}

// drain refuses new steps and waits for those that were let in.
func (w *writer) drain() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.done
}

func (w *writer) close() error {
	w.drain()
	_, err := w.conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(err, w.queries.close(), w.conn.Close(), w.db.Close())
}

// health is the error that every step gets from now on; nil while there is none.
func (w *writer) health() error {
	if broken := w.broken.Load(); broken != nil {
		return *broken
	}
	return nil
}

func (w *writer) loop() {
	defer func() {
		if w.running == nil {
			close(w.done)
			return
		}
		// The step took this goroutine down with it: the others go on in a new one.
		_ = w.do("ROLLBACK") // the next BEGIN tells if that failed
		w.running.exited = true
		w.running.answer <- nil
		w.answerAll(errRetry)
		w.running = nil
		go w.loop()
	}()
	for j := range w.queue {
		w.batch(j)
	}
}

// batch runs first and whoever waits behind it in one transaction.
func (w *writer) batch(first *job) {
	err := w.health()
	if err == nil {
		err = w.do("BEGIN IMMEDIATE")
	}
	if err != nil {
		first.answer <- err
		return
	}
	start := time.Now()
	for j := first; j != nil; j = w.next(start) {
		if err := j.ctx.Err(); err != nil {
			j.answer <- err
			continue
		}
		err, lost := w.one(j)
		if lost {
			_ = w.do("ROLLBACK") // if SQLite has not done so itself
			j.answer <- err
			w.answerAll(errRetry)
			return
		}
		if err != nil {
			j.answer <- err
			continue
		}
		w.ran = append(w.ran, j)
	}
	if len(w.ran) == 0 {
		_ = w.do("ROLLBACK") // the next BEGIN tells if that failed
		return
	}
	w.answerAll(w.commit())
}

// next is the step that waits, if the batch has room and time for it.
func (w *writer) next(start time.Time) *job {
	if len(w.ran) >= batchSize || time.Since(start) >= batchTime {
		return nil
	}
	select {
	case j := <-w.queue: // nil if closed
		return j
	default:
		return nil
	}
}

// one runs one step so that its failure undoes nobody else's. If lost, SQLite has dropped the whole
// transaction (disk full, I/O error) or cannot be brought back to where the step began.
func (w *writer) one(j *job) (err error, lost bool) { //nolint:revive,staticcheck // lost qualifies err
	save := len(w.ran) > 0 // the first has nobody to protect
	if save {
		if err := w.do("SAVEPOINT step"); err != nil {
			return err, true
		}
	}
	err = w.run(j)
	var end []string
	switch {
	case err == nil && save:
		end = []string{"RELEASE step"}
	case err != nil && save:
		end = []string{"ROLLBACK TO step", "RELEASE step"}
	case err != nil:
		end = []string{"ROLLBACK", "BEGIN IMMEDIATE"}
	}
	for _, text := range end {
		if failed := w.do(text); failed != nil {
			if err == nil {
				err = failed
			}
			return err, true
		}
	}
	return err, false
}

var errPanicked = errors.New("the step panicked")

func (w *writer) run(j *job) (err error) {
	start := time.Now()
	w.running = j
	defer func() {
		if j.panic = recover(); j.panic != nil {
			// The caller panics again, without this stack.
			w.file.log.Error("a write panicked", slog.Any("panic", j.panic), slog.String("stack", string(debug.Stack())))
			err, w.running = errPanicked, nil
		}
	}()
	err = j.step(w.queries)
	w.running = nil
	if took := time.Since(start); took > slowStep {
		w.file.log.Debug("slow step: every writer waited for it", slog.Duration("took", took))
	}
	return err
}

// commit answers nil only if the batch is on the disk, in the file that the path names.
func (w *writer) commit() error {
	err := w.do("COMMIT")
	if err != nil {
		_ = w.do("ROLLBACK")
		// After a failed sync nobody knows what the disk holds, and the next sync may succeed without
		// having written it: only a restart, which reads the log anew, tells.
		if e, ok := errors.AsType[*sqlitedriver.Error](err); ok && e.Code()&0xff == lite.SQLITE_IOERR {
			w.fail(fmt.Errorf("%w: writing failed, restart kith: %w", errDown, err))
		}
		return err
	}
	w.commits.Add(1)
	if err := w.file.inPlace(); err != nil {
		w.fail(err)
		return err
	}
	return nil
}

func (w *writer) fail(err error) {
	w.file.log.Error("the database takes no more writes", slog.Any("err", err))
	w.broken.Store(&err)
}

func (w *writer) answerAll(err error) {
	for _, j := range w.ran {
		j.answer <- err
	}
	clear(w.ran)
	w.ran = w.ran[:0]
}

func (w *writer) do(text string) error {
	_, err := w.queries.exec(context.Background(), text, nil)
	return classifySQLite(err)
}
