package platform_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kith/internal/api/platform"
	"kith/internal/store/dbtest"
	"kith/internal/web"
)

// TestMassAssignment: a member that a route does not declare is refused or ignored, whatever it is
// called; and each route writes the columns of writes.txt and no others (T63, T8).
func TestMassAssignment(t *testing.T) {
	t.Parallel()
	var w *world
	declared, shown := documentNames(t)
	var out strings.Builder
	for i, r := range platform.Face(nil, nil, "test").Routes() {
		name := r.Method + " " + r.Path
		if i%16 == 0 { // dumps stay small
			w = newWorld(t, options{})
			w.company("acme")
		}
		if members(name, person{}) == nil {
			continue
		}
		role := "user"
		if strings.HasPrefix(r.Permission, "admin:") {
			role = "admin"
		}
		if ownersOnly[name] {
			role = "owner"
		}
		p := w.enter(role)
		w.ready(r, p)
		before := w.dump()
		w.clock.move(time.Second) // or what notes the time would seem unchanged
		plain := w.do(wellFormed(t, r, p, members(name, p)))
		w.doAsked()
		if plain.status >= 300 {
			t.Fatalf("%s: %d %s", name, plain.status, plain.body)
		}
		writes := dbtest.Changed(before, w.dump())
		fmt.Fprintf(&out, "%-72s %s\n", name, strings.Join(writes, " "))

		first := p
		p = w.enter(role)
		w.ready(r, p)
		body := members(name, p)
		for _, field := range shown {
			if !slices.Contains(declared[name], field) {
				body[field] = evil(field)
			}
		}
		if company, ok := body["company"].(map[string]any); ok {
			for _, field := range shown {
				if !slices.Contains(declared[name+" company"], field) {
					company[field] = evil(field)
				}
			}
		}
		before = w.dump()
		w.clock.move(time.Second)
		stuffed := w.do(wellFormed(t, r, p, body))
		for refusals := 0; stuffed.status == http.StatusBadRequest && refusals < 3; refusals++ { // of types, then of read-only members
			if got := dbtest.Changed(before, w.dump()); len(got) > 0 {
				t.Errorf("%s was refused and wrote %v", name, got)
			}
			refused, _ := stuffed.at("data").(map[string]any)
			maps.DeleteFunc(body, func(field string, _ any) bool { return refused[field] != nil })
			stuffed = w.do(wellFormed(t, r, p, body))
		}
		w.doAsked()
		if stuffed.status != plain.status {
			t.Fatalf("%s with more members: %d %s", name, stuffed.status, stuffed.body)
		}
		if got := dbtest.Changed(before, w.dump()); !slices.Equal(got, writes) {
			t.Errorf("%s writes %v; with more members %v", name, writes, got)
		}
		if a, b := lasting(plain, first), lasting(stuffed, p); !reflect.DeepEqual(a, b) {
			t.Errorf("%s answers\n%v; with more members\n%v", name, a, b)
		}
	}
	golden(t, "writes.txt", out.String())
}

// evil is what an attacker would like a member of that name to be.
func evil(field string) any {
	switch field {
	case "status":
		return "verified"
	case "groups":
		return []any{"admin"}
	case "kyc":
		return map[string]any{"status": "verified"}
	case "verification":
		return map[string]any{"email": true, "mobile": true}
	case "balance", "available_balance", "expires", "created", "updated", "last_login", "divisibility":
		return 4102444800000
	case "name", "label", "account", "token", "refresh_token", "token_key", "id", "email", "mobile", "code":
		return "evil"
	default:
		return true
	}
}

// documentNames reads the face's document: the members that each route's body declares, of its company
// under " company" as well, and all that are shown anywhere.
func documentNames(t *testing.T) (declared map[string][]string, shown []string) {
	t.Helper()
	text, err := platform.Face(nil, nil, "test").OpenAPI(web.Info{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{"role": true, "is_admin": true, "password_hash": true, "company_id": true, "user_id": true, "flags": true,
		"email_verified": true, "salt": true, "purpose": true, "mode": true}
	declared = map[string][]string{}
	for path, item := range doc["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			operation := op.(map[string]any)
			name := strings.ToUpper(method) + " " + path
			for status, response := range operation["responses"].(map[string]any) {
				if status < "300" {
					properties(doc, response, func(field string, _ any) { names[field] = true })
				}
			}
			body := resolve(doc, at(doc, operation, "requestBody", "content", "application/json", "schema"))
			own, _ := body["properties"].(map[string]any)
			declared[name] = slices.Collect(maps.Keys(own))
			properties(doc, own["company"], func(field string, _ any) { declared[name+" company"] = append(declared[name+" company"], field) })
		}
	}
	return declared, slices.Sorted(maps.Keys(names))
}

func at(doc map[string]any, from any, path ...string) any {
	for _, name := range path {
		from = resolve(doc, from)[name]
	}
	return from
}

// resolve follows a reference inside the document.
func resolve(doc map[string]any, value any) map[string]any {
	object, _ := value.(map[string]any)
	if ref, ok := object["$ref"].(string); ok {
		return resolve(doc, at(doc, doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...))
	}
	return object
}

// properties calls f for each property of every schema below a value, references followed.
func properties(doc map[string]any, value any, f func(string, any)) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			properties(doc, item, f)
		}
	case map[string]any:
		v = resolve(doc, v)
		if own, ok := v["properties"].(map[string]any); ok {
			for field, schema := range own {
				f(field, schema)
			}
		}
		for _, item := range v {
			properties(doc, item, f)
		}
	}
}

// dump reads every row of every table.
func (w *world) dump() dbtest.Rows {
	w.t.Helper()
	return dbtest.Dump(w.t, w.db)
}

func (w *world) query(text string) []map[string]string {
	w.t.Helper()
	return dbtest.Query(w.t, w.db, text)
}

// lasting is an answer without what differs from person to person.
func lasting(a answer, p person) any {
	var body any
	if err := json.Unmarshal([]byte(a.body), &body); err != nil {
		a.t.Fatal(err)
	}
	var strip func(any)
	strip = func(value any) {
		switch v := value.(type) {
		case map[string]any:
			for _, name := range []string{"token", "refresh_token", "token_key", "account", "username", "email", "mobile", "company", "name", "description",
				"default_session_duration", "version", "created", "updated", "expires", "last_login", "last_used", "reference", "line_1", "uid", "number"} {
				delete(v, name)
			}
			if number, ok := v["id"].(float64); ok && number > 1000 { // a permission's says what it is
				delete(v, "id")
			}
			if id, ok := v["id"].(string); ok && len(id) == 36 {
				delete(v, "id")
			}
			for name, item := range v {
				if word, ok := item.(string); ok && slices.Contains(p.words(), strings.ToUpper(word)) {
					v[name] = "theirs"
				}
				strip(item)
			}
		case []any:
			for _, item := range v {
				strip(item)
			}
		}
	}
	strip(body)
	return body
}
