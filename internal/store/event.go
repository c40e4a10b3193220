package store

import (
	"context"
	"strings"

	"kith"
)

type events struct{ tx *Tx }

// Insert writes an event with its old values, sealed (nil: none). Nothing ever changes one.
func (es events) Insert(ctx context.Context, e *kith.Event, old []byte) error {
	_, err := es.tx.exec(ctx, `INSERT INTO events (company_id, id, actor_id, session_id, noun, verb, row_key,
		subject_id, fields, old) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		e.ID[:], idArg(e.Actor), idArg(e.Session), int(e.Noun), int(e.Verb), e.Row,
		idArg(e.Subject), strings.Join(e.Fields, ","), old)
	return err
}

// List reads the company's events, oldest first, with their old values still sealed.
func (es events) List(ctx context.Context, after kith.EventID, limit int) ([]*kith.Event, [][]byte, error) {
	var list []*kith.Event
	var sealed [][]byte
	err := each(ctx, es.tx, `SELECT id, actor_id, session_id, noun, verb, row_key, subject_id, fields, old FROM events
		WHERE company_id = $1 AND id > $2 ORDER BY id LIMIT $3`, []any{after[:], limit}, func(row rowScanner) error {
		e := new(kith.Event)
		var fields string
		var old []byte
		err := row.Scan(idDest(&e.ID), idDest(&e.Actor), idDest(&e.Session), &e.Noun, &e.Verb, &e.Row,
			idDest(&e.Subject), &fields, &old)
		if fields != "" {
			e.Fields = strings.Split(fields, ",")
		}
		e.At = e.ID.Created()
		list, sealed = append(list, e), append(sealed, old)
		return err
	})
	return list, sealed, err
}
