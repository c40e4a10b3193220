package gate_test

import (
	"context"
	"errors"
	"testing"

	"kith"
	"kith/internal/core/gate"
)

// TestCursors: a cursor opens for the company and the purpose that it was made for; whatever else is
// brought is one refusal (T67).
func TestCursors(t *testing.T) {
	h := newHouse(t)
	acme, bolt := h.company("acme"), h.company("bolt")
	type tried struct {
		place string
		err   error
	}
	open := func(by *kith.Actor, purpose, cursor string) tried {
		t.Helper()
		out, err := gate.Read(t.Context(), h.gate, by, opViewUser, func(ctx context.Context, tx *gate.Tx) (tried, error) {
			place, err := tx.OpenCursor(ctx, purpose, cursor)
			return tried{string(place), err}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	cursor, err := gate.Read(t.Context(), h.gate, acme, opViewUser, func(ctx context.Context, tx *gate.Tx) (string, error) {
		return tx.SealCursor(ctx, "list", []byte("page 2"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := open(acme, "list", cursor); got.place != "page 2" || got.err != nil {
		t.Errorf("the cursor opens to %q, %v", got.place, got.err)
	}
	refused := func(what string, got tried) {
		t.Helper()
		e, ok := errors.AsType[*kith.Error](got.err)
		if !ok || e.Kind != kith.Invalid || e.Field != "cursor" || got.place != "" {
			t.Errorf("%s: %q, %v", what, got.place, got.err)
		}
	}
	refused("of another company", open(bolt, "list", cursor))
	refused("of another list", open(acme, "list2", cursor))
	for i := range cursor {
		for bit := range 7 {
			flipped := []byte(cursor)
			flipped[i] ^= 1 << bit
			refused("with a bit flipped: "+string(flipped), open(acme, "list", string(flipped)))
		}
	}
	for _, bad := range []string{"", "x", cursor[1:], cursor[:len(cursor)-1], cursor + "A", cursor + "=", "\x00", cursor + "\n", cursor + cursor} {
		refused(bad, open(acme, "list", bad))
	}
}

// TestEventsOfOneChangeKeepTheirOrder: they are read in the order in which the step told them, though
// they are of one millisecond.
func TestEventsOfOneChangeKeepTheirOrder(t *testing.T) {
	h := newHouse(t)
	owner := h.company("acme")
	_, err := gate.Change(t.Context(), h.gate, owner, opAddUser, "", func(_ context.Context, tx *gate.Tx, _ string) (any, error) {
		for i := range 300 {
			tx.Record(kith.Event{Noun: kith.NounTier, Verb: kith.Add, Row: string(rune('a' + i))})
		}
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	list, _ := h.events(owner)
	i := 0
	for _, e := range list {
		if e.Noun != kith.NounTier {
			continue
		}
		if e.Row != string(rune('a'+i)) || !e.At.Equal(noon) {
			t.Fatalf("event %d is %s of %s", i, e.Row, e.At)
		}
		i++
	}
	if i != 300 {
		t.Errorf("%d events", i)
	}
}
