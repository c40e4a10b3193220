package web

import "bytes"

// Opt is a value that a request may leave out or set to null. The zero Opt is absent. An empty part
// of a form is "" for a string and null for anything else.
type Opt[T any] struct {
	Set   bool // the request names it
	Null  bool // the request sets it to null; Value is then zero
	Value T
}

// Get gives the value, and whether there is one: neither absent nor null.
func (o Opt[T]) Get() (T, bool) { return o.Value, o.Set && !o.Null }

// IsZero reports whether the value is absent, so that omitzero leaves it out.
func (o Opt[T]) IsZero() bool { return !o.Set }

// MarshalJSON writes the value or null.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	if _, ok := o.Get(); !ok {
		return []byte("null"), nil
	}
	var out bytes.Buffer
	err := marshal(&out, o.Value)
	return out.Bytes(), err
}

func (Opt[T]) opt() {}

// The places of Opt's fields, for reflection.
const (
	optSet = iota
	optNull
	optValue
)

// Family holds the query parameters whose names begin alike, by the rest of their names: a field tagged
// query:"metadata__*" has the value of metadata__color under "color". Each value is bounded as a string.
type Family map[string]string

// Extra holds the members of an object that its struct does not know, by name. They are never
// assigned to anything: a face looks here for read-only fields, to refuse a changed one. The values
// of a form are JSON strings, whatever they stand for, or arrays of strings where a name repeats.
type Extra map[string]Raw

// Unchanged reports whether the member called name is absent or says the same as current, the value
// that the face's view shows. A string may spell any value as a form does: "true", "3", "{}", and
// "" for null.
func (e Extra) Unchanged(name string, current any) bool {
	given, ok := e[name]
	if !ok {
		return true
	}
	var out bytes.Buffer
	if err := marshal(&out, current); err != nil {
		return false
	}
	want, err := canonical(out.Bytes())
	if err != nil {
		return false
	}
	if sameJSON(given, want) {
		return true
	}
	if want[0] == '"' || len(given) == 0 || given[0] != '"' {
		return false
	}
	s := newScanner(given)
	defer s.free()
	text, err := s.word()
	if err != nil {
		return false
	}
	return sameJSON(text, want) || len(text) == 0 && string(want) == "null"
}

func sameJSON(given, want []byte) bool {
	given, err := canonical(given)
	return err == nil && bytes.Equal(given, want)
}
