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

// Open opens the file of a database beside the store.
func Open(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
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
	for _, table := range Query(t, db, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'`) {
		name := table["name"]
		var keys []string
		for _, column := range Query(t, db, `SELECT name FROM pragma_table_info('`+name+`') WHERE pk > 0 ORDER BY pk`) {
			keys = append(keys, column["name"])
		}
		for _, row := range Query(t, db, `SELECT * FROM `+name) {
			key := name
			for _, column := range keys {
				key += " " + row[column]
			}
			all[key] = row
		}
	}
	return all
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
