package message

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// Outbox hands messages on. They were put there by the changes that they tell of, in the same
// transactions. Each is delivered at least once, unless it is too late or refused: whoever takes one has it
// alone for a while, and if they are not heard of again somebody else takes it. It is safe for many
// goroutines, and beside other nodes.
type Outbox struct {
	gate *gate.Gate

	mu   sync.Mutex
	turn map[kith.Channel]kith.CompanyID // whose messages were taken last
}

// NewOutbox makes the outbox behind a gate.
func NewOutbox(g *gate.Gate) *Outbox {
	return &Outbox{gate: g, turn: make(map[kith.Channel]kith.CompanyID)}
}

// batch is how many messages one call hands on.
const batch = 100

// channels are those that messages travel by.
var channels = []kith.Channel{kith.ChannelEmail, kith.ChannelSMS}

// DeliverToInbox hands waiting messages of the channels, or of all if none are named, to the development
// inbox, and tells how many. That is where they go while no provider is configured.
func (o *Outbox) DeliverToInbox(ctx context.Context, of ...kith.Channel) (int, error) {
	if len(of) == 0 {
		of = channels
	}
	ever := time.UnixMilli(1 << 52) // whatever they wait for
	delivered := 0
	for _, channel := range of {
		waiting, err := o.next(ctx, channel, ever, batch)
		if err != nil {
			return delivered, err
		}
		err = o.each(ctx, waiting, func(ctx context.Context, tx *store.Tx, m *store.Sealed) error {
			return gate.Already(tx.Messages.ToInbox(ctx, m.ID))
		})
		if err != nil {
			return delivered, err
		}
		delivered += len(waiting)
	}
	return delivered, nil
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

// next reads messages of a channel that are due at a time, at most limit of them. The companies take turns,
// each with an equal share, so that however many one of them has, the others need not wait for them; within
// a company it goes by due time.
func (o *Outbox) next(ctx context.Context, channel kith.Channel, now time.Time, limit int) ([]*store.Sealed, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	system, after := o.gate.System(), o.turn[channel]
	companies, err := system.Queues(ctx, channel, now, after, limit)
	if err == nil && len(companies) < limit && after != 0 {
		var first []kith.CompanyID
		first, err = system.Queues(ctx, channel, now, 0, limit-len(companies))
		for _, id := range first {
			if id <= after {
				companies = append(companies, id)
			}
		}
	}
	if err != nil || len(companies) == 0 {
		return nil, err
	}
	share := (limit + len(companies) - 1) / len(companies)
	var list []*store.Sealed
	for _, company := range companies {
		if len(list) >= limit {
			break
		}
		due, err := system.Due(ctx, company, channel, now, min(share, limit-len(list)))
		if err != nil {
			return nil, err
		}
		list, o.turn[channel] = append(list, due...), company
	}
	return list, nil
}

// atOnce is how many companies' messages are written about at once: they share commits.
const atOnce = 8

// each runs a step for messages of any companies, those of a company together.
func (o *Outbox) each(ctx context.Context, list []*store.Sealed, step func(context.Context, *store.Tx, *store.Sealed) error) error {
	var (
		all    sync.WaitGroup
		slots  = make(chan struct{}, atOnce)
		mu     sync.Mutex
		failed []error
	)
	for company, own := range gate.ByCompany(list, func(m *store.Sealed) kith.CompanyID { return m.Company }) {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if _, err := gate.Bookkeep(ctx, o.gate, company, own, step); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = append(failed, err)
			}
		})
	}
	all.Wait()
	return errors.Join(failed...)
}
