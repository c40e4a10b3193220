package store

import (
	"context"
	"time"

	"kith"
)

type messages struct{ tx *Tx }

// MessageState is what became of a message. The numbers are stored.
type MessageState int

// The states of a message.
const (
	MessageWaiting MessageState = iota // for its turn, its next attempt or the one under way
	MessageInInbox                     // of the person who runs kith on this machine
	MessageSent                        // and no longer readable
	MessageDead                        // refused, too late or given up
)

// Sealed is a message as it lies in the outbox: what it says is sealed under its user's data key.
type Sealed struct {
	ID      kith.MessageID
	Company kith.CompanyID
	Slug    string
	Sender  string // the company's name
	ReplyTo string // the company's support e-mail
	User    kith.UserID
	Salt    []byte // of the user's data key; nil once erased
	Channel kith.Channel
	Kind    string
	Body    []byte

	State     MessageState
	Attempts  int
	Since     time.Time // from then on it is tried
	DueAt     time.Time // not taken before; its place in its company's queue
	ExpiresAt time.Time // not delivered from then on; zero: at any time
	EndedAt   time.Time // when it was sent or died
	Provider  string    // that took it last
	Fault     string    // of the last attempt; "" if it went well
}

// Insert puts a message into the outbox, to wait.
func (ms messages) Insert(ctx context.Context, m *Sealed) error {
	_, err := ms.tx.exec(ctx, `INSERT INTO messages (company_id, id, user_id, channel, kind, state, body, since, due_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9)`,
		m.ID[:], m.User[:], int(m.Channel), m.Kind, m.Body, stamp(m.Since), stamp(m.DueAt), stamp(m.ExpiresAt))
	return err
}

// ToInbox marks a waiting message as delivered to the development inbox. It fails with ErrNotFound if
// somebody else has taken it there.
func (ms messages) ToInbox(ctx context.Context, id kith.MessageID) error {
	return ms.tx.one(ctx, `UPDATE messages SET state = 1 WHERE company_id = $1 AND id = $2 AND state = 0`, id[:])
}

// Claim takes a message that is due for an attempt, which nobody else makes before a time. It fails with
// ErrNotFound if it is not due, or not waiting any more: somebody else was faster.
func (ms messages) Claim(ctx context.Context, id kith.MessageID, until time.Time) error {
	return ms.tx.one(ctx, `UPDATE messages SET attempts = attempts + 1, due_at = $3
		WHERE company_id = $1 AND id = $2 AND state = 0 AND due_at <= $4`,
		id[:], stamp(until), stamp(ms.tx.Now))
}

// Sent marks a waiting message as handed over, and forgets what it said. It is the truth even if the claim
// has run out. It fails with ErrNotFound if the message does not wait.
func (ms messages) Sent(ctx context.Context, id kith.MessageID, provider string) error {
	return ms.tx.one(ctx, `UPDATE messages SET state = 2, body = $3, ended_at = $4, provider = $5, fault = ''
		WHERE company_id = $1 AND id = $2 AND state = 0`,
		id[:], []byte{}, stamp(ms.tx.Now), provider)
}

// Later gives a claimed message back, to be due at a time. It fails with ErrNotFound if the claim, which
// was until a time, is not the caller's any more.
func (ms messages) Later(ctx context.Context, id kith.MessageID, until, due time.Time, provider, fault string) error {
	return ms.tx.one(ctx, `UPDATE messages SET due_at = $4, provider = $5, fault = $6
		WHERE company_id = $1 AND id = $2 AND state = 0 AND due_at = $3`,
		id[:], stamp(until), stamp(due), provider, fault)
}

// Bury ends a waiting message that will not be delivered. What it said is kept for another try, unless it
// has expired. It fails with ErrNotFound if the message is not due at the time that the caller knows: it is
// somebody else's.
func (ms messages) Bury(ctx context.Context, id kith.MessageID, due time.Time, provider, fault string) error {
	return ms.tx.one(ctx, `UPDATE messages SET state = 3, ended_at = $4, provider = $5, fault = $6,
		body = CASE WHEN expires_at > 0 AND expires_at <= $4 THEN $7 ELSE body END
		WHERE company_id = $1 AND id = $2 AND state = 0 AND due_at = $3`,
		id[:], stamp(due), stamp(ms.tx.Now), provider, fault, []byte{})
}

// Redeliver lets a dead message wait again, as if it were new. It fails with ErrNotFound if it is not dead,
// or has expired.
func (ms messages) Redeliver(ctx context.Context, id kith.MessageID) error {
	return ms.tx.one(ctx, `UPDATE messages SET state = 0, attempts = 0, since = $3, due_at = $3, ended_at = 0
		WHERE company_id = $1 AND id = $2 AND state = 3 AND (expires_at = 0 OR expires_at > $3)`,
		id[:], stamp(ms.tx.Now))
}

// Delete removes a message that does not wait. It fails with ErrNotFound if it waits, or is gone.
func (ms messages) Delete(ctx context.Context, id kith.MessageID) error {
	return ms.tx.one(ctx, `DELETE FROM messages WHERE company_id = $1 AND id = $2 AND state > 0`, id[:])
}

const sealedColumns = `m.id, m.company_id, c.slug, c.name, c.details, m.user_id, u.salt, m.channel, m.kind, m.body,
	m.state, m.attempts, m.since, m.due_at, m.expires_at, m.ended_at, m.provider, m.fault
	FROM messages m
	JOIN companies c ON c.company_id = m.company_id
	JOIN users u ON u.company_id = m.company_id AND u.id = m.user_id`

// Queues lists companies that have messages of a channel due at a time: at most limit of those after one.
// It steps from company to company that has any waiting, so that a long queue costs no more than a short one.
func (s *System) Queues(ctx context.Context, channel kith.Channel, now time.Time, after kith.CompanyID, limit int) ([]kith.CompanyID, error) {
	var list []kith.CompanyID
	err := s.sysEach(ctx, `WITH RECURSIVE queue (company_id) AS (
			SELECT (SELECT m.company_id FROM messages m WHERE m.state = 0 AND m.company_id > $1 ORDER BY m.company_id LIMIT 1)
			UNION ALL
			SELECT (SELECT m.company_id FROM messages m WHERE m.state = 0 AND m.company_id > q.company_id
				ORDER BY m.company_id LIMIT 1)
			FROM queue q WHERE q.company_id IS NOT NULL)
		SELECT q.company_id FROM queue q WHERE q.company_id IS NOT NULL AND EXISTS (
			SELECT 1 FROM messages d WHERE d.state = 0 AND d.company_id = q.company_id AND d.channel = $2 AND d.due_at <= $3)
		LIMIT 0 + $4`, []any{int64(after), int(channel), stamp(now), limit}, func(row rowScanner) error {
		var id kith.CompanyID
		err := row.Scan(&id)
		list = append(list, id)
		return err
	})
	return list, err
}

// Due reads a company's messages of a channel that are due at a time, in their order: at most limit of them.
func (s *System) Due(ctx context.Context, company kith.CompanyID, channel kith.Channel, now time.Time, limit int) ([]*Sealed, error) {
	return s.sealed(ctx, `SELECT `+sealedColumns+` WHERE m.state = 0 AND m.company_id = $1 AND m.channel = $2 AND m.due_at <= $3
		ORDER BY m.due_at, m.id LIMIT 0 + $4`, int64(company), int(channel), stamp(now), limit)
}

// Overdue reads waiting messages of a channel, of any company, that nobody has in hand and that are too late:
// they have expired, or been tried since before a time. At most limit of them.
func (s *System) Overdue(ctx context.Context, channel kith.Channel, now, since time.Time, limit int) ([]*Sealed, error) {
	return s.sealed(ctx, `SELECT `+sealedColumns+` WHERE m.state = 0 AND m.channel = $1 AND m.due_at <= $2
		AND (m.expires_at > 0 AND m.expires_at <= $2 OR m.since > 0 AND m.since <= $3) LIMIT 0 + $4`,
		int(channel), stamp(now), stamp(since), limit)
}

// Inbox reads the newest messages of the development inbox, newest first.
func (s *System) Inbox(ctx context.Context, limit int) ([]*Sealed, error) {
	return s.sealed(ctx, `SELECT `+sealedColumns+` WHERE m.state = 1 ORDER BY m.id DESC LIMIT 0 + $1`, limit)
}

// Dead reads dead messages of all companies, oldest first: at most limit of those after one.
func (s *System) Dead(ctx context.Context, after kith.MessageID, limit int) ([]*Sealed, error) {
	return s.sealed(ctx, `SELECT `+sealedColumns+` WHERE m.state = 3 AND m.id > $1 ORDER BY m.id LIMIT 0 + $2`, after[:], limit)
}

func (s *System) sealed(ctx context.Context, text string, args ...any) ([]*Sealed, error) {
	var list []*Sealed
	err := s.sysEach(ctx, text, args, func(row rowScanner) error {
		m := new(Sealed)
		var name, details string
		var since, due, expires, ended int64
		err := row.Scan(idDest(&m.ID), &m.Company, &m.Slug, &name, &details, idDest(&m.User), &m.Salt, &m.Channel, &m.Kind, &m.Body,
			&m.State, &m.Attempts, &since, &due, &expires, &ended, &m.Provider, &m.Fault)
		if err != nil {
			return err
		}
		company, err := readDetails(name, details)
		m.Sender, m.ReplyTo = company.Name, company.SupportEmail
		m.Since, m.DueAt, m.ExpiresAt, m.EndedAt = at(since), at(due), at(expires), at(ended)
		list = append(list, m)
		return err
	})
	return list, err
}

// MessageKey names a message.
type MessageKey struct {
	Company kith.CompanyID
	ID      kith.MessageID
}

// EndedMessages lists messages of any company that were sent, or died, before a time: at most limit of them.
func (s *System) EndedMessages(ctx context.Context, before time.Time, limit int) ([]MessageKey, error) {
	return s.messageKeys(ctx, `SELECT company_id, id FROM messages WHERE state >= 2 AND ended_at < $1 ORDER BY ended_at LIMIT 0 + $2`,
		stamp(before), limit)
}

// OldInbox lists messages of the development inbox that are not among its newest: at most limit of them.
func (s *System) OldInbox(ctx context.Context, newest, limit int) ([]MessageKey, error) {
	return s.messageKeys(ctx, `SELECT company_id, id FROM messages WHERE state = 1 ORDER BY id DESC LIMIT 0 + $2 OFFSET 0 + $1`, newest, limit)
}

func (s *System) messageKeys(ctx context.Context, text string, args ...any) ([]MessageKey, error) {
	var list []MessageKey
	err := s.sysEach(ctx, text, args, func(row rowScanner) error {
		var k MessageKey
		err := row.Scan(&k.Company, idDest(&k.ID))
		list = append(list, k)
		return err
	})
	return list, err
}

// MessageCounts tells how many messages of all companies wait, and how many are dead and could still be
// delivered at a time, each counted up to most.
func (s *System) MessageCounts(ctx context.Context, now time.Time, most int) (waiting, dead int, err error) {
	err = s.sysRow(ctx, `SELECT (SELECT count(*) FROM (SELECT 1 FROM messages WHERE state = 0 LIMIT 0 + $1) AS w),
		(SELECT count(*) FROM (SELECT 1 FROM messages WHERE state = 3 AND (expires_at = 0 OR expires_at > $2) LIMIT 0 + $1) AS d)`,
		most, stamp(now)).Scan(&waiting, &dead)
	return waiting, dead, err
}
