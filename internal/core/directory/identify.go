package directory

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/net/idna"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"kith"
)

// Bounds of identifiers, in bytes: RFC 5321 §4.5.3.1 for e-mail (its path of 256 less the brackets).
const (
	maxEmail    = 254
	maxLocal    = 64
	maxDomain   = 253
	maxLabel    = 63
	maxMobile   = 40 // as typed, with its punctuation; E.164 itself has 15 digits
	maxUsername = 150
)

// Identify turns what somebody typed into the value of an identifier: shown is what people see,
// folded what is compared and unique. Folding what is shown gives the same again.
//
// Two spellings of one name either fold alike or one of them is refused: input that Unicode's
// NFKC case folding would change beyond letter case is never repaired (UTS #39, UAX #31).
// The error is a *kith.Error of kind Invalid whose field is the kind's word.
func Identify(kind kith.IdentifierKind, input string) (shown, folded string, err error) {
	refusal := kith.BadField(kind.String(), kith.CodeNotAllowed, "This kind of identifier is not known.")
	switch {
	case input == "":
		refusal = kith.BadField(kind.String(), kith.CodeRequired, "This field may not be empty.")
	case kind == kith.Email:
		shown = input
		folded, refusal = foldEmail(input)
	case kind == kith.Mobile:
		folded, refusal = foldMobile(input)
		shown = folded
	case kind == kith.Username:
		folded, refusal = foldUsername(input)
		shown = folded
	}
	if refusal != nil {
		return "", "", refusal
	}
	return shown, folded, nil
}

// Candidate is one thing that a typed name may mean: a user's id, or else an identifier.
type Candidate struct {
	User   kith.UserID         // zero unless the name is an id
	Kind   kith.IdentifierKind // 0 if the name is an id
	Folded string              // "" if the name is an id
}

// Classify tells what the name typed at sign-in may mean, likeliest first. Spaces around it are
// forgiven, since no identifier has any. Nonsense gives nothing.
//
// An id, an e-mail address and a mobile number are never usernames as well, so that nobody can
// take a username that is somebody else's address.
func Classify(input string) []Candidate {
	input = strings.Trim(input, " ")
	if id, err := kith.ParseID[kith.User](input); err == nil {
		return []Candidate{{User: id}}
	}
	var candidates []Candidate
	for _, kind := range []kith.IdentifierKind{kith.Email, kith.Mobile, kith.Username} {
		if _, folded, err := Identify(kind, input); err == nil {
			candidates = append(candidates, Candidate{Kind: kind, Folded: folded})
		}
	}
	return candidates
}

var (
	errEmail      = kith.BadField(kith.Email.String(), kith.CodeBadFormat, "Enter an e-mail address such as ada@example.org.")
	errEmailSpace = kith.BadField(kith.Email.String(), kith.CodeBadFormat, "Remove the spaces: an e-mail address has none.")
	errEmailLong  = kith.BadField(kith.Email.String(), kith.CodeTooLong, "Use an e-mail address of at most 254 characters, 64 before the @.")
	errEmailForm  = kith.BadField(kith.Email.String(), kith.CodeNotAllowed, "Type the address with ordinary letters: it has a character that looks like another or cannot be seen.")
	errDomain     = kith.BadField(kith.Email.String(), kith.CodeBadFormat, "Check the part after the @: it is not a domain such as example.org.")
)

// foldEmail folds an address: the local part to lower case, the domain to its ASCII form
// (RFC 5891 A-labels). Dots and what follows a plus count, since only the receiving host knows
// whether they do. Quoted local parts, comments, display names and address literals are refused.
func foldEmail(input string) (string, *kith.Error) {
	switch {
	case len(input) > maxEmail:
		return "", errEmailLong
	case !utf8.ValidString(input) || strings.ContainsFunc(input, unicode.IsControl):
		return "", errEmail
	case strings.ContainsFunc(input, unicode.IsSpace):
		return "", errEmailSpace
	case !plain(input):
		return "", errEmailForm
	}
	local, domain, found := strings.Cut(strings.ToLower(input), "@")
	if !found || !isDotAtom(local) {
		return "", errEmail
	}
	ascii, ok := foldDomain(domain)
	if !ok {
		return "", errDomain
	}
	if len(local) > maxLocal || len(local)+len("@")+len(ascii) > maxEmail {
		return "", errEmailLong
	}
	return local + "@" + ascii, nil
}

// plain reports whether letter case is all that may be folded away in s. Both directions are
// asked, because a host that compares in upper case would take ı for i.
func plain(s string) bool {
	lower := strings.ToLower(s)
	return norm.NFKC.IsNormalString(s) &&
		norm.NFKC.String(cases.Fold().String(s)) == lower &&
		strings.ToLower(strings.ToUpper(s)) == lower &&
		!strings.ContainsFunc(s, invisible)
}

// invisible reports whether r may leave no trace on the screen or turn the writing direction.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// isDotAtom reports whether s is a local part without quotes (RFC 5322 §3.2.3), where letters,
// marks and digits of any script are atoms (RFC 6532 §3.2).
func isDotAtom(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" {
			return false
		}
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !isWord(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~.", r)
	})
}

func isWord(r rune) bool { return unicode.In(r, unicode.L, unicode.M, unicode.N) }

// foldDomain gives the ASCII form of a domain of at least two labels.
func foldDomain(domain string) (string, bool) {
	if strings.ContainsFunc(domain, func(r rune) bool { return !isWord(r) && r != '-' && r != '.' }) {
		return "", false
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || len(ascii) > maxDomain {
		return "", false
	}
	labels := strings.Split(ascii, ".")
	for _, label := range labels {
		if label == "" || len(label) > maxLabel {
			return "", false
		}
	}
	// An A-label that decodes to something else's spelling is a second name for that domain.
	unicodeForm, err := idna.Lookup.ToUnicode(ascii)
	if err != nil {
		return "", false
	}
	if again, err := idna.Lookup.ToASCII(unicodeForm); err != nil || again != ascii {
		return "", false
	}
	// A last label of digits is an IPv4 address or nothing (RFC 3696 §2).
	last := labels[len(labels)-1]
	return ascii, len(labels) > 1 && strings.Trim(last, "0123456789") != ""
}

var (
	errMobilePlus = kith.BadField(kith.Mobile.String(), kith.CodeBadFormat, "Start with + and the country code, for example +27831234567.")
	errMobileChar = kith.BadField(kith.Mobile.String(), kith.CodeBadFormat, "Use digits only, with spaces, dots, dashes or parentheses between them.")
	errMobile     = kith.BadField(kith.Mobile.String(), kith.CodeNotAllowed, "This is not a number that exists; check the country code and the digits.")
)

// foldMobile gives the E.164 form of an international number. There is no default country, so the
// same digits mean the same number to everyone.
func foldMobile(input string) (string, *kith.Error) {
	rest, found := strings.CutPrefix(input, "+")
	if !found {
		return "", errMobilePlus
	}
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.()", r) {
			return -1
		}
		return r
	}, rest)
	if len(input) > maxMobile || strings.Trim(digits, "0123456789") != "" {
		return "", errMobileChar
	}
	number, err := phonenumbers.Parse("+"+digits, "")
	// Possible is enough: number ranges open faster than any list of them, and the code we send is the
	// only proof that a number lives.
	if err != nil || !phonenumbers.IsPossibleNumber(number) {
		return "", errMobile
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}

// rangeDigits are how many digits after the country's code tell ranges of numbers apart: enough to know a
// network or a region.
const rangeDigits = 2

// NumberRange gives the first digits of a mobile number as compared, and reports whether it is one. Numbers
// of one range are sold together.
func NumberRange(folded string) (string, bool) {
	if !strings.HasPrefix(folded, "+") || strings.Contains(folded, "@") {
		return "", false
	}
	number, err := phonenumbers.Parse(folded, "")
	if err != nil {
		return "", false
	}
	end := min(len("+")+len(strconv.Itoa(int(number.GetCountryCode())))+rangeDigits, len(folded))
	return folded[:end], true
}

var (
	errUsernameLong  = kith.BadField(kith.Username.String(), kith.CodeTooLong, "Use at most 150 characters.")
	errUsernameChar  = kith.BadField(kith.Username.String(), kith.CodeBadFormat, "Use the letters a to z, digits and @ . + - _ only.")
	errUsernameEmail = kith.BadField(kith.Username.String(), kith.CodeNotAllowed, "A username may not look like an e-mail address.")
	errUsernameDigit = kith.BadField(kith.Username.String(), kith.CodeNotAllowed, "A username may not look like a number: add a letter.")
	errUsernameID    = kith.BadField(kith.Username.String(), kith.CodeNotAllowed, "A username may not look like a user id.")
)

const usernameRunes = "abcdefghijklmnopqrstuvwxyz0123456789@.+-_"

// foldUsername folds a username, which is ASCII, to lower case.
func foldUsername(input string) (string, *kith.Error) {
	if len(input) > maxUsername {
		return "", errUsernameLong
	}
	// Each rune is asked before folding: some beyond ASCII have an ASCII lower case.
	for _, r := range input {
		if r > unicode.MaxASCII || !strings.ContainsRune(usernameRunes, unicode.ToLower(r)) {
			return "", errUsernameChar
		}
	}
	folded := strings.ToLower(input)
	if _, refusal := foldEmail(folded); refusal == nil {
		return "", errUsernameEmail
	}
	if strings.Trim(folded, "0123456789+-.") == "" {
		return "", errUsernameDigit
	}
	if _, err := kith.ParseID[kith.User](folded); err == nil {
		return "", errUsernameID
	}
	return folded, nil
}
