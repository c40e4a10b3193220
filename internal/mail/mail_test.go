package mail_test

import (
	"context"
	"crypto/x509"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/mail"
	"kith/internal/mail/mailtest"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func letter(to string) *kith.Message {
	return &kith.Message{ID: kith.MessageID{1, 2, 3, 0xff}, Channel: kith.ChannelEmail, To: to, Sender: "Acme & Söhne", ReplyTo: "help@acme.example",
		Subject: "Willkommen", Text: "Grüße\n", HTML: "<p>Grüße</p>\n", CreatedAt: noon}
}

// carrier is one to the server, believing its certificate.
func carrier(t *testing.T, s *mailtest.Server, scheme, user, password string) *mail.Carrier {
	t.Helper()
	u := url.URL{Scheme: scheme, Host: s.Address}
	if user != "" {
		u.User = url.UserPassword(user, password)
	}
	c, err := mail.Parse(u.String(), "no-reply@kith.example")
	if err != nil {
		t.Fatal(err)
	}
	c.Domain, c.Roots, c.StepTime = "id.kith.example", x509.NewCertPool(), 5*time.Second
	c.Roots.AppendCertsFromPEM(s.CA)
	out := mail.New(c)
	t.Cleanup(out.Close)
	return out
}

// TestDelivery: by each kind of connection a mail arrives whole.
func TestDelivery(t *testing.T) {
	for _, tt := range []struct {
		scheme   string
		security mailtest.Security
		user     string
	}{
		{"smtp", mailtest.StartTLS, mailtest.User}, {"smtp", mailtest.StartTLS, ""}, {"smtps", mailtest.TLS, mailtest.User},
		{"smtp+insecure", mailtest.Plain, ""}, {"smtp+insecure", mailtest.Plain, mailtest.User},
	} {
		t.Run(tt.scheme+tt.user, func(t *testing.T) {
			s := mailtest.Start(t, tt.security)
			c := carrier(t, s, tt.scheme, tt.user, mailtest.Password)
			for range 3 {
				if err := c.Carry(t.Context(), letter("ada@exämple.example")); err != nil {
					t.Fatal(err)
				}
			}
			mails := s.Mails()
			if len(mails) != 3 || mails[0].Raw != mails[2].Raw {
				t.Fatalf("%d mails; three that are the same were sent", len(mails))
			}
			looksRight(t, mails[0])
			if tt.security != mailtest.Plain && strings.Contains(s.Heard(), "MAIL FROM") {
				t.Error("a mail left in the clear")
			}
		})
	}
}

func looksRight(t *testing.T, m mailtest.Mail) {
	t.Helper()
	if m.From != "no-reply@kith.example" || m.To != "ada@xn--exmple-cua.example" || m.MessageID() != "010203ff000000000000000000000000@id.kith.example" {
		t.Errorf("from %s to %s, called %s", m.From, m.To, m.MessageID())
	}
	decoder := new(mime.WordDecoder)
	for name, want := range map[string]string{"From": `Acme & Söhne <no-reply@kith.example>`, "Reply-To": "Acme & Söhne <help@acme.example>",
		"To": "<ada@xn--exmple-cua.example>", "Subject": "Willkommen", "Auto-Submitted": "auto-generated", "List-Unsubscribe": "",
		"Date": "Mon, 02 Mar 2026 12:00:00 +0000"} {
		got, err := decoder.DecodeHeader(m.Header.Get(name))
		if err != nil || strings.ReplaceAll(got, `"`, "") != want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s, %v", kind, err)
	}
	_, body, _ := strings.Cut(m.Raw, "\r\n\r\n")
	parts := multipart.NewReader(strings.NewReader(body), params["boundary"])
	for _, want := range []struct{ kind, text string }{{"text/plain; charset=UTF-8", "Grüße"}, {"text/html; charset=UTF-8", "<p>Grüße</p>"}} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil || part.Header.Get("Content-Type") != want.kind || strings.TrimSpace(string(text)) != want.text {
			t.Errorf("a part %s: %q, %v", part.Header.Get("Content-Type"), text, err)
		}
	}
}

// TestHostileHeaders: nothing that people or companies are called adds a header or a recipient (T109).
func TestHostileHeaders(t *testing.T) {
	s := mailtest.Start(t, mailtest.Plain)
	c := carrier(t, s, "smtp+insecure", "", "")
	const evil = "Acme\r\nBcc: mallory@x.example\r\n\r\n<script>\x00"
	m := letter("ada@x.example")
	m.Sender, m.Subject, m.ReplyTo = evil, evil, "help@x.example\r\nBcc: mallory@x.example"
	if err := c.Carry(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := s.Mails()[0]
	for name := range got.Header {
		switch name {
		case "From", "To", "Subject", "Date", "Message-Id", "Mime-Version", "Content-Type", "Auto-Submitted":
		default:
			t.Errorf("a header %s: %q", name, got.Header[name])
		}
	}
	for _, to := range []string{"ada@x.example\r\nRCPT TO:<mallory@x.example>", "ada@x.example>\r\nDATA", "", "@x.example", "a b@x.example", "ada@-.example"} {
		if err := c.Carry(t.Context(), letter(to)); kith.FaultOf(err) != kith.FaultRefused {
			t.Errorf("to %q: %v", to, err)
		}
	}
	if n := len(s.Mails()); n != 1 {
		t.Errorf("%d mails arrived", n)
	}
}

// TestFaults: each way to fail is laid at the right door, and the connection after it is good.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		fault mailtest.Fault
		want  kith.DeliveryFault
		says  string
	}{
		{mailtest.Fault{At: "mail", Code: 421}, kith.FaultProvider, "from: 421"},
		{mailtest.Fault{At: "mail", Code: 550}, kith.FaultProvider, "from: 550"},
		{mailtest.Fault{At: "rcpt", Code: 450}, kith.FaultMessage, "to: 450"},
		{mailtest.Fault{At: "rcpt", Code: 550}, kith.FaultRefused, "to: 550"},
		{mailtest.Fault{At: "data", Code: 421}, kith.FaultProvider, "answer: 421"},
		{mailtest.Fault{At: "data", Code: 450}, kith.FaultMessage, "answer: 450"},
		{mailtest.Fault{At: "data", Code: 554}, kith.FaultRefused, "answer: 554"},
		{mailtest.Fault{At: "data", Cut: true}, kith.FaultProvider, "answer: the server cut the connection"},
		{mailtest.Fault{At: "data", Stall: true}, kith.FaultProvider, "answer: no answer in time"},
	} {
		t.Run(tt.says, func(t *testing.T) {
			s := mailtest.Start(t, mailtest.StartTLS)
			c := carrier(t, s, "smtp", mailtest.User, mailtest.Password)
			if err := c.Carry(t.Context(), letter("ada@x.example")); err != nil { // so that the connection is a kept one
				t.Fatal(err)
			}
			tt.fault.Times = 1
			s.Fail(tt.fault)
			ctx := t.Context()
			if tt.fault.Stall {
				var cancel context.CancelFunc
				ctx, cancel = context.WithCancel(ctx)
				go func() {
					for s.Stalled() == 0 {
						time.Sleep(time.Millisecond)
					}
					cancel() // as the worker does when the time is over
				}()
			}
			err := c.Carry(ctx, letter("ada@x.example"))
			if err == nil && tt.fault.Code == 421 && tt.fault.At == "mail" {
				return // on a kept connection that is the server's farewell: another was opened
			}
			if err == nil || kith.FaultOf(err) != tt.want || !strings.HasPrefix(err.Error(), tt.says) {
				t.Errorf("%v, fault %d; want %s, %d", err, kith.FaultOf(err), tt.says, tt.want)
			}
			s.Release()
			if err := c.Carry(t.Context(), letter("eva@x.example")); err != nil {
				t.Errorf("the next mail: %v", err)
			}
			if mails := s.Mails(); mails[len(mails)-1].To != "eva@x.example" {
				t.Errorf("the last mail is to %s", mails[len(mails)-1].To)
			}
		})
	}
}

// TestNothingInTheClear: without STARTTLS, or with a certificate that nobody vouches for, neither the password
// nor a byte of the mail leaves.
func TestNothingInTheClear(t *testing.T) {
	for name, security := range map[string]mailtest.Security{"no STARTTLS": mailtest.Plain, "certificate": mailtest.StartTLS} {
		t.Run(name, func(t *testing.T) {
			s := mailtest.Start(t, security)
			c := carrier(t, s, "smtp", mailtest.User, mailtest.Password)
			if security == mailtest.StartTLS {
				c = carrier(t, &mailtest.Server{Address: s.Address}, "smtp", mailtest.User, mailtest.Password)
			}
			err := c.Carry(t.Context(), letter("ada@x.example"))
			if err == nil || kith.FaultOf(err) != kith.FaultProvider || !strings.HasPrefix(err.Error(), "starttls: ") {
				t.Errorf("%v", err)
			}
			heard := s.Heard()
			for _, word := range []string{"AUTH", "MAIL", "RCPT", "DATA", "ada@", "Gr"} {
				if strings.Contains(heard, word) {
					t.Errorf("the server heard %s: %q", word, heard)
				}
			}
		})
	}
}

// TestCheck: each step is told, and a failure with what to do about it.
func TestCheck(t *testing.T) {
	run := func(c *mail.Carrier, to string) (steps []string, last mail.Step, err error) {
		err = c.Check(t.Context(), letter(to), func(s mail.Step) {
			steps, last = append(steps, s.Name), s
			if strings.Contains(s.Detail+s.Advice, mailtest.Password) {
				t.Errorf("the password is shown: %+v", s)
			}
		})
		return steps, last, err
	}
	s := mailtest.Start(t, mailtest.StartTLS)
	steps, last, err := run(carrier(t, s, "smtp", mailtest.User, mailtest.Password), "ada@x.example")
	if got := strings.Join(steps, " "); err != nil || got != "connect greeting starttls auth from to data answer" || !last.OK {
		t.Errorf("%s, %+v, %v", got, last, err)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	bare := mailtest.Start(t, mailtest.Plain)
	for _, tt := range []struct {
		what, step string
		c          *mail.Carrier
		to         string
	}{
		{"wrong password", "auth", carrier(t, s, "smtp", mailtest.User, "wrong"), "ada@x.example"},
		{"no STARTTLS", "starttls", carrier(t, bare, "smtp", "", ""), "ada@x.example"},
		{"unknown authority", "starttls", carrier(t, &mailtest.Server{Address: s.Address}, "smtp", "", ""), "ada@x.example"},
		{"nobody there", "connect", carrier(t, &mailtest.Server{Address: closed.Addr().String()}, "smtp", "", ""), "ada@x.example"},
		{"TLS where there is none", "tls", carrier(t, bare, "smtps", "", ""), "ada@x.example"},
		{"no address", "to", carrier(t, s, "smtp", "", ""), "ada"},
	} {
		steps, last, err := run(tt.c, tt.to)
		if err == nil || last.OK || last.Name != tt.step || last.Advice == "" {
			t.Errorf("%s: %v, %+v, %v", tt.what, steps, last, err)
		}
	}
}

// TestParse: a URL that would lead astray is refused, without repeating its password.
func TestParse(t *testing.T) {
	for _, tt := range []struct{ server, from string }{
		{"", "a@x.example"}, {"mail.example.com:587", "a@x.example"}, {"http://mail.example.com", "a@x.example"},
		{"smtp://", "a@x.example"}, {"smtp+insecure://u:secret@mail.example.com", "a@x.example"}, {"smtp://u:secret@mail.example.com/x", "a@x.example"},
		{"smtp://u:sec/ret@mail.example.com", "a@x.example"}, {"smtp://mail.example.com?tls=no", "a@x.example"},
		{"smtp://mail.example.com", ""}, {"smtp://mail.example.com", "Kith <a@x.example>"}, {"smtp://mail.example.com", "a"},
	} {
		_, err := mail.Parse(tt.server, tt.from)
		if err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "sec/ret") {
			t.Errorf("%s from %q: %v", tt.server, tt.from, err)
		}
	}
	for server, want := range map[string]string{"smtp://mail.example.com": "smtp mail.example.com:587", "smtps://u:p@mail.example.com": "smtp mail.example.com:465",
		"smtp+insecure://[::1]": "smtp [::1]:25", "smtp://mail.example.com:2525": "smtp mail.example.com:2525"} {
		c, err := mail.Parse(server, "a@x.example")
		if got := mail.New(c).Name(); err != nil || got != want {
			t.Errorf("%s is %s, %v", server, got, err)
		}
	}
}
