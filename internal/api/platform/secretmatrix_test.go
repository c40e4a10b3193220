package platform_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kith"
	"kith/internal/core/signin"
	"kith/internal/pages"
	"kith/internal/web"
)

// The places of secrets that no route declares.
const (
	asToken         = "Authorization: Token"
	asBearer        = "Authorization: Bearer"
	asRefresh       = "Authorization: Refresh-Token"
	inCookie        = "cookie kith_session"
	inRefreshCookie = "cookie kith_refresh"
	atLogout        = "POST /3/auth/logout/ Authorization" // which takes sessions that may do nothing else
	atFiles         = "GET /files/ signature"
	asTableToken    = "Authorization: Token, at the tables"
	asTableBearer   = "Authorization: Bearer, at the tables"
	inTableCookie   = "cookie kith_session, at the tables"
	asSetupToken    = "POST /action/world/become_an_administrator X-Setup-Token"
)

// place is one where a secret can be put.
type place struct {
	name string
	put  func(v victim, secret string) answer
}

// secretNames are what members of bodies, parameters and headers are called that secrets come in.
var secretNames = regexp.MustCompile(`(?i)(^|_|-)(key|otp|token|secret|signature|cursor|password|authorization|cookie|code|pin|challenge)$`)

// noSecrets are the places that are called so and hold none: codes of currencies and posts, the public names of
// tokens, and passwords that are chosen.
var noSecrets = regexp.MustCompile(`/currencies/(\{code\}/)? code$| (display|postal|currency_)_code$| token_key$|/register/ password$| new_password$| passwordConfirm$|/signup password$|^(POST|PATCH) /api/user_account(/\{id\})? password$`)

// places are all, in the order of the document: of the routes, whatever members and headers they come to
// declare, of the pages, and of the rest.
func (w *world) places() []place {
	w.t.Helper()
	list := []place{{asToken, w.header("Token ")}, {asBearer, w.header("Bearer ")}, {inCookie, func(v victim, secret string) answer {
		return v.withCookie("GET", "/3/user/", "kith_session", secret)
	}}, {asRefresh, func(v victim, secret string) answer {
		return v.withHeader("POST", "/3/auth/refresh/", "Refresh-Token "+secret)
	}}, {inRefreshCookie, func(v victim, secret string) answer {
		return v.withCookie("POST", "/3/auth/refresh/", "kith_refresh", secret)
	}}, {atLogout, func(v victim, secret string) answer { return v.withHeader("POST", "/3/auth/logout/", "Token "+secret) }},
		{atFiles, func(v victim, secret string) answer {
			u := v.picture()
			query := u.Query()
			query.Set("signature", secret)
			return v.arrange(ask("GET", u.Path+"?"+query.Encode(), "", ""))
		}},
		{asTableToken, func(v victim, secret string) answer { return v.withHeader("GET", ownRow, "Token "+secret) }},
		{asTableBearer, func(v victim, secret string) answer { return v.withHeader("GET", ownRow, "Bearer "+secret) }},
		{inTableCookie, func(v victim, secret string) answer { return v.withCookie("GET", ownRow, "kith_session", secret) }},
		{asSetupToken, func(v victim, secret string) answer { return v.claims(secret, "") }}}
	list = append(list, w.pagePlaces()...)
	for _, name := range w.declaredSecrets() {
		list = append(list, place{name, func(v victim, secret string) answer { return v.declared(name, secret) }})
	}
	return list
}

// ownRow is where the table API shows people themselves.
const ownRow = "/api/user_account/mine"

// declaredSecrets are the members, parameters and headers of routes that are called like secrets: "METHOD path name".
func (w *world) declaredSecrets() []string {
	w.t.Helper()
	var list []string
	for _, face := range []*web.Face{w.face, w.tables} {
		list = append(list, declaredIn(documentOf(w.t, face), face.Routes())...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func declaredIn(doc map[string]any, routes []web.Listing) (list []string) {
	bodies := bodiesOf(doc)
	for _, r := range routes {
		route := r.Method + " " + r.Path
		names := slices.Collect(maps.Keys(bodies[route]))
		parameters, _ := at(doc, doc["paths"], r.Path, strings.ToLower(r.Method), "parameters").([]any)
		for _, p := range parameters {
			if declared := resolve(doc, p); declared["in"] != "path" {
				names = append(names, fmt.Sprint(declared["name"]))
			}
		}
		for _, name := range names {
			full := route + " " + name
			if secretNames.MatchString(name) && !noSecrets.MatchString(full) && full != "POST /3/auth/refresh/ Authorization" { // which is asRefresh
				list = append(list, full)
			}
		}
	}
	return list
}

// claims has somebody on another machine claim a company that nobody owns, by the secret in a header or in the body.
func (v victim) claims(header, body string) answer {
	v.t.Helper()
	v.people++
	slug := fmt.Sprint("bare", v.people)
	if _, _, err := v.core.Directory.EnsureCompany(v.t.Context(), &kith.Actor{System: true, Remote: kith.Remote{Loopback: true}}, slug, kith.Production); err != nil {
		v.t.Fatal(err)
	}
	token := v.arrange(ask("POST", "/3/auth/register/", "", fmt.Sprintf(`{"company": %q, "email": "o@x.example", "password": %q}`, slug, goodPassword))).
		want(http.StatusCreated).text("data.token")
	text, err := json.Marshal(map[string]string{"setup_token": body})
	if err != nil {
		v.t.Fatal(err)
	}
	r := ask("POST", "/action/world/become_an_administrator", "", string(text))
	r.header.Set("Authorization", "Bearer "+token)
	if header != "" {
		r = ask("POST", "/action/world/become_an_administrator", "", "{}")
		r.header.Set("Authorization", "Bearer "+token)
		r.header.Set("X-Setup-Token", header)
	}
	far := &world{t: v.t, handler: v.remote, secrets: map[string]string{}}
	a := far.arrange(r)
	if a.status >= http.StatusMultipleChoices { // a company that nobody owns is not what the world is left with
		near := ask("POST", "/action/world/become_an_administrator", "", "{}")
		near.header.Set("Authorization", "Bearer "+token)
		v.arrange(near).want(http.StatusOK)
	}
	return a
}

// declared puts a secret into a place that a route declares. Whoever adds such a place says here how the rest
// of the request looks, and in emissions what belongs there.
func (v victim) declared(name, secret string) answer {
	v.t.Helper()
	method, rest, _ := strings.Cut(name, " ")
	path, member, _ := strings.Cut(rest, " ")
	token := ""
	if strings.HasPrefix(path, "/3/admin/") {
		token = v.owner
	}
	body := map[string]any{member: secret}
	switch name {
	case "POST /3/auth/password/reset/confirm/ token", "POST /3/admin/auth/password/reset/confirm/ token":
		body["uid"], body["new_password"] = v.uid, "another long enough pass phrase"
	case "POST /3/auth/email/verify/ key", "POST /3/auth/email/disown/ key", "POST /3/auth/deactivate/verify/ key", "POST /3/admin/auth/deactivate/verify/ key",
		"POST /3/auth/request-delete/verify/ key", "POST /3/admin/auth/request-delete/verify/ key":
	case "POST /3/auth/mobile/verify/ otp", "POST /3/auth/tokens/ password":
		token = v.token
	case "POST /3/auth/password/change/ old_password":
		token, body["new_password"] = v.token, "another long enough pass phrase"
	case "POST /3/auth/login/ password":
		body["company"], body["user"] = "acme", v.email
	case "POST /3/admin/auth/login/ password":
		body["user"] = v.email
	case "POST /3/admin/company/owner/ password":
		body["user"] = v.email
	case "POST /3/admin/company/owner/accept/ password":
	case "POST /3/auth/company/register/ setup_token":
		v.people++
		body = map[string]any{"company": map[string]any{"id": fmt.Sprint("made", v.people)}, "setup_token": secret, "email": "o@x.example", "password": goodPassword}
	case "POST /3/auth/company/register/ X-Setup-Token":
		v.people++
		r := ask("POST", path, "", fmt.Sprintf(`{"company": {"id": "made%d"}, "email": "o@x.example", "password": %q}`, v.people, goodPassword))
		r.header.Set(member, secret)
		return v.arrange(r)
	case "POST /action/world/become_an_administrator setup_token":
		return v.claims("", secret)
	case "POST /action/user_account/signin password":
		body["email"] = v.email
		return v.acts(path, "", body)
	case "POST /action/user_account/reset-password-verify otp":
		body["email"], body["new_password"] = v.email, "another long enough pass phrase"
		return v.acts(path, "", body)
	case "POST /action/user_account/verify_otp otp", "POST /action/user_otp_account/verify_mobile_number otp":
		body["mobile_number"] = v.mobile
		return v.acts(path, v.token, body)
	case "PATCH /api/user_account/{id} current_password":
		body["password"] = "another long enough pass phrase"
		return v.acts(ownRow, v.token, map[string]any{"data": map[string]any{"type": "user_account", "attributes": body}})
	case "GET /3/admin/audit/ cursor":
		return v.arrange(ask(method, path+"?page_size=1&cursor="+url.QueryEscape(secret), token, ""))
	case "GET /3/admin/users/ cursor":
		return v.arrange(ask(method, path+"?pagination=cursor&page_size=1&cursor="+url.QueryEscape(secret), token, ""))
	default:
		v.t.Fatalf("%s takes a secret, and the matrix does not know how: tell it, or add it to noSecrets", name)
	}
	text, err := json.Marshal(body)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.arrange(ask(method, path, token, string(text)))
}

// acts asks the table API, as a guest of acme or with a token.
func (v victim) acts(path, token string, body map[string]any) answer {
	v.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		v.t.Fatal(err)
	}
	method := "POST"
	if path == ownRow {
		method = "PATCH"
	}
	r := ask(method, path, "", string(text))
	r.header.Set("X-Company", "acme")
	if token != "" {
		r.header.Set("Authorization", "Bearer "+token)
	}
	return v.arrange(r)
}

// header puts a secret into the Authorization header after a word.
func (w *world) header(word string) func(victim, string) answer {
	return func(v victim, secret string) answer { return v.withHeader("GET", "/3/user/", word+secret) }
}

func (w *world) withHeader(method, path, authorization string) answer {
	w.t.Helper()
	r := ask(method, path, "", "")
	r.header.Set("Authorization", authorization)
	return w.arrange(r)
}

func (w *world) withCookie(method, path, name, value string) answer {
	w.t.Helper()
	r := ask(method, path, "", "")
	r.header.Set("Cookie", name+"="+value)
	r.header.Set("Origin", ownPage)
	return w.arrange(r)
}

// pagePlaces are the forms of kith's own pages, one for each purpose that a link can have.
func (w *world) pagePlaces() []place {
	w.t.Helper()
	in := w.core.Signin
	mux := http.NewServeMux()
	pages.Mount(mux, pages.Core{
		Company:     func(context.Context, string) (*kith.Company, error) { return nil, kith.ErrNotFound },
		Shortest:    signin.ShortestPassword,
		VerifyEmail: func(ctx context.Context, key string) error { return in.VerifyEmail(ctx, web.Remote(ctx), key) },
		Disown: func(ctx context.Context, key string) (string, string, error) {
			return in.Disown(ctx, web.Remote(ctx), key)
		},
		SetPassword: func(ctx context.Context, user, secret, password string) error {
			return in.SetPassword(ctx, web.Remote(ctx), signin.PasswordSetting{User: user, Secret: secret, Password: password})
		},
		Deactivate:      func(ctx context.Context, key string) error { return in.Deactivate(ctx, web.Remote(ctx), key) },
		RequestDeletion: func(ctx context.Context, key string) error { return in.RequestDeletion(ctx, web.Remote(ctx), key) },
	}, w.logger)
	site := &world{t: w.t, handler: web.Wrap(mux, web.Options{Log: w.logger, Loopback: true, Clock: w.clock.read}), secrets: map[string]string{}}
	var list []place
	for path, member := range map[string]string{"/verify-email/": "key", "/reset-password/": "token", "/set-password/": "token", "/deactivate/": "key", "/delete/": "key"} {
		put := func(form url.Values) func(victim, string) answer {
			return func(v victim, secret string) answer {
				form.Set("uid", v.uid)
				form.Set(member, secret)
				return site.arrange(formRequest("POST", path+"acme", form))
			}
		}
		list = append(list, place{"page " + path, put(url.Values{"password": {"another long enough pass phrase"}})})
		if path == "/verify-email/" {
			list = append(list, place{"page " + path + " no", put(url.Values{"answer": {"no"}})})
		}
	}
	slices.SortFunc(list, func(a, b place) int { return strings.Compare(a.name, b.name) })
	return list
}

// TestSecretMatrix: whatever secret kith gives out is good in the places that are for it and in no other,
// however it is bent; after all that was tried it still is, and what is good once is good once (T3, T4, T14, T42).
func TestSecretMatrix(t *testing.T) {
	t.Parallel()
	for _, e := range emissions {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{policy: signin.ByToken})
			r := ask("POST", "/3/auth/company/register/", "", fmt.Sprintf(
				`{"company": {"id": "acme", "mode": "production"}, "email": "owner@acme.example", "password": %q}`, goodPassword))
			r.header.Set("X-Setup-Token", setupToken)
			owner := w.arrange(r).want(http.StatusCreated).text("data.token")
			places := map[string]place{}
			for _, p := range w.places() {
				places[p.name] = p
			}
			v := w.newVictim(owner)
			w.elsewhere(e, v, e.give(v), places)
			for _, name := range e.good {
				p, there := places[name]
				if !there {
					t.Fatalf("there is no place %q", name)
				}
				w.bent(e, p, owner)
				v = w.newVictim(owner)
				secret := e.give(v)
				if a := p.put(v, secret); a.status >= http.StatusMultipleChoices {
					t.Errorf("at its own place %s: %d %s", name, a.status, a.body)
				}
				if again := p.put(v, secret).status; e.once && (again < 400 || again >= 500) {
					t.Errorf("at %s once more: %d", name, again)
				} else if !e.once && name != atLogout && again >= http.StatusMultipleChoices {
					t.Errorf("at %s once more, as often as one likes: %d", name, again)
				}
			}
		})
	}
}

// elsewhere tries a secret in every place that is not its own, and then wants it to be as good as before.
func (w *world) elsewhere(e emitted, v victim, secret string, places map[string]place) {
	w.t.Helper()
	tried := 0
	for name, p := range places {
		if slices.Contains(e.good, name) {
			continue
		}
		tried++
		if a := p.put(v, secret); a.status < 400 || a.status >= 500 {
			w.t.Errorf("%s at %s: %d %s", e.name, name, a.status, a.body)
		}
	}
	if !slices.Contains(e.good, asToken) {
		for _, r := range w.face.Routes() {
			if r.Permission == web.Guest || r.Path == "/3/auth/logout/" {
				continue
			}
			a := w.withHeader(r.Method, target{}.paths(r.Path)[0], "Token "+secret)
			// A session that may do next to nothing can be told first what is wrong with its request.
			if a.status != http.StatusUnauthorized && a.status != http.StatusForbidden && (!slices.Contains(e.good, atLogout) || a.status < 400 || a.status >= 500) {
				w.t.Errorf("%s at %s: %d %s", e.name, r, a.status, a.body)
			}
		}
	}
	if !slices.Contains(e.good, asTableBearer) {
		w.guestAtTables(e, secret)
	}
	if tried+len(e.good) != len(places) {
		w.t.Errorf("%d places were tried, %d are its own, and there are %d", tried, len(e.good), len(places))
	}
	if len(e.good) == 0 {
		return
	}
	if a := places[e.good[0]].put(v, secret); a.status >= http.StatusMultipleChoices {
		w.t.Errorf("%s after all that, at %s: %d %s", e.name, e.good[0], a.status, a.body)
	}
}

// guestAtTables wants whoever carries a secret that is no session's to be a guest on every route of the table API, or
// refused.
func (w *world) guestAtTables(e emitted, secret string) {
	w.t.Helper()
	for _, r := range w.tables.Routes() {
		ask := ask(r.Method, r.Path, "", "")
		ask.header.Set("X-Company", "acme")
		guest := w.arrange(ask)
		ask.header.Set("Authorization", "Bearer "+secret)
		if a := w.arrange(ask); a.status != http.StatusUnauthorized && (a.status != guest.status || a.body != guest.body) {
			w.t.Errorf("%s at %s: %d %s, and a guest gets %d %s", e.name, r, a.status, a.body, guest.status, guest.body)
		}
	}
}

// bent puts spoiled forms of a secret into its own place, and then the whole one. A typed code is spoiled by a few
// tries, so that of those each has a victim of its own.
func (w *world) bent(e emitted, p place, owner string) {
	w.t.Helper()
	refusals := []int{http.StatusBadRequest, http.StatusUnauthorized}
	switch {
	case p.name == atFiles:
		refusals = []int{http.StatusNotFound}
	case p.name == asTableBearer: // who is nobody is a guest, and has no row
		refusals = append(refusals, http.StatusForbidden, http.StatusNotFound)
	case strings.Contains(p.name, "/company/register/"), strings.Contains(p.name, "/become_an_administrator"):
		refusals = []int{http.StatusBadRequest, http.StatusForbidden}
	}
	v := w.newVictim(owner)
	secret := e.give(v)
	whole := func(after string) {
		if a := p.put(v, secret); a.status >= http.StatusMultipleChoices {
			w.t.Errorf("%s after it was tried %s, at %s: %d %s", e.name, after, p.name, a.status, a.body)
		}
	}
	for _, spoil := range spoilings {
		spoiled := spoil.how(secret)
		switch {
		case spoiled == secret,
			strings.HasPrefix(p.name, "cookie ") && spoil.trimmed, // no part of a cookie's value
			strings.HasSuffix(p.name, " cursor") && spoiled == "": // the first page
			continue
		}
		if a := p.put(v, spoiled); !slices.Contains(refusals, a.status) {
			w.t.Errorf("%s, %s, at %s: %d %s", e.name, spoil.name, p.name, a.status, a.body)
		}
		if e.of == kith.ToVerifyMobile {
			whole(spoil.name)
			v = w.newVictim(owner)
			secret = e.give(v)
		}
	}
	whole("in all these ways")
}

// spoilings are what becomes of secrets on their way (T14).
var spoilings = []struct {
	name    string
	how     func(string) string
	trimmed bool // HTTP takes it off again
}{
	{"without its last character", func(s string) string { return s[:len(s)-1] }, false},
	{"without its first character", func(s string) string { return s[1:] }, false},
	{"with a character more", func(s string) string { return s + "0" }, false},
	{"with its last letter in the other case", func(s string) string { return flipped(s, strings.LastIndexFunc(s, isLetter)) }, false},
	{"with its first letter in the other case", func(s string) string { return flipped(s, strings.IndexFunc(s, isLetter)) }, false},
	{"in capitals", strings.ToUpper, false},
	{"with its last character next to it", func(s string) string { return s[:len(s)-1] + string(s[len(s)-1]^1) }, false},
	{"padded", func(s string) string { return s + "=" }, false},
	{"with a space after it", func(s string) string { return s + " " }, true},
	{"with a space before it", func(s string) string { return " " + s }, true},
	{"with a NUL", func(s string) string { return s + "\x00" }, false},
	{"with a line break", func(s string) string { return s + "\n" }, true},
	{"percent-encoded", func(s string) string { return fmt.Sprintf("%%%02X%s", s[0], s[1:]) }, false},
	{"twice", func(s string) string { return s + s }, false},
	{"empty", func(string) string { return "" }, false},
}

func isLetter(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' }

// flipped is a text with one letter in the other case; the text itself if it has none.
func flipped(s string, i int) string {
	if i < 0 {
		return s
	}
	return s[:i] + string(s[i]^0x20) + s[i+1:]
}
