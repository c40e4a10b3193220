package pages

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"testing"
)

// TestWords: each language says everything that English does, with the same blanks to fill.
func TestWords(t *testing.T) {
	blank := regexp.MustCompile(`\{[^}]*\}`)
	var compare func(t *testing.T, where string, en, other reflect.Value)
	compare = func(t *testing.T, where string, en, other reflect.Value) {
		switch en.Kind() {
		case reflect.Struct:
			for i := range en.NumField() {
				compare(t, where+"."+en.Type().Field(i).Name, en.Field(i), other.Field(i))
			}
		case reflect.Slice:
			if en.Len() != other.Len() {
				t.Errorf("%s: %d paragraphs, want %d", where, other.Len(), en.Len())
				return
			}
			for i := range en.Len() {
				compare(t, where, en.Index(i), other.Index(i))
			}
		default:
			if (en.String() == "") != (other.String() == "") {
				t.Errorf("%s is %q", where, other)
			}
			for _, b := range blank.FindAllString(other.String(), -1) {
				if b != "{company}" && b != "{at}" && b != "{length}" {
					t.Errorf("%s has %s", where, b)
				}
			}
		}
	}
	for _, s := range spoken {
		t.Run(s.tag, func(t *testing.T) {
			compare(t, "words", reflect.ValueOf(english), reflect.ValueOf(*s.words))
		})
	}
	if english.Owner.Title == "" || english.Verify.No == "" || english.Set.Done == "" {
		t.Error("English is silent")
	}
}

// TestWordsAreKept: filling the blanks for one company leaves the words as they are for the next.
func TestWordsAreKept(t *testing.T) {
	lead := english.Deactivate.Lead[0]
	if _, said := wordsFor(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), nil); said.Deactivate.Lead[0] == lead {
		t.Fatal("no blank was filled")
	}
	if english.Deactivate.Lead[0] != lead {
		t.Errorf("the words are now %q", english.Deactivate.Lead[0])
	}
}
