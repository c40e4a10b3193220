package platform_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"kith/internal/api/platform"
	"kith/internal/web"
)

// evilHost is where poisoners would like links to lead.
const evilHost = "evil.example"

// poison is a way to tell a server that it is another.
type poison struct {
	name string
	line func(method, path string) string // the request line, and the Host that follows it
	head []string                         // further headers
}

func plainLine(host string) func(method, path string) string {
	return func(method, path string) string { return method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" }
}

func poisonedBy(head ...string) poison {
	return poison{strings.Join(head, ", "), plainLine("kith.example"), head}
}

// poisons are all ways (T6). None is the first.
var poisons = []poison{
	poisonedBy(),
	{"Host", plainLine(evilHost), nil},
	{"Host with a port", plainLine("kith.example:8443"), nil},
	{"Host with userinfo", plainLine("kith.example@" + evilHost), nil},
	{"Host with userinfo and password", plainLine("a:b@" + evilHost), nil},
	{"Host with a path", plainLine(evilHost + "/kith.example"), nil},
	{"Host with a fragment", plainLine(evilHost + "#kith.example"), nil},
	{"Host, quoted", plainLine(`"` + evilHost + `"`), nil},
	{"no Host", func(method, path string) string { return method + " " + path + " HTTP/1.1\r\n" }, nil},
	{"empty Host", plainLine(""), nil},
	{"two Hosts", plainLine("kith.example\r\nHost: " + evilHost), nil},
	{"two Hosts, the other first", plainLine(evilHost + "\r\nHost: kith.example"), nil},
	{"absolute target", func(method, path string) string {
		return method + " http://" + evilHost + path + " HTTP/1.1\r\nHost: kith.example\r\n"
	}, nil},
	{"absolute target with userinfo", func(method, path string) string {
		return method + " https://kith.example@" + evilHost + path + " HTTP/1.1\r\nHost: kith.example\r\n"
	}, nil},
	poisonedBy("X-Forwarded-Host: " + evilHost),
	poisonedBy("X-Forwarded-Host: kith.example, " + evilHost),
	poisonedBy("X-Forwarded-Proto: https"),
	poisonedBy("X-Forwarded-Proto: gopher"),
	poisonedBy("X-Forwarded-Port: 8443"),
	poisonedBy("X-Forwarded-Prefix: /evil"),
	poisonedBy("X-Forwarded-Server: " + evilHost),
	poisonedBy("X-Forwarded-Scheme: https", "X-Scheme: https", "Front-End-Https: on"),
	poisonedBy("Forwarded: for=1.2.3.4;host=" + evilHost + ";proto=https"),
	poisonedBy("X-Original-URL: http://" + evilHost + "/"),
	poisonedBy("X-Original-Host: " + evilHost),
	poisonedBy("X-Rewrite-URL: http://" + evilHost + "/"),
	poisonedBy("X-Host: " + evilHost),
	poisonedBy("X-HTTP-Host-Override: " + evilHost),
	poisonedBy("Origin: http://" + evilHost),
	poisonedBy("Referer: http://" + evilHost + "/page"),
	poisonedBy("X-Forwarded-Host: "+evilHost, "X-Forwarded-Proto: https", "X-Forwarded-Port: 1", "X-Forwarded-For: 127.0.0.1", "Forwarded: host="+evilHost, "X-Host: "+evilHost),
}

// over sends a request as it stands, byte for byte, and gives the status.
func over(t *testing.T, address string, p poison, r request) int {
	t.Helper()
	var d net.Dialer
	c, err := d.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var text strings.Builder
	text.WriteString(p.line(r.method, r.path))
	for name, values := range r.header {
		fmt.Fprintf(&text, "%s: %s\r\n", name, values[0])
	}
	for _, line := range p.head {
		fmt.Fprintf(&text, "%s\r\n", line)
	}
	fmt.Fprintf(&text, "Content-Length: %d\r\nConnection: close\r\n\r\n%s", len(r.body), r.body)
	if _, err := io.WriteString(c, text.String()); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

// sent counts the messages that there are.
func (w *world) sent() (n int) {
	w.t.Helper()
	w.deliver()
	if err := w.db.QueryRowContext(w.t.Context(), `SELECT count(*) FROM messages`).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// links are those of all messages that a deed brings about.
func (w *world) links(deed func()) []string {
	w.t.Helper()
	was := w.sent()
	w.clock.move(time.Millisecond) // what is sent from now on is newer
	deed()
	is := w.sent()
	if is == was {
		return nil
	}
	all, err := w.core.Outbox.Inbox(w.t.Context(), "", is-was) // the newest
	if err != nil {
		w.t.Fatal(err)
	}
	var list []string
	for _, m := range all {
		list = append(list, m.Links...)
		if text := m.Subject + m.Text + m.HTML; strings.Contains(text, evilHost) {
			w.t.Errorf("%s tells of %s:\n%s", m.Kind, evilHost, text)
		}
	}
	return list
}

// callerOf is whoever may call a route.
func callerOf(r web.Listing) string {
	if strings.HasPrefix(r.Permission, "admin:") {
		return "admin"
	}
	return "user"
}

// TestNobodyChoosesWhereLinksLead: whatever a request says of the server's name, every link of every mail that it
// brings about has the public URL's scheme and authority, byte for byte, or the request is refused. The routes
// are all that send a link, found by calling each (T6).
func TestNobodyChoosesWhereLinksLead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.company("acme")
	server := httptest.NewServer(w.handler)
	defer server.Close()
	address := server.Listener.Addr().String()
	var sending []string
	for _, r := range platform.Face(nil, nil, "test").Routes() {
		name := r.Method + " " + r.Path
		if r.Method == http.MethodGet || r.Method == http.MethodPut || ownersOnly[name] { // PUT does what PATCH does
			continue
		}
		send := func(by poison) (status int, links []string) {
			w.clock.move(time.Second)
			p := w.enter(callerOf(r))
			w.ready(r, p)
			body := members(name, p)
			if name == "POST /3/auth/register/" {
				body["email"] = fmt.Sprintf("new%d@x.example", p.number)
			}
			links = w.links(func() { status = over(t, address, by, wellFormed(t, r, p, body)) })
			return status, links
		}
		status, links := send(poisons[0])
		if status >= http.StatusMultipleChoices {
			t.Errorf("%s, well-formed: %d", name, status)
		}
		if len(links) == 0 {
			continue
		}
		sending = append(sending, name)
		some := 0
		for _, by := range poisons[1:] {
			status, links := send(by)
			if len(links) > 0 {
				some++
			}
			for _, link := range links {
				if !strings.HasPrefix(link, "http://kith.example/") {
					t.Errorf("%s by %s: %d, and a link to %s", name, by.name, status, link)
				}
			}
		}
		if some < len(poisons)/2 {
			t.Errorf("%s sent a link in %d of %d cases: this tests little", name, some, len(poisons))
		}
	}
	for _, name := range []string{"POST /3/auth/company/register/", "POST /3/auth/register/", "POST /3/auth/password/reset/", "POST /3/auth/email/verify/resend/", "POST /3/auth/deactivate/",
		"POST /3/auth/request-delete/", "POST /3/admin/users/{identifier}/password-link/", "POST /3/user/emails/"} {
		if !slices.Contains(sending, name) {
			t.Errorf("%s sends no link, or is not found to", name)
		}
	}
	t.Logf("links are sent by %s", strings.Join(sending, ", "))
}
