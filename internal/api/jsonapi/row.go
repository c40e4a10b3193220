package jsonapi

import (
	"time"

	"kith/internal/core/resource"
	"kith/internal/web"
)

// timeForm is RFC 3339 with milliseconds.
const timeForm = "2006-01-02T15:04:05.000Z"

// rowView is a resource object.
type rowView struct {
	Type          string                  `json:"type"`
	ID            string                  `json:"id"`
	Attributes    map[string]any          `json:"attributes"`
	Relationships map[string]relationView `json:"relationships"`
	Links         selfLink                `json:"links"`
}

type selfLink struct {
	Self string `json:"self"`
}

// relationView is a relationship. Data is absent where nobody asked, else a refView, null or a list.
type relationView struct {
	Links relationLinks `json:"links"`
	Data  web.Opt[any]  `json:"data,omitzero"`
}

type relationLinks struct {
	Self    string `json:"self"`
	Related string `json:"related"`
}

// refView is a resource identifier.
type refView struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// linkage is the data of a relationship.
func linkage(r resource.Relation, refs []resource.Ref) web.Opt[any] {
	if r.Many {
		list := make([]refView, len(refs))
		for i, ref := range refs {
			list[i] = refView(refOf(ref))
		}
		return web.Opt[any]{Set: true, Value: list}
	}
	if len(refs) == 0 {
		return web.Opt[any]{Set: true, Null: true}
	}
	return web.Opt[any]{Set: true, Value: refOf(refs[0])}
}

func refOf(r resource.Ref) refView { return refView{Type: r.Table, ID: r.ID} }

// row shows a row.
func (a *api) row(v view, r *resource.Row) rowView {
	t := a.tables[r.Table.Name]
	out := rowView{Type: t.Name, ID: r.ID, Attributes: attributes(t, v, r), Relationships: map[string]relationView{}, Links: selfLink{t.path(r.ID)}}
	for _, relation := range t.relations {
		refs, told := related(relation, r)
		if !v.shows(t.Name, relation.Name) && r.Related[relation.Name] == nil {
			continue
		}
		shown := relationView{Links: relationLinks{
			Self: t.path(r.ID) + "/relationships/" + relation.Name, Related: t.path(r.ID) + "/" + relation.Name}}
		if told {
			shown.Data = linkage(relation, refs)
		}
		out.Relationships[relation.Name] = shown
	}
	for _, name := range v.attributed {
		if list, told := r.Related[name]; told {
			ids := make([]string, len(list))
			for i, ref := range list {
				ids[i] = ref.ID
			}
			out.Attributes[name] = ids
		}
	}
	return out
}

// related gives the rows that a relation of a row leads to, if that is known: of one that leads to one row
// it always is.
func related(relation resource.Relation, r *resource.Row) (refs []resource.Ref, told bool) {
	if refs, told = r.Related[relation.Name]; told || relation.Many {
		return refs, told
	}
	if relation.Name == resource.OwnerRelation && r.Table.Owned {
		if !r.Owner.IsZero() {
			refs = []resource.Ref{{Table: relation.Table, ID: r.Owner.String()}}
		}
		return refs, true
	}
	value, told := r.Values[relation.Name]
	if id, ok := value.(string); ok && id != "" {
		refs = []resource.Ref{{Table: relation.Table, ID: id}}
	}
	return refs, told
}

// attributes are those of a row that are shown: always what kind of row it is and what it may be done to by
// whom, as in the original.
func attributes(t *table, v view, r *resource.Row) map[string]any {
	out := map[string]any{typeAttribute: t.Name, "reference_id": r.ID, "permission": int64(r.Permission), resource.OwnerRelation: nil}
	if !r.Owner.IsZero() {
		out[resource.OwnerRelation] = r.Owner.String()
	}
	if v.shows(t.Name, "created_at") {
		out["created_at"] = r.CreatedAt.UTC().Format(timeForm)
	}
	if v.shows(t.Name, "updated_at") {
		out["updated_at"] = r.UpdatedAt.UTC().Format(timeForm)
	}
	for _, f := range t.Fields {
		if v.shows(t.Name, f.Name) || f.Name == resource.OwnerRelation {
			out[f.Name] = shown(f, r.Values[f.Name])
		}
	}
	return out
}

// shown is a value as clients see it.
func shown(f resource.Field, value any) any {
	if f.Secret {
		return ""
	}
	if at, ok := value.(time.Time); ok {
		return at.UTC().Format(timeForm)
	}
	return value
}
