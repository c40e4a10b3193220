package message

import (
	"context"
	"strings"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// Outbox hands messages on. They were put there by the changes that they tell of, in the same
// transactions.
type Outbox struct{ gate *gate.Gate }

// NewOutbox makes the outbox behind a gate.
func NewOutbox(g *gate.Gate) *Outbox { return &Outbox{g} }

// batch is how many messages one call hands on.
const batch = 100

// DeliverToInbox hands waiting messages to the development inbox, and tells how many. That is where
// they go while no provider is configured.
func (o *Outbox) DeliverToInbox(ctx context.Context) (int, error) {
	waiting, err := o.gate.System().Waiting(ctx, batch)
	if err != nil {
		return 0, err
	}
	for company, list := range gate.ByCompany(waiting, func(m *store.Sealed) kith.CompanyID { return m.Company }) {
		_, err := gate.Bookkeep(ctx, o.gate, company, list, func(ctx context.Context, tx *store.Tx, m *store.Sealed) error {
			return gate.Already(tx.Messages.ToInbox(ctx, m.ID))
		})
		if err != nil {
			return 0, err
		}
	}
	return len(waiting), nil
}

// Inbox gives the newest messages of the development inbox, newest first: at most limit of those
// looked at, and of them only those to the address, in whatever case, unless it is "".
func (o *Outbox) Inbox(ctx context.Context, to string, limit int) ([]*kith.Message, error) {
	sealed, err := o.gate.System().Inbox(ctx, limit)
	if err != nil {
		return nil, err
	}
	var list []*kith.Message
	for _, s := range sealed {
		m, err := o.gate.OpenMessage(ctx, s)
		if err != nil { // one that does not open must not hide the others
			m = &kith.Message{ID: s.ID, Slug: s.Slug, Channel: s.Channel, Subject: "This message cannot be opened.", CreatedAt: s.ID.Created()}
		}
		if m != nil && (to == "" || strings.EqualFold(m.To, to)) {
			list = append(list, m)
		}
	}
	return list, nil
}
