package directory

import (
	"context"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// A user is in their home group, in one role group, and in any of the groups that people have made. Whether the actor
// may refer to the user and to the group is asked already; what a membership gives besides is asked here.

var (
	errHome = &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken, Field: "usergroup_id",
		Message: "Everybody is in their own home group, and in nobody else's."}
	errRoles = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden, Field: "usergroup_id",
		Message: "Only staff who may change users put them into role groups and take them out."}
	errMembers = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden, Field: "usergroup_id",
		Message: "Only who made the group, and staff who may change groups, say who is in it."}
)

// Join is the step that puts a user into a group, with what the group may do with the user's row. It fails with
// Conflict if they are in it.
func Join(ctx context.Context, tx *gate.Tx, user kith.UserID, g *kith.Group, verbs kith.Verbs) error {
	switch g.Kind {
	case kith.HomeGroup:
		return errHome
	case kith.RoleGroup:
		return joinRole(ctx, tx, user, g, verbs)
	case kith.CustomGroup, kith.IdentityGroup:
	}
	if !Arranges(tx.By, g) {
		return errMembers
	}
	m, err := LockUser(ctx, tx, user)
	if err == nil {
		err = CheckWritable(m.User)
	}
	if err != nil {
		return err
	}
	return access.LinkRow(ctx, tx, kith.NounUser, user[:], user.String(), user, kith.Link{Group: g.ID, Verbs: verbs})
}

// Arranges reports whether the actor says who is in a group that people have made: what the group may, its members
// may, so that to look at groups is not enough.
func Arranges(by *kith.Actor, g *kith.Group) bool {
	return g.Owner == by.UserID() && !g.Owner.IsZero() || by.Holds(kith.SectionAdmin, kith.NounGroup, kith.Change)
}

// joinRole puts a user into a role group, in the place of the one that they were in.
func joinRole(ctx context.Context, tx *gate.Tx, user kith.UserID, g *kith.Group, verbs kith.Verbs) error {
	if !tx.By.Holds(kith.SectionAdmin, kith.NounUser, kith.Change) {
		return errRoles
	}
	m, err := lockWritable(ctx, tx, user.String())
	if err != nil {
		return err
	}
	if m.Group != nil && m.Group.ID == g.ID {
		return &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken, Field: "usergroup_id", Message: "The user is in this group already."}
	}
	if err := moveUser(ctx, tx, m, g); err != nil {
		return err
	}
	if verbs == 0 {
		return nil
	}
	return tx.Links.Put(ctx, kith.NounUser, user[:], kith.Link{Group: g.ID, Verbs: verbs})
}

// Leave is the step that takes a user out of a group: themself, or on behalf of who arranges it.
func Leave(ctx context.Context, tx *gate.Tx, user kith.UserID, g *kith.Group) error {
	switch g.Kind {
	case kith.HomeGroup:
		return errHome
	case kith.RoleGroup:
		if !tx.By.Holds(kith.SectionAdmin, kith.NounUser, kith.Change) {
			return errRoles
		}
		m, err := lockWritable(ctx, tx, user.String())
		if err != nil {
			return err
		}
		if m.Group == nil || m.Group.ID != g.ID {
			return store.ErrNotFound
		}
		return moveUser(ctx, tx, m, nil)
	case kith.CustomGroup, kith.IdentityGroup:
	}
	if tx.By.UserID() != user && !Arranges(tx.By, g) {
		return errMembers
	}
	l, err := tx.Links.Get(ctx, kith.NounUser, user[:], g.ID)
	if err != nil {
		return err
	}
	return access.UnlinkRow(ctx, tx, kith.NounUser, user[:], user.String(), user, l)
}
