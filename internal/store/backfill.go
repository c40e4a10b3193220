package store

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"

	"kith"
)

// backfills are migration 0003: they fill in what 0002 made room for and SQL cannot, in this order, in one
// transaction. Each reads in slices and leaves alone what is right already.
var backfills = []func(context.Context, *sql.Tx) error{backfillUsers, backfillAdmins, backfillCurrencies}

func backfillMigration() *goose.Migration {
	const number = 3
	return goose.NewGoMigration(number, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		for _, fill := range backfills {
			if err := fill(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	}}, nil)
}

// backfillSlice is how many rows one statement reads.
const backfillSlice = 500

// oldUser is what a backfill needs of a user.
type oldUser struct {
	company           int64
	user              kith.User
	profile, password string
}

// backfillUsers writes the terms that users are searched by, and what of their rows is stored shorter now.
func backfillUsers(ctx context.Context, tx *sql.Tx) error {
	var last oldUser
	for {
		list, err := oldUsers(ctx, tx, &last)
		if err != nil || len(list) == 0 {
			return err
		}
		last = list[len(list)-1]
		for i := range list {
			if err := backfillUser(ctx, tx, &list[i]); err != nil {
				return err
			}
		}
	}
}

func oldUsers(ctx context.Context, tx *sql.Tx, last *oldUser) ([]oldUser, error) {
	rows, err := tx.QueryContext(ctx, `SELECT company_id, id, flags, username, email, mobile, profile, password FROM users
		WHERE (company_id, id) > ($1, $2) ORDER BY company_id, id LIMIT $3`, last.company, last.user.ID[:], backfillSlice)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []oldUser
	for rows.Next() {
		var o oldUser
		var flags int
		u := &o.user
		if err := rows.Scan(&o.company, idDest(&u.ID), &flags, &u.Username, &u.Email, &u.Mobile, &o.profile, &o.password); err != nil {
			return nil, err
		}
		setUserFlags(u, flags)
		if err := readProfile(o.profile, &u.Profile); err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

func backfillUser(ctx context.Context, tx *sql.Tx, o *oldUser) error {
	for _, t := range termsOf(&o.user) {
		if _, err := tx.ExecContext(ctx, `INSERT INTO user_terms (company_id, field, value, user_id, further) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (company_id, field, value, user_id) DO NOTHING`, o.company, t.Field, t.Value, o.user.ID[:], t.Further); err != nil {
			return err
		}
	}
	profile, password := writeProfile(o.user.Profile), packHash(unpackHash(o.password))
	if profile == o.profile && password == o.password {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE users SET profile = $3, password = $4, version = version + 1
		WHERE company_id = $1 AND id = $2`, o.company, o.user.ID[:], profile, password)
	return err
}

// backfillAdmins gives every admin group the nouns that are new since it was made: admin means everything.
func backfillAdmins(ctx context.Context, tx *sql.Tx) error {
	type adminGroup struct {
		company int64
		id      kith.GroupID
		held    []byte
	}
	var last adminGroup
	for {
		rows, err := tx.QueryContext(ctx, `SELECT company_id, id, permissions FROM groups WHERE company_id > $1 AND kind = $2 AND name = $3
			ORDER BY company_id LIMIT $4`, last.company, int(kith.RoleGroup), kith.GroupAdmin, backfillSlice)
		if err != nil {
			return err
		}
		var list []adminGroup
		for rows.Next() && err == nil {
			var g adminGroup
			err = rows.Scan(&g.company, idDest(&g.id), &g.held)
			list = append(list, g)
		}
		if err == nil {
			err = rows.Err()
		}
		rows.Close()
		if err != nil || len(list) == 0 {
			return err
		}
		last = list[len(list)-1]
		for _, g := range list {
			held := kith.PermissionsOf(g.held)
			all := held.With(kith.Every(kith.SectionAdmin, kith.AllNouns()...)...)
			if all == held {
				continue
			}
			if _, err := tx.ExecContext(ctx, `UPDATE groups SET permissions = $3, version = version + 1
				WHERE company_id = $1 AND id = $2`, g.company, g.id[:], all.Bytes()); err != nil {
				return err
			}
		}
	}
}
