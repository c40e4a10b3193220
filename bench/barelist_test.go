package bench

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// envBareList has the bare server list users of a kith database, named as in envBare.
const envBareList = "KITH_BENCH_BARE_LIST"

// listedRow is a row of the list: the columns that a list shows.
type listedRow struct {
	ID        []byte `json:"id"`
	Kind      int    `json:"kind"`
	Status    int    `json:"status"`
	Flags     int    `json:"flags"`
	Username  string `json:"username"`
	Email     string `json:"email"`
	Mobile    string `json:"mobile"`
	Profile   string `json:"profile"`
	Metadata  string `json:"metadata"`
	Account   string `json:"account"`
	LastLogin int64  `json:"last_login"`
	Created   int64  `json:"created"`
	Updated   int64  `json:"updated"`
	Rest      string `json:"rest"` // makes the answer as long as kith's
}

func (r *listedRow) dest() []any {
	return []any{&r.ID, &r.Kind, &r.Status, &r.Flags, &r.Username, &r.Email, &r.Mobile, &r.Profile, &r.Metadata,
		&r.Account, &r.LastLogin, &r.Created, &r.Updated}
}

const (
	listedCompany = `SELECT company_id FROM company_slugs WHERE slug = $1`
	listedRows    = `SELECT id, kind, status, flags, username, email, mobile, profile, metadata, account, last_login, created_at, updated_at
		FROM users WHERE company_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT 50`
)

// lister gives what reads the newest 50 users of the company, through the same driver as kith's store.
func lister(ctx context.Context, database string) (func() ([]listedRow, error), error) {
	after := []any{int64(1) << 60, make([]byte, 16)}
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=cache_size(-8000)")
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(4)
		db.SetMaxIdleConns(4)
		var company int64
		if err := db.QueryRowContext(ctx, listedCompany, slug).Scan(&company); err != nil {
			return nil, err
		}
		read, err := db.PrepareContext(ctx, listedRows)
		return func() ([]listedRow, error) {
			rows, err := read.QueryContext(ctx, company, after[0], after[1])
			if err != nil {
				return nil, err
			}
			defer rows.Close()
			list := make([]listedRow, 0, 50)
			for rows.Next() {
				var r listedRow
				if err := rows.Scan(r.dest()...); err != nil {
					return nil, err
				}
				list = append(list, r)
			}
			return list, rows.Err()
		}, err
	}
	pool, err := pgxpool.New(ctx, database)
	if err != nil {
		return nil, err
	}
	var company int64
	err = pool.QueryRow(ctx, listedCompany, slug).Scan(&company)
	return func() ([]listedRow, error) {
		rows, err := pool.Query(ctx, listedRows, company, after[0], after[1])
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r listedRow, err error) {
			return r, row.Scan(r.dest()...)
		})
	}, err
}

// serveBareList is the bare server of a list. It ends with its standard input.
func serveBareList(database string) error {
	list, err := lister(context.Background(), database)
	if err != nil {
		return err
	}
	want, err := strconv.Atoi(os.Getenv(envSize))
	if err != nil {
		return err
	}
	type data struct {
		Results []listedRow `json:"results"`
	}
	type answer struct {
		Status string `json:"status"`
		Data   data   `json:"data"`
	}
	rows, err := list()
	if err != nil {
		return err
	}
	text, err := json.Marshal(answer{"success", data{rows}})
	if err != nil {
		return err
	}
	rest := strings.Repeat("x", max(0, want-len(text))/max(1, len(rows)))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /3/admin/users/", func(w http.ResponseWriter, _ *http.Request) {
		rows, err := list()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		for i := range rows {
			rows[i].Rest = rest
		}
		text, err := json.Marshal(answer{"success", data{rows}})
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

// startBareList starts a bare server over a database of kith's, whose answers are size bytes long.
func startBareList(b *testing.B, database string, size int) *process {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	p := &process{cmd: exec.Command(self), address: freeAddress(b)}
	p.cmd.Env = append(os.Environ(), envBareList+"="+database, envListen+"="+p.address, envSize+"="+strconv.Itoa(size))
	p.startBare(b)
	return p
}
