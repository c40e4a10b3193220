package jsonapi

import (
	"kith"
	"kith/internal/core/resource"
)

// table is a table of the catalogue with all that its rows have.
type table struct {
	*resource.Table
	relations []resource.Relation          // those to owner and groups too
	relation  map[string]resource.Relation // by name
	attribute map[string]resource.Field    // by name; those that every row has too
}

// typeAttribute is the attribute that repeats the type.
const typeAttribute = "__type"

func newTable(t *resource.Table) *table {
	out := &table{Table: t, relations: t.Relations, relation: map[string]resource.Relation{}, attribute: map[string]resource.Field{}}
	if t.Owned {
		out.relations = append(out.relations[:len(out.relations):len(out.relations)],
			resource.Relation{Name: resource.OwnerRelation, Table: "user_account"})
	}
	if t.Grouped {
		out.relations = append(out.relations[:len(out.relations):len(out.relations)],
			resource.Relation{Name: resource.GroupRelation, Table: "usergroup", Many: true, Write: true})
	}
	for _, r := range out.relations {
		out.relation[r.Name] = r
	}
	for _, f := range append(t.Fields[:len(t.Fields):len(t.Fields)], resource.Standard...) {
		out.attribute[f.Name] = f
	}
	return out
}

// column finds what may be filtered and sorted by: an attribute that is not secret, or a relation to one row.
func (t *table) column(name string) (resource.Field, bool) {
	if f, ok := t.attribute[name]; ok {
		return f, !f.Secret
	}
	r, ok := t.relation[name]
	return resource.Field{Name: name, Type: resource.ID}, ok && !r.Many
}

// path is the address of a row, or of what is below it.
func (t *table) path(id string) string { return "/api/" + t.Name + "/" + id }

// permission names what a route of the table asks.
func (t *table) permission(v kith.Verb) string { return t.Name + "." + v.String() }
