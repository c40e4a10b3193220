package storetest

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

func testSecret(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	first, second := random(32), random(32)
	mail := kith.Secret{User: newUser().ID, Purpose: kith.ToVerifyEmail, Identifier: 7, Target: "eva@x", ExpiresAt: never}
	put := func(s kith.Secret, hash []byte) {
		t.Helper()
		c.do(func(tx *store.Tx) error { return tx.Secrets.Put(ctx, &s, hash) })
	}
	find := func(purpose kith.SecretPurpose, hash []byte) func(tx *store.Tx) error {
		return func(tx *store.Tx) error {
			got, err := tx.Secrets.Find(ctx, purpose, hash)
			if err == nil && (got.User != mail.User || got.Purpose != purpose || got.Identifier != 7 || got.Target != "eva@x" || !got.ExpiresAt.Equal(never)) {
				t.Errorf("found %+v", got)
			}
			return err
		}
	}
	spend := func(purpose kith.SecretPurpose, hash []byte) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { _, err := tx.Secrets.Spend(ctx, purpose, hash); return err }
	}
	bad := func(what string, purpose kith.SecretPurpose, hash []byte) {
		t.Helper()
		c.fails("Find, "+what, store.ErrNotFound, find(purpose, hash))
		c.fails("Spend, "+what, store.ErrNotFound, spend(purpose, hash))
	}
	bad("of nobody", mail.Purpose, first)
	put(mail, first)
	c.do(find(mail.Purpose, first))
	bad("for another purpose", kith.ToResetPassword, first)
	bad("with another hash", mail.Purpose, second)
	other.fails("in another company", store.ErrNotFound, spend(mail.Purpose, first))
	put(mail, second)
	bad("which was replaced", mail.Purpose, first)
	elsewhere := mail
	elsewhere.Identifier = 8
	put(elsewhere, first) // beside the other, since it was sent elsewhere
	c.do(find(mail.Purpose, second))
	c.do(spend(mail.Purpose, second))
	bad("which was spent", mail.Purpose, second)

	c.testLastMoment(mail, second)

	put(mail, second)
	deleted := func(do func(tx *store.Tx) (int64, error), want int64) {
		t.Helper()
		c.do(func(tx *store.Tx) error {
			n, err := do(tx)
			if n != want {
				t.Errorf("%d were deleted, want %d", n, want)
			}
			return err
		})
	}
	deleted(func(tx *store.Tx) (int64, error) { return tx.Secrets.DeleteOf(ctx, mail.User, 7) }, 1)
	bad("sent to an identifier that is gone", mail.Purpose, second)
	put(mail, second)
	deleted(func(tx *store.Tx) (int64, error) { return tx.Secrets.DeleteAll(ctx, mail.User) }, 2)
	bad("which was taken back", mail.Purpose, second)
	bad("which was taken back", mail.Purpose, first)
	c.do(func(tx *store.Tx) error { _, err := tx.Secrets.Find(ctx, c.secret.Purpose, c.secretHash); return err })
	c.testExpired(db)
}

// testLastMoment: the last moment of a secret is the one before it expires.
func (c *tenant) testLastMoment(late kith.Secret, hash []byte) {
	c.t.Helper()
	ctx := c.t.Context()
	c.do(func(tx *store.Tx) error {
		late.ExpiresAt = tx.Now
		if err := tx.Secrets.Put(ctx, &late, hash); err != nil {
			return err
		}
		if _, err := tx.Secrets.Find(ctx, late.Purpose, hash); !errors.Is(err, store.ErrNotFound) {
			c.t.Errorf("good when it expires: %v", err)
		}
		late.ExpiresAt = tx.Now.Add(time.Millisecond)
		if err := tx.Secrets.Put(ctx, &late, hash); err != nil {
			return err
		}
		if err := tx.Secrets.Drop(ctx, hash); !errors.Is(err, store.ErrNotFound) {
			c.t.Errorf("dropped before it expires: %v", err)
		}
		_, err := tx.Secrets.Spend(ctx, late.Purpose, hash)
		return err
	})
}

// testExpired: what has expired is listed, and dropped, and nothing else.
func (c *tenant) testExpired(db *store.DB) {
	c.t.Helper()
	ctx := c.t.Context()
	old := kith.Secret{User: newUser().ID, Purpose: kith.ToDeactivate, ExpiresAt: noon.AddDate(-20, 0, 0)}
	hash := random(32)
	c.do(func(tx *store.Tx) error { return tx.Secrets.Put(ctx, &old, hash) })
	list, err := db.System().Expired(ctx, old.ExpiresAt.Add(time.Millisecond), 10)
	if err != nil || len(list) != 1 || list[0].Company != c.company.ID || string(list[0].Hash) != string(hash) {
		c.t.Fatalf("expired are %v, %v", list, err)
	}
	c.do(func(tx *store.Tx) error { return tx.Secrets.Drop(ctx, hash) })
	if list, err := db.System().Expired(ctx, old.ExpiresAt.Add(time.Millisecond), 10); err != nil || len(list) != 0 {
		c.t.Errorf("after the drop %v are expired, %v", list, err)
	}
}

// testRaceAttempts: of many who try at once, five get something to compare with.
func testRaceAttempts(t *testing.T, c *tenant) {
	ctx := t.Context()
	code := kith.Secret{User: c.user.ID, Purpose: kith.ToVerifyMobile, Identifier: 9, Target: "+1", ExpiresAt: never}
	c.do(func(tx *store.Tx) error { return tx.Secrets.Put(ctx, &code, random(32)) })
	var compared atomic.Int64
	together(100, func(int) {
		given := 0
		err := c.update(func(tx *store.Tx) error {
			list, err := tx.Secrets.Try(ctx, code.Purpose, code.User)
			given = len(list)
			return err
		})
		if err != nil {
			t.Error(err)
		}
		compared.Add(int64(given))
	})
	if n := compared.Load(); n != kith.MaxAttempts {
		t.Errorf("%d of 100 attempts got a hash to compare with, want %d", n, kith.MaxAttempts)
	}
}

func testTally(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	about := random(16)
	var now time.Time
	count := func(c *tenant, kind store.Tally, at time.Time, want bool) {
		t.Helper()
		c.do(func(tx *store.Tx) error {
			tx.Now = at
			done, err := tx.Tallies.Count(ctx, kind, about, time.Hour, 3)
			if done != want {
				t.Errorf("counted: %v, want %v", done, want)
			}
			return err
		})
	}
	get := func() (n int, since time.Time) {
		t.Helper()
		c.do(func(tx *store.Tx) (err error) {
			n, since, err = tx.Tallies.Get(ctx, store.TallySends, about)
			return err
		})
		return n, since
	}
	now = noon
	for range 3 {
		count(c, store.TallySends, now, true)
		now = now.Add(time.Minute)
	}
	count(c, store.TallySends, now, false)
	count(c, store.TallySends, noon.Add(time.Hour-time.Millisecond), false)
	if n, since := get(); n != 3 || !since.Equal(noon) {
		t.Errorf("%d since %v, want 3 since %v", n, since, noon)
	}
	count(c, store.TallyGuesses, now, true) // each kind apart
	count(other, store.TallySends, now, true)
	count(c, store.TallySends, noon.Add(time.Hour), true) // the window is over
	if n, since := get(); n != 1 || !since.Equal(noon.Add(time.Hour)) {
		t.Errorf("%d since %v in the next window", n, since)
	}
	c.do(func(tx *store.Tx) error { return tx.Tallies.Clear(ctx, store.TallySends, about) })
	c.fails("Get of what was cleared", store.ErrNotFound, func(tx *store.Tx) error {
		_, _, err := tx.Tallies.Get(ctx, store.TallySends, about)
		return err
	})
	list, err := db.System().OldTallies(ctx, now.Add(time.Millisecond), 1000)
	if err != nil || len(list) == 0 {
		t.Errorf("no tally is old: %v", err)
	}
}

// testHeldTally: of many who count by rules of their own at once, each sees what the one before wrote; what
// was never counted is 0, and nobody else's tally is touched.
func testHeldTally(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	about := random(16)
	same := func(c *tenant, want int) {
		t.Helper()
		c.do(func(tx *store.Tx) error {
			n, since, err := tx.Tallies.Hold(ctx, store.TallySignIns, about)
			if n != want || want > 0 && !since.Equal(noon) {
				t.Errorf("%d since %v, want %d since %v", n, since, want, noon)
			}
			return err
		})
	}
	c.fails("Set of what is not held", store.ErrNotFound, func(tx *store.Tx) error {
		return tx.Tallies.Set(ctx, store.TallySignIns, about, 1, noon)
	})
	same(c, 0)
	const many = 50
	together(many, func(int) {
		err := c.update(func(tx *store.Tx) error {
			n, _, err := tx.Tallies.Hold(ctx, store.TallySignIns, about)
			if err != nil {
				return err
			}
			return tx.Tallies.Set(ctx, store.TallySignIns, about, n+1, noon)
		})
		if err != nil {
			t.Error(err)
		}
	})
	same(c, many)
	same(other, 0)
}

// counted makes an error of a tally that refused.
func counted(done bool, err error) error {
	if err == nil && !done {
		err = errors.New("a tally refused")
	}
	return err
}
