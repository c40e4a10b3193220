package message

import (
	"net/url"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"kith"
)

// A text message has room for 160 characters if all of them are of the GSM alphabet (3GPP TS 23.038
// §6.2.1), and else for 70. So kith writes its own words without the accents that the alphabet lacks, and
// a name too, unless it has letters of another script: then nothing is gained.

// oneSMS is how many characters of the GSM alphabet go into one text message.
const oneSMS = 160

const gsmAlphabet = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

var gsm = func() map[rune]bool {
	set := make(map[rune]bool)
	for _, r := range gsmAlphabet {
		set[r] = true
	}
	return set
}()

// inGSM reports whether a text is of the GSM alphabet.
func inGSM(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !gsm[r] })
}

// toGSM writes a text in the GSM alphabet as far as leaving out accents does it.
func toGSM(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case gsm[r]:
			return r
		case r == '’':
			return '\''
		case r == '\u00a0':
			return ' '
		}
		bare := []rune(norm.NFD.String(string(r)))[0]
		if gsm[bare] {
			return bare
		}
		return r
	}, text)
}

// sms is the text of a text message.
func (d *draft) sms() string {
	words, company := d.words.SMS, companyName(d.to.Company)
	if d.time != "" && d.note.Code+d.note.Link != "" {
		words += " " + strings.ReplaceAll(d.language.SMSExpires, "{time}", d.time)
	}
	if plain := toGSM(company); inGSM(plain) {
		words, company = toGSM(words), plain
	}
	text := d.filler(company).Replace(words)
	if d.note.Link != "" {
		return text + " " + d.note.Link
	}
	return withOrigin(text, d.note.Origin, d.note.Code)
}

// withOrigin binds a code to the pages of the origin, by a last line that phones read: they offer the code
// there and nowhere else (WICG, Origin-bound one-time codes delivered via SMS). The line goes with codes
// that are typed into pages of https only, and where it makes no second message of it.
func withOrigin(text, origin, code string) string {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || code == "" {
		return text
	}
	bound := text + "\n\n@" + u.Hostname() + " #" + code
	if !inGSM(bound) || len([]rune(bound)) > oneSMS {
		return text
	}
	return bound
}

// WriteSMS writes a text message at the time now. There is none for those who have no mobile, and for machines.
func WriteSMS(m kith.Member, n Note, now time.Time) (kith.Message, bool) {
	if n.To == "" {
		n.To = m.User.Mobile
	}
	if n.To == "" || m.User.Kind != kith.Person {
		return kith.Message{}, false
	}
	d := newDraft(m, n, now)
	out := d.envelope(kith.ChannelSMS)
	out.Text = d.sms()
	return out, true
}

func isPlain(r rune) bool {
	const zwnj, zwj = '\u200c', '\u200d' // some scripts spell with them
	return r == zwnj || r == zwj || !unicode.IsSpace(r) && !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && r != unicode.ReplacementChar
}

func isNamed(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || strings.ContainsRune(" .-'’", r)
}
