package platform

import (
	"context"
	"errors"
	"net/http"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/web"
)

type emailView struct {
	ID       int64  `json:"id"`
	Email    string `json:"email" maxLength:"254"`
	Primary  bool   `json:"primary" doc:"The one that the user object shows."`
	Verified bool   `json:"verified"`
	Created  int64  `json:"created" doc:"Unix milliseconds."`
	Updated  int64  `json:"updated" doc:"Unix milliseconds: when it was verified, or else made."`
}

func emailOf(c *directory.Contact) emailView {
	return emailView{int64(c.ID), c.Value, c.Primary, !c.VerifiedAt.IsZero(), c.CreatedAt.UnixMilli(), contactUpdated(c)}
}

// contactUpdated is when an address was proved, or else made: it never changes otherwise.
func contactUpdated(c *directory.Contact) int64 {
	if c.VerifiedAt.After(c.CreatedAt) {
		return c.VerifiedAt.UnixMilli()
	}
	return c.CreatedAt.UnixMilli()
}

type mobileView struct {
	ID       int64  `json:"id"`
	Number   string `json:"number" maxLength:"16"`
	Primary  bool   `json:"primary" doc:"The one that the user object shows."`
	Verified bool   `json:"verified"`
	Created  int64  `json:"created" doc:"Unix milliseconds."`
	Updated  int64  `json:"updated" doc:"Unix milliseconds: when it was verified, or else made."`
}

func mobileOf(c *directory.Contact) mobileView {
	return mobileView{int64(c.ID), c.Value, c.Primary, !c.VerifiedAt.IsZero(), c.CreatedAt.UnixMilli(), contactUpdated(c)}
}

type addEmailInput struct {
	Body struct {
		Email   string `json:"email" required:"true" maxLength:"254"`
		Primary bool   `json:"primary" doc:"In the place of the one that is, as long as that is not verified."`
	}
}

func (in addEmailInput) contact() directory.NewContact {
	return directory.NewContact{Kind: kith.Email, Value: in.Body.Email, Primary: in.Body.Primary}
}

type addMobileInput struct {
	Body struct {
		Number  string `json:"number" required:"true" maxLength:"32" doc:"With the country's code, such as +27840000000."`
		Primary bool   `json:"primary" doc:"In the place of the one that is, as long as that is not verified."`
	}
}

func (in addMobileInput) contact() directory.NewContact {
	return directory.NewContact{Kind: kith.Mobile, Value: in.Body.Number, Primary: in.Body.Primary}
}

// contactsView lists one's own e-mails or mobiles.
type contactsView[View any] struct {
	Status string `json:"status" enum:"success"`
	Data   []View `json:"data" maxItems:"10"`
}

// contactInput names an e-mail or a mobile.
type contactInput struct {
	ID int64 `path:"id" minimum:"1"`
}

type changeContactInput struct {
	contactInput
	Body struct {
		Primary  *bool     `json:"primary" doc:"true puts it in the place of the one that is, as long as that is not verified."`
		ReadOnly web.Extra `json:"-"`
	}
}

// ofContact says number, as this face does, of what is wrong with a mobile.
func ofContact(kind kith.IdentifierKind, err error) error {
	if e, is := errors.AsType[*kith.Error](err); is && kind == kith.Mobile && e.Field == kind.String() {
		return e.In("number")
	}
	return err
}

func (a *api) contacts(f *web.Face) {
	ownContacts[addEmailInput](a, f, kith.Email, "/3/user/emails/", "e-mails", emailOf)
	ownContacts[addMobileInput](a, f, kith.Mobile, "/3/user/mobiles/", "mobiles", mobileOf)
}

// ownContacts are the routes of people's own e-mails, or of their mobiles.
func ownContacts[In interface{ contact() directory.NewContact }, View any](a *api, f *web.Face, kind kith.IdentifierKind,
	list, words string, view func(*directory.Contact) View) {
	ops, one := directory.ContactOpsOf(kith.SectionUser, kind), list+"{id}/"
	shown := func(c *directory.Contact, err error) (ok[View], error) {
		if err != nil {
			return ok[View]{}, ofContact(kind, err)
		}
		return show(view(c), nil)
	}
	web.Handle(f, route("GET", list, ops.View, "List one's own "+words+", the primary one first"), func(ctx context.Context, _ none) (contactsView[View], error) {
		found, err := a.core.Directory.OwnContacts(ctx, web.Actor(ctx), kind)
		views := make([]View, len(found))
		for i, c := range found {
			views[i] = view(c)
		}
		return contactsView[View]{"success", views}, err
	})
	add := route("POST", list, ops.Add, "Add one to one's own "+words+", which is sent what verifies it")
	add.Status = http.StatusCreated
	web.Handle(f, add, func(ctx context.Context, in In) (ok[View], error) {
		return shown(a.core.Signin.AddOwnContact(ctx, web.Actor(ctx), in.contact()))
	})
	web.Handle(f, route("GET", one, ops.View, "One of one's own "+words), func(ctx context.Context, in contactInput) (ok[View], error) {
		return shown(a.core.Directory.OwnContact(ctx, web.Actor(ctx), kind, kith.Serial(in.ID)))
	})
	for _, method := range []string{"PATCH", "PUT"} {
		web.Handle(f, route(method, one, ops.Change, "Make one of one's own "+words+" the primary one"), func(ctx context.Context, in changeContactInput) (ok[View], error) {
			return shown(a.core.Signin.ChangeOwnContact(ctx, web.Actor(ctx), directory.ContactEdit{Kind: kind, ID: kith.Serial(in.ID),
				Primary: in.Body.Primary, Check: func(c *directory.Contact) error { return unchanged(in.Body.ReadOnly, view(c)) }}))
		})
	}
	web.Handle(f, route("DELETE", one, ops.Delete, "Take one of one's own "+words+" away, unless it is the last"), func(ctx context.Context, in contactInput) (done, error) {
		return success, a.core.Signin.RemoveOwnContact(ctx, web.Actor(ctx), kind, kith.Serial(in.ID))
	})
}
