package platform

import (
	"context"

	"kith"
	"kith/internal/core/signin"
	"kith/internal/web"
)

// verification has how people prove that an address or number is theirs.
func (a *api) verification(f *web.Face) {
	web.Handle(f, route("POST", "/3/auth/email/verify/", signin.OpVerifyEmail, "Prove an email by the key of the link that was sent to it"), a.verifyEmail)
	web.Handle(f, route("POST", "/3/auth/email/verify/resend/", signin.OpResendProof, "Send the link to an email once more"), a.resendEmail)
	web.Handle(f, route("POST", "/3/auth/email/disown/", signin.OpDisownEmail, "Take the account over that somebody else registered with one's email"), a.disownEmail)
	web.Handle(f, route("POST", "/3/auth/mobile/verify/", signin.OpVerifyMobile, "Prove one's mobile by the code that was sent to it"), a.verifyMobile)
	web.Handle(f, route("POST", "/3/auth/mobile/verify/resend/", signin.OpResendProof, "Send the code to a mobile once more"), a.resendMobile)
}

type keyInput struct {
	Body struct {
		Key string `json:"key" required:"true" maxLength:"200" doc:"Of the link."`
	}
}

func (a *api) verifyEmail(ctx context.Context, in keyInput) (done, error) {
	return success, a.core.Signin.VerifyEmail(ctx, web.Remote(ctx), in.Body.Key)
}

// settingView is what a link to set a password by is made of.
type settingView struct {
	UID   string `json:"uid" maxLength:"36" doc:"For password/reset/confirm."`
	Token string `json:"token" maxLength:"64" doc:"For password/reset/confirm; shown this once."`
}

func (a *api) disownEmail(ctx context.Context, in keyInput) (ok[settingView], error) {
	uid, token, err := a.core.Signin.Disown(ctx, web.Remote(ctx), in.Body.Key)
	return show(settingView{uid, token}, err)
}

type resendEmailInput struct {
	Body struct {
		Email   string `json:"email" required:"true" maxLength:"254"`
		Company string `json:"company" required:"true" maxLength:"63"`
	}
}

func (a *api) resendEmail(ctx context.Context, in resendEmailInput) (done, error) {
	return success, a.core.Signin.ResendProof(ctx, web.Actor(ctx), signin.Resending{Company: in.Body.Company, Kind: kith.Email, To: in.Body.Email})
}

type otpInput struct {
	Body struct {
		OTP string `json:"otp" required:"true" maxLength:"20" doc:"The code of six digits."`
	}
}

func (a *api) verifyMobile(ctx context.Context, in otpInput) (done, error) {
	return success, a.core.Signin.VerifyMobile(ctx, web.Actor(ctx), in.Body.OTP)
}

type resendMobileInput struct {
	Body struct {
		Mobile  string `json:"mobile" required:"true" maxLength:"32" doc:"With the country's code, such as +27840000000."`
		Company string `json:"company" required:"true" maxLength:"63"`
	}
}

func (a *api) resendMobile(ctx context.Context, in resendMobileInput) (done, error) {
	return success, a.core.Signin.ResendProof(ctx, web.Actor(ctx), signin.Resending{Company: in.Body.Company, Kind: kith.Mobile, To: in.Body.Mobile})
}
