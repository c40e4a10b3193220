package store

import (
	"context"
	"time"

	"kith"
)

type passwordLinks struct{ tx *Tx }

// Put gives a user a link to set their password by, under the SHA-256 of its secret. One that they have
// already is replaced. mailed says that it goes to their e-mail and is shown to nobody else.
func (ls passwordLinks) Put(ctx context.Context, user kith.UserID, hash []byte, expires time.Time, mailed bool) error {
	_, err := ls.tx.exec(ctx, `INSERT INTO password_links (company_id, user_id, hash, mailed, expires_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (company_id, user_id) DO UPDATE SET hash = excluded.hash, mailed = excluded.mailed,
		expires_at = excluded.expires_at, created_at = excluded.created_at`,
		user[:], hash, mailed, stamp(expires), stamp(ls.tx.Now))
	return err
}

// Good fails with ErrNotFound unless this is the user's link and it has not expired.
func (ls passwordLinks) Good(ctx context.Context, user kith.UserID, hash []byte) error {
	var expires int64
	return ls.tx.row(ctx, `SELECT expires_at FROM password_links
		WHERE company_id = $1 AND user_id = $2 AND hash = $3 AND expires_at > $4`,
		user[:], hash, stamp(ls.tx.Now)).Scan(&expires)
}

// Spend uses a user's link up, and tells whether it was mailed. It fails with ErrNotFound unless this is
// the link and it has not expired: of many who spend it at once, one does.
func (ls passwordLinks) Spend(ctx context.Context, user kith.UserID, hash []byte) (mailed bool, err error) {
	err = ls.tx.row(ctx, `DELETE FROM password_links
		WHERE company_id = $1 AND user_id = $2 AND hash = $3 AND expires_at > $4 RETURNING mailed`,
		user[:], hash, stamp(ls.tx.Now)).Scan(&mailed)
	return mailed, err
}

// Delete takes a user's link back. It fails with ErrNotFound if there is none.
func (ls passwordLinks) Delete(ctx context.Context, user kith.UserID) error {
	return ls.tx.one(ctx, `DELETE FROM password_links WHERE company_id = $1 AND user_id = $2`, user[:])
}
