package store

import (
	"context"

	"kith"
)

type properties struct{ tx *Tx }

// Of reads to what the permissions of a holder are narrowed, where they are. A user holds permissions
// as their home group.
func (ps properties) Of(ctx context.Context, holder kith.GroupID) (map[kith.Permission]kith.Properties, error) {
	all := make(map[kith.Permission]kith.Properties)
	err := each(ctx, ps.tx, `SELECT permission, properties FROM permission_properties
		WHERE company_id = $1 AND holder = $2`, []any{holder[:]}, func(row rowScanner) error {
		var number int
		var text string
		if err := row.Scan(&number, &text); err != nil {
			return err
		}
		var p kith.Properties
		if permission, known := kith.PermissionNumbered(number); known {
			if err := undocument(text, &p); err != nil {
				return err
			}
			all[permission] = p
		}
		return nil
	})
	return all, err
}

// Put narrows a permission of a holder.
func (ps properties) Put(ctx context.Context, holder kith.GroupID, p kith.Permission, to kith.Properties) error {
	_, err := ps.tx.exec(ctx, `INSERT INTO permission_properties (company_id, holder, permission, properties)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (company_id, holder, permission) DO UPDATE SET properties = excluded.properties`,
		holder[:], p.Number(), document(to, false))
	return err
}

// Delete makes a permission of a holder whole again. It may be so already.
func (ps properties) Delete(ctx context.Context, holder kith.GroupID, p kith.Permission) error {
	_, err := ps.tx.exec(ctx, `DELETE FROM permission_properties
		WHERE company_id = $1 AND holder = $2 AND permission = $3`, holder[:], p.Number())
	return err
}
