package gate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"kith"
	"kith/internal/seal"
	"kith/internal/store"
)

// Tx is one operation's transaction: the store's, and what the change leaves behind besides its rows.
type Tx struct {
	*store.Tx
	gate      *Gate
	events    []kith.Event
	messages  []kith.Message
	unchanged bool
	root      seal.Key               // of a company made by this very transaction
	salts     map[kith.UserID][]byte // of users made by it, or known to it; nil for one who was erased
}

// Record tells what the change did. Every operation that writes records at least one event, or says
// Unchanged.
func (tx *Tx) Record(e kith.Event) { tx.events = append(tx.events, e) }

// Unchanged says that there was nothing to do.
func (tx *Tx) Unchanged() { tx.unchanged = true }

// Tell puts a message to one person into the outbox, to be delivered once the change is committed.
func (tx *Tx) Tell(m kith.Message) { tx.messages = append(tx.messages, m) }

// As gives the transaction as somebody else sees it, to ask the access rule about them. Nothing is changed
// through it.
func (tx *Tx) As(by *kith.Actor) *Tx {
	other := *tx.Tx
	other.By = by
	return &Tx{Tx: &other, gate: tx.gate}
}

// Refuse lets what the step wrote stand and answers err all the same: for attempts counted and
// families ended.
func (tx *Tx) Refuse(err error) error { return &refusal{err} }

type refusal struct{ err error }

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// settle ends a step that failed. A refusal keeps its rows, and so writes its events too.
func (tx *Tx) settle(ctx context.Context, err error) error {
	kept, ok := errors.AsType[*refusal](err)
	if !ok {
		return err
	}
	if err := tx.write(ctx); err != nil {
		return err
	}
	return tx.Tx.Refuse(kept.err)
}

// finish ends a step that succeeded.
func (tx *Tx) finish(ctx context.Context, op Op) error {
	if len(tx.events) == 0 && !tx.unchanged {
		return fmt.Errorf("gate: %s changed something and recorded nothing", op.Name)
	}
	return tx.write(ctx)
}

func (tx *Tx) write(ctx context.Context) error {
	for i := range tx.events {
		if err := tx.writeEvent(ctx, i, &tx.events[i]); err != nil {
			return err
		}
	}
	for i := range tx.messages {
		if err := tx.writeMessage(ctx, &tx.messages[i]); err != nil {
			return err
		}
	}
	return nil
}

// writeEvent writes the change's event number i. The number is in the id, in bits that would be random, so
// that the events of one change stand in the order in which they were told (RFC 9562 §6.2, method 1).
func (tx *Tx) writeEvent(ctx context.Context, i int, e *kith.Event) error {
	e.ID = kith.NewID[kith.Event](tx.Now, tx.gate.Random)
	e.ID[6], e.ID[7] = 0x70|byte(i>>8&0x0f), byte(i)
	if e.Actor.IsZero() {
		e.Actor = tx.By.UserID()
	}
	if e.Session.IsZero() && tx.By.Session != nil {
		e.Session = tx.By.Session.ID
	}
	var sealed []byte
	if len(e.Old) > 0 {
		plain, err := json.Marshal(e.Old)
		if err != nil {
			return fmt.Errorf("old values of %s %s: %w", e.Noun, e.Row, err)
		}
		key, err := tx.dataKey(ctx, e.Subject)
		if err != nil {
			return err
		}
		if key != nil { // of someone erased nothing more is kept
			sealed = key.Seal(plain, eventPlace(tx.By.CompanyID(), e.ID))
		}
	}
	return tx.Events.Insert(ctx, e, sealed)
}

func (tx *Tx) writeMessage(ctx context.Context, m *kith.Message) error {
	m.ID = kith.NewID[kith.Message](tx.Now, tx.gate.Random)
	plain, err := json.Marshal(letter{m.To, m.Subject, m.Text, m.HTML, m.Codes, m.Links})
	if err != nil {
		return fmt.Errorf("message %s: %w", m.Kind, err)
	}
	key, err := tx.dataKey(ctx, m.User)
	if err != nil || key == nil { // someone erased is told nothing more
		return err
	}
	return tx.Messages.Insert(ctx, &store.Sealed{ID: m.ID, User: m.User, Channel: m.Channel, Kind: m.Kind,
		Body: key.Seal(plain, messagePlace(tx.By.CompanyID(), m.ID)), Since: tx.Now, DueAt: turn(m.ExpiresAt, tx.Now), ExpiresAt: m.ExpiresAt})
}

// headStart is what a message that is soon too late is let pass: whatever its company put into the outbox
// in that time and that keeps.
const headStart = 24 * time.Hour

// turn is a message's place in its company's queue: what is due earlier goes earlier. A code that somebody
// waits for does not stand behind a company's hundred thousand notices.
func turn(expires, now time.Time) time.Time {
	if sooner := expires.Add(-headStart); !expires.IsZero() && sooner.Before(now) {
		return sooner
	}
	return now
}

// letter is what a message says: the sealed part of its row.
type letter struct {
	To, Subject, Text, HTML string
	Codes, Links            []string
}

func eventPlace(company kith.CompanyID, id kith.EventID) string {
	return fmt.Sprintf("event/%d/%s", company, id)
}

func messagePlace(company kith.CompanyID, id kith.MessageID) string {
	return fmt.Sprintf("message/%d/%s", company, id)
}

// KnowSalts tells the transaction the salts of users' data keys, so that it need not ask for each. Users
// who are asked for and were not found have none.
func (tx *Tx) KnowSalts(asked []kith.UserID, found map[kith.UserID][]byte) {
	if tx.salts == nil {
		tx.salts = make(map[kith.UserID][]byte)
	}
	for _, user := range asked {
		tx.salts[user] = found[user]
	}
}

// OpenEvent reads the old values of an event; nil if there are none, or if the person was erased.
func (tx *Tx) OpenEvent(ctx context.Context, e *kith.Event, sealed []byte) (map[string]any, error) {
	if sealed == nil {
		return nil, nil
	}
	key, err := tx.dataKey(ctx, e.Subject)
	if err != nil || key == nil {
		return nil, err
	}
	plain, err := key.Open(sealed, eventPlace(tx.By.CompanyID(), e.ID))
	if err != nil {
		return nil, fmt.Errorf("old values of event %s: %w", e.ID, err)
	}
	var old map[string]any
	return old, json.Unmarshal(plain, &old)
}

// OpenMessage reads what a message of the outbox says. It gives nil if the person was erased.
func (g *Gate) OpenMessage(ctx context.Context, m *store.Sealed) (*kith.Message, error) {
	if m.Salt == nil {
		return nil, nil
	}
	by := &kith.Actor{System: true, Company: &kith.Company{ID: m.Company}}
	var root seal.Key
	err := g.db.View(ctx, by, func(tx *store.Tx) error {
		var err error
		root, err = g.ring.root(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	plain, err := root.Derive(m.Salt, useData).Open(m.Body, messagePlace(m.Company, m.ID))
	if err != nil {
		return nil, fmt.Errorf("message %s: %w", m.ID, err)
	}
	var l letter
	if err := json.Unmarshal(plain, &l); err != nil {
		return nil, fmt.Errorf("message %s: %w", m.ID, err)
	}
	return &kith.Message{ID: m.ID, Company: m.Company, Slug: m.Slug, User: m.User, Channel: m.Channel, Kind: m.Kind,
		To: l.To, Sender: m.Sender, ReplyTo: m.ReplyTo, Subject: l.Subject, Text: l.Text, HTML: l.HTML, Codes: l.Codes, Links: l.Links,
		ExpiresAt: m.ExpiresAt, CreatedAt: m.ID.Created()}, nil
}
