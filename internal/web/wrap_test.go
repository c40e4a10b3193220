package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"kith"
	"kith/internal/web"
	"kith/internal/web/webtest"
)

var everyAnswer = map[string]string{
	"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
	"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
	"Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": "",
}

func TestHeadersOnEveryAnswer(t *testing.T) {
	w := newWorld()
	doc := webtest.Load(t, w.face)
	ids := map[string]bool{}
	for _, tt := range []struct {
		method, path, contentType, body string
		status                          int
	}{
		{"GET", "/3/things/7/", "", "", 200},
		{"POST", "/3/auth/login/", "", base + "}", 201},
		{"DELETE", "/3/things/7/", "", "", 204},
		{"OPTIONS", "/3/things/7/", "", "", 204},
		{"POST", "/3/auth/login/", "", "{", 400},
		{"GET", "/3/nothing", "", "", 404},
		{"GET", "/3/auth/nothing", "", "", 404},
		{"GET", "/3/auth//login", "", "", 404},
		{"PUT", "/3/auth/login/", "", "", 405},
		{"POST", "/3/auth/login/", "", strings.Repeat("x", 5000), 413},
		{"GET", "/3/things/?" + strings.Repeat("x", 9000), "", "", 414},
		{"POST", "/3/auth/login/", "text/plain", "x", 415},
		{"POST", "/3/things/panic/", "", "", 500},
	} {
		checked := doc
		if tt.path == "/3/nothing" || tt.status == 414 {
			checked = nil
		}
		resp := w.call(t, checked, tt.method, tt.path, tt.contentType, tt.body)
		if resp.StatusCode != tt.status {
			t.Errorf("%s %.40s: %d, want %d", tt.method, tt.path, resp.StatusCode, tt.status)
		}
		for name, want := range everyAnswer {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s %.40s: %s: %q, want %q", tt.method, tt.path, name, got, want)
			}
		}
		id, err := kith.ParseID[struct{}](resp.Header.Get("X-Request-Id"))
		if err != nil || id[6]>>4 != 7 || ids[id.String()] {
			t.Errorf("%s %.40s: request id %q", tt.method, tt.path, resp.Header.Get("X-Request-Id"))
		}
		ids[id.String()] = true
		if before := resp.Header.Get("X-Before"); checked != nil && before != id.String() {
			t.Errorf("%s %.40s: Before got request id %q", tt.method, tt.path, before)
		}
	}
}

func TestPanics(t *testing.T) {
	w := newWorld()
	resp := w.call(t, webtest.Load(t, w.face), "POST", "/3/things/panic/", "", "")
	var body bytes.Buffer
	if _, err := body.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 500 || strings.Contains(body.String(), "secret") || strings.Contains(body.String(), "goroutine") {
		t.Errorf("%d %s", resp.StatusCode, &body)
	}
	if log := w.log.String(); !strings.Contains(log, "secret words") || !strings.Contains(log, "face_test.go") {
		t.Errorf("the log does not tell where: %s", log)
	}
	for name, h := range map[string]http.HandlerFunc{
		"after the header": func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(200); panic("late") },
		"on purpose":       func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if err, ok := recover().(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
					t.Errorf("the connection is not cut: %v", err)
				}
			}()
			web.Wrap(h, w.Options).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		})
	}
	rec := httptest.NewRecorder()
	web.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") }), w.Options).
		ServeHTTP(rec, httptest.NewRequest("GET", "/elsewhere", nil))
	if rec.Code != 500 {
		t.Errorf("outside of all faces: %d", rec.Code)
	}
}

func TestLongAuthorization(t *testing.T) {
	w := newWorld()
	for n, want := range map[int]int{8 << 10: 201, 8<<10 + 1: 401} {
		r := httptest.NewRequest("POST", "/3/auth/login/", strings.NewReader(base+"}"))
		r.Header.Set("Authorization", strings.Repeat("x", n))
		rec := httptest.NewRecorder()
		w.handler().ServeHTTP(rec, r)
		if rec.Code != want {
			t.Errorf("%d bytes: %d, want %d", n, rec.Code, want)
		}
	}
}

func TestClientAddress(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for _, tt := range []struct {
		name, peer string
		forwarded  []string
		proto      string
		want       string
		secure     bool
	}{
		{"direct", "192.0.2.1:5", nil, "", "192.0.2.1", false},
		{"a stranger's claim", "192.0.2.1:5", []string{"198.51.100.1"}, "https", "192.0.2.1", false},
		{"proxy", "10.0.0.1:5", []string{"198.51.100.1"}, "https", "198.51.100.1", true},
		{"forged before the proxy", "10.0.0.1:5", []string{"127.0.0.1, 198.51.100.1"}, "http", "198.51.100.1", false},
		{"two proxies", "10.0.0.1:5", []string{"203.0.113.9", "198.51.100.1, 10.2.3.4"}, "", "198.51.100.1", false},
		{"garbled", "10.0.0.1:5", []string{"198.51.100.1, what, 10.2.3.4"}, "", "10.2.3.4", false},
		{"all trusted", "[::1]:5", []string{"10.1.1.1"}, "", "10.1.1.1", false},
		{"mapped", "[::ffff:10.0.0.1]:5", []string{"2001:db8::1"}, "", "2001:db8::1", false},
		{"proxy without a word", "10.0.0.1:5", nil, "", "10.0.0.1", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got kith.Remote
			h := web.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = web.Actor(r.Context()).Remote }),
				web.Options{Trusted: trusted, Loopback: true, Log: slog.New(slog.DiscardHandler)})
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = tt.peer
			r.Header["X-Forwarded-For"] = tt.forwarded
			r.Header.Set("X-Forwarded-Proto", tt.proto)
			r.Header.Set("User-Agent", strings.Repeat("é", 150))
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			if got.Address != tt.want || got.Loopback == (r.Header["X-Forwarded-For"] != nil) || got.Agent != strings.Repeat("é", 100) || got.Request != rec.Header().Get("X-Request-Id") {
				t.Errorf("got %+v", got)
			}
			if secure := rec.Header().Get("Strict-Transport-Security") != ""; secure != tt.secure {
				t.Errorf("secure: %v", secure)
			}
		})
	}
}

func TestCORS(t *testing.T) {
	w := newWorld()
	w.Origin = func(_ context.Context, _ *http.Request, origin string) bool { return origin == "https://app.example" }
	h := w.handler()
	for _, tt := range []struct {
		name    string
		origins []string
		allowed bool
	}{
		{"none", nil, false},
		{"ours", []string{"https://app.example"}, true},
		{"null", []string{"null"}, false},
		{"star", []string{"*"}, false},
		{"suffix trick", []string{"https://app.example.evil.test"}, false},
		{"prefix trick", []string{"https://evil-app.example"}, false},
		{"other scheme", []string{"http://app.example"}, false},
		{"other port", []string{"https://app.example:8443"}, false},
		{"two", []string{"https://app.example", "https://evil.test"}, false},
	} {
		for _, preflight := range []bool{false, true} {
			r := httptest.NewRequest("GET", "/3/things/7/", nil)
			r.Header.Set("Authorization", "Token good")
			if preflight {
				r.Method = http.MethodOptions
				r.Header.Set("Access-Control-Request-Method", "DELETE")
			}
			r.Header["Origin"] = tt.origins
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			want := map[string]string{"Vary": "Origin", "Access-Control-Allow-Credentials": "", "Access-Control-Allow-Origin": "", "Access-Control-Allow-Methods": ""}
			if tt.allowed {
				want["Access-Control-Allow-Origin"] = "https://app.example"
			}
			if tt.allowed && preflight {
				want["Access-Control-Allow-Methods"] = "DELETE, GET, HEAD, OPTIONS"
				want["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Idempotency-Key, Verified-Challenge, X-Setup-Token"
				want["Access-Control-Max-Age"] = "600"
			}
			for name, value := range want {
				if got := rec.Header().Get(name); got != value {
					t.Errorf("%s, preflight %v: %s: %q, want %q", tt.name, preflight, name, got, value)
				}
			}
			if wantStatus := map[bool]int{false: 200, true: 204}[preflight]; rec.Code != wantStatus {
				t.Errorf("%s, preflight %v: %d", tt.name, preflight, rec.Code)
			}
		}
	}
	// A page that may call can read errors too.
	r := httptest.NewRequest("GET", "/3/auth/nothing", nil)
	r.Header.Set("Origin", "https://app.example")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	if rec.Code != 404 || rec.Header().Get("Access-Control-Allow-Origin") != "https://app.example" {
		t.Errorf("the page cannot read a 404: %d %v", rec.Code, rec.Header())
	}
}

func TestRequestLog(t *testing.T) {
	w := newWorld()
	r := httptest.NewRequest("GET", "/3/things/7/?token=hunter2", nil)
	r.Header.Set("Authorization", "Token good")
	r.Header.Set("User-Agent", "hunter2")
	rec := httptest.NewRecorder()
	w.handler().ServeHTTP(rec, r)
	var line map[string]any
	if err := json.Unmarshal(w.log.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"level": "INFO", "msg": "request", "face": "test", "method": "GET", "route": "/3/things/{id}/", "status": 200.0,
		"bytes": float64(rec.Body.Len()), "request_id": rec.Header().Get("X-Request-Id"), "client": "192.0.2.1",
		"company": "acme", "user": kith.UserID{1}.String(),
	}
	if ms, ok := line["ms"].(float64); !ok || ms < 0 || ms > 60_000 {
		t.Errorf("ms: %v", line["ms"])
	}
	delete(line, "ms")
	delete(line, "time")
	if fmt.Sprint(line) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", line, want)
	}
}

func TestMetrics(t *testing.T) {
	w := newWorld()
	registry := prometheus.NewRegistry()
	w.Metrics = web.NewMetrics(registry)
	w.call(t, nil, "GET", "/3/things/7/", "", "")
	w.call(t, nil, "GET", "/3/things/8", "", "")
	w.call(t, nil, "BREW", "/3/things/8", "", "")
	w.call(t, nil, "GET", "/elsewhere", "", "")
	w.call(t, nil, "POST", "/3/things/panic/", "", "")
	want := `
# HELP kith_http_requests_in_flight Requests being answered now.
# TYPE kith_http_requests_in_flight gauge
kith_http_requests_in_flight 0
# HELP kith_http_requests_total Requests answered.
# TYPE kith_http_requests_total counter
kith_http_requests_total{face="none",method="GET",route="none",status="4xx"} 1
kith_http_requests_total{face="test",method="GET",route="/3/things/{id}/",status="2xx"} 2
kith_http_requests_total{face="test",method="POST",route="/3/things/panic/",status="5xx"} 1
kith_http_requests_total{face="test",method="other",route="/3/things/{id}/",status="4xx"} 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "kith_http_requests_in_flight", "kith_http_requests_total"); err != nil {
		t.Error(err)
	}
	if n := testutil.CollectAndCount(registry, "kith_http_request_duration_seconds"); n != 4 {
		t.Errorf("%d histograms, want 4", n)
	}
}

// Over a real connection: an endless body is cut off at the limit, and HEAD has no body.
func TestOverTheWire(t *testing.T) {
	w := newWorld()
	server := httptest.NewServer(w.handler())
	defer server.Close()
	client := &http.Client{Timeout: 10 * time.Second}
	r, err := http.NewRequest("POST", server.URL+"/3/auth/login/", endless{})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != 413 {
		t.Errorf("endless body: %d", resp.StatusCode)
	}
	r, err = http.NewRequest("HEAD", server.URL+"/3/things/7/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Token good")
	head, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = head.Body.Close() }()
	if head.StatusCode != 200 || head.ContentLength < 50 {
		t.Errorf("HEAD: %d, %d bytes announced", head.StatusCode, head.ContentLength)
	}
}

// endless is blank space without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// A handler's errors that nobody classified are internal, and their text stays here.
func TestUnknownErrorsAreInternal(t *testing.T) {
	w := newWorld()
	web.Handle(w.face, web.Route{Method: "GET", Path: "/3/auth/broken/", Permission: web.Guest},
		func(context.Context, struct{}) (struct{}, error) {
			return struct{}{}, errors.New("postgres://user:hunter2@db")
		})
	resp := w.call(t, webtest.Load(t, w.face), "GET", "/3/auth/broken/", "", "")
	if got := fields(t, resp); resp.StatusCode != 500 || len(got) != 1 || got[0] != kith.CodeInternal {
		t.Errorf("%d %v", resp.StatusCode, got)
	}
}
