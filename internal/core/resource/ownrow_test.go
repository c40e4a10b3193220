package resource_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"kith"
	"kith/internal/core/resource"
	"kith/internal/store"
)

// TestOwnRow: people read the row of themselves that staff and their list show, and not where table or row are shut.
func TestOwnRow(t *testing.T) {
	h := newHouse(t)
	ada, users := h.person("ada"), h.table("user_account")
	id := ada.User.ID.String()
	mode := kith.NewMode(0, kith.Of(kith.View), 0)
	h.change(func(ctx context.Context, tx *store.Tx) error {
		after := *ada.User
		after.Mode = mode
		return tx.Users.Put(ctx, ada.User, &after)
	})
	read := func(by *kith.Actor, id string) *resource.Row {
		t.Helper()
		row, _, err := h.Resources.Get(t.Context(), h.again(by), users, id, nil)
		if err != nil {
			t.Fatal(err)
		}
		return row
	}
	listed, err := h.Resources.List(t.Context(), h.again(ada), users, firstPage())
	if err != nil || len(listed.Rows) != 1 {
		t.Fatal(err, listed)
	}
	want := read(h.owner, id)
	if want.Permission != mode {
		t.Errorf("staff read the permission %v", want.Permission)
	}
	for what, got := range map[string]*resource.Row{"by id": read(ada, id), "mine": read(ada, "mine"), "listed": listed.Rows[0]} {
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%+v, want\n%+v", what, got, want)
		}
	}
	refused := func(what string) {
		t.Helper()
		_, _, err := h.Resources.Get(t.Context(), h.again(ada), users, id, nil)
		if e, is := errors.AsType[*kith.Error](err); !is || e.Kind != kith.Forbidden {
			t.Errorf("%s: %v", what, err)
		}
	}
	h.change(func(ctx context.Context, tx *store.Tx) error {
		was, err := tx.Users.Lock(ctx, ada.User.ID)
		if err != nil {
			return err
		}
		after := *was
		after.Mode = kith.NewMode(0, kith.Of(kith.Peek), 0)
		return tx.Users.Put(ctx, was, &after)
	})
	refused("a row that its owner may not view")
	h.change(func(ctx context.Context, tx *store.Tx) error {
		was, err := tx.Users.Lock(ctx, ada.User.ID)
		if err != nil {
			return err
		}
		if err := tx.Users.Put(ctx, was, ada.User); err != nil {
			return err
		}
		company, err := tx.Companies.Get(ctx)
		if err != nil {
			return err
		}
		company.Modes = kith.Modes{kith.NounUser.String(): 0}
		if err := tx.Companies.Put(ctx, company); err != nil {
			return err
		}
		return tx.Links.DeleteAll(ctx, kith.NounUser, nil)
	})
	refused("a table that is shut")
}
