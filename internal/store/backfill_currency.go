package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"kith"
)

// backfillCurrencies gives the companies that were there before the table the row of their own currency,
// as their own row tells it. It may run twice.
func backfillCurrencies(ctx context.Context, tx *sql.Tx) error {
	type born struct {
		company int64
		money   kith.Currency
		created int64
	}
	rows, err := tx.QueryContext(ctx, `SELECT company_id, currency, created_at FROM companies`)
	if err != nil {
		return fmt.Errorf("read the companies' currencies: %w", err)
	}
	defer rows.Close()
	var all []born
	for rows.Next() { // to the end first: PostgreSQL writes nothing while it reads
		var b born
		var text string
		err := rows.Scan(&b.company, &text, &b.created)
		if err == nil {
			b.money, err = readCurrency(text)
		}
		if err != nil {
			return fmt.Errorf("currency of company %d: %w", b.company, err)
		}
		all = append(all, b)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("read the companies' currencies: %w", err)
	}
	for _, b := range all {
		_, err := tx.ExecContext(ctx, `INSERT INTO currencies (company_id, code, display_code, description, symbol, unit,
			divisibility, metadata, archived, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, '', FALSE, $8, $8) ON CONFLICT (company_id, code) DO NOTHING`,
			b.company, b.money.Code, b.money.DisplayCode, b.money.Description, b.money.Symbol, b.money.Unit,
			b.money.Divisibility, b.created)
		if err != nil {
			return fmt.Errorf("currency of company %d: %w", b.company, err)
		}
	}
	return nil
}
