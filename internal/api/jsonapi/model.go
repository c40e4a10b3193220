package jsonapi

import (
	"net/http"
	"strconv"

	"kith"
	"kith/internal/core/resource"
	"kith/internal/web"
)

// plainText is the type under which the original serves what describes tables, and some values.
const plainText = "text/plain; charset=utf-8"

// columnView is a column as the original describes it.
type columnView struct {
	Name         string `json:"Name"`
	ColumnName   string `json:"ColumnName"`
	ColumnType   string `json:"ColumnType"`
	DataType     string `json:"DataType"`
	IsNullable   bool   `json:"IsNullable"`
	IsUnique     bool   `json:"IsUnique"`
	IsForeignKey bool   `json:"IsForeignKey"`
	ReadOnly     bool   `json:"ReadOnly"` // kith's own
	Description  string `json:"ColumnDescription"`
}

func viewColumn(f resource.Field) columnView {
	return columnView{Name: f.Name, ColumnName: f.Name, ColumnType: f.Type.String(), DataType: dataType(f), IsNullable: !f.Required,
		IsUnique: f.Unique, ReadOnly: f.Write == resource.Never, Description: f.Doc}
}

// dataType is the type of a column in SQL, which old clients read lengths from.
func dataType(f resource.Field) string {
	switch f.Type {
	case resource.Flag:
		return "bool"
	case resource.Number:
		return "int(11)"
	case resource.Time:
		return "timestamp"
	default:
		return "varchar(" + strconv.Itoa(lengthOf(f)) + ")"
	}
}

// relationColumn is a relation among the columns.
type relationColumn struct {
	JSONAPI    string `json:"jsonApi" enum:"hasOne,hasMany"`
	ColumnType string `json:"columnType" enum:"entity"`
	Type       string `json:"type"`
	ColumnName string `json:"ColumnName"`
}

// modelView is a table as clients load it before they touch its rows.
type modelView struct {
	ColumnModel           map[string]any `json:"ColumnModel"` // columnView or relationColumn
	Actions               []actionView   `json:"Actions"`
	StateMachines         []any          `json:"StateMachines"`
	IsStateMachineEnabled bool           `json:"IsStateMachineEnabled"`
}

func (a *api) model(t *table) modelView {
	out := modelView{ColumnModel: map[string]any{}, Actions: []actionView{}, StateMachines: []any{}}
	out.ColumnModel[typeAttribute] = columnView{Name: "type", ColumnName: typeAttribute, ColumnType: "hidden", DataType: "varchar(100)", ReadOnly: true}
	for _, f := range append(t.Fields[:len(t.Fields):len(t.Fields)], resource.Standard...) {
		out.ColumnModel[f.Name] = viewColumn(f)
	}
	for _, r := range t.relations {
		kind := "hasOne"
		if r.Many {
			kind = "hasMany"
		}
		out.ColumnModel[r.Name] = relationColumn{kind, "entity", r.Table, r.Name}
	}
	for _, action := range a.Resources.Actions() {
		if action.Table == t.Name {
			out.Actions = append(out.Actions, viewAction(action))
		}
	}
	return out
}

// typeView is a type of columns as the original describes it.
type typeView struct {
	Name          string   `json:"Name"`
	BlueprintType string   `json:"BlueprintType"`
	ReclineType   string   `json:"ReclineType"`
	DataTypes     []string `json:"DataTypes"`
}

// columnTypes describes the types that columns have.
func columnTypes() map[string]typeView {
	out := map[string]typeView{}
	for t, word := range map[resource.Type]string{resource.Text: "string", resource.Email: "string", resource.Mobile: "string",
		resource.Password: "string", resource.Flag: "boolean", resource.Number: "number", resource.Time: "date-time", resource.ID: "string"} {
		out[t.String()] = typeView{t.String(), word, word, []string{dataType(resource.Field{Type: t})}}
	}
	return out
}

// models adds the routes that describe tables, and the one that says that the server is there.
func (a *api) models(f *web.Face) {
	for _, listed := range a.Resources.Tables() {
		t := a.tables[listed.Name]
		serve(f, web.Route{Method: "GET", Path: "/jsmodel/" + t.Name + ".js", Permission: web.Guest, MediaType: plainText, Summary: "Columns, relations and actions of " + t.Name},
			web.Spec{Answer: refTo(modelSchema)}, func(w http.ResponseWriter, r *http.Request) error {
				if _, err := a.noQuery(r); err != nil {
					return err
				}
				return web.Write(w, http.StatusOK, plainText, a.model(t))
			})
	}
	serve(f, web.Route{Method: "GET", Path: "/meta", Permission: web.Guest, MediaType: plainText, Summary: "The types of columns"},
		web.Spec{Parameters: []any{parameter("query", "What to tell.", map[string]any{"type": "string", "enum": []string{"column_types"}})}, Answer: refTo(typesSchema)}, a.meta)
	serve(f, web.Route{Method: "GET", Path: "/ping", Permission: web.Guest, MediaType: plainText, Summary: "pong"},
		web.Spec{Answer: map[string]any{"type": "string", "enum": []string{"pong"}}}, func(w http.ResponseWriter, _ *http.Request) error {
			writeText(w, "pong")
			return nil
		})
}

func (a *api) meta(w http.ResponseWriter, r *http.Request) error {
	p, err := a.noQuery(r, "query")
	if err != nil {
		return err
	}
	if len(p) > 0 && p[0].value != "column_types" {
		return atParameter("query", &kith.Error{Kind: kith.Invalid, Code: kith.CodeNotAllowed, Message: "This tells of column_types only."})
	}
	return web.Write(w, http.StatusOK, plainText, columnTypes())
}

// writeText sends a text.
func writeText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", plainText)
	_, _ = w.Write([]byte(text)) // the client has gone; there is nobody left to tell
}
