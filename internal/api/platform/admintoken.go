package platform

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"kith"
	"kith/internal/core/signin"
	"kith/internal/web"
)

// reducedUserView is a user beside something of theirs.
type reducedUserView struct {
	ID         string       `json:"id" format:"uuid" maxLength:"36"`
	Username   *string      `json:"username" maxLength:"150"`
	Email      *string      `json:"email" maxLength:"254"`
	Mobile     *string      `json:"mobile" maxLength:"16"`
	FirstName  *string      `json:"first_name" maxLength:"50"`
	MiddleName *string      `json:"middle_name" maxLength:"50"`
	LastName   *string      `json:"last_name" maxLength:"50"`
	Profile    *string      `json:"profile" doc:"URL of the profile image."`
	Groups     []groupBrief `json:"groups" maxItems:"1"`
	Temporary  bool         `json:"temporary"`
}

func (a *api) reducedUserOf(ctx context.Context, m kith.Member) reducedUserView {
	u, p := m.User, &m.User.Profile
	return reducedUserView{ID: u.ID.String(), Username: null(&u.Username), Email: null(&u.Email), Mobile: null(&u.Mobile),
		FirstName: null(&p[kith.FirstName]), MiddleName: null(&p[kith.MiddleName]), LastName: null(&p[kith.LastName]),
		Profile: a.picture(ctx, m), Groups: groupsOf(m.Group), Temporary: u.Temporary}
}

// heldTokenView is a token as staff see it.
type heldTokenView struct {
	Key      string          `json:"token_key" maxLength:"8" doc:"The token's first 8 characters: its public name."`
	User     reducedUserView `json:"user"`
	Label    string          `json:"label" maxLength:"100"`
	Expires  *int64          `json:"expires" doc:"Unix milliseconds; null for a permanent token."`
	LastUsed *int64          `json:"last_used" doc:"Unix milliseconds, up to 30 seconds late; when it was made, before its first use."`
	Created  int64           `json:"created" doc:"Unix milliseconds."`
}

func (a *api) heldTokenOf(ctx context.Context, t *signin.HeldToken) heldTokenView {
	s := t.Session
	return heldTokenView{s.Handle, a.reducedUserOf(ctx, t.Member), s.Label, millis(s.ExpiresAt), millis(s.LastUsed), s.CreatedAt.UnixMilli()}
}

// newHeldTokenView is a token that staff have just made.
type newHeldTokenView struct {
	Token string `json:"token" maxLength:"64" doc:"Shown this once."`
	heldTokenView
}

func (a *api) adminTokens(f *web.Face) {
	const list, one = "/3/admin/users/tokens/", "/3/admin/users/tokens/{token_key}/"
	web.Handle(f, route("GET", list, signin.OpListAnyTokens, "List the company's tokens, newest first"), a.listAnyTokens)
	add := route("POST", list, signin.OpAddAnyToken, "Make a token for a user")
	add.Status = http.StatusCreated
	web.Handle(f, add, a.addTokenFor)
	web.Handle(f, route("DELETE", list, signin.OpDeleteAnyToken, "End all tokens that the filters let through, but the owner's who asks"), a.deleteAllTokens)
	web.Handle(f, route("GET", one, signin.OpListAnyTokens, "One of the company's tokens"), a.getAnyToken)
	for _, method := range []string{"PATCH", "PUT"} {
		web.Handle(f, route(method, one, signin.OpChangeAnyToken, "Change a token's label or its end"), a.changeAnyToken)
	}
	web.Handle(f, route("DELETE", one, signin.OpDeleteAnyToken, "End a token"), a.deleteAnyToken)
}

type anyTokenFilterInput struct {
	tokenFilterInput
	User    web.Opt[string] `query:"user" maxLength:"254" doc:"Id, email, mobile or username."`
	Group   string          `query:"group" maxLength:"80" doc:"Of groups with over 1,000 members, tokens among the company's newest 10,000."`
	Groups  []string        `query:"group__in" maxItems:"20" maxLength:"80"`
	Section string          `query:"group__section" enum:"user,admin"`
}

// anyTokenFilters are the names of those filters: a DELETE takes no others.
var anyTokenFilters = []string{"created", "created__gt", "created__gte", "created__lt", "created__lte", "expires__isnull",
	"token_key", "token_key__exclude", "token_key__in", "user", "group", "group__in", "group__section"}

// maxKeys is how many tokens a filter may name.
const maxKeys = 20

func (in anyTokenFilterInput) filter() (signin.AnyTokenFilter, error) {
	f := signin.AnyTokenFilter{TokenFilter: in.tokenFilterInput.filter(), Group: in.Group, Groups: in.Groups}
	if in.User.Set {
		f.User = &in.User.Value
	}
	if section, ok := kith.SectionNamed(in.Section); ok {
		f.Section = &section
	}
	if len(in.Keys) > maxKeys {
		return f, kith.BadField("token_key__in", kith.CodeTooLong, "This takes at most 20 items.")
	}
	return f, nil
}

type listAnyTokensInput struct {
	anyTokenFilterInput
	pageInput
}

func (a *api) listAnyTokens(ctx context.Context, in listAnyTokensInput) (ok[page[heldTokenView]], error) {
	filter, err := in.filter()
	if err != nil {
		return ok[page[heldTokenView]]{}, err
	}
	list, err := a.core.Signin.AllTokens(ctx, web.Actor(ctx), filter, in.page())
	if err != nil {
		return ok[page[heldTokenView]]{}, err
	}
	return pageOf(ctx, in.page(), list, func(t *signin.HeldToken) heldTokenView { return a.heldTokenOf(ctx, t) })
}

type addTokenForInput struct {
	Body struct {
		User     string          `json:"user" required:"true" maxLength:"254" doc:"Id, email, mobile or username."`
		Duration web.Opt[int64]  `json:"duration" minimum:"1" maximum:"315360000" doc:"Seconds; none or null makes a permanent token."`
		Label    web.Opt[string] `json:"label" maxLength:"100"`
	}
}

func (a *api) addTokenFor(ctx context.Context, in addTokenForInput) (ok[newHeldTokenView], error) {
	t, err := a.core.Signin.AddTokenFor(ctx, web.Actor(ctx), signin.NewTokenFor{User: in.Body.User,
		Duration: time.Duration(in.Body.Duration.Value) * time.Second, Label: in.Body.Label.Value})
	if err != nil {
		return ok[newHeldTokenView]{}, err
	}
	return show(newHeldTokenView{t.Token, a.heldTokenOf(ctx, t)}, nil)
}

// deleteAllTokens refuses filters that it does not know, and empty ones: what is left out ends everything.
func (a *api) deleteAllTokens(ctx context.Context, in anyTokenFilterInput) (done, error) {
	filter, err := in.filter()
	if err != nil {
		return done{}, err
	}
	address := web.Address(ctx)
	for name, values := range address.Query() {
		if !slices.Contains(anyTokenFilters, name) || strings.TrimSpace(strings.Join(values, "")) == "" {
			return done{}, kith.BadField(name, kith.CodeNotAllowed, "This is no filter of tokens, or an empty one, so nothing was ended.")
		}
	}
	return success, a.core.Signin.DeleteAllTokens(ctx, web.Actor(ctx), filter)
}

func (a *api) getAnyToken(ctx context.Context, in tokenInput) (ok[heldTokenView], error) {
	t, err := a.core.Signin.AnyToken(ctx, web.Actor(ctx), in.Key)
	if err != nil {
		return ok[heldTokenView]{}, err
	}
	return show(a.heldTokenOf(ctx, t), nil)
}

type changeAnyTokenInput struct {
	tokenInput
	Body struct {
		Label    web.Opt[string] `json:"label" maxLength:"100"`
		Expires  web.Opt[int64]  `json:"expires" minimum:"0" maximum:"253402300799999" doc:"Unix milliseconds to come; null makes it permanent. Either way the token cannot be refreshed any more."`
		ReadOnly web.Extra       `json:"-"`
	}
}

func (a *api) changeAnyToken(ctx context.Context, in changeAnyTokenInput) (ok[heldTokenView], error) {
	change := signin.TokenChange{Label: given(in.Body.Label)}
	if in.Body.Expires.Set {
		var at time.Time
		if ms, some := in.Body.Expires.Get(); some {
			at = time.UnixMilli(ms).UTC()
		}
		change.Expires = &at
	}
	delete(in.Body.ReadOnly, "last_used") // moves by itself, so an old one says nothing
	t, err := a.core.Signin.ChangeAnyToken(ctx, web.Actor(ctx), in.Key, change, func(t *signin.HeldToken) error {
		return unchanged(in.Body.ReadOnly, a.heldTokenOf(ctx, t))
	})
	if err != nil {
		return ok[heldTokenView]{}, err
	}
	return show(a.heldTokenOf(ctx, t), nil)
}

func (a *api) deleteAnyToken(ctx context.Context, in tokenInput) (done, error) {
	return success, a.core.Signin.DeleteAnyToken(ctx, web.Actor(ctx), in.Key)
}
