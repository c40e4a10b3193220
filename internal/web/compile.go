package web

import (
	"encoding"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Described is a type that describes its own JSON, because it has more than one form there: a
// string or an object, say. One used in requests also implements UnmarshalJSON, with a pointer
// receiver, which may use [Unmarshal] for its parts and returns errors of package kith whose fields
// count from itself; one used in answers implements MarshalJSON. For a struct among its forms,
// [SchemaOf] gives the schema.
type Described interface {
	OpenAPI() map[string]any // JSON Schema 2020-12, without references
}

// compiler turns types into nodes. It panics on what it cannot describe: that is a mistake in the
// program, and shows when it starts.
type compiler struct {
	request bool
	open    []reflect.Type // structs being compiled, outermost first
}

var (
	fileType      = reflect.TypeFor[*File]()
	extraType     = reflect.TypeFor[Extra]()
	optType       = reflect.TypeFor[interface{ opt() }]()
	describedType = reflect.TypeFor[Described]()
	mapType       = reflect.TypeFor[map[string]any]()
	familyType    = reflect.TypeFor[Family]()

	// Types that spell themselves some other way would be described wrongly.
	selfWilled = []reflect.Type{
		reflect.TypeFor[json.Marshaler](), reflect.TypeFor[json.Unmarshaler](),
		reflect.TypeFor[encoding.TextMarshaler](), reflect.TypeFor[encoding.TextUnmarshaler](),
	}
)

// maxFields is how many members the decoder can keep track of.
const maxFields = 256

// compileInput describes t, the input of a handler.
func compileInput(t reflect.Type) *input {
	in := &input{}
	if t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("web: input %v is not a struct", t))
	}
	c := &compiler{request: true}
	c.inputFields(in, t, nil)
	return in
}

func (c *compiler) inputFields(in *input, t reflect.Type, index []int) {
	for sf := range t.Fields() {
		at := append(slices.Clone(index), sf.Index...)
		if sf.Anonymous && sf.Type.Kind() == reflect.Struct {
			c.inputFields(in, sf.Type, at)
			continue
		}
		if sf.Name == "Body" {
			if sf.Type.Kind() != reflect.Struct || in.body != nil {
				panic(fmt.Sprintf("web: %v: Body must be one struct", t))
			}
			in.body, in.index = c.object(sf.Type), at
			continue
		}
		in.params = append(in.params, c.param(t, sf, at))
	}
}

func (c *compiler) param(t reflect.Type, sf reflect.StructField, index []int) *param {
	where := fmt.Sprintf("%v.%s", t, sf.Name)
	for _, in := range []place{inPath, inQuery, inHeader} {
		name, ok := sf.Tag.Lookup(string(in))
		if !ok {
			continue
		}
		if in == inHeader {
			name = http.CanonicalHeaderKey(name)
		}
		if family, ok := strings.CutSuffix(name, "*"); ok && sf.Type == familyType && in == inQuery {
			leaf := c.node(reflect.TypeFor[string](), sf.Tag, where)
			return &param{field: field{name: family, index: index, node: leaf, doc: sf.Tag.Get("doc")}, in: in, family: true}
		}
		p := &param{field: c.field(name, sf, index, where), in: in}
		p.required = p.required || in == inPath
		leaf := p.node
		if leaf.kind == kindArray {
			leaf = leaf.elem
		}
		if leaf.kind > kindFloat {
			panic("web: " + where + ": a parameter is a string, bool, number or a list of these")
		}
		return p
	}
	panic("web: " + where + ": neither Body nor tagged path, query or header")
}

// compileView describes t, an answer.
func compileView(t reflect.Type) *node {
	return new(compiler).node(t, "", t.String())
}

// object describes the struct t.
func (c *compiler) object(t reflect.Type) *object {
	if slices.Contains(c.open, t) {
		panic(fmt.Sprintf("web: %v contains itself", t))
	}
	c.open = append(c.open, t)
	o := &object{typ: t, name: c.schemaName(t), answer: !c.request, byName: map[string]*field{}, byFold: map[string]*field{}}
	c.members(o, t, nil)
	c.open = c.open[:len(c.open)-1]
	if len(o.fields) > maxFields {
		panic(fmt.Sprintf("web: %v has more than %d fields", t, maxFields))
	}
	return o
}

func (c *compiler) members(o *object, t reflect.Type, index []int) {
	for sf := range t.Fields() {
		at := append(slices.Clone(index), sf.Index...)
		tag, tagged := sf.Tag.Lookup("json")
		switch {
		case sf.Type == extraType:
			if o.extra != nil || tag != "-" {
				panic(fmt.Sprintf(`web: %v.%s: one Extra at most, tagged json:"-"`, t, sf.Name))
			}
			o.extra = at
			continue
		case sf.Anonymous && !tagged && sf.Type.Kind() == reflect.Struct:
			c.members(o, sf.Type, at)
			continue
		case tag == "-":
			continue
		case !sf.IsExported() || !tagged:
			panic(fmt.Sprintf("web: %v.%s: no json tag", t, sf.Name))
		}
		name, options, _ := strings.Cut(tag, ",")
		f := c.field(name, sf, at, fmt.Sprintf("%v.%s", t, sf.Name))
		f.at = len(o.fields)
		f.optional = strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		if name == "" || o.byFold[Fold(name)] != nil {
			panic(fmt.Sprintf("web: %v.%s: the name %q is empty or taken", t, sf.Name, name))
		}
		if f.node.kind == kindFile && len(c.open) > 1 {
			panic(fmt.Sprintf("web: %v.%s: files belong at the top of a body", t, sf.Name))
		}
		o.fields = append(o.fields, &f)
		o.byName[name], o.byFold[Fold(name)] = &f, &f
	}
}

func (c *compiler) field(name string, sf reflect.StructField, index []int, where string) field {
	f := field{
		name: name, index: index, node: c.node(sf.Type, sf.Tag, where),
		doc: sf.Tag.Get("doc"), example: sf.Tag.Get("example"),
	}
	if !c.request {
		return f
	}
	f.required = sf.Tag.Get("required") == "true"
	k := f.node.kind
	if f.required && f.node.hold == holdPlain && (k == kindBool || k == kindInt || k == kindFloat) && sf.Tag.Get("path") == "" {
		panic("web: " + where + ": a required number or bool is a pointer or an Opt, or it cannot be told from zero")
	}
	if f.required && k == kindString {
		leaf := &f.node.bounds
		leaf.minLength = max(leaf.minLength, 1)
	}
	return f
}

// node describes a value of type t with the tags of the field that holds it.
func (c *compiler) node(t reflect.Type, tag reflect.StructTag, where string) *node {
	n := &node{typ: t, answer: !c.request}
	switch {
	case t == fileType:
		n.kind, n.hold, n.typ = kindFile, holdPointer, t.Elem()
	case t.Implements(optType) && t.Field(optValue).Type == fileType:
		n.kind, n.hold, n.typ = kindFile, holdOpt, fileType
	case t.Implements(optType):
		n.hold, n.typ = holdOpt, t.Field(optValue).Type
	case t.Kind() == reflect.Pointer:
		n.hold, n.typ = holdPointer, t.Elem()
	}
	switch {
	case n.kind != kindFile:
		c.shape(n, tag, where)
	case !c.request:
		panic("web: " + where + ": an answer holds no files")
	}
	return n
}

func (c *compiler) shape(n *node, tag reflect.StructTag, where string) {
	t := n.typ
	if pointer := reflect.PointerTo(t); pointer.Implements(describedType) {
		if c.request && !pointer.Implements(reflect.TypeFor[json.Unmarshaler]()) {
			panic("web: " + where + ": a Described type of a request needs UnmarshalJSON")
		}
		n.kind, n.schema = kindDescribed, reflect.New(t).Interface().(Described).OpenAPI()
		return
	}
	for _, wilful := range selfWilled {
		if reflect.PointerTo(t).Implements(wilful) {
			panic(fmt.Sprintf("web: %s: %v spells itself, so it must be Described", where, t))
		}
	}
	switch t.Kind() {
	case reflect.String:
		n.kind = kindString
	case reflect.Bool:
		n.kind = kindBool
	case reflect.Int, reflect.Int32, reflect.Int64:
		n.kind = kindInt
	case reflect.Float64:
		n.kind = kindFloat
	case reflect.Slice:
		n.kind = kindArray
		n.elem = c.node(t.Elem(), tag, where)
		if n.elem.kind == kindArray || n.elem.kind == kindFile {
			panic("web: " + where + ": no lists of lists or files")
		}
	case reflect.Struct:
		n.kind, n.object = kindObject, c.object(t)
	default:
		if t != mapType {
			panic(fmt.Sprintf("web: %s: %v has no description", where, t))
		}
		n.kind = kindMap
	}
	n.bounds = parseBounds(n.kind, t, tag, where)
}

// parseBounds reads the tags that bound a value of kind k.
func parseBounds(k kind, t reflect.Type, tag reflect.StructTag, where string) bounds {
	b := bounds{maxLength: defaultMaxLength, maxItems: defaultMaxItems, minimum: -defaultMaximum, maximum: defaultMaximum}
	if k == kindMap {
		b.maxLength = defaultMaxBytes
	}
	if t.Kind() == reflect.Int32 {
		b.minimum, b.maximum = -1<<31, 1<<31-1
	}
	whole := func(name string, into *int) {
		if text, ok := tag.Lookup(name); ok {
			*into = must(strconv.Atoi(text))(where, name)
		}
	}
	number := func(name string, into *float64) {
		if text, ok := tag.Lookup(name); ok {
			*into = must(strconv.ParseFloat(text, 64))(where, name)
		}
	}
	whole("minLength", &b.minLength)
	whole("maxLength", &b.maxLength)
	whole("maxItems", &b.maxItems)
	number("minimum", &b.minimum)
	number("maximum", &b.maximum)
	b.format = tag.Get("format")
	if text, ok := tag.Lookup("pattern"); ok {
		b.pattern = must(regexp.Compile(text))(where, "pattern")
	}
	if text, ok := tag.Lookup("enum"); ok {
		b.enum = strings.Split(text, ",")
	}
	return b
}

// must wants a tag to be well formed.
func must[T any](value T, err error) func(where, name string) T {
	return func(where, name string) T {
		if err != nil {
			panic(fmt.Sprintf("web: %s: tag %s: %v", where, name, err))
		}
		return value
	}
}

// schemaName makes the name of a type's schema. Types of requests end in Input: the bounds that a
// request must keep would make an answer of the same type a lie.
func (c *compiler) schemaName(t reflect.Type) string {
	name := typeName(t.Name())
	if c.request && name != "" && !strings.HasSuffix(name, "Input") {
		name += "Input"
	}
	return name
}

// typeName turns ok[[]kith/internal/api/platform.user] into OkListUser.
func typeName(name string) string {
	name = strings.ReplaceAll(name, "[]", "List,")
	var out strings.Builder
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return strings.ContainsRune("[],*", r) }) {
		part = part[strings.LastIndexAny(part, "./")+1:]
		part, _, _ = strings.Cut(part, "·")
		if part != "" {
			out.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return out.String()
}
