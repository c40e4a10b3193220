package signin

import (
	"context"
	"errors"
	"testing"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// TestRefreshBySomethingThatChanged: what happens after a refresh has read the session, and before its turn to
// write, is heeded: nothing that was ended meanwhile lives on, and a token that was spent has one successor.
func TestRefreshBySomethingThatChanged(t *testing.T) {
	for name, tt := range map[string]struct {
		meanwhile func(h *house, ada *SignedIn)
		works     bool
	}{
		"nothing": {func(*house, *SignedIn) {}, true},
		"renamed": {func(h *house, ada *SignedIn) {
			h.changeUser(ada.Member, func(u *kith.User) { u.Username = "countess" })
		}, true},
		"deactivated": {func(h *house, ada *SignedIn) { h.changeUser(ada.Member, func(u *kith.User) { u.Deactivated = true }) }, false},
		"archived":    {func(h *house, ada *SignedIn) { h.changeUser(ada.Member, func(u *kith.User) { u.Archived = true }) }, false},
		"suspended": {func(h *house, ada *SignedIn) {
			h.changeCompany(ada.Company, func(c *kith.Company) { c.Status = kith.CompanySuspended })
		}, false},
		"signed out": {func(h *house, ada *SignedIn) {
			if err := h.SignOut(h.t.Context(), h.actor(ada.Token), ClearNone); err != nil {
				h.t.Fatal(err)
			}
		}, false},
		"refreshed by another": {func(h *house, ada *SignedIn) {
			if _, err := h.Refresh(h.t.Context(), local, ada.Refresh, 0); err != nil {
				h.t.Fatal(err)
			}
		}, true},
		"expired": {func(h *house, _ *SignedIn) { h.clock.move(kith.RefreshLife) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, Config{}, false)
			h.company("acme")
			ada := h.person("ada@x.example")
			claim, ok := readRefresh(ada.Refresh)
			if !ok {
				t.Fatal("no refresh token")
			}
			guest := guestOf(claim, local)
			in, err := gate.Read(t.Context(), h.gate, guest, OpRefresh, func(ctx context.Context, tx *gate.Tx) (renewal, error) {
				return prepare(ctx, tx, claim, ada.Refresh, 0)
			})
			if err != nil {
				t.Fatal(err)
			}
			tt.meanwhile(h, ada)
			out, err := gate.Change(t.Context(), h.gate, guest, OpRefresh, in, h.renew)
			if (err == nil) != tt.works || err != nil && !errors.Is(err, errRefresh) && !errors.Is(err, store.ErrNotFound) {
				t.Fatalf("%v, want it to work: %v", err, tt.works)
			}
			now := h.session(ada)
			switch {
			case tt.works && (out.Refresh != in.successor || now.Refresh.Generation != 2):
				t.Errorf("it is of generation %d, and the token handed out its successor: %v", now.Refresh.Generation, out.Refresh == in.successor)
			case !tt.works && now != nil && now.Refresh.Generation != 1:
				t.Errorf("it was refused and is of generation %d", now.Refresh.Generation)
			}
		})
	}
}
