package signin

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"math/big"
	"strings"
	"sync"
	"testing"

	"kith"
	"kith/internal/seal"
)

func TestAccessTokens(t *testing.T) {
	seen := map[string]bool{}
	for _, company := range []kith.CompanyID{1, 61, 62, 1<<62 - 1} {
		for range 100 {
			token, err := newAccessToken(rand.Reader, company)
			if err != nil || len(token) != 64 || strings.Trim(token, alphabet) != "" {
				t.Fatalf("token %q, %v", token, err)
			}
			if got, ok := companyOf(token, accessSize); !ok || got != company {
				t.Errorf("a token of company %d names %d, %v", company, got, ok)
			}
			if handleOf(token) != token[:8] || seen[token] {
				t.Errorf("handle %q of token %q, drawn before: %v", handleOf(token), token, seen[token])
			}
			seen[token] = true
		}
	}
	// Bytes that would make some letters likelier are drawn again.
	drawn := io.MultiReader(bytes.NewReader(bytes.Repeat([]byte{255, 248, 250, 253}, 32)), bytes.NewReader(bytes.Repeat([]byte{247}, 128)))
	if token, err := newAccessToken(drawn, 1); err != nil || token[:randomSize] != strings.Repeat("z", randomSize) {
		t.Errorf("of bytes beyond 247 comes %q, %v", token, err)
	}
	if _, err := newAccessToken(strings.NewReader("short"), 1); err == nil {
		t.Error("a token was drawn from five bytes")
	}
}

// TestCompanyOf: a secret that does not end in a company that can be is none.
func TestCompanyOf(t *testing.T) {
	head := strings.Repeat("A", randomSize)
	for _, tail := range []string{strings.Repeat("0", 11), base62(1<<62, 11), base62(1<<63, 11), base62(1<<64-1, 11), strings.Repeat("z", 11)} {
		if company, ok := companyOf(head+tail, accessSize); ok {
			t.Errorf("%s is taken for company %d", tail, company)
		}
	}
}

func FuzzBase62(f *testing.F) {
	f.Add(uint64(0), "zzzzzzzzzzz")
	f.Add(uint64(1<<64-1), "LygHa16AHYF")
	f.Add(uint64(1<<62-1), "0")
	f.Fuzz(func(t *testing.T, n uint64, s string) {
		if again, ok := unbase62(base62(n, companySize)); !ok || again != n {
			t.Errorf("%d is read back as %d, %v", n, again, ok)
		}
		if n, ok := unbase62(s); ok && len(s) <= companySize && base62(n, len(s)) != s {
			t.Errorf("%q and %q are the same number", s, base62(n, len(s)))
		}
	})
}

// TestBase62Bytes: what was handed out is written as it always was.
func TestBase62Bytes(t *testing.T) {
	for _, size := range []int{sessionSize, macSize} {
		for range 200 {
			b := make([]byte, size*3/4/8*8) // 16 and 32
			if _, err := rand.Read(b); err != nil {
				t.Fatal(err)
			}
			n := new(big.Int).SetBytes(b)
			want := strings.Repeat("0", size)
			for at := size - 1; n.Sign() > 0; at-- {
				digit := new(big.Int)
				n.DivMod(n, big.NewInt(62), digit)
				want = want[:at] + alphabet[digit.Int64():digit.Int64()+1] + want[at+1:]
			}
			if got := base62Bytes(b, size); got != want {
				t.Fatalf("%x is written %s, want %s", b, got, want)
			}
		}
	}
}

// FuzzRefreshToken: no text but a token itself is genuine, whatever it claims.
func FuzzRefreshToken(f *testing.F) {
	key := seal.Key(bytes.Repeat([]byte{7}, seal.KeySize))
	good := refreshToken(key, kith.SessionID{1, 2, 3}, 5, 99)
	for _, seed := range []string{good, good[1:] + "0", strings.ToLower(good), strings.Repeat("z", refreshSize), ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		claim, ok := readRefresh(token)
		if !ok {
			if token == good {
				t.Error("the good token cannot be read")
			}
			return
		}
		if claim.genuine(key, token) != (token == refreshToken(key, claim.session, claim.generation, claim.company)) {
			t.Errorf("%q is taken for genuine", token)
		}
		if claim.genuine(seal.Key(bytes.Repeat([]byte{8}, seal.KeySize)), token) {
			t.Errorf("%q is genuine under another company's key", token)
		}
	})
}

// mangled are the ways in which a secret comes back not quite as it was given (T14).
func mangled(secret string) map[string]string {
	all := map[string]string{
		"nothing": "", "last character dropped": secret[:len(secret)-1], "first character dropped": secret[1:],
		"first half": secret[:len(secret)/2], "a character added": secret + "0", "a zero put before": "0" + secret, "padded": secret + "=",
		"a space added": secret + " ", "a space before": " " + secret, "a newline added": secret + "\n", "a NUL added": secret + "\x00",
		"percent-encoded": "%" + secret[1:], "all upper": strings.ToUpper(secret), "all lower": strings.ToLower(secret),
		"in dots": secret[:20] + "." + secret[21:40] + "." + secret[41:], "twice": secret + secret, "wide": "\uff21" + secret[3:],
		"a megabyte": strings.Repeat("A", 1<<20), "a megabyte of dots": strings.Repeat(".", 1<<20),
	}
	for i := range len(secret) {
		letter := alphabet[(digit(secret[i])+1)%62]
		all["another letter at "+string(rune('0'+i%10))+secret[:i]] = secret[:i] + string(letter) + secret[i+1:]
		if flipped := secret[i] ^ 0x20; digit(flipped) >= 0 {
			all["case flipped at "+secret[:i]] = secret[:i] + string(flipped) + secret[i+1:]
		}
	}
	return all
}

// TestMangledTokens: a token is good as a whole or not at all, and a try with a bad one ends nothing.
func TestMangledTokens(t *testing.T) {
	h := newHouse(t, Config{}, false)
	ada := h.company("acme")
	for how, token := range mangled(ada.Token) {
		if by, err := h.Authenticate(t.Context(), local, token); !errors.Is(err, errToken) {
			t.Errorf("access token, %s: %v, %v", how, by, err)
		}
	}
	for how, token := range mangled(ada.Refresh) {
		if out, err := h.Refresh(t.Context(), local, token, 0); !errors.Is(err, errRefresh) {
			t.Errorf("refresh token, %s: %v, %v", how, out, err)
		}
	}
	h.actor(ada.Token)
	if _, err := h.Refresh(t.Context(), local, ada.Refresh, 0); err != nil {
		t.Errorf("after all that the good one is refused: %v", err)
	}
}

// TestTokensAreNotExchangeable: one kind of secret does not do for another, nor in another company.
func TestTokensAreNotExchangeable(t *testing.T) {
	h := newHouse(t, Config{}, false)
	acme, bolt := h.company("acme"), h.company("bolt")
	tail := bolt.Token[randomSize:]
	for name, token := range map[string]string{"a refresh token": acme.Refresh, "a handle": acme.Session.Handle, "a session's id": acme.Session.ID.String(),
		"another company's ending": acme.Token[:randomSize] + tail} {
		if _, err := h.Authenticate(t.Context(), local, token); !errors.Is(err, errToken) {
			t.Errorf("%s lets in: %v", name, err)
		}
	}
	for name, token := range map[string]string{"an access token": acme.Token,
		"another company's ending": acme.Refresh[:refreshSize-companySize] + tail} {
		if _, err := h.Refresh(t.Context(), local, token, 0); !errors.Is(err, errRefresh) {
			t.Errorf("%s refreshes: %v", name, err)
		}
	}
}

// TestRefreshAtOnce: fifty requests with one refresh token, at once, get one and the same successor, and
// the session has one live refresh token (T44).
func TestRefreshAtOnce(t *testing.T) {
	h := newHouse(t, Config{}, false)
	ada := h.company("acme")
	var mu sync.Mutex
	got := map[string]int{}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			out, err := h.Refresh(t.Context(), local, ada.Refresh, 0)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				got[err.Error()]++
				return
			}
			got[out.Refresh]++
		})
	}
	all.Wait()
	if len(got) != 1 || got[ada.Refresh] != 0 {
		t.Errorf("fifty refreshes got %v", got)
	}
	if s := h.session(ada); s.Refresh.Generation != 2 {
		t.Errorf("the session is in generation %d, want 2", s.Refresh.Generation)
	}
}
