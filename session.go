package kith

import "time"

// Session is one sign-in, or one permanent token. Every request resolves its own anew, so that
// ending it holds on the very next one.
type Session struct {
	ID          SessionID
	User        UserID
	Application Serial
	Purpose     Purpose
	Methods     Methods
	Handle      string        // first 8 characters of its opaque token: public, names it in lists
	Label       string        // given by the user to a token made by hand
	Device      string        // the client's own words about itself
	Idle        time.Duration // ends when unused for so long; zero: never
	CreatedAt   time.Time
	LastUsed    time.Time // written at most every 30 s
	ExpiresAt   time.Time // absolute; zero: permanent
	Refresh     Refresh
}

// Refresh is the state of a session's family of refresh tokens. Tokens are derived, not stored:
// each is a keyed hash of the session and its generation.
type Refresh struct {
	Generation uint32    // of the one that is good now
	RotatedAt  time.Time // when it became so; its predecessor is forgiven for RefreshGrace
	ExpiresAt  time.Time // zero: the session has none
}

// Lives of sessions.
const (
	RefreshGrace  = 10 * time.Second    // a repeated refresh gets the same successor for so long
	RefreshLife   = 31 * 24 * time.Hour // from each rotation
	LastUsedSlack = 30 * time.Second    // how stale Session.LastUsed may be
	ChallengeLife = 10 * time.Minute    // a session waiting for a factor ends after this
	JWTLife       = 15 * time.Minute    // of a token minted for third parties
)

// Purpose is what a session or token is good for. The numbers are stored and signed.
type Purpose uint8

// The purposes. Only access crosses faces.
const (
	PurposeAccess     Purpose = iota + 1 // everything
	PurposeMultiAuth                     // the multi face, before an identity is chosen
	PurposePreMFA                        // nothing but the missing factor
	PurposeThirdParty                    // shown to others, who verify it by our public keys
)

var purposeNames = [...]string{PurposeAccess: "access", PurposeMultiAuth: "multi-auth", PurposePreMFA: "pre-mfa", PurposeThirdParty: "third-party-jwt"}

// String gives the purpose's word.
func (p Purpose) String() string { return purposeNames[p] }

// PurposeNamed finds a purpose by its word.
func PurposeNamed(word string) (Purpose, bool) {
	for p, name := range purposeNames {
		if name == word && name != "" {
			return Purpose(p), true
		}
	}
	return 0, false
}

// Methods is how a session was proved, one bit each (RFC 8176 calls them amr).
type Methods uint16

// The methods.
const (
	MethodPassword Methods = 1 << iota
	MethodTOTP
	MethodSMS
	MethodPasskey
	MethodLink
)

// Factor is a second proof that a user has set up.
type Factor struct {
	ID         Serial
	User       UserID
	Kind       FactorKind
	VerifiedAt time.Time // zero: set up, not yet in force
	CreatedAt  time.Time
}

// FactorKind tells factors apart. The numbers are stored.
type FactorKind uint8

// The kinds of factor.
const (
	FactorTOTP FactorKind = iota + 1
	FactorSMS
	FactorStatic
)

var factorNames = [...]string{FactorTOTP: "totp", FactorSMS: "sms", FactorStatic: "static"}

// String gives the factor's word.
func (k FactorKind) String() string { return factorNames[k] }

// Challenge is a proof that a session still owes.
type Challenge struct {
	ID        string
	Factors   []FactorKind // any one of these satisfies it
	CreatedAt time.Time
}
