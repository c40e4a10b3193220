// Package pages serves the pages that links in kith's mails lead to. It owns what they look like and what
// they may do; what a link is good for is the core's to say: a page asks kith's own API, like any client.
// It knows no face and no core.
package pages

import (
	_ "embed"
	"net/http"
)

// SetPassword is where links to set a password lead: their secret is in the fragment, which browsers do not
// send, so that no log has it.
const SetPassword = "/set-password/"

// policy is what a page may do: run and look as this server says, ask this server, and be framed by nobody.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; " +
	"form-action 'none'; frame-ancestors 'none'"

//go:embed setpassword.html
var setPassword []byte

//go:embed setpassword.js
var setPasswordScript []byte

//go:embed page.css
var style []byte

// Mount serves the pages and what they load.
func Mount(mux *http.ServeMux) {
	for path, file := range map[string]struct {
		kind string
		body []byte
	}{
		SetPassword + "{$}":       {"text/html; charset=utf-8", setPassword},
		SetPassword + "script.js": {"text/javascript; charset=utf-8", setPasswordScript},
		SetPassword + "page.css":  {"text/css; charset=utf-8", style},
	} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			h := w.Header()
			h.Set("Content-Type", file.kind)
			h.Set("Content-Security-Policy", policy)
			h.Set("Cache-Control", "no-store")
			h.Set("Referrer-Policy", "no-referrer")
			_, _ = w.Write(file.body) // the client has gone; there is nobody left to tell
		})
	}
}
