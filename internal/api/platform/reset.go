package platform

import (
	"context"

	"kith/internal/core/directory"
	"kith/internal/core/signin"
	"kith/internal/web"
)

// resetting has the ways to a new password for whoever lost theirs: they ask, and follow the link that is
// sent. Trusted back ends ask and pass the answer on for the users of their company.
func (a *api) resetting(f *web.Face) {
	web.Handle(f, route("POST", "/3/auth/password/reset/", signin.OpResetPassword, "Ask for a link to choose a new password by"), a.askReset)
	web.Handle(f, route("POST", "/3/auth/password/reset/confirm/", signin.OpSetPassword, "Set the password by a link that was sent"), a.setPassword)
	web.Handle(f, route("POST", "/3/admin/auth/password/reset/", directory.OpChangeUser, "Send a user a link to choose a new password by"), a.askResetFor)
	web.Handle(f, route("POST", "/3/admin/auth/password/reset/confirm/", directory.OpChangeUser, "Set a user's password by the link that they were sent"), a.setPasswordFor)
}

// askInput is what a guest types who asks for a link.
type askInput struct {
	User    string `json:"user" required:"true" maxLength:"254" doc:"Email, mobile, username or id."`
	Company string `json:"company" required:"true" maxLength:"63"`
}

func (in askInput) ask() signin.Ask { return signin.Ask{Company: in.Company, User: in.User} }

// askForInput is whom staff ask for.
type askForInput struct {
	User string `json:"user" required:"true" maxLength:"254" doc:"Email, mobile, username or id."`
}

// forceInput is a member that published clients may send.
type forceInput struct {
	Force web.Opt[bool] `json:"force" doc:"Without effect: whoever may have a link gets one."`
}

type askResetInput struct {
	Body struct {
		askInput
		forceInput
	}
}

func (a *api) askReset(ctx context.Context, in askResetInput) (done, error) {
	return success, a.core.Signin.AskReset(ctx, web.Actor(ctx), in.Body.ask())
}

type askResetForInput struct {
	Body struct {
		askForInput
		forceInput
	}
}

func (a *api) askResetFor(ctx context.Context, in askResetForInput) (done, error) {
	return success, a.core.Signin.AskResetFor(ctx, web.Actor(ctx), in.Body.User)
}

type setPasswordInput struct {
	Body struct {
		UID   string  `json:"uid" required:"true" maxLength:"36" doc:"Of the link."`
		Token string  `json:"token" required:"true" maxLength:"200" doc:"Of the link."`
		New   *string `json:"new_password" maxLength:"128"`
		New1  *string `json:"new_password1" maxLength:"128" doc:"Deprecated: send new_password."`
		New2  *string `json:"new_password2" maxLength:"128" doc:"Deprecated: send new_password."`
		Clear string  `json:"clear_session_option" enum:"none,temporary,all" doc:"all ends permanent tokens too; temporary ones end in any case."`
	}
}

func (in setPasswordInput) setting() (signin.PasswordSetting, error) {
	b := in.Body
	password, err := chosen("new_password", b.New, b.New1, b.New2)
	return signin.PasswordSetting{User: b.UID, Secret: b.Token, Password: password, Clear: clears[b.Clear]}, err
}

func (a *api) setPassword(ctx context.Context, in setPasswordInput) (done, error) {
	setting, err := in.setting()
	if err != nil {
		return done{}, err
	}
	return success, a.core.Signin.SetPassword(ctx, web.Remote(ctx), setting)
}

func (a *api) setPasswordFor(ctx context.Context, in setPasswordInput) (done, error) {
	setting, err := in.setting()
	if err != nil {
		return done{}, err
	}
	return success, a.core.Signin.SetPasswordFor(ctx, web.Actor(ctx), setting)
}
