package jsonapi

import (
	"slices"
	"strings"

	"kith/internal/core/resource"
)

// parameter documents a query parameter.
func parameter(name, doc string, value schema) schema {
	return schema{"name": name, "in": "query", "required": false, "description": doc, "schema": value}
}

func sorted(words []string) []string { slices.Sort(words); return words }

// pageParameters are those that choose a part of a list.
func pageParameters() []any {
	number := func(most int) schema { return schema{"type": "integer", "minimum": 1, "maximum": most} }
	return []any{
		parameter("page[number]", "From 1.", number(maxPageNumber)),
		parameter("page[size]", "10 if not given.", number(maxPageSize)),
		parameter("page[after]", "The page after this cursor, or the row with this id.", text(maxText)),
		parameter("page[before]", "The page before this cursor, or the row with this id.", text(maxText)),
	}
}

// rowParameters are those of one row.
func (a *api) rowParameters(t *table) []any {
	relations := "Relations whose rows come along: " + strings.Join(t.relationNames(), ", ") + "."
	return []any{
		parameter("fields", "Attributes and relationships to show, joined by commas.", text(maxText)),
		parameter("fields["+t.Name+"]", "The same. Included tables take theirs by their own names.", text(maxText)),
		parameter("include", relations, text(maxText)),
		parameter("included_relations", relations+" The ids of a relation to many are an attribute, too.", text(maxText)),
	}
}

// listParameters are those of a list.
func (a *api) listParameters(t *table) []any {
	words := []string{}
	for _, o := range resource.Operators() {
		words = append(words, string(o))
	}
	return append(append(pageParameters(),
		parameter("sort", "Columns to sort by, joined by commas; -column for the other way round.", text(maxText)),
		parameter("filter", "Text that one of the row's names contains.", text(maxText)),
		parameter("query", `Conditions as JSON: [{"column": ..., "operator": ..., "value": ..., "logical_group": ...}]. All must hold; `+
			"of those with one logical_group, any. Also as query[][column]=... and so on. Operators: "+strings.Join(words, ", ")+".", text(maxQuery))),
		a.rowParameters(t)...)
}

// linkageParameters are those of the rows that a relation leads to, by their ids alone.
func linkageParameters(r resource.Relation) []any {
	if r.Many {
		return pageParameters()
	}
	return nil
}
