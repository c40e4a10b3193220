package platform_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kith"
)

// ownersPassword is known to the owner alone.
const ownersPassword = "what nobody else can guess"

// ownedCompany makes acme, and gives its owner a password of their own, a session and a permanent token.
func (w *world) ownedCompany() (id string, tokens []string) {
	w.t.Helper()
	made := w.company("acme")
	w.do(ask("POST", "/3/auth/password/change/", made.text("data.token"),
		fmt.Sprintf(`{"old_password": %q, "new_password": %q}`, goodPassword, ownersPassword))).want(http.StatusOK)
	id = made.text("data.user.id")
	session := w.ownersSession(id)
	permanent := w.do(ask("POST", "/3/auth/tokens/", session, fmt.Sprintf(`{"password": %q, "label": "till"}`, ownersPassword))).want(http.StatusCreated)
	return id, []string{session, permanent.text("data.token")}
}

func (w *world) ownersSession(id string) string {
	w.t.Helper()
	return w.arrange(ask("POST", "/3/auth/login/", "", fmt.Sprintf(`{"company": "acme", "user": %q, "password": %q}`, id, ownersPassword))).
		want(http.StatusOK).text("data.token")
}

// ownersThings is all that nobody but the owner may change of the owner, and that there is one.
func (w *world) ownersThings() string {
	w.t.Helper()
	return fmt.Sprint(
		w.query(`SELECT u.id, u.kind, u.flags, u.email, u.mobile, u.password, g.name, c.heir_id FROM companies c
			LEFT JOIN users u ON u.company_id = c.company_id AND u.id = c.owner_id LEFT JOIN groups g ON g.company_id = u.company_id AND g.id = u.group_id
			WHERE c.slug = 'acme'`),
		w.query(fmt.Sprintf(`SELECT i.kind, i.folded, i.verified_at FROM companies c JOIN identifiers i ON i.company_id = c.company_id AND i.user_id = c.owner_id
			WHERE c.slug = 'acme' AND i.kind <> %d ORDER BY i.kind, i.folded`, kith.Username)),
		w.query(`SELECT s.handle, s.purpose, s.label, s.expires_at FROM companies c JOIN sessions s ON s.company_id = c.company_id AND s.user_id = c.owner_id
			WHERE c.slug = 'acme' ORDER BY s.id`))
}

// aimAtOwner is the owner by every name, their sessions, account and group.
func (w *world) aimAtOwner(id string, tokens []string) target {
	w.t.Helper()
	at := target{users: []string{id, "owner@acme.example", "boss"}, groups: []string{kith.GroupAdmin, kith.GroupUser},
		permissions: []kith.Permission{{Section: kith.SectionAdmin, Noun: kith.NounUser, Level: kith.LevelView}}}
	for _, token := range tokens {
		at.keys = append(at.keys, token[:8])
	}
	for _, row := range w.query(`SELECT a.reference FROM accounts a JOIN companies c ON c.company_id = a.company_id AND c.owner_id = a.user_id WHERE c.slug = 'acme'`) {
		at.accounts = append(at.accounts, row["reference"])
	}
	return at
}

// TestNobodyUnseatsTheOwner: whatever anybody sends to any route that writes, about the owner by any name,
// one alone or two admins at once, the owner stays who and what they were, and signed in (T65).
func TestNobodyUnseatsTheOwner(t *testing.T) {
	t.Parallel()
	bodies := documentBodies(t)
	for _, role := range []string{"user", "support", "manager", "admin"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			id, tokens := w.ownedCompany()
			w.do(ask("PATCH", "/3/user/", tokens[0], `{"username": "boss"}`)).want(http.StatusOK)
			at := w.aimAtOwner(id, tokens)
			people := []person{w.enter(role)}
			if role == kith.GroupAdmin {
				people = append(people, w.enter(role))
			}
			before := w.ownersThings()
			if strings.Count(before, "kind:") < 2 || strings.Count(before, "handle:") < 2 {
				t.Fatalf("this does not look at the owner: %s", before)
			}
			tried, done := 0, 0
			for _, r := range w.writers() {
				lists := make([][]request, len(people))
				for i := range people {
					lists[i] = attempts(t, r, people[i], at, bodies)
				}
				for n := range lists[0] {
					w.clock.move(time.Millisecond) // numbers are drawn by the millisecond
					var all sync.WaitGroup
					answers := make([]answer, len(people))
					for i := range people {
						all.Go(func() { answers[i] = w.attack(lists[i][n], &people[i]) })
					}
					all.Wait()
					tried++
					if strings.Contains(answers[0].body, atTheDoor) {
						break
					}
					if answers[0].status < 300 {
						done++
					}
					if after := w.ownersThings(); after != before {
						t.Fatalf("%s, %s %s: %d %s\n%s", r, lists[0][n].path, lists[0][n].body, answers[0].status, answers[0].body, difference(before, after))
					}
				}
				for _, token := range tokens {
					if a := w.arrange(ask("GET", "/3/user/", token, "")); a.status != http.StatusOK || a.text("data.id") != id {
						t.Fatalf("after %s the owner's token is good for %d %s", r, a.status, a.body)
					}
				}
			}
			t.Logf("%d attempts, %d of them did something", tried, done)
			if done < 5 || role == kith.GroupAdmin && tried < 300 {
				t.Errorf("of %d attempts %d did something: this tests nothing", tried, done)
			}
		})
	}
}

// TestTheOwnerCannotUnseatThemself: whatever the owner sends to any route that writes, about themself, the
// company has them, an admin who may sign in (T65).
func TestTheOwnerCannotUnseatThemself(t *testing.T) {
	t.Parallel()
	bodies := documentBodies(t)
	w := newWorld(t, options{})
	id, tokens := w.ownedCompany()
	p := w.enterAs(id, tokens[0])
	at := w.aimAtOwner(id, tokens)
	at.users = []string{id}
	refused := 0
	for _, r := range w.writers() {
		for _, attempt := range attempts(t, r, p, at, bodies) {
			w.clock.move(time.Millisecond)
			if r.Path != "/3/auth/refresh/" {
				attempt.header.Set("Authorization", "Token "+p.token)
			}
			a := w.arrange(attempt)
			if a.status == http.StatusUnauthorized {
				p.token = w.ownersSession(id)
				attempt.header.Set("Authorization", "Token "+p.token)
				a = w.arrange(attempt)
			}
			if a.status == http.StatusForbidden {
				refused++
			}
			rows := w.query(`SELECT lower(hex(u.id)) AS id, u.flags & 7 AS shut, u.flags & 96 AS leaving, g.name AS role FROM companies c
				JOIN users u ON u.company_id = c.company_id AND u.id = c.owner_id JOIN groups g ON g.company_id = u.company_id AND g.id = u.group_id WHERE c.slug = 'acme'`)
			want := map[string]string{"id": strings.ReplaceAll(id, "-", ""), "shut": "0", "leaving": "0", "role": kith.GroupAdmin}
			if len(rows) != 1 || fmt.Sprint(rows[0]) != fmt.Sprint(want) {
				t.Fatalf("%s %s %s: %d %s\n%v", r, attempt.path, attempt.body, a.status, a.body, rows)
			}
			if !slices.Contains([]int{200, 201, 400, 401, 403, 404}, a.status) {
				t.Errorf("%s %s: %d %s", r, attempt.body, a.status, a.body)
			}
		}
	}
	if refused < 5 {
		t.Errorf("only %d attempts were refused: this tests nothing", refused)
	}
	w.ownersSession(id)
}

// enterAs makes what well-formed requests of the owner need.
func (w *world) enterAs(id, token string) person {
	w.t.Helper()
	p := w.enter("admin")
	p.token, p.uid = token, id
	return p
}
