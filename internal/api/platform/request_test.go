package platform_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"kith/internal/api/platform"
	"kith/internal/web/webtest"
)

// document is the face's own, loaded once for all tests.
var document = struct {
	once sync.Once
	doc  *webtest.Document
}{}

func (w *world) document() *webtest.Document {
	w.t.Helper()
	document.once.Do(func() { document.doc = webtest.Load(w.t, platform.Face(nil, nil, "test")) })
	if document.doc == nil {
		w.t.Fatal("the OpenAPI document does not load: see TestDocument")
	}
	return document.doc
}

// request is one call of a client.
type request struct {
	method, path string
	header       http.Header
	body         string
}

// ask makes a request. token is put into the Authorization header unless it is "".
func ask(method, path, token, body string) request {
	r := request{method: method, path: path, header: http.Header{}, body: body}
	if token != "" {
		r.header.Set("Authorization", "Token "+token)
	}
	if body != "" {
		r.header.Set("Content-Type", "application/json")
	}
	return r
}

// answer is what a client got.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// do sends a request through everything that a listener puts it through, and checks the answer against
// the document.
func (w *world) do(r request) answer {
	w.t.Helper()
	response := w.serve(r)
	if r.method != http.MethodOptions {
		w.document().Check(w.t, r.method, r.path, response)
	}
	return w.read(r, response)
}

// arrange is do without the check, which costs more than all the rest, for what is asked a thousand
// times on the way to a test.
func (w *world) arrange(r request) answer {
	w.t.Helper()
	return w.read(r, w.serve(r))
}

func (w *world) serve(r request) *http.Response {
	w.t.Helper()
	in := httptest.NewRequestWithContext(w.t.Context(), r.method, r.path, strings.NewReader(r.body))
	in.Header = r.header
	in.RemoteAddr, in.Host = "127.0.0.1:40000", "kith.example"
	if r.body == "" {
		in.ContentLength = 0
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, in)
	if r.method == http.MethodHead {
		recorder.Body.Reset() // as a server does
	}
	return recorder.Result()
}

func (w *world) read(r request, response *http.Response) answer {
	w.t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	w.remember(r.body)
	w.remember(string(body))
	for _, c := range response.Cookies() {
		if len(c.Value) >= shortestSecret {
			w.know(c.Value, "a cookie")
		}
	}
	return answer{w.t, response.StatusCode, response.Header, string(body)}
}

// remember keeps the secrets of a body, so that keepsSecrets can look for them.
func (w *world) remember(body string) {
	var tree any
	if json.Unmarshal([]byte(body), &tree) != nil {
		return
	}
	each(tree, func(name string, value any) {
		secret, isText := value.(string)
		if isText && len(secret) >= shortestSecret && (strings.Contains(name, "password") && !strings.HasSuffix(name, "_url") || name == "token" || name == "refresh_token") {
			w.know(secret, "a "+name)
		}
	})
}

// know keeps one secret. Requests may be under way side by side.
func (w *world) know(secret, what string) {
	w.secretsMu.Lock()
	defer w.secretsMu.Unlock()
	w.secrets[secret] = what
}

// each calls f for every named member in a tree of JSON.
func each(tree any, f func(name string, value any)) {
	switch v := tree.(type) {
	case map[string]any:
		for name, value := range v {
			f(name, value)
			each(value, f)
		}
	case []any:
		for _, item := range v {
			each(item, f)
		}
	}
}

// want fails the test unless the status is the one.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("got %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// at gives the value at a dotted path of the body; nil if there is none.
func (a answer) at(path string) any {
	a.t.Helper()
	var value any
	if err := json.Unmarshal([]byte(a.body), &value); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
	for name := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[name]
		case []any:
			var i int
			if _, err := fmt.Sscan(name, &i); err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// text gives the text at a dotted path of the body.
func (a answer) text(path string) string {
	a.t.Helper()
	s, ok := a.at(path).(string)
	if !ok {
		a.t.Fatalf("no text at %s: %s", path, a.body)
	}
	return s
}
