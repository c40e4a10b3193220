package store

import (
	"context"

	"kith"
)

type accounts struct{ tx *Tx }

// Define adds a kind of account that users get.
func (as accounts) Define(ctx context.Context, d kith.AccountDefinition) error {
	_, err := as.tx.exec(ctx, `INSERT INTO account_definitions (company_id, name, label, currency, everybody, recon, archived,
		groups, created_at, updated_at) VALUES ($1, $2, '', $3, $4, FALSE, FALSE, '', $5, $5)`,
		d.Name, d.Currency, d.Primary, stamp(as.tx.Now))
	return err
}

// Insert opens a user's account of the kind, unless the reference is taken: then it reports false.
func (as accounts) Insert(ctx context.Context, user kith.UserID, definition, reference string) (bool, error) {
	n, err := as.tx.exec(ctx, `INSERT INTO accounts (company_id, reference, user_id, is_primary, definition,
		flags, details, created_at, updated_at) VALUES ($1, $2, $3, TRUE, $4, 0, '', $5, $5) ON CONFLICT (company_id, reference) DO NOTHING`,
		reference, user[:], definition, stamp(as.tx.Now))
	return n == 1, err
}
