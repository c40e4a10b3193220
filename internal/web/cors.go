package web

import (
	"net/http"
	"strings"
)

// Cross-origin calls (https://fetch.spec.whatwg.org/#http-cors-protocol). Callers sign in by header; by
// cookie only on a face that reads them, from the origins that Options.Cookies lets in. An origin is always
// named, never "*".

var (
	varyOrigin    = []string{"Origin"}
	exposeHeaders = []string{"X-Request-Id, Retry-After, Idempotent-Replayed"}
	allowHeaders  = []string{"Authorization", "Content-Type", "Idempotency-Key", "Verified-Challenge", "X-Setup-Token"}
	maxAge        = []string{"600"}
	credentials   = []string{"true"}
)

// allowOrigin marks the answer as readable by the page that asks, if its origin may call.
func (s *stack) allowOrigin(h http.Header, r *http.Request, face *Face) {
	if s.origin == nil {
		return
	}
	h["Vary"] = varyOrigin
	given := r.Header["Origin"]
	// Sandboxed frames and local files all share the origin "null".
	if len(given) != 1 || given[0] == "" || given[0] == "null" || given[0] == "*" {
		return
	}
	if s.origin(r.Context(), r, given[0]) {
		h["Access-Control-Allow-Origin"] = given
		h["Access-Control-Expose-Headers"] = exposeHeaders
		if face != nil && face.Cookies != "" && s.Cookies != nil && s.Cookies(r.Context(), r, given[0]) {
			h["Access-Control-Allow-Credentials"] = credentials
		}
	}
}

// denyOrigin takes that back if pages of the origin may not call as the actor, who was unknown before.
func (s *stack) denyOrigin(h http.Header, r *http.Request) {
	given := h["Access-Control-Allow-Origin"]
	if given == nil {
		return
	}
	allowed := s.origin(r.Context(), r, given[0])
	if !allowed {
		delete(h, "Access-Control-Allow-Origin")
		delete(h, "Access-Control-Expose-Headers")
	}
	if h["Access-Control-Allow-Credentials"] != nil && !(allowed && s.Cookies(r.Context(), r, given[0])) {
		delete(h, "Access-Control-Allow-Credentials")
	}
}

// preflight answers the question before a cross-origin call, if allowOrigin has let its origin in.
func (f *Face) preflight(w http.ResponseWriter, r *http.Request, methods []string) {
	h := w.Header()
	if h["Access-Control-Allow-Origin"] == nil || r.Header.Get("Access-Control-Request-Method") == "" {
		return
	}
	h["Access-Control-Allow-Methods"] = methods
	h["Access-Control-Allow-Headers"] = []string{strings.Join(append(allowHeaders[:len(allowHeaders):len(allowHeaders)], f.Headers...), ", ")}
	h["Access-Control-Max-Age"] = maxAge
}
