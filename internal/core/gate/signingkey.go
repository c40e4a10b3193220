package gate

import (
	"context"
	"errors"
	"time"

	"kith"
	"kith/internal/store"
)

// SigningKey is one of the installation's keys for tokens that others verify.
type SigningKey struct {
	ID        int64
	Key       []byte // PKCS #8
	CreatedAt time.Time
	EndsAt    time.Time // what it signed is good before that; zero: it signs still
}

// installation is who looks after what belongs to no company.
var installation = &kith.Actor{System: true}

// SigningKeys gives the installation's signing keys, the newest, which signs, first; some may have ended.
// That they open proves that the master key is the right one.
func (g *Gate) SigningKeys(ctx context.Context) ([]SigningKey, error) {
	var keys []SigningKey
	err := g.db.View(ctx, installation, func(tx *store.Tx) error {
		var err error
		keys, err = g.signingKeys(ctx, tx)
		return err
	})
	return keys, err
}

func (g *Gate) signingKeys(ctx context.Context, tx *store.Tx) ([]SigningKey, error) {
	stored, err := tx.Keys.List(ctx, keySigning)
	if err != nil {
		return nil, err
	}
	keys := make([]SigningKey, len(stored))
	for i, k := range stored {
		plain, err := g.ring.unwrap(kith.Installation, keySigning, k.ID, k.Wrapped)
		if err != nil {
			return nil, err
		}
		keys[i] = SigningKey{ID: k.ID, Key: plain, CreatedAt: k.CreatedAt, EndsAt: k.EndsAt}
	}
	return keys, nil
}

// FirstSigningKey keeps a key that signs, if the installation has none yet.
func (g *Gate) FirstSigningKey(ctx context.Context, fresh []byte) error {
	err := g.db.Update(ctx, installation, func(tx *store.Tx) error {
		_, _, err := tx.Keys.Newest(ctx, keySigning)
		if errors.Is(err, store.ErrNotFound) {
			err = g.insertSigningKey(ctx, tx, 1, fresh)
		}
		return err
	})
	if errors.Is(err, store.ErrExists) { // another node was faster: its key is the one
		err = nil
	}
	return err
}

func (g *Gate) insertSigningKey(ctx context.Context, tx *store.Tx, id int64, plain []byte) error {
	return tx.Keys.Insert(ctx, keySigning, id, g.ring.master.Seal(plain, keyPlace(kith.Installation, keySigning, id)))
}

var errRotated = &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken,
	Message: "Somebody else made a new signing key at this moment. Look at the list of keys before you make another."}

// AddSigningKey keeps a new key, which signs from now on. What those before it signed stays good for keep,
// where it does not end sooner. It fails with Conflict if somebody else does the same at once.
func (g *Gate) AddSigningKey(ctx context.Context, fresh []byte, keep time.Duration) error {
	err := g.db.Update(ctx, installation, func(tx *store.Tx) error {
		last, _, err := tx.Keys.Newest(ctx, keySigning)
		if err != nil {
			return err
		}
		if err := g.insertSigningKey(ctx, tx, last+1, fresh); err != nil {
			return err
		}
		_, err = tx.Keys.End(ctx, keySigning, last+1, tx.Now.Add(keep))
		return err
	})
	if errors.Is(err, store.ErrExists) {
		return errRotated
	}
	return err
}

// DropSigningKeys removes the signing keys that have ended, and tells how many those were.
func (g *Gate) DropSigningKeys(ctx context.Context) (int64, error) {
	var dropped int64
	err := g.db.Update(ctx, installation, func(tx *store.Tx) error {
		var err error
		dropped, err = tx.Keys.Drop(ctx, keySigning, tx.Now)
		return err
	})
	return dropped, err
}
