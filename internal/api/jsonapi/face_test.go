package jsonapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kith"
	"kith/internal/core/resource"
	"kith/internal/web/webtest"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// golden compares text with a file of testdata, or rewrites the file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update and look at what changed:\n%s", path, got)
	}
}

// TestShapes: what each kind of answer looks like, whole.
func TestShapes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var out strings.Builder
	show := func(method, path, body string) {
		a := w.do(method, path, body)
		fmt.Fprintf(&out, "%s %s\n%d %s\n", method, path, a.Code, a.Header().Get("Content-Type"))
		if at := a.Header().Get("Location"); at != "" {
			fmt.Fprintln(&out, "Location:", at)
		}
		var text bytes.Buffer
		if json.Indent(&text, a.Body.Bytes(), "", "  ") == nil {
			out.Write(text.Bytes())
		} else {
			out.WriteString(a.Body.String())
		}
		out.WriteString("\n\n")
	}
	row := "/api/user_account/" + adaID
	show("GET", row, "")
	show("GET", row+"?fields=email", "")
	show("GET", "/api/user_account", "")
	w.row.Related = map[string][]resource.Ref{"usergroup_id": {{Table: "usergroup", ID: groupID}}}
	w.page.Included = []*resource.Row{w.editors()}
	show("GET", row+"?included_relations=usergroup_id&fields[user_account]=usergroup_id&fields[usergroup]=name", "")
	w.row.Related, w.page.Included = nil, nil
	show("POST", "/api/user_account", `{"data":{"type":"user_account","attributes":{"email":"test@gmail.com","name":"Test name","password":"test123"}},"meta":{}}`)
	show("DELETE", "/api/usergroup/"+groupID, "")
	show("GET", row+"/relationships/usergroup_id", "")
	show("GET", row+"/relationships/user_account_id", "")
	show("GET", row+"/why?actor=ada@x.example", "")
	show("POST", "/action/user_account/signin", `{"attributes":{"email":"ada@x.example","password":"p"}}`)
	show("GET", "/actions", "")
	show("GET", "/jsmodel/usergroup.js", "")
	show("GET", "/meta?query=column_types", "")
	show("GET", "/ping", "")
	show("GET", "/_config", "")
	show("GET", "/_config/backend/jwt.token.issuer", "")
	w.page.Rows = nil
	show("GET", row+"/user_account_id", "")
	show("GET", "/api/nothing", "")
	show("GET", "/action/user_account/signin", "")
	show("POST", "/action/user_account/nothing", "{}")
	golden(t, "shapes.txt", out.String())
}

// TestRoutes: what the face makes of a catalogue changes only on purpose.
func TestRoutes(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	for _, r := range newFake().face(io.Discard).Routes() {
		fmt.Fprintln(&out, r)
	}
	golden(t, "fake_routes.txt", out.String())
}

// TestDocument: the face's document is valid OpenAPI 3.1, and bounds every string, array and number.
func TestDocument(t *testing.T) {
	t.Parallel()
	webtest.Load(t, newFake().face(io.Discard))
}

// TestPages: the links of a list lead where they say.
func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	row := w.page.Rows[0]
	rows := func(n int) []*resource.Row {
		list := make([]*resource.Row, n)
		for i := range list {
			list[i] = row
		}
		return list
	}
	const base = "http://Kith.example:8080/api/user_account?"
	for _, tt := range []struct {
		query                string
		page                 resource.Page
		from, to, last       float64
		first, prev, next, l any
	}{
		{"", resource.Page{Rows: rows(6), Total: 6}, 0, 6, 1, "page%5Bnumber%5D=1", nil, nil, "page%5Bnumber%5D=1"},
		{"page[number]=2&page[size]=2&sort=-email", resource.Page{Rows: rows(2), Total: 5}, 2, 4, 3,
			"page%5Bsize%5D=2&sort=-email&page%5Bnumber%5D=1", "page%5Bsize%5D=2&sort=-email&page%5Bnumber%5D=1",
			"page%5Bsize%5D=2&sort=-email&page%5Bnumber%5D=3", "page%5Bsize%5D=2&sort=-email&page%5Bnumber%5D=3"},
		{"page[number]=3&page[size]=2", resource.Page{Rows: rows(1), Total: 5}, 4, 5, 3, "page%5Bsize%5D=2&page%5Bnumber%5D=1",
			"page%5Bsize%5D=2&page%5Bnumber%5D=2", nil, "page%5Bsize%5D=2&page%5Bnumber%5D=3"},
		{"page[number]=9&page[size]=2", resource.Page{Total: 5}, 5, 5, 3, "page%5Bsize%5D=2&page%5Bnumber%5D=1",
			"page%5Bsize%5D=2&page%5Bnumber%5D=3", nil, "page%5Bsize%5D=2&page%5Bnumber%5D=3"},
		{"page[number]=2&page[size]=2", resource.Page{Rows: rows(2), Total: 3, Capped: true, Next: "c"}, 2, 4, 2, "page%5Bsize%5D=2&page%5Bnumber%5D=1",
			"page%5Bsize%5D=2&page%5Bnumber%5D=1", "page%5Bsize%5D=2&page%5Bnumber%5D=3", nil},
		{"page[size]=2", resource.Page{Rows: rows(1), Total: 1, Incomplete: true, Next: "c+d"}, 0, 1, 1, "page%5Bsize%5D=2&page%5Bnumber%5D=1",
			nil, "page%5Bsize%5D=2&page%5Bafter%5D=c%2Bd", nil},
	} {
		w.page = &tt.page
		a := w.do("GET", "/api/user_account?"+tt.query, "")
		var doc struct {
			Links map[string]any
			Meta  map[string]any
		}
		if err := json.Unmarshal(a.Body.Bytes(), &doc); err != nil || a.Code != http.StatusOK {
			t.Fatalf("%s: %v %s", tt.query, err, a.Body)
		}
		whole := func(link any) any {
			if link == nil {
				return nil
			}
			return base + link.(string)
		}
		for name, want := range map[string]any{"from": tt.from, "to": tt.to, "last_page": tt.last, "first": whole(tt.first), "prev": whole(tt.prev),
			"next": whole(tt.next), "last": whole(tt.l), "first_page_url": whole(tt.first), "next_page_url": whole(tt.next)} {
			if doc.Links[name] != want {
				t.Errorf("%s: %s is %v, want %v", tt.query, name, doc.Links[name], want)
			}
		}
	}
	w.page = &resource.Page{Rows: rows(1), Total: 9, Next: "n", Previous: "p"}
	body := w.want(200, "GET", "/api/user_account?page[after]="+adaID, "", `"next":"`+base+`page%5Bafter%5D=n"`, `"prev":"`+base+`page%5Bbefore%5D=p"`)
	if strings.Contains(body, "current_page") {
		t.Errorf("by cursor there are no page numbers: %s", body)
	}
}

// TestWhoAsks: only a bearer token in the header signs in, and most of what is none makes a guest.
func TestWhoAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine := func(headers ...string) int {
		return w.do("PATCH", "/api/user_account/mine", `{"data":{"type":"user_account","id":"`+adaID+`"}}`, headers...).Code
	}
	// The id of "mine" is known of those who are signed in only: a guest's contradicts the address.
	for header, want := range map[string]int{"Bearer ada": 200, "bearer ada": 200, "Bearer over": 401, "Bearer null": 409, "Bearer undefined": 409,
		"Token ada": 409, "ada": 409, "Bearer ada ada": 409, "Bearer  ada": 409, "": 409, "Bearer garbled": 409} {
		if got := mine("Authorization: " + header); got != want {
			t.Errorf("%q: %d, want %d", header, got, want)
		}
	}
	if got := mine("Authorization: Bearer ada", "Authorization: Bearer ada"); got != 409 {
		t.Errorf("two headers: %d", got)
	}
	if got := mine("Cookie: token=ada"); got != 409 {
		t.Errorf("a cookie signs in: %d", got)
	}
	w.do("GET", "/api/user_account", "", "X-Company: acme")
	if w.slug != "acme" || w.host != "kith.example" {
		t.Errorf("the company was looked for by %q and %q", w.slug, w.host)
	}
	if a := w.do("GET", "/api/user_account", "", "X-Company: none"); a.Code != 400 || !strings.Contains(a.Body.String(), "X-Company") {
		t.Errorf("no company: %d %s", a.Code, a.Body)
	}
	if a := w.do("GET", "/ping", "", "X-Company: none", "Authorization: Bearer over"); a.Code != 200 || a.Body.String() != "pong" {
		t.Errorf("ping: %d %s", a.Code, a.Body)
	}
	for _, path := range []string{"/api/user_account?token=ada", "/ping?token=x", "/actions?access_token=x", "/meta?PASSWORD=x"} {
		w.want(400, "GET", path, "", "do not belong into an address")
	}
	w.want(400, "POST", "/action/user_account/signin?email=a&password=b", "{}", "client.notify", "do not belong into an address")
	w.want(400, "GET", "/action/user_account/signin?email=a&password=b", "", "client.notify", "do not belong into an address")
	w.want(405, "GET", "/action/user_account/signin?email=a", "", "client.notify", "run by POST")
	w.want(400, "POST", "/action/user_account/signin?email=a", "{}", "client.notify", "no such parameter")
}

// TestFailures: errors of the core get statuses, codes and places.
func TestFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := func(err error, status int, texts ...string) {
		t.Helper()
		w.err = err
		w.want(status, "POST", "/api/user_account", `{"data":{"type":"user_account","attributes":{}}}`, texts...)
	}
	taken := &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken, Field: "email", Message: "This email is already in use."}
	post(taken, 409, `{"errors":[{"status":"409","code":"taken","title":"This email is already in use.","detail":"email: This email is already in use.","source":{"pointer":"/data/attributes/email"}}]}`)
	post(errors.Join(kith.BadField("email", kith.CodeRequired, "Required."), kith.BadField("usergroup_id", kith.CodeNotFound, "None.")), 400,
		`"pointer":"/data/attributes/email"`, `"pointer":"/data/relationships/usergroup_id"`)
	post(kith.ErrNotFound, 404, `"status":"404"`)
	post(&kith.Error{Kind: kith.Unauthenticated, Code: kith.CodeUnauthenticated, Message: "m"}, 403, "Sign in first")
	post(&kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden, Message: "You may not."}, 403, "You may not.")
	post(errors.New("UNIQUE constraint failed: secret"), 500, "Quote request id", `"id":"`)
	if strings.Contains(w.want(500, "GET", "/api/user_account", ""), "UNIQUE") || !strings.Contains(w.log.String(), "UNIQUE") {
		t.Error("what the caller must not see is for the log")
	}
	w.err = &kith.Error{Kind: kith.Invalid, Code: kith.CodeBadCredentials, Message: "Wrong."}
	if a := w.do("POST", "/action/user_account/signin", "{}"); a.Code != 401 || a.Body.String() !=
		`[{"ResponseType":"client.notify","Attributes":{"message":"Wrong.","title":"failed","type":"error"}}]` {
		t.Errorf("wrong password: %d %s", a.Code, a.Body)
	}
	w.err = errors.Join(kith.BadField("email", kith.CodeRequired, "Required."), kith.BadField("password", kith.CodeRequired, "Required."))
	w.want(400, "POST", "/action/user_account/signin", "{}", "email: Required. password: Required.")
	w.err = kith.BadField("email", kith.CodeNotAllowed, "No.")
	w.want(400, "GET", "/api/user_account?sort=email", "", `"parameter":"sort"`)
	w.err = kith.BadField("after", kith.CodeNotAllowed, "No.")
	w.want(400, "GET", "/api/user_account?page[after]=x", "", `"parameter":"page[after]"`)
	w.want(400, "POST", "/api/user_account/"+adaID+"/relationships/usergroup_id", `{"data":[]}`, `"pointer":"/data"`)
	w.err = nil
	for path, status := range map[string]int{"/api": 404, "/api/": 404, "/api/nope": 404, "/api/user_account/": 404, "/api/user_account/a/b/c": 404,
		"/jsmodel/nope.js": 404, "/_config/web/jwt.secret": 404, "/_config/backend/nope": 404, "/api/%ff": 404, "/api/user_account/%ff": 404} {
		w.want(status, "GET", path, "", `"errors":[{"status":"404"`)
	}
	w.want(405, "PUT", "/api/user_account", "{}", `"status":"405"`)
	w.want(405, "DELETE", "/api/user_account/"+adaID, "", `"status":"405"`) // the table has no such verb
}

// TestConfig: values are set as they are sent.
func TestConfig(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const path = "/_config/backend/jwt.token.life.hours"
	for _, method := range []string{"POST", "PUT", "PATCH"} {
		w.want(200, method, path, "24 "+method)
		if got := w.want(200, "GET", path, ""); got != "24 "+method {
			t.Errorf("%s: %q", method, got)
		}
	}
	w.want(400, "POST", path, "\xff", "bad_format")
	w.want(413, "POST", path, strings.Repeat("x", maxConfig+1))
	w.want(200, "DELETE", path, "")
	w.want(404, "GET", path, "")
}

// TestPreflight: pages may name their company.
func TestPreflight(t *testing.T) {
	t.Parallel()
	a := newWorld(t).do("OPTIONS", "/api/user_account", "", "Origin: https://app.example", "Access-Control-Request-Method: POST")
	if allowed := a.Header().Get("Access-Control-Allow-Headers"); a.Code != 204 || !strings.Contains(allowed, "X-Company") {
		t.Errorf("%d %s", a.Code, allowed)
	}
}
