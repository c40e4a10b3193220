package platform_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"kith"
	"kith/internal/api/platform"
	"kith/internal/web"
)

// target is whom attempts are about.
type target struct {
	users       []string // identifiers, for paths and bodies
	keys        []string // handles of sessions
	groups      []string // names
	accounts    []string // references
	permissions []kith.Permission
}

// attempts are a person's requests of a route that writes: well formed, with each target in the path and
// then, one after the other, with each value that serves somebody's ends in each member of the body that the
// route's own document declares. Whatever a route comes to take is tried from that day on.
func attempts(t *testing.T, r web.Listing, p person, at target, bodies map[string]map[string]any) []request {
	t.Helper()
	name := r.Method + " " + r.Path
	base := members(name, p)
	if name == "POST /3/auth/login/" || name == "POST /3/admin/auth/login/" {
		base["password"] = "guessed" // the owner's is not known
	}
	list := []map[string]any{base}
	for _, field := range slices.Sorted(maps.Keys(bodies[name])) {
		for _, value := range at.values(field, resolve(nil, bodies[name][field])) {
			body := maps.Clone(base)
			if body == nil {
				body = map[string]any{}
			}
			body[field] = value
			list = append(list, body)
		}
	}
	var out []request
	for _, path := range at.paths(r.Path) {
		for _, body := range list {
			aimed := r
			aimed.Path = path
			out = append(out, wellFormed(t, aimed, p, body))
		}
	}
	return out
}

// paths puts every target into a route's path.
func (at target) paths(path string) []string {
	numbers := make([]string, len(at.permissions))
	for i, p := range at.permissions {
		numbers[i] = fmt.Sprint(p.Number())
	}
	list := []string{path}
	for parameter, values := range map[string][]string{"{identifier}": at.users, "{token_key}": at.keys, "{group_name}": at.groups,
		"{reference}": at.accounts, "{permission_id}": numbers} {
		if !strings.Contains(path, parameter) || len(values) == 0 {
			continue
		}
		var next []string
		for _, path := range list {
			for _, value := range values {
				next = append(next, strings.Replace(path, parameter, value, 1))
			}
		}
		list = next
	}
	return list
}

// values are what may be gained by a member of a body, by its name and else by its schema.
func (at target) values(field string, schema map[string]any) []any {
	var list []any
	switch field {
	case "user", "identifier", "uid":
		return texts(at.users)
	case "id":
		return texts(at.users[:1])
	case "group":
		return texts(at.groups)
	case "groups":
		list = append(list, []any{})
		for _, name := range at.groups {
			list = append(list, []any{name})
		}
		return list
	case "permissions":
		for _, p := range at.permissions {
			list = append(list, []any{map[string]any{"section": p.Section.String(), "type": p.Noun.String(), "level": p.Level.String()}})
		}
		return list
	case "email":
		return []any{"evil@x.example", ""}
	case "mobile":
		return []any{"+27831230000", ""}
	case "expires":
		return []any{start.UnixMilli() + 1_000_000_000, nil}
	}
	if strings.Contains(field, "password") {
		return nil
	}
	if words, ok := schema["enum"].([]any); ok {
		return words
	}
	switch kind := schema["type"]; {
	case has(kind, "boolean"):
		return []any{true, false}
	case has(kind, "integer"):
		return []any{1}
	case has(kind, "string"):
		return []any{"evil"}
	default:
		return nil
	}
}

// has reports whether a schema's type, a word or several, names the word.
func has(kind any, word string) bool {
	switch v := kind.(type) {
	case string:
		return v == word
	case []any:
		return slices.Contains(v, any(word))
	default:
		return false
	}
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for i, text := range list {
		out[i] = text
	}
	return out
}

// documentBodies reads the face's document: the members of each route's body, and their schemas.
func documentBodies(t *testing.T) map[string]map[string]any {
	t.Helper()
	return bodiesOf(documentOf(t, platform.Face(nil, nil, "test")))
}

// documentOf is a face's document.
func documentOf(t *testing.T, f *web.Face) map[string]any {
	t.Helper()
	text, err := f.OpenAPI(web.Info{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return decoded(t, text)
}

// bodiesOf reads a document: the members of each route's body, and their schemas. What lies deeper counts as a member,
// where a face puts all members of a kind there.
func bodiesOf(doc map[string]any) map[string]map[string]any {
	bodies := map[string]map[string]any{}
	for path, item := range doc["paths"].(map[string]any) {
		for method, operation := range item.(map[string]any) {
			own := map[string]any{}
			content, _ := at(doc, operation, "requestBody", "content").(map[string]any)
			for _, mediaType := range []string{"application/json", "application/vnd.api+json"} {
				spread(doc, at(doc, content, mediaType, "schema"), own)
			}
			bodies[strings.ToUpper(method)+" "+path] = own
		}
	}
	return bodies
}

// spread collects the members of a body: its own, those of one of its forms, and of what wraps them in the table API.
func spread(doc map[string]any, value any, own map[string]any) {
	schema := resolve(doc, value)
	forms, _ := schema["anyOf"].([]any)
	for _, form := range forms {
		spread(doc, form, own)
	}
	properties, _ := schema["properties"].(map[string]any)
	for name, member := range properties {
		if name == "data" || name == "attributes" {
			spread(doc, member, own)
			continue
		}
		own[name] = resolve(doc, member)
	}
}

func decoded(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// atTheDoor is in the answer to whoever lacks the permission that a route asks, whatever they send to it.
const atTheDoor = "You do not have permission to perform this action."

// writers are the routes that write.
func (w *world) writers() []web.Listing {
	return slices.DeleteFunc(w.face.Routes(), func(r web.Listing) bool { return r.Method == http.MethodGet })
}

// attack makes a person's attempt. Whose session an earlier one ended signs in again and repeats it, so that
// no attempt is refused for that alone.
func (w *world) attack(r request, p *person) answer {
	w.t.Helper()
	a := w.arrange(r)
	if a.status == http.StatusUnauthorized && strings.HasPrefix(r.header.Get("Authorization"), "Token ") {
		p.token = w.signIn(p.uid)
		r.header.Set("Authorization", "Token "+p.token)
		a = w.arrange(r)
	}
	if a.status >= http.StatusInternalServerError {
		w.t.Errorf("%s %s %s: %d %s", r.method, r.path, r.body, a.status, a.body)
	}
	return a
}

// signIn gives a new token of somebody of acme.
func (w *world) signIn(user string) string {
	w.t.Helper()
	return w.arrange(ask("POST", "/3/auth/login/", "", fmt.Sprintf(`{"company": "acme", "user": %q, "password": %q}`, user, goodPassword))).
		want(http.StatusOK).text("data.token")
}
