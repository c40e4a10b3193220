package bench

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// BenchmarkStart: from exec to the first 200 over a database that is there, and what kith weighs when
// nothing happens.
func BenchmarkStart(b *testing.B) {
	const starts = 9
	folder, database := b.TempDir(), onSQLite.fresh(b)
	first := serveKith(b, folder, database)
	register(b, first.address)
	first.stop(b)
	var took, bare []time.Duration
	var idle []float64
	for i := range starts {
		start := time.Now()
		if err := exec.Command("/bin/true").Run(); err != nil {
			b.Fatal(err)
		}
		bare = append(bare, time.Since(start))
		start = time.Now()
		kith := serveKith(b, folder, database)
		took = append(took, time.Since(start))
		if i < 3 {
			time.Sleep(2 * time.Second)
			idle = append(idle, kith.memory(b, "VmRSS"))
		}
		kith.stop(b)
	}
	path, err := binary()
	if err != nil {
		b.Fatal(err)
	}
	file, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	quiet(b)
	promise(b, figure{name: "warm start to the first 200", got: millis(median(took)), most: 100, unit: "ms",
		detail: fmt.Sprintf("%d starts, slowest %.0f ms; to run nothing at all takes %.1f ms", starts, millis(took[len(took)-1]), millis(median(bare)))})
	promise(b, figure{name: "memory when idle", got: median(idle), most: 40, unit: "MB", detail: "resident size, two seconds after the start"})
	promise(b, figure{name: "size of the binary", got: float64(file.Size()) / 1e6, most: 45, unit: "MB", detail: "static, stripped"})
}
