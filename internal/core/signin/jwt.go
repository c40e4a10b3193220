package signin

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"kith"
	"kith/internal/core/gate"
)

// signer makes and reads the installation's JWTs (RFC 7519): ES256 and nothing else, so that the
// algorithm is never chosen by the token. A JWT is only a way to name a session: the row decides.
type signer struct {
	issuer string
	kid    string
	key    *ecdsa.PrivateKey
}

// audience is who our own tokens are for; those for third parties name somebody else.
const audience = "kith"

// maxJWT is the longest token that is looked at, in bytes.
const maxJWT = 4096

func newSigner(ctx context.Context, g *gate.Gate, issuer string) (*signer, error) {
	stored, err := g.SigningKey(ctx, func() ([]byte, error) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		return x509.MarshalPKCS8PrivateKey(key)
	})
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(stored.Key)
	if err != nil {
		return nil, fmt.Errorf("signing key %d: %w", stored.ID, err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("signing key %d is not ECDSA", stored.ID)
	}
	return &signer{issuer: issuer, key: key, kid: strconv.FormatInt(stored.ID, 10)}, nil
}

// claims are what our tokens say besides the registered claims.
type claims struct {
	jwt.RegisteredClaims
	Session string `json:"sid"` // OpenID Connect Front-Channel Logout 1.0 §3
	Company string `json:"cid"` // as at the end of opaque tokens
	Purpose string `json:"purpose"`
}

// named is what a JWT names.
type named struct {
	company kith.CompanyID
	session kith.SessionID
	user    kith.UserID
	purpose kith.Purpose
}

// JWT writes a session as a token for the Authorization header of the JSON faces. It lives as long as
// the session, whose row is asked at every use.
func (s *Signin) JWT(company kith.CompanyID, session *kith.Session) (string, error) {
	return s.signer.write(company, session, session.Purpose, audience, session.ExpiresAt, s.clock())
}

func (s *signer) write(company kith.CompanyID, session *kith.Session, purpose kith.Purpose, to string, expires, now time.Time) (string, error) {
	c := claims{
		RegisteredClaims: jwt.RegisteredClaims{Issuer: s.issuer, Subject: session.User.String(), Audience: jwt.ClaimStrings{to},
			IssuedAt: jwt.NewNumericDate(now)},
		Session: session.ID.String(), Company: base62(uint64(company), companySize), Purpose: purpose.String(),
	}
	if !expires.IsZero() {
		c.ExpiresAt = jwt.NewNumericDate(expires)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES256, c)
	token.Header["kid"] = s.kid
	return token.SignedString(s.key)
}

var errJWT = errors.New("signin: a JWT that does not name a session of ours")

// read checks a token's signature, issuer, audience and times, and gives what it names.
func (s *signer) read(token string, now time.Time) (named, error) {
	if len(token) > maxJWT || strings.ContainsAny(token, "\r\n") { // the strict decoder skips line breaks still
		return named{}, errJWT
	}
	var c claims
	_, err := jwt.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		if t.Header["kid"] != s.kid {
			return nil, errJWT
		}
		return &s.key.PublicKey, nil
	}, jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}), jwt.WithIssuer(s.issuer), jwt.WithAudience(audience),
		jwt.WithIssuedAt(), jwt.WithStrictDecoding(), jwt.WithTimeFunc(func() time.Time { return now }))
	if err != nil {
		return named{}, err
	}
	company, ok := unbase62(c.Company)
	session, errSession := kith.ParseID[kith.Session](c.Session)
	user, errUser := kith.ParseID[kith.User](c.Subject)
	purpose, known := kith.PurposeNamed(c.Purpose)
	if !ok || len(c.Company) != companySize || errSession != nil || errUser != nil || !known {
		return named{}, errJWT
	}
	return named{kith.CompanyID(company), session, user, purpose}, nil
}
