package store

import (
	"context"

	"kith"
)

type currencies struct{ tx *Tx }

const currencyColumns = `code, display_code, description, symbol, unit, divisibility, metadata, archived, created_at, updated_at`

func scanCurrency(row rowScanner) (*kith.CompanyCurrency, error) {
	c := new(kith.CompanyCurrency)
	var metadata string
	var created, updated int64
	err := row.Scan(&c.Code, &c.DisplayCode, &c.Description, &c.Symbol, &c.Unit, &c.Divisibility, &metadata,
		&c.Archived, &created, &updated)
	if err != nil {
		return nil, err
	}
	c.CreatedAt, c.UpdatedAt = at(created), at(updated)
	return c, undocument(metadata, &c.Metadata)
}

// Insert adds a currency, unless the company has it: then it reports false.
func (cs currencies) Insert(ctx context.Context, c *kith.CompanyCurrency) (bool, error) {
	n, err := cs.tx.exec(ctx, `INSERT INTO currencies (company_id, code, display_code, description, symbol, unit,
		divisibility, metadata, archived, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (company_id, code) DO NOTHING`,
		c.Code, c.DisplayCode, c.Description, c.Symbol, c.Unit, c.Divisibility,
		document(c.Metadata, len(c.Metadata) == 0), c.Archived, stamp(c.CreatedAt), stamp(c.UpdatedAt))
	return n == 1, err
}

// Put writes what may change of a currency: not its code or divisibility. It fails with ErrNotFound if
// the company does not have it.
func (cs currencies) Put(ctx context.Context, c *kith.CompanyCurrency) error {
	return cs.tx.one(ctx, `UPDATE currencies SET display_code = $3, description = $4, symbol = $5, unit = $6,
		metadata = $7, archived = $8, updated_at = $9 WHERE company_id = $1 AND code = $2`,
		c.Code, c.DisplayCode, c.Description, c.Symbol, c.Unit,
		document(c.Metadata, len(c.Metadata) == 0), c.Archived, stamp(c.UpdatedAt))
}

// Get reads one currency of the company.
func (cs currencies) Get(ctx context.Context, code string) (*kith.CompanyCurrency, error) {
	return scanCurrency(cs.tx.row(ctx, `SELECT `+currencyColumns+` FROM currencies WHERE company_id = $1 AND code = $2`, code))
}

// Lock is Get, and holds the row until the transaction ends.
func (cs currencies) Lock(ctx context.Context, code string) (*kith.CompanyCurrency, error) {
	return scanCurrency(cs.tx.row(ctx, `SELECT `+currencyColumns+` FROM currencies WHERE company_id = $1 AND code = $2`+
		cs.tx.lockRow(), code))
}

// List reads the company's currencies, by code.
func (cs currencies) List(ctx context.Context) ([]*kith.CompanyCurrency, error) {
	var list []*kith.CompanyCurrency
	err := each(ctx, cs.tx, `SELECT `+currencyColumns+` FROM currencies WHERE company_id = $1 ORDER BY code`, nil,
		func(row rowScanner) error {
			c, err := scanCurrency(row)
			list = append(list, c)
			return err
		})
	return list, err
}
