package jsonapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kith/internal/api/platform"
	"kith/internal/core/resource"
	"kith/internal/store/dbtest"
	"kith/internal/web"
)

// everyName lists what anything is called anywhere: attributes and inputs of this face, members of the platform's,
// columns of the database, and what attackers try besides.
func (h *house) everyName() []string {
	h.t.Helper()
	names := map[string]bool{"role": true, "is_admin": true, "admin": true, "password_hash": true, "email_verified": true, "groups": true, "owner": true,
		"company": true, "verified": true, "_id": true, "__proto__": true, "deleted_at": true, "usergroup": true, "user_account": true}
	for _, t := range h.core.Resources.Tables() {
		for _, f := range append(slices.Clone(t.Fields), resource.Standard...) {
			names[f.Name] = true
		}
		for _, r := range t.AllRelations() {
			names[r.Name] = true
		}
	}
	for _, a := range h.core.Resources.Actions() {
		for _, p := range a.In {
			names[p.Name] = true
		}
	}
	text, err := platform.Face(nil, nil, "test").OpenAPI(web.Info{Version: "test"})
	if err != nil {
		h.t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		h.t.Fatal(err)
	}
	properties(doc, names)
	for _, column := range dbtest.Query(h.t, h.db, `SELECT DISTINCT p.name AS c FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table'`) {
		names[column["c"]] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// properties collects the names of all properties of the schemas in a document.
func properties(value any, names map[string]bool) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			properties(item, names)
		}
	case map[string]any:
		if own, is := v["properties"].(map[string]any); is {
			for name := range own {
				names[name] = true
			}
		}
		for _, item := range v {
			properties(item, names)
		}
	}
}

// evil is what an attacker would like something of that name to be.
func (c *cast) evil(name string) any {
	switch {
	case name == "status":
		return "verified"
	case name == "groups", name == "permissions":
		return []any{"admin"}
	case name == "permission", name == "mode", name == "flags", name == "verbs":
		return everything
	case name == "kind":
		return "role"
	case name == "email", name == "mobile":
		return map[string]any{"email": "evil@x.example", "mobile": "+27839999999"}[name]
	case name == "id", name == "reference_id", strings.HasSuffix(name, "_id"), name == "owner":
		return c.boss.id
	case strings.HasSuffix(name, "_at"):
		return "2001-02-03T04:05:06.000Z"
	case name == "name", strings.HasSuffix(name, "_name"), name == "label":
		return "evil"
	default:
		return true
	}
}

// writable tells whether a table takes an attribute or relationship of the name in a request.
func writable(t *resource.Table, method, name string) bool {
	when := map[string]resource.When{"POST": resource.OnAdd, "PATCH": resource.OnChange}[method]
	for _, f := range append(slices.Clone(t.Fields), resource.Standard...) {
		if f.Name == name {
			return f.Write&when != 0
		}
	}
	return false
}

// stuff adds to the body of a request whatever its route does not take.
func (c *cast) stuff(r web.Listing, text string, names, without []string) string {
	c.h.t.Helper()
	s := c.h.siteOf(r)
	var body map[string]any
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		c.h.t.Fatalf("%s: %v", text, err)
	}
	fill := func(m map[string]any, but func(name string) bool) {
		for _, name := range names {
			if _, there := m[name]; !there && !but(name) && !slices.Contains(without, name) {
				m[name] = c.evil(name)
			}
		}
	}
	members := func(name string) bool { // which mean something there
		return slices.Contains([]string{"data", "meta", "jsonapi", "links", "included", "type", "id", "attributes", "relationships"}, name)
	}
	if s.action != nil {
		input := func(name string) bool {
			return name == s.action.Table+"_id" && s.action.Instance ||
				slices.ContainsFunc(s.action.In, func(p resource.Parameter) bool { return p.Name == name })
		}
		fill(body, input)
		delete(body, "attributes")
		return jsonOf(c.h, map[string]any{"attributes": body, "owner": c.boss.id, "permission": everything})
	}
	if list, is := body["data"].([]any); is {
		for _, ref := range list {
			ref := ref.(map[string]any)
			fill(ref, members)
			ref["meta"] = map[string]any{"permission": everything}
			ref["attributes"] = map[string]any{"permission": everything}
		}
	}
	if data, is := body["data"].(map[string]any); is {
		attributes := data["attributes"].(map[string]any)
		fill(attributes, func(name string) bool { return writable(s.table, r.Method, name) })
		related := map[string]any{}
		for _, name := range names {
			if _, known := s.table.Relation(name); !known {
				related[name] = map[string]any{"data": []any{map[string]any{"type": "usergroup", "id": c.boss.id}}}
			}
		}
		data["relationships"] = related
		data["meta"] = map[string]any{"permission": everything}
		fill(data, members)
	}
	fill(body, members)
	return jsonOf(c.h, body)
}

func jsonOf(h *house, body map[string]any) string {
	h.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

var pointed = regexp.MustCompile(`"pointer":"/data/(?:attributes|relationships)/(\w+)"`)

// TestMassAssignment: whatever a request says that its route does not take is refused or ignored, whatever it is called;
// each route writes the columns of writes.txt and no others, and refuses by name what is told there (T63, T8).
func TestMassAssignment(t *testing.T) {
	t.Parallel()
	var c *cast
	var names []string
	var out strings.Builder
	for i, r := range newHouse(t).face.Routes() {
		if i%24 == 0 { // dumps stay small
			c = newCast(newHouse(t))
			names = c.h.everyName()
		}
		if r.Method == "GET" || strings.HasPrefix(r.Path, "/_config") || r.Method == "DELETE" && !c.h.siteOf(r).linkage {
			continue
		}
		for _, role := range []string{"self", "admin"} {
			if !c.declared(role, r) {
				continue
			}
			writes, refused := c.assign(role, r, names)
			fmt.Fprintf(&out, "%s %s, by %s: %s\n", r.Method, r.Path, role, strings.Join(writes, " "))
			if len(refused) > 0 {
				fmt.Fprintf(&out, "\trefuses %s\n", strings.Join(refused, " "))
			}
		}
	}
	golden(t, "writes.txt", out.String())
}

// assign makes a request as it is meant and stuffed, and gives what it wrote and what was refused by name.
func (c *cast) assign(role string, r web.Listing, names []string) (writes, refused []string) {
	h, t := c.h, c.h.t
	t.Helper()
	try := func(stuffed bool) (reply, []string, belongings) {
		b := c.about(role)
		e := h.errand(r, c.play(role), b)
		plain := e.body
		for range 4 { // rounds of refusals: of types, then of what is only shown
			if stuffed {
				e.body = c.stuff(r, plain, names, refused)
			}
			before := dbtest.Dump(t, h.db)
			a := e.do(r)
			if err := h.core.Signin.SendAsked(t.Context()); err != nil {
				t.Fatal(err)
			}
			wrote := dbtest.Changed(before, dbtest.Dump(t, h.db))
			if a.Code < http.StatusMultipleChoices {
				c.forget(role, r, b)
				return a, wrote, b
			}
			if len(wrote) > 0 {
				t.Errorf("%s %s was refused and wrote %v", r.Method, r.Path, wrote)
			}
			found := pointed.FindAllStringSubmatch(a.Body.String(), -1)
			if !stuffed || len(found) == 0 {
				t.Fatalf("%s %s by %s: %d %.2000s\n%s", r.Method, r.Path, role, a.Code, a.Body, e.body)
			}
			for _, m := range found {
				refused = append(refused, m[1])
			}
		}
		t.Fatalf("%s %s by %s is refused again and again: %v", r.Method, r.Path, role, refused)
		return reply{}, nil, b
	}
	plain, writes, first := try(false)
	stuffed, wrote, second := try(true)
	if stuffed.Code != plain.Code || !slices.Equal(wrote, writes) {
		t.Errorf("%s %s by %s: %d, writes %v; with more members %d, %v", r.Method, r.Path, role, plain.Code, writes, stuffed.Code, wrote)
	}
	if a, b := lasting(plain, first), lasting(stuffed, second); a != b {
		t.Errorf("%s %s by %s answers\n%s; with more members\n%s", r.Method, r.Path, role, a, b)
	}
	slices.Sort(refused)
	return writes, slices.Compact(refused)
}

// lasting is an answer about somebody's belongings without what is another's or another time's.
func lasting(a reply, b belongings) string {
	body := a.Body.String()
	for _, table := range slices.Sorted(maps.Keys(b.ids)) {
		body = strings.ReplaceAll(body, b.ids[table], "{"+table+"}")
	}
	body = strings.ReplaceAll(strings.ReplaceAll(body, b.spare, "{spare}"), b.name, "{name}")
	body = regexp.MustCompile(`"permission":(16384|49152|\d{6,})`).ReplaceAllString(body, `"permission":{alternates}`)
	body = regexp.MustCompile(`"value":"[^"]+"`).ReplaceAllString(body, `"value":"{token}"`)
	for _, pattern := range passing {
		body = pattern.ReplaceAllString(body, "{passing}")
	}
	return body
}
