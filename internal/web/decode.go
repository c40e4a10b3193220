package web

import (
	"encoding/json"
	"errors"
	"mime/multipart"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"kith"
)

// decoder reads a body into a struct, guided by the struct's description. Whatever is wrong with
// the fields is collected, so that the caller hears of all of it at once; a text that is no JSON
// ends the reading.
type decoder struct {
	in    *scanner
	path  []string // names and numbers on the way to the value being read
	errs  []error
	files map[string][]*multipart.FileHeader // of a form, for the fields at the top
}

// maxErrors is how many errors one answer tells of.
const maxErrors = 100

var errNames = &kith.Error{Kind: kith.Invalid, Code: kith.CodeMalformed, Message: "The body has too many names."}

var errNotObject = &kith.Error{Kind: kith.Invalid, Code: kith.CodeWrongType, Message: "The body must be a JSON object."}

// Unmarshal reads JSON into the struct that v points to, as strictly as a body and by the same
// tags. The errors are of package kith, joined. It serves the UnmarshalJSON of a [Described] type.
func Unmarshal(text []byte, v any) error {
	value := reflect.ValueOf(v).Elem()
	d := &decoder{}
	if err := d.body(objectOf(value.Type()), text, value); err != nil {
		return err
	}
	return errors.Join(d.errs...)
}

// SchemaOf gives the schema of T, a struct of requests, without references.
func SchemaOf[T any]() map[string]any {
	return new(schemas).members(objectOf(reflect.TypeFor[T]()), "application/json")
}

var objects sync.Map // reflect.Type → *object of requests

func objectOf(t reflect.Type) *object {
	if o, ok := objects.Load(t); ok {
		return o.(*object)
	}
	o, _ := objects.LoadOrStore(t, (&compiler{request: true}).object(t))
	return o.(*object)
}

// body reads the whole text into v. What it returns is wrong with the text; d.errs has the rest.
func (d *decoder) body(o *object, text []byte, v reflect.Value) error {
	d.in = newScanner(text)
	defer d.in.free()
	top := errNotObject
	if d.in.kind() == '{' {
		top = nil
		if err := d.object(o, v); err != nil {
			return d.refuse(err)
		}
	} else if _, err := d.in.raw(); err != nil {
		return d.refuse(err)
	}
	if err := d.in.end(); err != nil {
		return err
	}
	if top != nil {
		return top
	}
	return nil
}

// object reads the object that comes next into the struct v.
func (d *decoder) object(o *object, v reflect.Value) error {
	if err := d.in.enter(); err != nil {
		return err
	}
	var present [maxFields / 64]uint64
	var unknown map[string]bool // folded
	for d.in.more() {
		name, err := d.in.word()
		if err != nil {
			return d.repeated(o, err)
		}
		f := o.byName[string(name)]
		if f == nil {
			if unknown == nil {
				unknown = map[string]bool{}
			}
			if len(unknown) >= maxPairs {
				return errNames
			}
			if err := d.stranger(o, string(name), unknown, v); err != nil {
				return err
			}
			continue
		}
		d.path = append(d.path, f.name)
		there, err := d.value(f.node, v.FieldByIndex(f.index), f.nullable() || f.required)
		if err != nil {
			return err
		}
		d.path = d.path[:len(d.path)-1]
		if there {
			present[f.at/64] |= 1 << (f.at % 64)
		}
	}
	for _, f := range o.fields {
		there := present[f.at/64]&(1<<(f.at%64)) != 0
		if f.node.kind == kindFile && len(d.path) == 0 {
			there = d.file(f, v.FieldByIndex(f.index)) || there
		}
		if f.required && !there {
			d.add(kith.CodeRequired, "This is required.", f.name)
		}
	}
	return d.in.leave()
}

// stranger reads a member that the object's struct does not know.
func (d *decoder) stranger(o *object, name string, unknown map[string]bool, v reflect.Value) error {
	folded := Fold(name)
	if twin := o.byFold[folded]; twin != nil {
		d.add(kith.CodeDuplicateKey, "Names are case-sensitive: write "+twin.name+".", twin.name)
	} else if unknown[folded] {
		d.add(kith.CodeDuplicateKey, "Two names differ only in case.")
	}
	unknown[folded] = true
	if strings.IndexByte(name, 0) >= 0 {
		return errNUL
	}
	raw, err := d.in.raw()
	if err != nil {
		return err
	}
	if o.extra != nil {
		place := v.FieldByIndex(o.extra)
		if place.IsNil() {
			place.Set(reflect.ValueOf(Extra{}))
		}
		place.Interface().(Extra)[name] = raw.Clone()
	}
	return nil
}

// file sets f to the file of its name, if the form has one.
func (d *decoder) file(f *field, v reflect.Value) bool {
	list := d.files[f.name]
	switch {
	case len(list) == 0:
		return false
	case len(list) > 1:
		d.add(kith.CodeDuplicateKey, "Send one file.", f.name)
	case f.node.hold == holdOpt && v.Field(optSet).Bool():
		d.add(kith.CodeDuplicateKey, "A name occurs twice.", f.name)
	case list[0].Size > 0 || list[0].Filename != "":
		f.node.setFile(v, newFile(list[0]))
	default:
		return false // a browser's file input left empty
	}
	return true
}

// value reads the value that comes next into v, and reports whether it is there: not null. Where
// null is no answer at all it is of the wrong type.
func (d *decoder) value(n *node, v reflect.Value, nullable bool) (there bool, err error) {
	k := d.in.kind()
	if k == 'n' && nullable {
		_, err := d.in.raw()
		n.null(v)
		return false, err
	}
	switch {
	case n.kind == kindString && k == '"':
		text, err := d.in.word()
		if err == nil {
			d.setString(n, n.open(v), string(text))
		}
		return true, err
	case n.kind == kindFile && n.hold == holdOpt && k == '"':
		text, err := d.in.word()
		if len(text) == 0 {
			n.null(v)
			return false, err
		}
		if len(text) > defaultMaxLength {
			d.add(kith.CodeTooLong, "This takes at most "+strconv.Itoa(defaultMaxLength)+" bytes, where it is no file.")
		}
		n.setFile(v, &File{Text: d.noNUL(string(text))})
		return true, err
	case n.kind == kindBool && (k == 't' || k == 'f'):
		_, err := d.in.raw()
		n.open(v).SetBool(k == 't')
		return true, err
	case (n.kind == kindInt || n.kind == kindFloat) && k == '0':
		raw, err := d.in.raw()
		if errors.Is(err, errNumber) {
			d.add(kith.CodeOutOfRange, outOfRange(n))
			return true, nil
		} else if err != nil {
			return false, err
		}
		d.setNumber(n, n.open(v), string(raw))
		return true, nil
	case n.kind == kindArray && k == '[':
		return true, d.array(n, n.open(v))
	case n.kind == kindObject && k == '{':
		return true, d.object(n.object, n.open(v))
	case n.kind == kindMap && k == '{':
		return true, d.freeMap(n, n.open(v))
	case n.kind == kindDescribed && k != 0:
		return true, d.described(n.open(v))
	}
	if _, err := d.in.raw(); err != nil {
		return true, err
	}
	d.add(kith.CodeWrongType, expected[n.kind])
	return true, nil
}

func (d *decoder) array(n *node, v reflect.Value) error {
	if err := d.in.enter(); err != nil {
		return err
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	count := 0
	for ; d.in.more(); count++ {
		if count >= n.bounds.maxItems {
			if _, err := d.in.raw(); err != nil {
				return err
			}
			continue
		}
		item := reflect.New(v.Type().Elem()).Elem()
		d.path = append(d.path, strconv.Itoa(count))
		if _, err := d.value(n.elem, item, n.elem.hold != holdPlain); err != nil {
			return err
		}
		d.path = d.path[:len(d.path)-1]
		v.Set(reflect.Append(v, item))
	}
	d.checkCount(n, count)
	return d.in.leave()
}

// freeMap reads an object whose members nobody describes. Its names are data, so case matters.
func (d *decoder) freeMap(n *node, v reflect.Value) error {
	start := d.in.offset()
	m, err := d.free()
	if err != nil {
		return err
	}
	if d.in.offset()-start > n.bounds.maxLength {
		d.add(kith.CodeTooLong, "This may take "+strconv.Itoa(n.bounds.maxLength)+" bytes as JSON.")
	}
	if m != nil {
		v.Set(reflect.ValueOf(m))
	}
	return nil
}

// free reads any value: nil, bool, float64, string, []any or map[string]any.
func (d *decoder) free() (any, error) {
	switch d.in.kind() {
	case '{':
		m := map[string]any{}
		err := d.in.enter()
		for err == nil && d.in.more() {
			var name []byte
			if name, err = d.in.word(); err == nil {
				key := d.noNUL(string(name))
				m[key], err = d.free()
			}
		}
		if err != nil {
			return nil, err
		}
		return m, d.in.leave()
	case '[':
		list := []any{}
		err := d.in.enter()
		for err == nil && d.in.more() {
			var item any
			item, err = d.free()
			list = append(list, item)
		}
		if err != nil {
			return nil, err
		}
		return list, d.in.leave()
	case '"':
		text, err := d.in.word()
		return d.noNUL(string(text)), err
	}
	raw, err := d.in.raw()
	if err != nil {
		return nil, err
	}
	switch raw[0] {
	case 'n':
		return nil, nil
	case 't', 'f':
		return raw[0] == 't', nil
	}
	return d.freeNumber(string(raw)), nil
}

// described lets a type read its own JSON.
func (d *decoder) described(v reflect.Value) error {
	raw, err := d.in.raw()
	if err != nil {
		return err
	}
	err = v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(raw.Clone())
	if err == nil {
		return nil
	}
	for _, e := range kith.Errors(err) {
		switch {
		case e.Kind != kith.Invalid || e.Code == kith.CodeMalformed:
			d.add(kith.CodeWrongType, expected[kindDescribed])
		case e.Field == "":
			d.add(e.Code, e.Message)
		default:
			d.add(e.Code, e.Message, e.Field)
		}
	}
	return nil
}

// add notes an error at the value being read, or at the member of it called name.
func (d *decoder) add(code, message string, name ...string) {
	if len(d.errs) < maxErrors {
		field := strings.Join(append(d.path[:len(d.path):len(d.path)], name...), ".")
		d.errs = append(d.errs, kith.BadField(field, code, message))
	}
}

// repeated makes err, met where a name of an o was due, name the field that came twice. A name that
// the caller made up is not repeated to them.
func (d *decoder) repeated(o *object, err error) error {
	if again, ok := errors.AsType[*duplicate](err); ok && o.byName[again.name] != nil {
		d.path = append(d.path, again.name)
	}
	return err
}

// refuse makes err, of the scanner, name the field where it happened.
func (d *decoder) refuse(err error) error {
	field := strings.Join(d.path, ".")
	if _, ok := errors.AsType[*duplicate](err); ok {
		return kith.BadField(field, kith.CodeDuplicateKey, "A name occurs twice.")
	}
	if e := kith.AsError(err); e.Code != kith.CodeMalformed {
		return e.In(field)
	}
	return err
}
