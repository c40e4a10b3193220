package platform_test

import (
	"bytes"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"kith/internal/api/platform"
	"kith/internal/web/webtest"
)

// TestRoutes: what the face offers changes only on purpose.
func TestRoutes(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	for _, r := range platform.Face(nil, nil, "test").Routes() {
		fmt.Fprintln(&out, r)
	}
	golden(t, "routes.txt", out.String())
}

// TestDocument: the face's document is valid OpenAPI 3.1, and bounds every string, array and number.
func TestDocument(t *testing.T) {
	t.Parallel()
	webtest.Load(t, platform.Face(nil, nil, "test"))
}

// TestHeaders: every answer carries the same headers, whatever its status.
func TestHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	token := w.company("acme").text("data.token")
	w.origins("acme", []string{"https://app.acme.example"})
	tooLarge := `{"first_name": "` + strings.Repeat("x", 2<<20) + `"}`
	typed := ask("PATCH", "/3/user/", token, "x")
	typed.header.Set("Content-Type", "text/plain")
	preflight := ask("OPTIONS", "/3/user/", "", "")
	preflight.header.Set("Access-Control-Request-Method", "GET")
	preflight.header.Set("Origin", "https://app.acme.example")
	var answers []answer
	for _, tt := range []struct {
		status  int
		request request
	}{
		{200, ask("GET", "/3/user/", token, "")},
		{201, ask("POST", "/3/auth/register/", "", `{"company": "acme", "username": "ada", "password": "x"}`)},
		{204, preflight},
		{400, ask("PATCH", "/3/user/", token, `{"first_name": 7}`)},
		{401, ask("GET", "/3/user/", "", "")},
		{404, ask("GET", "/3/nothing/", token, "")},
		{405, ask("PUT", "/3/auth/login/", token, "{}")},
		{413, ask("PATCH", "/3/user/", token, tooLarge)},
		{415, typed},
	} {
		answers = append(answers, w.do(tt.request).want(tt.status))
	}
	count := map[string]int{}
	for _, a := range answers {
		for _, line := range headerLines(a) {
			count[line]++
		}
	}
	var every, some strings.Builder
	for _, line := range slices.Sorted(maps.Keys(count)) {
		if count[line] == len(answers) {
			fmt.Fprintf(&every, "  %s\n", line)
		}
	}
	for _, a := range answers {
		fmt.Fprintf(&some, "%d\n", a.status)
		for _, line := range headerLines(a) {
			if count[line] < len(answers) {
				fmt.Fprintf(&some, "  %s\n", line)
			}
		}
	}
	golden(t, "headers.txt", "every answer\n"+every.String()+some.String())
}

// headerLines are the headers of an answer, sorted, without what is never twice the same.
func headerLines(a answer) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(a.header)) {
		value := a.header.Get(name)
		switch name {
		case "X-Request-Id":
			value = strings.Map(hexDigit, value)
		case "Content-Length":
			value = "N"
		}
		lines = append(lines, name+": "+value)
	}
	return lines
}

// hexDigit stands in for the digits of an id.
func hexDigit(r rune) rune {
	if strings.ContainsRune("0123456789abcdef", r) {
		return 'x'
	}
	return r
}

// TestRequestIDs: each answer has an id of its own, which no client chooses, and the log has it too.
func TestRequestIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	seen := map[string]bool{}
	for range 3 {
		r := ask("GET", "/3/", "", "")
		r.header.Set("X-Request-Id", "mine")
		id := w.do(r).want(http.StatusOK).header.Get("X-Request-Id")
		if len(id) != 36 || seen[id] || !strings.Contains(w.log.String(), id) {
			t.Errorf("request id %q: new %v, in the log %v", id, !seen[id], strings.Contains(w.log.String(), id))
		}
		seen[id] = true
	}
}

// TestFaultsAreOurs: when the core panics, the caller gets the face's own 500 and the log the stack.
func TestFaultsAreOurs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.core.Directory = nil
	a := w.do(ask("GET", "/3/public/companies/", "", "")).want(http.StatusInternalServerError)
	if id := a.header.Get("X-Request-Id"); !strings.Contains(a.text("message"), id) {
		t.Errorf("request %s was answered with %s", id, a.body)
	}
	if !strings.Contains(w.log.String(), "panic") || strings.Contains(a.body, "nil pointer") {
		t.Errorf("the caller got %s, the log %s", a.body, w.log.String())
	}
}

// TestHugeCredentials: what no token of ours could be is refused unread (T45).
func TestHugeCredentials(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	for name, token := range map[string]string{"dots": strings.Repeat(".", 1<<20), "letters": strings.Repeat("A", 1<<20),
		"segments": strings.Repeat("e30.", 10_000), "just under the limit": strings.Repeat("A.", 4000)} {
		for _, path := range []string{"/3/user/", "/3/auth/logout/", "/3/auth/refresh/"} {
			method := "POST"
			if path == "/3/user/" {
				method = "GET"
			}
			if a := w.do(ask(method, path, token, "")); a.status != http.StatusUnauthorized && a.status != http.StatusBadRequest {
				t.Errorf("%s of %s: %d", name, path, a.status)
			}
		}
	}
}

// TestBusy: when too many sign in at once, the rest are told when to come back.
func TestBusy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{noHashing: true})
	a := w.do(ask("POST", "/3/auth/login/", "", `{"company": "acme", "user": "ada", "password": "x"}`)).want(http.StatusServiceUnavailable)
	if a.header.Get("Retry-After") != "2" || a.at("data") != nil {
		t.Errorf("Retry-After %q with %s", a.header.Get("Retry-After"), a.body)
	}
}

// TestFormsAndJSONAreAlike: a profile and a company are changed by JSON, by multipart and by
// urlencoded forms alike; the published client sends multipart.
func TestFormsAndJSONAreAlike(t *testing.T) {
	t.Parallel()
	w, companies := newWorld(t, options{}), 100 // so that all slugs have one length
	for _, tt := range []struct {
		path, json string
		form       url.Values
	}{
		{"/3/user/", `{"first_name": "Ada", "birth_date": "1990-01-31", "timezone": "Asia/Dhaka", "title": "", "website": "https://ada.example"}`,
			url.Values{"first_name": {"Ada"}, "birth_date": {"1990-01-31"}, "timezone": {"Asia/Dhaka"}, "title": {""}, "website": {"https://ada.example"}}},
		{"/3/user/", `{"first_name": ""}`, url.Values{"first_name": {""}}},
		{"/3/user/", `{"birth_date": "tomorrow"}`, url.Values{"birth_date": {"tomorrow"}}},
		{"/3/user/", `{"owner": true, "balance": 0, "archived": false, "first_name": "A"}`,
			url.Values{"owner": {"true"}, "balance": {"0"}, "archived": {"false"}, "first_name": {"A"}}},
		{"/3/user/", `{"owner": false}`, url.Values{"owner": {"false"}}},
		{"/3/admin/company/", `{"name": "Acme", "public": true, "metadata": {"a": {"b": [1, "2"]}}}`,
			url.Values{"name": {"Acme"}, "public": {"true"}, "metadata": {`{"a": {"b": [1, "2"]}}`}}},
		{"/3/admin/company/", `{"public": "yes"}`, url.Values{"public": {"yes"}}},
		{"/3/admin/company/", `{"metadata": "x"}`, url.Values{"metadata": {"x"}}},
	} {
		var answers []string
		for _, r := range []request{
			ask("PATCH", tt.path, "", tt.json), multipartRequest(t, "PATCH", tt.path, tt.form), multipartRequest(t, "PUT", tt.path, tt.form),
			formRequest("PATCH", tt.path, tt.form),
		} {
			companies++
			slug := fmt.Sprintf("company%d", companies)
			made := w.company(slug)
			s := &scenario{t: t, w: w, names: map[string]string{slug: "$slug"}, counts: map[string]int{}}
			s.name(made.body)
			r.header.Set("Authorization", "Token "+made.text("data.token"))
			answers = append(answers, s.scrub(written(w.do(r), nil)))
		}
		for i, name := range []string{"multipart", "multipart PUT", "urlencoded"} {
			if answers[i+1] != answers[0] {
				t.Errorf("%s %s\n%s", name, tt.form, difference(answers[0], answers[i+1]))
			}
		}
	}
}

func multipartRequest(t *testing.T, method, path string, form url.Values) request {
	t.Helper()
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, value := range form[name] {
			if err := parts.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := parts.Close(); err != nil {
		t.Fatal(err)
	}
	return request{method, path, http.Header{"Content-Type": {parts.FormDataContentType()}}, body.String()}
}

func formRequest(method, path string, form url.Values) request {
	return request{method, path, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, form.Encode()}
}

// TestWrongLoginsGetOneAnswer: nothing in the answer tells why a login failed (T26).
func TestWrongLoginsGetOneAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.company("acme")
	w.company("bolt")
	w.company("gone")
	for _, name := range []string{"known", "deactivated", "archived", "temporary", "machine", "unset"} {
		w.user("acme", name+"@x.example")
	}
	w.user("bolt", "elsewhere@x.example")
	w.user("gone", "known@x.example")
	w.sql(`UPDATE users SET flags = 1 WHERE email = 'archived@x.example'`)
	w.sql(`UPDATE users SET flags = 2 WHERE email = 'deactivated@x.example'`)
	w.sql(`UPDATE users SET flags = 4 WHERE email = 'temporary@x.example'`)
	w.sql(`UPDATE users SET kind = 1, password = '' WHERE email = 'machine@x.example'`)
	w.sql(`UPDATE users SET password = '' WHERE email = 'unset@x.example'`)
	w.sql(`UPDATE companies SET status = 3 WHERE slug = 'gone'`)
	login := func(company, user, password string) answer {
		return w.do(ask("POST", "/3/auth/login/", "", fmt.Sprintf(`{"company": %q, "user": %q, "password": %q}`, company, user, password)))
	}
	login("acme", "known@x.example", goodPassword).want(http.StatusOK)
	first := login("acme", "known@x.example", "not the pass phrase").want(http.StatusBadRequest)
	for _, tt := range []struct{ name, company, user, password string }{
		{"unknown e-mail", "acme", "nobody@x.example", goodPassword},
		{"unknown mobile", "acme", "+27831234567", goodPassword},
		{"unknown username", "acme", "nobody", goodPassword},
		{"unknown id", "acme", "00000000-0000-4000-8000-000000000000", goodPassword},
		{"no name at all", "acme", "' OR 1=1 --", goodPassword},
		{"unknown company", "nobody", "known@x.example", goodPassword},
		{"no company at all", "not a slug!", "known@x.example", goodPassword},
		{"suspended company", "gone", "known@x.example", goodPassword},
		{"user of another company", "acme", "elsewhere@x.example", goodPassword},
		{"deactivated", "acme", "deactivated@x.example", goodPassword},
		{"deactivated, wrong password", "acme", "deactivated@x.example", "not the pass phrase"},
		{"archived", "acme", "archived@x.example", goodPassword},
		{"temporary", "acme", "temporary@x.example", goodPassword},
		{"machine", "acme", "machine@x.example", goodPassword},
		{"without a password", "acme", "unset@x.example", goodPassword},
		{"password with a space after it", "acme", "known@x.example", goodPassword + " "},
		{"password in another case", "acme", "known@x.example", strings.ToUpper(goodPassword)},
	} {
		a := login(tt.company, tt.user, tt.password)
		if a.status != first.status || a.body != first.body {
			t.Errorf("%s: %d %s", tt.name, a.status, a.body)
		}
		for name := range a.header {
			if name != "X-Request-Id" && a.header.Get(name) != first.header.Get(name) {
				t.Errorf("%s: header %s is %q, not %q", tt.name, name, a.header.Get(name), first.header.Get(name))
			}
		}
	}
}

// TestHiddenRegistrationsAreAlike: where a company hides who is registered, taken and free addresses get
// the same bytes, whichever identifier is taken.
func TestHiddenRegistrationsAreAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.company("acme")
	w.do(ask("POST", "/3/auth/register/", "",
		`{"company": "acme", "email": "ada@x.example", "mobile": "+27831234567", "username": "ada", "password": "x"}`)).want(http.StatusCreated)
	w.sql(`UPDATE companies SET settings = json_set(settings, '$.registration_disclosure', 1)`)
	register := func(members string) answer {
		return w.do(ask("POST", "/3/auth/register/", "", `{"company": "acme", "password": "y", `+members+`}`))
	}
	free := register(`"email": "new@x.example"`).want(http.StatusCreated)
	for _, taken := range []string{`"email": "ADA@x.example"`, `"mobile": "+27 83 123 4567"`, `"username": "Ada"`,
		`"email": "other@x.example", "username": "ada"`} {
		if a := register(taken); a.status != free.status || a.body != free.body {
			t.Errorf("%s: %d %s; free: %s", taken, a.status, a.body, free.body)
		}
	}
	if n := len(w.inbox("other@x.example")); n != 0 {
		t.Errorf("an address that was not registered got %d messages", n)
	}
	if n := len(w.inbox("ada@x.example")); n != 2 { // the welcome, and one for the attempt with this very address
		t.Errorf("the holder got %d messages, want 2", n)
	}
}
