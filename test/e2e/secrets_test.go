package e2e

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestSecrets: tokens and passwords, good ones and wrong ones, stay out of the log, the database and
// the answers to those who are refused; and what kith tells people lies sealed. Every other test of
// this package looks for its own secrets at its end: see vault.
func TestSecrets(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		s := newPlace(t, e, "KITH_LOG=json").serve(t)
		owner := s.company("acme", object{"first_name": "Augusta", "mobile": "+27831234567"}).want(http.StatusCreated)
		me := s.as(owner.text("data.token"))
		me.do("PATCH", "/3/user/", object{"first_name": "Byron", "last_name": "Lovelace"}).want(http.StatusOK)
		me.do("PATCH", "/3/user/", object{"first_name": "Ada", "last_name": "King"}).want(http.StatusOK)

		const wrong = "wrong horse battery"
		s.do("POST", loginPath, object{"company": "acme", "user": "owner@acme.example", "password": wrong}).want(http.StatusBadRequest)
		s.do("POST", loginPath, object{"company": "acme", "user": wrong, "password": wrong}).want(http.StatusBadRequest)
		s.do("POST", loginPath, `{"password":"`+wrong+`","company":5`).want(http.StatusBadRequest)
		s.do("POST", "/3/auth/register/", object{"company": "acme", "email": "owner@acme.example", "password": wrong + " 2"}).want(http.StatusBadRequest)
		me.do("POST", "/3/auth/tokens/", object{"password": wrong}).want(http.StatusBadRequest)
		me.do("POST", "/3/auth/password/change/", object{"old_password": wrong, "new_password": wrong + " 3"}).want(http.StatusBadRequest)
		made := me.do("POST", "/3/auth/tokens/", object{"password": passwordOf("acme"), "label": "robot"}).want(http.StatusCreated)
		// Secrets where they do not belong: in paths and queries, and in the wrong header.
		me.do("GET", "/3/auth/tokens/"+made.text("data.token")+"/", nil).want(http.StatusNotFound)
		me.do("GET", "/3/auth/tokens/?token_key="+made.text("data.token"), nil).want(http.StatusBadRequest)
		s.do("GET", "/3/"+made.text("data.token")+"?token="+made.text("data.token"), nil).want(http.StatusNotFound)
		s.as(owner.text("data.refresh_token")).do("GET", "/3/user/", nil).want(http.StatusUnauthorized)
		s.mustRefresh(me.token).want(http.StatusUnauthorized)
		s.mustRefresh(owner.text("data.refresh_token")).want(http.StatusOK)
		me.do("POST", "/3/auth/password/change/", object{"old_password": passwordOf("acme"), "new_password": "a new and longer secret"}).want(http.StatusOK)

		robot(t, me)
		newcomer(t, me)
		prover(t, s.caller)
		sealed := strings.Join(tableText(t, e, "events"), "\n") + strings.Join(tableText(t, e, "messages"), "\n")
		for _, personal := range []string{"acme.example", "+27831234567", "Augusta", "Byron", "Lovelace", "Welcome", "bea@"} {
			if strings.Contains(sealed, personal) {
				t.Errorf("%q can be read in the events or messages", personal)
			}
		}
		if len(s.vault.secrets) < 20 {
			t.Errorf("only %d secrets were seen: nothing was tested", len(s.vault.secrets))
		}
		s.vault.check(t, s) // while the log of the database is still there
		s.stop(t)
	})
}

// robot makes a machine, whose token staff are shown once.
func robot(t *testing.T, owner caller) {
	t.Helper()
	owner.do("POST", "/3/admin/users/", object{"username": "robot", "kind": "machine"}).want(http.StatusCreated)
	made := owner.do("POST", "/3/admin/users/tokens/", object{"user": "robot", "label": "till"}).want(http.StatusCreated)
	owner.as(made.text("data.token")).do("GET", "/3/user/", nil).want(http.StatusOK)
	owner.do("GET", "/3/admin/users/tokens/"+made.text("data.token")+"/", nil).want(http.StatusNotFound)
}

// prover is somebody who uses every kind of link that is mailed, spoiled at first, then as it is, then once more;
// and who carries a session in a cookie and shows who they are to others.
func prover(t *testing.T, guest caller) {
	t.Helper()
	const email, password = "cy@acme.example", "a secret of cy's own"
	account := object{"company": "acme", "email": email, "password": password, "mobile": "+27831234568"}
	cy := guest.as(guest.do("POST", "/3/auth/register/", account).want(http.StatusCreated).text("data.token"))
	cy.do("POST", "/3/auth/jwt/", object{"nonce": "once"}).want(http.StatusCreated)
	byCookie := guest.request("POST", loginPath, object{"company": "acme", "user": email, "password": password, "auth_method": "cookie"})
	byCookie.Header.Set("Sec-Fetch-Site", "same-origin")
	signedIn := guest.must(byCookie).want(http.StatusOK)
	if !strings.Contains(strings.Join(signedIn.header.Values("Set-Cookie"), " "), "kith_session=") {
		t.Fatalf("no cookie: %v", signedIn.header)
	}
	use := func(path, page string) {
		t.Helper()
		key := keyMailed(t, guest, email, page)
		for _, try := range []struct {
			key  string
			want int
		}{{key[1:] + "0", 400}, {key, 200}, {key, 400}} {
			guest.do("POST", path, object{"key": try.key}).want(try.want)
		}
	}
	use("/3/auth/email/verify/", "verify-email")
	for _, page := range []string{"delete", "deactivate"} {
		path := map[string]string{"delete": "/3/auth/request-delete/", "deactivate": "/3/auth/deactivate/"}[page]
		guest.do("POST", path, object{"company": "acme", "user": email}).want(http.StatusOK)
		use(path+"verify/", page)
	}
}

// keyMailed waits for a mail with a link to a page, and gives the key in it.
func keyMailed(t *testing.T, guest caller, to, page string) string {
	t.Helper()
	link := regexp.MustCompile(`/` + page + `/acme#key=(\w{20,})`)
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if found := link.FindSubmatch(guest.do("GET", "/inbox/messages.json?to="+to, nil).want(http.StatusOK).body); found != nil {
			return string(found[1])
		}
	}
	t.Fatalf("no link to %s came", page)
	return ""
}

var linkToken = regexp.MustCompile(`token=(\w{20,})`)

// newcomer is somebody whom staff invite, and who sets a password by the link that is mailed: spoiled at
// first, then as it is, then once more.
func newcomer(t *testing.T, owner caller) {
	t.Helper()
	made := owner.do("POST", "/3/admin/users/", object{"email": "bea@acme.example"}).want(http.StatusCreated)
	var link []byte
	for deadline := time.Now().Add(10 * time.Second); link == nil && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if found := linkToken.FindSubmatch(owner.as("").do("GET", "/inbox/messages.json?to=bea@acme.example", nil).want(http.StatusOK).body); found != nil {
			link = found[1]
		}
	}
	if link == nil {
		t.Fatal("no link came")
	}
	for _, try := range []struct {
		uid, token string
		want       int
	}{{made.text("data.id"), string(link[1:]) + "0", 400}, {"bea", string(link), 400}, {made.text("data.id"), string(link), 200}, {made.text("data.id"), string(link), 400}} {
		owner.as("").do("POST", "/3/auth/password/reset/confirm/", object{"uid": try.uid, "token": try.token,
			"new_password": "a secret of bea's own"}).want(try.want)
	}
	owner.as("").do("POST", loginPath, object{"company": "acme", "user": "bea@acme.example", "password": "a secret of bea's own"}).want(http.StatusOK)
}

// tableText is every row of a table, and fails the test if there is none.
func tableText(t *testing.T, e engine, name string) []string {
	t.Helper()
	var list []string
	for _, row := range e.table(t, `SELECT * FROM `+name) {
		list = append(list, strings.Join(row, " | "))
	}
	if len(list) == 0 {
		t.Errorf("%s has no row", name)
	}
	return list
}
