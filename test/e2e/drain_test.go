package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// wire is one connection on which a test writes what it likes.
type wire struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

func (s *server) wire(t *testing.T) *wire {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &wire{t, conn, bufio.NewReader(conn)}
}

// say writes, and takes it that the server may have hung up already.
func (w *wire) say(text string) {
	_, _ = w.Write([]byte(text)) // what became of it shows in the answer
}

// hear reads one answer; its status is 0 if the server hung up without one.
func (w *wire) hear(method string) answer {
	resp, err := http.ReadResponse(w.in, &http.Request{Method: method})
	if err != nil {
		return answer{t: w.t, what: err.Error()}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{t: w.t, what: err.Error()}
	}
	return answer{w.t, "the answer to " + method, resp.StatusCode, resp.Header, body}
}

// TestDrain: whoever was let in before SIGTERM is answered, nobody is let in after it, and kith ends by
// itself with exit code 0.
func TestDrain(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		s := newPlace(t, e).serve(t)
		token := s.company("acme", nil).want(http.StatusCreated).text("data.token")
		const uploads = 20
		var wires []*wire
		for i := range uploads {
			w := s.wire(t)
			body := fmt.Sprintf(`{"middle_name":"Upload %02d"}`, i)
			w.say(fmt.Sprintf("PATCH /3/user/ HTTP/1.1\r\nHost: kith\r\nAuthorization: Token %s\r\nContent-Type: application/json\r\n"+
				"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", token, len(body)))
			// 100 says that the handler has begun to read.
			if line, err := w.in.ReadString('\n'); err != nil || !strings.Contains(line, " 100 ") {
				t.Fatalf("upload %d: %q, %v; want 100 Continue", i, line, err)
			}
			_, _ = w.in.ReadString('\n') // the empty line after it
			w.say(body[:10])
			wires = append(wires, w)
		}
		stopped := time.Now()
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		s.refusesNewcomers(t)
		for i, w := range wires {
			w.say(fmt.Sprintf(`{"middle_name":"Upload %02d"}`, i)[10:])
		}
		for i, w := range wires {
			if got := w.hear("PATCH").want(http.StatusOK).text("data.middle_name"); got != fmt.Sprintf("Upload %02d", i) {
				t.Errorf("upload %d was answered with %q", i, got)
			}
		}
		s.exited(t, 10*time.Second-time.Since(stopped))

		again := s.place.serve(t)
		got := again.as(token).do("GET", "/3/user/", nil).want(http.StatusOK).text("data.middle_name")
		if !strings.HasPrefix(got, "Upload ") {
			t.Errorf("after the uploads the name is %q", got)
		}
		again.stop(t)
	})
}

// refusesNewcomers wants new connections to be turned away within a second.
func (s *server) refusesNewcomers(t *testing.T) {
	t.Helper()
	for range 100 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
		if err != nil {
			return
		}
		conn.Close()
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("a second after SIGTERM new connections are still taken")
}

// TestImpatientOperator: a second SIGTERM ends kith at once, and then not with exit code 0.
func TestImpatientOperator(t *testing.T) {
	s := newPlace(t, sqlite(t)).serve(t)
	token := s.company("acme", nil).want(http.StatusCreated).text("data.token")
	w := s.wire(t)
	w.say("PATCH /3/user/ HTTP/1.1\r\nHost: kith\r\nAuthorization: Token " + token +
		"\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
	if line, err := w.in.ReadString('\n'); err != nil || !strings.Contains(line, " 100 ") {
		t.Fatalf("%q, %v; want 100 Continue", line, err)
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	s.refusesNewcomers(t)
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(3 * time.Second):
		t.Fatal("kith still runs 3 s after the second SIGTERM")
	}
	if s.result == nil {
		t.Error("kith ended with exit code 0, and a request was not answered")
	}
}
