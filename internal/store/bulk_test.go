package store_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// written is what a test writes of one user, by the methods that requests use.
func written(t *testing.T, tx *store.Tx, n int) *kith.User {
	t.Helper()
	ctx := t.Context()
	tx.Now = time.Date(2026, 3, 1, 12, 0, n, 0, time.UTC)
	u := &kith.User{ID: kith.NewID[kith.User](tx.Now, rand.Reader), Email: fmt.Sprintf("Ada%d@example.org", n),
		Status: kith.Verified, EmailVerified: true, Deactivated: n%2 == 0, Settings: kith.DefaultUserSettings(), Mode: kith.DefaultUserMode,
		Metadata: map[string]any{"n": "quote \" tab \t back \\ nul-free"}, Account: fmt.Sprintf("%010d", n), CreatedAt: tx.Now, UpdatedAt: tx.Now}
	u.Profile[kith.FirstName], u.Profile[kith.Language] = "Zoë", kith.DefaultLanguage // which everybody has who is read
	email := &kith.Identifier{Kind: kith.Email, ID: kith.NewSerial(tx.Now, rand.Reader), User: u.ID, Value: u.Email,
		Folded: fmt.Sprintf("ada%d@example.org", n), Primary: true, CreatedAt: tx.Now}
	event := &kith.Event{ID: kith.NewID[kith.Event](tx.Now, rand.Reader), Noun: kith.NounUser, Verb: kith.Add,
		Row: u.ID.String(), Actor: u.ID, Subject: u.ID, Fields: []string{"email", "first_name"}, At: tx.Now}
	if err := tx.Users.Import(ctx, u, kith.GroupID{}, []byte{0, 1, 255}, "hash"); err != nil {
		t.Fatal(err)
	}
	if done, err := tx.Accounts.Insert(ctx, &kith.Account{Reference: u.Account, User: u.ID, Primary: true, Definition: "default",
		CreatedAt: tx.Now, UpdatedAt: tx.Now}); err != nil || !done {
		t.Fatal(done, err)
	}
	if done, err := tx.Identifiers.Insert(ctx, email, true); err != nil || !done {
		t.Fatal(done, err)
	}
	if err := tx.Events.Insert(ctx, event, nil); err != nil {
		t.Fatal(err)
	}
	return u
}

// TestBulk: what is written in bulk is read as if it had been written one by one; a step that fails
// leaves nothing.
func TestBulk(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			db := open(t, e.url(t), e.o)
			if err := db.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if !e.o.RowSecurity {
				testBulk(t, db)
			} else if _, err := db.OpenBulk(t.Context()); err == nil {
				t.Error("rows may be copied past row security")
			}
		})
	}
}

func testBulk(t *testing.T, db *store.DB) {
	t.Helper()
	ctx := t.Context()
	bulk, err := db.OpenBulk(ctx)
	if err != nil {
		t.Fatal(err)
	}
	const each = 300
	bob, want := member(2), make(map[*kith.Actor][]*kith.User)
	for range 2 {
		err := bulk.Update(ctx, func(inside func(*kith.Actor) *store.Tx) error {
			for _, company := range []*kith.Actor{ada, bob} {
				tx := inside(company)
				for range each {
					want[company] = append(want[company], written(t, tx, len(want[company])))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if rows := bulk.Rows(); rows["users"] != 4*each || rows["identifiers"] != 4*each {
		t.Errorf("it says that it wrote %v", rows)
	}
	for company, users := range want {
		reads(t, db, company, users)
	}
	const counted = 10000*2*each + 4*each // every other one is deactivated
	sum, err1 := db.System().Count(ctx, `SELECT sum(10000 * active + total) FROM user_count_deltas`)
	rows, err2 := db.System().Count(ctx, `SELECT count(*) FROM user_count_deltas`)
	if sum != counted || rows != 4 || err1 != nil || err2 != nil {
		t.Errorf("%d users were counted in %d rows, %v, %v", sum, rows, err1, err2)
	}
	if err := bulk.Fold(ctx); err != nil {
		t.Fatal(err)
	}
	sum, err1 = db.System().Count(ctx, `SELECT sum(10000 * active + total) FROM user_counts`)
	rows, err2 = db.System().Count(ctx, `SELECT count(*) FROM user_count_deltas`)
	if sum != counted || rows != 0 || err1 != nil || err2 != nil {
		t.Errorf("%d users are added up, %d rows are left, %v, %v", sum, rows, err1, err2)
	}
	failed := bulk.Update(ctx, func(inside func(*kith.Actor) *store.Tx) error {
		written(t, inside(ada), 9999)
		_, err := inside(ada).Users.Get(ctx, want[ada][0].ID)
		return err
	})
	if failed == nil {
		t.Error("a step may read what it has not written yet")
	}
	if err := bulk.Close(ctx); err != nil {
		t.Fatal(err)
	}
	var login store.Login
	err = db.View(ctx, ada, func(tx *store.Tx) (err error) {
		login, err = tx.Credentials.ByIdentifier(ctx, kith.Email, "ada9999@example.org")
		return err
	})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the step that failed left %v, %v", login, err)
	}
}

// reads asserts that the company's users, and what was written with each, are as they were made.
func reads(t *testing.T, db *store.DB, company *kith.Actor, users []*kith.User) {
	t.Helper()
	ctx := t.Context()
	err := db.View(ctx, company, func(tx *store.Tx) error {
		for n, want := range users {
			got, err := tx.Users.Get(ctx, want.ID)
			if err != nil {
				return err
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("user %d is %+v, was %+v", n, got, want)
			}
			salt, err := tx.Users.Salt(ctx, want.ID)
			if err != nil || string(salt) != "\x00\x01\xff" {
				t.Errorf("salt of user %d: %x, %v", n, salt, err)
			}
			login, err := tx.Credentials.ByIdentifier(ctx, kith.Email, fmt.Sprintf("ada%d@example.org", n))
			if err != nil || login != (store.Login{User: want.ID, Hash: "hash"}) {
				t.Errorf("login of user %d: %v, %v", n, login, err)
			}
		}
		events, _, err := tx.Events.List(ctx, kith.EventID{}, 2*len(users))
		if len(events) != len(users) {
			t.Errorf("%d events for %d users", len(events), len(users))
		}
		for _, e := range events {
			if e.Actor.IsZero() || e.Row != e.Subject.String() || len(e.Fields) != 2 {
				t.Errorf("an event is %+v", e)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
