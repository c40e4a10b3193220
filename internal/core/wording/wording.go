// Package wording brings what people type into one form, and says what is wrong with it: names,
// descriptions, addresses of pages. It knows no noun and reads nothing. The errors name no field.
package wording

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kith"
)

var (
	// ErrText refuses text with characters that cannot be seen.
	ErrText = kith.BadField("", kith.CodeBadFormat, "Remove what cannot be seen: line breaks, control characters or marks that turn the writing direction.")
	// ErrURL refuses what is no address of a page.
	ErrURL = kith.BadField("", kith.CodeBadFormat, "Enter a full web address that starts with https:// or http://.")
)

// TooLong refuses text of more than most code points.
func TooLong(most int) *kith.Error {
	return kith.BadField("", kith.CodeTooLong, "Use at most "+strconv.Itoa(most)+" characters.")
}

// Normalise composes text (NFC), takes off the spaces around it and holds it to most code
// points. Nothing inside may be invisible, save the joiners that some scripts spell with.
func Normalise(text string, most int) (string, *kith.Error) {
	if len(text) > most*utf8.UTFMax*2 { // composing shortens, but never to less than half
		return "", TooLong(most)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, isHidden) {
		return "", ErrText
	}
	text = norm.NFC.String(strings.TrimSpace(text))
	if utf8.RuneCountInString(text) > most {
		return "", TooLong(most)
	}
	return text, nil
}

func isHidden(r rune) bool {
	const zwnj, zwj = '\u200c', '\u200d'
	return r != zwnj && r != zwj && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// CheckURL refuses what is not an absolute http or https URL of at most most code points. "" is
// fine. The *kith.Error names no field.
func CheckURL(s string, most int) error {
	switch {
	case s == "":
		return nil
	case utf8.RuneCountInString(s) > most:
		return TooLong(most)
	case !IsURL(s):
		return ErrURL
	}
	return nil
}

// IsURL reports whether browsers would follow s to a host over HTTP. A user before the host is
// refused, since it passes for the host itself.
func IsURL(s string) bool {
	if strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == '\\' || r == utf8.RuneError
	}) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}
