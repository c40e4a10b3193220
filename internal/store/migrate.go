package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate runs beside the writer, on a connection of its own. SQLite has no lock to take across
// several transactions, so two processes may run one migration at once; the file lets one of them
// commit, the other fails and then finds the work done.
func (s *sqlite) migrate(ctx context.Context) error {
	db, err := s.openWrite()
	if err != nil {
		return err
	}
	defer db.Close()
	// Room for the indexes, which a migration fills in no order.
	if _, err := db.ExecContext(ctx, "PRAGMA cache_size(-256000)"); err != nil {
		return err
	}
	provider, err := newProvider(goose.DialectSQLite3, db, &sqliteDialect)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		if err = raise(ctx, provider); err == nil || errors.Is(err, errNewer) || try == 3 {
			return classifySQLite(err)
		}
	}
}

// migrate holds a row of goose's lock table, and no time limit: a migration may be long.
func (p *postgres) migrate(ctx context.Context) error {
	config := p.pool.Config().ConnConfig
	config.RuntimeParams["statement_timeout"] = "0"
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	db := stdlib.OpenDB(*config)
	defer db.Close()
	locker, err := lock.NewPostgresTableLocker(lock.WithTableLockTimeout(100*time.Millisecond, 3000))
	if err != nil {
		return err
	}
	provider, err := newProvider(goose.DialectPostgres, db, &postgresDialect, goose.WithLocker(locker))
	if err != nil {
		return err
	}
	before, err := provider.GetDBVersion(ctx)
	if err == nil {
		err = raise(ctx, provider)
	}
	if after, known := provider.GetDBVersion(ctx); err == nil && known == nil && 0 < before && before < after {
		// Tables were made anew; without statistics their first searches would be slow.
		_, err = db.ExecContext(ctx, "ANALYZE")
	}
	return classifyPostgres(err)
}

func newProvider(tongue goose.Dialect, db *sql.DB, d *dialect, more ...goose.ProviderOption) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(tongue, db, spoken{files, d}, append(more, goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(backfillMigration()))...)
}

var errNewer = errors.New("the database was made by a newer kith: run that one, or restore a backup")

func raise(ctx context.Context, provider *goose.Provider) error {
	if _, err := provider.Up(ctx); err != nil {
		return err
	}
	current, known, err := provider.GetVersions(ctx)
	if err == nil && current > known {
		err = fmt.Errorf("%w (its schema is number %d, this kith knows %d)", errNewer, current, known)
	}
	return err
}

// spoken is the folder of migrations in the tongue of one engine.
type spoken struct {
	fs.FS
	dialect *dialect
}

// Open translates a file; the folder itself is as it is.
func (s spoken) Open(name string) (fs.File, error) {
	file, err := s.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return file, err
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	translated, err := s.dialect.speak(string(text))
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &spokenFile{File: file, text: strings.NewReader(translated)}, nil
}

type spokenFile struct {
	fs.File
	text *strings.Reader
}

func (f *spokenFile) Read(p []byte) (int, error) { return f.text.Read(p) }
