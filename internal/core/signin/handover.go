package signin

import (
	"context"
	"errors"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/message"
	"kith/internal/store"
)

// OfferLife is how long an offer to hand a company over stands.
const OfferLife = 7 * 24 * time.Hour

// The operations of handing a company over. What they ask besides, to be its owner or its heir, is asked in
// their steps.
var (
	OpViewOffer  = directory.OpViewOwnCompany
	OpOfferOwner = directory.OpChangeCompany
)

// Offer is who owns a company and to whom it is being handed over.
type Offer struct {
	Owner kith.Member
	Heir  *kith.Member // nil if to nobody, or if it is not the actor's to know
	Until time.Time    // zero without an heir
}

var (
	errNotOwner = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
		Message: "Only the company's owner may do this."}
	errNoOffer = &kith.Error{Kind: kith.NotFound, Code: kith.CodeNotFound,
		Message: "This company is not being handed over to you, or no longer. Ask its owner."}
	errUnclaimed = &kith.Error{Kind: kith.NotFound, Code: kith.CodeNotFound,
		Message: "This company has no owner yet: somebody of it has to claim it first."}
	errBadHeir = kith.BadField("user", kith.CodeNotAllowed,
		"Only another person of the group admin who may sign in can become the owner.")
)

// Offer tells who owns the actor's company. To whom it is being handed over, the owner and that user learn.
func (s *Signin) Offer(ctx context.Context, by *kith.Actor) (*Offer, error) {
	return gate.Read(ctx, s.gate, by, OpViewOffer, readOffer)
}

func readOffer(ctx context.Context, tx *gate.Tx) (*Offer, error) {
	company, err := tx.Companies.Get(ctx)
	if err != nil {
		return nil, err
	}
	if company.Unclaimed() {
		return nil, errUnclaimed
	}
	offer := new(Offer)
	if offer.Owner, err = member(ctx, tx, company.Owner); err != nil {
		return nil, err
	}
	heir, until, err := tx.Companies.Heir(ctx)
	knows := tx.By.System || company.OwnedBy(tx.By.UserID()) || tx.By.UserID() == heir
	if err != nil || heir.IsZero() || !tx.Now.Before(until) || !knows {
		return offer, err
	}
	m, err := member(ctx, tx, heir)
	offer.Heir, offer.Until = &m, until
	return offer, err
}

func member(ctx context.Context, tx *gate.Tx, id kith.UserID) (kith.Member, error) {
	m, err := tx.Users.Member(ctx, id)
	m.Company = tx.By.Company
	return m, err
}

// NewOffer names the heir and proves the owner.
type NewOffer struct {
	User     string // id, e-mail, mobile or username
	Password string // the actor's own
}

// OfferOwner offers the actor's company to another admin, in place of any earlier offer. Nothing changes
// before they accept. It fails with Forbidden for all but the owner, and with Invalid for a wrong password
// and for whoever cannot be an owner.
func (s *Signin) OfferOwner(ctx context.Context, by *kith.Actor, in NewOffer) (*Offer, error) {
	if err := s.checkOwner(ctx, by); err != nil {
		return nil, err
	}
	compared, fresh, err := s.reprove(ctx, by, OpOfferOwner, "password", in.Password)
	if err != nil {
		return nil, err
	}
	return gate.Change(ctx, s.gate, by, OpOfferOwner, in, func(ctx context.Context, tx *gate.Tx, in NewOffer) (*Offer, error) {
		if err := s.stillThere(ctx, tx); err != nil {
			return nil, err
		}
		if err := keepPassword(ctx, tx, by.User.ID, compared, fresh, "password"); err != nil {
			return nil, err
		}
		heir, err := directory.FindField(ctx, tx, "user", in.User)
		if err != nil {
			return nil, err
		}
		if !mayOwn(heir) || heir.User.ID == by.User.ID {
			return nil, errBadHeir
		}
		if err := setHeir(ctx, tx, heir.User.ID, tx.Now.Add(OfferLife)); err != nil {
			return nil, err
		}
		message.Notify(tx, heir, message.Note{Kind: message.OwnerOffered})
		return readOffer(ctx, tx)
	})
}

// checkOwner refuses all but the owner, before anybody makes us hash.
func (s *Signin) checkOwner(ctx context.Context, by *kith.Actor) error {
	_, err := gate.Read(ctx, s.gate, by, OpOfferOwner, func(ctx context.Context, tx *gate.Tx) (any, error) {
		company, err := tx.Companies.Get(ctx)
		if err == nil && !company.OwnedBy(by.UserID()) {
			err = errNotOwner
		}
		return nil, err
	})
	return err
}

// mayOwn reports whether somebody may be a company's owner: HandOver asks the same when it comes to it.
func mayOwn(m kith.Member) bool {
	return m.User.Kind == kith.Person && m.User.Active() && m.Group != nil && m.Group.Name == kith.GroupAdmin
}

// setHeir notes to whom the owner, who acts, hands the company over; zero for nobody.
func setHeir(ctx context.Context, tx *gate.Tx, heir kith.UserID, until time.Time) error {
	was, _, err := tx.Companies.Heir(ctx)
	if err != nil {
		return err
	}
	if was.IsZero() && heir.IsZero() {
		tx.Unchanged()
		return nil
	}
	err = tx.Companies.SetHeir(ctx, tx.By.UserID(), heir, until)
	if errors.Is(err, store.ErrNotFound) {
		return errNotOwner
	}
	e := kith.Event{Noun: kith.NounCompany, Verb: kith.Change, Row: tx.By.Company.Slug, Fields: []string{"heir"}, Old: map[string]any{"heir": nil}}
	if !was.IsZero() {
		e.Old["heir"] = was.String()
	}
	tx.Record(e)
	return err
}

// WithdrawOwner takes the offer back. It fails with Forbidden for all but the owner.
func (s *Signin) WithdrawOwner(ctx context.Context, by *kith.Actor) error {
	if err := s.checkOwner(ctx, by); err != nil {
		return err
	}
	_, err := gate.Change(ctx, s.gate, by, OpOfferOwner, struct{}{}, func(ctx context.Context, tx *gate.Tx, _ struct{}) (any, error) {
		return nil, setHeir(ctx, tx, kith.UserID{}, time.Time{})
	})
	return err
}

// AcceptOwner makes the actor the owner of their company, if it is being handed over to them. It fails with
// NotFound if it is not, and with Invalid for a wrong password.
func (s *Signin) AcceptOwner(ctx context.Context, by *kith.Actor, password string) (*Offer, error) {
	_, err := gate.Read(ctx, s.gate, by, OpOfferOwner, func(ctx context.Context, tx *gate.Tx) (any, error) {
		heir, until, err := tx.Companies.Heir(ctx)
		if err == nil && (heir != by.UserID() || !tx.Now.Before(until)) {
			err = errNoOffer
		}
		return nil, err
	})
	if err != nil {
		return nil, err
	}
	compared, fresh, err := s.reprove(ctx, by, OpOfferOwner, "password", password)
	if err != nil {
		return nil, err
	}
	return gate.Change(ctx, s.gate, by, OpOfferOwner, password, func(ctx context.Context, tx *gate.Tx, _ string) (*Offer, error) {
		if err := s.stillThere(ctx, tx); err != nil {
			return nil, err
		}
		if err := keepPassword(ctx, tx, by.User.ID, compared, fresh, "password"); err != nil {
			return nil, err
		}
		return accept(ctx, tx)
	})
}

// accept is the step behind AcceptOwner, for an actor who has proved to be themself.
func accept(ctx context.Context, tx *gate.Tx) (*Offer, error) {
	heir := tx.By.User.ID
	if _, err := tx.Users.Lock(ctx, heir); err != nil { // see HandOver
		return nil, err
	}
	company, err := tx.Companies.Get(ctx)
	if err != nil {
		return nil, err
	}
	err = tx.Companies.HandOver(ctx, company.Owner, heir, kith.GroupAdmin)
	if errors.Is(err, store.ErrNotFound) {
		return nil, errNoOffer
	} else if err != nil {
		return nil, err
	}
	tx.Record(kith.Event{Noun: kith.NounCompany, Verb: kith.Change, Row: company.Slug, Fields: []string{"owner"},
		Old: map[string]any{"owner": company.Owner.String()}})
	before, err := member(ctx, tx, company.Owner)
	if err != nil {
		return nil, err
	}
	message.Notify(tx, before, message.Note{Kind: message.OwnerChanged})
	return readOffer(ctx, tx)
}
