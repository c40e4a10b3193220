package store

import (
	"context"
	"time"

	"kith"
)

type files struct{ tx *Tx }

// Insert adds a file that is being written. It is dropped at a time unless Keep comes first. It fails with
// ErrExists if the company has a file with that id.
func (fs files) Insert(ctx context.Context, f *kith.File, until time.Time) error {
	_, err := fs.tx.exec(ctx, `INSERT INTO files (company_id, id, media, size, drop_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)`, f.ID[:], int(f.Media), f.Size, stamp(until), stamp(f.CreatedAt))
	return err
}

// Keep makes a file that was written one that something points to. It fails with ErrNotFound if the file is
// kept already, or may be gone by now.
func (fs files) Keep(ctx context.Context, id kith.FileID) error {
	return fs.tx.one(ctx, `UPDATE files SET drop_at = 0 WHERE company_id = $1 AND id = $2 AND drop_at > $3`,
		id[:], stamp(fs.tx.Now))
}

// Drop lets go of a file that is kept: from now on Get does not find it. It fails with ErrNotFound if the
// file is not kept.
func (fs files) Drop(ctx context.Context, id kith.FileID) error {
	return fs.tx.one(ctx, `UPDATE files SET drop_at = $3 WHERE company_id = $1 AND id = $2 AND drop_at = 0`,
		id[:], stamp(fs.tx.Now))
}

// Get reads a file that is kept.
func (fs files) Get(ctx context.Context, id kith.FileID) (*kith.File, error) {
	f := &kith.File{ID: id}
	var created int64
	err := fs.tx.row(ctx, `SELECT media, size, created_at FROM files WHERE company_id = $1 AND id = $2 AND drop_at = 0`,
		id[:]).Scan(&f.Media, &f.Size, &created)
	if err != nil {
		return nil, err
	}
	f.CreatedAt = at(created)
	return f, nil
}

// Delete forgets a file whose bytes are gone. It fails with ErrNotFound if the file is kept, or is not to be
// dropped yet.
func (fs files) Delete(ctx context.Context, id kith.FileID) error {
	return fs.tx.one(ctx, `DELETE FROM files WHERE company_id = $1 AND id = $2 AND drop_at > 0 AND drop_at <= $3`,
		id[:], stamp(fs.tx.Now))
}

// Dropped names a file that nothing keeps.
type Dropped struct {
	Company kith.CompanyID
	File    kith.FileID
}

// Dropped lists files of any company that were to be dropped before a time: at most limit of them.
func (s *System) Dropped(ctx context.Context, before time.Time, limit int) ([]Dropped, error) {
	var list []Dropped
	err := s.sysEach(ctx, `SELECT company_id, id FROM files WHERE drop_at > 0 AND drop_at < $1
		ORDER BY drop_at LIMIT $2`, []any{before.UnixMilli(), limit}, func(row rowScanner) error {
		var d Dropped
		err := row.Scan(&d.Company, idDest(&d.File))
		list = append(list, d)
		return err
	})
	return list, err
}
