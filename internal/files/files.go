// Package files serves what companies keep outside the database, at addresses that are signed and good for an
// hour. It is a face of its own, at /files: whoever has the address gets the file, and nobody gets anything
// else. It decides nothing; the core does.
package files

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/web"
)

// Handler serves GET and HEAD of /files/{company}/{file}.
func Handler(d *directory.Directory, clock kith.Clock, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /files/{company}/{file}", func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		f, err := d.File(r.Context(), &kith.Actor{Remote: web.Remote(r.Context())}, directory.FileAddress{Company: r.PathValue("company"),
			File: r.PathValue("file"), Expires: query.Get("expires"), Signature: query.Get("signature")})
		if err != nil {
			fail(w, r, log, err)
			return
		}
		defer func() { _ = f.Close() }() // only read
		setHeaders(w.Header(), f, clock())
		http.ServeContent(w, r, "", f.CreatedAt, f)
	})
	return mux
}

// setHeaders lets the file be an image on any page and nothing else anywhere: no script runs in it, whatever a
// browser takes it for, and nobody keeps it for longer than its address is good.
func setHeaders(h http.Header, f *directory.OpenFile, now time.Time) {
	h.Set("Content-Type", f.Media.Type())
	h.Set("Content-Disposition", `inline; filename="`+f.ID.String()+f.Media.Suffix()+`"`)
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // companies show their users on sites of their own
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", fmt.Sprintf("private, max-age=%d", int(f.Expires.Sub(now)/time.Second)))
	h.Set("ETag", `"`+f.ID.String()+`"`) // the bytes of a file never change
}

// fail says the same of every address that is not good.
func fail(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	var status int
	switch kith.AsError(err).Kind {
	case kith.NotFound:
		status = http.StatusNotFound
	case kith.Unavailable:
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "5")
	default:
		status = http.StatusInternalServerError
	}
	if status != http.StatusNotFound {
		log.ErrorContext(r.Context(), "file not served", slog.Any("err", err))
	}
	http.Error(w, http.StatusText(status)+".", status)
}
