// Package message writes what kith tells people: which words, never how they travel. Delivery is the
// worker's.
package message

import (
	"fmt"
	"html"
	"strings"
	"time"

	"kith"
	"kith/internal/core/gate"
)

// Kind is what a message is about: the name of its template.
type Kind string

// The kinds of mail. Those with a link carry it as their first.
const (
	Welcome     Kind = "welcome"            // somebody registered; with a link if their address is not verified
	AlreadyHere Kind = "already_registered" // their address was used to register again

	VerifyEmail      Kind = "verify_email"     // link
	ResetPassword    Kind = "reset_password"   // link
	SetPassword      Kind = "password_set"     // link: staff made an account
	Deactivate       Kind = "deactivate"       // link: they asked to be deactivated
	RequestDeletion  Kind = "request_deletion" // link: they asked to be erased
	PasswordChanged  Kind = "password_changed"
	AddressAdded     Kind = "address_added"   // About is the e-mail or number
	AddressChanged   Kind = "address_changed" // About is the one that is primary now
	AddressRemoved   Kind = "address_removed" // About is the one that is gone
	Deactivated      Kind = "deactivated"
	DeletionAsked    Kind = "deletion_requested"
	SignInsRefused   Kind = "sign_ins_refused" // too many wrong passwords
	OwnerOffered     Kind = "owner_offered"
	OwnerChanged     Kind = "owner_changed"
	AuthorizedInvite Kind = "invitation" // link
)

// The kinds of SMS.
const (
	VerifyMobile Kind = "verify_mobile" // code
)

// Note is what is to be told to one person.
type Note struct {
	Kind  Kind
	To    string    // an e-mail address or, for an SMS, a number; "" for the member's primary one
	Link  string    // "" if there is nothing to follow
	Code  string    // "" if there is nothing to type
	Until time.Time // when the link or code ends: the message is not delivered later
	About string    // an address that the message is about
}

// texts is a kind's subject and paragraphs.
var texts = map[Kind][]string{
	Welcome: {"Welcome to {company}", "Your account at {company} is ready. You can sign in with this address.",
		"If you did not register, somebody used your address. Tell the company."},
	AlreadyHere: {"You already have an account at {company}",
		"Somebody, perhaps you, tried to register at {company} with this address. You have an account already: just sign in.",
		"If it was not you, there is nothing to do: nothing was changed."},
	PasswordChanged: {"Your password at {company} was changed",
		"The password of your account at {company} was changed, and your other sessions were ended.",
		"If it was not you, tell {company} at once."},
	SetPassword: {"Set your password at {company}",
		"{company} has an account for you. To use it, choose a password: follow this link. It works once.",
		"If you do not know {company}, there is nothing to do: without a password nobody gets in."},
	OwnerOffered: {"You are asked to become the owner of {company}",
		"The owner of {company} wants to hand it over to you. Sign in within seven days and accept with your password, or let it be.",
		"Until you accept nothing changes."},
	OwnerChanged: {"{company} has a new owner",
		"Your offer was accepted: you are no longer the owner of {company}. You keep your account and your group.",
		"If you made no such offer, tell {company} at once."},
	VerifyEmail: {"Is this your address? {company} asks", "Somebody gave this address as theirs at {company}. If it was you, follow this link.",
		"If it was not you, follow it too and say so."},
	ResetPassword: {"Choose a new password at {company}", "Follow this link to choose a new password at {company}. It works once.",
		"If you did not ask for it, there is nothing to do: nothing was changed."},
	Deactivate: {"Close your account at {company}?", "Follow this link to close your account at {company}.",
		"If you did not ask for it, there is nothing to do: nothing was changed."},
	RequestDeletion: {"Delete your account at {company}?", "Follow this link to have your account at {company} deleted.",
		"If you did not ask for it, there is nothing to do: nothing was changed."},
	AddressAdded:   {"An address was added at {company}", "{about} was added to your account at {company}.", "If it was not you, tell {company} at once."},
	AddressChanged: {"Your address at {company} was changed", "{company} writes to {about} from now on.", "If it was not you, tell {company} at once."},
	AddressRemoved: {"An address was removed at {company}", "{about} was removed from your account at {company}.", "If it was not you, tell {company} at once."},
	Deactivated:    {"Your account at {company} is closed", "Your account at {company} was closed: nobody can sign in to it.", "To use it again, ask {company}."},
	DeletionAsked:  {"Your account at {company} will be deleted", "You asked {company} to delete your account.", "If it was not you, tell {company} at once."},
	SignInsRefused: {"Somebody tries to sign in as you at {company}", "There were many wrong passwords for your account at {company}.", "Your password still works."},
	VerifyMobile:   {"", "{code} is your code for {company}. Tell it to nobody."},
}

// Mail puts an e-mail into the outbox, for those who have an e-mail. Machines get none.
func Mail(tx *gate.Tx, m kith.Member, n Note) {
	if letter, ok := WriteMail(m, n); ok {
		tx.Tell(letter)
	}
}

// SMS puts a text message into the outbox, for those who have a mobile. Machines get none.
func SMS(tx *gate.Tx, m kith.Member, n Note) {
	if text, ok := WriteSMS(m, n); ok {
		tx.Tell(text)
	}
}

// WriteMail writes an e-mail. There is none for those who have no e-mail, and for machines.
func WriteMail(m kith.Member, n Note) (kith.Message, bool) {
	if n.To == "" {
		n.To = m.User.Email
	}
	if n.To == "" || m.User.Kind != kith.Person {
		return kith.Message{}, false
	}
	lines := write(m, n)
	if n.Link != "" {
		lines = append(lines[:2:2], append([]string{n.Link}, lines[2:]...)...)
	}
	var page strings.Builder
	for _, p := range lines[1:] {
		text := html.EscapeString(p)
		if p == n.Link && p != "" {
			text = `<a href="` + text + `">` + text + `</a>`
		}
		fmt.Fprintf(&page, "<p>%s</p>\n", text)
	}
	out := compose(m, n, kith.ChannelEmail)
	out.Subject, out.Text, out.HTML = lines[0], strings.Join(lines[1:], "\n\n")+"\n", page.String()
	return out, true
}

// WriteSMS writes a text message. There is none for those who have no mobile, and for machines.
func WriteSMS(m kith.Member, n Note) (kith.Message, bool) {
	if n.To == "" {
		n.To = m.User.Mobile
	}
	if n.To == "" || m.User.Kind != kith.Person {
		return kith.Message{}, false
	}
	out := compose(m, n, kith.ChannelSMS)
	out.Text = strings.Join(write(m, n)[1:], " ")
	if n.Link != "" {
		out.Text += " " + n.Link
	}
	return out, true
}

func compose(m kith.Member, n Note, by kith.Channel) kith.Message {
	out := kith.Message{User: m.User.ID, Channel: by, Kind: string(n.Kind), To: n.To, ExpiresAt: n.Until}
	if n.Code != "" {
		out.Codes = []string{n.Code}
	}
	if n.Link != "" {
		out.Links = []string{n.Link}
	}
	return out
}

func write(m kith.Member, n Note) []string {
	fill := strings.NewReplacer("{company}", name(m.Company), "{code}", n.Code, "{about}", n.About)
	lines := make([]string, len(texts[n.Kind]))
	for i, text := range texts[n.Kind] {
		lines[i] = fill.Replace(text)
	}
	return lines
}

func name(c *kith.Company) string {
	if c.Details.Name != "" {
		return c.Details.Name
	}
	return c.Slug
}
