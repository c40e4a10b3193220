package store

import (
	"context"

	"kith"
)

type identifiers struct{ tx *Tx }

// Insert adds an identifier, with the default permission, unless its number is taken: then it reports false. It fails with ErrExists
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
		verified_at, created_at, barred) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (company_id, kind, id) DO NOTHING`,
		int(i.Kind), int64(i.ID), i.User[:], value, folded, i.Primary, stamp(i.VerifiedAt), created, i.Barred)
	return n == 1, err
}

// Owner finds the user who holds a folded identifier.
func (is identifiers) Owner(ctx context.Context, kind kith.IdentifierKind, folded string) (kith.UserID, error) {
	var id kith.UserID
	err := is.tx.row(ctx, `SELECT user_id FROM identifiers
		WHERE company_id = $1 AND kind = $2 AND folded = $3`, int(kind), folded).Scan(idDest(&id))
	return id, err
}

const (
	identifierFields = `i.id, i.user_id, i.kind, i.value, COALESCE(i.folded, ''), i.folded IS NULL, i.is_primary, i.barred,
	i.verified_at, i.created_at, i.mode`
	identifierColumns = identifierFields + ` FROM identifiers i`
)

func scanIdentifier(row rowScanner, more ...any) (*kith.Identifier, error) {
	i := new(kith.Identifier)
	var verified, created int64
	var mode *kith.Mode
	err := row.Scan(append([]any{&i.ID, idDest(&i.User), &i.Kind, &i.Value, &i.Folded, &i.Unclaimed, &i.Primary, &i.Barred,
		&verified, &created, &mode}, more...)...)
	if err != nil {
		return nil, err
	}
	i.Mode = kith.DefaultRowMode
	if mode != nil {
		i.Mode = *mode
	}
	if i.Value == "" {
		i.Value = i.Folded
	}
	i.VerifiedAt, i.CreatedAt = at(verified), at(created)
	if created == 0 {
		i.CreatedAt = i.ID.Created()
	}
	return i, nil
}

// Named reads the identifier that is claimed under a folded form, whoever holds it.
func (is identifiers) Named(ctx context.Context, kind kith.IdentifierKind, folded string) (*kith.Identifier, error) {
	return scanIdentifier(is.tx.row(ctx, `SELECT `+identifierColumns+`
		WHERE i.company_id = $1 AND i.kind = $2 AND i.folded = $3`, int(kind), folded))
}

// Get reads one of the company's identifiers by its number; one that claims nothing comes without its folded
// form.
func (is identifiers) Get(ctx context.Context, kind kith.IdentifierKind, id kith.Serial) (*kith.Identifier, error) {
	return scanIdentifier(is.tx.row(ctx, `SELECT `+identifierColumns+`
		WHERE i.company_id = $1 AND i.kind = $2 AND i.id = $3`, int(kind), int64(id)))
}

// Further reads the identifiers of a user that are not primary, and those that claim nothing, which come
// without their folded form. The others are found by their names.
func (is identifiers) Further(ctx context.Context, user kith.UserID) ([]*kith.Identifier, error) {
	var list []*kith.Identifier
	for _, primary := range []bool{false, true} { // apart, and from the index, or SQLite walks the company's
		err := each(ctx, is.tx, `SELECT `+identifierFields+` FROM identifiers k CROSS JOIN identifiers i
			WHERE k.company_id = $1 AND k.user_id = $2 AND k.is_primary = $3 AND (NOT k.is_primary OR k.folded IS NULL)
				AND i.company_id = $1 AND i.kind = k.kind AND i.id = k.id ORDER BY k.kind, k.id`, []any{user[:], primary},
			func(row rowScanner) error {
				i, err := scanIdentifier(row)
				list = append(list, i)
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Verify notes that a user has proved an identifier, which claims it and lets them sign in by it. It fails
// with ErrExists if another user holds it, and with ErrNotFound if this one has it no more.
func (is identifiers) Verify(ctx context.Context, i *kith.Identifier) error {
	return is.tx.one(ctx, `UPDATE identifiers SET verified_at = $5, folded = $6, barred = FALSE
		WHERE company_id = $1 AND kind = $2 AND id = $3 AND user_id = $4`,
		int(i.Kind), int64(i.ID), i.User[:], stamp(is.tx.Now), i.Folded)
}

// Claim gives a user what was theirs and claimed nothing, with the folded form and the bar that i has. It
// fails with ErrExists if another user holds it, and with ErrNotFound if this one has it no more.
func (is identifiers) Claim(ctx context.Context, i *kith.Identifier) error {
	return is.tx.one(ctx, `UPDATE identifiers SET folded = $5, barred = $6
		WHERE company_id = $1 AND kind = $2 AND id = $3 AND user_id = $4`,
		int(i.Kind), int64(i.ID), i.User[:], i.Folded, i.Barred)
}

// SetMode writes the permission of an identifier's row. It fails with ErrNotFound if it is not there.
func (is identifiers) SetMode(ctx context.Context, i *kith.Identifier) error {
	var mode any
	if i.Mode != kith.DefaultRowMode {
		mode = int(i.Mode)
	}
	return is.tx.one(ctx, `UPDATE identifiers SET mode = $5 WHERE company_id = $1 AND kind = $2 AND id = $3 AND user_id = $4`,
		int(i.Kind), int64(i.ID), i.User[:], mode)
}

// SetPrimary writes whether an identifier is its user's primary one. It fails with ErrNotFound if they have
// it no more.
func (is identifiers) SetPrimary(ctx context.Context, i *kith.Identifier) error {
	return is.tx.one(ctx, `UPDATE identifiers SET is_primary = $5
		WHERE company_id = $1 AND kind = $2 AND id = $3 AND user_id = $4`, int(i.Kind), int64(i.ID), i.User[:], i.Primary)
}

// Delete takes an identifier from its user, and its row from the groups that it was linked to. It fails with
// ErrNotFound if they have it no more.
func (is identifiers) Delete(ctx context.Context, i *kith.Identifier) error {
	if noun := i.Kind.Noun(); noun != kith.NounUser {
		if err := is.tx.Links.DeleteAll(ctx, noun, SerialKey(i.ID)); err != nil {
			return err
		}
	}
	return is.tx.one(ctx, `DELETE FROM identifiers
		WHERE company_id = $1 AND kind = $2 AND id = $3 AND user_id = $4`, int(i.Kind), int64(i.ID), i.User[:])
}

// Doubt takes back that a user has proved an identifier. It fails with ErrNotFound if they have it no more.
func (is identifiers) Doubt(ctx context.Context, i *kith.Identifier) error {
	return is.tx.one(ctx, `UPDATE identifiers SET verified_at = 0
		WHERE company_id = $1 AND kind = $2 AND id = $3 AND user_id = $4`, int(i.Kind), int64(i.ID), i.User[:])
}

// Release has an identifier claim nothing, with the proof of it taken back: it stays the user's, and is anybody's
// to prove. It fails with ErrNotFound if they have it no more.
func (is identifiers) Release(ctx context.Context, i *kith.Identifier) error {
	return is.tx.one(ctx, `UPDATE identifiers SET verified_at = 0, value = $5, folded = NULL, barred = FALSE
		WHERE company_id = $1 AND kind = $2 AND id = $3 AND user_id = $4`, int(i.Kind), int64(i.ID), i.User[:], i.Value)
}
