// Package picture turns an image that somebody sent into one that kith made: it finds out what the bytes are,
// looks how large the image says it is before it decodes anything, turns it upright, makes it small and
// encodes it anew. Nothing of the sender's bytes is left: no comments, no EXIF, no second meaning as a script.
//
// It believes no name and no declared type, and keeps nothing.
package picture

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"sync/atomic"
	"time"

	"kith"
)

// Bounds of what is taken and of what is made.
const (
	MaxBytes  = 5 << 20    // of what is sent
	MaxSide   = 8000       // pixels
	MaxPixels = 40_000_000 // in all
	Side      = 1024       // the longer one of what is made, at most

	// maxMemory is how much decoding may take: more than any photograph of MaxPixels as cameras and phones
	// write them, and less than a small server has.
	maxMemory = 256 << 20

	quality = 85 // of JPEG
)

// Image is a picture as kith made it.
type Image struct {
	Media   kith.Media
	Content []byte
}

// What is wrong with an image. The field is the caller's to name.
var (
	errEmpty = &kith.Error{Kind: kith.Invalid, Code: kith.CodeRequired, Message: "This file is empty."}
	errBytes = &kith.Error{Kind: kith.Invalid, Code: kith.CodeTooLong, Message: "This file is too large: send an image of less than 5 MiB."}
	errMedia = &kith.Error{Kind: kith.Invalid, Code: kith.CodeBadFormat, Message: "Send an image: JPEG, PNG, WebP or GIF."}
	errSize  = &kith.Error{Kind: kith.Invalid, Code: kith.CodeOutOfRange,
		Message: fmt.Sprintf("This image is too large: send one of at most %d pixels a side and %d million in all.", MaxSide, MaxPixels/1_000_000)}
	errMemory = &kith.Error{Kind: kith.Invalid, Code: kith.CodeOutOfRange,
		Message: "This image takes too much memory to read: send it smaller, or as a plain (not progressive) JPEG."}
	errBroken = &kith.Error{Kind: kith.Invalid, Code: kith.CodeBadFormat, Message: "This image is broken or cut short, or of a kind that is not taken: save it anew, as JPEG or PNG."}
	errBusy   = &kith.Error{Kind: kith.Unavailable, Code: kith.CodeBusy, Message: "Many images are being read just now. Try again in a moment.", RetryAfter: 5 * time.Second}
)

// Pool bounds how many images are read at once, so that many who send one take no more memory than few. It is
// safe for many goroutines.
type Pool struct {
	turns   chan struct{} // one for each image that is read
	large   chan struct{} // one for an image that takes much memory
	waiting atomic.Int64
}

// How long an image waits for its turn, how many wait, and what counts as large.
const (
	patience   = 20 * time.Second
	maxWaiting = 200
	largeFrom  = 48 << 20 // bytes of memory
)

// NewPool makes a pool that reads as many images at once.
func NewPool(turns int) *Pool {
	return &Pool{turns: make(chan struct{}, turns), large: make(chan struct{}, 1)}
}

// Read makes a picture of an image of size bytes. It fails with Invalid if that is none, or too large, and with
// Unavailable if too many wait already.
func (p *Pool) Read(ctx context.Context, size int64, r io.Reader) (*Image, error) {
	switch {
	case size == 0:
		return nil, errEmpty
	case size >= MaxBytes:
		return nil, errBytes
	}
	if p.waiting.Add(1) > maxWaiting {
		p.waiting.Add(-1)
		return nil, errBusy
	}
	defer p.waiting.Add(-1)
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := take(wait, p.turns); err != nil {
		return nil, err
	}
	defer give(p.turns)
	content, err := io.ReadAll(io.LimitReader(r, MaxBytes))
	if err != nil {
		return nil, fmt.Errorf("read an image: %w", err)
	}
	s, err := look(content)
	if err != nil {
		return nil, err
	}
	if s.memory > largeFrom {
		if err := take(wait, p.large); err != nil {
			return nil, err
		}
		defer give(p.large)
		defer runtime.GC() // or what the next one takes comes on top of this
	}
	return s.remake(wait, content)
}

func take(ctx context.Context, turns chan struct{}) error {
	select {
	case turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return errBusy.Because(ctx.Err())
	}
}

func give(turns chan struct{}) { <-turns }

// remake decodes what was looked at and makes the picture.
func (s *survey) remake(ctx context.Context, content []byte) (*Image, error) {
	decoded, err := s.decode(&patient{ctx, bytes.NewReader(content)})
	if ctx.Err() != nil {
		return nil, errBusy.Because(ctx.Err())
	}
	if err != nil {
		return nil, errBroken.Because(err)
	}
	if b := decoded.Bounds(); !fits(b.Dx(), b.Dy()) { // whatever it said of itself
		return nil, errSize
	}
	upright := turn(shrink(decoded), s.orientation)
	var out bytes.Buffer
	made := &Image{Media: kith.JPEG}
	if upright.Opaque() {
		err = jpeg.Encode(&out, upright, &jpeg.Options{Quality: quality})
	} else {
		made.Media = kith.PNG
		err = png.Encode(&out, upright)
	}
	made.Content = out.Bytes()
	return made, err
}

// patient is a reader that ends when nobody waits any longer: there are images of few bytes that take a
// decoder minutes.
type patient struct {
	ctx context.Context //nolint:containedctx // decoders take a reader and no context
	r   io.Reader
}

// Read reads on, unless the time is over.
func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}

// fits reports whether an image of this width and height is taken.
func fits(width, height int) bool {
	return width > 0 && height > 0 && width <= MaxSide && height <= MaxSide && width*height <= MaxPixels
}

// decoder reads one kind of image.
type decoder func(io.Reader) (image.Image, error)
