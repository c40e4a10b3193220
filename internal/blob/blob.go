// Package blob keeps the bytes of files outside the database, under the company and an id that kith drew. It
// knows no names that people give to files, no media types and no rule about who may see one.
package blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"sync"

	"kith"
)

// ErrNotFound means that nothing lies there.
var ErrNotFound = errors.New("blob: nothing lies there")

// Store keeps blobs. It is safe for many goroutines.
type Store interface {
	// Put writes a blob. When it returns nil, the blob is there whatever happens to the machine; when it
	// fails, or never returns, there is a whole blob or none.
	Put(ctx context.Context, company kith.CompanyID, id kith.FileID, content []byte) error

	// Open opens a blob to read. The caller closes it. It fails with ErrNotFound.
	Open(ctx context.Context, company kith.CompanyID, id kith.FileID) (io.ReadSeekCloser, error)

	// Delete removes a blob, and whatever an interrupted Put left of it. There need not be one.
	Delete(ctx context.Context, company kith.CompanyID, id kith.FileID) error
}

// Folder is a Store of files on disk: a folder for each company, in it a file for each blob. Several nodes
// may share one.
type Folder struct{ path string }

// NewFolder keeps blobs under a path. The folder is made when the first blob is.
func NewFolder(path string) *Folder { return &Folder{path} }

// unfinished ends the name of a blob that is being written.
const unfinished = ".new"

// place is where a blob lies below the folder. Nothing in it was chosen by anybody outside.
func place(company kith.CompanyID, id kith.FileID) (folder, file string) {
	folder = strconv.FormatInt(int64(company), 10)
	return folder, folder + "/" + id.String()
}

// Put writes the blob under another name, and gives it its own once the bytes are on disk.
func (f *Folder) Put(_ context.Context, company kith.CompanyID, id kith.FileID, content []byte) error {
	folder, file := place(company, id)
	if err := os.MkdirAll(f.path+"/"+folder, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(f.path)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // only read through
	if err := write(root, file+unfinished, content); err != nil {
		return errors.Join(err, absent(root.Remove(file+unfinished)))
	}
	if err := root.Rename(file+unfinished, file); err != nil {
		return err
	}
	return errors.Join(settle(root, folder), settle(root, ".")) // the names are what the folders hold
}

func write(root *os.Root, name string, content []byte) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// settle waits until a folder's names are on disk.
func settle(root *os.Root, name string) error {
	folder, err := root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Open opens the blob's file.
func (f *Folder) Open(_ context.Context, company kith.CompanyID, id kith.FileID) (io.ReadSeekCloser, error) {
	_, name := place(company, id)
	file, err := os.OpenInRoot(f.path, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return file, nil
}

// Delete removes the blob's file.
func (f *Folder) Delete(_ context.Context, company kith.CompanyID, id kith.FileID) error {
	root, err := os.OpenRoot(f.path)
	if err != nil {
		return absent(err)
	}
	defer func() { _ = root.Close() }() // only read through
	_, file := place(company, id)
	return errors.Join(absent(root.Remove(file)), absent(root.Remove(file+unfinished)))
}

// absent takes it that what is not there is gone.
func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Memory is a Store that forgets everything with the process, for tests.
type Memory struct {
	mu    sync.Mutex
	blobs map[key][]byte
}

type key struct {
	company kith.CompanyID
	id      kith.FileID
}

// NewMemory makes an empty one.
func NewMemory() *Memory { return &Memory{blobs: make(map[key][]byte)} }

// Put remembers a copy of the blob.
func (m *Memory) Put(_ context.Context, company kith.CompanyID, id kith.FileID, content []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.blobs[key{company, id}] = bytes.Clone(content)
	return nil
}

// Open reads the blob from memory.
func (m *Memory) Open(_ context.Context, company kith.CompanyID, id kith.FileID) (io.ReadSeekCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	content, ok := m.blobs[key{company, id}]
	if !ok {
		return nil, ErrNotFound
	}
	return opened{bytes.NewReader(content)}, nil
}

// Delete forgets the blob.
func (m *Memory) Delete(_ context.Context, company kith.CompanyID, id kith.FileID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.blobs, key{company, id})
	return nil
}

// Len tells how many blobs there are.
func (m *Memory) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.blobs)
}

// opened is a blob in memory being read.
type opened struct{ *bytes.Reader }

// Close has nothing to close.
func (opened) Close() error { return nil }
