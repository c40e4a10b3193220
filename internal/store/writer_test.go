package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

func openFile(t testing.TB, o store.Options) (db *store.DB, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "kith.db")
	db = open(t, "sqlite:"+path, o)
	mustExec(t, db, things)
	return db, path
}

// crowd holds the writer with a step that waits, lets the others queue behind it, and releases.
func crowd(t *testing.T, db *store.DB, others []func()) {
	t.Helper()
	entered, leave := make(chan bool), make(chan bool)
	var all sync.WaitGroup
	all.Go(func() {
		err := db.Update(context.Background(), ada, func(tx *store.Tx) error {
			entered <- true
			<-leave
			return insert(context.Background(), tx, 0, nil)
		})
		if err != nil {
			t.Errorf("the first step: %v", err)
		}
	})
	<-entered
	for _, other := range others {
		all.Go(other)
	}
	time.Sleep(50 * time.Millisecond) // for all of them to reach the queue
	close(leave)
	all.Wait()
}

// TestBatch: those who wait together are committed together, and who fails among them fails alone.
func TestBatch(t *testing.T) {
	db, _ := openFile(t, store.Options{})
	ctx := context.Background()
	write := func(ctx context.Context, id int64, end func() error) error {
		return db.Update(ctx, ada, func(tx *store.Tx) error {
			if err := insert(ctx, tx, id, nil); err != nil {
				return err
			}
			return end()
		})
	}
	fine := func() error { return nil }
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	no := errors.New("no")
	expect := func(what string, got, want error) {
		if !errors.Is(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	others := []func(){
		func() { expect("erring", write(ctx, 101, func() error { return no }), no) },
		func() { expect("violating", write(ctx, 0, fine), store.ErrExists) },
		func() { expect("cancelled", write(cancelled, 103, fine), context.Canceled) },
		func() {
			defer func() {
				if got := recover(); got != any(no) {
					t.Errorf("the panic reached its caller as %v", got)
				}
			}()
			_ = write(ctx, 104, func() error { panic(no) })
		},
	}
	for id := range int64(20) {
		others = append(others, func() { expect("good", write(ctx, id+1, fine), nil) })
	}
	before := db.Commits()
	crowd(t, db, others)
	got := stored(t, db)
	for id := range int64(21) {
		if !got[id] {
			t.Errorf("row %d is missing", id)
		}
	}
	if len(got) != 21 {
		t.Errorf("stored %v, want rows 0 to 20", got)
	}
	// Two on a quiet machine: the first step's, and one for the crowd that waited behind it. A slow one
	// takes more turns, as a batch ends after some milliseconds.
	if commits := db.Commits() - before; commits > 10 {
		t.Errorf("%d commits for 21 rows written at once", commits)
	}
}

// TestExit: a step that ends its goroutine, as t.FailNow does, ends its caller's and nothing else.
func TestExit(t *testing.T) {
	db, _ := openFile(t, store.Options{})
	ctx := context.Background()
	good := func(id int64) func() {
		return func() {
			if err := db.Update(ctx, ada, func(tx *store.Tx) error { return insert(ctx, tx, id, nil) }); err != nil {
				t.Errorf("a neighbour: %v", err)
			}
		}
	}
	exit := func() {
		_ = db.Update(ctx, ada, func(tx *store.Tx) error {
			_ = insert(ctx, tx, 99, nil)
			runtime.Goexit()
			return nil
		})
		t.Error("the caller went on")
	}
	crowd(t, db, []func(){good(1), exit, good(2), exit, good(3)})
	if got := stored(t, db); len(got) != 4 || got[99] {
		t.Errorf("stored %v, want rows 0 to 3", got)
	}
}

// TestDiskFull: what does not fit is refused, and only that; writing goes on when there is room.
func TestDiskFull(t *testing.T) {
	db, _ := openFile(t, store.Options{})
	ctx := context.Background()
	pages, err := db.System().Count(ctx, `SELECT page_count FROM pragma_page_count`)
	if err != nil {
		t.Fatal(err)
	}
	fill := func(id int64, size int) error {
		return db.Update(ctx, ada, func(tx *store.Tx) error { return insert(ctx, tx, id, make([]byte, size)) })
	}
	db.SetMaxPages(pages + 2)
	crowd(t, db, []func(){
		func() {
			if err := fill(1, 1<<20); kith.AsError(err).Kind != kith.Unavailable {
				t.Errorf("a megabyte on a full disk: %v", err)
			}
		},
		func() {
			if err := fill(2, 10); err != nil {
				t.Errorf("ten bytes beside it: %v", err)
			}
		},
	})
	db.SetMaxPages(pages + 1000)
	if err := fill(3, 1<<20); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if got := stored(t, db); len(got) != 3 || got[1] {
		t.Errorf("stored %v, want 0, 2, 3", got)
	}
}

// TestFileMoved: writes to a file that nobody will find again are not acknowledged, and no new file
// appears in its place.
func TestFileMoved(t *testing.T) {
	db, path := openFile(t, store.Options{})
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".gone"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err := db.Update(t.Context(), ada, func(tx *store.Tx) error { return insert(t.Context(), tx, 1, nil) })
		if e := kith.AsError(err); e.Kind != kith.Unavailable || e.Code != kith.CodeDatabase {
			t.Errorf("Update: %v", err)
		}
	}
	if err := db.Ping(t.Context()); kith.AsError(err).Kind != kith.Unavailable {
		t.Errorf("Ping: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something is where the file was: %v", err)
	}
}

// TestLocked: another process that holds the file makes kith unavailable, not wrong.
func TestLocked(t *testing.T) {
	db, path := openFile(t, store.Options{})
	db.SetBusyTimeout(20 * time.Millisecond)
	other := raw(t, path)
	if _, err := other.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	write := func() error {
		return db.Update(t.Context(), ada, func(tx *store.Tx) error { return insert(t.Context(), tx, 1, nil) })
	}
	if err := write(); kith.AsError(err).Kind != kith.Unavailable {
		t.Errorf("while locked: %v", err)
	}
	if _, err := other.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := write(); err != nil || !stored(t, db)[1] {
		t.Errorf("afterwards: %v, %v", err, stored(t, db))
	}
}

// raw is a connection of somebody else's.
func raw(t *testing.T, path string) *sql.Conn {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); db.Close() })
	return conn
}

// TestFile: the file is its owner's alone, written so that an acknowledged commit survives a power
// cut, and whole in one piece after Close.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new folder", "odd?#%.db")
	db := open(t, "sqlite:"+path, store.Options{})
	if !db.Created() || db.Path() != path || db.Engine() != "sqlite" {
		t.Errorf("Created %v, Path %q, Engine %q", db.Created(), db.Path(), db.Engine())
	}
	mustExec(t, db, things)
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		if got := db.Pragma(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	for _, name := range []string{path, path + "-wal"} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want mode 0600", name, info, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the log is still there: %v", err)
	}
	if again := open(t, "sqlite:"+path, store.Options{}); again.Created() || len(stored(t, again)) != 0 {
		t.Error("the second Open made a file, or lost the table")
	}
}

// TestStat4: statistics that slow prepared joins down do not outlive Open.
func TestStat4(t *testing.T) {
	db, path := openFile(t, store.Options{})
	for id := range int64(10) {
		if err := db.Update(t.Context(), ada, func(tx *store.Tx) error { return insert(t.Context(), tx, id, nil) }); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	other := raw(t, path)
	if _, err := other.ExecContext(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	rows := func() (n int) {
		if err := other.QueryRowContext(t.Context(), "SELECT count(*) FROM sqlite_stat4").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if rows() == 0 {
		t.Fatal("ANALYZE left nothing: the test has shown nothing")
	}
	open(t, "sqlite:"+path, store.Options{})
	if n := rows(); n != 0 {
		t.Errorf("%d rows of sqlite_stat4 after Open", n)
	}
}
