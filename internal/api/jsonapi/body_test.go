package jsonapi

import (
	"reflect"
	"strings"
	"testing"

	"kith"
	"kith/internal/core/resource"
)

func TestDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		method, body string
		values       map[string]any
		relations    map[string][]resource.Ref
	}{
		{"POST", `{"data":{"type":"user_account","attributes":{"email":"a@b.example","name":"A","password":"x","confirmed":1,"permission":"127"}},"meta":{}}`,
			map[string]any{"email": "a@b.example", "name": "A", "password": "x", "confirmed": true, "permission": 127.0}, nil},
		{"POST", `{"data":{"attributes":null}}`, nil, nil},
		{"POST", `{"data":{"type":"user_account","id":"","attributes":{"owner":"x","flags":7,"password":""}}}`, map[string]any{"password": ""}, nil},
		{"PATCH", `{"data":{"type":"user_account","id":"` + strings.ToUpper(adaID) + `","attributes":{"__type":"user_account","password":"","name":null,"confirmed":0}}}`,
			map[string]any{"name": nil, "confirmed": false}, nil},
		{"PATCH", `{"data":{"attributes":{"user_account_id":"` + adaID + `","team_id":"","usergroup_id":["x"]}}}`,
			map[string]any{"user_account_id": adaID, "team_id": ""}, nil},
		{"PATCH", `{"data":{"relationships":{"usergroup_id":{"data":[{"type":"usergroup","id":"1"},{"type":"usergroup","id":"2"}]},"team_id":{"data":null},"other":7}}}`, nil,
			map[string][]resource.Ref{"usergroup_id": {{Table: "usergroup", ID: "1"}, {Table: "usergroup", ID: "2"}}, "team_id": {}}},
	} {
		path, status := "/api/user_account", 201
		if tt.method == "PATCH" {
			path, status = path+"/"+adaID, 200
		}
		w.want(status, tt.method, path, tt.body)
		if tt.values == nil {
			tt.values = map[string]any{}
		}
		if tt.relations == nil {
			tt.relations = map[string][]resource.Ref{}
		}
		if !reflect.DeepEqual(w.input.Values, tt.values) || !reflect.DeepEqual(w.input.Relations, tt.relations) {
			t.Errorf("%s:\n%+v, want\n%+v %+v", tt.body, w.input, tt.values, tt.relations)
		}
	}
}

// TestContentTypes: a body is JSON whatever it says that it is: the seed's curl sends it as a form.
func TestContentTypes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, contentType := range []string{"application/vnd.api+json", "application/json;charset=utf-8", "application/x-www-form-urlencoded", "text/plain", "nonsense", ""} {
		if a := w.do("POST", "/api/user_account", `{"data":{"type":"user_account","attributes":{"email":"a@b.example"}}}`, "Content-Type: "+contentType); a.Code != 201 {
			t.Errorf("%q: %d %s", contentType, a.Code, a.Body)
		}
	}
	if a := w.do("POST", "/api/user_account", "x", "Content-Encoding: gzip"); a.Code != 415 {
		t.Errorf("gzip: %d", a.Code)
	}
}

// TestDocumentsRefused: a body that is malformed, ambiguous or about something else reaches nobody.
func TestDocumentsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const path = "/api/user_account"
	for _, tt := range []struct {
		method, body string
		status       int
		text         string
	}{
		{"POST", ``, 400, `"/data"`}, {"POST", `{}`, 400, `"/data"`}, {"POST", `{`, 400, "malformed"}, {"POST", `[]`, 400, "wrong_type"}, {"POST", `null`, 400, "wrong_type"},
		{"POST", `"x"`, 400, "wrong_type"}, {"POST", `{"data":null}`, 400, `"/data"`}, {"POST", `{"data":[]}`, 400, `"/data"`}, {"POST", `{"data":{}} x`, 400, "malformed"},
		{"POST", `{"data":{"attributes":{"email":"a","email":"b"}}}`, 400, "duplicate_key"},
		{"POST", `{"data":{"attributes":{"password":"a","PASSWORD":"b"}}}`, 400, "duplicate_key"},
		{"POST", `{"data":{"attributes":{"other":"a","OTHER":"b"}}}`, 400, "duplicate_key"},
		{"POST", `{"data":{"attributes":{"\u017fecret":"a","secret":"b"}}}`, 400, "duplicate_key"},
		{"POST", `{"Data":{},"data":{}}`, 400, "duplicate_key"}, {"POST", `{"data":{"TYPE":"user_account"}}`, 400, "duplicate_key"},
		{"POST", `{"data":{"attributes":[]}}`, 400, `"/data/attributes"`}, {"POST", `{"data":{"attributes":{"name":"\u0000"}}}`, 400, "bad_format"},
		{"POST", `{"data":{"attributes":{"name":"\ud800"}}}`, 400, "malformed"}, {"POST", `{"data":{"attributes":{"permission":9007199254740993}}}`, 400, "out_of_range"},
		{"POST", strings.Repeat(`{"data":`, 40) + "1" + strings.Repeat("}", 40), 400, "malformed"},
		{"POST", `{"data":{"type":"usergroup"}}`, 409, `"/data/type"`}, {"POST", `{"data":{"type":7}}`, 400, `"/data/type"`},
		{"POST", `{"data":{"id":"` + adaID + `"}}`, 403, `"/data/id"`}, {"PATCH", `{"data":{"id":"` + groupID + `"}}`, 409, `"/data/id"`},
		{"PATCH", `{"data":{"type":"usergroup","id":"` + groupID + `"}}`, 409, `"/data/type"`}, {"PATCH", `{"data":{"attributes":{"__type":"usergroup"}}}`, 400, "read_only"},
		{"PATCH", `{"data":{"relationships":[]}}`, 400, `"/data/relationships"`}, {"PATCH", `{"data":{"relationships":{"team_id":7}}}`, 400, `"/data/relationships/team_id"`},
		{"PATCH", `{"data":{"relationships":{"team_id":{"data":[]}}}}`, 400, `"/data/relationships/team_id/data"`},
		{"PATCH", `{"data":{"relationships":{"usergroup_id":{"data":null}}}}`, 400, `"/data/relationships/usergroup_id/data"`},
		{"PATCH", `{"data":{"relationships":{"usergroup_id":{"data":[{"type":"user_account","id":"1"}]}}}}`, 409, `"/data/relationships/usergroup_id/data/0/type"`},
		{"PATCH", `{"data":{"relationships":{"usergroup_id":{"data":[{"type":"usergroup"}]}}}}`, 400, `"/data/relationships/usergroup_id/data/0/id"`},
		{"PATCH", `{"data":{"id":"` + strings.Repeat("x", 129) + `"}}`, 400, `"/data/id"`},
	} {
		at := path
		if tt.method == "PATCH" {
			at += "/" + adaID
		}
		w.input = resource.Input{}
		w.want(tt.status, tt.method, at, tt.body, tt.text)
		if w.input.Values != nil {
			t.Errorf("%s reached the catalogue", tt.body)
		}
	}
	w.want(400, "POST", path, `{"data":{"type":7,"id":8,"attributes":[],"relationships":[]}}`, `"/data/type"`, `"/data/id"`, `"/data/attributes"`, `"/data/relationships"`)
	w.want(413, "POST", path, `{"data":"`+strings.Repeat("x", 1<<20)+`"}`)
}

func TestLinkage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	many, one := "/api/user_account/"+adaID+"/relationships/usergroup_id", "/api/user_account/"+adaID+"/relationships/team_id"
	ref := resource.Ref{Table: "usergroup", ID: groupID}
	const identifier = `{"type":"usergroup","id":"` + groupID + `"}`
	for _, tt := range []struct {
		method, path, body string
		way                resource.Way
		refs               []resource.Ref
	}{
		{"POST", many, `{"data":[` + identifier + `]}`, resource.Link, []resource.Ref{ref}},
		{"DELETE", many, `{"data":[` + identifier + `]}`, resource.Unlink, []resource.Ref{ref}},
		{"PATCH", many, `{"data":[]}`, resource.Replace, []resource.Ref{}},
		{"PATCH", one, `{"data":` + identifier + `}`, resource.Replace, []resource.Ref{ref}},
		{"PATCH", one, `{"data":null}`, resource.Replace, []resource.Ref{}},
	} {
		w.want(204, tt.method, tt.path, tt.body)
		if w.way != tt.way || !reflect.DeepEqual(w.refs, tt.refs) {
			t.Errorf("%s %s: %v %v", tt.method, tt.body, w.way, w.refs)
		}
	}
	for _, tt := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", many, ``, 400}, {"POST", many, `{}`, 400}, {"POST", many, `{"data":` + identifier + `}`, 400}, {"POST", many, `{"data":null}`, 400},
		{"POST", many, `{"data":[{"type":"user_account","id":"1"}]}`, 409}, {"POST", many, `{"data":["x"]}`, 400}, {"POST", many, `{"data":[{"type":"usergroup","id":7}]}`, 400},
		{"PATCH", one, `{"data":[` + identifier + `]}`, 400}, {"POST", one, `{"data":null}`, 405}, {"DELETE", one, `{"data":null}`, 405},
		{"PATCH", "/api/user_account/" + adaID + "/relationships/user_account_id", `{"data":null}`, 405},
		{"POST", many, `{"data":[` + strings.Repeat(identifier+",", 500) + identifier + `]}`, 400},
	} {
		w.want(tt.status, tt.method, tt.path, tt.body)
	}
}

func TestInputs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		path, body string
		want       map[string]any
	}{
		{"user_account/signin", `{"attributes":{"email":"a","password":1,"other":true}}`, map[string]any{"email": "a", "password": 1.0}},
		{"user_account/signin", `{"email":"a","password":"b","attributes":null}`, map[string]any{"email": "a", "password": "b"}},
		{"user_account/signin", ``, map[string]any{}}, {"user_account/signin", ` `, map[string]any{}}, {"user_account/signin", `{"attributes":{}}`, map[string]any{}},
		{"user_account/poke", `{"attributes":{"user_account_id":"x"}}`, map[string]any{"user_account_id": "x"}},
	} {
		w.want(200, "POST", "/action/"+tt.path, tt.body, `"Attributes":null`)
		if !reflect.DeepEqual(w.inputs, tt.want) {
			t.Errorf("%s: %v, want %v", tt.body, w.inputs, tt.want)
		}
	}
	for _, body := range []string{`{`, `[]`, `null`, `{"attributes":[]}`, `{"email":"a","Email":"b"}`, `{"attributes":{"password":"a","PASSWORD":"b"}}`,
		`{"attributes":{},"Attributes":{}}`, `{"attributes":{"email":"a","email":"b"}}`} {
		w.want(400, "POST", "/action/user_account/signin", body, `[{"ResponseType":"client.notify"`, `"title":"failed"`)
	}
	w.do("POST", "/action/world/become_an_administrator", "", "X-Setup-Token: s")
	if w.inputs["setup_token"] != "s" {
		t.Errorf("the header was not taken: %v", w.inputs)
	}
	w.do("POST", "/action/user_account/signin", "", "X-Setup-Token: s")
	if len(w.inputs) != 0 {
		t.Errorf("the header was taken: %v", w.inputs)
	}
}

// FuzzDocument: no body is a fault, and nothing comes out of it that the table does not know.
func FuzzDocument(f *testing.F) {
	f.Add([]byte(`{"data":{"type":"user_account","id":"x","attributes":{"email":"a","confirmed":1},"relationships":{"usergroup_id":{"data":[{"type":"usergroup","id":"1"}]}}},"meta":{}}`))
	f.Add([]byte(`{"attributes":{"email":"a","password":null}}`))
	f.Add([]byte(`{"data":[{"type":"usergroup","id":"1"}]}`))
	fake := newFake()
	a, users := &api{}, newTable(fake.users)
	f.Fuzz(func(t *testing.T, text []byte) {
		body, err := parseObject(text)
		if err != nil {
			return
		}
		for _, id := range []string{"", adaID} {
			in, err := a.parseResource(users, body, id)
			for _, l := range placed(err) {
				if err != nil && l.err.Kind == kith.Internal {
					t.Errorf("%q: %v", text, l.err)
				}
			}
			for name := range in.Values {
				if _, known := users.attribute[name]; !known && name != resource.OwnerRelation {
					t.Errorf("%q: %s is assigned", text, name)
				}
			}
		}
		for _, relation := range users.relations {
			if refs, err := a.parseLinkage(relation, body); err == nil && !relation.Many && len(refs) > 1 {
				t.Errorf("%q: %v", text, refs)
			}
		}
		if in, err := parseInputs(fake.Actions()[0], body); err == nil && len(in) > 2 {
			t.Errorf("%q: %v", text, in)
		}
	})
}
