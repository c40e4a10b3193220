package directory

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"kith"
)

var today = time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC)

var attributeCases = []struct {
	name      string
	attribute kith.Attribute
	value     string
	want      string
	code      string // "" if taken
}{
	{"name", kith.FirstName, "Zoë", "Zoë", ""},
	{"decomposed", kith.FirstName, "Zoe\u0308", "Zoë", ""},
	{"spaces around", kith.FirstName, "  Ada ", "Ada", ""},
	{"only spaces clear", kith.FirstName, "   ", "", ""},
	{"Persian joiner", kith.LastName, "علی\u200cزاده", "علی\u200cزاده", ""},
	{"as long as may be", kith.FirstName, strings.Repeat("字", 50), strings.Repeat("字", 50), ""},
	{"as long, decomposed", kith.FirstName, strings.Repeat("e\u0301", 50), strings.Repeat("é", 50), ""},
	{"too long", kith.FirstName, strings.Repeat("字", 51), "", kith.CodeTooLong},
	{"endless", kith.FirstName, strings.Repeat("a", 1_000_000), "", kith.CodeTooLong},
	{"line break", kith.FirstName, "Ada\nLovelace", "", kith.CodeBadFormat},
	{"line separator", kith.FirstName, "Ada\u2028Lovelace", "", kith.CodeBadFormat},
	{"NUL", kith.FirstName, "Ada\x00", "", kith.CodeBadFormat},
	{"writing direction", kith.FirstName, "\u202eadA", "", kith.CodeBadFormat},
	{"zero-width space", kith.FirstName, "A\u200bda", "", kith.CodeBadFormat},
	{"not UTF-8", kith.FirstName, "Ad\xff", "", kith.CodeBadFormat},

	{"date", kith.BirthDate, "1990-02-28", "1990-02-28", ""},
	{"leap day", kith.BirthDate, "2000-02-29", "2000-02-29", ""},
	{"first day", kith.BirthDate, "1900-01-01", "1900-01-01", ""},
	{"today", kith.BirthDate, "2026-11-22", "2026-11-22", ""},
	{"tomorrow", kith.BirthDate, "2026-11-23", "", kith.CodeOutOfRange},
	{"long ago", kith.BirthDate, "1899-12-31", "", kith.CodeOutOfRange},
	{"no leap year", kith.BirthDate, "1990-02-29", "", kith.CodeBadFormat},
	{"not a day", kith.BirthDate, "1990-13-01", "", kith.CodeBadFormat},
	{"other order", kith.BirthDate, "28-02-1990", "", kith.CodeBadFormat},
	{"short month", kith.BirthDate, "1990-2-28", "", kith.CodeBadFormat},
	{"with a time", kith.BirthDate, "1990-02-28T00:00:00Z", "", kith.CodeTooLong},

	{"country", kith.Nationality, "ZA", "ZA", ""},
	{"country in lower case", kith.Residency, "de", "DE", ""},
	{"alpha-3", kith.Nationality, "ZAF", "", kith.CodeTooLong},
	{"no country", kith.BirthCountry, "XX", "", kith.CodeNotAllowed},
	{"not ISO's", kith.BirthCountry, "UK", "", kith.CodeNotAllowed},
	{"part of the table", kith.BirthCountry, "D ", "", kith.CodeNotAllowed},
	{"one letter", kith.TaxResidency, "Z", "", kith.CodeNotAllowed},
	{"lower case beyond ASCII", kith.TaxResidency, "\u0131e", "", kith.CodeNotAllowed},

	{"language", kith.Language, "en", "en", ""},
	{"language and region", kith.Language, "pt-br", "pt-BR", ""},
	{"with underscore", kith.Language, "pt_BR", "pt-BR", ""},
	{"script", kith.Language, "ZH-hant-tw", "zh-Hant-TW", ""},
	{"three letters", kith.Language, "eng", "en", ""},
	{"no language", kith.Language, "xx", "", kith.CodeNotAllowed},
	{"undetermined", kith.Language, "und", "", kith.CodeNotAllowed},
	{"language's name", kith.Language, "English", "", kith.CodeNotAllowed},
	{"private use", kith.Language, "x-ada", "", kith.CodeNotAllowed},

	{"timezone", kith.Timezone, "Africa/Johannesburg", "Africa/Johannesburg", ""},
	{"three steps", kith.Timezone, "America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires", ""},
	{"UTC", kith.Timezone, "UTC", "UTC", ""},
	{"with a sign", kith.Timezone, "Etc/GMT+5", "Etc/GMT+5", ""},
	{"the machine's", kith.Timezone, "Local", "", kith.CodeNotAllowed},
	{"no timezone", kith.Timezone, "Mars/Olympus", "", kith.CodeNotAllowed},
	{"another file", kith.Timezone, "../../etc/passwd", "", kith.CodeNotAllowed},
	{"the machine's folder", kith.Timezone, "posix/Europe/Berlin", "", kith.CodeNotAllowed},
	{"an offset", kith.Timezone, "+02:00", "", kith.CodeNotAllowed},

	{"website", kith.Website, "https://example.org/me?a=b#c", "https://example.org/me?a=b#c", ""},
	{"website with a port", kith.Website, "http://localhost:8080", "http://localhost:8080", ""},
	{"script", kith.Website, "javascript:alert(1)", "", kith.CodeBadFormat},
	{"data", kith.Website, "data:text/html,x", "", kith.CodeBadFormat},
	{"no scheme", kith.Website, "example.org", "", kith.CodeBadFormat},
	{"relative scheme", kith.Website, "//example.org", "", kith.CodeBadFormat},
	{"no host", kith.Website, "https:///me", "", kith.CodeBadFormat},
	{"only a port", kith.Website, "https://:443", "", kith.CodeBadFormat},
	{"a user that passes for the host", kith.Website, "https://example.org@evil.example", "", kith.CodeBadFormat},
	{"space", kith.Website, "https://example.org/a b", "", kith.CodeBadFormat},
	{"backslash", kith.Website, `https://example.org\@evil.example`, "", kith.CodeBadFormat},
	{"website too long", kith.Website, "https://example.org/" + strings.Repeat("a", 181), "", kith.CodeTooLong},

	{"gender", kith.Gender, "not_specified", "not_specified", ""},
	{"no gender of the list", kith.Gender, "Male", "", kith.CodeNotAllowed},
	{"title", kith.Title, "mx", "mx", ""},
	{"no title of the list", kith.Title, "sir", "", kith.CodeNotAllowed},
	{"marital status", kith.MaritalStatus, "widowed", "widowed", ""},
	{"no status of the list", kith.MaritalStatus, "complex", "", kith.CodeNotAllowed},
}

func TestNormaliseAttribute(t *testing.T) {
	for _, tt := range attributeCases {
		t.Run(tt.name, func(t *testing.T) {
			change, err := normaliseProfile(kith.ProfileChange{tt.attribute: tt.value}, today)
			if tt.code == "" {
				if got := change[tt.attribute]; err != nil || got != tt.want {
					t.Errorf("%s %q = %q, %v; want %q", tt.attribute, tt.value, got, err, tt.want)
				}
				return
			}
			e, ok := errors.AsType[*kith.Error](err)
			if !ok || e.Kind != kith.Invalid || e.Code != tt.code || e.Field != tt.attribute.String() {
				t.Errorf("%s %q: error %#v; want Invalid, code %s", tt.attribute, tt.value, err, tt.code)
			}
		})
	}
}

func TestNormaliseProfile(t *testing.T) {
	t.Run("every bad attribute is named, in order", func(t *testing.T) {
		_, err := normaliseProfile(kith.ProfileChange{
			kith.TaxResidency: "XX", kith.FirstName: "a\x00", kith.LastName: "Lovelace", kith.BirthDate: "soon",
		}, today)
		var fields []string
		for _, e := range kith.Errors(err) {
			fields = append(fields, e.Field)
		}
		if want := []string{"first_name", "birth_date", "tax_residency"}; !reflect.DeepEqual(fields, want) {
			t.Errorf("bad fields %v; want %v", fields, want)
		}
	})
	t.Run("empty clears every attribute", func(t *testing.T) {
		change := kith.ProfileChange{}
		for a := range kith.AttributeCount {
			change[a] = ""
		}
		normal, err := normaliseProfile(change, today)
		if err != nil || !maps.Equal(normal, change) {
			t.Errorf("got %v, %v; want every attribute cleared", normal, err)
		}
	})
	t.Run("the caller's change stays as it was", func(t *testing.T) {
		change := kith.ProfileChange{kith.Nationality: "za"}
		if _, err := normaliseProfile(change, today); err != nil || change[kith.Nationality] != "za" {
			t.Errorf("change is now %v (%v)", change, err)
		}
	})
}

func TestCheckCountry(t *testing.T) {
	assigned := 0
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			if !CheckCountry(code) {
				continue
			}
			assigned++
			if region, err := language.ParseRegion(code); err != nil || !region.IsCountry() || region.Canonicalize() != region {
				t.Errorf("%s is taken, but is no country of CLDR's (%v)", code, err)
			}
		}
	}
	if assigned != 249 {
		t.Errorf("%d codes are taken; ISO 3166-1 assigns 249", assigned)
	}
	for _, no := range []string{"", "Z", "A ", " A", "AD AE", "Zz", "XK", "EU"} {
		if CheckCountry(no) {
			t.Errorf("%q is taken", no)
		}
	}
	if !CheckCountry("za") {
		t.Error("lower case is refused")
	}
}

func TestCheckSlug(t *testing.T) {
	for _, tt := range []struct{ in, want, code string }{
		{"acme", "acme", ""},
		{"ACME-Bank-2", "acme-bank-2", ""},
		{"1", "1", ""},
		{strings.Repeat("a", 63), strings.Repeat("a", 63), ""},
		{strings.Repeat("a", 64), "", kith.CodeTooLong},
		{"", "", kith.CodeRequired},
		{"-acme", "", kith.CodeBadFormat},
		{"acme bank", "", kith.CodeBadFormat},
		{"acme_bank", "", kith.CodeBadFormat},
		{"acme/..", "", kith.CodeBadFormat},
		{"acmé", "", kith.CodeBadFormat},
		{"\u212aith", "", kith.CodeBadFormat},
		{"acme\x00", "", kith.CodeBadFormat},
		{"Admin", "", kith.CodeNotAllowed},
		{"www", "", kith.CodeNotAllowed},
	} {
		got, err := CheckSlug(tt.in)
		if got != tt.want || (err == nil) != (tt.code == "") || err != nil && kith.AsError(err).Code != tt.code {
			t.Errorf("CheckSlug(%q) = %q, %v; want %q, code %q", tt.in, got, err, tt.want, tt.code)
		}
	}
}

// object reads JSON as a decoder would hand it over.
func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCheckMetadata(t *testing.T) {
	nested := func(depth int) string {
		return strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth)
	}
	text := func(length int) string { return `{"a":"` + strings.Repeat("<", length-len(`{"a":""}`)) + `"}` }
	for _, tt := range []struct{ name, json, code string }{
		{"none", `null`, ""},
		{"empty", `{}`, ""},
		{"every kind of value", `{"a":1,"b_c":"x","_d":true,"E2":[1,{"f":2}],"g":{"h":-1e3}}`, ""},
		{"two underscores", `{"a__b":1}`, kith.CodeBadFormat},
		{"two underscores inside", `{"a":[{"b__c":1}]}`, kith.CodeBadFormat},
		{"dash", `{"a-b":1}`, kith.CodeBadFormat},
		{"letter beyond ASCII", `{"ä":1}`, kith.CodeBadFormat},
		{"empty key", `{"":1}`, kith.CodeBadFormat},
		{"null", `{"a":null}`, kith.CodeNotAllowed},
		{"null in an array", `{"a":[null]}`, kith.CodeNotAllowed},
		{"as deep as may be", nested(10), ""},
		{"too deep", nested(11), kith.CodeOutOfRange},
		{"arrays too deep", `{"a":` + strings.Repeat("[", 10) + strings.Repeat("]", 10) + "}", kith.CodeOutOfRange},
		{"as large as may be", text(104857), ""},
		{"too large", text(104858), kith.CodeTooLong},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := CheckMetadata(object(t, tt.json))
			if (err == nil) != (tt.code == "") || err != nil && (kith.AsError(err).Code != tt.code || kith.AsError(err).Field != "metadata") {
				t.Errorf("got %v; want code %q", err, tt.code)
			}
		})
	}
	if err := CheckMetadata(map[string]any{"a": make(chan int)}); kith.AsError(err).Code != kith.CodeWrongType {
		t.Errorf("a value that is no JSON: %v", err)
	}
}

// TestMergePatch runs the examples of RFC 7386, appendix A, that have objects on both sides.
func TestMergePatch(t *testing.T) {
	for _, tt := range []struct{ old, patch, want string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `null`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{`null`, `{"a":"b","c":null}`, `{"a":"b"}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		{`{"a":"b"}`, `null`, `{"a":"b"}`},
	} {
		old, patch := object(t, tt.old), object(t, tt.patch)
		got := MergePatch(old, patch)
		if !reflect.DeepEqual(got, object(t, tt.want)) {
			t.Errorf("%s with %s = %v; want %s", tt.old, tt.patch, got, tt.want)
		}
		if !reflect.DeepEqual(old, object(t, tt.old)) || !reflect.DeepEqual(patch, object(t, tt.patch)) {
			t.Errorf("%s with %s: an argument was changed, to %v and %v", tt.old, tt.patch, old, patch)
		}
	}
}

// FuzzNormaliseAttribute holds that what is stored would be stored as it is when given again.
func FuzzNormaliseAttribute(f *testing.F) {
	for _, s := range []string{" Zoe\u0308 ", "1990-02-28", "za", "pt_br", "Africa/Johannesburg", "https://example.org", "mx", "i-klingon", "\u0344"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for a := range kith.AttributeCount {
			stored, refusal := normaliseAttribute(a, value, today)
			if refusal != nil {
				continue
			}
			if again, refusal := normaliseAttribute(a, stored, today); refusal != nil || again != stored {
				t.Errorf("%s %q is stored as %q, and that as %q (%v)", a, value, stored, again, refusal)
			}
		}
	})
}
