package storetest

import (
	"testing"

	"kith"
	"kith/internal/store"
)

// held is an account as it is read: with who its user is.
func (c *tenant) held(a *kith.Account) *kith.HeldAccount {
	group := &kith.Group{ID: c.group.ID, Kind: kith.RoleGroup, Name: c.group.Name, Label: c.group.Label}
	user := &kith.User{ID: c.user.ID, Email: c.user.Email, Profile: c.user.Profile, Picture: c.user.Picture}
	return &kith.HeldAccount{Account: *a, Holder: &kith.Member{User: user, Group: group}}
}

func testAccount(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
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
			got, err := tx.Accounts.Insert(ctx, &kith.Account{Reference: tt.reference, User: tt.c.user.ID})
			if got != tt.want {
				t.Errorf("%s: Insert reports %v", tt.what, got)
			}
			return err
		})
	}
	testAccountPut(t, db)
	testAccountLists(t, db)
}

func testAccountPut(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := found(t, db)
	get := func(reference string) func(tx *store.Tx) (*kith.HeldAccount, error) {
		return func(tx *store.Tx) (*kith.HeldAccount, error) { return tx.Accounts.Get(ctx, reference) }
	}
	same(t, "the primary account", read(c, get(c.account)), c.held(c.primary()))
	full := &kith.Account{Reference: "S-1", User: c.user.ID, Definition: "savings", Name: "Rainy days ☔", Label: "Label",
		Recon: true, Hidden: true, Archived: true, Currencies: []string{"EUR", "XBT"}, Metadata: map[string]any{"a": "b"}, CreatedAt: noon, UpdatedAt: noon}
	own := &kith.Account{Reference: "fees", Name: "Fees", CreatedAt: noon, UpdatedAt: noon}
	c.do(func(tx *store.Tx) error {
		if _, err := tx.Accounts.Insert(ctx, full); err != nil {
			return err
		}
		_, err := tx.Accounts.Insert(ctx, own)
		return err
	})
	same(t, "with everything", read(c, get("S-1")), c.held(full))
	same(t, "the company's own", read(c, get("fees")), &kith.HeldAccount{Account: *own})

	atOnce := &kith.Account{Reference: "S-0", User: c.user.ID, CreatedAt: c.user.ID.Created(), UpdatedAt: c.user.ID.Created()}
	c.do(func(tx *store.Tx) error {
		_, err := tx.Accounts.Insert(ctx, atOnce)
		return err
	})
	same(t, "opened when the holder came", read(c, get("S-0")), c.held(atOnce))

	changed := &kith.Account{Reference: "S-1", User: c.user.ID, Definition: "savings", Primary: true, Name: "savings", CreatedAt: noon, UpdatedAt: noon.Add(1e6)}
	c.do(func(tx *store.Tx) error { return tx.Accounts.Put(ctx, changed) })
	same(t, "after Put", read(c, get("S-1")), c.held(changed))
	c.do(func(tx *store.Tx) error {
		locked, err := tx.Accounts.Lock(ctx, "S-1")
		same(t, "Lock", locked, c.held(changed))
		return err
	})
	c.do(func(tx *store.Tx) error { return tx.Users.SetAccount(ctx, c.user.ID, "S-1") })
	if u := read(c, func(tx *store.Tx) (*kith.User, error) { return tx.Users.Get(ctx, c.user.ID) }); u.Account != "S-1" {
		t.Errorf("the user's account is %s", u.Account)
	}
	missing(c, "Get of no account", get("nothing"))
	missing(c, "Lock of no account", func(tx *store.Tx) (*kith.HeldAccount, error) { return tx.Accounts.Lock(ctx, "nothing") })
	c.fails("Put of no account", store.ErrNotFound, func(tx *store.Tx) error { return tx.Accounts.Put(ctx, &kith.Account{Reference: "nothing"}) })
	c.fails("SetAccount of nobody", store.ErrNotFound, func(tx *store.Tx) error { return tx.Users.SetAccount(ctx, newID[kith.User](), "S-1") })
}

func testAccountLists(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	add := func(to *tenant, references ...string) {
		to.do(func(tx *store.Tx) error {
			for _, r := range references {
				a := &kith.Account{Reference: r, User: to.user.ID, CreatedAt: noon, UpdatedAt: noon}
				if r[0] == '0' {
					a.User = kith.UserID{}
				}
				if _, err := tx.Accounts.Insert(ctx, a); err != nil {
					return err
				}
			}
			return nil
		})
	}
	add(c, "02", "2", "01", "1")
	add(other, "03", "3")
	list := func(what, want string, ask func(tx *store.Tx) ([]*kith.HeldAccount, error)) {
		t.Helper()
		got := ""
		for _, a := range read(c, ask) {
			if a.Reference == c.account {
				a.Reference = "born"
			}
			got += a.Reference + " "
		}
		if got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	list("OfUser", "1 2 born ", func(tx *store.Tx) ([]*kith.HeldAccount, error) { return tx.Accounts.OfUser(ctx, c.user.ID) })
	list("OfUser of another company's", "", func(tx *store.Tx) ([]*kith.HeldAccount, error) { return tx.Accounts.OfUser(ctx, other.user.ID) })
	list("OfCompany", "01 02 ", func(tx *store.Tx) ([]*kith.HeldAccount, error) { return tx.Accounts.OfCompany(ctx) })
	list("After, all", "01 02 1 2 born ", func(tx *store.Tx) ([]*kith.HeldAccount, error) { return tx.Accounts.After(ctx, "", 10, 0) })
	list("After one", "1 2 ", func(tx *store.Tx) ([]*kith.HeldAccount, error) { return tx.Accounts.After(ctx, "02", 2, 0) })
	list("After, skipping", "2 born ", func(tx *store.Tx) ([]*kith.HeldAccount, error) { return tx.Accounts.After(ctx, "02", 2, 1) })
	for _, tt := range []struct {
		after      string
		most, want int
	}{{"", 100, 5}, {"02", 100, 3}, {"", 2, 2}, {"~", 100, 0}} {
		if n := read(c, func(tx *store.Tx) (int, error) { return tx.Accounts.Count(ctx, tt.after, tt.most) }); n != tt.want {
			t.Errorf("Count after %q up to %d is %d, want %d", tt.after, tt.most, n, tt.want)
		}
	}
}

func testDefinition(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	list := func(tx *store.Tx) ([]*kith.AccountDefinition, error) { return tx.Accounts.Definitions(ctx) }
	define := func(of *tenant, d *kith.AccountDefinition, want bool) {
		t.Helper()
		of.do(func(tx *store.Tx) error {
			got, err := tx.Accounts.Define(ctx, d)
			if got != want {
				t.Errorf("Define %s reports %v", d.Name, got)
			}
			return err
		})
	}
	savings := &kith.AccountDefinition{Name: "savings", Label: "Savings", Currency: "CHF", Recon: true, Archived: true,
		Groups: []kith.DefinitionGroup{{Group: c.group.ID, Default: true, Primary: true, Archived: true, CreatedAt: noon, UpdatedAt: noon.Add(1e6),
			Currencies: []kith.DefinitionCurrency{{Code: "CHF", Archived: true, CreatedAt: noon, UpdatedAt: noon}}}},
		CreatedAt: noon, UpdatedAt: noon}
	define(c, savings, true)
	define(c, &kith.AccountDefinition{Name: "savings"}, false)
	define(other, &kith.AccountDefinition{Name: "savings", CreatedAt: noon, UpdatedAt: noon}, true)
	same(t, "Definitions, by name", read(c, list), []*kith.AccountDefinition{c.definition, savings})

	changed := *savings
	changed.Label, changed.Recon, changed.Archived, changed.Groups, changed.UpdatedAt = "", false, false, nil, noon.Add(1e6)
	c.do(func(tx *store.Tx) error { return tx.Accounts.Redefine(ctx, &changed) })
	same(t, "after Redefine", read(c, list), []*kith.AccountDefinition{c.definition, &changed})
	c.do(func(tx *store.Tx) error {
		locked, err := tx.Accounts.LockDefinition(ctx, "savings")
		same(t, "LockDefinition", locked, &changed)
		return err
	})
	missing(c, "LockDefinition of none", func(tx *store.Tx) (*kith.AccountDefinition, error) { return tx.Accounts.LockDefinition(ctx, "nothing") })
	c.fails("Redefine of none", store.ErrNotFound, func(tx *store.Tx) error {
		return tx.Accounts.Redefine(ctx, &kith.AccountDefinition{Name: "nothing"})
	})
	groups := read(c, func(tx *store.Tx) ([]*kith.Group, error) { return tx.Accounts.DefinitionGroups(ctx) })
	same(t, "DefinitionGroups", groups, []*kith.Group{{ID: c.group.ID, Kind: kith.RoleGroup, Name: c.group.Name, Label: c.group.Label}})
}

func testCurrency(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	list := func(tx *store.Tx) ([]*kith.CompanyCurrency, error) { return tx.Currencies.List(ctx) }
	insert := func(of *tenant, m *kith.CompanyCurrency, want bool) {
		t.Helper()
		of.do(func(tx *store.Tx) error {
			got, err := tx.Currencies.Insert(ctx, m)
			if got != want {
				t.Errorf("Insert %s reports %v", m.Code, got)
			}
			return err
		})
	}
	full := &kith.CompanyCurrency{Currency: kith.Currency{Code: "ETH", DisplayCode: "Ξ", Description: "Ether", Symbol: "Ξ", Unit: "ether",
		Divisibility: 18}, Metadata: map[string]any{"a": 1.5}, Archived: true, CreatedAt: noon, UpdatedAt: noon.Add(1e6)}
	insert(c, full, true)
	insert(c, &kith.CompanyCurrency{Currency: kith.Currency{Code: "ETH"}}, false)
	insert(other, &kith.CompanyCurrency{Currency: kith.Currency{Code: "ETH"}}, true)
	same(t, "List, by code", read(c, list), []*kith.CompanyCurrency{c.currency, full})

	changed := &kith.CompanyCurrency{Currency: kith.Currency{Code: "ETH", Description: "Other", Divisibility: 18}, CreatedAt: noon, UpdatedAt: noon}
	c.do(func(tx *store.Tx) error { return tx.Currencies.Put(ctx, changed) })
	get := func(code string) func(tx *store.Tx) (*kith.CompanyCurrency, error) {
		return func(tx *store.Tx) (*kith.CompanyCurrency, error) { return tx.Currencies.Get(ctx, code) }
	}
	same(t, "after Put", read(c, get("ETH")), changed)
	c.do(func(tx *store.Tx) error {
		locked, err := tx.Currencies.Lock(ctx, "ETH")
		same(t, "Lock", locked, changed)
		return err
	})
	missing(c, "Get of none", get("eth"))
	c.fails("Put of none", store.ErrNotFound, func(tx *store.Tx) error {
		return tx.Currencies.Put(ctx, &kith.CompanyCurrency{Currency: kith.Currency{Code: "eth"}})
	})
}
