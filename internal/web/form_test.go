package web_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kith/internal/web"
	"kith/internal/web/webtest"
)

// part is one part of a form: a file if it has a file name.
type part struct{ name, file, value string }

func formOf(t *testing.T, parts ...part) (contentType, body string) {
	t.Helper()
	var out bytes.Buffer
	m := multipart.NewWriter(&out)
	for _, p := range parts {
		create := m.CreateFormField
		if p.file != "" {
			create = func(name string) (io.Writer, error) { return m.CreateFormFile(name, p.file) }
		}
		w, err := create(p.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(p.value)); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return m.FormDataContentType(), out.String()
}

func TestForms(t *testing.T) {
	w := newWorld()
	doc := webtest.Load(t, w.face)
	who := []part{{"company", "", "a"}, {"password", "", "b"}}
	zero := 0
	plain := login{Company: "a", Password: "b"}
	with := func(change func(*login)) *login { l := plain; change(&l); return &l }
	for _, tt := range []struct {
		name  string
		parts []part
		want  []string
		seen  *login
	}{
		{"strings", nil, nil, &plain},
		{"a number as string", []part{{"nick", "", "123"}}, nil, with(func(l *login) { l.Nick = web.Opt[string]{Set: true, Value: "123"} })},
		{"empty string", []part{{"nick", "", ""}}, nil, with(func(l *login) { l.Nick.Set = true })},
		{"empty others are null", []part{{"remember", "", ""}, {"age", "", ""}, {"score", "", ""}, {"groups", "", ""}}, nil,
			with(func(l *login) { l.Remember = web.Opt[bool]{Set: true, Null: true} })},
		{"JSON text", []part{{"remember", "", "true"}, {"age", "", "0"}, {"metadata", "", `{"a":1}`}}, nil, with(func(l *login) {
			l.Remember, l.Age = web.Opt[bool]{Set: true, Value: true}, &zero
			l.Metadata = web.Opt[map[string]any]{Set: true, Value: map[string]any{"a": 1.0}}
		})},
		{"repeated list", []part{{"groups", "", "x"}, {"groups", "", "y"}}, nil, with(func(l *login) { l.Groups = []string{"x", "y"} })},
		{"list of one", []part{{"groups", "", "x"}}, nil, with(func(l *login) { l.Groups = []string{"x"} })},
		{"list of objects", []part{{"files", "", `{"label":"l","size":0}`}}, nil, with(func(l *login) { l.Files = []label{{"l", &zero}} })},
		{"string or object", []part{{"firm", "", "123"}}, nil, with(func(l *login) { l.Firm.ID = "123" })},
		{"string or object: object", []part{{"firm", "", `{"id":"x"}`}}, nil, with(func(l *login) { l.Firm.ID = "x" })},
		{"unknown names", []part{{"id", "", "7"}, {"many", "", "1"}, {"many", "", "2"}}, nil,
			with(func(l *login) { l.Extra = web.Extra{"id": web.Raw(`"7"`), "many": web.Raw(`["1","2"]`)} })},
		{"repeated string", []part{{"nick", "", "x"}, {"nick", "", "y"}}, []string{"duplicate_key nick"}, nil},
		{"twin", []part{{"Password", "", "c"}}, []string{"duplicate_key password"}, nil},
		{"smuggled member", []part{{"age", "", `1,"password":"x"`}}, []string{"wrong_type age"}, nil},
		{"smuggled end", []part{{"metadata", "", `{}}`}}, []string{"wrong_type metadata"}, nil},
		{"no number", []part{{"age", "", "x"}, {"score", "", "true"}, {"remember", "", "yes"}}, []string{"wrong_type age", "wrong_type remember", "wrong_type score"}, nil},
		{"NUL", []part{{"nick", "", "a\x00"}}, []string{"bad_format nick"}, nil},
		{"bad UTF-8", []part{{"nick", "", "a\xff"}}, []string{"malformed"}, nil},
		{"deep metadata", []part{{"metadata", "", `{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}"}}, []string{"malformed"}, nil},
		{"text for a file", []part{{"picture", "", "x"}}, []string{"wrong_type picture"}, nil},
		{"file for a text", []part{{"nick", "f", "x"}}, []string{"wrong_type nick"}, nil},
		{"two files", []part{{"picture", "f", "x"}, {"picture", "g", "y"}}, []string{"duplicate_key picture"}, nil},
		{"100 parts", slices.Repeat([]part{{"x", "", "1"}}, 98), nil, nil},
		{"too many parts", slices.Repeat([]part{{"x", "", ""}}, 99), []string{"malformed"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			contentType, body := formOf(t, append(slices.Clone(who), tt.parts...)...)
			w.seen = nil
			resp := w.call(t, doc, "POST", "/3/things/", contentType, body)
			if got := fields(t, resp); !slices.Equal(got, tt.want) {
				t.Fatalf("%d %q, want %q", resp.StatusCode, got, tt.want)
			}
			if tt.seen != nil && !reflect.DeepEqual(w.seen, tt.seen) {
				t.Errorf("got  %+v\nwant %+v", w.seen, tt.seen)
			}
		})
	}
}

func TestFileArrives(t *testing.T) {
	w := newWorld()
	contentType, body := formOf(t, part{"company", "", "a"}, part{"password", "", "b"}, part{"picture", "me.png", "pixels"})
	resp := w.call(t, nil, "POST", "/3/things/", contentType, body)
	if resp.StatusCode != 200 || w.file != "pixels" || w.seen.Picture.Name != "me.png" || w.seen.Picture.Size != 6 ||
		w.seen.Picture.Type != "application/octet-stream" {
		t.Errorf("%d: %q, %+v", resp.StatusCode, w.file, w.seen)
	}
}
