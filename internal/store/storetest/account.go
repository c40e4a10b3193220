package storetest

import (
	"testing"

	"kith"
	"kith/internal/store"
)

func testAccount(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	define := func(tx *store.Tx) error {
		return tx.Accounts.Define(ctx, kith.AccountDefinition{Name: "savings", Currency: "CHF"})
	}
	c.do(define)
	c.taken("a definition twice", "account_definitions", define)
	other.do(define)

	for _, tt := range []struct {
		what      string
		c         *tenant
		reference string
		want      bool
	}{
		{"a reference that is free", c, "4711", true},
		{"the same again", c, "4711", false},
		{"the same in another company", other, "4711", true},
		{"the one it was founded with", c, c.account, false},
		{"one of another company", c, other.account, true},
	} {
		tt.c.do(func(tx *store.Tx) error {
			got, err := tx.Accounts.Insert(ctx, tt.c.user.ID, "savings", tt.reference)
			if got != tt.want {
				t.Errorf("%s: Insert reports %v", tt.what, got)
			}
			return err
		})
	}
}
