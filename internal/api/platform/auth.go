package platform

import (
	"context"
	"net/http"
	"strings"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/signin"
	"kith/internal/web"
)

// signedInView is what login, registration and a new token answer with.
type signedInView struct {
	Token        string          `json:"token,omitempty" maxLength:"64" doc:"Shown this once; absent where it is in a cookie."`
	RefreshToken *string         `json:"refresh_token" maxLength:"100" doc:"Shown this once; null for a permanent token, and where it is in a cookie."`
	User         userView        `json:"user"`
	Challenges   []challengeView `json:"challenges" doc:"What the token still owes before it is good for anything."`
	Expires      *int64          `json:"expires" doc:"Unix milliseconds; null for a permanent token."`
	Created      int64           `json:"created" doc:"Unix milliseconds."`
}

type challengeView struct {
	ID                 string   `json:"id" maxLength:"36"`
	Type               string   `json:"type" enum:"authentication,authorization,setup"`
	Durability         string   `json:"durability" enum:"ephemeral,durable,permanent"`
	AuthenticatorTypes []string `json:"authenticator_types" enum:"totp,sms,static" maxItems:"3"`
	Created            int64    `json:"created" doc:"Unix milliseconds."`
}

func (a *api) signedInOf(ctx context.Context, s *signin.SignedIn) signedInView {
	view := signedInView{Token: s.Token, RefreshToken: null(&s.Refresh), User: a.userOf(ctx, s.Member),
		Challenges: []challengeView{}, Expires: millis(s.Session.ExpiresAt), Created: s.Session.CreatedAt.UnixMilli()}
	for _, c := range s.Challenges {
		types := make([]string, len(c.Factors))
		for i, kind := range c.Factors {
			types[i] = kind.String()
		}
		view.Challenges = append(view.Challenges, challengeView{c.ID, "authentication", "durable", types, c.CreatedAt.UnixMilli()})
	}
	return view
}

func (a *api) auth(f *web.Face) {
	web.Handle(f, route("GET", "/3/auth/", directory.OpViewSelf, "The user that a token belongs to"), a.self)
	created := func(rt web.Route) web.Route { rt.Status = http.StatusCreated; return rt }
	web.Handle(f, created(route("POST", "/3/auth/company/register/", signin.OpRegisterCompany, "Register a company and its owner")), a.registerCompany)
	web.Handle(f, created(route("POST", "/3/auth/register/", signin.OpRegister, "Register a user of a company")), a.register)
	web.Handle(f, route("POST", "/3/auth/login/", signin.OpSignIn, "Sign in by password"), a.login)
	web.Handle(f, route("POST", "/3/auth/logout/", signin.OpSignOut, "End the session"), a.logout)
	web.Handle(f, route("POST", "/3/auth/refresh/", signin.OpRefresh, "Extend the session with its refresh token"), a.refresh)
	web.Handle(f, route("POST", "/3/auth/password/change/", signin.OpChangePassword, "Change the password"), a.changePassword)
	web.Handle(f, route("POST", "/3/auth/password/reset/confirm/", signin.OpSetPassword, "Set the password by a link that was mailed"), a.setPassword)
}

// passwordsInput is a new password in either of its spellings: once, or twice to catch slips.
type passwordsInput struct {
	Password  *string `json:"password" maxLength:"128"`
	Password1 *string `json:"password1" maxLength:"128" doc:"Deprecated: send password."`
	Password2 *string `json:"password2" maxLength:"128" doc:"Deprecated: send password."`
}

// chosen gives the password, from whichever spelling was sent.
func (in passwordsInput) chosen() (string, error) {
	return chosen("password", in.Password, in.Password1, in.Password2)
}

func chosen(field string, once, first, second *string) (string, error) {
	switch {
	case once != nil:
		return *once, nil
	case first == nil && second == nil:
		return "", kith.BadField(field, kith.CodeRequired, "This field is required.")
	case first == nil:
		return "", kith.BadField(field+"1", kith.CodeRequired, "This field is required.")
	case second == nil:
		return "", kith.BadField(field+"2", kith.CodeRequired, "This field is required.")
	case *first != *second:
		return "", kith.BadField(field+"2", kith.CodePasswordMismatch, "The two passwords are not the same.")
	default:
		return *first, nil
	}
}

// personInput is what somebody who registers says.
type personInput struct {
	Username           web.Opt[string] `json:"username" maxLength:"150"`
	Email              web.Opt[string] `json:"email" maxLength:"254"`
	Mobile             web.Opt[string] `json:"mobile" maxLength:"32" doc:"With the country's code, such as +27840000000."`
	TermsAndConditions web.Opt[bool]   `json:"terms_and_conditions"`
	PrivacyPolicy      web.Opt[bool]   `json:"privacy_policy"`
	AuthMethod         string          `json:"auth_method" enum:"token,cookie" doc:"How the session travels; cookie: in HttpOnly cookies, for pages of this server or of the company's applications."`
}

func person(p personInput, attrs profileInput, password string) signin.Person {
	return signin.Person{Username: p.Username.Value, Email: p.Email.Value, Mobile: p.Mobile.Value, Password: password,
		Profile: attributes(attrs), TermsAndConditions: p.TermsAndConditions.Value, PrivacyPolicy: p.PrivacyPolicy.Value}
}

type registerInput struct {
	Body struct {
		Company string `json:"company" required:"true" maxLength:"63"`
		personInput
		passwordsInput
		profileInput
		Groups          []string       `json:"groups" maxItems:"10" maxLength:"80" doc:"At most one, a public group."`
		SessionDuration web.Opt[int64] `json:"session_duration" minimum:"1" maximum:"2678400" doc:"Seconds; honoured if the company allows it."`
		Application     web.Opt[int64] `json:"application" minimum:"1" doc:"Id of the company's application that the token is for."`
	}
}

// registered is the answer to a registration. A company that hides who is registered shows no data.
type registered struct {
	Status string        `json:"status" enum:"success"`
	Data   *signedInView `json:"data,omitzero"`
}

func (a *api) register(ctx context.Context, in registerInput) (registered, error) {
	b := in.Body
	cookie, err := a.byCookie(ctx, b.AuthMethod, b.Company)
	if err != nil {
		return registered{}, err
	}
	password, err := b.passwordsInput.chosen()
	if err != nil {
		return registered{}, err
	}
	s, err := a.core.Signin.Register(ctx, web.Actor(ctx), signin.UserRegistration{
		Person: person(b.personInput, b.profileInput, password), Company: b.Company, Groups: b.Groups,
		Duration: time.Duration(b.SessionDuration.Value) * time.Second, Application: kith.Serial(b.Application.Value),
	})
	if err != nil || s == nil {
		return registered{Status: "success"}, err
	}
	view := a.hand(ctx, s, cookie)
	return registered{"success", &view}, nil
}

type loginInput struct {
	Body struct {
		User            string         `json:"user" required:"true" maxLength:"254" doc:"Email, mobile, username or id."`
		Company         string         `json:"company" required:"true" maxLength:"63"`
		Password        string         `json:"password" required:"true" maxLength:"128"`
		SessionDuration web.Opt[int64] `json:"session_duration" minimum:"1" maximum:"2678400" doc:"Seconds; honoured if the company allows it."`
		AuthMethod      string         `json:"auth_method" enum:"token,cookie" doc:"How the session travels; cookie: in HttpOnly cookies, for pages of this server or of the company's applications."`
		Application     web.Opt[int64] `json:"application" minimum:"1" doc:"Id of the company's application that the token is for."`
	}
}

func (a *api) login(ctx context.Context, in loginInput) (ok[signedInView], error) {
	b := in.Body
	cookie, err := a.byCookie(ctx, b.AuthMethod, b.Company)
	if err != nil {
		return ok[signedInView]{}, err
	}
	s, err := a.core.Signin.SignIn(ctx, web.Actor(ctx), signin.Login{Company: b.Company, User: b.User, Password: b.Password,
		Duration: time.Duration(b.SessionDuration.Value) * time.Second, Application: kith.Serial(b.Application.Value)})
	if err != nil {
		return ok[signedInView]{}, err
	}
	return show(a.hand(ctx, s, cookie), nil)
}

// clears reads what else ends with an operation.
var clears = map[string]signin.Clear{"": signin.ClearNone, "none": signin.ClearNone,
	"temporary": signin.ClearTemporary, "all": signin.ClearAll}

type logoutInput struct {
	Body struct {
		Clear string `json:"clear_session_option" enum:"none,temporary,all" doc:"Which of the user's other tokens end too."`
	}
}

func (a *api) logout(ctx context.Context, in logoutInput) (done, error) {
	err := a.core.Signin.SignOut(ctx, web.Actor(ctx), clears[in.Body.Clear])
	if err == nil {
		clearCookies(ctx)
	}
	return success, err
}

type refreshInput struct {
	Authorization string `header:"Authorization" maxLength:"200" doc:"Refresh-Token {refresh_token}; without it, the token in the cookie."`
	Body          struct {
		SessionDuration web.Opt[int64] `json:"session_duration" minimum:"1" maximum:"2678400" doc:"Seconds; honoured if the company allows it."`
	}
}

func (in refreshInput) duration() time.Duration {
	return time.Duration(in.Body.SessionDuration.Value) * time.Second
}

type refreshedView struct {
	RefreshToken string `json:"refresh_token,omitempty" maxLength:"100" doc:"Shown this once, absent where it is in a cookie; the access token stays the same."`
	Expires      *int64 `json:"expires" doc:"Unix milliseconds."`
	Created      int64  `json:"created" doc:"Unix milliseconds."`
}

var errNoRefreshToken = &kith.Error{Kind: kith.Unauthenticated, Code: kith.CodeBadRefresh,
	Message: "Send the refresh token in the header: Authorization: Refresh-Token {refresh_token}"}

func (a *api) refresh(ctx context.Context, in refreshInput) (ok[refreshedView], error) {
	if cookie := web.Cookie(ctx, web.RefreshCookie); cookie != "" {
		s, err := a.refreshByCookie(ctx, cookie, in)
		if err != nil {
			return ok[refreshedView]{}, err
		}
		return show(refreshedView{"", millis(s.Session.ExpiresAt), s.Session.CreatedAt.UnixMilli()}, nil)
	}
	scheme, token, found := strings.Cut(in.Authorization, " ")
	if !found || !strings.EqualFold(scheme, "Refresh-Token") {
		return ok[refreshedView]{}, errNoRefreshToken
	}
	s, err := a.core.Signin.Refresh(ctx, web.Remote(ctx), token, in.duration())
	if err != nil {
		return ok[refreshedView]{}, err
	}
	return show(refreshedView{s.Refresh, millis(s.Session.ExpiresAt), s.Session.CreatedAt.UnixMilli()}, nil)
}

type changePasswordInput struct {
	Body struct {
		Old   string  `json:"old_password" required:"true" maxLength:"128"`
		New   *string `json:"new_password" maxLength:"128"`
		New1  *string `json:"new_password1" maxLength:"128" doc:"Deprecated: send new_password."`
		New2  *string `json:"new_password2" maxLength:"128" doc:"Deprecated: send new_password."`
		Clear string  `json:"clear_session_option" enum:"none,temporary,all" doc:"all ends permanent tokens too; other temporary ones end in any case."`
	}
}

func (a *api) changePassword(ctx context.Context, in changePasswordInput) (done, error) {
	password, err := chosen("new_password", in.Body.New, in.Body.New1, in.Body.New2)
	if err != nil {
		return done{}, err
	}
	return success, a.core.Signin.ChangePassword(ctx, web.Actor(ctx),
		signin.PasswordChange{Old: in.Body.Old, New: password, Clear: clears[in.Body.Clear]})
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

func (a *api) setPassword(ctx context.Context, in setPasswordInput) (done, error) {
	password, err := chosen("new_password", in.Body.New, in.Body.New1, in.Body.New2)
	if err != nil {
		return done{}, err
	}
	return success, a.core.Signin.SetPassword(ctx, web.Remote(ctx),
		signin.PasswordSetting{User: in.Body.UID, Secret: in.Body.Token, Password: password, Clear: clears[in.Body.Clear]})
}
