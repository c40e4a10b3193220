package web

import (
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"

	"kith"
)

// A form is spelled as JSON first, so that one decoder and one validator see both.

// maxParts is how many parts a multipart form may have, files included.
const maxParts = 100

// formMemory is how much of a form's files is held in memory; the rest waits in temporary files.
const formMemory = 1 << 20

var errForm = &kith.Error{Kind: kith.Invalid, Code: kith.CodeMalformed, Message: "The form is malformed."}

// multipartForm reads a multipart body.
func multipartForm(r *http.Request) (url.Values, map[string][]*multipart.FileHeader, error) {
	if err := r.ParseMultipartForm(formMemory); err != nil {
		return nil, nil, bodyError(err, errForm)
	}
	count := 0
	for _, list := range r.MultipartForm.Value {
		count += len(list)
	}
	for _, list := range r.MultipartForm.File {
		count += len(list)
	}
	if count > maxParts {
		return nil, nil, errForm
	}
	return r.MultipartForm.Value, r.MultipartForm.File, nil
}

// urlencodedForm reads the text of an application/x-www-form-urlencoded body.
func urlencodedForm(text string) (url.Values, error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return nil, errForm
	}
	count := 0
	for _, list := range values {
		count += len(list)
	}
	if count > maxPairs {
		return nil, errForm
	}
	return values, nil
}

// speller writes a form as JSON.
type speller struct {
	out []byte
	bad bool // some text is not UTF-8
}

// spell writes the values as the JSON of an o. Files are left out, but a file where o has no file
// field is spelled as a value of the wrong type.
func spell(o *object, values url.Values, files map[string][]*multipart.FileHeader) ([]byte, error) {
	s := &speller{out: []byte{'{'}}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		f := o.byName[name]
		list := values[name]
		switch {
		case f == nil:
			s.name(name)
			s.strings(list)
		case f.node.kind == kindArray && (len(list) > 1 || list[0] != ""):
			s.name(name)
			s.array(f.node.elem, list)
		case len(list) > 1:
			return nil, kith.BadField(name, kith.CodeDuplicateKey, "A name occurs twice.")
		case list[0] == "" && f.node.kind != kindString:
			if f.nullable() {
				s.name(name)
				s.out = append(s.out, "null"...)
			}
		default:
			s.name(name)
			s.value(f.node, list[0])
		}
	}
	for name := range files {
		f := o.byName[name]
		if f == nil || f.node.kind == kindFile {
			continue
		}
		if values[name] != nil {
			return nil, kith.BadField(name, kith.CodeDuplicateKey, "A name occurs twice.")
		}
		return nil, kith.BadField(name, kith.CodeWrongType, expected[f.node.kind])
	}
	if s.bad {
		return nil, errForm
	}
	return append(s.out, '}'), nil
}

func (s *speller) name(name string) {
	if len(s.out) > 1 {
		s.out = append(s.out, ',')
	}
	s.quote(name)
	s.out = append(s.out, ':')
}

func (s *speller) quote(text string) {
	out, ok := appendQuoted(s.out, text)
	s.out, s.bad = out, s.bad || !ok
}

// strings writes the texts of a name that nobody knows.
func (s *speller) strings(list []string) {
	if len(list) == 1 {
		s.quote(list[0])
		return
	}
	s.array(&node{kind: kindString}, list)
}

func (s *speller) array(elem *node, list []string) {
	for i, text := range list {
		s.out = append(s.out, "[,"[min(i, 1)])
		s.value(elem, text)
	}
	s.out = append(s.out, ']')
}

// value writes text as it is where n wants anything but a string. What is not exactly one JSON
// value becomes a string, which the decoder then refuses: copied as it is, it could smuggle in
// members of its own.
func (s *speller) value(n *node, text string) {
	verbatim := n.kind != kindString && n.kind != kindFile && isJSON(text)
	if n.kind == kindDescribed {
		verbatim = verbatim && (text[0] == '{' || text[0] == '[')
	}
	if verbatim {
		s.out = append(s.out, text...)
		return
	}
	s.quote(text)
}
