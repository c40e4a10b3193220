package signin

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"kith"
)

// A JWT (RFC 7519) of ours is only a way to name a session: the row decides. It is signed by ES256 and
// nothing else, so that the algorithm is never chosen by the token.

// audience is who our own tokens are for; those for third parties name somebody else.
const audience = "kith"

// maxJWT is the longest token that is looked at, in bytes.
const maxJWT = 4096

// claims are what our tokens say besides the registered claims.
type claims struct {
	jwt.RegisteredClaims
	Session string `json:"sid"` // OpenID Connect Front-Channel Logout 1.0 §3
	Company string `json:"cid"` // as at the end of opaque tokens
	Purpose string `json:"purpose"`

	// What clients of the table face read. Nothing here is decided by it.
	Email *string `json:"email,omitempty"`
	Name  *string `json:"name,omitempty"`
}

// named is what a JWT names.
type named struct {
	company kith.CompanyID
	session kith.SessionID
	user    kith.UserID
	purpose kith.Purpose
	ends    time.Time // whole seconds; zero: it says no end
}

// JWT writes a session as a token for the Authorization header of the JSON faces. It lives as long as
// the session, whose row is asked at every use.
func (s *Signin) JWT(company kith.CompanyID, session *kith.Session) (string, error) {
	return s.signer.sign(s.claims(company, session, session.ExpiresAt))
}

// claims are those of a token that names a session and ends then; never, if ends is zero.
func (s *Signin) claims(company kith.CompanyID, session *kith.Session, ends time.Time) claims {
	c := claims{
		RegisteredClaims: jwt.RegisteredClaims{Issuer: s.signer.issuer, Subject: session.User.String(), Audience: jwt.ClaimStrings{audience},
			IssuedAt: jwt.NewNumericDate(s.clock())},
		Session: session.ID.String(), Company: base62(uint64(company), companySize), Purpose: session.Purpose.String(),
	}
	if !ends.IsZero() {
		c.ExpiresAt = jwt.NewNumericDate(ends)
	}
	return c
}

var errJWT = errors.New("signin: a JWT that does not name a session of ours")

// parse checks a token's signature, issuer, audience and times, and gives what it names. It fails with errJWT,
// or with whatever keeps the keys from being read.
func (s *signer) parse(ctx context.Context, token string, now time.Time) (named, error) {
	if len(token) > maxJWT || strings.ContainsAny(token, "\r\n") { // the strict decoder skips line breaks still
		return named{}, errJWT
	}
	if n, known := s.recall(token, now); known {
		return n, nil
	}
	header, rest, _ := strings.Cut(token, ".")
	key, err := s.find(ctx, header, now)
	if err != nil {
		return named{}, err
	}
	if key == nil {
		return named{}, errJWT
	}
	var c claims
	_, err = jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return &key.key.PublicKey, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}), jwt.WithIssuer(s.issuer), jwt.WithAudience(audience),
		jwt.WithIssuedAt(), jwt.WithStrictDecoding(), jwt.WithTimeFunc(func() time.Time { return now }))
	if err != nil {
		return named{}, errors.Join(errJWT, err)
	}
	payload, _, _ := strings.Cut(rest, ".")
	if !saysOnce(payload) {
		return named{}, errJWT
	}
	n, err := c.named()
	if err == nil {
		s.remember(token, &c, n)
	}
	return n, err
}

// named reads what the claims of a token that is genuine name.
func (c *claims) named() (named, error) {
	company, ok := unbase62(c.Company)
	session, errSession := kith.ParseID[kith.Session](c.Session)
	user, errUser := kith.ParseID[kith.User](c.Subject)
	purpose, known := kith.PurposeNamed(c.Purpose)
	if !ok || len(c.Company) != companySize || errSession != nil || errUser != nil || !known || purpose == kith.PurposeThirdParty || c.IssuedAt == nil {
		return named{}, errJWT
	}
	n := named{company: kith.CompanyID(company), session: session, user: user, purpose: purpose}
	if c.ExpiresAt != nil {
		n.ends = c.ExpiresAt.UTC()
	}
	return n, nil
}

// saysOnce reports whether the claims of a token name nothing twice, in whatever case. The JSON decoder would
// take the last of them, and another verifier the first (RFC 8725 §2.4).
func saysOnce(payload string) bool {
	text, err := base64.RawURLEncoding.Strict().DecodeString(payload)
	if err != nil {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return false
	}
	seen := make(map[string]bool)
	for d.More() {
		token, err := d.Token()
		name, is := token.(string)
		name = strings.ToLower(name)
		var value json.RawMessage
		if err != nil || !is || seen[name] || d.Decode(&value) != nil {
			return false
		}
		seen[name] = true
	}
	return true
}
