package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"kith"
	"kith/internal/core/message"
)

// rush lets n callers go at once, over as many connections as a caller has.
func rush(t *testing.T, n int, call func(i int) (answer, error)) []answer {
	t.Helper()
	answers, errs := make([]answer, n), make([]error, n)
	var all sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-gate
			answers[i], errs[i] = call(i)
		})
	}
	close(gate)
	all.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	return answers
}

// oneWinner wants one 201, and of all others a 400 that blames the field.
func oneWinner(t *testing.T, field string, answers []answer) answer {
	t.Helper()
	var winners []answer
	odd := make(map[string]int)
	for _, a := range answers {
		switch {
		case a.status == http.StatusCreated:
			winners = append(winners, a)
		case a.status != http.StatusBadRequest || !a.names(field):
			odd[fmt.Sprint(a.status, " ", string(a.body))]++
		}
	}
	for what, n := range odd {
		t.Errorf("%d times %s", n, what)
	}
	if len(winners) != 1 {
		t.Fatalf("%d of %d were let in, want one", len(winners), len(answers))
	}
	return winners[0]
}

// spelled are spellings of one thing, and lookalikes that nobody may have.
type spelled struct {
	field      string
	spellings  []string
	lookalikes []string
}

var contests = []spelled{
	{"email", []string{"ada@kiln.example", "ADA@KILN.EXAMPLE", "Ada@kiln.example", "ada@Kiln.Example", "aDa@kILN.example"},
		// Wide letters, the Kelvin sign, a space that does not show, an i without its dot.
		[]string{"\uff41\uff44\uff41@kiln.example", "ada@\u212ailn.example", "ada@\uff4b\uff49\uff4c\uff4e.example",
			"ada\u200b@kiln.example", "ada@k\u0131ln.example"}},
	{"username", []string{"mika", "MIKA", "Mika", "mIkA"}, []string{"mi\u212aa", "\uff4dika", "mi\u200dka"}},
	{"mobile", []string{"+27831234567", "+27 83 123 4567", "+27-83-123-4567", "+27 (83) 123.4567"},
		[]string{"+\uff12\uff17831234567", "0831234567"}},
}

// contest lets n people sign up at once as one person, and gives whoever wins. Every eighth tries a
// lookalike.
func (in *inside) contest(t *testing.T, company string, s spelled, n int) answer {
	t.Helper()
	register := func(value string) (answer, error) {
		return in.try("POST", "/3/auth/register/", object{"company": company, s.field: value, "password": "a long enough secret"})
	}
	for _, value := range s.lookalikes {
		if a, err := register(value); err != nil || a.status != http.StatusBadRequest || !a.names(s.field) {
			t.Errorf("%s %+q, free as it is, got %d %s, %v", s.field, value, a.status, a.body, err)
		}
	}
	return oneWinner(t, s.field, rush(t, n, func(i int) (answer, error) {
		if i%8 == 7 {
			return register(s.lookalikes[i/8%len(s.lookalikes)])
		}
		return register(s.spellings[i%len(s.spellings)])
	}))
}

// TestSignUpRush: thousands who sign up at once as one person, however they spell it, make one user,
// and that user gets one mail.
func TestSignUpRush(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		in := newInside(t, e)
		in.company("kiln", nil).want(http.StatusCreated)
		for _, s := range contests {
			n := 200
			if s.field == "email" {
				n = rounds(2000, 10_000)
			}
			winner := in.contest(t, "kiln", s, n)
			if s.field != "email" {
				continue
			}
			mails := in.inbox(t, winner.text("data.user.email"))
			if len(mails) != 1 || mails[0].Kind != string(message.Welcome) {
				t.Errorf("the winner got %d mails, want one welcome", len(mails))
			}
		}
		// The owner, and one for each contest; nobody was told anything but they.
		if users := e.table(t, `SELECT id FROM users`); len(users) != 1+len(contests) {
			t.Errorf("there are %d users, want %d", len(users), 1+len(contests))
		}
		if mails := e.table(t, `SELECT id FROM messages`); len(mails) != 3 {
			t.Errorf("there are %d messages, want the owner's, and those of who won with an e-mail and with a mobile", len(mails))
		}
		slugs := []string{"forge", "FORGE", "Forge", "foRge"}
		oneWinner(t, "company", rush(t, 200, func(i int) (answer, error) {
			return in.try("POST", "/3/auth/company/register/", object{"company": slugs[i%len(slugs)],
				"email": fmt.Sprintf("owner%d@forge.example", i), "password": "a long enough secret"})
		}))
		if companies := e.table(t, `SELECT slug FROM companies ORDER BY slug`); len(companies) != 2 || companies[0][0] != "forge" {
			t.Errorf("the companies are %v", companies)
		}
	})
}

// refresh spends a refresh token.
func (c caller) refresh(token string) (answer, error) {
	r := c.request("POST", "/3/auth/refresh/", nil)
	r.Header.Set("Authorization", "Refresh-Token "+token)
	return c.send(r)
}

// mustRefresh spends a refresh token and wants an answer.
func (c caller) mustRefresh(token string) answer {
	c.t.Helper()
	a, err := c.refresh(token)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

// TestRefreshRush: a refresh token spent many times at once has one successor, known to everybody who
// asked. Spent again when the grace is over, it ends the session.
func TestRefreshRush(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		in := newInside(t, e)
		owner := in.company("acme", nil).want(http.StatusCreated)
		me, spent := in.as(owner.text("data.token")), owner.text("data.refresh_token")
		successors := make(map[string]bool)
		for _, a := range rush(t, 50, func(int) (answer, error) { return in.refresh(spent) }) {
			successors[a.want(http.StatusOK).text("data.refresh_token")] = true
		}
		if len(successors) != 1 || successors[spent] || successors[""] {
			t.Fatalf("one token had %d successors, want one other than itself", len(successors))
		}
		var successor string
		for successor = range successors {
		}

		const grace = 10 * time.Second // promised to clients, so not read from the code
		in.clock.move(grace - time.Second)
		if got := in.mustRefresh(spent).want(http.StatusOK).text("data.refresh_token"); got != successor {
			t.Error("within the grace the spent token had another successor")
		}
		next := in.mustRefresh(successor).want(http.StatusOK).text("data.refresh_token")
		in.clock.move(grace)
		me.do("GET", "/3/user/", nil).want(http.StatusOK)
		in.mustRefresh(successor).want(http.StatusUnauthorized)
		me.do("GET", "/3/user/", nil).want(http.StatusUnauthorized)
		in.mustRefresh(next).want(http.StatusUnauthorized)
		ended := e.table(t, `SELECT row_key FROM events WHERE noun = $1 AND verb = $2`, int(kith.NounSession), int(kith.Delete))
		if len(ended) != 1 || !strings.HasPrefix(me.token, ended[0][0]) {
			t.Errorf("the end of the family left the events %v, want one", ended)
		}
	})
}
