package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"kith/internal/store/pgtest"
)

// engine is a database to measure on.
type engine struct {
	name  string
	fresh func(b *testing.B) string // makes an empty database and gives its URL
	cpu   func(b *testing.B) func() time.Duration
}

var (
	onSQLite = engine{name: "sqlite",
		fresh: func(b *testing.B) string { return "sqlite:" + filepath.Join(b.TempDir(), "kith.db") },
		cpu:   func(*testing.B) func() time.Duration { return func() time.Duration { return 0 } }}
	onPostgres = engine{name: "postgres", fresh: func(b *testing.B) string { return pgtest.Start(b) }, cpu: postgresCPU}
)

// postgresCPU gives a meter of what the PostgreSQL server has used since it was made: all its
// processes together, but those that have ended meanwhile.
func postgresCPU(b *testing.B) func() time.Duration {
	b.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, pgtest.Start(b))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(ctx)
	var backend int
	if err := conn.QueryRow(ctx, `SELECT pg_backend_pid()`).Scan(&backend); err != nil {
		b.Fatal(err)
	}
	postmaster := parent(backend)
	if postmaster <= 1 {
		b.Fatalf("the PostgreSQL server is not on this machine, or process %d is not its own", backend)
	}
	last := map[int]time.Duration{}
	var total time.Duration
	return func() time.Duration {
		now := map[int]time.Duration{}
		for _, pid := range children(b, postmaster) {
			if used, err := cpuOf(pid); err == nil { // it may just have ended
				now[pid] = used
				total += used - last[pid]
			}
		}
		last = now
		return total
	}
}

// children lists the processes whose parent is the one given.
func children(b *testing.B, of int) []int {
	b.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		b.Fatal(err)
	}
	var list []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && parent(pid) == of {
			list = append(list, pid)
		}
	}
	return list
}

// parent is the process that started another; 0 if there is none such.
func parent(pid int) int {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// PID (name) state PPID ...: the name may hold anything, parentheses too.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 2 {
		return 0
	}
	ppid, err := strconv.Atoi(fields[1])
	if err != nil {
		return 0
	}
	return ppid
}
