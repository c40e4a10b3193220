package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"kith/internal/store"
	"kith/internal/store/pgtest"
)

// The step of the benchmarks: touch a row, tell of it.
const (
	touch = `UPDATE things SET n = n + 1 WHERE company_id = $1 AND id = $2`
	tell  = `INSERT INTO told (company_id, id, what) VALUES ($1, $2, 'things.change')`
	told  = `CREATE TABLE told (company_id BIGINT NOT NULL, id BIGINT NOT NULL, what TEXT, PRIMARY KEY (company_id, id))`
)

// BenchmarkWriters: 64 who write at once, committed together and one by one. Read the ratio of two
// lines of one run.
func BenchmarkWriters(b *testing.B) {
	b.Run("sqlite/together", func(b *testing.B) {
		db, _ := benchFile(b)
		before := db.Commits()
		benchWriters(b, updating(b, db))
		b.ReportMetric(float64(db.Commits()-before)/float64(b.N), "commits/op")
	})
	b.Run("sqlite/one-by-one", func(b *testing.B) {
		db, path := benchFile(b)
		db.Close()
		benchWriters(b, oneByOne(b, path))
		b.ReportMetric(1, "commits/op")
	})
	b.Run("postgres", func(b *testing.B) {
		db := open(b, pgtest.Start(b), store.Options{})
		prepare(b, db)
		benchWriters(b, updating(b, db))
	})
}

// BenchmarkRead: one row by its key, one statement.
func BenchmarkRead(b *testing.B) {
	read := func(b *testing.B, db *store.DB) {
		ctx := context.Background()
		benchmark(b, func(i int64) {
			err := db.View(ctx, ada, func(tx *store.Tx) error {
				var n int64
				return tx.Row(ctx, `SELECT n FROM things WHERE company_id = $1 AND id = $2`, i%64).Scan(&n)
			})
			if err != nil {
				b.Error(err)
			}
		})
	}
	b.Run("sqlite", func(b *testing.B) {
		db, _ := benchFile(b)
		read(b, db)
	})
	b.Run("postgres", func(b *testing.B) {
		db := open(b, pgtest.Start(b), store.Options{})
		prepare(b, db)
		read(b, db)
	})
}

func benchFile(b *testing.B) (*store.DB, string) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "kith.db")
	db := open(b, "sqlite:"+path, store.Options{})
	prepare(b, db)
	return db, path
}

func prepare(b *testing.B, db *store.DB) {
	b.Helper()
	mustExec(b, db, things)
	mustExec(b, db, told)
	for id := range int64(64) {
		if err := db.Update(context.Background(), ada, func(tx *store.Tx) error { return insert(context.Background(), tx, id, nil) }); err != nil {
			b.Fatal(err)
		}
	}
}

func updating(b *testing.B, db *store.DB) func(i int64) {
	ctx := context.Background()
	return func(i int64) {
		err := db.Update(ctx, ada, func(tx *store.Tx) error {
			if _, err := tx.Exec(ctx, touch, i%64); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, tell, i)
			return err
		})
		if err != nil {
			b.Error(err)
		}
	}
}

// oneByOne is the best that one commit for each can do: one connection behind a lock, everything
// prepared.
func oneByOne(b *testing.B, path string) func(i int64) {
	b.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-16000)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	var steps [4]*sql.Stmt
	for i, text := range []string{"BEGIN IMMEDIATE", touch, tell, "COMMIT"} {
		if steps[i], err = conn.PrepareContext(ctx, text); err != nil {
			b.Fatal(err)
		}
	}
	var one sync.Mutex
	return func(i int64) {
		one.Lock()
		defer one.Unlock()
		for n, args := range [][]any{nil, {int64(1), i % 64}, {int64(1), i}, nil} {
			if _, err := steps[n].ExecContext(ctx, args...); err != nil {
				b.Error(err)
			}
		}
	}
}

// benchWriters runs do b.N times on 64 goroutines.
func benchWriters(b *testing.B, do func(i int64)) {
	b.Helper()
	var next atomic.Int64
	b.ResetTimer()
	before := cpu(b)
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				do(i)
			}
		})
	}
	all.Wait()
	report(b, before)
}

func benchmark(b *testing.B, do func(i int64)) {
	b.Helper()
	b.ReportAllocs()
	b.ResetTimer()
	before := cpu(b)
	for i := range int64(b.N) {
		do(i)
	}
	report(b, before)
}

func report(b *testing.B, before float64) {
	b.StopTimer()
	b.ReportMetric((cpu(b)-before)/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

// cpu is what this process has used, in µs. The PostgreSQL server's share is not in it.
func cpu(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec)*1e6 + float64(u.Utime.Usec+u.Stime.Usec)
}
