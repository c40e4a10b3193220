package web

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold maps all spellings of a name that differ only in case to one. It uses Unicode's simple
// folding, as encoding/json does when it matches names: what a careless reader elsewhere would take
// for the same field must be the same here too.
func Fold(name string) string {
	ascii := true
	for i := range len(name) {
		ascii = ascii && name[i] < utf8.RuneSelf
	}
	if ascii {
		return strings.ToLower(name)
	}
	return strings.Map(foldRune, name)
}

// foldRune gives the smallest rune of r's folding orbit, in lower case if that is ASCII.
func foldRune(r rune) rune {
	smallest := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		smallest = min(smallest, next)
	}
	if 'A' <= smallest && smallest <= 'Z' {
		smallest += 'a' - 'A'
	}
	return smallest
}
