package jsonapi

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"kith/internal/core/resource"
	"kith/internal/web"
)

// timeForm is RFC 3339 with milliseconds.
const timeForm = "2006-01-02T15:04:05.000Z"

type selfLink struct {
	Self string `json:"self"`
}

type relationLinks struct {
	Self    string `json:"self"`
	Related string `json:"related"`
}

// column is an attribute as rows show it.
type column struct {
	resource.Field
	value func(*resource.Row) any
	stays bool // whatever fields are chosen, as in the original
}

// columnsOf lists what the rows of a table show, by name: always what kind of row it is, and what may be done
// to it by whom.
func columnsOf(t *resource.Table) []column {
	field := func(name string, stays bool, value func(*resource.Row) any) column {
		return column{resource.Field{Name: name}, value, stays}
	}
	list := []column{
		field(typeAttribute, true, func(*resource.Row) any { return t.Name }),
		field("reference_id", true, func(r *resource.Row) any { return r.ID }),
		field("permission", true, func(r *resource.Row) any { return int64(r.Permission) }),
		field("created_at", false, func(r *resource.Row) any { return r.CreatedAt }),
		field("updated_at", false, func(r *resource.Row) any { return r.UpdatedAt }),
	}
	owner := field(resource.OwnerRelation, true, func(r *resource.Row) any {
		if r.Owner.IsZero() {
			return nil
		}
		return r.Owner.String()
	})
	for _, f := range t.Fields {
		if f.Unshown {
			continue
		}
		one := column{f, func(r *resource.Row) any { return r.Values[f.Name] }, f.Name == resource.OwnerRelation}
		if f.Secret {
			one.value = func(*resource.Row) any { return "" }
		}
		if one.stays {
			owner = one
			continue
		}
		list = append(list, one)
	}
	list = append(list, owner)
	slices.SortFunc(list, func(a, b column) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// row shows a row as a resource object. It is written by hand, member by member: lists have hundreds, and each
// table has shapes of its own.
func (a *api) row(v view, r *resource.Row) web.Raw {
	return a.appendRow(make([]byte, 0, rowSize), v, r)
}

// rowSize is room for most rows.
const rowSize = 1 << 10

func (a *api) appendRow(out []byte, v view, r *resource.Row) []byte {
	t := a.tables[r.Table.Name]
	at := t.path(r.ID)
	out = appendRef(out, resource.Ref{Table: t.Name, ID: r.ID})
	out = append(out[:len(out)-1], `,"attributes":{`...)
	comma := ""
	for _, c := range t.columns {
		// A relation whose ids are asked for as an attribute may have the name of one: the owner's, of groups.
		if !c.stays && !v.shows(t.Name, c.Name) || slices.Contains(v.attributed, c.Name) {
			continue
		}
		out = append(append(out, comma...), c.label()...)
		out, comma = appendValue(out, c.value(r)), ","
	}
	for _, name := range v.attributed {
		out = append(append(out, comma...), `"`+name+`":`...)
		out, comma = appendIDs(out, r.Related[name]), ","
	}
	out, comma = append(out, `},"relationships":{`...), ""
	for _, relation := range t.relations {
		if !v.shows(t.Name, relation.Name) && r.Related[relation.Name] == nil {
			continue
		}
		out = append(append(out, comma...), `"`+relation.Name+`":{"links":{"self":`...)
		out = append(web.AppendString(out, at+"/relationships/"+relation.Name), `,"related":`...)
		out, comma = append(web.AppendString(out, at+"/"+relation.Name), '}'), ","
		if refs, told := related(relation, r); told {
			out = appendLinkage(append(out, `,"data":`...), relation, refs)
		}
		out = append(out, '}')
	}
	out = web.AppendString(append(out, `},"links":{"self":`...), at)
	return append(out, "}}"...)
}

// label is the name of a column as a member, ready to be written: names are plain words.
func (c column) label() string { return `"` + c.Name + `":` }

// appendValue writes a value as rows have them.
func appendValue(out []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		return web.AppendString(out, v)
	case bool:
		return strconv.AppendBool(out, v)
	case int64:
		return strconv.AppendInt(out, v, 10)
	case time.Time:
		return append(v.UTC().AppendFormat(append(out, '"'), timeForm), '"')
	default:
		return append(out, "null"...)
	}
}

// appendRef writes a resource identifier.
func appendRef(out []byte, ref resource.Ref) []byte {
	out = append(web.AppendString(append(out, `{"type":`...), ref.Table), `,"id":`...)
	return append(web.AppendString(out, ref.ID), '}')
}

// appendIDs writes the ids of rows.
func appendIDs(out []byte, refs []resource.Ref) []byte {
	out = append(out, '[')
	for i, ref := range refs {
		if i > 0 {
			out = append(out, ',')
		}
		out = web.AppendString(out, ref.ID)
	}
	return append(out, ']')
}

// appendLinkage writes the data of a relationship: a list, or one identifier or null.
func appendLinkage(out []byte, relation resource.Relation, refs []resource.Ref) []byte {
	if !relation.Many {
		if len(refs) == 0 {
			return append(out, "null"...)
		}
		return appendRef(out, refs[0])
	}
	out = append(out, '[')
	for i, ref := range refs {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendRef(out, ref)
	}
	return append(out, ']')
}

// linkage is the data of a relationship.
func linkage(relation resource.Relation, refs []resource.Ref) web.Raw {
	return appendLinkage(nil, relation, refs)
}

// related gives the rows that a relation of a row leads to, if that is known: of one that leads to one row
// it always is.
func related(relation resource.Relation, r *resource.Row) (refs []resource.Ref, told bool) {
	if refs, told = r.Related[relation.Name]; told || relation.Many {
		return refs, told
	}
	value, told := r.Values[relation.Name]
	if !told && relation.Name == resource.OwnerRelation && r.Table.Owned {
		told = true
		if !r.Owner.IsZero() {
			value = r.Owner.String()
		}
	}
	if id, ok := value.(string); ok && id != "" {
		refs = []resource.Ref{{Table: relation.Table, ID: id}}
	}
	return refs, told
}
