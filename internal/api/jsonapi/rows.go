package jsonapi

import (
	"net/http"
	"slices"
	"strings"

	"kith"
	"kith/internal/core/resource"
	"kith/internal/web"
)

// rows adds the routes of a table's rows.
func (a *api) rows(f *web.Face, t *table) {
	base := "/api/" + t.Name
	one := base + "/{id}"
	serve(f, web.Route{Method: "GET", Path: base, Permission: t.permission(kith.View), Summary: "List of " + t.Name},
		web.Spec{Parameters: a.listParameters(t), Answer: listSchema(t.Name)}, a.listRows(t))
	if t.Verbs.Has(kith.Add) {
		serve(f, web.Route{Method: "POST", Path: base, Permission: t.permission(kith.Add), Summary: "Add a row of " + t.Name, Status: http.StatusCreated},
			a.addSpec(t), a.addRow(t))
	}
	serve(f, web.Route{Method: "GET", Path: one, Permission: t.permission(kith.View), Summary: "One row of " + t.Name},
		web.Spec{Parameters: a.rowParameters(t), Answer: documentSchema(t.Name)}, a.getRow(t))
	if t.Verbs.Has(kith.Change) {
		serve(f, web.Route{Method: "PATCH", Path: one, Permission: t.permission(kith.Change), Summary: "Change a row of " + t.Name},
			web.Spec{Body: refTo(t.Name + "_change"), NeedsBody: true, Answer: documentSchema(t.Name)}, a.changeRow(t))
	}
	if t.Verbs.Has(kith.Delete) {
		serve(f, web.Route{Method: "DELETE", Path: one, Permission: t.permission(kith.Delete), Summary: "Delete a row of " + t.Name},
			web.Spec{Answer: refTo(nothingSchema)}, a.deleteRow(t))
	}
	serve(f, web.Route{Method: "GET", Path: one + "/why", Permission: "permission.view", Summary: "What lets an actor do what with the row"},
		web.Spec{Parameters: []any{parameter("actor", "A user: id, e-mail, mobile or username. Without one: a guest.", text(maxText))},
			Answer: refTo(whySchema)}, a.why(t))
}

func (a *api) listRows(t *table) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		q, err := a.query(t, r.URL.RawQuery, true)
		if err != nil {
			return err
		}
		page, err := a.Resources.List(r.Context(), web.Actor(r.Context()), t.Table, q.Query)
		if err != nil {
			return relocate(err, q.place)
		}
		return web.Write(w, http.StatusOK, mediaType, a.list(r.Context(), q, page))
	}
}

// place finds the parameter that a field of the catalogue's errors came by.
func (q *asked) place(field string) source {
	switch {
	case strings.EqualFold(field, "after"), strings.EqualFold(field, "before"):
		return source{Parameter: "page[" + strings.ToLower(field) + "]"}
	case slices.ContainsFunc(q.Where, func(c resource.Clause) bool { return c.Field == field }), field == "value", field == "operator":
		return source{Parameter: "query"}
	case slices.ContainsFunc(q.Sort, func(s resource.Sort) bool { return s.Field == field }):
		return source{Parameter: "sort"}
	case slices.Contains(q.Include, field):
		return source{Parameter: "include"}
	}
	return source{Parameter: field}
}

func (a *api) getRow(t *table) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		q, err := a.query(t, r.URL.RawQuery, false)
		if err != nil {
			return err
		}
		row, included, err := a.Resources.Get(r.Context(), web.Actor(r.Context()), t.Table, t.id(r), q.Include)
		if err != nil {
			return relocate(err, q.place)
		}
		return a.one(w, http.StatusOK, q.view, row, included)
	}
}

// one writes a document about one row.
func (a *api) one(w http.ResponseWriter, status int, v view, row *resource.Row, included []*resource.Row) error {
	return web.Write(w, status, mediaType, oneView{Data: a.row(v, row), Included: a.included(v, included), Links: selfLink{a.tables[row.Table.Name].path(row.ID)}})
}

// addSpec is what adding a row takes and answers. Of users a company may not tell whether there was one already.
func (a *api) addSpec(t *table) web.Spec {
	spec := web.Spec{Body: refTo(t.Name + "_add"), NeedsBody: true, Answer: documentSchema(t.Name)}
	if t.Noun == kith.NounUser && !t.Join {
		spec.Accepted = refTo(acceptedSchema)
	}
	return spec
}

// acceptedView answers what was taken where nobody is told what became of it.
type acceptedView struct {
	Meta struct {
		Message string `json:"message"`
	} `json:"meta"`
}

func (a *api) addRow(t *table) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		in, err := a.input(t, r, "")
		if err != nil {
			return err
		}
		row, err := a.Resources.Add(r.Context(), web.Actor(r.Context()), t.Table, in)
		if err != nil {
			return relocate(err, t.place)
		}
		if row == nil {
			var taken acceptedView
			taken.Meta.Message = "Taken. What happens next is in the mail."
			return web.Write(w, http.StatusAccepted, mediaType, taken)
		}
		w.Header().Set("Location", t.path(row.ID))
		return a.one(w, http.StatusCreated, view{}, row, nil)
	}
}

func (a *api) changeRow(t *table) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		id := t.id(r)
		in, err := a.input(t, r, id)
		if err != nil {
			return err
		}
		row, err := a.Resources.Change(r.Context(), web.Actor(r.Context()), t.Table, id, in)
		if err != nil {
			return relocate(err, t.place)
		}
		return a.one(w, http.StatusOK, view{}, row, nil)
	}
}

// input reads the document of a request about the row with an id; "" for one to be added.
func (a *api) input(t *table, r *http.Request, id string) (resource.Input, error) {
	if _, err := a.noQuery(r); err != nil {
		return resource.Input{}, err
	}
	body, err := object(r)
	if err != nil {
		return resource.Input{}, err
	}
	return a.parseResource(t, body, id)
}

// mine is the id that stands for the caller's own row.
const mine = "mine"

// id reads the id of the row that a request is about. Nothing is a guest's own.
func (t *table) id(r *http.Request) string {
	id := r.PathValue("id")
	if user := web.Actor(r.Context()).User; id == mine && user != nil && t.Noun == kith.NounUser {
		return user.ID.String()
	}
	return id
}

// place finds where in a document a field of the catalogue stands. A group's owner shares its name with the relation
// to its members, which is what clients write.
func (t *table) place(field string) source {
	name, _, _ := strings.Cut(field, ".")
	_, isField := t.attribute[name]
	if relation, is := t.relation[name]; is && (relation.Many || !isField && name != resource.OwnerRelation) {
		return source{Pointer: "/data/relationships/" + name}
	}
	return source{Pointer: "/data/attributes/" + strings.ReplaceAll(field, ".", "/")}
}

func (a *api) deleteRow(t *table) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := a.noQuery(r); err != nil {
			return err
		}
		if err := a.Resources.Delete(r.Context(), web.Actor(r.Context()), t.Table, t.id(r)); err != nil {
			return err
		}
		return web.Write(w, http.StatusOK, mediaType, nothingView{})
	}
}

// nothingView is the answer that shows nothing.
type nothingView struct {
	Meta map[string]any `json:"meta"`
}

// noQuery reads the query string of a route that takes only the parameters given, which may be none.
func (a *api) noQuery(r *http.Request, known ...string) (pairs, error) {
	p, err := parsePairs(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, one := range p {
		switch {
		case !slices.Contains(known, one.name):
			return nil, atParameter(one.name, &kith.Error{Kind: kith.Invalid, Code: kith.CodeNotAllowed, Message: unknownParameter})
		case seen[one.name]:
			return nil, atParameter(one.name, &kith.Error{Kind: kith.Invalid, Code: kith.CodeDuplicateKey, Message: "This may be given once."})
		}
		seen[one.name] = true
	}
	return p, nil
}

// whyView tells what the rule says to each verb.
type whyView struct {
	Meta struct {
		Type   string    `json:"type"`
		ID     string    `json:"id"`
		Actor  *string   `json:"actor"`
		Active bool      `json:"active"` // the actor can act at all
		Why    []because `json:"why"`
	} `json:"meta"`
}

type because struct {
	Verb      string  `json:"verb"`
	Allowed   bool    `json:"allowed"`
	Table     *string `json:"table"` // rule that allows it on the table; null: none
	Row       *string `json:"row"`
	Outranked bool    `json:"outranked"`
}

// verbWords are this API's words for verbs.
var verbWords = map[kith.Verb]string{kith.Peek: "peek", kith.View: "read", kith.Add: "create", kith.Change: "update",
	kith.Delete: "delete", kith.Execute: "execute", kith.Refer: "refer"}

func (a *api) why(t *table) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, err := a.noQuery(r, "actor")
		if err != nil {
			return err
		}
		var out whyView
		out.Meta.Type, out.Meta.ID, out.Meta.Why = t.Name, t.id(r), []because{}
		actor := ""
		if len(p) > 0 && p[0].value != "" {
			actor = p[0].value
			out.Meta.Actor = &actor
		}
		why, err := a.Resources.Why(r.Context(), web.Actor(r.Context()), t.Table, out.Meta.ID, actor)
		if err != nil {
			return relocate(err, func(string) source { return source{Parameter: "actor"} })
		}
		out.Meta.Active = why.Idle == ""
		for _, b := range why.Verbs {
			out.Meta.Why = append(out.Meta.Why, because{Verb: verbWords[b.Verb], Allowed: b.Allowed() && out.Meta.Active,
				Table: rule(b.Table), Row: rule(b.Row), Outranked: b.Outranked})
		}
		return web.Write(w, http.StatusOK, mediaType, out)
	}
}

func rule(r kith.Rule) *string {
	if r == kith.Refused {
		return nil
	}
	text := string(r)
	return &text
}
