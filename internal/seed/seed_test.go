package seed_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"kith"
	"kith/internal/core"
	"kith/internal/core/directory"
	"kith/internal/core/signin"
	"kith/internal/seal"
	"kith/internal/seed"
	"kith/internal/store"
	"kith/internal/store/pgtest"
)

const password = "correct horse battery staple"

var cheap = signin.NewHasher(signin.HashCost{Memory: 64, Passes: 1, Threads: 1}, rand.Reader)

func kernel(t *testing.T, url string) (*core.Core, *store.DB) {
	t.Helper()
	db, err := store.Open(t.Context(), url, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	k, err := core.New(t.Context(), db, core.Config{Master: seal.NewKey(), Clock: kith.SystemClock, Hasher: cheap,
		Pool: signin.NewPool(1, 1), Signin: signin.Config{Issuer: "http://localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	return k, db
}

func plan() seed.Plan {
	return seed.Plan{Hot: "acme", Companies: 5, Users: 700, Others: 20, Hash: cheap.Hash(password), Now: kith.SystemClock()}
}

// TestRun: the companies are there, with as many people as were asked for, who can sign in, and whose
// rows are such as kith itself writes.
func TestRun(t *testing.T) {
	for name, url := range map[string]func() string{
		"sqlite":   func() string { return "sqlite:" + filepath.Join(t.TempDir(), "kith.db") },
		"postgres": func() string { return pgtest.Start(t) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			k, db := kernel(t, url())
			report, err := seed.Run(ctx, k, db, plan(), func(string) {})
			if err != nil {
				t.Fatal(err)
			}
			if small := 0 + 7 + 14 + 1; report.Companies != 5 || report.Rows["users"] != int64(699+small) {
				t.Errorf("%+v", report)
			}
			here := &kith.Actor{Remote: kith.Remote{Loopback: true}}
			for _, slug := range []string{"acme", "acme-00004"} {
				in, err := k.Signin.SignIn(ctx, here, signin.Login{Company: slug, User: seed.Owner(slug), Password: password})
				if err != nil {
					t.Fatalf("owner of %s: %v", slug, err)
				}
				if in.Company.Owner != in.User.ID || in.Group.Name != kith.GroupAdmin {
					t.Errorf("whoever signed in to %s is not its owner: %+v", slug, in)
				}
			}
			guest, err := k.Directory.Guest(ctx, here, "acme")
			if err != nil {
				t.Fatal(err)
			}
			if left, err := db.System().Uncounted(ctx, kith.Installation, 10); err != nil || len(left) > 0 {
				t.Errorf("%d companies are not added up, %v", len(left), err)
			}
			people := everybody(t, db, guest)
			overview(t, db, guest, people)
			if len(people) != 699 {
				t.Errorf("%d people were made", len(people))
			}
			check(t, k, people)
			in := 0
			for _, u := range people[:30] {
				_, err := k.Signin.SignIn(ctx, here, signin.Login{Company: "acme", User: u.Email, Password: password})
				if active := u.Active(); active != (err == nil) {
					t.Errorf("%s, active %v: %v", u.Email, active, err)
				} else if active {
					in++
				}
			}
			if in < 20 {
				t.Errorf("only %d of 30 can sign in", in)
			}
		})
	}
}

// overview compares how many users the company counts with who is there; the owner is, besides.
func overview(t *testing.T, db *store.DB, company *kith.Actor, people []*kith.User) {
	t.Helper()
	want := kith.UserOverview{Total: 1, Active: 1}
	for _, u := range people {
		want.Total++
		if u.Active() {
			want.Active++
		}
		if u.Archived {
			want.Archived++
		}
	}
	err := db.View(t.Context(), company, func(tx *store.Tx) error {
		got, err := tx.Counts.Get(t.Context())
		if got != want {
			t.Errorf("the company counts %+v, not %+v", got, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// everybody reads all who told of themselves being added.
func everybody(t *testing.T, db *store.DB, company *kith.Actor) []*kith.User {
	t.Helper()
	var list []*kith.User
	err := db.View(context.Background(), company, func(tx *store.Tx) error {
		events, _, err := tx.Events.List(t.Context(), kith.EventID{}, 5000)
		if err != nil {
			return err
		}
		for _, e := range events {
			if e.Noun != kith.NounUser || e.Verb != kith.Add {
				continue
			}
			u, err := tx.Users.Get(t.Context(), e.Subject)
			if err != nil {
				return err
			}
			if u.Email != seed.Owner("acme") {
				list = append(list, u)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// check asks the directory whether it would have taken them, and that they are not all alike.
func check(t *testing.T, k *core.Core, people []*kith.User) {
	t.Helper()
	seen := make(map[string]int)
	for _, u := range people {
		change := make(kith.ProfileChange)
		for a := range kith.AttributeCount {
			if u.Profile[a] != "" {
				change[a] = u.Profile[a]
			}
		}
		normal, err := k.Directory.CheckProfile(change)
		if after, differs := u.Profile.Apply(normal); err != nil || len(differs) > 0 {
			t.Errorf("the profile %v would have been %v, %v", u.Profile, after, err)
		}
		identifiers, err := directory.CheckIdentifiers(u.Username, u.Email, u.Mobile)
		if err != nil {
			t.Errorf("%s %s %s: %v", u.Username, u.Email, u.Mobile, err)
		}
		for _, i := range identifiers {
			seen[i.Kind.String()]++
			if shown := map[kith.IdentifierKind]string{kith.Username: u.Username, kith.Email: u.Email, kith.Mobile: u.Mobile}; shown[i.Kind] != i.Value {
				t.Errorf("%s would have been shown as %s", shown[i.Kind], i.Value)
			}
		}
		seen[u.Status.String()]++
		if u.Archived {
			seen["archived"]++
		}
		if strings.ContainsFunc(u.Profile[kith.LastName], func(r rune) bool { return r > 0x7f }) {
			seen["not ASCII"]++
		}
		if !u.LastLogin.IsZero() {
			seen["signed in"]++
		}
		if u.UpdatedAt.Before(u.CreatedAt) || !u.LastLogin.IsZero() && u.LastLogin.Before(u.CreatedAt) {
			t.Errorf("%s was changed before there was one", u.Email)
		}
	}
	for what, least := range map[string]int{"email": 600, "mobile": 150, "username": 5, "pending": 100, "verified": 50,
		"declined": 10, "archived": 3, "not ASCII": 30, "signed in": 400} {
		if seen[what] < least {
			t.Errorf("only %d of %d are %s", seen[what], len(people), what)
		}
	}
}

// TestRunTwice: a company that is there is not made again.
func TestRunTwice(t *testing.T) {
	k, db := kernel(t, "sqlite::memory:")
	if _, err := seed.Run(t.Context(), k, db, plan(), func(string) {}); err != nil {
		t.Fatal(err)
	}
	if _, err := seed.Run(t.Context(), k, db, plan(), func(string) {}); kith.AsError(err).Kind != kith.Conflict {
		t.Errorf("the second time: %v", err)
	}
}
