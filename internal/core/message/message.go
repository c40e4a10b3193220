// Package message writes what kith tells people: which words, never how they travel. Delivery is the
// worker's. The words lie in templates, one file for each language, and the two forms of mails beside them.
package message

import (
	"time"

	"kith"
	"kith/internal/core/gate"
)

// Kind is what a message is about: the name of its template.
type Kind string

// The kinds of mail; all of them can go by SMS too, to those who have no e-mail. Those with a link carry it as
// their first.
const (
	Welcome     Kind = "welcome"            // somebody registered; with a link if their address is not verified
	AlreadyHere Kind = "already_registered" // their address was used to register again

	VerifyEmail     Kind = "verify_email"     // link
	ResetPassword   Kind = "reset_password"   // link
	SetPassword     Kind = "password_set"     // link: staff made an account
	Deactivate      Kind = "deactivate"       // link: they asked to be deactivated
	RequestDeletion Kind = "request_deletion" // link: they asked to be erased
	PasswordChanged Kind = "password_changed"
	AddressAdded    Kind = "address_added"   // About is the e-mail or number
	AddressChanged  Kind = "address_changed" // About is the one that is primary now
	AddressRemoved  Kind = "address_removed" // About is the one that is gone
	Deactivated     Kind = "deactivated"
	DeletionAsked   Kind = "deletion_requested"
	SignInsRefused  Kind = "sign_ins_refused" // too many wrong passwords
	OwnerOffered    Kind = "owner_offered"
	OwnerChanged    Kind = "owner_changed"
	Invitation      Kind = "invitation" // link
)

// The kinds of SMS.
const (
	VerifyMobile Kind = "verify_mobile" // code
)

// Note is what is to be told to one person.
type Note struct {
	Kind   Kind
	To     string    // an e-mail address or, for an SMS, a number; "" for the member's primary one
	Link   string    // "" if there is nothing to follow
	Code   string    // "" if there is nothing to type
	Origin string    // of the pages that the code is typed into, for phones to offer it there; "" if not known
	Until  time.Time // when the link or code ends: the message is not delivered later
	About  string    // an address that the message is about
}

// Send puts a message into the outbox that goes to one of the member's e-mails or mobiles.
func Send(tx *gate.Tx, m kith.Member, to *kith.Identifier, n Note) {
	n.To = to.Value
	if to.Kind == kith.Mobile {
		SMS(tx, m, n)
	} else {
		Mail(tx, m, n)
	}
}

// Notify puts a notice into the outbox: an e-mail, or a text message for those who have none.
func Notify(tx *gate.Tx, m kith.Member, n Note) {
	if m.User.Email == "" {
		SMS(tx, m, n)
	} else {
		Mail(tx, m, n)
	}
}

// Mail puts an e-mail into the outbox, for those who have an e-mail. Machines get none.
func Mail(tx *gate.Tx, m kith.Member, n Note) {
	if letter, ok := WriteMail(m, n, tx.Now); ok {
		tx.Tell(letter)
	}
}

// SMS puts a text message into the outbox, for those who have a mobile. Machines get none.
func SMS(tx *gate.Tx, m kith.Member, n Note) {
	if text, ok := WriteSMS(m, n, tx.Now); ok {
		tx.Tell(text)
	}
}
