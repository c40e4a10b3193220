package platform_test

import (
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kith"
)

// standing is what a user is, and what they may.
type standing struct {
	held   kith.Permissions // by group and directly
	direct kith.Permissions // which outlasts their time in a group
	row    string           // all that others may not change who hold less
}

// standings are those of everybody in acme, by id.
func (w *world) standings() map[string]standing {
	w.t.Helper()
	keys := map[string]string{}
	for _, s := range w.query(`SELECT user_id, handle, purpose, expires_at, label FROM sessions ORDER BY id`) {
		keys[s["user_id"]] += fmt.Sprint(s["handle"], s["purpose"], s["expires_at"], s["label"], " ")
	}
	all := map[string]standing{}
	for _, u := range w.query(`SELECT u.id, u.email, u.mobile, u.username, u.flags, u.status, u.kind, u.profile, u.password, u.settings, u.permissions, g.name AS role,
		g.permissions AS by_group FROM users u JOIN companies c ON c.company_id = u.company_id AND c.slug = 'acme'
		LEFT JOIN groups g ON g.company_id = u.company_id AND g.id = u.group_id`) {
		direct := permissionsIn(w.t, u["permissions"])
		held := direct.Union(permissionsIn(w.t, u["by_group"]))
		delete(u, "by_group")
		all[u["id"]] = standing{held, direct, fmt.Sprint(u, keys[u["id"]])}
	}
	return all
}

// permissionsIn reads a set as query shows it.
func permissionsIn(t *testing.T, shown string) kith.Permissions {
	t.Helper()
	if strings.Contains(shown, "nil") {
		return kith.Permissions{}
	}
	b, err := hex.DecodeString(shown)
	if err != nil {
		t.Fatal(err)
	}
	return kith.PermissionsOf(b)
}

// open is what nobody need grant: what the groups hold that people may choose, or get when they choose none.
func (w *world) open() kith.Permissions {
	w.t.Helper()
	var all kith.Permissions
	for _, g := range w.query(`SELECT permissions FROM groups WHERE public OR is_default`) {
		all = all.Union(permissionsIn(w.t, g["permissions"]))
	}
	return all
}

// climbed tells what of a change, made by one user with what they held, nobody should have got by it; "" if
// nothing.
func climbed(by string, before, after map[string]standing, open kith.Permissions) string {
	own := before[by].held
	if !before[by].direct.Covers(after[by].direct) {
		return "they gave themselves what only their group held"
	}
	for id, is := range after {
		was := before[id]
		for _, p := range is.held.List() {
			switch {
			case was.held.Has(p):
			case id == by:
				return fmt.Sprintf("they gained %s", p)
			case !own.Reach().Has(p) && !open.Has(p):
				return fmt.Sprintf("user %s gained %s, which they do not hold", id, p)
			}
		}
		if above := !own.Covers(was.held.Of(kith.SectionAdmin)); above && id != by && is.row != was.row {
			return "a user who holds more was changed:\n" + difference(was.row, is.row)
		}
	}
	for id, was := range before {
		if _, there := after[id]; !there {
			return "user " + was.row + " is gone"
		}
	}
	return ""
}

// coveted are permissions that climbers want: of both sections, held by few and by many.
var coveted = []kith.Permission{
	{Section: kith.SectionAdmin, Noun: kith.NounUser, Level: kith.LevelView},
	{Section: kith.SectionAdmin, Noun: kith.NounUser, Level: kith.LevelDelete},
	{Section: kith.SectionAdmin, Noun: kith.NounWebhook, Level: kith.LevelView},
	{Section: kith.SectionUser, Noun: kith.NounWebhook, Level: kith.LevelView},
	{Section: kith.SectionUser, Noun: kith.NounGroup, Level: kith.LevelAdd}, // which delegates hold for the admin section alone
}

// TestNobodyClimbsByAnyRoute: whatever staff below admin send to any route that writes, about themselves, a
// colleague, a customer, an admin or the owner, for themselves or others, nobody comes to hold what whoever
// asked does not, they themselves hold no more than before, and nothing of those who hold more is changed (T64).
func TestNobodyClimbsByAnyRoute(t *testing.T) {
	t.Parallel()
	bodies := documentBodies(t)
	for _, role := range []string{"user", "support", "manager", "delegates"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			owner, tokens := w.ownedCompany()
			w.do(ask("POST", "/3/admin/groups/", tokens[0], `{"name": "gold"}`)).want(http.StatusCreated)
			w.do(ask("POST", "/3/admin/groups/gold/permissions/", tokens[0], `{"type": "webhook", "level": "view"}`)).want(http.StatusCreated)
			w.delegates(tokens[0])
			p, above := w.climber(role, tokens[0]), w.enter("admin")
			at := target{users: []string{p.uid, p.other, above.email, owner}, keys: []string{p.spare, above.spare, tokens[1][:8]},
				groups: []string{role, "admin", "manager", "user", "gold", p.team}, accounts: []string{p.account, above.account}, permissions: coveted}
			granted, refused := 0, 0
			before, open := w.standings(), w.open()
			for _, r := range w.writers() {
				for _, attempt := range attempts(t, r, p, at, bodies) {
					w.clock.move(time.Millisecond)
					a := w.attack(attempt, &p)
					if a.status >= http.StatusMultipleChoices {
						refused++
						if strings.Contains(a.body, atTheDoor) {
							break
						}
						continue
					}
					after := w.standings() // of refused attempts too, which are to have changed nothing
					if fault := climbed(p.id(), before, after, open); fault != "" {
						t.Fatalf("%s by %s: %s %s: %d %s\n%s", r, role, attempt.path, attempt.body, a.status, a.body, fault)
					}
					if !maps.Equal(before, after) {
						granted++
					}
					w.settle(role, p)
					before, open = w.standings(), w.open()
				}
			}
			if fault := climbed(p.id(), before, w.standings(), open); fault != "" {
				t.Errorf("in the end: %s", fault)
			}
			t.Logf("%d refused, %d changed something", refused, granted)
			if refused < 20 || granted < 5 {
				t.Errorf("%d attempts were refused, %d changed something: this tests nothing", refused, granted)
			}
		})
	}
}

// climber is somebody of a group, which may be one of acme's own.
func (w *world) climber(role, owner string) person {
	w.t.Helper()
	if slices.Contains(roles, role) {
		return w.enter(role)
	}
	p := w.enter("user")
	p.group = role
	w.do(ask("POST", "/3/admin/users/"+p.email+"/groups/", owner, fmt.Sprintf(`{"group": %q}`, role))).want(http.StatusCreated)
	return p
}

// settle puts back what an attempt did to whoever attempts: people may lower, archive and move themselves,
// and would be refused ever after.
func (w *world) settle(role string, p person) {
	w.t.Helper()
	w.sql(`UPDATE users SET flags = flags & ~103, group_id = (SELECT g.id FROM groups g WHERE g.company_id = users.company_id AND g.name = $1)
		WHERE lower(hex(id)) = $2`, role, p.id())
}

// id is that of the person's row, as query shows it.
func (p person) id() string { return strings.ReplaceAll(p.uid, "-", "") }
