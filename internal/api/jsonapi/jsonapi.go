package jsonapi

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"

	"kith"
	"kith/internal/core/resource"
	"kith/internal/web"
)

// Services are what the face calls.
type Services struct {
	Resources Resources
	Signin    Signin
	Directory Directory
}

// Resources is the catalogue: core/resource, whose words say what each method does.
type Resources interface {
	Tables() []*resource.Table
	Actions() []*resource.Action
	Get(ctx context.Context, by *kith.Actor, t *resource.Table, id string, include []string) (*resource.Row, []*resource.Row, error)
	List(ctx context.Context, by *kith.Actor, t *resource.Table, q resource.Query) (*resource.Page, error)
	Add(ctx context.Context, by *kith.Actor, t *resource.Table, in resource.Input) (*resource.Row, error)
	Change(ctx context.Context, by *kith.Actor, t *resource.Table, id string, in resource.Input) (*resource.Row, error)
	Delete(ctx context.Context, by *kith.Actor, t *resource.Table, id string) error
	Related(ctx context.Context, by *kith.Actor, t *resource.Table, id, relation string, q resource.Query) (*resource.Page, error)
	Relate(ctx context.Context, by *kith.Actor, t *resource.Table, id, relation string, way resource.Way, to []resource.Ref) error
	Why(ctx context.Context, by *kith.Actor, t *resource.Table, id, actor string) (*resource.Explanation, error)
	Offered(ctx context.Context, by *kith.Actor) ([]*resource.Action, error)
	Run(ctx context.Context, by *kith.Actor, a *resource.Action, in map[string]any) ([]resource.Response, error)
}

// Signin tells who a token is of: nobody (nil) for what is no token of ours, or was good for its time.
type Signin interface {
	AuthenticateOrGuest(ctx context.Context, from kith.Remote, token string) (*kith.Actor, error)
}

// Directory tells a guest's company, and keeps a company's configuration.
type Directory interface {
	GuestOf(ctx context.Context, from kith.Remote, slug, host string) (*kith.Actor, error)
	Config(ctx context.Context, by *kith.Actor) (map[string]string, error)
	SetConfig(ctx context.Context, by *kith.Actor, key string, value *string) error
}

// mediaType is that of JSON:API documents (RFC 6838; https://jsonapi.org/format/1.1).
const mediaType = "application/vnd.api+json"

// Face builds the face over the catalogue.
func Face(s Services, log *slog.Logger) *web.Face {
	a := &api{Services: s, log: log, tables: map[string]*table{}}
	for _, t := range s.Resources.Tables() {
		a.tables[t.Name] = newTable(t)
	}
	f := &web.Face{
		Name: "jsonapi", Title: "kith table API (JSON:API)", MediaType: mediaType, AnyType: true,
		Bases: []string{"/api", "/action", "/actions", "/jsmodel", "/meta", "/ping", "/_config"},
		Admit: a.admit, Fail: a.fail, Errors: failures(), Headers: []string{companyHeader}, Guests: true,
		Schemas: a.schemas(),
		Security: map[string]any{"token": map[string]any{"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
			"description": "The token that the action user_account/signin answers with. Without one, the caller is a guest."}},
	}
	for _, t := range s.Resources.Tables() {
		a.rows(f, a.tables[t.Name])
		a.related(f, a.tables[t.Name])
	}
	a.actions(f)
	a.models(f)
	a.config(f)
	return f
}

// api is what the handlers share.
type api struct {
	Services
	log    *slog.Logger
	tables map[string]*table // by name
}

// serve adds a route.
func serve(f *web.Face, rt web.Route, spec web.Spec, h func(w http.ResponseWriter, r *http.Request) error) {
	web.Serve(f, rt, spec, func(w http.ResponseWriter, r *http.Request) error {
		return refuseGuest(r.Context(), h(w, r))
	})
}

// refuseGuest makes a refusal for want of a session one for want of rights: to this API a guest is one of
// those who ask, and 401 means that a token's session is over.
func refuseGuest(ctx context.Context, err error) error {
	e, ok := errors.AsType[*kith.Error](err)
	if !ok || e.Code != kith.CodeUnauthenticated || !web.Actor(ctx).IsGuest() {
		return err
	}
	return &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden, Message: "Guests may not do this. Sign in first.", Err: e}
}

// companyHeader names the company that a guest means.
const companyHeader = "X-Company"

// admit finds out who asks. Routes that are the same for everybody ask nobody.
func (a *api) admit(r *http.Request, permission string) (context.Context, error) {
	ctx := r.Context()
	if err := carriesNoSecret(r); err != nil || permission == web.Guest {
		return ctx, err
	}
	actor, err := a.actor(ctx, r)
	if err != nil {
		return ctx, err
	}
	return web.WithActor(ctx, actor), nil
}

func (a *api) actor(ctx context.Context, r *http.Request) (*kith.Actor, error) {
	if token := bearer(r.Header.Values("Authorization")); token != "" {
		actor, err := a.Signin.AuthenticateOrGuest(ctx, web.Remote(ctx), token)
		if actor != nil || err != nil {
			return actor, err
		}
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return a.Directory.GuestOf(ctx, web.Remote(ctx), r.Header.Get(companyHeader), strings.ToLower(host))
}

// bearer reads the token of an Authorization header; "" if there is none. Clients that have no token send
// the words null or undefined.
func bearer(headers []string) string {
	if len(headers) != 1 {
		return ""
	}
	scheme, token, ok := strings.Cut(headers[0], " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || strings.Contains(token, " ") || token == "null" || token == "undefined" {
		return ""
	}
	return token
}

var errSecret = &kith.Error{Kind: kith.Invalid, Code: kith.CodeNotAllowed, Message: "Passwords and tokens do not belong into an address, " +
	"which is logged on its way: send a token in the header Authorization: Bearer {token}, and inputs in the body."}

// secretParameters are names, in lower case, under which other servers take secrets.
var secretParameters = map[string]bool{"token": true, "access_token": true, "authorization": true, "jwt": true,
	"password": true, "passwordconfirm": true}

// carriesNoSecret refuses secrets in the query string. Whoever sent them there should hear of it, even if
// they would have been ignored.
func carriesNoSecret(r *http.Request) error {
	if r.URL.RawQuery == "" {
		return nil
	}
	for name := range r.URL.Query() {
		if secretParameters[strings.ToLower(name)] {
			return atParameter(name, errSecret)
		}
	}
	return nil
}
