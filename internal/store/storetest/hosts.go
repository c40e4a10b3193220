package storetest

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"kith"
	"kith/internal/store"
)

// testHosts: a host leads to the company that has it now, and to no other.
func testHosts(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	word := strings.ToLower(rand.Text())
	a, b := "a."+word+".example", "b."+word+".example"
	put := func(of *tenant, hosts ...string) func(tx *store.Tx) error {
		return func(tx *store.Tx) error {
			row, err := tx.Companies.Lock(ctx)
			if err != nil {
				return err
			}
			return tx.Companies.PutHosts(ctx, row, hosts)
		}
	}
	leads := func(host string, to *tenant) {
		t.Helper()
		id, err := db.System().CompanyOfGuest(ctx, host)
		switch {
		case to == nil && !errors.Is(err, store.ErrNotFound):
			t.Errorf("%s leads to %d, %v", host, id, err)
		case to != nil && (err != nil || id != to.company.ID):
			t.Errorf("%s leads to %d, %v; want %d", host, id, err, to.company.ID)
		}
	}
	leads(a, nil)
	c.do(put(c, a, b))
	leads(a, c)
	leads(b, c)
	leads("", nil)
	leads(strings.ToUpper(a), nil)
	row := read(c, func(tx *store.Tx) (*kith.Company, error) { return tx.Companies.Get(ctx) })
	same(t, "what the company says", row.Settings.Hosts, []string{a, b})
	other.fails("another's host", store.ErrExists, put(other, a))
	other.do(put(other))
	leads(a, c)
	c.do(put(c, b))
	leads(a, nil)
	other.do(put(other, a))
	leads(a, other)
	leads(b, c)
	c.do(put(c))
	leads(b, nil)
}
