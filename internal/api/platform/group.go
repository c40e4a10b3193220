package platform

import (
	"context"
	"net/http"

	"kith"
	"kith/internal/core/access"
	"kith/internal/web"
)

// adminGroupView is a role group as staff see it.
type adminGroupView struct {
	Name        string            `json:"name" maxLength:"80"`
	Label       *string           `json:"label" maxLength:"150"`
	Description *string           `json:"description" maxLength:"1000"`
	Icon        *string           `json:"icon"`
	Section     string            `json:"section" enum:"user,admin,system"`
	Default     bool              `json:"default" doc:"Given to users who name no group; one group is."`
	Public      bool              `json:"public" doc:"May be chosen by those who register."`
	Listed      bool              `json:"listed" doc:"Shown in the public list, if it is public."`
	Tiers       []map[string]any  `json:"tiers" maxItems:"1000"`
	Settings    groupSettingsView `json:"settings"`
	Archived    bool              `json:"archived" doc:"Nobody can be put in. Only a group without users can be archived."`
	Created     int64             `json:"created" doc:"Unix milliseconds."`
	Updated     int64             `json:"updated" doc:"Unix milliseconds."`
}

type groupSettingsView struct {
	userSettingsView
	PasswordResetURL             *string `json:"password_reset_url" maxLength:"200"`
	PasswordSetURL               *string `json:"password_set_url" maxLength:"200"`
	EmailVerificationURL         *string `json:"email_verification_url" maxLength:"200"`
	DeactivateVerificationURL    *string `json:"deactivate_verification_url" maxLength:"200"`
	RequestDeleteVerificationURL *string `json:"request_delete_verification_url" maxLength:"200"`
}

func adminGroupOf(g *kith.Group) adminGroupView {
	return adminGroupView{Name: g.Name, Label: null(&g.Label), Description: null(&g.Description), Section: g.Section.String(),
		Default: g.Default, Public: g.Public, Listed: g.Listed, Settings: groupSettingsOf(g), Archived: g.Archived,
		Created: g.CreatedAt.UnixMilli(), Updated: g.UpdatedAt.UnixMilli()}
}

func groupSettingsOf(g *kith.Group) groupSettingsView {
	s := g.Settings
	return groupSettingsView{plainGroupSettingsOf(g), null(&s.PasswordResetURL), null(&s.PasswordSetURL), null(&s.EmailVerificationURL),
		null(&s.DeactivateURL), null(&s.DeleteURL)}
}

func plainGroupSettingsOf(g *kith.Group) userSettingsView {
	s := g.Settings
	return userSettingsView{s.AllowTransactions, s.AllowDebitTransactions, s.AllowCreditTransactions, []map[string]any{}}
}

func (a *api) adminGroups(f *web.Face) {
	const list, one = "/3/admin/groups/", "/3/admin/groups/{group_name}/"
	web.Handle(f, route("GET", list, access.OpViewGroups, "List the groups"), a.listGroups)
	add := route("POST", list, access.OpAddGroup, "Make a group")
	add.Status, add.Form = http.StatusCreated, true
	web.Handle(f, add, a.addGroup)
	web.Handle(f, route("GET", one, access.OpViewGroups, "One group"), a.getGroup)
	for _, method := range []string{"PATCH", "PUT"} {
		rt := route(method, one, access.OpChangeGroup, "Change a group")
		rt.Form = true
		web.Handle(f, rt, a.changeGroup)
	}
	const settings = one + "settings/"
	web.Handle(f, route("GET", settings, access.OpViewGroups, "What the company decides about a group's members"), a.getGroupSettings)
	for _, method := range []string{"PATCH", "PUT"} {
		web.Handle(f, route(method, settings, access.OpChangeGroup, "Change what the company decides about a group's members"), a.changeGroupSettings)
	}
	for _, table := range []string{"tiers", "fees", "limits"} {
		web.Handle(f, route("GET", one+table+"/", access.OpViewGroups, "The group's "+table+": there are none yet"), a.listTiered)
	}
	a.groupPermissions(f)
	a.userGroups(f)
	a.userPermissions(f)
}

type groupsInput struct {
	pageInput
	Archived  *bool  `query:"archived"`
	Created   *int64 `query:"created" doc:"Unix milliseconds."`
	CreatedGT *int64 `query:"created__gt" doc:"Unix milliseconds."`
	CreatedLT *int64 `query:"created__lt" doc:"Unix milliseconds."`
	Default   *bool  `query:"default"`
	Name      string `query:"name" maxLength:"80"`
	Public    *bool  `query:"public"`
	Section   string `query:"section" enum:"system,admin,user"`
	Updated   *int64 `query:"updated" doc:"Unix milliseconds."`
	UpdatedGT *int64 `query:"updated__gt" doc:"Unix milliseconds."`
	UpdatedLT *int64 `query:"updated__lt" doc:"Unix milliseconds."`
}

func (in groupsInput) filter() access.GroupFilter {
	filter := access.GroupFilter{Name: in.Name, Archived: in.Archived, Default: in.Default, Public: in.Public,
		Created: kith.Span{At: moment(in.Created), After: moment(in.CreatedGT), Before: moment(in.CreatedLT)},
		Updated: kith.Span{At: moment(in.Updated), After: moment(in.UpdatedGT), Before: moment(in.UpdatedLT)}}
	if in.Section != "" {
		section, written := kith.SectionNamed(in.Section)
		if !written {
			section = kith.SectionSystem // which no group is of
		}
		filter.Section = &section
	}
	return filter
}

func (a *api) listGroups(ctx context.Context, in groupsInput) (ok[page[adminGroupView]], error) {
	list, err := a.core.Access.Groups(ctx, web.Actor(ctx), in.filter(), in.page())
	if err != nil {
		return ok[page[adminGroupView]]{}, err
	}
	return pageOf(ctx, in.page(), list, adminGroupOf)
}

var errNoIcons = kith.BadField("icon", kith.CodeNotAllowed, "Group icons are not kept yet.")

type addGroupInput struct {
	Body struct {
		Name        string          `json:"name" required:"true" maxLength:"80" doc:"Letters a to z, digits, dashes, underscores and dots."`
		Label       web.Opt[string] `json:"label" maxLength:"150"`
		Description web.Opt[string] `json:"description" maxLength:"1000"`
		Icon        *web.File       `json:"icon" doc:"Group icons are not kept yet: one is refused."`
		Section     web.Opt[string] `json:"section" enum:"admin,user" doc:"user if not given."`
		Default     web.Opt[bool]   `json:"default"`
		Public      web.Opt[bool]   `json:"public"`
		Listed      *bool           `json:"listed" doc:"true if not given."`
	}
}

func (a *api) addGroup(ctx context.Context, in addGroupInput) (ok[adminGroupView], error) {
	b := in.Body
	if b.Icon != nil {
		return ok[adminGroupView]{}, errNoIcons
	}
	section, _ := kith.SectionNamed(b.Section.Value) // user where none is given
	g, err := a.core.Access.AddGroup(ctx, web.Actor(ctx), access.NewGroup{Name: b.Name, Label: b.Label.Value,
		Description: b.Description.Value, Section: section, Public: b.Public.Value, Default: b.Default.Value,
		Listed: b.Listed == nil || *b.Listed})
	if err != nil {
		return ok[adminGroupView]{}, err
	}
	return show(adminGroupOf(g), nil)
}

type groupInput struct {
	Name string `path:"group_name" maxLength:"80"`
}

func (a *api) getGroup(ctx context.Context, in groupInput) (ok[adminGroupView], error) {
	g, err := a.core.Access.Group(ctx, web.Actor(ctx), in.Name)
	if err != nil {
		return ok[adminGroupView]{}, err
	}
	return show(adminGroupOf(g), nil)
}

type changeGroupInput struct {
	groupInput
	Body struct {
		Name        *string         `json:"name" maxLength:"80" doc:"Groups that every company is born with keep theirs."`
		Label       web.Opt[string] `json:"label" maxLength:"150"`
		Description web.Opt[string] `json:"description" maxLength:"1000"`
		Icon        *web.File       `json:"icon" doc:"Group icons are not kept yet: one is refused."`
		Section     *string         `json:"section" enum:"admin,user"`
		Default     *bool           `json:"default"`
		Public      *bool           `json:"public"`
		Listed      *bool           `json:"listed"`
		Archived    *bool           `json:"archived"`
		ReadOnly    web.Extra       `json:"-"`
	}
}

func (a *api) changeGroup(ctx context.Context, in changeGroupInput) (ok[adminGroupView], error) {
	b := in.Body
	if b.Icon != nil {
		return ok[adminGroupView]{}, errNoIcons
	}
	change := access.GroupChange{Name: b.Name, Label: given(b.Label), Description: given(b.Description), Default: b.Default,
		Public: b.Public, Listed: b.Listed, Archived: b.Archived,
		Check: func(g *kith.Group) error { return unchanged(b.ReadOnly, adminGroupOf(g)) }}
	if b.Section != nil {
		section, _ := kith.SectionNamed(*b.Section)
		change.Section = &section
	}
	g, err := a.core.Access.ChangeGroup(ctx, web.Actor(ctx), in.Name, change)
	if err != nil {
		return ok[adminGroupView]{}, err
	}
	return show(adminGroupOf(g), nil)
}

func (a *api) getGroupSettings(ctx context.Context, in groupInput) (ok[groupSettingsView], error) {
	g, err := a.core.Access.Group(ctx, web.Actor(ctx), in.Name)
	if err != nil {
		return ok[groupSettingsView]{}, err
	}
	return show(groupSettingsOf(g), nil)
}

type groupSettingsInput struct {
	groupInput
	Body struct {
		AllowTransactions            *bool           `json:"allow_transactions"`
		AllowDebitTransactions       *bool           `json:"allow_debit_transactions"`
		AllowCreditTransactions      *bool           `json:"allow_credit_transactions"`
		PasswordResetURL             web.Opt[string] `json:"password_reset_url" maxLength:"200" doc:"null: the company's."`
		PasswordSetURL               web.Opt[string] `json:"password_set_url" maxLength:"200" doc:"null: the company's."`
		EmailVerificationURL         web.Opt[string] `json:"email_verification_url" maxLength:"200" doc:"null: the company's."`
		DeactivateVerificationURL    web.Opt[string] `json:"deactivate_verification_url" maxLength:"200" doc:"null: the company's."`
		RequestDeleteVerificationURL web.Opt[string] `json:"request_delete_verification_url" maxLength:"200" doc:"null: the company's."`
		ReadOnly                     web.Extra       `json:"-"`
	}
}

func (a *api) changeGroupSettings(ctx context.Context, in groupSettingsInput) (ok[groupSettingsView], error) {
	b := in.Body
	g, err := a.core.Access.ChangeGroupSettings(ctx, web.Actor(ctx), in.Name, access.GroupSettingsChange{
		AllowTransactions: b.AllowTransactions, AllowDebitTransactions: b.AllowDebitTransactions,
		AllowCreditTransactions: b.AllowCreditTransactions, PasswordResetURL: given(b.PasswordResetURL),
		PasswordSetURL: given(b.PasswordSetURL), EmailVerificationURL: given(b.EmailVerificationURL),
		DeactivateURL: given(b.DeactivateVerificationURL), DeleteURL: given(b.RequestDeleteVerificationURL),
		Check: func(g *kith.Group) error { return unchanged(b.ReadOnly, groupSettingsOf(g)) }})
	if err != nil {
		return ok[groupSettingsView]{}, err
	}
	return show(groupSettingsOf(g), nil)
}

// tieredView is a plain list of tiers, fees or limits: there are none.
type tieredView struct {
	Status string      `json:"status" enum:"success"`
	Data   []tieredRow `json:"data" maxItems:"1000"`
}

// tieredRow is a tier, fee or limit.
type tieredRow struct {
	ID int64 `json:"id"`
}

func (a *api) listTiered(ctx context.Context, in groupInput) (tieredView, error) {
	_, err := a.core.Access.Group(ctx, web.Actor(ctx), in.Name)
	return tieredView{Status: "success"}, err
}
