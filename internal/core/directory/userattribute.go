package directory

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"kith"
	"kith/internal/fold"
	"kith/internal/store"
)

// attribute is for what people tell about themselves. Names are found by their words; of the rest, users
// are looked at one by one.
func (f *userFilter) attribute(c *kith.Condition) error {
	a, value := c.Attribute, normalAttribute(c.Attribute, c.Values[0])
	field, worded := store.TermField(a)
	w := store.WordMatch{Folded: fold.Text(value), Fields: []int{field}}
	of := func(u *kith.User) string { return u.Profile[a] }
	switch c.Op {
	case kith.Equals:
		f.check(func(u *kith.User) bool { return of(u) == value })
		if !worded {
			f.Attribute = &store.AttributeMatch{Attribute: a, Value: value}
		}
	case kith.In, kith.Exclude:
		var values []string
		for _, v := range c.Values {
			values = append(values, normalAttribute(a, v))
		}
		wanted := c.Op == kith.In
		f.check(func(u *kith.User) bool { return slices.Contains(values, of(u)) == wanted })
		return nil
	case kith.Contains:
		w.How = store.WordContains
		f.check(func(u *kith.User) bool { return strings.Contains(of(u), value) })
	case kith.ContainsFold:
		w.How = store.WordContains
		f.check(func(u *kith.User) bool { return strings.Contains(fold.Text(of(u)), w.Folded) })
	case kith.StartsWith:
		w.How = store.WordBegins
		f.check(func(u *kith.User) bool { return strings.HasPrefix(fold.Text(of(u)), w.Folded) })
	case kith.IsNull:
		null, err := strconv.ParseBool(value)
		if err != nil {
			return errBool
		}
		f.check(func(u *kith.User) bool { return (of(u) == "") == null })
		return nil
	default:
		return errOp
	}
	if worded && w.Folded != "" {
		f.Words = append(f.Words, w)
	}
	return nil
}

// normalAttribute writes a value as profiles keep it, where they keep only one spelling.
func normalAttribute(a kith.Attribute, value string) string {
	switch a.Form() {
	case kith.FormCountry:
		return strings.ToUpper(value)
	case kith.FormLanguage:
		if normal, err := normaliseLanguage(value); err == nil {
			return normal
		}
		return value
	default:
		return value
	}
}

// metadata is for what staff noted: numbers and truth values are written as in JSON.
func (f *userFilter) metadata(c *kith.Condition) error {
	key, value := c.Key, c.Values[0]
	switch {
	case c.Op != kith.Equals:
		return errOp
	case !isMetadataKey(key):
		return errKey
	}
	number, err := strconv.ParseFloat(value, 64)
	isNumber := err == nil && json.Valid([]byte(value))
	f.check(func(u *kith.User) bool {
		switch has := u.Metadata[key].(type) {
		case string:
			return has == value
		case float64:
			return isNumber && has == number
		case bool:
			return strconv.FormatBool(has) == value
		default:
			return false
		}
	})
	if isNumber || value == "true" || value == "false" {
		f.Metadata = `"` + key + `":` // as a number, a truth value or text
		return nil
	}
	pair, err := store.MetadataPair(key, value)
	f.Metadata = pair
	return err
}
