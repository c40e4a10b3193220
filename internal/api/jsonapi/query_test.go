package jsonapi

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"kith"
	"kith/internal/core/resource"
)

func TestQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		query string
		want  resource.Query
	}{
		{"", resource.Query{}},
		{"page[number]=2&page[size]=500", resource.Query{Page: kith.Page{Number: 2, Size: 500}}},
		{"page%5Bnumber%5D=&sort=&filter=&include=&query=", resource.Query{}},
		{"page[after]=" + adaID, resource.Query{After: adaID}},
		{"page[before]=cur%2Bsor", resource.Query{Before: "cur+sor"}},
		{"sort=email,-created_at,team_id", resource.Query{Sort: []resource.Sort{{Field: "email"}, {Field: "created_at", Descending: true}, {Field: "team_id"}}}},
		{"filter=a+b", resource.Query{Search: "a b"}},
		{"include=usergroup_id,user_account_id&included_relations=usergroup_id", resource.Query{Include: []string{"usergroup_id", "user_account_id"}}},
		{"query=" + url.QueryEscape(`[{"column":"email","operator":"eq","value":"a@b.example"},{"column":"confirmed","operator":"is true","logical_group":"g"}]`),
			resource.Query{Where: []resource.Clause{{Field: "email", Operator: "is", Value: "a@b.example"}, {Field: "confirmed", Operator: "is true", Group: "g"}}}},
		{"query=" + url.QueryEscape(`[{"column":"permission","operator":"any of","value":[1,2]},{"column":"user_account_id","operator":"is","value":null}]`),
			resource.Query{Where: []resource.Clause{{Field: "permission", Operator: "in", Value: []any{1.0, 2.0}}, {Field: "user_account_id", Operator: "is"}}}},
		{"query[][column]=email&query[][operator]=is&query[][value]=a&query[][column]=name&query[][operator]=like&query[][value]=b%25",
			resource.Query{Where: []resource.Clause{{Field: "email", Operator: "is", Value: "a"}, {Field: "name", Operator: "like", Value: "b%"}}}},
		{"query[][operator]=is&query[][value]=a&query[][column]=email&query[][value]=b&query[][operator]=is&query[][column]=name",
			resource.Query{Where: []resource.Clause{{Field: "email", Operator: "is", Value: "a"}, {Field: "name", Operator: "is", Value: "b"}}}},
		{"query=[]", resource.Query{}},
	} {
		if tt.want.Page.Number == 0 {
			tt.want.Page = kith.Page{Number: 1, Size: 10}
		}
		w.query = resource.Query{}
		w.want(200, "GET", "/api/user_account?"+tt.query, "")
		if !reflect.DeepEqual(w.query, tt.want) {
			t.Errorf("%s:\n%+v, want\n%+v", tt.query, w.query, tt.want)
		}
	}
}

// TestQueryRefuses: what makes no sense is 400, and says which parameter it is.
func TestQueryRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct{ query, parameter string }{
		{"page[number]=0", "page[number]"}, {"page[number]=-1", "page[number]"}, {"page[number]=x", "page[number]"}, {"page[number]=%2B1", "page[number]"},
		{"page[number]=18446744073709551614", "page[number]"}, {"page[size]=501", "page[size]"}, {"page[size]=1.5", "page[size]"}, {"page[size]=0", "page[size]"},
		{"page[number]=1&page[number]=2", "page[number]"}, {"page[number]=1&page[after]=x", "page[number]"}, {"page[after]=x&page[before]=y", "page[number]"},
		{"page[offset]=1", "page[offset]"}, {"page=1", "page"}, {"sort=nope", "sort"}, {"sort=password", "sort"}, {"sort=-", "sort"}, {"sort=email;drop", ""},
		{"sort=usergroup_id", "sort"}, {"sort=" + strings.Repeat("email,", 10) + "name", "sort"}, {"fields=nope", "fields"}, {"fields[nope]=name", "fields[nope]"},
		{"fields=name&fields[user_account]=email", "fields[user_account]"}, {"fields[usergroup]=email", "fields[usergroup]"}, {"include=nope", "include"},
		{"include=usergroup_id.user_account_id", "include"}, {"included_relations=usergroup", "included_relations"}, {"nope=1", "nope"}, {"filter[name]=a", "filter[name]"},
		{"query={}", "query"}, {"query=[1]", "query"}, {"query=nope", "query"}, {"query=[{}]", "query"}, {"query[][nope]=1", "query[][nope]"}, {"query[][column]=email", "query"},
		{"query[0][column]=email", "query[0][column]"},
		{"query=" + url.QueryEscape(`[{"column":"password","operator":"like","value":"$2a$%"}]`), "query"},
		{"query=" + url.QueryEscape(`[{"column":"nope","operator":"is","value":"a"}]`), "query"},
		{"query=" + url.QueryEscape(`[{"column":"email","operator":"nope","value":"a"}]`), "query"},
		{"query=" + url.QueryEscape(`[{"column":"email","operator":"is","value":{"a":1}}]`), "query"},
		{"query=" + url.QueryEscape(`[{"column":"email","operator":"in","value":[["a"]]}]`), "query"},
		{"query=" + url.QueryEscape(`[{"column":"email","operator":"contains"}]`), "query"},
		{"query=" + url.QueryEscape(`[{"column":"created_at","operator":"before","value":"soon"}]`), "query"},
		{"query=" + url.QueryEscape(`[{"column":"email","column":"name","operator":"is","value":"a"}]`), "query"},
		{"query=" + url.QueryEscape(`[{"column":"email","Column":"name","operator":"is","value":"a"}]`), "query"},
		{"query=" + url.QueryEscape("["+strings.Repeat(`{"column":"name","operator":"is","value":"a"},`, 20)+`{"column":"name","operator":"is","value":"a"}]`), "query"},
		{"filter=" + strings.Repeat("x", 1001), "filter"}, {"filter=%00", "filter"}, {"filter=%ff", ""}, {"filter=%zz", ""}, {strings.Repeat("&", 1000), ""},
	} {
		w.query = resource.Query{}
		texts := []string{`"status":"400"`}
		if tt.parameter != "" {
			texts = append(texts, `"source":{"parameter":"`+tt.parameter+`"}`)
		}
		w.want(400, "GET", "/api/user_account?"+tt.query, "", texts...)
		if w.query.Page.Size != 0 {
			t.Errorf("%s was asked of the catalogue", tt.query)
		}
	}
	w.want(400, "GET", "/api/user_account?sort=nope&page[size]=x&nope=1", "", `"parameter":"sort"`, `"parameter":"page[size]"`, `"parameter":"nope"`)
	for _, path := range []string{"/api/user_account/" + adaID + "?page[size]=1", "/api/user_account/" + adaID + "?sort=email", "/api/user_account/" + adaID + "/team_id?filter=a",
		"/api/user_account/" + adaID + "/relationships/usergroup_id?sort=name", "/api/user_account/" + adaID + "/relationships/team_id?page[size]=1",
		"/api/user_account/" + adaID + "/why?who=x", "/meta?query=nope", "/meta?query=column_types&query=column_types", "/jsmodel/usergroup.js?x=1", "/_config?x=1", "/actions?x=1"} {
		w.want(400, "GET", path, "", `"source":{"parameter":`)
	}
}

// TestRelatedQuery: a list of related rows is asked by the columns of their own table.
func TestRelatedQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page = &resource.Page{Rows: []*resource.Row{w.editors()}, Total: 1}
	w.want(200, "GET", "/api/user_account/"+adaID+"/usergroup_id?sort=name", "", `"type":"usergroup"`)
	if w.relation != "usergroup_id" || w.id != adaID || len(w.query.Sort) != 1 {
		t.Errorf("asked for %s of %s, %+v", w.relation, w.id, w.query)
	}
	w.want(400, "GET", "/api/user_account/"+adaID+"/usergroup_id?sort=email", "")
	w.want(200, "GET", "/api/user_account/"+adaID+"/relationships/usergroup_id", "", `"data":[{"type":"usergroup","id":"`+groupID+`"}]`)
	if w.query.Page.Size != maxPageSize {
		t.Errorf("ids by %d", w.query.Page.Size)
	}
}

// FuzzQuery: no query string is a fault, and what is read as parameters is what the standard library reads.
func FuzzQuery(f *testing.F) {
	f.Add("page[number]=2&sort=-email&fields[user_account]=name&include=usergroup_id")
	f.Add("query[][column]=email&query[][operator]=is&query[][value]=a&query[][column]=name")
	f.Add("query=" + url.QueryEscape(`[{"column":"email","operator":"fuzzy_any","value":"a b","logical_group":"g"}]`))
	a := &api{tables: map[string]*table{}}
	for _, t := range newFake().Tables() {
		a.tables[t.Name] = newTable(t)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if list, err := parsePairs(raw); err == nil {
			got := url.Values{}
			for _, p := range list {
				got.Add(p.name, p.value)
			}
			if want, err := url.ParseQuery(raw); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%q: %v, want %v, %v", raw, got, want, err)
			}
		}
		q, err := a.query(a.tables["user_account"], raw, true)
		for _, l := range placed(err) {
			if err != nil && l.err.Kind != kith.Invalid {
				t.Errorf("%q: %v", raw, l.err)
			}
		}
		if err == nil && (q.Page.Size < 1 || q.Page.Size > maxPageSize || q.Page.Number < 1) {
			t.Errorf("%q: page %+v", raw, q.Page)
		}
	})
}
