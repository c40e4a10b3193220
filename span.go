package kith

import "time"

// Span is a range of time. Zero ends are open.
type Span struct {
	At, After, From, Before, Until time.Time // =, >, >=, <, <=
}

// Holds reports whether t lies in the range.
func (s Span) Holds(t time.Time) bool {
	return (s.At.IsZero() || t.Equal(s.At)) && (s.After.IsZero() || t.After(s.After)) &&
		(s.From.IsZero() || !t.Before(s.From)) && (s.Before.IsZero() || t.Before(s.Before)) &&
		(s.Until.IsZero() || !t.After(s.Until))
}

// Bounds is the span from its first millisecond to the one after its last, zero where open; false if
// nothing lies in it.
func (s Span) Bounds() (from, below time.Time, some bool) {
	for _, t := range []time.Time{s.At, next(s.After), s.From} {
		if !t.IsZero() && (from.IsZero() || t.After(from)) {
			from = t
		}
	}
	for _, t := range []time.Time{next(s.At), s.Before, next(s.Until)} {
		if !t.IsZero() && (below.IsZero() || t.Before(below)) {
			below = t
		}
	}
	return from, below, from.IsZero() || below.IsZero() || from.Before(below)
}

// next is the millisecond after a time, zero after none.
func next(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(time.Millisecond)
}
