package resource

import (
	"context"
	"slices"

	"kith/internal/store"
)

// fewApart is how many rows a total asks for one by one whether a link opens them, too.
const fewApart = 50

// count tells how many rows a source has. Where one group opens all but a few of them, which is how it mostly is,
// the index of its links has counted them; otherwise their keys are.
func (s *source) count(ctx context.Context) (n int, capped bool, err error) {
	if slices.ContainsFunc(s.linked, func(v viewed) bool { return v.rows > maxCounted }) {
		return maxCounted, true, nil
	}
	if len(s.linked) != 1 {
		return s.countKeys(ctx)
	}
	group := s.linked[0]
	apart := &source{streams: s.streams}
	keys, err := apart.keys(ctx, store.KeySpan{Down: true, Limit: fewApart})
	if err != nil {
		return 0, false, err
	}
	if len(keys) == fewApart {
		return s.countKeys(ctx)
	}
	n = group.rows
	for _, key := range keys {
		counted, err := group.has(ctx, key)
		if err != nil {
			return 0, false, err
		}
		if !counted {
			n++
		}
	}
	return min(n, maxCounted), n > maxCounted, nil
}

// countKeys reads the keys of every stream once, and counts each that it has not come by before.
func (s *source) countKeys(ctx context.Context) (n int, capped bool, err error) {
	seen := make(map[string]struct{})
	for _, next := range s.every() {
		keys, err := next(ctx, store.KeySpan{Down: true, Limit: maxCounted + 1})
		if err != nil {
			return 0, false, err
		}
		for _, key := range keys {
			seen[string(key)] = struct{}{}
		}
		if len(seen) > maxCounted {
			return maxCounted, true, nil
		}
	}
	return len(seen), false, nil
}
