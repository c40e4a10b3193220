package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kith"
)

var sent = &kith.Message{ID: kith.MessageID{1}, Slug: "acme", Channel: kith.ChannelEmail, Kind: "reset", To: "ada@x.example", Subject: "Hello <Ada>",
	Text: "Text <b>bold</b>", HTML: "<p>Text</p>", Codes: []string{"123456"}, Links: []string{"https://x.example/?a=1&b=2", "javascript:alert(1)"},
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
			if to == "" || m.To == to {
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
		"html": "<p>Text</p>", "created": float64(sent.CreatedAt.UnixMilli()), "id": sent.ID.String()} {
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
		"ada@x.example", "acme", "02 Mar 2026"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(body, `href="javascript`) || strings.Contains(body, "<b>") {
		t.Errorf("what a message says is not text:\n%s", body)
	}
	policy := resp.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script") || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("headers %v", resp.Header)
	}
	if _, body := get(t, "/inbox", "localhost", false, nil); !strings.Contains(body, "Nothing yet") {
		t.Errorf("an empty inbox:\n%s", body)
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
