package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"kith"
	"kith/internal/web"
	"kith/internal/web/webtest"
)

// served is a face with one route that serves itself.
func served() *web.Face {
	f := newWorld().face
	f.Schemas = map[string]any{"Echo": map[string]any{"type": "object", "properties": map[string]any{"body": map[string]any{}}}}
	echo := map[string]any{"$ref": "#/components/schemas/Echo"}
	web.Serve(f, web.Route{Method: "POST", Path: "/3/things/echo/{id}/", Permission: web.Guest, MaxBody: 40},
		web.Spec{Body: echo, Answer: echo, NeedsBody: true, Parameters: []any{map[string]any{"name": "page[size]", "in": "query",
			"schema": map[string]any{"type": "integer", "minimum": 1, "maximum": 9}}}},
		func(w http.ResponseWriter, r *http.Request) error {
			text, err := web.ReadBody(r)
			if err != nil {
				return err
			}
			value, err := web.ParseJSON(text)
			if err != nil {
				return err
			}
			return web.Write(w, http.StatusOK, "", map[string]any{"id": r.PathValue("id"), "body": value})
		})
	return f
}

func TestServe(t *testing.T) {
	mux := http.NewServeMux()
	f := served()
	f.Mount(mux)
	doc := webtest.Load(t, f)
	for _, tt := range []struct {
		path, body, want string
		status           int
	}{
		{"/3/things/echo/7/", `{"a":[1,true,null,"x"]}`, `{"body":{"a":[1,true,null,"x"]},"id":"7"}`, 200},
		{"/3/things/echo/7/", ` [] `, `{"body":[],"id":"7"}`, 200},
		{"/3/things/echo/7/", ``, "malformed", 400},
		{"/3/things/echo/7/", `{} {}`, "malformed", 400},
		{"/3/things/echo/7/", `{"a":1,"a":2}`, "duplicate_key", 400},
		{"/3/things/echo/7/", `{"a":9007199254740993}`, "out_of_range", 400},
		{"/3/things/echo/7/", `"` + strings.Repeat("x", 60) + `"`, "body_too_large", 413},
		{"/3/things/echo/%ff/", `{}`, "not_found", 404},
	} {
		recorder := httptest.NewRecorder()
		mux.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), "POST", tt.path, strings.NewReader(tt.body)))
		doc.Check(t, "POST", tt.path, recorder.Result())
		if recorder.Code != tt.status || !strings.Contains(recorder.Body.String(), tt.want) {
			t.Errorf("%s %s: %d %s, want %d %s", tt.path, tt.body, recorder.Code, recorder.Body, tt.status, tt.want)
		}
	}
}

func TestServeIsDocumented(t *testing.T) {
	text, err := served().OpenAPI(web.Info{Version: "1"})
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	op := []string{"paths", "/3/things/echo/{id}/", "post"}
	for _, tt := range []struct {
		path []string
		want string
	}{
		{append(op, "requestBody"), `{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Echo"}}}}`},
		{append(op, "parameters"), `[{"name":"id","in":"path","required":true,"schema":{"type":"string","maxLength":1000}},
			{"name":"page[size]","in":"query","schema":{"type":"integer","minimum":1,"maximum":9}}]`},
		{append(op, "responses", "200", "content", "application/json", "schema", "$ref"), `"#/components/schemas/Echo"`},
	} {
		var want any
		if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
			t.Fatal(err)
		}
		if got := dig(t, doc, tt.path...); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%v, want\n%v", strings.Join(tt.path, " "), got, want)
		}
	}
}

func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,-2.5e3,"x\u0041",null,true]}`))
	f.Add([]byte(`{"a":{"a":1},"A":"\u0000"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		value, err := web.ParseJSON(text)
		if err == nil && !json.Valid(text) {
			t.Errorf("%q was taken as %v", text, value)
		}
		for _, e := range kith.Errors(err) {
			if err != nil && (e.Kind != kith.Invalid || value != nil) {
				t.Errorf("%q: %v beside %v", text, e, value)
			}
		}
	})
}
