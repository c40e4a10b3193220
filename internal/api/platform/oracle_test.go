package platform_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kith/internal/api/platform"
	"kith/internal/web"
)

// clerk is somebody who may look at these nouns as staff, and at nothing else.
func (w *world) clerk(owner, name string, types ...string) (token, id string) {
	w.t.Helper()
	var grants []string
	for _, t := range types {
		grants = append(grants, fmt.Sprintf(`{"section": "admin", "type": %q, "level": "view"}`, t))
	}
	w.do(ask("POST", "/3/admin/groups/", owner, fmt.Sprintf(`{"name": %q, "section": "admin"}`, name))).want(http.StatusCreated)
	w.do(ask("POST", "/3/admin/groups/"+name+"/permissions/", owner, `{"permissions": [`+strings.Join(grants, ",")+`]}`)).want(http.StatusCreated)
	email := name + "@x.example"
	made := w.user("acme", email)
	w.do(ask("POST", "/3/admin/users/"+email+"/groups/", owner, fmt.Sprintf(`{"group": %q}`, name))).want(http.StatusCreated)
	return made.text("data.token"), made.text("data.user.id")
}

// alike fails the test unless two requests get the same answer, but for what they name.
func (w *world) alike(token, path, one, other string) answer {
	w.t.Helper()
	a, b := w.do(ask("GET", path+url.PathEscape(one), token, "")), w.do(ask("GET", path+url.PathEscape(other), token, ""))
	if a.status != b.status || strings.ReplaceAll(a.body, one, "") != strings.ReplaceAll(b.body, other, "") {
		w.t.Errorf("%s%s: %d %s\n%s: %d %s", path, one, a.status, a.body, other, b.status, b.body)
	}
	return a
}

// TestHiddenAttributesAreNoOracle: staff neither filter by nor count what they may not read of users'
// attributes, indexed or not, nor find it among the old values of events; the users themselves read it (T67).
func TestHiddenAttributesAreNoOracle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	for i, colour := range []string{"blue", "green", "blue", "red"} {
		w.user("acme", fmt.Sprintf("user%d@x.example", i))
		w.do(ask("PATCH", fmt.Sprintf("/3/admin/users/user%d@x.example/", i), owner,
			fmt.Sprintf(`{"metadata": {"secret": %q, "number": %d, "open": %q}}`, colour, i, colour))).want(http.StatusOK)
	}
	const schema = `{"properties": {"secret": {"type": "string", "x-read": ["user"], "x-index": %t},
		"number": {"type": "integer", "x-read": ["user"], "x-write": ["admin"], "x-index": %t}, "open": {"type": "string", "x-index": %t}}}`
	for _, indexed := range []bool{false, true} {
		w.put(owner, fmt.Sprintf(schema, indexed, indexed, indexed)).want(http.StatusOK)
		for n := 1; n > 0; {
			var err error
			if n, err = w.core.Directory.IndexAttributes(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		const list = "/3/admin/users/?orderby=created&"
		for _, key := range []string{"secret", "number"} {
			for _, asked := range []string{"%s=blue", "%s=2", "%s__startswith=b", "%s__in=blue,2", "%s__gt=1", "%s__gte=a", "%s__lt=2", "%s__lte=blue",
				"%s__isnull=false", "%s__isnull=true"} {
				asked = "metadata__" + asked
				w.alike(owner, list, fmt.Sprintf(asked, key), fmt.Sprintf(asked, "nothing"))
			}
		}
		if n := w.do(ask("GET", list+"metadata__open=blue", owner, "")).want(http.StatusOK).at("data.count"); n != 2.0 {
			t.Errorf("by an attribute that staff may read, %v users are found, want 2", n)
		}
	}
	w.clock.move(time.Second) // events of one moment have no order
	w.do(ask("PATCH", "/3/admin/users/user1@x.example/", owner, `{"metadata": {"number": 7}}`)).want(http.StatusOK)
	log := w.do(ask("GET", "/3/admin/audit/?subject=user1@x.example&verb=change", owner, "")).want(http.StatusOK)
	if old, _ := log.at("data.results.0.old.metadata").(map[string]any); len(old) != 1 || old["open"] != "green" {
		t.Errorf("what stood there before is shown as %v", old)
	}
	one := w.do(ask("GET", "/3/admin/audit/"+log.text("data.results.0.id")+"/", owner, "")).want(http.StatusOK)
	if strings.Contains(one.body+log.body, "secret") {
		t.Errorf("the audit log tells what staff may not read: %s", one.body)
	}
	mine := w.arrange(ask("POST", "/3/auth/login/", "", fmt.Sprintf(`{"company": "acme", "user": "user1@x.example", "password": %q}`, goodPassword))).text("data.token")
	if a := w.do(ask("GET", "/3/user/", mine, "")); a.at("data.metadata.secret") != "green" {
		t.Errorf("the user is shown %s", a.body)
	}
}

// TestTheLogIsNoOracle: who may read events but not users learns from no filter whose an address is, and sees
// no more of people than their ids; who may not read events is told the same whatever they ask (T67).
func TestTheLogIsNoOracle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	ada := w.user("acme", "ada@x.example")
	w.do(ask("PATCH", "/3/user/", ada.text("data.token"), `{"first_name": "Augusta", "username": "countess"}`)).want(http.StatusOK)
	w.do(ask("PATCH", "/3/user/", ada.text("data.token"), `{"first_name": "Ada"}`)).want(http.StatusOK)
	reader, _ := w.clerk(owner, "readers", "request")
	for _, filter := range []string{"actor=", "subject="} {
		for _, name := range []string{"ada@x.example", "countess"} {
			if a := w.alike(reader, "/3/admin/audit/?"+filter, name, strings.Repeat("z", len(name))); !strings.Contains(a.body, `"results":[]`) {
				t.Errorf("%s%s finds %s", filter, name, a.body)
			}
		}
	}
	a := w.do(ask("GET", "/3/admin/audit/?subject="+ada.text("data.user.id"), reader, "")).want(http.StatusOK)
	if rows, _ := a.at("data.results").([]any); len(rows) < 3 {
		t.Errorf("by id, the reader finds %s", a.body)
	}
	for _, secret := range []string{"ada@x.example", "countess", "Augusta"} {
		if strings.Contains(a.body, secret) {
			t.Errorf("the reader sees %s: %s", secret, a.body)
		}
	}
	outsider, _ := w.clerk(owner, "outsiders", "user")
	for _, query := range []string{"actor=ada@x.example", "noun=user", "verb=nothing", "row=" + ada.text("data.user.id"), "cursor=x", "session=x"} {
		w.do(ask("GET", "/3/admin/audit/?"+query, outsider, "")).want(http.StatusForbidden)
		w.alike(outsider, "/3/admin/audit/?", query, "noun=session")
	}
	if a := w.do(ask("GET", "/3/admin/audit/?subject=ada@x.example", owner, "")); !strings.Contains(a.body, "Augusta") {
		t.Errorf("the owner does not see it either: %s", a.body)
	}
}

// TestWhyIsNoOracle: who may see permissions but not users names people by id, and is told no more of them;
// who may not see permissions is told the same whatever they ask (T67).
func TestWhyIsNoOracle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	ada := w.user("acme", "ada@x.example")
	reader, _ := w.clerk(owner, "readers", "permission")
	w.alike(reader, "/3/admin/why/?operation=user.view&actor=", "ada@x.example", "eve@x.example")
	w.alike(reader, "/3/admin/why/?operation=user.view&actor="+ada.text("data.user.id")+"&user=", "ada@x.example", "eve@x.example")
	ids := "/3/admin/why/?operation=user.view&actor=" + ada.text("data.user.id")
	if a := w.do(ask("GET", ids, reader, "")).want(http.StatusOK); a.text("data.actor.id") != ada.text("data.user.id") || strings.Contains(a.body, "ada@x.example") {
		t.Errorf("the reader sees %s", a.body)
	}
	if a := w.do(ask("GET", ids, owner, "")).want(http.StatusOK); a.text("data.actor.email") != "ada@x.example" {
		t.Errorf("the owner sees %s", a.body)
	}
	outsider, _ := w.clerk(owner, "outsiders", "user")
	for _, query := range []string{"actor=ada@x.example&operation=user.view", "actor=ada@x.example&operation=nothing", "actor=eve@x.example&operation=user.view"} {
		w.do(ask("GET", "/3/admin/why/?"+query, outsider, "")).want(http.StatusForbidden)
		w.alike(outsider, "/3/admin/why/?", query, "actor=x&operation=y")
	}
}

// TestUsersAreNoOracle: to whoever may not see users, each parameter of the list is refused in the same
// words, whatever its value finds; and whoever may see users, but not their accounts, finds none by an
// account that is not shown with its user (T67).
func TestUsersAreNoOracle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	ada := w.user("acme", "ada@x.example")
	rainy := w.do(ask("POST", "/3/admin/accounts/", owner, `{"user": "ada@x.example", "name": "rainy days"}`)).want(http.StatusCreated).text("data.reference")
	shown := ada.text("data.user.account")
	outsider, _ := w.clerk(owner, "outsiders", "token", "account", "group", "request")
	want := w.do(ask("GET", "/3/admin/users/", outsider, "")).want(http.StatusForbidden)
	tried := 0
	for _, name := range parametersOf(t, "/3/admin/users/") {
		for _, value := range []string{"ada@x.example", "a", ada.text("data.user.id"), "true", "1", "created", "pending", shown} {
			got := w.arrange(ask("GET", "/3/admin/users/?"+url.Values{strings.ReplaceAll(name, "*", "key"): {value}}.Encode(), outsider, ""))
			if tried++; got.status == http.StatusOK || got.status == http.StatusForbidden && got.body != want.body {
				t.Errorf("%s=%s: %d %s", name, value, got.status, got.body)
			}
		}
	}
	if tried < 400 {
		t.Errorf("only %d requests were made", tried)
	}
	viewer, _ := w.clerk(owner, "viewers", "user")
	for _, tt := range []struct {
		token, query string
		want         any
	}{
		{viewer, "account=" + rainy, 0.0}, {owner, "account=" + rainy, 1.0}, {viewer, "account=" + shown, 1.0},
		{viewer, "account__name=default", 0.0}, {viewer, "account__label=default", 0.0},
	} {
		if a := w.do(ask("GET", "/3/admin/users/?"+tt.query, tt.token, "")).want(http.StatusOK); a.at("data.count") != tt.want {
			t.Errorf("%s finds %v, want %v", tt.query, a.at("data.count"), tt.want)
		}
	}
}

// parametersOf lists the query parameters of a list, as the document names them.
func parametersOf(t *testing.T, path string) []string {
	t.Helper()
	text, err := platform.Face(nil, nil, "test").OpenAPI(web.Info{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	doc := decoded(t, text)
	list, _ := resolve(doc, at(doc, doc["paths"], path, "get"))["parameters"].([]any)
	for _, item := range list {
		if parameter := resolve(doc, item); parameter["in"] == "query" {
			names = append(names, parameter["name"].(string))
		}
	}
	slices.Sort(names)
	return names
}

// TestFlippedCursors: a cursor of the audit log or of the list of users with any one bit changed is bad input
// (T67).
func TestFlippedCursors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	w.user("acme", "ada@x.example")
	for _, path := range []string{"/3/admin/audit/?page_size=1", "/3/admin/users/?page_size=1"} {
		next, err := url.Parse(w.do(ask("GET", path, owner, "")).text("data.next"))
		if err != nil {
			t.Fatal(err)
		}
		cursor := next.Query().Get("cursor")
		if a := w.do(ask("GET", path+"&cursor="+cursor, owner, "")); a.status != http.StatusOK {
			t.Fatalf("%s: the list's own cursor: %d", path, a.status)
		}
		sealed, err := base64.RawURLEncoding.DecodeString(cursor)
		if err != nil {
			t.Fatal(err)
		}
		for bit := range len(sealed) * 8 {
			flipped := slices.Clone(sealed)
			flipped[bit/8] ^= 1 << (bit % 8)
			a := w.arrange(ask("GET", path+"&cursor="+base64.RawURLEncoding.EncodeToString(flipped), owner, ""))
			if a.status != http.StatusBadRequest || a.at("data.cursor") == nil {
				t.Fatalf("%s with bit %d flipped: %d %s", path, bit, a.status, a.body)
			}
		}
	}
}
