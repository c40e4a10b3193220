package signin

import (
	"context"
	"errors"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// OpAddJWT makes a token for somebody else to verify.
var OpAddJWT = gate.Op{Name: "jwt.add", Noun: kith.NounJWT, Verb: kith.Add, Section: kith.SectionUser}

// statement is what a token for a third party says: who the user is, and for whom that is said. It names its
// company in the open, for the audience is the company's to choose, and so may be the same in two.
type statement struct {
	jwt.RegisteredClaims
	Session       string `json:"sid"`
	Company       string `json:"company"` // slug
	Purpose       string `json:"purpose"`
	Nonce         string `json:"nonce,omitempty"` // OpenID Connect Core 1.0 §2
	Email         string `json:"email,omitempty"`
	EmailVerified *bool  `json:"email_verified,omitempty"`
	Name          string `json:"name,omitempty"`
}

// maxNonce is the longest nonce that is repeated, in characters.
const maxNonce = 255

// NewJWT is what a token for a third party is made from.
type NewJWT struct{ Nonce string }

// Validate reports every bad field.
func (in NewJWT) Validate() error {
	if len([]rune(in.Nonce)) > maxNonce {
		return kith.BadField("nonce", kith.CodeTooLong, "This may have at most 255 characters.")
	}
	return nil
}

// jwtNoun tells the ids of tokens for third parties apart from all others.
type jwtNoun struct{}

// ThirdPartyJWT writes who the actor is for others to verify by our public keys. It lives for kith.JWTLife,
// and no longer than the session; whoever is shown it cannot ask whether that has ended meanwhile. It is good
// for nothing here.
func (s *Signin) ThirdPartyJWT(ctx context.Context, by *kith.Actor, in NewJWT) (string, error) {
	if err := in.Validate(); err != nil {
		return "", err
	}
	to, err := gate.Read(ctx, s.gate, by, OpAddJWT, func(ctx context.Context, tx *gate.Tx) (string, error) {
		return audienceOf(ctx, tx, by)
	})
	if err != nil {
		return "", err
	}
	now := s.clock()
	end := now.Add(kith.JWTLife)
	if session := by.Session.ExpiresAt; !session.IsZero() && session.Before(end) {
		end = session
	}
	u := by.User
	c := statement{
		RegisteredClaims: jwt.RegisteredClaims{Issuer: s.signer.issuer, Subject: u.ID.String(), Audience: jwt.ClaimStrings{to},
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(end), ID: kith.NewID[jwtNoun](now, s.gate.Random).String()},
		Session: by.Session.ID.String(), Company: by.Company.Slug, Purpose: kith.PurposeThirdParty.String(), Nonce: in.Nonce,
		Email: u.Email, Name: strings.TrimSpace(u.Profile[kith.FirstName] + " " + u.Profile[kith.LastName]),
	}
	if u.Email != "" {
		c.EmailVerified = &u.EmailVerified
	}
	return s.signer.sign(c)
}

// audienceOf is whom tokens of the actor's session are for: what its application says, or else the company.
func audienceOf(ctx context.Context, tx *gate.Tx, by *kith.Actor) (string, error) {
	app, err := tx.Applications.OfSession(ctx, by.Session.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "", errToken // both ended a moment ago
	case err != nil:
		return "", err
	case app.Audience == "":
		return by.Company.Slug, nil
	default:
		return app.Audience, nil
	}
}
