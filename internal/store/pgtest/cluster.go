package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

var errNoServer = errors.New("neither initdb nor postgres found; install them with: apt-get install postgresql" +
	" (or name a folder that has them in " + EnvBin + ")")

// binaries finds the folder of initdb and postgres.
func binaries() (string, error) {
	var folders []string
	if given := os.Getenv(EnvBin); given != "" {
		folders = append(folders, given, filepath.Join(given, "bin"), filepath.Join(given, "native", "bin"))
	}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(initdb); err == nil {
			folders = append(folders, filepath.Dir(real))
		}
	}
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // fails only on a bad pattern
	slices.Reverse(debian)
	for _, folder := range append(folders, debian...) {
		if executable(folder, "initdb") && executable(folder, "postgres") {
			return folder, nil
		}
	}
	return "", errNoServer
}

func executable(folder, name string) bool {
	info, err := os.Stat(filepath.Join(folder, name))
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// startCluster makes a cluster in a folder of its own and serves it on loopback. fsync is on, as in
// production; only making the cluster does without.
func startCluster() (address string, err error) {
	bin, err := binaries()
	if err != nil {
		return "", err
	}
	folder, err := os.MkdirTemp("", "kith-postgres-")
	if err != nil {
		return "", err
	}
	as, err := unprivileged(folder)
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(folder))
	}
	data := filepath.Join(folder, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "--pgdata="+data, "--username=postgres", "--auth=trust",
		"--encoding=UTF8", "--locale=C", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = folder, as
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("initdb: %w\n%s", err, out), os.RemoveAll(folder))
	}
	// The port is free when it is asked for; somebody may take it before the server does.
	for range 3 {
		if address, err = serve(bin, folder, as); err == nil {
			return address, nil
		}
	}
	return "", errors.Join(err, os.RemoveAll(folder))
}

// unprivileged is who runs the server: ourselves, unless we are root, whom PostgreSQL refuses.
func unprivileged(folder string) (*syscall.SysProcAttr, error) {
	// A group of its own: an interrupt at the terminal is for the test, whose end ends the server.
	as := &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() != 0 {
		return as, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no user postgres or nobody: %w", err)
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return as, os.Chown(folder, int(uid), int(gid))
}

func serve(bin, folder string, as *syscall.SysProcAttr) (string, error) {
	port, err := freePort()
	if err != nil {
		return "", err
	}
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return "", err
	}
	defer log.Close()
	postgres := exec.Command(filepath.Join(bin, "postgres"), "-D", filepath.Join(folder, "data"), "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=300",
		"-c", "shared_buffers=64MB")
	postgres.Dir, postgres.SysProcAttr = folder, as
	postgres.Stdout, postgres.Stderr = log, log
	if err := postgres.Start(); err != nil {
		return "", err
	}
	if err := watch(postgres.Process.Pid, folder); err != nil {
		return "", errors.Join(err, postgres.Process.Kill())
	}
	ended := make(chan error, 1)
	go func() { ended <- postgres.Wait() }()
	address := fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)
	if err := ready(address, ended); err != nil {
		said, _ := os.ReadFile(log.Name()) // the error is told either way
		return "", fmt.Errorf("%w\n%s", err, bytes.TrimSpace(said))
	}
	return address, nil
}

func ready(address string, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, address)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case err := <-ended:
			return fmt.Errorf("postgres ended before it served: %w", err)
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// lifeline is held open as long as this process lives.
var lifeline []*os.File

// watch starts a shell that waits for the end of this process, however it comes, then stops the
// server and removes its folder. It knows the end by that of its input: nobody else has the pipe.
func watch(server int, folder string) error {
	in, out, err := os.Pipe()
	if err != nil {
		return err
	}
	defer in.Close()
	shell := exec.Command("/bin/sh", "-c", `
		read -r never
		[ "$(head -n 1 "$2/data/postmaster.pid")" = "$1" ] && kill -QUIT "$1"
		for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			[ -e "$2/data/postmaster.pid" ] || break
			sleep 0.1
		done
		rm -rf "$2"`, "sh", strconv.Itoa(server), folder)
	shell.Stdin = in
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	lifeline = append(lifeline, out)
	return shell.Start()
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
