package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// spoken is a request as it goes over the wire, and what may come back.
type spoken struct {
	name, method, text string
	want               []int // statuses; 0 is a connection closed without a word
	json               bool  // the answer must be in the face's words
}

const request = "GET /3/user/ HTTP/1.1\r\nHost: kith\r\nAuthorization: Token %s\r\n"

// smuggled is a request hidden in another's body: two readers may disagree on where that ends.
const smuggled = "GET /3/ HTTP/1.1\r\nHost: kith\r\n\r\n"

// wireCases are requests that only a program made for it sends.
func wireCases(token string) []spoken {
	get := fmt.Sprintf(request, token)
	post := strings.Replace(get, "GET /3/user/", "PATCH /3/user/", 1) + "Content-Type: application/json\r\n"
	const bad, gone, long = http.StatusBadRequest, 0, http.StatusRequestHeaderFieldsTooLarge
	return []spoken{
		{"two lengths", "PATCH", post + "Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}", []int{bad}, false},
		{"a list of lengths", "PATCH", post + "Content-Length: 2, 40\r\n\r\n{}", []int{bad}, false},
		{"a signed length", "PATCH", post + "Content-Length: +2\r\n\r\n{}", []int{bad}, false},
		{"an endless length", "PATCH", post + "Content-Length: 99999999999999999999\r\n\r\n{}", []int{bad}, false},
		{"10 GB announced", "PATCH", post + "Content-Length: 10000000000\r\n\r\n{}", []int{http.StatusRequestEntityTooLarge}, true},
		{"two encodings", "PATCH", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", []int{bad, http.StatusNotImplemented}, false},
		{"an unknown encoding", "PATCH", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", []int{bad, http.StatusNotImplemented}, false},
		{"a chunk that lies", "PATCH", post + "Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n", []int{bad}, true},
		{"a chunk with a bare line feed", "PATCH", post + "Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n", []int{bad}, true},
		{"chunks of 2 MB", "PATCH", post + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("400\r\n"+strings.Repeat(" ", 1024)+"\r\n", 2048) + "0\r\n\r\n",
			[]int{http.StatusRequestEntityTooLarge}, true},
		{"a header of 1 MB", "GET", get + "X-Long: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", []int{long}, false},
		{"20,000 headers", "GET", get + strings.Repeat("X-A: b\r\n", 20_000) + "\r\n", []int{long}, false},
		{"a request line of 64 KB", "GET", "GET /3/" + strings.Repeat("x", 64<<10) + " HTTP/1.1\r\nHost: kith\r\n\r\n", []int{http.StatusRequestURITooLong, long}, false},
		{"a request line of 10 KB", "GET", "GET /3/" + strings.Repeat("x", 10<<10) + " HTTP/1.1\r\nHost: kith\r\n\r\n", []int{http.StatusRequestURITooLong}, false},
		{"a folded header", "GET", get + "X-A: b\r\n c\r\n\r\n", []int{bad, http.StatusOK}, false},
		{"a space before a colon", "GET", get + "Content-Length : 2\r\n\r\n", []int{bad}, false},
		{"a NUL in a header", "GET", get + "X-A: \x00\r\n\r\n", []int{bad}, false},
		{"no host", "GET", "GET /3/user/ HTTP/1.1\r\n\r\n", []int{bad}, false},
		{"two hosts", "GET", "GET /3/user/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", []int{bad}, false},
		{"HTTP/3.7", "GET", "GET /3/user/ HTTP/3.7\r\nHost: kith\r\n\r\n", []int{bad, http.StatusHTTPVersionNotSupported}, false},
		{"TLS on a plain port", "GET", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", []int{bad, gone}, false},
		{"TRACE", "TRACE", strings.Replace(get, "GET", "TRACE", 1) + "\r\n", []int{http.StatusMethodNotAllowed}, true},
		{"CONNECT", "CONNECT", "CONNECT kith:80 HTTP/1.1\r\nHost: kith\r\n\r\n", []int{bad, http.StatusNotFound, http.StatusMethodNotAllowed}, false},
		{"an unknown method", "GET", strings.Replace(get, "GET", "BREW", 1) + "\r\n", []int{http.StatusMethodNotAllowed}, true},
		{"two slashes", "GET", strings.Replace(get, "/3/user/", "//3/user/", 1) + "\r\n", []int{http.StatusNotFound}, true},
		{"an encoded slash", "GET", strings.Replace(get, "/3/user/", "/3/user/..%2fadmin", 1) + "\r\n", []int{http.StatusNotFound}, true},
		{"a way up", "GET", strings.Replace(get, "/3/user/", "/3/user/../user/", 1) + "\r\n", []int{http.StatusNotFound}, true},
		{"an encoded way up", "GET", strings.Replace(get, "/3/user/", "/3/user/%2e%2e/user/", 1) + "\r\n", []int{http.StatusNotFound}, true},
		{"a NUL in the path", "GET", strings.Replace(get, "/3/user/", "/3/user/%00", 1) + "\r\n", []int{http.StatusNotFound}, true},
		{"a bad escape in the path", "GET", strings.Replace(get, "/3/user/", "/3/user/%zz", 1) + "\r\n", []int{bad}, false},
		{"a bad escape in the query", "GET", strings.Replace(get, "/3/user/", "/3/auth/tokens/?token_key=%zz", 1) + "\r\n", []int{bad}, true},
		{"a parameter twice", "GET", strings.Replace(get, "/3/user/", "/3/auth/tokens/?token_key=a&token_key=b", 1) + "\r\n", []int{bad}, true},
		{"5,000 parameters", "GET", strings.Replace(get, "/3/user/", "/3/auth/tokens/?"+strings.Repeat("&", 5000), 1) + "\r\n", []int{bad}, true},
	}
}

// TestWire: what is wrong with HTTP itself is refused in time, without a 500 and without a second
// reading of the same bytes.
func TestWire(t *testing.T) {
	s := newPlace(t, sqlite(t)).serve(t)
	token := s.company("acme", nil).want(http.StatusCreated).text("data.token")
	for _, c := range wireCases(token) {
		t.Run(c.name, func(t *testing.T) {
			w := s.wire(t)
			go w.say(c.text) // kith may answer and hang up before it is all said
			got := w.hear(c.method)
			if !slices.Contains(c.want, got.status) {
				t.Errorf("%d %s %s, want %v", got.status, got.what, got.body, c.want)
			}
			if c.json && (got.text("status") != "error" || got.text("message") == "") {
				t.Errorf("the answer is not in the face's words: %s", got.body)
			}
		})
	}
	s.as(token).do("GET", "/3/user/", nil).want(http.StatusOK)
	s.stop(t)
}

// TestSmuggling: a request whose length can be read in two ways is answered once, and then the
// connection is closed: whatever hides in it is not read as a request.
func TestSmuggling(t *testing.T) {
	s := newPlace(t, sqlite(t)).serve(t)
	token := s.company("acme", nil).want(http.StatusCreated).text("data.token")
	post := strings.Replace(fmt.Sprintf(request, token), "GET", "PATCH", 1) + "Content-Type: application/json\r\n"
	for name, text := range map[string]string{
		"a length and chunks":     post + fmt.Sprintf("Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 12+len(smuggled)) + smuggled,
		"chunks and a length":     post + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + smuggled,
		"two lengths":             post + fmt.Sprintf("Content-Length: 2\r\nContent-Length: %d\r\n\r\n{}", 2+len(smuggled)) + smuggled,
		"chunks, hidden by a tab": post + fmt.Sprintf("Content-Length: %d\r\nTransfer-Encoding:\tchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 12+len(smuggled)) + smuggled,
	} {
		t.Run(name, func(t *testing.T) {
			w := s.wire(t)
			w.say(text)
			first := w.hear("PATCH")
			if first.status >= http.StatusInternalServerError {
				t.Errorf("the answer is %d", first.status)
			}
			if second := w.hear("GET"); second.status != 0 {
				t.Errorf("after a %d, the request hidden in the body was answered with %d %s", first.status, second.status, second.body)
			}
		})
	}
	s.stop(t)
}

// TestOverride: the method is the one in the request line, whatever a header says.
func TestOverride(t *testing.T) {
	s := newPlace(t, sqlite(t)).serve(t)
	me := s.as(s.company("acme", nil).want(http.StatusCreated).text("data.token"))
	for _, header := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
		r := me.request("GET", "/3/auth/tokens/?_method=DELETE", nil)
		r.Header.Set(header, "DELETE")
		if list, _ := me.must(r).want(http.StatusOK).at("data").([]any); len(list) != 1 {
			t.Errorf("with %s the tokens are %v", header, list)
		}
	}
	me.do("GET", "/3/user/", nil).want(http.StatusOK)
	s.stop(t)
}

// TestSlowHeader: who takes more than 5 s for a header is cut off, and nobody else notices.
func TestSlowHeader(t *testing.T) {
	s := newPlace(t, sqlite(t)).serve(t)
	begun := time.Now()
	w := s.wire(t)
	w.say("GET /3/ HTTP/1.1\r\nHost: kith\r\nX-Slow: ")
	cut := make(chan answer, 1)
	go func() { cut <- w.hear("GET") }()
	for {
		select {
		case got := <-cut:
			if took := time.Since(begun); took < 4*time.Second || took > 8*time.Second {
				t.Errorf("cut off after %v, want 5 s", took)
			}
			if got.status != 0 && got.status != http.StatusRequestTimeout && got.status != http.StatusBadRequest {
				t.Errorf("the answer is %d %s", got.status, got.body)
			}
			s.stop(t)
			return
		case <-time.After(500 * time.Millisecond):
			w.say("x")
			s.do("GET", "/3/", nil).want(http.StatusOK)
		}
	}
}
