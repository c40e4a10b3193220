package platform

import (
	"context"
	"net/http"

	"kith/internal/core/signin"
	"kith/internal/web"
)

// jwtView is a token for a third party.
type jwtView struct {
	Token string `json:"token" maxLength:"4096" doc:"For others to verify by /.well-known/jwks.json; good for nothing here."`
}

func (a *api) jwts(f *web.Face) {
	add := route("POST", "/3/auth/jwt/", signin.OpAddJWT, "A short-lived signed token that tells others who the user is")
	add.Status = http.StatusCreated
	web.Handle(f, add, a.addJWT)
}

type addJWTInput struct {
	Body struct {
		Nonce web.Opt[string] `json:"nonce" maxLength:"255" doc:"Repeated in the token, so that whoever asked for it can tell it from others."`
	}
}

func (a *api) addJWT(ctx context.Context, in addJWTInput) (ok[jwtView], error) {
	token, err := a.core.Signin.ThirdPartyJWT(ctx, web.Actor(ctx), signin.NewJWT{Nonce: in.Body.Nonce.Value})
	if err != nil {
		return ok[jwtView]{}, err
	}
	return show(jwtView{token}, nil)
}
