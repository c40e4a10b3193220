package web

import (
	"io"
	"mime/multipart"
)

// File is a file that came in a form. It is good until the handler returns. A field that is an Opt of one takes
// null and "" as well, which are both null, and texts, which come as a File that has nothing but Text: clients
// that send back what they were shown send the address where a file is served.
type File struct {
	Name string // what the sender calls it: any text at all, never a path to use
	Type string // what the sender declares it to be: not to be believed either
	Size int64  // bytes
	Text string // what came in a file's place; "" for a file

	header *multipart.FileHeader
}

// Open opens the content. The caller closes it.
func (f *File) Open() (io.ReadSeekCloser, error) { return f.header.Open() }

func newFile(header *multipart.FileHeader) *File {
	return &File{Name: header.Filename, Type: header.Header.Get("Content-Type"), Size: header.Size, header: header}
}
