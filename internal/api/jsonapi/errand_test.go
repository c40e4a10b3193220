package jsonapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"kith"
	"kith/internal/core/resource"
	"kith/internal/web"
)

// belongings are rows of every table that hang on one user, for requests to be about.
type belongings struct {
	of    someone
	name  string
	slug  string
	ids   map[string]string // by table
	spare string            // a group of the user's that nothing is in
}

// quiet makes a request that is on the way to a test: its answer is held to no document.
func (p someone) quiet(method, path, body string) *httptest.ResponseRecorder {
	p.h.t.Helper()
	in := httptest.NewRequestWithContext(p.h.t.Context(), method, path, strings.NewReader(body))
	if p.token != "" {
		in.Header.Set("Authorization", "Bearer "+p.token)
	}
	if p.company != "" {
		in.Header.Set(companyHeader, p.company)
	}
	return p.h.raw(in)
}

// makes adds something quietly, and gives its id.
func (p someone) makes(path, body string) string {
	p.h.t.Helper()
	a := reply{p.quiet("POST", path, body), "POST " + path + " " + body, p.h}
	return a.want(http.StatusCreated).text("data.id")
}

// guards are the rows of world and action that requests are about. What the bits are that they change does not matter
// to any other request.
var guards = map[string]guard{
	"world":  {"table_name", linkTable("action"), int(kith.NewMode(0, 0, kith.Of(kith.Peek, kith.View, kith.Add, kith.Change, kith.Delete)))},
	"action": {"action_name", "generate_jwt_token", int(kith.NewMode(0, 0, kith.Of(kith.Execute)))},
}

// guard is a row of world or action: what it is found by, and what its permission is.
type guard struct {
	column, value string
	bits          int
}

// settle makes a user of a company with everything that can hang on one. boss is the company's owner.
func (h *house) settle(slug string, boss someone, name string) belongings {
	h.t.Helper()
	u := h.member(slug, name)
	return h.furnish(slug, boss, u, name)
}

// furnish gives a user everything that can hang on one.
func (h *house) furnish(slug string, boss, u someone, name string) belongings {
	h.t.Helper()
	h.people++
	b := belongings{of: u, name: name, slug: slug, ids: map[string]string{"user_account": u.id}}
	b.ids["usergroup"] = u.makes(groups, row("usergroup", "", fmt.Sprintf(`"name":"circle of %s"`, name)))
	b.spare = u.makes(groups, row("usergroup", "", fmt.Sprintf(`"name":"spare of %s"`, name)))
	linked := groups + "/" + b.ids["usergroup"] + "/relationships/usergroup_id"
	reply{u.quiet("POST", linked, refs("usergroup", b.spare)), linked, h}.want(http.StatusNoContent)
	b.ids["email"] = u.makes(emails, row("email", "", fmt.Sprintf(`"email":"more-%s@x.example"`, name)))
	u.makes(mobiles, row("mobile", "", fmt.Sprintf(`"mobile":"+2783%07d","primary":true`, 1_000_000+h.people)))
	b.ids["mobile"] = u.makes(mobiles, row("mobile", "", fmt.Sprintf(`"mobile":"+2783%07d"`, 2_000_000+h.people)))
	for _, table := range []string{"user_account", "email", "mobile", "world", "action"} {
		who := u
		if about, is := guards[table]; is {
			who, b.ids[table] = boss, boss.tableRow(table, about.column, about.value)
		}
		b.ids[linkTable(table)] = who.makes("/api/"+linkTable(table), fmt.Sprintf(`{"data":{"attributes":{"%s_id":%q,"usergroup_id":%q}}}`,
			table, b.ids[table], b.ids["usergroup"]))
	}
	return b
}

// site is what a route is about.
type site struct {
	table    *resource.Table // nil: none
	id       bool            // one row of it
	relation string          // and the rows that this leads to; "" if none
	linkage  bool            // by /relationships/
	action   *resource.Action
}

// siteOf reads a route's path.
func (h *house) siteOf(r web.Listing) site {
	h.t.Helper()
	parts := strings.Split(strings.Trim(r.Path, "/"), "/")
	switch {
	case parts[0] == "action":
		return site{action: h.core.Resources.Action(parts[1], parts[2])}
	case parts[0] != "api":
		return site{}
	}
	s := site{table: h.core.Resources.Table(parts[1]), id: len(parts) > 2}
	if s.table == nil {
		h.t.Fatalf("%s: of what table?", r)
	}
	if last := parts[len(parts)-1]; len(parts) > 3 && last != "why" {
		s.relation, s.linkage = last, parts[3] == "relationships"
	}
	return s
}

// errand is a request of a route that is well formed and about somebody's belongings; caller makes it.
type errand struct {
	path, body string
	caller     someone
}

// errand makes one. Each is a little different from those before.
func (h *house) errand(r web.Listing, caller someone, b belongings) errand {
	h.t.Helper()
	h.people++
	e, s := errand{path: r.Path, caller: caller}, h.siteOf(r)
	if s.id {
		id := b.ids[s.table.Name]
		if s.linkage && s.table.Name == "usergroup" && r.Method == "POST" {
			id = b.spare
		}
		e.path = strings.Replace(e.path, "{id}", id, 1)
	}
	switch {
	case strings.HasPrefix(r.Path, "/_config/"):
		e.path = strings.Replace(e.path, "{key}", "privacy_policy_url", 1)
		if r.Method != "DELETE" && r.Method != "GET" {
			e.body = fmt.Sprintf("https://x.example/privacy/%d", h.people)
		}
	case s.action != nil:
		e.body = h.inputs(s.action, caller, b)
	case s.table == nil || r.Method == "GET":
		if strings.HasSuffix(r.Path, "/why") {
			e.path += "?actor=" + b.of.id
		}
	case s.linkage:
		e.body = h.linked(r.Method, s, b)
	case r.Method == "POST":
		e.body = row(s.table.Name, "", h.fresh(s.table, b))
	case r.Method == "PATCH":
		e.body = row(s.table.Name, b.ids[s.table.Name], h.another(s.table))
	}
	return e
}

// do makes the errand's request, and holds the first answer of each status of a route to the document.
func (e errand) do(r web.Listing) reply {
	h := e.caller.h
	h.t.Helper()
	a := reply{e.caller.quiet(r.Method, e.path, e.body), r.Method + " " + e.path + " " + e.body, h}
	if kind := fmt.Sprint(r, a.Code); !h.checked[kind] {
		h.document.Check(h.t, r.Method, e.path, a.Result())
		h.checked[kind] = true
	}
	return a
}

// linked are the rows that a request about links names: of POST one that is not linked yet, of others one that is.
func (h *house) linked(method string, s site, b belongings) string {
	relation, _ := s.table.Relation(s.relation)
	switch {
	case relation.Table == "user_account":
		return refs("user_account", b.of.id)
	case s.table.Name == "usergroup" && method == "POST":
		return refs(relation.Table, b.ids["usergroup"])
	case method == "POST":
		return refs(relation.Table, b.spare)
	case method == "PATCH": // leaves none
		return refs(relation.Table)
	case s.table.Name == "usergroup":
		return refs(relation.Table, b.spare)
	default:
		return refs(relation.Table, b.ids["usergroup"])
	}
}

// fresh are the attributes of a new row.
func (h *house) fresh(t *resource.Table, b belongings) string {
	switch {
	case t.Join:
		left := t.Relations[0]
		return fmt.Sprintf(`%q:%q,"usergroup_id":%q`, left.Name, b.ids[left.Table], b.spare)
	case t.Name == "user_account":
		return fmt.Sprintf(`"name":"New","email":"new%d@x.example","password":%q`, h.people, goodPassword)
	case t.Name == "usergroup":
		return fmt.Sprintf(`"name":"new %d"`, h.people)
	case t.Name == "email":
		return fmt.Sprintf(`"email":"new%d@x.example","user_account_id":%q`, h.people, b.of.id)
	case t.Name == "mobile":
		return fmt.Sprintf(`"mobile":"+2783%07d","user_account_id":%q`, 3_000_000+h.people, b.of.id)
	default:
		h.t.Fatalf("what is a new row of %s?", t.Name)
		return ""
	}
}

// another are attributes that a row does not have yet.
func (h *house) another(t *resource.Table) string {
	h.t.Helper()
	switch {
	case t.Join:
		return fmt.Sprintf(`"permission":%d`, []int{groupPeek, groupPeek | groupRead}[h.people%2])
	case guards[t.Name].bits != 0: // with or without a bit that nothing asks for
		h.toggled[t.Name] ^= 1 << 20
		return fmt.Sprintf(`"permission":%d`, guards[t.Name].bits|h.toggled[t.Name])
	case t.Name == "user_account", t.Name == "usergroup":
		return fmt.Sprintf(`"name":"Another %d"`, h.people)
	default:
		return `"primary":true`
	}
}

// inputs are those of an action. What the caller must have been sent before is sent.
func (h *house) inputs(a *resource.Action, caller someone, b belongings) string {
	h.t.Helper()
	address := b.name + "@x.example"
	number := fmt.Sprintf("+2783%07d", 4_000_000+h.people)
	switch a.Name {
	case "signup":
		return fmt.Sprintf(`{"name":"New","email":"new%d@x.example","password":%q,"passwordConfirm":%[2]q}`, h.people, goodPassword)
	case "signin":
		return fmt.Sprintf(`{"email":%q,"password":%q}`, address, goodPassword)
	case "reset-password":
		return fmt.Sprintf(`{"email":%q}`, address)
	case "reset-password-verify":
		h.guest(b.slug).quiet("POST", "/action/user_account/reset-password", fmt.Sprintf(`{"email":%q}`, address))
		secret := "nothing came"
		if list := h.letters(address); len(list) > 0 {
			if found := resetLink.FindStringSubmatch(list[0].Text); found != nil {
				secret = found[2]
			}
		}
		return fmt.Sprintf(`{"email":%q,"otp":%q,"new_password":%q}`, address, secret, goodPassword)
	case "register_otp":
		return fmt.Sprintf(`{"user_account_id":%q,"mobile_number":%q}`, b.of.id, number)
	case "send_otp", "verify_otp", "verify_mobile_number":
		h.unproved(caller)
		caller.quiet("POST", mobiles, row("mobile", "", fmt.Sprintf(`"mobile":%q`, number)))
		return fmt.Sprintf(`{"mobile_number":%q,"otp":"123456"}`, number)
	case "generate_jwt_token":
		return `{"life_seconds":60}`
	case "become_an_administrator":
		return `{}`
	}
	h.t.Fatalf("how is %s run?", a.Name)
	return ""
}

// unproved makes room for another number of the caller's, of which one may have so many.
func (h *house) unproved(caller someone) {
	h.t.Helper()
	for _, id := range h.listed(caller, mobiles+`?query=[{"column":"primary","operator":"is","value":false}]&page[size]=500`) {
		caller.quiet("DELETE", mobiles+"/"+id, "")
	}
}

// listed lists ids quietly; none where the list is refused.
func (h *house) listed(p someone, path string) []string {
	a := reply{p.quiet("GET", path, ""), "GET " + path, h}
	all, _ := a.at("data.*.id").([]any)
	var list []string
	for _, id := range all {
		list = append(list, id.(string))
	}
	slices.Sort(list)
	return list
}
