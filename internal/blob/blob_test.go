package blob_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"kith"
	"kith/internal/blob"
)

// TestStores: both bodies keep, give and forget blobs, each company its own.
func TestStores(t *testing.T) {
	for name, store := range map[string]blob.Store{"folder": blob.NewFolder(filepath.Join(t.TempDir(), "a", "blobs")), "memory": blob.NewMemory()} {
		t.Run(name, func(t *testing.T) {
			ctx, id := t.Context(), kith.FileID{1, 2, 3}
			if _, err := store.Open(ctx, 7, id); !errors.Is(err, blob.ErrNotFound) {
				t.Errorf("open before there is anything: %v", err)
			}
			if err := store.Delete(ctx, 7, id); err != nil {
				t.Errorf("delete before there is anything: %v", err)
			}
			content := []byte("pixels")
			if err := store.Put(ctx, 7, id, content); err != nil {
				t.Fatal(err)
			}
			content[0] = 'X' // the caller's to use again
			if got := read(t, store, 7, id); got != "pixels" {
				t.Errorf("got %q", got)
			}
			if _, err := store.Open(ctx, 8, id); !errors.Is(err, blob.ErrNotFound) {
				t.Errorf("another company's blob: %v", err)
			}
			if err := store.Delete(ctx, 8, id); err != nil {
				t.Fatal(err)
			}
			if got := read(t, store, 7, id); got != "pixels" {
				t.Errorf("after another company deleted its own: %q", got)
			}
			if err := store.Delete(ctx, 7, id); err != nil {
				t.Fatal(err)
			}
			if _, err := store.Open(ctx, 7, id); !errors.Is(err, blob.ErrNotFound) {
				t.Errorf("after it was deleted: %v", err)
			}
		})
	}
}

func read(t *testing.T, store blob.Store, company kith.CompanyID, id kith.FileID) string {
	t.Helper()
	r, err := store.Open(t.Context(), company, id)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestFolderAfterCrash: what a process that was killed left half written is no blob, does not stand in the
// way of another try, and goes with the blob.
func TestFolderAfterCrash(t *testing.T) {
	path, ctx, id := t.TempDir(), t.Context(), kith.FileID{9}
	store := blob.NewFolder(path)
	half := filepath.Join(path, "7", id.String()+".new")
	if err := os.MkdirAll(filepath.Dir(half), 0o700); err != nil {
		t.Fatal(err)
	}
	leave := func() {
		if err := os.WriteFile(half, []byte("half of a longer"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	leave()
	if _, err := store.Open(ctx, 7, id); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("half a blob: %v", err)
	}
	if err := store.Put(ctx, 7, id, []byte("whole")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, store, 7, id); got != "whole" {
		t.Errorf("got %q", got)
	}
	leave()
	if err := store.Delete(ctx, 7, id); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Dir(half))
	if err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}

// TestFolderIsPrivate: nobody but the process's own user reads what lies there.
func TestFolderIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "blobs")
	if err := blob.NewFolder(path).Put(t.Context(), 7, kith.FileID{9}, []byte("x")); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(path, func(name string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v", name, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
