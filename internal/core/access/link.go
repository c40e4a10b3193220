package access

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// Links tie rows to groups. Whether the actor may is asked already; what is here is what a link comes to, and the
// events. An event of a link is one of the row: it names the group among its fields.

// MostLinks is how many groups a row may be linked to.
const MostLinks = 100

var (
	errLinked = &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken, Field: "usergroup_id", Message: "The row is linked to this group already."}
	errMost   = &kith.Error{Kind: kith.Conflict, Code: kith.CodeTooMany, Field: "usergroup_id", Message: "The row is linked to 100 groups already. Take it out of one first."}
)

// LinkRow is the step that links a row to a group. row is its id as people see it, owner whose it is. It fails with
// Conflict if it is linked, or to too many.
func LinkRow(ctx context.Context, tx *gate.Tx, noun kith.Noun, key []byte, row string, owner kith.UserID, l kith.Link) error {
	have, err := tx.Links.Of(ctx, noun, key)
	if err != nil {
		return err
	}
	for _, other := range have {
		if other.Group == l.Group {
			return errLinked
		}
	}
	if len(have) >= MostLinks {
		return errMost
	}
	tx.Record(kith.Event{Noun: noun, Verb: kith.Refer, Row: row, Subject: owner, Fields: []string{"group:" + l.Group.String()}})
	err = tx.Links.Insert(ctx, noun, key, l)
	if errors.Is(err, store.ErrExists) {
		return errLinked
	}
	return err
}

// ChangeLink is the step that gives a link other verbs.
func ChangeLink(ctx context.Context, tx *gate.Tx, noun kith.Noun, key []byte, row string, owner kith.UserID, was kith.Verbs, l kith.Link) error {
	tx.Record(kith.Event{Noun: noun, Verb: kith.Refer, Row: row, Subject: owner, Fields: []string{"group:" + l.Group.String(), "verbs"},
		Old: map[string]any{"verbs": was.String()}})
	return tx.Links.Put(ctx, noun, key, l)
}

// UnlinkRow is the step that takes a row out of a group.
func UnlinkRow(ctx context.Context, tx *gate.Tx, noun kith.Noun, key []byte, row string, owner kith.UserID, l kith.Link) error {
	tx.Record(kith.Event{Noun: noun, Verb: kith.Refer, Row: row, Subject: owner, Fields: []string{"group:" + l.Group.String()},
		Old: map[string]any{"verbs": l.Verbs.String()}})
	return tx.Links.Delete(ctx, noun, key, l.Group)
}
