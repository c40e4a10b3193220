package message_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kith/internal/core/message"
)

// leaves lists the strings of a template file by their place.
func leaves(t *testing.T, language string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("templates", language+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var all any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatalf("%s: %v", language, err)
	}
	found := make(map[string]string)
	var walk func(place string, v any)
	walk = func(place string, v any) {
		switch v := v.(type) {
		case string:
			found[place] = v
		case []any:
			for i, one := range v {
				walk(place+"."+strconv.Itoa(i), one)
			}
		case map[string]any:
			for name, one := range v {
				walk(place+"."+name, one)
			}
		}
	}
	walk("", all)
	return found
}

var placeholder = regexp.MustCompile(`\{.*?\}`)

// TestLanguagesAreComplete: what is said in English is said in every other language, about the same
// things, and nowhere is a string left empty or in English.
func TestLanguagesAreComplete(t *testing.T) {
	english := leaves(t, "en")
	for _, language := range message.Languages {
		words := leaves(t, language)
		same := 0
		for place, text := range english {
			other, ok := words[place]
			has, want := placeholder.FindAllString(other, -1), placeholder.FindAllString(text, -1)
			slices.Sort(has)
			slices.Sort(want)
			switch {
			case !ok || strings.TrimSpace(other) == "":
				t.Errorf("%s: %s is missing", language, place)
			case !reflect.DeepEqual(slices.Compact(has), slices.Compact(want)):
				t.Errorf("%s: %s speaks of %v, in English of %v", language, place, has, want)
			case other == text:
				same++
			}
		}
		for place := range words {
			if _, ok := english[place]; !ok {
				t.Errorf("%s: %s is not in English", language, place)
			}
		}
		if most := 3; language != "en" && same > most { // minute and minutes
			t.Errorf("%s: %d strings are those of English", language, same)
		}
	}
}

// TestKindsAreWorded: each kind that the code knows has words, and each has somebody who sends it.
func TestKindsAreWorded(t *testing.T) {
	source, err := parser.ParseFile(token.NewFileSet(), "message.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := make(map[string]bool)
	ast.Inspect(source, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Kind" {
				word, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				declared[word] = true
			}
		}
		return true
	})
	if len(declared) < 10 {
		t.Fatalf("found %d kinds only: the test reads the source wrongly", len(declared))
	}
	worded := make(map[string]bool)
	for _, name := range message.Samples() {
		kind := strings.TrimSuffix(name, "_link")
		worded[kind] = true
		if !declared[kind] {
			t.Errorf("%s is worded, but no such kind is declared", name)
		}
	}
	for kind := range declared {
		if !worded[kind] {
			t.Errorf("%s has no words: templates/*.json", kind)
		}
	}
}
