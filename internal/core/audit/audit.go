// Package audit looks back: it reads the stream of events, for those who may, and explains what the
// access rule says to somebody's operation.
//
// It writes nothing. Events are written by core/gate with the changes that they tell of.
package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// Audit reads events and explains decisions. It is safe for many goroutines.
type Audit struct {
	gate       *gate.Gate
	operations []gate.Op
	budget     time.Duration
	searching  chan struct{} // holds one while a search is under way that no index answers
}

// budget is how long one request may look for events that no index finds. What is left is for the next.
const budget = 500 * time.Millisecond

// New makes an Audit behind the door, which can name the given operations.
func New(g *gate.Gate, operations []gate.Op) *Audit {
	return &Audit{g, operations, budget, make(chan struct{}, 1)}
}

// The operations on the stream of events, for route tables.
var (
	OpEvents  = gate.Op{Name: "event.view", Noun: kith.NounEvent, Verb: kith.View, Section: kith.SectionAdmin}
	OpExplain = gate.Op{Name: "permission.view", Noun: kith.NounPermission, Verb: kith.View, Section: kith.SectionAdmin}
)

// Filter narrows a list of events as people write it. Empty fields do not narrow.
type Filter struct {
	Actor, Subject string // users, by any of their identifiers: who did it, and whom it is about
	Session        string // id
	Noun, Verb     string // words
	Row            string
	From, Before   time.Time
}

// Entry is an event as its reader may see it.
type Entry struct {
	Event   *kith.Event
	Actor   *kith.User     // who did it, as far as the reader may know them; nil for kith itself and for guests
	Subject *kith.User     // likewise, whom it is about; nil if nobody
	Old     map[string]any // nil if the reader may not see it; empty if there is none, or if the person was erased
}

// Page is one page of events, newest first.
type Page struct {
	Entries        []Entry
	Next, Previous string // cursors of the pages before and after this one in time; "" if there is none
	Incomplete     bool   // looking took too long: the cursor in its direction goes on where it was left
}

// Events gives a page of the company's events: the newest, or those where the cursor of another page
// of the same list leads.
func (a *Audit) Events(ctx context.Context, by *kith.Actor, f Filter, cursor string, size int) (*Page, error) {
	return gate.Read(ctx, a.gate, by, OpEvents, func(ctx context.Context, tx *gate.Tx) (*Page, error) {
		q, err := f.query(ctx, tx)
		if errors.Is(err, store.ErrNotFound) {
			return new(Page), nil
		} else if err != nil {
			return nil, err
		}
		purpose := purposeOf(q)
		from, err := openPlace(ctx, tx, purpose, cursor)
		if err != nil {
			return nil, err
		}
		walk := store.EventWalk{High: kith.LastID[kith.Event](), Up: from.up, Limit: size, Budget: a.budget}
		if from.up {
			walk.Low = from.bound
		} else if cursor != "" {
			walk.High = from.bound
		}
		found, err := a.find(ctx, tx, q, walk)
		if err != nil {
			return nil, err
		}
		return page(ctx, tx, purpose, cursor, from, found)
	})
}

// find is the store's search. Of those that may go on until their time is over there is one at once, so
// that the others' requests do not feel it.
func (a *Audit) find(ctx context.Context, tx *gate.Tx, q *kith.EventQuery, walk store.EventWalk) (*store.EventsFound, error) {
	if store.EventsSearched(q) {
		select {
		case a.searching <- struct{}{}:
			defer func() { <-a.searching }()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return tx.Events.Find(ctx, q, walk)
}

// Event gives one event by its id. It fails with NotFound.
func (a *Audit) Event(ctx context.Context, by *kith.Actor, id string) (*Entry, error) {
	return gate.Read(ctx, a.gate, by, OpEvents, func(ctx context.Context, tx *gate.Tx) (*Entry, error) {
		parsed, err := kith.ParseID[kith.Event](id)
		if err != nil {
			return nil, store.ErrNotFound
		}
		e, sealed, err := tx.Events.Get(ctx, parsed)
		if err != nil {
			return nil, err
		}
		entries, err := read(ctx, tx, []*kith.Event{e}, [][]byte{sealed})
		if err != nil {
			return nil, err
		}
		return &entries[0], nil
	})
}

// query reads the words of a filter. It fails with ErrNotFound if they name a user who is not there.
func (f Filter) query(ctx context.Context, tx *gate.Tx) (*kith.EventQuery, error) {
	q := &kith.EventQuery{Row: f.Row, From: f.From, Before: f.Before}
	var errs []error
	if f.Noun != "" {
		noun, known := kith.NounNamed(f.Noun)
		q.Noun = &noun
		if !known {
			errs = append(errs, kith.BadField("noun", kith.CodeNotAllowed, "There is no such noun."))
		}
	}
	if f.Verb != "" {
		verb, known := kith.VerbNamed(f.Verb)
		q.Verb = &verb
		if !known {
			errs = append(errs, kith.BadField("verb", kith.CodeNotAllowed, "There is no such verb."))
		}
	}
	if f.Session != "" {
		var err error
		if q.Session, err = kith.ParseID[kith.Session](f.Session); err != nil {
			errs = append(errs, kith.BadField("session", kith.CodeBadFormat, "Give a session's id."))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	var err error
	if q.Actor, err = userNamed(ctx, tx, f.Actor); err != nil {
		return nil, err
	}
	q.Subject, err = userNamed(ctx, tx, f.Subject)
	return q, err
}

// userNamed finds the user that a filter names; zero for none. Who may not see users may name them by
// id only, or they could try out whose address is whose.
func userNamed(ctx context.Context, tx *gate.Tx, typed string) (kith.UserID, error) {
	if typed == "" {
		return kith.UserID{}, nil
	}
	if id, err := kith.ParseID[kith.User](typed); err == nil {
		return id, nil
	}
	if !seesUsers(tx.By) {
		return kith.UserID{}, store.ErrNotFound
	}
	m, err := directory.Find(ctx, tx, typed)
	if err != nil {
		return kith.UserID{}, err
	}
	return m.User.ID, nil
}

// seesUsers reports whether the reader may know of users more than their ids.
func seesUsers(by *kith.Actor) bool { return by.Holds(kith.SectionAdmin, kith.NounUser, kith.View) }

// read makes events readable, as far as the reader may: old values are those of the noun, and whoever may
// not look at it must not come by them here.
func read(ctx context.Context, tx *gate.Tx, events []*kith.Event, sealed [][]byte) ([]Entry, error) {
	var people []kith.UserID
	for _, e := range events {
		for _, id := range []kith.UserID{e.Actor, e.Subject} {
			if !id.IsZero() && !slices.Contains(people, id) {
				people = append(people, id)
			}
		}
	}
	users, salts, err := tx.Users.Named(ctx, people)
	if err != nil {
		return nil, err
	}
	tx.KnowSalts(people, salts)
	entries := make([]Entry, len(events))
	for i, e := range events {
		entries[i] = Entry{Event: e, Actor: shown(tx.By, users, e.Actor), Subject: shown(tx.By, users, e.Subject)}
		if !tx.By.Holds(kith.SectionAdmin, e.Noun, kith.View) {
			continue
		}
		if entries[i].Old, err = tx.OpenEvent(ctx, e, sealed[i]); err != nil {
			return nil, err
		}
		if entries[i].Old == nil {
			entries[i].Old = map[string]any{}
		}
		if metadata, is := entries[i].Old["metadata"].(map[string]any); is && e.Noun == kith.NounUser {
			entries[i].Old["metadata"] = directory.VisibleMetadata(tx.By.Company, kith.SectionAdmin, metadata)
		}
	}
	return entries, nil
}

// shown is what a reader sees of a user.
func shown(by *kith.Actor, users map[kith.UserID]*kith.User, id kith.UserID) *kith.User {
	switch u := users[id]; {
	case id.IsZero():
		return nil
	case u == nil, !seesUsers(by):
		return &kith.User{ID: id}
	default:
		return u
	}
}

// purposeOf names a list and all that narrows it, so that the cursors of another do not open.
func purposeOf(q *kith.EventQuery) string {
	flat := *q
	flat.From, flat.Before = time.Time{}, time.Time{} // JSON has no years past 9999
	text, err := json.Marshal([]any{flat, q.From.UnixMilli(), q.Before.UnixMilli()})
	if err != nil {
		panic("audit: a query does not encode: " + err.Error()) // it is made of ids, numbers and texts
	}
	sum := sha256.Sum256(text)
	return "events/" + hex.EncodeToString(sum[:])
}

// place is where a page begins: at bound, and up to what is newer or down to what is older.
type place struct {
	up    bool
	bound kith.EventID
}

func (p place) seal(ctx context.Context, tx *gate.Tx, purpose string) (string, error) {
	direction := byte(0)
	if p.up {
		direction = 1
	}
	return tx.SealCursor(ctx, purpose, append([]byte{direction}, p.bound[:]...))
}

func openPlace(ctx context.Context, tx *gate.Tx, purpose, cursor string) (place, error) {
	if cursor == "" {
		return place{}, nil
	}
	text, err := tx.OpenCursor(ctx, purpose, cursor)
	if err != nil {
		return place{}, err
	}
	return place{up: text[0] == 1, bound: kith.EventID(text[1:])}, nil
}

// page puts what was found into the order of the list, and says where its neighbours begin: beyond what
// was reached, and, of a page that a cursor led to, back across the place that it named.
func page(ctx context.Context, tx *gate.Tx, purpose, cursor string, from place, found *store.EventsFound) (*Page, error) {
	p := &Page{Incomplete: found.Cut}
	var err error
	on, back := &p.Next, &p.Previous
	if from.up {
		on, back = back, on
		slices.Reverse(found.Events)
		slices.Reverse(found.Sealed)
	}
	if found.More {
		if *on, err = (place{from.up, found.Reached}).seal(ctx, tx, purpose); err != nil {
			return nil, err
		}
	}
	if cursor != "" {
		if *back, err = (place{!from.up, from.bound}).seal(ctx, tx, purpose); err != nil {
			return nil, err
		}
	}
	p.Entries, err = read(ctx, tx, found.Events, found.Sealed)
	return p, err
}
