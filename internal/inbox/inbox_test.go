package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"kith"
)

var sent = &kith.Message{ID: kith.MessageID{1}, Slug: "acme", Channel: kith.ChannelEmail, Kind: "reset", To: "ada@x.example", Subject: "Hello <Ada>",
	Text: "Text <b>bold</b>", HTML: "<html><head></head><p>Text</p>", Codes: []string{"123456"}, Links: []string{"https://x.example/?a=1&b=2", "javascript:alert(1)"},
	CreatedAt: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}

// get asks a handler that has messages, or fails with err.
func get(t *testing.T, path, host string, anyHost bool, err error, list ...*kith.Message) (*http.Response, string) {
	t.Helper()
	source := func(_ context.Context, to string, limit int) ([]*kith.Message, error) {
		if limit <= 0 {
			t.Errorf("%d messages are asked for", limit)
		}
		var found []*kith.Message
		for _, m := range list {
			if (to == "" || m.To == to) && len(found) < limit {
				found = append(found, m)
			}
		}
		return found, err
	}
	r := httptest.NewRequest("GET", path, nil)
	r.Host = host
	w := httptest.NewRecorder()
	Handler(source, slog.New(slog.DiscardHandler), anyHost).ServeHTTP(w, r)
	return w.Result(), w.Body.String()
}

// TestJSON: programs find a message's codes and links, which are lists even when empty.
func TestJSON(t *testing.T) {
	bare := &kith.Message{ID: kith.MessageID{2}, Channel: kith.ChannelSMS, To: "+27831234567", Text: "Hi", CreatedAt: sent.CreatedAt}
	resp, body := get(t, "/inbox/messages.json", "localhost:8080", false, nil, sent, bare)
	var list []map[string]any
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list) != 2 || resp.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Fatalf("%v: %s", err, body)
	}
	for name, want := range map[string]any{"company": "acme", "kind": "email", "to": "ada@x.example", "subject": "Hello <Ada>", "text": "Text <b>bold</b>",
		"html": "<html><head></head><p>Text</p>", "created": float64(sent.CreatedAt.UnixMilli()), "id": sent.ID.String()} {
		if list[0][name] != want {
			t.Errorf("%s is %v, want %v", name, list[0][name], want)
		}
	}
	if codes, ok := list[0]["codes"].([]any); !ok || len(codes) != 1 || codes[0] != "123456" {
		t.Errorf("codes are %v", list[0]["codes"])
	}
	for _, name := range []string{"codes", "links"} {
		if empty, ok := list[1][name].([]any); !ok || len(empty) != 0 {
			t.Errorf("without any, %s is %v", name, list[1][name])
		}
	}
	if first, _, _ := strings.Cut(body, "},"); !regexp.MustCompile(`^\[\{"id":"[^"]*","company":.*,"kind":.*,"to":.*,"subject":.*,"text":.*,"html":.*,"codes":\[.*\],"links":\[.*\],"created":\d+$`).MatchString(first) || len(list[0]) != 10 {
		t.Errorf("a message has other members: %s", first)
	}
	if list[1]["kind"] != "sms" {
		t.Errorf("an SMS is %v", list[1]["kind"])
	}
	if _, body := get(t, "/inbox/messages.json", "localhost", false, nil); strings.TrimSpace(body) != "[]" {
		t.Errorf("an empty inbox is %s", body)
	}
	_, body = get(t, "/inbox/messages.json?to=ada@x.example", "localhost", false, nil, bare, sent)
	if strings.Contains(body, "+27") || !strings.Contains(body, "ada@") {
		t.Errorf("to one address: %s", body)
	}
}

// TestPage: people read a message's text, and nothing in it runs.
func TestPage(t *testing.T) {
	resp, body := get(t, "/inbox", "localhost:8080", false, nil, sent)
	for _, want := range []string{"Hello &lt;Ada&gt;", "Text &lt;b&gt;bold", "<code>123456</code>", `href="https://x.example/?a=1&amp;b=2"`,
		"E-mail to", "acme", "2 Mar 2026, 12:00:00 UTC",
		`<a href="/inbox?to=ada%40x.example">ada@x.example</a>`, `href="/inbox/messages.json"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(body, `href="javascript`) || strings.Contains(body, "<b>") {
		t.Errorf("what a message says is not text:\n%s", body)
	}
	frame := regexp.MustCompile(`<iframe [^>]*>`).FindString(body)
	if !strings.Contains(frame, `srcdoc="&lt;html&gt;&lt;head&gt;&lt;base target=&#34;_blank&#34;&gt;&lt;/head&gt;&lt;p&gt;Text&lt;/p&gt;`) || !strings.Contains(frame, `title="Mail: Hello &lt;Ada&gt;"`) {
		t.Errorf("the mail is not shown as it looks: %s", frame)
	}
	if sandbox := regexp.MustCompile(`sandbox="([^"]*)"`).FindStringSubmatch(frame); len(sandbox) != 2 || strings.Contains(sandbox[1], "scripts") || strings.Contains(sandbox[1], "same-origin") {
		t.Errorf("what is in the mail runs: %s", frame)
	}
	policy := resp.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script") || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("headers %v", resp.Header)
	}
	if _, body := get(t, "/inbox", "localhost", false, nil); !strings.Contains(body, "Nothing yet") {
		t.Errorf("an empty inbox:\n%s", body)
	}
}

// TestFilter: people find the messages to one address, however they write it into the URL, and back.
func TestFilter(t *testing.T) {
	sms := &kith.Message{ID: kith.MessageID{2}, Channel: kith.ChannelSMS, To: "+27831234567", Text: "654321 is your code", Codes: []string{"654321"}, CreatedAt: sent.CreatedAt}
	for to, want := range map[string]string{"%2B27831234567": "654321", "+27831234567": "654321", "ada%40x.example": "Hello", "%20ada@x.example%20": "Hello"} {
		_, body := get(t, "/inbox?to="+to, "localhost", false, nil, sent, sms)
		if !strings.Contains(body, want) || strings.Contains(body, "654321") == strings.Contains(body, "Hello") || !strings.Contains(body, `<a href="/inbox">Back`) {
			t.Errorf("to %s:\n%s", to, body)
		}
		if _, body := get(t, "/inbox/messages.json?to="+to, "localhost", false, nil, sent, sms); strings.Contains(body, "654321") == strings.Contains(body, "Hello") {
			t.Errorf("to %s: %s", to, body)
		}
	}
	_, body := get(t, "/inbox?to=%22%3E%3Cb%3Ex", "localhost", false, nil, sent)
	if strings.Contains(body, "<b>") || !strings.Contains(body, "Nothing yet to this address") || !strings.Contains(body, `messages.json?to=%22%3e%3cb%3ex"`) {
		t.Errorf("a filter is part of the page:\n%s", body)
	}
}

// TestOrder: the newest comes first and open, and a page does not grow without end.
func TestOrder(t *testing.T) {
	var many []*kith.Message
	for i := range 300 {
		many = append(many, &kith.Message{ID: kith.MessageID{byte(i), byte(i >> 8)}, Channel: kith.ChannelEmail, To: "ada@x.example", Subject: "number " + strconv.Itoa(i), HTML: "<p>"})
	}
	for _, path := range []string{"/inbox", "/inbox?to=ada@x.example", "/inbox/messages.json?to=ada@x.example"} {
		_, body := get(t, path, "localhost", false, nil, many...)
		if at, next := strings.Index(body, "number 0"), strings.Index(body, "number 1"); at < 0 || next < at || strings.Contains(body, "number 200") || !strings.Contains(body, "number 199") {
			t.Errorf("%s: the messages do not stand as they came", path)
		}
		if strings.Contains(body, "<html") && strings.Count(body, "<details open>") != 1 {
			t.Errorf("%s opens %d mails", path, strings.Count(body, "<details open>"))
		}
	}
}

// TestHosts: a page of another site that points its own name at this machine does not read the inbox.
func TestHosts(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "localhost:8080": true, "127.0.0.1:8080": true, "127.8.8.8": true, "[::1]:8080": true,
		"evil.example": false, "evil.example:8080": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false, "192.0.2.7:8080": false, "": false,
		"0.0.0.0:8080": false,
	} {
		for _, path := range []string{"/inbox", "/inbox/messages.json"} {
			resp, body := get(t, path, host, false, nil, sent)
			if got := resp.StatusCode == http.StatusOK; got != want || !want && strings.Contains(body, "123456") {
				t.Errorf("%s under the name %q: %d %s", path, host, resp.StatusCode, body)
			}
			if resp, _ := get(t, path, host, true, nil, sent); resp.StatusCode != http.StatusOK {
				t.Errorf("%s under the name %q, where any will do: %d", path, host, resp.StatusCode)
			}
		}
	}
}

// TestFaults: the reader learns that something is wrong, and the log what.
func TestFaults(t *testing.T) {
	for _, path := range []string{"/inbox", "/inbox/messages.json"} {
		resp, body := get(t, path, "localhost", false, errors.New("disk on fire"))
		if resp.StatusCode != http.StatusInternalServerError || strings.Contains(body, "fire") {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
	}
}

// TestReadOnly: the inbox is for looking at.
func TestReadOnly(t *testing.T) {
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(method, "/inbox/messages.json", nil)
		Handler(nil, slog.New(slog.DiscardHandler), true).ServeHTTP(w, r)
		if w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}
