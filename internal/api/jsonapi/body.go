package jsonapi

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kith"
	"kith/internal/core/resource"
	"kith/internal/web"
)

// maxRefs is how many rows one relationship may name.
const maxRefs = 500

// maxID is how long an id may be, in bytes. A UUID has 36; the id of a link is made of those of its two ends.
const maxID = 128

var errNotObject = &kith.Error{Kind: kith.Invalid, Code: kith.CodeWrongType, Message: "The body must be a JSON object."}

// object reads a body: a JSON object, {} if it is empty.
func object(r *http.Request) (map[string]any, error) {
	text, err := web.ReadBody(r)
	if err != nil {
		return nil, err
	}
	return parseObject(text)
}

func parseObject(text []byte) (map[string]any, error) {
	if strings.TrimLeft(string(text), " \t\r\n") == "" {
		return map[string]any{}, nil
	}
	value, err := web.ParseJSON(text)
	if err != nil {
		return nil, err
	}
	m, ok := value.(map[string]any)
	if !ok {
		return nil, errNotObject
	}
	return m, nil
}

// twin finds a name in m that differs from a known one, or from another unknown one, in case only: what a
// careless reader elsewhere would take for the same (decisions: one reading of a body). "" if there is none.
func twin(m map[string]any, known []string) string {
	folded := map[string]bool{}
	for _, name := range known {
		folded[web.Fold(name)] = true
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if slices.Contains(known, name) {
			continue
		}
		form := web.Fold(name)
		if folded[form] {
			return name
		}
		folded[form] = true
	}
	return ""
}

// document is the reading of a JSON:API document.
type document struct {
	errs []error
}

func (d *document) bad(pointer, code, message string) {
	d.refuse(pointer, kith.Invalid, code, message)
}

func (d *document) refuse(pointer string, kind kith.Kind, code, message string) {
	if len(d.errs) < maxErrors {
		d.errs = append(d.errs, atPointer(pointer, &kith.Error{Kind: kind, Code: code, Message: message}))
	}
}

// members gives the object at a pointer; nil if it is none.
func (d *document) members(value any, pointer string, known []string) map[string]any {
	m, ok := value.(map[string]any)
	if !ok {
		d.bad(pointer, kith.CodeWrongType, "This must be an object.")
		return nil
	}
	if name := twin(m, known); name != "" {
		// The caller's own spelling is not repeated to them: it may be anything.
		d.bad(pointer, kith.CodeDuplicateKey, "A name stands here twice, or in two spellings. Names are case-sensitive.")
		return nil
	}
	return m
}

// data gives the document's primary data. It fails where there is none.
func (d *document) data(body map[string]any) (any, bool) {
	if body = d.members(body, "", []string{"data", "meta", "jsonapi", "links", "included"}); body == nil {
		return nil, false
	}
	value, ok := body["data"]
	if !ok {
		d.bad("/data", kith.CodeRequired, `This is required: {"data": ...}.`)
	}
	return value, ok
}

// text gives the text of a member; "" if there is none.
func (d *document) text(m map[string]any, name, pointer string) string {
	value, given := m[name]
	text, ok := value.(string)
	switch {
	case given && value != nil && !ok:
		d.bad(pointer+"/"+name, kith.CodeWrongType, "This must be a string.")
	case len(text) > maxID:
		d.bad(pointer+"/"+name, kith.CodeTooLong, "This takes at most "+strconv.Itoa(maxID)+" bytes.")
		return ""
	}
	return text
}

// parseResource reads what a row of t is made from (id "") or changed to.
func (a *api) parseResource(t *table, body map[string]any, id string) (resource.Input, error) {
	d := &document{}
	in := resource.Input{Values: map[string]any{}, Relations: map[string][]resource.Ref{}}
	value, ok := d.data(body)
	if !ok {
		return in, errors.Join(d.errs...)
	}
	m := d.members(value, "/data", []string{"type", "id", "lid", "attributes", "relationships", "links", "meta"})
	if m == nil {
		return in, errors.Join(d.errs...)
	}
	d.identity(t, m, id)
	if given, ok := m["attributes"]; ok && given != nil {
		d.attributes(t, d.members(given, "/data/attributes", t.names()), id == "", &in)
	}
	if given, ok := m["relationships"]; ok && given != nil {
		d.relationships(t, d.members(given, "/data/relationships", t.relationNames()), id == "", &in)
	}
	return in, errors.Join(d.errs...)
}

// identity holds type and id of a resource to the address.
func (d *document) identity(t *table, m map[string]any, id string) {
	if given := d.text(m, "type", "/data"); given != "" && given != t.Name {
		d.refuse("/data/type", kith.Conflict, kith.CodeNotAllowed, "This address is of "+t.Name+".")
	}
	switch given := d.text(m, "id", "/data"); {
	case given == "":
	case id == "":
		d.refuse("/data/id", kith.Forbidden, kith.CodeNotAllowed, "Ids are made here: leave it out.")
	case strings.EqualFold(given, id):
	default:
		d.refuse("/data/id", kith.Conflict, kith.CodeNotAllowed, "This address is of another row.")
	}
}

// names are those that the attributes of a resource may have.
func (t *table) names() []string {
	names := append(t.relationNames(), typeAttribute)
	for name := range t.attribute {
		names = append(names, name)
	}
	return names
}

func (t *table) relationNames() []string {
	names := make([]string, 0, len(t.relations))
	for _, r := range t.relations {
		names = append(names, r.Name)
	}
	return names
}

// attributes takes those that the table knows, and ignores all others.
func (d *document) attributes(t *table, m map[string]any, adding bool, in *resource.Input) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		value, pointer := m[name], "/data/attributes/"+name
		if f, ok := t.attribute[name]; ok {
			if f.Secret && value == "" && !adding {
				continue // as it was shown
			}
			in.Values[name] = spelled(f.Type, value)
			continue
		}
		if name == resource.OwnerRelation && t.Owned {
			in.Values[name] = value
		}
		if name == typeAttribute && value != t.Name {
			d.bad(pointer, kith.CodeReadOnly, "This cannot be changed.")
		}
	}
}

// spelled brings a value of a type from the spellings that the original takes to the one of JSON.
func spelled(t resource.Type, value any) any {
	switch v := value.(type) {
	case float64:
		if t == resource.Flag && (v == 0 || v == 1) {
			return v == 1
		}
	case string:
		if t != resource.Number || v == "" || strings.Trim(v, "0123456789") != "" {
			return value
		}
		if number, err := strconv.ParseInt(v, 10, 64); err == nil && number <= 1<<53 {
			return float64(number)
		}
	}
	return value
}

func (d *document) relationships(t *table, m map[string]any, adding bool, in *resource.Input) {
	for _, r := range t.relations {
		name := r.Name
		value, ok := m[name]
		if !ok {
			continue
		}
		pointer := "/data/relationships/" + name
		members := d.members(value, pointer, []string{"data", "links", "meta"})
		if members == nil {
			continue
		}
		data, given := members["data"]
		if !given || !adding && !r.Many && nameless(data) {
			continue
		}
		in.Relations[name] = d.refs(r, data, pointer+"/data")
	}
}

// nameless reports whether a resource identifier has a type and nothing else: so the published client writes back a
// relation to one row, of which it keeps the id alone.
func nameless(value any) bool {
	m, ok := value.(map[string]any)
	_, typed := m["type"]
	return ok && typed && len(m) == 1
}

// parseLinkage reads the rows that the body of a /relationships/ route names.
func (a *api) parseLinkage(r resource.Relation, body map[string]any) ([]resource.Ref, error) {
	d := &document{}
	var refs []resource.Ref
	if value, ok := d.data(body); ok {
		refs = d.refs(r, value, "/data")
	}
	return refs, errors.Join(d.errs...)
}

// refs reads the rows that a relation is to lead to: one or null, or a list.
func (d *document) refs(r resource.Relation, value any, pointer string) []resource.Ref {
	if !r.Many {
		if value == nil {
			return []resource.Ref{}
		}
		return []resource.Ref{d.ref(r, value, pointer)}
	}
	list, ok := value.([]any)
	switch {
	case !ok:
		d.bad(pointer, kith.CodeWrongType, `This must be a list: [{"type": "`+r.Table+`", "id": ...}].`)
		return nil
	case len(list) > maxRefs:
		d.bad(pointer, kith.CodeTooLong, "This takes at most "+strconv.Itoa(maxRefs)+" items.")
		return nil
	}
	refs := make([]resource.Ref, 0, len(list))
	for i, item := range list {
		refs = append(refs, d.ref(r, item, pointer+"/"+strconv.Itoa(i)))
	}
	return refs
}

func (d *document) ref(r resource.Relation, value any, pointer string) resource.Ref {
	m := d.members(value, pointer, []string{"type", "id", "lid", "meta"})
	if m == nil {
		return resource.Ref{}
	}
	table, id := d.text(m, "type", pointer), d.text(m, "id", pointer)
	switch {
	case table == "":
		d.bad(pointer+"/type", kith.CodeRequired, "This is required.")
	case table != r.Table:
		d.refuse(pointer+"/type", kith.Conflict, kith.CodeNotAllowed, "This relation leads to "+r.Table+".")
	}
	if id == "" {
		d.bad(pointer+"/id", kith.CodeRequired, "This is required.")
	}
	return resource.Ref{Table: r.Table, ID: id}
}

// parseInputs reads the inputs of an action: the members of "attributes" if there are such, else the body's
// own. Unknown ones are ignored.
func parseInputs(a *resource.Action, body map[string]any) (map[string]any, error) {
	d := &document{}
	known := []string{}
	for _, p := range a.In {
		known = append(known, p.Name)
	}
	if a.Instance {
		known = append(known, a.Table+"_id")
	}
	if given, ok := body["attributes"]; ok && given != nil {
		if d.members(body, "", []string{"attributes"}) == nil {
			return nil, errors.Join(d.errs...)
		}
		body = d.members(given, "/attributes", known)
	} else {
		body = d.members(body, "", append(known, "attributes"))
	}
	in := map[string]any{}
	for name, value := range body {
		if slices.Contains(known, name) {
			in[name] = value
		}
	}
	return in, errors.Join(d.errs...)
}
