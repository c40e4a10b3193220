package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// How long PostgreSQL may take. The server ends a statement first; the second bound is for a server
// that no longer answers, and covers waiting for a connection.
const (
	statementTime   = 5 * time.Second
	transactionTime = 10 * time.Second
)

// postgres is a pool of connections to one server. It speaks pgx's own tongue: half the cost of a
// read through database/sql.
type postgres struct {
	pool    *pgxpool.Pool
	begin   string
	secured bool
}

func openPostgres(ctx context.Context, url string, o Options) (*postgres, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(min(4*runtime.NumCPU(), 20))
	if o.MaxConns > 0 {
		config.MaxConns = int32(min(o.MaxConns, 1000))
	}
	config.MinConns = min(2, config.MaxConns) // one who comes after a quiet hour need not wait
	for name, value := range map[string]string{
		"application_name":                    "kith",
		"statement_timeout":                   milliseconds(statementTime),
		"idle_in_transaction_session_timeout": milliseconds(transactionTime),
	} {
		if config.ConnConfig.RuntimeParams[name] == "" {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	p := &postgres{begin: "BEGIN ISOLATION LEVEL READ COMMITTED", secured: o.RowSecurity}
	if o.Serializable {
		p.begin = "BEGIN ISOLATION LEVEL SERIALIZABLE"
	}
	if p.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, transactionTime)
	defer cancel()
	if err := p.pool.Ping(ctx); err != nil {
		p.pool.Close()
		return nil, err
	}
	return p, nil
}

func milliseconds(d time.Duration) string { return fmt.Sprint(d.Milliseconds()) }

func (p *postgres) name() string { return "postgres" }

func (p *postgres) ping(ctx context.Context) error {
	var one int
	return classifyPostgres(p.pool.QueryRow(ctx, "SELECT 1").Scan(&one))
}

func (p *postgres) close() error {
	p.pool.Close()
	return nil
}

func (p *postgres) reader(scope scope) querier {
	if p.secured {
		return pgSecured{p, scope}
	}
	return pgReader{p}
}

// update runs step in one transaction. What fails before COMMIT is undone; a COMMIT that the server
// did not answer is errDown, and not run again, because it may have happened.
func (p *postgres) update(ctx context.Context, scope scope, step func(querier) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := patiently(ctx)
	defer cancel()
	conn, err := p.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release() // closes it if a transaction is still open: a panic in step, a lost server
	if _, err := conn.Exec(ctx, p.beginning(scope)); err != nil {
		if pgconn.SafeToRetry(err) { // the connection died while it lay in the pool; the next may live
			return fmt.Errorf("%w: %w", errRetry, err)
		}
		return classifyPostgres(err)
	}
	if err := step(pgTx{ctx, conn.Conn()}); err != nil {
		_, _ = conn.Exec(ctx, "ROLLBACK") // if it fails, Release ends the connection and with it the transaction
		return err
	}
	tag, err := conn.Exec(ctx, "COMMIT")
	if _, answered := errors.AsType[*pgconn.PgError](err); err != nil && !answered {
		return fmt.Errorf("%w: it is not known whether COMMIT happened: %w", errDown, err)
	}
	if err == nil && tag.String() != "COMMIT" {
		return errors.New("store: the transaction to commit had failed")
	}
	return classifyPostgres(err)
}

// acquire waits for a connection. That none can be had is errDown, whatever the reason.
func (p *postgres) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDown, err)
	}
	return conn, nil
}

// beginning opens a transaction and, for row security, names its company: in one round trip.
func (p *postgres) beginning(scope scope) string {
	if !p.secured {
		return p.begin
	}
	return p.begin + "; SET LOCAL kith.company = '" + string(scope) + "'"
}

// patiently frees work from the caller's cancellation, which would cost the connection, and gives
// it a bound of its own.
func patiently(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), transactionTime)
}

// pgReader speaks outside any transaction. Texts are constant: pgx prepares each once a connection.
type pgReader struct{ pg *postgres }

func (r pgReader) exec(ctx context.Context, text string, args []any) (n int64, err error) {
	err = r.with(ctx, func(t pgTx) error {
		n, err = t.exec(ctx, text, args)
		return err
	})
	return n, err
}

func (r pgReader) row(ctx context.Context, text string, args []any) rowScanner {
	return scanFunc(func(dest []any) error {
		return r.with(ctx, func(t pgTx) error { return t.row(ctx, text, args).Scan(dest...) })
	})
}

func (r pgReader) each(ctx context.Context, text string, args []any, scan func(rowScanner) error) error {
	conn, err := r.pg.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	return pgTx{ctx, conn.Conn()}.each(ctx, text, args, scan)
}

func (r pgReader) with(ctx context.Context, do func(pgTx) error) error {
	ctx, cancel := patiently(ctx)
	defer cancel()
	conn, err := r.pg.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	return do(pgTx{ctx, conn.Conn()})
}

// pgTx speaks on one connection, under one bound for all that happens there.
type pgTx struct {
	ctx  context.Context //nolint:containedctx // outlives the context of one call
	conn *pgx.Conn
}

func (t pgTx) exec(_ context.Context, text string, args []any) (int64, error) {
	tag, err := t.conn.Exec(t.ctx, text, args...)
	return tag.RowsAffected(), err
}

func (t pgTx) row(_ context.Context, text string, args []any) rowScanner {
	return t.conn.QueryRow(t.ctx, text, args...)
}

func (t pgTx) each(_ context.Context, text string, args []any, scan func(rowScanner) error) error {
	rows, err := t.conn.Query(t.ctx, text, args...)
	return eachRow(rows, err, scan)
}

func eachRow(rows pgx.Rows, err error, scan func(rowScanner) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// scanFunc is a row that is fetched when it is scanned.
type scanFunc func(dest []any) error

func (f scanFunc) Scan(dest ...any) error { return f(dest) }

// pgSecured runs each statement in a transaction that names the company. Four round trips instead
// of one: for the tests, which look for statements that forget the company.
type pgSecured struct {
	pg    *postgres
	scope scope
}

func (s pgSecured) exec(ctx context.Context, text string, args []any) (n int64, err error) {
	err = s.pg.update(ctx, s.scope, func(q querier) error {
		n, err = q.exec(ctx, text, args)
		return err
	})
	return n, err
}

func (s pgSecured) row(ctx context.Context, text string, args []any) rowScanner {
	return scanFunc(func(dest []any) error {
		return s.pg.update(ctx, s.scope, func(q querier) error { return q.row(ctx, text, args).Scan(dest...) })
	})
}

func (s pgSecured) each(ctx context.Context, text string, args []any, scan func(rowScanner) error) error {
	return s.pg.update(ctx, s.scope, func(q querier) error { return q.each(ctx, text, args, scan) })
}

// directory are the tables that no company owns: they are read before the company is known.
var directory = []string{"company_slugs", "application_origins", "company_hosts"}

// EnableRowSecurity puts a policy on every table that companies share, so that PostgreSQL itself
// hides other companies' rows from statements that forget to name theirs. It needs a database opened
// with Options.RowSecurity, as a role that is no superuser. It makes searches by prefix a thousand
// times slower, so production does without.
func (db *DB) EnableRowSecurity(ctx context.Context) error {
	p, ok := db.engine.(*postgres)
	if !ok || !p.secured {
		return errors.New("row security is for PostgreSQL, opened with Options.RowSecurity")
	}
	rows, err := p.pool.Query(ctx, `SELECT table_name FROM information_schema.columns
		WHERE table_schema = current_schema() AND column_name = 'company_id' AND table_name <> ALL ($1)`, directory)
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, table := range tables {
		name := pgx.Identifier{table}.Sanitize()
		fmt.Fprintf(&text, `ALTER TABLE %[1]s ENABLE ROW LEVEL SECURITY; ALTER TABLE %[1]s FORCE ROW LEVEL SECURITY;
			DROP POLICY IF EXISTS company ON %[1]s;
			CREATE POLICY company ON %[1]s USING (CASE current_setting('kith.company', true)
				WHEN '*' THEN true
				ELSE company_id = NULLIF(current_setting('kith.company', true), '')::bigint END);`, name)
	}
	_, err = p.pool.Exec(ctx, text.String())
	return err
}
