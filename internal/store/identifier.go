package store

import (
	"context"

	"kith"
)

type identifiers struct{ tx *Tx }

// Insert adds an identifier, unless its number is taken: then it reports false. It fails with ErrExists
// if its folded form is taken in the company; with claim false it claims nothing, as for temporary users.
func (is identifiers) Insert(ctx context.Context, i *kith.Identifier, claim bool) (bool, error) {
	var folded any
	if claim {
		folded = i.Folded
	}
	n, err := is.tx.exec(ctx, `INSERT INTO identifiers (company_id, kind, id, user_id, value, folded, is_primary,
		verified_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (company_id, kind, id) DO NOTHING`,
		int(i.Kind), int64(i.ID), i.User[:], i.Value, folded, i.Primary, stamp(i.VerifiedAt), stamp(i.CreatedAt))
	return n == 1, err
}

// Owner finds the user who holds a folded identifier.
func (is identifiers) Owner(ctx context.Context, kind kith.IdentifierKind, folded string) (kith.UserID, error) {
	var id kith.UserID
	err := is.tx.row(ctx, `SELECT user_id FROM identifiers
		WHERE company_id = $1 AND kind = $2 AND folded = $3`, int(kind), folded).Scan(idDest(&id))
	return id, err
}

// Delete removes the identifiers of one kind from a user.
func (is identifiers) Delete(ctx context.Context, user kith.UserID, kind kith.IdentifierKind) error {
	_, err := is.tx.exec(ctx, `DELETE FROM identifiers WHERE company_id = $1 AND user_id = $2 AND kind = $3`,
		user[:], int(kind))
	return err
}
