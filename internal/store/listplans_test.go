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

// wantListPlans say by which index each way through a list of users goes: on SQLite a step of the plan, on
// PostgreSQL an index.
var wantListPlans = map[string]struct{ sqlite, postgres string }{
	"point":       {"u USING PRIMARY KEY (company_id=? AND id=?)", "users_pkey"},
	"created":     {"users_created (company_id=? AND (created_at,id)>(?,?) AND (created_at,id)<(?,?))", "users_created"},
	"updated":     {"users_updated (company_id=? AND (updated_at,id)>(?,?) AND (updated_at,id)<(?,?))", "users_updated"},
	"last_login":  {"users_last_login (company_id=? AND (last_login,id)>(?,?) AND (last_login,id)<(?,?))", "users_last_login"},
	"status":      {"users_status (company_id=? AND (status,created_at,id)>(?,?,?) AND (status,created_at,id)<(?,?,?))", "users_status"},
	"group":       {"users_group (company_id=? AND (group_id,created_at,id)>(?,?,?) AND (group_id,created_at,id)<(?,?,?))", "users_group"},
	"archived":    {"users_archived (company_id=? AND (created_at,id)>(?,?) AND (created_at,id)<(?,?))", "users_archived"},
	"deactivated": {"users_deactivated (company_id=? AND (created_at,id)>(?,?) AND (created_at,id)<(?,?))", "users_deactivated"},
	"temporary":   {"users_temporary (company_id=? AND (created_at,id)>(?,?) AND (created_at,id)<(?,?))", "users_temporary"},
	"leaving":     {"users_leaving (company_id=? AND (created_at,id)>(?,?) AND (created_at,id)<(?,?))", "users_leaving"},
	"terms":       {"t USING PRIMARY KEY (company_id=? AND field=? AND (value,user_id)>(?,?) AND (value,user_id)<(?,?))", "user_terms_pkey"},
	"folded":      {"i USING COVERING INDEX identifiers_folded (company_id=? AND kind=? AND folded>? AND folded<?)", "identifiers_folded"},
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
		index, _, _ := strings.Cut(name, " ")
		seen[index] = true
		plan := strings.Join(planSQLite(t, lite, statement{method: name, text: text}), "; ")
		sorts := strings.Contains(plan, "TEMP B-TREE") && index != "point"
		if want := wantListPlans[index].sqlite; !strings.Contains(plan, want) || sorts || strings.Contains(plan, "SCAN u") || strings.Contains(plan, "(company_id=?)") {
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
		index, _, _ := strings.Cut(name, " ")
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
