package resource

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"kith"
)

const longestText = 1000

// said is what an input says, by the name of a field, in the types that rows have: text, flags (bool) and numbers
// (int64). What says what the row has already is left out.
type said map[string]any

// text gives a text that is given; nil if none is.
func (g said) text(field string) *string {
	v, ok := g[field].(string)
	if !ok {
		return nil
	}
	return &v
}

// or gives a text; "" if none is given.
func (g said) or(field string) string {
	v, _ := g[field].(string)
	return v
}

func (g said) mode() (kith.Mode, bool) {
	v, ok := g["permission"].(int64)
	return kith.Mode(v), ok //nolint:gosec // checked to be a mode
}

// check reads an input of the table for a row that is, or with nil for a new one, and reports every bad field. What
// the table does not know is passed over.
func (t *Table) check(in Input, is *Row) (said, error) {
	out := make(said)
	var errs []error
	when := OnChange
	if is == nil {
		when = OnAdd
	}
	for _, f := range append(Standard[:len(Standard):len(Standard)], t.Fields...) {
		raw, given := in.Values[f.Name]
		if !given {
			if is == nil && f.Required {
				errs = append(errs, kith.BadField(f.Name, kith.CodeRequired, "This field is required."))
			}
			continue
		}
		value, err := f.read(raw)
		switch {
		case err != nil:
			errs = append(errs, err)
		case is != nil && !f.Secret && unchanged(value, is.value(f.Name)):
		case f.Write&when == 0 && (is != nil || !empty(value)):
			errs = append(errs, kith.BadField(f.Name, kith.CodeReadOnly, "This field is shown, not taken."))
		case f.Write&when == 0:
		case f.Required && empty(value):
			errs = append(errs, kith.BadField(f.Name, kith.CodeRequired, "This field may not be empty."))
		default:
			out[f.Name] = value
		}
	}
	if owner, given := in.Values[OwnerRelation]; given && t.Owned && !t.has(OwnerRelation) {
		if is == nil && owner != nil || is != nil && owner != is.value(OwnerRelation) {
			errs = append(errs, kith.BadField(OwnerRelation, kith.CodeReadOnly, "Who owns a row does not change this way."))
		}
	}
	return out, errors.Join(errs...)
}

func (t *Table) has(field string) bool {
	_, ok := t.field(field)
	return ok
}

// field finds one of the table's own fields.
func (t *Table) field(name string) (Field, bool) {
	for _, f := range t.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// readable finds a field that may be filtered and sorted by: any that is shown.
func (t *Table) readable(name string) bool {
	if f, ok := t.field(name); ok {
		return !f.Secret
	}
	for _, f := range Standard {
		if f.Name == name {
			return true
		}
	}
	return name == OwnerRelation && t.Owned
}

// value is what a row has in a field, the standard ones and the owner too.
func (r *Row) value(field string) any {
	switch field {
	case "reference_id":
		return r.ID
	case "permission":
		return int64(r.Permission)
	case "created_at":
		return r.CreatedAt
	case "updated_at":
		return r.UpdatedAt
	case OwnerRelation:
		if v, own := r.Values[OwnerRelation]; own {
			return v
		}
		if r.Owner.IsZero() {
			return nil
		}
		return r.Owner.String()
	default:
		return r.Values[field]
	}
}

func unchanged(a, b any) bool {
	if t, ok := b.(time.Time); ok {
		s, isText := a.(string)
		at, err := time.Parse(time.RFC3339Nano, s)
		return isText && err == nil && at.Equal(t)
	}
	return a == b || empty(a) && empty(b)
}

func empty(v any) bool { return v == nil || v == "" || v == false }

// read brings a value as JSON has it into the field's type. null is the empty value.
func (f Field) read(raw any) (any, error) {
	bad := func(message string) error { return kith.BadField(f.Name, kith.CodeWrongType, message) }
	switch f.Type {
	case Flag:
		return readFlag(raw, bad)
	case Number, Count:
		return f.readNumber(raw, bad)
	default:
		if raw == nil {
			return "", nil
		}
		text, ok := raw.(string)
		if !ok {
			return nil, bad("This must be text.")
		}
		most := f.MaxLength
		if most == 0 {
			most = longestText
		}
		if utf8.RuneCountInString(text) > most {
			return nil, kith.BadField(f.Name, kith.CodeTooLong, fmt.Sprintf("This may have at most %d characters.", most))
		}
		return text, nil
	}
}

// maxCount is the largest number that is taken, but for permissions, which have bounds of their own.
const maxCount = 1<<31 - 1

// readFlag takes the foreign API's spellings of a flag too: 0 and 1.
func readFlag(raw any, bad func(string) error) (any, error) {
	switch v := raw.(type) {
	case nil:
		return false, nil
	case bool:
		return v, nil
	case float64:
		if v == 0 || v == 1 {
			return v == 1, nil
		}
	case string:
		if on, err := strconv.ParseBool(v); err == nil {
			return on, nil
		}
	}
	return nil, bad("This must be true or false.")
}

// readNumber takes whole numbers, as text too.
func (f Field) readNumber(raw any, bad func(string) error) (any, error) {
	var n float64
	switch v := raw.(type) {
	case float64:
		n = v
	case string:
		parsed, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return nil, bad("This must be a whole number.")
		}
		n = float64(parsed)
	default:
		return nil, bad("This must be a whole number.")
	}
	if n != math.Trunc(n) {
		return nil, bad("This must be a whole number.")
	}
	if f.Type == Count {
		if n < 0 || n > maxCount {
			return nil, kith.BadField(f.Name, kith.CodeOutOfRange, "This is a whole number, not negative and below 2^31.")
		}
		return int64(n), nil
	}
	if n < 0 || n > float64(kith.AllModes) {
		return nil, kith.BadField(f.Name, kith.CodeOutOfRange, fmt.Sprintf("This is a whole number of 21 bits, from 0 to %d.", kith.AllModes))
	}
	return int64(n), nil
}
