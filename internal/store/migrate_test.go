package store_test

import (
	"strings"
	"sync"
	"testing"

	"kith/internal/store"
)

// TestMigrate: processes that start at once make one schema; a later start changes nothing; a schema
// from the future is refused.
func TestMigrate(t *testing.T) {
	for _, e := range engines[:3] {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			url := e.url(t)
			handles := make([]*store.DB, 3)
			for i := range handles {
				if i > 0 && e.name == "memory" {
					handles[i] = handles[0] // nobody else can open it
					continue
				}
				handles[i] = open(t, url, e.o)
			}
			var all sync.WaitGroup
			for _, db := range handles {
				all.Go(func() {
					if err := db.Migrate(t.Context()); err != nil {
						t.Errorf("one of three at once: %v", err)
					}
				})
			}
			all.Wait()
			db := handles[0]
			if err := db.Migrate(t.Context()); err != nil {
				t.Errorf("the second time: %v", err)
			}
			for table, want := range map[string]int{"users": 0, "goose_db_version WHERE version_id = 1": 1} {
				if n, err := db.System().Count(t.Context(), `SELECT count(*) FROM `+table); err != nil || n != want {
					t.Errorf("%s: %d rows, %v; want %d", table, n, err, want)
				}
			}
			mustExec(t, db, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`)
			if err := db.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "newer kith") {
				t.Errorf("a newer schema: %v", err)
			}
		})
	}
}
