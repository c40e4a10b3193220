package message

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"kith"
)

// Languages are those that messages are written in, the one for everybody else first.
var Languages = []string{"en", "de", "es", "fr", "pt"}

//go:embed templates
var files embed.FS

// language is all the wording of one language. In braces stands what differs from message to message.
type language struct {
	Greeting     string           `json:"greeting"`      // of somebody without a name
	GreetingName string           `json:"greeting_name"` // {name}
	Copy         string           `json:"copy"`          // above the link as text
	Expires      string           `json:"expires"`       // {time}
	SMSExpires   string           `json:"sms_expires"`   // {time}
	Reason       string           `json:"reason"`        // why they get it; {company}
	Help         string           `json:"help"`          // {help}: where to ask
	Minute       [2]string        `json:"minute"`        // one, more
	Hour         [2]string        `json:"hour"`
	Day          [2]string        `json:"day"`
	Kinds        map[Kind]wording `json:"kinds"`
}

// wording is what messages of one kind say: {company}, {about}, {code} and {when} are filled in.
type wording struct {
	Subject   string   `json:"subject"`
	Preheader string   `json:"preheader"` // what lists of mails show beside the subject
	Text      []string `json:"text"`      // paragraphs
	Button    string   `json:"button"`    // leads to the link; "" for kinds that have none
	Unasked   string   `json:"unasked"`   // what to do if it was not them
	SMS       string   `json:"sms"`
}

// withLink marks the wording of a kind for when there is a link, if the kind has two.
const withLink = "_link"

// wordings is the wording by language.
var wordings = func() map[string]*language {
	all := make(map[string]*language, len(Languages))
	for _, name := range Languages {
		text, err := files.ReadFile(path.Join("templates", name+".json"))
		if err != nil {
			panic(err)
		}
		words := new(language)
		strict := json.NewDecoder(bytes.NewReader(text))
		strict.DisallowUnknownFields()
		if err := strict.Decode(words); err != nil {
			panic(fmt.Errorf("message templates in %s: %w", name, err))
		}
		all[name] = words
	}
	return all
}()

// languageOf is the language to write to somebody in who reads the one with this BCP 47 tag: itself without
// region or script, or English.
func languageOf(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if wordings[base] == nil {
		return Languages[0]
	}
	return base
}

// wording is what messages of a kind say in the language.
func (l *language) wording(kind Kind, link bool) wording {
	if linked, ok := l.Kinds[kind+withLink]; ok && link {
		return linked
	}
	return l.Kinds[kind]
}

// duration spells how long something lasts, rounded down to what people count in; "" for what lasts no
// time.
func (l *language) duration(d time.Duration) string {
	const day = 24 * time.Hour
	count, unit := int(d/time.Minute), l.Minute
	switch {
	case d <= 0:
		return ""
	case d >= 2*day:
		count, unit = int(d/day), l.Day
	case d >= 2*time.Hour || d == time.Hour:
		count, unit = int(d/time.Hour), l.Hour
	}
	count = max(1, count)
	return strconv.Itoa(count) + " " + unit[min(count-1, 1)]
}

// moment spells a time in somebody's zone, which is UTC if they named none.
func moment(at time.Time, timezone string) string {
	zone, err := time.LoadLocation(timezone)
	if err != nil {
		zone = time.UTC
	}
	return at.In(zone).Format("2006-01-02 15:04 MST")
}

// oneLine takes out whatever could begin another line, or is not to be seen: a mail's header is made of
// lines, and what a company or a person calls itself stands in them.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return !isPlain(r) }), " ")
}

// companyName is what people call a company.
func companyName(c *kith.Company) string {
	if name := oneLine(c.Details.Name); name != "" {
		return name
	}
	return c.Slug
}

// greetable is the name to greet somebody by; "" for none. Whoever registers chooses the name and the
// address that is written to, so what reads like more than a name, a web address most of all, is left out.
func greetable(name string) string {
	const longest = 30
	name = oneLine(name)
	if len([]rune(name)) > longest || strings.ContainsFunc(name, func(r rune) bool { return !isNamed(r) }) {
		return ""
	}
	for i, word := range strings.Split(name, ".") {
		if i > 0 && word != "" && word[0] != ' ' { // evil.example, but not J. R.
			return ""
		}
	}
	return name
}
