package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"unicode/utf8"
)

// Spec documents a route whose shapes no Go type has, because a table of the program makes them. Its
// schemas are JSON Schema 2020-12 and may refer to those of [Face.Schemas].
type Spec struct {
	Parameters []any          // Parameter Objects of OpenAPI, those of the path aside
	Body       map[string]any // of the request; nil if it takes none
	BodyType   string         // media type of the body; "" is the face's
	NeedsBody  bool           // an empty one is refused
	Answer     map[string]any // of a good answer; nil where the status is 204
	Accepted   map[string]any // of a good answer with the status 202, which tells less; nil if there is none
	Failure    map[string]any // of an error, as the good answer's media type; nil: those of Face.Errors
}

// Serve adds a route whose handler reads the request and writes the answer by itself. As with [Handle]
// admission comes first, then the size of the body, and Face.Fail writes the error that the handler
// returns, having written nothing. A path whose parameters are no text names nothing.
func Serve(f *Face, rt Route, spec Spec, h func(w http.ResponseWriter, r *http.Request) error) {
	if rt.Status == 0 {
		rt.Status = http.StatusOK
	}
	if spec.Answer == nil && rt.Status != http.StatusNoContent {
		panic(fmt.Sprintf("web: %s %s: an answer without a schema", rt.Method, rt.Path))
	}
	rt.spec, rt.in, rt.contentType = &spec, pathInput(rt.Path), []string{f.contentType(&rt)}
	rt.serve = func(w http.ResponseWriter, r *http.Request) {
		r, err := f.enter(w, r, rt.Permission)
		if err == nil {
			err = rt.open(f, w, r)
		}
		if err == nil {
			err = h(w, r)
		}
		if err != nil {
			f.Fail(w, r, err)
		}
	}
	f.register(&rt)
}

// pathInput describes the parameters of a path, each a text.
func pathInput(path string) *input {
	in := &input{}
	for _, name := range pathParams(path) {
		leaf := new(compiler).node(reflect.TypeFor[string](), "", path)
		in.params = append(in.params, &param{field: field{name: name, node: leaf, required: true}, in: inPath})
	}
	return in
}

// open makes a request ready to be read by its handler.
func (rt *Route) open(f *Face, w http.ResponseWriter, r *http.Request) error {
	for _, p := range rt.in.params {
		if value := r.PathValue(p.name); !utf8.ValidString(value) || utf8.RuneCountInString(value) > p.node.bounds.maxLength {
			return errNoThing
		}
	}
	if rt.spec.Body == nil || r.ContentLength == 0 {
		return nil
	}
	if _, err := rt.bodyKind(f, r); err != nil {
		return err
	}
	return rt.limit(f, w, r, false)
}

// ReadBody reads the body of a request that a [Serve] handler got.
func ReadBody(r *http.Request) ([]byte, error) {
	if r.ContentLength == 0 {
		return nil, nil
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, bodyError(err, errCut)
	}
	return text, nil
}

// ParseJSON reads any JSON value, as strictly as a body: nil, bool, float64, string, []any or
// map[string]any. The errors are of package kith, joined; where there are any, the value is nil.
func ParseJSON(text []byte) (any, error) {
	d := &decoder{in: newScanner(text)}
	defer d.in.free()
	value, err := d.free()
	if err != nil {
		return nil, d.refuse(err)
	}
	if err := d.in.end(); err != nil {
		return nil, err
	}
	if err := errors.Join(d.errs...); err != nil {
		return nil, err
	}
	return value, nil
}
