package store_test

import (
	"errors"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
	"kith/internal/store/storetest"
)

// TestSuite: every engine passes the suite, and every table took part in it.
func TestSuite(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			o := e.o
			o.WalkTime = time.Minute // row security makes comparisons of words slow
			db := open(t, e.url(t), o)
			if err := db.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if e.o.RowSecurity {
				if err := db.EnableRowSecurity(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			storetest.Run(t, func(*testing.T) *store.DB { return db })
			for _, table := range tables(t) {
				if n, err := db.System().Count(t.Context(), `SELECT count(*) FROM `+table.name); err != nil || n == 0 {
					t.Errorf("the suite left %d rows in %s, %v", n, table.name, err)
				}
			}
			sent, err1 := db.System().Count(t.Context(), `SELECT count(*) FROM messages WHERE state = 2`)
			legible, err2 := db.System().Count(t.Context(), `SELECT count(*) FROM messages WHERE state = 2 AND length(body) > 0`)
			if sent == 0 || legible > 0 || err1 != nil || err2 != nil {
				t.Errorf("%d messages of %d sent can be read still; %v, %v", legible, sent, err1, err2)
			}
			if e.o.RowSecurity {
				hides(t, db)
			}
		})
	}
}

// hides asserts that row security is what the suite ran under: a statement that forgets the company
// sees its own rows in every table that companies share, and no others.
func hides(t *testing.T, db *store.DB) {
	t.Helper()
	ctx := t.Context()
	for _, table := range tables(t) {
		if table.directory {
			continue
		}
		all, err1 := db.System().Count(ctx, `SELECT count(*) FROM `+table.name)
		company, err2 := db.System().Count(ctx, `SELECT max(company_id) FROM `+table.name)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		count := func(condition string) (n int) {
			err := db.View(ctx, member(kith.CompanyID(company)), func(tx *store.Tx) error {
				return tx.Row(ctx, `SELECT count(*) FROM `+table.name+` WHERE `+condition).Scan(&n)
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		own, forgotten := count(`company_id = $1`), count(`CAST($1 AS BIGINT) <> 0`)
		if own == 0 || forgotten != own || own == all {
			t.Errorf("%s has %d rows, %d of one company, who sees %d without asking for it", table.name, all, own, forgotten)
		}
	}
}
