package bench

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// figure is one line of the table: what was promised and what was found.
type figure struct {
	name   string
	got    float64
	least  float64 // the promise, where more is better
	most   float64 // the promise, where less is better; 0 if least holds
	unit   string  // "" for a ratio
	detail string  // what the number was made of
}

func (f figure) kept() bool {
	if f.most > 0 {
		return f.got <= f.most
	}
	return f.got >= f.least
}

func (f figure) row() string {
	sign, bound, verdict := "≥", f.least, "kept"
	if f.most > 0 {
		sign, bound = "≤", f.most
	}
	if !f.kept() {
		verdict = "**missed**"
	}
	unit := strings.TrimSuffix(" "+f.unit, " ")
	return fmt.Sprintf("| %s | %s%s | %s %s%s | %s | %s |", f.name, short(f.got), unit, sign, short(bound), unit, verdict, f.detail)
}

// short writes a number with the digits that mean something here.
func short(n float64) string {
	switch {
	case n >= 100:
		return fmt.Sprintf("%.0f", n)
	case n >= 10:
		return fmt.Sprintf("%.1f", n)
	case n >= 0.1:
		return fmt.Sprintf("%.2f", n)
	default:
		return fmt.Sprintf("%.3f", n)
	}
}

// figures is how many `make bench` finds.
const figures = 31

// findings is what a run has found so far.
type findings struct {
	mu    sync.Mutex
	list  []figure
	whole int // how many a run of everything finds
}

var found = findings{whole: figures}

// expect says how many figures the run finds if it is one of everything.
func (fs *findings) expect(whole int) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.whole = whole
}

// promise notes a figure, in the table and among the benchmark's own numbers.
func promise(b *testing.B, f figure) {
	b.Helper()
	found.mu.Lock()
	found.list = append(found.list, f)
	found.mu.Unlock()
}

// quiet keeps out of the benchmark's line what says nothing here: a benchmark is one run of several
// rounds, not b.N of anything.
func quiet(b *testing.B) { b.ReportMetric(0, "ns/op") }

// tell prints the table and, if nothing is missing from it, appends it to the file. It counts the
// figures that were missed.
func (fs *findings) tell(out io.Writer, file string) (missed int, err error) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if len(fs.list) == 0 {
		return 0, nil
	}
	var table bytes.Buffer
	fmt.Fprintf(&table, "\n## %s\n\n%s\n\n| what | found | wanted | | made of |\n|---|---|---|---|---|\n",
		time.Now().UTC().Format("2006-01-02 15:04 UTC"), machine())
	for _, f := range fs.list {
		fmt.Fprintln(&table, f.row())
		if !f.kept() {
			missed++
		}
	}
	fmt.Fprintf(out, "%s\n%d of %d figures kept\n", table.Bytes(), len(fs.list)-missed, len(fs.list))
	if len(fs.list) != fs.whole {
		fmt.Fprintf(out, "%s is left as it is: this was not a run of everything\n", file)
		return missed, nil
	}
	results, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return missed, err
	}
	_, err = results.Write(table.Bytes())
	if closed := results.Close(); err == nil {
		err = closed
	}
	return missed, err
}

// machine says where and of what the figures were measured.
func machine() string {
	model := "unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	kernel := "unknown"
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		kernel = unix.ByteSliceToString(name.Release[:])
	}
	commit := "unknown"
	if said, err := exec.Command("git", "describe", "--tags", "--always", "--dirty").Output(); err == nil {
		commit = strings.TrimSpace(string(said))
	}
	return fmt.Sprintf("kith %s, %d × %s, %s %s, %s", commit, runtime.NumCPU(), model, runtime.GOOS, kernel, runtime.Version())
}

// median is the middle of a list, which it sorts.
func median[N int64 | float64 | time.Duration](list []N) N { return quantile(list, 0.5) }

// quantile is the value that a share q of the list does not exceed. It sorts the list.
func quantile[N int64 | float64 | time.Duration](list []N, q float64) N {
	slices.Sort(list)
	return list[min(int(q*float64(len(list))), len(list)-1)]
}

// micros is a time in µs.
func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// millis is a time in ms.
func millis(d time.Duration) float64 { return micros(d) / 1e3 }

// cost writes the medians of what a process and, if it has any of its own, the database used, in µs.
func cost(process, database []float64, digits int) string {
	if used := median(database); used > 0 {
		return fmt.Sprintf("%.*f + %.*f µs", digits, median(process), digits, used)
	}
	return fmt.Sprintf("%.*f µs", digits, median(process))
}
