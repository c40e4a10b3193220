package store

import (
	"context"

	"kith"
)

type applications struct{ tx *Tx }

// Insert adds an application. It fails with ErrExists if its number is taken.
func (as applications) Insert(ctx context.Context, a *kith.Application) error {
	_, err := as.tx.exec(ctx, `INSERT INTO applications (company_id, id, name, origins, created_at)
		VALUES ($1, $2, $3, $4, $5)`,
		int64(a.ID), a.Name, document(a.Origins, len(a.Origins) == 0), stamp(a.CreatedAt))
	if err != nil {
		return err
	}
	return as.putOrigins(ctx, a)
}

// Put writes what may change of an application. It fails with ErrNotFound if it is not there.
func (as applications) Put(ctx context.Context, a *kith.Application) error {
	var text string
	err := as.tx.row(ctx, `SELECT origins FROM applications WHERE company_id = $1 AND id = $2`+as.tx.lockRow(),
		int64(a.ID)).Scan(&text)
	if err != nil {
		return err
	}
	var before []string
	if err := undocument(text, &before); err != nil {
		return err
	}
	for _, origin := range before { // one by one: the directory finds rows by origin alone
		_, err := as.tx.exec(ctx, `DELETE FROM application_origins
			WHERE company_id = $1 AND application_id = $2 AND origin = $3`, int64(a.ID), origin)
		if err != nil {
			return err
		}
	}
	_, err = as.tx.exec(ctx, `UPDATE applications SET name = $3, origins = $4 WHERE company_id = $1 AND id = $2`,
		int64(a.ID), a.Name, document(a.Origins, len(a.Origins) == 0))
	if err != nil {
		return err
	}
	return as.putOrigins(ctx, a)
}

func (as applications) putOrigins(ctx context.Context, a *kith.Application) error {
	for _, origin := range a.Origins {
		_, err := as.tx.exec(ctx, `INSERT INTO application_origins (company_id, application_id, origin)
			VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, int64(a.ID), origin) // one may be named twice
		if err != nil {
			return err
		}
	}
	return nil
}

// List reads the company's applications, oldest first.
func (as applications) List(ctx context.Context) ([]*kith.Application, error) {
	var list []*kith.Application
	err := each(ctx, as.tx, `SELECT id, name, origins, created_at FROM applications
		WHERE company_id = $1 ORDER BY id`, nil, func(row rowScanner) error {
		a := new(kith.Application)
		var origins string
		var created int64
		if err := row.Scan(&a.ID, &a.Name, &origins, &created); err != nil {
			return err
		}
		a.CreatedAt = at(created)
		list = append(list, a)
		return undocument(origins, &a.Origins)
	})
	return list, err
}

// First reads the company's oldest application: the one it was born with.
func (as applications) First(ctx context.Context) (kith.Serial, error) {
	var id kith.Serial
	err := as.tx.row(ctx, `SELECT id FROM applications WHERE company_id = $1 ORDER BY id LIMIT 1`).Scan(&id)
	return id, err
}
