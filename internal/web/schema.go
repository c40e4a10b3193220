package web

import (
	"fmt"
	"maps"
	"strings"
)

// schemas writes nodes as JSON Schema (2020-12). Structs with a name become definitions, unless
// there is no place for them.
type schemas struct {
	defs    map[string]any // nil: everything is written in place
	objects map[string]*object
	clash   error
}

const schemaPath = "#/components/schemas/"

// value writes what n describes, null aside.
func (s *schemas) value(n *node) map[string]any {
	b := &n.bounds
	switch n.kind {
	case kindString:
		return stringSchema(b)
	case kindBool:
		return map[string]any{"type": "boolean"}
	case kindInt:
		return map[string]any{"type": "integer", "minimum": int64(b.minimum), "maximum": int64(b.maximum)}
	case kindFloat:
		return map[string]any{"type": "number", "minimum": b.minimum, "maximum": b.maximum}
	case kindArray:
		return map[string]any{"type": "array", "items": s.nullable(n.elem, n.elem.hold != holdPlain), "maxItems": b.maxItems}
	case kindObject:
		return s.object(n.object)
	case kindFile:
		return map[string]any{"type": "string", "format": "binary", "maxLength": int64(defaultMaximum)}
	case kindMap:
		return map[string]any{"type": "object", "additionalProperties": true, "x-max-bytes": b.maxLength}
	default:
		return maps.Clone(n.schema)
	}
}

func stringSchema(b *bounds) map[string]any {
	m := map[string]any{"type": "string", "maxLength": b.maxLength}
	if b.minLength > 0 {
		m["minLength"] = b.minLength
	}
	if b.pattern != nil {
		m["pattern"] = b.pattern.String()
	}
	if b.format != "" {
		m["format"] = b.format
	}
	if b.enum != nil {
		m["enum"] = b.enum
	}
	return m
}

// nullable writes n, and null beside it where that is allowed. An enum must list null too, or no
// value passes.
func (s *schemas) nullable(n *node, allowed bool) map[string]any {
	m := s.value(n)
	if !allowed && (!n.answer || n.kind != kindMap) {
		return m
	}
	plain, ok := m["type"].(string)
	if !ok {
		return map[string]any{"anyOf": []any{m, map[string]any{"type": "null"}}}
	}
	m["type"] = []string{plain, "null"}
	if enum, ok := m["enum"].([]string); ok {
		values := make([]any, 0, len(enum)+1)
		for _, word := range enum {
			values = append(values, word)
		}
		m["enum"] = append(values, nil)
	}
	return m
}

// object writes o, or a reference to its definition.
func (s *schemas) object(o *object) map[string]any {
	if s.defs == nil || o.name == "" {
		return s.members(o, bodyJSON)
	}
	switch other := s.objects[o.name]; {
	case other == nil:
		s.objects[o.name] = o
		s.defs[o.name] = s.members(o, bodyJSON)
	case other.typ != o.typ || other.answer != o.answer:
		s.clash = fmt.Errorf("schema %s: %v and %v have the same name", o.name, other.typ, o.typ)
	}
	return map[string]any{"$ref": schemaPath + o.name}
}

// members writes the object o as a body of the given type has it. Files are only in forms.
func (s *schemas) members(o *object, mediaType string) map[string]any {
	properties := map[string]any{}
	required := []string{}
	for _, f := range o.fields {
		if f.node.kind == kindFile && f.node.hold != holdOpt && mediaType != bodyMultipart {
			continue
		}
		properties[f.name] = s.field(f, mediaType)
		if f.required || o.answer && !f.optional {
			required = append(required, f.name)
		}
	}
	m := map[string]any{"type": "object", "properties": properties}
	if len(required) > 0 {
		m["required"] = required
	}
	return m
}

func (s *schemas) field(f *field, mediaType string) map[string]any {
	nullable := f.nullable()
	if mediaType == bodyMultipart { // a form has no null, only empty text
		nullable = false
	}
	m := s.nullable(f.node, nullable)
	if f.node.kind == kindFile && mediaType != bodyMultipart { // null, or the address where it is served
		m = map[string]any{"type": []string{"string", "null"}, "maxLength": defaultMaxLength}
	}
	if f.doc != "" {
		m["description"] = f.doc
	}
	if f.example != "" {
		m["examples"] = []any{example(f)}
	}
	return m
}

// example reads the tag as JSON where the field is no string.
func example(f *field) any {
	if f.node.kind == kindString || !isJSON(f.example) {
		return f.example
	}
	return Raw(f.example)
}

// title makes "a name" into "AName".
func title(text string) string {
	var out strings.Builder
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !isWord(r) }) {
		out.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return out.String()
}

func isWord(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}
