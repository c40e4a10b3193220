package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// wire is one connection that sends one request, or a few in turn, over and over. It is net/http's client without what
// that costs: client and server share the cores, and the server should get most of them.
type wire struct {
	conn    net.Conn
	in      *bufio.Reader
	request []byte
	body    []byte

	requests [][]byte // if there are any: these, one after the other, instead of request
	at       int
}

// answer is what came back. body is good until the next one.
type answer struct {
	status int
	body   []byte
}

func dial(address string, request []byte) (*wire, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &wire{conn: conn, in: bufio.NewReader(conn), request: request}, nil
}

func (w *wire) close() { w.conn.Close() }

var errNoLength = errors.New("an answer without Content-Length")

// send makes one request and reads its answer, which must have a length.
func (w *wire) send() (answer, error) {
	if len(w.requests) > 0 {
		w.request = w.requests[w.at%len(w.requests)]
		w.at++
	}
	if _, err := w.conn.Write(w.request); err != nil {
		return answer{}, err
	}
	line, err := w.in.ReadSlice('\n')
	if err != nil {
		return answer{}, err
	}
	if len(line) < len("HTTP/1.1 200") {
		return answer{}, fmt.Errorf("an answer that begins %q", line)
	}
	status, err := strconv.Atoi(string(line[9:12]))
	if err != nil {
		return answer{}, err
	}
	length := -1
	for {
		if line, err = w.in.ReadSlice('\n'); err != nil {
			return answer{}, err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return answer{}, err
			}
		}
	}
	if length < 0 {
		return answer{}, errNoLength
	}
	w.body = append(w.body[:0], make([]byte, length)...)
	_, err = io.ReadFull(w.in, w.body)
	return answer{status, w.body}, err
}

func get(path, token string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: application/json\r\n" +
		"Authorization: Token " + token + "\r\n\r\n")
}

func post(path string, body any) []byte {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // ours are maps of strings
	}
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\n\r\n%s", path, len(text), text)
}

// once sends one request and reads what the answer holds under data.
func once[T any](b *testing.B, address string, request []byte) (data T) {
	b.Helper()
	w, err := dial(address, request)
	if err != nil {
		b.Fatal(err)
	}
	defer w.close()
	got, err := w.send()
	if err != nil || got.status >= 300 {
		b.Fatalf("%s: %v, %d %s", bytes.SplitN(request, []byte("\r\n"), 2)[0], err, got.status, got.body)
	}
	envelope := struct{ Data *T }{&data}
	if err := json.Unmarshal(got.body, &envelope); err != nil {
		b.Fatal(err)
	}
	return data
}

// The people of the benchmarks' one company.
const (
	slug     = "acme"
	email    = "ada.lovelace@example.com"
	password = "correct horse battery staple"
)

// register makes the company and gives its owner's token.
func register(b *testing.B, address string) string {
	b.Helper()
	type person struct {
		Token string
	}
	return once[person](b, address, post("/3/auth/company/register/", map[string]any{"company": slug, "email": email,
		"password": password, "first_name": "Ada", "last_name": "Lovelace", "mobile": "+27840000000",
		"nationality": "ZA", "birth_date": "1990-12-10"})).Token
}

var signIn = post("/3/auth/login/", map[string]any{"company": slug, "user": email, "password": password})

// volley sends n requests over as many connections as wires has, and wants every answer to be 200.
func volley(b *testing.B, wires []*wire, n int) (took time.Duration) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(n))
	errs := make([]error, len(wires))
	start := time.Now()
	var all sync.WaitGroup
	for i, w := range wires {
		all.Go(func() {
			for left.Add(-1) >= 0 && errs[i] == nil {
				got, err := w.send()
				if err == nil && got.status >= 300 {
					err = fmt.Errorf("answer %d: %s", got.status, strings.TrimSpace(string(got.body)))
				}
				errs[i] = err
			}
		})
	}
	all.Wait()
	took = time.Since(start)
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	return took
}

// wires opens n connections that send the request.
func wires(b *testing.B, address string, request []byte, n int) []*wire {
	b.Helper()
	list := make([]*wire, n)
	for i := range list {
		w, err := dial(address, request)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(w.close)
		list[i] = w
	}
	return list
}

// size is how long the body of a good answer is.
func size(b *testing.B, address string, request []byte) int {
	b.Helper()
	w, err := dial(address, request)
	if err != nil {
		b.Fatal(err)
	}
	defer w.close()
	got, err := w.send()
	if err != nil || got.status != http.StatusOK {
		b.Fatal(err, got.status, string(got.body))
	}
	return len(got.body)
}
