package kith

import (
	"strings"
	"unicode/utf8"
)

// MaxName is how long a name may be that is given as one, in code points.
const MaxName = 80

// SplitName writes a name that was given as one as attributes, so that User.Name gives it again: the first name is the
// first word and, as far as it takes for both to fit, the words after it; the rest is the last name. A word that fits
// neither makes the whole a legal name. White space counts once. It fails with Invalid for the field name.
func SplitName(name string) (ProfileChange, error) {
	words := strings.Fields(name)
	name = strings.Join(words, " ")
	switch {
	case name == "":
		return nil, BadField("name", CodeRequired, "This field may not be empty.")
	case utf8.RuneCountInString(name) > MaxName:
		return nil, BadField("name", CodeTooLong, "This may have at most 80 characters.")
	}
	most := FirstName.Max() // and the last name's
	for i := 1; i <= len(words); i++ {
		first, last := strings.Join(words[:i], " "), strings.Join(words[i:], " ")
		if utf8.RuneCountInString(first) <= most && utf8.RuneCountInString(last) <= most {
			return ProfileChange{FirstName: first, MiddleName: "", LastName: last}, nil
		}
	}
	return ProfileChange{FirstName: "", MiddleName: "", LastName: "", LegalName: name}, nil
}
