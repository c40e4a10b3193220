package bench

import (
	"fmt"
	"os"
	"testing"
)

// TestMain runs the benchmarks and then tells what they found. Called by itself, as the process to
// compare with, it serves instead.
func TestMain(m *testing.M) {
	for name, serve := range map[string]func(string) error{envBare: serveBare, envBareList: serveBareList} {
		if database := os.Getenv(name); database != "" {
			fmt.Fprintln(os.Stderr, "bare server:", serve(database))
			os.Exit(1)
		}
	}
	code := m.Run()
	_ = os.RemoveAll(built) // what is left lies among the system's temporary files
	missed, err := found.tell(os.Stdout, "RESULTS.md")
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	if code == 0 && (missed > 0 || err != nil) {
		code = 1
	}
	os.Exit(code)
}
