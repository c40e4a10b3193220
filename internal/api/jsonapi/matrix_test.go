package jsonapi

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/resource"
	"kith/internal/web"
)

// roles are the columns of the matrix: everybody who may come by. All but self ask about the rows of somebody else,
// who is a member of the group user.
var roles = []string{"guest", "foreign", "pre-mfa", "archived", "inactive", "member", "self", "support", "manager", "admin", "owner"}

// cast are those who play them, and the rows that requests are about.
type cast struct {
	h      *house
	boss   someone
	played map[string]someone
	rows   map[string]belongings // by role: whose rows its requests are about
}

func newCast(h *house) *cast {
	h.t.Helper()
	return &cast{h: h, boss: h.boss("acme"), played: map[string]someone{}, rows: map[string]belongings{}}
}

// play is who plays a role.
func (c *cast) play(role string) someone {
	c.h.t.Helper()
	if p, there := c.played[role]; there {
		return p
	}
	c.h.people++
	name := fmt.Sprintf("%s%d", role, c.h.people)
	var p someone
	switch role {
	case "guest":
		p = c.h.guest("acme")
	case "foreign":
		p = c.h.boss(fmt.Sprint("other", c.h.people))
		p.company = "acme" // which a token does not heed
	case "owner":
		p = c.boss
	case "self":
		p = c.about(role).of
	case "member":
		p = c.h.member("acme", name)
	case "archived", "inactive": // who could do all that an admin can
		p = c.h.staff(name, kith.GroupAdmin)
		word := map[string]string{"archived": "archived", "inactive": "deactivated"}[role]
		c.boss.platform("PATCH", "/3/admin/users/"+p.id+"/", `{"`+word+`":true}`).want(http.StatusOK)
	case "pre-mfa":
		p = c.h.staff(name, kith.GroupAdmin)
		c.h.sql(`INSERT INTO factors (company_id, user_id, id, kind, verified_at, created_at) SELECT company_id, id, 1, 1, 1, 1 FROM users WHERE email = $1`, name+"@x.example")
		a := someone{h: c.h}.platform("POST", "/3/auth/login/", fmt.Sprintf(`{"company":"acme","user":"%s@x.example","password":%q}`, name, goodPassword)).want(http.StatusOK)
		p.token = a.text("data.token")
	default:
		p = c.h.staff(name, role)
	}
	c.played[role] = p
	return p
}

// about are the rows that requests of a role are about.
func (c *cast) about(role string) belongings {
	c.h.t.Helper()
	if b, there := c.rows[role]; there {
		return b
	}
	c.h.people++
	b := c.h.settle("acme", c.boss, fmt.Sprint("ward", c.h.people))
	c.rows[role] = b
	return b
}

// act has a role make the errand of a route. What was written about is not asked about again.
func (c *cast) act(role string, r web.Listing) reply {
	c.h.t.Helper()
	p := c.play(role)
	b := c.about(role)
	a := c.h.errand(r, p, b).do(r)
	if r.Method != "GET" && a.Code < http.StatusMultipleChoices {
		c.forget(role, r, b)
	}
	return a
}

// forget drops what a request of a role has written about.
func (c *cast) forget(role string, r web.Listing, b belongings) {
	c.h.t.Helper()
	for _, group := range []string{b.spare, b.ids["usergroup"]} { // a table is linked to few
		c.boss.quiet("DELETE", groups+"/"+group, "")
	}
	delete(c.rows, role)
	if s := c.h.siteOf(r); s.linkage && r.Method == "PATCH" && guards[s.table.Name].bits != 0 { // which is one row for all
		clear(c.rows)
		delete(c.played, "self")
	}
	if role != "owner" {
		delete(c.played, role)
	}
}

var trailing = regexp.MustCompile(`(?m) +$`)

// declared tells whether a role's errand works, by what the route declares, what groups are born with, and whose the
// rows are: it shares nothing with the rule of the product.
func (c *cast) declared(role string, r web.Listing) bool {
	holds := func(noun kith.Noun, verb kith.Verb) bool {
		group := map[string]string{"owner": kith.GroupAdmin, "member": kith.GroupUser, "self": kith.GroupUser}[role]
		for _, g := range access.Born() {
			if g.Name == role || g.Name == group {
				return g.Permissions.Has(kith.Permission{Section: kith.SectionAdmin, Noun: noun, Level: kith.LevelFor(verb)})
			}
		}
		return false
	}
	s, guest, foreign := c.h.siteOf(r), role == "guest", role == "foreign"
	_, word, _ := strings.Cut(r.Permission, ".")
	verb, _ := kith.VerbNamed(word)
	switch {
	case r.Permission == web.Guest:
		return true
	case slices.Contains([]string{"pre-mfa", "archived", "inactive"}, role):
		return false
	case s.action != nil:
		return c.runs(role, s.action)
	case r.Path == "/actions":
		return true
	case s.table == nil: // foreign is the owner of another company, and asks about that
		return foreign || holds(kith.NounCompany, verb)
	case !s.id && r.Method == "GET", r.Path == users && r.Method == "POST":
		return !guest || r.Path == users
	case r.Path == groups && r.Method == "POST":
		return !guest
	case guest, foreign:
		return false
	case strings.HasSuffix(r.Path, "/why"):
		return holds(kith.NounPermission, kith.View)
	}
	noun, of := s.table.Noun, s.table.Name
	if s.table.Join {
		of = s.table.Relations[0].Table
		noun = c.h.core.Resources.Table(of).Noun
	}
	self := role == "self"
	guard := guards[of].bits != 0 // seen by whoever is signed in, and nobody's own
	row := func(verb kith.Verb) bool { return self && !guard || holds(noun, verb) }
	group := func(verb kith.Verb) bool { return self || holds(kith.NounGroup, verb) }
	switch {
	case r.Method == "GET":
		return (guard || row(kith.View)) && (!s.table.Join || group(kith.View))
	case s.linkage && of == "usergroup":
		return group(kith.Refer) && !(s.relation == "user_account_id" && r.Method == "PATCH")
	case s.linkage: // the tables are shut to that for others than staff
		return holds(noun, kith.Refer) && (r.Method != "POST" && of != "user_account" || holds(kith.NounGroup, kith.Refer))
	case s.table.Join && verb == kith.Add:
		return row(kith.Refer) && group(kith.Refer)
	case s.table.Join && verb == kith.Delete: // either end lets go, but nobody puts others out of a group that is not theirs
		return of != "user_account" && row(kith.Refer) || group(kith.Refer)
	case verb == kith.Add:
		return self || holds(kith.NounUser, kith.Change)
	default:
		return row(verb)
	}
}

// runs tells whether a role's errand to run an action works.
func (c *cast) runs(role string, a *resource.Action) bool {
	switch a.Name {
	case "become_an_administrator": // of a company that has an owner
		return false
	case "register_otp":
		return role == "self"
	case "signin", "reset-password-verify":
		return role != "foreign" // who tries that in their own company
	default:
		return role != "guest" || a.Guests
	}
}

// TestMatrix: who may what, for every role and every route (T12, T62). The file is to be read; a row that changes is a
// decision. What it says follows from what the routes declare.
func TestMatrix(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := newCast(h)
	var out strings.Builder
	width := 0
	for _, r := range h.face.Routes() {
		width = max(width, len(r.Method+" "+r.Path)+1)
	}
	fmt.Fprintf(&out, "%-*s%s\n", width, "", strings.Join(roles, " "))
	for _, r := range h.face.Routes() {
		fmt.Fprintf(&out, "%-*s", width, r.Method+" "+r.Path)
		for _, role := range roles {
			a := c.act(role, r)
			if want := c.declared(role, r); (a.Code < http.StatusMultipleChoices) != want || a.Code >= http.StatusInternalServerError {
				t.Errorf("%s by %s: %d %s\nby what is declared it works: %v", a.what, role, a.Code, a.Body, want)
			}
			fmt.Fprintf(&out, "%-*d ", len(role), a.Code)
		}
		fmt.Fprintln(&out)
	}
	golden(t, "matrix.txt", trailing.ReplaceAllString(out.String(), ""))
}
