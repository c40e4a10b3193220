package directory_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/blob"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/picture"
)

// disk is a blob store that can break at each of its steps.
type disk struct {
	*blob.Memory
	putFails, deleteFails bool
}

var errDisk = errors.New("the disk is full")

func (d *disk) Put(ctx context.Context, company kith.CompanyID, id kith.FileID, content []byte) error {
	if d.putFails {
		return errDisk
	}
	return d.Memory.Put(ctx, company, id, content)
}

func (d *disk) Delete(ctx context.Context, company kith.CompanyID, id kith.FileID) error {
	if d.deleteFails {
		return errDisk
	}
	return d.Memory.Delete(ctx, company, id)
}

// nothing closes nothing.
type nothing struct{ io.ReadSeeker }

func (nothing) Close() error { return nil }

func pixel(t *testing.T) *directory.Picture {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	return &directory.Picture{Size: int64(b.Len()), Open: func() (io.ReadSeekCloser, error) { return nothing{bytes.NewReader(b.Bytes())}, nil }}
}

// dropped counts the rows of files that nothing keeps.
func (h *house) dropped() int {
	h.t.Helper()
	list, err := h.gate.System().Dropped(h.t.Context(), h.now.Add(time.Hour), 100)
	if err != nil {
		h.t.Fatal(err)
	}
	return len(list)
}

// TestPictureInterrupted: whatever step fails, the user has the picture of before and its file, and what is left
// over is removed in the end.
func TestPictureInterrupted(t *testing.T) {
	h, lies := newHouse(t, true), &disk{Memory: blob.NewMemory()}
	h.KeepPictures(lies, picture.NewPool(1), "https://kith.example")
	owner, ctx := h.company("acme"), t.Context()
	change := func(c directory.SelfChange) (kith.FileID, error) {
		m, err := h.ChangeSelf(ctx, owner, c)
		if err != nil {
			return kith.FileID{}, err
		}
		owner.User = m.User
		return m.User.Picture, nil
	}
	kept := func(want kith.FileID) {
		t.Helper()
		m, err := h.User(ctx, owner, owner.User.ID.String())
		if err != nil || m.User.Picture != want {
			t.Fatalf("the picture is %s, %v; want %s", m.User.Picture, err, want)
		}
		if _, err := lies.Open(ctx, owner.Company.ID, want); err != nil {
			t.Fatalf("its file: %v", err)
		}
	}
	first, err := change(directory.SelfChange{Picture: pixel(t)})
	if err != nil {
		t.Fatal(err)
	}
	kept(first)

	lies.putFails = true
	_, err = change(directory.SelfChange{Picture: pixel(t)})
	if e, ok := errors.AsType[*kith.Error](err); !ok || e.Kind != kith.Unavailable || !errors.Is(err, errDisk) {
		t.Errorf("on a full disk: %v", err)
	}
	lies.putFails = false
	kept(first)

	// What a process that was killed before the change leaves: a file and its row.
	taken := "owner-two"
	if _, err := change(directory.SelfChange{Username: &taken}); err != nil {
		t.Fatal(err)
	}
	again := "owner-three" // a username is chosen once: refused inside the transaction, after the file was written
	if _, err := change(directory.SelfChange{Username: &again, Picture: pixel(t)}); err == nil {
		t.Fatal("a second username was taken")
	}
	kept(first)
	if got := lies.Len(); got != 2 || h.dropped() != 2 {
		t.Errorf("%d files lie there and %d rows wait, want 2 and 2", got, h.dropped())
	}
	if n, err := h.SweepFiles(ctx); n != 0 || err != nil {
		t.Errorf("at once %d were removed, %v: a change may yet keep them", n, err)
	}
	h.now = h.now.Add(12 * time.Minute)
	lies.deleteFails = true
	if _, err := h.SweepFiles(ctx); !errors.Is(err, errDisk) || h.dropped() != 2 {
		t.Errorf("files that stay were forgotten: %v", err)
	}
	lies.deleteFails = false
	if n, err := h.SweepFiles(ctx); n != 2 || err != nil || lies.Len() != 1 || h.dropped() != 0 {
		t.Errorf("%d removed, %v; %d files and %d rows are left", n, err, lies.Len(), h.dropped())
	}
	kept(first)
}

// TestPictureIsOnes: a file that somebody has, or that may be gone by now, becomes nobody else's.
func TestPictureIsOnes(t *testing.T) {
	h := newHouse(t, true)
	h.KeepPictures(blob.NewMemory(), picture.NewPool(1), "https://kith.example")
	owner := h.company("acme")
	m, err := h.ChangeSelf(t.Context(), owner, directory.SelfChange{Picture: pixel(t)})
	if err != nil {
		t.Fatal(err)
	}
	op := gate.Op{Name: "user.add", Noun: kith.NounUser, Verb: kith.Add, Open: true}
	_, err = gate.Change(t.Context(), h.gate, owner, op, m.User.Picture, func(ctx context.Context, tx *gate.Tx, id kith.FileID) (any, error) {
		return directory.AddUser(ctx, tx, directory.NewUser{Picture: id})
	})
	if e, ok := errors.AsType[*kith.Error](err); !ok || e.Kind != kith.Unavailable {
		t.Errorf("a file that is another's: %v", err)
	}
}

// TestFileURLIsCheap: lists sign one address for each user, and look up nothing for it.
func TestFileURLIsCheap(t *testing.T) {
	h := newHouse(t, true)
	h.KeepPictures(blob.NewMemory(), picture.NewPool(1), "https://kith.example")
	owner := h.company("acme")
	address, err := h.FileURL(t.Context(), owner.Company, kith.FileID{1})
	if err != nil || !strings.HasPrefix(address, "https://kith.example/files/acme/01000000-") {
		t.Fatalf("%s, %v", address, err)
	}
	if err := h.db.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := h.FileURL(t.Context(), owner.Company, kith.FileID{1})
	if err != nil || again != address {
		t.Errorf("without the store: %s, %v", again, err)
	}
}
