package seal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestOpenOnlyInItsPlace(t *testing.T) {
	k := NewKey()
	sealed := k.Seal([]byte("ada@x.org"), "events/1")
	if got, err := k.Open(sealed, "events/1"); err != nil || string(got) != "ada@x.org" {
		t.Fatalf("Open in place = %q, %v", got, err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"another place": func() ([]byte, error) { return k.Open(sealed, "events/2") },
		"another key":   func() ([]byte, error) { return NewKey().Open(sealed, "events/1") },
		"a changed bit": func() ([]byte, error) {
			c := bytes.Clone(sealed)
			c[len(c)-1] ^= 1
			return k.Open(c, "events/1")
		},
		"cut short": func() ([]byte, error) { return k.Open(sealed[:5], "events/1") },
	} {
		if got, err := open(); !errors.Is(err, ErrOpen) {
			t.Errorf("%s: Open = %q, %v, want ErrOpen", name, got, err)
		}
	}
}

func TestDeriveDiffersBySaltAndUse(t *testing.T) {
	k := NewKey()
	a := k.Derive([]byte("s"), "data")
	if bytes.Equal(a, k.Derive([]byte("t"), "data")) || bytes.Equal(a, k.Derive([]byte("s"), "refresh")) {
		t.Fatal("two derived keys are the same")
	}
	if !bytes.Equal(a, k.Derive([]byte("s"), "data")) {
		t.Fatal("deriving twice gives two keys")
	}
}

func TestLoadKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	keys := make([]Key, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			k, err := LoadKey(path)
			if err != nil {
				t.Error(err)
			}
			keys[i] = k
		})
	}
	wg.Wait()
	for _, k := range keys {
		if !bytes.Equal(k, keys[0]) {
			t.Fatal("two starts at once made two keys")
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode = %v, %v, want 0600", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKey(path); err == nil {
		t.Fatal("a key that others may read was taken")
	}
	if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKey(path); err == nil {
		t.Fatal("half a key was taken")
	}
}
