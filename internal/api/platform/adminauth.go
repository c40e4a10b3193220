package platform

import (
	"context"
	"time"

	"kith"
	"kith/internal/core/signin"
	"kith/internal/web"
)

// adminAuth has what trusted back ends do for the users of their company: the company is the caller's own.
func (a *api) adminAuth(f *web.Face) {
	web.Handle(f, route("POST", "/3/admin/auth/login/", signin.OpAddAnyToken, "Sign a user in by their password"), a.loginFor)
	web.Handle(f, route("POST", "/3/admin/auth/register/", signin.OpRegisterFor, "Register a user and sign them in"), a.registerFor)
}

type loginForInput struct {
	Body struct {
		User            string         `json:"user" required:"true" maxLength:"254" doc:"Email, mobile, username or id."`
		Password        string         `json:"password" required:"true" maxLength:"128" doc:"The user's."`
		SessionDuration web.Opt[int64] `json:"session_duration" minimum:"1" maximum:"2678400" doc:"Seconds; honoured if the company allows it."`
	}
}

func (a *api) loginFor(ctx context.Context, in loginForInput) (ok[signedInView], error) {
	b := in.Body
	s, err := a.core.Signin.SignInFor(ctx, web.Actor(ctx), signin.Login{User: b.User, Password: b.Password,
		Duration: time.Duration(b.SessionDuration.Value) * time.Second})
	if err != nil {
		return ok[signedInView]{}, err
	}
	return show(a.signedInOf(ctx, s), nil)
}

type registerForInput struct {
	Body struct {
		personInput
		passwordsInput
		profileInput
		Groups          []string       `json:"groups" maxItems:"10" maxLength:"80" doc:"At most one, a public group or one that the caller may put users into."`
		SessionDuration web.Opt[int64] `json:"session_duration" minimum:"1" maximum:"2678400" doc:"Seconds; honoured if the company allows it."`
	}
}

func (a *api) registerFor(ctx context.Context, in registerForInput) (ok[signedInView], error) {
	b := in.Body
	if b.AuthMethod == "cookie" { // the caller's browser, if it has one, is not the user's
		return ok[signedInView]{}, kith.BadField("auth_method", kith.CodeNotAllowed, "Only token is offered here.")
	}
	password, err := b.passwordsInput.chosen()
	if err != nil {
		return ok[signedInView]{}, err
	}
	s, err := a.core.Signin.RegisterFor(ctx, web.Actor(ctx), signin.UserRegistration{
		Person: person(b.personInput, b.profileInput, password), Groups: b.Groups,
		Duration: time.Duration(b.SessionDuration.Value) * time.Second,
	})
	if err != nil {
		return ok[signedInView]{}, err
	}
	return show(a.signedInOf(ctx, s), nil)
}
