package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kith/internal/store"
)

// table is what the migrations say of one.
type table struct {
	name      string
	directory bool
	unique    []string // the columns of its primary key and of each unique index, as written
}

var (
	createTable  = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \(\n(.*?)\n\)`)
	columnKey    = regexp.MustCompile(`(?m)^\s*(\w+)\s[^\n,]*(?:PRIMARY KEY|UNIQUE)`)
	tableKey     = regexp.MustCompile(`(?m)^\s*(?:PRIMARY KEY|UNIQUE) \(([^)]*)\)`)
	createUnique = regexp.MustCompile(`CREATE UNIQUE INDEX \w+ ON (\w+) \(([^)]*)\)`)
	dropTable    = regexp.MustCompile(`DROP TABLE (\w+)`)
	uniqueWord   = regexp.MustCompile(`PRIMARY KEY|UNIQUE`)
	// docs/schema.md takes it from here.
	saysDirectory = regexp.MustCompile(`-- Directory:[^\n]*\nCREATE TABLE (\w+)`)
	comment       = regexp.MustCompile(`--[^\n]*`)
)

// tables reads the migrations.
func tables(t testing.TB) []table {
	t.Helper()
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	var list []table
	keys, words := 0, 0
	for _, name := range files {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range saysDirectory.FindAllStringSubmatch(string(file), -1) {
			if !slices.Contains(store.Directory, found[1]) {
				t.Errorf("%s calls %s a directory, the store does not", name, found[1])
			}
		}
		text := comment.ReplaceAllString(string(file), "")
		words += len(uniqueWord.FindAllString(text, -1))
		for _, found := range createTable.FindAllStringSubmatch(text, -1) {
			one := table{name: found[1], directory: slices.Contains(store.Directory, found[1])}
			for _, key := range slices.Concat(columnKey.FindAllStringSubmatch(found[2], -1), tableKey.FindAllStringSubmatch(found[2], -1)) {
				one.unique = append(one.unique, key[1])
			}
			keys += len(one.unique)
			list = slices.DeleteFunc(list, func(earlier table) bool { return earlier.name == one.name }) // made anew
			list = append(list, one)
		}
		for _, gone := range dropTable.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(text, "CREATE TABLE "+gone[1]+" (") {
				list = slices.DeleteFunc(list, func(earlier table) bool { return earlier.name == gone[1] })
			}
		}
		for _, index := range createUnique.FindAllStringSubmatch(text, -1) {
			i := slices.IndexFunc(list, func(one table) bool { return one.name == index[1] })
			if i < 0 {
				t.Fatalf("%s: an index on %s, which nobody makes", name, index[1])
			}
			list[i].unique = append(list[i].unique, index[2])
			keys++
		}
	}
	if keys != words {
		t.Fatalf("the migrations say PRIMARY KEY or UNIQUE %d times, %d were understood", words, keys)
	}
	return list
}

// TestKeysStartWithTheCompany: so that a company's rows lie together, and the database can be cut
// between companies (decision on storage). The directory tables are keyed by what is looked up.
func TestKeysStartWithTheCompany(t *testing.T) {
	directories := 0
	for _, one := range tables(t) {
		if one.directory {
			directories++
			continue
		}
		if len(one.unique) == 0 {
			t.Errorf("%s has no key", one.name)
		}
		for _, columns := range one.unique {
			if first, _, _ := strings.Cut(columns, ","); first != "company_id" {
				t.Errorf("%s is unique by (%s), which does not start with company_id", one.name, columns)
			}
		}
	}
	if directories != len(store.Directory) {
		t.Errorf("of the directory tables %v the migrations make %d", store.Directory, directories)
	}
}
