package jsonapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"kith"
	"kith/internal/web"
)

// evilHost is where poisoners would like links to lead.
const evilHost = "evil.example"

// poisons are headers that tell a server that it is another; Host is the one of that name.
var poisons = []map[string]string{
	{"Host": evilHost}, {"Host": "kith.example:8443"}, {"Host": "kith.example@" + evilHost}, {"Host": evilHost + "/kith.example"}, {"Host": ""},
	{"X-Forwarded-Host": evilHost}, {"X-Forwarded-Host": "kith.example, " + evilHost}, {"X-Forwarded-Proto": "https"}, {"X-Forwarded-Port": "8443"},
	{"X-Forwarded-Prefix": "/evil"}, {"X-Forwarded-Server": evilHost}, {"Forwarded": "for=1.2.3.4;host=" + evilHost + ";proto=https"},
	{"X-Original-URL": "http://" + evilHost + "/"}, {"X-Rewrite-URL": "http://" + evilHost + "/"}, {"X-Host": evilHost}, {"X-HTTP-Host-Override": evilHost},
	{"Origin": "http://" + evilHost}, {"Referer": "http://" + evilHost + "/page"},
}

// poisoned makes an errand's request with a poison.
func (e errand) poisoned(r web.Listing, poison map[string]string) int {
	h := e.caller.h
	in := httptest.NewRequestWithContext(h.t.Context(), r.Method, e.path, strings.NewReader(e.body))
	in.RemoteAddr, in.Host = "127.0.0.1:40000", "kith.example"
	if e.caller.token != "" {
		in.Header.Set("Authorization", "Bearer "+e.caller.token)
	}
	in.Header.Set(companyHeader, "acme")
	for name, value := range poison {
		if name == "Host" {
			in.Host = value
			continue
		}
		in.Header.Set(name, value)
	}
	recorder := httptest.NewRecorder()
	h.handler.ServeHTTP(recorder, in)
	return recorder.Code
}

// sent are the messages that a deed brings about.
func (h *house) sent(deed func()) []*kith.Message {
	h.t.Helper()
	was := map[kith.MessageID]bool{}
	for _, m := range h.letters("") {
		was[m.ID] = true
	}
	deed()
	return slices.DeleteFunc(h.letters(""), func(m *kith.Message) bool { return was[m.ID] })
}

// TestNobodyChoosesWhereLinksLead: whatever a request says of the server's name, every link that it has mailed leads to
// the public URL, or the request is refused. The routes are all that send a link, found by calling each (T6).
func TestNobodyChoosesWhereLinksLead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := newCast(h)
	var sending []string
	for _, r := range h.face.Routes() {
		if r.Method == http.MethodGet || !c.declared("self", r) {
			continue
		}
		send := func(poison map[string]string) (status, links int) {
			b := c.about("self")
			e := h.errand(r, c.play("self"), b)
			for _, m := range h.sent(func() { status = e.poisoned(r, poison) }) {
				links += len(m.Links)
				for _, link := range m.Links {
					if !strings.HasPrefix(link, "http://kith.example/") {
						t.Errorf("%s with %v: %d, and a link to %s", r, poison, status, link)
					}
				}
				if text := m.Subject + m.Text + m.HTML; strings.Contains(text, evilHost) {
					t.Errorf("%s with %v: %s tells of %s:\n%s", r, poison, m.Kind, evilHost, text)
				}
			}
			if status < http.StatusMultipleChoices {
				c.forget("self", r, b)
			}
			return status, links
		}
		if status, links := send(nil); status >= http.StatusMultipleChoices {
			t.Errorf("%s, well-formed: %d", r, status)
		} else if links == 0 {
			continue
		}
		sending = append(sending, r.Method+" "+r.Path)
		some := 0
		for _, poison := range poisons {
			if _, links := send(poison); links > 0 {
				some++
			}
		}
		if some < len(poisons)/2 {
			t.Errorf("%s sent a link in %d of %d cases: this tests little", r, some, len(poisons))
		}
	}
	for _, name := range []string{"POST /action/user_account/signup", "POST /action/user_account/reset-password", "POST /api/user_account", "POST /api/email"} {
		if !slices.Contains(sending, name) {
			t.Errorf("%s sends no link, or is not found to: %s", name, fmt.Sprint(sending))
		}
	}
}
