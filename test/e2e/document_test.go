package e2e

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"kith/internal/web"
)

// endpoint is a route with what the face's own document says about its input. Tests that are generated
// from it reach routes that are not written yet.
type endpoint struct {
	web.Listing
	params []parameter
	fields map[string]schema // members of the body; nil if it takes none
	must   []string          // those of them that are required
	form   bool              // takes multipart as well
}

type parameter struct{ Name, In string }

type schema struct {
	Type       any
	Properties map[string]schema
	Required   []string
	MaxLength  int
	OneOf      []schema
}

// is reports whether the schema is of the type; of no type is what may be more than one thing.
func (s schema) is(name string) bool {
	switch v := s.Type.(type) {
	case string:
		return v == name
	case []any:
		return slices.Contains(v, any(name))
	}
	return false
}

// open reports whether the route asks for no token.
func (ep endpoint) open() bool { return ep.Permission == web.Guest }

// again reports whether the route is another method for what was tried already: PUT does what PATCH does.
func (ep endpoint) again() bool {
	return !soak && ep.Method == "PUT" && ep.Path != "/3/admin/attributes/" // which has no PATCH
}

// endpoints lists all routes of a face whose bodies are objects of their members.
func endpoints(t *testing.T, face *web.Face) []endpoint {
	t.Helper()
	text, err := face.OpenAPI(web.Info{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]map[string]struct {
			Parameters  []parameter
			RequestBody *struct {
				Content map[string]struct{ Schema schema }
			}
		}
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	var all []endpoint
	for _, route := range face.Routes() {
		operation, ok := document.Paths[route.Path][strings.ToLower(route.Method)]
		if !ok {
			t.Fatalf("the document does not know %s", route)
		}
		ep := endpoint{Listing: route, params: operation.Parameters}
		if body := operation.RequestBody; body != nil {
			whole := body.Content["application/json"].Schema
			ep.fields, ep.must = whole.Properties, whole.Required
			_, ep.form = body.Content["multipart/form-data"]
			if ep.fields == nil {
				t.Fatalf("%s: the document has a body without members", route)
			}
		}
		all = append(all, ep)
	}
	if len(all) < 20 {
		t.Fatalf("the face has %d routes only", len(all))
	}
	return all
}

// names lists the members of the body.
func (ep endpoint) names() []string { return slices.Sorted(maps.Keys(ep.fields)) }
