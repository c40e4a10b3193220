package jsonapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kith/internal/core/resource"
	"kith/internal/store/dbtest"
	"kith/internal/web"
)

// slow is how long no answer may take, on a slow day too. Hardly any takes a thousandth of it.
const slow = 30 * time.Second

// suffer sends what no route should take, and wants words for it, in time: 4xx unless it was passed over.
func (e errand) suffer(r web.Listing, what string, refused bool) {
	h := e.caller.h
	h.t.Helper()
	began := time.Now()
	var a reply
	if len(e.path) > 8000 { // which is refused before a face is asked
		a = reply{e.caller.quiet(r.Method, e.path, e.body), "", h}
	} else {
		a = e.do(r)
	}
	told := a.Code == http.StatusRequestURITooLong || a.at("errors.0.code") != nil || a.at("0.Attributes.message") != nil
	switch took := time.Since(began); {
	case took > slow:
		h.t.Errorf("%s, %s: it took %v", r, what, took)
	case a.Code >= http.StatusInternalServerError, databaseWords.MatchString(a.Body.String()):
		h.t.Errorf("%s, %s: %d %.300s", r, what, a.Code, a.Body)
	case a.Code >= http.StatusBadRequest && !told:
		h.t.Errorf("%s, %s: %d is not in the face's words: %.300s", r, what, a.Code, a.Body)
	case refused && a.Code < http.StatusBadRequest:
		h.t.Errorf("%s, %s: %d %.300s", r, what, a.Code, a.Body)
	}
}

// bodies are wrong whatever a route takes; the big ones are for one reader of all.
func wrongBodies(big bool) map[string]string {
	list := map[string]string{"cut short": `{"data":{"attributes":{"name":"x"`, "null": "null", "a number": "12", "an array": "[]", "a byte order mark": "\ufeff{}",
		"UTF-16": "{\x00}\x00", "a NUL alone": "\x00", "bad UTF-8 in a name": "{\"\xc3\x28\": 1}", "an overlong slash": "{\"a\": \"\xc0\xaf\"}",
		"a NUL in a name": `{"a\u0000b": 1}`, "1e400": `{"data":{"attributes":{"permission":1e400}},"a":1e400}`, "NaN": `{"data": NaN}`,
		"a comment": `{/* */}`, "a wide brace": "\uff5b\uff5d"}
	if !big {
		return list
	}
	var many strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&many, `,"%x":1`, i)
	}
	list["deep arrays"] = strings.Repeat("[", 1_000_000)
	list["deep objects"] = strings.Repeat(`{"a":`, 200_000)
	list["deep in attributes"] = `{"attributes":{"name":` + strings.Repeat("[", 400_000) + strings.Repeat("]", 400_000) + `}}`
	list["100,000 names"] = `{"k":1` + many.String() + `}`
	list["2 MB"] = `{"a": "` + strings.Repeat("x", 2<<20) + `"}`
	list["2 MB of space"] = strings.Repeat(" ", 2<<20)
	return list
}

// wrongValues are values that something of a type may not have, in JSON.
func wrongValues(t resource.Type) []string {
	long := `"` + strings.Repeat(`\ud83d\ude00`, 1001) + `"`
	switch t {
	case resource.Flag:
		return []string{`2`, `"yes"`, `[]`, `{}`, `1e300`, `"a\u0000"`}
	case resource.Number, resource.Count:
		return []string{`-1`, `1.5`, `1e300`, `9007199254740993`, `true`, `"x"`, `"-1"`, `"99999999999999999999"`, `[]`, `{}`, long}
	default:
		return []string{`5`, `-0.0`, `true`, `[]`, `["a"]`, `{}`, `{"a":{"b":1}}`, `"a\u0000b"`, `"\u0000"`, long}
	}
}

// passed are spellings of texts that mean nothing to anybody, and may be taken for a name that nothing has.
var passed = []string{`'`, `%`, `_`, `\`, `"`, `$1`, `' OR '1'='1`, `'; DROP TABLE users; --`, `) UNION SELECT 1 --`, "a\x00b", "\x00", "\xff\xfe", "\u202etxt", "\uff41\u0301",
	strings.Repeat("x", 1000), strings.Repeat("x", 6000), strings.Repeat("a,", 2000), strings.Repeat("\U0001f600", 300), `../admin`, `{{7*7}}`, `-1`, `1e400`, `NaN`, `null`, "\r\nX-A: b",
	"00000000-0000-0000-0000-000000000000", ".", "..", "a.b.c", "[]", "{}", `[{"column":"name"}]`, strings.Repeat("[", 2000), `99999999999999999999`}

// parameters are the names of all query parameters of a route, as its document has them.
func (h *house) parameters(t *testing.T) map[string][]string {
	t.Helper()
	text, err := h.face.OpenAPI(web.Info{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	list := map[string][]string{}
	for path, item := range doc.Paths {
		for method, operation := range item {
			for _, p := range operation.Parameters {
				if p.In == "query" {
					route := strings.ToUpper(method) + " " + path
					list[route] = append(list[route], p.Name)
				}
			}
		}
	}
	return list
}

// TestHostileInput: whatever a caller puts into a path, a query, a header or a body of any route, they get an answer in
// words, in time; it is never a 500, and what is refused leaves nothing behind (T105, T107, T113).
func TestHostileInput(t *testing.T) {
	bothEngines(t, func(t *testing.T, h *house) { h.hostile(t, strings.HasSuffix(t.Name(), "/sqlite")) }) // big ones are refused before any
}

func (h *house) hostile(t *testing.T, all bool) {
	t.Helper()
	boss := h.boss("acme")
	b := h.settle("acme", boss, "ward")
	declared := h.parameters(t)
	before, big := dbtest.Dump(t, h.db), map[string]bool{}
	for _, r := range h.face.Routes() {
		// One route of each kind reads for all.
		kind := fmt.Sprint(r.Method, strings.Count(r.Path, "/"), strings.Contains(r.Path, "/relationships/"), r.Path[:4])
		first := all && !big[kind]
		big[kind] = true
		e := errand{path: strings.NewReplacer("{key}", "hostname").Replace(r.Path), caller: boss}
		if s := h.siteOf(r); s.id {
			e.path = strings.Replace(e.path, "{id}", b.ids[s.table.Name], 1)
		}
		h.hostileQueries(r, e, declared[r.Method+" "+r.Path], first)
		h.hostilePaths(r, e)
		h.hostileHeaders(r, e, first)
		if r.Method != "GET" && !strings.HasPrefix(r.Path, "/_config") && (r.Method != "DELETE" || h.siteOf(r).linkage) {
			h.hostileBodies(r, e, first)
			h.hostileValues(r, e, b)
		}
		after := dbtest.Dump(t, h.db)
		if got := dbtest.Changed(before, after); len(got) > 0 {
			t.Errorf("%s: what was refused wrote %v", r, got)
		}
		before = after
	}
	boss.do("GET", users, "").want(http.StatusOK)
}

func (h *house) hostileQueries(r web.Listing, e errand, names []string, first bool) {
	if r.Method != "GET" { // whose queries take nothing: see TestParametersOverAllRoutes
		names = nil
	}
	for i, name := range names {
		for j, text := range passed {
			if !first && (i+j)%6 != 0 { // each parameter gets others of them
				continue
			}
			at := e
			at.path += "?" + url.QueryEscape(name) + "=" + url.QueryEscape(text)
			at.suffer(r, fmt.Sprintf("%s %.30q", name, text), false)
		}
	}
	if !first {
		return
	}
	one := "a"
	if len(names) > 0 {
		one = url.QueryEscape(names[0])
	}
	for what, raw := range map[string]string{"100,000 parameters": strings.Repeat("a=b&", 100_000), "100,000 of one": strings.Repeat(one+"=1&", 100_000),
		"100,000 conditions": strings.Repeat("query[][column]=name&", 100_000), "100,000 ampersands": strings.Repeat("&", 100_000),
		"1,700 parameters": strings.Repeat("a=b&", 1700), "1,500 of one": strings.Repeat("a=&", 1500) + one + "=1&" + one + "=1", "300 conditions": strings.Repeat("query[][column]=name&", 300),
		"6,000 ampersands": strings.Repeat("&", 6000), "1,000 brackets": strings.Repeat("query[", 1000), "a name of 6 KB": strings.Repeat("x", 6000) + "=1", "a query 600 deep": "query=" + strings.Repeat(`[`, 600),
		"a bad escape": "page[size]=%zz", "bad UTF-8": "filter=%ff", "bad UTF-8 in a name": "%ff=1", "a NUL": "filter=%00", "a NUL in a name": "%00=1", "a semicolon": "a=1;b=2",
		"deep brackets": strings.Repeat("query[", 10_000), "a long name": strings.Repeat("x", 100_000) + "=1",
		"a deep query": "query=" + url.QueryEscape(strings.Repeat(`[{"a":`, 1000)), "a wide query": "query=" + url.QueryEscape(`[`+strings.Repeat(`{"column":"name","operator":"is","value":"x"},`, 100)+`{}]`),
		"a query of objects": "query=" + url.QueryEscape(`[{"column":{},"operator":[],"value":{"a":1}}]`), "a value of lists": "query=" + url.QueryEscape(`[{"column":"reference_id","operator":"in","value":[[1],{}]}]`),
		"includes without end": "include=" + strings.Repeat("usergroup_id.user_account_id.", 30) + "usergroup_id", "sorts without end": "sort=" + strings.Repeat("name,-name,", 80)} {
		at := e
		at.path += "?" + raw
		at.suffer(r, what, r.Path != "/ping")
	}
}

func (h *house) hostilePaths(r web.Listing, e errand) {
	if !strings.Contains(r.Path, "{") {
		return
	}
	for i, text := range passed {
		if text == "" || i%2 == 0 && r.Method != "GET" {
			continue
		}
		at := e
		at.path = strings.NewReplacer("{id}", url.PathEscape(text), "{key}", url.PathEscape(text)).Replace(r.Path)
		if strings.Contains(at.path, "/./") || strings.Contains(at.path, "/../") || strings.HasSuffix(at.path, "/.") || strings.HasSuffix(at.path, "/..") {
			continue // another address
		}
		at.suffer(r, fmt.Sprintf("path %.30q", text), true)
	}
}

func (h *house) hostileHeaders(r web.Listing, e errand, first bool) {
	tokens, companies := []string{"x", "a.b.c", "\x00", "e30.e30."}, []string{"\x00", "' OR 1=1"}
	if first {
		tokens = append(tokens, strings.Repeat(".", 100_000), strings.Repeat("a.", 10_000), strings.Repeat("x", 1<<20), "caf\u00e9", "a b", strings.Repeat("0", 64))
		companies = append(companies, "\xff", strings.Repeat("x", 100_000), "../acme", "acme,acme", "*")
	}
	for _, token := range tokens {
		at := e
		at.caller = someone{h: h, token: token, company: "acme"}
		at.suffer(r, fmt.Sprintf("token %.20q", token), false)
	}
	for _, company := range companies {
		at := e
		at.caller = someone{h: h, company: company}
		at.suffer(r, fmt.Sprintf("company %.20q", company), false)
	}
}

func (h *house) hostileBodies(r web.Listing, e errand, first bool) {
	for what, body := range wrongBodies(first) {
		at := e
		at.body = body
		at.suffer(r, what, what != "2 MB of space" || h.siteOf(r).action == nil)
	}
}

// hostileValues puts wrong values into each place of a body that is well formed otherwise.
func (h *house) hostileValues(r web.Listing, e errand, b belongings) {
	s := h.siteOf(r)
	put := func(what, body string, refused bool) {
		at := e
		at.body = body
		at.suffer(r, what, refused)
	}
	if s.action != nil {
		for _, p := range s.action.In {
			for _, value := range wrongValues(p.Type) {
				for _, form := range []string{`{%q:%s}`, `{"attributes":{%q:%s}}`} {
					put(fmt.Sprintf("%s %.20s", p.Name, value), fmt.Sprintf(form, p.Name, value), s.action.Name != "become_an_administrator")
				}
			}
		}
		put("attributes of another type", `{"attributes":5}`, true)
		return
	}
	odd := []string{`5`, `true`, `"x"`, `{"id":5}`, `[5]`, `[[]]`, `[null]`, `[{"type":5,"id":5}]`, `[{"type":"usergroup","id":"\u0000"}]`, `{"type":"usergroup","id":""}`,
		`[{"type":"usergroup","id":"` + strings.Repeat("x", 5000) + `"}]`, `[` + strings.Repeat(`{"type":"usergroup","id":"x"},`, 600) + `{"type":"usergroup","id":"x"}]`}
	if s.linkage {
		for _, data := range odd {
			put("data "+data[:min(30, len(data))], `{"data":`+data+`}`, true)
		}
		return
	}
	id := ""
	if s.id {
		id = b.ids[s.table.Name]
	}
	for _, f := range append(slices.Clone(s.table.Fields), resource.Standard...) {
		for _, value := range wrongValues(f.Type) {
			put(fmt.Sprintf("%s %.20s", f.Name, value), row(s.table.Name, id, fmt.Sprintf("%q:%s", f.Name, value)), true)
		}
	}
	for _, relation := range s.table.AllRelations() {
		for _, data := range odd {
			put(relation.Name+" "+data[:min(30, len(data))], strings.Replace(row(s.table.Name, id, ""), `"attributes":{}`, fmt.Sprintf(`"relationships":{%q:{"data":%s}}`, relation.Name, data), 1), true)
		}
	}
	for _, member := range []string{"type", "id", "attributes", "relationships"} {
		for _, value := range []string{`5`, `[]`, `true`, `"\u0000"`, `"` + strings.Repeat("x", 5000) + `"`} {
			put(member+" "+value[:min(20, len(value))], fmt.Sprintf(`{"data":{%q:%s}}`, member, value), true)
		}
	}
}

// TestHungUp: whoever hangs up in the middle leaves nothing half done, and others are served.
func TestHungUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss := h.boss("acme")
	for i := range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		in, err := http.NewRequestWithContext(ctx, "POST", groups, strings.NewReader(row("usergroup", "", fmt.Sprintf(`"name":"g%d"`, i))))
		if err != nil {
			t.Fatal(err)
		}
		in.Header.Set("Authorization", "Bearer "+boss.token)
		cancel()
		func() {
			defer func() {
				if r := recover(); r != nil && r != http.ErrAbortHandler { //nolint:errorlint // as the server compares it
					panic(r)
				}
			}()
			h.raw(in)
		}()
	}
	boss.group("afterwards")
}
