package platform

import (
	"context"
	"net/http"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/web"
)

// adminEmailView is an e-mail as staff see it.
type adminEmailView struct {
	User reducedUserView `json:"user"`
	emailView
	standingView
}

// adminMobileView is a mobile as staff see it.
type adminMobileView struct {
	User reducedUserView `json:"user"`
	mobileView
	standingView
}

// standingView is what of a contact follows from its user.
type standingView struct {
	Archived  bool `json:"archived" doc:"As its user is."`
	Temporary bool `json:"temporary" doc:"As its user is."`
}

func (a *api) adminEmailOf(ctx context.Context, c *directory.Contact) adminEmailView {
	return adminEmailView{a.reducedUserOf(ctx, c.Holder), emailOf(c), standingOf(c)}
}

func (a *api) adminMobileOf(ctx context.Context, c *directory.Contact) adminMobileView {
	return adminMobileView{a.reducedUserOf(ctx, c.Holder), mobileOf(c), standingOf(c)}
}

func standingOf(c *directory.Contact) standingView {
	return standingView{c.Holder.User.Archived, c.Holder.User.Temporary}
}

// contactsPage is one page of e-mails or mobiles.
type contactsPage[View any] struct {
	page[View]
	Capped bool `json:"count_capped,omitzero" doc:"There are more rows than were counted: the oldest are found by their user."`
}

type contactsInput struct {
	pageInput
	User      web.Opt[string] `query:"user" maxLength:"254" doc:"Id, email, mobile or username."`
	Temporary *bool           `query:"temporary" doc:"Those of temporary users, or of all others."`
}

func (in contactsInput) filter() directory.ContactFilter {
	f := directory.ContactFilter{Temporary: in.Temporary}
	if in.User.Set {
		f.User = &in.User.Value
	}
	return f
}

// newContactInput is what staff say of a new e-mail or mobile besides what it is.
type newContactInput struct {
	User     string `json:"user" required:"true" maxLength:"254" doc:"Id, email, mobile or username."`
	Primary  bool   `json:"primary" doc:"In the place of the one that is."`
	Verified bool   `json:"verified" doc:"Without this it is sent what verifies it."`
}

type addEmailForInput struct {
	Body struct {
		newContactInput
		Email string `json:"email" required:"true" maxLength:"254"`
	}
}

func (in addEmailForInput) contact() directory.NewContact {
	return directory.NewContact{Kind: kith.Email, Value: in.Body.Email, Primary: in.Body.Primary, Verified: in.Body.Verified, User: in.Body.User}
}

type addMobileForInput struct {
	Body struct {
		newContactInput
		Number string `json:"number" required:"true" maxLength:"32" doc:"With the country's code, such as +27840000000."`
	}
}

func (in addMobileForInput) contact() directory.NewContact {
	return directory.NewContact{Kind: kith.Mobile, Value: in.Body.Number, Primary: in.Body.Primary, Verified: in.Body.Verified, User: in.Body.User}
}

type changeContactForInput struct {
	contactInput
	Body struct {
		Primary  *bool     `json:"primary" doc:"true puts it in the place of the one that is."`
		Verified *bool     `json:"verified" doc:"Nobody says so of their own."`
		ReadOnly web.Extra `json:"-"`
	}
}

func (a *api) adminContacts(f *web.Face) {
	heldContacts[addEmailForInput](a, f, kith.Email, "/3/admin/users/emails/", "e-mails", a.adminEmailOf)
	heldContacts[addMobileForInput](a, f, kith.Mobile, "/3/admin/users/mobiles/", "mobiles", a.adminMobileOf)
}

// heldContacts are the routes of staff about users' e-mails, or about their mobiles.
func heldContacts[In interface{ contact() directory.NewContact }, View any](a *api, f *web.Face, kind kith.IdentifierKind,
	list, words string, view func(context.Context, *directory.Contact) View) {
	ops, one := directory.ContactOpsOf(kith.SectionAdmin, kind), list+"{id}/"
	shown := func(ctx context.Context, c *directory.Contact, err error) (ok[View], error) {
		if err != nil {
			return ok[View]{}, ofContact(kind, err)
		}
		return show(view(ctx, c), nil)
	}
	web.Handle(f, route("GET", list, ops.View, "List the users' "+words+", newest first"), func(ctx context.Context, in contactsInput) (ok[contactsPage[View]], error) {
		found, err := a.core.Directory.Contacts(ctx, web.Actor(ctx), kind, in.filter(), in.page())
		if err != nil {
			return ok[contactsPage[View]]{}, err
		}
		p, err := pageOf(ctx, in.page(), found.List, func(c *directory.Contact) View { return view(ctx, c) })
		return show(contactsPage[View]{p.Data, found.Capped}, err)
	})
	add := route("POST", list, ops.Add, "Give a user one of the "+words+", which is sent what verifies it")
	add.Status = http.StatusCreated
	web.Handle(f, add, func(ctx context.Context, in In) (ok[View], error) {
		c, err := a.core.Signin.AddContact(ctx, web.Actor(ctx), in.contact())
		return shown(ctx, c, err)
	})
	web.Handle(f, route("GET", one, ops.View, "One of the users' "+words), func(ctx context.Context, in contactInput) (ok[View], error) {
		c, err := a.core.Directory.Contact(ctx, web.Actor(ctx), kind, kith.Serial(in.ID))
		return shown(ctx, c, err)
	})
	for _, method := range []string{"PATCH", "PUT"} {
		web.Handle(f, route(method, one, ops.Change, "Make one of a user's "+words+" primary, or say that it is verified"), func(ctx context.Context, in changeContactForInput) (ok[View], error) {
			c, err := a.core.Signin.ChangeContact(ctx, web.Actor(ctx), directory.ContactEdit{Kind: kind, ID: kith.Serial(in.ID),
				Primary: in.Body.Primary, Verified: in.Body.Verified,
				Check: func(c *directory.Contact) error { return unchanged(in.Body.ReadOnly, view(ctx, c)) }})
			return shown(ctx, c, err)
		})
	}
	web.Handle(f, route("DELETE", one, ops.Delete, "Take one of the "+words+" from a user"), func(ctx context.Context, in contactInput) (done, error) {
		return success, a.core.Signin.RemoveContact(ctx, web.Actor(ctx), kind, kith.Serial(in.ID))
	})
}
