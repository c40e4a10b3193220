package web

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"kith"
)

// This file is the only one that knows the JSON library, so that the standard library's
// encoding/json/v2 can take its place by one edit. The library refuses duplicate names, bad UTF-8
// and lone surrogates at any depth; its error texts are not stable and may quote the body, so none
// of them leaves this file.

// Raw is one JSON value as it was written.
type Raw = jsontext.Value

// maxDepth is how deep a body may nest.
const maxDepth = 32

var marshalOptions = json.JoinOptions(json.FormatNilMapAsNull(true), json.Deterministic(true))

// marshal appends the JSON of v to out. A nil slice is [], a nil map null.
func marshal(out *bytes.Buffer, v any) error { return json.MarshalWrite(out, v, marshalOptions) }

func marshalIndent(v any) ([]byte, error) {
	return json.Marshal(v, marshalOptions, jsontext.WithIndent("  "))
}

// canonical spells a value so that equal values have equal spellings (RFC 8785).
func canonical(raw []byte) ([]byte, error) {
	value := Raw(bytes.Clone(raw))
	if err := value.Canonicalize(); err != nil {
		return nil, err
	}
	return value, nil
}

func isJSON(text string) bool { return Raw(text).IsValid() }

// appendQuoted appends s as a JSON string; it reports false if s is not UTF-8.
func appendQuoted(out []byte, s string) ([]byte, bool) {
	out, err := jsontext.AppendQuote(out, s)
	return out, err == nil
}

// AppendString appends s as a JSON string. What is no UTF-8 in it is replaced.
func AppendString(out []byte, s string) []byte {
	quoted, ok := appendQuoted(out, s)
	if !ok {
		quoted, _ = appendQuoted(out, strings.ToValidUTF8(s, "\uFFFD"))
	}
	return quoted
}

// scanner reads one JSON text piece by piece. What it returns is good until its next call.
type scanner struct {
	text bytes.Buffer
	dec  jsontext.Decoder
}

var scanners = sync.Pool{New: func() any { return new(scanner) }}

func newScanner(text []byte) *scanner {
	s := scanners.Get().(*scanner)
	s.text = *bytes.NewBuffer(text)
	s.dec.Reset(&s.text)
	return s
}

// free gives the scanner back.
func (s *scanner) free() {
	s.text = bytes.Buffer{}
	scanners.Put(s)
}

// kind is the first letter of the next token: n t f " 0 { } [ ], or 0 before an error.
func (s *scanner) kind() byte { return byte(s.dec.PeekKind()) }

// enter reads the { or [ that comes next.
func (s *scanner) enter() error {
	if _, err := s.dec.ReadToken(); err != nil {
		return s.refusal(err)
	}
	if s.dec.StackDepth() > maxDepth {
		return errDepth
	}
	return nil
}

// more reports whether the object or array goes on. An error counts as more: the next read tells.
func (s *scanner) more() bool { k := s.kind(); return k != '}' && k != ']' }

// leave reads the } or ] that comes next.
func (s *scanner) leave() error {
	_, err := s.dec.ReadToken()
	return s.refusal(err)
}

// word reads the next name or string and gives its characters.
func (s *scanner) word() ([]byte, error) {
	raw, err := s.dec.ReadValue()
	if err != nil {
		return nil, s.refusal(err)
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], nil
	}
	text, err := jsontext.AppendUnquote(nil, raw)
	return text, s.refusal(err)
}

// raw reads the next value whole, and refuses what no value may hold.
func (s *scanner) raw() (Raw, error) {
	raw, err := s.dec.ReadValue()
	if err != nil {
		return nil, s.refusal(err)
	}
	return raw, inspect(raw, s.dec.StackDepth())
}

// end wants the text to end here.
func (s *scanner) end() error {
	if _, err := s.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return errMalformed
	}
	return nil
}

// offset is how many bytes have been read.
func (s *scanner) offset() int { return int(s.dec.InputOffset()) }

// duplicate is the refusal of a name that came before.
type duplicate struct{ name string }

// Error says so without the name, which is the caller's text.
func (*duplicate) Error() string { return "duplicate name" }

func (s *scanner) refusal(err error) error {
	if err == nil {
		return nil
	}
	syntax, ok := errors.AsType[*jsontext.SyntacticError](err)
	if ok && errors.Is(syntax.Err, jsontext.ErrDuplicateName) {
		return &duplicate{name: syntax.JSONPointer.LastToken()}
	}
	return errMalformed
}

var (
	errMalformed = &kith.Error{Kind: kith.Invalid, Code: kith.CodeMalformed, Message: "The body is not valid JSON."}
	errDepth     = &kith.Error{Kind: kith.Invalid, Code: kith.CodeMalformed, Message: "The body is nested too deeply."}
	errNumber    = &kith.Error{Kind: kith.Invalid, Code: kith.CodeOutOfRange, Message: "A number is too large."}
	errNUL       = &kith.Error{Kind: kith.Invalid, Code: kith.CodeBadFormat, Message: "Text may not contain the character NUL."}
)

// inspect refuses a valid JSON value, lying depth levels deep, that nests too deeply, holds a NUL
// or a number that no float64 reaches.
func inspect(raw []byte, depth int) error {
	for at := 0; at < len(raw); at++ {
		switch c := raw[at]; c {
		case '{', '[':
			if depth++; depth > maxDepth {
				return errDepth
			}
		case '}', ']':
			depth--
		case '"':
			length, nul := quoted(raw[at:])
			if nul {
				return errNUL
			}
			at += length - 1
		case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			length := numeral(raw[at:])
			if !finite(raw[at : at+length]) {
				return errNumber
			}
			at += length - 1
		}
	}
	return nil
}

// quoted measures the JSON string at the start of raw, and reports whether it holds a NUL.
func quoted(raw []byte) (length int, nul bool) {
	for at := 1; ; at++ {
		switch raw[at] {
		case '"':
			return at + 1, nul
		case '\\':
			nul = nul || bytes.HasPrefix(raw[at:], []byte(`\u0000`))
			at++
		}
	}
}

func numeral(raw []byte) int {
	for at, c := range raw {
		switch c {
		case ',', ']', '}', ' ', '\t', '\r', '\n':
			return at
		}
	}
	return len(raw)
}

func finite(number []byte) bool {
	if len(number) < 300 && !bytes.ContainsAny(number, "eE") {
		return true
	}
	f, err := strconv.ParseFloat(string(number), 64)
	return err == nil && !math.IsInf(f, 0)
}
