package resource

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

var moment = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		operator      string
		value, wanted any
		want          bool
	}{
		{"contains", "Ada Lovelace", "LOVE", true}, {"contains", "Ada", "b", false}, {"contains", "Ada", "", true},
		{"contains", nil, "", false}, {"contains", "27", 7.0, true}, {"contains", "a%b", "%", true}, {"contains", "ab", "%", false},
		{"not contains", "Ada", "b", true}, {"not contains", nil, "b", true},
		{"begins with", "Ada", "aD", true}, {"begins with", "Ada", "da", false}, {"ends with", "Ada", "DA", true},
		{"like", "Ada", "A%", true}, {"like", "Ada", "a%", false}, {"like", "Ada", "A_a", true}, {"like", "Ada", "Ada", true},
		{"like", "Ada", "Ad", false}, {"like", "Ada", "%d%", true}, {"like", "Ada", "%", true}, {"like", "", "%", true},
		{"like", "", "_", false}, {"like", "aab", "%a_", true}, {"like", "a", "a%a", false}, {"like", "éa", "_a", true},
		{"not like", "Ada", "a%", true}, {"ilike", "Ada", "a%A", true}, {"not ilike", "Ada", "a%A", false},
		{"is", "a", "a", true}, {"eq", "a", "A", false}, {"is", nil, nil, true}, {"is", "", nil, false}, {"is", "7", 7.0, true},
		{"is", true, true, true}, {"is", true, 1.0, true}, {"is", false, "false", true}, {"is", int64(7), 7.0, true}, {"is", int64(7), "7", true},
		{"is", moment, "2026-03-02T10:00:00+01:00", true}, {"is", moment, "2026-03-02", false}, {"is", nil, "a", false},
		{"is not", "a", "b", true}, {"neq", nil, "b", true}, {"is not", nil, nil, false},
		{"in", "b", []any{"a", "b"}, true}, {"any of", "b", "a, b", true}, {"in", int64(2), []any{1.0, 2.0}, true}, {"in", "c", []any{}, false},
		{"none of", "c", "a,b", true}, {"none of", nil, "a,b", true}, {"in", nil, []any{nil}, true},
		{"before", moment, "2026-03-03", true}, {"before", moment, "2026-03-02T09:00:00Z", false}, {"after", moment, "2026-03-02", true},
		{"after", nil, "2026-03-02", false}, {"more than", int64(7), 6.0, true}, {"less than", int64(7), "6", false}, {"less than", nil, 6.0, false},
		{"more than", moment, "2026-03-02T08:59:59.999Z", true},
		{"is empty", nil, nil, true}, {"is empty", "", "anything", true}, {"is empty", false, nil, false},
		{"is true", true, nil, true}, {"is true", nil, nil, false}, {"is false", nil, nil, true}, {"is false", true, nil, false},
		{"fuzzy", "Zoë van Dyk", "dyk ZOE", true}, {"fuzzy", "Zoë", "zoe dyk", false}, {"fuzzy_any", "Zoë", "zoe dyk", true},
		{"fuzzy_all", "Zoë", "zoe dyk", false}, {"fuzzy", "Zoë", " ", true}, {"fuzzy_any", "Zoë", " ", false},
	} {
		o, ok := OperatorNamed(tt.operator)
		if got, err := o.Match(tt.value, tt.wanted); !ok || err != nil || got != tt.want {
			t.Errorf("%v %s %v: %v, %v; known %v", tt.value, tt.operator, tt.wanted, got, err, ok)
		}
	}
}

func TestMatchRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		operator      Operator
		value, wanted any
	}{
		{Contains, "a", nil}, {Contains, true, "a"}, {Like, "a", []any{"a"}}, {Is, "a", []any{"a"}}, {Is, true, "yes"}, {Is, int64(1), "one"},
		{Is, int64(1), "inf"}, {Is, moment, "soon"}, {In, "a", 7.0}, {In, "a", []any{[]any{}}}, {Before, moment, 7.0}, {Before, int64(1), "2026-03-02"},
		{MoreThan, "a", "b"}, {LessThan, int64(1), "many"}, {IsTrue, "a", nil}, {Fuzzy, "a", true}, {"sounds like", "a", "a"},
	} {
		if got, err := tt.operator.Match(tt.value, tt.wanted); err == nil || got {
			t.Errorf("%v %s %v: %v, no error", tt.value, tt.operator, tt.wanted, got)
		}
	}
	for _, word := range []string{"", "IS", "is  not", "sounds like", "=", "1=1"} {
		if o, ok := OperatorNamed(word); ok {
			t.Errorf("%q is %q", word, o)
		}
	}
}

// TestDenials: what denies holds exactly where the other does not.
func TestDenials(t *testing.T) {
	t.Parallel()
	for o, other := range map[Operator]Operator{Contains: NotContains, Like: NotLike, ILike: NotILike, Is: IsNot, In: NoneOf} {
		for _, value := range []any{nil, "", "a", "b", "A%"} {
			for _, wanted := range []string{"", "a", "%", "a,b", "_"} {
				yes, err1 := o.Match(value, wanted)
				no, err2 := other.Match(value, wanted)
				if yes == no || err1 != nil || err2 != nil {
					t.Errorf("%v %s %q: %v and %v, %v %v", value, o, wanted, yes, no, err1, err2)
				}
			}
		}
	}
}

// FuzzLike holds patterns to what regular expressions say of them.
func FuzzLike(f *testing.F) {
	f.Add("Ada Lovelace", "%a_L%e")
	f.Add(strings.Repeat("a", 70)+"b", "%"+strings.Repeat("_", 64)+"b%")
	f.Add("abcabd", "%ab_d%")
	f.Fuzz(func(t *testing.T, text, pattern string) {
		if len(pattern) > 300 { // beyond what the other side takes
			return
		}
		text, pattern = strings.ToValidUTF8(text, "?"), strings.ToValidUTF8(pattern, "?")
		quoted := strings.ReplaceAll(strings.ReplaceAll(regexp.QuoteMeta(pattern), "%", ".*"), "_", ".")
		want := regexp.MustCompile(`(?s)\A` + quoted + `\z`).MatchString(text)
		if got := like(text, pattern); got != want {
			t.Errorf("%q like %q: %v, want %v", text, pattern, got, want)
		}
	})
}

// FuzzMatch: no operator panics, whatever it compares.
func FuzzMatch(f *testing.F) {
	f.Add("Ada", "a", 7.0, true)
	f.Fuzz(func(t *testing.T, text, wanted string, number float64, flag bool) {
		for _, o := range Operators() {
			for _, value := range []any{text, flag, int64(number), moment, nil} {
				for _, w := range []any{wanted, number, flag, nil, []any{wanted, number}, map[string]any{}} {
					if got, err := o.Match(value, w); got && err != nil {
						t.Errorf("%v %s %v: both true and %v", value, o, w, err)
					}
				}
			}
		}
	})
}

func BenchmarkLike(b *testing.B) {
	text, pattern := strings.Repeat("a", 1000), "%"+strings.Repeat("_", 400)+"b%"
	for b.Loop() {
		like(text, pattern)
	}
}
