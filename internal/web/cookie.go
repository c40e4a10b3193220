package web

import (
	"context"
	"net/http"
	"time"
)

// The cookies that a session may travel in, on faces that read them. Over TLS they bear a prefix that
// browsers take from this very host only, so that no neighbouring domain can plant one (RFC 6265bis §4.1.3.2).
const (
	SessionCookie = "kith_session"
	RefreshCookie = "kith_refresh"

	hostPrefix = "__Host-"
)

// CookiesOffered reports whether a session may travel in cookies here: on a face that reads them, and where
// nobody on the way can: over TLS, or on this very machine.
func CookiesOffered(ctx context.Context) bool {
	x, ok := ctx.Value(exchangeKey).(*exchange)
	return ok && x.face != nil && x.face.Cookies != "" && (x.remote.Secure || x.remote.Loopback)
}

// Cookie is the value of one of the cookies; "" if there is none, or two of the name, of which nobody knows
// who set which. A request with an Authorization header has none: that header decides alone.
func Cookie(ctx context.Context, name string) string {
	x, ok := ctx.Value(exchangeKey).(*exchange)
	if !ok || !CookiesOffered(ctx) || x.request.Header["Authorization"] != nil {
		return ""
	}
	found := x.request.CookiesNamed(x.cookieName(name))
	if len(found) != 1 || len(found[0].Value) > maxAuthorization {
		return ""
	}
	return found[0].Value
}

// SetCookie sends one of the cookies with the answer. It does nothing where CookiesOffered says no.
func SetCookie(ctx context.Context, name, value string, life time.Duration) {
	setCookie(ctx, name, value, max(1, int(life/time.Second)))
}

// ClearCookie takes one of the cookies back with the answer.
func ClearCookie(ctx context.Context, name string) { setCookie(ctx, name, "", -1) }

func setCookie(ctx context.Context, name, value string, maxAge int) {
	if !CookiesOffered(ctx) {
		return
	}
	x := ctx.Value(exchangeKey).(*exchange)
	c := &http.Cookie{Name: x.cookieName(name), Value: value, Path: x.face.Cookies, MaxAge: maxAge, HttpOnly: true,
		SameSite: http.SameSiteStrictMode, Secure: x.remote.Secure}
	if x.remote.Secure {
		c.Path = "/" // the prefix wants it
	}
	http.SetCookie(x, c)
}

// cookieName is what a cookie is called on the way that the request came.
func (x *exchange) cookieName(name string) string {
	if x.remote.Secure {
		return hostPrefix + name
	}
	return name
}

// Page tells which page makes the request, as its browser says: the web origin, "" if unknown, and whether
// that is this server's own. Only browsers can be made to send cookies for somebody else, and a page can
// choose neither of the headers that this looks at (Fetch Metadata, Origin).
func Page(ctx context.Context) (origin string, own bool) {
	x, ok := ctx.Value(exchangeKey).(*exchange)
	if !ok {
		return "", false
	}
	origins := x.request.Header["Origin"]
	if len(origins) == 0 {
		site := x.request.Header["Sec-Fetch-Site"]
		return "", len(site) == 1 && site[0] == "same-origin"
	}
	here := Address(ctx)
	return origins[0], len(origins) == 1 && origins[0] == here.Scheme+"://"+here.Host
}
