package platform

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"kith"
	"kith/internal/core/signin"
	"kith/internal/web"
)

var (
	errNoCookies = kith.BadField("auth_method", kith.CodeNotAllowed,
		"Cookies are offered over https only, or on this very machine. Send token instead.")
	errForeignPage = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
		Message: "A session in a cookie acts only for pages of this server or of the company's applications, and this request names no such page. Add its origin to an application, or send the token in the Authorization header."}
)

// safe reports whether a request changes nothing (RFC 9110 §9.2.1).
func safe(method string) bool {
	return slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, method)
}

// authenticate finds out who asks: by the Authorization header or, without one, by a cookie. Browsers send
// cookies along with whatever any page makes them send, so one that changes something must come from a page
// that may.
func (a *api) authenticate(ctx context.Context, r *http.Request) (*kith.Actor, error) {
	token, ok := bearer(r.Header.Get("Authorization"))
	cookie := web.Cookie(ctx, web.SessionCookie)
	if cookie != "" {
		token, ok = cookie, true
	}
	if !ok {
		return nil, errNoToken
	}
	actor, err := a.core.Signin.Authenticate(ctx, web.Remote(ctx), token)
	switch {
	case err == nil && cookie != "" && !safe(r.Method):
		err = a.fromPageOf(ctx, actor)
	case err != nil && kith.AsError(err).Kind == kith.Unauthenticated && web.Cookie(ctx, web.RefreshCookie) == "":
		clearCookies(ctx) // the session is over, and nothing can refresh it
	}
	return actor, err
}

// fromPageOf refuses a request that no page of this server, or of an application of the actor's company,
// makes.
func (a *api) fromPageOf(ctx context.Context, by *kith.Actor) error {
	origin, own := web.Page(ctx)
	if own || origin != "" && origin == originOf(a.core.Signin.Issuer()) {
		return nil
	}
	owned, err := a.core.Directory.OriginOwned(ctx, by, origin)
	if err == nil && !owned {
		err = errForeignPage
	}
	return err
}

// originOf is the web origin of a URL.
func originOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// byCookie reports whether somebody who signs in to a company, "" for one that is yet to be made, asked for
// cookies. The page must be one that may: another could sign its visitor in as somebody else. Unknown
// companies get the answer of those that do not know the page.
func (a *api) byCookie(ctx context.Context, method, company string) (bool, error) {
	if method != "cookie" {
		return false, nil
	}
	if !web.CookiesOffered(ctx) {
		return false, errNoCookies
	}
	by := web.Actor(ctx)
	if company != "" {
		guest, err := a.core.Directory.Guest(ctx, by, company)
		switch {
		case err == nil:
			by = guest
		case kith.AsError(err).Kind == kith.Internal, kith.AsError(err).Kind == kith.Unavailable:
			return false, err
		default:
			by = &kith.Actor{Company: &kith.Company{ID: noCompany}, Remote: by.Remote}
		}
	}
	return true, a.fromPageOf(ctx, by)
}

// noCompany is a company that there is not: their ids are positive.
const noCompany kith.CompanyID = -1

// hand shows a new session with its tokens, or puts these into cookies. The session that the browser had in
// its cookies before is over then: nobody holds it any more.
func (a *api) hand(ctx context.Context, s *signin.SignedIn, cookie bool) signedInView {
	view := a.signedInOf(ctx, s)
	if !cookie {
		return view
	}
	if before := web.Cookie(ctx, web.SessionCookie); before != "" {
		a.endQuietly(ctx, before)
	}
	view.Token, view.RefreshToken = "", nil
	keepInCookies(ctx, s, s.Token)
	return view
}

// endQuietly ends a session that its cookie is taken from, if it lives.
func (a *api) endQuietly(ctx context.Context, token string) {
	by, err := a.core.Signin.Authenticate(ctx, web.Remote(ctx), token)
	if err == nil {
		err = a.core.Signin.SignOut(ctx, by, signin.ClearNone)
	}
	if err != nil && kith.AsError(err).Kind != kith.Unauthenticated {
		a.log.WarnContext(ctx, "replaced session not ended", slog.Any("err", err))
	}
}

// keepInCookies puts a session's tokens into cookies. Both live as long as it can be refreshed: the access
// token stays the same then.
func keepInCookies(ctx context.Context, s *signin.SignedIn, token string) {
	life := s.Session.ExpiresAt.Sub(s.Session.CreatedAt)
	if s.Refresh == "" {
		web.ClearCookie(ctx, web.RefreshCookie)
	} else {
		life = s.Session.Refresh.ExpiresAt.Sub(s.Session.Refresh.RotatedAt)
		web.SetCookie(ctx, web.RefreshCookie, s.Refresh, life)
	}
	if token != "" {
		web.SetCookie(ctx, web.SessionCookie, token, life)
	}
}

// clearCookies takes both cookies back, if the request came with them.
func clearCookies(ctx context.Context) {
	for _, name := range []string{web.SessionCookie, web.RefreshCookie} {
		if web.Cookie(ctx, name) != "" {
			web.ClearCookie(ctx, name)
		}
	}
}

// refreshByCookie is refresh for a refresh token that came in a cookie: so does the next one.
func (a *api) refreshByCookie(ctx context.Context, token string, in refreshInput) (*signin.SignedIn, error) {
	by, err := signin.CompanyOfRefresh(token, web.Remote(ctx))
	if err == nil {
		err = a.fromPageOf(ctx, by)
	}
	var s *signin.SignedIn
	if err == nil {
		s, err = a.core.Signin.Refresh(ctx, web.Remote(ctx), token, in.duration())
	}
	switch {
	case err == nil:
		keepInCookies(ctx, s, web.Cookie(ctx, web.SessionCookie))
	case kith.AsError(err).Kind == kith.Unauthenticated:
		clearCookies(ctx)
	}
	return s, err
}
