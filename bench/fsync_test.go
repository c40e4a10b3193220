package bench

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"modernc.org/libc"
	lite "modernc.org/sqlite/lib"
)

// disk counts the syncs that SQLite asks of the operating system in this process, and makes each of
// them last longer by delay, in ns: most disks are slower than the one under a virtual machine, whose
// host keeps a cache.
var disk struct {
	syncs, took, delay atomic.Int64 // took is the time in all of them, without delay, in ns
}

// hookDisk puts itself between SQLite and the functions through which it reaches the disk. It must be
// called before any database is opened. SQLite is Go here, translated, so that a C function pointer is
// that of a Go function, and the tables that hold them are ordinary memory.
var hookDisk = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	vfs := lite.Xsqlite3_vfs_find(tls, 0)
	if vfs == 0 {
		return errors.New("SQLite has no default VFS")
	}
	table := memory[lite.Tsqlite3_vfs](vfs)
	open := function[openFunc](table.FxOpen)
	var hooked sync.Map // of method tables: files of one kind share one
	table.FxOpen = pointer(func(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32 {
		rc := open(tls, vfs, name, file, flags, out)
		methods := memory[lite.Tsqlite3_file](file).FpMethods
		if rc != lite.SQLITE_OK || methods == 0 {
			return rc
		}
		if _, done := hooked.LoadOrStore(methods, true); !done {
			hookSync(memory[lite.Tsqlite3_io_methods](methods))
		}
		return rc
	})
	return nil
})

func hookSync(methods *lite.Tsqlite3_io_methods) {
	real := function[syncFunc](methods.FxSync)
	methods.FxSync = pointer(func(tls *libc.TLS, file uintptr, flags int32) int32 {
		disk.syncs.Add(1)
		if delay := time.Duration(disk.delay.Load()); delay > 0 {
			time.Sleep(delay)
		}
		start := time.Now()
		rc := real(tls, file, flags)
		disk.took.Add(int64(time.Since(start)))
		return rc
	})
}

// The shapes of xOpen and xSync (sqlite.org/c3ref/vfs.html, io_methods.html).
type (
	openFunc func(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32
	syncFunc func(tls *libc.TLS, file uintptr, flags int32) int32
)

// memory looks at what lies at an address of SQLite's, as a T.
func memory[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// function makes a Go function of one of SQLite's pointers, pointer the reverse.
func function[F any](address uintptr) F {
	held := &struct{ address uintptr }{address}
	return *(*F)(unsafe.Pointer(held))
}

// hooks holds on to functions that only SQLite's memory points to, where the collector does not look.
var hooks []any

func pointer[F any](f F) uintptr {
	hooks = append(hooks, f)
	return *(*uintptr)(unsafe.Pointer(&f))
}
