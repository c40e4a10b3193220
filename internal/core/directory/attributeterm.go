package directory

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/fold"
	"kith/internal/store"
)

// AttributeTerms gives the search terms of metadata under the company's schema in force, sorted. Values
// that are not of their attribute's type have none. They are spelled so that they sort as text, byte by
// byte.
func AttributeTerms(c *kith.Company, metadata map[string]any) []store.Term {
	return termsOf(&c.Attributes, metadata, func(int) bool { return true })
}

func termsOf(s *kith.AttributeSchema, metadata map[string]any, wanted func(number int) bool) []store.Term {
	var list []store.Term
	for _, key := range slices.Sorted(maps.Keys(s.Attributes)) {
		a := s.Attributes[key]
		if a.Number == 0 || !wanted(a.Number) {
			continue
		}
		if value, ok := spellTerm(a.Form, metadata[key]); ok {
			list = append(list, store.Term{Field: a.Number, Value: value})
		}
	}
	return list
}

// addAttributeTerms is the step that writes the search terms of a new user's metadata.
func addAttributeTerms(ctx context.Context, tx *gate.Tx, u *kith.User) error {
	if len(u.Metadata) == 0 {
		return nil
	}
	company, err := tx.Companies.Get(ctx) // its schema may be newer than the request
	if err != nil {
		return err
	}
	return tx.Users.PutTerms(ctx, u.ID, nil, AttributeTerms(company, u.Metadata))
}

// AttributeField is how users are found by one attribute.
type AttributeField struct {
	Number   int // of its search terms
	Form     kith.TermForm
	Building bool // terms of earlier users are still being written: they would be missed
}

// FieldOfAttribute gives how users are found by a metadata key; false if the key is not indexed.
func FieldOfAttribute(c *kith.Company, key string) (AttributeField, bool) {
	a := c.Attributes.Attributes[key]
	return AttributeField{a.Number, a.Form, slices.Contains(c.Attributes.Building, a.Number)}, a.Number > 0
}

// Prefixed reports whether the attribute's values can be asked for by how they begin.
func (f AttributeField) Prefixed() bool { return f.Form == kith.TermText }

// Spell gives the term of a value as somebody writes it into a filter; a text's is also the term of its
// beginning. Moments and days may be written as Unix milliseconds, as in other filters. It fails with
// Invalid, naming no field.
func (f AttributeField) Spell(typed string) (string, error) {
	var value any = typed
	switch f.Form {
	case kith.TermNumber:
		number, err := strconv.ParseFloat(typed, 64)
		if err != nil || math.IsNaN(number) {
			return "", kith.BadField("", kith.CodeWrongType, "Must be a number.")
		}
		value = number
	case kith.TermBoolean:
		value = typed == "true"
		if typed != "true" && typed != "false" {
			return "", kith.BadField("", kith.CodeWrongType, "Must be true or false.")
		}
	case kith.TermDate, kith.TermTime:
		if ms, err := strconv.ParseInt(typed, 10, 64); err == nil {
			value = time.UnixMilli(ms).UTC().Format(time.RFC3339Nano)
			if f.Form == kith.TermDate {
				value = time.UnixMilli(ms).UTC().Format(time.DateOnly)
			}
		}
	case kith.TermText:
	}
	term, ok := spellTerm(f.Form, value)
	if !ok {
		return "", kith.BadField("", kith.CodeBadFormat, "Must be "+formWords[f.Form]+".")
	}
	return term, nil
}

var formWords = map[kith.TermForm]string{kith.TermText: "text", kith.TermNumber: "a number", kith.TermBoolean: "true or false",
	kith.TermDate: "a calendar day as YYYY-MM-DD, or Unix milliseconds", kith.TermTime: "a time as 2026-03-02T09:00:00Z, or Unix milliseconds"}

// moment writes times so that they sort as text.
const moment = "2006-01-02T15:04:05.000000000Z"

// spellTerm gives the term of a value; false if the value is not of the form, or empty.
func spellTerm(form kith.TermForm, value any) (string, bool) {
	switch v := value.(type) {
	case float64:
		return sortable(v), form == kith.TermNumber
	case bool:
		return strconv.FormatBool(v), form == kith.TermBoolean
	case string:
		switch form {
		case kith.TermText:
			term := foldTerm(v)
			return term, term != ""
		case kith.TermDate:
			return v, checkDate(v) == nil
		case kith.TermTime:
			at, err := parseMoment(v)
			return at.Format(moment), err == nil
		case kith.TermNumber, kith.TermBoolean: // no text is
		}
	}
	return "", false
}

// sortable spells a number as 16 hexadecimal digits that sort as the numbers do: its bits, of which the
// sign is turned over, and all the others too below zero (IEEE 754).
func sortable(number float64) string {
	const sign = 1 << 63
	bits := math.Float64bits(number + 0) // -0 is 0
	if bits&sign != 0 {
		bits = ^bits
	} else {
		bits |= sign
	}
	return fmt.Sprintf("%016x", bits)
}

// maxTerm is how many bytes of a text are indexed.
const maxTerm = 120

// foldTerm folds a text as names are folded, and cuts it.
func foldTerm(text string) string {
	const most = 4 * maxTerm // folding shortens, but hardly more than so
	return cut(fold.Text(cut(text, most)), maxTerm)
}

// cut gives the first most bytes of a text, whole characters only.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}
