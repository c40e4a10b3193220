package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kith"
)

// TestCodeRush: of two hundred guesses at one code at once, with the right one among them, at most five are
// compared, whichever they are, and at most one succeeds (T21).
func TestCodeRush(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		in := newInside(t, e)
		in.company("kiln", object{"company": object{"id": "kiln", "mode": "production"}}).want(http.StatusCreated)
		for round := range rounds(3, 200) {
			mobile := fmt.Sprintf("+2783%07d", round)
			token := in.do("POST", "/3/auth/register/", object{"company": "kiln", "mobile": mobile, "password": "tangled meadow orbit"}).
				want(http.StatusCreated).text("data.token")
			right, guesser := in.inbox(t, mobile)[0].Codes[0], in.as(token)
			const guesses = 200
			place := round * 67 % guesses // where among the guesses the right one stands
			answers := rush(t, guesses, func(i int) (answer, error) {
				code := fmt.Sprintf("%06d", i)
				if i == place || code == right {
					code = right
				}
				return guesser.try("POST", "/3/auth/mobile/verify/", object{"otp": code})
			})
			count := map[int]int{}
			for _, a := range answers {
				count[a.status]++
			}
			if count[http.StatusOK] > 1 || count[http.StatusTooManyRequests] != guesses-kith.MaxDailyGuesses ||
				count[http.StatusOK]+count[http.StatusBadRequest] != kith.MaxDailyGuesses {
				t.Errorf("the answers are %v", count)
			}
			left := e.table(t, `SELECT attempts FROM secrets WHERE target = $1`, mobile)
			switch {
			case count[http.StatusOK] == 1 && len(left) > 0:
				t.Error("the code is there still, and was right")
			case count[http.StatusOK] == 0 && (len(left) != 1 || left[0][0] != fmt.Sprint(kith.MaxAttempts)):
				t.Errorf("no code was right; of attempts are counted %v", left)
			}
		}
	})
}

// TestKeyRush: of a hundred who use one key at once, some for "this is me" and some for "not me", one
// succeeds (T80).
func TestKeyRush(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		in := newInside(t, e)
		in.company("kiln", nil).want(http.StatusCreated)
		for round := range rounds(3, 500) {
			email := fmt.Sprintf("ada%d@kiln.example", round)
			in.do("POST", "/3/auth/register/", object{"company": "kiln", "email": email, "password": "tangled meadow orbit"}).want(http.StatusCreated)
			_, key, _ := strings.Cut(in.inbox(t, email)[0].Links[0], "#key=")
			answers := rush(t, 100, func(i int) (answer, error) {
				path := "/3/auth/email/verify/"
				if i%2 == 1 {
					path = "/3/auth/email/disown/"
				}
				return in.try("POST", path, object{"key": key})
			})
			used := 0
			for _, a := range answers {
				switch {
				case a.status == http.StatusOK:
					used++
				case a.status != http.StatusBadRequest || !a.names("key"):
					t.Errorf("%d %s", a.status, a.body)
				}
			}
			if used != 1 {
				t.Errorf("%d of %d used the key", used, len(answers))
			}
		}
	})
}
