package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// spells are texts that somebody puts where a name or number belongs, to see what it breaks. Nothing has
// them in its name: what finds anything with one of them took it for something else than a text.
var spells = []string{
	`'`, `%`, "a\x00b", `$1`, `' OR '1'='1`, `1 OR 1=1`, `'; DROP TABLE users; --`, `') UNION SELECT 1,2,3 -- `, `"`, `_`, `\`, `*`, "\xff\xfe", "\u202etxt", strings.Repeat("\U0001f600", 300), strings.Repeat("x", 6000),
	`../admin`, `{{7*7}}`, `-1`, `99999999999999999999`, `1e400`, `NaN`, `null`, "\r\nX-A: b",
	strings.Repeat("a,", 2000), "\uff41\u0301", "00000000-0000-0000-0000-000000000000",
}

// bodySpells are those that are tried in bodies: of wrong types and lengths see TestHostileBodies.
var bodySpells = []string{`' OR '1'='1`, `'; DROP TABLE users; --`, `%`, "\u202etxt"}

// bounds are the ends of parameters that compare: to be over or under something is no name.
var bounds = []string{"__gt", "__gte", "__lt", "__lte", "__exclude"}

// meant are spells that are a name somewhere: of a number, its digits.
var meant = []string{"id__contains -1", "mobile__contains -1", "mobile__contains $1", "last_login null"}

// TestInjection: whatever text is put into a path, a query or a member of a body, over all routes, the
// answer is no 500 and in the face's words; it finds nothing, and what was there is there still.
func TestInjection(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		in := newInside(t, e.hasty())
		in.clock.stop(noon)
		tn, sent := newTenant(t, in, "mine", everyones, 1), 0
		for _, ep := range endpoints(t, in.platform) { // before anything is stored that has such a name
			if ep.again() {
				continue
			}
			values := tn.wanted(ep)
			for _, p := range ep.params {
				for i, spell := range spells {
					if every := rounds(3, 1); i < 6 || (i+sent)%every == 0 { // each parameter gets others of the rest
						tn.cast(t, ep, values, p, spell)
						sent++
					}
				}
			}
			tn.sweep()
		}
		for _, ep := range endpoints(t, in.platform) {
			if ending[ep.Method+" "+ep.Path] || ep.again() {
				continue
			}
			for _, name := range ep.names() {
				if !ep.fields[name].is("string") || strings.Contains(name, "password") {
					continue
				}
				for _, spell := range bodySpells {
					tn.mutter(t, ep, name, spell)
					sent++
				}
			}
			tn.sweep()
		}
		if t.Logf("%d requests", sent); sent < 4000 {
			t.Errorf("only %d requests were sent", sent)
		}
		for _, who := range people {
			tn.signIn(who)
		}
	})
}

// cast sends the spell in a parameter.
func (tn *tenant) cast(t *testing.T, ep endpoint, values map[string]string, p parameter, spell string) {
	t.Helper()
	path, query := ep.Path, url.Values{}
	for name, value := range values {
		if p.In == "path" && p.Name == name {
			value = spell
		}
		path = strings.Replace(path, "{"+name+"}", url.PathEscape(value), 1)
	}
	if p.In == "query" {
		query.Set(p.Name, spell)
		if p.Name == "metadata__" {
			query = url.Values{"metadata__vault_mine": {spell}}
		}
	}
	var body any
	if ep.fields != nil {
		body = object{}
	}
	send := func() answer {
		r := tn.in.as(tn.tokens[ep.caller()]).request(ep.Method, path+"?"+query.Encode(), body)
		if p.In == "header" {
			r.Header[p.Name] = []string{strings.Map(printable, spell)}
		}
		return tn.in.must(r)
	}
	a := send()
	if a.status == http.StatusUnauthorized && p.In != "header" { // an earlier spell has ended the session
		tn.enter()
		a = send()
	}
	tn.sound(t, ep, p.In+" "+p.Name, spell, a)
	compares := slices.ContainsFunc(bounds, func(end string) bool { return strings.HasSuffix(p.Name, end) })
	if found, is := a.at("data.results").([]any); p.In == "query" && is && len(found) > 0 && !compares && !slices.Contains(meant, p.Name+" "+spell) {
		t.Errorf("%s, query %s %.40q: finds %d", ep.Listing, p.Name, spell, len(found))
	}
}

// printable drops what an HTTP client refuses to send in a header.
func printable(c rune) rune {
	if c < ' ' || c > '~' {
		return -1
	}
	return c
}

// mutter sends the spell in a member of a request that is well-formed otherwise.
func (tn *tenant) mutter(t *testing.T, ep endpoint, name, spell string) {
	t.Helper()
	tn.in.tick()
	path, members := ep.Path, tn.members(ep)
	for name, value := range tn.wanted(ep) {
		path = strings.Replace(path, "{"+name+"}", url.PathEscape(value), 1)
	}
	members[name] = spell
	tn.sound(t, ep, "body "+name, spell, tn.in.as(tn.tokens[ep.caller()]).do(ep.Method, path, members))
}

// sound wants an answer that is no fault of kith's, and in its words.
func (tn *tenant) sound(t *testing.T, ep endpoint, where, spell string, a answer) {
	t.Helper()
	switch {
	case a.status >= http.StatusInternalServerError:
		t.Errorf("%s, %s %.40q: %d %s", ep.Listing, where, spell, a.status, tail(string(a.body)))
	case a.status >= http.StatusBadRequest && (a.text("status") != "error" || a.text("message") == ""):
		t.Errorf("%s, %s %.40q: %d is not in the face's words: %s", ep.Listing, where, spell, a.status, tail(string(a.body)))
	case a.status < http.StatusBadRequest && a.text("status") != "success":
		t.Errorf("%s, %s %.40q: %d %s", ep.Listing, where, spell, a.status, fmt.Sprintf("%.200s", a.body))
	}
}
