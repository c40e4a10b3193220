package e2e

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kith/internal/mail/mailtest"
)

// withMail is a place whose mails go to a server.
func withMail(t *testing.T, e engine, s *mailtest.Server, password string) *place {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, s.CA, 0o600); err != nil {
		t.Fatal(err)
	}
	server := url.URL{Scheme: "smtp", Host: s.Address, User: url.UserPassword(mailtest.User, password)}
	return newPlace(t, e, "KITH_SMTP="+server.String(), "KITH_MAIL_FROM=no-reply@kith.example", "KITH_SMTP_CA="+ca, "KITH_PUBLIC_URL=https://id.kith.example")
}

// arrived waits until the server has mails for an address.
func arrived(t *testing.T, s *mailtest.Server, to string) mailtest.Mail {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		for _, m := range s.Mails() {
			if m.To == to {
				return m
			}
		}
	}
	t.Fatalf("no mail for %s arrived", to)
	return mailtest.Mail{}
}

// TestNoInboxBesideProviders: where all messages are sent nobody reads them on a page, not even of this machine.
func TestNoInboxBesideProviders(t *testing.T) {
	t.Parallel()
	mail := []string{"KITH_SMTP=smtp+insecure://127.0.0.1:1", "KITH_MAIL_FROM=no-reply@kith.example"}
	for _, tt := range []struct {
		name string
		env  []string
		want int
	}{
		{"both", append(mail, "KITH_SMS=http://:secret@127.0.0.1:1/sms"), http.StatusNotFound},
		{"mail only", mail, http.StatusOK},
		{"both, and asked for", append(mail, "KITH_SMS=http://:secret@127.0.0.1:1/sms", "KITH_ALLOW_TEST=on"), http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newPlace(t, sqlite(t), tt.env...).serve(t)
			s.do("GET", "/inbox", nil).want(tt.want)
			s.do("GET", "/inbox/messages.json", nil).want(tt.want)
		})
	}
}

// TestMail: what kith tells people reaches their mail server; what that refuses is dead, and can be delivered
// again at the command line.
func TestMail(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		s := mailtest.Start(t, mailtest.StartTLS)
		p := withMail(t, e, s, mailtest.Password)
		p.env = append(p.env, "KITH_COMPANY_REGISTRATION=open", "KITH_ALLOW_TEST=on")
		k := p.serve(t)
		s.Fail(mailtest.Fault{At: "rcpt", Times: -1, Code: 550})
		k.do("POST", "/3/auth/company/register/", object{"company": object{"id": "acme", "mode": "test"}, "email": "owner@acme.example",
			"password": passwordOf("acme"), "terms_and_conditions": true}).want(http.StatusCreated)
		var id string
		for deadline := time.Now().Add(20 * time.Second); id == ""; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("no message is dead")
			}
			id = anID.FindString(string(p.ask(t, "mail", "dead").body))
		}
		if got := p.kith(t, "mail", "dead"); got.code != 0 || !strings.Contains(got.out, "acme") || !strings.Contains(got.out, "550") ||
			strings.Contains(got.out, "owner@") {
			t.Errorf("exit code %d\n%s%s", got.code, got.out, got.err)
		}
		s.Fail(mailtest.Fault{})
		if got := p.kith(t, "mail", "redeliver", "--all"); got.code != 0 {
			t.Errorf("exit code %d: %s", got.code, got.err)
		}
		m := arrived(t, s, "owner@acme.example")
		if !strings.HasSuffix(m.MessageID(), "@id.kith.example") || m.From != "no-reply@kith.example" {
			t.Errorf("%s from %s", m.MessageID(), m.From)
		}
		if got := p.kith(t, "mail", "redeliver", id); got.code != 1 || !strings.Contains(got.err, "no such message") {
			t.Errorf("what is delivered, delivered again: exit code %d: %s", got.code, got.err)
		}
		for _, wrong := range [][]string{{"redeliver"}, {"redeliver", "--all", id}, {"redeliver", "x"}, {"test"}} {
			if got := p.kith(t, append([]string{"mail"}, wrong...)...); got.code != 2 {
				t.Errorf("kith mail %v: exit code %d, %s", wrong, got.code, got.err)
			}
		}
		k.stop(t)
	})
}

// TestMailTest: kith mail test tells each step, and what to do about the one that failed.
func TestMailTest(t *testing.T) {
	s := mailtest.Start(t, mailtest.StartTLS)
	e := engine{url: "sqlite:" + filepath.Join(t.TempDir(), "kith.db")}
	good := withMail(t, e, s, mailtest.Password).kith(t, "mail", "test", "ada@x.example")
	for _, step := range []string{"connect", "greeting", "starttls  ok      TLS 1.3, certificate of localhost", "auth", "from", "to", "data", "answer"} {
		if !strings.Contains(good.out, "\n"+step) && !strings.HasPrefix(good.out, step) {
			t.Errorf("%s is missing", step)
		}
	}
	if good.code != 0 || good.err != "" || len(s.Mails()) != 1 {
		t.Errorf("exit code %d, %d mails\n%s%s", good.code, len(s.Mails()), good.out, good.err)
	}
	const wrong = "a password that is wrong"
	bad := withMail(t, e, s, wrong).kith(t, "mail", "test", "ada@x.example", "--json")
	if bad.code != 1 || !strings.Contains(bad.out, `"sent": false`) || !strings.Contains(bad.out, `"step": "auth"`) || !strings.Contains(bad.out, `"advice"`) ||
		strings.Contains(bad.out+bad.err, wrong) {
		t.Errorf("exit code %d\n%s%s", bad.code, bad.out, bad.err)
	}
	for _, env := range [][]string{{"KITH_SMTP=smtp://x.example"}, {"KITH_SMTP=smtp+insecure://u:secret@x.example", "KITH_MAIL_FROM=a@x.example"},
		{"KITH_SMS=http://:secret@x.example"}, {"KITH_SMTP=smtp://x.example", "KITH_MAIL_FROM=a@x.example", "KITH_SMTP_CA=/nowhere"}, nil} {
		got := newPlace(t, e, env...).kith(t, "mail", "test", "ada@x.example")
		if got.code != 1 || !strings.Contains(got.err, "KITH_") || strings.Contains(got.err, "secret") {
			t.Errorf("%v: exit code %d, %s", env, got.code, got.err)
		}
	}
}
