package resource

import (
	"context"
	"encoding/binary"
	"testing"

	"kith/internal/store"
)

// streamed makes a stream of the numbers from first to last as keys, and fails if it is asked for more than a total
// needs.
func streamed(t *testing.T, first, last int) stream {
	return func(_ context.Context, s store.KeySpan) (list [][]byte, err error) {
		if s.Limit > maxCounted+1 || !s.Down || s.After != nil {
			t.Errorf("asked for %+v", s)
		}
		for n := last; n >= first && len(list) < s.Limit; n-- {
			list = append(list, binary.BigEndian.AppendUint32(nil, uint32(n))) //nolint:gosec // small
		}
		return list, nil
	}
}

// opened are the rows that a group may view: the numbers from first to last.
func opened(t *testing.T, first, last int) viewed {
	return viewed{
		keys: streamed(t, first, last),
		has: func(_ context.Context, key []byte) (bool, error) {
			n := int(binary.BigEndian.Uint32(key))
			return first <= n && n <= last, nil
		},
		rows: min(last-first+1, maxCounted+1),
	}
}

// TestCount: a total counts each row once, for however many reasons it is seen, as far as 10,000.
func TestCount(t *testing.T) {
	for _, tt := range []struct {
		name    string
		streams []stream
		linked  []viewed
		want    int
		capped  bool
	}{
		{name: "nothing"},
		{"one reason", []stream{streamed(t, 1, 70)}, nil, 70, false},
		{"two that overlap", []stream{streamed(t, 1, 70), streamed(t, 61, 80)}, nil, 80, false},
		{"a group", nil, []viewed{opened(t, 1, 9000)}, 9000, false},
		{"a group and one it does not open", []stream{streamed(t, 5, 5)}, []viewed{opened(t, 11, 20)}, 11, false},
		{"a group and one it opens", []stream{streamed(t, 15, 15)}, []viewed{opened(t, 11, 20)}, 10, false},
		{"a group and a few", []stream{streamed(t, 1, 30), streamed(t, 25, 45)}, []viewed{opened(t, 41, 60)}, 60, false},
		{"a group and many", []stream{streamed(t, 1, 80)}, []viewed{opened(t, 71, 90)}, 90, false},
		{"two groups", []stream{streamed(t, 1, 1)}, []viewed{opened(t, 11, 20), opened(t, 16, 25)}, 16, false},
		{"as many as are counted", nil, []viewed{opened(t, 1, maxCounted)}, maxCounted, false},
		{"one more for another reason", []stream{streamed(t, 0, 0)}, []viewed{opened(t, 1, maxCounted)}, maxCounted, true},
		{"a large group", []stream{streamed(t, 1, 80)}, []viewed{opened(t, 1, 5), opened(t, 1, 2*maxCounted)}, maxCounted, true},
		{"groups that are large together", nil, []viewed{opened(t, 1, maxCounted), opened(t, 2, maxCounted+1)}, maxCounted, true},
		{"the same rows of two groups", nil, []viewed{opened(t, 1, maxCounted), opened(t, 1, maxCounted)}, maxCounted, false},
		{"many for no link", []stream{streamed(t, 1, maxCounted+1)}, nil, maxCounted, true},
	} {
		s := &source{streams: tt.streams, linked: tt.linked}
		n, capped, err := s.count(t.Context())
		if n != tt.want || capped != tt.capped || err != nil {
			t.Errorf("%s: %d, %v, %v; want %d, %v", tt.name, n, capped, err, tt.want, tt.capped)
		}
	}
}
