package bench

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// The step that is written: a user's row is touched and an event tells of it. together is the store's
// own, oneByOne the same two statements, each step committed by itself.
const (
	touch = `UPDATE users SET last_login = $4 WHERE company_id = $1 AND id = $2 AND password = $3 AND flags & 7 = 0`
	tell  = `INSERT INTO events (company_id, id, actor_id, session_id, noun, verb, row_key, subject_id, fields, old)
		VALUES ($1, $2, NULL, NULL, $3, $4, $5, $6, '', NULL)`
)

// writers is how many write at once, and slow what is added to each sync where it says so.
const (
	writers = 64
	slow    = time.Millisecond
)

// BenchmarkWriters: many durable writes at once, on SQLite, beside one commit for each.
func BenchmarkWriters(b *testing.B) {
	const rounds, length = 5, 400 * time.Millisecond
	if err := hookDisk(); err != nil {
		b.Fatal(err)
	}
	defer disk.delay.Store(0)
	h := newHouse(b, onSQLite.fresh(b), writers)
	together, apart := h.together(b), oneByOne(b)
	_, _ = load(length, together)
	_, _ = load(length, apart)
	for _, m := range []struct {
		disk  string
		delay time.Duration
		least float64
	}{{"on the disk as it is", 0, 2.5}, {"with 1 ms added to each fsync", slow, 10}} {
		disk.delay.Store(int64(m.delay))
		var ratios, syncs, ours, theirs, ourCPU, theirCPU, waits []float64
		for range rounds {
			t := measure(b, length, together)
			a := measure(b, length, apart)
			ratios, syncs = append(ratios, t.rate/a.rate), append(syncs, t.syncs)
			ours, theirs = append(ours, t.rate), append(theirs, a.rate)
			ourCPU, theirCPU, waits = append(ourCPU, t.cpu), append(theirCPU, a.cpu), append(waits, a.sync)
		}
		promise(b, figure{name: fmt.Sprintf("SQLite, %d durable writers %s: writes/s, times one commit each", writers, m.disk),
			got: median(ratios), least: m.least,
			detail: fmt.Sprintf("%.0f and %.0f writes/s; %.0f and %.0f µs CPU each; one sync takes the disk %.0f µs",
				median(ours), median(theirs), median(ourCPU), median(theirCPU), median(waits))})
		promise(b, figure{name: "fsyncs per write, " + m.disk, got: median(syncs), most: 0.05, detail: "counted at SQLite's xSync, checkpoints included"})
	}
	disk.delay.Store(0)
	h.readers(b, rounds, together)
	quiet(b)
}

// readers asks whether a point read takes longer beside the writers.
func (h *house) readers(b *testing.B, rounds int, write func(int) error) {
	b.Helper()
	const reads = 1500
	var ratios []float64
	var calm, beside []time.Duration
	for range rounds {
		idle := h.reads(b, reads)
		var stop atomic.Bool
		var all sync.WaitGroup
		for i := range writers {
			all.Go(func() {
				for !stop.Load() {
					if err := write(i); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		busy := h.reads(b, reads)
		stop.Store(true)
		all.Wait()
		ratios = append(ratios, float64(busy)/float64(idle))
		calm, beside = append(calm, idle), append(beside, busy)
	}
	promise(b, figure{name: fmt.Sprintf("a reader's p50 beside %d writers, times its p50 alone", writers), got: median(ratios), most: 1.5,
		detail: fmt.Sprintf("%.0f and %.0f µs for a user by key", micros(median(beside)), micros(median(calm)))})
}

// reads gives the p50 of reading one user by its key.
func (h *house) reads(b *testing.B, n int) time.Duration {
	b.Helper()
	ctx := context.Background()
	list := make([]time.Duration, n)
	for i := range list {
		start := time.Now()
		err := h.db.View(ctx, h.company, func(tx *store.Tx) error {
			_, err := tx.Users.Get(ctx, h.users[i%writers].User)
			return err
		})
		if list[i] = time.Since(start); err != nil {
			b.Fatal(err)
		}
	}
	return median(list)
}

// together writes through the store, as one of many.
func (h *house) together(b *testing.B) func(writer int) error {
	b.Helper()
	ctx := context.Background()
	return func(writer int) error {
		login := h.users[writer]
		return h.db.Update(ctx, h.company, func(tx *store.Tx) error {
			if err := tx.Credentials.SignIn(ctx, login.User, login.Hash); err != nil {
				return err
			}
			return tx.Events.Insert(ctx, &kith.Event{ID: kith.NewID[kith.Event](tx.Now, rand.Reader), Noun: kith.NounUser,
				Verb: kith.Change, Row: "last_login", Subject: login.User}, nil)
		})
	}
}

// oneByOne is the best that one commit for each can do: the same schema and rows, one connection
// behind a lock, everything prepared.
func oneByOne(b *testing.B) func(writer int) error {
	b.Helper()
	h := newHouse(b, onSQLite.fresh(b), writers)
	if err := h.db.Close(); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite", strings.TrimPrefix(h.url, "sqlite:")+
		"?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=foreign_keys(1)&_pragma=cache_size(-16000)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
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
	company := int64(h.company.CompanyID())
	var one sync.Mutex
	return func(writer int) error {
		login, now := h.users[writer], kith.SystemClock()
		id := kith.NewID[kith.Event](now, rand.Reader)
		one.Lock()
		defer one.Unlock()
		for i, args := range [][]any{nil, {company, login.User[:], login.Hash, now.UnixMilli()},
			{company, id[:], int(kith.NounUser), int(kith.Change), "last_login", login.User[:]}, nil} {
			if _, err := steps[i].ExecContext(ctx, args...); err != nil {
				return errors.Join(err, fmt.Errorf("statement %d", i))
			}
		}
		return nil
	}
}

// pace is what one round of writing found.
type pace struct {
	rate  float64 // writes per second
	syncs float64 // per write
	cpu   float64 // µs per write
	sync  float64 // µs that one took
}

func measure(b *testing.B, length time.Duration, write func(int) error) pace {
	b.Helper()
	syncs, syncing, cpu, start := disk.syncs.Load(), disk.took.Load(), ownCPU(b), time.Now()
	n, err := load(length, write)
	if err != nil {
		b.Fatal(err)
	}
	took, writes, synced := time.Since(start), float64(n), float64(disk.syncs.Load()-syncs)
	return pace{rate: writes / took.Seconds(), syncs: synced / writes, cpu: micros(ownCPU(b)-cpu) / writes,
		sync: micros(time.Duration(disk.took.Load()-syncing)) / synced}
}

// load lets all writers write for a while, and counts.
func load(length time.Duration, write func(int) error) (int64, error) {
	var n atomic.Int64
	errs := make([]error, writers)
	end := time.Now().Add(length)
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for errs[i] == nil && time.Now().Before(end) {
				if errs[i] = write(i); errs[i] == nil {
					n.Add(1)
				}
			}
		})
	}
	all.Wait()
	return n.Load(), errors.Join(errs...)
}
