package web

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kith"
)

// The setters below put a value where it belongs and note whatever bound it breaks.

func (d *decoder) setString(n *node, v reflect.Value, s string) {
	v.SetString(s)
	b := &n.bounds
	if strings.IndexByte(s, 0) >= 0 {
		d.add(kith.CodeBadFormat, errNUL.Message)
		return
	}
	if s == "" && b.minLength > 0 {
		d.add(kith.CodeRequired, "This may not be empty.")
		return
	}
	length := len(s)
	if length > b.maxLength || length < 4*b.minLength {
		length = utf8.RuneCountInString(s)
	}
	switch {
	case length < b.minLength:
		d.add(kith.CodeTooShort, "This takes at least "+strconv.Itoa(b.minLength)+" characters.")
	case length > b.maxLength:
		d.add(kith.CodeTooLong, "This takes at most "+strconv.Itoa(b.maxLength)+" characters.")
	case b.enum != nil && !slices.Contains(b.enum, s):
		d.add(kith.CodeNotAllowed, "This must be one of: "+strings.Join(b.enum, ", ")+".")
	case b.pattern != nil && !b.pattern.MatchString(s):
		d.add(kith.CodeBadFormat, "This has the wrong form.")
	case !formatted(b.format, s):
		d.add(kith.CodeBadFormat, "This must be a "+b.format+".")
	}
}

// formatted checks the formats that have one definite reading. The others only document: the core
// knows better what an e-mail is.
func formatted(format, s string) bool {
	switch format {
	case "date": // RFC 3339 full-date
		_, err := time.Parse(time.DateOnly, s)
		return err == nil
	case "uuid":
		_, err := kith.ParseID[struct{}](s)
		return err == nil
	}
	return true
}

func (d *decoder) setNumber(n *node, v reflect.Value, text string) {
	value, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil && !math.IsInf(value, 0):
		d.add(kith.CodeWrongType, expected[n.kind])
	case n.kind == kindInt && strings.ContainsAny(text, ".eE"):
		d.add(kith.CodeWrongType, expected[n.kind])
	case value < n.bounds.minimum || value > n.bounds.maximum:
		d.add(kith.CodeOutOfRange, outOfRange(n))
	case n.kind == kindFloat:
		v.SetFloat(value)
	default:
		// Not from the float64: 2^53+1 rounds to 2^53, which is within the bounds.
		whole, err := strconv.ParseInt(text, 10, 64)
		if err != nil || whole > defaultMaximum || whole < -defaultMaximum || v.OverflowInt(whole) {
			d.add(kith.CodeOutOfRange, outOfRange(n))
			return
		}
		v.SetInt(whole)
	}
}

func outOfRange(n *node) string {
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	return "This must lie between " + number(n.bounds.minimum) + " and " + number(n.bounds.maximum) + "."
}

func (d *decoder) checkCount(n *node, count int) {
	if count > n.bounds.maxItems {
		d.add(kith.CodeTooLong, "This takes at most "+strconv.Itoa(n.bounds.maxItems)+" items.")
	}
}

// noNUL gives s back, and notes a NUL in it: PostgreSQL cannot store one.
func (d *decoder) noNUL(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		d.add(kith.CodeBadFormat, errNUL.Message)
	}
	return s
}

// freeNumber reads a number that no tag bounds. A whole number beyond ±2^53 is refused rather than
// rounded behind the caller's back.
func (d *decoder) freeNumber(text string) float64 {
	value, err := strconv.ParseFloat(text, 64)
	whole := !strings.ContainsAny(text, ".eE")
	if exact, inexact := strconv.ParseInt(text, 10, 64); err != nil || whole &&
		(inexact != nil || exact > defaultMaximum || exact < -defaultMaximum) {
		d.add(kith.CodeOutOfRange, "A number is too large to be kept exactly: write it as a string.")
	}
	return value
}
