package directory

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kith"
)

const shoes = `{"type":"object","required":["risk"],"properties":{
	"size":{"type":"integer","minimum":20,"maximum":50,"multipleOf":2,"x-write":["admin","user"]},
	"whole":{"type":"integer","x-write":["admin","user"]},
	"half":{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1,"x-write":["admin","user"]},
	"name":{"type":"string","minLength":2,"maxLength":4,"pattern":"^[a-z]+$","x-write":["admin","user"]},
	"day":{"type":"string","format":"date","x-write":["admin","user"]},
	"at":{"type":"string","format":"date-time","x-write":["admin","user"]},
	"mail":{"type":"string","format":"email","x-write":["admin","user"]},
	"tags":{"type":"array","minItems":1,"maxItems":2,"uniqueItems":true,"items":{"enum":["a","b",7]},"x-write":["admin","user"]},
	"home":{"type":"object","required":["city"],"additionalProperties":false,"properties":{"city":{"type":"string"}},"x-write":["admin","user"]},
	"form":{"anyOf":[{"type":"string"},{"type":"boolean"}],"x-write":["admin","user"]},
	"risk":{"enum":["low","high"],"x-read":["admin"]},
	"never":false,
	"hint":{"type":"string","x-read":["admin"],"x-write":["user"]},
	"theirs":{"type":"string","x-write":["user"]},
	"country":{"type":"string","x-write":["admin","user"]}},
	"if":{"required":["country"],"properties":{"country":{"const":"DE"}}},"then":{"required":["tax"]}}`

// told writes an error as "field: message" lines, sorted.
func told(err error) string {
	if err == nil {
		return ""
	}
	var lines []string
	for _, e := range kith.Errors(err) {
		if e.Kind != kith.Invalid || e.Code == "" {
			lines = append(lines, fmt.Sprintf("kind %d", e.Kind))
		}
		lines = append(lines, e.Field+": "+e.Message)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestChangesOfMetadata(t *testing.T) {
	c := declared(t, shoes)
	const kept = "This cannot be changed here."
	for _, tt := range []struct {
		name                 string
		section              kith.Section
		before, patch, after string
		told                 string
	}{
		{"a user writes what is theirs", kith.SectionUser, `{"risk":"low","vip":1}`, `{"size":42,"hint":"x"}`, `{"risk":"low","vip":1,"size":42,"hint":"x"}`, ""},
		{"and takes it away", kith.SectionUser, `{"size":43,"hint":"x"}`, `{"size":null,"hint":null}`, `{}`, ""},
		{"merged inside", kith.SectionUser, `{"home":{"city":"Bonn"}}`, `{"home":{"city":"Köln"}}`, `{"home":{"city":"Köln"}}`, ""},
		{"what is staff's, as it is", kith.SectionUser, `{"vip":{"a":[1,{"b":2}],"c":3}}`, `{"vip":{"a":[1,{"b":2}]},"size":42}`, `{"vip":{"a":[1,{"b":2}],"c":3},"size":42}`, ""},
		{"what is staff's, changed", kith.SectionUser, `{"vip":{"a":1}}`, `{"vip":{"a":2}}`, "", "metadata.vip: " + kept},
		{"what is staff's, taken away", kith.SectionUser, `{"vip":1}`, `{"vip":null}`, "", "metadata.vip: " + kept},
		{"undeclared, new", kith.SectionUser, `{}`, `{"new":{}}`, "", "metadata.new: " + kept},
		{"a bad key is not repeated", kith.SectionUser, `{}`, `{"<script>":1}`, "", "metadata: " + kept},
		{"hidden, guessed right", kith.SectionUser, `{"risk":"low"}`, `{"risk":"low"}`, "", "metadata.risk: " + kept},
		{"hidden, guessed wrong", kith.SectionUser, `{"risk":"low"}`, `{"risk":"high"}`, "", "metadata.risk: " + kept},
		{"hidden, not there", kith.SectionUser, `{}`, `{"risk":"high"}`, "", "metadata.risk: " + kept},
		{"hidden, taken away", kith.SectionUser, `{"risk":"low"}`, `{"risk":null}`, `{"risk":"low"}`, ""},
		{"all that is wrong", kith.SectionUser, `{"vip":1}`, `{"vip":2,"size":12,"name":"ab"}`, "", "metadata.size: Must be at least 20.\nmetadata.vip: " + kept},
		{"a user breaks what all must have", kith.SectionUser, `{"risk":"low"}`, `{"country":"DE"}`, "", "metadata.tax: This is required."},
		{"it was broken before", kith.SectionUser, `{"country":"DE","never":1}`, `{"size":40}`, `{"country":"DE","never":1,"size":40}`, ""},

		{"staff write", kith.SectionAdmin, `{"hint":"x"}`, `{"risk":"low","free":[1]}`, `{"hint":"x","risk":"low","free":[1]}`, ""},
		{"what is the user's alone", kith.SectionAdmin, `{"risk":"low"}`, `{"theirs":"x"}`, "", "metadata.theirs: " + kept},
		{"what is the user's alone, as it is", kith.SectionAdmin, `{"risk":"low","theirs":"x"}`, `{"theirs":"x","risk":"high"}`, `{"theirs":"x","risk":"high"}`, ""},
		{"of staff what is required is asked", kith.SectionAdmin, `{}`, `{"free":1}`, "", "metadata.risk: This is required."},
		{"not while they change nothing", kith.SectionAdmin, `{"free":1}`, `{"free":1}`, `{"free":1}`, ""},
		{"nor without a patch", kith.SectionAdmin, `{"never":1}`, `{}`, `{"never":1}`, ""},
		{"what was wrong before", kith.SectionAdmin, `{"risk":"low","size":"x"}`, `{"free":1}`, `{"risk":"low","size":"x","free":1}`, ""},
		{"what was wrong before, still wrong", kith.SectionAdmin, `{"risk":"low","size":"x"}`, `{"size":"y"}`, "", "metadata.size: Must be a whole number."},
		{"what no metadata may hold", kith.SectionAdmin, `{"risk":"low"}`, `{"a__b":1}`, "", "metadata: Use letters, digits and single underscores in the keys of metadata."},
		{"each kind of fault", kith.SectionAdmin, `{"risk":"low"}`,
			`{"size":19,"whole":1.5,"half":1,"name":"A","day":"2026-02-30","at":"2026-02-01T10:00:00","mail":"x","tags":["a","a","c"],"home":{"zip":1},"form":1,"risk":"odd","never":1}`, "",
			`metadata.at: Must be a time as 2026-03-02T09:00:00Z.
metadata.day: Must be a calendar day as YYYY-MM-DD.
metadata.form: Must have just one of the forms that the company's schema offers.
metadata.half: Must be less than 1.
metadata.home.city: This is required.
metadata.home.zip: The company's schema has no attribute of this name.
metadata.mail: Must be an e-mail address.
metadata.name: Must have at least 2 characters.
metadata.name: Must match this pattern: ^[a-z]+$
metadata.never: The company's schema does not allow this.
metadata.risk: Must be one of: low, high.
metadata.size: Must be a multiple of 2.
metadata.size: Must be at least 20.
metadata.tags.2: Must be one of: a, b, 7.
metadata.tags: Must have at most 2 items.
metadata.tags: Must not list anything twice.
metadata.whole: Must be a whole number.`},
		{"and of the others", kith.SectionAdmin, `{"risk":"low"}`, `{"size":52,"half":0,"name":"abcde","tags":[],"home":[]}`, "",
			`metadata.half: Must be more than 0.
metadata.home: Must be an object.
metadata.name: Must have at most 4 characters.
metadata.size: Must be at most 50.
metadata.tags: Must have at least 1 item.`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before, patch := object(t, tt.before), object(t, tt.patch)
			after, err := checkMetadata(c, tt.section, before, patch)
			if got := told(err); got != tt.told {
				t.Errorf("told\n%s\nwant\n%s", got, tt.told)
			}
			if tt.told == "" {
				if want := object(t, tt.after); !(len(after) == 0 && len(want) == 0) && !reflect.DeepEqual(after, want) {
					t.Errorf("after is %v, want %v", after, want)
				}
			}
			if !reflect.DeepEqual(before, object(t, tt.before)) || !reflect.DeepEqual(patch, object(t, tt.patch)) {
				t.Error("an argument was changed")
			}
		})
	}
}

// TestAClosedSchema: where the schema says so, there are no attributes but those it declares.
func TestAClosedSchema(t *testing.T) {
	c := declared(t, `{"additionalProperties":false,"properties":{"a":{}}}`)
	_, err := checkMetadata(c, kith.SectionAdmin, nil, object(t, `{"a":1,"b":2}`))
	if got := told(err); got != "metadata.b: The company's schema has no attribute of this name." {
		t.Error(got)
	}
	if after, err := checkMetadata(c, kith.SectionAdmin, object(t, `{"b":1}`), object(t, `{"a":1}`)); err != nil || len(after) != 2 {
		t.Errorf("with a key of before: %v, %v", after, err)
	}
	c = redeclared(t, c, `{"unevaluatedProperties":false,"allOf":[{"properties":{"a":{}}}]}`)
	_, err = checkMetadata(c, kith.SectionAdmin, nil, object(t, `{"a":1,"b":2}`))
	if got := told(err); got != "metadata.b: The company's schema does not allow this." {
		t.Error(got)
	}
}

// TestNoSchema: without one, metadata is as free as ever for staff.
func TestNoSchema(t *testing.T) {
	after, err := checkMetadata(&kith.Company{}, kith.SectionAdmin, object(t, `{"a":1}`), object(t, `{"b":[2]}`))
	if err != nil || !reflect.DeepEqual(after, object(t, `{"a":1,"b":[2]}`)) {
		t.Errorf("%v, %v", after, err)
	}
}

// TestCostlyMetadata: however the largest metadata meets the largest schema, checking takes no longer
// than other requests can bear.
func TestCostlyMetadata(t *testing.T) {
	ones := strings.TrimSuffix(strings.Repeat("1,", 50_000), ",")
	items := `{"properties":{"a":{"items":{"allOf":[` + strings.TrimSuffix(strings.Repeat(`{"type":"string"},`, 1500), ",") + `]}}}}`
	for _, tt := range []struct{ name, schema, patch string }{
		{"many items, many rules", items, `{"a":[` + ones + `]}`},
		{"many items, few rules", `{"properties":{"a":{"items":{"type":"string"}}}}`, `{"a":[` + ones + `]}`},
		{"rules for all", `{"additionalProperties":{"items":{"anyOf":[{"type":"string"},{"type":"null"},{"minimum":2}]}}}`, `{"a":[` + ones + `]}`},
		{"long text, large pattern", `{"properties":{"a":{"pattern":"(x+x+)+` + strings.Repeat("[a-y]{900}", 5) + `"}}}`, `{"a":"` + strings.Repeat("x", 100_000) + `"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := declared(t, tt.schema)
			begin := time.Now()
			_, err := checkMetadata(c, kith.SectionAdmin, nil, object(t, tt.patch))
			if took := time.Since(begin); took > 20*time.Second { // without bounds it takes minutes, and on a slow day seconds with them
				t.Errorf("took %v", took)
			}
			if err == nil || len(kith.Errors(err)) > maxFaults {
				t.Errorf("%d errors", len(kith.Errors(err)))
			}
		})
	}
}

// TestVisible: each section is shown what it may read, and the user's own values are not touched.
func TestVisible(t *testing.T) {
	c := declared(t, `{"properties":{"a":{"x-read":["admin"]},"b":{"x-read":["user"]},"c":{"x-read":[]}}}`)
	all := object(t, `{"a":1,"b":2,"c":3,"d":4}`)
	for section, want := range map[kith.Section]string{kith.SectionUser: `{"b":2,"d":4}`, kith.SectionAdmin: `{"a":1,"d":4}`} {
		u := &kith.User{Metadata: maps.Clone(all)}
		m := Visible(kith.Member{User: u, Company: c}, section)
		if !reflect.DeepEqual(m.User.Metadata, object(t, want)) || !reflect.DeepEqual(u.Metadata, all) {
			t.Errorf("section %s is shown %v; the user has %v", section, m.User.Metadata, u.Metadata)
		}
	}
	m := Visible(kith.Member{User: &kith.User{Metadata: object(t, `{"c":1}`)}, Company: c}, kith.SectionUser)
	if m.User.Metadata != nil {
		t.Errorf("of nothing readable: %v", m.User.Metadata)
	}
}
