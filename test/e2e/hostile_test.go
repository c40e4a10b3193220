package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// hostile is a request that no endpoint should take.
type hostile struct {
	name   string
	body   string
	field  string // to be blamed, if one is at fault
	header map[string]string
	want   []int // statuses; none is 400
}

// texts are bodies that are wrong whatever the endpoint takes.
func texts(known string) []hostile {
	const deep, keys = 1_000_000, 100_000
	var many strings.Builder
	for i := range keys {
		fmt.Fprintf(&many, `,"%x":1`, i)
	}
	bodies := map[string]string{
		"no JSON": "hello", "cut short": `{"a": 1, "b"`, "cut in a string": `{"a": "`, "an array": `[]`, "a string": `"text"`, "null": `null`,
		"a number": `12`, "two values": `{} {}`, "a comment": "{/* nothing */}", "a trailing comma": `{"a": 1,}`,
		"single quotes": `{'a': 1}`, "a byte order mark": "\ufeff{}", "UTF-16": "{\x00}\x00", "a NUL alone": "\x00",
		"bad UTF-8": "{\"a\": \"\xff\xfe\"}", "bad UTF-8 in a name": "{\"\xc3\x28\": 1}", "an overlong slash": "{\"a\": \"\xc0\xaf\"}",
		"a lone surrogate": `{"a": "\ud800"}`, "a lone surrogate in a name": `{"\udfff": 1}`, "a NUL in text": `{"a": "b\u0000c"}`,
		"a NUL in a name": `{"a\u0000b": 1}`, "deep arrays": strings.Repeat("[", deep), "deep objects": strings.Repeat(`{"a":`, deep/5),
		"deep and closed": `{"a":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`,
		"100,000 names":   `{"k":1` + many.String() + `}`, "a name twice": `{"a": 1, "a": 2}`, "a name in two cases": `{"a": 1, "A": 2}`,
		"1e400": `{"a": 1e400}`, "-1e400": `{"a": [-1e400]}`, "NaN": `{"a": NaN}`, "hexadecimal": `{"a": 0x10}`,
		"a bare control character": "{\"a\": \"\x01\"}", "infinite": `{"a": Infinity}`,
	}
	var list []hostile
	for name, body := range bodies {
		list = append(list, hostile{name: name, body: body})
	}
	list = append(list,
		hostile{name: "2 MB", body: `{"a": "` + strings.Repeat("x", 2<<20) + `"}`, want: []int{http.StatusRequestEntityTooLarge}},
		hostile{name: "gzip", body: "\x1f\x8b\x08\x00", header: map[string]string{"Content-Encoding": "gzip"}, want: []int{http.StatusUnsupportedMediaType}},
	)
	for _, mediaType := range []string{"text/plain", "application/xml", "text/html; charset=utf-8", "application/octet-stream", "bad/", ";;"} {
		list = append(list, hostile{name: "content type " + mediaType, body: `{}`, header: map[string]string{"Content-Type": mediaType},
			want: []int{http.StatusUnsupportedMediaType}})
	}
	if known != "" {
		list = append(list,
			hostile{name: known + " twice", body: fmt.Sprintf(`{%q: null, %q: null}`, known, known), field: known},
			hostile{name: known + " in capitals", body: fmt.Sprintf(`{%q: null}`, strings.ToUpper(known)), field: known})
	}
	return list
}

// values are values that the member of a body may not have, by what it is.
func values(name string, s schema) []hostile {
	var bad []string
	switch {
	case s.is("string"):
		length := max(s.MaxLength, 1)
		bad = []string{`5`, `-0.0`, `true`, `[]`, `["a"]`, `{}`, `{"a": {"b": 1}}`, `"a\u0000b"`, `"` + strings.Repeat("x", length+1) + `"`,
			`"` + strings.Repeat(`\ud83d\ude00`, length+1) + `"`}
	case s.is("boolean"):
		bad = []string{`1`, `"true"`, `[]`, `{}`}
	case s.is("integer"):
		bad = []string{`"5"`, `1.5`, `1e400`, `-1e400`, `9007199254740993`, strings.Repeat("9", 400), `true`, `[]`, `{}`}
	case s.is("array"):
		bad = []string{`"a"`, `5`, `{}`, `[5]`, `[null, {}]`, `[[]]`, `["a\u0000b"]`, `[` + strings.Repeat(`"a",`, 1000) + `"a"]`}
	case s.is("object"):
		bad = []string{`"a"`, `5`, `[]`, `{"a\u0000b": 1}`, `{"a": 1e400}`, `{"a": "` + strings.Repeat("x", 120_000) + `"}`}
	case name == "colors": // null or an object, whose unknown members are let be
		bad = []string{`5`, `true`, `[5]`, `"a\u0000b"`}
	default: // one of several
		bad = []string{`5`, `true`, `[5]`, `{"id": 5}`, `{"id": ["a"]}`, `{"id": "a", "metadata": [1]}`, `"a\u0000b"`}
	}
	var list []hostile
	for _, value := range bad {
		list = append(list, hostile{name: name + " " + value[:min(len(value), 20)], body: fmt.Sprintf(`{%q: %s}`, name, value), field: name})
	}
	return list
}

// forms are multipart bodies that are wrong.
func forms(names []string) []hostile {
	kind := map[string]string{"Content-Type": "multipart/form-data; boundary=xx"}
	part := func(name, value string) string {
		return "--xx\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	list := []hostile{
		{name: "a form cut short", body: part(names[0], "a"), header: kind},
		{name: "a form cut in its header", body: "--xx\r\nContent-Dispo", header: kind},
		{name: "a form without an end", body: "nothing", header: kind},
		{name: "a form without a boundary", body: part(names[0], "a"), header: map[string]string{"Content-Type": "multipart/form-data"}},
		{name: "a form of 10,000 parts", body: strings.Repeat(part("a", "b"), 10_000) + "--xx--\r\n", header: kind},
		{name: "a form of 7 MB", body: part("a", strings.Repeat("x", 7<<20)) + "--xx--\r\n", header: kind, want: []int{http.StatusRequestEntityTooLarge}},
	}
	for _, name := range names {
		list = append(list,
			hostile{name: "a form with a NUL in " + name, body: part(name, "a\x00b") + "--xx--\r\n", header: kind, field: name},
			hostile{name: "a form with bad UTF-8 in " + name, body: part(name, "\xff") + "--xx--\r\n", header: kind},
			hostile{name: "a form with two of " + name, body: part(name, "a") + part(name, "b") + "--xx--\r\n", header: kind, field: name})
	}
	return list
}

// TestHostileBodies: whatever a caller sends gets an answer in words, 400, 413 or 415, that names the
// field at fault; it is never a 500, and it leaves nothing behind.
func TestHostileBodies(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		in := newInside(t, e.hasty())
		me := in.as(in.company("acme", nil).want(http.StatusCreated).text("data.token"))
		before, sent := e.dump(t, ""), 0
		for _, ep := range endpoints(t, in.platform) {
			if ep.fields == nil || ep.again() {
				continue
			}
			list := texts(ep.names()[0])
			if sent > 0 && !soak {
				list = slices.DeleteFunc(list, func(h hostile) bool { return len(h.body) > 500_000 }) // one reader reads for all
			}
			for _, name := range ep.names() {
				list = append(list, values(name, ep.fields[name])...)
			}
			if ep.form {
				list = append(list, forms(ep.names())...)
			}
			for _, h := range list {
				sent++
				me.suffer(t, ep, h)
			}
			if !ep.open() {
				in.unsigned(t, ep, list[0])
			}
			after := e.dump(t, "")
			sameDump(t, ep.String(), before, after)
			before = after
		}
		me.do("GET", "/3/user/", nil).want(http.StatusOK) // the control: it was not the token that was refused
		if t.Logf("%d hostile requests", sent); sent < 1000 {
			t.Errorf("only %d requests were sent", sent)
		}
	})
}

// hostile fills an endpoint's path and sends h to it.
func (c caller) hostile(ep endpoint, h hostile) answer {
	c.t.Helper()
	path := strings.NewReplacer("{token_key}", (c.token + "00000000")[:8], "{permission_id}", "1", "{id}", "1",
		"{application_id}", "1", "{currency_code}", "USD").Replace(ep.Path)
	r := c.request(ep.Method, path, h.body)
	for name, value := range h.header {
		r.Header[name] = []string{value}
	}
	return c.must(r)
}

func (c caller) suffer(t *testing.T, ep endpoint, h hostile) {
	t.Helper()
	a := c.hostile(ep, h)
	want := h.want
	if want == nil {
		want = []int{http.StatusBadRequest}
	}
	switch {
	case !slices.Contains(want, a.status):
		t.Errorf("%s, %s: %d, want %v: %s", ep.Listing, h.name, a.status, want, tail(string(a.body)))
	case a.text("status") != "error" || a.text("message") == "":
		t.Errorf("%s, %s: no error in the face's words: %s", ep.Listing, h.name, a.body)
	case h.field != "" && !a.names(h.field):
		t.Errorf("%s, %s: %s is not blamed: %s", ep.Listing, h.name, h.field, a.body)
	}
}

// unsigned wants 401 before anybody looks at the body.
func (in *inside) unsigned(t *testing.T, ep endpoint, h hostile) {
	t.Helper()
	for _, token := range []string{"", "x", strings.Repeat("0", 64), strings.Repeat("x", 9000), "a.b.c", "caf\u00e9"} {
		if a := in.as(token).hostile(ep, h); a.status != http.StatusUnauthorized || a.text("status") != "error" {
			t.Errorf("%s with the token %.10q: %d %s, want 401", ep.Listing, token, a.status, a.body)
		}
	}
}
