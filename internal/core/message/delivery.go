package message

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// How long a message may be in one pair of hands, how long between attempts, and how long in all. A claim
// must outlive the longest delivery by far: when it ends somebody else sends the message again.
const (
	claimTime = 4 * time.Minute
	SendTime  = 90 * time.Second // SendTime is the most that one delivery may take
	firstWait = 5 * time.Second
	lastWait  = time.Hour
	tryTime   = 24 * time.Hour
)

// Why a message was not handed to its carrier.
var (
	ErrExpired  = errors.New("it expired before it could be delivered")
	ErrReleased = errors.New("it was not tried")
	errErased   = errors.New("the person was erased")
)

// Taken is a message that the caller alone delivers, until its claim ends.
type Taken struct {
	Message *kith.Message
	sealed  *store.Sealed
	until   time.Time
	ours    bool
	broken  error // the message cannot be read: there is nothing to deliver
}

// Result is what became of an attempt.
type Result string

// The results.
const (
	Sent     Result = "sent"
	Retried  Result = "retried"  // it failed and is tried again
	Released Result = "released" // it was not tried, and waits as before
	Expired  Result = "expired"  // it is dead: too late
	Dead     Result = "dead"     // it is dead: refused or given up
)

// Outcome is how an attempt went: Err is nil if the provider took the message.
type Outcome struct {
	Taken    *Taken
	Provider string
	Err      error
	Result   Result // set by Settle
	Fault    string // set by Settle: Err as it may be read by operators
	Keep     bool   // a message that was sent stays readable, in the development inbox
}

// Take gives messages of a channel to deliver, at most limit of them, each to one caller. What came of them
// is told with Settle.
func (o *Outbox) Take(ctx context.Context, channel kith.Channel, limit int) ([]*Taken, error) {
	due, err := o.next(ctx, channel, o.now(), limit)
	if err != nil || len(due) == 0 {
		return nil, err
	}
	all := make(map[kith.MessageID]*Taken, len(due))
	for _, m := range due {
		all[m.ID] = &Taken{sealed: m}
	}
	err = o.each(ctx, due, func(ctx context.Context, tx *store.Tx, m *store.Sealed) error {
		until := tx.Now.Add(claimTime)
		err := tx.Messages.Claim(ctx, m.ID, until)
		t := all[m.ID]
		t.ours, t.until = err == nil, until
		return gate.Already(err)
	})
	if err != nil { // what was claimed all the same comes back when its claim ends
		return nil, err
	}
	var list []*Taken
	for _, m := range due { // in their order
		t := all[m.ID]
		if !t.ours {
			continue
		}
		t.sealed.Attempts++
		t.Message, t.broken = o.gate.OpenMessage(ctx, m)
		if t.Message == nil && t.broken == nil {
			t.broken = errErased
		}
		list = append(list, t)
	}
	return list, nil
}

// Ready tells, right before a message is handed over, why it should not be: it has expired, there is
// nothing to read, or the claim ends too soon.
func (o *Outbox) Ready(t *Taken) error {
	now := o.now()
	switch {
	case !t.sealed.ExpiresAt.IsZero() && !now.Before(t.sealed.ExpiresAt):
		return ErrExpired
	case t.broken != nil:
		return &kith.DeliveryError{Fault: kith.FaultRefused, Err: t.broken}
	case now.Add(SendTime).After(t.until):
		return ErrReleased
	}
	return nil
}

// Settle writes down how attempts went, and says in each outcome what that means for its message.
func (o *Outbox) Settle(ctx context.Context, outcomes []*Outcome) error {
	now := o.now()
	byID := make(map[kith.MessageID]*Outcome, len(outcomes))
	list := make([]*store.Sealed, len(outcomes))
	for i, out := range outcomes {
		m := out.Taken.sealed
		out.Result, out.Fault = judge(m, out.Err, now), Public(out.Taken.Message, out.Err)
		byID[m.ID], list[i] = out, m
	}
	spread := make([]byte, 2*len(outcomes))
	if _, err := io.ReadFull(o.gate.Random, spread); err != nil {
		return err
	}
	next := make(map[kith.MessageID]time.Time, len(outcomes))
	for i, out := range outcomes {
		next[list[i].ID] = now.Add(wait(list[i].Attempts, binary.BigEndian.Uint16(spread[2*i:])))
		if out.Result == Released {
			next[list[i].ID] = list[i].DueAt // its old place
		}
	}
	return o.each(ctx, list, func(ctx context.Context, tx *store.Tx, m *store.Sealed) error {
		out := byID[m.ID]
		return gate.Already(out.write(ctx, tx, next[m.ID]))
	})
}

func (out *Outcome) write(ctx context.Context, tx *store.Tx, next time.Time) error {
	id, until := out.Taken.sealed.ID, out.Taken.until
	switch out.Result {
	case Sent:
		if out.Keep {
			return tx.Messages.ToInbox(ctx, id)
		}
		return tx.Messages.Sent(ctx, id, out.Provider)
	case Expired, Dead:
		return tx.Messages.Bury(ctx, id, until, out.Provider, out.Fault)
	default:
		return tx.Messages.Later(ctx, id, until, next, out.Provider, out.Fault)
	}
}

// judge says what an attempt's end means. What failed for the provider's sake is tried again too, for as
// long as anything is tried.
func judge(m *store.Sealed, err error, now time.Time) Result {
	switch {
	case err == nil:
		return Sent
	case errors.Is(err, ErrExpired):
		return Expired
	case errors.Is(err, ErrReleased):
		return Released
	case kith.FaultOf(err) == kith.FaultRefused, !m.Since.IsZero() && !now.Before(m.Since.Add(tryTime)):
		return Dead
	}
	return Retried
}

// wait is how long until the next attempt, doubling, and spread by a quarter so that those who failed
// together do not come back together.
func wait(attempts int, spread uint16) time.Duration {
	d := lastWait
	if n := max(attempts-1, 0); n < 10 {
		d = min(firstWait<<n, lastWait)
	}
	return d*3/4 + d/2*time.Duration(spread)/(1<<16)
}

// Overdue buries waiting messages of a channel that are too late: those that expired and, if somebody carries
// them, those that were tried for as long as anything is. It gives at most some hundred at a time.
func (o *Outbox) Overdue(ctx context.Context, channel kith.Channel, carried bool) ([]*Outcome, error) {
	now := o.now()
	var since time.Time
	if carried {
		since = now.Add(-tryTime)
	}
	late, err := o.gate.System().Overdue(ctx, channel, now, since, batch)
	if err != nil || len(late) == 0 {
		return nil, err
	}
	done := make([]*Outcome, len(late))
	byID := make(map[kith.MessageID]*Outcome, len(late))
	for i, m := range late {
		out := &Outcome{Taken: &Taken{sealed: m, until: m.DueAt}, Provider: m.Provider, Result: Dead, Fault: "given up: " + m.Fault}
		if !m.ExpiresAt.IsZero() && !now.Before(m.ExpiresAt) {
			out.Result, out.Fault = Expired, ErrExpired.Error()
		}
		done[i], byID[m.ID] = out, out
	}
	return done, o.each(ctx, late, func(ctx context.Context, tx *store.Tx, m *store.Sealed) error {
		return gate.Already(byID[m.ID].write(ctx, tx, time.Time{}))
	})
}

// ID names the outcome's message, for logs.
func (out *Outcome) ID() kith.MessageID { return out.Taken.sealed.ID }

// Channel is how the outcome's message travels.
func (out *Outcome) Channel() kith.Channel { return out.Taken.sealed.Channel }

func (o *Outbox) now() time.Time { return o.gate.System().Now() }

// maxFault is how much of an error is kept.
const maxFault = 300

// private is what an answer of a provider may repeat of a message and nobody should find in a log: addresses,
// links, and digits long enough for a number or a code.
var private = regexp.MustCompile(`(?i)https?://\S+|[^\s<>"'(]+@[^\s<>"'),;]+|\+?\d[\d -]{4,}\d`)

// Public writes an error as operators may read it: without addresses, links and codes, cut to 300 characters.
func Public(m *kith.Message, err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	if m != nil {
		for _, secret := range append(append([]string{m.To}, m.Codes...), m.Links...) {
			if secret != "" {
				text = strings.ReplaceAll(text, secret, "…")
			}
		}
	}
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(private.ReplaceAllString(text, "…"), "…"))
	if runes := []rune(text); len(runes) > maxFault {
		text = string(runes[:maxFault]) + "…"
	}
	return text
}
