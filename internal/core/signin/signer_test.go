package signin

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/seal"
	"kith/internal/store"
)

// nodes are several Signins over one database, with one master key and one clock, as on several machines.
func nodes(t *testing.T, number int) (*clock, []*Signin) {
	t.Helper()
	at := &clock{at: noon}
	db, err := store.Open(t.Context(), "sqlite::memory:", store.Options{Now: at.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	master := seal.NewKey()
	list := make([]*Signin, number)
	for i := range list {
		g := gate.New(db, master)
		list[i], err = New(t.Context(), g, directory.New(g, at.now, false), at.now, NewHasher(cheapest, rand.Reader), NewPool(1, 100), Config{Issuer: "https://kith.example"})
		if err != nil {
			t.Fatal(err)
		}
	}
	return at, list
}

// founder makes a company on a node and gives a JWT of its owner's session.
func founder(t *testing.T, s *Signin) (out *SignedIn, token string) {
	t.Helper()
	out, err := s.RegisterCompany(t.Context(), &kith.Actor{Remote: local}, CompanyRegistration{
		Person: Person{Email: "owner@acme.example", Password: phrase}, Company: directory.NewCompany{Slug: "acme"}})
	if err != nil {
		t.Fatal(err)
	}
	if token, err = s.JWT(out.Company.ID, out.Session); err != nil {
		t.Fatal(err)
	}
	return out, token
}

// TestRotation: the new key signs at once where it was made; another node takes its tokens from the first
// one on, and signs by it when it has read it. What the old key signed is good until it ends, to the
// millisecond, everywhere, and is then dropped.
func TestRotation(t *testing.T) {
	at, list := nodes(t, 2)
	one, other := list[0], list[1]
	owner, old := founder(t, one)
	first := one.Signs()
	at.move(time.Minute) // past what the nodes read when they started
	if err := one.RotateKeys(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if one.Signs() == first || other.Signs() != first {
		t.Fatalf("they sign by %s and %s, before by %s", one.Signs(), other.Signs(), first)
	}
	fresh, err := one.JWT(owner.Company.ID, owner.Session)
	if err != nil {
		t.Fatal(err)
	}
	lets := func(when string, token string, want bool) {
		t.Helper()
		for i, s := range list {
			if _, err := s.Authenticate(t.Context(), local, token); (err == nil) != want || err != nil && !errors.Is(err, errToken) {
				t.Errorf("%s node %d says %v", when, i, err)
			}
		}
	}
	lets("of the new key's token", fresh, true)
	lets("of the old key's token", old, true)
	if err := other.ReadKeys(t.Context()); err != nil || other.Signs() != one.Signs() {
		t.Errorf("the other node signs by %s, %v", other.Signs(), err)
	}
	at.move(time.Hour - time.Millisecond)
	lets("a moment before its end, of the old key's token,", old, true)
	if n, err := one.SweepKeys(t.Context()); n != 0 || err != nil {
		t.Errorf("before its end %d keys are dropped, %v", n, err)
	}
	at.move(time.Millisecond)
	lets("at its end, of the old key's token,", old, false)
	lets("still, of the new key's token,", fresh, true)
	if n, err := one.SweepKeys(t.Context()); n != 1 || err != nil {
		t.Errorf("at its end %d keys are dropped, %v", n, err)
	}
	if n, err := one.SweepKeys(t.Context()); n != 0 || err != nil {
		t.Errorf("after that %d keys are dropped, %v", n, err)
	}
	if err := other.ReadKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	at.move(-time.Hour) // a clock set back resurrects nothing
	lets("with the clock set back, of the old key's token,", old, false)
}

// TestStolenKey: a rotation that keeps nothing ends what was signed before on every node as soon as it reads
// the keys.
func TestStolenKey(t *testing.T) {
	_, list := nodes(t, 2)
	_, old := founder(t, list[0])
	if err := list[0].RotateKeys(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := list[0].RotateKeys(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if err := list[1].ReadKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, s := range list {
		if _, err := s.Authenticate(t.Context(), local, old); !errors.Is(err, errToken) {
			t.Errorf("node %d says %v", i, err)
		}
		keys, err := s.PublicKeys(t.Context())
		if err != nil || len(keys) != 1 || !keys[0].Signs || keys[0].ID != list[0].Signs() {
			t.Errorf("node %d publishes %+v, %v", i, keys, err)
		}
	}
}

// TestUnknownKeysAreLookedForOnceASecond: whoever sends tokens of unknown keys makes a node read the keys at most
// once a second (T41, T45).
func TestUnknownKeysAreLookedForOnceASecond(t *testing.T) {
	at, list := nodes(t, 1)
	s := list[0]
	_, good := founder(t, s)
	_, rest, _ := strings.Cut(good, ".")
	at.move(time.Minute)
	reads := 0
	for range 25 { // five seconds
		before := s.signer.keys.Load()
		for i := range 20 {
			if _, err := s.Authenticate(t.Context(), local, fmt.Sprintf("%d.%s", i, rest)); !errors.Is(err, errToken) {
				t.Fatal(err)
			}
		}
		if s.signer.keys.Load() != before {
			reads++
		}
		at.move(200 * time.Millisecond)
	}
	if reads != 5 {
		t.Errorf("500 tokens of unknown keys in five seconds made the node read its keys %d times", reads)
	}
}

// TestRotationsAtOnce: of operators who rotate at once each gets a new key or is told of the other; there is
// one order of keys, and all but the newest have an end.
func TestRotationsAtOnce(t *testing.T) {
	_, list := nodes(t, 4)
	var all sync.WaitGroup
	errs := make([]error, len(list))
	for i, s := range list {
		all.Go(func() { errs[i] = s.RotateKeys(t.Context(), time.Hour) })
	}
	all.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		} else if kith.AsError(err).Kind != kith.Conflict {
			t.Error(err)
		}
	}
	keys, err := list[0].gate.SigningKeys(t.Context())
	if err != nil || made == 0 || len(keys) != made+1 {
		t.Fatalf("%d rotations made %d keys, %v", made, len(keys), err)
	}
	for i, k := range keys {
		if k.EndsAt.IsZero() != (i == 0) {
			t.Errorf("key %d of %d ends at %s", k.ID, len(keys), k.EndsAt)
		}
	}
}
