package pgtest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"kith/internal/store/pgtest"
)

// TestStart: each caller has a database of its own, as a role like production's, on a server that
// keeps its promises.
func TestStart(t *testing.T) {
	ctx := context.Background()
	first, second := pgtest.Start(t), pgtest.Start(t)
	one := connect(t, first)
	if _, err := one.Exec(ctx, `CREATE TABLE mine (id bigint)`); err != nil {
		t.Fatal(err)
	}
	var seen int
	two := connect(t, second)
	if err := two.QueryRow(ctx, `SELECT count(*) FROM pg_tables WHERE tablename = 'mine'`).Scan(&seen); err != nil || seen != 0 {
		t.Errorf("the second database shows %d tables of the first, %v", seen, err)
	}
	for setting, want := range map[string]string{"fsync": "on", "synchronous_commit": "on", "is_superuser": "off"} {
		var got string
		if err := one.QueryRow(ctx, `SELECT current_setting($1)`, setting).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", setting, got, err, want)
		}
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}
