package message_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"kith"
	"kith/internal/core/message"
)

// gsm is the alphabet of text messages (3GPP TS 23.038 §6.2.1), without what counts twice.
var gsm = regexp.MustCompile("^[@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,\\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà]*$")

func text(t *testing.T, name, language string, note message.Note) string {
	t.Helper()
	c := &kith.Company{Details: kith.CompanyDetails{Name: name}}
	m, ok := message.WriteSMS(kith.Member{User: &kith.User{Mobile: "+27831234567", Profile: kith.Profile{kith.Language: language}}, Company: c}, note, noon)
	if !ok || m.Channel != kith.ChannelSMS || m.To != "+27831234567" {
		t.Fatalf("%+v, %v", m, ok)
	}
	return m.Text
}

// TestOneSMS: what stands before the link fits into one text message, in each language, of a company whose
// name has up to 20 characters.
func TestOneSMS(t *testing.T) {
	for _, language := range message.Languages {
		for _, name := range message.Samples() {
			kind, linked := strings.CutSuffix(name, "_link")
			note := message.Note{Kind: message.Kind(kind), About: "+27831234567"}
			if mail, _ := message.Sample(name, acme(), language, noon); linked || len(mail.Links) > 0 {
				note.Link, note.Until = "https://kith.example/#key=1", noon.Add(time.Hour)
			}
			if note.Kind == message.VerifyMobile {
				note.Code, note.Until, note.Origin = "123456", noon.Add(10*time.Minute), "https://kith.example"
			}
			got := text(t, "São Crédito Überweis", language, note)
			before := strings.TrimSuffix(got, " "+note.Link)
			if !gsm.MatchString(before) || utf8.RuneCountInString(before) > 160 || strings.ContainsAny(got, "{}") {
				t.Errorf("%s %s has %d characters: %s", language, name, utf8.RuneCountInString(got), got)
			}
			if note.Link != "" && !strings.HasSuffix(got, " "+note.Link) {
				t.Errorf("%s %s does not end in its link: %s", language, name, got)
			}
			if note.Kind == message.VerifyMobile && (!strings.HasPrefix(got, "123456 ") || !strings.HasSuffix(got, "\n\n@kith.example #123456") || !strings.Contains(got, "10 minut")) {
				if !strings.Contains(got, "10 Minuten") {
					t.Errorf("%s: the code is not as phones read it: %s", language, got)
				}
			}
		}
	}
}

// TestSMSNames: a company's name loses its accents where that saves a second message, and nothing else.
func TestSMSNames(t *testing.T) {
	note := message.Note{Kind: message.VerifyMobile, Code: "123456"}
	for name, want := range map[string]string{
		"Crédit Zoë": "123456 est votre code pour Crédit Zoe. Ne le donnez à personne.",
		"株式会社":       "123456 est votre code pour 株式会社. Ne le donnez à personne.",
		"A\r\nB":     "123456 est votre code pour A B. Ne le donnez à personne.",
	} {
		if got := text(t, name, "fr", note); got != want {
			t.Errorf("%q is called so: %q, want %q", name, got, want)
		}
	}
	if got := text(t, "株式会社", "pt", note); !strings.Contains(got, "código") {
		t.Errorf("accents are lost for nothing: %s", got)
	}
}

// TestOrigin: a code is bound to the pages it is typed into, if these are of https and there is room.
func TestOrigin(t *testing.T) {
	for origin, bound := range map[string]bool{
		"https://kith.example": true, "https://kith.example:8443/x": true, "http://kith.example": false, "": false, "https://": false, "kith.example": false,
		"https://" + strings.Repeat("long.", 30) + "example": false,
	} {
		got := text(t, "Acme", "en", message.Note{Kind: message.VerifyMobile, Code: "123456", Origin: origin})
		if has := strings.HasSuffix(got, "\n\n@kith.example #123456"); has != bound || !bound && strings.Contains(got, "@") {
			t.Errorf("for pages of %q: %q", origin, got)
		}
	}
	if got := text(t, "Acme", "en", message.Note{Kind: message.PasswordChanged, Origin: "https://kith.example"}); strings.Contains(got, "@") {
		t.Errorf("a notice is bound: %s", got)
	}
}

// TestSMSReceivers: text messages go to people who have a mobile.
func TestSMSReceivers(t *testing.T) {
	for _, nobody := range []*kith.User{{Email: "ada@x.example"}, {Mobile: "+27831234567", Kind: kith.Machine}} {
		if m, ok := message.WriteSMS(kith.Member{User: nobody, Company: acme()}, message.Note{Kind: message.VerifyMobile, Code: "1"}, noon); ok {
			t.Errorf("to nobody: %+v", m)
		}
	}
}
