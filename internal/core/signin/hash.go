package signin

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1" // in PBKDF2, for users who come with it; never for our own hashes
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"
	"golang.org/x/text/unicode/norm"
)

// HashCost is what one argon2id hash costs (RFC 9106 §3.1).
type HashCost struct {
	Memory  uint32 // KiB
	Passes  uint32
	Threads uint8
}

// DefaultHashCost is OWASP's first choice: 19 MiB, two passes, one thread; some 25 ms of one core.
var DefaultHashCost = HashCost{Memory: 19456, Passes: 2, Threads: 1}

// Sizes of what Hash writes, in bytes.
const (
	saltSize = 16
	keySize  = 32
)

// Hasher turns passwords into hashes (argon2id in PHC form) and checks passwords against them, and
// against those that users bring from elsewhere:
//
//	$argon2id$v=19$m=,t=,p=$salt$key, and argon2i   standard base64 without padding
//	$2a$ $2b$ $2y$                                  bcrypt
//	$scrypt$ln=,r=,p=$salt$key                      standard base64 without padding
//	$pbkdf2$ -sha256$ -sha512$rounds$salt$key       the same with . for +
//	$firebase-scrypt$ln=,r=$salt$separator$signer$key
//
// The last is ours: Firebase's memory cost, rounds, user salt, salt separator, signer key and user
// hash, in standard base64 without padding.
//
// Passwords are compared in NFC (NIST SP 800-63B §3.1.1.2) and whole. A Hasher is safe for many
// goroutines. Its methods take tens of milliseconds of CPU: call them through a Pool.
type Hasher struct {
	cost   HashCost
	random io.Reader
	decoy  string // a hash of our own cost that no password has
}

// NewHasher makes a Hasher that hashes at the given cost, with salts from random.
func NewHasher(cost HashCost, random io.Reader) *Hasher {
	h := &Hasher{cost: cost, random: random}
	h.decoy = h.encode(h.draw(saltSize), h.draw(keySize))
	return h
}

// Hash gives the hash of a password that CheckPassword has taken.
func (h *Hasher) Hash(password string) string {
	salt := h.draw(saltSize)
	normal := norm.NFC.String(password)
	return h.encode(salt, argon2.IDKey([]byte(normal), salt, h.cost.Passes, h.cost.Memory, h.cost.Threads, keySize))
}

// Verify reports whether the password is the hash's, and if so, whether it should be hashed anew
// because the hash was made elsewhere or at another cost. A hash that is not understood, or that
// would cost more than any honest one, matches nothing and takes the time of one of our own.
func (h *Hasher) Verify(encoded, password string) (ok, rehash bool) {
	stored, known := parseHash(encoded)
	normal := norm.NFC.String(password)
	if !known || !hashable(normal) {
		h.Unknown(password)
		return false, false
	}
	ok = stored.matches(normal)
	if ours := strings.HasPrefix(encoded, h.prefix()); ours {
		return ok, false
	}
	// Other systems hash what they are sent, so an imported hash may be of the bytes as typed.
	if !ok && normal != password && hashable(password) {
		ok = stored.matches(password)
	}
	return ok, ok
}

// Unknown takes the time of a Verify that fails, for users who do not exist.
func (h *Hasher) Unknown(password string) {
	stored, _ := parseHash(h.decoy)
	normal := norm.NFC.String(password)
	if !hashable(normal) {
		normal = ""
	}
	stored.matches(normal)
}

// hashable reports whether hashing keeps passwords apart: NUL does not, since HMAC and bcrypt pad
// with it, and so "a" and "a\x00" would be one.
func hashable(password string) bool {
	return len(password) <= maxPasswordBytes && utf8.ValidString(password) && !strings.Contains(password, "\x00")
}

func (h *Hasher) draw(size int) []byte {
	b := make([]byte, size)
	if _, err := io.ReadFull(h.random, b); err != nil {
		panic("signin: the source of randomness failed: " + err.Error())
	}
	return b
}

func (h *Hasher) prefix() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, h.cost.Memory, h.cost.Passes, h.cost.Threads)
}

func (h *Hasher) encode(salt, key []byte) string {
	return h.prefix() + base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(key)
}

// scheme is a way to hash passwords that we can check.
type scheme struct {
	shape   *regexp.Regexp // numbers first, then base64 parts, the hash itself the last
	numbers int
	within  func(n []int) bool // are the numbers those of an honest hash?
	derive  func(password string, n []int, parts [][]byte) []byte
}

// The most that a stored hash may make us spend: a hostile one could otherwise name 4 TiB.
const (
	mostMemory = 128 << 10 // KiB; twice RFC 9106's second choice, OWASP's scrypt
	mostWork   = 512 << 10 // KiB, all passes; about a second
	mostRounds = 2_000_000 // of PBKDF2
)

const b64 = `([A-Za-z0-9+/.]{2,256})`

var schemes = []scheme{
	{regexp.MustCompile(`^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,4}),p=(\d{1,3})\$` + b64 + `\$` + b64 + `$`), 3, honestArgon2,
		func(password string, n []int, parts [][]byte) []byte {
			return argon2.IDKey([]byte(password), parts[0], uint32(n[1]), uint32(n[0]), uint8(n[2]), uint32(len(parts[1])))
		}},
	{regexp.MustCompile(`^\$argon2i\$v=19\$m=(\d{1,7}),t=(\d{1,4}),p=(\d{1,3})\$` + b64 + `\$` + b64 + `$`), 3, honestArgon2,
		func(password string, n []int, parts [][]byte) []byte {
			return argon2.Key([]byte(password), parts[0], uint32(n[1]), uint32(n[0]), uint8(n[2]), uint32(len(parts[1])))
		}},
	{regexp.MustCompile(`^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$` + b64 + `\$` + b64 + `$`), 3, honestScrypt,
		func(password string, n []int, parts [][]byte) []byte {
			return scryptKey(password, parts[0], n, len(parts[1]))
		}},
	{regexp.MustCompile(`^\$pbkdf2\$(\d{1,8})\$` + b64 + `\$` + b64 + `$`), 1, honestPBKDF2, pbkdf2With(sha1.New)},
	{regexp.MustCompile(`^\$pbkdf2-sha256\$(\d{1,8})\$` + b64 + `\$` + b64 + `$`), 1, honestPBKDF2, pbkdf2With(sha256.New)},
	{regexp.MustCompile(`^\$pbkdf2-sha512\$(\d{1,8})\$` + b64 + `\$` + b64 + `$`), 1, honestPBKDF2, pbkdf2With(sha512.New)},
	{regexp.MustCompile(`^\$firebase-scrypt\$ln=(\d{1,2}),r=(\d{1,3})\$` + b64 + `\$` + b64 + `\$` + b64 + `\$` + b64 + `$`), 2,
		func(n []int) bool { return honestScrypt([]int{n[0], n[1], 1}) }, firebase},
}

func honestArgon2(n []int) bool {
	memory, passes, threads := n[0], n[1], n[2]
	return threads >= 1 && threads <= 16 && memory >= 8*threads && memory <= mostMemory &&
		passes >= 1 && memory*passes <= mostWork
}

func honestScrypt(n []int) bool {
	ln, r, p := n[0], n[1], n[2]
	if ln < 1 || ln > 20 || r < 1 || p < 1 {
		return false
	}
	memory := r << ln / 8 // KiB: 128 r bytes each
	return memory <= mostMemory && memory*p <= mostWork
}

func honestPBKDF2(n []int) bool { return n[0] >= 1 && n[0] <= mostRounds }

// scryptKey derives with parameters that honestScrypt has taken; scrypt itself refuses none of
// those, and a nil key would match nothing.
func scryptKey(password string, salt []byte, n []int, size int) []byte {
	key, err := scrypt.Key([]byte(password), salt, 1<<n[0], n[1], n[2], size)
	if err != nil {
		return nil
	}
	return key
}

func pbkdf2With[H hash.Hash](h func() H) func(string, []int, [][]byte) []byte {
	return func(password string, n []int, parts [][]byte) []byte {
		key, err := pbkdf2.Key(h, password, parts[0], n[0], len(parts[1]))
		if err != nil {
			return nil
		}
		return key
	}
}

// firebase encrypts the project's signer key under a key that scrypt derives from the password
// (AES-256 in counter mode, counter zero); the ciphertext is the hash.
func firebase(password string, n []int, parts [][]byte) []byte {
	salt, separator, signer := parts[0], parts[1], parts[2]
	salted := append(salt[:len(salt):len(salt)], separator...)
	block, err := aes.NewCipher(scryptKey(password, salted, []int{n[0], n[1], 1}, 32))
	if err != nil {
		return nil
	}
	sealed := make([]byte, len(signer))
	cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(sealed, signer)
	return sealed
}

// storedHash is a hash read and found honest.
type storedHash struct {
	scheme  *scheme // nil for bcrypt
	numbers []int
	parts   [][]byte
	bcrypt  string
}

// shortestKey keeps out hashes so short that many passwords have them.
const shortestKey = 16

var bcryptShape = regexp.MustCompile(`^\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}$`)

// parseHash reads a hash in exactly one of the written forms.
func parseHash(encoded string) (storedHash, bool) {
	if bcryptShape.MatchString(encoded) {
		return storedHash{bcrypt: encoded}, true
	}
	for i := range schemes {
		s := &schemes[i]
		found := s.shape.FindStringSubmatch(encoded)
		if found == nil {
			continue
		}
		h := storedHash{scheme: s}
		for _, digits := range found[1 : 1+s.numbers] {
			n, _ := strconv.Atoi(digits) // the shape admits digits only, and few
			h.numbers = append(h.numbers, n)
		}
		for _, text := range found[1+s.numbers:] {
			part, err := base64.RawStdEncoding.DecodeString(strings.ReplaceAll(text, ".", "+"))
			if err != nil {
				return storedHash{}, false
			}
			h.parts = append(h.parts, part)
		}
		return h, s.within(h.numbers) && len(h.parts[len(h.parts)-1]) >= shortestKey
	}
	return storedHash{}, false
}

// longestBcrypt is how much of a password bcrypt looks at.
const longestBcrypt = 72

// matches reports whether the hash is the password's, in a time that does not tell how nearly.
func (h storedHash) matches(password string) bool {
	if h.scheme == nil {
		// The work is done for a longer one too, so that its refusal looks like any other.
		whole := len(password) <= longestBcrypt
		if !whole {
			password = password[:longestBcrypt]
		}
		return bcrypt.CompareHashAndPassword([]byte(h.bcrypt), []byte(password)) == nil && whole
	}
	want := h.parts[len(h.parts)-1]
	return subtle.ConstantTimeCompare(want, h.scheme.derive(password, h.numbers, h.parts)) == 1
}
