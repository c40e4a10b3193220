package resource

import "kith"

// notify is the response that tells a person something.
func notify(message string) Response {
	return Response{"client.notify", map[string]any{"message": message, "title": "Success", "type": "success"}}
}

// redirect is the response that leads a browser on, after so many milliseconds.
func redirect(location string, delay int64) Response {
	return Response{"client.redirect", map[string]any{"delay": delay, "location": location, "window": "self"}}
}

func input(name string, kind Type, most int, required bool) Parameter {
	return Parameter{Field: Field{Name: name, Type: kind, MaxLength: most, Required: required}}
}

// signup is declared as companies will declare theirs.
var signup = Action{
	Table: "user_account", Name: "signup", Label: "Sign up", Guests: true,
	In: []Parameter{
		input("name", Text, kith.MaxName, true), input("email", Email, 254, true), input("password", Password, 128, true),
		{Field: Field{Name: "passwordConfirm", Type: Password, MaxLength: 128, Required: true}, Same: "password"},
		input("mobile", Mobile, 40, false),
	},
	Out: []Outcome{{Add: "user_account", Set: map[string]string{"name": "~name", "email": "~email", "password": "~password", "mobile": "~mobile"}}},
	Answer: []Response{
		{"client.notify", map[string]any{"__type": "client.notify", "message": "Sign-up successful. Redirecting to sign in", "title": "Success", "type": "success"}},
		{"client.redirect", map[string]any{"__type": "client.redirect", "delay": int64(2000), "location": "/auth/signin", "window": "self"}},
	},
}

func (r *Resources) addActions() {
	r.actions = append(r.actions, &signup)
}
