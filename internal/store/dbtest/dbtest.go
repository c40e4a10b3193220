// Package dbtest is for tests of what lies above the store: it gives each an empty database of its own, and tells what
// a request wrote into it, past every rule.
package dbtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // to look into the file

	"kith/internal/store"
)

// migrated is a database without rows, made once: each test works on a copy.
var migrated = struct {
	once sync.Once
	file []byte
}{}

// Empty gives the path of a database of the test's own, in memory where the system has a folder for that.
func Empty(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "kith-test-")
	if err != nil {
		folder = t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	path := filepath.Join(folder, "kith.db")
	migrated.once.Do(func() {
		db, err := store.Open(t.Context(), "sqlite:"+path, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		err = errors.Join(db.Migrate(t.Context()), db.Close())
		if migrated.file, _ = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	})
	if err := os.WriteFile(path, migrated.file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Open opens a database beside the store: that of a file, or of PostgreSQL by its URL.
func Open(t testing.TB, path string) *sql.DB {
	t.Helper()
	driver, dsn := "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)"
	if strings.HasPrefix(path, "postgres:") {
		driver, dsn = "pgx", path
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// Exec changes rows as no route does. Like every writer it moves the version of the rows it writes, by which readers
// know them.
func Exec(t testing.TB, db *sql.DB, text string, args ...any) {
	t.Helper()
	for _, table := range []string{"users", "groups", "companies"} {
		if rest, is := strings.CutPrefix(text, "UPDATE "+table+" SET "); is {
			text = "UPDATE " + table + " SET version = version + 1, " + rest
		}
	}
	if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// Query reads rows: column → value, bytes and numbers in hexadecimal.
func Query(t testing.TB, db *sql.DB, text string) []map[string]string {
	t.Helper()
	found, err := db.QueryContext(context.Background(), text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]string
	for found.Next() {
		values, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := found.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		row := map[string]string{}
		for i, column := range columns {
			row[column] = fmt.Sprintf("%x", values[i])
			if text, ok := values[i].(string); ok {
				row[column] = text
			}
		}
		list = append(list, row)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// Rows is a dump: table and key of each row → its columns.
type Rows map[string]map[string]string

// Dump reads every row of every table.
func Dump(t testing.TB, db *sql.DB) Rows {
	t.Helper()
	all := Rows{}
	keys := map[string][]string{} // of each table, the columns of its primary key
	for _, column := range Query(t, db, keyColumns(db)) {
		keys[column["t"]] = append(keys[column["t"]], column["c"])
	}
	for name, columns := range keys {
		for _, row := range Query(t, db, `SELECT * FROM `+name) {
			key := name
			for _, column := range columns {
				key += " " + row[column]
			}
			all[key] = row
		}
	}
	return all
}

// keyColumns asks for the tables t and the columns c of their primary keys, in order.
func keyColumns(db *sql.DB) string {
	if _, is := db.Driver().(*stdlib.Driver); is {
		return `SELECT r.relname::text AS t, a.attname::text AS c FROM pg_class r JOIN pg_index i ON i.indrelid = r.oid AND i.indisprimary
			JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = ANY (i.indkey)
			WHERE r.relnamespace = current_schema()::regnamespace AND r.relkind IN ('r', 'p') AND r.relname NOT LIKE 'goose_%' ORDER BY r.relname, a.attnum`
	}
	return `SELECT m.name AS t, p.name AS c FROM sqlite_master m JOIN pragma_table_info(m.name) p ON p.pk > 0
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'goose_%' ORDER BY m.name, p.pk`
}

// Of gives the rows of one company, by its slug: those that are kept under its id.
func (rows Rows) Of(slug string) Rows {
	company := ""
	for _, row := range rows {
		if row["slug"] == slug && row["company_id"] != "" {
			company = row["company_id"]
		}
	}
	own := Rows{}
	for key, row := range rows {
		if row["company_id"] == company {
			own[key] = row
		}
	}
	return own
}

// Changed tells what differs between two dumps: "+table" where a row came, "-table" where one went,
// "table(columns)" where one changed.
func Changed(before, after Rows) []string {
	list := map[string]bool{}
	table := func(key string) string { name, _, _ := strings.Cut(key, " "); return name }
	for key, row := range after {
		was, there := before[key]
		if !there {
			list["+"+table(key)] = true
			continue
		}
		var columns []string
		for column, value := range row {
			if value != was[column] && column != "version" { // moves with every write
				columns = append(columns, column)
			}
		}
		if len(columns) > 0 {
			slices.Sort(columns)
			list[table(key)+"("+strings.Join(columns, ",")+")"] = true
		}
	}
	for key := range before {
		if _, there := after[key]; !there {
			list["-"+table(key)] = true
		}
	}
	return slices.Sorted(maps.Keys(list))
}
