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
	value := i.Value
	if claim {
		folded = i.Folded
		if value == i.Folded {
			value = "" // most are typed as they are compared
		}
	}
	n, err := is.tx.exec(ctx, `INSERT INTO identifiers (company_id, kind, id, user_id, value, folded, is_primary,
		verified_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (company_id, kind, id) DO NOTHING`,
		int(i.Kind), int64(i.ID), i.User[:], value, folded, i.Primary, stamp(i.VerifiedAt), stamp(i.CreatedAt))
	return n == 1, err
}

// Owner finds the user who holds a folded identifier.
func (is identifiers) Owner(ctx context.Context, kind kith.IdentifierKind, folded string) (kith.UserID, error) {
	var id kith.UserID
	err := is.tx.row(ctx, `SELECT user_id FROM identifiers
		WHERE company_id = $1 AND kind = $2 AND folded = $3`, int(kind), folded).Scan(idDest(&id))
	return id, err
}
