package kith

import (
	"encoding/hex"
	"errors"
	"io"
	"time"
)

// CompanyID is the key of a company inside the database: random, 62 bits, never zero. People see
// the company's slug; the number shows only inside secrets, as their last 11 characters.
type CompanyID int64

// Installation is the company of what belongs to no company: the keys that sign tokens, say.
const Installation CompanyID = 0

// ID is a UUID (RFC 9562) of one noun. The noun makes the types differ, so that a user's id cannot
// be passed for a session's. The zero ID means "none".
type ID[Noun any] [16]byte

// The nouns that carry a UUID. They are version 7, except a user's, which an admin may choose.
type (
	UserID    = ID[User]
	GroupID   = ID[Group]
	SessionID = ID[Session]
	EventID   = ID[Event]
	MessageID = ID[Message]
	FileID    = ID[File]
)

// Serial is the number of a sub-resource, unique per company and noun and below 2^53, because
// clients read it as a JSON number: milliseconds since 2026 × 2048 + 11 random bits.
type Serial int64

// epoch is where Serial counts from.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// NewID makes a version 7 UUID for now: 48 bits of Unix milliseconds, then random bits
// (RFC 9562 §5.7). It panics if random fails, which crypto/rand never does.
func NewID[Noun any](now time.Time, random io.Reader) ID[Noun] {
	var id ID[Noun]
	mustRead(random, id[6:])
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

// NewSerial makes a number for a sub-resource created now. Draw again if the company has it already.
func NewSerial(now time.Time, random io.Reader) Serial {
	var low [2]byte
	mustRead(random, low[:])
	return Serial((now.UnixMilli()-epoch)<<11 | int64(low[0]&7)<<8 | int64(low[1]))
}

// Created is when a number was drawn, to the millisecond.
func (s Serial) Created() time.Time { return time.UnixMilli(int64(s)>>11 + epoch).UTC() }

// NewCompanyID draws a key for a new company.
func NewCompanyID(random io.Reader) CompanyID {
	for {
		var raw [8]byte
		mustRead(random, raw[:])
		id := CompanyID(raw[0] & 0x3f)
		for _, b := range raw[1:] {
			id = id<<8 | CompanyID(b)
		}
		if id != Installation {
			return id
		}
	}
}

func mustRead(random io.Reader, into []byte) {
	if _, err := io.ReadFull(random, into); err != nil {
		panic("kith: the source of randomness failed: " + err.Error())
	}
}

// String writes the canonical 36 characters, lower case (RFC 9562 §4).
func (id ID[Noun]) String() string {
	var s [36]byte
	at := 0
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			s[at] = '-'
			at++
		}
		hex.Encode(s[at:], []byte{b})
		at += 2
	}
	return string(s[:])
}

// IsZero reports whether the id names nothing.
func (id ID[Noun]) IsZero() bool { return id == ID[Noun]{} }

// Created is the time inside a version 7 id.
func (id ID[Noun]) Created() time.Time {
	var ms int64
	for _, b := range id[:6] {
		ms = ms<<8 | int64(b)
	}
	return time.UnixMilli(ms).UTC()
}

// FirstID is the least that a version 7 id made at a time, or later, can be; zero for a time before 1970, and
// LastID for one that no such id can tell.
func FirstID[Noun any](at time.Time) ID[Noun] {
	ms := uint64(max(0, at.UnixMilli()))
	if ms >= 1<<48 {
		return LastID[Noun]()
	}
	var id ID[Noun]
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	return id
}

// Next is the id after this one, in the order of their bytes.
func (id ID[Noun]) Next() ID[Noun] {
	for i := len(id) - 1; i >= 0; i-- {
		if id[i]++; id[i] != 0 {
			return id
		}
	}
	return id
}

// LastID is the greatest id there can be.
func LastID[Noun any]() ID[Noun] {
	var id ID[Noun]
	for i := range id {
		id[i] = 0xff
	}
	return id
}

var errID = errors.New("an id is 36 characters: 32 hexadecimal digits in groups of 8-4-4-4-12")

// ParseID reads the canonical form, in either case, and nothing else.
func ParseID[Noun any](s string) (ID[Noun], error) {
	var id ID[Noun]
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, errID
	}
	digits := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return ID[Noun]{}, errID
	}
	return id, nil
}

// Clock tells the time. There is one in a running kith; tests move theirs.
type Clock func() time.Time

// SystemClock is the machine's own, in UTC and whole milliseconds like every time that kith keeps.
func SystemClock() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
