package store

import (
	"context"
	"time"

	"kith"
)

type applications struct{ tx *Tx }

const applicationColumns = `id, name, origins, redirects, audience, life, created_at, updated_at`

func scanApplication(row rowScanner) (*kith.Application, error) {
	a := new(kith.Application)
	var origins, redirects string
	var life, created, updated int64
	err := row.Scan(&a.ID, &a.Name, &origins, &redirects, &a.Audience, &life, &created, &updated)
	if err != nil {
		return nil, err
	}
	a.TokenLife = time.Duration(life) * time.Millisecond
	a.CreatedAt, a.UpdatedAt = at(created), at(updated)
	if err := undocument(redirects, &a.Redirects); err != nil {
		return nil, err
	}
	return a, undocument(origins, &a.Origins)
}

// Insert adds an application. It fails with ErrExists if its number is taken.
func (as applications) Insert(ctx context.Context, a *kith.Application) error {
	_, err := as.tx.exec(ctx, `INSERT INTO applications (company_id, id, name, origins, redirects, audience, life,
		created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		int64(a.ID), a.Name, document(a.Origins, len(a.Origins) == 0), document(a.Redirects, len(a.Redirects) == 0),
		a.Audience, a.TokenLife.Milliseconds(), stamp(a.CreatedAt), stamp(a.UpdatedAt))
	if err != nil {
		return err
	}
	return as.putOrigins(ctx, a)
}

// Put writes what may change of an application. It fails with ErrNotFound if it is not there.
func (as applications) Put(ctx context.Context, a *kith.Application) error {
	if err := as.clearOrigins(ctx, a.ID); err != nil {
		return err
	}
	_, err := as.tx.exec(ctx, `UPDATE applications SET name = $3, origins = $4, redirects = $5, audience = $6, life = $7,
		updated_at = $8 WHERE company_id = $1 AND id = $2`,
		int64(a.ID), a.Name, document(a.Origins, len(a.Origins) == 0), document(a.Redirects, len(a.Redirects) == 0),
		a.Audience, a.TokenLife.Milliseconds(), stamp(a.UpdatedAt))
	if err != nil {
		return err
	}
	return as.putOrigins(ctx, a)
}

// Delete removes an application; its sessions are the caller's to end. It fails with ErrNotFound if it is
// not there.
func (as applications) Delete(ctx context.Context, id kith.Serial) error {
	if err := as.clearOrigins(ctx, id); err != nil {
		return err
	}
	return as.tx.one(ctx, `DELETE FROM applications WHERE company_id = $1 AND id = $2`, int64(id))
}

// clearOrigins takes an application's origins out of the directory, and holds its row until the
// transaction ends.
func (as applications) clearOrigins(ctx context.Context, id kith.Serial) error {
	before, err := as.Lock(ctx, id)
	if err != nil {
		return err
	}
	for _, origin := range before.Origins { // one by one: the directory finds rows by origin alone
		_, err := as.tx.exec(ctx, `DELETE FROM application_origins
			WHERE company_id = $1 AND application_id = $2 AND origin = $3`, int64(id), origin)
		if err != nil {
			return err
		}
	}
	return nil
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
	err := each(ctx, as.tx, `SELECT `+applicationColumns+` FROM applications
		WHERE company_id = $1 ORDER BY id`, nil, func(row rowScanner) error {
		a, err := scanApplication(row)
		list = append(list, a)
		return err
	})
	return list, err
}

// Lock reads an application and holds its row until the transaction ends.
func (as applications) Lock(ctx context.Context, id kith.Serial) (*kith.Application, error) {
	return scanApplication(as.tx.row(ctx, `SELECT `+applicationColumns+` FROM applications
		WHERE company_id = $1 AND id = $2`+as.tx.lockRow(), int64(id)))
}

// OfSession reads the application that a session is for.
func (as applications) OfSession(ctx context.Context, session kith.SessionID) (*kith.Application, error) {
	return scanApplication(as.tx.row(ctx, `SELECT `+applicationColumns+` FROM applications
		WHERE company_id = $1 AND id = (SELECT application_id FROM sessions WHERE company_id = $1 AND id = $2)`, session[:]))
}

// First reads the company's oldest application: the one it was born with.
func (as applications) First(ctx context.Context) (*kith.Application, error) {
	return scanApplication(as.tx.row(ctx, `SELECT `+applicationColumns+` FROM applications
		WHERE company_id = $1 ORDER BY id LIMIT 1`))
}
