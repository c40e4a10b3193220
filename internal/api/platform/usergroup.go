package platform

import (
	"context"
	"net/http"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/directory"
	"kith/internal/web"
)

// userGroupView is the group that a user is in, as staff see it.
type userGroupView struct {
	Name        string            `json:"name" maxLength:"80"`
	Label       *string           `json:"label" maxLength:"150"`
	Description *string           `json:"description" maxLength:"1000"`
	Icon        *string           `json:"icon"`
	Default     bool              `json:"default"`
	Public      bool              `json:"public"`
	Listed      bool              `json:"listed"`
	Permissions int64             `json:"permissions" doc:"How many the group holds."`
	Tier        map[string]any    `json:"tier"`
	Tiers       []map[string]any  `json:"tiers" maxItems:"1000"`
	Settings    groupSettingsView `json:"settings"`
	Archived    bool              `json:"archived"`
	Created     int64             `json:"created" doc:"Unix milliseconds."`
	Updated     int64             `json:"updated" doc:"Unix milliseconds."`
}

func userGroupOf(g *kith.Group) userGroupView {
	return userGroupView{Name: g.Name, Label: null(&g.Label), Description: null(&g.Description), Default: g.Default,
		Public: g.Public, Listed: g.Listed, Permissions: int64(len(permissionsOf(g.Permissions))), Settings: groupSettingsOf(g),
		Archived: g.Archived, Created: g.CreatedAt.UnixMilli(), Updated: g.UpdatedAt.UnixMilli()}
}

func (a *api) userGroups(f *web.Face) {
	const list, one = "/3/admin/users/{identifier}/groups/", "/3/admin/users/{identifier}/groups/{group_name}/"
	web.Handle(f, route("GET", list, directory.OpViewUserGroup, "The group that a user is in: at most one"), a.listUserGroups)
	add := route("POST", list, directory.OpChangeUserGroup, "Put a user into a group, and so out of the one before")
	add.Status = http.StatusCreated
	web.Handle(f, add, a.putIntoGroup)
	web.Handle(f, route("GET", one, directory.OpViewUserGroup, "The group that a user is in, by its name"), a.getUserGroup)
	web.Handle(f, route("DELETE", one, directory.OpChangeUserGroup, "Take a user out of their group"), a.takeOutOfGroup)
}

// memberInput names a user.
type memberInput struct {
	Identifier string `path:"identifier" maxLength:"254" doc:"Id, e-mail, mobile or username."`
}

type memberPageInput struct {
	memberInput
	pageInput
}

func (a *api) listUserGroups(ctx context.Context, in memberPageInput) (ok[page[userGroupView]], error) {
	g, err := a.core.Directory.UserGroup(ctx, web.Actor(ctx), in.Identifier)
	if err != nil {
		return ok[page[userGroupView]]{}, err
	}
	return pageOf(ctx, in.page(), cut(atMostOne(g), in.page()), userGroupOf)
}

// atMostOne lists a group, or none.
func atMostOne(g *kith.Group) []*kith.Group {
	if g == nil {
		return nil
	}
	return []*kith.Group{g}
}

type memberGroupInput struct {
	memberInput
	groupInput
}

func (a *api) getUserGroup(ctx context.Context, in memberGroupInput) (ok[userGroupView], error) {
	g, err := a.core.Directory.UserGroup(ctx, web.Actor(ctx), in.Identifier)
	if err != nil {
		return ok[userGroupView]{}, err
	}
	if g == nil || g.Name != in.Name {
		return ok[userGroupView]{}, kith.ErrNotFound
	}
	return show(userGroupOf(g), nil)
}

type putIntoGroupInput struct {
	memberInput
	Body struct {
		Group string `json:"group" required:"true" maxLength:"80"`
	}
}

func (a *api) putIntoGroup(ctx context.Context, in putIntoGroupInput) (ok[userGroupView], error) {
	g, err := a.core.Directory.PutIntoGroup(ctx, web.Actor(ctx), in.Identifier, in.Body.Group)
	if err != nil {
		return ok[userGroupView]{}, err
	}
	return show(userGroupOf(g), nil)
}

func (a *api) takeOutOfGroup(ctx context.Context, in memberGroupInput) (done, error) {
	return success, a.core.Directory.TakeOutOfGroup(ctx, web.Actor(ctx), in.Identifier, in.Name)
}

func (a *api) userPermissions(f *web.Face) {
	const list, one = "/3/admin/users/{identifier}/permissions/", "/3/admin/users/{identifier}/permissions/{permission_id}/"
	web.Handle(f, route("GET", list, access.OpViewPermissions, "List what a user holds besides their group"), a.listUserPermissions)
	add := route("POST", list, access.OpGrant, "Give permissions to a user")
	add.Status = http.StatusCreated
	web.Handle(f, add, a.grantUser)
	web.Handle(f, route("GET", one, access.OpViewPermissions, "One permission of a user"), a.getUserPermission)
	for _, method := range []string{"PATCH", "PUT"} {
		web.Handle(f, route(method, one, access.OpChangePermission, "Change the properties of a user's permission"), a.narrowUser)
	}
	web.Handle(f, route("DELETE", one, access.OpRevoke, "Take a permission from a user"), a.revokeUser)
}

func (a *api) listUserPermissions(ctx context.Context, in memberPageInput) (ok[page[heldView]], error) {
	list, err := a.core.Directory.UserPermissions(ctx, web.Actor(ctx), in.Identifier)
	return pageOfHeld(ctx, in.page(), list, err)
}

type grantUserInput struct {
	memberInput
	grantsInput
}

func (a *api) grantUser(ctx context.Context, in grantUserInput) (ok[grantedView], error) {
	grants, bare := in.core()
	given, err := a.core.Directory.GrantUser(ctx, web.Actor(ctx), in.Identifier, grants)
	return showGranted(given, bare, err)
}

type memberPermissionInput struct {
	memberInput
	permissionInput
}

func (a *api) getUserPermission(ctx context.Context, in memberPermissionInput) (ok[heldView], error) {
	return showHeld(a.core.Directory.UserPermission(ctx, web.Actor(ctx), in.Identifier, in.number()))
}

type narrowUserInput struct {
	memberPermissionInput
	narrowInput
}

func (a *api) narrowUser(ctx context.Context, in narrowUserInput) (ok[heldView], error) {
	return showHeld(a.core.Directory.NarrowUser(ctx, web.Actor(ctx), in.Identifier, in.core(in.number())))
}

func (a *api) revokeUser(ctx context.Context, in memberPermissionInput) (done, error) {
	return success, a.core.Directory.RevokeUser(ctx, web.Actor(ctx), in.Identifier, in.number())
}
