package platform_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kith/internal/web"
)

const (
	site    = "https://kith.example"
	foreign = "acts only for pages of this server" // what a page is told that may not act
)

// browser is a browser at https://kith.example: it sends its cookies along, whatever page asks.
type browser struct {
	*world
	cookies map[string]string
}

// from makes a request for a page: head is "Name: value" of the headers that tell which.
func (b *browser) from(method, path, body string, head ...string) answer {
	b.t.Helper()
	r := ask(method, site+path, "", body)
	for name, value := range b.cookies {
		r.header.Add("Cookie", name+"="+value)
	}
	for _, line := range head {
		name, value, _ := strings.Cut(line, ": ")
		r.header.Add(name, value)
	}
	a := b.arrange(r)
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || !strings.HasPrefix(c.Name, "__Host-") {
			b.t.Errorf("%s %s sets %s", method, path, c)
		}
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return a
}

// enter signs somebody of acme in, by cookie.
func (b *browser) enter(user string) answer {
	b.t.Helper()
	return b.from("POST", "/3/auth/login/", fmt.Sprintf(`{"company": "acme", "user": %q, "password": %q, "auth_method": "cookie"}`, user, goodPassword),
		"Origin: "+site).want(http.StatusOK)
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	b := &browser{newWorld(t, options{}), map[string]string{}}
	b.company("acme")
	b.company("bolt")
	b.origins("acme", []string{"https://app.acme.example"})
	b.origins("bolt", []string{"https://app.bolt.example"})
	return b
}

// TestForeignPages: a page changes something with its visitor's cookie only if it is this server's own or of an
// application of the visitor's company; others cannot even read (T103).
func TestForeignPages(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.enter("owner@acme.example")
	for _, tt := range []struct {
		head   []string
		status int
		reads  string // origin whose page may read the answer with cookies
	}{
		{[]string{"Origin: " + site}, 200, ""},
		{[]string{"Origin: " + site, "Sec-Fetch-Site: same-origin"}, 200, ""},
		{[]string{"Origin: http://kith.example"}, 200, ""}, // the public URL's: a proxy in front may speak TLS
		{[]string{"Sec-Fetch-Site: same-origin"}, 200, ""},
		{[]string{"Origin: https://app.acme.example", "Sec-Fetch-Site: cross-site"}, 200, "https://app.acme.example"},
		{[]string{"Origin: https://app.bolt.example"}, 403, ""},
		{[]string{"Origin: https://app.bolt.example", "Sec-Fetch-Site: same-origin"}, 403, ""},
		{[]string{"Origin: https://evil.example"}, 403, ""},
		{[]string{"Origin: https://kith.example.evil.example"}, 403, ""},
		{[]string{"Origin: https://evilkith.example"}, 403, ""},
		{[]string{"Origin: https://kith.example:8443"}, 403, ""},
		{[]string{"Origin: https://app.acme.example.evil.example"}, 403, ""},
		{[]string{"Origin: https://APP.acme.example"}, 403, ""},
		{[]string{"Origin: http://localhost:5173"}, 403, ""},
		{[]string{"Origin: null"}, 403, ""},
		{[]string{"Origin: *"}, 403, ""},
		{[]string{"Origin: "}, 403, ""},
		{[]string{"Origin: https://evil.example", "Origin: " + site}, 403, ""},
		{[]string{"Origin: " + site, "Origin: https://evil.example"}, 403, ""},
		{[]string{"Sec-Fetch-Site: same-site"}, 403, ""},
		{[]string{"Sec-Fetch-Site: cross-site"}, 403, ""},
		{[]string{"Sec-Fetch-Site: none"}, 403, ""},
		{[]string{"Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"}, 403, ""},
		{[]string{"Referer: " + site + "/"}, 403, ""},
		{nil, 403, ""},
	} {
		what := strings.Join(tt.head, ", ")
		got := b.from("PATCH", "/3/user/", `{"first_name": "Eve"}`, tt.head...)
		if got.status != tt.status || tt.status == 403 && !strings.Contains(got.body, foreign) {
			t.Errorf("%s: %d %s, want %d", what, got.status, got.body, tt.status)
		}
		read := b.from("GET", "/3/user/", "", tt.head...).want(http.StatusOK)
		if origin := read.header.Get("Access-Control-Allow-Origin"); origin != tt.reads && read.header.Get("Access-Control-Allow-Credentials") != "" ||
			tt.reads != "" && read.header.Get("Access-Control-Allow-Credentials") != "true" {
			t.Errorf("%s: the answer may be read by %q, with cookies: %q", what, origin, read.header.Get("Access-Control-Allow-Credentials"))
		}
	}
}

// TestEveryWriteAsksForItsPage: no route that changes something takes a cookie's word alone, and each takes it
// from this server's own page (T103).
func TestEveryWriteAsksForItsPage(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.enter("owner@acme.example")
	tried := 0
	for _, r := range b.writers() {
		if r.Permission == web.Guest {
			continue
		}
		path := target{}.paths(r.Path)[0]
		if a := b.from(r.Method, path, "{"); a.status != http.StatusForbidden || !strings.Contains(a.body, foreign) {
			t.Errorf("%s: %d %s", r, a.status, a.body)
		}
		if a := b.from(r.Method, path, "{", "Origin: "+site); strings.Contains(a.body, foreign) || a.status == http.StatusUnauthorized {
			t.Errorf("%s, from its own page: %d %s", r, a.status, a.body)
		}
		if tried++; len(b.cookies) == 0 { // that was the way out
			b.enter("owner@acme.example")
		}
		if r.Path == "/3/auth/tokens/" && r.Method == http.MethodDelete || strings.HasPrefix(r.Path, "/3/admin/auth/tokens/") {
			b.enter("owner@acme.example")
		}
	}
	if tried < 50 {
		t.Errorf("only %d routes were tried", tried)
	}
}

// TestSignInForgetsWhatWas: signing in makes a session that nobody has chosen and ends the one that the browser
// came with; whoever planted a cookie before is left with nothing (T11).
func TestSignInForgetsWhatWas(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.user("acme", "ada@x.example")
	b.cookies["__Host-kith_session"] = strings.Repeat("a", 64)
	b.enter("ada@x.example")
	planted := b.cookies["__Host-kith_session"]
	if planted == strings.Repeat("a", 64) {
		t.Fatal("the browser keeps the session that somebody chose")
	}
	b.do(ask("GET", "/3/user/", planted, "")).want(http.StatusOK)
	b.enter("owner@acme.example")
	b.do(ask("GET", "/3/user/", planted, "")).want(http.StatusUnauthorized)
	if a := b.from("GET", "/3/user/", "").want(http.StatusOK); a.at("data.email") != "owner@acme.example" {
		t.Errorf("the browser is signed in as %s", a.body)
	}
	// A request that brings its own token leaves the cookies alone.
	mine := b.cookies["__Host-kith_session"]
	b.from("POST", "/3/auth/logout/", "", "Authorization: Token "+b.signIn("ada@x.example")).want(http.StatusOK)
	if b.cookies["__Host-kith_session"] != mine {
		t.Error("signing out by header took the cookie")
	}
	b.from("POST", "/3/auth/logout/", "", "Origin: "+site).want(http.StatusOK)
	if len(b.cookies) > 0 {
		t.Errorf("after signing out the browser has %d cookies", len(b.cookies))
	}
	b.do(ask("GET", "/3/user/", mine, "")).want(http.StatusUnauthorized)
}
