package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

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
		if err := backfillTerms(ctx, tx, list); err != nil {
			return err
		}
		if err := backfillRows(ctx, tx, list); err != nil {
			return err
		}
	}
}

func oldUsers(ctx context.Context, tx *sql.Tx, last *oldUser) ([]oldUser, error) {
	rows, err := tx.QueryContext(ctx, `SELECT company_id, id, flags, username, email, mobile, profile, password FROM users
		WHERE (company_id, id) > ($1, $2) ORDER BY company_id, id LIMIT 0 + $3`, last.company, last.user.ID[:], backfillSlice)
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

// backfillAtOnce is how many rows one statement writes: to PostgreSQL each is a journey.
const backfillAtOnce = 50

// backfillTermsText writes terms, each as five parameters.
var backfillTermsText = func() string {
	m := new(marks)
	rows := make([]string, backfillAtOnce)
	for i := range rows {
		rows[i] = m.fill("(?, ?, ?, ?, ?)")
	}
	return `INSERT INTO user_terms (company_id, field, value, user_id, further) VALUES ` + strings.Join(rows, ", ") +
		` ON CONFLICT (company_id, field, value, user_id) DO NOTHING`
}()

func backfillTerms(ctx context.Context, tx *sql.Tx, list []oldUser) error {
	var rows [][]any
	for i := range list {
		o := &list[i]
		for _, t := range termsOf(&o.user) {
			rows = append(rows, []any{o.company, t.Field, t.Value, o.user.ID[:], t.Further})
		}
	}
	for part := range slices.Chunk(rows, backfillAtOnce) {
		if _, err := tx.ExecContext(ctx, backfillTermsText, filled(part)...); err != nil {
			return err
		}
	}
	return nil
}

// backfillRowsText rewrites users of the company $1, each given as an id, a profile and a password.
var backfillRowsText = func() string {
	var profiles, passwords, ids strings.Builder
	for i := range backfillAtOnce {
		id := 2 + 3*i
		fmt.Fprintf(&profiles, " WHEN $%d THEN $%d", id, id+1)
		fmt.Fprintf(&passwords, " WHEN $%d THEN $%d", id, id+2)
		fmt.Fprintf(&ids, ", $%d", id)
	}
	return `UPDATE users SET profile = CASE id` + profiles.String() + ` END, password = CASE id` + passwords.String() + ` END,
		version = version + 1 WHERE company_id = $1 AND id IN (` + ids.String()[2:] + `)`
}()

func backfillRows(ctx context.Context, tx *sql.Tx, list []oldUser) error {
	changed := make(map[int64][][]any)
	for i := range list {
		o := &list[i]
		profile, password := writeProfile(o.user.Profile), packHash(unpackHash(o.password))
		if profile != o.profile || password != o.password {
			changed[o.company] = append(changed[o.company], []any{o.user.ID[:], profile, password})
		}
	}
	for company, rows := range changed {
		for part := range slices.Chunk(rows, backfillAtOnce) {
			if _, err := tx.ExecContext(ctx, backfillRowsText, append([]any{company}, filled(part)...)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// filled makes rows the arguments of a text that takes backfillAtOnce of them, by repeating the last.
func filled(rows [][]any) []any {
	var args []any
	for i := range backfillAtOnce {
		args = append(args, rows[min(i, len(rows)-1)]...)
	}
	return args
}

// adminGroup is a company's admin group, and what it holds.
type adminGroup struct {
	company int64
	id      kith.GroupID
	held    []byte
}

// backfillAdmins gives every admin group the nouns that are new since it was made: admin means everything.
func backfillAdmins(ctx context.Context, tx *sql.Tx) error {
	var last adminGroup
	for {
		list, err := adminGroupsAfter(ctx, tx, last.company)
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

// adminGroupsAfter reads some admin groups, those of the companies that follow one.
func adminGroupsAfter(ctx context.Context, tx *sql.Tx, company int64) (list []adminGroup, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT company_id, id, permissions FROM groups WHERE company_id > $1 AND kind = $2 AND name = $3
		ORDER BY company_id LIMIT 0 + $4`, company, int(kith.RoleGroup), kith.GroupAdmin, backfillSlice)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var g adminGroup
		if err := rows.Scan(&g.company, idDest(&g.id), &g.held); err != nil {
			return nil, err
		}
		list = append(list, g)
	}
	return list, rows.Err()
}
