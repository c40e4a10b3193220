package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// trace is what strace saw, a line for each call in the order of time.
type trace []string

// after finds the first line from a place on that matches, and ends the test if none does.
func (tr trace) after(t *testing.T, from int, pattern string) int {
	t.Helper()
	at := slices.IndexFunc(tr[from:], regexp.MustCompile(pattern).MatchString)
	if at < 0 {
		t.Fatalf("nothing after line %d of the trace matches %s:\n%s", from, pattern, tail(strings.Join(tr[from:], "\n")))
	}
	return from + at
}

// TestSyncBeforeAnswer: on SQLite a change is on the disk before anybody is told that it was made.
func TestSyncBeforeAnswer(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("strace is missing; install it with: apt-get install -y --no-install-recommends strace")
	}
	p := newPlace(t, sqlite(t))
	file := filepath.Join(t.TempDir(), "trace")
	// -D: kith stays our own child; -y: files by name.
	p.under = []string{"strace", "-D", "-f", "-y", "-s", "64", "-o", file, "-e", "trace=fsync,fdatasync,pwrite64,read,write,sendto,writev"}
	s := p.serve(t)
	owner := s.company("acme", nil).want(http.StatusCreated)
	mailed(t, s) // or its delivery would be written and synced while we look
	s.as(owner.text("data.token")).do("PATCH", "/3/user/", object{"first_name": "Ada"}).want(http.StatusOK)
	s.stop(t)

	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tr := trace(strings.Split(string(text), "\n"))
	asked := tr.after(t, 0, `read.*ATCH /3/user/`) // net/http reads the first byte apart
	told := tr.after(t, asked, `(write|writev|sendto)\(.*"HTTP/1\.1 200 OK`)
	written := tr.after(t, asked, `(pwrite64|write)\(\d+<[^>]*-wal>`)
	synced := tr.after(t, written, `(fsync|fdatasync)\(\d+<[^>]*-wal>`)
	if !strings.Contains(tr[synced], "= 0") { // another thread's call came between
		thread, _, _ := strings.Cut(tr[synced], " ")
		synced = tr.after(t, synced, `^`+thread+` .*(fsync|fdatasync) resumed>.*= 0`)
	}
	for _, line := range tr[min(synced, told):told] {
		if regexp.MustCompile(`(pwrite64|write)\(\d+<[^>]*-wal>`).MatchString(line) {
			t.Errorf("the log was written again after it was synced, and before the answer: %s", line)
		}
	}
	if asked >= written || written >= synced || synced >= told {
		t.Errorf("asked at line %d, written at %d, synced at %d, told at %d: want that order\n%s",
			asked, written, synced, told, strings.Join(tr[asked:max(told, synced)+1], "\n"))
	}
}

// mailed waits until the inbox has the first mail, and hence nothing is left to deliver.
func mailed(t *testing.T, s *server) {
	t.Helper()
	for range 500 {
		if got := s.do("GET", "/inbox/messages.json", nil).want(http.StatusOK); strings.Contains(string(got.body), `"welcome`) ||
			strings.Contains(string(got.body), "Welcome") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("no welcome in the inbox after 5 s")
}

// TestPostgresDurable: on a connection such as kith's own, a commit is on the disk before it is
// acknowledged.
func TestPostgresDurable(t *testing.T) {
	e := postgres(t)
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		if got := e.table(t, `SELECT current_setting('`+setting+`')`); got[0][0] != "on" {
			t.Errorf("%s is %s, want on", setting, got[0][0])
		}
	}
}
