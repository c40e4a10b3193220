package message

import (
	"bytes"
	"cmp"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"
	"time"

	"kith"
)

// A mail is one text in two forms. Nothing in it is fetched from anywhere, and its only link is the one
// that the caller gave.
var (
	textForm = texttemplate.Must(texttemplate.ParseFS(files, "templates/mail.txt"))
	htmlForm = htmltemplate.Must(htmltemplate.ParseFS(files, "templates/mail.html"))
)

// letter is what the forms are filled with.
type letter struct {
	Language, Subject, Preheader, Greeting string
	Text                                   []string
	Button, Copy, Link, Expires, Unasked   string
	Company                                string
	Foot                                   []string
	Colors                                 kith.CompanyColors
}

// draft is a message that is being written.
type draft struct {
	to       kith.Member
	note     Note
	tag      string // of the language
	language *language
	words    wording
	time     string // for which its link or code is good; "" if it has none
	when     string // it is written
}

func newDraft(m kith.Member, n Note, now time.Time) *draft {
	tag := languageOf(m.User.Profile[kith.Language])
	l := wordings[tag]
	d := &draft{to: m, note: n, tag: tag, language: l, words: l.wording(n.Kind, n.Link != ""),
		when: moment(now, m.User.Profile[kith.Timezone])}
	if !n.Until.IsZero() {
		d.time = l.duration(n.Until.Sub(now))
	}
	return d
}

// filler puts the values of the message into its words. What stands in a value in braces stays as it is.
func (d *draft) filler(company string) *strings.Replacer {
	return strings.NewReplacer("{company}", company, "{about}", oneLine(d.note.About), "{code}", d.note.Code,
		"{when}", d.when)
}

// envelope is the message without its text.
func (d *draft) envelope(by kith.Channel) kith.Message {
	n := d.note
	out := kith.Message{User: d.to.User.ID, Channel: by, Kind: string(n.Kind), To: n.To, ExpiresAt: n.Until}
	if n.Code != "" {
		out.Codes = []string{n.Code}
	}
	if n.Link != "" {
		out.Links = []string{n.Link}
	}
	return out
}

// WriteMail writes an e-mail at the time now. There is none for those who have no e-mail, and for machines.
func WriteMail(m kith.Member, n Note, now time.Time) (kith.Message, bool) {
	if n.To == "" {
		n.To = m.User.Email
	}
	if n.To == "" || m.User.Kind != kith.Person {
		return kith.Message{}, false
	}
	d := newDraft(m, n, now)
	l := d.letter()
	out := d.envelope(kith.ChannelEmail)
	var text, html bytes.Buffer
	if err := cmp.Or(textForm.Execute(&text, l), htmlForm.Execute(&html, l)); err != nil {
		panic(err) // the forms are ours, and a buffer takes everything
	}
	out.Subject, out.Text, out.HTML = l.Subject, text.String(), html.String()
	return out, true
}

func (d *draft) letter() *letter {
	company := companyName(d.to.Company)
	fill := d.filler(company).Replace
	l := &letter{Language: d.tag, Subject: fill(d.words.Subject), Preheader: fill(d.words.Preheader),
		Greeting: d.language.Greeting, Link: d.note.Link, Unasked: fill(d.words.Unasked), Company: company,
		Foot: d.foot(company), Colors: d.to.Company.Settings.Colors.Full()}
	if name := greetable(d.to.User.Profile[kith.FirstName]); name != "" {
		l.Greeting = strings.ReplaceAll(d.language.GreetingName, "{name}", name)
	}
	for _, paragraph := range d.words.Text {
		l.Text = append(l.Text, fill(paragraph))
	}
	if l.Link == "" {
		return l
	}
	l.Button, l.Copy = d.words.Button, d.language.Copy
	if d.time != "" {
		l.Expires = strings.ReplaceAll(d.language.Expires, "{time}", d.time)
	}
	return l
}

// foot says who writes, from where, why, and where to ask.
func (d *draft) foot(company string) []string {
	c := &d.to.Company.Details
	a := &c.Address
	lines := []string{cmp.Or(oneLine(c.LegalName), company)}
	if address := join(", ", a.Line1, a.Line2, join(" ", a.PostalCode, a.City), a.StateProvince, a.Country); address != "" {
		lines = append(lines, address)
	}
	if help := oneLine(cmp.Or(c.SupportEmail, c.SupportWebsite)); help != "" {
		lines = append(lines, strings.ReplaceAll(d.language.Help, "{help}", help))
	}
	return append(lines, strings.ReplaceAll(d.language.Reason, "{company}", company))
}

// join puts what is not empty behind one another.
func join(between string, parts ...string) string {
	var full []string
	for _, part := range parts {
		if part = oneLine(part); part != "" {
			full = append(full, part)
		}
	}
	return strings.Join(full, between)
}
