package platform_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kith"
	"kith/internal/core/access"
	"kith/internal/web"
)

// person is somebody of the company acme, with all that well-formed requests of theirs need.
type person struct {
	token, refresh string
	spare          string // handle of another session of theirs
	email          string
	number         int // nobody else has it
}

// roles are the columns of the matrix: everybody who may come by.
var roles = []string{"guest", "pre-mfa", "user", "support", "manager", "admin", "owner"}

// Others whom requests are about: ward is a member of the group user, heir an admin whom the owner trusts.
const ward, heir = "ward@x.example", "heir@x.example"

// ownersOnly are the routes that staff may call, and are then asked to be the owner.
var ownersOnly = map[string]bool{"POST /3/admin/company/owner/": true, "DELETE /3/admin/company/owner/": true,
	"DELETE /3/admin/users/tokens/": true}

// others makes ward and heir, once, and gives the company back to its first owner.
func (w *world) others() {
	w.t.Helper()
	if w.people == 0 {
		for _, email := range []string{ward, heir} {
			w.arrange(ask("POST", "/3/auth/register/", "", fmt.Sprintf(`{"company": "acme", "email": %q, "password": %q}`, email, goodPassword))).want(http.StatusCreated)
		}
		w.sql(`UPDATE users SET group_id = (SELECT g.id FROM groups g WHERE g.company_id = users.company_id AND g.name = 'admin')
			WHERE email = $1`, heir)
	}
	w.sql(`UPDATE companies SET heir_id = NULL, owner_id = (SELECT u.id FROM users u WHERE u.company_id = companies.company_id AND u.email = 'owner@acme.example')
		WHERE slug = 'acme'`)
}

// ready does what must have been done before a person can make a request.
func (w *world) ready(r web.Listing, p person) {
	w.t.Helper()
	if r.Path == "/3/admin/company/owner/accept/" {
		w.sql(`UPDATE companies SET heir_until = 4102444800000, heir_id = (SELECT u.id FROM users u WHERE u.company_id = companies.company_id AND u.email = $1)
			WHERE slug = 'acme'`, p.email)
	}
}

// enter makes a fresh person of a role, signed in; the owner, of whom there is one, signs in anew.
func (w *world) enter(role string) person {
	w.t.Helper()
	w.others()
	w.people++
	p := person{number: w.people}
	email := fmt.Sprintf("person%d@x.example", p.number)
	if role == "owner" {
		email = "owner@acme.example"
	} else {
		w.arrange(ask("POST", "/3/auth/register/", "", fmt.Sprintf(`{"company": "acme", "email": %q, "password": %q}`, email, goodPassword))).want(http.StatusCreated)
	}
	p.email = email
	if slices.Contains([]string{"support", "manager", "admin"}, role) {
		w.sql(`UPDATE users SET group_id = (SELECT g.id FROM groups g WHERE g.company_id = users.company_id AND g.name = $1)
			WHERE email = $2`, role, email)
	}
	signIn := func() answer {
		return w.arrange(ask("POST", "/3/auth/login/", "", fmt.Sprintf(`{"company": "acme", "user": %q, "password": %q}`, email, goodPassword))).want(http.StatusOK)
	}
	p.spare = signIn().text("data.token")[:8]
	if role == "pre-mfa" {
		w.sql(`INSERT INTO factors (company_id, user_id, id, kind, verified_at, created_at)
			SELECT company_id, id, $1, 1, 1, 1 FROM users WHERE email = $2`, p.number, email)
	}
	a := signIn()
	p.token = a.text("data.token")
	p.refresh, _ = a.at("data.refresh_token").(string)
	if role == "guest" {
		p.token = ""
	}
	return p
}

// members are the body of a well-formed request of a person; nil if the route takes none.
func members(route string, p person) map[string]any {
	switch route {
	case "POST /3/auth/company/register/":
		return map[string]any{"company": map[string]any{"id": fmt.Sprintf("company%d", p.number)},
			"email": fmt.Sprintf("founder%d@x.example", p.number), "password": goodPassword}
	case "POST /3/auth/register/":
		return map[string]any{"company": "acme", "username": fmt.Sprintf("new%d", p.number), "password": goodPassword}
	case "POST /3/auth/login/":
		return map[string]any{"company": "acme", "user": "owner@acme.example", "password": goodPassword}
	case "POST /3/auth/logout/", "POST /3/auth/refresh/":
		return map[string]any{}
	case "POST /3/auth/password/change/":
		return map[string]any{"old_password": goodPassword, "new_password": goodPassword} // so that the next one finds it
	case "POST /3/auth/tokens/":
		return map[string]any{"password": goodPassword, "label": "till"}
	case "PATCH /3/auth/tokens/{token_key}/", "PUT /3/auth/tokens/{token_key}/":
		return map[string]any{"label": "till"}
	case "PATCH /3/user/", "PUT /3/user/":
		return map[string]any{"first_name": "Ada"}
	case "PATCH /3/admin/company/", "PUT /3/admin/company/":
		return map[string]any{"description": fmt.Sprint("as told by ", p.number)}
	case "PATCH /3/admin/company/settings/", "PUT /3/admin/company/settings/":
		return map[string]any{"default_session_duration": 3600 + p.number}
	case "POST /3/admin/users/tokens/":
		return map[string]any{"user": ward, "duration": 3600, "label": "till"}
	case "PATCH /3/admin/users/tokens/{token_key}/", "PUT /3/admin/users/tokens/{token_key}/":
		return map[string]any{"label": "till"}
	case "POST /3/admin/auth/login/":
		return map[string]any{"user": ward, "password": goodPassword}
	case "POST /3/admin/auth/register/":
		return map[string]any{"username": fmt.Sprintf("staffed%d", p.number), "password": goodPassword}
	case "POST /3/admin/company/owner/":
		return map[string]any{"user": heir, "password": goodPassword}
	case "POST /3/admin/company/owner/accept/":
		return map[string]any{"password": goodPassword}
	default:
		return nil
	}
}

// wellFormed is a request of a person to which nothing but their rights can be an obstacle.
func wellFormed(t *testing.T, r web.Listing, p person, body map[string]any) request {
	t.Helper()
	path := r.Path
	for parameter, value := range map[string]string{"{token_key}": p.spare, "{id}": "acme", "{group_name}": "user"} {
		path = strings.Replace(path, parameter, value, 1)
	}
	text := ""
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		text = string(b)
	}
	made := ask(r.Method, path, p.token, text)
	if r.Path == "/3/auth/refresh/" {
		made.header.Set("Authorization", "Refresh-Token "+p.refresh)
	}
	return made
}

func (w *world) call(r web.Listing, p person) answer {
	w.t.Helper()
	w.ready(r, p)
	return w.do(wellFormed(w.t, r, p, members(r.Method+" "+r.Path, p)))
}

var trailing = regexp.MustCompile(`(?m) +$`)

// TestMatrix: who may what, for every role and every route (T12, T62). The file is to be read; a row
// that changes is a decision.
func TestMatrix(t *testing.T) {
	w := newWorld(t, options{})
	w.company("acme")
	var out strings.Builder
	fmt.Fprintf(&out, "%-58s%s\n", "", strings.Join(roles, " "))
	for _, r := range w.face.Routes() {
		fmt.Fprintf(&out, "%-58s", r.Method+" "+r.Path)
		for _, role := range roles {
			fmt.Fprintf(&out, "%-*d ", len(role), w.call(r, w.enter(role)).status)
		}
		fmt.Fprintln(&out)
	}
	golden(t, "matrix.txt", trailing.ReplaceAllString(out.String(), ""))
}

// TestAPermissionTakenAwayShutsItsRoutes: without one permission, members of a group get 403 on the
// routes that ask for it, on the very next request, and on no others.
func TestAPermissionTakenAwayShutsItsRoutes(t *testing.T) {
	for role, section := range map[string]string{kith.GroupUser: "user:", kith.GroupAdmin: "admin:"} {
		w := newWorld(t, options{})
		w.company("acme")
		var own []web.Listing
		asked := map[string]bool{}
		for _, r := range w.face.Routes() {
			if strings.HasPrefix(r.Permission, section) {
				asked[r.Permission] = true
				own = append(own, r)
			}
		}
		for _, lost := range slices.Sorted(maps.Keys(asked)) {
			for _, r := range own {
				caller := role
				if ownersOnly[r.Method+" "+r.Path] {
					caller = "owner" // who is a member of the group, too
				}
				p := w.enter(caller)
				w.setPermissions(role, func(held kith.Permissions) kith.Permissions { return without(t, held, lost) })
				got := w.call(r, p).status
				w.setPermissions(role, func(kith.Permissions) kith.Permissions { return born(role) })
				if forbidden := got == http.StatusForbidden; forbidden != (r.Permission == lost) {
					t.Errorf("%s without %s: %s answers %d", role, lost, r, got)
				}
			}
		}
	}
}

// setPermissions rewrites what the groups of a name hold.
func (w *world) setPermissions(group string, change func(kith.Permissions) kith.Permissions) {
	w.t.Helper()
	var held []byte
	err := w.db.QueryRowContext(context.Background(), `SELECT permissions FROM groups WHERE name = $1`, group).Scan(&held)
	if err != nil {
		w.t.Fatal(err)
	}
	w.sql(`UPDATE groups SET permissions = $1 WHERE name = $2`, change(kith.PermissionsOf(held)).Bytes(), group)
}

// born is what a company's group holds when the company is made.
func born(group string) kith.Permissions {
	for _, g := range access.Born() {
		if g.Name == group {
			return g.Permissions
		}
	}
	return kith.Permissions{}
}

// without takes the permission that a route names out of a set.
func without(t *testing.T, held kith.Permissions, name string) kith.Permissions {
	t.Helper()
	var left kith.Permissions
	found := false
	for _, p := range held.List() {
		if p.String() == name {
			found = true
		} else {
			left = left.With(p)
		}
	}
	if !found {
		t.Fatalf("the group does not hold %s", name)
	}
	return left
}
