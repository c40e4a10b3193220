// Package pages serves the pages that links in kith's mails lead to. It owns what they look like, what they
// say in which language and what they may do; what a link is good for is the core's to say, through the
// functions that main hands in.
//
// The secret of a link is in its fragment, which browsers do not send, so that no log has it. A script takes
// it from there into the form; without scripts people paste the link. Either way it comes in the body of a
// POST to the page itself, and never goes into an address again: no answer is a redirect.
package pages

import (
	"bytes"
	"context"
	_ "embed"
	"html/template"
	"log/slog"
	"net/http"

	"kith"
)

// Core is what the pages ask. Whoever answers knows from the context where the request came from.
type Core struct {
	// Company finds a company by its slug, for those who may see it from there.
	Company func(ctx context.Context, slug string) (*kith.Company, error)
	// Shortest is how many characters a password of such a company needs; 0 if any will do.
	Shortest func(kith.CompanyMode) int

	VerifyEmail     func(ctx context.Context, key string) error
	Disown          func(ctx context.Context, key string) (user, secret string, err error)
	SetPassword     func(ctx context.Context, user, secret, password string) error
	Deactivate      func(ctx context.Context, key string) error
	RequestDeletion func(ctx context.Context, key string) error
}

//go:embed page.html
var layoutText string

var layout = template.Must(template.New("page").Parse(layoutText))

//go:embed page.css
var style []byte

//go:embed page.js
var script []byte

// files is where the pages find what they load; no page has such a name.
const files = "/page/"

// policy is what a page may do: run and look as this server says, send its form to this server, and be
// framed by nobody.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; " +
	"form-action 'self'; frame-ancestors 'none'"

// server is the pages over one core.
type server struct {
	core Core
	log  *slog.Logger
}

// Mount serves the pages, for each company below its slug and without one for nobody's in particular, and
// what they load.
func Mount(mux *http.ServeMux, core Core, log *slog.Logger) {
	s := &server{core, log}
	for _, p := range pages {
		for _, path := range []string{p.path + "{$}", p.path + "{slug}"} {
			mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { s.show(w, r, p) })
			mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) { s.take(w, r, p) })
		}
	}
	mux.HandleFunc("GET "+files+"page.css", func(w http.ResponseWriter, _ *http.Request) { send(w, "text/css", http.StatusOK, style) })
	mux.HandleFunc("GET "+files+"page.js", func(w http.ResponseWriter, _ *http.Request) { send(w, "text/javascript", http.StatusOK, script) })
	mux.HandleFunc("GET "+files+"{slug}/colors.css", s.colors)
}

// company finds whose page it is; nil if nobody's, or if it cannot be found out: the page works all the same.
func (s *server) company(r *http.Request) *kith.Company {
	slug := r.PathValue("slug")
	if slug == "" {
		return nil
	}
	c, err := s.core.Company(r.Context(), slug)
	if err != nil {
		if kith.AsError(err).Kind != kith.NotFound {
			s.log.ErrorContext(r.Context(), "page without its company", slog.Any("err", err))
		}
		return nil
	}
	return c
}

// show answers with the page as a link leads to it.
func (s *server) show(w http.ResponseWriter, r *http.Request, p *page) {
	v := s.view(r, p)
	s.draw(w, r, http.StatusOK, v)
}

// draw writes a page.
func (s *server) draw(w http.ResponseWriter, r *http.Request, status int, v *view) {
	var body bytes.Buffer
	if err := layout.Execute(&body, v); err != nil {
		s.log.ErrorContext(r.Context(), "page not drawn", slog.Any("err", err))
		http.Error(w, "The page could not be drawn.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Language", v.Language)
	send(w, "text/html", status, body.Bytes())
}

// send writes an answer with the headers that all of them have, also where nothing wraps the pages.
func send(w http.ResponseWriter, kind string, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", kind+"; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone; there is nobody left to tell
}

// colors sends a company's colours as variables for the style, which has kith's own for whom this has none.
func (s *server) colors(w http.ResponseWriter, r *http.Request) {
	var sheet bytes.Buffer
	if c := s.company(r); c != nil {
		own := c.Settings.Colors.Full()
		sheet.WriteString(":root {\n")
		for _, one := range []struct {
			name  string
			color kith.Color
		}{{"primary", own.Primary}, {"on-primary", own.Text}, {"background", own.Background}, {"on-background", own.Background.Ink()}} {
			sheet.WriteString("  --" + one.name + ": " + string(one.color) + ";\n")
		}
		sheet.WriteString("}\n")
	}
	send(w, "text/css", http.StatusOK, sheet.Bytes())
}
