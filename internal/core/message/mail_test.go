package message_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"

	"kith"
	"kith/internal/core/message"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func acme() *kith.Company {
	return &kith.Company{Slug: "acme", Details: kith.CompanyDetails{Name: "Acme Bank", LegalName: "Acme Banking Ltd.", SupportEmail: "help@acme.example",
		Address: kith.CompanyAddress{Line1: "1 Long Street", City: "Cape Town", PostalCode: "8001", Country: "ZA"}}}
}

// mailed are the samples that are mails.
func mailed() []string {
	return slices.DeleteFunc(message.Samples(), func(name string) bool { return name == string(message.VerifyMobile) })
}

// page is what stands in a mail's page.
type page struct {
	elements map[string]int
	hrefs    []string
	language string
	text     string
}

// read parses a page as browsers do, and finds out whether it is well-formed: every element that opens
// closes.
func read(t *testing.T, text string) page {
	t.Helper()
	p := page{elements: make(map[string]int)}
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		switch n.Type {
		case html.TextNode:
			if n.Parent.Data != "style" {
				p.text += n.Data
			}
		case html.ElementNode:
			p.elements[n.Data]++
			for _, a := range n.Attr {
				switch a.Key {
				case "href", "src", "background", "action":
					p.hrefs = append(p.hrefs, a.Val)
				case "lang":
					p.language = a.Val
				}
			}
		default: // nothing that anybody sees
		}
	}
	var open []string
	for z := html.NewTokenizer(strings.NewReader(text)); z.Next() != html.ErrorToken; {
		token := z.Token()
		switch {
		case token.Type == html.StartTagToken && token.Data != "meta" && token.Data != "br":
			open = append(open, token.Data)
		case token.Type == html.EndTagToken && (len(open) == 0 || open[len(open)-1] != token.Data):
			t.Fatalf("</%s> closes nothing: %v are open", token.Data, open)
		case token.Type == html.EndTagToken:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Fatalf("%v stay open", open)
	}
	return p
}

// TestMails: every kind in every language says what it is about, in both forms, with its link as the only
// one.
func TestMails(t *testing.T) {
	for _, language := range message.Languages {
		for _, name := range mailed() {
			m, _ := message.Sample(name, acme(), language, noon)
			p := read(t, m.HTML)
			where := language + " " + name
			if p.language != language {
				t.Errorf("%s: the page is in %q", where, p.language)
			}
			if !slices.Equal(p.hrefs, m.Links) || len(m.Links) > 1 {
				t.Errorf("%s: the page leads to %q, the mail has the links %q", where, p.hrefs, m.Links)
			}
			if utf8.RuneCountInString(m.Subject) > 78 || m.Subject == "" {
				t.Errorf("%s: the subject has %d characters: %s", where, utf8.RuneCountInString(m.Subject), m.Subject)
			}
			for _, link := range m.Links {
				if !strings.Contains(m.Text, "\n"+link+"\n") || !strings.Contains(p.text, link) {
					t.Errorf("%s: the link is not there to be copied:\n%s", where, m.Text)
				}
			}
			for _, form := range []string{m.Subject, m.Text, p.text} {
				if strings.ContainsAny(form, "{}") || strings.Contains(form, "<no value>") {
					t.Errorf("%s has a gap:\n%s", where, form)
				}
			}
			for _, want := range []string{"Ada", "Acme Bank", "Acme Banking Ltd.", "1 Long Street, 8001 Cape Town, ZA", "help@acme.example"} {
				if !strings.Contains(m.Text, want) || !strings.Contains(p.text, want) {
					t.Errorf("%s does not name %s:\n%s", where, want, m.Text)
				}
			}
			if p.elements["img"]+p.elements["script"]+p.elements["link"]+p.elements["form"] > 0 {
				t.Errorf("%s has more than text: %v", where, p.elements)
			}
		}
	}
}

// TestGolden: what people read is looked at whenever it changes.
func TestGolden(t *testing.T) {
	for _, name := range message.Samples() {
		mail, sms := message.Sample(name, acme(), "en", noon)
		forms := map[string]string{".sms": sms.Text + "\n"}
		if mail.Subject != "" {
			forms[".txt"], forms[".html"] = "Subject: "+mail.Subject+"\n\n"+mail.Text, mail.HTML
		}
		for ending, got := range forms {
			path := filepath.Join("testdata", name+ending)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil || string(want) != got {
				t.Errorf("%s is not what is written now (%v); -update rewrites it:\n%s", path, err, got)
			}
		}
	}
}

// hostile is what somebody may call themselves to get something of theirs into a mail.
const hostile = "\"'><script>alert(1)</script><img src=x onerror=y>{about}{company}\r\nBcc: x@evil.example\u202e"

// TestHostileNames: what people and companies call themselves is text in a page, never part of it, and one
// line of a header (T102, T109).
func TestHostileNames(t *testing.T) {
	for _, name := range mailed() {
		usual, _ := message.Sample(name, acme(), "de", noon)
		evil := &kith.Company{Details: kith.CompanyDetails{Name: hostile, LegalName: hostile, SupportEmail: hostile,
			Address: kith.CompanyAddress{Line1: hostile, City: hostile}}}
		m, _ := message.WriteMail(kith.Member{Company: evil, User: &kith.User{Email: "ada@mail.example",
			Profile: kith.Profile{kith.FirstName: hostile, kith.Language: "de"}}},
			message.Note{Kind: message.Kind(strings.TrimSuffix(name, "_link")), Link: first(usual.Links), About: hostile, Until: noon.Add(time.Hour)}, noon)
		if strings.ContainsAny(m.Subject, "\r\n\u202e") {
			t.Errorf("%s: the subject has more than one line: %q", name, m.Subject)
		}
		before, after := read(t, usual.HTML), read(t, m.HTML)
		delete(before.elements, "br") // one for each line of the foot
		delete(after.elements, "br")
		for element, count := range after.elements {
			if count != before.elements[element] {
				t.Errorf("%s: a name has put <%s> into the page", name, element)
			}
		}
		if !slices.Equal(before.hrefs, after.hrefs) {
			t.Errorf("%s: a name has put a link into the page: %q", name, after.hrefs)
		}
		if !strings.Contains(after.text, "<script>alert(1)</script>") || !strings.Contains(m.Subject, "{about}{company}") {
			t.Errorf("%s does not say the name as it is: %q", name, m.Subject)
		}
		if strings.Contains(m.Text, "\nBcc") {
			t.Errorf("%s: a name has put a line into the text:\n%s", name, m.Text)
		}
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// TestHostileLink: a link is quoted where it stands in a page, and is told as it is.
func TestHostileLink(t *testing.T) {
	const link = `https://kith.example/set-password/"><script>#uid=1&token=abc`
	m, _ := message.WriteMail(kith.Member{User: &kith.User{Email: "ada@x.example"}, Company: acme()},
		message.Note{Kind: message.SetPassword, Link: link}, noon)
	p := read(t, m.HTML)
	if p.elements["script"] > 0 || !strings.Contains(p.text, link) || !strings.Contains(m.Text, link) || !slices.Equal(m.Links, []string{link}) {
		t.Errorf("the link stands as %q, %q:\n%s", p.hrefs, m.Links, m.HTML)
	}
	if len(p.hrefs) != 1 || !strings.HasSuffix(p.hrefs[0], "#uid=1&token=abc") {
		t.Errorf("it leads to %q", p.hrefs)
	}
	for _, scheme := range []string{"javascript:alert(1)", "data:text/html,x"} {
		m, _ := message.WriteMail(kith.Member{User: &kith.User{Email: "ada@x.example"}, Company: acme()}, message.Note{Kind: message.SetPassword, Link: scheme}, noon)
		if p := read(t, m.HTML); strings.HasPrefix(p.hrefs[0], scheme[:4]) {
			t.Errorf("%s can be followed", scheme)
		}
	}
}

// TestGreeting: people are greeted by name, unless the name is there to carry an advertisement to somebody
// else's address.
func TestGreeting(t *testing.T) {
	for name, want := range map[string]string{
		"": "Hello,", "Ada": "Hello Ada,", "Jean-Luc": "Hello Jean-Luc,", "O’Neill": "Hello O’Neill,", "J. R. R.": "Hello J. R. R.,", "Zoë": "Hello Zoë,", "李": "Hello 李,",
		"नमिता": "Hello नमिता,", "win at evil.example": "Hello,", "www.evil": "Hello,", "http://evil": "Hello,", "evil@x": "Hello,", "Call 0800123": "Hello,",
		"You have won a prize of the lottery": "Hello,", "A\nB": "Hello A B,", "<b>": "Hello,",
	} {
		m, _ := message.WriteMail(kith.Member{User: &kith.User{Email: "ada@x.example", Profile: kith.Profile{kith.FirstName: name}}, Company: acme()},
			message.Note{Kind: message.Welcome}, noon)
		if got, _, _ := strings.Cut(m.Text, "\n"); got != want {
			t.Errorf("%q is greeted %q, want %q", name, got, want)
		}
	}
}

// TestLanguages: people are written to in their language, whatever its region, or in English.
func TestLanguages(t *testing.T) {
	for tag, want := range map[string]string{"": "Welcome to", "en": "Welcome to", "de": "Willkommen bei", "de-CH": "Willkommen bei", "DE-at": "Willkommen bei",
		"pt-BR": "Boas-vindas", "es-419": "Le damos", "fr-Latn-CA": "Bienvenue", "zh-Hant": "Welcome to", "den": "Welcome to", "..": "Welcome to"} {
		m, _ := message.WriteMail(kith.Member{User: &kith.User{Email: "ada@x.example", Profile: kith.Profile{kith.Language: tag}}, Company: acme()},
			message.Note{Kind: message.Welcome}, noon)
		if !strings.HasPrefix(m.Subject, want) {
			t.Errorf("to somebody who reads %q: %s", tag, m.Subject)
		}
	}
}

// TestTimes: people read how long a link is good and when something was done, in words and hours of theirs.
func TestTimes(t *testing.T) {
	write := func(kind message.Kind, life time.Duration, profile kith.Profile) string {
		m, _ := message.WriteMail(kith.Member{User: &kith.User{Email: "ada@x.example", Profile: profile}, Company: acme()},
			message.Note{Kind: kind, Link: "https://kith.example/", Until: noon.Add(life)}, noon)
		return m.Text
	}
	for life, want := range map[time.Duration]string{
		10 * time.Minute: "for 10 minutes.", time.Minute: "for 1 minute.", 59*time.Minute + 59*time.Second: "for 59 minutes.", time.Hour: "for 1 hour.",
		90 * time.Minute: "for 90 minutes.", 24 * time.Hour: "for 24 hours.", 72 * time.Hour: "for 3 days.", 10 * time.Second: "for 1 minute.",
	} {
		if text := write(message.VerifyEmail, life, kith.Profile{}); !strings.Contains(text, want) {
			t.Errorf("a link for %s is said to be good otherwise than %s\n%s", life, want, text)
		}
	}
	if text := write(message.VerifyEmail, 72*time.Hour, kith.Profile{kith.Language: "es"}); !strings.Contains(text, "durante 3 días") {
		t.Error(text)
	}
	for zone, want := range map[string]string{"": "on 2026-03-02 12:00 UTC", "Africa/Johannesburg": "on 2026-03-02 14:00 SAST", "Mars/Base": "on 2026-03-02 12:00 UTC"} {
		if text := write(message.PasswordChanged, 0, kith.Profile{kith.Timezone: zone}); !strings.Contains(text, want) {
			t.Errorf("in %q: want %s\n%s", zone, want, text)
		}
	}
}

// TestColors: mails look as the company has chosen, and can be read whatever that is.
func TestColors(t *testing.T) {
	c := acme()
	c.Settings.Colors = kith.CompanyColors{Primary: "#ffcc00", Text: "#101010", Background: "#0b1020"}
	m, _ := message.Sample("reset_password", c, "en", noon)
	for _, want := range []string{`bgcolor="#ffcc00"`, "color:#101010", "background:#0b1020", "color:#ffffff"} {
		if !strings.Contains(m.HTML, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	m, _ = message.Sample("reset_password", acme(), "en", noon)
	for _, want := range []kith.Color{kith.DefaultColors.Primary, kith.DefaultColors.Background} {
		if !strings.Contains(m.HTML, string(want)) {
			t.Errorf("without a choice the page lacks %s", want)
		}
	}
}

// TestReceivers: mail goes to people who have an e-mail, and names the company by its slug if it has no
// other name.
func TestReceivers(t *testing.T) {
	for _, name := range mailed() {
		note := message.Note{Kind: message.Kind(strings.TrimSuffix(name, "_link"))}
		ada := &kith.User{ID: kith.UserID{1}, Email: "ada@x.example"}
		m, ok := message.WriteMail(kith.Member{User: ada, Company: &kith.Company{Slug: "acme"}}, note, noon)
		if !ok || m.To != ada.Email || m.User != ada.ID || m.Channel != kith.ChannelEmail || m.Kind != string(note.Kind) || !strings.Contains(m.Subject, "acme") {
			t.Errorf("%s: %+v, %v", name, m, ok)
		}
		for _, nobody := range []*kith.User{{Mobile: "+27831234567"}, {Email: "till@x.example", Kind: kith.Machine}} {
			if m, ok := message.WriteMail(kith.Member{User: nobody, Company: acme()}, note, noon); ok {
				t.Errorf("%s to nobody: %+v", name, m)
			}
		}
	}
}

func BenchmarkWriteMail(b *testing.B) {
	m := kith.Member{User: &kith.User{Email: "ada@x.example", Profile: kith.Profile{kith.FirstName: "Ada"}}, Company: acme()}
	note := message.Note{Kind: message.VerifyEmail, Link: "https://kith.example/verify-email/acme#key=4vXo0Rr7mB2YcQkTn8dLzW5hJ1sGfE9uPaKiM3xV6CbHqZtDyNwFjS0RgUe7oAl", Until: noon.Add(time.Hour)}
	b.ReportAllocs()
	for b.Loop() {
		letter, _ := message.WriteMail(m, note, noon)
		b.SetBytes(int64(len(letter.HTML) + len(letter.Text)))
	}
}
