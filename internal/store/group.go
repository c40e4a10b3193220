package store

import (
	"context"
	"math"

	"kith"
)

type groups struct{ tx *Tx }

const groupColumns = `g.id, g.kind, g.name, g.label, g.description, g.section, g.public, g.is_default,
	g.listed, g.archived, g.settings, g.permissions, g.owner_id, g.mode, g.created_at, g.updated_at`

func scanGroup(row rowScanner) (*kith.Group, error) {
	g := new(kith.Group)
	var permissions []byte
	var settings string
	var created, updated int64
	err := row.Scan(idDest(&g.ID), &g.Kind, &g.Name, &g.Label, &g.Description, &g.Section, &g.Public, &g.Default,
		&g.Listed, &g.Archived, &settings, &permissions, idDest(&g.Owner), &g.Mode, &created, &updated)
	if err != nil {
		return nil, err
	}
	g.Permissions = kith.PermissionsOf(permissions)
	g.CreatedAt, g.UpdatedAt = at(created), at(updated)
	g.Settings, err = readGroupSettings(settings)
	return g, err
}

// groupSettings is the JSON column of a group.
type groupSettings struct {
	AllowTransactions       bool   `json:"allow_transactions"`
	AllowDebitTransactions  bool   `json:"allow_debit_transactions"`
	AllowCreditTransactions bool   `json:"allow_credit_transactions"`
	PasswordResetURL        string `json:"password_reset_url,omitempty"`
	PasswordSetURL          string `json:"password_set_url,omitempty"`
	EmailVerificationURL    string `json:"email_verification_url,omitempty"`
	DeactivateURL           string `json:"deactivate_verification_url,omitempty"`
	DeleteURL               string `json:"request_delete_verification_url,omitempty"`
}

func readGroupSettings(text string) (kith.GroupSettings, error) {
	settings := groupSettings(kith.DefaultGroupSettings())
	err := undocument(text, &settings)
	return kith.GroupSettings(settings), err
}

func writeGroupSettings(s kith.GroupSettings) string {
	return document(groupSettings(s), s == kith.DefaultGroupSettings())
}

// Insert adds a group. It fails with ErrExists if the name is taken, or if there is a default
// already and this is to be one.
func (gs groups) Insert(ctx context.Context, g *kith.Group) error {
	_, err := gs.tx.exec(ctx, `INSERT INTO groups (company_id, id, kind, name, label, description, section, public,
		is_default, listed, archived, settings, permissions, created_at, updated_at, owner_id, mode)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		g.ID[:], int(g.Kind), g.Name, g.Label, g.Description, int(g.Section), g.Public,
		g.Default, g.Listed, g.Archived, writeGroupSettings(g.Settings), g.Permissions.Bytes(), stamp(g.CreatedAt), stamp(g.UpdatedAt),
		idArg(g.Owner), int(g.Mode))
	return err
}

// Named reads the role group of that name.
func (gs groups) Named(ctx context.Context, name string) (*kith.Group, error) {
	return scanGroup(gs.tx.row(ctx, `SELECT `+groupColumns+` FROM groups g
		WHERE g.company_id = $1 AND g.name = $2 AND g.kind = $3`, name, int(kith.RoleGroup)))
}

// Lock reads the role group of that name and holds the row until the transaction ends, for a read
// that a write depends on.
func (gs groups) Lock(ctx context.Context, name string) (*kith.Group, error) {
	return scanGroup(gs.tx.row(ctx, `SELECT `+groupColumns+` FROM groups g
		WHERE g.company_id = $1 AND g.name = $2 AND g.kind = $3`+gs.tx.lockRow(), name, int(kith.RoleGroup)))
}

// Put writes what may change of a group: not the id and the kind. It fails with ErrExists if the name is
// taken, or if another is the default already, and with ErrNotFound if the group is not there.
func (gs groups) Put(ctx context.Context, g *kith.Group) error {
	return gs.tx.one(ctx, `UPDATE groups SET name = $3, label = $4, description = $5, section = $6, public = $7,
		is_default = $8, listed = $9, archived = $10, settings = $11, permissions = $12, updated_at = $13, mode = $14,
		version = version + 1
		WHERE company_id = $1 AND id = $2`,
		g.ID[:], g.Name, g.Label, g.Description, int(g.Section), g.Public, g.Default, g.Listed, g.Archived,
		writeGroupSettings(g.Settings), g.Permissions.Bytes(), stamp(g.UpdatedAt), int(g.Mode))
}

// Occupied reports whether any user is in the group.
func (gs groups) Occupied(ctx context.Context, id kith.GroupID) (bool, error) {
	var occupied bool
	err := gs.tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM users u WHERE u.company_id = $1 AND u.group_id = $2)`,
		id[:]).Scan(&occupied)
	return occupied, err
}

// GroupFilter narrows a list of groups. What is zero does not narrow.
type GroupFilter struct {
	Name                      string
	Section                   *kith.Section
	Archived, Default, Public *bool
	Created, Updated          kith.Span
}

// bounds gives the first millisecond of a span and the one after its last.
func bounds(s kith.Span) (from, below int64) {
	first, end, some := s.Bounds()
	switch {
	case !some:
		return 0, 0
	case end.IsZero():
		return stamp(first), math.MaxInt64
	default:
		return stamp(first), stamp(end)
	}
}

// trit is how a condition that may be left open is asked: -1 for that.
func trit(b *bool) int {
	if b == nil {
		return -1
	}
	return bit(*b, 1)
}

func (f GroupFilter) args() []any {
	section := -1
	if f.Section != nil {
		section = int(*f.Section)
	}
	createdFrom, createdBefore := bounds(f.Created)
	updatedFrom, updatedBefore := bounds(f.Updated)
	return []any{f.Name, section, trit(f.Archived), trit(f.Default), trit(f.Public),
		createdFrom, createdBefore, updatedFrom, updatedBefore}
}

// filteredGroups says which kind in the text itself, so that PostgreSQL knows that few groups are role groups.
const filteredGroups = ` FROM groups g WHERE g.company_id = $1 AND g.kind = 1
	AND (CAST($2 AS TEXT) = '' OR g.name = CAST($2 AS TEXT))
	AND (CAST($3 AS INTEGER) < 0 OR g.section = CAST($3 AS INTEGER))
	AND (CAST($4 AS INTEGER) < 0 OR CASE WHEN g.archived THEN 1 ELSE 0 END = CAST($4 AS INTEGER))
	AND (CAST($5 AS INTEGER) < 0 OR CASE WHEN g.is_default THEN 1 ELSE 0 END = CAST($5 AS INTEGER))
	AND (CAST($6 AS INTEGER) < 0 OR CASE WHEN g.public THEN 1 ELSE 0 END = CAST($6 AS INTEGER))
	AND g.created_at >= $7 AND g.created_at < $8 AND g.updated_at >= $9 AND g.updated_at < $10`

// countedGroups bounds what is counted. So ordered, SQLite finds role groups by their index, and does not walk all.
const countedGroups = ` ORDER BY g.name LIMIT 10001) AS counted`

// List reads one page of the role groups that the filter lets through, by name.
func (gs groups) List(ctx context.Context, f GroupFilter, page kith.Page) (kith.List[*kith.Group], error) {
	var list kith.List[*kith.Group]
	args := f.args()
	if err := gs.tx.row(ctx, `SELECT count(*) FROM (SELECT 1`+filteredGroups+countedGroups, args...).Scan(&list.Total); err != nil {
		return list, err
	}
	err := each(ctx, gs.tx, `SELECT `+groupColumns+filteredGroups+` ORDER BY g.name LIMIT 0 + $11 OFFSET 0 + $12`,
		append(args, page.Size, page.Offset()), func(row rowScanner) error {
			g, err := scanGroup(row)
			list.Rows = append(list.Rows, g)
			return err
		})
	return list, err
}

// Default reads the group of users who chose none.
func (gs groups) Default(ctx context.Context) (*kith.Group, error) {
	return scanGroup(gs.tx.row(ctx, `SELECT `+groupColumns+` FROM groups g
		WHERE g.company_id = $1 AND g.is_default`))
}

// Of reads the role group that a user is in.
func (gs groups) Of(ctx context.Context, user kith.UserID) (*kith.Group, error) {
	return scanGroup(gs.tx.row(ctx, `SELECT `+groupColumns+` FROM users u
		JOIN groups g ON g.company_id = u.company_id AND g.id = u.group_id
		WHERE u.company_id = $1 AND u.id = $2`, user[:]))
}

// Has reports whether there is a group of that id.
func (gs groups) Has(ctx context.Context, id kith.GroupID) (bool, error) {
	var n int
	err := gs.tx.row(ctx, `SELECT count(*) FROM groups WHERE company_id = $1 AND id = $2`, id[:]).Scan(&n)
	return n > 0, err
}

// Public reads one page of the role groups that people may choose, by name.
func (gs groups) Public(ctx context.Context, page kith.Page) (kith.List[*kith.Group], error) {
	var list kith.List[*kith.Group]
	err := gs.tx.row(ctx, `SELECT count(*) FROM (SELECT 1 FROM groups g
		WHERE g.company_id = $1 AND g.public AND g.listed AND NOT g.archived AND g.kind = 1`+countedGroups).Scan(&list.Total)
	if err != nil {
		return list, err
	}
	err = each(ctx, gs.tx, `SELECT `+groupColumns+` FROM groups g WHERE g.company_id = $1 AND g.public AND g.listed AND NOT g.archived
		AND g.kind = 1 ORDER BY g.name LIMIT 0 + $2 OFFSET 0 + $3`, []any{page.Size, page.Offset()},
		func(row rowScanner) error {
			g, err := scanGroup(row)
			list.Rows = append(list.Rows, g)
			return err
		})
	return list, err
}
