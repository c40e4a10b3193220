package e2e

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"kith/internal/store/pgtest"
)

// engine is an empty database of one of the two kinds.
type engine struct{ name, url string }

// bothEngines runs a test on each engine, with a database of its own.
func bothEngines(t *testing.T, test func(t *testing.T, e engine)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, sqlite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, postgres(t)) })
}

func sqlite(t *testing.T) engine {
	t.Helper()
	return engine{"sqlite", "sqlite:" + filepath.Join(t.TempDir(), "kith.db")}
}

func postgres(t *testing.T) engine {
	t.Helper()
	return engine{"postgres", pgtest.Start(t)}
}

// hasty is the engine for tests that write much and do not ask what a crash would leave.
func (e engine) hasty() engine {
	if e.name == "postgres" {
		e.url += "&synchronous_commit=off"
	}
	return e
}

// open opens the database beside kith: to read, unless it is to be changed behind kith's back.
func (e engine) open(t *testing.T, write bool) *sql.DB {
	t.Helper()
	driver, dsn := "pgx", e.url
	if path, is := strings.CutPrefix(e.url, "sqlite:"); is {
		driver, dsn = "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&mode=ro"
		if write {
			dsn = strings.Replace(dsn, "mode=ro", "mode=rw", 1)
		}
	} else if !write {
		dsn += "&default_transaction_read_only=on"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// change runs a statement behind kith's back.
func (e engine) change(t *testing.T, text string, args ...any) {
	t.Helper()
	db := e.open(t, true)
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// table is what a query found: rows of columns, as text.
func (e engine) table(t *testing.T, text string, args ...any) [][]string {
	t.Helper()
	db := e.open(t, false)
	defer db.Close()
	return rowsOf(t, db, text, args...)
}

func rowsOf(t *testing.T, db *sql.DB, text string, args ...any) [][]string {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), text, args...) // cleanups ask too, after the test's own context
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for rows.Next() {
		values, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		row := make([]string, len(values))
		for i, value := range values {
			row[i] = cell(value)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// cell writes a value the same way for both engines: ids are 16 bytes in one and text in the other.
func cell(value any) string {
	switch v := value.(type) {
	case []byte:
		if len(v) == 16 {
			return fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:])
		}
		return string(v)
	case bool:
		return map[bool]string{true: "1", false: "0"}[v]
	}
	return fmt.Sprint(value)
}

// dump is every row of every table: of one company, or with "" of all. Equal dumps mean that nothing
// was written.
func (e engine) dump(t *testing.T, company string) []string {
	t.Helper()
	db := e.open(t, false)
	defer db.Close()
	list := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
	if e.name == "postgres" {
		list = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`
	}
	var all []string
	var where string
	if company != "" {
		where = ` WHERE company_id = (SELECT company_id FROM company_slugs WHERE slug = '` + company + `')`
	}
	for _, name := range rowsOf(t, db, list) {
		table := name[0]
		if strings.HasPrefix(table, "goose") {
			continue // the schema's version is nobody's, and looking at it takes a lock
		}
		of := where
		if company != "" && table == "tallies" {
			of += ` AND kind <> 3` // whoever signs in nowhere is counted where they tried
		}
		for _, row := range rowsOf(t, db, `SELECT * FROM `+table+of) {
			all = append(all, table+" "+strings.Join(row, " | "))
		}
	}
	slices.Sort(all)
	return all
}

// sameDump fails the test, and shows the rows, if two dumps differ.
func sameDump(t *testing.T, why string, before, after []string) {
	t.Helper()
	for _, row := range after {
		if !slices.Contains(before, row) {
			t.Errorf("%s: a row came: %q", why, row)
		}
	}
	for _, row := range before {
		if !slices.Contains(after, row) {
			t.Errorf("%s: a row went: %q", why, row)
		}
	}
}
