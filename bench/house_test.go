package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"testing"

	"kith"
	"kith/internal/core"
	"kith/internal/core/directory"
	"kith/internal/core/signin"
	"kith/internal/seal"
	"kith/internal/store"
)

// house is kith's store and core in this process, with one company, its owner and some users.
type house struct {
	url     string
	db      *store.DB
	core    *core.Core
	owner   *signin.SignedIn
	company *kith.Actor // a guest of the company
	users   []store.Login
}

// cheap is what a hash costs where it is not what is measured.
var cheap = signin.HashCost{Memory: 64, Passes: 1, Threads: 1}

func newHouse(b *testing.B, url string, users int) *house {
	b.Helper()
	return newHouseAt(b, url, users, cheap)
}

// newHouseAt is newHouse where passwords cost what they are told to.
func newHouseAt(b *testing.B, url string, users int, cost signin.HashCost) *house {
	b.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, url, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	if err := db.Migrate(ctx); err != nil {
		b.Fatal(err)
	}
	h := &house{url: url, db: db}
	h.core, err = core.New(ctx, db, core.Config{Master: seal.NewKey(), Clock: kith.SystemClock, AllowTest: true,
		Hasher: signin.NewHasher(cost, rand.Reader), Pool: signin.NewPool(1, 1),
		Signin: signin.Config{Registration: signin.OpenRegistration, Issuer: "http://localhost"}})
	if err != nil {
		b.Fatal(err)
	}
	guest := &kith.Actor{Remote: kith.Remote{Address: "127.0.0.1", Loopback: true}}
	h.owner, err = h.core.Signin.RegisterCompany(ctx, guest, signin.CompanyRegistration{
		Person:  signin.Person{Email: email, Password: password, Profile: kith.ProfileChange{kith.FirstName: "Ada", kith.LastName: "Lovelace"}},
		Company: directory.NewCompany{Slug: slug, Details: kith.CompanyDetails{Name: slug}}})
	if err != nil {
		b.Fatal(err)
	}
	h.company = &kith.Actor{Company: h.owner.Company, Remote: guest.Remote}
	for i := range users {
		in, err := h.core.Signin.Register(ctx, guest, signin.UserRegistration{Company: slug,
			Person: signin.Person{Email: fmt.Sprintf("user%d@example.com", i), Password: password}})
		if err != nil {
			b.Fatal(err)
		}
		var login store.Login
		err = db.View(ctx, h.company, func(tx *store.Tx) (err error) {
			login, err = tx.Credentials.ByID(ctx, in.User.ID)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		h.users = append(h.users, login)
	}
	return h
}
