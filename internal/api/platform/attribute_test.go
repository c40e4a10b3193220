package platform_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// put declares a schema and gives the answer.
func (w *world) put(token, schema string) answer {
	w.t.Helper()
	return w.do(ask("PUT", "/3/admin/attributes/", token, `{"schema": `+schema+`}`))
}

// TestNothingUnreadableIsShown: whatever a company declares, no answer of any route to a user holds the
// value of an attribute that users may not read, nor its name, whatever else the user writes (T67).
func TestNothingUnreadableIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	for range 8 {
		properties, metadata, hidden := map[string]any{}, map[string]any{"undeclared": "open"}, []string{}
		for i := range 6 {
			key := fmt.Sprintf("key%d", i)
			read, write := some("admin", "user"), some("admin", "user")
			properties[key] = map[string]any{"x-read": read, "x-write": write, "type": "object", "title": "title of " + key, "maxProperties": 3}
			metadata[key] = map[string]any{"inside": []any{"value of " + key}}
			if !slices.Contains(read, "user") {
				hidden = append(hidden, "value of "+key)
				if !slices.Contains(write, "user") {
					hidden = append(hidden, key+`"`, "title of "+key)
				}
			}
		}
		schema := jsonOf(t, map[string]any{"properties": properties, "required": slices.Sorted(maps.Keys(properties)),
			"$defs": map[string]any{"unused": map[string]any{"title": "of no use"}}})
		w.put(owner, schema).want(http.StatusOK)
		for _, r := range w.face.Routes() {
			if strings.HasPrefix(r.Permission, "admin:") {
				continue
			}
			p := w.somebody("user")
			w.sql(`UPDATE users SET metadata = $1 WHERE email = $2`, jsonOf(t, metadata), p.email)
			body := members(r.Method+" "+r.Path, p)
			if r.Path == "/3/auth/login/" {
				body["user"] = fmt.Sprintf("person%d@x.example", p.number)
			}
			if r.Path == "/3/user/" && body != nil {
				body["metadata"] = map[string]any{"key0": map[string]any{"more": 1}, "undeclared": "open"}
			}
			w.ready(r, p)
			a := w.arrange(wellFormed(t, r, p, body))
			if a.status == http.StatusBadRequest && body["metadata"] != nil { // not theirs to write
				delete(body, "metadata")
				a = w.arrange(wellFormed(t, r, p, body))
			}
			if a.status >= 300 {
				t.Fatalf("%s: %d %s", r, a.status, a.body)
			}
			if r.Method != http.MethodGet {
				delete(w.around, "user")
			}
			if r.Path == "/3/user/" && !strings.Contains(a.body, `"undeclared":"open"`) {
				t.Fatalf("%s does not show metadata: %s", r, a.body)
			}
			for _, secret := range append(hidden, "of no use") {
				if strings.Contains(a.body, secret) {
					t.Errorf("%s shows %s under\n%s\n%s", r, secret, schema, a.body)
				}
			}
		}
	}
}

// some draws a part of a list.
func some(list ...string) []string {
	return slices.DeleteFunc(list, func(string) bool { return rand.IntN(2) == 0 })
}

func jsonOf(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestHostileSchemas: a schema that would reach out, take long or mean nothing is refused by name.
func TestHostileSchemas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	for name, schema := range map[string]string{
		"huge":        `{"title": "` + strings.Repeat("x", 70_000) + `"}`,
		"deep":        strings.Repeat(`{"not":`, 20) + `{}` + strings.Repeat(`}`, 20),
		"remote":      `{"properties": {"a": {"$ref": "http://169.254.169.254/latest/meta-data"}}}`,
		"file":        `{"properties": {"a": {"$ref": "file:///etc/passwd"}}}`,
		"bad pattern": `{"properties": {"a": {"pattern": "("}}}`,
		"bad type":    `{"properties": {"a": {"type": "secret"}}}`,
		"no object":   `[]`,
		"null":        `null`,
	} {
		a := w.put(owner, schema).want(http.StatusBadRequest)
		if texts, _ := a.at("data.schema").([]any); len(texts) != 1 {
			t.Errorf("%s: %s", name, a.body)
		}
		if strings.Contains(a.body, "root:") || strings.Contains(a.body, "goroutine") {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	if a := w.do(ask("GET", "/3/admin/attributes/", owner, "")).want(http.StatusOK); a.at("data.version") != 0.0 {
		t.Errorf("a refused schema was kept: %s", a.body)
	}
}

// TestIndexing: users who were there before are indexed by the worker, and terms of attributes that are no
// longer indexed are removed.
func TestIndexing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	other := w.company("bolt").text("data.token")
	for i := range 5 {
		email := fmt.Sprintf("person%d@x.example", i)
		w.user("acme", email)
		w.user("bolt", email)
		if i > 0 {
			w.sql(`UPDATE users SET metadata = $1 WHERE email = $2`, fmt.Sprintf(`{"size": %d, "name": "Zoë %d"}`, i, i%2), email)
		}
	}
	count := func(field int) string {
		return w.query(fmt.Sprintf(`SELECT count(*) AS n FROM user_terms WHERE field = %d`, field))[0]["n"]
	}
	index := func() {
		t.Helper()
		for n := 1; n > 0; {
			var err error
			if n, err = w.core.Directory.IndexAttributes(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	holds := func(token, want string) {
		t.Helper()
		a := w.do(ask("GET", "/3/admin/attributes/", token, "")).want(http.StatusOK)
		if got := jsonOf(t, a.at("data.indexing")); got != want {
			t.Errorf("still to be indexed are %s, want %s", got, want)
		}
	}
	w.put(owner, `{"properties": {"size": {"type": "integer", "x-index": true}, "name": {"type": "string", "x-index": true}}}`).want(http.StatusOK)
	w.put(other, `{"properties": {"size": {"type": "integer"}}}`).want(http.StatusOK)
	holds(owner, `["name","size"]`)
	holds(other, `[]`)
	index()
	holds(owner, `[]`)
	if names, sizes := count(1000), count(1001); names != "4" || sizes != "4" {
		t.Errorf("%s users have terms of their names, %s of their sizes; want 4", names, sizes)
	}
	updated := w.do(ask("GET", "/3/user/", owner, "")).at("data.updated")
	w.put(owner, `{"properties": {"size": {"type": "integer"}, "name": {"type": "string", "x-index": true}}}`).want(http.StatusOK)
	index()
	if names, sizes := count(1000), count(1001); names != "4" || sizes != "0" {
		t.Errorf("afterwards %s users have terms of their names, %s of their sizes; want 4 and 0", names, sizes)
	}
	if now := w.do(ask("GET", "/3/user/", owner, "")).at("data.updated"); now != updated {
		t.Errorf("indexing changed a user: %v, %v", updated, now)
	}
	if n, err := w.core.Directory.IndexAttributes(t.Context()); n != 0 || err != nil {
		t.Errorf("with nothing to do, %d companies were worked on, %v", n, err)
	}
}

// TestMetadataIsTold: a change of metadata is an event of that field, and one that changes nothing is none.
func TestMetadataIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	ada := w.user("acme", "ada@x.example").text("data.token")
	w.put(owner, `{"properties": {"size": {"type": "integer", "x-write": ["user"]}}}`).want(http.StatusOK)
	for _, size := range []int{42, 42, 43} {
		w.do(ask("PATCH", "/3/user/", ada, fmt.Sprintf(`{"metadata": {"size": %d}}`, size))).want(http.StatusOK)
	}
	if n := w.query(`SELECT count(*) AS n FROM events WHERE fields = 'd'`)[0]["n"]; n != "2" {
		t.Errorf("two changes left %s events", n)
	}
	if n := w.query(`SELECT count(*) AS n FROM events WHERE fields = 'attributes'`)[0]["n"]; n != "1" {
		t.Errorf("one declaration left %s events", n)
	}
}
