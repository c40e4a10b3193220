package bench

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// built is the folder of the binary that the benchmarks build themselves.
var built string

// binary is the plain kith, built as `make build` does.
var binary = sync.OnceValues(func() (string, error) {
	if given := os.Getenv("KITH_BINARY"); given != "" {
		return filepath.Abs(given)
	}
	var err error
	if built, err = os.MkdirTemp("", "kith-bench-"); err != nil {
		return "", err
	}
	path := filepath.Join(built, "kith")
	build := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-ldflags", "-s -w", "-o", path, "kith/cmd/kith")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// process is a server that runs beside the benchmark.
type process struct {
	cmd     *exec.Cmd
	address string // HOST:PORT
	log     bytes.Buffer
	ended   chan struct{}
}

// serveKith starts kith over a folder and a database and waits for its first answer.
func serveKith(b *testing.B, folder, database string) *process {
	b.Helper()
	path, err := binary()
	if err != nil {
		b.Fatal(err)
	}
	p := &process{cmd: exec.Command(path, "serve"), address: freeAddress(b)}
	for _, line := range os.Environ() {
		if !strings.HasPrefix(line, "KITH_") {
			p.cmd.Env = append(p.cmd.Env, line)
		}
	}
	p.cmd.Env = append(p.cmd.Env, "KITH_LISTEN="+p.address, "KITH_DATA="+folder, "KITH_DATABASE="+database)
	// The log goes to a file, as it would: reading it here would cost the server's cores.
	log, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { log.Close() })
	p.cmd.Stderr = log
	p.start(b)
	return p
}

// start runs the command and waits until GET /3/ answers 200.
func (p *process) start(b *testing.B) {
	b.Helper()
	p.ended = make(chan struct{})
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // killed, mostly
		close(p.ended)
	}()
	b.Cleanup(p.kill)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(500 * time.Microsecond) {
		if w, err := dial(p.address, get("/3/", "")); err == nil {
			answer, err := w.send()
			w.close()
			if err == nil && answer.status == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			b.Fatalf("%s did not answer; it said: %s", p.cmd.Path, p.log.String())
		}
	}
}

// stop ends the process as an operator does.
func (p *process) stop(b *testing.B) {
	b.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(15 * time.Second):
		b.Fatal("the server did not stop")
	}
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// cpu is what the process has used so far.
func (p *process) cpu(b *testing.B) time.Duration {
	b.Helper()
	used, err := cpuOf(p.cmd.Process.Pid)
	if err != nil {
		b.Fatal(err)
	}
	return used
}

// cpuOf reads another process's CPU clock, which counts nanoseconds where /proc counts ticks of ten
// milliseconds (clock_getcpuclockid(3): the clock of a process is its number, inverted).
func cpuOf(pid int) (time.Duration, error) {
	const scheduled = 2 // CPUCLOCK_SCHED: user and system together
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &t); err != nil {
		return 0, fmt.Errorf("CPU clock of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}

// ownCPU is what this process has used so far.
func ownCPU(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// memory reads a line of /proc/PID/status, in MB (10^6 bytes): VmRSS is what is held now, VmHWM the most
// that ever was.
func (p *process) memory(b *testing.B, line string) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for text := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(text, line+":"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kib * 1024 / 1e6
		}
	}
	b.Fatalf("no %s in %s", line, status)
	return 0
}

func freeAddress(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
