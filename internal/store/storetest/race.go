package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// testRace: of many who want the one thing at once, one gets it, and the others are told.
func testRace(t *testing.T, db *store.DB) {
	ctx := t.Context()
	t.Run("one identifier", func(t *testing.T) {
		c := found(t, db)
		users := make([]kith.UserID, 64)
		winner := race(t, c, len(users), store.ErrExists, func(tx *store.Tx, i int) error {
			u := newUser()
			users[i] = u.ID
			if err := tx.Users.Insert(ctx, u, kith.GroupID{}, nil); err != nil {
				return err
			}
			_, err := tx.Identifiers.Insert(ctx, &kith.Identifier{ID: newSerial(), User: u.ID, Kind: kith.Email, Value: "A@x", Folded: "a@x"}, true)
			return err
		})
		same(t, "whose it is", read(c, func(tx *store.Tx) (kith.UserID, error) { return tx.Identifiers.Owner(ctx, kith.Email, "a@x") }), users[winner])
		for i, id := range users {
			_, err := try(c, func(tx *store.Tx) (*kith.User, error) { return tx.Users.Get(ctx, id) })
			if i != winner && !errors.Is(err, store.ErrNotFound) {
				t.Fatalf("a user who came late was left behind: %v", err)
			}
		}
	})
	t.Run("one generation", func(t *testing.T) {
		c := found(t, db)
		device := func(i int) *kith.Session {
			next := *c.session
			next.Refresh.Generation, next.Refresh.RotatedAt = 1, noon.Add(time.Duration(i)*time.Millisecond)
			next.LastUsed = next.Refresh.RotatedAt
			return &next
		}
		before := read(c, renewable(ctx, c.session.ID))
		winner := race(t, c, 64, store.ErrNotFound, func(tx *store.Tx, i int) error { return tx.Sessions.Rotate(ctx, before, device(i)) })
		same(t, "the session", read(c, handled(ctx, c.user.ID, c.session.Handle)), device(winner))
	})
	t.Run("one password", func(t *testing.T) {
		c := found(t, db)
		winner := race(t, c, 32, store.ErrNotFound, func(tx *store.Tx, i int) error {
			return tx.Credentials.SetPassword(ctx, c.user.ID, c.password, fmt.Sprint(i))
		})
		same(t, "the password", read(c, func(tx *store.Tx) (store.Login, error) { return tx.Credentials.ByID(ctx, c.user.ID) }),
			store.Login{User: c.user.ID, Hash: fmt.Sprint(winner)})
	})
	t.Run("one link", func(t *testing.T) {
		c := found(t, db)
		race(t, c, 100, store.ErrNotFound, func(tx *store.Tx, _ int) error {
			_, err := tx.Secrets.Spend(ctx, c.secret.Purpose, c.secretHash)
			return err
		})
	})
	t.Run("attempts at a code", func(t *testing.T) { testRaceAttempts(t, found(t, db)) })
	t.Run("one message", func(t *testing.T) {
		c := found(t, db)
		race(t, c, 32, store.ErrNotFound, func(tx *store.Tx, _ int) error { return tx.Messages.ToInbox(ctx, c.message.ID) })
	})
	t.Run("one delivery", func(t *testing.T) {
		c := found(t, db)
		race(t, c, 32, store.ErrNotFound, func(tx *store.Tx, i int) error {
			return tx.Messages.Claim(ctx, c.message.ID, tx.Now.Add(time.Duration(1+i)*time.Minute))
		})
	})
	t.Run("one owner", func(t *testing.T) { testRaceOwner(t, db) })
	t.Run("lock", func(t *testing.T) { testRaceLock(t, found(t, db)) })
	t.Run("deactivation", func(t *testing.T) { testRaceDeactivation(t, found(t, db)) })
}

// race runs step n times at once, asserts that exactly one succeeds and all others fail with want,
// and says which one it was.
func race(t *testing.T, c *tenant, n int, want error, step func(tx *store.Tx, i int) error) (winner int) {
	t.Helper()
	errs := make([]error, n)
	together(n, func(i int) {
		errs[i] = c.update(func(tx *store.Tx) error { return step(tx, i) })
	})
	won := 0
	for i, err := range errs {
		switch {
		case err == nil:
			won++
			winner = i
		case !errors.Is(err, want):
			t.Errorf("number %d of %d: got %v, want %v", i, n, err, want)
		}
	}
	if won != 1 {
		t.Fatalf("%d of %d won", won, n)
	}
	return winner
}

// together calls do n times, each on a goroutine of its own, all let go at once.
func together(n int, do func(i int)) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			do(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

// testRaceLock: what is read under a lock and then written is never written over.
func testRaceLock(t *testing.T, c *tenant) {
	ctx := t.Context()
	const key = "n"
	var done atomic.Int64
	together(16, func(int) {
		err := c.update(func(tx *store.Tx) error {
			company, err := tx.Companies.Lock(ctx)
			if err != nil {
				return err
			}
			user, err := tx.Users.Lock(ctx, c.user.ID)
			if err != nil {
				return err
			}
			n, _ := user.Metadata[key].(float64)
			user.Metadata = map[string]any{key: n + 1}
			m, _ := company.Metadata[key].(float64)
			company.Metadata = map[string]any{key: m + 1}
			return errors.Join(put(ctx, tx, user), tx.Companies.Put(ctx, company))
		})
		switch {
		case err == nil:
			done.Add(1)
		case !lost(err):
			t.Error(err)
		}
	})
	want := map[string]any{key: float64(done.Load())}
	same(t, "what was counted on the user", read(c, func(tx *store.Tx) (*kith.User, error) { return tx.Users.Get(ctx, c.user.ID) }).Metadata, want)
	same(t, "what was counted on the company", read(c, func(tx *store.Tx) (*kith.Company, error) { return tx.Companies.Get(ctx) }).Metadata, want)
	if done.Load() == 0 {
		t.Error("nobody got through")
	}
}

// testRaceDeactivation: once a deactivation is acknowledged nobody signs in, and no sign-in undoes it.
func testRaceDeactivation(t *testing.T, c *tenant) {
	ctx := t.Context()
	var acknowledged atomic.Bool
	var in, out atomic.Int64
	enough := make(chan struct{}) // closed when somebody has signed in, or given up
	var once sync.Once
	deactivate := func(tx *store.Tx) error {
		u, err := tx.Users.Lock(ctx, c.user.ID)
		if err != nil {
			return err
		}
		u.Deactivated = true
		return put(ctx, tx, u)
	}
	signIn := func() {
		defer once.Do(func() { close(enough) })
		for refusals := 0; refusals < 3 && !t.Failed(); {
			late := acknowledged.Load()
			err := c.update(func(tx *store.Tx) error { return tx.Credentials.SignIn(ctx, c.user.ID, c.password) })
			switch {
			case err == nil && (late || refusals > 0):
				t.Error("a sign-in succeeded after the deactivation was acknowledged, or after another had been refused")
			case err == nil:
				in.Add(1)
				once.Do(func() { close(enough) })
			case errors.Is(err, store.ErrNotFound):
				out.Add(1)
				refusals++
			case !lost(err):
				t.Error(err)
			}
		}
	}
	together(9, func(i int) {
		if i > 0 {
			signIn()
			return
		}
		<-enough
		err := c.update(deactivate)
		for lost(err) {
			err = c.update(deactivate)
		}
		if err != nil {
			t.Error(err)
		}
		acknowledged.Store(true)
	})
	u := read(c, func(tx *store.Tx) (*kith.User, error) { return tx.Users.Get(ctx, c.user.ID) })
	if !u.Deactivated || u.LastLogin.IsZero() {
		t.Errorf("in the end: deactivated %v, last login %v", u.Deactivated, u.LastLogin)
	}
	t.Logf("%d sign-ins before, %d refused after", in.Load(), out.Load())
}

// lost reports whether a transaction gave up after losing too many races in a row, as may happen
// under SERIALIZABLE.
func lost(err error) bool { return err != nil && kith.AsError(err).Kind == kith.Unavailable }
