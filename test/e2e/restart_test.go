package e2e

import (
	"bufio"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestRestart: what was written and who was signed in are still there after a stop and a start.
func TestRestart(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		p := newPlace(t, e)
		first := p.serve(t)
		registered := first.company("acme", object{"username": "ada"}).want(http.StatusCreated)
		me := first.as(registered.text("data.token"))
		me.do("PATCH", "/3/user/", object{"first_name": "Ada", "birth_date": "1985-12-10"}).want(http.StatusOK)
		before := me.do("GET", "/3/user/", nil).want(http.StatusOK)
		first.stop(t)
		private(t, filepath.Join(p.data, "master.key"))
		if e.name == "sqlite" {
			private(t, strings.TrimPrefix(e.url, "sqlite:"))
			if !strings.Contains(first.out.String(), "(created)") {
				t.Errorf("the first start said:\n%s", first.out.String())
			}
		}

		second := p.serve(t)
		if e.name == "sqlite" && !strings.Contains(second.out.String(), "(opened)") {
			t.Errorf("the second start said:\n%s", second.out.String())
		}
		after := second.as(me.token).do("GET", "/3/user/", nil).want(http.StatusOK)
		if string(after.body) != string(before.body) || after.text("data.first_name") != "Ada" {
			t.Errorf("the user was\n%s\nand is, after a restart,\n%s", before.body, after.body)
		}
		login := object{"company": "acme", "user": "ADA", "password": passwordOf("acme")}
		again := second.do("POST", "/3/auth/login/", login).want(http.StatusOK)
		if got := again.text("data.user.id"); got != before.text("data.id") {
			t.Errorf("signed in as %s, want %s", got, before.text("data.id"))
		}
		refresh := second.request("POST", "/3/auth/refresh/", nil)
		refresh.Header.Set("Authorization", "Refresh-Token "+registered.text("data.refresh_token"))
		second.must(refresh).want(http.StatusOK)
		second.stop(t)
	})
}

// private wants a file that only its owner may read.
func private(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("%s has mode %v, want 0600", filepath.Base(path), info.Mode().Perm())
	}
}

var printedURL = regexp.MustCompile(`http://\S+`)

// banner is what kith printed: at most six lines, whose URLs all answer 200, and the curl line if there
// is one.
func banner(t *testing.T, s *server) (curl string) {
	t.Helper()
	lines := 0
	for text := bufio.NewScanner(strings.NewReader(s.out.String())); text.Scan(); lines++ {
		line := text.Text()
		if strings.HasPrefix(line, "curl ") {
			curl = line
			continue
		}
		for _, url := range printedURL.FindAllString(line, -1) {
			c := s.caller
			c.base = ""
			c.do("GET", url, nil).want(http.StatusOK)
		}
	}
	if lines < 3 || lines > 6 {
		t.Errorf("the banner has %d lines, want 3 to 6:\n%s", lines, s.out.String())
	}
	return curl
}

// paste runs the curl line as somebody who pastes it into a shell, and gives the answer and its status.
func paste(t *testing.T, s *server, line string) answer {
	t.Helper()
	if line == "" {
		t.Fatalf("no curl line in the banner:\n%s", s.out.String())
	}
	out := run(t, "sh", "-c", line+` -w '\n%{http_code} %{content_type}'`)
	at := strings.LastIndex(out, "\n")
	status, mediaType, _ := strings.Cut(out[at+1:], " ")
	if !strings.HasPrefix(mediaType, "application/json") {
		t.Errorf("the curl line got %s", mediaType)
	}
	a := answer{t: t, what: "the curl line", body: []byte(out[:at])}
	s.vault.note(a.body)
	if status == "201" {
		a.status = http.StatusCreated
	}
	return a
}

// TestBanner: a person needs no more than what kith prints to have a company, and is not told again.
func TestBanner(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		p := newPlace(t, e)
		first := p.serve(t)
		made := paste(t, first, banner(t, first)).want(http.StatusCreated)
		if got := made.text("data.user.company"); got != "acme" {
			t.Errorf("the company is %q", got)
		}
		shown := first.do("GET", "/3/public/companies/acme/", nil).want(http.StatusOK)
		if got := shown.text("data.mode"); got != "test" {
			t.Errorf("its mode is %q, want test on a loopback listener", got)
		}
		first.stop(t)
		second := p.serve(t)
		if line := banner(t, second); line != "" {
			t.Errorf("there is a company, and yet kith prints %s", line)
		}
		second.as(made.text("data.token")).do("GET", "/3/user/", nil).want(http.StatusOK)
		second.stop(t)
	})
}

var setupToken = regexp.MustCompile(`X-Setup-Token: (\w+)'`)

// TestOpenListener: what may happen on a listener that others reach is stricter.
func TestOpenListener(t *testing.T) {
	p := newPlace(t, sqlite(t))
	p.listen = freeAddress(t, "0.0.0.0")
	s := p.serve(t)
	line := banner(t, s)
	found := setupToken.FindStringSubmatch(line)
	if found == nil {
		t.Fatalf("no setup token in %q", line)
	}
	s.vault.note([]byte(`"setup_token":"` + found[1] + `"`))

	s.company("first", nil).want(http.StatusForbidden)
	s.company("first", object{"setup_token": found[1] + "x"}).want(http.StatusForbidden)
	s.company("first", object{"setup_token": found[1]}).want(http.StatusCreated)
	if got := s.do("GET", "/3/public/companies/first/", nil).want(http.StatusOK).text("data.mode"); got != "production" {
		t.Errorf("the mode is %q, want production", got)
	}
	byHeader := s.request("POST", "/3/auth/company/register/", object{"company": "second", "email": "owner@second.example",
		"password": passwordOf("second")})
	byHeader.Header.Set("X-Setup-Token", found[1])
	s.must(byHeader).want(http.StatusCreated)
	test := s.company("third", object{"company": object{"id": "third", "mode": "test"}, "setup_token": found[1]})
	if message := test.want(http.StatusForbidden).text("message"); !strings.Contains(message, "production") {
		t.Errorf("a test company is refused with %q, which does not say what to ask for", message)
	}
	s.do("GET", "/inbox", nil).want(http.StatusNotFound)
	s.do("GET", "/inbox/messages.json", nil).want(http.StatusNotFound)
	paste(t, s, line).want(http.StatusCreated)
	s.stop(t)
}

// TestClosedRegistration: the operator can shut the door for new companies, and is then not told how to
// open it.
func TestClosedRegistration(t *testing.T) {
	s := newPlace(t, sqlite(t), "KITH_COMPANY_REGISTRATION=closed").serve(t)
	if line := banner(t, s); line != "" {
		t.Errorf("kith prints %s", line)
	}
	s.company("acme", nil).want(http.StatusForbidden)
	s.do("GET", "/3/public/companies/acme/", nil).want(http.StatusNotFound)
	s.stop(t)
}
