// Package oidc tells others how to verify the tokens that kith signs: its public keys and where they are
// (OpenID Connect Discovery 1.0, RFC 8414, RFC 7517). It issues nothing and keeps nothing; tokens are made
// in core/signin. What kith does not offer, the documents do not mention.
package oidc

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"kith/internal/core/signin"
)

// The places where others look.
const (
	keysPath     = "/.well-known/jwks.json"
	openIDPath   = "/.well-known/openid-configuration"       // OpenID Connect Discovery 1.0 §4
	metadataPath = "/.well-known/oauth-authorization-server" // RFC 8414 §3
)

// maxAge is how long a copy may be used without asking again: so long a new key may be unknown to a
// verifier that does not ask when it meets one.
const maxAge = "public, max-age=60"

// keySet is a JWK Set: RFC 7517 §5.
type keySet struct {
	Keys []key `json:"keys"`
}

// key is a public key on P-256: RFC 7518 §6.2.
type key struct {
	Type      string `json:"kty"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	ID        string `json:"kid"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	Y         string `json:"y"`
}

// metadata is what there is to know of this issuer.
type metadata struct {
	Issuer     string   `json:"issuer"`
	Keys       string   `json:"jwks_uri"`
	Subjects   []string `json:"subject_types_supported"`
	Algorithms []string `json:"id_token_signing_alg_values_supported"`
	Claims     []string `json:"claims_supported"`
}

// Mount serves the documents of the issuer, whose URL ends in no slash. keys gives those that verify now.
func Mount(mux *http.ServeMux, issuer string, keys func(context.Context) ([]signin.PublicKey, error), log *slog.Logger) {
	mux.HandleFunc("GET "+keysPath, func(w http.ResponseWriter, r *http.Request) {
		list, err := keys(r.Context())
		if err != nil {
			log.ErrorContext(r.Context(), "signing keys not read", slog.Any("err", err))
			http.Error(w, "The keys cannot be read at the moment; try again.", http.StatusServiceUnavailable)
			return
		}
		set := keySet{Keys: make([]key, len(list))}
		for i, k := range list {
			set.Keys[i] = key{"EC", "sig", "ES256", k.ID, "P-256", k.X, k.Y}
		}
		write(w, "application/jwk-set+json", set)
	})
	for _, path := range []string{openIDPath, metadataPath} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			write(w, "application/json", metadata{Issuer: issuer, Keys: issuer + keysPath, Subjects: []string{"public"}, Algorithms: []string{"ES256"},
				Claims: []string{"iss", "sub", "aud", "exp", "iat", "jti", "sid", "nonce", "company", "purpose", "email", "email_verified", "name"}})
		})
	}
}

func write(w http.ResponseWriter, mediaType string, document any) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", maxAge)
	_ = json.NewEncoder(w).Encode(document) // the client has gone; there is nobody left to tell
}
