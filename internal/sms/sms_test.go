package sms_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"kith"
	"kith/internal/sms"
)

var code = &kith.Message{ID: kith.MessageID{1}, Channel: kith.ChannelSMS, To: "+27831234567", Text: "Your code at Acme & Söhne is 123456"}

// gateway notes what it is asked and answers as it is told.
type gateway struct {
	*httptest.Server
	status int
	answer string
	header http.Header
	path   string
	body   string
}

func start(t *testing.T) *gateway {
	g := &gateway{status: http.StatusCreated}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		g.header, g.path, g.body = r.Header, r.Method+" "+r.URL.Path, string(body)
		if g.status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(g.status)
		_, _ = io.WriteString(w, g.answer)
	}))
	t.Cleanup(g.Close)
	return g
}

func (g *gateway) carrier(t *testing.T, format string) *sms.Carrier {
	t.Helper()
	c, err := sms.New(strings.Replace(format, "HOST", strings.TrimPrefix(g.URL, "http://"), 1))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	twilio  = "twilio+insecure://AC123:to%2Fken@HOST?from=+15551234567"
	generic = "http://:to%2Fken@HOST/send"
)

func TestTwilio(t *testing.T) {
	g := start(t)
	for from, want := range map[string]string{"from=+15551234567": "From=%2B15551234567", "from=%2B15551234567": "From=%2B15551234567", "from=MG9": "MessagingServiceSid=MG9"} {
		if err := g.carrier(t, strings.Replace(twilio, "from=+15551234567", from, 1)).Carry(t.Context(), code); err != nil {
			t.Fatal(err)
		}
		values, err := url.ParseQuery(g.body)
		user, password, _ := (&http.Request{Header: g.header}).BasicAuth()
		if err != nil || g.path != "POST /2010-04-01/Accounts/AC123/Messages.json" || user != "AC123" || password != "to/ken" ||
			values.Get("To") != code.To || values.Get("Body") != code.Text || !strings.Contains(g.body, want) {
			t.Errorf("%s: %s by %s, %s: %s", from, g.path, user, password, g.body)
		}
	}
}

func TestGeneric(t *testing.T) {
	g := start(t)
	if err := g.carrier(t, generic).Carry(t.Context(), code); err != nil {
		t.Fatal(err)
	}
	var said map[string]string
	if err := json.Unmarshal([]byte(g.body), &said); err != nil {
		t.Fatal(err)
	}
	if g.path != "POST /send" || g.header.Get("Authorization") != "Bearer to/ken" || len(said) != 3 ||
		said["to"] != code.To || said["text"] != code.Text || said["id"] != code.ID.String() {
		t.Errorf("%s %v: %s", g.path, g.header, g.body)
	}
}

// TestAnswers: what the gateway refuses for good is not tried again, and all else is.
func TestAnswers(t *testing.T) {
	for _, format := range []string{twilio, generic} {
		g := start(t)
		c := g.carrier(t, format)
		for status, want := range map[int]kith.DeliveryFault{400: kith.FaultRefused, 422: kith.FaultRefused, 401: kith.FaultProvider, 404: kith.FaultProvider,
			408: kith.FaultProvider, 429: kith.FaultProvider, 500: kith.FaultProvider, 503: kith.FaultProvider, 302: kith.FaultProvider} {
			g.status, g.answer, g.path = status, `{"code":21211,"message":"Invalid 'To'"}`, ""
			err := c.Carry(t.Context(), code)
			if err == nil || kith.FaultOf(err) != want || !strings.Contains(err.Error(), "Invalid 'To'") || strings.Contains(err.Error(), "to/ken") {
				t.Errorf("%d: %v, fault %d", status, err, kith.FaultOf(err))
			}
			if strings.Contains(g.path, "elsewhere") {
				t.Error("a redirect was followed")
			}
		}
		g.Close()
		if err := c.Carry(t.Context(), code); err == nil || kith.FaultOf(err) != kith.FaultProvider || strings.Contains(err.Error(), "AC123") {
			t.Errorf("nobody there: %v", err)
		}
	}
}

func TestNew(t *testing.T) {
	for _, bad := range []string{"", "api.twilio.com", "http://:t@sms.example.com/", "twilio+insecure://a:secret@api.twilio.com?from=+1", "ftp://:secret@x.example",
		"twilio://a:secret@api.twilio.com", "twilio://api.twilio.com?from=+15551234567", "twilio://a:sec%ret@api.twilio.com?from=+1"} {
		if _, err := sms.New(bad); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
