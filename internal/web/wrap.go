package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"kith"
)

// Options is what [Wrap] needs to know. The zero value trusts nobody and counts nothing.
type Options struct {
	Faces    []*Face        // whose words to use for what never reaches a route
	Log      *slog.Logger   // nil is slog.Default
	Metrics  *Metrics       // nil counts nothing
	Trusted  []netip.Prefix // proxies whose X-Forwarded-For and X-Forwarded-Proto are believed
	Loopback bool           // the listener answers only this machine
	Clock    kith.Clock     // of request ids; nil is kith.SystemClock
	Random   io.Reader      // of request ids; nil is crypto/rand

	// Origin says whether pages of the origin may call. nil lets none.
	Origin func(ctx context.Context, r *http.Request, origin string) bool
	// Cookies says of those pages whether they may call with the user's cookies, on a face that reads
	// them. nil lets none.
	Cookies func(ctx context.Context, r *http.Request, origin string) bool
}

// stack is the middleware around every handler, in one piece so that a request pays for one wrapper.
type stack struct {
	Options
	next   http.Handler
	origin func(context.Context, *http.Request, string) bool
}

// Wrap puts the middleware around next, from outside in: request id, client address, request log
// and metrics, recovery from panics, headers of every answer, CORS, and the refusal of addresses
// that are too long or not straight.
func Wrap(next http.Handler, o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Clock == nil {
		o.Clock = kith.SystemClock
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	return &stack{Options: o, next: next, origin: o.Origin}
}

// exchange is one request on its way through the stack: the writer that its handler gets, and what
// the log and the context know of it.
type exchange struct {
	http.ResponseWriter

	stack   *stack
	face    *Face // nil if nobody's
	request *http.Request
	remote  kith.Remote
	actor   *kith.Actor // set by WithActor
	status  int         // 0 before the header is written
	bytes   int64
}

// WriteHeader notes the status.
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 && status >= 200 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (x *exchange) Write(p []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	n, err := x.ResponseWriter.Write(p)
	x.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the server's own writer.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// maxURI is the longest request target that is taken, in bytes.
const maxURI = 8 << 10

// requestNoun tells the ids of requests apart from all others.
type requestNoun struct{}

// ServeHTTP sends the request through the stack.
func (s *stack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	x := &exchange{ResponseWriter: w, stack: s}
	address, secure := s.client(r)
	x.remote = kith.Remote{
		Address: address, Loopback: s.Loopback && !forwarded(r), Secure: secure, Agent: agent(r),
		Request: kith.NewID[requestNoun](s.Clock(), s.Random).String(),
	}
	r = r.WithContext(context.WithValue(r.Context(), exchangeKey, x))
	x.request = r
	face := s.face(r)
	x.face = face
	if s.Metrics != nil {
		s.Metrics.inFlight.Inc()
	}
	defer func() {
		again := s.recovered(recover(), x, r, face)
		s.finish(x, r, face, time.Since(start))
		if again != nil {
			panic(again)
		}
	}()
	h := w.Header()
	setHeaders(h, x.remote.Request, secure)
	s.allowOrigin(h, r, face)
	if len(r.TransferEncoding) > 0 {
		// It may have had a Content-Length as well, by which a proxy in front counts: what follows on this
		// connection could be a request that only we see (RFC 9112 §6.1).
		h["Connection"] = closing
	}
	switch {
	case len(r.RequestURI) > maxURI:
		plain(x, http.StatusRequestURITooLong)
	case straight(r):
		s.next.ServeHTTP(x, r)
	case face != nil:
		face.notFound(x, r)
	default:
		plain(x, http.StatusNotFound)
	}
}

// plain answers where no face is there to.
func plain(w http.ResponseWriter, status int) {
	http.Error(w, http.StatusText(status)+".", status)
}

// recovered turns a panic of the handler into the face's error, if nothing has been sent yet. What it
// returns is to be panicked with, so that the server cuts the connection.
func (s *stack) recovered(value any, x *exchange, r *http.Request, face *Face) (again any) {
	if value == nil {
		return nil
	}
	if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		return value
	}
	s.Log.LogAttrs(r.Context(), slog.LevelError, "panic",
		slog.String("request_id", x.remote.Request), slog.String("panic", fmt.Sprint(value)), slog.String("stack", string(debug.Stack())))
	if x.status != 0 {
		return http.ErrAbortHandler
	}
	defer func() {
		if recover() != nil && x.status == 0 { // the face's own error writer failed
			plain(x, http.StatusInternalServerError)
		}
	}()
	if face == nil {
		plain(x, http.StatusInternalServerError)
		return nil
	}
	face.Fail(x, r, kith.AsError(fmt.Errorf("panic: %v", value)))
	return nil
}

// face finds whose words a request is answered in; nil if nobody's.
func (s *stack) face(r *http.Request) *Face {
	clean := r.URL.Path
	if !straight(r) {
		clean = path.Clean("/" + clean)
	}
	for _, f := range s.Faces {
		if f.owns(clean) {
			return f
		}
	}
	return nil
}

var (
	noStore         = []string{"no-store"}
	noSniff         = []string{"nosniff"}
	noReferrer      = []string{"no-referrer"}
	deny            = []string{"DENY"}
	policy          = []string{"default-src 'none'; frame-ancestors 'none'"}
	sameOrigin      = []string{"same-origin"}
	closing         = []string{"close"}
	strictTransport = []string{"max-age=63072000; includeSubDomains"}
)

// setHeaders sets what every answer carries. A handler of pages sets its own policy over it.
func setHeaders(h http.Header, id string, secure bool) {
	h["Cache-Control"] = noStore
	h["X-Content-Type-Options"] = noSniff
	h["Referrer-Policy"] = noReferrer
	h["X-Frame-Options"] = deny
	h["Content-Security-Policy"] = policy
	h["Cross-Origin-Resource-Policy"] = sameOrigin
	h["X-Request-Id"] = []string{id}
	if secure { // over plain HTTP it means nothing (RFC 6797 §7.2)
		h["Strict-Transport-Security"] = strictTransport
	}
}

// client finds the client's address, and whether it came by TLS. A trusted proxy is asked for both.
func (s *stack) client(r *http.Request) (address string, secure bool) {
	secure = r.TLS != nil
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr, secure
	}
	addr := peer.Addr().Unmap().WithZone("")
	if !s.trusts(addr) {
		return addr.String(), secure
	}
	if proto := r.Header["X-Forwarded-Proto"]; len(proto) == 1 && proto[0] == "https" {
		secure = true
	}
	hops := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusts(addr); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break // what lies beyond a garbled hop was written by nobody we trust
		}
		addr = hop.Unmap().WithZone("")
	}
	return addr.String(), secure
}

// forwarded reports whether a proxy says that it speaks for somebody else, truly or not.
func forwarded(r *http.Request) bool {
	return r.Header["X-Forwarded-For"] != nil || r.Header["Forwarded"] != nil
}

func (s *stack) trusts(addr netip.Addr) bool {
	for _, prefix := range s.Trusted {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// maxAgent is how many bytes of the client's words about itself are kept.
const maxAgent = 200

func agent(r *http.Request) string {
	text := r.Header.Get("User-Agent")
	if len(text) > maxAgent {
		text = text[:maxAgent]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}
