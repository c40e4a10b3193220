package platform

import (
	"context"

	"kith/internal/core/directory"
	"kith/internal/core/signin"
	"kith/internal/web"
)

// closing has the ways out: people shut their account or have it deleted, by a link that they ask for.
// Trusted back ends ask and pass the answer on for the users of their company.
func (a *api) closing(f *web.Face) {
	web.Handle(f, route("POST", "/3/auth/deactivate/", signin.OpDeactivate, "Ask for a link to deactivate the account by"), a.askDeactivation)
	web.Handle(f, route("POST", "/3/auth/deactivate/verify/", signin.OpDeactivate, "Deactivate the account by the link's key"), a.deactivate)
	web.Handle(f, route("POST", "/3/auth/request-delete/", signin.OpRequestDeletion, "Ask for a link to have the account deleted by"), a.askDeletion)
	web.Handle(f, route("POST", "/3/auth/request-delete/verify/", signin.OpRequestDeletion, "Have the account deleted by the link's key"), a.requestDeletion)
	web.Handle(f, route("POST", "/3/admin/auth/deactivate/", directory.OpChangeUser, "Send a user a link to deactivate their account by"), a.askDeactivationFor)
	web.Handle(f, route("POST", "/3/admin/auth/deactivate/verify/", directory.OpChangeUser, "Deactivate a user by the key that they were sent"), a.deactivateFor)
	web.Handle(f, route("POST", "/3/admin/auth/request-delete/", directory.OpChangeUser, "Send a user a link to have their account deleted by"), a.askDeletionFor)
	web.Handle(f, route("POST", "/3/admin/auth/request-delete/verify/", directory.OpChangeUser, "Mark a user for deletion by the key that they were sent"), a.requestDeletionFor)
}

type askToCloseInput struct{ Body askInput }

type askToCloseForInput struct{ Body askForInput }

type closeInput struct {
	Body struct {
		Key string `json:"key" required:"true" maxLength:"200" doc:"Of the link."`
	}
}

func (a *api) askDeactivation(ctx context.Context, in askToCloseInput) (done, error) {
	return success, a.core.Signin.AskDeactivation(ctx, web.Actor(ctx), in.Body.ask())
}

func (a *api) askDeactivationFor(ctx context.Context, in askToCloseForInput) (done, error) {
	return success, a.core.Signin.AskDeactivationFor(ctx, web.Actor(ctx), in.Body.User)
}

func (a *api) deactivate(ctx context.Context, in closeInput) (done, error) {
	return success, a.core.Signin.Deactivate(ctx, web.Remote(ctx), in.Body.Key)
}

func (a *api) deactivateFor(ctx context.Context, in closeInput) (done, error) {
	return success, a.core.Signin.DeactivateFor(ctx, web.Actor(ctx), in.Body.Key)
}

func (a *api) askDeletion(ctx context.Context, in askToCloseInput) (done, error) {
	return success, a.core.Signin.AskDeletion(ctx, web.Actor(ctx), in.Body.ask())
}

func (a *api) askDeletionFor(ctx context.Context, in askToCloseForInput) (done, error) {
	return success, a.core.Signin.AskDeletionFor(ctx, web.Actor(ctx), in.Body.User)
}

func (a *api) requestDeletion(ctx context.Context, in closeInput) (done, error) {
	return success, a.core.Signin.RequestDeletion(ctx, web.Remote(ctx), in.Body.Key)
}

func (a *api) requestDeletionFor(ctx context.Context, in closeInput) (done, error) {
	return success, a.core.Signin.RequestDeletionFor(ctx, web.Actor(ctx), in.Body.Key)
}
