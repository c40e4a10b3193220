package store_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"kith/internal/store"
)

// TestBackfillCurrencies: companies that were there before the table get the row of their own currency,
// and those that have it keep theirs.
func TestBackfillCurrencies(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kith.db")
	if err := open(t, "sqlite:"+path, store.Options{}).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.ExecContext(t.Context(), `
		INSERT INTO companies (company_id, slug, mode, status, owner_id, public, system_email, name, details, settings, metadata, currency, created_at, updated_at)
			VALUES (1, 'old', 0, 0, x'00', FALSE, '', '', '', '', '', '{"code":"EUR","description":"Euro","symbol":"€","unit":"euro","divisibility":2}', 7, 9),
			(2, 'new', 0, 0, x'00', FALSE, '', '', '', '', '', '{"code":"JPY","divisibility":0}', 7, 9);
		INSERT INTO currencies VALUES (2, 'JPY', '', 'Kept', '', '', 0, '', FALSE, 8, 8)`)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := store.BackfillCurrencies(t.Context(), tx); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	for company, want := range map[int]string{1: "EUR Euro € euro 2 7", 2: "JPY Kept   0 8"} {
		var got string
		err := db.QueryRowContext(t.Context(), `SELECT group_concat(code || ' ' || description || ' ' || symbol || ' ' || unit || ' ' || divisibility || ' ' || created_at)
			FROM currencies WHERE company_id = $1`, company).Scan(&got)
		if err != nil || got != want {
			t.Errorf("company %d has %q, %v; want %q", company, got, err, want)
		}
	}
}
