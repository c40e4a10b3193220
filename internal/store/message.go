package store

import (
	"context"

	"kith"
)

type messages struct{ tx *Tx }

// The states of a message. The numbers are stored.
const (
	messageWaiting = iota
	messageInInbox
)

// Sealed is a message as it lies in the outbox: what it says is sealed under its user's data key.
type Sealed struct {
	ID      kith.MessageID
	Company kith.CompanyID
	Slug    string
	User    kith.UserID
	Salt    []byte // of the user's data key; nil once erased
	Channel kith.Channel
	Kind    string
	Body    []byte
}

// Insert puts a message into the outbox.
func (ms messages) Insert(ctx context.Context, m *Sealed) error {
	_, err := ms.tx.exec(ctx, `INSERT INTO messages (company_id, id, user_id, channel, kind, state, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		m.ID[:], m.User[:], int(m.Channel), m.Kind, messageWaiting, m.Body)
	return err
}

// ToInbox marks a waiting message as delivered to the development inbox. It fails with ErrNotFound if
// somebody else has taken it.
func (ms messages) ToInbox(ctx context.Context, id kith.MessageID) error {
	return ms.tx.one(ctx, `UPDATE messages SET state = $3 WHERE company_id = $1 AND id = $2 AND state = $4`,
		id[:], messageInInbox, messageWaiting)
}
