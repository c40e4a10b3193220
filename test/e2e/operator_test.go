package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// ask runs a command that must work and say nothing besides, and gives its JSON document.
func (p *place) ask(t *testing.T, args ...string) answer {
	t.Helper()
	got := p.kith(t, append(args, "--json")...)
	if got.code != 0 || got.err != "" || !json.Valid([]byte(got.out)) {
		t.Fatalf("kith %s: exit code %d\n%s%s", strings.Join(args, " "), got.code, got.out, got.err)
	}
	p.vault.note([]byte(strings.ReplaceAll(got.out, `": "`, `":"`)))
	return answer{t: t, what: strings.Join(args, " "), body: []byte(got.out)}
}

var (
	aLink   = regexp.MustCompile(`(http\S+)#uid=([0-9a-f-]{36})&token=(\w{64})`)
	aToken  = regexp.MustCompile(`\b\w{64}\b`)
	justNow = time.Minute // how far a server's clock and ours may be apart, and slow machines slow
)

// follow sets a password by a link, as the page that it leads to does, and gives the status.
func (s *server) follow(t *testing.T, link, password string) int {
	t.Helper()
	parts := aLink.FindStringSubmatch(link)
	if parts == nil {
		t.Fatalf("%q is no link", link)
	}
	return s.do("POST", "/3/auth/password/reset/confirm/", object{"uid": parts[2], "token": parts[3], "new_password": password}).status
}

func (s *server) signIn(company, user, password string) answer {
	return s.do("POST", loginPath, object{"company": company, "user": user, "password": password})
}

// near reports whether Unix milliseconds are about as far from now as they should be.
func near(ms any, from time.Duration) bool {
	at, ok := ms.(float64)
	off := time.Until(time.UnixMilli(int64(at))) - from
	return ok && off.Abs() < justNow
}

// TestOperatorCompanies: companies made, shut and opened at the command line are so for the running server
// at its next request.
func TestOperatorCompanies(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		p := newPlace(t, e)
		s := p.serve(t)
		const password = "tangled meadow orbit 17"
		p.vault.note([]byte(`"password":"` + password + `"`))
		made := p.tell(t, password+"\n", "company", "create", "Acme", "--owner", "ada@x.example", "--name", "Acme & Söhne", "--country", "za",
			"--password-stdin")
		want := "Company   acme\nName      Acme & Söhne\nMode      production\nStatus    active\nOwner     ada@x.example\nUsers     1\n" +
			"Country   ZA\nCurrency  ZAR\nCreated   TIME\nUpdated   TIME\n"
		if made.code != 0 || made.err != "" || made.plain() != want {
			t.Errorf("made: exit code %d\n%s%swant\n%s", made.code, made.plain(), made.err, want)
		}
		owner := s.as(s.signIn("acme", "ada@x.example", password).want(http.StatusOK).text("data.token"))

		bolt := p.ask(t, "company", "create", "bolt", "--owner", "bo@x.example", "--mode", "test")
		link := bolt.text("password_link.link")
		if bolt.text("mode") != "test" || bolt.text("owner") != "bo@x.example" || !near(bolt.at("password_link.expires"), 72*time.Hour) ||
			!strings.Contains(link, "uid="+bolt.text("owner_id")) {
			t.Errorf("made without a password: %s", bolt.body)
		}
		if !strings.HasPrefix(link, "http://127.0.0.1:8080/set-password/bolt#") {
			t.Errorf("the link is %s", link)
		}
		if got := s.follow(t, link, "first"); got != http.StatusOK {
			t.Errorf("the link answers %d", got)
		}
		if got := s.follow(t, link, "second"); got != http.StatusBadRequest {
			t.Errorf("the link answers %d the second time", got)
		}
		if got := s.signIn("bolt", "bo@x.example", "first").want(http.StatusOK); got.at("data.user.owner") != true {
			t.Errorf("whoever signs in: %s", got.body)
		}

		for range 2 {
			if got := p.kith(t, "company", "suspend", "ACME"); got.code != 0 || got.out != "Company  acme\nStatus   suspended\n" {
				t.Errorf("suspended: exit code %d\n%s%s", got.code, got.out, got.err)
			}
			owner.do("GET", "/3/user/", nil).want(http.StatusUnauthorized)
			s.signIn("acme", "ada@x.example", password).want(http.StatusBadRequest)
		}
		s.signIn("bolt", "bo@x.example", "first").want(http.StatusOK)
		if got := p.ask(t, "company", "resume", "acme"); got.text("status") != "active" || got.text("country") != "ZA" {
			t.Errorf("resumed: %s", got.body)
		}
		owner.do("GET", "/3/user/", nil).want(http.StatusOK)
		p.webPagesMayCall(t, owner)
		list := p.ask(t, "company", "list")
		if list.at("complete") != true || strings.Count(string(list.body), `"status":"active"`) != 2 || !strings.Contains(string(list.body), `"Acme & Söhne"`) {
			t.Errorf("the list: %s", list.body)
		}
		log := owner.do("GET", "/3/admin/audit/?noun=company&verb=change", nil).want(http.StatusOK)
		var audit struct{ Data struct{ Results []object } }
		if err := json.Unmarshal(log.body, &audit); err != nil || len(audit.Data.Results) != 2 {
			t.Fatalf("%v: %s", err, log.body)
		}
		for i, was := range []string{"suspended", "active"} { // newest first
			if e := audit.Data.Results[i]; e["actor"] != nil || e["session"] != nil || text(t, e["old"]) != `{"status":"`+was+`"}` {
				t.Errorf("the log says %s", text(t, e))
			}
		}
	})
}

// webPagesMayCall: the pages of an origin may call from the next request on, and no longer once it is taken back.
func (p *place) webPagesMayCall(t *testing.T, owner caller) {
	t.Helper()
	const page = "https://app.example"
	for _, tt := range []struct{ args, says, allowed string }{
		{"origins acme", "", ""},
		{"origins ACME " + page + " https://b.example", page + "\nhttps://b.example\n", page},
		{"origins acme", page + "\nhttps://b.example\n", page},
		{"origins acme none", "", ""},
	} {
		if got := p.kith(t, strings.Fields(tt.args)...); got.code != 0 || got.err != "" || got.out != tt.says {
			t.Errorf("%s: exit code %d\n%s%s", tt.args, got.code, got.out, got.err)
		}
		r := owner.request("GET", "/3/user/", nil)
		r.Header.Set("Origin", page)
		if got := owner.must(r).header.Get("Access-Control-Allow-Origin"); got != tt.allowed {
			t.Errorf("after %s a page of %s may call: %q", tt.args, page, got)
		}
	}
	if got := p.ask(t, "origins", "acme"); text(t, got.at("origins")) != "[]" || got.text("company") != "acme" {
		t.Errorf("no origins: %s", got.body)
	}
}

// TestOperatorUsers: the same of users and their tokens.
func TestOperatorUsers(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		p := newPlace(t, e)
		s := p.serve(t)
		owner := s.as(s.company("acme", object{"mode": "test"}).want(http.StatusCreated).text("data.token"))
		made := p.kith(t, "user", "create", "--company", "acme", "--email", "Joe@x.example", "--first-name", "Joe", "--last-name", "Bloggs",
			"--group", "manager", "--mobile", "+27831234567", "--id", "0198c5a2-7b3e-7c41-9d20-5f6e1a2b3c4d")
		want := "User        ID\nKind        person\nEmail       Joe@x.example  (not verified)\nMobile      +27831234567  (not verified)\n" +
			"Group       manager\nState       active\nStatus      pending\nAccount     DIGITS\nCreated     TIME\nUpdated     TIME\n" +
			"First name  Joe\nLast name   Bloggs\nLanguage    en\nTo get in   a link to set a password by is mailed to Joe@x.example\n"
		if made.code != 0 || made.err != "" || made.plain() != want {
			t.Errorf("made: exit code %d\n%s%swant\n%s", made.code, made.plain(), made.err, want)
		}
		joe := "/3/admin/users/0198c5a2-7b3e-7c41-9d20-5f6e1a2b3c4d/"
		if got := owner.do("GET", joe, nil).want(http.StatusOK); got.text("data.email") != "Joe@x.example" {
			t.Errorf("the server has %s", got.body)
		}
		if mail := s.mails(t, "joe@x.example"); len(mail) != 1 || !aLink.MatchString(fmt.Sprint(mail[0]["links"])) {
			t.Errorf("mailed: %v", mail)
		}
		p.usersGetIn(t, s, joe)
		p.usersGoAndComeBack(t, s)
		p.machinesGetTokens(t, s, owner)
		var audit struct{ Data struct{ Results []object } }
		log := owner.do("GET", "/3/admin/audit/?noun=user&row=0198c5a2-7b3e-7c41-9d20-5f6e1a2b3c4d&page_size=100", nil).want(http.StatusOK)
		if err := json.Unmarshal(log.body, &audit); err != nil {
			t.Fatal(err)
		}
		var told []string // newest first
		for _, e := range audit.Data.Results {
			told = append(told, fmt.Sprint(e["verb"], e["fields"], " by operator: ", e["actor"] == nil))
		}
		if got := strings.Join(told, "\n"); got != "change[archived] by operator: true\nchange[archived] by operator: true\n"+
			"change[password] by operator: false\nexecute[password_link] by operator: true\nexecute[password_link] by operator: true\nadd[email first_name language last_name mobile] by operator: true" {
			t.Errorf("the log says\n%s", got)
		}
	})
}

// mails are the letters to somebody, in the inbox. Addresses are compared as they are mailed.
func (s *server) mails(t *testing.T, to string) []object {
	t.Helper()
	var list []object
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if err := json.Unmarshal(s.do("GET", "/inbox/messages.json", nil).want(http.StatusOK).body, &list); err != nil {
			t.Fatal(err)
		}
		list = slices.DeleteFunc(list, func(m object) bool { return !strings.EqualFold(fmt.Sprint(m["to"]), to) })
		if len(list) > 0 || time.Now().After(deadline) {
			return list
		}
	}
}

// usersGetIn: a link that is printed works, in place of the one before, and nothing is mailed.
func (p *place) usersGetIn(t *testing.T, s *server, joe string) {
	t.Helper()
	before := len(p.engine.table(t, `SELECT id FROM messages`))
	printed := p.kith(t, "user", "password-link", "--company", "acme", "joe@X.example")
	first := aLink.FindString(printed.out)
	form := regexp.MustCompile(`^User           Joe@x\.example  [0-9a-f-]{36}\nPassword link  \S+\nWorks until    \S+ \S+Z, once\n$`)
	if printed.code != 0 || printed.err != "" || !form.MatchString(printed.out) {
		t.Errorf("exit code %d\n%s%s", printed.code, printed.out, printed.err)
	}
	link := p.ask(t, "user", "password-link", "--company", "acme", "+27831234567")
	if !strings.Contains(joe, link.text("user")) || !near(link.at("expires"), 72*time.Hour) {
		t.Errorf("the link: %s", link.body)
	}
	if got := s.follow(t, first, "one"); got != http.StatusBadRequest {
		t.Errorf("the link before answers %d", got)
	}
	if after := len(p.engine.table(t, `SELECT id FROM messages`)); after != before {
		t.Errorf("%d letters were written", after-before)
	}
	if got := s.follow(t, link.text("link"), "open sesame"); got != http.StatusOK {
		t.Errorf("the link answers %d", got)
	}
}

// usersGoAndComeBack: who is archived is out at the next request, and in again once restored.
func (p *place) usersGoAndComeBack(t *testing.T, s *server) {
	t.Helper()
	in := s.as(s.signIn("acme", "joe@x.example", "open sesame").want(http.StatusOK).text("data.token"))
	in.do("GET", "/3/user/", nil).want(http.StatusOK)
	if got := p.kith(t, "user", "archive", "--company", "acme", "joe@x.example"); got.code != 0 ||
		got.plain() != "User   Joe@x.example  ID\nState  archived\n" {
		t.Errorf("archived: exit code %d\n%s%s", got.code, got.out, got.err)
	}
	in.do("GET", "/3/user/", nil).want(http.StatusUnauthorized)
	if got := p.ask(t, "user", "list", "--company", "acme", "--archived"); strings.Count(string(got.body), `"id"`) != 1 || !strings.Contains(string(got.body), "Joe Bloggs") {
		t.Errorf("the archived: %s", got.body)
	}
	if got := p.ask(t, "user", "archive", "--company", "acme", "joe@x.example"); got.text("state") != "archived" || got.text("profile.first_name") != "Joe" {
		t.Errorf("archived again: %s", got.body)
	}
	if got := p.ask(t, "user", "restore", "--company", "acme", "joe@x.example"); got.text("state") != "active" {
		t.Errorf("restored: %s", got.body)
	}
	in.do("GET", "/3/user/", nil).want(http.StatusUnauthorized) // it ended for good
	s.signIn("acme", "joe@x.example", "open sesame").want(http.StatusOK)
}

// machinesGetTokens: a token that is printed works at once, as long as it was to.
func (p *place) machinesGetTokens(t *testing.T, s *server, owner caller) {
	t.Helper()
	robot := p.ask(t, "user", "create", "--company", "acme", "--kind", "machine", "--username", "robot", "--group", "support")
	if robot.text("kind") != "machine" || robot.text("group") != "support" {
		t.Errorf("the machine: %s", robot.body)
	}
	printed := p.kith(t, "token", "create", "--company", "acme", "--user", "robot", "--label", "nightly import")
	forGood := aToken.FindString(printed.out)
	p.vault.note([]byte(`"token":"` + forGood + `"`))
	if got := aToken.ReplaceAllString(printed.plain(), "TOKEN"); printed.code != 0 || printed.err != "" ||
		got != "Token    TOKEN\nUser     robot  ID\nLabel    nightly import\nExpires  never\n" {
		t.Errorf("exit code %d\n%s%s", printed.code, got, printed.err)
	}
	brief := p.ask(t, "token", "create", "--company", "acme", "--user", robot.text("id"), "--label", "once", "--for", "720h")
	if !near(brief.at("expires"), 720*time.Hour) || !near(brief.at("created"), 0) || brief.text("user") != robot.text("id") {
		t.Errorf("for a month: %s", brief.body)
	}
	for _, token := range []string{forGood, brief.text("token")} {
		if got := s.as(token).do("GET", "/3/user/", nil).want(http.StatusOK); got.text("data.username") != "robot" {
			t.Errorf("it is the token of %s", got.body)
		}
	}
	log := owner.do("GET", "/3/admin/audit/?noun=session&row="+brief.text("token_key"), nil).want(http.StatusOK)
	if !strings.Contains(string(log.body), `"actor":null`) || !strings.Contains(string(log.body), `"verb":"add"`) {
		t.Errorf("the log says %s", log.body)
	}
	if waiting := p.ask(t, "user", "create", "--company", "acme", "--temporary", "--email", "joe@x.example"); waiting.text("state") != "temporary" {
		t.Errorf("the temporary one: %s", waiting.body)
	}
}

// TestOperatorLists: a list goes through as many pages as it takes, and says when it is not complete.
func TestOperatorLists(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		const many = 420 // more than two of the pages that the command asks for
		p := newPlace(t, e)
		s := p.serve(t)
		owner := s.as(s.company("acme", nil).want(http.StatusCreated).text("data.token"))
		for i := range many {
			body := object{"username": fmt.Sprintf("user%03d", i), "last_name": fmt.Sprintf("Lovelace%d", i%2)}
			if i%4 == 0 {
				body["groups"] = []string{"support"}
			}
			owner.do("POST", "/3/admin/users/", body).want(http.StatusCreated)
		}
		owner.do("PATCH", "/3/admin/users/user007/", object{"status": "verified", "archived": true}).want(http.StatusOK)
		owner.do("PATCH", "/3/admin/users/user008/", object{"status": "verified"}).want(http.StatusOK)
		for _, tt := range []struct {
			args     string
			count    int
			complete bool
		}{
			{"", 50, false},
			{"--limit 3", 3, false},
			{"--limit 300", 300, false},
			{"--limit 420", 420, true}, // the owner, and all but the archived one
			{"--limit 9999", 420, true},
			{"--all", 420, true},
			{"--all --group support", 105, true},
			{"--search LOVELACE1 --all", 209, true},
			{"--search LOVELACE1 --limit 208", 208, false},
			{"--search user00", 9, true},
			{"--search nobody", 0, true},
			{"--status verified", 1, true},
			{"--archived", 1, true},
			{"--archived --status verified", 1, true},
			{"--archived --status declined", 0, true},
		} {
			var list struct {
				Users    []struct{ ID, Username string }
				Complete bool
			}
			got := p.ask(t, append([]string{"user", "list", "--company", "acme"}, strings.Fields(tt.args)...)...)
			if err := json.Unmarshal(got.body, &list); err != nil {
				t.Fatal(err)
			}
			seen := make(map[string]bool)
			for _, u := range list.Users {
				seen[u.ID] = true
			}
			if len(list.Users) != tt.count || len(seen) != tt.count || list.Complete != tt.complete {
				t.Errorf("user list %s: %d users, %d of them different, complete %v, want %d, %v", tt.args, len(list.Users), len(seen), list.Complete, tt.count, tt.complete)
			}
		}
		for args, want := range map[string]said{
			"--search user008": {out: "USER     NAME       GROUP    STATE   STATUS    CREATED               ID\n" +
				"user008  Lovelace0  support  active  verified  TIME  ID\n"},
			"--search user41 --limit 2": {err: "There are more than these: --limit N lists N of them, --all everybody.\n",
				out: "USER     NAME       GROUP  STATE   STATUS   CREATED               ID\nuser410  Lovelace0  user   active  pending  TIME  ID\n" +
					"user411  Lovelace1  user   active  pending  TIME  ID\n"},
			"--search nobody": {out: "USER  NAME  GROUP  STATE  STATUS  CREATED  ID\n"},
		} {
			got := p.kith(t, append([]string{"user", "list", "--company", "acme"}, strings.Fields(args)...)...)
			if got.plain() != want.out || got.err != want.err || got.code != 0 {
				t.Errorf("user list %s: exit code %d\n%s%swant\n%s%s", args, got.code, got.plain(), got.err, want.out, want.err)
			}
		}
		all := p.kith(t, "user", "list", "--company", "acme", "--all")
		if got := strings.Count(all.out, "\n"); got != 421 || strings.Count(all.out, "USER") != 1 {
			t.Errorf("for people there are %d lines", got)
		}
	})
}

// TestOperatorRefused: what cannot be done is refused with a word about what to do, and leaves nothing.
func TestOperatorRefused(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		p := newPlace(t, e)
		s := p.serve(t)
		s.company("acme", nil).want(http.StatusCreated)
		for _, args := range []string{"--username robot --kind machine", "--username ada", "--username gone", "--username later --temporary"} {
			p.ask(t, append([]string{"user", "create", "--company", "acme"}, strings.Fields(args)...)...)
		}
		later := strings.Fields(p.kith(t, "user", "list", "--company", "acme", "--limit", "1").out)
		p.ask(t, "user", "archive", "--company", "acme", "gone")
		s.stop(t) // nothing but the commands may write from here on
		before := e.dump(t, "")
		for _, tt := range []struct {
			args  string
			input string
			code  int
			says  string
		}{
			{"company create acme --owner ada@x.example", "", 1, "company: This company id is already taken. Choose another."},
			{"company create bolt", "", 2, "--owner EMAIL"},
			{"company create --owner ada@x.example", "", 2, "usage: kith company create COMPANY --owner EMAIL"},
			{"company create no/slug --owner ada@x.example", "", 1, "company: "},
			{"company create bolt --owner ada", "", 1, "--owner: Enter an e-mail address"},
			{"company create bolt --owner ada@x.example --country QQ", "", 1, "--country: Enter a country's two-letter code"},
			{"company create bolt --owner ada@x.example --mode live", "", 2, "give test or production"},
			{"company create bolt --owner ada@x.example --password-stdin", "short\n", 1, "--password-stdin: Use at least 15 characters"},
			{"company create bolt --owner ada@x.example --password-stdin", "\n", 1, "no password"},
			{"company create bolt --owner ada@x.example --password-stdin", "", 2, "< FILE"},
			{"company create bolt --owner ada@x.example --password secret", "", 2, "unknown flag: --password"},
			{"company suspend", "", 2, "usage: kith company suspend COMPANY"},
			{"company suspend nobody", "", 1, "There is no such company."},
			{"company resume nobody", "", 1, "There is no such company."},
			{"user", "", 2, "archive, create, list, password-link, restore, show"},
			{"user create", "", 2, "--company SLUG"},
			{"user create --company nobody", "", 1, "--company: There is no such company."},
			{"user create --company acme --username ADA", "", 1, "--username: This username is already in use."},
			{"user create --company acme --email x --mobile y --id z", "", 1, "--email: Enter an e-mail"},
			{"user create --company acme --email x --mobile y --id z", "", 1, "--mobile: "},
			{"user create --company acme --email x --mobile y --id z", "", 1, "--id: Give a UUID"},
			{"user create --company acme --group nobody", "", 1, "--group: There is no group of that name."},
			{"user create --company acme --kind ghost", "", 2, "give person or machine"},
			{"user create --company acme --kind machine --email x@x.example", "", 1, "--email: A machine has no email"},
			{"user create --company acme ada", "", 2, "usage: kith user create --company COMPANY"},
			{"user list", "", 2, "--company SLUG"},
			{"user list --company acme --limit 0", "", 2, "give 1 or more"},
			{"user list --company acme --limit 5 --all", "", 2, "--limit or --all"},
			{"user list --company acme --status rich", "", 2, "pending, incomplete, verified"},
			{"user list --company acme --group nobody", "", 1, `there is no group "nobody" in acme`},
			{"user archive --company acme", "", 2, "usage: kith user archive --company COMPANY USER"},
			{"user archive --company acme nobody", "", 1, `there is no user "nobody" in acme`},
			{"user archive --company acme owner@acme.example", "", 1, "The company's owner cannot be archived. Hand the company over first."},
			{"user restore --company acme nobody", "", 1, `there is no user "nobody" in acme`},
			{"user password-link --company acme nobody", "", 1, `there is no user "nobody" in acme`},
			{"user password-link --company acme robot", "", 1, "A machine has no password: make it a token."},
			{"user password-link --company acme gone", "", 1, "Restore them first."},
			{"user password-link --company acme " + later[len(later)-1], "", 1, "A temporary user cannot sign in."},
			{"token", "", 2, "takes one of: create"},
			{"token create --company acme --label x", "", 2, "--user USER"},
			{"token create --company acme --user robot", "", 2, "--label LABEL"},
			{"token create --company acme --user robot --label x --for -1h", "", 2, "give a second or more"},
			{"token create --company acme --user robot --label x --for soon", "", 2, "usage: kith token create"},
			{"token create --company acme --user robot --label x --for 999999h", "", 1, "--for: A token lives for ten years at most, or for good."},
			{"token create --company acme --user robot --label " + strings.Repeat("x", 101), "", 1, "--label: Use at most 100 characters."},
			{"token create --company acme --user nobody --label x", "", 1, "--user: There is no such user."},
			{"token create --company acme --user gone --label x", "", 1, "--user: This user is archived"},
			{"token create --company \xff --user robot --label x", "", 2, "no valid UTF-8"},
			{"origins nobody https://a.example", "", 1, "There is no such company."},
			{"origins acme nonsense", "", 1, "origins"},
			{"hosts nobody id.example", "", 1, "There is no such company."},
			{"hosts acme id.example:80", "", 1, "this is none: id.example:80"},
			{"serve --mode production", "", 2, "name it with --company ID"},
			{"serve --company bolt --mode live", "", 2, "give test or production"},
		} {
			got := p.tell(t, tt.input, strings.Fields(tt.args)...)
			if got.code != tt.code || got.out != "" || !strings.HasPrefix(got.err, "kith: ") || !strings.Contains(got.err, tt.says) {
				t.Errorf("kith %s: exit code %d, want %d and %q\n%s%s", tt.args, got.code, tt.code, tt.says, got.out, got.err)
			}
		}
		sameDump(t, "commands that were refused", before, e.dump(t, ""))
	})
}

// TestOperatorConfig: the configuration is shown with where it comes from, and its secrets are not.
func TestOperatorConfig(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kith.conf")
	if err := os.WriteFile(file, []byte("KITH_SETUP_TOKEN=hidden-token\nKITH_LOG=json\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &place{engine: engine{url: "postgres://kith:hidden-word@db.example/kith"}, data: t.TempDir(), vault: &vault{},
		env: []string{"KITH_MASTER_KEY=hidden-key", "KITH_CONFIG=" + file}}
	people := p.kith(t, "config", "--listen", "127.0.0.1:9")
	programs := p.ask(t, "config", "--listen", "127.0.0.1:9")
	if text := people.out + people.err + string(programs.body); strings.Contains(text, "hidden") {
		t.Errorf("a secret is shown:\n%s", text)
	}
	for name, want := range map[string][2]string{"KITH_LISTEN": {"127.0.0.1:9", "flag"}, "KITH_DATABASE": {"", "environment"},
		"KITH_DATA": {p.data, "environment"}, "KITH_MASTER_KEY": {"", "environment"}, "KITH_SETUP_TOKEN": {"", file},
		"KITH_LOG": {"json", file}, "KITH_RATE_LIMITS": {"on", "default"}} {
		shown := want[0]
		if shown == "" {
			shown = "(set)"
		}
		if got := programs.at(name).(object); got["from"] != want[1] || programs.text(name+".value") != want[0] || got["set"] != true {
			t.Errorf("%s is %v", name, got)
		}
		if line := regexp.MustCompile(`(?m)^` + name + ` +` + regexp.QuoteMeta(shown) + ` +` + regexp.QuoteMeta(want[1]) + `$`); !line.MatchString(people.out) {
			t.Errorf("%s is not told in\n%s", name, people.out)
		}
	}
	p.engine.url = "sqlite:" + filepath.Join(p.data, "kith.db")
	if got := p.ask(t, "config"); got.text("KITH_DATABASE.value") != p.engine.url {
		t.Errorf("the file of the database is %v", got.at("KITH_DATABASE"))
	}
}
