package web

import (
	"reflect"
	"regexp"
)

// node describes one value: what the decoder reads, the validator checks, the form reader spells
// and the OpenAPI writer documents.
type node struct {
	kind   kind
	typ    reflect.Type // without the pointer or Opt
	hold   hold
	bounds bounds
	elem   *node          // of an array
	object *object        // of an object
	schema map[string]any // of a Described type
	answer bool           // of an answer, where a nil map is null
}

type kind uint8

const (
	kindString kind = iota
	kindBool
	kindInt
	kindFloat
	kindArray
	kindObject // a struct
	kindMap    // map[string]any: an object whose members nobody describes
	kindFile
	kindDescribed
)

// expected is what a message says about a value of the wrong type.
var expected = [...]string{
	kindString:    "This must be a string.",
	kindBool:      "This must be true or false.",
	kindInt:       "This must be a whole number.",
	kindFloat:     "This must be a number.",
	kindArray:     "This must be a list.",
	kindObject:    "This must be an object.",
	kindMap:       "This must be an object.",
	kindFile:      "This must be a file, sent as multipart/form-data.",
	kindDescribed: "This has the wrong form.",
}

// hold is how a Go value says that there is none.
type hold uint8

const (
	holdPlain   hold = iota // it cannot
	holdPointer             // nil
	holdOpt                 // Opt
)

// open gives the place inside v where the value itself goes, made ready.
func (n *node) open(v reflect.Value) reflect.Value {
	switch n.hold {
	case holdPointer:
		v.Set(reflect.New(n.typ))
		return v.Elem()
	case holdOpt:
		v.Field(optSet).SetBool(true)
		return v.Field(optValue)
	default:
		return v
	}
}

// setFile puts a file where v holds one.
func (n *node) setFile(v reflect.Value, f *File) {
	if n.hold == holdOpt {
		v.Field(optSet).SetBool(true)
		v = v.Field(optValue)
	}
	v.Set(reflect.ValueOf(f))
}

// null sets v to null. It must be able to hold it.
func (n *node) null(v reflect.Value) {
	if n.hold == holdOpt {
		v.Field(optSet).SetBool(true)
		v.Field(optNull).SetBool(true)
	}
}

// bounds limit a value. Of an array, all but maxItems is in its elem.
type bounds struct {
	minLength, maxLength int // code points of a string, bytes of a map's JSON
	pattern              *regexp.Regexp
	enum                 []string
	format               string
	minimum, maximum     float64
	maxItems             int
}

// What is bounded by no tag is bounded by these.
const (
	defaultMaxLength = 1000
	defaultMaxBytes  = 104857 // of a map
	defaultMaxItems  = 100
	defaultMaximum   = 1 << 53 // and minus it: float64s count exactly so far
)

// object describes a struct.
type object struct {
	typ    reflect.Type
	name   string // of the schema; "" if the type has none
	answer bool   // of an answer, where every member is there that is not optional
	fields []*field
	byName map[string]*field
	byFold map[string]*field
	extra  []int // index of the Extra field; nil if none
}

// field is one member of an object.
type field struct {
	name         string
	at           int   // place among the object's fields
	index        []int // for reflect's FieldByIndex
	node         *node
	required     bool
	optional     bool // of an answer: may be left out
	doc, example string
}

// nullable reports whether null is a value of the field.
func (f *field) nullable() bool { return f.node.hold != holdPlain && !f.required }

// input describes a handler's whole input.
type input struct {
	params []*param
	body   *object // nil if none
	index  []int   // of the body
}

// param is one parameter.
type param struct {
	field
	in     place
	family bool // all whose names begin with its own
}

// place is where a parameter stands; also its tag and its word in OpenAPI.
type place string

const (
	inPath   place = "path"
	inQuery  place = "query"
	inHeader place = "header"
)
