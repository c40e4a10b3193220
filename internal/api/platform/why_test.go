package platform_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kith/internal/core"
)

// TestWhyTellsTheTruth: for every operation that a route asks for, and every role, the explanation says
// what the request itself gets at the door.
func TestWhyTellsTheTruth(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	for _, role := range []string{"user", "support", "manager", "admin"} {
		for _, r := range w.face.Routes() {
			section, name, asks := strings.Cut(r.Permission, ":")
			if !asks {
				continue
			}
			p := w.somebody(role)
			id := w.arrange(ask("GET", "/3/user/", p.token, "")).text("data.id")
			got := w.through(role, r, p)
			let := got.status != http.StatusForbidden || !strings.Contains(got.body, "You do not have permission")
			query := url.Values{"actor": {id}, "operation": {name}, "section": {section}}
			a := w.arrange(ask("GET", "/3/admin/why/?"+query.Encode(), owner, "")).want(http.StatusOK)
			if a.at("data.allowed") != let || a.text("data.asked") != asked(t, r.Permission) {
				t.Errorf("%s %s got %d; why says %s", role, r, got.status, a.body)
			}
			if names := strings.Contains(a.text("data.because"), role); !names {
				t.Errorf("%s %s: the reason does not name the group: %s", role, r, a.text("data.because"))
			}
		}
	}
}

// asked is the permission behind the operation that a route names.
func asked(t *testing.T, permission string) string {
	t.Helper()
	for _, op := range core.Operations() {
		if op.String() == permission {
			return op.Asked().String()
		}
	}
	t.Errorf("no operation of the core is called %s", permission)
	return ""
}

// TestWhyKnowsDirectPermissions: what a user holds besides the group counts, and is told.
func TestWhyKnowsDirectPermissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	w.user("acme", "ada@x.example")
	ask := ask("GET", "/3/admin/why/?actor=ada@x.example&operation=event.view", owner, "")
	if a := w.do(ask); a.at("data.allowed") != false {
		t.Errorf("before: %s", a.body)
	}
	held := born("admin")
	w.sql(`UPDATE users SET permissions = $1 WHERE email = 'ada@x.example'`, held.Bytes())
	if a := w.do(ask); a.at("data.allowed") != true || a.text("data.because") != fmt.Sprintf(
		"The user holds directly %s, which reaches every row of the company.", "admin:event.view") {
		t.Errorf("after: %s", a.body)
	}
}
