package mail

import (
	"encoding/hex"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"unicode"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"

	"kith"
)

// MessageID is what a message is called on its way (RFC 5322 §3.6.4): the same for each copy of it, so that
// whoever gets two can tell.
func (c Config) MessageID(id kith.MessageID) string {
	return hex.EncodeToString(id[:]) + "@" + c.Domain
}

// compose writes a mail. Each copy of a message is the same, to the byte.
func (c Config) compose(m *kith.Message, to string) *gomail.Msg {
	mail := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary(hex.EncodeToString(m.ID[:])))
	mail.FromMailAddress(&netmail.Address{Name: line(m.Sender), Address: c.From})
	mail.ToMailAddress(&netmail.Address{Address: to})
	if reply, err := netmail.ParseAddress(m.ReplyTo); err == nil { // a company's own mistake keeps no mail back
		if address, _, err := envelope(reply.Address); err == nil {
			mail.ReplyToMailAddress(&netmail.Address{Name: line(m.Sender), Address: address})
		}
	}
	mail.Subject(line(m.Subject))
	mail.SetMessageIDWithValue(c.MessageID(m.ID))
	mail.SetDateWithValue(m.CreatedAt)
	mail.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5: no holiday notes in answer
	mail.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		mail.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return mail
}

// line makes one line of a text: nothing in it ends a header.
func line(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
}

// envelope writes an address as it goes into a command: the domain in ASCII. foreign reports that the part
// before it is not, which only servers with SMTPUTF8 take (RFC 6531).
func envelope(address string) (ascii string, foreign bool, err error) {
	at := strings.LastIndexByte(address, '@')
	if at < 1 || strings.ContainsFunc(address, func(r rune) bool { return r == '<' || r == '>' || unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return "", false, errors.New("the address is none that mail can be sent to")
	}
	domain, err := idna.Lookup.ToASCII(address[at+1:])
	if err != nil {
		return "", false, fmt.Errorf("the address's domain: %w", errBadDomain)
	}
	local := address[:at]
	return local + "@" + domain, strings.ContainsFunc(local, func(r rune) bool { return r > unicode.MaxASCII }), nil
}

var errBadDomain = errors.New("it cannot be one")
