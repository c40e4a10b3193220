package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"kith"
)

// Bulk writes rows by the hundred thousand, through the very methods of Tx that requests write with, so
// that they are the same rows. It is for a database that nobody else uses yet: a step may hold the
// write lock of a SQLite file for seconds, where running servers keep to slices of 50 ms, and memory
// for a large cache. It is for one goroutine.
//
// On SQLite the statements run on a connection of its own, which need not sync at each commit. On
// PostgreSQL a step may only insert: the rows are collected and copied in, without ON CONFLICT, so what
// is drawn at random must be drawn apart.
type Bulk struct {
	db      *DB
	file    *sql.DB   // SQLite
	lite    *sql.Conn // of file
	queue   *statements
	pg      *pgx.Conn // PostgreSQL
	copies  map[string]*copied
	waiting int // rows that are collected
	counts  map[any]*count
}

// count is what a company's users add to their count: one row of it, not one for each user.
type count struct {
	text string
	args []any
}

// bulkPragmas give the connection room for the leaves of every index of a million users, and let the
// log grow to 128 MB between checkpoints, which sync it.
var bulkPragmas = []string{"PRAGMA cache_size(-1000000)", "PRAGMA synchronous(normal)", "PRAGMA wal_autocheckpoint(32768)"}

// OpenBulk opens a connection for bulk writing. Close it.
func (db *DB) OpenBulk(ctx context.Context) (*Bulk, error) {
	b := &Bulk{db: db, copies: make(map[string]*copied), counts: make(map[any]*count)}
	switch engine := db.engine.(type) {
	case *postgres:
		return b, b.openPostgres(ctx, engine)
	case *sqlite:
		return b, b.openSQLite(ctx, engine)
	default:
		return nil, fmt.Errorf("no bulk writing on %s", engine.name())
	}
}

func (b *Bulk) openSQLite(ctx context.Context, s *sqlite) (err error) {
	if b.file, err = s.openWrite(); err != nil {
		return err
	}
	if b.lite, err = b.file.Conn(ctx); err != nil {
		return errors.Join(err, b.file.Close())
	}
	for _, text := range bulkPragmas {
		if _, err := b.lite.ExecContext(ctx, text); err != nil {
			return errors.Join(err, b.lite.Close(), b.file.Close())
		}
	}
	b.queue = &statements{on: b.lite}
	return nil
}

func (b *Bulk) openPostgres(ctx context.Context, p *postgres) (err error) {
	if p.secured {
		return errors.New("PostgreSQL copies no rows into tables with row security")
	}
	config := p.pool.Config().ConnConfig
	config.RuntimeParams["statement_timeout"] = "0"
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	b.pg, err = pgx.ConnectConfig(ctx, config)
	return err
}

// Close ends the connection, with everything in the database's own file.
func (b *Bulk) Close(ctx context.Context) error {
	if b.pg != nil { // without statistics it takes the wrong indexes until its own daemon comes round
		_, err := b.pg.Exec(ctx, "ANALYZE")
		return errors.Join(err, b.pg.Close(ctx))
	}
	_, err := b.lite.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(err, b.queue.close(), b.lite.Close(), b.file.Close())
}

// Update runs step in one transaction, once, for as many companies as step asks a Tx for. It must give
// back every error; after one the Bulk is of no more use. A step of some ten thousand rows is best.
func (b *Bulk) Update(ctx context.Context, step func(inside func(*kith.Actor) *Tx) error) error {
	begin := "BEGIN"
	if b.pg == nil {
		begin = "BEGIN IMMEDIATE"
	}
	if err := b.do(ctx, begin); err != nil {
		return err
	}
	err := step(func(by *kith.Actor) *Tx { return b.db.newTx(by, b) })
	if err == nil {
		err = b.settle(ctx)
	}
	if err == nil {
		return b.do(ctx, "COMMIT")
	}
	return errors.Join(err, b.do(context.WithoutCancel(ctx), "ROLLBACK"))
}

func (b *Bulk) do(ctx context.Context, text string) error {
	var err error
	if b.pg != nil {
		_, err = b.pg.Exec(ctx, text)
	} else {
		_, err = b.queue.exec(ctx, text, nil)
	}
	return b.db.classify(err)
}

// Fold adds the users of all companies up, as the worker would, company by company.
func (b *Bulk) Fold(ctx context.Context) error {
	return b.Update(ctx, func(func(*kith.Actor) *Tx) error {
		err := b.do(ctx, `INSERT INTO user_counts (company_id, total, active, archived)
			SELECT company_id, sum(total), sum(active), sum(archived) FROM user_count_deltas WHERE TRUE GROUP BY company_id
			ON CONFLICT (company_id) DO UPDATE SET total = user_counts.total + excluded.total,
			active = user_counts.active + excluded.active, archived = user_counts.archived + excluded.archived`)
		if err != nil {
			return err
		}
		return b.do(ctx, `DELETE FROM user_count_deltas`)
	})
}

// Rows is how many rows were written so far, by table.
func (b *Bulk) Rows() map[string]int64 {
	rows := make(map[string]int64)
	for _, c := range b.copies {
		rows[c.table] += c.written
	}
	return rows
}

func (b *Bulk) exec(ctx context.Context, text string, args []any) (int64, error) {
	c := b.copies[text]
	if c == nil {
		var err error
		if c, err = readInsert(text); err != nil {
			return 0, err
		}
		b.copies[text] = c
	}
	if c.table != "user_count_deltas" {
		return b.insert(ctx, c, text, args)
	}
	sum := b.counts[args[0]]
	if sum == nil {
		b.counts[args[0]] = &count{text, args}
		return 1, nil
	}
	const company, id = 0, 1
	for i := range args {
		if i != company && i != id {
			sum.args[i] = sum.args[i].(int) + args[i].(int)
		}
	}
	return 1, nil
}

func (b *Bulk) insert(ctx context.Context, c *copied, text string, args []any) (int64, error) {
	c.written++
	if b.pg == nil {
		return b.queue.exec(ctx, text, args)
	}
	c.rows = append(c.rows, args)
	if b.waiting++; b.waiting < copyRows {
		return 1, nil
	}
	return 1, b.copyIn(ctx)
}

// settle writes what is left of a step.
func (b *Bulk) settle(ctx context.Context) error {
	for _, sum := range b.counts {
		if _, err := b.insert(ctx, b.copies[sum.text], sum.text, sum.args); err != nil {
			return err
		}
	}
	clear(b.counts)
	return b.copyIn(ctx)
}

// copyRows is how many rows are collected before they are copied.
const copyRows = 100_000

var errBulkReads = errors.New("store: a bulk step only inserts")

func (b *Bulk) row(context.Context, string, []any) rowScanner { return noRow{errBulkReads} }

func (b *Bulk) each(context.Context, string, []any, func(rowScanner) error) error {
	return errBulkReads
}

// copyIn hands PostgreSQL the rows that were collected, table by table.
func (b *Bulk) copyIn(ctx context.Context) error {
	if b.pg == nil {
		return nil
	}
	for _, text := range slices.Sorted(maps.Keys(b.copies)) {
		c := b.copies[text]
		at := 0
		n, err := b.pg.CopyFrom(ctx, pgx.Identifier{c.table}, c.columns, pgx.CopyFromFunc(func() ([]any, error) {
			if at == len(c.rows) {
				return nil, nil
			}
			at++
			return c.row(c.rows[at-1]), nil
		}))
		if err != nil {
			return fmt.Errorf("copy into %s: %w", c.table, b.db.classify(err))
		}
		if int(n) != len(c.rows) {
			return fmt.Errorf("copy into %s: %d rows of %d", c.table, n, len(c.rows))
		}
		c.rows = c.rows[:0]
	}
	b.waiting = 0
	return nil
}

// copied is an INSERT read as the COPY that does the same.
type copied struct {
	table   string
	columns []string
	values  []any // one for each column: an argument's position, or what the text itself says
	buffer  []any
	rows    [][]any // arguments
	written int64
}

// argument is the position of one, from 0.
type argument int

func (c *copied) row(args []any) []any {
	for i, v := range c.values {
		if at, ok := v.(argument); ok {
			v = args[at]
		}
		c.buffer[i] = v
	}
	return c.buffer
}

var (
	insertText = regexp.MustCompile(`^INSERT INTO (\w+) \(([^)]*)\) VALUES \(([^)]*)\)( ON CONFLICT [^$]* DO NOTHING)?$`)
	literals   = map[string]any{"TRUE": true, "FALSE": false, "NULL": nil, "''": ""}
)

// readInsert reads the one kind of statement that a COPY can stand for.
func readInsert(text string) (*copied, error) {
	text = strings.Join(strings.Fields(text), " ")
	found := insertText.FindStringSubmatch(text)
	if found == nil {
		return nil, fmt.Errorf("%w: %s", errBulkReads, text)
	}
	c := &copied{table: found[1], columns: strings.Split(found[2], ", ")}
	for _, word := range strings.Split(found[3], ", ") {
		value, ok := literals[word]
		if position, isArgument := strings.CutPrefix(word, "$"); isArgument {
			n, err := strconv.Atoi(position)
			value, ok = argument(n-1), err == nil
		} else if n, err := strconv.Atoi(word); err == nil {
			value, ok = n, true
		}
		if !ok {
			return nil, fmt.Errorf("%w: %s", errBulkReads, text)
		}
		c.values = append(c.values, value)
	}
	if len(c.values) != len(c.columns) {
		return nil, fmt.Errorf("%w: %s", errBulkReads, text)
	}
	c.buffer = make([]any, len(c.values))
	return c, nil
}
