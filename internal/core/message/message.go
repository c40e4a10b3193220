// Package message writes what kith tells people: which words, never how they travel. Delivery is the
// worker's.
package message

import (
	"fmt"
	"html"
	"strings"

	"kith"
)

// The kinds of message, named for their templates.
const (
	KindWelcome         = "welcome"
	KindAlreadyHere     = "already_registered"
	KindPasswordChanged = "password_changed"
	KindPasswordSet     = "password_set"
	KindOwnerOffered    = "owner_offered"
	KindOwnerChanged    = "owner_changed"
)

// Welcome greets someone who has just registered. It has no message for users without an e-mail.
func Welcome(m kith.Member) (kith.Message, bool) {
	return letter(m, KindWelcome, "Welcome to "+name(m.Company),
		fmt.Sprintf("Your account at %s is ready. You can sign in with this address.", name(m.Company)),
		"If you did not register, somebody used your address. Tell the company.")
}

// AlreadyHere tells someone that their address was used to register again. The person who did so
// learns nothing.
func AlreadyHere(m kith.Member) (kith.Message, bool) {
	return letter(m, KindAlreadyHere, "You already have an account at "+name(m.Company),
		fmt.Sprintf("Somebody, perhaps you, tried to register at %s with this address. You have an account already: just sign in.", name(m.Company)),
		"If it was not you, there is nothing to do: nothing was changed.")
}

// PasswordChanged tells someone that their password was changed.
func PasswordChanged(m kith.Member) (kith.Message, bool) {
	return letter(m, KindPasswordChanged, "Your password at "+name(m.Company)+" was changed",
		fmt.Sprintf("The password of your account at %s was changed, and your other sessions were ended.", name(m.Company)),
		"If it was not you, tell "+name(m.Company)+" at once.")
}

// PasswordSet gives somebody whom staff added the link to set their password by.
func PasswordSet(m kith.Member, link string) (kith.Message, bool) {
	company := name(m.Company)
	mail, ok := letter(m, KindPasswordSet, "Set your password at "+company,
		fmt.Sprintf("%s has an account for you. To use it, choose a password: follow this link within %d hours. It works once.",
			company, int(kith.PasswordLinkLife.Hours())),
		link, "If you do not know "+company+", there is nothing to do: without a password nobody gets in.")
	anchor := html.EscapeString(link)
	mail.HTML = strings.Replace(mail.HTML, "<p>"+anchor+"</p>", `<p><a href="`+anchor+`">Set your password</a></p>`, 1)
	mail.Links = []string{link}
	return mail, ok
}

// OwnerOffered tells someone that their company's owner wants to hand it over to them.
func OwnerOffered(m kith.Member) (kith.Message, bool) {
	return letter(m, KindOwnerOffered, "You are asked to become the owner of "+name(m.Company),
		fmt.Sprintf("The owner of %s wants to hand it over to you. Sign in within seven days and accept with your password, or let it be.", name(m.Company)),
		"Until you accept nothing changes.")
}

// OwnerChanged tells someone that the company they owned has another owner now.
func OwnerChanged(m kith.Member) (kith.Message, bool) {
	return letter(m, KindOwnerChanged, name(m.Company)+" has a new owner",
		fmt.Sprintf("Your offer was accepted: you are no longer the owner of %s. You keep your account and your group.", name(m.Company)),
		"If you made no such offer, tell "+name(m.Company)+" at once.")
}

// letter makes an e-mail of paragraphs. Machines get no mail.
func letter(m kith.Member, kind, subject string, paragraphs ...string) (kith.Message, bool) {
	if m.User.Email == "" || m.User.Kind != kith.Person {
		return kith.Message{}, false
	}
	var page strings.Builder
	for _, p := range paragraphs {
		fmt.Fprintf(&page, "<p>%s</p>\n", html.EscapeString(p))
	}
	return kith.Message{User: m.User.ID, Channel: kith.ChannelEmail, Kind: kind, To: m.User.Email, Subject: subject,
		Text: strings.Join(paragraphs, "\n\n") + "\n", HTML: page.String()}, true
}

func name(c *kith.Company) string {
	if c.Details.Name != "" {
		return c.Details.Name
	}
	return c.Slug
}
