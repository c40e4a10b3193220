package resource

import (
	"context"
	"crypto/sha256"
	"encoding/binary"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/gate"
)

// The tables of tables and of actions. What the bits of a row of theirs say is about the table or the action, never
// about that row: it is seen by those who may peek at the table, or run the action, and changed by staff alone.
var (
	worldTable = &Table{
		Name: "world", Noun: kith.NounPermission, Doc: "The tables. The permission of a row is that of the table: guest bits for anybody, group bits for whoever is signed in; nobody owns a table.",
		Fields:  []Field{{Name: "table_name", Type: Text}, {Name: "description", Type: Text}},
		Grouped: true, Verbs: kith.Of(kith.Change),
	}
	actionTable = &Table{
		Name: "action", Noun: kith.NounPermission, Doc: "The actions. The execute bits of a row's permission say who may run the action: guest bits anybody, group bits whoever is signed in.",
		Fields:  []Field{{Name: "action_name", Type: Text}, {Name: "label", Type: Text}, {Name: "on_type", Type: Text}},
		Grouped: true, Verbs: kith.Of(kith.Change),
	}
)

// guarded is what a row of either table stands for.
type guarded struct {
	guard  gate.Table
	verb   kith.Verb // that lets see it
	values map[string]any
}

// guardRows are the rows of world or of action.
type guardRows struct {
	table *Table
	word  string
	all   func() []guarded
}

// ruledBy makes what protects something that is no noun's table: its mode and links lie under a word of its own.
func ruledBy(word string, mode kith.Mode) gate.Table {
	return gate.Table{Noun: kith.NounPermission, Word: word, Key: []byte(word), Default: mode}
}

func (g guardRows) describe() *Table { return g.table }

func (g guardRows) guard() gate.Table {
	return ruledBy(g.word, kith.NewMode(0, 0, kith.Of(kith.Peek, kith.View, kith.Execute)))
}

func (guardRows) parse(id string) ([]byte, bool) { return parseID(id) }
func (guardRows) format(key []byte) string       { return formatID(key) }

// entries lists all rows, whoever may see them.
func (g guardRows) entries(_ context.Context, tx *gate.Tx) ([]*entry, error) {
	var list []*entry
	for _, one := range g.all() {
		list = append(list, g.entry(tx, one))
	}
	return list, nil
}

func (g guardRows) entry(tx *gate.Tx, one guarded) *entry {
	c := tx.By.Company
	key := derivedID(c.ID, g.table.Name+"/"+one.guard.Word)
	row := &Row{Table: g.table, ID: formatID(key), Permission: one.guard.Mode(c), Values: one.values, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
	return &entry{Row: row, key: key, value: one.guard, rule: func(ctx context.Context, tx *gate.Tx, verb kith.Verb) (kith.Rule, error) {
		if tx.By.Holds(kith.SectionAdmin, kith.NounPermission, verb) {
			return kith.ByPermission, nil
		}
		if verb != kith.Peek && verb != kith.View {
			return kith.Refused, nil
		}
		return tx.OpensTable(ctx, one.guard, one.verb)
	}}
}

// derivedID names what every company has one of: a UUID of version 8 (RFC 9562 §5.8).
func derivedID(company kith.CompanyID, word string) []byte {
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, uint64(company)), word...)) //nolint:gosec // a number like any other
	id := sum[:16]
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	return id
}

func (g guardRows) change(_ context.Context, _ *kith.Actor, e *entry, in Input) (changer, error) {
	v, err := g.table.check(in, e.Row)
	if err != nil {
		return nil, err
	}
	mode, said := v.mode()
	return func(ctx context.Context, tx *gate.Tx, e *entry, rule kith.Rule) error {
		if !said {
			tx.Unchanged()
			return nil
		}
		// The row is of the actor's company as it was when they were let in: what it is now is said here.
		e.Permission, e.UpdatedAt = mode, tx.Now
		return access.SetTableMode(ctx, tx, e.value.(gate.Table), mode)
	}, nil
}
