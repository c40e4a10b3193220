package directory

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"kith"
)

// declared is a company that has just declared a schema.
func declared(t *testing.T, schema string) *kith.Company {
	t.Helper()
	return redeclared(t, &kith.Company{ID: kith.CompanyID(time.Now().UnixNano())}, schema)
}

// redeclared is the company with its schema replaced.
func redeclared(t *testing.T, c *kith.Company, schema string) *kith.Company {
	t.Helper()
	var in declaration
	in.document, in.attributes, in.bad = parseSchema(object(t, schema))
	if in.bad != nil {
		t.Fatalf("%s: %v", schema, in.bad)
	}
	after := *c
	after.Attributes = succeed(c.Attributes, in)
	return &after
}

// chain is a schema whose definitions each refer to the next twice: its size doubles with each.
func chain(length int) string {
	var defs []string
	for i := range length {
		defs = append(defs, fmt.Sprintf(`"d%d":{"allOf":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]}`, i, i+1, i+1))
	}
	defs = append(defs, fmt.Sprintf(`"d%d":{"type":"string"}`, length))
	return `{"properties":{"a":{"$ref":"#/$defs/d0"}},"$defs":{` + strings.Join(defs, ",") + `}}`
}

// many is a schema of so many attributes.
func many(count int) string {
	var list []string
	for i := range count {
		list = append(list, fmt.Sprintf(`"a%d":{"type":"string"}`, i))
	}
	return `{"properties":{` + strings.Join(list, ",") + `}}`
}

// TestParseSchema: what is a schema is taken, and what would reach out, take long or mean nothing is
// refused, naming the schema and the place in it.
func TestParseSchema(t *testing.T) {
	nested := func(depth int) string {
		return `{"properties":{"a":` + strings.Repeat(`{"items":`, depth) + `{}` + strings.Repeat(`}`, depth) + `}}`
	}
	property := func(schema string) string { return `{"properties":{"a":` + schema + `}}` }
	for _, tt := range []struct {
		name, schema string
		says         string // "" if taken
	}{
		{"nothing", `{}`, ""},
		{"everything", `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","title":"Users","required":["a"],
			"additionalProperties":false,"properties":{"a":{"type":["string","null"],"pattern":"^[a-z]+$","x-read":[],"x-write":["admin","user"]},
			"b":true,"c":false,"d_2":{"$ref":"#/$defs/x","x-index":false}},"$defs":{"x":{"items":{"$ref":"#/$defs/y"}},"y":{"format":"date"}}}`, ""},
		{"keywords of one's own", property(`{"x-label":{"de":"Schuh"},"x-read":["admin"]}`), ""},
		{"a hundred attributes", many(100), ""},
		{"doubling, a little", chain(5), ""},
		{"as deep as may be", nested(13), ""},
		{"all forms of index", `{"properties":{"a":{"type":"string","x-index":true},"b":{"type":"integer","x-index":true},"c":{"type":"boolean","x-index":true},
			"d":{"type":"string","format":"date-time","x-index":true}}}`, ""},

		{"a hundred and one", many(101), "at most 100"},
		{"too deep", nested(14), "16 deep"},
		{"doubling without end", chain(64), "smaller"},
		{"definition in itself", `{"$defs":{"a":{"items":{"$ref":"#/$defs/a"}}}}`, "contains itself"},
		{"definitions in a circle", `{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"not":{"$ref":"#/$defs/a"}}}}`, "contains itself"},
		{"large", property(`{"title":"` + strings.Repeat("x", 64<<10) + `"}`), "65536 bytes"},
		{"many values", property(`{"enum":[` + strings.TrimSuffix(strings.Repeat("1,", 5000), ",") + `]}`), "smaller"},
		{"list as a schema", property(`[1]`), "properties/a"},
		{"unknown type", property(`{"type":"text"}`), "properties/a/type"},
		{"minimum of a text", property(`{"minimum":"20"}`), "properties/a/minimum"},
		{"not about objects", `{"type":"array"}`, "type: "},
		{"remote", property(`{"$ref":"https://example.com/schema.json"}`), "properties/a: A $ref"},
		{"remote metaschema", property(`{"$ref":"https://json-schema.org/draft/2020-12/schema"}`), "A $ref"},
		{"file", property(`{"$ref":"file:///etc/passwd"}`), "A $ref"},
		{"relative", property(`{"$ref":"other"}`), "A $ref"},
		{"whole of itself", property(`{"$ref":"#"}`), "A $ref"},
		{"unknown definition", property(`{"$ref":"#/$defs/x"}`), "A $ref"},
		{"reference that is no text", property(`{"$ref":1}`), "A $ref"},
		{"dynamic", property(`{"$dynamicRef":"#a"}`), "$dynamicRef"},
		{"address", `{"$id":"https://example.com/"}`, "$id"},
		{"anchor", property(`{"$anchor":"a"}`), "$anchor"},
		{"older draft", `{"$schema":"http://json-schema.org/draft-07/schema#"}`, "2020-12"},
		{"draft inside", property(`{"$schema":"https://json-schema.org/draft/2020-12/schema"}`), "2020-12"},
		{"bad pattern", property(`{"pattern":"("}`), "properties/a: This pattern"},
		{"pattern that looks ahead", property(`{"pattern":"^(?=a)"}`), "RE2"},
		{"pattern of pattern properties", property(`{"patternProperties":{"(":{}}}`), "RE2"},
		{"long pattern", property(`{"pattern":"` + strings.Repeat("a", 501) + `"}`), "500"},
		{"repetitions", property(`{"pattern":"` + strings.Repeat("[a-z]{1000}", 40) + `"}`), "smaller"},
		{"repeated by reference", `{"properties":{"a":{"$ref":"#/$defs/p"},"b":{"$ref":"#/$defs/p"},"c":{"$ref":"#/$defs/p"}},"$defs":{"p":{"pattern":"a{1000}b{1000}"}}}`, "smaller"},
		{"key with two underscores", `{"properties":{"a__b":{}}}`, "properties: Use letters"},
		{"key with a dash", `{"properties":{"a-b":{}}}`, "properties: Use letters"},
		{"unknown reader", property(`{"x-read":["everybody"]}`), "properties/a/x-read"},
		{"reader that is no list", property(`{"x-read":"user"}`), "properties/a/x-read"},
		{"the system writes", property(`{"x-write":["system"]}`), "properties/a/x-write"},
		{"index that is no boolean", property(`{"type":"string","x-index":"yes"}`), "properties/a/x-index"},
		{"index of a list", property(`{"type":"array","x-index":true}`), "properties/a/x-index"},
		{"index of two types", property(`{"type":["string","integer"],"x-index":true}`), "properties/a/x-index"},
		{"index of no type", property(`{"enum":["a"],"x-index":true}`), "properties/a/x-index"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			begin := time.Now()
			document, _, err := parseSchema(object(t, tt.schema))
			if took := time.Since(begin); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
			if tt.says == "" {
				if err != nil || !json.Valid([]byte(document)) {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil {
				t.Fatal("taken")
			}
			for _, e := range kith.Errors(err) {
				if e.Kind != kith.Invalid || e.Field != "schema" || !strings.Contains(e.Message, tt.says) {
					t.Errorf("%s %s: %s; want %q", e.Code, e.Field, e.Message, tt.says)
				}
			}
		})
	}
}

// TestRights: staff write and both read where a schema says nothing else.
func TestRights(t *testing.T) {
	c := declared(t, `{"properties":{"plain":{"type":"string"},"any":true,"theirs":{"x-write":["user"]},"hidden":{"x-read":["admin"]},"frozen":{"x-read":[],"x-write":[]}}}`)
	for key, want := range map[string]string{"plain": "rRW", "any": "rRW", "undeclared": "rRW", "theirs": "rRw", "hidden": "RW", "frozen": ""} {
		a, got := c.Attributes.Attribute(key), ""
		for i, has := range []bool{a.Read.Has(kith.SectionUser), a.Read.Has(kith.SectionAdmin), a.Write.Has(kith.SectionUser), a.Write.Has(kith.SectionAdmin)} {
			if has {
				got += string("rRwW"[i])
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

// TestNumbers: an attribute keeps its number as long as its terms are the same; a number is never given
// again.
func TestNumbers(t *testing.T) {
	c := &kith.Company{ID: 1}
	for i, tt := range []struct {
		schema             string
		numbers            map[string]int
		building, dropping string
	}{
		{`{"properties":{"a":{"type":"string","x-index":true},"b":{"type":"integer","x-index":true},"c":{}}}`,
			map[string]int{"a": 1000, "b": 1001, "c": 0}, "[1000 1001]", "[]"},
		{`{"properties":{"a":{"type":"string","x-index":true,"maxLength":5},"b":{"type":"number","x-index":true},"c":{"type":"boolean","x-index":true}}}`,
			map[string]int{"a": 1000, "b": 1001, "c": 1002}, "[1000 1001 1002]", "[]"},
		{`{"properties":{"a":{"type":"string"},"b":{"type":"string","x-index":true}}}`, map[string]int{"a": 0, "b": 1003}, "[1003]", "[1000 1001 1002]"},
		{`{"properties":{"a":{"type":"string","x-index":true},"b":{"type":"string","x-index":true}}}`, map[string]int{"a": 1004, "b": 1003}, "[1003 1004]", "[1000 1001 1002]"},
		{`{"properties":{"a":{"type":"string","format":"date","x-index":true}}}`, map[string]int{"a": 1005}, "[1005]", "[1000 1001 1002 1004 1003]"},
	} {
		c = redeclared(t, c, tt.schema)
		a := &c.Attributes
		if a.Version != i+1 || fmt.Sprint(a.Building) != tt.building || fmt.Sprint(a.Dropping) != tt.dropping {
			t.Errorf("version %d: building %v, dropping %v; want %s, %s", a.Version, a.Building, a.Dropping, tt.building, tt.dropping)
		}
		for key, want := range tt.numbers {
			if got := a.Attributes[key].Number; got != want {
				t.Errorf("version %d: %s has number %d, want %d", a.Version, key, got, want)
			}
		}
	}
}

// TestShapesAreBounded: what is remembered of schemas does not grow with the number of companies, and a
// schema that was replaced is not remembered for the new one.
func TestShapesAreBounded(t *testing.T) {
	for i := range 3 * shapeGeneration {
		c := declared(t, `{"properties":{"a":{"type":"string"}}}`)
		c.ID = kith.CompanyID(1_000_000 + i)
		if _, err := shapeOf(c); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(shapes.young) + len(shapes.old); n > 2*shapeGeneration {
		t.Errorf("%d shapes are kept", n)
	}
	c := declared(t, `{"properties":{"a":{"type":"string"}}}`)
	first, err1 := shapeOf(c)
	again, err2 := shapeOf(c)
	other, err3 := shapeOf(redeclared(t, c, `{"properties":{"a":{"type":"integer"}}}`))
	if err1 != nil || err2 != nil || err3 != nil || first != again || first == other {
		t.Errorf("remembered: %v; renewed: %v; %v %v %v", first == again, first != other, err1, err2, err3)
	}
}
