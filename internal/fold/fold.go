// Package fold brings text into the form in which it is searched, so that zoe finds Zoë.
//
// It owns that form and nothing else. What is unique, such as an e-mail address, is folded by
// core/directory, and more strictly: there two spellings of one name are a fault, here a convenience.
package fold

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Text folds s: NFKC and full case folding (Unicode §3.13), letters of the Latin, Greek and Cyrillic
// scripts without their accents, white space as single blanks, and no control characters. The marks of
// other scripts tell words apart and stay.
func Text(s string) string {
	if plain(s) {
		return s
	}
	s = norm.NFD.String(norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s))))
	var out strings.Builder
	blank := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			blank = true
			continue
		case accent(r), unicode.IsControl(r), r == unicode.ReplacementChar, r == unicode.MaxRune:
			continue
		}
		if blank && out.Len() > 0 {
			out.WriteByte(' ')
		}
		blank = false
		if base, ok := strokes[r]; ok {
			out.WriteString(base)
		} else {
			out.WriteRune(r)
		}
	}
	return norm.NFC.String(out.String())
}

// plain reports whether folding would change nothing, as for most addresses and numbers.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

// accent reports whether a mark is one of those that European scripts put on letters (U+0300 to U+036F).
func accent(r rune) bool { return 0x300 <= r && r <= 0x36f }

// strokes are letters that Unicode does not take apart, and what people type for them.
var strokes = map[rune]string{'ł': "l", 'ø': "o", 'đ': "d", 'ħ': "h", 'ŧ': "t", 'ı': "i", 'æ': "ae", 'œ': "oe", 'ð': "d", 'þ': "th"}

// Words splits folded text at its blanks.
func Words(folded string) []string { return strings.Fields(folded) }
