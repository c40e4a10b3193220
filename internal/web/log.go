package web

import (
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// finish logs and counts the request. The log has what is needed to follow one, and nothing that
// could be a secret: no headers, bodies, query strings or raw paths.
func (s *stack) finish(x *exchange, r *http.Request, face *Face, took time.Duration) {
	status := x.status
	if status == 0 {
		status = http.StatusOK // net/http sends it for a handler that wrote nothing
	}
	name, route, method := faceName(face), routeName(r.Pattern), methodName(r.Method)
	if s.Metrics != nil {
		s.Metrics.inFlight.Dec()
		s.Metrics.observe(name, route, method, status, took)
	}
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	ctx := r.Context()
	if !s.Log.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 11)
	attrs = append(attrs,
		slog.String("face", name), slog.String("method", method), slog.String("route", route),
		slog.Int("status", status), slog.Int64("bytes", x.bytes),
		slog.Float64("ms", float64(took.Microseconds())/1000),
		slog.String("request_id", x.remote.Request), slog.String("client", x.remote.Address))
	if a := x.actor; a != nil && a.Company != nil {
		attrs = append(attrs, slog.String("company", a.Company.Slug))
	}
	if a := x.actor; a != nil && a.User != nil {
		attrs = append(attrs, slog.String("user", a.User.ID.String()))
	}
	s.Log.LogAttrs(ctx, level, "request", attrs...)
}

// none stands for a face or route that there is not.
const none = "none"

func faceName(f *Face) string {
	if f == nil {
		return none
	}
	return f.Name
}

// routeName is a ServeMux pattern without its method and marks: the path as the table has it.
func routeName(pattern string) string {
	if at := strings.IndexByte(pattern, '/'); at >= 0 {
		return strings.TrimSuffix(pattern[at:], "{$}") // ServeMux's own mark
	}
	return none
}

// methodName keeps words that callers make up out of the log and the metrics.
func methodName(method string) string {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return method
	}
	return "other"
}
