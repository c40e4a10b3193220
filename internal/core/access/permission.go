package access

import (
	"context"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// Permissions lists everything that can be held.
func (a *Access) Permissions(ctx context.Context, by *kith.Actor) ([]kith.Permission, error) {
	return gate.Read(ctx, a.gate, by, OpViewPermissions, func(context.Context, *gate.Tx) ([]kith.Permission, error) {
		return kith.AllPermissions().List(), nil
	})
}

// Permission gives one of them by its number.
func (a *Access) Permission(ctx context.Context, by *kith.Actor, number int) (kith.Permission, error) {
	return gate.Read(ctx, a.gate, by, OpViewPermissions, func(context.Context, *gate.Tx) (kith.Permission, error) {
		p, known := kith.PermissionNumbered(number)
		if !known {
			return kith.Permission{}, store.ErrNotFound
		}
		return p, nil
	})
}

// GroupPermissions lists what a role group holds.
func (a *Access) GroupPermissions(ctx context.Context, by *kith.Actor, name string) ([]kith.Holding, error) {
	return gate.Read(ctx, a.gate, by, OpViewPermissions, func(ctx context.Context, tx *gate.Tx) ([]kith.Holding, error) {
		g, err := tx.Groups.Named(ctx, name)
		if err != nil {
			return nil, err
		}
		return holderOf(g).Holdings(ctx, tx)
	})
}

// GroupPermission gives one permission of a role group.
func (a *Access) GroupPermission(ctx context.Context, by *kith.Actor, name string, number int) (kith.Holding, error) {
	return gate.Read(ctx, a.gate, by, OpViewPermissions, func(ctx context.Context, tx *gate.Tx) (kith.Holding, error) {
		g, err := tx.Groups.Named(ctx, name)
		if err != nil {
			return kith.Holding{}, err
		}
		return holderOf(g).Holding(ctx, tx, number)
	})
}

// GrantGroup gives permissions to a role group.
func (a *Access) GrantGroup(ctx context.Context, by *kith.Actor, name string, in Grants) ([]kith.Holding, error) {
	return gate.Change(ctx, a.gate, by, OpGrant, in, func(ctx context.Context, tx *gate.Tx, in Grants) ([]kith.Holding, error) {
		var given []kith.Holding
		err := editHolder(ctx, tx, name, func(h *Holder) (changed bool, err error) {
			given, changed, err = h.Give(ctx, tx, in.List)
			return changed, err
		})
		return given, err
	})
}

// NarrowGroup changes to what a permission of a role group is narrowed.
func (a *Access) NarrowGroup(ctx context.Context, by *kith.Actor, name string, in Narrowing) (kith.Holding, error) {
	return gate.Change(ctx, a.gate, by, OpChangePermission, in, func(ctx context.Context, tx *gate.Tx, in Narrowing) (kith.Holding, error) {
		var is kith.Holding
		err := editHolder(ctx, tx, name, func(h *Holder) (changed bool, err error) {
			is, changed, err = h.Narrow(ctx, tx, in)
			return changed, err
		})
		return is, err
	})
}

// RevokeGroup takes a permission from a role group.
func (a *Access) RevokeGroup(ctx context.Context, by *kith.Actor, name string, number int) error {
	_, err := gate.Change(ctx, a.gate, by, OpRevoke, number, func(ctx context.Context, tx *gate.Tx, number int) (bool, error) {
		return true, editHolder(ctx, tx, name, func(h *Holder) (bool, error) { return true, h.Take(ctx, tx, number) })
	})
	return err
}

// editHolder lets edit change what a role group holds. Members of a group do not edit it, so that nobody
// widens what they are in, and nobody edits admin, or nobody might be left to repair it.
func editHolder(ctx context.Context, tx *gate.Tx, name string, edit func(*Holder) (changed bool, err error)) error {
	g, err := tx.Groups.Lock(ctx, name)
	if err != nil {
		return err
	}
	switch {
	case g.Name == kith.GroupAdmin:
		return errAdminHolds
	case tx.By.Group != nil && tx.By.Group.ID == g.ID:
		return errOwnGroup
	}
	if err := checkEdits(tx.By, g); err != nil {
		return err
	}
	h := holderOf(g)
	changed, err := edit(h)
	if err != nil || !changed {
		return err
	}
	g.Permissions, g.UpdatedAt = h.Held, tx.Now
	return tx.Groups.Put(ctx, g)
}

func holderOf(g *kith.Group) *Holder {
	return &Holder{ID: g.ID, Row: g.Name, Section: g.Section, Bound: true, Held: g.Permissions}
}

var (
	errAdminHolds = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
		Message: "The group admin always holds everything: its permissions cannot be changed."}
	errOwnGroup = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
		Message: "Nobody changes the permissions of the group they are in. Ask somebody of another group."}
)

// The operations on one's own group and permissions.
var (
	OpViewOwnGroup       = gate.Op{Name: "group.view", Noun: kith.NounGroup, Verb: kith.View, Section: kith.SectionUser}
	OpViewOwnPermissions = gate.Op{Name: "permission.view", Noun: kith.NounPermission, Verb: kith.View, Section: kith.SectionUser}
)

// OwnGroup gives the role group that the actor is in, nil if none.
func (a *Access) OwnGroup(ctx context.Context, by *kith.Actor) (*kith.Group, error) {
	return gate.Read(ctx, a.gate, by, OpViewOwnGroup, func(ctx context.Context, tx *gate.Tx) (*kith.Group, error) {
		if by.Group == nil {
			return nil, nil
		}
		return tx.Groups.Of(ctx, by.UserID())
	})
}

// OwnGroupPermissions lists what the role group of that name holds, if it is the one that the actor is in.
func (a *Access) OwnGroupPermissions(ctx context.Context, by *kith.Actor, name string) ([]kith.Holding, error) {
	return gate.Read(ctx, a.gate, by, OpViewOwnPermissions, func(ctx context.Context, tx *gate.Tx) ([]kith.Holding, error) {
		if by.Group == nil || by.Group.Name != name {
			return nil, store.ErrNotFound
		}
		return holderOf(by.Group).Holdings(ctx, tx)
	})
}

// OwnPermissions lists what the actor holds directly, besides what their group does.
func (a *Access) OwnPermissions(ctx context.Context, by *kith.Actor) ([]kith.Holding, error) {
	return gate.Read(ctx, a.gate, by, OpViewOwnPermissions, func(ctx context.Context, tx *gate.Tx) ([]kith.Holding, error) {
		return HolderOf(kith.Member{User: by.User, Group: by.Group}).Holdings(ctx, tx)
	})
}

// HolderOf is a user as a holder of permissions, those that they hold directly.
func HolderOf(m kith.Member) *Holder {
	h := &Holder{ID: m.User.Home(), Row: m.User.ID.String(), Subject: m.User.ID, Held: m.User.Permissions}
	if m.Group != nil {
		h.Section = m.Group.Section
	}
	return h
}
