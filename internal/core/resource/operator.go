package resource

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"kith"
	"kith/internal/fold"
)

// Operator is how a condition compares a row's value with the one wanted. Those that deny another hold
// exactly where that one does not: a value that is not there contains nothing, and is not anything but nil.
type Operator string

// The operators.
const (
	Contains    Operator = "contains"     // the text is somewhere in it, whatever the case
	NotContains Operator = "not contains" // it is not
	BeginsWith  Operator = "begins with"  // it begins so, whatever the case
	EndsWith    Operator = "ends with"    // it ends so, whatever the case
	Like        Operator = "like"         // it is as the pattern says: % stands for any text, _ for any character
	NotLike     Operator = "not like"     // it is not
	ILike       Operator = "ilike"        // as like, whatever the case
	NotILike    Operator = "not ilike"    // it is not
	Is          Operator = "is"           // it is the value, or as little there as nil; also "eq"
	IsNot       Operator = "is not"       // it is not; also "neq"
	In          Operator = "in"           // it is one of the list, which may be a text with commas; also "any of"
	NoneOf      Operator = "none of"      // it is none of them
	Before      Operator = "before"       // the time lies before the time or day (UTC)
	After       Operator = "after"        // the time lies after the time, or after the day's first moment
	MoreThan    Operator = "more than"    // the number or time is greater
	LessThan    Operator = "less than"    // the number or time is smaller
	IsEmpty     Operator = "is empty"     // there is none, or an empty text
	IsTrue      Operator = "is true"      // the flag is set
	IsFalse     Operator = "is false"     // the flag is not set
	Fuzzy       Operator = "fuzzy"        // each word is somewhere in it, whatever their order, case and accents
	FuzzyAny    Operator = "fuzzy_any"    // some word is
	FuzzyAll    Operator = "fuzzy_all"    // each word is: fuzzy by another name
)

// Operators lists them all.
func Operators() []Operator {
	return []Operator{Contains, NotContains, BeginsWith, EndsWith, Like, NotLike, ILike, NotILike, Is, IsNot, In, NoneOf,
		Before, After, MoreThan, LessThan, IsEmpty, IsTrue, IsFalse, Fuzzy, FuzzyAny, FuzzyAll}
}

// synonyms are other words for operators.
var synonyms = map[string]Operator{"eq": Is, "neq": IsNot, "any of": In}

// OperatorNamed finds an operator by its word.
func OperatorNamed(text string) (Operator, bool) {
	if o, ok := synonyms[text]; ok {
		return o, true
	}
	o := Operator(text)
	return o, slices.Contains(Operators(), o)
}

var (
	errWantsText   = kith.BadField("value", kith.CodeWrongType, "This operator compares with a text.")
	errWantsTime   = kith.BadField("value", kith.CodeBadFormat, "This operator compares with a time (RFC 3339) or a day (YYYY-MM-DD).")
	errWantsNumber = kith.BadField("value", kith.CodeWrongType, "This operator compares with a number.")
	errWantsFlag   = kith.BadField("value", kith.CodeWrongType, "A flag is compared with true or false.")
	errWantsList   = kith.BadField("value", kith.CodeWrongType, "This operator compares with a list, or a text with commas.")
	errWantsOne    = kith.BadField("value", kith.CodeWrongType, "This operator compares with one value.")
	errNotText     = kith.BadField("operator", kith.CodeNotAllowed, "This operator compares texts, which this column does not hold.")
	errNotTime     = kith.BadField("operator", kith.CodeNotAllowed, "This operator compares times, which this column does not hold.")
	errNotSize     = kith.BadField("operator", kith.CodeNotAllowed, "This operator compares numbers and times, which this column does not hold.")
	errNotFlag     = kith.BadField("operator", kith.CodeNotAllowed, "This operator asks of flags, which this column does not hold.")
	errNoOperator  = kith.BadField("operator", kith.CodeNotAllowed, "There is no such operator.")
)

// Match reports whether a row's value (string, bool, int64, time.Time or nil) is to the wanted one, as JSON
// has it, as the operator says. It fails with Invalid where the two cannot be compared so, and takes time in
// proportion to the value's length.
func (o Operator) Match(value, wanted any) (bool, error) {
	switch o {
	case NotContains:
		return not(Contains.Match(value, wanted))
	case NotLike:
		return not(Like.Match(value, wanted))
	case NotILike:
		return not(ILike.Match(value, wanted))
	case IsNot:
		return not(Is.Match(value, wanted))
	case NoneOf:
		return not(In.Match(value, wanted))
	case Is:
		return same(value, wanted)
	case In:
		return among(value, wanted)
	case Before, After, MoreThan, LessThan:
		return o.ordered(value, wanted)
	case IsEmpty:
		return value == nil || value == "", nil
	case IsTrue, IsFalse:
		flag, ok := value.(bool)
		if !ok && value != nil {
			return false, errNotFlag
		}
		return flag == (o == IsTrue), nil
	default:
		return o.text(value, wanted)
	}
}

func not(is bool, err error) (bool, error) { return !is && err == nil, err }

// same reports whether a value is the wanted one, which may be spelled as a text whatever it is.
func same(value, wanted any) (bool, error) {
	switch wanted.(type) {
	case nil:
		return value == nil, nil
	case []any, map[string]any:
		return false, errWantsOne
	}
	switch v := value.(type) {
	case string:
		return v == spelled(wanted), nil
	case bool:
		flag, ok := flagOf(wanted)
		return ok && v == flag, given(ok, errWantsFlag)
	case int64:
		number, ok := numberOf(wanted)
		return ok && float64(v) == number, given(ok, errWantsNumber)
	case time.Time:
		at, ok := timeOf(wanted)
		return ok && v.Equal(at), given(ok, errWantsTime)
	}
	return false, nil
}

// given is err unless all is well.
func given(ok bool, err *kith.Error) error {
	if ok {
		return nil
	}
	return err
}

// among reports whether a value is one of a list.
func among(value, wanted any) (bool, error) {
	list, ok := wanted.([]any)
	if text, isText := wanted.(string); isText {
		ok = true
		for item := range strings.SplitSeq(text, ",") {
			list = append(list, strings.TrimSpace(item))
		}
	}
	if !ok {
		return false, errWantsList
	}
	found := false
	for _, item := range list { // all of it: what is wrong with the list must not hang on the row
		is, err := same(value, item)
		if err != nil {
			return false, err
		}
		found = found || is
	}
	return found, nil
}

// ordered compares by size. Nothing is greater or smaller than what is not there.
func (o Operator) ordered(value, wanted any) (bool, error) {
	var order int
	switch v := value.(type) {
	case time.Time:
		at, ok := timeOf(wanted)
		if !ok {
			return false, errWantsTime
		}
		order = v.Compare(at)
	case int64:
		number, ok := numberOf(wanted)
		switch {
		case o == Before || o == After:
			return false, errNotTime
		case !ok:
			return false, errWantsNumber
		case float64(v) < number:
			order = -1
		case float64(v) > number:
			order = 1
		}
	case nil:
		return false, nil
	default:
		return false, errNotSize
	}
	if o == Before || o == LessThan {
		return order < 0, nil
	}
	return order > 0, nil
}

// text compares texts.
func (o Operator) text(value, wanted any) (bool, error) {
	want, ok := wanted.(string)
	if number, isNumber := wanted.(float64); isNumber {
		want, ok = spelled(number), true
	}
	if !ok {
		return false, errWantsText
	}
	if value == nil {
		return false, nil
	}
	have, ok := value.(string)
	if !ok {
		return false, errNotText
	}
	switch o {
	case Contains:
		return strings.Contains(strings.ToLower(have), strings.ToLower(want)), nil
	case BeginsWith:
		return strings.HasPrefix(strings.ToLower(have), strings.ToLower(want)), nil
	case EndsWith:
		return strings.HasSuffix(strings.ToLower(have), strings.ToLower(want)), nil
	case Like:
		return like(have, want), nil
	case ILike:
		return like(strings.ToLower(have), strings.ToLower(want)), nil
	case Fuzzy, FuzzyAll, FuzzyAny:
		return o.fuzzy(fold.Text(have), fold.Words(fold.Text(want))), nil
	default:
		return false, errNoOperator
	}
}

func (o Operator) fuzzy(text string, words []string) bool {
	inside := func(word string) bool { return strings.Contains(text, word) }
	if o == FuzzyAny {
		return slices.ContainsFunc(words, inside)
	}
	return !slices.ContainsFunc(words, func(word string) bool { return !inside(word) })
}

// spelled is a value of JSON as a text.
func spelled(wanted any) string {
	switch w := wanted.(type) {
	case string:
		return w
	case bool:
		return strconv.FormatBool(w)
	case float64:
		return strconv.FormatFloat(w, 'f', -1, 64)
	}
	return ""
}

// flagOf reads a flag: true, 1, or a text that says so.
func flagOf(wanted any) (flag, ok bool) {
	switch spelled(wanted) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}

func numberOf(wanted any) (float64, bool) {
	if number, ok := wanted.(float64); ok {
		return number, true
	}
	text, ok := wanted.(string)
	if !ok || text == "" || strings.Trim(text, "+-.eE0123456789") != "" { // ParseFloat takes "inf" and "0x1p4"
		return 0, false
	}
	number, err := strconv.ParseFloat(text, 64)
	return number, err == nil
}

func timeOf(wanted any) (time.Time, bool) {
	text, ok := wanted.(string)
	if !ok {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
