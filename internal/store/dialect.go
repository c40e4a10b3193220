package store

import (
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	sqlitedriver "modernc.org/sqlite"
	lite "modernc.org/sqlite/lib"

	"kith"
)

// What a statement may fail with, on either engine. Anything else is a fault.
var (
	ErrNotFound = errors.New("store: no such row")
	ErrExists   = errors.New("store: the row exists") // see ExistsError
	ErrInUse    = errors.New("store: other rows point to the row")
)

// errRetry is a transaction that lost a race and may run again; errDown a database that cannot be
// reached, is full, or may not be written to.
var (
	errRetry = errors.New("store: run the transaction again")
	errDown  = errors.New("store: the database is not available")
)

var (
	errUnavailable = &kith.Error{Kind: kith.Unavailable, Code: kith.CodeDatabase,
		Message: "The database is not available. Try again in a moment."}
	errStopping = &kith.Error{Kind: kith.Unavailable, Code: kith.CodeStopping,
		Message: "The server is stopping. Try again in a moment."}
)

// ExistsError is ErrExists with the name of the unique index that refused, or, where the engine
// does not tell it, the columns as "table.column, table.column".
type ExistsError struct{ Constraint string }

func (e *ExistsError) Error() string { return ErrExists.Error() + " (" + e.Constraint + ")" }

// Is makes an ExistsError an ErrExists.
func (e *ExistsError) Is(target error) bool { return target == ErrExists }

// outward gives what leaves the store: a database that is not there becomes an error that callers
// may see.
func (db *DB) outward(err error) error {
	if _, ok := errors.AsType[*kith.Error](err); ok || err == nil {
		return err
	}
	switch {
	case errors.Is(err, errDown) && db.closed.Load():
		return errStopping.Because(err)
	case errors.Is(err, errRetry) || errors.Is(err, errDown):
		return errUnavailable.Because(err)
	}
	return err
}

// classify reads a statement's error. Once Close has begun, what no dialect knows is its doing.
func (db *DB) classify(err error) error {
	known := db.dialect.classify(err)
	if err != nil && known == err && db.closed.Load() { //nolint:errorlint // the very same
		return fmt.Errorf("%w: %w", errDown, err)
	}
	return known
}

// dialect is all that differs between the engines' tongues.
type dialect struct {
	classify func(error) error // driver error → ExistsError, ErrInUse, errRetry, errDown or itself
	lockRow  string            // after a SELECT: holds its rows until the transaction ends
	ddl      map[string]string // what stands for {{word}} in a migration
}

var sqliteDialect = dialect{
	classify: classifySQLite,
	ddl: map[string]string{"id": "BLOB", "bytes": "BLOB", "fold": "TEXT", "bigint": "INTEGER", "int": "INTEGER",
		"norowid": "WITHOUT ROWID"},
}

var postgresDialect = dialect{
	classify: classifyPostgres,
	lockRow:  " FOR UPDATE",
	ddl: map[string]string{"id": "uuid", "bytes": "bytea", "fold": `TEXT COLLATE "C"`, "bigint": "bigint", "int": "integer",
		"norowid": ""},
}

var placeholder = regexp.MustCompile(`\{\{(\w+)\}\}`)

// speak writes a migration in the engine's tongue.
func (d *dialect) speak(text string) (string, error) {
	var unknown error
	text = placeholder.ReplaceAllStringFunc(text, func(word string) string {
		name := strings.Trim(word, "{}")
		value, ok := d.ddl[name]
		if !ok {
			unknown = fmt.Errorf("a migration says %s, which no engine knows", word)
		}
		return value
	})
	return text, unknown
}

// classifySQLite reads SQLite's result codes (sqlite.org/rescode.html).
func classifySQLite(err error) error {
	e, ok := errors.AsType[*sqlitedriver.Error](err)
	switch {
	case errors.Is(err, driver.ErrBadConn):
		return fmt.Errorf("%w: %w", errDown, err)
	case !ok:
		return err
	}
	switch e.Code() {
	case lite.SQLITE_CONSTRAINT_UNIQUE, lite.SQLITE_CONSTRAINT_PRIMARYKEY, lite.SQLITE_CONSTRAINT_ROWID:
		return &ExistsError{Constraint: sqliteConstraint(e.Error())}
	case lite.SQLITE_CONSTRAINT_FOREIGNKEY:
		return ErrInUse
	}
	switch e.Code() & 0xff { // the primary code
	case lite.SQLITE_BUSY, lite.SQLITE_LOCKED, lite.SQLITE_FULL, lite.SQLITE_IOERR, lite.SQLITE_READONLY,
		lite.SQLITE_CANTOPEN, lite.SQLITE_PERM, lite.SQLITE_NOMEM, lite.SQLITE_PROTOCOL:
		return fmt.Errorf("%w: %w", errDown, err)
	}
	return err
}

// sqliteConstraint finds the columns in "… UNIQUE constraint failed: t.a, t.b (2067)".
func sqliteConstraint(message string) string {
	_, columns, _ := strings.Cut(message, "constraint failed: ")
	if i := strings.LastIndex(columns, " ("); i >= 0 {
		columns = columns[:i]
	}
	return strings.TrimPrefix(columns, "UNIQUE constraint failed: ")
}

// classifyPostgres reads SQLSTATE (PostgreSQL manual, appendix A).
func classifyPostgres(err error) error {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		_, network := errors.AsType[net.Error](err) // timeouts too
		if network || pgconn.SafeToRetry(err) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: %w", errDown, err)
		}
		return err
	}
	switch e.Code {
	case "23505": // unique_violation
		return &ExistsError{Constraint: e.ConstraintName}
	case "23503": // foreign_key_violation
		return ErrInUse
	case "40001", "40P01": // serialization_failure, deadlock_detected
		return fmt.Errorf("%w: %w", errRetry, err)
	case "57014", "25006": // query_canceled by its timeout, read_only_sql_transaction
		return fmt.Errorf("%w: %w", errDown, err)
	}
	switch e.Code[:2] {
	case "08", "53", "57", "58": // connection, insufficient resources, operator intervention, system error
		return fmt.Errorf("%w: %w", errDown, err)
	}
	return err
}

// idScanner reads an id from 16 bytes, from its 36 characters, or from NULL as the zero id.
type idScanner[N any] struct{ id *kith.ID[N] }

func idDest[N any](id *kith.ID[N]) *idScanner[N] { return &idScanner[N]{id} }

// Scan takes what database/sql found.
func (s *idScanner[N]) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*s.id = kith.ID[N]{}
	case []byte:
		if len(v) != len(s.id) {
			return fmt.Errorf("an id of %d bytes: %s", len(v), hex.EncodeToString(v))
		}
		copy(s.id[:], v)
	case string:
		id, err := kith.ParseID[N](v)
		if err != nil {
			return err
		}
		*s.id = id
	default:
		return fmt.Errorf("an id as %T", src)
	}
	return nil
}

// ScanUUID takes what pgx found, without a detour through text.
func (s *idScanner[N]) ScanUUID(v pgtype.UUID) error {
	*s.id = v.Bytes // zero where NULL
	return nil
}
