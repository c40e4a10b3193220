package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// soak multiplies what is worth repeating.
var soak = os.Getenv("KITH_SOAK") == "1"

func rounds(short, long int) int {
	if soak {
		return long
	}
	return short
}

// built is the folder of the binary that the tests build themselves.
var built string

func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(built) // what is left lies among the system's temporary files
	os.Exit(code)
}

// binary is the plain kith, as people get it.
var binary = sync.OnceValues(func() (string, error) {
	if given := os.Getenv("KITH_BINARY"); given != "" {
		return filepath.Abs(given)
	}
	var err error
	if built, err = os.MkdirTemp("", "kith-e2e-"); err != nil {
		return "", err
	}
	path := filepath.Join(built, "kith")
	build := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-o", path, "kith/cmd/kith")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// place is where a kith runs: what stays the same when it is started again.
type place struct {
	engine engine
	data   string   // folder
	listen string   // HOST:PORT
	env    []string // settings besides
	under  []string // a command that runs it, such as strace
	vault  *vault   // secrets that its clients have seen
}

// newPlace is a folder and a free port of one's own.
func newPlace(t *testing.T, e engine, env ...string) *place {
	t.Helper()
	return &place{engine: e, data: filepath.Join(t.TempDir(), "data"), listen: freeAddress(t, "127.0.0.1"), env: env, vault: &vault{}}
}

func freeAddress(t *testing.T, host string) string {
	t.Helper()
	l, err := net.Listen("tcp", host+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort(host, port)
}

// server is one run of `kith serve`.
type server struct {
	caller
	place  *place
	cmd    *exec.Cmd
	out    output        // standard output: the banner
	log    output        // standard error
	ended  chan struct{} // closed when the process is gone
	result error         // of the process, once it is
	ready  time.Duration // from its start to its first good /readyz
}

// serve starts kith and waits until it is ready.
func (p *place) serve(t *testing.T) *server {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(p.listen)
	if err != nil {
		t.Fatal(err)
	}
	args := append(p.under[:len(p.under):len(p.under)], path, "serve", "--listen", p.listen)
	s := &server{place: p, cmd: exec.Command(args[0], args[1:]...), ended: make(chan struct{})}
	s.caller = newCaller(t, "http://127.0.0.1:"+port, p.vault)
	for _, line := range os.Environ() {
		if !strings.HasPrefix(line, "KITH_") {
			s.cmd.Env = append(s.cmd.Env, line)
		}
	}
	s.cmd.Env = append(append(s.cmd.Env, "KITH_DATA="+p.data, "KITH_DATABASE="+p.engine.url), p.env...)
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.log
	started := time.Now()
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		s.result = s.cmd.Wait()
		close(s.ended)
	}()
	t.Cleanup(func() {
		s.kill()
		p.vault.check(t, s)
		if t.Failed() {
			t.Logf("kith said:\n%s", tail(s.log.String()))
		}
	})
	s.await(t, "/readyz", http.StatusOK, 10*time.Second)
	s.ready = time.Since(started)
	return s
}

// await asks path until it answers with status.
func (s *server) await(t *testing.T, path string, status int, within time.Duration) {
	t.Helper()
	var last string
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		select {
		case <-s.ended:
			t.Fatalf("kith ended: %v\n%s", s.result, tail(s.log.String()))
		default:
		}
		got, err := s.try("GET", path, nil)
		if err == nil && got.status == status {
			return
		}
		last = fmt.Sprint(got.status, " ", err)
	}
	t.Fatalf("%s did not answer %d within %v; last: %s", path, status, within, last)
}

// stop ends kith as an operator does, and wants everybody to have been served.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.exited(t, 12*time.Second)
}

// exited wants the process to end by itself, with exit code 0.
func (s *server) exited(t *testing.T, within time.Duration) {
	t.Helper()
	select {
	case <-s.ended:
	case <-time.After(within):
		t.Fatalf("kith still runs %v after SIGTERM", within)
	}
	if s.result != nil {
		t.Fatalf("kith ended with %v, want exit code 0", s.result)
	}
}

// kill ends kith as a crash does, if it still runs.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.ended
}

// output collects what a process writes, for readers at any time.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write appends.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String is what was written so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func tail(text string) string {
	const enough = 4000
	return text[max(0, len(text)-enough):]
}

// run gives the standard output of a command that must succeed.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, failed.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
