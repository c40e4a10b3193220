package directory

import (
	"slices"
	"strings"

	"kith"
	"kith/internal/core/wording"
)

// What a company has few of is read whole, and narrowed, sorted and cut here.

// Cut gives one page of rows.
func Cut[Row any](rows []Row, page kith.Page) kith.List[Row] {
	from := min(page.Offset(), len(rows))
	return kith.List[Row]{Rows: rows[from:min(from+page.Size, len(rows))], Total: len(rows)}
}

// order sorts rows by words: each a key, or "-" and a key. The first weighs most; unknown ones weigh
// nothing.
func order[Row any](rows []Row, words []string, keys map[string]func(a, b Row) int) {
	slices.SortStableFunc(rows, func(a, b Row) int {
		for _, word := range words {
			name, down := strings.CutPrefix(word, "-")
			compare, known := keys[name]
			if !known {
				continue
			}
			c := compare(a, b)
			if down {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
}

// is reports whether a filter lets a value through: nil lets any.
func is(filter *bool, value bool) bool { return filter == nil || *filter == value }

// ask asks a face what it finds wrong; nil finds nothing.
func ask[V any](check func(V) error, value V) error {
	if check == nil {
		return nil
	}
	return check(value)
}

// text brings a field's text into its normal form and adds what is wrong with it.
func text(errs *[]error, field string, value *string, most int) {
	if value == nil {
		return
	}
	normal, refusal := wording.Normalise(*value, most)
	if refusal != nil {
		*errs = append(*errs, refusal.In(field))
		return
	}
	*value = normal
}

// errMany refuses one more of what a company may have so many of.
func errMany(what string) error {
	return &kith.Error{Kind: kith.Invalid, Code: kith.CodeOutOfRange, Message: "There are too many " + what + " already."}
}
