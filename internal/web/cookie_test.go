package web_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"kith/internal/web"
)

// TestCookiesStayWhereTheyBelong: a session's cookie is read and set on a face that says so, over TLS or on this
// very machine, under the name of that way, and only where no header says who asks.
func TestCookiesStayWhereTheyBelong(t *testing.T) {
	const plain, prefixed = "kith_session=secret", "__Host-kith_session=secret"
	for _, tt := range []struct {
		name          string
		path          string
		tls, loopback bool
		header        http.Header
		reads, sets   string
	}{
		{"over TLS", "/3/user/", true, false, http.Header{"Cookie": {prefixed}}, "secret", "__Host-kith_session=new; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Strict"},
		{"over TLS, without the prefix", "/3/user/", true, false, http.Header{"Cookie": {plain}}, "", "__Host-kith_session=new; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Strict"},
		{"on this machine", "/3/user/", false, true, http.Header{"Cookie": {plain}}, "secret", "kith_session=new; Path=/3/; Max-Age=60; HttpOnly; SameSite=Strict"},
		{"on this machine, with the prefix", "/3/user/", false, true, http.Header{"Cookie": {prefixed}}, "", "kith_session=new; Path=/3/; Max-Age=60; HttpOnly; SameSite=Strict"},
		{"through a proxy without TLS", "/3/user/", false, true, http.Header{"Cookie": {plain}, "X-Forwarded-For": {"192.0.2.1"}}, "", ""},
		{"from elsewhere without TLS", "/3/user/", false, false, http.Header{"Cookie": {plain}}, "", ""},
		{"twice", "/3/user/", true, false, http.Header{"Cookie": {prefixed + "; " + prefixed}}, "", "__Host-kith_session=new; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Strict"},
		{"beside a header", "/3/user/", true, false, http.Header{"Cookie": {prefixed}, "Authorization": {"Token x"}}, "", "__Host-kith_session=new; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Strict"},
		{"on a face that reads none", "/api/user_account", true, false, http.Header{"Cookie": {prefixed}}, "", ""},
		{"on no face", "/docs", true, false, http.Header{"Cookie": {prefixed}}, "", ""},
	} {
		var read string
		handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			read = web.Cookie(r.Context(), web.SessionCookie)
			web.SetCookie(r.Context(), web.SessionCookie, "new", time.Minute)
		})
		faces := []*web.Face{{Name: "platform", Bases: []string{"/3"}, Cookies: "/3/"}, {Name: "jsonapi", Bases: []string{"/api"}}}
		r := httptest.NewRequest(http.MethodGet, tt.path, nil)
		r.Header = tt.header
		if tt.tls {
			r.TLS = &tls.ConnectionState{}
		}
		recorder := httptest.NewRecorder()
		web.Wrap(handler, web.Options{Faces: faces, Loopback: tt.loopback}).ServeHTTP(recorder, r)
		if got := recorder.Header().Get("Set-Cookie"); read != tt.reads || got != tt.sets {
			t.Errorf("%s: reads %q, sets %q", tt.name, read, got)
		}
	}
}
