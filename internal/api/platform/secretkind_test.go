package platform_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/core/message"
)

// victim is somebody of acme whose secrets are tried everywhere.
type victim struct {
	*world
	owner         string // token of acme's owner
	uid           string
	email, mobile string
	token         string // of a session of theirs that no test is about
	refresh       string
}

// newVictim registers somebody of acme who has done nothing yet.
func (w *world) newVictim(owner string) victim {
	w.t.Helper()
	w.clock.move(time.Second)
	w.people++
	v := victim{world: w, owner: owner, email: fmt.Sprintf("victim%d@x.example", w.people), mobile: fmt.Sprintf("+278311%05d", w.people)}
	a := w.arrange(ask("POST", "/3/auth/register/", "", fmt.Sprintf(`{"company": "acme", "email": %q, "mobile": %q, "password": %q}`,
		v.email, v.mobile, goodPassword))).want(http.StatusCreated)
	v.uid, v.token, v.refresh = a.text("data.user.id"), a.text("data.token"), a.text("data.refresh_token")
	return v
}

// newest is the newest message of a kind to somebody, who has one.
func (w *world) newest(kind message.Kind, to string) *kith.Message {
	w.t.Helper()
	for _, m := range w.inbox(to) {
		if m.Kind == string(kind) {
			return m
		}
	}
	w.t.Fatalf("no %s came to %s", kind, to)
	return nil
}

// secretOf gives the secret of the link in the newest mail of a kind, having asked for it at a path.
func (v victim) secretOf(kind message.Kind, path string) string {
	v.t.Helper()
	if path != "" {
		v.arrange(ask("POST", path, "", fmt.Sprintf(`{"company": "acme", "user": %q}`, v.email))).want(http.StatusOK)
	}
	link, err := url.Parse(v.newest(kind, v.email).Links[0])
	if err != nil {
		v.t.Fatal(err)
	}
	values, err := url.ParseQuery(link.Fragment)
	if err != nil {
		v.t.Fatal(err)
	}
	secret := values.Get("key") + values.Get("token")
	v.know(secret, "a link")
	return secret
}

// signsIn begins a session of the victim's and gives the answer.
func (v victim) signsIn(method string) answer {
	v.t.Helper()
	r := ask("POST", "/3/auth/login/", "", fmt.Sprintf(`{"company": "acme", "user": %q, "password": %q, "auth_method": %q}`, v.email, goodPassword, method))
	r.header.Set("Origin", ownPage)
	return v.arrange(r).want(http.StatusOK)
}

// cookie is one that signing in sets.
func (v victim) cookie(name string) string {
	v.t.Helper()
	for _, c := range (&http.Response{Header: v.signsIn("cookie").header}).Cookies() {
		if c.Name == name {
			return c.Value
		}
	}
	v.t.Fatalf("no cookie %s", name)
	return ""
}

// ownPage is a page of the server that the tests ask.
const ownPage = "http://kith.example"

// emitted is a kind of secret that kith gives out.
type emitted struct {
	name    string
	of      kith.SecretPurpose // 0 if it is none of those
	purpose kith.Purpose       // 0 if it is none of those
	give    func(victim) string
	good    []string // the places that take it: see places
	once    bool     // it works once
}

// The places that take the same secrets.
var (
	forSessions  = []string{asToken, asBearer, inCookie, atLogout, asTableBearer}
	forRefreshes = []string{asRefresh, inRefreshCookie}
	forPasswords = []string{"POST /3/auth/password/reset/confirm/ token", "POST /3/admin/auth/password/reset/confirm/ token",
		"page /reset-password/", "page /set-password/", "POST /action/user_account/reset-password-verify otp"}
)

// emissions are all kinds.
var emissions = []emitted{
	{name: "access token", purpose: kith.PurposeAccess, good: forSessions, give: func(v victim) string { return v.signsIn("token").text("data.token") }},
	{name: "refresh token", good: forRefreshes, give: func(v victim) string { return v.signsIn("token").text("data.refresh_token") }},
	{name: "permanent token", purpose: kith.PurposeAccess, good: forSessions, give: func(v victim) string {
		return v.arrange(ask("POST", "/3/auth/tokens/", v.token, fmt.Sprintf(`{"password": %q}`, goodPassword))).want(http.StatusCreated).text("data.token")
	}},
	{name: "token made by staff", purpose: kith.PurposeAccess, good: forSessions, give: func(v victim) string {
		return v.arrange(ask("POST", "/3/admin/users/tokens/", v.owner, fmt.Sprintf(`{"user": %q}`, v.email))).want(http.StatusCreated).text("data.token")
	}},
	{name: "session cookie", purpose: kith.PurposeAccess, good: forSessions, give: func(v victim) string { return v.cookie("kith_session") }},
	{name: "refresh cookie", good: forRefreshes, give: func(v victim) string { return v.cookie("kith_refresh") }},
	{name: "session JWT", purpose: kith.PurposeAccess, good: forSessions, give: func(v victim) string {
		by, err := v.core.Signin.Authenticate(v.t.Context(), kith.Remote{Loopback: true}, v.signsIn("token").text("data.token"))
		if err != nil {
			v.t.Fatal(err)
		}
		token, err := v.core.Signin.JWT(by.Company.ID, by.Session)
		if err != nil {
			v.t.Fatal(err)
		}
		return token
	}},
	{name: "token of a sign-in at the tables", purpose: kith.PurposeAccess, good: forSessions, give: func(v victim) string {
		return v.acts("/action/user_account/signin", "", map[string]any{"email": v.email, "password": goodPassword}).want(http.StatusOK).text("0.Attributes.value")
	}},
	{name: "token that ends earlier", purpose: kith.PurposeAccess, good: forSessions, give: func(v victim) string {
		return v.acts("/action/user_account/generate_jwt_token", v.token, map[string]any{"life_seconds": 60}).want(http.StatusOK).text("0.Attributes.value")
	}},
	{name: "token that owes a factor", purpose: kith.PurposePreMFA, good: []string{atLogout}, give: func(v victim) string {
		v.sql(`INSERT INTO factors (company_id, user_id, id, kind, verified_at, created_at) SELECT company_id, id, $1, 1, 1, 1 FROM users WHERE email = $2`,
			v.people, v.email)
		return v.signsIn("token").text("data.token")
	}},
	{name: "token of another face", purpose: kith.PurposeMultiAuth, good: []string{atLogout}, give: func(v victim) string {
		token := v.signsIn("token").text("data.token")
		v.sql(`UPDATE sessions SET purpose = $1 WHERE handle = $2`, int(kith.PurposeMultiAuth), token[:8])
		return token
	}},
	{name: "token for third parties", purpose: kith.PurposeThirdParty, give: func(v victim) string {
		return v.arrange(ask("POST", "/3/auth/jwt/", v.token, "")).want(http.StatusCreated).text("data.token")
	}},
	{name: "key to verify an e-mail", of: kith.ToVerifyEmail, once: true,
		good: []string{"POST /3/auth/email/verify/ key", "POST /3/auth/email/disown/ key", "page /verify-email/", "page /verify-email/ no"},
		give: func(v victim) string { return v.secretOf(message.Welcome, "") }},
	{name: "code to verify a mobile", of: kith.ToVerifyMobile, once: true, good: []string{"POST /3/auth/mobile/verify/ otp",
		"POST /action/user_account/verify_otp otp", "POST /action/user_otp_account/verify_mobile_number otp"},
		give: func(v victim) string { return v.newest(message.VerifyMobile, v.mobile).Codes[0] }},
	{name: "reset token", of: kith.ToResetPassword, once: true, good: forPasswords,
		give: func(v victim) string { return v.secretOf(message.ResetPassword, "/3/auth/password/reset/") }},
	{name: "token to set a password", of: kith.ToSetPassword, once: true, good: forPasswords, give: func(v victim) string {
		v.arrange(ask("POST", "/3/admin/users/"+v.email+"/password-link/", v.owner, "")).want(http.StatusOK)
		return v.secretOf(message.SetPassword, "")
	}},
	{name: "token that the operator is shown", of: kith.ToSetPassword, once: true, good: forPasswords,
		give: func(v victim) string { _, secret := v.link("acme", v.email); return secret }},
	{name: "token for whose address it is", of: kith.ToSetPassword, once: true, good: forPasswords, give: func(v victim) string {
		key := v.secretOf(message.Welcome, "")
		return v.arrange(ask("POST", "/3/auth/email/disown/", "", fmt.Sprintf(`{"key": %q}`, key))).want(http.StatusOK).text("data.token")
	}},
	{name: "key to deactivate", of: kith.ToDeactivate, once: true,
		good: []string{"POST /3/auth/deactivate/verify/ key", "POST /3/admin/auth/deactivate/verify/ key", "page /deactivate/"},
		give: func(v victim) string { return v.secretOf(message.Deactivate, "/3/auth/deactivate/") }},
	{name: "key to be deleted", of: kith.ToRequestDeletion, once: true,
		good: []string{"POST /3/auth/request-delete/verify/ key", "POST /3/admin/auth/request-delete/verify/ key", "page /delete/"},
		give: func(v victim) string { return v.secretOf(message.RequestDeletion, "/3/auth/request-delete/") }},
	{name: "signature of a file", good: []string{atFiles}, give: func(v victim) string { return v.picture().Query().Get("signature") }},
	{name: "cursor of the audit log", good: []string{"GET /3/admin/audit/ cursor"}, give: func(v victim) string { return v.cursor("/3/admin/audit/?page_size=1") }},
	{name: "cursor of users", good: []string{"GET /3/admin/users/ cursor"}, give: func(v victim) string { return v.cursor("/3/admin/users/?pagination=cursor&page_size=1") }},
	{name: "setup token", good: []string{"POST /3/auth/company/register/ X-Setup-Token", "POST /3/auth/company/register/ setup_token",
		asSetupToken, "POST /action/world/become_an_administrator setup_token"},
		give: func(victim) string { return setupToken }},
}

// picture gives the owner a picture and its address, the same for as long as the test's clock stands.
func (v victim) picture() *url.URL {
	v.t.Helper()
	a := v.arrange(ask("GET", "/3/user/", v.owner, "")).want(http.StatusOK)
	if a.at("data.profile") == nil {
		a = v.arrange(upload(v.t, "PATCH", "/3/user/", v.owner, drawing(v.t, 8, 8, red), nil, nil)).want(http.StatusOK)
	}
	u, err := url.Parse(a.text("data.profile"))
	if err != nil {
		v.t.Fatal(err)
	}
	return u
}

// cursor is where a list goes on.
func (v victim) cursor(path string) string {
	v.t.Helper()
	next, err := url.Parse(v.arrange(ask("GET", path, v.owner, "")).want(http.StatusOK).text("data.next"))
	if err != nil {
		v.t.Fatal(err)
	}
	return next.Query().Get("cursor")
}

// TestEveryKindOfSecretIsTried: what comes to be a kind of secret is in the matrix from that day on.
func TestEveryKindOfSecretIsTried(t *testing.T) {
	t.Parallel()
	of, purposes := map[kith.SecretPurpose]bool{}, map[kith.Purpose]bool{}
	for _, e := range emissions {
		of[e.of], purposes[e.purpose] = true, true
	}
	for p := kith.SecretPurpose(1); hasWord(p.String); p++ {
		if !of[p] {
			t.Errorf("no secret in the matrix is one to %s", p)
		}
	}
	for p := kith.Purpose(1); hasWord(p.String); p++ {
		if !purposes[p] {
			t.Errorf("no token in the matrix is of the purpose %s", p)
		}
	}
}

// hasWord reports whether something has a word.
func hasWord(word func() string) (is bool) {
	defer func() { is = recover() == nil && is }()
	return strings.TrimSpace(word()) != ""
}
