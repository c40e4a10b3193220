package kith

import "time"

// Identifier is one name that a user can be found by inside the company: a username, an e-mail
// address or a mobile number. Its folded form is unique there.
type Identifier struct {
	ID         Serial
	User       UserID
	Kind       IdentifierKind
	Value      string // as shown
	Folded     string // as compared: see core/directory
	Primary    bool   // the one that the user object shows; one of each kind
	Unclaimed  bool   // others may take it before it is proved, and nobody signs in by it
	Barred     bool   // nobody signs in by it before it is proved
	VerifiedAt time.Time
	CreatedAt  time.Time
	Mode       Mode // the row's permission
}

// Grants is what protects the identifier's row: whose it is owns it.
func (i *Identifier) Grants() Grants { return Grants{Owner: i.User, Mode: i.Mode} }

// IdentifierKind tells identifiers apart. The numbers are stored.
type IdentifierKind uint8

// The kinds of identifier.
const (
	Username IdentifierKind = iota + 1
	Email
	Mobile
)

var identifierNames = [...]string{Username: "username", Email: "email", Mobile: "mobile"}

// String gives the kind's word, which is also the field it is given in.
func (k IdentifierKind) String() string { return identifierNames[k] }

// Noun is what rows of this kind are: a username is part of its user.
func (k IdentifierKind) Noun() Noun {
	switch k {
	case Email:
		return NounEmail
	case Mobile:
		return NounMobile
	default:
		return NounUser
	}
}
