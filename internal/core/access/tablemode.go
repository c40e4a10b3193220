package access

import (
	"context"
	"maps"

	"kith"
	"kith/internal/core/gate"
)

// SetTableMode is the step that writes what guests, and whoever is signed in, may do with a table or an action, on
// the table faces. The company's row keeps it, which every session brings, so that it holds from the next request
// on, on every node. Only staff who hold the permission to change permissions get here.
func SetTableMode(ctx context.Context, tx *gate.Tx, t gate.Table, mode kith.Mode) error {
	c, err := tx.Companies.Lock(ctx)
	if err != nil {
		return err
	}
	was := t.Mode(c)
	if was == mode {
		tx.Unchanged()
		return nil
	}
	modes := maps.Clone(c.Modes)
	if modes == nil {
		modes = make(kith.Modes)
	}
	modes[t.Word] = mode
	if mode == t.Default {
		delete(modes, t.Word)
	}
	c.Modes, c.UpdatedAt = modes, tx.Now
	tx.Record(kith.Event{Noun: kith.NounPermission, Verb: kith.Change, Row: t.Word, Fields: []string{"mode"},
		Old: map[string]any{"mode": int64(was)}})
	return tx.Companies.Put(ctx, c)
}
