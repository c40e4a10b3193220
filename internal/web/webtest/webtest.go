// Package webtest holds the answers of a face to the face's own OpenAPI document. It owns that
// check and nothing else; only tests import it, so the checker stays out of the binary.
package webtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"kith/internal/web"
)

// Document is a face's loaded document. Goroutines may share it.
type Document struct{ doc *openapi3.T }

// Load writes the face's document, validates it as OpenAPI 3.1, and fails the test where the document
// says less than it must: an answer without a schema, a string, array or number without a bound.
func Load(t testing.TB, f *web.Face) *Document {
	t.Helper()
	text, err := f.OpenAPI(web.Info{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	for _, where := range Unbounded(tree) {
		t.Errorf("%s: no bound", where)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status, r := range op.Responses.Map() {
				if status[0] != '2' || status == "204" {
					continue
				}
				for mediaType, content := range r.Value.Content {
					if content.Schema == nil {
						t.Errorf("%s %s: %s as %s has no schema", method, path, status, mediaType)
					}
				}
				if len(r.Value.Content) == 0 {
					t.Errorf("%s %s: %s has no content", method, path, status)
				}
			}
		}
	}
	return &Document{doc}
}

// Unbounded lists the schemas in a document, decoded from JSON, whose strings, arrays or numbers may
// be of any size.
func Unbounded(tree any) []string {
	var found []string
	var walk func(value any, where string)
	walk = func(value any, where string) {
		switch v := value.(type) {
		case []any:
			for i, item := range v {
				walk(item, fmt.Sprintf("%s/%d", where, i))
			}
		case map[string]any:
			for _, name := range types(v["type"]) {
				for _, bound := range needs[name] {
					if v[bound] == nil && v["enum"] == nil {
						found = append(found, where)
					}
				}
			}
			for name, item := range v {
				if name != "examples" && name != "example" {
					walk(item, where+"/"+name)
				}
			}
		}
	}
	walk(tree, "")
	return found
}

var needs = map[string][]string{
	"string": {"maxLength"}, "array": {"maxItems"},
	"number": {"minimum", "maximum"}, "integer": {"minimum", "maximum"},
}

// types lists the words of a schema's type. A property that is called "type" has none.
func types(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		var list []string
		for _, item := range v {
			if s, ok := item.(string); ok {
				list = append(list, s)
			}
		}
		return list
	}
	return nil
}

// Check fails the test if the answer to a request is not as the document says. It leaves the body
// readable. A request that no route takes is held to the error body that others have for the status.
func (d *Document) Check(t testing.TB, method, path string, resp *http.Response) {
	t.Helper()
	if err := d.Disagrees(method, path, resp); err != nil {
		t.Errorf("%s %s: %d: %v", method, path, resp.StatusCode, err)
	}
}

// Disagrees says where the answer differs from the document; nil if nowhere.
func (d *Document) Disagrees(method, path string, resp *http.Response) error {
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	want := d.response(method, path, resp.StatusCode)
	if want == nil {
		return fmt.Errorf("the document has no such answer")
	}
	if len(want.Content) == 0 || method == http.MethodHead {
		if len(body) > 0 {
			return fmt.Errorf("the document has no body here")
		}
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	content := want.Content[mediaType]
	if content == nil {
		return fmt.Errorf("the document does not answer as %s", mediaType)
	}
	var value any
	if mediaType == "text/plain" && !json.Valid(body) {
		value = string(body)
	} else if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	return d.doc.ValidateSchemaJSON(content.Schema.Value, value, openapi3.VisitAsResponse(), openapi3.EnableJSONSchema2020())
}

func (d *Document) response(method, path string, status int) *openapi3.Response {
	path, _, _ = strings.Cut(path, "?")
	if method == http.MethodHead {
		method = http.MethodGet
	}
	var other *openapi3.Response
	for _, template := range d.doc.Paths.InMatchingOrder() {
		item := d.doc.Paths.Value(template)
		for offered, op := range item.Operations() {
			r := op.Responses.Status(status)
			if r == nil {
				continue
			}
			if other == nil || section(template) == section(path) {
				other = r.Value
			}
			if offered == method && matches(template, path) {
				return r.Value
			}
		}
		if matches(template, path) && item.GetOperation(method) != nil {
			return nil
		}
	}
	if status < 400 {
		return nil
	}
	return other
}

// section is the first segment of a path: what lies below it fails in one shape.
func section(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}

// matches reports whether a path fits a template, the last slash aside.
func matches(template, path string) bool {
	want := strings.Split(strings.TrimSuffix(template, "/"), "/")
	have := strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i] != have[i] && !strings.HasPrefix(want[i], "{") {
			return false
		}
	}
	return true
}
