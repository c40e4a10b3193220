package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"

	"kith"
)

// Route is one line of a face's table.
type Route struct {
	Method, Path string
	Permission   string // what Admit is asked for; [Guest] if nothing
	Summary      string // a line of the document
	Status       int    // of a good answer; 0 is 200
	MediaType    string // of a good answer; "" is the face's
	MaxBody      int64  // bytes of a body; with Form, of a form; 0 is the face's
	Form         bool   // forms are taken beside JSON

	in          *input
	out         *node
	spec        *Spec // of a route that serves itself; nil: in and out tell
	contentType []string
	serve       http.HandlerFunc
}

// Handle adds a route to the face. The handler gets an input that has passed every check that its
// tags ask for; what it returns is written as JSON, or by the face's Fail. Admission comes first,
// then size and content type, then the shape of parameters and body, then the handler. Handle
// panics on a route that makes no sense.
func Handle[In, Out any](f *Face, rt Route, h func(context.Context, In) (Out, error)) {
	if rt.Status == 0 {
		rt.Status = http.StatusOK
	}
	rt.in, rt.out = compileInput(reflect.TypeFor[In]()), compileView(reflect.TypeFor[Out]())
	rt.contentType = []string{f.contentType(&rt)}
	rt.serve = func(w http.ResponseWriter, r *http.Request) {
		r, err := f.enter(w, r, rt.Permission)
		if err != nil {
			f.Fail(w, r, err)
			return
		}
		ctx := r.Context()
		var in In
		err = rt.read(f, w, r, reflect.ValueOf(&in).Elem())
		if r.MultipartForm != nil {
			defer func() { _ = r.MultipartForm.RemoveAll() }() // the server would, but knows another copy of r
		}
		var out Out
		if err == nil {
			out, err = h(ctx, in)
		}
		if err == nil {
			if err = write(w, rt.Status, rt.contentType, out); err != nil {
				err = fmt.Errorf("write the answer: %w", err)
			}
		}
		if err != nil {
			f.Fail(w, r, err)
		}
	}
	f.register(&rt)
}

// enter begins an answer and admits who asks for it: the request that it returns knows them.
func (f *Face) enter(w http.ResponseWriter, r *http.Request, permission string) (*http.Request, error) {
	f.begin(w, r)
	ctx, err := f.admit(r, permission)
	if err != nil {
		return r, err
	}
	if ctx != r.Context() {
		r = r.WithContext(ctx)
	}
	if x, ok := ctx.Value(exchangeKey).(*exchange); ok && x.actor != nil {
		x.stack.denyOrigin(w.Header(), r)
	}
	return r, nil
}

// read fills v, the input, from the request.
func (rt *Route) read(f *Face, w http.ResponseWriter, r *http.Request, v reflect.Value) error {
	var form bool
	var kind string
	if rt.in.body != nil && r.ContentLength != 0 {
		var err error
		if kind, err = rt.bodyKind(f, r); err != nil {
			return err
		}
		form = kind != bodyJSON
		if err := rt.limit(f, w, r, form); err != nil {
			return err
		}
	}
	var d decoder
	if err := rt.in.bind(r, v, &d); err != nil {
		return err
	}
	if rt.in.body != nil {
		body := v.FieldByIndex(rt.in.index)
		var err error
		if form {
			err = d.form(rt.in.body, r, kind, body)
		} else {
			err = d.json(rt.in.body, r, body)
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(d.errs...)
}

// The kinds of body.
const (
	bodyJSON       = "application/json"
	bodyMultipart  = "multipart/form-data"
	bodyURLEncoded = "application/x-www-form-urlencoded"
)

var errType = &kith.Error{Kind: kith.Unsupported, Code: kith.CodeUnsupportedType, Message: "This content type is not taken here."}

// bodyKind finds out what the request says its body is. No word at all means JSON.
func (rt *Route) bodyKind(f *Face, r *http.Request) (string, error) {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return "", errType
	}
	given := r.Header.Get("Content-Type")
	if f.AnyType || given == "" || given == bodyJSON {
		return bodyJSON, nil
	}
	mediaType, _, err := mime.ParseMediaType(given)
	switch {
	case err != nil:
		return "", errType
	case mediaType == bodyJSON, strings.HasPrefix(mediaType, "application/") && strings.HasSuffix(mediaType, "+json"):
		return bodyJSON, nil
	case rt.Form && (mediaType == bodyMultipart || mediaType == bodyURLEncoded):
		return mediaType, nil
	}
	return "", errType
}

var errTooLarge = &kith.Error{Kind: kith.TooLarge, Code: kith.CodeBodyTooLarge, Message: "The body is too large."}

// limit cuts the body off at what the route takes.
func (rt *Route) limit(f *Face, w http.ResponseWriter, r *http.Request, form bool) error {
	limit := f.MaxBody
	if limit == 0 {
		limit = defaultMaxBody
	}
	if rt.MaxBody > 0 && form == rt.Form {
		limit = rt.MaxBody
	}
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close") // rather than read what nobody wants
		return errTooLarge
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	return nil
}

// bodyError tells a body that was too large from one that is broken in the way of other.
func bodyError(err error, other *kith.Error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errTooLarge
	}
	return other
}

var errCut = &kith.Error{Kind: kith.Invalid, Code: kith.CodeMalformed, Message: "The body could not be read to its end."}

// json reads a JSON body. An empty one is {}.
func (d *decoder) json(o *object, r *http.Request, v reflect.Value) error {
	text := buffers.Get().(*bytes.Buffer)
	defer freeBuffer(text)
	if r.ContentLength != 0 {
		if _, err := text.ReadFrom(r.Body); err != nil {
			return bodyError(err, errCut)
		}
	}
	if len(bytes.TrimLeft(text.Bytes(), " \t\r\n")) == 0 {
		text.Reset()
		text.WriteString("{}")
	}
	return d.body(o, text.Bytes(), v)
}

// form reads a form.
func (d *decoder) form(o *object, r *http.Request, kind string, v reflect.Value) error {
	var spelled []byte
	if kind == bodyMultipart {
		values, files, err := multipartForm(r)
		if err != nil {
			return err
		}
		d.files = files
		if spelled, err = spell(o, values, files); err != nil {
			return err
		}
	} else {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return bodyError(err, errCut)
		}
		values, err := urlencodedForm(string(text))
		if err != nil {
			return err
		}
		if spelled, err = spell(o, values, nil); err != nil {
			return err
		}
	}
	return d.body(o, spelled, v)
}
