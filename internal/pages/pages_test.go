package pages_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/pages"
)

// paths are those of all pages, and what their links bring.
var paths = map[string]string{
	"/verify-email/": "key=SECRET", "/deactivate/": "key=SECRET", "/delete/": "key=SECRET",
	"/reset-password/": "uid=USER&token=SECRET", "/set-password/": "uid=USER&token=SECRET",
}

// site is the pages over a core that does as told and remembers what it was asked.
type site struct {
	mux   *http.ServeMux
	log   strings.Builder
	asked []string
	fails error
}

func newSite() *site {
	s := &site{mux: http.NewServeMux()}
	did := func(what ...string) error {
		s.asked = append(s.asked, strings.Join(what, " "))
		return s.fails
	}
	pages.Mount(s.mux, pages.Core{
		Company: func(_ context.Context, slug string) (*kith.Company, error) {
			switch slug {
			case "acme":
				return &kith.Company{Slug: "acme", Details: kith.CompanyDetails{Name: `Acme <b> & "Söhne"`, Website: "https://acme.example/app",
					SupportEmail: "help@acme.example"}, Settings: kith.CompanySettings{Colors: kith.CompanyColors{Primary: "#ffdd00", Text: kith.Black}}}, nil
			case "down":
				return nil, errors.New("the database is away")
			default:
				return nil, kith.ErrNotFound
			}
		},
		Shortest:    func(kith.CompanyMode) int { return 15 },
		VerifyEmail: func(_ context.Context, key string) error { return did("verify", key) },
		Disown: func(_ context.Context, key string) (string, string, error) {
			return "NEWUSER", "NEWSECRET", did("disown", key)
		},
		SetPassword: func(_ context.Context, user, secret, password string) error {
			return did("password", user, secret, password)
		},
		Deactivate:      func(_ context.Context, key string) error { return did("deactivate", key) },
		RequestDeletion: func(_ context.Context, key string) error { return did("delete", key) },
	}, slog.New(slog.NewTextHandler(&s.log, nil)))
	return s
}

// ask sends a request; with a form unless it is nil.
func (s *site) ask(t *testing.T, path string, form url.Values, headers ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	if form != nil {
		r = httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, r)
	return w.Result(), w.Body.String()
}

var (
	loads  = regexp.MustCompile(`<(?:script src|link rel="stylesheet" href)="([^"]+)"`)
	inline = regexp.MustCompile(`<script>|<style|style="| on[a-z]+="`)
)

// TestPages: every page is there, for a company, for one that nobody knows and for none, with all that it
// loads; nothing comes from elsewhere, nothing is kept, and neither scripts nor styles stand in the page
// itself, where its policy would stop them.
func TestPages(t *testing.T) {
	s := newSite()
	for path := range paths {
		for _, slug := range []string{"", "acme", "nobody", "down"} {
			r, page := s.ask(t, path+slug, nil)
			if r.StatusCode != http.StatusOK || !strings.Contains(page, `<form method="post" action="`+path) {
				t.Errorf("%s%s: %d\n%s", path, slug, r.StatusCode, page)
			}
			if strings.Contains(page, "Acme") != (slug == "acme") {
				t.Errorf("%s%s: is it of Acme?\n%s", path, slug, page)
			}
			if inline.MatchString(page) || strings.Contains(page, "<b>") {
				t.Errorf("%s%s has what its policy stops, or markup of the company's:\n%s", path, slug, page)
			}
			checkHeaders(t, r)
			for _, file := range loads.FindAllStringSubmatch(page, -1) {
				r, body := s.ask(t, file[1], nil)
				if !strings.HasPrefix(file[1], "/") || r.StatusCode != http.StatusOK || body == "" || strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
					t.Errorf("%s: %d, %d bytes of %s", file[1], r.StatusCode, len(body), r.Header.Get("Content-Type"))
				}
				checkHeaders(t, r)
			}
		}
	}
	if len(s.asked) > 0 {
		t.Errorf("looking at pages did %q", s.asked)
	}
	if !strings.Contains(s.log.String(), "the database is away") {
		t.Error("the log does not say why a page had no company")
	}
}

func checkHeaders(t *testing.T, r *http.Response) {
	t.Helper()
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Location": "", "Set-Cookie": ""} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	policy := r.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, part) || strings.Contains(policy, "unsafe") {
			t.Errorf("policy %q, want %q", policy, part)
		}
	}
}

// TestColors: a company's colours are those it chose, kith's own for the rest, and what is written on the
// background can be read.
func TestColors(t *testing.T) {
	_, sheet := newSite().ask(t, "/page/acme/colors.css", nil)
	for _, want := range []string{"--primary: #ffdd00;", "--on-primary: #000000;", "--background: " + string(kith.DefaultColors.Background) + ";", "--on-background: #000000;"} {
		if !strings.Contains(sheet, want) {
			t.Errorf("no %q in\n%s", want, sheet)
		}
	}
	if r, sheet := newSite().ask(t, "/page/nobody/colors.css", nil); r.StatusCode != http.StatusOK || sheet != "" {
		t.Errorf("of nobody: %d %q", r.StatusCode, sheet)
	}
}

// TestSent: each form does its one thing, with the secret of the hidden fields or of a link that was pasted
// whole, and then says so on a page without a form.
func TestSent(t *testing.T) {
	wants := map[string]string{"/verify-email/": "verify SECRET", "/deactivate/": "deactivate SECRET", "/delete/": "delete SECRET",
		"/reset-password/": "password USER SECRET my new password", "/set-password/": "password USER SECRET my new password"}
	for path, brings := range paths {
		hidden, _ := url.ParseQuery(brings)
		for name, form := range map[string]url.Values{
			"hidden": hidden,
			"pasted": {"link": {"https://id.example" + path + "acme#" + brings}},
			"broken": {"link": {"  https://id.example" + path + "acme#" + brings[:7] + "\r\n  " + brings[7:] + " "}},
			"routed": {"link": {"https://app.acme.example/#/account?" + brings}},
			"bare":   {"link": {"#" + brings}, "key": {""}, "uid": {""}, "token": {""}},
		} {
			for _, slug := range []string{"", "acme", "nobody"} {
				s := newSite()
				form.Set("password", "my new password")
				form.Set("answer", "yes")
				r, page := s.ask(t, path+slug, form, "Sec-Fetch-Site", "same-origin")
				if r.StatusCode != http.StatusOK || len(s.asked) != 1 || s.asked[0] != wants[path] {
					t.Errorf("%s%s, %s: %d, asked %q\n%s", path, slug, name, r.StatusCode, s.asked, page)
				}
				if strings.Contains(page, "<form") || strings.Contains(page, "SECRET") || strings.Contains(page, "Error") {
					t.Errorf("%s%s, %s: the page afterwards is\n%s", path, slug, name, page)
				}
				checkHeaders(t, r)
			}
		}
	}
}

// TestNotMe: the second answer locks out whoever used the address and goes on to a password of one's own.
func TestNotMe(t *testing.T) {
	s := newSite()
	r, page := s.ask(t, "/verify-email/acme", url.Values{"link": {"https://id.example/verify-email/acme#key=SECRET"}, "answer": {"no"}})
	if r.StatusCode != http.StatusOK || len(s.asked) != 1 || s.asked[0] != "disown SECRET" {
		t.Errorf("%d, asked %q", r.StatusCode, s.asked)
	}
	for _, want := range []string{`action="/set-password/acme"`, `name="uid" value="NEWUSER"`, `name="token" value="NEWSECRET"`, `autocomplete="new-password"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
	if strings.Contains(page, `name="link"`) {
		t.Errorf("it asks for a link again:\n%s", page)
	}
	s.fails = &kith.Error{Kind: kith.Invalid, Code: kith.CodeNotAllowed, Field: "key"}
	if r, page := s.ask(t, "/verify-email/acme", url.Values{"key": {"SECRET"}, "answer": {"no"}}); r.StatusCode != http.StatusBadRequest ||
		!strings.Contains(page, "<h1>Thank you, that is all</h1>") || strings.Contains(page, "Error") {
		t.Errorf("an account with another address: %d\n%s", r.StatusCode, page)
	}
	s.fails = &kith.Error{Kind: kith.Invalid, Code: kith.CodeBadLink}
	if r, page := s.ask(t, "/verify-email/acme", url.Values{"key": {"SPENT"}, "answer": {"no"}}); r.StatusCode != http.StatusBadRequest || !strings.Contains(page, "does not work") {
		t.Errorf("a spent link: %d\n%s", r.StatusCode, page)
	}
}

// TestRefused: what the core refuses is said in place, with its status, and the form keeps the secret so
// that people can try once more. What is nobody's business stays in the log.
func TestRefused(t *testing.T) {
	const (
		reset = "/reset-password/acme"
		close = "/deactivate/acme"
	)
	for name, tt := range map[string]struct {
		path   string
		err    error
		status int
		says   string
		form   bool // is there still
		after  string
	}{
		"short":     {reset, kith.BadField("new_password", kith.CodeTooShort, ""), 400, `<p class="error" id="password-error">This password is too short.</p>`, true, ""},
		"empty":     {reset, kith.BadField("new_password", kith.CodeRequired, ""), 400, `aria-describedby="password-error password-hint" aria-invalid="true" autofocus`, true, ""},
		"weak":      {reset, kith.BadField("new_password", kith.CodePasswordWeak, ""), 400, "too easy to guess", true, ""},
		"long":      {reset, kith.BadField("new_password", kith.CodeTooLong, ""), 400, "at most 128", true, ""},
		"odd":       {reset, kith.BadField("new_password", kith.CodeBadFormat, ""), 400, "can be typed", true, ""},
		"taken":     {reset, &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken}, 400, "another account", true, ""},
		"bad link":  {reset, &kith.Error{Kind: kith.Invalid, Code: kith.CodeBadLink}, 400, "<h1>This link does not work</h1>", false, ""},
		"owner":     {close, &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden}, 403, "Hand the company over", false, ""},
		"busy":      {reset, &kith.Error{Kind: kith.Unavailable, Code: kith.CodeBusy, RetryAfter: 1500 * time.Millisecond}, 503, `role="alert">There is much to do`, true, "2"},
		"too often": {close, &kith.Error{Kind: kith.Limited, Code: kith.CodeTooMany, RetryAfter: time.Minute}, 429, `role="alert">There is much to do`, true, "60"},
		"fault":     {close, errors.New("disk full"), 500, `role="alert">This did not work`, true, ""},
	} {
		s := newSite()
		s.fails = tt.err
		r, page := s.ask(t, tt.path, url.Values{"key": {"SECRET"}, "uid": {"USER"}, "token": {"SECRET"}, "password": {"short"}})
		if r.StatusCode != tt.status || !strings.Contains(page, tt.says) || !strings.Contains(page, "<title>Error: ") || r.Header.Get("Retry-After") != tt.after {
			t.Errorf("%s: %d, Retry-After %q, want %d, %s:\n%s", name, r.StatusCode, r.Header.Get("Retry-After"), tt.status, tt.says, page)
		}
		if kept := strings.Contains(page, `value="SECRET"`); kept != tt.form || strings.Contains(page, "<form") != tt.form || strings.Contains(page, `name="link"`) {
			t.Errorf("%s: there is a form that keeps the secret: %v, want %v\n%s", name, kept, tt.form, page)
		}
		if strings.Contains(page, "disk full") || strings.Contains(page, `"short"`) || strings.Contains(s.log.String(), "SECRET") {
			t.Errorf("%s: told too much:\n%s\n%s", name, page, &s.log)
		}
		if logged := s.log.Len() > 0; logged != (tt.status >= 500) {
			t.Errorf("%s: logged %q", name, &s.log)
		}
	}
}

// TestLinkPasted: a link that is not whole, or does not work, is refused where it was pasted.
func TestLinkPasted(t *testing.T) {
	for _, link := range []string{"", "https://id.example/reset-password/acme", "https://id.example/reset-password/acme#uid=USER",
		"https://id.example/reset-password/acme?uid=USER&token=SECRET", "#uid=USER&token=", "#%zz", `"><script>`} {
		s := newSite()
		r, page := s.ask(t, "/reset-password/acme", url.Values{"link": {link}, "password": {"my new password"}})
		if r.StatusCode != http.StatusBadRequest || len(s.asked) > 0 || !strings.Contains(page, `id="link-error">This is not the whole link`) || strings.Contains(page, "<script>") {
			t.Errorf("%q: %d, asked %q\n%s", link, r.StatusCode, s.asked, page)
		}
	}
	s := newSite()
	s.fails = &kith.Error{Kind: kith.Invalid, Code: kith.CodeBadLink}
	link := "https://id.example/reset-password/acme#uid=USER&token=OLD"
	r, page := s.ask(t, "/reset-password/acme", url.Values{"link": {link}, "password": {"my new password"}})
	if r.StatusCode != http.StatusBadRequest || !strings.Contains(page, `id="link-error">This link does not work`) || strings.Contains(page, `name="token" value="OLD"`) {
		t.Errorf("an old link: %d\n%s", r.StatusCode, page)
	}
}

// TestForms: forms of other sites, and what is no form, do nothing.
func TestForms(t *testing.T) {
	form := url.Values{"key": {"SECRET"}}
	for name, tt := range map[string]struct {
		headers []string
		status  int
	}{
		"its own":             {[]string{"Sec-Fetch-Site", "same-origin", "Origin", "http://example.com"}, 200},
		"without a referrer":  {[]string{"Origin", "null"}, 200},
		"of an older browser": {[]string{"Origin", "http://example.com"}, 200},
		"of a program":        {nil, 200},
		"of another site":     {[]string{"Sec-Fetch-Site", "cross-site", "Origin", "null"}, 403},
		"of a sister":         {[]string{"Sec-Fetch-Site", "same-site"}, 403},
		"of another, older":   {[]string{"Origin", "https://evil.example"}, 403},
		"of another, twisted": {[]string{"Origin", "http://example.com.evil.example"}, 403},
		"sent as JSON":        {[]string{"Content-Type", "application/json"}, 400},
		"sent in parts":       {[]string{"Content-Type", "multipart/form-data; boundary=x"}, 400},
		"as plain text":       {[]string{"Content-Type", "text/plain"}, 400},
	} {
		s := newSite()
		r, page := s.ask(t, "/verify-email/acme?key=SECRET", form, tt.headers...)
		if r.StatusCode != tt.status || (len(s.asked) > 0) != (tt.status == http.StatusOK) {
			t.Errorf("a form %s: %d, want %d, asked %q\n%s", name, r.StatusCode, tt.status, s.asked, page)
		}
	}
	s := newSite()
	if r, _ := s.ask(t, "/verify-email/acme", url.Values{"key": {strings.Repeat("x", 20<<10)}}); r.StatusCode != http.StatusRequestEntityTooLarge || len(s.asked) > 0 {
		t.Errorf("a long form: %d, asked %q", r.StatusCode, s.asked)
	}
}

// TestLanguages: a page speaks the language its reader likes best of those it knows.
func TestLanguages(t *testing.T) {
	for wish, want := range map[string]string{"": "en", "de-CH,de;q=0.9,en;q=0.5": "de", "es-MX": "es", "fr-CA, en;q=0.1": "fr", "pt-BR": "pt",
		"xx, ja;q=0.9": "en", "ja, de;q=0.2": "de", "en;q=0, fr": "fr", "!!": "en", strings.Repeat("de,", 1000): "en"} {
		r, page := newSite().ask(t, "/verify-email/acme", nil, "Accept-Language", wish)
		if !strings.Contains(page, `<html lang="`+want+`">`) || r.Header.Get("Content-Language") != want {
			t.Errorf("%.40q gives %q, want %q", wish, r.Header.Get("Content-Language"), want)
		}
	}
	_, page := newSite().ask(t, "/verify-email/acme", nil, "Accept-Language", "de")
	if !strings.Contains(page, "bei Acme &lt;b&gt; &amp;") {
		t.Errorf("German does not name the company:\n%s", page)
	}
	if _, page := newSite().ask(t, "/verify-email/nobody", nil, "Accept-Language", "de"); !strings.Contains(page, "bei dem Unternehmen") {
		t.Errorf("German names nobody:\n%s", page)
	}
}
