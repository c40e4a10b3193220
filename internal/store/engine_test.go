package store_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
	"kith/internal/store/pgtest"
)

// engines names every way to run the store that must behave alike.
var engines = []struct {
	name string
	url  func(t testing.TB) string
	o    store.Options
}{
	{"sqlite", func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "kith.db") }, store.Options{}},
	{"memory", func(testing.TB) string { return "sqlite::memory:" }, store.Options{}},
	{"postgres", func(t testing.TB) string { return pgtest.Start(t) }, store.Options{}},
	{"serializable", func(t testing.TB) string { return pgtest.Start(t) }, store.Options{Serializable: true}},
	{"rowsecurity", func(t testing.TB) string { return pgtest.Start(t) }, store.Options{RowSecurity: true}},
}

// things is a table as all are: the company first, and one more unique index.
const things = `CREATE TABLE things (company_id BIGINT NOT NULL, id BIGINT NOT NULL, name TEXT, n BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (company_id, id))`

func onEach(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			db := open(t, e.url(t), e.o)
			mustExec(t, db, things)
			mustExec(t, db, `CREATE UNIQUE INDEX things_name ON things (company_id, name)`)
			if e.o.RowSecurity {
				if err := db.EnableRowSecurity(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			test(t, db)
		})
	}
}

func open(t testing.TB, url string, o store.Options) *store.DB {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler) // panics are logged with their stack
	}
	db, err := store.Open(context.Background(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func mustExec(t testing.TB, db *store.DB, text string) {
	t.Helper()
	if err := db.System().Exec(context.Background(), text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func member(company kith.CompanyID) *kith.Actor {
	return &kith.Actor{Company: &kith.Company{ID: company}}
}

var ada = member(1)

func insert(ctx context.Context, tx *store.Tx, id int64, name any) error {
	_, err := tx.Exec(ctx, `INSERT INTO things (company_id, id, name) VALUES ($1, $2, $3)`, id, name)
	return err
}

// stored reads the ids that company 1 has.
func stored(t testing.TB, db *store.DB) map[int64]bool {
	t.Helper()
	ids := make(map[int64]bool)
	err := db.View(context.Background(), ada, func(tx *store.Tx) error {
		return tx.Each(context.Background(), `SELECT id FROM things WHERE company_id = $1`, func(row interface{ Scan(...any) error }) error {
			var id int64
			err := row.Scan(&id)
			ids[id] = true
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestAcknowledged: whatever befalls their neighbours, exactly the writes that were answered with nil
// are there afterwards.
func TestAcknowledged(t *testing.T) {
	onEach(t, func(t *testing.T, db *store.DB) {
		var mu sync.Mutex
		acknowledged := make(map[int64]bool)
		until := time.Now().Add(time.Second)
		var workers sync.WaitGroup
		for worker := range int64(64) {
			workers.Go(func() {
				for i := int64(0); time.Now().Before(until); i++ {
					if id := worker<<32 | i; attempt(db, id) {
						mu.Lock()
						acknowledged[id] = true
						mu.Unlock()
					}
				}
			})
		}
		workers.Wait()
		got := stored(t, db)
		if len(acknowledged) < 100 {
			t.Fatalf("only %d writes in a second: the test has shown nothing", len(acknowledged))
		}
		for id := range acknowledged {
			if !got[id] {
				t.Fatalf("write %x was acknowledged and is not there", id)
			}
		}
		if len(got) != len(acknowledged) {
			t.Fatalf("%d rows for %d acknowledged writes", len(got), len(acknowledged))
		}
		t.Logf("%d acknowledged, %d stored", len(acknowledged), len(got))
	})
}

// attempt writes one row. Of ten, one fails, one panics and two meet a context that ends.
func attempt(db *store.DB, id int64) (acknowledged bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer func() { _ = recover() }()
	switch id % 10 {
	case 3:
		cancel()
	case 4:
		go cancel()
	}
	return db.Update(ctx, ada, func(tx *store.Tx) error {
		if err := insert(ctx, tx, id, nil); err != nil {
			return err
		}
		switch id % 10 {
		case 1:
			return errors.New("no")
		case 2:
			panic("no")
		}
		return nil
	}) == nil
}

// TestRefuse: the attempt counts although the answer is no.
func TestRefuse(t *testing.T) {
	wrong := kith.BadField("code", kith.CodeBadCredentials, "Wrong.")
	onEach(t, func(t *testing.T, db *store.DB) {
		err := db.Update(t.Context(), ada, func(tx *store.Tx) error {
			if err := insert(t.Context(), tx, 1, nil); err != nil {
				return err
			}
			return tx.Refuse(wrong)
		})
		if !errors.Is(err, error(wrong)) {
			t.Errorf("Update answers %v, want what the step refused with", err)
		}
		if !stored(t, db)[1] {
			t.Error("the step's effect is gone")
		}
		err = db.Update(t.Context(), ada, func(tx *store.Tx) error {
			if err := insert(t.Context(), tx, 1, nil); !errors.Is(err, store.ErrExists) {
				t.Errorf("the second insert: %v, want ErrExists", err)
			}
			return tx.Refuse(wrong)
		})
		if !errors.Is(err, store.ErrExists) {
			t.Errorf("refusing after a failed statement answers %v: its effect was not kept, so it must say so", err)
		}
	})
}

// TestExists: the error tells which rule was broken, and its transaction leaves nothing.
func TestExists(t *testing.T) {
	onEach(t, func(t *testing.T, db *store.DB) {
		want := "things_name"
		if db.Engine() == "sqlite" {
			want = "things.company_id, things.name"
		}
		add := func(by *kith.Actor, id int64) error {
			return db.Update(t.Context(), by, func(tx *store.Tx) error { return insert(t.Context(), tx, id, "ada") })
		}
		if err := errors.Join(add(ada, 1), add(member(2), 1)); err != nil {
			t.Fatalf("the same name in two companies: %v", err)
		}
		err := add(ada, 2)
		var exists *store.ExistsError
		if !errors.As(err, &exists) || exists.Constraint != want || !errors.Is(err, store.ErrExists) {
			t.Errorf("got %v, want an ExistsError of %s", err, want)
		}
		// Swallowing the error does not bring the rest of the step through, on either engine.
		err = db.Update(t.Context(), ada, func(tx *store.Tx) error {
			if err := insert(t.Context(), tx, 3, "eva"); err != nil {
				return err
			}
			_ = insert(t.Context(), tx, 4, "ada")
			return nil
		})
		if !errors.Is(err, store.ErrExists) || stored(t, db)[3] {
			t.Errorf("a step with a failed statement: %v, stored %v", err, stored(t, db))
		}
	})
}

// TestNotFound: no row is ErrNotFound, and the transaction goes on.
func TestNotFound(t *testing.T) {
	onEach(t, func(t *testing.T, db *store.DB) {
		err := db.Update(t.Context(), ada, func(tx *store.Tx) error {
			var n int
			if err := tx.Row(t.Context(), `SELECT n FROM things WHERE company_id = $1 AND id = $2`, 7).Scan(&n); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a missing row gives %v", err)
			}
			return insert(t.Context(), tx, 7, nil)
		})
		if err != nil || !stored(t, db)[7] {
			t.Errorf("%v, stored %v", err, stored(t, db))
		}
	})
}

// TestViewDoesNotWait: readers go on while a writer thinks.
func TestViewDoesNotWait(t *testing.T) {
	onEach(t, func(t *testing.T, db *store.DB) {
		entered, leave, left := make(chan bool), make(chan bool), make(chan error, 1)
		go func() {
			left <- db.Update(context.Background(), ada, func(tx *store.Tx) error {
				if err := insert(context.Background(), tx, 1, nil); err != nil {
					return err
				}
				entered <- true
				<-leave
				return nil
			})
		}()
		<-entered
		if got := stored(t, db); len(got) != 0 {
			t.Errorf("a reader sees %v, which is not committed", got)
		}
		close(leave)
		if err := <-left; err != nil || !stored(t, db)[1] {
			t.Errorf("after the commit: %v, %v", err, stored(t, db))
		}
	})
}

// TestOneStatementAtATime: a statement inside the scan of another would wait for its own connection.
func TestOneStatementAtATime(t *testing.T) {
	onEach(t, func(t *testing.T, db *store.DB) {
		err := db.Update(t.Context(), ada, func(tx *store.Tx) error {
			if err := insert(t.Context(), tx, 1, nil); err != nil {
				return err
			}
			return tx.Each(t.Context(), `SELECT id FROM things WHERE company_id = $1`, func(interface{ Scan(...any) error }) error {
				return insert(t.Context(), tx, 2, nil)
			})
		})
		if err == nil || len(stored(t, db)) != 0 {
			t.Errorf("%v, stored %v", err, stored(t, db))
		}
	})
}

// TestValues: what is written comes back, on both engines alike.
func TestValues(t *testing.T) {
	id := kith.ID[struct{}]{1, 2, 255}
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			db := open(t, e.url(t), e.o)
			ids, bytes := "uuid", "bytea"
			if db.Engine() == "sqlite" {
				ids, bytes = "BLOB", "BLOB"
			}
			mustExec(t, db, `CREATE TABLE odds (company_id BIGINT, id `+ids+`, none `+ids+`, empty `+bytes+` NOT NULL, missing `+bytes+`, yes BOOLEAN)`)
			ctx := t.Context()
			err := db.Update(ctx, ada, func(tx *store.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO odds VALUES ($1, $2, $3, $4, $5, $6)`, id[:], nil, []byte{}, []byte(nil), true)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			err = db.View(ctx, ada, func(tx *store.Tx) error {
				got, none, text := id, id, kith.ID[struct{}]{}
				var empty, missing []byte
				var yes bool
				err := tx.Row(ctx, `SELECT id, none, empty, missing, yes, '`+id.String()+`' FROM odds WHERE company_id = $1`).
					Scan(store.IDDest(&got), store.IDDest(&none), &empty, &missing, &yes, store.IDDest(&text))
				if got != id || text != id || !none.IsZero() || len(empty) != 0 || missing != nil || !yes {
					t.Errorf("read %v %v %v %v %v %v", got, none, empty, missing, yes, text)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestClose: who was let in is answered and stored; who comes later is told that kith is stopping.
func TestClose(t *testing.T) {
	onEach(t, func(t *testing.T, db *store.DB) {
		entered, leave, left := make(chan bool), make(chan bool), make(chan error, 1)
		go func() {
			left <- db.Update(context.Background(), ada, func(tx *store.Tx) error {
				entered <- true
				<-leave
				return insert(context.Background(), tx, 1, nil)
			})
		}()
		<-entered
		closed := make(chan error, 1)
		go func() { closed <- db.Close() }()
		select {
		case err := <-closed:
			t.Errorf("Close did not wait for the write under way: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
		close(leave)
		if err := errors.Join(<-left, <-closed); err != nil {
			t.Errorf("the write under way, or Close: %v", err)
		}
		late := func(tx *store.Tx) error { t.Error("a step ran after Close"); return nil }
		for name, err := range map[string]error{
			"Update": db.Update(context.Background(), ada, late),
			"View":   db.View(context.Background(), ada, late),
			"Ping":   db.Ping(context.Background()),
		} {
			if e := kith.AsError(err); e.Kind != kith.Unavailable || e.Code != kith.CodeStopping {
				t.Errorf("%s after Close: %v", name, err)
			}
		}
	})
}
