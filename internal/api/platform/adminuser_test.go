package platform_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// TestOneUserForAnEmail: of fifty requests that make a user with one e-mail at once, one makes one.
func TestOneUserForAnEmail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	answers := make([]*http.Response, 50)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			answers[i] = w.serve(ask("POST", "/3/admin/users/", owner, fmt.Sprintf(`{"email": "ada@x.example", "first_name": "Ada %d"}`, i)))
		})
	}
	all.Wait()
	count := map[int]int{}
	for _, a := range answers {
		count[a.StatusCode]++
	}
	if count[http.StatusCreated] != 1 || count[http.StatusBadRequest] != 49 {
		t.Errorf("answers by status: %v", count)
	}
	if users := w.query(`SELECT id FROM users WHERE email = 'ada@x.example'`); len(users) != 1 {
		t.Errorf("%d users have the e-mail", len(users))
	}
	if letters := w.inbox("ada@x.example"); len(letters) != 1 {
		t.Errorf("%d letters went out", len(letters))
	}
}

// TestUsersByForm: staff make and change users by the multipart forms that the published client sends as
// by JSON.
func TestUsersByForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	send := func(r request) answer {
		r.header.Set("Authorization", "Token "+owner)
		return w.do(r)
	}
	form := url.Values{"email": {"ada@x.example"}, "first_name": {"Ada"}, "groups": {"support"}, "metadata": {`{"a": {"b": [1, "2"]}}`},
		"deactivated": {"true"}, "retention_state": {"delete_requested"}, "birth_date": {""}}
	made := send(multipartRequest(t, "POST", "/3/admin/users/", form)).want(http.StatusCreated)
	for path, want := range map[string]any{"data.first_name": "Ada", "data.groups.0.name": "support", "data.deactivated": true,
		"data.metadata.a.b.1": "2", "data.retention_state": "delete_requested", "data.birth_date": nil} {
		if got := made.at(path); got != want {
			t.Errorf("made with %s %v, want %v", path, got, want)
		}
	}
	path := "/3/admin/users/" + made.text("data.id") + "/"
	form = url.Values{"deactivated": {"false"}, "email": {""}, "metadata": {`{"a": null}`}, "status": {"verified"}, "temporary": {"false"}}
	for _, r := range []request{multipartRequest(t, "PATCH", path, form), multipartRequest(t, "PUT", path, form), formRequest("PATCH", path, form)} {
		changed := send(r).want(http.StatusOK)
		for path, want := range map[string]any{"data.deactivated": false, "data.email": nil, "data.metadata": nil, "data.status": "verified",
			"data.first_name": "Ada", "data.groups.0.name": "support"} {
			if got := changed.at(path); got != want {
				t.Errorf("%s changed: %s is %v, want %v", r.method, path, got, want)
			}
		}
	}
	if a := send(multipartRequest(t, "PATCH", path, url.Values{"temporary": {"true"}})).want(http.StatusBadRequest); a.at("data.temporary") == nil {
		t.Errorf("a temporary user by form: %s", a.body)
	}
}

// TestNoAnswerShowsALink: staff who have a link mailed, or make whom it is mailed to, never see it (T64).
func TestNoAnswerShowsALink(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	answers := w.do(ask("POST", "/3/admin/users/", owner, `{"email": "ada@x.example"}`)).want(http.StatusCreated).body +
		w.do(ask("POST", "/3/admin/users/ada@x.example/password-link/", owner, `{"show": true}`)).want(http.StatusOK).body +
		w.do(ask("GET", "/3/admin/users/ada@x.example/", owner, "")).want(http.StatusOK).body
	letters := w.inbox("ada@x.example")
	if len(letters) != 2 {
		t.Fatalf("%d letters went out", len(letters))
	}
	for _, m := range letters {
		_, secret, _ := strings.Cut(m.Links[0], "token=")
		w.know(secret, "a link")
		if len(secret) < 50 || strings.Contains(answers, secret) {
			t.Errorf("an answer shows %q: %s", secret, answers)
		}
	}
}

// TestTheOwnerAgainstAll: two admins and the owner at once try all that would leave the company without
// one. Each attempt is refused; what is asked after every test holds here too (T65).
func TestTheOwnerAgainstAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme")
	path := "/3/admin/users/" + owner.text("data.user.id") + "/"
	tokens := []string{owner.text("data.token"), w.enter("admin").token, w.enter("admin").token}
	var all sync.WaitGroup
	for _, token := range tokens {
		for _, body := range []string{"", `{"archived": true}`, `{"deactivated": true}`, `{"retention_state": "deleted"}`, `{"groups": ["user"]}`, `{"groups": []}`} {
			r := ask("PATCH", path, token, body)
			if body == "" {
				r.method = "DELETE"
			}
			all.Go(func() {
				if a := w.serve(r); a.StatusCode != http.StatusForbidden {
					t.Errorf("%s %s: %d", r.method, body, a.StatusCode)
				}
			})
		}
	}
	all.Wait()
	if a := w.do(ask("GET", path, tokens[0], "")).want(http.StatusOK); a.at("data.archived") != false || a.at("data.deactivated") != false ||
		a.at("data.retention_state") != "retaining" || a.at("data.groups.0.name") != "admin" {
		t.Errorf("the owner is now %s", a.body)
	}
}
