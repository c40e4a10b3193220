package store

import (
	"context"

	"kith"
)

// definitionGroup and definitionCurrency are the JSON column of an account definition. Times are Unix
// milliseconds.
type definitionGroup struct {
	Group      string               `json:"group"`
	Default    bool                 `json:"default,omitempty"`
	Primary    bool                 `json:"primary,omitempty"`
	Archived   bool                 `json:"archived,omitempty"`
	Currencies []definitionCurrency `json:"currencies,omitempty"`
	Created    int64                `json:"created"`
	Updated    int64                `json:"updated"`
}

type definitionCurrency struct {
	Code     string `json:"code"`
	Archived bool   `json:"archived,omitempty"`
	Created  int64  `json:"created"`
	Updated  int64  `json:"updated"`
}

func readDefinitionGroups(text string) ([]kith.DefinitionGroup, error) {
	var rows []definitionGroup
	if err := undocument(text, &rows); err != nil {
		return nil, err
	}
	var list []kith.DefinitionGroup
	for _, row := range rows {
		id, err := kith.ParseID[kith.Group](row.Group)
		if err != nil {
			return nil, err
		}
		g := kith.DefinitionGroup{Group: id, Default: row.Default, Primary: row.Primary, Archived: row.Archived,
			CreatedAt: at(row.Created), UpdatedAt: at(row.Updated)}
		for _, c := range row.Currencies {
			g.Currencies = append(g.Currencies, kith.DefinitionCurrency{Code: c.Code, Archived: c.Archived,
				CreatedAt: at(c.Created), UpdatedAt: at(c.Updated)})
		}
		list = append(list, g)
	}
	return list, nil
}

func writeDefinitionGroups(list []kith.DefinitionGroup) string {
	var rows []definitionGroup
	for _, g := range list {
		row := definitionGroup{Group: g.Group.String(), Default: g.Default, Primary: g.Primary, Archived: g.Archived,
			Created: stamp(g.CreatedAt), Updated: stamp(g.UpdatedAt)}
		for _, c := range g.Currencies {
			row.Currencies = append(row.Currencies, definitionCurrency{c.Code, c.Archived, stamp(c.CreatedAt), stamp(c.UpdatedAt)})
		}
		rows = append(rows, row)
	}
	return document(rows, len(rows) == 0)
}

const definitionColumns = `name, label, currency, everybody, recon, archived, groups, created_at, updated_at`

func scanDefinition(row rowScanner) (*kith.AccountDefinition, error) {
	d := new(kith.AccountDefinition)
	var groups string
	var created, updated int64
	err := row.Scan(&d.Name, &d.Label, &d.Currency, &d.Everybody, &d.Recon, &d.Archived, &groups, &created, &updated)
	if err != nil {
		return nil, err
	}
	d.CreatedAt, d.UpdatedAt = at(created), at(updated)
	d.Groups, err = readDefinitionGroups(groups)
	return d, err
}

// Define adds a kind of account, unless the name is taken: then it reports false.
func (as accounts) Define(ctx context.Context, d *kith.AccountDefinition) (bool, error) {
	n, err := as.tx.exec(ctx, `INSERT INTO account_definitions (company_id, name, label, currency, everybody, recon, archived,
		groups, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (company_id, name) DO NOTHING`,
		d.Name, d.Label, d.Currency, d.Everybody, d.Recon, d.Archived, writeDefinitionGroups(d.Groups),
		stamp(d.CreatedAt), stamp(d.UpdatedAt))
	return n == 1, err
}

// Redefine writes what may change of a kind of account: not its name, its currency or who gets it. It
// fails with ErrNotFound if it is not there.
func (as accounts) Redefine(ctx context.Context, d *kith.AccountDefinition) error {
	return as.tx.one(ctx, `UPDATE account_definitions SET label = $3, recon = $4, archived = $5, groups = $6,
		updated_at = $7 WHERE company_id = $1 AND name = $2`,
		d.Name, d.Label, d.Recon, d.Archived, writeDefinitionGroups(d.Groups), stamp(d.UpdatedAt))
}

// LockDefinition reads a kind of account and holds its row until the transaction ends.
func (as accounts) LockDefinition(ctx context.Context, name string) (*kith.AccountDefinition, error) {
	return scanDefinition(as.tx.row(ctx, `SELECT `+definitionColumns+` FROM account_definitions
		WHERE company_id = $1 AND name = $2`+as.tx.lockRow(), name))
}

// Definitions reads the company's kinds of account, by name.
func (as accounts) Definitions(ctx context.Context) ([]*kith.AccountDefinition, error) {
	var list []*kith.AccountDefinition
	err := each(ctx, as.tx, `SELECT `+definitionColumns+` FROM account_definitions WHERE company_id = $1 ORDER BY name`, nil,
		func(row rowScanner) error {
			d, err := scanDefinition(row)
			list = append(list, d)
			return err
		})
	return list, err
}

// DefinitionGroups reads what names the role groups of the company, for showing what definitions say of
// them.
func (as accounts) DefinitionGroups(ctx context.Context) ([]*kith.Group, error) {
	var list []*kith.Group
	err := each(ctx, as.tx, `SELECT id, name, label, section FROM groups WHERE company_id = $1 AND kind = 1 ORDER BY name`,
		nil, func(row rowScanner) error {
			g := &kith.Group{Kind: kith.RoleGroup}
			list = append(list, g)
			return row.Scan(idDest(&g.ID), &g.Name, &g.Label, &g.Section)
		})
	return list, err
}
