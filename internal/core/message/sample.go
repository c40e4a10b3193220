package message

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"kith"
)

// Samples names what there is to see of the templates: the kinds, and those of them twice that are worded
// otherwise when there is a link.
func Samples() []string {
	var names []string
	for _, kind := range slices.Sorted(maps.Keys(wordings[Languages[0]].Kinds)) {
		names = append(names, string(kind))
	}
	return names
}

// purposes are what the links of some kinds are good for, and so for how long.
var purposes = map[Kind]kith.SecretPurpose{ResetPassword: kith.ToResetPassword, SetPassword: kith.ToSetPassword,
	Deactivate: kith.ToDeactivate, RequestDeletion: kith.ToRequestDeletion, Invitation: kith.ToSetPassword}

// Sample writes a message of a kind as somebody called Ada would get it, as e-mail and as SMS. A kind that
// is never mailed has a mail without a subject.
func Sample(name string, c *kith.Company, language string, now time.Time) (mail, sms kith.Message) {
	const link = "https://kith.example/page/acme#key=4vXo0Rr7mB2YcQkTn8dLzW5hJ1sGfE9uPaKiM3xV6CbHqZtDyNwFjS0RgUe7oAl"
	ada := kith.Member{Company: c, User: &kith.User{Email: "ada@mail.example", Mobile: "+27825551234",
		Profile: kith.Profile{kith.FirstName: "Ada", kith.Language: language}}}
	plain, linked := strings.CutSuffix(name, withLink)
	note := Note{Kind: Kind(plain), About: ada.User.Email}
	switch words := wordings[Languages[0]].Kinds[Kind(name)]; {
	case linked, words.Button != "":
		note.Link, note.Until = link, now.Add(cmp.Or(purposes[note.Kind], kith.ToVerifyEmail).Life())
	case words.Subject == "":
		note.Code, note.Origin, note.Until = "123456", "https://kith.example", now.Add(kith.ToVerifyMobile.Life())
	}
	mail, _ = WriteMail(ada, note, now)
	sms, _ = WriteSMS(ada, note, now)
	return mail, sms
}
