package web

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Info is what an OpenAPI document says about itself beside the face's title.
type Info struct {
	Version     string
	Description string // Markdown
}

// OpenAPI writes the face's OpenAPI 3.1 document from the table that serves it.
func (f *Face) OpenAPI(info Info) ([]byte, error) {
	s := &schemas{defs: maps.Clone(f.Schemas), objects: map[string]*object{}}
	if s.defs == nil {
		s.defs = map[string]any{}
	}
	failures := f.failures(s)
	failed := map[string]any{} // told once, since every route has them all
	for status := range failures {
		failed[status] = map[string]any{"$ref": "#/components/responses/" + failureName(status)}
	}
	paths := map[string]map[string]any{}
	tags := map[string]bool{}
	for _, rt := range f.routes {
		if paths[rt.Path] == nil {
			paths[rt.Path] = map[string]any{}
		}
		op := f.operation(rt, s)
		if rt.spec != nil && rt.spec.Failure != nil {
			maps.Copy(op["responses"].(map[string]any), f.ownFailures(rt))
		} else {
			maps.Copy(op["responses"].(map[string]any), failed)
		}
		paths[rt.Path][strings.ToLower(rt.Method)] = op
		tags[tag(rt.Path)] = true
	}
	if s.clash != nil {
		return nil, s.clash
	}
	about := map[string]any{"title": f.Title, "version": info.Version}
	if info.Description != "" {
		about["description"] = info.Description
	}
	responses := map[string]any{}
	for status, r := range failures {
		responses[failureName(status)] = r
	}
	components := map[string]any{"schemas": s.defs, "responses": responses}
	if len(f.Security) > 0 {
		components["securitySchemes"] = f.Security
	}
	list := []any{}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, map[string]any{"name": name})
	}
	return marshalIndent(map[string]any{
		"openapi": "3.1.0", "info": about, "tags": list, "paths": paths, "components": components,
	})
}

func failureName(status string) string { return "Failure" + status }

// failures documents what Fail writes, by status. Every route may fail in all these ways.
func (f *Face) failures(s *schemas) map[string]any {
	responses := map[string]any{}
	for status, body := range f.Errors {
		r := map[string]any{"description": http.StatusText(status)}
		if body != nil {
			n := compileView(reflect.TypeOf(body))
			r["content"] = f.content("", s.value(n))
		}
		responses[strconv.Itoa(status)] = r
	}
	return responses
}

// ownFailures documents what Fail writes to those who ask for a route that has errors of its own shape.
func (f *Face) ownFailures(rt *Route) map[string]any {
	responses := map[string]any{}
	for status := range f.Errors {
		responses[strconv.Itoa(status)] = map[string]any{"description": http.StatusText(status), "content": f.content(rt.contentType[0], rt.spec.Failure)}
	}
	return responses
}

// content is a schema under the media type of an answer.
func (f *Face) content(contentType string, schema map[string]any) map[string]any {
	if contentType == "" {
		contentType = f.contentType(&Route{})
	}
	mediaType, _, _ := strings.Cut(contentType, ";")
	return map[string]any{mediaType: map[string]any{"schema": schema}}
}

func (f *Face) operation(rt *Route, s *schemas) map[string]any {
	good := map[string]any{"description": http.StatusText(rt.Status)}
	switch {
	case rt.Status == http.StatusNoContent:
	case rt.spec != nil:
		good["content"] = f.content(rt.contentType[0], rt.spec.Answer)
	default:
		good["content"] = f.content(rt.contentType[0], s.nullable(rt.out, rt.out.hold != holdPlain))
	}
	op := map[string]any{
		"operationId":  operationID(rt),
		"tags":         []string{tag(rt.Path)},
		"x-permission": rt.Permission,
		"security":     f.security(rt),
		"responses":    map[string]any{strconv.Itoa(rt.Status): good},
	}
	if rt.spec != nil && rt.spec.Accepted != nil {
		op["responses"].(map[string]any)[strconv.Itoa(http.StatusAccepted)] = map[string]any{
			"description": http.StatusText(http.StatusAccepted), "content": f.content(rt.contentType[0], rt.spec.Accepted)}
	}
	if rt.Summary != "" {
		op["summary"] = rt.Summary
	}
	list := []any{}
	for _, p := range rt.in.params {
		list = append(list, parameter(p, s))
	}
	if rt.spec != nil {
		list = append(list, rt.spec.Parameters...)
	}
	if len(list) > 0 {
		op["parameters"] = list
	}
	switch {
	case rt.spec != nil && rt.spec.Body != nil:
		op["requestBody"] = map[string]any{"required": rt.spec.NeedsBody, "content": f.content(rt.spec.BodyType, rt.spec.Body)}
	case rt.in.body != nil:
		op["requestBody"] = f.requestBody(rt, s)
	}
	return op
}

// security lists the schemes that sign a request in. A guest may use one too.
func (f *Face) security(rt *Route) []any {
	list := []any{}
	if rt.Permission == Guest || f.Guests {
		list = append(list, map[string]any{})
	}
	for _, name := range slices.Sorted(maps.Keys(f.Security)) {
		list = append(list, map[string]any{name: []any{}})
	}
	return list
}

func parameter(p *param, s *schemas) map[string]any {
	if p.family { // an object in form style gives each of its members a name of its own (OpenAPI 3.1 §4.8.12.3)
		return map[string]any{"name": p.name, "in": string(p.in), "required": false, "style": "form", "explode": true,
			"description": p.doc, "schema": map[string]any{"type": "object", "additionalProperties": s.value(p.node),
				"propertyNames": map[string]any{"pattern": "^" + p.name}, "maxProperties": defaultMaxItems}}
	}
	m := map[string]any{"name": p.name, "in": string(p.in), "required": p.required, "schema": s.value(p.node)}
	if p.doc != "" {
		m["description"] = p.doc
	}
	if p.example != "" {
		m["example"] = example(&p.field)
	}
	if p.node.kind == kindArray { // a comma list
		m["explode"] = false
		if p.in == inQuery {
			m["style"] = "form"
		}
	}
	return m
}

func (f *Face) requestBody(rt *Route, s *schemas) map[string]any {
	mediaType := f.MediaType
	if mediaType == "" {
		mediaType = bodyJSON
	}
	content := map[string]any{mediaType: map[string]any{"schema": s.object(rt.in.body)}}
	if rt.Form {
		content[bodyMultipart] = map[string]any{"schema": s.members(rt.in.body, bodyMultipart)}
	}
	required := slices.ContainsFunc(rt.in.body.fields, func(f *field) bool { return f.required })
	return map[string]any{"required": required, "content": content}
}

// tag groups routes by the first segment of their path that is no version number.
func tag(path string) string {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment[0] == '{' {
			continue
		}
		if _, err := strconv.Atoi(segment); err != nil {
			return segment
		}
	}
	return "root"
}

// operationID names an operation by its method and path: getAuthTokensByTokenKey.
func operationID(rt *Route) string {
	id := strings.ToLower(rt.Method)
	for segment := range strings.SplitSeq(rt.Path, "/") {
		if strings.HasPrefix(segment, "{") {
			id += "By"
		} else if _, err := strconv.Atoi(segment); err == nil {
			continue
		}
		id += title(segment)
	}
	return id
}
