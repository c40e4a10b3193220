package web_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"kith/internal/web"
	"kith/internal/web/webtest"
)

// dig finds a place in decoded JSON.
func dig(t *testing.T, value any, path ...string) any {
	t.Helper()
	for _, name := range path {
		m, ok := value.(map[string]any)
		if !ok || m[name] == nil {
			t.Fatalf("no %s in %v", strings.Join(path, " "), value)
		}
		value = m[name]
	}
	return value
}

func TestDocument(t *testing.T) {
	w := newWorld()
	text, err := w.face.OpenAPI(web.Info{Version: "1.2", Description: "About."})
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	properties := []string{"components", "schemas", "LoginInput", "properties"}
	for _, tt := range []struct {
		path []string
		want string
	}{
		{[]string{"info"}, `{"title":"Test","version":"1.2","description":"About."}`},
		{[]string{"tags"}, `[{"name":"auth"},{"name":"things"}]`},
		{[]string{"components", "schemas", "LoginInput", "required"}, `["company","password"]`},
		{append(properties, "company"), `{"type":"string","minLength":1,"maxLength":20}`},
		{append(properties, "nick"), `{"type":["string","null"],"maxLength":5,"description":"What friends say."}`},
		{append(properties, "colour"), `{"type":["string","null"],"maxLength":1000,"enum":["red","blue",null]}`},
		{append(properties, "age"), `{"type":["integer","null"],"minimum":0,"maximum":150,"examples":[30]}`},
		{append(properties, "groups"), `{"type":"array","maxItems":3,"items":{"type":"string","maxLength":4}}`},
		{append(properties, "files", "items"), `{"$ref":"#/components/schemas/LabelInput"}`},
		{append(properties, "address"), `{"anyOf":[{"$ref":"#/components/schemas/AddressInput"},{"type":"null"}]}`},
		{append(properties, "metadata"), `{"type":["object","null"],"additionalProperties":true,"x-max-bytes":60}`},
		{[]string{"components", "schemas", "LabelInput", "properties", "size"}, `{"type":"integer","minimum":-9007199254740992,"maximum":9007199254740992}`},
		{[]string{"components", "schemas", "Thing", "required"}, `["id","names","metadata","seen","request"]`},
		{[]string{"components", "schemas", "Thing", "properties", "metadata", "type"}, `["object","null"]`},
		{[]string{"paths", "/3/auth/login/", "post", "operationId"}, `"postAuthLogin"`},
		{[]string{"paths", "/3/auth/login/", "post", "security"}, `[{},{"token":[]}]`},
		{[]string{"paths", "/3/things/", "post", "x-permission"}, `"thing.add"`},
		{[]string{"paths", "/3/things/", "post", "security"}, `[{"token":[]}]`},
		{[]string{"paths", "/3/things/{id}/", "get", "operationId"}, `"getThingsById"`},
		{[]string{"paths", "/3/things/{id}/", "get", "parameters"}, `[{"name":"id","in":"path","required":true,"schema":{"type":"integer","minimum":1,"maximum":9007199254740992}}]`},
		{[]string{"paths", "/3/things/", "post", "requestBody", "content", "multipart/form-data", "schema", "properties", "picture", "format"}, `"binary"`},
		{[]string{"paths", "/3/auth/login/", "post", "responses", "201", "content", "application/json", "schema"}, `{"$ref":"#/components/schemas/OkThing"}`},
	} {
		var want any
		if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
			t.Fatal(err)
		}
		if got := dig(t, doc, tt.path...); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%v, want\n%v", strings.Join(tt.path, " "), got, want)
		}
	}
	login, ok := dig(t, doc, properties...).(map[string]any)
	if !ok || login["picture"] != nil {
		t.Error("JSON is said to carry files")
	}
}

// The checks that face tests rely on find what they are there to find.
func TestCheckerFindsFaults(t *testing.T) {
	w := newWorld()
	doc := webtest.Load(t, w.face)
	const thing = `{"status":"success","data":{"id":7,"names":[],"metadata":null,"seen":null,"request":"r"}}`
	for _, tt := range []struct {
		name, path, contentType, body string
		status                        int
		fault                         bool
	}{
		{"good", "/3/things/7/", "application/json", thing, 200, false},
		{"wrong type", "/3/things/7/", "application/json", strings.Replace(thing, "7", `"7"`, 1), 200, true},
		{"field missing", "/3/things/7/", "application/json", strings.Replace(thing, `"names":[],`, "", 1), 200, true},
		{"null for a list", "/3/things/7/", "application/json", strings.Replace(thing, "[]", "null", 1), 200, true},
		{"outside its enum", "/3/things/7/", "application/json", strings.Replace(thing, "success", "ok", 1), 200, true},
		{"other media type", "/3/things/7/", "text/plain", thing, 200, true},
		{"unknown status", "/3/things/7/", "application/json", thing, 202, true},
		{"unknown route", "/3/other/", "application/json", thing, 200, true},
		{"unknown route, error", "/3/other/", "application/json", `{"status":"error","message":"m","fields":[]}`, 404, false},
		{"unknown route, other error", "/3/other/", "application/json", `{"error":"m"}`, 404, true},
	} {
		resp := &http.Response{StatusCode: tt.status, Header: http.Header{"Content-Type": {tt.contentType}}, Body: io.NopCloser(strings.NewReader(tt.body))}
		if err := doc.Disagrees("GET", tt.path, resp); (err != nil) != tt.fault {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	var tree any
	if err := json.Unmarshal([]byte(`{"a":{"type":["string","null"]},"b":{"type":"array","maxItems":1,"items":{"type":"integer","minimum":1}},
		"properties":{"type":{"type":"boolean"}}}`), &tree); err != nil {
		t.Fatal(err)
	}
	if got := webtest.Unbounded(tree); len(got) != 2 {
		t.Errorf("unbounded: %v", got)
	}
}

func TestNameClashIsFound(t *testing.T) {
	type label struct {
		Other string `json:"other"`
	}
	w := newWorld()
	web.Handle(w.face, web.Route{Method: "POST", Path: "/3/auth/clash/", Permission: web.Guest},
		func(context.Context, struct{ Body label }) (struct{}, error) { return struct{}{}, nil })
	if _, err := w.face.OpenAPI(web.Info{Version: "1"}); err == nil {
		t.Error("two types share a schema")
	}
}
