package e2e

import (
	"fmt"
	"testing"

	"kith"
)

// invariants are questions that a sound database answers with no row. The numbers of nouns and verbs
// stand for %d in order.
var invariants = []struct{ rule, text string }{
	{"a company has its owner", `SELECT c.slug FROM companies c WHERE NOT EXISTS
		(SELECT 1 FROM users u WHERE u.company_id = c.company_id AND u.id = c.owner_id AND u.flags & 7 = 0
		AND u.group_id = (SELECT g.id FROM groups g WHERE g.company_id = c.company_id AND g.name = 'admin'))`},
	{"a company has its four groups", `SELECT c.slug FROM companies c WHERE 4 <>
		(SELECT count(*) FROM groups g WHERE g.company_id = c.company_id)`},
	{"a company has one default group", `SELECT c.slug FROM companies c WHERE 1 <>
		(SELECT count(*) FROM groups g WHERE g.company_id = c.company_id AND g.is_default)`},
	{"a company has its key", `SELECT c.slug FROM companies c WHERE NOT EXISTS
		(SELECT 1 FROM keys k WHERE k.company_id = c.company_id)`},
	{"a company has an application", `SELECT c.slug FROM companies c WHERE NOT EXISTS
		(SELECT 1 FROM applications a WHERE a.company_id = c.company_id)`},
	{"a company has an account definition", `SELECT c.slug FROM companies c WHERE NOT EXISTS
		(SELECT 1 FROM account_definitions d WHERE d.company_id = c.company_id)`},
	{"the directory knows each company", `SELECT c.slug FROM companies c WHERE NOT EXISTS
		(SELECT 1 FROM company_slugs s WHERE s.slug = c.slug AND s.company_id = c.company_id)`},
	{"the directory knows no other", `SELECT s.slug FROM company_slugs s WHERE NOT EXISTS
		(SELECT 1 FROM companies c WHERE c.company_id = s.company_id)`},
	{"a user has a company", `SELECT u.email FROM users u WHERE NOT EXISTS
		(SELECT 1 FROM companies c WHERE c.company_id = u.company_id)`},
	{"a user has a group", `SELECT u.email FROM users u WHERE NOT EXISTS
		(SELECT 1 FROM groups g WHERE g.company_id = u.company_id AND g.id = u.group_id)`},
	{"a user has one primary account", `SELECT u.email FROM users u WHERE 1 <>
		(SELECT count(*) FROM accounts a WHERE a.company_id = u.company_id AND a.user_id = u.id AND a.reference = u.account AND a.is_primary)
		OR EXISTS (SELECT 1 FROM accounts a WHERE a.company_id = u.company_id AND a.user_id = u.id AND a.is_primary AND a.reference <> u.account)`},
	{"an account has its user", `SELECT a.reference FROM accounts a WHERE a.user_id IS NOT NULL AND NOT EXISTS
		(SELECT 1 FROM users u WHERE u.company_id = a.company_id AND u.id = a.user_id)`},
	{"a company's users are counted", `SELECT c.slug, t.total, t.active, t.archived FROM companies c JOIN (SELECT u.company_id, count(*) AS total,
		sum(CASE WHEN u.flags & 7 = 0 THEN 1 ELSE 0 END) AS active, sum(CASE WHEN u.flags & 1 <> 0 THEN 1 ELSE 0 END) AS archived
		FROM users u GROUP BY u.company_id) t ON t.company_id = c.company_id WHERE NOT EXISTS (SELECT 1 FROM
		(SELECT coalesce(sum(n.total), 0) AS total, coalesce(sum(n.active), 0) AS active, coalesce(sum(n.archived), 0) AS archived FROM
			(SELECT company_id, total, active, archived FROM user_counts UNION ALL SELECT company_id, total, active, archived FROM user_count_deltas) n
			WHERE n.company_id = c.company_id) s
		WHERE s.total = t.total AND s.active = t.active AND s.archived = t.archived)`},
	{"a name that is shown is found", `SELECT u.profile FROM users u WHERE u.profile LIKE '%Name %' AND NOT EXISTS
		(SELECT 1 FROM user_terms t WHERE t.company_id = u.company_id AND t.user_id = u.id AND t.field = 1 AND t.value LIKE 'name %')`},
	{"a name that is found is shown", `SELECT t.value FROM user_terms t WHERE t.value LIKE 'name %' AND NOT EXISTS
		(SELECT 1 FROM users u WHERE u.company_id = t.company_id AND u.id = t.user_id AND u.profile LIKE '%Name ' || substr(t.value, 6) || '%')`},
	{"a first name is found by nothing else", `SELECT t.value FROM user_terms t JOIN users u ON u.company_id = t.company_id AND u.id = t.user_id
		WHERE t.field = 1 AND t.value = 'first' AND u.profile NOT LIKE '%First%'`},
	{"what is found is a user", `SELECT t.value FROM user_terms t WHERE NOT EXISTS
		(SELECT 1 FROM users u WHERE u.company_id = t.company_id AND u.id = t.user_id)`},
	{"a link to set a password is a user's", `SELECT l.created_at FROM secrets l WHERE NOT EXISTS
		(SELECT 1 FROM users u WHERE u.company_id = l.company_id AND u.id = l.user_id)`},
	{"a user's e-mail is an identifier", `SELECT u.email FROM users u WHERE u.email <> '' AND 1 <>
		(SELECT count(*) FROM identifiers i WHERE i.company_id = u.company_id AND i.user_id = u.id AND i.is_primary
			AND coalesce(nullif(i.value, ''), i.folded) = u.email)`},
	{"an identifier has a user", `SELECT i.value FROM identifiers i WHERE NOT EXISTS
		(SELECT 1 FROM users u WHERE u.company_id = i.company_id AND u.id = i.user_id)`},
	{"a user has a password and a salt", `SELECT u.email FROM users u WHERE u.salt IS NULL OR u.password = '' AND u.username NOT LIKE 'staff.%'`},
	{"a session has a user", `SELECT s.handle FROM sessions s WHERE NOT EXISTS
		(SELECT 1 FROM users u WHERE u.company_id = s.company_id AND u.id = s.user_id)`},
	{"a user was welcomed once", `SELECT u.email FROM users u WHERE u.email <> '' AND 1 <>
		(SELECT count(*) FROM messages m WHERE m.company_id = u.company_id AND m.user_id = u.id AND m.kind = 'welcome')`},
	{"a user was added by one event", fmt.Sprintf(`SELECT u.email FROM users u WHERE 1 <>
		(SELECT count(*) FROM events e WHERE e.company_id = u.company_id AND e.subject_id = u.id AND e.noun = %d AND e.verb = %d)`,
		kith.NounUser, kith.Add)},
	{"a company was added by one event", fmt.Sprintf(`SELECT c.slug FROM companies c WHERE 1 <>
		(SELECT count(*) FROM events e WHERE e.company_id = c.company_id AND e.row_key = c.slug AND e.noun = %d AND e.verb = %d)`,
		kith.NounCompany, kith.Add)},
	{"a session was added by one event", fmt.Sprintf(`SELECT s.handle FROM sessions s WHERE 1 <>
		(SELECT count(*) FROM events e WHERE e.company_id = s.company_id AND e.row_key = s.handle AND e.session_id = s.id AND e.noun = %d AND e.verb = %d)`,
		kith.NounSession, kith.Add)},
	{"an event is about somebody who is there", `SELECT e.row_key FROM events e WHERE e.subject_id IS NOT NULL AND NOT EXISTS
		(SELECT 1 FROM users u WHERE u.company_id = e.company_id AND u.id = e.subject_id)`},
	{"a name that was given is an event", fmt.Sprintf(`SELECT u.email FROM users u WHERE u.profile LIKE '%%Name %%' AND NOT EXISTS
		(SELECT 1 FROM events e WHERE e.company_id = u.company_id AND e.subject_id = u.id AND e.noun = %d AND e.verb = %d AND e.fields = 'f')`,
		kith.NounUser, kith.Change)},
}

// whole fails the test if something in the database is there by half.
func whole(t *testing.T, e engine) {
	t.Helper()
	for _, i := range invariants {
		if rows := e.table(t, i.text); len(rows) != 0 {
			t.Errorf("not so: %s: %v", i.rule, rows)
		}
	}
	if e.name != "sqlite" {
		return
	}
	if said := e.table(t, `PRAGMA integrity_check`); len(said) != 1 || said[0][0] != "ok" {
		t.Errorf("integrity_check: %v", said)
	}
}
