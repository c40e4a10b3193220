package store

import (
	"context"
	"strings"

	"kith"
)

type credentials struct{ tx *Tx }

// Login is what a sign-in by password needs to know of a user before it hashes.
type Login struct {
	User kith.UserID
	Hash string // PHC string; "" if the user has none
}

// ByIdentifier finds the user who holds a folded identifier and may sign in by it.
func (cs credentials) ByIdentifier(ctx context.Context, kind kith.IdentifierKind, folded string) (Login, error) {
	var l Login
	err := cs.tx.row(ctx, `SELECT u.id, u.password FROM identifiers i
		JOIN users u ON u.company_id = i.company_id AND u.id = i.user_id
		WHERE i.company_id = $1 AND i.kind = $2 AND i.folded = $3 AND i.barred = FALSE`, int(kind), folded).Scan(idDest(&l.User), &l.Hash)
	l.Hash = unpackHash(l.Hash)
	return l, err
}

// ByID finds a user by id.
func (cs credentials) ByID(ctx context.Context, user kith.UserID) (Login, error) {
	l := Login{User: user}
	err := cs.tx.row(ctx, `SELECT password FROM users WHERE company_id = $1 AND id = $2`, user[:]).Scan(&l.Hash)
	l.Hash = unpackHash(l.Hash)
	return l, err
}

// SetPassword replaces a user's password hash if it is still the one that was checked. It fails with
// ErrNotFound if it is not.
func (cs credentials) SetPassword(ctx context.Context, user kith.UserID, checked, hash string) error {
	return cs.tx.one(ctx, `UPDATE users SET password = $4 WHERE company_id = $1 AND id = $2 AND password = $3`,
		user[:], packHash(checked), packHash(hash))
}

// SignIn notes a sign-in by password: it fails with ErrNotFound unless the user may still sign in and
// the hash is still the one that was checked.
func (cs credentials) SignIn(ctx context.Context, user kith.UserID, checked string) error {
	return cs.tx.one(ctx, `UPDATE users SET last_login = $4, version = version + 1
		WHERE company_id = $1 AND id = $2 AND password = $3 AND flags & $5 = 0`,
		user[:], packHash(checked), stamp(cs.tx.Now), flagArchived|flagDeactivated|flagTemporary)
}

// Nearly all hashes are made with the same parameters, so these are stored as one character.
const (
	usualHash  = "$argon2id$v=19$m=19456,t=2,p=1$"
	packedHash = "~"
)

func packHash(hash string) string {
	if rest, ok := strings.CutPrefix(hash, usualHash); ok {
		return packedHash + rest
	}
	return hash
}

func unpackHash(stored string) string {
	if rest, ok := strings.CutPrefix(stored, packedHash); ok {
		return usualHash + rest
	}
	return stored
}

// one runs a conditional change of a single row; no row changed is ErrNotFound.
func (tx *Tx) one(ctx context.Context, text string, args ...any) error {
	n, err := tx.exec(ctx, text, args...)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

type factors struct{ tx *Tx }

// Insert adds a second factor to a user.
func (fs factors) Insert(ctx context.Context, f *kith.Factor) error {
	_, err := fs.tx.exec(ctx, `INSERT INTO factors (company_id, user_id, id, kind, verified_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)`, f.User[:], int64(f.ID), int(f.Kind), stamp(f.VerifiedAt), stamp(f.CreatedAt))
	return err
}

// InForce reads the verified factors of a user, oldest first.
func (fs factors) InForce(ctx context.Context, user kith.UserID) ([]kith.Factor, error) {
	var list []kith.Factor
	err := each(ctx, fs.tx, `SELECT id, kind, verified_at, created_at FROM factors
		WHERE company_id = $1 AND user_id = $2 AND verified_at > 0 ORDER BY id`, []any{user[:]}, func(row rowScanner) error {
		f := kith.Factor{User: user}
		var verified, created int64
		err := row.Scan(&f.ID, &f.Kind, &verified, &created)
		f.VerifiedAt, f.CreatedAt = at(verified), at(created)
		list = append(list, f)
		return err
	})
	return list, err
}

// DeleteAll takes all of a user's factors, and tells how many those were.
func (fs factors) DeleteAll(ctx context.Context, user kith.UserID) (int64, error) {
	return fs.tx.exec(ctx, `DELETE FROM factors WHERE company_id = $1 AND user_id = $2`, user[:])
}
