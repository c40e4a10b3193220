package docs_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"kith/internal/docs"
)

var specs = []docs.Spec{{Title: "platform", URL: "/openapi/platform.json"}, {Title: "multi", URL: "/openapi/multi.json"}}

func get(t *testing.T, path, acceptEncoding string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", path, nil)
	if acceptEncoding != "" {
		r.Header.Set("Accept-Encoding", acceptEncoding)
	}
	docs.Handler(specs).ServeHTTP(w, r)
	return w
}

// loads lists what the page at path fetches by itself.
func loads(t *testing.T, page string) []string {
	t.Helper()
	var paths []string
	for _, m := range regexp.MustCompile(`(?:src|<link [^>]*href)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if m[1] != "data:," {
			paths = append(paths, m[1])
		}
	}
	if len(paths) != 2 {
		t.Fatalf("the page loads %q, want its script and its style", paths)
	}
	return paths
}

func TestPageAndAllItLoads(t *testing.T) {
	for _, path := range []string{"/docs", "/docs/"} {
		w := get(t, path, "")
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			t.Fatalf("%s: %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
		page := w.Body.String()
		if !strings.Contains(page, "<title>kith API reference</title>") {
			t.Errorf("%s: no title", path)
		}
		for _, asset := range loads(t, page) {
			if w := get(t, asset, ""); w.Code != http.StatusOK || w.Body.Len() == 0 {
				t.Errorf("%s: %d, %d bytes", asset, w.Code, w.Body.Len())
			}
		}
	}
}

func TestMenuChoosesTheDocument(t *testing.T) {
	for query, want := range map[string]string{"": specs[0].URL, "?api=1": specs[0].URL, "?api=2": specs[1].URL,
		"?api=3": specs[0].URL, "?api=-1": specs[0].URL, "?api=x": specs[0].URL} {
		page := get(t, "/docs"+query, "").Body.String()
		if !strings.Contains(page, `spec-url="`+want+`"`) {
			t.Errorf("/docs%s does not show %s", query, want)
		}
		for _, s := range specs {
			if !strings.Contains(page, ">"+s.Title+"</a>") {
				t.Errorf("/docs%s has no menu line %q", query, s.Title)
			}
		}
	}
}

func TestNothingComesFromElsewhere(t *testing.T) {
	w := get(t, "/docs", "")
	page := w.Body.String()
	if found := regexp.MustCompile(`(?i)https?:|"//`).FindString(page); found != "" {
		t.Errorf("the page names %q", found)
	}
	// Without this the component asks a font host.
	if !strings.Contains(page, `load-fonts="false"`) {
		t.Error("the component may load fonts")
	}
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") || regexp.MustCompile(`https?:|\*|unsafe-eval`).MatchString(policy) {
		t.Errorf("policy %q", policy)
	}
	if w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Error("types may be guessed")
	}
	if regexp.MustCompile(`<script[^>]*>[^<]|\son\w+=`).MatchString(page) {
		t.Error("the page has a script inside, which the policy bars")
	}
}

func TestScriptPackedAndPlain(t *testing.T) {
	path := ""
	for _, p := range loads(t, get(t, "/docs", "").Body.String()) {
		if strings.HasSuffix(p, ".js") {
			path = p
		}
	}
	plain := get(t, path, "")
	if plain.Header().Get("Content-Encoding") != "" || !strings.Contains(plain.Body.String(), "RapiDoc 9.") {
		t.Fatalf("plain script: encoding %q, %d bytes", plain.Header().Get("Content-Encoding"), plain.Body.Len())
	}
	for accept, packed := range map[string]bool{"gzip": true, "br, GZIP;q=0.5": true, "gzip;q=0": false, "br": false, "": false} {
		w := get(t, path, accept)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != packed {
			t.Errorf("Accept-Encoding %q: packed = %v, want %v", accept, got, packed)
			continue
		}
		body := w.Body.Bytes()
		if packed {
			unpack, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if body, err = io.ReadAll(unpack); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(body, plain.Body.Bytes()) {
			t.Errorf("Accept-Encoding %q: another script", accept)
		}
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/javascript") || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: headers %v", accept, w.Header())
		}
	}
}

func TestOtherPathsAreNotFound(t *testing.T) {
	for _, path := range []string{"/docs/x", "/docs/rapidoc.js", "/docs/page.html"} {
		if w := get(t, path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
