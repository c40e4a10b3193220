package resource

import (
	"context"
	"time"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/core/signin"
)

// notify is the response that tells a person something.
func notify(message string) Response {
	return Response{"client.notify", map[string]any{"message": message, "title": "Success", "type": "success"}}
}

// redirect is the response that leads a browser on, after so many milliseconds.
func redirect(location string, delay int64) Response {
	return Response{"client.redirect", map[string]any{"delay": delay, "location": location, "window": "self"}}
}

// keep is the response that has the client keep a token.
func keep(token string) []Response {
	return []Response{
		{"client.store.set", map[string]any{"key": "token", "value": token}},
		{"client.cookie.set", map[string]any{"key": "token", "value": token + "; SameSite=Strict"}},
	}
}

func input(name string, kind Type, most int, required bool) Parameter {
	return Parameter{Field: Field{Name: name, Type: kind, MaxLength: most, Required: required}}
}

// The longest inputs.
const (
	maxEmail    = 254
	maxPassword = 128
	maxMobile   = 40
	maxSecret   = 200 // of codes and of the secrets of links
)

// addActions lists the actions. What an action does is declared as companies will declare theirs, or it is a door of
// the core.
func (r *Resources) addActions() {
	email, password := input("email", Email, maxEmail, true), input("password", Password, maxPassword, true)
	again := Parameter{Field: Field{Name: "passwordConfirm", Type: Password, MaxLength: maxPassword, Required: true}, Same: "password"}
	r.declare(Action{
		Table: "user_account", Name: "signup", Label: "Sign up", Guests: true,
		In: []Parameter{input("name", Text, kith.MaxName, true), email, password, again, input("mobile", Mobile, maxMobile, false),
			input("terms_and_conditions", Flag, 0, false), input("privacy_policy", Flag, 0, false)},
		Out: []Outcome{{Add: "user_account", Set: map[string]string{"name": "~name", "email": "~email", "password": "~password", "mobile": "~mobile",
			"terms_and_conditions": "~terms_and_conditions", "privacy_policy": "~privacy_policy"}}},
		Answer: []Response{
			{"client.notify", map[string]any{"__type": "client.notify", "message": "Sign-up successful. Redirecting to sign in", "title": "Success", "type": "success"}},
			{"client.redirect", map[string]any{"__type": "client.redirect", "delay": int64(2000), "location": "/auth/signin", "window": "self"}},
		},
	}, nil)
	r.declare(Action{
		Table: "user_account", Name: "signin", Label: "Sign in", Guests: true, In: []Parameter{email, password},
		Answer: []Response{notify("Logged in"), redirect("/", 2000)},
	}, r.signIn)
	r.declare(Action{
		Table: "world", Name: "become_an_administrator", Label: "Become the owner of a company that has none",
		In:     []Parameter{input("setup_token", Password, maxSecret, false)},
		Answer: []Response{redirect("/", 7000), {"Restart", nil}},
	}, r.claim)
	r.declare(Action{
		Table: "user_account", Name: "generate_jwt_token", Label: "Make a token that ends earlier",
		In: []Parameter{input("life_seconds", Count, 0, true)},
	}, r.shorterJWT)
	r.addProofs(email)
}

// addProofs lists the actions by which people prove what they are reached by, and get in again.
func (r *Resources) addProofs(email Parameter) {
	mobile, otp := input("mobile_number", Mobile, maxMobile, true), input("otp", Password, maxSecret, true)
	ownMobile := mobile // of the numbers that one has; any if none is said
	ownMobile.Required = false
	r.declare(Action{
		Table: "user_account", Name: "reset-password", Label: "Mail a link by which to choose a new password", Guests: true, In: []Parameter{email},
		Answer: []Response{notify("If there is an account with this e-mail, a link is on its way.")},
	}, func(ctx context.Context, by *kith.Actor, in inputs) ([]Response, error) {
		return nil, r.signin.RequestReset(ctx, by, *in.text("email"))
	})
	again := Parameter{Field: Field{Name: "passwordConfirm", Type: Password, MaxLength: maxPassword}, Same: "new_password"}
	r.declare(Action{
		Table: "user_account", Name: "reset-password-verify", Label: "Choose a new password by the token of the link", Guests: true,
		In:     []Parameter{email, otp, input("new_password", Password, maxPassword, true), again},
		Answer: []Response{notify("Your password is changed. Sign in."), redirect("/auth/signin", 2000)},
	}, func(ctx context.Context, by *kith.Actor, in inputs) ([]Response, error) {
		return nil, r.signin.ConfirmReset(ctx, by, *in.text("email"), *in.text("otp"), *in.text("new_password"))
	})
	r.declare(Action{
		Table: "user_account", Name: "register_otp", Label: "Add a mobile number of one's own, and send it a code", Instance: true, In: []Parameter{mobile},
		Answer: []Response{notify("A code is on its way.")},
	}, func(ctx context.Context, by *kith.Actor, in inputs) ([]Response, error) {
		if !in.row.owns(by) {
			return nil, gate.ErrForbidden
		}
		return nil, renamed(r.signin.RegisterMobile(ctx, by, *in.text("mobile_number")), "mobile", "mobile_number")
	})
	r.declare(Action{
		Table: "user_otp_account", Name: "send_otp", Label: "Send another code to a number of one's own", In: []Parameter{ownMobile},
		Answer: []Response{notify("A code is on its way.")},
	}, func(ctx context.Context, by *kith.Actor, in inputs) ([]Response, error) {
		return nil, renamed(r.signin.SendMobileCode(ctx, by, in.or("mobile_number")), "mobile", "mobile_number")
	})
	verify := func(ctx context.Context, by *kith.Actor, in inputs) ([]Response, error) {
		return nil, renamed(r.signin.VerifyMobileNumber(ctx, by, in.or("mobile_number"), *in.text("otp")), "mobile", "mobile_number")
	}
	for _, a := range []Action{{Table: "user_account", Name: "verify_otp"}, {Table: "user_otp_account", Name: "verify_mobile_number"}} {
		a.Label, a.In = "Prove a number of one's own by the code that was sent to it", []Parameter{ownMobile, otp}
		a.Answer = []Response{notify("Your number is verified.")}
		r.declare(a, verify)
	}
}

// declare adds an action, and the door that does it if its outcomes do not.
func (r *Resources) declare(a Action, open door) {
	r.actions = append(r.actions, &a)
	if open != nil {
		r.doors[&a] = open
	}
}

// signIn begins a session. As the seed says, guests have to be allowed to peek at the table of users, and at the
// user; whom they may not see is answered as a wrong password is.
func (r *Resources) signIn(ctx context.Context, by *kith.Actor, in inputs) ([]Response, error) {
	guest := &kith.Actor{Company: by.Company, Remote: by.Remote}
	token, _, err := r.signin.SignInJWT(ctx, guest, *in.text("email"), *in.text("password"), func(ctx context.Context, tx *gate.Tx, m kith.Member) error {
		if err := askTable(ctx, tx, r.users.guard(), kith.Peek); err != nil {
			return err
		}
		if m.User == nil || !m.User.Mode.Guest().Has(kith.Peek) {
			return signin.ErrUnseen
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return keep(token), nil
}

func (r *Resources) claim(ctx context.Context, by *kith.Actor, in inputs) ([]Response, error) {
	return nil, r.signin.Claim(ctx, by, in.or("setup_token"))
}

func (r *Resources) shorterJWT(ctx context.Context, by *kith.Actor, in inputs) ([]Response, error) {
	seconds, _ := in.said["life_seconds"].(int64)
	token, err := r.signin.ShorterJWT(ctx, by, time.Duration(seconds)*time.Second)
	if err != nil {
		return nil, renamed(err, "life", "life_seconds")
	}
	return []Response{{"client.store.set", map[string]any{"key": "token", "value": token}}}, nil
}
