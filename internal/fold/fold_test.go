package fold_test

import (
	"testing"

	"kith/internal/fold"
)

// TestText: what people type without a thought for accents, case or width finds what others wrote with.
func TestText(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"zoe", "zoe"},
		{"Zoë", "zoe"},
		{"ZOE\u0308", "zoe"},
		{"Łukasz Święś", "lukasz swies"},
		{"Straße", "strasse"},
		{"Søren  Ærø\t", "soren aero"},
		{"ﬁne Ｗｉｄｅ", "fine wide"},
		{"Ἀθηνᾶ", "αθηνα"},
		{"Йосип", "иосип"},
		{"İstanbul Işık", "istanbul isik"},
		{"が", "が"}, // a mark of another script tells words apart
		{"नि", "नि"},
		{" a\x00b\u0007c\n", "abc"},
		{"a\xff", "a"},
	} {
		if got := fold.Text(tt.text); got != tt.want {
			t.Errorf("Text(%q) = %q, want %q", tt.text, got, tt.want)
		}
		if got := fold.Text(tt.want); got != tt.want {
			t.Errorf("Text(%q) = %q: folding twice is not folding once", tt.want, got)
		}
	}
}

// FuzzText: folding what is folded changes nothing, whatever the text.
func FuzzText(f *testing.F) {
	f.Add("Zoë Łukasz")
	f.Fuzz(func(t *testing.T, text string) {
		once := fold.Text(text)
		if twice := fold.Text(once); twice != once {
			t.Errorf("%q folds to %q and then to %q", text, once, twice)
		}
	})
}
