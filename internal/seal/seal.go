// Package seal keeps secrets unreadable at rest: the master key wraps the keys that lie in the
// database, and those seal personal values in events and in the outbox.
//
// It knows no store and no rule; it never draws a key's purpose from data that it opens. Everything is
// AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce in front, bound by associated data to the
// place where it lies, so that a ciphertext moved to another row does not open.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// KeySize is the length of every key, in bytes.
const KeySize = 32

// ErrOpen means that a ciphertext was not made by this key for this place, or was changed.
var ErrOpen = errors.New("seal: this does not open: wrong key, wrong place, or changed")

// Key is a secret of KeySize bytes.
type Key []byte

// NewKey draws a key.
func NewKey() Key {
	k := make(Key, KeySize)
	_, _ = rand.Read(k) // never fails: crypto/rand ends the process instead
	return k
}

// Derive makes the key for one use out of k: HKDF-SHA-256 (RFC 5869) with the use as info.
func (k Key) Derive(salt []byte, use string) Key {
	derived, err := hkdf.Key(sha256.New, k, salt, use, KeySize)
	if err != nil {
		panic("seal: " + err.Error()) // only for lengths that KeySize is not
	}
	return derived
}

// Seal encrypts plain for the place that the associated data names.
func (k Key) Seal(plain []byte, place string) []byte {
	aead := k.aead()
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	_, _ = rand.Read(nonce)
	return aead.Seal(nonce, nonce, plain, []byte(place))
}

// Open decrypts what Seal made for the same place. It fails with ErrOpen.
func (k Key) Open(sealed []byte, place string) ([]byte, error) {
	aead := k.aead()
	if len(sealed) < aead.NonceSize() {
		return nil, ErrOpen
	}
	plain, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(place))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

func (k Key) aead() cipher.AEAD {
	block, err := aes.NewCipher(k)
	if err != nil {
		panic("seal: a key of the wrong length: " + err.Error())
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("seal: " + err.Error())
	}
	return aead
}

// ParseKey reads a key as people keep it: 32 bytes in standard base64, spaces around it ignored.
func ParseKey(text string) (Key, error) {
	k, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(k) != KeySize {
		return nil, errors.New("a master key is 32 random bytes in base64 (44 characters); make one with: openssl rand -base64 32")
	}
	return k, nil
}

// LoadKey reads the master key from a file, and makes the file with a new key, readable by its owner
// only, if there is none. It refuses a file that others may read.
func LoadKey(path string) (Key, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return createKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("master key: %s may be read by others; run: chmod 600 %s", path, path)
	}
	k, err := ParseKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// createKey writes a new key beside path and links it into place, so that a crash leaves either no key
// or a whole one, and of two processes starting at once both end up with the same.
func createKey(path string) (Key, error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".master-*")
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // linked into place by then, or of no use
	_, err = tmp.WriteString(base64.StdEncoding.EncodeToString(NewKey()) + "\n")
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("master key: %w", err)
	}
	if dir, err := os.Open(filepath.Dir(path)); err == nil {
		_ = dir.Sync() // the name must survive a power cut; a file system that cannot say so loses nothing else
		_ = dir.Close()
	}
	return LoadKey(path)
}
