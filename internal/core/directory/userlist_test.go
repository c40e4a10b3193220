package directory_test

import (
	"fmt"
	"testing"

	"kith"
)

// TestFoldCounts: one call adds up every company, however many there are, and changes no count.
func TestFoldCounts(t *testing.T) {
	h, ctx := newHouse(t, true), t.Context()
	var owner *kith.Actor
	for i := range 105 {
		owner = h.company(fmt.Sprintf("acme-%d", i))
	}
	uncounted := func() int {
		list, err := h.db.System().Uncounted(ctx, kith.Installation, 1000)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if n := uncounted(); n != 105 {
		t.Fatalf("%d companies are to be added up, want 105", n)
	}
	h.add(owner, kith.GroupUser)
	if err := h.FoldCounts(ctx); err != nil || uncounted() != 0 {
		t.Errorf("%d companies were left out, %v", uncounted(), err)
	}
	o, err := h.UserOverview(ctx, owner)
	if want := (kith.UserOverview{Total: 2, Active: 2}); err != nil || o != want {
		t.Errorf("counted %+v, %v; want %+v", o, err, want)
	}
}
