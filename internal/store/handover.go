package store

import (
	"context"
	"time"

	"kith"
)

// Heir reads to whom the transaction's company is being handed over, and until when that stands; zero
// if to nobody.
func (cs companies) Heir(ctx context.Context) (heir kith.UserID, until time.Time, err error) {
	var ms int64
	err = cs.tx.row(ctx, `SELECT heir_id, heir_until FROM companies WHERE company_id = $1`).Scan(idDest(&heir), &ms)
	return heir, at(ms), err
}

// SetHeir offers the transaction's company to a user until a time, in place of any earlier offer; to
// nobody if heir is zero. It fails with ErrNotFound if owner is not its owner.
func (cs companies) SetHeir(ctx context.Context, owner, heir kith.UserID, until time.Time) error {
	return cs.tx.one(ctx, `UPDATE companies SET heir_id = $3, heir_until = $4, version = version + 1
		WHERE company_id = $1 AND owner_id = $2`, owner[:], idArg(heir), stamp(until))
}

// Claim makes a user the owner of the transaction's company. It fails with ErrNotFound unless nobody owns it, and the
// user is a person who may sign in: of many who claim at once, one does. Lock the user first: see HandOver.
func (cs companies) Claim(ctx context.Context, user kith.UserID) error {
	var nobody kith.UserID
	return cs.tx.one(ctx, `UPDATE companies SET owner_id = $2, updated_at = $4, version = version + 1
		WHERE company_id = $1 AND owner_id = $3
		AND EXISTS (SELECT 1 FROM users u WHERE u.company_id = $1 AND u.id = $2 AND u.kind = $5 AND u.flags & $6 = 0)`,
		user[:], nobody[:], stamp(cs.tx.Now), int(kith.Person), flagArchived|flagDeactivated|flagTemporary)
}

// HandOver makes the heir the owner of the transaction's company. It fails with ErrNotFound unless owner
// still owns it, the offer to the heir stands, and the heir is a person of the role group who may sign in.
// Lock the heir first: whoever shuts a user out locks the user and then asks who the owner is.
func (cs companies) HandOver(ctx context.Context, owner, heir kith.UserID, group string) error {
	return cs.tx.one(ctx, `UPDATE companies SET owner_id = $3, heir_id = NULL, heir_until = 0, updated_at = $4,
		version = version + 1
		WHERE company_id = $1 AND owner_id = $2 AND heir_id = $3 AND heir_until > $4
		AND EXISTS (SELECT 1 FROM users u JOIN groups g ON g.company_id = u.company_id AND g.id = u.group_id
			WHERE u.company_id = $1 AND u.id = $3 AND u.kind = $5 AND u.flags & $6 = 0 AND g.name = $7 AND g.kind = $8)`,
		owner[:], heir[:], stamp(cs.tx.Now), int(kith.Person), flagArchived|flagDeactivated|flagTemporary,
		group, int(kith.RoleGroup))
}
