// Package docs serves the API reference: one page that draws the faces' OpenAPI documents in the
// browser, whole without a network. It owns the page, the script that draws it and what the page may
// load; it never writes an OpenAPI document and knows no face.
package docs

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Spec is an OpenAPI document that the page shows.
type Spec struct {
	Title string // the face's name, for the menu
	URL   string // where the document is, a path on this server
}

// Title is the page's name.
const Title = "kith API reference"

// policy is what the page may do. The component styles its parts inline; nothing comes from elsewhere.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
	"font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

var (
	//go:embed page.html
	pageText string
	page     = template.Must(template.New("docs").Parse(pageText))

	//go:embed page.css
	style []byte
	//go:embed rapidoc-min.js.gz
	script []byte // gzip; scripts/fetch-rapidoc makes it
)

// Handler serves the page at /docs and what it loads below /docs/. It panics if there is no spec.
func Handler(specs []Spec) http.Handler {
	if len(specs) == 0 {
		panic("docs: no document to show")
	}
	mux := http.NewServeMux()
	draw := "/docs/rapidoc-" + fingerprint(script) + ".js"
	look := "/docs/page-" + fingerprint(style) + ".css"
	show := func(w http.ResponseWriter, r *http.Request) { servePage(w, r, specs, draw, look) }
	mux.HandleFunc("GET /docs", show)
	mux.HandleFunc("GET /docs/{$}", show)
	mux.HandleFunc("GET "+draw, serveScript)
	mux.HandleFunc("GET "+look, func(w http.ResponseWriter, r *http.Request) {
		forever(w.Header(), "text/css; charset=utf-8")
		_, _ = w.Write(style)
	})
	return mux
}

// entry is a line of the page's menu.
type entry struct {
	Title  string
	Number int
	Chosen bool
}

// servePage draws the page around the document that the query's "api" counts to, else the first.
func servePage(w http.ResponseWriter, r *http.Request, specs []Spec, script, style string) {
	chosen, err := strconv.Atoi(r.URL.Query().Get("api"))
	if err != nil || chosen < 1 || chosen > len(specs) {
		chosen = 1
	}
	menu := make([]entry, len(specs))
	for i, spec := range specs {
		menu[i] = entry{Title: spec.Title, Number: i + 1, Chosen: i+1 == chosen}
	}
	var body bytes.Buffer
	if err := page.Execute(&body, map[string]any{"Title": Title, "Menu": menu, "Spec": specs[chosen-1],
		"Script": script, "Style": style}); err != nil {
		http.Error(w, "the page could not be drawn", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	_, _ = w.Write(body.Bytes())
}

// serveScript sends the component as it is stored, or unpacked to the few who cannot unpack it.
func serveScript(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	forever(h, "text/javascript; charset=utf-8")
	h.Set("Vary", "Accept-Encoding")
	if acceptsGzip(r.Header) {
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(script)))
		_, _ = w.Write(script)
		return
	}
	plain, err := gzip.NewReader(bytes.NewReader(script))
	if err != nil {
		http.Error(w, "the script is damaged", http.StatusInternalServerError)
		return
	}
	_, _ = io.Copy(w, plain)
}

// forever marks an answer whose path names its content.
func forever(h http.Header, contentType string) {
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
}

// acceptsGzip reads Accept-Encoding (RFC 9110 §12.5.3); a weight of zero is a no.
func acceptsGzip(h http.Header) bool {
	for _, one := range strings.Split(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		coding, weight, _ := strings.Cut(one, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
			return err != nil || q > 0
		}
	}
	return false
}

// fingerprint names content in a path, so that a new version is fetched and an old one is not.
func fingerprint(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:6])
}
