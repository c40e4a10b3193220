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

// wantPlans are the statements that run often or over much, with what must find their rows: on
// SQLite a step of the plan, on PostgreSQL an index.
var wantPlans = map[string]struct{ sqlite, postgres string }{
	"sessions.ByToken":          {"s USING INDEX sessions_token (company_id=? AND token_hash=?)", "sessions_token"},
	"sessions.ByID":             {"s USING PRIMARY KEY (company_id=? AND id=?)", "sessions_pkey"},
	"sessions.Handled":          {"s USING INDEX sessions_handle (company_id=? AND handle=?)", "sessions_handle"},
	"sessions.List":             {"sessions USING COVERING INDEX sessions_user (company_id=? AND user_id=?)", "sessions_user"},
	"sessions.DeleteAll":        {"sessions USING COVERING INDEX sessions_user (company_id=? AND user_id=?)", "sessions_user"},
	"schemas.Terms":             {"user_terms USING PRIMARY KEY (company_id=? AND field=?)", ""},
	"schemas.List":              {"attribute_schemas USING PRIMARY KEY (company_id=? AND version<?)", ""},
	"schemas.Described":         {"users USING PRIMARY KEY (company_id=? AND id>?)", "users_pkey"},
	"System.Indexing":           {"companies USING INDEX companies_indexing", ""},
	"sessions.Find":             {}, // see wantFinders
	"identifiers.Owner":         {"identifiers USING INDEX identifiers_folded (company_id=? AND kind=? AND folded=?)", "identifiers_folded"},
	"identifiers.Get":           {"i USING PRIMARY KEY (company_id=? AND kind=? AND id=?)", "identifiers_pkey"},
	"identifiers.Further":       {"k USING COVERING INDEX identifiers_user (company_id=? AND user_id=? AND is_primary=?)", "identifiers_user"},
	"credentials.ByIdentifier":  {"i USING INDEX identifiers_folded (company_id=? AND kind=? AND folded=?)", "identifiers_folded"},
	"events.byTime":             {"e USING PRIMARY KEY (company_id=? AND id>? AND id<?)", "events_pkey"},
	"events.bySubject":          {"k USING COVERING INDEX events_subject (company_id=? AND subject_id=? AND id>? AND id<?)", "events_subject"},
	"events.byActor":            {"k USING COVERING INDEX events_actor (company_id=? AND actor_id=? AND id>? AND id<?)", "events_actor"},
	"events.byRow":              {"k USING COVERING INDEX events_row (company_id=? AND noun=? AND row_key=? AND id>? AND id<?)", "events_row"},
	"users.Named":               {"u USING PRIMARY KEY (company_id=? AND id=?)", "users_pkey"},
	"accounts.OfUser":           {"a USING PRIMARY KEY (company_id=? AND reference=?)", ""},
	"accounts.OfCompany":        {"accounts USING COVERING INDEX accounts_user (company_id=? AND user_id=?)", ""},
	"accounts.After":            {"a USING PRIMARY KEY (company_id=? AND reference>?)", ""},
	"sessions.DeleteOf":         {"sessions USING COVERING INDEX sessions_application (company_id=? AND application_id=?)", "sessions_application"},
	"users.members":             {"u USING PRIMARY KEY (company_id=? AND id=?)", "users_pkey"},
	"users.ByAccount":           {"accounts USING PRIMARY KEY (company_id=? AND reference=?)", ""}, // small on PostgreSQL here
	"users.Get":                 {"u USING PRIMARY KEY (company_id=? AND id=?)", "users_pkey"},
	"groups.Occupied":           {"u USING COVERING INDEX users_group (company_id=? AND group_id=?)", "users_group"},
	"users.Keys":                {"u USING PRIMARY KEY (company_id=? AND id", "users_pkey"},
	"users.GuestKeys":           {"u USING COVERING INDEX users_guests (company_id=? AND id", "users_guests"},
	"users.InRole":              {"u USING INDEX users_group (company_id=? AND group_id=? AND (created_at,id)", "users_group"},
	"groups.Keys":               {"g USING PRIMARY KEY (company_id=? AND id", "groups_pkey"},
	"groups.GuestKeys":          {"g USING COVERING INDEX groups_guests (company_id=? AND id", "groups_guests"},
	"groups.OwnedKeys":          {"g USING COVERING INDEX groups_owner (company_id=? AND owner_id=? AND id", "groups_owner"},
	"groups.CountOwned":         {"g USING COVERING INDEX groups_owner (company_id=? AND owner_id=?)", "groups_owner"},
	"accounts.DefinitionGroups": {"groups USING INDEX groups_kind (company_id=? AND kind=?)", "groups_kind"},
	"groups.Get":                {"g USING PRIMARY KEY (company_id=? AND id=?)", "groups_pkey"},
	"groups.Several":            {"g USING PRIMARY KEY (company_id=? AND id=?)", "groups_pkey"},
	"groups.NamedAny":           {"g USING INDEX groups_name (company_id=? AND name=?)", "groups_name"},
	"groups.List":               {"g USING INDEX groups_kind (company_id=? AND kind=?)", "groups_kind"},
	"groups.Public":             {"g USING INDEX groups_kind (company_id=? AND kind=?)", "groups_kind"},
	"identifiers.Keys":          {"i USING PRIMARY KEY (company_id=? AND kind=? AND id", "identifiers_pkey"},
	"identifiers.GuestKeys":     {"k USING COVERING INDEX identifiers_guests (company_id=? AND kind=? AND id", "identifiers_guests"},
	"identifiers.Several":       {"i USING PRIMARY KEY (company_id=? AND kind=? AND id=?)", "identifiers_pkey"},
	"links.Of":                  {"group_links USING PRIMARY KEY (company_id=? AND noun=? AND row_key=?)", "group_links_pkey"},
	"links.Get":                 {"group_links USING PRIMARY KEY (company_id=? AND noun=? AND row_key=? AND group_id=?)", "group_links_"},
	"links.Allows":              {"l USING PRIMARY KEY (company_id=? AND noun=? AND row_key=?)", "group_links_pkey"},
	"links.GroupsOf":            {"m USING PRIMARY KEY (company_id=? AND noun=? AND row_key=?)", "group_links_pkey"},
	"links.PairsOf":             {"l USING PRIMARY KEY (company_id=? AND noun=? AND row_key=?)", "group_links_pkey"},
	"links.Rows":                {"l USING PRIMARY KEY (company_id=? AND noun=? AND row_key", "group_links_pkey"},
	"links.Keys":                {"l USING COVERING INDEX group_links_view (company_id=? AND group_id=? AND noun=? AND row_key", "group_links_view"},
	"links.Members":             {"l USING COVERING INDEX group_links_group (company_id=? AND group_id=? AND noun=? AND row_key", "group_links_group"},
	"links.Count":               {"l USING COVERING INDEX group_links_view (company_id=? AND group_id=? AND noun=? AND row_key>?)", "group_links_view"},
	"links.DeleteTo":            {"l USING COVERING INDEX group_links_group (company_id=? AND group_id=?)", "group_links_group"},
	"links.Empty":               {"group_links USING PRIMARY KEY (company_id=? AND noun=? AND row_key=?)", "group_links_pkey"},
	"links.DeleteAll":           {"group_links USING PRIMARY KEY (company_id=? AND noun=? AND row_key=?)", "group_links_pkey"},
	"links.Rest":                {"group_links USING PRIMARY KEY (company_id=? AND noun=? AND row_key=?)", "group_links_pkey"},
	"System.Due":                {"m USING INDEX messages_due (company_id=? AND channel=? AND due_at<?)", "messages_due"},
	"System.Queues":             {"m USING COVERING INDEX messages_due (company_id>?)", "messages_due"},
	"System.Overdue":            {"m USING INDEX messages_due", "messages_due"},
	"System.Dead":               {"m USING INDEX messages_dead (id>?)", "messages_dead"},
	"System.EndedMessages":      {"messages USING INDEX messages_ended (ended_at<?)", "messages_ended"},
	"System.OldInbox":           {"messages USING COVERING INDEX messages_inbox", "messages_inbox"},
	"System.Inbox":              {"m USING INDEX messages_inbox", "messages_inbox"},
	"System.Ended":              {"sessions USING COVERING INDEX sessions_ended (ends_at>? AND ends_at<?)", "sessions_ended"},
	"System.Companies":          {"k USING PRIMARY KEY (slug>?)", ""},                     // small on PostgreSQL here
	"System.CompanyOfGuest":     {"company_hosts USING PRIMARY KEY (host=?)", ""},         // small on PostgreSQL here
	"System.OriginAllowed":      {"application_origins USING PRIMARY KEY (origin=?)", ""}, // small on PostgreSQL here
}

// walks are the statements that may go through all rows of a company, or of a table, and why.
var walks = map[string]string{
	"System.Queues":          "goes through the queue that it has made, of companies that have something waiting",
	"System.MessageCounts":   "stops at the limit",
	"System.AnyCompany":      "stops at the first row",
	"System.CompanyOfGuest":  "stops at the second row",
	"System.PublicCompanies": "counts what a subselect over the index found, 10,000 at most",
	"applications.First":     "stops at the first row",
	"applications.List":      "a company has few",
	"accounts.Count":         "counts as many as it is told to",
	"accounts.Definitions":   "a company has few",
	"currencies.List":        "a company has few",
	"groups.Default":         "the index of default groups has one of a company",
	"groups.List":            "counts what a subselect over the index found",
	"groups.Public":          "counts what a subselect over the index found",
	"groups.CountOwned":      "counts as many as it is told to",
	"links.Count":            "counts as many as it is told to",
	"users.AccountKinds":     "a company has few",
	"counts.Get":             "what the worker has not added up yet",
	"counts.Fold":            "stops at the limit",
	"System.Uncounted":       "what the worker has not added up yet",
	"System.Companies":       "adds up a company's users: one row, and what the worker has not added to it",
	"System.Company":         "likewise",
	"sessions.Find":          "goes through the page that a bounded subselect found, and the company's few groups",
	"identifiers.List":       "goes through the page that a bounded subselect found, and the company's few groups",
	"sessions.fewMembers":    "counts what a subselect over the index found, 1,001 at most; a company has few groups",
}

// wantFinders is what finds the rows of each statement of sessions.Find, on SQLite as a step of the plan
// and on PostgreSQL as an index, by what is in its text and in no other's.
var wantFinders = []struct{ text, sqlite, postgres string }{
	{"k.handle IN", "k USING COVERING INDEX sessions_handle (company_id=? AND handle=?)", "sessions_handle"},
	{"k.user_id = $12", "k USING COVERING INDEX sessions_user (company_id=? AND user_id=?)", "sessions_user"},
	{"k.expires_at = 0", "k USING COVERING INDEX sessions_permanent (company_id=? AND id>? AND id<?)", "sessions_permanent"},
	{"k.user_id = few.id", "k USING COVERING INDEX sessions_user (company_id=? AND user_id=?)", "sessions_user"},
	{"WHERE s.company_id = $1 AND s.id >= $2", "s USING PRIMARY KEY (company_id=? AND id>? AND id<?)", "sessions_pkey"},
}

// finder gives what should find the rows of a statement of sessions.Find.
func finder(t *testing.T, text string) (sqlite, postgres string) {
	t.Helper()
	for _, want := range wantFinders {
		if strings.Contains(text, want.text) {
			return want.sqlite, want.postgres
		}
	}
	t.Fatalf("what finds the rows of %s?", text)
	return "", ""
}

// walk is a step that reads a whole table, or all that a company has in one; of companies that is
// one row.
var (
	walk    = regexp.MustCompile(`^SCAN \w+$|\(company_id=\?\)$`)
	company = regexp.MustCompile(`^SEARCH (c|companies) `)
)

// inOrder are the methods whose statements give what the index has, in its order.
var inOrder = regexp.MustCompile(`^(users|groups|identifiers)\.(\w*Keys|InRole)$|^links\.(Rows|Keys|Members|GroupsOf|Count)$|^groups\.(List|Public|CountOwned)$`)

var parameter = regexp.MustCompile(`\$\d+`)

// parameters counts a statement's.
func parameters(text string) int {
	all := make(map[string]bool)
	for _, p := range parameter.FindAllString(text, -1) {
		all[p] = true
	}
	return len(all)
}

// TestPlansSQLite: no statement walks a table, and the frequent ones find their rows by the index made
// for them, in its order.
func TestPlansSQLite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kith.db")
	if err := open(t, "sqlite:"+path, store.Options{}).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	seen := make(map[string]bool)
	for _, s := range statements(t) {
		plan := planSQLite(t, db, s)
		for _, step := range plan {
			if walk.MatchString(step) && !company.MatchString(step) && walks[s.method] == "" {
				t.Errorf("%s walks: %s", s.method, step)
			}
		}
		want, ok := wantPlans[s.method]
		if !ok {
			continue
		}
		seen[s.method] = true
		if s.method == "sessions.Find" {
			want.sqlite, _ = finder(t, s.text)
		}
		all := strings.Join(plan, "; ")
		sorts := (s.system || s.method == "events.byTime" || inOrder.MatchString(s.method)) && strings.Contains(all, "TEMP B-TREE")
		if !strings.Contains(all, " "+want.sqlite) || sorts {
			t.Errorf("%s: %s; want %s", s.method, all, want.sqlite)
		}
	}
	if len(seen) != len(wantPlans) {
		t.Errorf("statements of %d methods of %d looked at: one was renamed", len(seen), len(wantPlans))
	}
}

func planSQLite(t *testing.T, db *sql.DB, s statement) (steps []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+s.text, make([]any, parameters(s.text))...)
	if err != nil {
		t.Fatalf("%s: %v", s.method, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}

// populate fills the tables that grow: one company of 2,000 users with five sessions, an identifier, five
// messages and ten events each, half of which they made about themselves. Few sessions have ended, few messages wait, few are dead.
// They are in fifty role groups and, each, in four of two thousand others. Anybody may read one row of a hundred.
const populate = `
	INSERT INTO companies SELECT 1, 'slug', 0, 0, md5('1')::uuid, true, '', '', '', '', '', '', 0, 0;
	INSERT INTO users SELECT 1, md5(u::text)::uuid, 0, u % 6, CASE WHEN u % 50 < 3 THEN 1 << (u % 50) WHEN u % 50 = 4 THEN 32 ELSE 0 END, CASE WHEN u % 100 = 0 THEN 2 ELSE 15744 END,
		md5((u % 50)::text)::uuid, '', '', '', '', '', '', '', NULL, '', u * 7 % 4001, u, u * 3 % 4001
		FROM generate_series(1, 4000) u;
	INSERT INTO user_terms SELECT 1, 1 + u % 7, 'name' || u, md5(u::text)::uuid, u % 50 = 0 FROM generate_series(1, 4000) u;
	INSERT INTO identifiers SELECT 1, 2, u, md5(u::text)::uuid, '', 'user' || u || '@x', u % 50 <> 0, 0, 0, false, CASE WHEN u % 100 = 0 THEN 2 END
		FROM generate_series(1, 4000) u;
	INSERT INTO groups SELECT 1, md5(g::text)::uuid, CASE WHEN g < 50 THEN 1 ELSE 3 END, 'group' || g, '', '', 0, g < 10, false, '', g, g, 1, true, false, '',
		CASE WHEN g < 50 THEN NULL ELSE md5((g % 200)::text)::uuid END, CASE WHEN g % 100 = 0 THEN 2 ELSE 15744 END
		FROM generate_series(0, 2000) g;
	INSERT INTO group_links SELECT 1, CASE WHEN u % 10 = 0 THEN 129 ELSE 1 END, decode(md5(u::text), 'hex'), md5((50 + (u + 400 * l) % 1950)::text)::uuid, u % 4, u
		FROM generate_series(1, 4000) u, generate_series(1, 4) l;
	INSERT INTO sessions SELECT 1, md5(u || '/' || s)::uuid, md5(u::text)::uuid, u % 100, 1, 1, 'handle' || u || '/' || s,
		sha256((u || '/' || s)::bytea), '', '', 0, 0, 1000 * u, 0, 0, 0, 1000 * u
		FROM generate_series(1, 2000) u, generate_series(1, 5) s;
	INSERT INTO messages SELECT 1, md5(u || '/' || m)::uuid, md5(u::text)::uuid, 1, 'welcome', CASE WHEN u % 100 = 0 THEN 0 WHEN u % 100 = 1 THEN 3 WHEN u % 2 = 0 THEN 2 ELSE 1 END, ''
		FROM generate_series(1, 2000) u, generate_series(1, 5) m;
	INSERT INTO events SELECT 1, md5(u || '/' || e)::uuid, CASE WHEN e % 2 = 0 THEN 1 ELSE 2 END,
		CASE WHEN e % 2 = 0 THEN NULL ELSE md5((u / 100 + 1)::text)::uuid END, NULL, e % 3, 2,
		CASE WHEN e % 2 = 0 THEN NULL ELSE 'row' || u END, md5(u::text)::uuid, '', NULL
		FROM generate_series(1, 2000) u, generate_series(1, 10) e;
	ANALYZE`

// TestPlansPostgres: with rows to choose by, the planner finds them by the index made for it, for
// whatever values.
func TestPlansPostgres(t *testing.T) {
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
	if _, err := conn.Exec(ctx, populate+`; SET plan_cache_mode = force_generic_plan`); err != nil {
		t.Fatal(err)
	}
	sequential := regexp.MustCompile(`Seq Scan on (users|groups|group_links|identifiers|sessions|messages|events)\b`)
	for i, s := range statements(t) {
		want, ok := wantPlans[s.method]
		if !ok {
			continue
		}
		if s.method == "sessions.Find" {
			_, want.postgres = finder(t, s.text)
		}
		plan := planPostgres(t, conn, fmt.Sprintf("s%d", i), s)
		if found := sequential.FindString(plan); found != "" || !strings.Contains(plan, want.postgres) {
			t.Errorf("%s: want %s, got %s\n%s", s.method, want.postgres, found, plan)
		}
	}
}

// planPostgres prepares the statement and explains it without looking at values.
func planPostgres(t *testing.T, conn *pgx.Conn, name string, s statement) string {
	t.Helper()
	values := strings.TrimSuffix(strings.Repeat("NULL,", parameters(s.text)), ",")
	if values != "" {
		values = "(" + values + ")"
	}
	_, err := conn.Exec(t.Context(), "PREPARE "+name+" AS "+s.text, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatalf("%s: %v", s.method, err)
	}
	rows, err := conn.Query(t.Context(), "EXPLAIN EXECUTE "+name+values, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", s.method, err)
	}
	return strings.Join(steps, "\n")
}
