package web_test

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kith"
	"kith/internal/web"
	"kith/internal/web/webtest"
)

const base = `{"company":"a","password":"b"`

var jsonBodies = []struct {
	name, body string
	want       []string // codes and fields; nil is accepted
}{
	{"whole", base + `,"remember":false,"age":3,"score":1.5,"groups":["x"],"address":{"city":"Oslo"},"metadata":{"a":[1,null,"x"]}}`, nil},
	{"unknown names", base + `,"admin":true,"x":{"y":[1]}}`, nil},
	{"nulls where they may be", base + `,"remember":null,"nick":null,"age":null,"address":null,"metadata":null,"picture":null}`, nil},
	{"bound in code points", base + `,"nick":"ééééé"}`, nil},
	{"escaped name", `{"company":"a","pass\u0077ord":"b"}`, nil},
	{"empty", "", []string{"required company", "required password"}},
	{"blank", " \n", []string{"required company", "required password"}},
	{"empty strings", `{"company":"","password":""}`, []string{"required company", "required password"}},
	{"all at once", `{"company":1,"nick":"toolong","age":200,"score":"x","groups":[1,"abcde"],"address":{},"files":[{"label":"l"}]}`, []string{
		"out_of_range age", "required address.city", "required files.0.size", "required password",
		"too_long groups.1", "too_long nick", "wrong_type company", "wrong_type groups.0", "wrong_type score"}},
	{"null for a string", `{"company":null,"password":"b"}`, []string{"required company"}},
	{"null for a number", base + `,"score":null}`, []string{"wrong_type score"}},
	{"null for a list", base + `,"groups":null}`, []string{"wrong_type groups"}},
	{"too many items", base + `,"groups":["a","b","c","d"]}`, []string{"too_long groups"}},
	{"enum", base + `,"colour":"green"}`, []string{"not_allowed colour"}},
	{"pattern", base + `,"code":"A1"}`, []string{"bad_format code"}},
	{"too short", base + `,"code":"a"}`, []string{"too_short code"}},
	{"date", base + `,"born":"2025-02-29"}`, []string{"bad_format born"}},
	{"fraction for a whole number", base + `,"age":1.0}`, []string{"wrong_type age"}},
	{"beyond int64", base + `,"age":99999999999999999999}`, []string{"out_of_range age"}},
	{"1e400", base + `,"score":1e400}`, []string{"out_of_range score"}},
	{"1e400 in metadata", base + `,"metadata":{"n":1e400}}`, []string{"out_of_range metadata"}},
	{"1e400 ignored elsewhere", base + `,"x":[1e400]}`, []string{"out_of_range"}},
	{"inexact number in metadata", base + `,"metadata":{"n":9007199254740993}}`, []string{"out_of_range metadata"}},
	{"metadata too large", base + `,"metadata":{"n":"` + strings.Repeat("x", 60) + `"}}`, []string{"too_long metadata"}},
	{"a list for metadata", base + `,"metadata":[]}`, []string{"wrong_type metadata"}},
	{"string or object: string", base + `,"firm":"acme"}`, nil},
	{"string or object: object", base + `,"firm":{"id":"acme","kind":"x"}}`, nil},
	{"string or object: number", base + `,"firm":4}`, []string{"wrong_type firm"}},
	{"string or object: bad object", base + `,"firm":{"id":7,"kind":"` + strings.Repeat("x", 11) + `"}}`, []string{"too_long firm.kind", "wrong_type firm.id"}},
	{"string or object: twin", base + `,"firm":{"ID":"x","id":"y"}}`, []string{"duplicate_key firm.id"}},
	{"twice", base + `,"password":"c"}`, []string{"duplicate_key password"}},
	{"twice, nested", base + `,"address":{"city":"a","city":"b"}}`, []string{"duplicate_key address.city"}},
	{"twice, unknown", base + `,"x":1,"x":2}`, []string{"duplicate_key"}},
	{"twice, deep in unknown", base + `,"x":{"password":1,"password":2}}`, []string{"duplicate_key"}},
	{"twice, in metadata", base + `,"metadata":{"x":1,"x":2}}`, []string{"duplicate_key metadata"}},
	{"twin", base + `,"Password":"c"}`, []string{"duplicate_key password"}},
	{"fold alone", `{"company":"a","PASSWORD":"b"}`, []string{"duplicate_key password", "required password"}},
	{"Unicode fold", base + `,"paſſword":"c"}`, []string{"duplicate_key password"}},
	{"unknown twins", base + `,"x":1,"X":2}`, []string{"duplicate_key"}},
	{"twin by escape", base + `,"\u0050assword":"c"}`, []string{"duplicate_key password"}},
	{"NUL", `{"company":"a\u0000","password":"b"}`, []string{"bad_format company"}},
	{"NUL in metadata", base + `,"metadata":{"a":"\u0000"}}`, []string{"bad_format metadata"}},
	{"NUL in an unknown name", base + `,"a\u0000":1}`, []string{"bad_format"}},
	{"NUL in an unknown value", base + `,"a":"x\u0000"}`, []string{"bad_format"}},
	{"backslash before u0000", base + `,"nick":"\\u000"}`, nil},
	{"bad UTF-8", "{\"company\":\"a\xff\",\"password\":\"b\"}", []string{"malformed"}},
	{"lone surrogate", `{"company":"\ud800","password":"b"}`, []string{"malformed"}},
	{"trailing data", base + `}{}`, []string{"malformed"}},
	{"cut short", base, []string{"malformed"}},
	{"comment", "/**/" + base + `}`, []string{"malformed"}},
	{"byte order mark", "\xef\xbb\xbf" + base + `}`, []string{"malformed"}},
	{"UTF-16", "{\x00}\x00", []string{"malformed"}},
	{"null", "null", []string{"wrong_type"}},
	{"list", "[]", []string{"wrong_type"}},
	{"list with a name twice", `[{"a":1,"a":2}]`, []string{"duplicate_key"}},
	{"string", `"x"`, []string{"wrong_type"}},
	{"depth 32", base + `,"metadata":{"a":` + strings.Repeat("[", 29) + strings.Repeat("]", 29) + `}}`, []string{"too_long metadata"}},
	{"too deep in metadata", base + `,"metadata":{"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}}`, []string{"malformed"}},
	{"too deep in unknown", base + `,"x":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, []string{"malformed"}},
	{"deep in unknown", base + `,"x":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`, nil},
	{"never closed", strings.Repeat("[", 1500), []string{"malformed"}},
	{"file in JSON", base + `,"picture":"x"}`, []string{"wrong_type picture"}},
}

func TestJSONBodies(t *testing.T) {
	w := newWorld()
	doc := webtest.Load(t, w.face)
	for _, tt := range jsonBodies {
		t.Run(tt.name, func(t *testing.T) {
			resp := w.call(t, doc, "POST", "/3/auth/login/", "application/json", tt.body)
			if got := fields(t, resp); !slices.Equal(got, tt.want) || (tt.want == nil) != (resp.StatusCode == 201) {
				t.Errorf("%d %q, want %q", resp.StatusCode, got, tt.want)
			}
		})
	}
}

// Names that nobody knows cost memory, so their number ends somewhere.
func TestTooManyNames(t *testing.T) {
	w := newWorld()
	w.face.MaxBody = 1 << 20
	for n, want := range map[int]int{1000: 201, 1001: 400} {
		body := base
		for i := range n {
			body += fmt.Sprintf(`,"x%d":1`, i)
		}
		if resp := w.call(t, nil, "POST", "/3/auth/login/", "", body+"}"); resp.StatusCode != want {
			t.Errorf("%d names: %d, want %d", n, resp.StatusCode, want)
		}
	}
}

func TestJSONArrives(t *testing.T) {
	w := newWorld()
	w.call(t, nil, "POST", "/3/auth/login/", "", base+`,"remember":false,"nick":null,"age":0,"groups":["x","y"],
		"files":[{"label":"l","size":0}],"metadata":{"a":[1,null,true,"x"]},"firm":"acme","id":"7","born":""`+"}")
	if w.seen != nil {
		t.Fatal("an empty date was taken")
	}
	w.call(t, nil, "POST", "/3/auth/login/", "", base+`,"remember":false,"nick":null,"age":0,"groups":["x","y"],
		"files":[{"label":"l","size":0}],"metadata":{"a":[1,null,true,"x"]},"firm":"acme","id": "7"`+"}")
	zero := 0
	want := &login{
		Company: "a", Password: "b", Remember: web.Opt[bool]{Set: true}, Nick: web.Opt[string]{Set: true, Null: true}, Age: &zero,
		Groups: []string{"x", "y"}, Files: []label{{"l", &zero}}, Firm: firm{ID: "acme"},
		Metadata: web.Opt[map[string]any]{Set: true, Value: map[string]any{"a": []any{1.0, nil, true, "x"}}},
		Extra:    web.Extra{"id": web.Raw(`"7"`)},
	}
	if !reflect.DeepEqual(w.seen, want) {
		t.Errorf("got  %+v\nwant %+v", w.seen, want)
	}
}

func TestContentTypes(t *testing.T) {
	w := newWorld()
	doc := webtest.Load(t, w.face)
	form := url.Values{"company": {"a"}, "password": {"b"}}.Encode()
	for _, tt := range []struct {
		path, contentType, encoding, body string
		status                            int
	}{
		{"/3/auth/login/", "", "", base + "}", 201},
		{"/3/auth/login/", "application/json; charset=utf-8", "", base + "}", 201},
		{"/3/auth/login/", "Application/JSON", "", base + "}", 201},
		{"/3/auth/login/", "application/vnd.api+json", "", base + "}", 201},
		{"/3/auth/login/", "application/json", "identity", base + "}", 201},
		{"/3/auth/login/", "application/json", "gzip", base + "}", 415},
		{"/3/auth/login/", "text/plain", "", base + "}", 415},
		{"/3/auth/login/", "text/plain", "", "", 400}, // no body is {}
		{"/3/auth/login/", "nonsense;;=", "", base + "}", 415},
		{"/3/auth/login/", "application/x-www-form-urlencoded", "", form, 415},
		{"/3/auth/login/", "multipart/form-data; boundary=x", "", base, 415},
		{"/3/things/", "application/x-www-form-urlencoded", "", form, 200},
		{"/3/things/", "multipart/form-data", "", form, 400}, // no boundary
	} {
		r := httptest.NewRequest("POST", tt.path, strings.NewReader(tt.body))
		r.Header.Set("Authorization", "Token good")
		r.Header.Set("Content-Type", tt.contentType)
		if tt.encoding != "" {
			r.Header.Set("Content-Encoding", tt.encoding)
		}
		rec := httptest.NewRecorder()
		w.handler().ServeHTTP(rec, r)
		doc.Check(t, "POST", tt.path, rec.Result())
		if rec.Code != tt.status {
			t.Errorf("%s as %q %q: %d, want %d: %s", tt.path, tt.contentType, tt.encoding, rec.Code, tt.status, rec.Body)
		}
	}
	if resp := w.call(t, doc, "GET", "/3/things/7/", "text/plain", ""); resp.StatusCode != 200 {
		t.Errorf("a GET with a content type: %d", resp.StatusCode)
	}
}

// A body of exactly the limit is taken, one byte more is not, wherever the limit falls.
func TestLimits(t *testing.T) {
	w := newWorld()
	doc := webtest.Load(t, w.face)
	pad := func(n int) string { return base + strings.Repeat(" ", n-len(base)-1) + "}" }
	contentType, form := formOf(t, part{"company", "", "a"}, part{"password", "", "b"}, part{"picture", "f", strings.Repeat("x", 3000)})
	fill := func(n int) string { return strings.Replace(form, "xxx", "xxx"+strings.Repeat("x", n-len(form)), 1) }
	urlencoded := func(n int) string { s := "company=a&password=b&x="; return s + strings.Repeat("x", n-len(s)) }
	for _, tt := range []struct {
		name, path, contentType, body string
		status                        int
	}{
		{"JSON", "/3/auth/login/", "application/json", pad(2000), 201},
		{"JSON, one more", "/3/auth/login/", "application/json", pad(2001), 413},
		{"JSON where forms may be larger", "/3/things/", "application/json", pad(2001), 413},
		{"form", "/3/things/", contentType, fill(20000), 200},
		{"form, one more", "/3/things/", contentType, fill(20001), 413},
		{"form, cut in a header", "/3/things/", contentType, strings.Replace(form, "Content-Type", "X-Long: "+strings.Repeat("x", 20000)+"\r\nContent-Type", 1), 413},
		{"form, cut before the first part", "/3/things/", contentType, strings.Repeat("x\r\n", 7000) + form, 413},
		{"urlencoded", "/3/things/", "application/x-www-form-urlencoded", urlencoded(20000), 200},
		{"urlencoded, one more", "/3/things/", "application/x-www-form-urlencoded", urlencoded(20001), 413},
	} {
		for _, chunked := range []bool{false, true} {
			r := httptest.NewRequest("POST", tt.path, strings.NewReader(tt.body))
			if chunked {
				r.ContentLength = -1
			}
			r.Header.Set("Authorization", "Token good")
			r.Header.Set("Content-Type", tt.contentType)
			rec := httptest.NewRecorder()
			w.handler().ServeHTTP(rec, r)
			doc.Check(t, "POST", tt.path, rec.Result())
			if rec.Code != tt.status {
				t.Errorf("%s, chunked %v: %d, want %d: %s", tt.name, chunked, rec.Code, tt.status, rec.Body)
			}
		}
	}
}

func TestExtraUnchanged(t *testing.T) {
	extra := web.Extra{
		"id": web.Raw(`"7"`), "n": web.Raw(`7`), "yes": web.Raw(`"true"`), "none": web.Raw(`""`),
		"map": web.Raw(`{"b":1, "a":2}`), "null": web.Raw(`null`), "text": web.Raw(`"{ \"a\": 1 }"`),
	}
	for _, tt := range []struct {
		name    string
		current any
		want    bool
	}{
		{"absent", "whatever", true},
		{"id", "7", true}, {"id", 7, true}, {"id", "8", false}, {"id", nil, false},
		{"n", 7, true}, {"n", "7", false}, {"n", 8, false},
		{"yes", true, true}, {"yes", false, false},
		{"none", nil, true}, {"none", "", true}, {"none", 0, false}, {"null", nil, true}, {"null", "", false},
		{"map", map[string]any{"a": 2, "b": 1}, true}, {"map", map[string]any{"a": 2}, false},
		{"text", map[string]any{"a": 1}, true},
	} {
		if got := extra.Unchanged(tt.name, tt.current); got != tt.want {
			t.Errorf("%s against %v: %v", tt.name, tt.current, got)
		}
	}
}

// What is refused is not repeated: a body may hold a password.
func TestErrorsDoNotEcho(t *testing.T) {
	w := newWorld()
	for _, body := range []string{
		`{"password":hunter2}`, `{"password":["hunter2"],"hunter2":1,"hunter2":2}`, `{"hunter2":"\u0000"}`,
		base + `,"colour":"hunter2","code":"HUNTER2 hunter2","born":"hunter2","firm":[["hunter2"]]}`,
	} {
		resp := w.call(t, nil, "POST", "/3/auth/login/", "", body)
		var out bytes.Buffer
		if _, err := out.ReadFrom(resp.Body); err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != 400 || strings.Contains(out.String()+w.log.String(), "hunter2") {
			t.Errorf("%s: %d %s", body, resp.StatusCode, &out)
		}
	}
}

func TestUnmarshalErrorsAreOurs(t *testing.T) {
	var l login
	err := web.Unmarshal([]byte(`{"age":"x"}`), &l)
	if got := len(kith.Errors(err)); got != 3 {
		t.Errorf("%d errors: %v", got, err)
	}
}
