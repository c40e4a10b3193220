package gate

import (
	"context"
	"fmt"
	"io"
	"sync"

	"kith"
	"kith/internal/seal"
	"kith/internal/store"
)

// The purposes of stored keys. The numbers are stored.
const (
	keyRoot    = 1 // of a company: all its other keys are derived from it
	keySigning = 2 // of the installation: ES256, PKCS #8
)

// What keys are derived from a company's root for.
const (
	useData    = "kith user data"     // with the user's salt: events, outbox
	useRefresh = "kith refresh token" // without salt: MAC of refresh tokens
	useCode    = "kith typed code"    // without salt: MAC of typed codes
	useTally   = "kith tally"         // without salt: MAC of what tallies count by
	useFile    = "kith file"          // without salt: MAC of the addresses that files are served at
)

// saltSize is the length of a user's salt, in bytes.
const saltSize = 16

// ring unwraps the keys that lie in the store, and keeps the roots of companies it has seen.
type ring struct {
	master seal.Key
	mu     sync.RWMutex
	roots  map[kith.CompanyID]seal.Key
	files  map[kith.CompanyID]seal.Key // derived from roots, since lists of users need them at every row
}

// maxRoots bounds the ring's memory; past it, it starts anew.
const maxRoots = 10_000

func newRing(master seal.Key) *ring {
	return &ring{master: master, roots: make(map[kith.CompanyID]seal.Key), files: make(map[kith.CompanyID]seal.Key)}
}

func keyPlace(company kith.CompanyID, purpose int, id int64) string {
	return fmt.Sprintf("key/%d/%d/%d", company, purpose, id)
}

// root gives the root key of the transaction's company.
func (r *ring) root(ctx context.Context, tx *store.Tx) (seal.Key, error) {
	company := tx.By.CompanyID()
	r.mu.RLock()
	key := r.roots[company]
	r.mu.RUnlock()
	if key != nil {
		return key, nil
	}
	id, wrapped, err := tx.Keys.Newest(ctx, keyRoot)
	if err != nil {
		return nil, fmt.Errorf("root key of company %d: %w", company, err)
	}
	key, err = r.unwrap(company, keyRoot, id, wrapped)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	if len(r.roots) >= maxRoots {
		clear(r.roots)
		clear(r.files)
	}
	r.roots[company], r.files[company] = key, key.Derive(nil, useFile)
	r.mu.Unlock()
	return key, nil
}

func (r *ring) unwrap(company kith.CompanyID, purpose int, id int64, wrapped []byte) ([]byte, error) {
	key, err := r.master.Open(wrapped, keyPlace(company, purpose, id))
	if err != nil {
		return nil, fmt.Errorf("the master key is not the one that this database was made with (key %d of company %d): %w",
			purpose, company, err)
	}
	return key, nil
}

// NewRoot gives the transaction's company, which is being made, its root key.
func (tx *Tx) NewRoot(ctx context.Context) error {
	tx.root = seal.NewKey()
	const first = 1
	wrapped := tx.gate.ring.master.Seal(tx.root, keyPlace(tx.By.CompanyID(), keyRoot, first))
	return tx.Keys.Insert(ctx, keyRoot, first, wrapped)
}

// NewSalt draws the salt of a user who is being made. The user's data key follows from it.
func (tx *Tx) NewSalt(user kith.UserID) ([]byte, error) {
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(tx.gate.Random, salt); err != nil {
		return nil, err
	}
	if tx.salts == nil {
		tx.salts = make(map[kith.UserID][]byte)
	}
	tx.salts[user] = salt
	return salt, nil
}

func (tx *Tx) rootKey(ctx context.Context) (seal.Key, error) {
	if tx.root != nil {
		return tx.root, nil
	}
	return tx.gate.ring.root(ctx, tx.Tx)
}

// RefreshKey gives the key that refresh tokens of the company are made with.
func (tx *Tx) RefreshKey(ctx context.Context) (seal.Key, error) { return tx.keyFor(ctx, useRefresh) }

// CodeKey gives the key that typed codes of the company are hashed with.
func (tx *Tx) CodeKey(ctx context.Context) (seal.Key, error) { return tx.keyFor(ctx, useCode) }

// TallyKey gives the key that names are hashed with before anything is counted by them. Where no company is
// known it is the installation's own: what is typed beside the name of no company is counted as well.
func (tx *Tx) TallyKey(ctx context.Context) (seal.Key, error) {
	if tx.By.CompanyID() == kith.Installation {
		return tx.gate.ring.master.Derive(nil, useTally), nil
	}
	return tx.keyFor(ctx, useTally)
}

// keyFor derives one of the company's keys that have no salt.
func (tx *Tx) keyFor(ctx context.Context, use string) (seal.Key, error) {
	root, err := tx.rootKey(ctx)
	if err != nil {
		return nil, err
	}
	return root.Derive(nil, use), nil
}

// FileKey gives the key that the addresses of a company's files are signed with.
func (g *Gate) FileKey(ctx context.Context, company kith.CompanyID) (seal.Key, error) {
	g.ring.mu.RLock()
	key := g.ring.files[company]
	g.ring.mu.RUnlock()
	if key != nil {
		return key, nil
	}
	err := g.db.View(ctx, &kith.Actor{System: true, Company: &kith.Company{ID: company}}, func(tx *store.Tx) error {
		root, err := g.ring.root(ctx, tx)
		if err == nil {
			key = root.Derive(nil, useFile)
		}
		return err
	})
	return key, err
}

// dataKey gives the key of a user's personal values; nil if the user was erased. What is nobody's is
// under the company's own.
func (tx *Tx) dataKey(ctx context.Context, user kith.UserID) (seal.Key, error) {
	root, err := tx.rootKey(ctx)
	if err != nil {
		return nil, err
	}
	if user.IsZero() {
		return root.Derive(nil, useData), nil
	}
	salt, known := tx.salts[user]
	if !known {
		if salt, err = tx.Users.Salt(ctx, user); err != nil {
			return nil, fmt.Errorf("salt of user %s: %w", user, err)
		}
	}
	if salt == nil {
		return nil, nil
	}
	return root.Derive(salt, useData), nil
}
