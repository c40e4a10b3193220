package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"kith"
	"kith/internal/web"
)

// fuzzFace serves the world's inputs, and keeps the error as the kit made it.
func fuzzFace() (h http.Handler, last func() (*login, *listInput, error)) {
	w := newWorld()
	var failed error
	w.face.Fail = func(rw http.ResponseWriter, _ *http.Request, err error) { failed = err; rw.WriteHeader(400) }
	mux := http.NewServeMux()
	w.face.Mount(mux)
	return mux, func() (*login, *listInput, error) {
		seen, list, err := w.seen, w.list, failed
		w.seen, w.list, failed = nil, nil, nil
		return seen, list, err
	}
}

// ours wants every error to be one that a caller may see.
func ours(t *testing.T, err error) {
	t.Helper()
	for _, e := range kith.Errors(err) {
		if e.Kind != kith.Invalid && e.Kind != kith.TooLarge && e.Kind != kith.Unsupported || e.Code == "" || e.Message == "" {
			t.Fatalf("kind %d, code %q: %v", e.Kind, e.Code, err)
		}
	}
}

func send(h http.Handler, method, target, contentType, body string) {
	r := httptest.NewRequest(method, target, strings.NewReader(body)).WithContext(context.Background())
	r.Header.Set("Authorization", "Token good")
	r.Header.Set("Content-Type", contentType)
	h.ServeHTTP(httptest.NewRecorder(), r)
}

// again sends what was taken once more, and wants it to be taken for the same.
func again(t *testing.T, h http.Handler, last func() (*login, *listInput, error), seen *login) {
	t.Helper()
	seen.Picture, seen.Extra = nil, nil // no part of the JSON that goes out
	text, err := json.Marshal(seen)
	if err != nil {
		t.Fatal(err)
	}
	send(h, "POST", "/3/auth/login/", "", string(text))
	twice, _, err := last()
	if err != nil && len(text) > 1800 {
		return // it may have grown past the limit by being escaped
	}
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if !reflect.DeepEqual(seen, twice) {
		t.Fatalf("%s:\n%+v\n%+v", text, seen, twice)
	}
}

func FuzzDecodeJSON(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", base + "}", base + `,"remember":null,"age":3,"score":-0.5,"groups":[],"address":{"city":"x"}}`,
		base + `,"metadata":{"a":[1,"x",{"b":null}]},"firm":{"id":"x"},"files":[{"label":"l","size":1}],"Password":1,"x":1e400}`,
		"\xef\xbb\xbf{}", strings.Repeat("[", 100), `{"company":"\ud800"}`, base + `,"firm":"\u0000"}`,
	} {
		f.Add(seed)
	}
	h, last := fuzzFace()
	f.Fuzz(func(t *testing.T, body string) {
		send(h, "POST", "/3/auth/login/", "", body)
		seen, _, err := last()
		if err != nil {
			ours(t, err)
			return
		}
		again(t, h, last, seen)
	})
}

func FuzzForm(f *testing.F) {
	const multi, plain = "multipart/form-data; boundary=b", "application/x-www-form-urlencoded"
	f.Add(plain, "company=a&password=b&age=3&groups=x&groups=y&metadata=%7B%22a%22%3A1%7D")
	f.Add(plain, "company=a&password=b&age=1,\"x\":2&nick=%ff&x=%zz")
	f.Add(multi, "--b\r\nContent-Disposition: form-data; name=company\r\n\r\na\r\n--b\r\nContent-Disposition: form-data; name=password\r\n\r\nb\r\n"+
		"--b\r\nContent-Disposition: form-data; name=picture; filename=f\r\n\r\nx\r\n--b--\r\n")
	f.Add("multipart/form-data", "--b")
	f.Add("text/plain", "x")
	h, last := fuzzFace()
	f.Fuzz(func(t *testing.T, contentType, body string) {
		send(h, "POST", "/3/things/", contentType, body)
		seen, _, err := last()
		if err != nil {
			ours(t, err)
			return
		}
		again(t, h, last, seen)
	})
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "owner=o", "owner=o&page=2&sizes=a,b&active=true&ratio=0.5&name=x&order=up", "page=%zz", "owner=%ff;", "ratio=0x1p4&owner"} {
		f.Add(seed)
	}
	h, last := fuzzFace()
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest("GET", "/3/things/", nil)
		r.URL.RawQuery = query
		r.Header.Set("Authorization", "Token good")
		h.ServeHTTP(httptest.NewRecorder(), r)
		_, list, err := last()
		if err != nil {
			ours(t, err)
			return
		}
		if list.Owner == "" || list.Page < 0 || list.Page > 1000 || len(list.Sizes) > 2 || list.Ratio < 0 || list.Ratio > 1 {
			t.Fatalf("%q gave %+v", query, list)
		}
	})
}

// What the fuzzers' again relies on: an Opt spells itself as JSON does.
func TestOptSpelling(t *testing.T) {
	for want, opt := range map[string]web.Opt[string]{
		`null`: {Set: true, Null: true}, `"x"`: {Set: true, Value: "x"}, `""`: {Set: true},
	} {
		text, err := json.Marshal(opt)
		if err != nil || string(text) != want {
			t.Errorf("%+v: %s, %v", opt, text, err)
		}
	}
}
