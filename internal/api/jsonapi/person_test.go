package jsonapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"kith/internal/store/dbtest"
)

// someone asks the face: with a token, or as a guest of a company.
type someone struct {
	h       *house
	token   string
	company string
	id      string // of the user
}

// reply is what came back.
type reply struct {
	*httptest.ResponseRecorder
	what string
	h    *house
}

func (p someone) do(method, path, body string, headers ...string) reply {
	p.h.t.Helper()
	header := http.Header{}
	if p.token != "" {
		header.Set("Authorization", "Bearer "+p.token)
	}
	if p.company != "" {
		header.Set(companyHeader, p.company)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		header.Set(name, value)
	}
	return reply{p.h.do(method, path, header, body), method + " " + path + " " + body, p.h}
}

// want ends the test unless the status is the one.
func (r reply) want(status int) reply {
	r.h.t.Helper()
	if r.Code != status {
		r.h.t.Fatalf("%s: %d, want %d: %s", r.what, r.Code, status, r.Body)
	}
	return r
}

// at is the value at a dotted path; nil if there is none.
func (r reply) at(path string) any {
	var tree any
	if json.Unmarshal(r.Body.Bytes(), &tree) != nil {
		return nil
	}
	return at(tree, path)
}

func (r reply) text(path string) string {
	text, _ := r.at(path).(string)
	return text
}

// boss is the owner of a new company.
func (h *house) boss(slug string) someone {
	h.t.Helper()
	return someone{h: h, token: h.company(slug)}.known()
}

// member is a new user of a company.
func (h *house) member(slug, name string) someone {
	h.t.Helper()
	return someone{h: h, token: h.user(slug, name)}.known()
}

func (h *house) guest(slug string) someone { return someone{h: h, company: slug} }

// known asks who the token is of.
func (p someone) known() someone {
	p.h.t.Helper()
	p.id = p.do("GET", "/api/user_account/mine", "").want(http.StatusOK).text("data.id")
	return p
}

// staff is a new user of acme in one of the role groups.
func (h *house) staff(name, group string) someone {
	h.t.Helper()
	p := h.member("acme", name)
	dbtest.Exec(h.t, h.db, `UPDATE users SET group_id = (SELECT g.id FROM groups g WHERE g.company_id = users.company_id AND g.name = $1 AND g.kind = 1)
		WHERE email = $2`, group, name+"@x.example")
	return p
}

// row is a document about a row: its attributes in JSON.
func row(table, id, attributes string) string {
	if id != "" {
		id = `"id":"` + id + `",`
	}
	return `{"data":{"type":"` + table + `",` + id + `"attributes":{` + attributes + `}}}`
}

// refs is a document that names rows.
func refs(table string, ids ...string) string {
	list := []string{}
	for _, id := range ids {
		list = append(list, `{"type":"`+table+`","id":"`+id+`"}`)
	}
	return `{"data":[` + strings.Join(list, ",") + `]}`
}

// The tables of links, and where the first of their rows are named.
const (
	users, groups, emails, mobiles = "/api/user_account", "/api/usergroup", "/api/email", "/api/mobile"

	memberships = "/api/user_account_user_account_id_has_usergroup_usergroup_id"
	emailLinks  = "/api/email_email_id_has_usergroup_usergroup_id"
)

// add makes a row and gives its id.
func (p someone) add(table, attributes string) string {
	p.h.t.Helper()
	return p.do("POST", "/api/"+table, row(table, "", attributes)).want(http.StatusCreated).text("data.id")
}

// group makes a group of the person's own.
func (p someone) group(name string) string {
	p.h.t.Helper()
	return p.add("usergroup", fmt.Sprintf(`"name":%q`, name))
}

// change sends attributes of a row.
func (p someone) change(table, id, attributes string) reply {
	p.h.t.Helper()
	return p.do("PATCH", "/api/"+table+"/"+id, row(table, id, attributes))
}

// join makes a link of a row to a group through the table of links, with more attributes.
func (p someone) join(table, row, group, more string) reply {
	p.h.t.Helper()
	return p.do("POST", "/api/"+linkTable(table), fmt.Sprintf(`{"data":{"attributes":{"%s_id":%q,"usergroup_id":%q%s}}}`, table, row, group, more))
}

func linkTable(table string) string { return table + "_" + table + "_id_has_usergroup_usergroup_id" }

// ids lists the ids of a list.
func (p someone) ids(path string) []string {
	p.h.t.Helper()
	var list []string
	all, _ := p.do("GET", path, "").want(http.StatusOK).at("data.*.id").([]any)
	for _, id := range all {
		list = append(list, id.(string))
	}
	return list
}

// tableRow is the id of the row of world, or of action, that is about a table or an action.
func (p someone) tableRow(table, column, value string) string {
	p.h.t.Helper()
	list := p.ids("/api/" + table + "?query=" + url.QueryEscape(fmt.Sprintf(`[{"column":%q,"operator":"is","value":%q}]`, column, value)))
	if len(list) != 1 {
		p.h.t.Fatalf("%d rows of %s are about %s", len(list), table, value)
	}
	return list[0]
}

// open sets the permission of a table.
func (p someone) open(table string, mode int) {
	p.h.t.Helper()
	p.change("world", p.tableRow("world", "table_name", table), fmt.Sprintf(`"permission":%d`, mode)).want(http.StatusOK)
}

// tables, of a table's permission: what everybody may who is signed in, and what guests may besides.
const everything = 1<<21 - 1

// sql changes the database as no route does.
func (h *house) sql(text string, args ...any) {
	h.t.Helper()
	dbtest.Exec(h.t, h.db, text, args...)
}
