package kith

import "time"

// Secret is something that kith sends or shows once, and that is good for one thing: the secret of a link,
// or a code that people type. kith keeps only a hash of it. There is at most one of a purpose for a user
// and what it was sent to; the next takes its place.
type Secret struct {
	User       UserID
	Purpose    SecretPurpose
	Identifier Serial // what it was sent to; 0 if it was shown and not sent
	Target     string // that identifier as compared, when it was sent; "" if it was shown and not sent
	Attempts   int    // made already; links have none, since nobody guesses those
	ExpiresAt  time.Time
	CreatedAt  time.Time
}

// SecretPurpose is what a secret is good for: never for anything else. The numbers are stored.
type SecretPurpose uint8

// The purposes of secrets.
const (
	ToVerifyEmail SecretPurpose = iota + 1
	ToVerifyMobile
	ToResetPassword
	ToSetPassword
	ToDeactivate
	ToRequestDeletion
)

var secretPurposeNames = [...]string{ToVerifyEmail: "verify_email", ToVerifyMobile: "verify_mobile",
	ToResetPassword: "reset_password", ToSetPassword: "set_password", ToDeactivate: "deactivate",
	ToRequestDeletion: "request_deletion"}

// String gives the purpose's word.
func (p SecretPurpose) String() string { return secretPurposeNames[p] }

// Life is how long a secret of this purpose is good.
func (p SecretPurpose) Life() time.Duration {
	switch p {
	case ToSetPassword:
		return 72 * time.Hour
	case ToVerifyEmail:
		return 24 * time.Hour
	case ToVerifyMobile:
		return 10 * time.Minute
	default:
		return time.Hour
	}
}

// Bounds of guessing (RFC 4226 §7.3; RTS on strong customer authentication, Art. 4(3)(b)).
const (
	MaxAttempts     = 5   // at one typed code
	MaxDailyGuesses = 100 // at all typed codes of one user in a day; new codes do not reset it
)
