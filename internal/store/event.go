package store

import (
	"context"

	"kith"
)

type events struct{ tx *Tx }

// Who made an event. The numbers are stored.
const (
	byKith    = iota // or by a guest
	bySubject        // whom it is about
	byActor          // whom the column names
)

// Insert writes an event with its old values, sealed (nil: none). Nothing ever changes one.
func (es events) Insert(ctx context.Context, e *kith.Event, old []byte) error {
	origin, actor := byActor, e.Actor
	switch {
	case e.Actor.IsZero():
		origin = byKith
	case e.Actor == e.Subject:
		origin, actor = bySubject, kith.UserID{}
	}
	var row any
	if e.Subject.IsZero() || e.Row != e.Subject.String() {
		row = e.Row
	}
	_, err := es.tx.exec(ctx, `INSERT INTO events (company_id, id, origin, actor_id, session_id, noun, verb, row_key,
		subject_id, fields, old) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		e.ID[:], origin, idArg(actor), idArg(e.Session), int(e.Noun), int(e.Verb), row,
		idArg(e.Subject), packFields(e.Fields), old)
	return err
}

const eventColumns = `e.id, e.origin, e.actor_id, e.session_id, e.noun, e.verb, e.row_key, e.subject_id, e.fields, e.old`

// scanEvent reads an event and its old values, still sealed.
func scanEvent(row rowScanner) (*kith.Event, []byte, error) {
	e := new(kith.Event)
	var origin int
	var key *string
	var fields string
	var old []byte
	err := row.Scan(idDest(&e.ID), &origin, idDest(&e.Actor), idDest(&e.Session), &e.Noun, &e.Verb, &key,
		idDest(&e.Subject), &fields, &old)
	if err != nil {
		return nil, nil, err
	}
	if origin == bySubject {
		e.Actor = e.Subject
	}
	e.Row = e.Subject.String()
	if key != nil {
		e.Row = *key
	}
	e.Fields = unpackFields(fields)
	e.At = e.ID.Created()
	return e, old, nil
}

// List reads the company's events, oldest first, with their old values still sealed.
func (es events) List(ctx context.Context, after kith.EventID, limit int) ([]*kith.Event, [][]byte, error) {
	var list []*kith.Event
	var sealed [][]byte
	err := each(ctx, es.tx, `SELECT `+eventColumns+` FROM events e
		WHERE e.company_id = $1 AND e.id > $2 ORDER BY e.id LIMIT 0 + $3`, []any{after[:], limit}, func(row rowScanner) error {
		e, old, err := scanEvent(row)
		list, sealed = append(list, e), append(sealed, old)
		return err
	})
	return list, sealed, err
}
