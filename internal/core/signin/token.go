package signin

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"io"
	"math/big"
	"math/bits"

	"kith"
	"kith/internal/seal"
)

// Every long secret is base62 and ends in its company, so that looking it up starts with the company:
//
//	access token   8 handle (public) + 45 random + 11 company = 64 characters; stored as SHA-256
//	refresh token  22 session + 6 generation + 43 MAC + 11 company = 82 characters; not stored
const (
	handleSize  = 8
	randomSize  = 53 // handle included: 315 bits
	companySize = 11
	accessSize  = randomSize + companySize

	sessionSize    = 22
	generationSize = 6
	macSize        = 43
	refreshSize    = sessionSize + generationSize + macSize + companySize
)

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// newAccessToken draws a token for a session of the company.
func newAccessToken(random io.Reader, company kith.CompanyID) (string, error) {
	token := make([]byte, 0, accessSize)
	var raw [128]byte
	for len(token) < randomSize {
		if _, err := io.ReadFull(random, raw[:]); err != nil {
			return "", err
		}
		for _, b := range raw {
			// 248 is the largest multiple of 62 in a byte: what lies beyond would make some letters likelier.
			if b < 248 && len(token) < randomSize {
				token = append(token, alphabet[b%62])
			}
		}
	}
	return string(token) + base62(uint64(company), companySize), nil
}

// handleOf is the public part of an access token.
func handleOf(token string) string { return token[:handleSize] }

// hashOf is what is stored of an access token. A plain hash is enough for 315 random bits.
func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// companyOf reads the company that a secret of the given size ends in.
func companyOf(token string, size int) (kith.CompanyID, bool) {
	if len(token) != size {
		return 0, false
	}
	for i := range len(token) {
		if digit(token[i]) < 0 {
			return 0, false
		}
	}
	n, ok := unbase62(token[size-companySize:])
	return kith.CompanyID(n), ok && n > 0 && n < 1<<62
}

// refreshToken derives the refresh token of one generation of a session. Deriving instead of drawing
// lets a repeated refresh get the same successor although no token is stored.
func refreshToken(key seal.Key, session kith.SessionID, generation uint32, company kith.CompanyID) string {
	mac := hmac.New(sha256.New, key)
	mac.Write(session[:])
	mac.Write(binary.BigEndian.AppendUint32(nil, generation))
	return base62Bytes(session[:], sessionSize) + base62(uint64(generation), generationSize) +
		base62Bytes(mac.Sum(nil), macSize) + base62(uint64(company), companySize)
}

// refreshClaim is what a refresh token says before its MAC is checked.
type refreshClaim struct {
	session    kith.SessionID
	generation uint32
	company    kith.CompanyID
}

// readRefresh takes a refresh token apart. Nothing in it may be believed before genuine has said yes.
func readRefresh(token string) (refreshClaim, bool) {
	company, ok := companyOf(token, refreshSize)
	if !ok {
		return refreshClaim{}, false
	}
	n := new(big.Int)
	for i := range sessionSize {
		n.Mul(n, big.NewInt(62)).Add(n, big.NewInt(int64(digit(token[i]))))
	}
	generation, fits := unbase62(token[sessionSize : sessionSize+generationSize])
	if !fits || n.BitLen() > 128 || generation > 1<<32-1 {
		return refreshClaim{}, false
	}
	c := refreshClaim{generation: uint32(generation), company: company}
	n.FillBytes(c.session[:])
	return c, true
}

// genuine reports whether the token is the very one that the key makes for what it claims.
func (c refreshClaim) genuine(key seal.Key, token string) bool {
	want := refreshToken(key, c.session, c.generation, c.company)
	return subtle.ConstantTimeCompare([]byte(want), []byte(token)) == 1
}

// base62 writes n in exactly size characters.
func base62(n uint64, size int) string {
	out := make([]byte, size)
	for i := size - 1; i >= 0; i-- {
		out[i] = alphabet[n%62]
		n /= 62
	}
	return string(out)
}

// base62Bytes writes a big-endian number of whole 64-bit words in exactly size characters.
func base62Bytes(b []byte, size int) string {
	const digits, power = 10, 62 * 62 * 62 * 62 * 62 * 62 * 62 * 62 * 62 * 62 // as many as fit into a word
	words := make([]uint64, 0, 4)
	for ; len(b) > 0; b = b[8:] {
		words = append(words, binary.BigEndian.Uint64(b))
	}
	out := make([]byte, size)
	for end := size; end > 0; end -= digits {
		var rest uint64
		for i, word := range words {
			words[i], rest = bits.Div64(rest, word, power)
		}
		n := min(digits, end)
		copy(out[end-n:], base62(rest, n))
	}
	return string(out)
}

// unbase62 reads what base62 wrote; false if it does not fit into 64 bits.
func unbase62(s string) (uint64, bool) {
	var n uint64
	for i := range len(s) {
		d := digit(s[i])
		if d < 0 || n > (1<<64-1-uint64(d))/62 {
			return 0, false
		}
		n = n*62 + uint64(d)
	}
	return n, true
}

func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 36
	default:
		return -1
	}
}
