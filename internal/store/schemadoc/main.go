// Schemadoc writes docs/schema.md: what a database that kith has just made holds, and, from the
// comments in the migrations, what for.
//
// It owns that page. It reads the migrations and a database of its own in a temporary folder, and
// touches no other. Run it where go.mod lies:
//
//	go run ./internal/store/schemadoc -o docs/schema.md
package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"kith/internal/store"
)

func main() {
	out := flag.String("o", "", "the file to write; standard output if empty")
	flag.Parse()
	page, err := write(context.Background(), os.DirFS("internal/store/migrations"))
	if err == nil && *out == "" {
		_, err = os.Stdout.Write(page)
	} else if err == nil {
		err = os.WriteFile(*out, page, 0o644) //nolint:gosec // a page that everyone may read
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "schemadoc:", err)
		os.Exit(1)
	}
}

// words are the types of columns, as migrations write them and as each engine has them.
var words = []struct{ word, sqlite, postgres string }{
	{"id", "BLOB", "uuid"},
	{"bytes", "BLOB", "bytea"},
	{"fold", "TEXT", `text COLLATE "C"`},
	{"bigint", "INTEGER", "bigint"},
	{"int", "INTEGER", "integer"},
	{"text", "TEXT", "text"},
	{"boolean", "BOOLEAN", "boolean"},
}

// table is one table of the database.
type table struct {
	name    string
	columns []column
	keys    []string // primary key, then indexes, as sentences
}

type column struct {
	name, sqlite string
	null         bool
}

// directory begins the comment on a table that no company owns.
const directory = "Directory: "

// write makes the page.
func write(ctx context.Context, migrations fs.FS) ([]byte, error) {
	said, err := readComments(migrations)
	if err != nil {
		return nil, err
	}
	tables, err := readDatabase(ctx)
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	fmt.Fprintf(&page, "# Schema\n\n*Made by `go run ./internal/store/schemadoc -o docs/schema.md`. Edit the comments in internal/store/migrations instead.*\n\n%s\n\n", said.intro)
	fmt.Fprintf(&page, "SQLite and PostgreSQL have the same tables, columns and indexes. The types:\n\n| here | SQLite | PostgreSQL |\n|---|---|---|\n")
	for _, w := range words {
		fmt.Fprintf(&page, "| %s | %s | %s |\n", w.word, w.sqlite, w.postgres)
	}
	var shared, owned bytes.Buffer
	for _, t := range tables {
		to := &owned
		if strings.HasPrefix(said.meaning[t.name], directory) {
			to = &shared
		}
		if err := writeTable(to, t, said); err != nil {
			return nil, err
		}
	}
	fmt.Fprintf(&page, "\n## Directory tables\n\nKeyed by what is looked up, and read before the company is known. All others start their keys with the company.\n%s", shared.Bytes())
	fmt.Fprintf(&page, "\n## Tables of companies\n%s", owned.Bytes())
	return page.Bytes(), nil
}

func writeTable(page *bytes.Buffer, t table, said comments) error {
	meaning := strings.TrimPrefix(said.meaning[t.name], directory)
	if meaning == "" {
		return fmt.Errorf("table %s: no comment in the migrations says what it is for", t.name)
	}
	fmt.Fprintf(page, "\n### %s\n\n%s\n\n| column | type | meaning |\n|---|---|---|\n", t.name, strings.ToUpper(meaning[:1])+meaning[1:])
	for _, c := range t.columns {
		name := t.name + "." + c.name
		word, err := typeOf(name, c.sqlite, said.word[name])
		if err != nil {
			return err
		}
		if c.null {
			word += " or NULL"
		}
		fmt.Fprintf(page, "| %s | %s | %s |\n", c.name, word, strings.ReplaceAll(said.meaning[name], "|", `\|`))
	}
	fmt.Fprintf(page, "\n%s.\n", strings.Join(t.keys, ". "))
	return nil
}

// typeOf asserts that the database has the type that the migration's word stands for.
func typeOf(name, inDatabase, word string) (string, error) {
	for _, w := range words {
		if w.word == strings.ToLower(word) && w.sqlite == inDatabase {
			return w.word, nil
		}
	}
	return "", fmt.Errorf("column %s: the database says %s, the migrations %q", name, inDatabase, word)
}

// comments is what the migrations say beside the SQL.
type comments struct {
	intro   string
	meaning map[string]string // of "table" and "table.column"
	word    map[string]string // type of "table.column"
}

var (
	commentLine = regexp.MustCompile(`^-- (.*)$`)
	createTable = regexp.MustCompile(`^CREATE TABLE (\w+) \($`)
	columnLine  = regexp.MustCompile(`^\s+([a-z_]+)\s+\{?\{?(\w+)\}?\}?[^-]*(?:-- (.*))?$`)
	addColumn   = regexp.MustCompile(`^ALTER TABLE (\w+) ADD (?:COLUMN )?(\w+)\s+\{?\{?(\w+)\}?\}?[^-]*(?:-- (.*))?$`)
)

// readComments reads the migrations in their order. The first comment that stands alone is about all.
func readComments(migrations fs.FS) (comments, error) {
	said := comments{meaning: make(map[string]string), word: make(map[string]string)}
	names, err := fs.Glob(migrations, "*.sql")
	if err == nil && len(names) == 0 {
		err = errors.New("no migrations here; run it where go.mod lies")
	}
	for _, name := range names {
		text, readErr := fs.ReadFile(migrations, name)
		err = errors.Join(err, readErr)
		said.read(string(text))
	}
	return said, err
}

func (said *comments) read(text string) {
	var above []string
	var in string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if c := commentLine.FindStringSubmatch(line); c != nil {
			if !strings.HasPrefix(c[1], "+goose") {
				above = append(above, c[1])
			}
			continue
		}
		if t := createTable.FindStringSubmatch(line); t != nil {
			in = t[1]
			said.meaning[in] = strings.Join(above, " ")
		} else if c := columnLine.FindStringSubmatch(line); c != nil && in != "" {
			said.meaning[in+"."+c[1]], said.word[in+"."+c[1]] = c[3], c[2]
		} else if c := addColumn.FindStringSubmatch(line); c != nil {
			said.meaning[c[1]+"."+c[2]], said.word[c[1]+"."+c[2]] = c[4], c[3]
		} else if said.intro == "" {
			said.intro = strings.Join(above, " ")
		}
		above = nil
	}
}

// readDatabase makes a database and reads what is in it.
func readDatabase(ctx context.Context) (tables []table, err error) {
	folder, err := os.MkdirTemp("", "kith-schemadoc-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "kith.db")
	made, err := store.Open(ctx, "sqlite:"+path, store.Options{})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(made.Migrate(ctx), made.Close()); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	names, err := collect(ctx, db, `SELECT name FROM sqlite_master
		WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'goose_*' ORDER BY rowid`, "", one)
	for _, name := range names {
		t, readErr := readTable(ctx, db, name)
		err = errors.Join(err, readErr)
		tables = append(tables, t)
	}
	return tables, err
}

func readTable(ctx context.Context, db *sql.DB, name string) (table, error) {
	t := table{name: name}
	columns, err1 := collect(ctx, db, `SELECT name, type, NOT "notnull" FROM pragma_table_info($1) ORDER BY cid`, name,
		func(rows *sql.Rows) (c column, err error) {
			err = rows.Scan(&c.name, &c.sqlite, &c.null)
			return c, err
		})
	t.columns = columns
	key, err2 := collect(ctx, db, `SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk`, name, one)
	t.keys = append(t.keys, "Key: "+strings.Join(key, ", "))
	indexes, err3 := collect(ctx, db, `SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = $1 AND sql <> '' ORDER BY rowid`, name, one)
	for _, text := range indexes {
		kind := "Index "
		if strings.HasPrefix(text, "CREATE UNIQUE") {
			kind = "Unique "
		}
		before, on, _ := strings.Cut(text, " ON "+name+" ")
		words := strings.Fields(before)
		t.keys = append(t.keys, kind+words[len(words)-1]+": "+strings.NewReplacer("(", "", ")", "").Replace(on))
	}
	return t, errors.Join(err1, err2, err3)
}

// collect reads all rows of a query; a table's name is its parameter, where it has one.
func collect[V any](ctx context.Context, db *sql.DB, text, name string, scan func(*sql.Rows) (V, error)) (list []V, err error) {
	var args []any
	if name != "" {
		args = append(args, name)
	}
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

func one(rows *sql.Rows) (s string, err error) {
	err = rows.Scan(&s)
	return s, err
}
