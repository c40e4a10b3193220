package e2e

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cluster is a PostgreSQL server of the test's own, to be stopped and started.
type cluster struct {
	folder, bin, port, url string
	as                     *syscall.SysProcAttr // who runs it: PostgreSQL refuses root
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	parent, err := os.MkdirTemp("", "kith-outage-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(parent) })  // a leftover among the temporary files
	if err := os.Chmod(parent, 0o755); err != nil { //nolint:gosec // the server runs as another user
		t.Fatal(err)
	}
	c := &cluster{folder: filepath.Join(parent, "cluster")}
	c.url = strings.TrimSpace(run(t, "../../scripts/postgres", "start", c.folder))
	t.Cleanup(func() { _ = c.control("stop", "--mode=immediate") }) // it may be stopped
	parsed, err := url.Parse(c.url)
	if err != nil {
		t.Fatal(err)
	}
	c.port = parsed.Port()
	bin, err := os.ReadFile(filepath.Join(c.folder, "bin"))
	if err != nil {
		t.Fatal(err)
	}
	c.bin = strings.TrimSpace(string(bin))
	owner, err := os.Stat(filepath.Join(c.folder, "data"))
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		id := owner.Sys().(*syscall.Stat_t)
		c.as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: id.Uid, Gid: id.Gid}}
	}
	return c
}

// control runs pg_ctl and waits until it has done as told.
func (c *cluster) control(verb string, more ...string) error {
	ctl := exec.Command(filepath.Join(c.bin, "pg_ctl"), append([]string{verb, "--silent", "--wait",
		"--pgdata=" + filepath.Join(c.folder, "data"), "--log=" + filepath.Join(c.folder, "server.log")}, more...)...)
	ctl.Dir, ctl.SysProcAttr = c.folder, c.as
	return ctl.Run()
}

// TestOutage: PostgreSQL goes and comes back. kith says so at once, refuses clearly meanwhile, and is
// well again by itself.
func TestOutage(t *testing.T) {
	c := newCluster(t)
	s := newPlace(t, engine{"postgres", c.url}).serve(t)
	me := s.as(s.company("acme", nil).want(http.StatusCreated).text("data.token"))
	for _, mode := range []string{"--mode=fast", "--mode=immediate"} {
		if err := c.control("stop", mode); err != nil {
			t.Fatal(err)
		}
		s.await(t, "/readyz", http.StatusServiceUnavailable, 2*time.Second)
		s.do("GET", "/livez", nil).want(http.StatusOK)
		refused := []answer{
			me.do("GET", "/3/user/", nil), me.do("PATCH", "/3/user/", object{"first_name": "Lost"}),
			me.do("POST", "/3/auth/login/", object{"company": "acme", "user": "owner@acme.example", "password": passwordOf("acme")}),
		}
		for _, a := range refused {
			if a.want(http.StatusServiceUnavailable); a.text("status") != "error" || a.text("message") == "" {
				t.Errorf("%s: %s", a.what, a.body)
			}
		}
		if err := c.control("start", "-o", "-p "+c.port+" -c listen_addresses=127.0.0.1 -c unix_socket_directories="); err != nil {
			t.Fatal(err)
		}
		s.await(t, "/readyz", http.StatusOK, 5*time.Second)
		if got := me.do("GET", "/3/user/", nil).want(http.StatusOK).text("data.first_name"); got == "Lost" {
			t.Error("a change that was refused was made")
		}
		me.do("PATCH", "/3/user/", object{"first_name": "Found"}).want(http.StatusOK)
	}
	s.stop(t)
}
