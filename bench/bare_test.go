package bench

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "modernc.org/sqlite"
)

// The bare server is this test binary, started again with these in its environment.
const (
	envBare   = "KITH_BENCH_BARE"   // sqlite:FILE or postgres://...
	envListen = "KITH_BENCH_LISTEN" // HOST:PORT
	envSize   = "KITH_BENCH_SIZE"   // bytes of an answer
)

// bareRow is what the bare server reads and writes: what anybody would keep of a user, and enough
// besides to make its answer as long as kith's.
type bareRow struct {
	ID        []byte `json:"id"`
	Email     string `json:"email"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Rest      string `json:"rest"`
	Created   int64  `json:"created"`
}

// dest is where the row's columns are scanned to.
func (r *bareRow) dest() []any {
	return []any{&r.ID, &r.Email, &r.FirstName, &r.LastName, &r.Rest, &r.Created}
}

// bareAnswer is the row in the envelope that kith's answers have.
type bareAnswer struct {
	Status string  `json:"status"`
	Data   bareRow `json:"data"`
}

const (
	bareTable  = `CREATE TABLE bare (id %s PRIMARY KEY, email TEXT, first_name TEXT, last_name TEXT, rest TEXT, created BIGINT)`
	bareInsert = `INSERT INTO bare (id, email, first_name, last_name, rest, created) VALUES ($1, $2, $3, $4, $5, $6)`
	bareSelect = `SELECT id, email, first_name, last_name, rest, created FROM bare WHERE id = $1`
)

var bareID = []byte("0123456789abcdef")

// bareRows fills the table, so that a read has some way to go.
func bareRows(size int, insert func(args ...any) error) error {
	row := bareRow{ID: bareID, Email: email, FirstName: "Ada", LastName: "Lovelace", Created: 1_800_000_000_000}
	text, err := json.Marshal(bareAnswer{"success", row})
	if err != nil {
		return err
	}
	row.Rest = strings.Repeat("x", max(0, size-len(text)))
	for i := range 1000 {
		id := []byte(fmt.Sprintf("%016d", i))
		if i == 500 {
			id = bareID
		}
		if err := insert(id, row.Email, row.FirstName, row.LastName, row.Rest, row.Created); err != nil {
			return err
		}
	}
	return nil
}

// bareRead makes the table and gives what reads its one row, through the same driver as kith's store.
func bareRead(ctx context.Context, database string, size int) (func(context.Context, *bareRow) error, error) {
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		db, err := sql.Open("sqlite", path+"?_pragma=journal_mode(wal)&_pragma=cache_size(-8000)")
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(4)
		db.SetMaxIdleConns(4)
		if _, err := db.ExecContext(ctx, fmt.Sprintf(bareTable, "BLOB")); err != nil {
			return nil, err
		}
		err = bareRows(size, func(args ...any) error {
			_, err := db.ExecContext(ctx, bareInsert, args...)
			return err
		})
		if err != nil {
			return nil, err
		}
		read, err := db.PrepareContext(ctx, bareSelect)
		if err != nil {
			return nil, err
		}
		return func(_ context.Context, row *bareRow) error {
			// Without the request's context, as kith does: to watch it would cost more.
			return read.QueryRowContext(ctx, bareID).Scan(row.dest()...)
		}, nil
	}
	pool, err := pgxpool.New(ctx, database)
	if err != nil {
		return nil, err
	}
	if _, err := pool.Exec(ctx, fmt.Sprintf(bareTable, "bytea")); err != nil {
		return nil, err
	}
	err = bareRows(size, func(args ...any) error {
		_, err := pool.Exec(ctx, bareInsert, args...)
		return err
	})
	return func(_ context.Context, row *bareRow) error {
		return pool.QueryRow(ctx, bareSelect, bareID).Scan(row.dest()...)
	}, err
}

// serveBare is the bare server. It ends with its standard input.
func serveBare(database string) error {
	size, err := strconv.Atoi(os.Getenv(envSize))
	if err != nil {
		return err
	}
	read, err := bareRead(context.Background(), database, size)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /3/user/", func(w http.ResponseWriter, r *http.Request) {
		answer := bareAnswer{Status: "success"}
		if err := read(r.Context(), &answer.Data); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		text, err := json.Marshal(answer)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		_, _ = w.Write(text) // the client has gone
	})
	return serveMux(mux)
}

// serveMux serves until standard input ends.
func serveMux(mux *http.ServeMux) error {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is all that matters
		os.Exit(0)
	}()
	mux.HandleFunc("GET /3/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "0")
	})
	return http.ListenAndServe(os.Getenv(envListen), mux)
}

// startBare starts a bare server whose answers are size bytes long.
func startBare(b *testing.B, database string, size int) *process {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	p := &process{cmd: exec.Command(self), address: freeAddress(b)}
	p.cmd.Env = append(os.Environ(), envBare+"="+database, envListen+"="+p.address, envSize+"="+strconv.Itoa(size))
	p.startBare(b)
	return p
}

// startBare starts a bare server, which ends with this process at the latest.
func (p *process) startBare(b *testing.B) {
	b.Helper()
	p.cmd.Stderr = &p.log
	in, err := p.cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close() })
	p.start(b)
}
