package directory

import (
	"fmt"
	"slices"
)

// changes collects the names and old values of the fields that an event tells of.
type changes struct {
	fields []string
	old    map[string]any
}

func newChanges() *changes { return &changes{old: make(map[string]any)} }

func (c *changes) note(field string, was any) {
	i, _ := slices.BinarySearch(c.fields, field)
	c.fields = slices.Insert(c.fields, i, field)
	if s, ok := was.(fmt.Stringer); ok {
		was = s.String()
	}
	c.old[field] = was
}

// set writes *to into the field unless it is nil or the same.
func set[T comparable](c *changes, field string, is *T, to *T) {
	if to != nil && *to != *is {
		c.note(field, *is)
		*is = *to
	}
}

// setList is set for lists.
func setList(c *changes, field string, is *[]string, to *[]string) {
	if to != nil && !slices.Equal(*to, *is) {
		c.note(field, *is)
		*is = *to
	}
}
