package gate

import (
	"context"
	"errors"

	"kith"
	"kith/internal/store"
)

// slice is how many rows one transaction of Bookkeep touches: some milliseconds' worth, so that nobody
// waits long behind it.
const slice = 200

// Bookkeep runs a step for each of a company's rows, a slice of them to a transaction. It is for what
// kith keeps for itself and tells nobody: when sessions were used, what was handed on. It stops at the
// first failure and gives the rows that are still to do.
func Bookkeep[Row any](ctx context.Context, g *Gate, company kith.CompanyID, rows []Row,
	step func(context.Context, *store.Tx, Row) error) (left []Row, err error) {
	by := &kith.Actor{System: true, Company: &kith.Company{ID: company}}
	for len(rows) > 0 {
		now := rows[:min(slice, len(rows))]
		err := g.db.Update(ctx, by, func(tx *store.Tx) error {
			for _, row := range now {
				if err := step(ctx, tx, row); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return rows, err
		}
		rows = rows[len(now):]
	}
	return nil, nil
}

// BookkeepAll is Bookkeep for rows of any companies, one company after the other, and tells how many rows that
// were. At a failure it tells of none.
func BookkeepAll[Row any](ctx context.Context, g *Gate, rows []Row, company func(Row) kith.CompanyID,
	step func(context.Context, *store.Tx, Row) error) (int, error) {
	for id, own := range ByCompany(rows, company) {
		if _, err := Bookkeep(ctx, g, id, own, step); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// ByCompany sorts rows by the company that they are of.
func ByCompany[Row any](rows []Row, company func(Row) kith.CompanyID) map[kith.CompanyID][]Row {
	sorted := make(map[kith.CompanyID][]Row)
	for _, row := range rows {
		sorted[company(row)] = append(sorted[company(row)], row)
	}
	return sorted
}

// Already takes it that what is not found any more was done by another request or node.
func Already(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
