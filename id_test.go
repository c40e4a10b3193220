package kith_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"kith"
)

var ninth = time.Date(2026, 3, 9, 12, 0, 0, 1_000_000, time.UTC)

// zeros and ones are the ends of what can be drawn.
type (
	zeros struct{}
	ones  struct{}
	empty struct{}
)

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
func (ones) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 0xff
	}
	return len(p), nil
}
func (empty) Read([]byte) (int, error) { return 0, errors.New("no entropy") }

// FuzzParseID: what ParseID takes is an id's one spelling, in either case, and nothing else.
func FuzzParseID(f *testing.F) {
	for _, seed := range []string{"", "00000000-0000-0000-0000-000000000000", "0189F7E0-1D3C-7a2B-8c4d-0123456789ab",
		"0189f7e01d3c7a2b8c4d0123456789ab", "{0189f7e0-1d3c-7a2b-8c4d-0123456789ab}", "0189f7e0-1d3c-7a2b-8c4d-0123456789a\u0660",
		"0189f7e-01d3c-7a2b-8c4d-0123456789ab", "urn:uuid:0189f7e0-1d3c-7a2b-8c4d-0123456789ab"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := kith.ParseID[kith.User](s)
		if err != nil {
			if !id.IsZero() {
				t.Errorf("%q is refused and gives %s", s, id)
			}
			return
		}
		if id.String() != strings.ToLower(s) {
			t.Errorf("%q is read as %s", s, id)
		}
	})
}

// FuzzID: every id survives being written and read.
func FuzzID(f *testing.F) {
	f.Add(make([]byte, 16))
	f.Add(bytes.Repeat([]byte{0xff}, 16))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var id kith.UserID
		copy(id[:], raw)
		again, err := kith.ParseID[kith.User](id.String())
		if err != nil || again != id {
			t.Errorf("%x is written %s and read %x, %v", id[:], id, again[:], err)
		}
	})
}

func TestNewID(t *testing.T) {
	for name, random := range map[string]interface{ Read([]byte) (int, error) }{"zeros": zeros{}, "ones": ones{}, "random": rand.Reader} {
		id := kith.NewID[kith.User](ninth, random)
		if id[6]>>4 != 7 || id[8]>>6 != 0b10 {
			t.Errorf("%s: %s is not of version 7 and variant 10", name, id)
		}
		if !id.Created().Equal(ninth) {
			t.Errorf("%s: %s was made at %s, not at %s", name, id, id.Created(), ninth)
		}
	}
	earlier, later := kith.NewID[kith.User](ninth, ones{}), kith.NewID[kith.User](ninth.Add(time.Millisecond), zeros{})
	if earlier.String() >= later.String() {
		t.Errorf("%s sorts after %s", earlier, later)
	}
	defer func() {
		if recover() == nil {
			t.Error("an id was made without randomness")
		}
	}()
	kith.NewID[kith.User](ninth, empty{})
}

// TestNewSerial: clients read these numbers as JSON numbers, so they stay below 2^53 for as long as
// anyone reads them.
func TestNewSerial(t *testing.T) {
	for _, tt := range []struct {
		at   time.Time
		want int64 // with everything drawn 0
	}{
		{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 0},
		{time.Date(2026, 1, 1, 0, 0, 0, 1_000_000, time.UTC), 2048},
		{ninth, ninth.Sub(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).Milliseconds() * 2048},
	} {
		if got := kith.NewSerial(tt.at, zeros{}); int64(got) != tt.want {
			t.Errorf("at %s: %d, want %d", tt.at, got, tt.want)
		}
		if got := kith.NewSerial(tt.at, ones{}).Created(); !got.Equal(tt.at) {
			t.Errorf("the number of %v tells %v", tt.at, got)
		}
		if got := kith.NewSerial(tt.at, ones{}); int64(got) != tt.want+2047 {
			t.Errorf("at %s the last number is %d, want %d", tt.at, got, tt.want+2047)
		}
	}
	century := time.Date(2126, 1, 1, 0, 0, 0, 0, time.UTC)
	if got := kith.NewSerial(century, ones{}); got <= 0 || got >= 1<<53 {
		t.Errorf("in a hundred years a number is %d", got)
	}
}

// sequence reads one value after the other.
type sequence [][]byte

func (s *sequence) Read(p []byte) (int, error) {
	n := copy(p, (*s)[0])
	*s = (*s)[1:]
	return n, nil
}

func TestNewCompanyID(t *testing.T) {
	if got := kith.NewCompanyID(ones{}); got != 1<<62-1 {
		t.Errorf("the largest company is %d, want 62 bits", got)
	}
	drawn := &sequence{make([]byte, 8), {0xc0, 0, 0, 0, 0, 0, 0, 0}, {0x80, 0, 0, 0, 0, 0, 0, 9}}
	if got := kith.NewCompanyID(drawn); got != 9 {
		t.Errorf("drawing the installation's own number twice gives %d, want the next drawn, 9", got)
	}
	for range 1000 {
		if got := kith.NewCompanyID(rand.Reader); got <= kith.Installation || got >= 1<<62 {
			t.Fatalf("company %d", got)
		}
	}
}

func TestSystemClock(t *testing.T) {
	now := kith.SystemClock()
	if now.Location() != time.UTC || now.Nanosecond()%int(time.Millisecond) != 0 {
		t.Errorf("%s is not in UTC and whole milliseconds", now)
	}
}

// TestIDBounds: ids made at a time lie from FirstID on, and before that of the next millisecond.
func TestIDBounds(t *testing.T) {
	least, greatest := kith.NewID[kith.Event](ninth, zeros{}), kith.NewID[kith.Event](ninth, ones{})
	from, before := kith.FirstID[kith.Event](ninth), kith.FirstID[kith.Event](ninth.Add(time.Millisecond))
	if bytes.Compare(from[:], least[:]) > 0 || bytes.Compare(greatest[:], before[:]) >= 0 {
		t.Errorf("%s to %s do not lie between %s and %s", least, greatest, from, before)
	}
	if !kith.FirstID[kith.Event](time.UnixMilli(-5)).IsZero() || kith.FirstID[kith.Event](time.UnixMilli(1<<48+5)) != kith.LastID[kith.Event]() {
		t.Error("times that no id can tell are not at the ends")
	}
	for id, want := range map[string]string{
		"00000000-0000-0000-0000-000000000000": "00000000-0000-0000-0000-000000000001",
		"01234567-89ab-7def-8123-4567ffffffff": "01234567-89ab-7def-8123-456800000000",
	} {
		parsed, err := kith.ParseID[kith.Event](id)
		if next := parsed.Next(); err != nil || next.String() != want {
			t.Errorf("after %s comes %s, %v; want %s", id, next, err, want)
		}
	}
}
