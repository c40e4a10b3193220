package platform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"kith"
	"kith/internal/core/access"
	"kith/internal/web"
)

// typeNames are the face's words for the nouns that permissions are about, where they are not kith's own.
var typeNames = map[kith.Noun]string{
	kith.NounSession:            "token",
	kith.NounBankAccount:        "bankaccount",
	kith.NounCryptoAccount:      "cryptoaccount",
	kith.NounWalletAccount:      "walletaccount",
	kith.NounMessage:            "notification",
	kith.NounAccountDefinition:  "accountdefinition",
	kith.NounApplication:        "service",
	kith.NounFactor:             "mfa",
	kith.NounLegalTerm:          "legalterm",
	kith.NounEvent:              "request",
	kith.NounTransactionSubtype: "transactionsubtypes",
	kith.NounAccessRule:         "accesscontrolrule",
	kith.NounFactorRule:         "mfarule",
	kith.NounOAuthClient:        "oauthclient",
}

// typeOf is the face's word for what a permission is about.
func typeOf(noun kith.Noun) string {
	if name, differs := typeNames[noun]; differs {
		return name
	}
	return noun.String()
}

// typed reports whether permissions on the noun are a type here. Clients know the types by heart, so what
// only other faces have is neither shown nor given here; tiers go with their group.
func typed(noun kith.Noun) bool {
	switch noun {
	case kith.NounTier, kith.NounIdentity, kith.NounMembership, kith.NounInvitation:
		return false
	default:
		return true
	}
}

// nouns finds what permissions are about by the face's words.
var nouns = func() map[string]kith.Noun {
	all := make(map[string]kith.Noun)
	for _, noun := range kith.AllNouns() {
		if typed(noun) {
			all[typeOf(noun)] = noun
		}
	}
	return all
}()

func permissionOf(p kith.Permission) permissionView {
	return permissionView{int64(p.Number()), p.Section.String(), typeOf(p.Noun), p.Level.String()}
}

// permissionsOf shows a set.
func permissionsOf(held kith.Permissions) []permissionView {
	views := []permissionView{}
	if held == (kith.Permissions{}) { // as with nearly everybody
		return views
	}
	for _, p := range typedOf(held.List()) {
		views = append(views, permissionOf(p))
	}
	return views
}

// typedOf leaves out what is no type of permission here.
func typedOf(list []kith.Permission) []kith.Permission {
	return slices.DeleteFunc(list, func(p kith.Permission) bool { return !typed(p.Noun) })
}

// heldView is a permission as a group or user holds it.
type heldView struct {
	permissionView
	Properties map[string]any `json:"properties" doc:"Of transaction permissions: metadata.KEY to allow or deny."`
}

// The face's words for what properties say.
const allow, deny = "allow", "deny"

func heldOf(h kith.Holding) heldView {
	properties := make(map[string]any)
	for field, allowed := range h.Properties {
		properties[field] = deny
		if allowed {
			properties[field] = allow
		}
	}
	return heldView{permissionOf(h.Permission), properties}
}

// cut takes one page out of a whole list.
func cut[T any](list []T, p kith.Page) kith.List[T] {
	from := min(p.Offset(), len(list))
	return kith.List[T]{Rows: list[from:min(from+p.Size, len(list))], Total: len(list)}
}

// pageOfHeld shows one page of what is held.
func pageOfHeld(ctx context.Context, asked kith.Page, list []kith.Holding, err error) (ok[page[heldView]], error) {
	if err != nil {
		return ok[page[heldView]]{}, err
	}
	list = slices.DeleteFunc(list, func(h kith.Holding) bool { return !typed(h.Noun) })
	return pageOf(ctx, asked, cut(list, asked), heldOf)
}

// showHeld shows one permission.
func showHeld(h kith.Holding, err error) (ok[heldView], error) {
	if err != nil {
		return ok[heldView]{}, err
	}
	return show(heldOf(h), nil)
}

type permissionInput struct {
	ID int64 `path:"permission_id" minimum:"1" maximum:"100000"`
}

// number is the permission's number, or 0, which is nobody's, if it is no type here.
func (in permissionInput) number() int {
	if p, known := kith.PermissionNumbered(int(in.ID)); !known || !typed(p.Noun) {
		return 0
	}
	return int(in.ID)
}

func (a *api) groupPermissions(f *web.Face) {
	const all, list = "/3/admin/permissions/", "/3/admin/groups/{group_name}/permissions/"
	const one = list + "{permission_id}/"
	web.Handle(f, route("GET", all, access.OpViewPermissions, "List everything that can be held"), a.listPermissions)
	web.Handle(f, route("GET", all+"{permission_id}/", access.OpViewPermissions, "One permission"), a.getPermission)
	web.Handle(f, route("GET", list, access.OpViewPermissions, "List what a group holds"), a.listGroupPermissions)
	add := route("POST", list, access.OpGrant, "Give permissions to a group")
	add.Status = http.StatusCreated
	web.Handle(f, add, a.grantGroup)
	web.Handle(f, route("GET", one, access.OpViewPermissions, "One permission of a group"), a.getGroupPermission)
	for _, method := range []string{"PATCH", "PUT"} {
		web.Handle(f, route(method, one, access.OpChangePermission, "Change the properties of a group's permission"), a.narrowGroup)
	}
	web.Handle(f, route("DELETE", one, access.OpRevoke, "Take a permission from a group"), a.revokeGroup)
}

func (a *api) listPermissions(ctx context.Context, in pageInput) (ok[page[permissionView]], error) {
	list, err := a.core.Access.Permissions(ctx, web.Actor(ctx))
	if err != nil {
		return ok[page[permissionView]]{}, err
	}
	return pageOf(ctx, in.page(), cut(typedOf(list), in.page()), permissionOf)
}

func (a *api) getPermission(ctx context.Context, in permissionInput) (ok[permissionView], error) {
	p, err := a.core.Access.Permission(ctx, web.Actor(ctx), in.number())
	return show(permissionOf(p), err)
}

type groupPermissionsInput struct {
	groupInput
	pageInput
}

func (a *api) listGroupPermissions(ctx context.Context, in groupPermissionsInput) (ok[page[heldView]], error) {
	list, err := a.core.Access.GroupPermissions(ctx, web.Actor(ctx), in.Name)
	return pageOfHeld(ctx, in.page(), list, err)
}

// grantInput is one permission to be given.
type grantInput struct {
	Section    *string         `json:"section" enum:"admin,user" doc:"The section of the group if not given."`
	Type       string          `json:"type" required:"true" maxLength:"40"`
	Level      string          `json:"level" required:"true" enum:"view,add,change,delete"`
	Properties *map[string]any `json:"properties" maxLength:"10000" doc:"Of transaction permissions: metadata.KEY to allow or deny."`
}

// grantsInput is a list of permissions to be given or, as older clients send it, one of them bare.
type grantsInput struct {
	Body struct {
		Permissions *[]grantInput   `json:"permissions" maxItems:"300"`
		Section     *string         `json:"section" enum:"admin,user" doc:"Of the one that stands bare."`
		Type        *string         `json:"type" maxLength:"40" doc:"Of the one that stands bare."`
		Level       *string         `json:"level" enum:"view,add,change,delete" doc:"Of the one that stands bare."`
		Properties  *map[string]any `json:"properties" maxLength:"10000" doc:"Of the one that stands bare."`
	}
}

// core is the input in the core's words, and whether it stands bare.
func (in grantsInput) core() (grants access.Grants, bare bool) {
	b := in.Body
	if b.Permissions != nil {
		errs := make([]error, len(*b.Permissions))
		for i, g := range *b.Permissions {
			var one access.Grant
			one, errs[i] = g.core(fmt.Sprintf("permissions.%d.", i))
			grants.List = append(grants.List, one)
		}
		grants.Also = errors.Join(errs...)
		return grants, false
	}
	var missing []error
	for _, member := range []struct {
		name  string
		given bool
	}{{"type", b.Type != nil}, {"level", b.Level != nil}} {
		if !member.given {
			missing = append(missing, kith.BadField(member.name, kith.CodeRequired, "This is required."))
		}
	}
	switch len(missing) {
	case 0:
		one, err := grantInput{b.Section, *b.Type, *b.Level, b.Properties}.core("")
		return access.Grants{List: []access.Grant{one}, Also: err}, true
	case 1:
		return access.Grants{Also: missing[0]}, true
	default:
		return access.Grants{}, true // not bare either: the core says that permissions are missing
	}
}

// core is one permission in the core's words; the errors name fields below the prefix.
func (in grantInput) core(prefix string) (access.Grant, error) {
	noun, known := nouns[in.Type]
	var bad error
	if !known {
		bad = kith.BadField(prefix+"type", kith.CodeNotAllowed, "There is no such type of permission.")
	}
	level, _ := kith.LevelNamed(in.Level)
	g := access.Grant{Noun: noun, Level: level}
	if in.Properties != nil {
		var err error
		g.Properties, err = propertiesOf(*in.Properties, prefix+"properties")
		bad = errors.Join(bad, err)
	}
	if in.Section != nil {
		section, _ := kith.SectionNamed(*in.Section)
		g.Section = &section
	}
	return g, bad
}

// propertiesOf reads properties.
func propertiesOf(given map[string]any, field string) (kith.Properties, error) {
	properties := make(kith.Properties, len(given))
	for name, value := range given {
		key, ofMetadata := strings.CutPrefix(name, "metadata.")
		if !ofMetadata || key == "" || value != allow && value != deny {
			return nil, kith.BadField(field, kith.CodeNotAllowed, `Write properties as {"metadata.KEY": "allow"} or "deny".`)
		}
		properties[name] = value == allow
	}
	return properties, nil
}

// grantedView shows what was given: as a list, and where one was asked for bare, that one besides.
type grantedView struct {
	Permissions []heldView `json:"permissions" maxItems:"300"`
	ID          *int64     `json:"id,omitempty" doc:"Of the one that was given bare, as the following."`
	Section     *string    `json:"section,omitempty" enum:"user,admin"`
	Type        *string    `json:"type,omitempty" maxLength:"40"`
	Level       *string    `json:"level,omitempty" enum:"view,add,change,delete"`
}

// showGranted shows what was given.
func showGranted(given []kith.Holding, bare bool, err error) (ok[grantedView], error) {
	if err != nil {
		return ok[grantedView]{}, err
	}
	view := grantedView{Permissions: make([]heldView, len(given))}
	for i, h := range given {
		view.Permissions[i] = heldOf(h)
	}
	if bare {
		one := view.Permissions[0].permissionView
		view.ID, view.Section, view.Type, view.Level = &one.ID, &one.Section, &one.Type, &one.Level
	}
	return show(view, nil)
}

type grantGroupInput struct {
	groupInput
	grantsInput
}

func (a *api) grantGroup(ctx context.Context, in grantGroupInput) (ok[grantedView], error) {
	grants, bare := in.core()
	given, err := a.core.Access.GrantGroup(ctx, web.Actor(ctx), in.Name, grants)
	return showGranted(given, bare, err)
}

type groupPermissionInput struct {
	groupInput
	permissionInput
}

func (a *api) getGroupPermission(ctx context.Context, in groupPermissionInput) (ok[heldView], error) {
	return showHeld(a.core.Access.GroupPermission(ctx, web.Actor(ctx), in.Name, in.number()))
}

// narrowInput is what a permission that is held is narrowed to.
type narrowInput struct {
	Body struct {
		Properties web.Opt[map[string]any] `json:"properties" maxLength:"10000" doc:"null or {} makes it whole."`
		ReadOnly   web.Extra               `json:"-"`
	}
}

// core is the input in the core's words.
func (in narrowInput) core(number int) access.Narrowing {
	n := access.Narrowing{Number: number, Check: func(h kith.Holding) error { return unchanged(in.Body.ReadOnly, heldOf(h)) }}
	if in.Body.Properties.Set {
		properties, err := propertiesOf(in.Body.Properties.Value, "properties")
		n.Properties, n.Also = &properties, err
	}
	return n
}

type narrowGroupInput struct {
	groupPermissionInput
	narrowInput
}

func (a *api) narrowGroup(ctx context.Context, in narrowGroupInput) (ok[heldView], error) {
	return showHeld(a.core.Access.NarrowGroup(ctx, web.Actor(ctx), in.Name, in.core(in.number())))
}

func (a *api) revokeGroup(ctx context.Context, in groupPermissionInput) (done, error) {
	return success, a.core.Access.RevokeGroup(ctx, web.Actor(ctx), in.Name, in.number())
}
