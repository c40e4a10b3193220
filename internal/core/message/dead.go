package message

import (
	"context"
	"time"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// How long sent and dead messages are remembered, and how many of the development inbox.
const (
	keepTime  = 30 * 24 * time.Hour
	keepInbox = 1000
)

// Lost is a dead message, as operators see it: what it says and to whom is not theirs to read.
type Lost struct {
	ID       kith.MessageID
	Slug     string // of its company
	User     kith.UserID
	Channel  kith.Channel
	Kind     string
	Attempts int
	EndedAt  time.Time
	Provider string
	Fault    string
	Expired  bool // it cannot be delivered again
}

// Lost lists dead messages, oldest first: at most limit of those after one.
func (o *Outbox) Lost(ctx context.Context, after kith.MessageID, limit int) ([]Lost, error) {
	dead, err := o.gate.System().Dead(ctx, after, limit)
	now := o.now()
	list := make([]Lost, len(dead))
	for i, m := range dead {
		list[i] = Lost{ID: m.ID, Slug: m.Slug, User: m.User, Channel: m.Channel, Kind: m.Kind, Attempts: m.Attempts, EndedAt: m.EndedAt,
			Provider: m.Provider, Fault: m.Fault, Expired: !m.ExpiresAt.IsZero() && !now.Before(m.ExpiresAt)}
	}
	return list, err
}

// Redeliver lets dead messages that have not expired wait again: the one named or, if that is zero, all. It
// tells how many those were.
func (o *Outbox) Redeliver(ctx context.Context, only kith.MessageID) (int, error) {
	var after kith.MessageID
	again := 0
	for {
		dead, err := o.gate.System().Dead(ctx, after, batch)
		if err != nil || len(dead) == 0 {
			return again, err
		}
		after = dead[len(dead)-1].ID
		revived := make(map[kith.MessageID]*bool)
		var list []*store.Sealed
		for _, m := range dead {
			if only.IsZero() || m.ID == only {
				list, revived[m.ID] = append(list, m), new(bool)
			}
		}
		err = o.each(ctx, list, func(ctx context.Context, tx *store.Tx, m *store.Sealed) error {
			err := tx.Messages.Redeliver(ctx, m.ID)
			*revived[m.ID] = err == nil
			return gate.Already(err)
		})
		if err != nil {
			return again, err
		}
		for _, done := range revived {
			if *done {
				again++
			}
		}
	}
}

// Sweep forgets messages that ended long ago, and those of the development inbox that are not among its
// newest. It works in slices and tells how many it removed.
func (o *Outbox) Sweep(ctx context.Context) (int, error) {
	old, err := o.gate.System().EndedMessages(ctx, o.now().Add(-keepTime), batch)
	if err != nil {
		return 0, err
	}
	beyond, err := o.gate.System().OldInbox(ctx, keepInbox, batch)
	if err != nil {
		return 0, err
	}
	keys := append(old, beyond...)
	return gate.BookkeepAll(ctx, o.gate, keys, func(k store.MessageKey) kith.CompanyID { return k.Company },
		func(ctx context.Context, tx *store.Tx, k store.MessageKey) error {
			return gate.Already(tx.Messages.Delete(ctx, k.ID))
		})
}

// mostCounted bounds what Counts looks at.
const mostCounted = 10_000

// Counts tells how many messages wait, and how many are dead and could be delivered still, each up to 10,000.
func (o *Outbox) Counts(ctx context.Context) (waiting, dead int, err error) {
	return o.gate.System().MessageCounts(ctx, o.now(), mostCounted)
}
