package store

import (
	"context"
	"time"

	"kith"
)

type identifiers struct{ tx *Tx }

// Insert adds an identifier, unless its number is taken: then it reports false. It fails with ErrExists
// if its folded form is taken in the company; with claim false it claims nothing, as for temporary users.
func (is identifiers) Insert(ctx context.Context, i *kith.Identifier, claim bool) (bool, error) {
	var folded any
	value := i.Value
	if claim {
		folded = i.Folded
		if value == i.Folded {
			value = "" // most are typed as they are compared
		}
	}
	created := stamp(i.CreatedAt)
	if i.ID.Created().Equal(i.CreatedAt) {
		created = 0 // as the number says
	}
	n, err := is.tx.exec(ctx, `INSERT INTO identifiers (company_id, kind, id, user_id, value, folded, is_primary,
		verified_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (company_id, kind, id) DO NOTHING`,
		int(i.Kind), int64(i.ID), i.User[:], value, folded, i.Primary, stamp(i.VerifiedAt), created)
	return n == 1, err
}

// Owner finds the user who holds a folded identifier.
func (is identifiers) Owner(ctx context.Context, kind kith.IdentifierKind, folded string) (kith.UserID, error) {
	var id kith.UserID
	err := is.tx.row(ctx, `SELECT user_id FROM identifiers
		WHERE company_id = $1 AND kind = $2 AND folded = $3`, int(kind), folded).Scan(idDest(&id))
	return id, err
}

// Release takes a primary identifier from its user, and tells when it was verified. It fails with
// ErrNotFound if the user does not hold it.
func (is identifiers) Release(ctx context.Context, user kith.UserID, kind kith.IdentifierKind, folded string) (time.Time, error) {
	var verified int64
	err := is.tx.row(ctx, `DELETE FROM identifiers WHERE company_id = $1 AND kind = $2 AND folded = $3 AND user_id = $4
		AND is_primary RETURNING verified_at`, int(kind), folded, user[:]).Scan(&verified)
	return at(verified), err
}

// ReleaseUnclaimed takes a temporary user's primary identifier of a kind, which claims nothing. It fails
// with ErrNotFound if there is none.
func (is identifiers) ReleaseUnclaimed(ctx context.Context, user kith.UserID, kind kith.IdentifierKind) error {
	return is.tx.one(ctx, `DELETE FROM identifiers WHERE company_id = $1 AND user_id = $2 AND folded IS NULL
		AND kind = $3 AND is_primary`, user[:], int(kind))
}

// Promote makes an identifier that the user has already their primary one, and tells when it was
// verified. It fails with ErrNotFound if the user does not hold it.
func (is identifiers) Promote(ctx context.Context, user kith.UserID, kind kith.IdentifierKind, folded string) (time.Time, error) {
	var verified int64
	err := is.tx.row(ctx, `UPDATE identifiers SET is_primary = TRUE WHERE company_id = $1 AND kind = $2 AND folded = $3
		AND user_id = $4 RETURNING verified_at`, int(kind), folded, user[:]).Scan(&verified)
	return at(verified), err
}

// theirs finds a user's identifiers. Asked by company and user alone, SQLite rather walks the company's,
// which it takes for few, than follows the index.
const theirs = ` WHERE company_id = $1 AND kind IN (1, 2, 3) AND user_id = $2
	AND id IN (SELECT o.id FROM identifiers o WHERE o.company_id = $1 AND o.user_id = $2)`

// List reads all identifiers of a user: of each kind the primary one first, then as they were added. Those
// that claim nothing come without their folded form.
func (is identifiers) List(ctx context.Context, user kith.UserID) ([]*kith.Identifier, error) {
	var list []*kith.Identifier
	err := each(ctx, is.tx, `SELECT kind, id, value, COALESCE(folded, ''), folded IS NULL, is_primary, barred, verified_at,
		created_at FROM identifiers`+theirs+` ORDER BY kind, is_primary DESC, id`,
		[]any{user[:]}, func(row rowScanner) error {
			i := &kith.Identifier{User: user}
			var verified, created int64
			err := row.Scan(&i.Kind, &i.ID, &i.Value, &i.Folded, &i.Unclaimed, &i.Primary, &i.Barred, &verified, &created)
			if i.Value == "" {
				i.Value = i.Folded
			}
			i.VerifiedAt, i.CreatedAt = at(verified), at(created)
			if created == 0 {
				i.CreatedAt = i.ID.Created()
			}
			list = append(list, i)
			return err
		})
	return list, err
}

// Verify notes that a user has proved an identifier, which claims it and lets them sign in by it. It fails
// with ErrExists if another user holds it, and with ErrNotFound if this one has it no more.
func (is identifiers) Verify(ctx context.Context, i *kith.Identifier) error {
	return is.tx.one(ctx, `UPDATE identifiers SET verified_at = $5, folded = $6, barred = FALSE
		WHERE company_id = $1 AND kind = $2 AND id = $3 AND user_id = $4`,
		int(i.Kind), int64(i.ID), i.User[:], stamp(is.tx.Now), i.Folded)
}

// Doubt takes back that a user has proved anything but one identifier.
func (is identifiers) Doubt(ctx context.Context, user kith.UserID, but kith.Serial) error {
	_, err := is.tx.exec(ctx, `UPDATE identifiers SET verified_at = 0`+theirs+` AND id <> $3 AND verified_at > 0`,
		user[:], int64(but))
	return err
}
