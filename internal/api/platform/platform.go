// Package platform is the face that the published Rehive clients speak: /3/auth, /3/user, /3/company,
// /3/public and /3/admin. It decodes, calls the core and shows what it got; who may, what is valid and
// what follows is the core's to say.
//
// Where the face departs from what it imitates, it does so on purpose:
//
//   - PUT does what PATCH does: fields that are not sent stay as they are.
//   - auth_method "cookie" puts the tokens into HttpOnly cookies, over https or on this very machine. What such
//     a session changes must come from a page of this server or of an application of the company (Origin).
//   - Members of a body that are shown but not writable are refused when they differ from what is shown.
//   - A wrong login, an unknown user and an unknown company get one answer of one cost.
//   - A password change ends all other temporary sessions, whatever clear_session_option says.
//   - login answers with the whole user, of which the original sends only the id.
//   - No admin but the owner makes, changes or ends another admin's tokens; only the owner ends all tokens of the
//     company, by the filters of their list (never by group), and keeps the one that asks.
//   - A token made by staff has no refresh token, nor has one whose end they have set. Nobody gets one for
//     themselves that way: that takes the password.
//   - A company's status is the operator's to change; its owner is changed by /3/admin/company/owner/.
//   - A profile image is made anew: JPEG or PNG, 1024 pixels at most. Its address is good for an hour (docs/files.md).
//   - DELETE of a user, which the original dropped, archives them; PATCH archived false restores them. What
//     is archived is only read.
//   - A new email or mobile that staff give a user takes the place of the one before, which is free again. If the
//     user had verified any, nobody signs in by it before it is verified.
//   - An email or mobile is archived as its user is, and not by itself: DELETE takes it away. When it was
//     updated is when it was verified, or else made. Lists count 10,000 of them.
//   - What people add once they have verified an email or mobile is free for others until it is verified. Only the
//     owner, and the admin themself, change what an admin is reached by.
//   - Users have a kind: machines have no password, email or mobile. It and retention_state are always shown.
//   - kith's own: temporary and kind when staff make users, and .../password-link/ to mail them another link.
//     The link's uid and token go to password/reset/confirm; no answer ever shows them.
//   - A reset and a closing link are answered for after the answer, and alike whoever is meant; force has no effect.
//   - After ten wrong passwords sign-ins wait, longer each time, the right password too, until a link by mail.
//   - The owner gets no link to close their account by, and the admin twins say why.
//   - kith's own: email/disown/, by which the holder of an address takes an account from whoever registered with it.
//   - Icons of groups and companies are refused. Tiers, fees and limits of groups are listed, and there are none.
//   - Only a group without users can be archived, and never the default one. One group is always the
//     default, and no group of the admin section is open to those who register.
//   - Permissions are of the original's types only: what other faces alone have (identities, memberships,
//     invitations) is given and shown there. Tiers, fees and limits go with the permissions on groups.
//   - What the group admin holds cannot be changed. Nobody grants themselves permissions, changes those of
//     the group that they are in, or gives and takes what they do not hold.
//   - Users write the metadata keys that their company lets them write, and are shown those that it lets
//     them read: /3/admin/attributes/ declares which. Without that, staff alone write metadata.
//   - Company settings that kith does not act on are kept and shown: docs/settings.md lists them.
//   - Accounts, their kinds and currencies are kept, not what is in them: balances are 0, and what staff may
//     do with money (fees, limits, subtypes, managers of a currency) is shown empty.
//   - Lists of accounts are ordered by reference. They count 10,000 and say so (count_capped); reference__gt
//     goes on from there.
//   - /3/admin/applications/ is kith's own: the company's apps, with origins, redirects and token lives.
//   - The list of users has __startswith besides what the original filters by, sorts by the first key of
//     orderby, and says with count_capped and incomplete where it stopped counting or looking.
package platform

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"kith"
	"kith/internal/core"
	"kith/internal/core/gate"
	"kith/internal/web"
)

// Face builds the face over the core.
func Face(c *core.Core, log *slog.Logger, version string) *web.Face {
	a := &api{core: c, log: log, version: version}
	f := &web.Face{
		Name: "platform", Title: "kith platform API", Bases: []string{"/3"}, BothSlashes: true, Cookies: "/3/",
		Admit: a.admit, Fail: a.fail, Errors: failures(),
		Security: map[string]any{"token": map[string]any{"type": "apiKey", "in": "header", "name": "Authorization",
			"description": "`Token {token}`, with the token that login or register answered with."},
			"cookie": map[string]any{"type": "apiKey", "in": "cookie", "name": "__Host-" + web.SessionCookie,
				"description": "For browsers: set by login or register with auth_method cookie."}},
	}
	a.root(f)
	a.auth(f)
	a.tokens(f)
	a.user(f)
	a.company(f)
	a.public(f)
	a.userList(f)
	a.adminUsers(f)
	a.owner(f)
	a.adminGroups(f)
	a.ownGroups(f)
	a.adminTokens(f)
	a.adminAuth(f)
	a.currencies(f)
	a.accounts(f)
	a.applications(f)
	a.attributes(f)
	a.audit(f)
	a.verification(f)
	a.resetting(f)
	a.closing(f)
	a.contacts(f)
	a.adminContacts(f)
	a.jwts(f)
	return f
}

// api is what the handlers share.
type api struct {
	core    *core.Core
	log     *slog.Logger
	version string
}

// route begins a line of the table: the operation names its permission.
func route(method, path string, op gate.Op, summary string) web.Route {
	return web.Route{Method: method, Path: path, Permission: op.String(), Summary: summary}
}

// admit finds out who asks. Routes for guests do not look at the token.
func (a *api) admit(r *http.Request, permission string) (context.Context, error) {
	ctx := r.Context()
	if permission == web.Guest {
		return ctx, nil
	}
	actor, err := a.authenticate(ctx, r)
	if err != nil {
		return ctx, err
	}
	return web.WithActor(ctx, actor), nil
}

var errNoToken = &kith.Error{Kind: kith.Unauthenticated, Code: kith.CodeUnauthenticated,
	Message: "Authentication credentials were not provided. Send the header: Authorization: Token {token}"}

// bearer reads the token of an Authorization header, after either of its two words.
func bearer(header string) (string, bool) {
	scheme, token, ok := strings.Cut(header, " ")
	return token, ok && token != "" && (strings.EqualFold(scheme, "Token") || strings.EqualFold(scheme, "Bearer"))
}

// ok is a good answer that shows something.
type ok[T any] struct {
	Status string `json:"status" enum:"success"`
	Data   T      `json:"data"`
}

// done is a good answer that shows nothing.
type done struct {
	Status string `json:"status" enum:"success"`
}

var success = done{"success"}

// show puts a view into its envelope, unless there was an error.
func show[T any](view T, err error) (ok[T], error) { return ok[T]{"success", view}, err }

// none is the input of routes that take nothing.
type none struct{}

type rootView struct {
	Name    string         `json:"name"`
	Version string         `json:"version"`
	Links   map[string]any `json:"links" doc:"Where to go from here, by what it is."`
}

// root answers whoever looks at the base of the API.
func (a *api) root(f *web.Face) {
	op := gate.Op{Name: "root", Open: true}
	web.Handle(f, route("GET", "/3/", op, "Name, version and links"), func(context.Context, none) (rootView, error) {
		return rootView{"kith", a.version, map[string]any{
			"reference": "/docs", "openapi": "/openapi/platform.json",
			"register_company": "/3/auth/company/register/", "login": "/3/auth/login/", "user": "/3/user/",
		}}, nil
	})
}
