package signin

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/seal"
	"kith/internal/store"
)

// forge writes a token as an attacker would: any header, any claims, any key.
func forge(t *testing.T, method jwt.SigningMethod, key any, header, claims map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, jwt.MapClaims(claims))
	maps.Copy(token.Header, header)
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// claimsOf reads a token's claims without checking it.
func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// with is a copy of claims in which one differs; nil takes it out.
func with(claims map[string]any, name string, value any) map[string]any {
	c := maps.Clone(claims)
	c[name] = value
	if value == nil {
		delete(c, name)
	}
	return c
}

func TestJWT(t *testing.T) {
	h := newHouse(t, Config{}, false)
	ada := h.company("acme")
	token, err := h.JWT(ada.Company.ID, ada.Session)
	if err != nil {
		t.Fatal(err)
	}
	if by := h.actor(token); by.User.ID != ada.User.ID || by.Session.ID != ada.Session.ID || by.Company.Slug != "acme" {
		t.Errorf("the token lets in %+v", by)
	}
	if err := h.SignOut(t.Context(), h.actor(token), ClearNone); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Authenticate(t.Context(), local, token); !errors.Is(err, errToken) {
		t.Errorf("after signing out it answers %v", err)
	}
}

// TestForgedJWTs: the algorithm, the key and the purpose of a token are ours to say, not the token's
// (T40, T41, T42).
func TestForgedJWTs(t *testing.T) {
	h := newHouse(t, Config{}, false)
	ada, bolt := h.company("acme"), h.company("bolt")
	bob := h.person("bob@x.example")
	good, err := h.JWT(ada.Company.ID, ada.Session)
	if err != nil {
		t.Fatal(err)
	}
	h.actor(good)
	ours := h.signer.keys.Load().all[0]
	claims, head := claimsOf(t, good), map[string]any{"kid": ours.kid}
	body := strings.Join(strings.Split(good, ".")[:2], ".")
	attacker, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	es256 := jwt.SigningMethodES256
	forged := map[string]string{
		"no signature": body + ".", "two parts": body, "four parts": good + ".x", "zero signature": body + "." + strings.Repeat("A", 86),
		"empty parts": "..", "another's signature": forge(t, es256, attacker, head, claims), "another algorithm's header": "e30." + strings.SplitN(good, ".", 2)[1],
		"with its key inside": forge(t, es256, attacker, map[string]any{"kid": ours.kid, "jwk": publicJWK(attacker)}, claims),
		"with its key elsewhere": forge(t, es256, attacker, map[string]any{"kid": ours.kid, "jku": "http://127.0.0.1:1/keys",
			"x5u": "http://127.0.0.1:1/cert"}, claims),
		"no kid": forge(t, es256, ours.key, nil, claims), "a megabyte": strings.Repeat("A", 1<<20) + ".A.A",
		"a megabyte of claims": forge(t, es256, ours.key, head, with(claims, "x", strings.Repeat("A", 1<<20))),
	}
	for _, kid := range []any{"", "2", "../../dev/null", "' OR 1=1 --", 1, nil, strings.Repeat("1", 1000), []string{ours.kid}, ours.kid + "\x00",
		strings.ToUpper(ours.kid), strings.Repeat("1", 1<<20)} {
		forged[fmt.Sprintf("kid %.20v", kid)] = forge(t, es256, ours.key, map[string]any{"kid": kid}, claims)
	}
	for _, alg := range []string{"none", "None", "nOnE", "NONE", ""} {
		header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"` + alg + `","kid":"` + ours.kid + `"}`))
		forged["alg "+alg] = header + "." + strings.Split(good, ".")[1] + "."
		forged["alg "+alg+", signed"] = header + "." + strings.SplitN(good, ".", 2)[1]
	}
	for name, key := range publicForms(t, &ours.key.PublicKey) {
		forged["HS256 with "+name] = forge(t, jwt.SigningMethodHS256, key, head, claims)
	}
	for name, header := range map[string]map[string]any{"jku": {"jku": "http://127.0.0.1:1/keys"}, "x5u": {"x5u": "http://127.0.0.1:1/cert"},
		"jwk": {"jwk": publicJWK(ours.key)}, "crit": {"crit": []string{"exp"}}, "zip": {"zip": "DEF"}, "typ": {"typ": "at+jwt"}, "cty": {"cty": "JWT"}} {
		forged["by our key, with "+name] = forge(t, es256, ours.key, with(header, "kid", ours.kid), claims)
	}
	for name, signature := range map[string]string{"r and s zero": strings.Repeat("\x00", 64), "r and s the order": strings.Repeat(string(elliptic.P256().Params().N.Bytes()), 2),
		"short": "\x01\x01", "DER": "\x30\x06\x02\x01\x00\x02\x01\x00"} {
		forged["signature "+name] = body + "." + base64.RawURLEncoding.EncodeToString([]byte(signature))
	}
	for name, more := range map[string]string{"sub": `"sub":"` + bob.User.ID.String() + `"`, "Sub": `"Sub":"` + bob.User.ID.String() + `"`,
		"exp": `"exp":99999999999`, "SID": `"SID":"` + bob.Session.ID.String() + `"`} {
		forged["two claims "+name] = twice(t, ours, good, more)
	}
	for name, value := range map[string]any{"iss": "https://evil.example", "aud": "bank", "exp": noon.Unix() - 1, "nbf": noon.Unix() + 10, "iat": noon.Unix() + 10,
		"sid": bolt.Session.ID.String(), "cid": base62(uint64(bolt.Company.ID), companySize), "sub": bob.User.ID.String(), "purpose": "third-party-jwt"} {
		forged[name+" another"] = forge(t, es256, ours.key, head, with(claims, name, value))
	}
	for _, name := range []string{"exp", "iat"} {
		forged[name+" missing"] = forge(t, es256, ours.key, head, with(claims, name, nil))
		forged[name+" a text"] = forge(t, es256, ours.key, head, with(claims, name, "soon"))
	}
	for _, name := range []string{"iss", "aud", "sid", "cid", "sub", "purpose"} {
		forged[name+" missing"] = forge(t, es256, ours.key, head, with(claims, name, nil))
		forged[name+" empty"] = forge(t, es256, ours.key, head, with(claims, name, ""))
		forged[name+" a number"] = forge(t, es256, ours.key, head, with(claims, name, 7))
	}
	for _, purpose := range []string{"refresh", "pre-mfa", "multi-auth", "third-party-jwt", "ACCESS", "access "} {
		forged["purpose "+purpose] = forge(t, es256, ours.key, head, with(claims, "purpose", purpose))
	}
	forged["cid and sid of another company"] = forge(t, es256, ours.key, head,
		with(with(claims, "cid", base62(uint64(bolt.Company.ID), companySize)), "sid", bolt.Session.ID.String()))
	forged["cid too long"] = forge(t, es256, ours.key, head, with(claims, "cid", "0"+claims["cid"].(string)))
	forged["sid of somebody else"] = forge(t, es256, ours.key, head, with(claims, "sid", bob.Session.ID.String()))
	for name, token := range forged {
		if by, err := h.Authenticate(t.Context(), local, token); !errors.Is(err, errToken) {
			t.Errorf("%s: %v, %v", name, by, err)
		}
	}
}

// twice adds claims to those of a token and signs that by our own key.
func twice(t *testing.T, k *signingKey, token, more string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	body := parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(strings.TrimSuffix(string(text), "}")+","+more+"}"))
	signature, err := jwt.SigningMethodES256.Sign(body, k.key)
	if err != nil {
		t.Fatal(err)
	}
	return body + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// publicForms are the spellings of a public key that a careless verifier would take for an HMAC secret.
func publicForms(t *testing.T, key *ecdsa.PublicKey) map[string][]byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	jwk, err := json.Marshal(publicJWK(&ecdsa.PrivateKey{PublicKey: *key}))
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"the PEM": text, "the PEM without its newline": []byte(strings.TrimSpace(string(text))), "the DER": der, "the JWK": jwk,
		"the point": point, "nothing": {}}
}

func publicJWK(key *ecdsa.PrivateKey) map[string]any {
	point, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err) // a P-256 key always has its bytes
	}
	return map[string]any{"kty": "EC", "crv": "P-256", "x": base64.RawURLEncoding.EncodeToString(point[1:33]),
		"y": base64.RawURLEncoding.EncodeToString(point[33:])}
}

// TestJWTEndsWithItsSession: the row decides, not the token: its end, its user's and its company's.
func TestJWTEndsWithItsSession(t *testing.T) {
	h := newHouse(t, Config{}, false)
	ada := h.company("acme")
	token, err := h.JWT(ada.Company.ID, ada.Session)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.set(ada.Session.ExpiresAt.Add(-time.Second - time.Millisecond))
	h.actor(token)
	h.clock.set(ada.Session.ExpiresAt)
	if _, err := h.Authenticate(t.Context(), local, token); !errors.Is(err, errToken) {
		t.Errorf("at the session's end: %v", err)
	}
	// A token without an end lives as long as its session, which is permanent.
	h.clock.set(noon)
	permanent := h.permanent(ada)
	forever, err := h.JWT(ada.Company.ID, permanent.Session)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.move(10 * 365 * 24 * time.Hour)
	h.actor(forever)
	h.changeUser(ada.Member, func(u *kith.User) { u.Deactivated = true })
	if _, err := h.Authenticate(t.Context(), local, forever); !errors.Is(err, errToken) {
		t.Errorf("of a deactivated user: %v", err)
	}
}

// TestSigningKeyIsTheInstallations: a restart signs and reads with the same key; another master key is
// told apart at the start.
func TestSigningKeyIsTheInstallations(t *testing.T) {
	ctx := context.Background()
	db, err := store.Open(ctx, "sqlite::memory:", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	master, now := seal.NewKey(), func() time.Time { return noon }
	first, err := newSigner(ctx, gate.New(db, master), "https://kith.example", now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := newSigner(ctx, gate.New(db, master), "https://kith.example", now)
	if err != nil || again.keys.Load().all[0].kid != first.keys.Load().all[0].kid {
		t.Errorf("a restart signs with another key: %v", err)
	}
	if _, err := newSigner(ctx, gate.New(db, seal.NewKey()), "https://kith.example", now); err == nil {
		t.Error("another master key went unnoticed")
	}
}

// TestJWTsHaveOneSpelling: base64 leaves bits over at the end of a signature; a token that differs there,
// or is padded, is another text and not the one that was given out (RFC 4648 §3.5).
func TestJWTsHaveOneSpelling(t *testing.T) {
	h := newHouse(t, Config{}, false)
	ada := h.company("acme")
	good, err := h.JWT(ada.Company.ID, ada.Session)
	if err != nil {
		t.Fatal(err)
	}
	last := len(good) - 1
	spellings := []string{good + "=", good + "==", good + "\n", good + " ", " " + good, good[:last], good + "A"}
	for _, letter := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
		if letter != rune(good[last]) {
			spellings = append(spellings, good[:last]+string(letter))
		}
	}
	for _, token := range spellings {
		if _, err := h.Authenticate(t.Context(), local, token); !errors.Is(err, errToken) {
			t.Errorf("ending in %q instead of %q it answers %v", token[last-1:], good[last-1:], err)
		}
	}
}
