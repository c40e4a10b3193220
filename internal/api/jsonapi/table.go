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
	columns   []column                     // as they are shown
}

// typeAttribute is the attribute that repeats the type.
const typeAttribute = "__type"

func newTable(t *resource.Table) *table {
	out := &table{Table: t, relations: t.AllRelations(), relation: map[string]resource.Relation{}, attribute: map[string]resource.Field{}, columns: columnsOf(t)}
	for _, r := range out.relations {
		out.relation[r.Name] = r
	}
	for _, f := range append(t.Fields[:len(t.Fields):len(t.Fields)], resource.Standard...) {
		out.attribute[f.Name] = f
	}
	return out
}

// column finds what may be filtered and sorted by: an attribute that is not secret, or the owner.
func (t *table) column(name string) (resource.Field, bool) {
	if f, ok := t.attribute[name]; ok {
		return f, !f.Secret
	}
	return resource.Field{Name: name, Type: resource.ID}, name == resource.OwnerRelation && t.Owned
}

// path is the address of a row, or of what is below it.
func (t *table) path(id string) string { return "/api/" + t.Name + "/" + id }

// permission names what a route of the table asks.
func (t *table) permission(v kith.Verb) string { return t.Name + "." + v.String() }
