package resource_test

import (
	"testing"

	"kith"
	"kith/internal/core/resource"
)

func TestSmoke(t *testing.T) {
	h := newHouse(t)
	users := h.table("user_account")
	ada := h.person("ada")
	guest := h.guest("acme")
	row, err := h.Resources.Add(t.Context(), guest, users, resource.Input{Values: map[string]any{"email": "test@gmail.com", "name": "Test name", "password": "test123 is long enough"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", row)
	for _, by := range []*kith.Actor{guest, ada, h.owner} {
		for _, table := range h.Resources.Tables() {
			p, err := h.Resources.List(t.Context(), by, table, firstPage())
			if err != nil {
				t.Logf("%s: %v", table.Name, err)
				continue
			}
			t.Logf("%s: %d rows of %d", table.Name, len(p.Rows), p.Total)
			for _, r := range p.Rows {
				t.Logf("   %s %v %v", r.ID, r.Permission, r.Values)
				if _, _, err := h.Resources.Get(t.Context(), by, table, r.ID, nil); err != nil {
					t.Errorf("%s %s: %v", table.Name, r.ID, err)
				}
			}
		}
	}
	g, err := h.Resources.Add(t.Context(), ada, h.table("usergroup"), resource.Input{Values: map[string]any{"name": "editors"}})
	if err != nil {
		t.Fatal(err)
	}
	join := h.table("user_account_user_account_id_has_usergroup_usergroup_id")
	j, err := h.Resources.Add(t.Context(), ada, join, resource.Input{Values: map[string]any{"user_account_id": ada.User.ID.String(), "usergroup_id": g.ID}})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(j.ID, j.Values)
	_, inc, err := h.Resources.Get(t.Context(), ada, users, "mine", []string{"usergroup_id"})
	t.Log(len(inc), err)
	if _, err := h.Resources.Change(t.Context(), ada, users, "mine", resource.Input{Values: map[string]any{"name": "Ada King"}}); err != nil {
		t.Log(err)
	}
	r, err := h.Resources.Change(t.Context(), ada, users, ada.User.ID.String(), resource.Input{Values: map[string]any{"name": "Ada King", "email": "king@x.example"}})
	t.Log(r, err)
	_, err = h.Resources.Run(t.Context(), guest, h.Resources.Action("user_account", "signup"), map[string]any{"name": "n", "email": "n@x.example", "password": phrase, "passwordConfirm": phrase})
	t.Log(err)
	if err := h.Resources.Delete(t.Context(), ada, h.table("usergroup"), g.ID); err != nil {
		t.Error(err)
	}
}
