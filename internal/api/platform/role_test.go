package platform_test

import (
	"context"
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

// roles are the columns of the matrix: everybody who may come by.
var roles = []string{"guest", "pre-mfa", "user", "support", "manager", "admin", "owner"}

// ownersOnly are the routes that staff may call, and are then asked to be the owner.
var ownersOnly = map[string]bool{"POST /3/admin/company/owner/": true, "DELETE /3/admin/company/owner/": true,
	"DELETE /3/admin/users/tokens/": true}

// leaving is what the links are good for that a route takes to close an account; 0 if it takes none.
func leaving(path string) kith.SecretPurpose {
	switch {
	case strings.HasSuffix(path, "/deactivate/verify/"):
		return kith.ToDeactivate
	case strings.HasSuffix(path, "/request-delete/verify/"):
		return kith.ToRequestDeletion
	default:
		return 0
	}
}

// giveBack gives the company back to its first owner, whom another may have followed.
func (w *world) giveBack() {
	w.t.Helper()
	w.sql(`UPDATE companies SET heir_id = NULL, owner_id = (SELECT u.id FROM users u WHERE u.company_id = companies.company_id AND u.email = 'owner@acme.example')
		WHERE slug = 'acme'`)
}

// somebody is a person of a role like one whom enter makes, for a call that is made by through: one who
// made calls before that left everything as it was, if there is such a one.
func (w *world) somebody(role string) person {
	w.t.Helper()
	if p, there := w.around[role]; there && w.people-p.number < keptPeople/2 {
		return p
	}
	p := w.enter(role)
	w.around[role] = p
	return p
}

// through makes a person's well-formed request. Whoever has written something does not come again.
func (w *world) through(role string, r web.Listing, p person) answer {
	w.t.Helper()
	a := w.call(r, p)
	if r.Method != http.MethodGet && a.status < http.StatusMultipleChoices {
		delete(w.around, role)
		if r.Path == "/3/admin/users/tokens/" && r.Method == http.MethodDelete { // which ends everybody's
			clear(w.around)
		}
		if r.Path == "/3/admin/company/owner/accept/" {
			w.giveBack()
		}
	}
	return a
}

// call makes a person's well-formed request, and holds the first answer of each status of each route to the
// document.
func (w *world) call(r web.Listing, p person) answer {
	w.t.Helper()
	w.ready(r, p)
	made := wellFormed(w.t, r, p, members(r.Method+" "+r.Path, p))
	response := w.serve(made)
	if kind := fmt.Sprint(r.Method, r.Path, response.StatusCode); !w.checked[kind] {
		w.document().Check(w.t, made.method, made.path, response)
		w.checked[kind] = true
	}
	return w.read(made, response)
}

var trailing = regexp.MustCompile(`(?m) +$`)

// TestMatrix: who may what, for every role and every route (T12, T62). The file is to be read; a row
// that changes is a decision.
func TestMatrix(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.company("acme")
	var out strings.Builder
	width := 0
	for _, r := range w.face.Routes() {
		width = max(width, len(r.Method+" "+r.Path)+1)
	}
	fmt.Fprintf(&out, "%-*s%s\n", width, "", strings.Join(roles, " "))
	for _, r := range w.face.Routes() {
		fmt.Fprintf(&out, "%-*s", width, r.Method+" "+r.Path)
		for _, role := range roles {
			fmt.Fprintf(&out, "%-*d ", len(role), w.through(role, r, w.somebody(role)).status)
		}
		fmt.Fprintln(&out)
	}
	golden(t, "matrix.txt", trailing.ReplaceAllString(out.String(), ""))
}

// TestAPermissionTakenAwayShutsItsRoutes: without one permission, members of a group get 403 on all routes
// that ask for it, on the very next request, and not on others: of these each is tried, five for each
// permission.
func TestAPermissionTakenAwayShutsItsRoutes(t *testing.T) {
	t.Parallel()
	const others = 5
	for role, section := range map[string]string{kith.GroupUser: "user:", kith.GroupAdmin: "admin:"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			w.company("acme")
			asking := map[string][]web.Listing{}
			var own []web.Listing
			for _, r := range w.face.Routes() {
				if strings.HasPrefix(r.Permission, section) {
					asking[r.Permission] = append(asking[r.Permission], r)
					own = append(own, r)
				}
			}
			next := 0
			for _, lost := range slices.Sorted(maps.Keys(asking)) {
				routes := asking[lost]
				for n := others + len(routes); len(routes) < n; next++ {
					if r := own[next%len(own)]; r.Permission != lost {
						routes = append(routes, r)
					}
				}
				for _, r := range routes {
					w.tryWithout(role, lost, r)
				}
			}
			if next < len(own) {
				t.Errorf("only %d of %d routes were tried without the permission of another", next, len(own))
			}
		})
	}
}

// tryWithout has a member of a group that has lost a permission make a request.
func (w *world) tryWithout(role, lost string, r web.Listing) {
	w.t.Helper()
	caller := role
	if ownersOnly[r.Method+" "+r.Path] {
		caller = "owner" // who is a member of the group, too
	}
	p := w.somebody(caller)
	w.setPermissions(role, func(held kith.Permissions) kith.Permissions { return without(w.t, held, lost) })
	got := w.through(caller, r, p).status
	w.setPermissions(role, func(kith.Permissions) kith.Permissions { return born(role) })
	if forbidden := got == http.StatusForbidden; forbidden != (r.Permission == lost) {
		w.t.Errorf("%s without %s: %s answers %d", role, lost, r, got)
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
