package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMailPreview: the operator sees a company's messages as its users get them, and sends none.
func TestMailPreview(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		p := newPlace(t, e)
		s := p.serve(t)
		owner := s.as(s.company("acme", nil).want(http.StatusCreated).text("data.token"))
		owner.do("PATCH", "/3/admin/company/", object{"name": "Bücher & Söhne"}).want(http.StatusOK)
		owner.do("PATCH", "/3/admin/company/settings/", object{"colors": object{"primary": "#ffcc00", "text": "#000000"}}).want(http.StatusOK)
		for _, tt := range []struct {
			args string
			code int
			want []string
		}{
			{"reset_password --company acme --language de-CH", 0, []string{"Subject: Wählen Sie ein neues Passwort für Bücher & Söhne\n", "Guten Tag Ada,", "https://"}},
			{"reset_password --company acme --html", 0, []string{"<html", "Bücher &amp; Söhne", "#ffcc00"}},
			{"reset_password --company acme --sms", 0, []string{"Bücher & Söhne: choose a new password."}},
			{"verify_mobile", 0, []string{"123456 is your code for Acme Bank."}},
			{"welcome --language tlh", 0, []string{"Subject: Welcome to Acme Bank\n"}},
			{"welcome --company nobody", 1, []string{"company"}},
			{"postcard", 2, []string{"welcome_link"}},
			{"", 2, []string{"KIND"}},
			{"welcome --html --sms", 2, []string{"--html or --sms"}},
			{"--all", 2, []string{"--out"}},
			{"welcome --out x", 2, []string{"--all"}},
		} {
			said := p.kith(t, append([]string{"mail", "preview"}, strings.Fields(tt.args)...)...)
			for _, want := range tt.want {
				if said.code != tt.code || !strings.Contains(said.out+said.err, want) {
					t.Errorf("mail preview %s: exit code %d, want %d and %q:\n%s%s", tt.args, said.code, tt.code, want, said.out, said.err)
				}
			}
		}
		var document map[string]string
		if err := json.Unmarshal([]byte(p.kith(t, "mail", "preview", "password_changed", "--json").out), &document); err != nil ||
			document["subject"] != "Your password for Acme Bank was changed" || !strings.HasPrefix(document["html"], "<!doctype html>") || document["sms"] == "" {
			t.Errorf("for programs: %v, %v", document, err)
		}
		dir := filepath.Join(t.TempDir(), "mails")
		said := p.kith(t, "mail", "preview", "--all", "--out", dir)
		page, err := os.ReadFile(filepath.Join(dir, "es", "password_changed.html"))
		if said.code != 0 || err != nil || !strings.Contains(string(page), `<html lang="es"`) {
			t.Errorf("exit code %d, %v: %s%s", said.code, err, said.out, said.err)
		}
		if text := s.do("GET", "/inbox/messages.json", nil).body; strings.Contains(string(text), "ada@mail.example") {
			t.Errorf("a preview was sent: %s", text)
		}
	})
}
