package directory

import (
	"cmp"
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

// metadata is for keys of the metadata: numbers and truth values are written as in JSON. Attributes that
// the company has declared to be indexed are found by their terms, as soon as these are all written. Of
// attributes that staff may not read, filters know no more than they: nobody has a value.
func (f *userFilter) metadata(c *kith.Condition) error {
	if !isMetadataKey(c.Key) {
		return errKey
	}
	field, indexed := FieldOfAttribute(f.tx.By.Company, c.Key)
	compare, known := metadataOps[c.Op]
	// What the company shows to no staff is as if nobody had it: no filter tells.
	hidden := !f.tx.By.Company.Attributes.Attribute(c.Key).Read.Has(kith.SectionAdmin)
	switch {
	case c.Op == kith.IsNull:
		null, err := strconv.ParseBool(c.Values[0])
		f.check(func(u *kith.User) bool { return (hidden || u.Metadata[c.Key] == nil) == null })
		return unlessBool(err)
	case !known:
		return errOp
	case hidden:
		f.nobody = true
		return nil
	}
	var tests []func(has any) bool
	for _, typed := range c.Values {
		tests = append(tests, metadataTest(field, indexed, typed, compare))
	}
	f.check(func(u *kith.User) bool {
		has, there := u.Metadata[c.Key]
		return there && slices.ContainsFunc(tests, func(test func(any) bool) bool { return test(has) })
	})
	if len(c.Values) > 1 {
		return nil
	}
	return f.metadataIndex(c, field, indexed && !field.Building)
}

// metadataOps says what of a comparison each operator takes: -1, 0 or 1, or that one text begins another.
var metadataOps = map[kith.Op]func(order int, begins bool) bool{
	kith.Equals:     func(order int, _ bool) bool { return order == 0 },
	kith.In:         func(order int, _ bool) bool { return order == 0 },
	kith.Greater:    func(order int, _ bool) bool { return order > 0 },
	kith.AtLeast:    func(order int, _ bool) bool { return order >= 0 },
	kith.Less:       func(order int, _ bool) bool { return order < 0 },
	kith.AtMost:     func(order int, _ bool) bool { return order <= 0 },
	kith.StartsWith: func(_ int, begins bool) bool { return begins },
}

// metadataTest compares what a user has with what somebody typed: by their terms where days and moments
// may be spelled in several ways, else as they are.
func metadataTest(field AttributeField, indexed bool, typed string, compare func(order int, begins bool) bool) func(any) bool {
	if indexed && (field.Form == kith.TermDate || field.Form == kith.TermTime) {
		wanted, err := field.Spell(typed)
		return func(has any) bool {
			term, ok := spellTerm(field.Form, has)
			return err == nil && ok && compare(strings.Compare(term, wanted), false)
		}
	}
	number, err := strconv.ParseFloat(typed, 64)
	isNumber := err == nil && json.Valid([]byte(typed))
	return func(has any) bool {
		switch has := has.(type) {
		case string:
			return compare(strings.Compare(has, typed), strings.HasPrefix(fold.Text(has), fold.Text(typed)))
		case float64:
			return isNumber && compare(cmp.Compare(has, number), false)
		case bool:
			return strconv.FormatBool(has) == typed && compare(0, false)
		default:
			return false
		}
	}
}

// metadataIndex narrows a list that asks for one value to those who may have it.
func (f *userFilter) metadataIndex(c *kith.Condition, field AttributeField, indexed bool) error {
	key, value := c.Key, c.Values[0]
	begins := c.Op == kith.StartsWith
	switch {
	case !begins && c.Op != kith.Equals && c.Op != kith.In:
		return nil
	case indexed && (!begins || field.Prefixed()):
		term, err := field.Spell(value)
		if err != nil {
			return err
		}
		w := store.WordMatch{Folded: term, Fields: []int{field.Number}, Checked: true}
		if begins {
			w.How = store.WordBegins
		}
		f.Words = append(f.Words, w)
		return nil
	case begins, json.Valid([]byte(value)):
		f.Metadata = `"` + key + `":` // as a number, a truth value or text
		return nil
	}
	pair, err := store.MetadataPair(key, value)
	f.Metadata = pair
	return err
}

// unlessBool says that a value is neither true nor false.
func unlessBool(err error) error {
	if err != nil {
		return errBool
	}
	return nil
}
