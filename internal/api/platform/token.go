package platform

import (
	"context"
	"net/http"
	"time"

	"kith"
	"kith/internal/core/signin"
	"kith/internal/web"
)

type tokenView struct {
	Key     string `json:"token_key" maxLength:"8" doc:"The token's first 8 characters: its public name."`
	Label   string `json:"label" maxLength:"100"`
	Expires *int64 `json:"expires" doc:"Unix milliseconds; null for a permanent token."`
	Created int64  `json:"created" doc:"Unix milliseconds."`
}

func tokenOf(s *kith.Session) tokenView {
	return tokenView{s.Handle, s.Label, millis(s.ExpiresAt), s.CreatedAt.UnixMilli()}
}

func (a *api) tokens(f *web.Face) {
	const list, one = "/3/auth/tokens/", "/3/auth/tokens/{token_key}/"
	web.Handle(f, route("GET", list, signin.OpListTokens, "List one's own tokens"), a.listTokens)
	add := route("POST", list, signin.OpAddToken, "Make another token")
	add.Status = http.StatusCreated
	web.Handle(f, add, a.addToken)
	web.Handle(f, route("DELETE", list, signin.OpDeleteToken, "End all of one's own tokens that the filters let through"), a.deleteTokens)
	web.Handle(f, route("GET", one, signin.OpListTokens, "One of one's own tokens"), a.getToken)
	for _, method := range []string{"PATCH", "PUT"} {
		web.Handle(f, route(method, one, signin.OpChangeToken, "Rename a token"), a.renameToken)
	}
	web.Handle(f, route("DELETE", one, signin.OpDeleteToken, "End a token"), a.deleteToken)
}

type tokenFilterInput struct {
	Created     *int64   `query:"created" doc:"Unix milliseconds."`
	CreatedGT   *int64   `query:"created__gt" doc:"Unix milliseconds."`
	CreatedGTE  *int64   `query:"created__gte" doc:"Unix milliseconds."`
	CreatedLT   *int64   `query:"created__lt" doc:"Unix milliseconds."`
	CreatedLTE  *int64   `query:"created__lte" doc:"Unix milliseconds."`
	Permanent   *bool    `query:"expires__isnull"`
	Key         string   `query:"token_key" maxLength:"8"`
	KeyExcluded string   `query:"token_key__exclude" maxLength:"8"`
	Keys        []string `query:"token_key__in" maxLength:"8"`
}

func (in tokenFilterInput) filter() signin.TokenFilter {
	return signin.TokenFilter{Handle: in.Key, NotHandle: in.KeyExcluded, Handles: in.Keys, Permanent: in.Permanent,
		Created: kith.Span{At: moment(in.Created), After: moment(in.CreatedGT), From: moment(in.CreatedGTE),
			Before: moment(in.CreatedLT), Until: moment(in.CreatedLTE)}}
}

// moment reads Unix milliseconds; nil is the zero time.
func moment(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return time.UnixMilli(*ms).UTC()
}

// tokensView lists tokens, the newest where there are more.
type tokensView struct {
	Status string      `json:"status" enum:"success"`
	Data   []tokenView `json:"data" maxItems:"1000"`
}

func (a *api) listTokens(ctx context.Context, in tokenFilterInput) (tokensView, error) {
	list, err := a.core.Signin.Tokens(ctx, web.Actor(ctx), in.filter())
	views := make([]tokenView, len(list))
	for i, s := range list {
		views[i] = tokenOf(s)
	}
	return tokensView{"success", views}, err
}

type addTokenInput struct {
	Body struct {
		Password string          `json:"password" required:"true" maxLength:"128"`
		Duration web.Opt[int64]  `json:"duration" minimum:"1" maximum:"2678400" doc:"Seconds; none or null makes a permanent token."`
		Label    web.Opt[string] `json:"label" maxLength:"100"`
	}
}

func (a *api) addToken(ctx context.Context, in addTokenInput) (ok[signedInView], error) {
	s, err := a.core.Signin.AddToken(ctx, web.Actor(ctx), signin.NewToken{Password: in.Body.Password,
		Duration: time.Duration(in.Body.Duration.Value) * time.Second, Label: in.Body.Label.Value})
	if err != nil {
		return ok[signedInView]{}, err
	}
	return show(a.signedInOf(ctx, s), nil)
}

func (a *api) deleteTokens(ctx context.Context, in tokenFilterInput) (done, error) {
	return success, a.core.Signin.DeleteTokens(ctx, web.Actor(ctx), in.filter())
}

type tokenInput struct {
	Key string `path:"token_key" maxLength:"64"`
}

func (a *api) getToken(ctx context.Context, in tokenInput) (ok[tokenView], error) {
	s, err := a.core.Signin.Token(ctx, web.Actor(ctx), in.Key)
	if err != nil {
		return ok[tokenView]{}, err
	}
	return show(tokenOf(s), nil)
}

type renameTokenInput struct {
	tokenInput
	Body struct {
		Label    web.Opt[string] `json:"label" maxLength:"100"`
		ReadOnly web.Extra       `json:"-"`
	}
}

func (a *api) renameToken(ctx context.Context, in renameTokenInput) (ok[tokenView], error) {
	s, err := a.core.Signin.RenameToken(ctx, web.Actor(ctx), in.Key, given(in.Body.Label), func(t *kith.Session) error {
		return unchanged(in.Body.ReadOnly, tokenOf(t))
	})
	if err != nil {
		return ok[tokenView]{}, err
	}
	return show(tokenOf(s), nil)
}

func (a *api) deleteToken(ctx context.Context, in tokenInput) (done, error) {
	return success, a.core.Signin.DeleteToken(ctx, web.Actor(ctx), in.Key)
}
