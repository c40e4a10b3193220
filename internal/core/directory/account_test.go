package directory_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
)

// fill opens accounts of the company: as many as many, named "even" and "odd" in turn.
func (h *house) fill(by *kith.Actor, many int) {
	h.t.Helper()
	_, err := gate.Change(h.t.Context(), h.gate, by, directory.OpAddAccount, many, func(ctx context.Context, tx *gate.Tx, many int) (any, error) {
		tx.Unchanged()
		for i := range many {
			a := &kith.Account{Reference: fmt.Sprintf("%06d", i), Name: []string{"even", "odd"}[i%2], CreatedAt: tx.Now, UpdatedAt: tx.Now}
			if _, err := tx.Accounts.Insert(ctx, a); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// TestLongAccountLists: what is counted is bounded and says so; what comes after a reference is reached.
func TestLongAccountLists(t *testing.T) {
	h := newHouse(t, true)
	owner := h.company("acme")
	h.fill(owner, 20_500) // the owner's own account, which does not begin with 0, comes last
	odd, last := directory.AccountFilter{Name: "odd"}, kith.Page{Number: 1000, Size: 10}
	list := func(f directory.AccountFilter, page kith.Page) directory.AccountList[*kith.HeldAccount] {
		t.Helper()
		got, err := h.Accounts(t.Context(), owner, f, page)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, tt := range []struct {
		what   string
		f      directory.AccountFilter
		page   kith.Page
		total  int
		capped bool
		first  string
	}{
		{"all", directory.AccountFilter{}, last, 10_000, true, "009990"},
		{"narrowed", odd, last, 10_000, true, "019981"},
		{"the rest", directory.AccountFilter{After: "020000"}, kith.Page{Number: 2, Size: 100}, 500, false, "020101"},
		{"the rest, narrowed", directory.AccountFilter{After: "020000", Name: "odd"}, kith.Page{Number: 1, Size: 100}, 250, false, "020001"},
		{"one", directory.AccountFilter{Reference: "000007"}, kith.Page{Number: 1, Size: 1}, 1, false, "000007"},
		{"one of another name", directory.AccountFilter{Reference: "000007", Name: "even"}, kith.Page{Number: 1, Size: 1}, 0, false, ""},
	} {
		got := list(tt.f, tt.page)
		first := ""
		if len(got.Rows) > 0 {
			first = got.Rows[0].Reference
		}
		if got.Total != tt.total || got.Capped != tt.capped || got.Incomplete || len(got.Rows) != min(tt.page.Size, tt.total) || first != tt.first {
			t.Errorf("%s: %d in all, capped %v, incomplete %v, %d rows from %q; want %d, %v, from %q", tt.what, got.Total, got.Capped,
				got.Incomplete, len(got.Rows), first, tt.total, tt.capped, tt.first)
		}
	}
}

// TestOnePrimaryAccount: however many are made the primary one at once, one is, and the user names it.
func TestOnePrimaryAccount(t *testing.T) {
	h := newHouse(t, true)
	owner := h.company("acme")
	var references []string
	for i := range 8 {
		a, _, err := h.AddAccount(t.Context(), owner, directory.NewAccount{Name: fmt.Sprint(i), User: owner.User.ID.String()})
		if err != nil {
			t.Fatal(err)
		}
		references = append(references, a.Reference)
	}
	var wait sync.WaitGroup
	for _, reference := range references {
		wait.Go(func() {
			yes := true
			if _, _, err := h.ChangeAccount(t.Context(), owner, reference, directory.AccountChange{Primary: &yes}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	yes := true
	list, err := h.Accounts(t.Context(), owner, directory.AccountFilter{User: owner.User.ID.String(), Primary: &yes}, kith.Page{Number: 1, Size: 50})
	if err != nil || list.Total != 1 || !slices.Contains(references, list.Rows[0].Reference) {
		t.Fatalf("%d primary accounts, %v", list.Total, err)
	}
	all, err := h.Accounts(t.Context(), owner, directory.AccountFilter{User: owner.User.ID.String()}, kith.Page{Number: 1, Size: 50})
	if err != nil || all.Total != 9 {
		t.Errorf("of nine accounts %d are found, %v", all.Total, err)
	}
}

// TestOwnAccountsAreBounded: nobody fills the company with accounts.
func TestOwnAccountsAreBounded(t *testing.T) {
	h := newHouse(t, true)
	owner := h.company("acme")
	for i := 1; i < 100; i++ { // one is there
		if _, _, err := h.AddOwnAccount(t.Context(), owner, directory.NewAccount{Name: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := h.AddOwnAccount(t.Context(), owner, directory.NewAccount{Name: "x"})
	if e := kith.AsError(err); e.Code != kith.CodeOutOfRange {
		t.Errorf("the hundred and first: %v", err)
	}
}

// TestAccountsOfArchivedUsers: they are only read, until the user is restored.
func TestAccountsOfArchivedUsers(t *testing.T) {
	h := newHouse(t, true)
	owner := h.company("acme")
	ada := h.mustMake(owner, directory.NewUserByStaff{Email: "ada@x.example"})
	rename := func(label string) error {
		_, _, err := h.ChangeAccount(t.Context(), owner, ada.User.Account, directory.AccountChange{Label: &label})
		return err
	}
	if err := rename("before"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ArchiveUser(t.Context(), owner, "ada@x.example"); err != nil {
		t.Fatal(err)
	}
	if err := rename("meanwhile"); kith.AsError(err).Code != kith.CodeArchived {
		t.Errorf("while the user is archived: %v", err)
	}
	_, _, err := h.AddAccount(t.Context(), owner, directory.NewAccount{Name: "another", User: "ada@x.example"})
	if e := kith.AsError(err); e.Kind != kith.Invalid || e.Field != "user" {
		t.Errorf("another account: %v", err)
	}
	if _, err := h.RestoreUser(t.Context(), owner, "ada@x.example"); err != nil {
		t.Fatal(err)
	}
	if err := rename("after"); err != nil {
		t.Errorf("once restored: %v", err)
	}
}
