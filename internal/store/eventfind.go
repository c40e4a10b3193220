package store

import (
	"context"
	"slices"
	"time"

	"kith"
)

// EventWalk says where a search of the events goes, and how far. Both ends are half open: from Low on,
// before High.
type EventWalk struct {
	Low, High kith.EventID
	Up        bool // from Low towards what is newer; else from High towards what is older
	Limit     int
	Budget    time.Duration // after which the walk ends where it is; it takes one step at least
}

// EventsFound is what a search came upon, in the order of its walk.
type EventsFound struct {
	Events  []*kith.Event
	Sealed  [][]byte // their old values
	Reached kith.EventID
	More    bool // there is more beyond Reached, or may be
	Cut     bool // the budget ended the walk before the limit was reached
}

// How many rows one statement of a walk reads: few at first, since most questions are answered by an
// index, then more, some milliseconds' worth.
const (
	stepGrowth = 4
	maxStep    = 2000
)

// Get reads one event, and its old values, still sealed.
func (es events) Get(ctx context.Context, id kith.EventID) (*kith.Event, []byte, error) {
	return scanEvent(es.tx.row(ctx, eventsFrom+` AND e.id = $2`, id[:]))
}

// Find searches the company's events. What they are about, who made them and their row are found by
// index; whatever else is asked is looked for among those, step by step. Reached is where another walk
// in the same direction goes on: as High, or upwards as Low.
func (es events) Find(ctx context.Context, q *kith.EventQuery, w EventWalk) (*EventsFound, error) {
	started := time.Now()
	found := new(EventsFound)
	w.narrow(q)
	for step := w.Limit + 1; ; step = min(stepGrowth*step, maxStep) {
		s, err := es.step(ctx, q, span{w.Low, w.High, w.Up, step})
		if err != nil {
			return nil, err
		}
		for i, e := range s.events {
			if !q.Matches(e) {
				continue
			}
			if len(found.Events) == w.Limit {
				found.More = true
				return found, nil
			}
			found.Events, found.Sealed = append(found.Events, e), append(found.Sealed, s.sealed[i])
			found.Reached = beyond(e.ID, w.Up)
		}
		if !s.full {
			return found, nil
		}
		w.pass(s.reached)
		if time.Since(started) < w.Budget {
			continue
		}
		found.More, found.Cut = true, len(found.Events) < w.Limit
		if found.Cut {
			found.Reached = s.reached
		}
		return found, nil
	}
}

// beyond is the bound of what comes after an event.
func beyond(id kith.EventID, up bool) kith.EventID {
	if up {
		return id.Next()
	}
	return id
}

// clockSlack is how far the clocks of two nodes may lie apart.
const clockSlack = time.Minute

// narrow shuts out what lies before or after the times asked for: an id tells when it was made, and a
// session does nothing before it begins.
func (w *EventWalk) narrow(q *kith.EventQuery) {
	raise := func(id kith.EventID) {
		if slices.Compare(id[:], w.Low[:]) > 0 {
			w.Low = id
		}
	}
	if !q.From.IsZero() {
		raise(kith.FirstID[kith.Event](q.From))
	}
	if !q.Session.IsZero() {
		raise(kith.FirstID[kith.Event](q.Session.Created().Add(-clockSlack)))
	}
	if !q.Before.IsZero() {
		if id := kith.FirstID[kith.Event](q.Before); slices.Compare(id[:], w.High[:]) < 0 {
			w.High = id
		}
	}
}

// pass takes the walk to where a step ended.
func (w *EventWalk) pass(reached kith.EventID) {
	if w.Up {
		w.Low = reached
	} else {
		w.High = reached
	}
}

// span is what one statement reads.
type span struct {
	low, high kith.EventID
	up        bool
	limit     int
}

// stretch is what it read, in order.
type stretch struct {
	events  []*kith.Event
	sealed  [][]byte
	reached kith.EventID // where it ended, if full
	full    bool         // there may be more
}

// step reads the next events by the index that answers most of the question. An event that somebody made
// about themselves does not name them as its actor, and one about a user's own row does not name the
// row, so that these are looked for in two places.
func (es events) step(ctx context.Context, q *kith.EventQuery, s span) (stretch, error) {
	user, err := kith.ParseID[kith.User](q.Row)
	switch {
	case !q.Subject.IsZero():
		return es.bySubject(ctx, s, q.Subject)
	case !q.Actor.IsZero():
		named, err1 := es.byActor(ctx, s, q.Actor)
		own, err2 := es.bySubject(ctx, s, q.Actor)
		return merge(s, named, own), first(err1, err2)
	case q.Row != "" && q.Noun != nil && err == nil:
		named, err1 := es.byRow(ctx, s, *q.Noun, q.Row)
		own, err2 := es.bySubject(ctx, s, user)
		return merge(s, named, own), first(err1, err2)
	case q.Row != "" && q.Noun != nil:
		return es.byRow(ctx, s, *q.Noun, q.Row)
	default:
		return es.byTime(ctx, s)
	}
}

// EventsSearched reports whether a question asks for more than step's index answers, so that events may
// have to be read that are not among those asked for.
func EventsSearched(q *kith.EventQuery) bool {
	rest := *q
	rest.From, rest.Before = time.Time{}, time.Time{}
	switch {
	case !q.Subject.IsZero():
		rest.Subject = kith.UserID{}
	case !q.Actor.IsZero():
		rest.Actor = kith.UserID{}
	case q.Row != "" && q.Noun != nil:
		rest.Row, rest.Noun = "", nil
	}
	return rest != kith.EventQuery{}
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// merge puts two stretches of one span into one, as far as both of them got. An event may be in both.
func merge(s span, a, b stretch) stretch {
	out := stretch{full: a.full || b.full}
	for _, part := range []stretch{a, b} {
		if part.full && (out.reached.IsZero() || s.compare(part.reached, out.reached) < 0) {
			out.reached = part.reached
		}
	}
	for len(a.events)+len(b.events) > 0 {
		from := &a
		switch {
		case len(a.events) == 0:
			from = &b
		case len(b.events) == 0:
		case s.compare(b.events[0].ID, a.events[0].ID) < 0:
			from = &b
		}
		e, old := from.events[0], from.sealed[0]
		from.events, from.sealed = from.events[1:], from.sealed[1:]
		if out.full && s.compare(beyond(e.ID, s.up), out.reached) > 0 {
			break // the other part may hold something before this
		}
		if n := len(out.events); n > 0 && out.events[n-1].ID == e.ID {
			continue
		}
		out.events, out.sealed = append(out.events, e), append(out.sealed, old)
	}
	return out
}

// compare orders ids as the walk meets them.
func (s span) compare(a, b kith.EventID) int {
	if s.up {
		return slices.Compare(a[:], b[:])
	}
	return slices.Compare(b[:], a[:])
}

// On SQLite a table's primary key looks shorter than any index that lacks a column asked for. So the index
// finds the ids, which is all that it is asked, and these find the rows.
const (
	eventsFrom = `SELECT ` + eventColumns + ` FROM events e WHERE e.company_id = $1`
	eventKeys  = ` AND e.id IN (SELECT k.id FROM events k WHERE k.company_id = $1`
	keysUp     = ` AND k.id >= $2 AND k.id < $3 ORDER BY k.id LIMIT 0 + $4) ORDER BY e.id`
	keysDown   = ` AND k.id >= $2 AND k.id < $3 ORDER BY k.id DESC LIMIT 0 + $4) ORDER BY e.id DESC`
)

func (es events) byTime(ctx context.Context, s span) (stretch, error) {
	out, args := s.begin()
	if s.up {
		return s.end(out, each(ctx, es.tx, eventsFrom+` AND e.id >= $2 AND e.id < $3 ORDER BY e.id LIMIT 0 + $4`, args, out.scan))
	}
	return s.end(out, each(ctx, es.tx, eventsFrom+` AND e.id >= $2 AND e.id < $3 ORDER BY e.id DESC LIMIT 0 + $4`, args, out.scan))
}

func (es events) bySubject(ctx context.Context, s span, subject kith.UserID) (stretch, error) {
	out, args := s.begin(subject[:])
	if s.up {
		return s.end(out, each(ctx, es.tx, eventsFrom+eventKeys+` AND k.subject_id = $5`+keysUp, args, out.scan))
	}
	return s.end(out, each(ctx, es.tx, eventsFrom+eventKeys+` AND k.subject_id = $5`+keysDown, args, out.scan))
}

func (es events) byActor(ctx context.Context, s span, actor kith.UserID) (stretch, error) {
	out, args := s.begin(actor[:])
	if s.up {
		return s.end(out, each(ctx, es.tx, eventsFrom+eventKeys+` AND k.actor_id = $5`+keysUp, args, out.scan))
	}
	return s.end(out, each(ctx, es.tx, eventsFrom+eventKeys+` AND k.actor_id = $5`+keysDown, args, out.scan))
}

func (es events) byRow(ctx context.Context, s span, noun kith.Noun, row string) (stretch, error) {
	out, args := s.begin(int(noun), row)
	if s.up {
		return s.end(out, each(ctx, es.tx, eventsFrom+eventKeys+` AND k.noun = $5 AND k.row_key = $6`+keysUp, args, out.scan))
	}
	return s.end(out, each(ctx, es.tx, eventsFrom+eventKeys+` AND k.noun = $5 AND k.row_key = $6`+keysDown, args, out.scan))
}

// begin gives an empty stretch and the arguments of its statement.
func (s span) begin(more ...any) (*stretch, []any) {
	return new(stretch), append([]any{s.low[:], s.high[:], s.limit}, more...)
}

func (out *stretch) scan(row rowScanner) error {
	e, old, err := scanEvent(row)
	out.events, out.sealed = append(out.events, e), append(out.sealed, old)
	return err
}

// end says whether there may be more.
func (s span) end(out *stretch, err error) (stretch, error) {
	if n := len(out.events); n > 0 && n == s.limit {
		out.full, out.reached = true, beyond(out.events[n-1].ID, s.up)
	}
	return *out, err
}
