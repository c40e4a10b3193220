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
