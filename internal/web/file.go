package web

import (
	"io"
	"mime/multipart"
)

// File is a file that came in a form. It is good until the handler returns.
type File struct {
	Name string // what the sender calls it: any text at all, never a path to use
	Type string // what the sender declares it to be: not to be believed either
	Size int64  // bytes

	header *multipart.FileHeader
}

// Open opens the content. The caller closes it.
func (f *File) Open() (io.ReadSeekCloser, error) { return f.header.Open() }

func newFile(header *multipart.FileHeader) *File {
	return &File{Name: header.Filename, Type: header.Header.Get("Content-Type"), Size: header.Size, header: header}
}
