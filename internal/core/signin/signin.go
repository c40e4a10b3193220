// Package signin keeps credentials, sessions and tokens: who gets in, as what, and for how long. Every
// way to get a session ends in one step, issue, which asks for the factors that are still owed.
//
// It makes users and companies through core/directory's steps, and edits no right.
package signin

import (
	"context"
	"crypto/subtle"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
)

// Config is what the operator decides about signing in.
type Config struct {
	Registration Registration // who may make companies
	SetupToken   string       // what makes one where Registration is ByToken, and claims one from elsewhere; "" for nothing
	Issuer       string       // of JWTs: the public URL
	Limits       bool         // cap what people can have sent
}

// Registration says who may make companies.
type Registration uint8

// The policies.
const (
	OpenRegistration   Registration = iota // anyone
	ByToken                                // who knows the setup token
	ClosedRegistration                     // nobody over HTTP
)

// Signin lets people in. It is safe for many goroutines.
type Signin struct {
	gate      *gate.Gate
	directory *directory.Directory
	clock     kith.Clock
	hasher    *Hasher
	pool      *Pool
	config    Config
	signer    *signer
	touched   *touched
	asked     asked
}

// New makes a Signin. It reads the installation's signing keys, making one at the first start, and fails
// if the master key is not the one that the database was made with.
func New(ctx context.Context, g *gate.Gate, d *directory.Directory, clock kith.Clock, h *Hasher, p *Pool, c Config) (*Signin, error) {
	signer, err := newSigner(ctx, g, c.Issuer, clock)
	if err != nil {
		return nil, err
	}
	return &Signin{gate: g, directory: d, clock: clock, hasher: h, pool: p, config: c, signer: signer, touched: newTouched()}, nil
}

// Issuer is who our tokens say made them: the public URL.
func (s *Signin) Issuer() string { return s.config.Issuer }

// SignedIn is what somebody who got in receives. The tokens are shown this once and stored nowhere.
type SignedIn struct {
	kith.Member
	Session    *kith.Session
	Token      string           // opaque access token
	Refresh    string           // "" if the session is permanent
	Challenges []kith.Challenge // what the session still owes before it may do anything
}

// mayMakeCompanies asks the operator's policy.
func (s *Signin) mayMakeCompanies(setupToken string) error {
	switch s.config.Registration {
	case OpenRegistration:
		return nil
	case ByToken:
		if s.knowsSetupToken(setupToken) {
			return nil
		}
		return &kith.Error{Kind: kith.Forbidden, Code: kith.CodeSetupToken, Field: "setup_token",
			Message: "Making a company here needs the setup token that kith printed when it started. Send it as header X-Setup-Token or field setup_token."}
	default:
		return &kith.Error{Kind: kith.Forbidden, Code: kith.CodeRegistrationOff,
			Message: "Companies cannot be made here over the network. Ask the operator."}
	}
}

// knowsSetupToken reports whether somebody brings the token that kith printed when it started.
func (s *Signin) knowsSetupToken(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(s.config.SetupToken)) == 1 && token != ""
}
