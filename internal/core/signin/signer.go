package signin

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"kith"
	"kith/internal/core/gate"
)

// signer holds the installation's signing keys: the newest signs, and those before it verify until they
// end. Whoever makes a new one may be another node, so they are read anew now and then: by the worker, and
// at most once a second when a token comes whose key is not known.
type signer struct {
	gate   *gate.Gate
	issuer string
	clock  kith.Clock
	keys   atomic.Pointer[keyring]

	verified verified // tokens

	mu     sync.Mutex
	readAt time.Time
}

// keyring is the signing keys at some moment. It is never changed.
type keyring struct {
	all      []*signingKey // the one that signs first
	byHeader map[string]*signingKey
}

// signingKey is one of the installation's signing keys.
type signingKey struct {
	kid               string // its thumbprint (RFC 7638), so that no two keys of any installation share one
	header            string // of the tokens that it signs, encoded
	key               *ecdsa.PrivateKey
	createdAt, endsAt time.Time // endsAt: what it signed is good before that; zero: it signs still
}

func (k *signingKey) ended(now time.Time) bool {
	return !k.endsAt.IsZero() && !now.Before(k.endsAt)
}

// readPause is how soon after one reading an unknown key is looked for again.
const readPause = time.Second

// newSigner reads the keys, and makes the first if there is none.
func newSigner(ctx context.Context, g *gate.Gate, issuer string, clock kith.Clock) (*signer, error) {
	s := &signer{gate: g, issuer: issuer, clock: clock}
	keys, err := g.SigningKeys(ctx)
	if err == nil && len(keys) == 0 {
		var fresh []byte
		if fresh, err = newSigningKey(); err == nil {
			err = g.FirstSigningKey(ctx, fresh)
		}
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s, s.read(ctx)
}

// newSigningKey makes a key for ES256 (RFC 7518 §3.4).
func newSigningKey() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKCS8PrivateKey(key)
}

// read takes over the keys that are stored. s.mu must be held.
func (s *signer) read(ctx context.Context) error {
	now := s.clock()
	stored, err := s.gate.SigningKeys(ctx)
	if err != nil {
		return err
	}
	ring := &keyring{byHeader: make(map[string]*signingKey, len(stored))}
	for _, one := range stored {
		k, err := parseSigningKey(one)
		if err != nil {
			return err
		}
		ring.all = append(ring.all, k)
		ring.byHeader[k.header] = k
	}
	if len(ring.all) == 0 {
		return fmt.Errorf("the installation has no signing key")
	}
	s.keys.Store(ring)
	s.readAt = now
	return nil
}

func parseSigningKey(stored gate.SigningKey) (*signingKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(stored.Key)
	if err != nil {
		return nil, fmt.Errorf("signing key %d: %w", stored.ID, err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("signing key %d is not on P-256", stored.ID)
	}
	k := &signingKey{key: key, createdAt: stored.CreatedAt, endsAt: stored.EndsAt}
	if k.kid, err = thumbprint(&key.PublicKey); err != nil {
		return nil, fmt.Errorf("signing key %d: %w", stored.ID, err)
	}
	empty, err := k.token(jwt.MapClaims{}).SigningString()
	if err != nil {
		return nil, err
	}
	k.header, _, _ = strings.Cut(empty, ".")
	return k, nil
}

// token begins a token that the key signs.
func (k *signingKey) token(c jwt.Claims) *jwt.Token {
	t := jwt.NewWithClaims(jwt.SigningMethodES256, c)
	t.Header["kid"] = k.kid
	return t
}

// thumbprint names a key by what it is: RFC 7638 §3.
func thumbprint(key *ecdsa.PublicKey) (string, error) {
	x, y, err := coordinates(key)
	sum := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + x + `","y":"` + y + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:]), err
}

// coordinates writes a P-256 key's point as RFC 7518 §6.2.1 wants it.
func coordinates(key *ecdsa.PublicKey) (x, y string, err error) {
	const size = 32
	point, err := key.Bytes() // 4, x, y: SEC 1 §2.3.3
	if err != nil {
		return "", "", err
	}
	return base64.RawURLEncoding.EncodeToString(point[1 : 1+size]), base64.RawURLEncoding.EncodeToString(point[1+size:]), nil
}

// sign writes claims as a token, by the newest key.
func (s *signer) sign(c jwt.Claims) (string, error) {
	k := s.keys.Load().all[0]
	return k.token(c).SignedString(k.key)
}

// find gives the key whose tokens have the header; nil if there is none, or none any more. The header is
// compared as text with the one that we write ourselves: nothing in it is read, so that it chooses neither
// algorithm nor key (RFC 8725 §3.1).
func (s *signer) find(ctx context.Context, header string, now time.Time) (*signingKey, error) {
	k := s.keys.Load().byHeader[header]
	if k == nil {
		if err := s.readAgain(ctx, now); err != nil {
			return nil, err
		}
		k = s.keys.Load().byHeader[header]
	}
	if k != nil && k.ended(now) {
		k = nil
	}
	return k, nil
}

// readAgain reads the keys unless that was done a moment ago. Those who wait for another's reading share it.
func (s *signer) readAgain(ctx context.Context, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if since := now.Sub(s.readAt); since >= 0 && since < readPause {
		return nil
	}
	return s.read(ctx)
}

// PublicKey is a key that our tokens are verified by.
type PublicKey struct {
	ID        string // the tokens' kid
	X, Y      string // the point on P-256, in base64url (RFC 7518 §6.2.1)
	Signs     bool   // new tokens are signed by it
	CreatedAt time.Time
	EndsAt    time.Time // what it signed is good before that; zero: it signs still
}

// PublicKeys gives the keys that verify now, the one that signs first. It asks the store at most once a
// second; where that fails it tells what it knew.
func (s *Signin) PublicKeys(ctx context.Context) ([]PublicKey, error) {
	now := s.clock()
	failed := s.signer.readAgain(ctx, now)
	var list []PublicKey
	for i, k := range s.signer.keys.Load().all {
		if k.ended(now) {
			continue
		}
		x, y, err := coordinates(&k.key.PublicKey)
		if err != nil {
			return nil, err
		}
		list = append(list, PublicKey{ID: k.kid, X: x, Y: y, Signs: i == 0, CreatedAt: k.createdAt, EndsAt: k.endsAt})
	}
	if len(list) > 0 {
		failed = nil
	}
	return list, failed
}

// ReadKeys takes over the signing keys that other nodes have made. The worker calls it every few seconds.
func (s *Signin) ReadKeys(ctx context.Context) error {
	s.signer.mu.Lock()
	defer s.signer.mu.Unlock()
	return s.signer.read(ctx)
}

// Signs names the key that signs here.
func (s *Signin) Signs() string { return s.signer.keys.Load().all[0].kid }

// KeepSigned is how long what a replaced key signed stays good, unless somebody says otherwise: a day more
// than any session that a token may name has left.
const KeepSigned = kith.MaxSessionDuration + 24*time.Hour

// RotateKeys makes a new signing key. What those before it signed stays good for keep; zero ends them at once,
// which is for a key that was stolen. Only the operator gets here.
func (s *Signin) RotateKeys(ctx context.Context, keep time.Duration) error {
	if keep < 0 {
		return kith.BadField("keep", kith.CodeOutOfRange, "Give a time of zero or more, such as 768h.")
	}
	fresh, err := newSigningKey()
	if err == nil {
		err = s.gate.AddSigningKey(ctx, fresh, keep)
	}
	if err == nil {
		err = s.ReadKeys(ctx)
	}
	return err
}

// SweepKeys removes the signing keys that have ended, and tells how many.
func (s *Signin) SweepKeys(ctx context.Context) (int, error) {
	over := 0
	for _, k := range s.signer.keys.Load().all {
		if k.ended(s.clock()) {
			over++
		}
	}
	if over == 0 {
		return 0, nil
	}
	if _, err := s.gate.DropSigningKeys(ctx); err != nil {
		return 0, err
	}
	return over, s.ReadKeys(ctx)
}
