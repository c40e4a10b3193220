package platform_test

import (
	"fmt"
	"net/http"
	"testing"

	"kith/internal/store/dbtest"
)

// neutral are the public routes that take a name and say nothing of whose it is: the member that the name comes
// in, and whether it may be a mobile.
var neutral = []struct {
	path, member string
	mobile       bool
}{
	{"/3/auth/password/reset/", "user", false},
	{"/3/auth/password/reset/", "user", true},
	{"/3/auth/deactivate/", "user", false},
	{"/3/auth/deactivate/", "user", true},
	{"/3/auth/request-delete/", "user", false},
	{"/3/auth/request-delete/", "user", true},
	{"/3/auth/email/verify/resend/", "email", false},
	{"/3/auth/mobile/verify/resend/", "mobile", true},
}

// TestNobodyIsToldWhoIsThere: whoever a name belongs to, and whether it does to anybody, a public route that takes
// one gives the same status, body and headers, and writes nothing before it has answered (T26, T27).
func TestNobodyIsToldWhoIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{limits: true})
	w.company("bolt")
	owner := w.company("acme").text("data.token")
	names := map[string]victim{"unknown": {email: "nobody@x.example", mobile: "+27839999999"}}
	for name, change := range map[string]string{"known": "", "deactivated": "flags = 2", "archived": "flags = 1", "temporary": "flags = 4", "without a password": "password = ''"} {
		v := w.newVictim(owner)
		if names[name] = v; change != "" {
			w.sql(`UPDATE users SET `+change+` WHERE email = $1`, v.email)
		}
	}
	elsewhere := names["known"]
	w.doAsked()
	for _, n := range neutral {
		ask := func(who victim, company string) answer {
			value := who.email
			if n.mobile {
				value = who.mobile
			}
			before := w.dump()
			a := w.do(ask("POST", n.path, "", fmt.Sprintf(`{"company": %q, %q: %q}`, company, n.member, value))).want(http.StatusOK)
			if wrote := dbtest.Changed(before, w.dump()); len(wrote) > 0 {
				t.Errorf("%s wrote %v before it answered", n.path, wrote)
			}
			return a
		}
		first := ask(names["known"], "acme")
		same := func(name string, a answer) {
			t.Helper()
			if a.body != first.body || len(a.header) != len(first.header) {
				t.Errorf("%s, %s: %s %v; known: %s %v", n.path, name, a.body, a.header, first.body, first.header)
			}
			for head := range first.header {
				if head != "X-Request-Id" && a.header.Get(head) != first.header.Get(head) {
					t.Errorf("%s, %s: %s is %q; known: %q", n.path, name, head, a.header.Get(head), first.header.Get(head))
				}
			}
		}
		for name, who := range names {
			same(name, ask(who, "acme"))
		}
		same("of another company", ask(elsewhere, "bolt"))
		same("of no company", ask(elsewhere, "nobody"))
		for range 6 { // more than anybody is sent
			same("known, again and again", ask(names["known"], "acme"))
		}
	}
	w.doAsked()
	if got := len(w.inbox(names["known"].email)); got < 2 {
		t.Errorf("the one who is there got %d messages", got)
	}
	if got := len(w.inbox("nobody@x.example")); got > 0 {
		t.Errorf("nobody got %d messages", got)
	}
}
