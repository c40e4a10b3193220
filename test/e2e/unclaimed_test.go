package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestServeCompany: kith serve makes the company that it is given, once, which has users and no owner; nobody else can
// have its id; and its host names are one company's.
func TestServeCompany(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		p := newPlace(t, e)
		p.under = []string{"sh", "-c", `exec "$@" --company Acme`, "sh"}
		for range 2 {
			s := p.serve(t)
			for end := time.Now().Add(5 * time.Second); !strings.Contains(s.out.String(), "Unclaimed   acme, mode test"); time.Sleep(5 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("it says\n%s", s.out.String())
				}
			}
			if strings.Contains(s.out.String(), "Setup token") {
				t.Errorf("it says\n%s", s.out.String())
			}
			s.kill()
		}
		s := p.serve(t)
		const password = "tangled meadow orbit 17"
		p.vault.note([]byte(`"password":"` + password + `"`))
		person := object{"company": "acme", "email": "ada@x.example", "password": password}
		ada := s.as(s.do("POST", "/3/auth/register/", person).want(http.StatusCreated).text("data.token"))
		ada.do("GET", "/3/admin/users/", nil).want(http.StatusForbidden)
		s.do("POST", "/3/auth/company/register/", object{"company": object{"id": "acme"}, "email": "eve@x.example", "password": password}).want(http.StatusBadRequest)
		if got := p.ask(t, "company", "show", "acme"); got.text("owner") != "" || got.text("mode") != "test" || got.at("users") != 1.0 {
			t.Errorf("it is %s", got.body)
		}
		if made := p.tell(t, password+"\n", "company", "create", "bolt", "--owner", "bo@x.example", "--password-stdin"); made.code != 0 {
			t.Fatal(made.err)
		}
		for _, tt := range []struct {
			args, says string
			code       int
		}{
			{"hosts acme", "", 0},
			{"hosts ACME ID.example b.example", "id.example\nb.example\n", 0},
			{"hosts bolt id.example", "", 1},
			{"hosts acme b.example", "b.example\n", 0},
			{"hosts bolt id.example", "id.example\n", 0},
			{"hosts acme none", "", 0},
		} {
			if got := p.kith(t, strings.Fields(tt.args)...); got.code != tt.code || got.out != tt.says || strings.Contains(got.err, "acme") {
				t.Errorf("%s: exit code %d\n%s%s", tt.args, got.code, got.out, got.err)
			}
		}
		if got := p.ask(t, "hosts", "acme"); text(t, got.at("hosts")) != "[]" || got.text("company") != "acme" {
			t.Errorf("no hosts: %s", got.body)
		}
	})
}
