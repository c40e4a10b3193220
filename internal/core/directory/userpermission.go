package directory

import (
	"context"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/gate"
)

// UserPermissions lists what a user holds directly, besides what their group does.
func (d *Directory) UserPermissions(ctx context.Context, by *kith.Actor, identifier string) ([]kith.Holding, error) {
	return gate.Read(ctx, d.gate, by, access.OpViewPermissions, func(ctx context.Context, tx *gate.Tx) ([]kith.Holding, error) {
		m, err := Find(ctx, tx, identifier)
		if err != nil {
			return nil, err
		}
		return access.HolderOf(m).Holdings(ctx, tx)
	})
}

// UserPermission gives one permission that a user holds directly.
func (d *Directory) UserPermission(ctx context.Context, by *kith.Actor, identifier string, number int) (kith.Holding, error) {
	return gate.Read(ctx, d.gate, by, access.OpViewPermissions, func(ctx context.Context, tx *gate.Tx) (kith.Holding, error) {
		m, err := Find(ctx, tx, identifier)
		if err != nil {
			return kith.Holding{}, err
		}
		return access.HolderOf(m).Holding(ctx, tx, number)
	})
}

// GrantUser gives permissions to a user directly. Nobody grants themselves any: what they hold by their
// group would outlast their time in it.
func (d *Directory) GrantUser(ctx context.Context, by *kith.Actor, identifier string, in access.Grants) ([]kith.Holding, error) {
	return gate.Change(ctx, d.gate, by, access.OpGrant, in, func(ctx context.Context, tx *gate.Tx, in access.Grants) ([]kith.Holding, error) {
		var given []kith.Holding
		err := editHolder(ctx, tx, identifier, func(h *access.Holder) (changed bool, err error) {
			if h.Subject == tx.By.UserID() {
				return false, errGrantsSelf
			}
			given, changed, err = h.Give(ctx, tx, in.List)
			return changed, err
		})
		return given, err
	})
}

var errGrantsSelf = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
	Message: "Nobody grants themselves permissions. Ask somebody else who holds them."}

// NarrowUser changes to what a permission that a user holds directly is narrowed.
func (d *Directory) NarrowUser(ctx context.Context, by *kith.Actor, identifier string, in access.Narrowing) (kith.Holding, error) {
	return gate.Change(ctx, d.gate, by, access.OpChangePermission, in, func(ctx context.Context, tx *gate.Tx, in access.Narrowing) (kith.Holding, error) {
		var is kith.Holding
		err := editHolder(ctx, tx, identifier, func(h *access.Holder) (changed bool, err error) {
			if h.Subject == tx.By.UserID() {
				return false, errGrantsSelf
			}
			is, changed, err = h.Narrow(ctx, tx, in)
			return changed, err
		})
		return is, err
	})
}

// RevokeUser takes a permission that a user holds directly from them. People may give up their own.
func (d *Directory) RevokeUser(ctx context.Context, by *kith.Actor, identifier string, number int) error {
	_, err := gate.Change(ctx, d.gate, by, access.OpRevoke, number, func(ctx context.Context, tx *gate.Tx, number int) (bool, error) {
		return true, editHolder(ctx, tx, identifier, func(h *access.Holder) (bool, error) { return true, h.Take(ctx, tx, number) })
	})
	return err
}

// editHolder lets edit change what a user holds directly.
func editHolder(ctx context.Context, tx *gate.Tx, identifier string, edit func(*access.Holder) (changed bool, err error)) error {
	m, err := lockWritable(ctx, tx, identifier)
	if err != nil {
		return err
	}
	h := access.HolderOf(m)
	changed, err := edit(h)
	if err != nil || !changed {
		return err
	}
	after := *m.User
	after.Permissions, after.UpdatedAt = h.Held, tx.Now
	if err := endMade(ctx, tx, m, kith.Member{User: &after, Group: m.Group}.Permissions()); err != nil {
		return err
	}
	return putUser(ctx, tx, m.User, &after)
}
