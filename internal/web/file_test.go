package web_test

import (
	"context"
	"strings"
	"testing"

	"kith/internal/web"
)

type faceInput struct {
	Body struct {
		Image web.Opt[*web.File] `json:"image"`
	}
}

// TestFileOrText: a field that is an Opt of a file tells a file from nothing, from null and from a text, in
// forms and in JSON, and takes no two of them.
func TestFileOrText(t *testing.T) {
	var got web.Opt[*web.File]
	w := newWorld()
	web.Handle(w.face, web.Route{Method: "PUT", Path: "/3/things/face/", Permission: "thing.change", Form: true},
		func(_ context.Context, in faceInput) (ok[thing], error) {
			got = in.Body.Image
			return good(thing{}), nil
		})
	form := func(parts ...part) [2]string {
		contentType, body := formOf(t, parts...)
		return [2]string{contentType, body}
	}
	json := func(body string) [2]string { return [2]string{"application/json", body} }
	for _, tt := range []struct {
		name string
		sent [2]string
		want string // what came, or the code of the refusal
	}{
		{"nothing", json(`{}`), "absent"},
		{"null", json(`{"image": null}`), "null"},
		{"empty", json(`{"image": ""}`), "null"},
		{"text", json(`{"image": "x"}`), "text x"},
		{"number", json(`{"image": 1}`), "wrong_type image"},
		{"NUL", json(`{"image": "\u0000"}`), "bad_format image"},
		{"long", json(`{"image": "` + strings.Repeat("x", 1001) + `"}`), "too_long image"},
		{"form without it", form(part{"other", "", "x"}), "absent"},
		{"empty part", form(part{"image", "", ""}), "null"},
		{"text part", form(part{"image", "", "x"}), "text x"},
		{"file", form(part{"image", "f", "pixels"}), "file f"},
		{"empty file", form(part{"image", "f", ""}), "file f"},
		{"two files", form(part{"image", "f", "x"}, part{"image", "g", "y"}), "duplicate_key image"},
		{"file and text", form(part{"image", "f", "x"}, part{"image", "", "y"}), "duplicate_key image"},
		{"file and empty part", form(part{"image", "f", "x"}, part{"image", "", ""}), "duplicate_key image"},
		{"two texts", form(part{"image", "", "x"}, part{"image", "", "y"}), "duplicate_key image"},
	} {
		got = web.Opt[*web.File]{}
		resp := w.call(t, nil, "PUT", "/3/things/face/", tt.sent[0], tt.sent[1])
		came := "absent"
		switch {
		case resp.StatusCode != 200:
			came = strings.Join(fields(t, resp), ", ")
		case got.Null:
			came = "null"
		case got.Set && got.Value.Text != "":
			came = "text " + got.Value.Text
		case got.Set:
			came = "file " + got.Value.Name
		}
		if came != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, came, tt.want)
		}
	}
}
