package platform

import (
	"context"
	"errors"
	"net/http"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/web"
)

func (a *api) adminUsers(f *web.Face) {
	const one, settings = "/3/admin/users/{identifier}/", "/3/admin/users/{identifier}/settings/"
	create := pictured(route("POST", "/3/admin/users/", directory.OpAddUser, "Make a user, and mail them a link to set their password by"))
	create.Status = http.StatusCreated
	web.Handle(f, create, a.createUser)
	web.Handle(f, route("GET", one, directory.OpViewUser, "A user, by id, email, mobile or username"), a.getUser)
	for _, method := range []string{"PATCH", "PUT"} {
		web.Handle(f, pictured(route(method, one, directory.OpChangeUser, "Change a user")), a.changeUser)
	}
	web.Handle(f, route("DELETE", one, directory.OpArchiveUser, "Archive a user; it can be undone"), a.archiveUser)
	web.Handle(f, route("GET", settings, directory.OpViewUser, "What staff allow a user"), a.getUserSettings)
	for _, method := range []string{"PATCH", "PUT"} {
		web.Handle(f, route(method, settings, directory.OpChangeUser, "Change what staff allow a user"), a.changeUserSettings)
	}
	web.Handle(f, route("POST", "/3/admin/users/{identifier}/password-link/", directory.OpChangeUser,
		"Mail a user a new link to set their password by"), a.mailPasswordLink)
}

// byStaffInput is what staff may say about a user, new or not.
type byStaffInput struct {
	Username web.Opt[string] `json:"username" maxLength:"150"`
	Email    web.Opt[string] `json:"email" maxLength:"254"`
	Mobile   web.Opt[string] `json:"mobile" maxLength:"32" doc:"With the country's code, such as +27840000000."`
	profileInput
	laterProfileInput
	Metadata       web.Opt[map[string]any] `json:"metadata" doc:"Merged into what is there; null removes a key."`
	Deactivated    *bool                   `json:"deactivated" doc:"Cannot sign in."`
	Archived       *bool                   `json:"archived" doc:"Cannot sign in, and is only read."`
	RetentionState *string                 `json:"retention_state" enum:"retaining,delete_requested,deleted"`
	pictureInput
}

// retention is the state that is asked for; nil if none is.
func (in byStaffInput) retention() *kith.Retention {
	if in.RetentionState == nil {
		return nil
	}
	state, _ := kith.RetentionNamed(*in.RetentionState) // the enum lets no other word through
	return &state
}

type createUserInput struct {
	Body struct {
		ID        web.Opt[string] `json:"id" maxLength:"36" doc:"A UUID that was never used in the company; none for a new one."`
		Kind      string          `json:"kind" enum:"person,machine" doc:"A machine has no password, email or mobile; it gets tokens."`
		Temporary bool            `json:"temporary" doc:"For someone not yet here: cannot sign in, and others may have the same email, mobile and username."`
		Groups    []string        `json:"groups" maxItems:"10" maxLength:"80" doc:"At most one; the default group if none is given."`
		byStaffInput
	}
}

func (a *api) createUser(ctx context.Context, in createUserInput) (ok[userView], error) {
	b := in.Body
	if err := b.check(nil); err != nil {
		return ok[userView]{}, err
	}
	user := directory.NewUserByStaff{ID: b.ID.Value, Username: b.Username.Value, Email: b.Email.Value, Mobile: b.Mobile.Value,
		Profile: attributes(b.profileInput, b.laterProfileInput), Groups: b.Groups, Metadata: b.Metadata.Value, Temporary: b.Temporary, Picture: b.pictureInput.change(),
		Deactivated: b.Deactivated != nil && *b.Deactivated, Archived: b.Archived != nil && *b.Archived}
	if b.Kind == kith.Machine.String() {
		user.Kind = kith.Machine
	}
	if state := b.retention(); state != nil {
		user.Retention = *state
	}
	m, err := a.core.Signin.CreateUser(ctx, web.Actor(ctx), user)
	return a.shownUser(ctx, m, err)
}

// shownUser is a user in their envelope, unless there was an error.
func (a *api) shownUser(ctx context.Context, m kith.Member, err error) (ok[userView], error) {
	if err != nil {
		return ok[userView]{}, err
	}
	return show(a.staffUserOf(ctx, m), nil)
}

// userInput names a user in the path.
type userInput struct {
	Identifier string `path:"identifier" maxLength:"254" doc:"Id, email, mobile or username."`
}

func (a *api) getUser(ctx context.Context, in userInput) (ok[userView], error) {
	m, err := a.core.Directory.User(ctx, web.Actor(ctx), in.Identifier)
	return a.shownUser(ctx, m, err)
}

type changeUserInput struct {
	userInput
	Body struct {
		byStaffInput
		Groups   *[]string `json:"groups" maxItems:"10" maxLength:"80" doc:"At most one, in the place of the one before; none takes the user out of it."`
		Status   *string   `json:"status" enum:"obsolete,declined,pending,paused,incomplete,verified"`
		ReadOnly web.Extra `json:"-"`
	}
}

func (a *api) changeUser(ctx context.Context, in changeUserInput) (ok[userView], error) {
	b := in.Body
	change := directory.UserChange{Username: given(b.Username), Email: given(b.Email), Mobile: given(b.Mobile),
		Profile: attributes(b.profileInput, b.laterProfileInput), Groups: b.Groups,
		Metadata: b.Metadata.Value, ClearMetadata: b.Metadata.Null, Deactivated: b.Deactivated, Archived: b.Archived, Retention: b.retention(),
		Picture: b.pictureInput.change(), Check: func(m kith.Member) error {
			shown := a.staffUserOf(ctx, m)
			return errors.Join(unchanged(b.ReadOnly, shown), b.check(shown.Profile))
		}}
	if b.Status != nil {
		status, _ := kith.StatusNamed(*b.Status) // the enum lets no other word through
		change.Status = &status
	}
	m, err := a.core.Signin.ChangeUser(ctx, web.Actor(ctx), in.Identifier, change)
	return a.shownUser(ctx, m, err)
}

func (a *api) archiveUser(ctx context.Context, in userInput) (done, error) {
	_, err := a.core.Directory.ArchiveUser(ctx, web.Actor(ctx), in.Identifier)
	return success, err
}

func (a *api) getUserSettings(ctx context.Context, in userInput) (ok[userSettingsView], error) {
	m, err := a.core.Directory.User(ctx, web.Actor(ctx), in.Identifier)
	if err != nil {
		return ok[userSettingsView]{}, err
	}
	return show(userSettingsOf(m.User), nil)
}

type changeUserSettingsInput struct {
	userInput
	Body struct {
		AllowTransactions       *bool     `json:"allow_transactions"`
		AllowDebitTransactions  *bool     `json:"allow_debit_transactions"`
		AllowCreditTransactions *bool     `json:"allow_credit_transactions"`
		ReadOnly                web.Extra `json:"-"`
	}
}

func (a *api) changeUserSettings(ctx context.Context, in changeUserSettingsInput) (ok[userSettingsView], error) {
	b := in.Body
	m, err := a.core.Directory.ChangeUserSettings(ctx, web.Actor(ctx), in.Identifier, directory.UserSettingsChange{
		AllowTransactions: b.AllowTransactions, AllowDebitTransactions: b.AllowDebitTransactions,
		AllowCreditTransactions: b.AllowCreditTransactions, Also: unchanged(b.ReadOnly, userSettingsView{DisallowedTransactionSubtypes: []map[string]any{}})})
	if err != nil {
		return ok[userSettingsView]{}, err
	}
	return show(userSettingsOf(m.User), nil)
}

func (a *api) mailPasswordLink(ctx context.Context, in userInput) (done, error) {
	return success, a.core.Signin.MailPasswordLink(ctx, web.Actor(ctx), in.Identifier)
}
