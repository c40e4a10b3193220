package jsonapi

import (
	"net/http"

	"kith"
	"kith/internal/core/resource"
	"kith/internal/web"
)

// related adds the routes of a table's relations.
func (a *api) related(f *web.Face, t *table) {
	for _, r := range t.relations {
		other := a.tables[r.Table]
		at := "/api/" + t.Name + "/{id}/" + r.Name
		linked := "/api/" + t.Name + "/{id}/relationships/" + r.Name
		parameters, rows, refs := a.rowParameters(other), documentSchema(other.Name), refTo(oneLinkageSchema)
		if r.Many {
			parameters, rows, refs = a.listParameters(other), listSchema(other.Name), refTo(linkageSchema)
		}
		serve(f, web.Route{Method: "GET", Path: at, Permission: t.permission(kith.View), Summary: "The " + r.Table + " that " + r.Name + " leads to"},
			web.Spec{Parameters: parameters, Answer: orNone(rows, r)}, a.relatedRows(t, r))
		serve(f, web.Route{Method: "GET", Path: linked, Permission: t.permission(kith.View), Summary: "Which " + r.Table + " " + r.Name + " leads to"},
			web.Spec{Parameters: linkageParameters(r), Answer: refs}, a.linkage(t, r))
		if !r.Write {
			continue
		}
		for _, way := range []struct {
			method, summary string
			way             resource.Way
		}{{"PATCH", "Replace where " + r.Name + " leads", resource.Replace}, {"POST", "Link more by " + r.Name, resource.Link},
			{"DELETE", "Unlink some from " + r.Name, resource.Unlink}} {
			if !r.Many && way.way != resource.Replace { // https://jsonapi.org/format/1.1/#crud-updating-to-one-relationships
				continue
			}
			serve(f, web.Route{Method: way.method, Path: linked, Permission: t.permission(kith.Refer), Summary: way.summary, Status: http.StatusNoContent},
				web.Spec{Body: linkageBody(r), NeedsBody: true}, a.relate(t, r, way.way))
		}
	}
}

func (a *api) relatedRows(t *table, relation resource.Relation) func(http.ResponseWriter, *http.Request) error {
	other := a.tables[relation.Table]
	return func(w http.ResponseWriter, r *http.Request) error {
		q, err := a.query(other, r.URL.RawQuery, relation.Many)
		if err != nil {
			return err
		}
		page, err := a.Resources.Related(r.Context(), web.Actor(r.Context()), t.Table, t.id(r), relation.Name, q.Query)
		if err != nil {
			return relocate(err, q.place)
		}
		if relation.Many {
			return web.Write(w, http.StatusOK, mediaType, a.list(r.Context(), q, page))
		}
		if len(page.Rows) > 0 {
			return a.one(w, http.StatusOK, q.view, page.Rows[0], page.Included)
		}
		return web.Write(w, http.StatusOK, mediaType, oneView{Data: web.Raw("null"), Links: selfLink{t.path(t.id(r)) + "/" + relation.Name}})
	}
}

// linkView is a document about which rows a relation to one leads to.
type linkView struct {
	Data  web.Raw       `json:"data"`
	Links relationLinks `json:"links"`
}

func (a *api) linkage(t *table, relation resource.Relation) func(http.ResponseWriter, *http.Request) error {
	other := a.tables[relation.Table]
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := a.noQuery(r, "page[number]", "page[size]", "page[after]", "page[before]"); err != nil {
			return err
		}
		q, err := a.query(other, r.URL.RawQuery, relation.Many)
		if err != nil {
			return err
		}
		if !q.names("page[size]") {
			q.Page.Size = maxPageSize // ids are small, and whoever looks wants all
		}
		page, err := a.Resources.Related(r.Context(), web.Actor(r.Context()), t.Table, t.id(r), relation.Name, q.Query)
		if err != nil {
			return relocate(err, q.place)
		}
		refs := make([]resource.Ref, len(page.Rows))
		for i, row := range page.Rows {
			refs[i] = resource.Ref{Table: row.Table.Name, ID: row.ID}
		}
		if !relation.Many {
			at := t.path(t.id(r))
			return web.Write(w, http.StatusOK, mediaType, linkView{linkage(relation, refs),
				relationLinks{Self: at + "/relationships/" + relation.Name, Related: at + "/" + relation.Name}})
		}
		out := a.pageOf(r.Context(), q, page)
		out.Data = linkage(relation, refs)
		return web.Write(w, http.StatusOK, mediaType, out)
	}
}

func (a *api) relate(t *table, relation resource.Relation, way resource.Way) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := a.noQuery(r); err != nil {
			return err
		}
		body, err := object(r)
		if err != nil {
			return err
		}
		refs, err := a.parseLinkage(relation, body)
		if err != nil {
			return err
		}
		err = a.Resources.Relate(r.Context(), web.Actor(r.Context()), t.Table, t.id(r), relation.Name, way, refs)
		if err != nil {
			return relocate(err, func(string) source { return source{Pointer: "/data"} })
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}
