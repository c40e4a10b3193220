package directory

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"kith"
	"kith/internal/blob"
	"kith/internal/core/gate"
	"kith/internal/picture"
	"kith/internal/store"
)

// A picture lies outside the database, so it cannot come and go with a change's transaction. Its row does that
// for it: it is there first, to be dropped soon; then the file is written; then the change that points to it
// keeps it. What is dropped, or was never kept, the worker removes: first the file, then the row. Wherever all
// this is interrupted, nobody points to a file that is not there, and no file is left that no row knows.

// pictures is what the directory keeps users' pictures with.
type pictures struct {
	blobs blob.Store
	pool  *picture.Pool
	base  string // the public URL
}

// KeepPictures says where files lie, who reads images and under which public URL files are served. It is
// called before anything else is asked of the directory.
func (d *Directory) KeepPictures(blobs blob.Store, pool *picture.Pool, publicURL string) {
	d.pictures = pictures{blobs, pool, publicURL}
}

// Picture is an image to show a user by, as somebody sent it.
type Picture struct {
	Open func() (io.ReadSeekCloser, error) // nil takes away the one there is
	Size int64                             // bytes
}

// pictureField is what a picture is called where a user's fields are told.
const pictureField = "profile"

const (
	unkept     = 10 * time.Minute // how long a file waits for the change that keeps it: longer than any request
	lingering  = time.Minute      // how long a dropped one stays, for those who are reading it
	sweepFiles = 100              // removed at a time
)

// takePicture reads the image of an operation and, if nothing else is wrong with that, writes it, for setPicture
// to keep. It gives nil if the picture stays, the zero id if it goes, and bad with what is wrong with it.
func (d *Directory) takePicture(ctx context.Context, by *kith.Actor, op gate.Op, p *Picture, bad error) (*kith.FileID, error) {
	switch {
	case p == nil:
		return nil, bad
	case p.Open == nil:
		return new(kith.FileID), bad
	}
	// Reading images is work: the door says no before it, and why when it is asked for good.
	if v, err := d.gate.Explain(ctx, by, op, nil); err != nil || v.Refusal != nil {
		return nil, errors.Join(bad, err)
	}
	made, err := d.readPicture(ctx, p)
	if bad = errors.Join(bad, err); bad != nil {
		return nil, bad
	}
	id, err := d.writePicture(ctx, by, made)
	return id, err
}

func (d *Directory) readPicture(ctx context.Context, p *Picture) (*picture.Image, error) {
	file, err := p.Open()
	if err != nil {
		return nil, err
	}
	made, err := d.pictures.pool.Read(ctx, p.Size, file)
	if e, ok := errors.AsType[*kith.Error](err); ok && e.Kind == kith.Invalid {
		err = e.In(pictureField)
	}
	return made, errors.Join(err, file.Close())
}

// errNotKept is for a disk that is full or gone. The log says which.
var errNotKept = &kith.Error{Kind: kith.Unavailable, Code: kith.CodeDatabase,
	Message: "The image cannot be kept just now. Try again in a moment."}

func (d *Directory) writePicture(ctx context.Context, by *kith.Actor, made *picture.Image) (*kith.FileID, error) {
	now := d.clock()
	f := &kith.File{ID: d.gate.NewFileID(now), Media: made.Media, Size: int64(len(made.Content)), CreatedAt: now}
	_, err := gate.Bookkeep(ctx, d.gate, by.CompanyID(), []*kith.File{f}, func(ctx context.Context, tx *store.Tx, f *kith.File) error {
		return tx.Files.Insert(ctx, f, tx.Now.Add(unkept))
	})
	if err != nil {
		return nil, err
	}
	if err := d.pictures.blobs.Put(ctx, by.CompanyID(), f.ID, made.Content); err != nil {
		return nil, errNotKept.Because(err)
	}
	return &f.ID, nil
}

var errPictureLate = &kith.Error{Kind: kith.Unavailable, Code: kith.CodeBusy,
	Message: "This took too long. Send the image once more."}

// setPicture shows a user by a file that was written, in the place of any before; nil changes nothing, and the
// zero id takes the picture away.
func setPicture(ctx context.Context, tx *gate.Tx, u *kith.User, c *changes, to *kith.FileID) error {
	if to == nil || *to == u.Picture {
		return nil
	}
	c.note(pictureField, !u.Picture.IsZero())
	if !u.Picture.IsZero() {
		if err := gate.Already(tx.Files.Drop(ctx, u.Picture)); err != nil {
			return err
		}
	}
	if !to.IsZero() {
		if err := tx.Files.Keep(ctx, *to); errors.Is(err, store.ErrNotFound) {
			return errPictureLate
		} else if err != nil {
			return err
		}
	}
	u.Picture = *to
	return nil
}

// SweepFiles removes files that nothing keeps, some of them, and tells how many.
func (d *Directory) SweepFiles(ctx context.Context) (int, error) {
	dropped, err := d.gate.System().Dropped(ctx, d.clock().Add(-lingering), sweepFiles)
	if err != nil {
		return 0, err
	}
	for _, f := range dropped {
		if err := d.pictures.blobs.Delete(ctx, f.Company, f.File); err != nil {
			return 0, fmt.Errorf("delete file %s of company %d: %w", f.File, f.Company, err)
		}
	}
	return gate.BookkeepAll(ctx, d.gate, dropped, func(f store.Dropped) kith.CompanyID { return f.Company },
		func(ctx context.Context, tx *store.Tx, f store.Dropped) error {
			return gate.Already(tx.Files.Delete(ctx, f.File))
		})
}

// Addresses of files are good for an hour at most. All that are made within some minutes are the same, so that
// whoever asks again has the picture already.
const (
	addressLife = time.Hour
	addressStep = 5 * time.Minute
)

// FileURL gives the address at which anybody may read a company's file for the next hour; "" for no file.
func (d *Directory) FileURL(ctx context.Context, c *kith.Company, id kith.FileID) (string, error) {
	if id.IsZero() {
		return "", nil
	}
	key, err := d.gate.FileKey(ctx, c.ID)
	if err != nil {
		return "", fmt.Errorf("address of file %s: %w", id, err)
	}
	expires := d.clock().Truncate(addressStep).Add(addressLife).UnixMilli()
	return d.pictures.base + "/files/" + c.Slug + "/" + id.String() +
		"?expires=" + strconv.FormatInt(expires, 10) + "&signature=" + fileSignature(key, c.ID, id, expires), nil
}

// fileSignature binds an address to the company, the file and the end of its life.
func fileSignature(key []byte, company kith.CompanyID, id kith.FileID, expires int64) string {
	mac := hmac.New(sha256.New, key)
	text := append(strconv.AppendInt([]byte("file/"), int64(company), 10), '/')
	text = append(append(append(text, id[:]...), '/'), strconv.FormatInt(expires, 10)...)
	_, _ = mac.Write(text) // a hash never fails
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// FileAddress is what the address of a file says.
type FileAddress struct {
	Company   string // slug
	File      string
	Expires   string // Unix milliseconds
	Signature string
}

// OpenFile is a file and what lies in it. Whoever asked for it closes it.
type OpenFile struct {
	kith.File
	io.ReadSeekCloser

	Expires time.Time // of the address
}

// errNotThere is for a row whose file is not where it should be: nodes that do not share their data folder, say.
var errNotThere = &kith.Error{Kind: kith.Unavailable, Code: kith.CodeDatabase, Message: "This file cannot be read just now."}

var opReadFile = gate.Op{Name: "file.read", Noun: kith.NounUser, Verb: kith.Peek, Open: true}

// File opens the file at an address that FileURL gave. It fails with NotFound, whatever is wrong: with the
// address, its age, the company or the file.
func (d *Directory) File(ctx context.Context, by *kith.Actor, a FileAddress) (*OpenFile, error) {
	id, errID := kith.ParseID[kith.File](a.File)
	expires, errExpires := strconv.ParseInt(a.Expires, 10, 64)
	if errID != nil || errExpires != nil || expires <= d.clock().UnixMilli() {
		return nil, kith.ErrNotFound
	}
	guest, err := d.Guest(ctx, by, a.Company)
	if err != nil {
		return nil, err
	}
	key, err := d.gate.FileKey(ctx, guest.Company.ID)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal([]byte(a.Signature), []byte(fileSignature(key, guest.Company.ID, id, expires))) {
		return nil, kith.ErrNotFound
	}
	f, err := gate.Read(ctx, d.gate, guest, opReadFile, func(ctx context.Context, tx *gate.Tx) (*kith.File, error) {
		return tx.Files.Get(ctx, id)
	})
	if err != nil {
		return nil, err
	}
	content, err := d.pictures.blobs.Open(ctx, guest.Company.ID, id)
	if err != nil {
		return nil, errNotThere.Because(fmt.Errorf("file %s of company %d: %w", id, guest.Company.ID, err))
	}
	return &OpenFile{*f, content, time.UnixMilli(expires).UTC()}, nil
}
