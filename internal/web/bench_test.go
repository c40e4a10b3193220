package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"kith/internal/web"
)

type benchView struct {
	Text string `json:"text"`
	ID   int64  `json:"id"`
}

// BenchmarkStack measures a trivial route of 500 bytes through the whole stack, log and metrics
// included; BenchmarkBare the same answer from net/http alone. The difference is what kith's HTTP
// kit costs.
func BenchmarkStack(b *testing.B) {
	f := &web.Face{Name: "bench", Bases: []string{"/3/user"}, BothSlashes: true, Fail: fail,
		Admit: func(r *http.Request, _ string) (context.Context, error) { return r.Context(), nil }}
	text := strings.Repeat("x", 440)
	web.Handle(f, web.Route{Method: "GET", Path: "/3/user/", Permission: web.Guest},
		func(context.Context, struct{}) (ok[benchView], error) { return good(benchView{text, 7}), nil })
	mux := http.NewServeMux()
	f.Mount(mux)
	h := web.Wrap(mux, web.Options{Faces: []*web.Face{f}, Metrics: web.NewMetrics(prometheus.NewRegistry()),
		Log: slog.New(slog.NewJSONHandler(discard{}, nil))})
	bench(b, h)
}

// BenchmarkBare is what BenchmarkStack is compared with.
func BenchmarkBare(b *testing.B) {
	body := []byte(`{"status":"success","data":{"text":"` + strings.Repeat("x", 440) + `","id":7}}`)
	mux := http.NewServeMux()
	mux.HandleFunc("/3/user/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	})
	bench(b, mux)
}

// BenchmarkBody measures a sign-in's body on its way into the struct, beside the stack.
func BenchmarkBody(b *testing.B) {
	w := newWorld()
	mux := http.NewServeMux()
	w.face.Mount(mux)
	b.ReportAllocs()
	for b.Loop() {
		send(mux, "POST", "/3/auth/login/", "application/json", base+`,"nick":"ada","age":36,"groups":["x","y"],"address":{"city":"Oslo"}}`)
	}
	if w.seen == nil {
		b.Fatal("refused")
	}
}

func bench(b *testing.B, h http.Handler) {
	r := httptest.NewRequest("GET", "/3/user/", nil)
	rec := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		rec.Body.Reset()
		clear(rec.Header())
		h.ServeHTTP(rec, r)
	}
	if rec.Code != 200 || rec.Body.Len() < 480 {
		b.Fatalf("%d, %d bytes", rec.Code, rec.Body.Len())
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
