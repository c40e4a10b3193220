package platform_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"kith"
	"kith/internal/core/signin"
	"kith/internal/oidc"
)

// wellKnown gives a document that others read.
func (w *world) wellKnown(name string, into any) http.Header {
	w.t.Helper()
	mux := http.NewServeMux()
	oidc.Mount(mux, "http://kith.example", w.core.Signin.PublicKeys, slog.New(slog.DiscardHandler))
	recorder := httptest.NewRecorder()
	mux.ServeHTTP(recorder, httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, "/.well-known/"+name, nil))
	if recorder.Code != http.StatusOK {
		w.t.Fatalf("%s: %d %s", name, recorder.Code, recorder.Body)
	}
	if err := json.Unmarshal(recorder.Body.Bytes(), into); err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	return recorder.Header()
}

// stated is what a token for a third party says.
type stated struct {
	jwt.Claims
	Session       string `json:"sid"`
	Company       string `json:"company"`
	Purpose       string `json:"purpose"`
	Nonce         string `json:"nonce"`
	Email         string `json:"email"`
	EmailVerified *bool  `json:"email_verified"`
	Name          string `json:"name"`
}

// verify reads a token as a third party does, with a library that is not ours.
func (w *world) verify(token string, keys jose.JSONWebKeySet) (stated, error) {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return stated{}, err
	}
	var s stated
	err = parsed.Claims(keys, &s)
	return s, err
}

func (w *world) mint(token, body string) answer {
	w.t.Helper()
	return w.do(ask("POST", "/3/auth/jwt/", token, body))
}

// TestThirdPartyJWT: others learn from the token who the user is, and verify it by the published keys alone.
func TestThirdPartyJWT(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme")
	ada := w.user("acme", "ada@x.example")
	token := ada.text("data.token")
	w.do(ask("PATCH", "/3/user/", token, `{"first_name": "Ada", "last_name": "Lovelace"}`)).want(http.StatusOK)
	made := w.mint(token, `{"nonce": "n-0S6_WzA2Mj"}`).want(http.StatusCreated).text("data.token")
	var keys jose.JSONWebKeySet
	head := w.wellKnown("jwks.json", &keys)
	if head.Get("Cache-Control") != "public, max-age=60" || head.Get("Content-Type") != "application/jwk-set+json" || len(keys.Keys) != 1 || !keys.Keys[0].IsPublic() {
		t.Errorf("the keys are %+v, sent with %v", keys, head)
	}
	s, err := w.verify(made, keys)
	if err != nil {
		t.Fatal(err)
	}
	err = s.ValidateWithLeeway(jwt.Expected{Issuer: "http://kith.example", Subject: ada.text("data.user.id"), AnyAudience: jwt.Audience{"acme"}, Time: start}, 0)
	if err != nil || !s.Expiry.Time().Equal(start.Add(15*time.Minute)) || !s.IssuedAt.Time().Equal(start) || len(s.Audience) != 1 || s.ID == "" || s.Session == "" ||
		s.Company != "acme" || s.Purpose != "third-party-jwt" || s.Nonce != "n-0S6_WzA2Mj" || s.Email != "ada@x.example" || *s.EmailVerified || s.Name != "Ada Lovelace" {
		t.Errorf("it says %+v, %v", s, err)
	}
	again, err := w.verify(w.mint(token, "").want(http.StatusCreated).text("data.token"), keys)
	if err != nil || again.ID == s.ID || again.Nonce != "" {
		t.Errorf("the next one says %+v, %v", again, err)
	}
	// An application says whom its tokens are for.
	apps := w.do(ask("GET", "/3/admin/applications/", owner.text("data.token"), "")).want(http.StatusOK)
	w.do(ask("PATCH", fmt.Sprintf("/3/admin/applications/%.0f/", apps.at("data.results.0.id")), owner.text("data.token"), `{"audience": "https://bank.example"}`)).want(http.StatusOK)
	told, err := w.verify(w.mint(token, "").text("data.token"), keys)
	if err != nil || !slices.Equal(told.Audience, []string{"https://bank.example"}) {
		t.Errorf("for an application it says %+v, %v", told, err)
	}
	// It ends no later than the session.
	w.clock.move(kith.DefaultSessionDuration - time.Minute)
	late, err := w.verify(w.mint(token, "").text("data.token"), keys)
	if err != nil || !late.Expiry.Time().Equal(start.Add(kith.DefaultSessionDuration)) {
		t.Errorf("a minute before the session's end it says %+v, %v", late, err)
	}
}

// TestThirdPartyJWTIsNoCredential: to kith itself such a token is nothing, wherever it is put (T42).
func TestThirdPartyJWTIsNoCredential(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	apps := w.do(ask("GET", "/3/admin/applications/", owner, ""))
	// Not even where the company calls its own audience as kith's tokens do.
	w.do(ask("PATCH", fmt.Sprintf("/3/admin/applications/%.0f/", apps.at("data.results.0.id")), owner, `{"audience": "kith"}`)).want(http.StatusOK)
	made := w.mint(owner, "").want(http.StatusCreated).text("data.token")
	w.know(made, "a token for others")
	for _, r := range w.face.Routes() {
		if r.Permission == "guest" {
			continue
		}
		for _, scheme := range []string{"Token ", "Bearer "} {
			q := ask(r.Method, target{}.paths(r.Path)[0], "", "")
			q.header.Set("Authorization", scheme+made)
			if a := w.arrange(q); a.status != http.StatusUnauthorized {
				t.Errorf("%s: %d %s", r, a.status, a.body)
			}
		}
	}
	refresh := ask("POST", "/3/auth/refresh/", "", "")
	refresh.header.Set("Authorization", "Refresh-Token "+made[:180])
	w.do(refresh).want(http.StatusUnauthorized)
}

// TestThirdPartyJWTRefused: who may not have one, and what is wrong with asking.
func TestThirdPartyJWTRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.company("acme")
	token := w.user("acme", "ada@x.example").text("data.token")
	w.mint("", "").want(http.StatusUnauthorized)
	if a := w.mint(token, `{"nonce": "`+strings.Repeat("é", 256)+`"}`).want(http.StatusBadRequest); a.at("data.nonce") == nil {
		t.Errorf("a long nonce: %s", a.body)
	}
	w.mint(token, `{"nonce": 7}`).want(http.StatusBadRequest)
	w.mint(token, `{"nonce": "`+strings.Repeat("é", 255)+`"}`).want(http.StatusCreated)
	w.setPermissions("user", func(p kith.Permissions) kith.Permissions {
		return p.Without(kith.Permission{Section: kith.SectionUser, Noun: kith.NounJWT, Level: kith.LevelAdd})
	})
	w.mint(token, "").want(http.StatusForbidden)
}

// TestMetadata: the documents of discovery agree with what is there, and promise nothing else.
func TestMetadata(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	for _, name := range []string{"openid-configuration", "oauth-authorization-server"} {
		var d map[string]any
		w.wellKnown(name, &d)
		if d["issuer"] != "http://kith.example" || d["jwks_uri"] != "http://kith.example/.well-known/jwks.json" || fmt.Sprint(d["id_token_signing_alg_values_supported"]) != "[ES256]" {
			t.Errorf("%s: %v", name, d)
		}
		for member := range d {
			if strings.HasSuffix(member, "_endpoint") {
				t.Errorf("%s promises %s", name, member)
			}
		}
	}
}

// TestPublishedKeysFollowARotation: the old key stays published while its tokens are good, and no longer.
func TestPublishedKeysFollowARotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	token := w.company("acme").text("data.token")
	before := w.mint(token, "").text("data.token")
	if err := w.core.Signin.RotateKeys(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	after := w.mint(token, "").text("data.token")
	check := func(when string, old bool) {
		t.Helper()
		var keys jose.JSONWebKeySet
		w.wellKnown("jwks.json", &keys)
		_, errOld := w.verify(before, keys)
		_, errNew := w.verify(after, keys)
		if (errOld == nil) != old || errNew != nil {
			t.Errorf("%s: the old token %v, the new one %v", when, errOld, errNew)
		}
	}
	check("after the rotation", true)
	w.clock.move(time.Hour - time.Millisecond)
	check("a moment before its end", true)
	w.clock.move(time.Millisecond)
	check("at its end", false)
	if err := w.core.Signin.RotateKeys(t.Context(), -1); kith.AsError(err).Field != "keep" {
		t.Errorf("to keep what is signed for less than no time: %v", err)
	}
	if signin.KeepSigned < kith.MaxSessionDuration {
		t.Error("what is signed ends before the sessions that it names")
	}
}
