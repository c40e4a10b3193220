package signin

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kith"
)

// Lengths of passwords, in code points after NFC (NIST SP 800-63B-4 §3.1.1.2; the longest is the
// platform face's).
const (
	shortestPassword       = 15 // when it is the only factor
	shortestPasswordOfPair = 8  // when a second factor is forced
	longestPassword        = 128
)

// maxPasswordBytes bounds what is hashed, or even looked at.
const maxPasswordBytes = 1024

var (
	errPasswordEmpty  = kith.BadField("", kith.CodeRequired, "Choose a password.")
	errPasswordLong   = kith.BadField("", kith.CodeTooLong, fmt.Sprintf("Use at most %d characters.", longestPassword))
	errPasswordText   = kith.BadField("", kith.CodeBadFormat, "Use characters that can be typed: this is no valid UTF-8 text, or has a NUL.")
	errPasswordCommon = kith.BadField("", kith.CodePasswordWeak,
		"This is too easy to guess: common words, repetitions or neighbouring keys. Use several unrelated words.")
)

// ShortestPassword is how many characters a password that is chosen in a company of the mode needs at least.
func ShortestPassword(mode kith.CompanyMode) int {
	if mode == kith.Test {
		return 1
	}
	return shortestPassword
}

// CheckPassword refuses a password that may not be chosen in a company of the mode. A test company
// takes any that is not empty; a production company asks for length, and that it is neither
// commonly used nor made of words: the company's name and slug, and what the user is called. There
// is no rule about kinds of characters (NIST SP 800-63B-4 §3.1.1.2). The *kith.Error names no field.
func CheckPassword(mode kith.CompanyMode, password string, words ...string) error {
	if refusal := checkPassword(mode, shortestPassword, password, words); refusal != nil {
		return refusal
	}
	return nil
}

func checkPassword(mode kith.CompanyMode, shortest int, password string, words []string) *kith.Error {
	normal := norm.NFC.String(password[:min(len(password), maxPasswordBytes+1)])
	length := utf8.RuneCountInString(normal)
	switch {
	case password == "":
		return errPasswordEmpty
	case len(password) > maxPasswordBytes, len(normal) > maxPasswordBytes, length > longestPassword:
		return errPasswordLong
	case !hashable(normal):
		return errPasswordText
	case mode == kith.Test:
		return nil
	case length < shortest:
		return kith.BadField("", kith.CodeTooShort, fmt.Sprintf("Use at least %d characters; several words are easiest to remember.", shortest))
	}
	if word := containedWord(normal, words); word != "" {
		return kith.BadField("", kith.CodePasswordWeak, fmt.Sprintf("Leave out %q: whoever knows you or this company would try it first.", word))
	}
	if guessBits(normal, words) < enoughBits {
		return errPasswordCommon
	}
	return nil
}

// shortestWord is the length from which a password may not even contain a word. Shorter ones are in
// everything; guessBits counts them as known.
const shortestWord = 4

// containedWord finds the first of words that is in the password, whatever the case, the spaces and
// the usual stand-ins for letters.
func containedWord(password string, words []string) string {
	folded := foldPassword(password)
	plain, letters := squash(folded), squash(unleet.Replace(folded))
	for _, word := range words {
		w := squash(foldPassword(word))
		if utf8.RuneCountInString(w) >= shortestWord && (strings.Contains(plain, w) || strings.Contains(letters, w)) {
			return word
		}
	}
	return ""
}

// squash leaves letters and digits only.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}
