package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kith/internal/core/message"
)

// forgotten asks for a link to reset a password by, and gives its two parts as the mail has them.
func (in *inside) forgotten(t *testing.T, company, email string) (uid, secret string) {
	t.Helper()
	in.do("POST", "/3/auth/password/reset/", object{"company": company, "user": email}).want(http.StatusOK)
	for _, m := range in.inbox(t, email) {
		if m.Kind != string(message.ResetPassword) {
			continue
		}
		_, values, _ := strings.Cut(m.Links[0], "#uid=")
		uid, secret, _ = strings.Cut(values, "&token=")
	}
	if secret == "" {
		t.Fatalf("%s got no link", email)
	}
	return uid, secret
}

// TestResetRush: one link that a hundred follow at once, each with a password of their own, sets one of them;
// that one signs in, and no other does (T80).
func TestResetRush(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		in := newInside(t, e)
		in.company("acme", nil).want(http.StatusCreated)
		in.do("POST", "/3/auth/register/", object{"company": "acme", "email": "ada@acme.example", "password": "a long enough secret"}).want(http.StatusCreated)
		uid, secret := in.forgotten(t, "acme", "ada@acme.example")
		const many = 100
		password := func(i int) string { return fmt.Sprint("unlike all others ", i) }
		won := -1
		for i, a := range rush(t, many, func(i int) (answer, error) {
			return in.try("POST", "/3/auth/password/reset/confirm/", object{"uid": uid, "token": secret, "new_password": password(i)})
		}) {
			switch {
			case a.status == http.StatusOK && won < 0:
				won = i
			case a.status == http.StatusOK:
				t.Errorf("%d and %d both set a password", won, i)
			case a.status != http.StatusBadRequest || !a.names("token"):
				t.Errorf("%d: %d %s", i, a.status, a.body)
			}
		}
		if won < 0 {
			t.Fatal("nobody set a password")
		}
		login := func(password string) answer {
			return in.do("POST", "/3/auth/login/", object{"company": "acme", "user": uid, "password": password})
		}
		for _, other := range []string{password((won + 1) % many), "a long enough secret"} {
			login(other).want(http.StatusBadRequest)
		}
		login(password(won)).want(http.StatusOK)
	})
}

// TestGuessRush: of many wrong passwords at once, ten are answered as wrong, and all others as too many (T21).
func TestGuessRush(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		in := newInside(t, e)
		in.company("acme", nil).want(http.StatusCreated)
		in.do("POST", "/3/auth/register/", object{"company": "acme", "email": "ada@acme.example", "password": "a long enough secret"}).want(http.StatusCreated)
		const free = 10 // promised to people, so not read from the code
		for _, who := range []string{"ada@acme.example", "nobody@acme.example"} {
			wrong := 0
			for i, a := range rush(t, 100, func(i int) (answer, error) {
				return in.try("POST", "/3/auth/login/", object{"company": "acme", "user": who, "password": fmt.Sprint("guess ", i)})
			}) {
				switch a.status {
				case http.StatusBadRequest:
					wrong++
				case http.StatusTooManyRequests:
				default:
					t.Errorf("%s, %d: %d %s", who, i, a.status, a.body)
				}
			}
			if wrong != free {
				t.Errorf("%s: %d were told that they were wrong, want %d", who, wrong, free)
			}
		}
	})
}
