package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// Commits counts what the SQLite writer has made durable, in transactions.
func (db *DB) Commits() int64 { return db.engine.(*sqlite).writer.commits.Load() }

// Exec, Row and Each let tests and benchmarks bring statements of their own.
func (tx *Tx) Exec(ctx context.Context, text string, args ...any) (int64, error) {
	return tx.exec(ctx, text, args...)
}

func (tx *Tx) Row(ctx context.Context, text string, args ...any) interface{ Scan(...any) error } {
	return tx.row(ctx, text, args...)
}

func (tx *Tx) Each(ctx context.Context, text string, scan func(interface{ Scan(...any) error }) error) error {
	return each(ctx, tx, text, nil, func(r rowScanner) error { return scan(r) })
}

// Exec is System's own statement, without a company.
func (s *System) Exec(ctx context.Context, text string, args ...any) error {
	_, err := s.sysExec(ctx, text, args...)
	return err
}

// Count is System's own read of one number.
func (s *System) Count(ctx context.Context, text string, args ...any) (n int, err error) {
	err = s.sysRow(ctx, text, args...).Scan(&n)
	return n, err
}

var IDDest = idDest[struct{}]

// SetMaxPages bounds the SQLite file, as a full disk would.
func (db *DB) SetMaxPages(n int) { db.pragma(fmt.Sprintf("PRAGMA max_page_count = %d", n)) }

// SetBusyTimeout says how long the SQLite writer waits for another process.
func (db *DB) SetBusyTimeout(d time.Duration) {
	db.pragma(fmt.Sprintf("PRAGMA busy_timeout = %d", d.Milliseconds()))
}

// Pragma is a setting of the SQLite writer.
func (db *DB) Pragma(name string) string { return db.pragma("PRAGMA " + name) }

// pragma may run beside the writer's goroutine: the connection takes one statement at a time.
func (db *DB) pragma(text string) (value string) {
	if err := db.engine.(*sqlite).writer.conn.QueryRowContext(context.Background(), text).Scan(&value); err != nil {
		panic(err)
	}
	return value
}

// Address is the URL that the PostgreSQL pool was opened with.
func (db *DB) Address() string { return db.engine.(*postgres).pool.Config().ConnString() }

// MigrateTo brings the schema up to a version, as an earlier kith would have.
func (db *DB) MigrateTo(ctx context.Context, version int64) error {
	var provider *goose.Provider
	var conn *sql.DB
	var err error
	switch e := db.engine.(type) {
	case *sqlite:
		if conn, err = e.openWrite(); err == nil {
			provider, err = newProvider(goose.DialectSQLite3, conn, &sqliteDialect)
		}
	case *postgres:
		conn = stdlib.OpenDB(*e.pool.Config().ConnConfig)
		provider, err = newProvider(goose.DialectPostgres, conn, &postgresDialect)
	}
	if err == nil {
		_, err = provider.UpTo(ctx, version)
	}
	return errors.Join(err, conn.Close())
}

// UserListTexts are the texts that lists of users are read by, by index and purpose.
func UserListTexts() map[string]string {
	texts := make(map[string]string)
	for _, ix := range userIndexes {
		for kind, text := range ix.texts {
			texts[fmt.Sprintf("%s %s %v", ix.name, [...]string{"keys", "match", "full", "whole", "count", "twice"}[kind.what], kind.descending)] = text
		}
	}
	return texts
}

// PackHash is how a password's hash is stored.
func PackHash(hash string) string { return packHash(hash) }
