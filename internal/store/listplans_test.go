package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"kith/internal/store"
	"kith/internal/store/pgtest"
)

// wantListPlans say by which index each way through a list of users goes: on SQLite a step of the plan, of
// what counts the entries another one, on PostgreSQL an index.
var wantListPlans = map[string]struct{ sqlite, count, postgres string }{
	"point": {"u USING PRIMARY KEY (company_id=? AND id=?)",
		"u USING PRIMARY KEY (company_id=? AND id=?)", "users_pkey"},
	"created": {"users_created (company_id=? AND (created_at,id)>(?,?) AND (created_at,id)<(?,?))",
		"COVERING INDEX users_created (company_id=? AND created_at>? AND created_at<?)", "users_created"},
	"updated": {"users_updated (company_id=? AND (updated_at,id)>(?,?) AND (updated_at,id)<(?,?))",
		"COVERING INDEX users_updated (company_id=? AND updated_at>? AND updated_at<?)", "users_updated"},
	"last_login": {"users_last_login (company_id=? AND (last_login,id)>(?,?) AND (last_login,id)<(?,?))",
		"COVERING INDEX users_last_login (company_id=? AND last_login>? AND last_login<?)", "users_last_login"},
	"status": {"users_status (company_id=? AND (status,created_at,id)>(?,?,?) AND (status,created_at,id)<(?,?,?))",
		"COVERING INDEX users_status (company_id=? AND status=? AND created_at>? AND created_at<?)", "users_status"},
	"group": {"users_group (company_id=? AND (group_id,created_at,id)>(?,?,?) AND (group_id,created_at,id)<(?,?,?))",
		"COVERING INDEX users_group (company_id=? AND group_id=? AND created_at>? AND created_at<?)", "users_group"},
	"archived": {"users_archived (company_id=? AND (created_at,id)>(?,?) AND (created_at,id)<(?,?))",
		"COVERING INDEX users_archived (company_id=? AND created_at>? AND created_at<?)", "users_archived"},
	"deactivated": {"users_deactivated (company_id=? AND (created_at,id)>(?,?) AND (created_at,id)<(?,?))",
		"COVERING INDEX users_deactivated (company_id=? AND created_at>? AND created_at<?)", "users_deactivated"},
	"temporary": {"users_temporary (company_id=? AND (created_at,id)>(?,?) AND (created_at,id)<(?,?))",
		"COVERING INDEX users_temporary (company_id=? AND created_at>? AND created_at<?)", "users_temporary"},
	"leaving": {"users_leaving (company_id=? AND (created_at,id)>(?,?) AND (created_at,id)<(?,?))",
		"COVERING INDEX users_leaving (company_id=? AND created_at>? AND created_at<?)", "users_leaving"},
	"terms": {"t USING PRIMARY KEY (company_id=? AND field=? AND (value,user_id)>(?,?) AND (value,user_id)<(?,?))",
		"t USING PRIMARY KEY (company_id=? AND field=? AND value>? AND value<?)", "user_terms_pkey"},
	"folded": {"i USING COVERING INDEX identifiers_folded (company_id=? AND kind=? AND folded>? AND folded<?)",
		"i USING COVERING INDEX identifiers_folded (company_id=? AND kind=? AND folded>? AND folded<?)", "identifiers_folded"},
	"terms twice":  {count: "COVERING INDEX user_terms_further (company_id=? AND field=? AND value>? AND value<?)", postgres: "user_terms_further"},
	"folded twice": {count: "COVERING INDEX identifiers_further (company_id=? AND kind=? AND folded>? AND folded<?)", postgres: "identifiers_further"},
}

// textIndex gives the index that a text is named after, and whether it counts its entries.
func textIndex(name string) (index string, counts bool) {
	words := strings.Fields(name)
	if words[1] == "twice" {
		return words[0] + " twice", true
	}
	return words[0], words[1] == "count"
}

// TestUserListPlans: every way through a list of users starts inside the index made for it, in its order:
// no text sorts, and none walks the users.
func TestUserListPlans(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kith.db")
	if err := open(t, "sqlite:"+path, store.Options{}).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	lite, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer lite.Close()
	seen := make(map[string]bool)
	for name, text := range store.UserListTexts() {
		index, counts := textIndex(name)
		seen[index] = true
		plan := strings.Join(planSQLite(t, lite, statement{method: name, text: text}), "; ")
		sorts := strings.Contains(plan, "TEMP B-TREE") && index != "point"
		want := wantListPlans[index].sqlite
		if counts {
			want = wantListPlans[index].count
		}
		if !strings.Contains(plan, want) || sorts || strings.Contains(plan, "SCAN u") || strings.Contains(plan, "(company_id=?)") {
			t.Errorf("%s: %s; want %s", name, plan, want)
		}
	}
	if len(seen) != len(wantListPlans) {
		t.Errorf("%d ways of %d looked at", len(seen), len(wantListPlans))
	}
}

// TestUserListPlansPostgres is the same there, with rows to choose by.
func TestUserListPlansPostgres(t *testing.T) {
	db := open(t, pgtest.Start(t), store.Options{})
	ctx := t.Context()
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(ctx, db.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	n := 0
	// Without statistics, as after an import: an identifier's row is found by all of its key.
	if _, err := conn.Exec(ctx, `ALTER TABLE identifiers SET (autovacuum_enabled = off); `+
		strings.TrimSuffix(populate, "ANALYZE")+`; SET plan_cache_mode = force_generic_plan`); err != nil {
		t.Fatal(err)
	}
	for name, text := range store.UserListTexts() {
		if strings.HasPrefix(name, "folded match") || strings.HasPrefix(name, "folded full") {
			n++
			plan := planPostgres(t, conn, fmt.Sprintf("l%d", n), statement{method: name, text: text})
			if !strings.Contains(plan, "(kind = i.kind) AND (id >= i.id) AND (id <= i.id))") {
				t.Errorf("%s: \n%s", name, plan)
			}
		}
	}
	if n == 0 {
		t.Error("no text looks at identifiers")
	}
	if _, err := conn.Exec(ctx, `ANALYZE`); err != nil {
		t.Fatal(err)
	}
	sequential := regexp.MustCompile(`Seq Scan on (users|identifiers|user_terms)\b`)
	for name, text := range store.UserListTexts() {
		n++
		index, _ := textIndex(name)
		plan := planPostgres(t, conn, fmt.Sprintf("l%d", n), statement{method: name, text: text})
		if found := sequential.FindString(plan); found != "" || !strings.Contains(plan, wantListPlans[index].postgres) {
			t.Errorf("%s: want %s, got %s\n%s", name, wantListPlans[index].postgres, found, plan)
		}
	}
}

// TestUserListTextsNameTheCompany: these texts are put together, so no other test reads them.
func TestUserListTextsNameTheCompany(t *testing.T) {
	for name, text := range store.UserListTexts() {
		if how := forgets(strings.Join(strings.Fields(text), " ")); how != "" {
			t.Errorf("%s %s: %s", name, how, text)
		}
	}
}
