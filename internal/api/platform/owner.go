package platform

import (
	"context"
	"net/http"

	"kith/internal/core/signin"
	"kith/internal/web"
)

// ownerView is who owns the company and to whom it is being handed over.
type ownerView struct {
	Owner   reducedUserView  `json:"owner"`
	Heir    *reducedUserView `json:"heir" doc:"To whom the company is offered; null for all but the owner and that user."`
	Expires *int64           `json:"expires" doc:"Until when the offer stands, Unix milliseconds; null without one."`
}

func (a *api) ownerOf(ctx context.Context, o *signin.Offer) ownerView {
	view := ownerView{Owner: a.reducedUserOf(ctx, o.Owner), Expires: millis(o.Until)}
	if o.Heir != nil {
		heir := a.reducedUserOf(ctx, *o.Heir)
		view.Heir = &heir
	}
	return view
}

func (a *api) owner(f *web.Face) {
	const owner, accept = "/3/admin/company/owner/", "/3/admin/company/owner/accept/"
	web.Handle(f, route("GET", owner, signin.OpViewOffer, "Who owns the company, and to whom it is being handed over"), a.getOwner)
	offer := route("POST", owner, signin.OpOfferOwner, "Offer the company to another admin (owner only)")
	offer.Status = http.StatusCreated
	web.Handle(f, offer, a.offerOwner)
	web.Handle(f, route("DELETE", owner, signin.OpOfferOwner, "Withdraw the offer (owner only)"), a.withdrawOwner)
	web.Handle(f, route("POST", accept, signin.OpOfferOwner, "Become the owner, as the one to whom the company is offered"), a.acceptOwner)
}

func (a *api) getOwner(ctx context.Context, _ none) (ok[ownerView], error) {
	offer, err := a.core.Signin.Offer(ctx, web.Actor(ctx))
	if err != nil {
		return ok[ownerView]{}, err
	}
	return show(a.ownerOf(ctx, offer), nil)
}

type offerOwnerInput struct {
	Body struct {
		User     string `json:"user" required:"true" maxLength:"254" doc:"Id, email, mobile or username of another admin."`
		Password string `json:"password" required:"true" maxLength:"128" doc:"One's own."`
	}
}

func (a *api) offerOwner(ctx context.Context, in offerOwnerInput) (ok[ownerView], error) {
	offer, err := a.core.Signin.OfferOwner(ctx, web.Actor(ctx), signin.NewOffer{User: in.Body.User, Password: in.Body.Password})
	if err != nil {
		return ok[ownerView]{}, err
	}
	return show(a.ownerOf(ctx, offer), nil)
}

func (a *api) withdrawOwner(ctx context.Context, _ none) (done, error) {
	return success, a.core.Signin.WithdrawOwner(ctx, web.Actor(ctx))
}

type acceptOwnerInput struct {
	Body struct {
		Password string `json:"password" required:"true" maxLength:"128" doc:"One's own."`
	}
}

func (a *api) acceptOwner(ctx context.Context, in acceptOwnerInput) (ok[ownerView], error) {
	offer, err := a.core.Signin.AcceptOwner(ctx, web.Actor(ctx), in.Body.Password)
	if err != nil {
		return ok[ownerView]{}, err
	}
	return show(a.ownerOf(ctx, offer), nil)
}
