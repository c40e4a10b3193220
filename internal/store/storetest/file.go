package storetest

import (
	"slices"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// testFile: a file is found while it is kept, is removed only when it is not, and once kept or dropped it is
// neither again.
func testFile(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	f := &kith.File{ID: newID[kith.File](), Media: kith.JPEG, Size: 1 << 40, CreatedAt: noon}
	get := func(tx *store.Tx) (*kith.File, error) { return tx.Files.Get(ctx, f.ID) }
	insert := func(tx *store.Tx) error { return tx.Files.Insert(ctx, f, farAhead) }
	keep := func(tx *store.Tx) error { return tx.Files.Keep(ctx, f.ID) }
	drop := func(tx *store.Tx) error { return tx.Files.Drop(ctx, f.ID) }
	remove := func(tx *store.Tx) error { return tx.Files.Delete(ctx, f.ID) }

	c.do(insert)
	c.taken("the same id again", "files", insert)
	missing(c, "not kept yet", get)
	c.fails("drop what is not kept", store.ErrNotFound, drop)
	c.fails("delete what waits to be kept", store.ErrNotFound, remove)
	other.fails("keep another company's", store.ErrNotFound, keep)
	c.do(keep)
	same(t, "a file that is kept", read(c, get), f)
	c.fails("keep it twice", store.ErrNotFound, keep)
	c.fails("delete what is kept", store.ErrNotFound, remove)
	other.fails("drop another company's", store.ErrNotFound, drop)
	c.do(drop)
	missing(c, "dropped", get)
	c.fails("drop it twice", store.ErrNotFound, drop)
	c.fails("keep what was dropped", store.ErrNotFound, keep)
	c.do(remove)
	c.fails("delete it twice", store.ErrNotFound, remove)

	// Its last moment is the one before it is dropped.
	c.do(func(tx *store.Tx) error { return tx.Files.Insert(ctx, f, tx.Now) })
	c.fails("keep what came too late", store.ErrNotFound, keep)

	before := noon.Add(time.Millisecond)
	dropped := func() bool {
		t.Helper()
		list, err := db.System().Dropped(ctx, before, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(list, store.Dropped{Company: c.company.ID, File: c.file.ID}) {
			t.Error("a file that is kept is to be removed")
		}
		return slices.Contains(list, store.Dropped{Company: c.company.ID, File: c.unkept.ID})
	}
	if !dropped() {
		t.Error("a file that nobody kept is not listed")
	}
	c.do(func(tx *store.Tx) error { return tx.Files.Delete(ctx, c.unkept.ID) })
	if dropped() {
		t.Error("a file that is gone is listed")
	}
	if list, err := db.System().Dropped(ctx, noon, 1000); err != nil || len(list) > 0 {
		t.Errorf("before anything was to be dropped: %v, %v", list, err)
	}
}
