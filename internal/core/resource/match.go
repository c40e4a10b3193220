package resource

import (
	"errors"
	"fmt"
	"strings"

	"kith"
	"kith/internal/fold"
)

// matcher gives what a row of the table has to fulfil to be in the list; nil if that is nothing. It reports every
// field and operator that makes no sense.
func (t *Table) matcher(q Query) (func(*Row) (bool, error), error) {
	var errs []error
	for _, key := range q.Sort {
		if !t.readable(key.Field) {
			errs = append(errs, kith.BadField("sort", kith.CodeNotAllowed, fmt.Sprintf("There is no column %q to sort by.", key.Field)))
		}
	}
	groups := make(map[string][]clause)
	var all [][]clause
	for _, c := range q.Where {
		o, known := OperatorNamed(c.Operator)
		if !known {
			errs = append(errs, kith.BadField("query", kith.CodeNotAllowed, fmt.Sprintf("There is no operator %q.", c.Operator)))
		}
		if !t.readable(c.Field) {
			errs = append(errs, kith.BadField("query", kith.CodeNotAllowed, fmt.Sprintf("There is no column %q to filter by.", c.Field)))
		}
		one := clause{c.Field, o, c.Value}
		if c.Group == "" {
			all = append(all, []clause{one})
		} else {
			groups[c.Group] = append(groups[c.Group], one)
		}
	}
	for _, alternatives := range groups {
		all = append(all, alternatives)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	words := fold.Text(q.Search)
	if len(all) == 0 && words == "" {
		return nil, nil
	}
	return func(r *Row) (bool, error) {
		if words != "" && !t.named(r, words) {
			return false, nil
		}
		for _, alternatives := range all {
			if ok, err := anyOf(r, alternatives); !ok || err != nil {
				return false, err
			}
		}
		return true, nil
	}, nil
}

// clause is a Clause that makes sense.
type clause struct {
	field    string
	operator Operator
	wanted   any
}

func anyOf(r *Row, alternatives []clause) (bool, error) {
	for _, c := range alternatives {
		ok, err := c.operator.Match(r.value(c.field), c.wanted)
		if err != nil {
			return false, kith.AsError(err).In("query")
		}
		if ok {
			return true, nil
		}
	}
	return false, nil
}

// named reports whether one of the row's texts that may be read contains the folded words.
func (t *Table) named(r *Row, words string) bool {
	for _, f := range t.Fields {
		if f.Secret || f.Type != Text && f.Type != Email && f.Type != Mobile {
			continue
		}
		if text, ok := r.Values[f.Name].(string); ok && strings.Contains(fold.Text(text), words) {
			return true
		}
	}
	return false
}
