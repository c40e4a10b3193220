package store_test

import (
	"fmt"
	"strings"
	"testing"

	"kith"
	"kith/internal/store"
)

// old fills a database of the first schema: a company whose admin group holds what there was, a person
// and somebody temporary, and enough others for several slices.
const old = `
	INSERT INTO companies VALUES (7, 'acme', 1, 0, %[1]s, FALSE, '', 'Acme', '', '', '', '{"Code":"EUR"}', 1, 1, 1);
	INSERT INTO groups VALUES (7, %[2]s, 1, 'admin', 'Admin', '', 1, FALSE, FALSE, %[4]s, 1, 1, 1);
	INSERT INTO groups VALUES (7, %[3]s, 1, 'user', 'User', '', 0, TRUE, TRUE, %[4]s, 1, 1, 1);
	INSERT INTO users VALUES (7, %[1]s, 0, 0, 0, 0, %[2]s, '', 'Zoe@x.example', '', '{"first_name":"Zoë Ann","language":"en"}', '', '', '0123456789', NULL,
		'$argon2id$v=19$m=19456,t=2,p=1$salt$key', 5, 1, 1, 1);
	INSERT INTO users VALUES (7, %[3]s, 0, 0, 4, 0, NULL, '', 'Guest@x.example', '', '{"language":"fr"}', '', '', '', NULL, '$2a$other', 0, 2, 2, 1);
	INSERT INTO identifiers VALUES (7, 2, 1, %[1]s, 'Zoe@x.example', 'zoe@x.example', TRUE, 0, 1);
	INSERT INTO account_definitions VALUES (7, 'default', 'EUR', TRUE);
	INSERT INTO accounts VALUES (7, '0123456789', %[1]s, 'default', 1);
	INSERT INTO events VALUES (7, %[2]s, %[1]s, NULL, 1, 1, 'row', %[1]s, 'first_name', NULL);`

// TestBackfill: a database of the first kith, brought up to date, has what a new one would: its users are
// found, counted and can sign in, and its admins hold everything.
func TestBackfill(t *testing.T) {
	for _, e := range engines[:3] {
		if e.name == "memory" {
			continue
		}
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			db := open(t, e.url(t), e.o)
			if err := db.MigrateTo(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			id := func(n int) string {
				if e.name == "postgres" {
					return fmt.Sprintf("'00000000-0000-7000-8000-%012x'", n)
				}
				return fmt.Sprintf("x'0000000000007000800%013x'", n)
			}
			held := "x'00000000000000f0'"
			if e.name == "postgres" {
				held = `'\x00000000000000f0'`
			}
			for text := range strings.SplitSeq(fmt.Sprintf(old, id(1), id(2), id(3), held), ";\n") {
				mustExec(t, db, strings.TrimSuffix(strings.TrimSpace(text), ";"))
			}
			for n := range 1200 {
				mustExec(t, db, fmt.Sprintf(`INSERT INTO users VALUES (8, %s, 0, 0, 0, 0, NULL, '', '', '', '{"last_name":"Many"}', '', '', '', NULL, '', 0, 1, 1, 1)`, id(n+1)))
			}
			if err := db.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			backfilled(t, db)
		})
	}
}

func backfilled(t *testing.T, db *store.DB) {
	t.Helper()
	ctx := t.Context()
	find := func(company kith.CompanyID, w store.WordMatch) (names string, total int) {
		err := db.View(ctx, member(company), func(tx *store.Tx) error {
			found, err := tx.Users.List(ctx, store.UserListing{Filter: store.UserFilter{Words: []store.WordMatch{w}}, Size: 1, Count: true})
			if err != nil {
				return err
			}
			for _, m := range found.Rows {
				names += m.User.Email + " " + m.User.Profile[kith.Language] + " "
			}
			total = found.Total
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return names, total
	}
	for _, tt := range []struct {
		company kith.CompanyID
		word    store.WordMatch
		names   string
		total   int
	}{
		{7, store.WordMatch{Folded: "ann", Fields: []int{1}}, "Zoe@x.example en ", 1},
		{7, store.WordMatch{How: store.WordBegins, Lower: "zoe@", Identifier: []kith.IdentifierKind{kith.Email}}, "Zoe@x.example en ", 1},
		{7, store.WordMatch{How: store.WordBegins, Lower: "guest", Identifier: []kith.IdentifierKind{kith.Email}}, "Guest@x.example fr ", 1},
		{8, store.WordMatch{Folded: "many", Fields: []int{3}}, " en ", 1200},
	} {
		if names, total := find(tt.company, tt.word); names != tt.names || total != tt.total {
			t.Errorf("%+v: found %q, %d; want %q, %d", tt.word, names, total, tt.names, tt.total)
		}
	}
	err := db.View(ctx, member(7), func(tx *store.Tx) error {
		counts, err := tx.Counts.Get(ctx)
		if err != nil || counts != (kith.UserOverview{Total: 2, Active: 1}) {
			t.Errorf("counts: %+v, %v", counts, err)
		}
		login, err := tx.Credentials.ByIdentifier(ctx, kith.Email, "zoe@x.example")
		if err != nil || login.Hash != "$argon2id$v=19$m=19456,t=2,p=1$salt$key" {
			t.Errorf("login: %+v, %v", login, err)
		}
		admin, err := tx.Groups.Named(ctx, kith.GroupAdmin)
		if err != nil || !admin.Permissions.Covers(kith.Permissions{}.With(kith.Every(kith.SectionAdmin, kith.AllNouns()...)...)) {
			t.Errorf("admin holds %v, %v", admin, err)
		}
		user, err := tx.Groups.Named(ctx, kith.GroupUser)
		if err != nil || len(user.Permissions.List()) != 4 {
			t.Errorf("user holds %v, %v", user, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := db.System().Count(ctx, `SELECT count(*) FROM users WHERE password = '`+store.PackHash("$argon2id$v=19$m=19456,t=2,p=1$salt$key")+`'`); err != nil || n != 1 {
		t.Errorf("%d passwords are stored short, %v", n, err)
	}
}
