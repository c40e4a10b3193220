package platform

import (
	"context"

	"kith"
	"kith/internal/core/access"
	"kith/internal/web"
)

// ownGroupView is a role group as its members see it.
type ownGroupView struct {
	Name        string           `json:"name" maxLength:"80"`
	Label       *string          `json:"label" maxLength:"150"`
	Description *string          `json:"description" maxLength:"1000"`
	Icon        *string          `json:"icon"`
	Tier        map[string]any   `json:"tier"`
	Tiers       []map[string]any `json:"tiers" maxItems:"1000"`
	Settings    userSettingsView `json:"settings"`
	Section     string           `json:"section" enum:"user,admin,system"`
}

func ownGroupOf(g *kith.Group) ownGroupView {
	return ownGroupView{Name: g.Name, Label: null(&g.Label), Description: null(&g.Description),
		Settings: plainGroupSettingsOf(g), Section: g.Section.String()}
}

func (a *api) ownGroups(f *web.Face) {
	const one, permissions, own = "/3/groups/{group_name}/", "/3/groups/{group_name}/permissions/", "/3/permissions/"
	web.Handle(f, route("GET", "/3/groups/", access.OpViewOwnGroup, "The group that one is in"), a.listOwnGroups)
	web.Handle(f, route("GET", one, access.OpViewOwnGroup, "The group that one is in, by its name"), a.getOwnGroup)
	web.Handle(f, route("GET", permissions, access.OpViewOwnPermissions, "List what one's group holds"), a.listOwnGroupPermissions)
	web.Handle(f, route("GET", permissions+"{permission_id}/", access.OpViewOwnPermissions, "One permission of one's group"), a.getOwnGroupPermission)
	for _, table := range []string{"tiers", "fees", "limits"} {
		web.Handle(f, route("GET", one+table+"/", access.OpViewOwnGroup, "The "+table+" of one's group: there are none yet"), a.listOwnTiered)
	}
	web.Handle(f, route("GET", own, access.OpViewOwnPermissions, "List what one holds besides one's group"), a.listOwnPermissions)
	web.Handle(f, route("GET", own+"{permission_id}/", access.OpViewOwnPermissions, "One permission that one holds besides one's group"), a.getOwnPermission)
}

func (a *api) listOwnGroups(ctx context.Context, in pageInput) (ok[page[ownGroupView]], error) {
	g, err := a.core.Access.OwnGroup(ctx, web.Actor(ctx))
	if err != nil {
		return ok[page[ownGroupView]]{}, err
	}
	return pageOf(ctx, in.page(), cut(atMostOne(g), in.page()), ownGroupOf)
}

// ownGroup is the group that the caller is in, if that is its name: all others are unknown to them.
func (a *api) ownGroup(ctx context.Context, name string) (*kith.Group, error) {
	g, err := a.core.Access.OwnGroup(ctx, web.Actor(ctx))
	if err == nil && (g == nil || g.Name != name) {
		return nil, kith.ErrNotFound
	}
	return g, err
}

func (a *api) getOwnGroup(ctx context.Context, in groupInput) (ok[ownGroupView], error) {
	g, err := a.ownGroup(ctx, in.Name)
	if err != nil {
		return ok[ownGroupView]{}, err
	}
	return show(ownGroupOf(g), nil)
}

func (a *api) listOwnGroupPermissions(ctx context.Context, in groupPermissionsInput) (ok[page[heldView]], error) {
	list, err := a.core.Access.OwnGroupPermissions(ctx, web.Actor(ctx), in.Name)
	return pageOfHeld(ctx, in.page(), list, err)
}

// numbered finds a permission in a list.
func numbered(list []kith.Holding, number int, err error) (kith.Holding, error) {
	for _, h := range list {
		if h.Number() == number {
			return h, err
		}
	}
	if err == nil {
		err = kith.ErrNotFound
	}
	return kith.Holding{}, err
}

func (a *api) getOwnGroupPermission(ctx context.Context, in groupPermissionInput) (ok[heldView], error) {
	list, err := a.core.Access.OwnGroupPermissions(ctx, web.Actor(ctx), in.Name)
	return showHeld(numbered(list, in.number(), err))
}

func (a *api) listOwnTiered(ctx context.Context, in groupPermissionsInput) (ok[page[tieredRow]], error) {
	if _, err := a.ownGroup(ctx, in.Name); err != nil {
		return ok[page[tieredRow]]{}, err
	}
	return pageOf(ctx, in.page(), kith.List[tieredRow]{}, func(row tieredRow) tieredRow { return row })
}

func (a *api) listOwnPermissions(ctx context.Context, in pageInput) (ok[page[heldView]], error) {
	list, err := a.core.Access.OwnPermissions(ctx, web.Actor(ctx))
	return pageOfHeld(ctx, in.page(), list, err)
}

func (a *api) getOwnPermission(ctx context.Context, in permissionInput) (ok[heldView], error) {
	list, err := a.core.Access.OwnPermissions(ctx, web.Actor(ctx))
	return showHeld(numbered(list, in.number(), err))
}
