package store

import (
	"context"
	"time"

	"kith"
)

type accounts struct{ tx *Tx }

// flags of an account's row. The numbers are stored.
const (
	flagRecon = 1 << iota
	flagHidden
	flagAccountArchived
)

// accountDetails is the JSON column of an account: ” for one that is as its definition has it.
type accountDetails struct {
	Name       string         `json:"name,omitempty"`
	Label      string         `json:"label,omitempty"`
	Currencies []string       `json:"currencies,omitempty"`
	Metadata   map[string]any `json:"metadata,omitempty"`
}

// writeAccountDetails leaves out a name that is the definition's.
func writeAccountDetails(a *kith.Account) string {
	d := accountDetails{a.Name, a.Label, a.Currencies, a.Metadata}
	if a.Name == a.Definition {
		d.Name = ""
	}
	return document(d, d.Name == "" && d.Label == "" && len(d.Currencies) == 0 && len(d.Metadata) == 0)
}

const accountsHeld = `SELECT a.reference, a.user_id, a.is_primary, a.definition, a.flags, a.details, a.created_at, a.updated_at,
	u.username, u.email, u.mobile, u.flags, u.profile, u.picture, g.id, g.name, g.label, g.section
	FROM accounts a
	LEFT JOIN users u ON u.company_id = a.company_id AND u.id = a.user_id
	LEFT JOIN groups g ON g.company_id = a.company_id AND g.id = u.group_id `

// accountRow is where accountsHeld is scanned to. Of a LEFT JOIN all columns may be NULL.
type accountRow struct {
	account                          kith.Account
	flags                            int
	details                          string
	created, updated                 int64
	username, email, mobile, profile *string
	userFlags                        *int
	picture                          kith.FileID
	group                            groupBrief
}

func (r *accountRow) dest() []any {
	a, g := &r.account, &r.group
	return []any{&a.Reference, idDest(&a.User), &a.Primary, &a.Definition, &r.flags, &r.details, &r.created, &r.updated,
		&r.username, &r.email, &r.mobile, &r.userFlags, &r.profile, idDest(&r.picture), idDest(&g.id), &g.name, &g.label, &g.section}
}

func scanAccount(row rowScanner) (*kith.HeldAccount, error) {
	var r accountRow
	if err := row.Scan(r.dest()...); err != nil {
		return nil, err
	}
	a := &kith.HeldAccount{Account: r.account}
	a.Recon, a.Hidden, a.Archived = r.flags&flagRecon != 0, r.flags&flagHidden != 0, r.flags&flagAccountArchived != 0
	a.CreatedAt, a.UpdatedAt = readAccountTimes(a.User, r.created, r.updated)
	var d accountDetails
	if err := undocument(r.details, &d); err != nil {
		return nil, err
	}
	a.Name, a.Label, a.Currencies, a.Metadata = d.Name, d.Label, d.Currencies, d.Metadata
	if a.Name == "" {
		a.Name = a.Definition
	}
	if r.username == nil {
		return a, nil
	}
	u := &kith.User{ID: a.User, Username: *r.username, Email: *r.email, Mobile: *r.mobile, Picture: r.picture}
	setUserFlags(u, *r.userFlags)
	a.Holder = &kith.Member{User: u, Group: r.group.read()}
	return a, readProfile(*r.profile, &u.Profile)
}

// Insert opens an account, unless the reference is taken: then it reports false.
func (as accounts) Insert(ctx context.Context, a *kith.Account) (bool, error) {
	created, updated := writeAccountTimes(a)
	n, err := as.tx.exec(ctx, `INSERT INTO accounts (company_id, reference, user_id, is_primary, definition, flags, details,
		created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (company_id, reference) DO NOTHING`,
		a.Reference, idArg(a.User), a.Primary, a.Definition, accountFlags(a), writeAccountDetails(a),
		created, updated)
	return n == 1, err
}

// writeAccountTimes gives the columns of an account's times: 0 for the time that the holder's id was made at,
// and for a change when it was opened. Most accounts are opened with their user and never changed.
func writeAccountTimes(a *kith.Account) (created, updated int64) {
	created, updated = stamp(a.CreatedAt), stamp(a.UpdatedAt)
	if updated == created {
		updated = 0
	}
	if !a.User.IsZero() && a.User.Created().Equal(a.CreatedAt) {
		created = 0
	}
	return created, updated
}

func readAccountTimes(user kith.UserID, created, updated int64) (time.Time, time.Time) {
	opened := at(created)
	if created == 0 && !user.IsZero() {
		opened = user.Created()
	}
	if updated == 0 {
		return opened, opened
	}
	return opened, at(updated)
}

func accountFlags(a *kith.Account) int {
	return bit(a.Recon, flagRecon) | bit(a.Hidden, flagHidden) | bit(a.Archived, flagAccountArchived)
}

// Put writes what may change of an account: not whose it is, nor its definition. It fails with
// ErrNotFound if it is not there.
func (as accounts) Put(ctx context.Context, a *kith.Account) error {
	return as.tx.one(ctx, `UPDATE accounts SET is_primary = $3, flags = $4, details = $5, updated_at = $6
		WHERE company_id = $1 AND reference = $2`,
		a.Reference, a.Primary, accountFlags(a), writeAccountDetails(a), stamp(a.UpdatedAt))
}

// Get reads one account.
func (as accounts) Get(ctx context.Context, reference string) (*kith.HeldAccount, error) {
	return scanAccount(as.tx.row(ctx, accountsHeld+`WHERE a.company_id = $1 AND a.reference = $2`, reference))
}

// Lock is Get, and holds the account's row until the transaction ends.
func (as accounts) Lock(ctx context.Context, reference string) (*kith.HeldAccount, error) {
	var found string
	err := as.tx.row(ctx, `SELECT reference FROM accounts WHERE company_id = $1 AND reference = $2`+as.tx.lockRow(),
		reference).Scan(&found)
	if err != nil {
		return nil, err
	}
	return as.Get(ctx, reference)
}

// gather scans rows into a list.
func gather(into *[]*kith.HeldAccount) func(rowScanner) error {
	return func(row rowScanner) error {
		a, err := scanAccount(row)
		*into = append(*into, a)
		return err
	}
}

// OfUser reads the accounts of a user, by reference: 1,000 at most.
func (as accounts) OfUser(ctx context.Context, user kith.UserID) ([]*kith.HeldAccount, error) {
	var list []*kith.HeldAccount
	err := each(ctx, as.tx, accountsHeld+`WHERE a.company_id = $1 AND a.reference IN (
		SELECT account FROM users WHERE company_id = $1 AND id = $2
		UNION ALL SELECT reference FROM accounts WHERE company_id = $1 AND user_id = $2 AND NOT is_primary)
		ORDER BY a.reference LIMIT 1000`, []any{user[:]}, gather(&list))
	return list, err
}

// OfCompany reads the company's own accounts, by reference: 1,000 at most.
func (as accounts) OfCompany(ctx context.Context) ([]*kith.HeldAccount, error) {
	var list []*kith.HeldAccount
	err := each(ctx, as.tx, accountsHeld+`WHERE a.company_id = $1 AND a.reference IN (
		SELECT reference FROM accounts WHERE company_id = $1 AND user_id IS NULL AND NOT is_primary)
		ORDER BY a.reference LIMIT 1000`, nil, gather(&list))
	return list, err
}

// After reads accounts by reference, from the one that comes after a reference on ("" for the first):
// limit of them, skipping as many as skip.
func (as accounts) After(ctx context.Context, reference string, limit, skip int) ([]*kith.HeldAccount, error) {
	var list []*kith.HeldAccount
	err := each(ctx, as.tx, accountsHeld+`WHERE a.company_id = $1 AND a.reference > $2
		ORDER BY a.reference LIMIT 0 + $3 OFFSET 0 + $4`, []any{reference, limit, skip}, gather(&list))
	return list, err
}

// Count counts the accounts that come after a reference, up to most.
func (as accounts) Count(ctx context.Context, reference string, most int) (int, error) {
	var n int
	err := as.tx.row(ctx, `SELECT count(*) FROM (SELECT 1 FROM accounts WHERE company_id = $1 AND reference > $2
		LIMIT 0 + $3) AS capped`, reference, most).Scan(&n)
	return n, err
}
