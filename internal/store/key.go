package store

import (
	"context"
	"time"
)

type keys struct{ tx *Tx }

// Key is a key as it is kept: wrapped.
type Key struct {
	ID        int64
	Wrapped   []byte
	CreatedAt time.Time
	EndsAt    time.Time // zero: none is set
}

// Insert keeps a wrapped key. It fails with ErrExists if there is one of that purpose and number.
func (ks keys) Insert(ctx context.Context, purpose int, id int64, wrapped []byte) error {
	_, err := ks.tx.exec(ctx, `INSERT INTO keys (company_id, purpose, id, wrapped, created_at)
		VALUES ($1, $2, $3, $4, $5)`, purpose, id, wrapped, stamp(ks.tx.Now))
	return err
}

// Newest reads the wrapped key of a purpose that was made last.
func (ks keys) Newest(ctx context.Context, purpose int) (id int64, wrapped []byte, err error) {
	err = ks.tx.row(ctx, `SELECT id, wrapped FROM keys WHERE company_id = $1 AND purpose = $2
		ORDER BY id DESC LIMIT 1`, purpose).Scan(&id, &wrapped)
	return id, wrapped, err
}

// List reads all keys of a purpose, the newest first.
func (ks keys) List(ctx context.Context, purpose int) ([]Key, error) {
	var list []Key
	err := each(ctx, ks.tx, `SELECT id, wrapped, created_at, ends_at FROM keys
		WHERE company_id = $1 AND purpose = $2 ORDER BY id DESC`, []any{purpose}, func(row rowScanner) error {
		var k Key
		var created, ends int64
		err := row.Scan(&k.ID, &k.Wrapped, &created, &ends)
		k.CreatedAt, k.EndsAt = at(created), at(ends)
		list = append(list, k)
		return err
	})
	return list, err
}

// End sets when the keys of a purpose that are older than the numbered one end, where they do not end
// sooner anyway, and tells how many it set.
func (ks keys) End(ctx context.Context, purpose int, before int64, end time.Time) (int64, error) {
	return ks.tx.exec(ctx, `UPDATE keys SET ends_at = $4
		WHERE company_id = $1 AND purpose = $2 AND id < $3 AND (ends_at = 0 OR ends_at > $4)`, purpose, before, stamp(end))
}

// Drop removes the keys of a purpose that have ended at the time, and tells how many those were.
func (ks keys) Drop(ctx context.Context, purpose int, ended time.Time) (int64, error) {
	return ks.tx.exec(ctx, `DELETE FROM keys WHERE company_id = $1 AND purpose = $2 AND ends_at > 0 AND ends_at <= $3`,
		purpose, stamp(ended))
}
