package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// said is what a command answered.
type said struct {
	out, err string
	code     int
}

// kith runs a command beside whatever runs at the place.
func (p *place) kith(t *testing.T, args ...string) said {
	t.Helper()
	return p.tell(t, "", args...)
}

// tell is kith with something on its standard input.
func (p *place) tell(t *testing.T, input string, args ...string) said {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	for _, line := range os.Environ() {
		if !strings.HasPrefix(line, "KITH_") {
			cmd.Env = append(cmd.Env, line)
		}
	}
	cmd.Env = append(append(cmd.Env, "KITH_DATA="+p.data, "KITH_DATABASE="+p.engine.url), p.env...)
	if input != "" {
		cmd.Stdin = strings.NewReader(input)
	}
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	err = cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		t.Fatal(err)
	}
	return said{out.String(), log.String(), cmd.ProcessState.ExitCode()}
}

var (
	anID   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)
	aTime  = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ`)
	digits = regexp.MustCompile(`\b\d{10}\b`)
)

// plain puts words for what is never twice the same.
func (s said) plain() string {
	text := aTime.ReplaceAllString(anID.ReplaceAllString(s.out, "ID"), "TIME")
	return digits.ReplaceAllString(text, "DIGITS")
}

// TestCommands: what the operator asks at the command line, beside a running server.
func TestCommands(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		p := newPlace(t, e)
		s := p.serve(t)
		owner := s.company("acme", nil).want(http.StatusCreated)
		s.company("bolt", nil).want(http.StatusCreated)
		s.do("POST", "/3/auth/register/", object{"company": "acme", "email": "ada@x.example", "password": "several unrelated words"}).
			want(http.StatusCreated)
		e.change(t, `UPDATE users SET profile = '{"first_name":"A\u001b[31mda"}', version = version + 1 WHERE email = 'ada@x.example'`)
		for _, tt := range []struct {
			name string
			args []string
			want string
		}{
			{"companies", []string{"company", "list"},
				"COMPANY  MODE  STATUS  USERS  OWNER               CREATED               NAME\n" +
					"acme     test  active  2      owner@acme.example  TIME\nbolt     test  active  1      owner@bolt.example  TIME\n"},
			{"a company", []string{"company", "show", "ACME"},
				"Company   acme\nMode      test\nStatus    active\nOwner     owner@acme.example\nUsers     2\nCurrency  USD\nCreated   TIME\nUpdated   TIME\n"},
			{"a user", []string{"user", "show", "--company", "acme", "ADA@x.example"},
				"User          ID\nKind          person\nEmail         ada@x.example  (not verified)\nGroup         user\nState         active\n" +
					"Status        pending\nAccount       DIGITS\nCreated       TIME\nUpdated       TIME\nLast sign-in  TIME\n" +
					"First name    A\ufffd[31mda\nLanguage      en\n"},
			{"why not", []string{"why", "--company", "acme", "--actor", "ada@x.example", "user.change", "--on", "owner@acme.example"},
				"Actor    ada@x.example  ID\nAsked    admin:user.change\nVerdict  refused\n" +
					"Because  Neither the group user nor the user holds admin:user.change.\n"},
			{"why", []string{"why", "--company", "acme", "--actor", "ada@x.example", "user.change", "--section", "user"},
				"Actor       ada@x.example  ID\nAsked       user:user.change\nVerdict     allowed\n" +
					"Because     The group user holds user:user.change, and the row is their own.\nTable rule  group\nRow rule    owner\n"},
		} {
			got := p.kith(t, tt.args...)
			if got.code != 0 || got.err != "" || got.plain() != tt.want {
				t.Errorf("%s: exit code %d\n%s%swant\n%s", tt.name, got.code, got.plain(), got.err, tt.want)
			}
		}
		e.change(t, `UPDATE companies SET status = 3, version = version + 1 WHERE slug = 'bolt'`)
		e.change(t, `UPDATE users SET flags = 2, version = version + 1 WHERE email = 'ada@x.example'`)
		for path, want := range map[string]any{
			"company show bolt --json": map[string]any{"id": "bolt", "status": "suspended", "mode": "test", "currency": "USD"},
			"user show --company acme ada@x.example --json": map[string]any{"email": "ada@x.example", "state": "deactivated", "group": "user",
				"username": "", "profile": map[string]any{"first_name": "A\u001b[31mda", "language": "en"}},
			"why --json --company acme --actor ada@x.example company.change": map[string]any{"allowed": false, "active": false,
				"asked": "admin:company.change", "table": ""},
			"why --json --company acme --actor " + owner.text("data.user.id") + " company.change": map[string]any{"allowed": true,
				"active": true, "table": "admin permission", "row": "admin permission"},
		} {
			got := p.kith(t, strings.Fields(path)...)
			var document map[string]any
			if err := json.Unmarshal([]byte(got.out), &document); err != nil || got.code != 0 {
				t.Errorf("%s: %v, exit code %d\n%s%s", path, err, got.code, got.out, got.err)
			}
			for name, value := range want.(map[string]any) {
				if a, b := text(t, document[name]), text(t, value); a != b {
					t.Errorf("%s: %s is %s, want %s", path, name, a, b)
				}
			}
		}
		s.as(owner.text("data.token")).do("GET", "/3/user/", nil).want(http.StatusOK) // the server noticed nothing
	})
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestCommandsFail: a command that is written wrongly ends with 2, one that cannot be done with 1, and
// both say what to do; none of them makes what it only looks for.
func TestCommandsFail(t *testing.T) {
	empty := newPlace(t, sqlite(t))
	for _, args := range [][]string{{"company", "list"}, {"why", "--company", "acme", "--actor", "ada", "user.view"}} {
		if got := empty.kith(t, args...); got.code != 1 || !strings.Contains(got.err, "no database") {
			t.Errorf("without a database %v ends with %d: %s", args, got.code, got.err)
		}
	}
	if made, err := filepath.Glob(filepath.Join(filepath.Dir(empty.data), "*")); err != nil || len(made) > 0 {
		t.Errorf("looking made %v, %v", made, err)
	}
	p := newPlace(t, sqlite(t))
	p.serve(t).company("acme", nil).want(http.StatusCreated)
	for _, tt := range []struct {
		args string
		code int
		says string
	}{
		{"company show", 2, "usage: kith company show COMPANY"},
		{"company list acme", 2, "usage: kith company list"},
		{"company", 2, "create, list, resume, show, suspend"},
		{"company burn acme", 2, "create, list, resume, show, suspend"},
		{"burn", 2, "unknown command"},
		{"user show ada", 2, "--company SLUG"},
		{"user show --company acme --colour ada", 2, "unknown flag: --colour"},
		{"why --company acme user.change", 2, "--actor USER"},
		{"company show nobody", 1, "There is no such company."},
		{"company show ../acme", 1, "There is no such company."},
		{"user show --company acme nobody", 1, `there is no user "nobody" in acme`},
		{"why --company acme --actor nobody user.view", 1, "actor: There is no such user."},
		{"why --company acme --actor owner@acme.example spoon.bend", 1, "operation: There is no such operation."},
		{"why --company acme --actor owner@acme.example user.view --section moon", 1, "section: A section is user or admin."},
	} {
		got := p.kith(t, strings.Fields(tt.args)...)
		if got.code != tt.code || got.out != "" || !strings.Contains(got.err, tt.says) {
			t.Errorf("kith %s: exit code %d, want %d\n%s%s", tt.args, got.code, tt.code, got.out, got.err)
		}
	}
	if err := os.Remove(filepath.Join(p.data, "master.key")); err != nil {
		t.Fatal(err)
	}
	got := p.kith(t, "company", "list")
	if _, err := os.Stat(filepath.Join(p.data, "master.key")); got.code != 1 || !strings.Contains(got.err, "no master key") || err == nil {
		t.Errorf("without its key: exit code %d, %s; made one: %v", got.code, got.err, err == nil)
	}
}
