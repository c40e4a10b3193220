package store

import (
	"context"
	"time"

	"kith"
)

type secrets struct{ tx *Tx }

// Put keeps a secret under its hash, in the place of the one of that purpose that the user had for the
// same identifier. Attempts at it begin anew. It fails with ErrExists if the company has one with that
// hash.
func (ss secrets) Put(ctx context.Context, s *kith.Secret, hash []byte) error {
	_, err := ss.tx.exec(ctx, `INSERT INTO secrets (company_id, user_id, purpose, identifier_id, target, hash, attempts,
		expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)
		ON CONFLICT (company_id, user_id, purpose, identifier_id) DO UPDATE SET target = excluded.target,
		hash = excluded.hash, attempts = 0, expires_at = excluded.expires_at, created_at = excluded.created_at`,
		s.User[:], int(s.Purpose), int64(s.Identifier), s.Target, hash, stamp(s.ExpiresAt), stamp(ss.tx.Now))
	return err
}

const secretColumns = `user_id, identifier_id, target, attempts, expires_at, created_at`

func scanSecret(row rowScanner, purpose kith.SecretPurpose, more ...any) (*kith.Secret, error) {
	s := &kith.Secret{Purpose: purpose}
	var expires, created int64
	err := row.Scan(append([]any{idDest(&s.User), &s.Identifier, &s.Target, &s.Attempts, &expires, &created}, more...)...)
	if err != nil {
		return nil, err
	}
	s.ExpiresAt, s.CreatedAt = at(expires), at(created)
	return s, nil
}

// Find reads the unexpired secret of a purpose by its hash.
func (ss secrets) Find(ctx context.Context, purpose kith.SecretPurpose, hash []byte) (*kith.Secret, error) {
	return scanSecret(ss.tx.row(ctx, `SELECT `+secretColumns+` FROM secrets
		WHERE company_id = $1 AND hash = $3 AND purpose = $2 AND expires_at > $4`, int(purpose), hash, stamp(ss.tx.Now)), purpose)
}

// Spend uses the unexpired secret of a purpose up, by its hash. It fails with ErrNotFound if there is none:
// of many who spend one at once, one does.
func (ss secrets) Spend(ctx context.Context, purpose kith.SecretPurpose, hash []byte) (*kith.Secret, error) {
	return scanSecret(ss.tx.row(ctx, `DELETE FROM secrets
		WHERE company_id = $1 AND hash = $3 AND purpose = $2 AND expires_at > $4 RETURNING `+secretColumns,
		int(purpose), hash, stamp(ss.tx.Now)), purpose)
}

// Tried is a secret that an attempt was made at, and its hash, to compare with.
type Tried struct {
	*kith.Secret
	Hash []byte
}

// Try counts an attempt at the user's unexpired secrets of a purpose, whatever they were sent to, and gives
// them, newest first. Those that have had kith.MaxAttempts are gone: nothing is given to compare with
// before it was counted.
func (ss secrets) Try(ctx context.Context, purpose kith.SecretPurpose, user kith.UserID) ([]Tried, error) {
	var list []Tried
	err := each(ctx, ss.tx, `UPDATE secrets SET attempts = attempts + 1
		WHERE company_id = $1 AND user_id = $2 AND purpose = $3 AND expires_at > $4 AND attempts < $5
		RETURNING `+secretColumns+`, hash`, []any{user[:], int(purpose), stamp(ss.tx.Now), kith.MaxAttempts},
		func(row rowScanner) error {
			var hash []byte
			s, err := scanSecret(row, purpose, &hash)
			list = append(list, Tried{s, hash})
			return err
		})
	return list, err
}

// DeleteAll takes all of a user's secrets back, whatever they are good for, and tells how many those were.
func (ss secrets) DeleteAll(ctx context.Context, user kith.UserID) (int64, error) {
	return ss.tx.exec(ctx, `DELETE FROM secrets WHERE company_id = $1 AND user_id = $2`, user[:])
}

// DeleteOf takes the secrets back that were sent to one of a user's identifiers, and tells how many those
// were.
func (ss secrets) DeleteOf(ctx context.Context, user kith.UserID, identifier kith.Serial) (int64, error) {
	return ss.tx.exec(ctx, `DELETE FROM secrets WHERE company_id = $1 AND user_id = $2 AND identifier_id = $3`,
		user[:], int64(identifier))
}

// Expired names a secret that is no longer good for anything.
type Expired struct {
	Company kith.CompanyID
	Hash    []byte
}

// Expired lists secrets of any company that expired before a time: at most limit of them.
func (s *System) Expired(ctx context.Context, before time.Time, limit int) ([]Expired, error) {
	var list []Expired
	err := s.sysEach(ctx, `SELECT company_id, hash FROM secrets WHERE expires_at < $1 ORDER BY expires_at LIMIT 0 + $2`,
		[]any{before.UnixMilli(), limit}, func(row rowScanner) error {
			var e Expired
			err := row.Scan(&e.Company, &e.Hash)
			list = append(list, e)
			return err
		})
	return list, err
}

// Drop removes a secret that has expired, by its hash. It fails with ErrNotFound if it is not there, or is
// good still.
func (ss secrets) Drop(ctx context.Context, hash []byte) error {
	return ss.tx.one(ctx, `DELETE FROM secrets WHERE company_id = $1 AND hash = $2 AND expires_at <= $3`, hash, stamp(ss.tx.Now))
}
