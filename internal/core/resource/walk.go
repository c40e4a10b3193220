package resource

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// MaxByNumber is how many rows may lie before a page that is asked for by its number; the next are asked for by
// a cursor.
const MaxByNumber = 10_000

// Bounds of lists.
const (
	walkFirst  = 100                    // keys of the first part that is looked at; later ones are larger
	walkPart   = 500                    // at most
	maxCounted = 10_000                 // beyond it a total is capped
	maxSorted  = 10_000                 // rows that are sorted by what no index is sorted by
	walkTime   = 500 * time.Millisecond // of a list that asks more than an index answers
)

var (
	errFar = kith.BadField("page[number]", kith.CodeOutOfRange,
		fmt.Sprintf("Pages can be named as far as the first %d rows. Follow the link to the next page, or narrow the list.", MaxByNumber))
	errUnsorted = kith.BadField("sort", kith.CodeOutOfRange,
		fmt.Sprintf("More than %d rows would have to be sorted. Narrow the list, or sort by created_at.", maxSorted))
	errCursor = kith.BadField("page[after]", kith.CodeBadFormat, "This is no id of a row of this table.")
)

// stream lists the keys of some of a table's rows, in their order.
type stream func(context.Context, store.KeySpan) ([][]byte, error)

// source is where the rows of a list come from.
type source struct {
	streams []stream // each of what the actor may view for one reason
	linked  []viewed // of what links let them view
	all     bool     // the actor may view every row
	total   func(context.Context) (n int, capped bool, err error)
}

// viewed are the rows that one group may view, by their links.
type viewed struct {
	keys stream
	has  func(ctx context.Context, key []byte) (bool, error)
	rows int // as far as maxCounted and one
}

// every lists all streams.
func (s *source) every() []stream {
	all := slices.Clone(s.streams)
	for _, v := range s.linked {
		all = append(all, v.keys)
	}
	return all
}

// keys merges a part of the streams' keys. Each gives its first, so that the first of all are among them.
func (s *source) keys(ctx context.Context, span store.KeySpan) ([][]byte, error) {
	every := s.every()
	var all [][]byte
	for _, next := range every {
		part, err := next(ctx, span)
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
	if len(every) > 1 {
		slices.SortFunc(all, func(a, b []byte) int {
			if span.Down {
				a, b = b, a
			}
			return bytes.Compare(a, b)
		})
		all = slices.CompactFunc(all, bytes.Equal)
	}
	return all[:min(len(all), span.Limit)], nil
}

// one is the stream of a single key.
func one(key []byte) stream {
	return func(_ context.Context, s store.KeySpan) ([][]byte, error) {
		if s.Skip > 0 || s.After != nil && (bytes.Compare(key, s.After) > 0) == s.Down || s.After != nil && bytes.Equal(key, s.After) {
			return nil, nil
		}
		return [][]byte{key}, nil
	}
}

// walk goes through a source.
type walk struct {
	tx     *gate.Tx
	rows   rows
	source *source
	query  Query
	match  func(*Row) (bool, error) // nil: every row
	check  bool                     // the actor may not view all that the source has
	clock  kith.Clock
	until  time.Time

	// part reads rows in the place of the source, if it is not nil: of links, which the actor may view or not.
	part func(context.Context, *gate.Tx, store.KeySpan) (list []*entry, reached []byte, end bool, err error)
}

// found is what a walk came to.
type found struct {
	rows       []*entry
	more       bool // there are more in the direction of the walk
	incomplete bool
	reached    string // id of the last row that was looked at, where it is incomplete
}

// page reads the part of the list that is asked for, in the order of the keys.
func (w *walk) page(ctx context.Context, down bool) (*Page, error) {
	span := store.KeySpan{Down: down, Limit: walkFirst}
	back := w.query.Before != ""
	cursor := cmp.Or(w.query.After, w.query.Before)
	if cursor != "" {
		key, ok := w.rows.parse(cursor)
		if !ok {
			return nil, errCursor
		}
		span.After, span.Down = key, down != back
	}
	skip := 0
	if cursor == "" {
		if skip = w.query.Page.Offset(); skip > MaxByNumber {
			return nil, errFar
		}
	}
	f, err := w.collect(ctx, span, skip, w.query.Page.Size)
	if err != nil {
		return nil, err
	}
	if back {
		slices.Reverse(f.rows)
	}
	p := &Page{Incomplete: f.incomplete}
	for _, e := range f.rows {
		p.Rows = append(p.Rows, e.Row)
	}
	p.cursors(f, back, cursor != "" || skip > 0)
	return p, w.count(ctx, p)
}

// cursors says where the list goes on, before the first row and after the last.
func (p *Page) cursors(f *found, back, begun bool) {
	first, last := "", ""
	if n := len(p.Rows); n > 0 {
		first, last = p.Rows[0].ID, p.Rows[n-1].ID
	}
	switch {
	case back:
		p.Next = last
		if f.more {
			p.Previous = first
		}
	default:
		if f.more {
			p.Next = last
		}
		if begun {
			p.Previous = first
		}
	}
	if f.incomplete {
		if back {
			p.Previous = f.reached
		} else {
			p.Next = f.reached
		}
	}
}

// asks reports whether rows have to be looked at before it is known whether they are listed.
func (w *walk) asks() bool { return w.match != nil || w.check || w.part != nil }

// collect finds the rows that match: so many, after leaving out so many.
func (w *walk) collect(ctx context.Context, span store.KeySpan, skip, size int) (*found, error) {
	f := &found{}
	if !w.asks() {
		var err error
		if span.After, err = w.pass(ctx, span, skip); err != nil || skip > 0 && span.After == nil {
			return f, err
		}
		skip = 0
		span.Limit = min(size+1, walkPart)
	}
	err := w.each(ctx, span, func(e *entry) bool {
		switch {
		case skip > 0:
			skip--
		case len(f.rows) == size:
			f.more = true
			return false
		default:
			f.rows = append(f.rows, e)
		}
		return true
	}, func(reached []byte) bool {
		if f.incomplete = w.clock().After(w.until); f.incomplete {
			f.reached = w.rows.format(reached)
		}
		return !f.incomplete
	})
	return f, err
}

// each gives the rows of a span that are listed, in their order, until it is told to stop: by what takes them, or by
// what is asked between two parts.
func (w *walk) each(ctx context.Context, span store.KeySpan, take func(*entry) bool, goOn func(reached []byte) bool) error {
	for {
		list, reached, end, err := w.next(ctx, span)
		if err != nil {
			return err
		}
		for _, e := range list {
			ok, err := w.listed(ctx, e)
			if err != nil {
				return err
			}
			if ok && !take(e) {
				return nil
			}
		}
		if end || !goOn(reached) {
			return nil
		}
		span.After = reached
		span.Limit = min(4*span.Limit, walkPart)
	}
}

// next reads the rows of a span.
func (w *walk) next(ctx context.Context, span store.KeySpan) (list []*entry, reached []byte, end bool, err error) {
	if w.part != nil {
		list, reached, end, err = w.part(ctx, w.tx, span)
		return beyond(list, span), reached, end, err
	}
	keys, err := w.source.keys(ctx, span)
	if err != nil || len(keys) == 0 {
		return nil, nil, true, err
	}
	list, err = w.rows.(manyRows).load(ctx, w.tx, keys)
	return list, keys[len(keys)-1], len(keys) < span.Limit, err
}

// listed reports whether a row is one of the list.
func (w *walk) listed(ctx context.Context, e *entry) (bool, error) {
	if w.check || w.part != nil {
		if ok, err := e.sees(ctx, w.tx); !ok || err != nil {
			return false, err
		}
	}
	if w.match == nil {
		return true, nil
	}
	return w.match(e.Row)
}

// pass leaves out so many rows by their keys alone, and gives the last; nil if there are not so many.
func (w *walk) pass(ctx context.Context, span store.KeySpan, skip int) ([]byte, error) {
	if skip > 0 && len(w.source.every()) == 1 { // there is nothing to merge
		span.Skip, span.Limit = skip-1, 1
		keys, err := w.source.keys(ctx, span)
		if err != nil || len(keys) == 0 {
			return nil, err
		}
		return keys[0], nil
	}
	for skip > 0 {
		span.Limit = min(skip, 2000)
		keys, err := w.source.keys(ctx, span)
		if err != nil || len(keys) == 0 {
			return nil, err
		}
		skip -= len(keys)
		span.After = keys[len(keys)-1]
	}
	return span.After, nil
}

// count tells how many rows the list has in all.
func (w *walk) count(ctx context.Context, p *Page) error {
	if !w.asks() {
		var err error
		p.Total, p.Capped, err = w.source.total(ctx)
		return err
	}
	err := w.each(ctx, store.KeySpan{Down: true, Limit: walkPart}, func(*entry) bool {
		p.Total++
		return p.Total <= maxCounted
	}, func([]byte) bool {
		p.Capped = w.clock().After(w.until)
		return !p.Capped
	})
	if p.Total > maxCounted {
		p.Total, p.Capped = maxCounted, true
	}
	return err
}

// few reads the part that is asked for of rows that are all there.
func (w *walk) few(ctx context.Context, all []*entry) (*Page, error) {
	w.check = true
	var list []*entry
	for _, e := range all {
		ok, err := w.listed(ctx, e)
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, e)
		}
	}
	return cut(list, w.query)
}

// sorted reads the part of the list that is asked for, in an order that no key has.
func (w *walk) sorted(ctx context.Context) (*Page, error) {
	if w.query.After != "" || w.query.Before != "" {
		return nil, kith.BadField("page[after]", kith.CodeNotAllowed, "Cursors follow the order of created_at; with another order, ask for pages by number.")
	}
	f, err := w.collect(ctx, store.KeySpan{Down: true, Limit: walkPart}, 0, maxSorted)
	if err != nil {
		return nil, err
	}
	if f.more || f.incomplete {
		return nil, errUnsorted
	}
	return cut(f.rows, w.query)
}

// cut sorts rows that are all there, and gives the part that is asked for.
func cut(list []*entry, q Query) (*Page, error) {
	slices.SortStableFunc(list, func(a, b *entry) int { return compareRows(a.Row, b.Row, q.Sort) })
	p := &Page{Total: len(list)}
	first := min(q.Page.Offset(), len(list))
	last := min(first+q.Page.Size, len(list))
	if id := cmp.Or(q.After, q.Before); id != "" {
		at := slices.IndexFunc(list, func(e *entry) bool { return e.ID == id })
		if at < 0 {
			return nil, errCursor
		}
		if first, last = at+1, min(at+1+q.Page.Size, len(list)); q.Before != "" {
			first, last = max(0, at-q.Page.Size), at
		}
	}
	if first > 0 && len(list) > 0 {
		p.Previous = list[min(first, len(list)-1)].ID
	}
	if last < len(list) && last > first {
		p.Next = list[last-1].ID
	}
	for _, e := range list[first:last] {
		p.Rows = append(p.Rows, e.Row)
	}
	return p, nil
}

func compareRows(a, b *Row, keys []Sort) int {
	for _, key := range keys {
		c := compareValues(a.value(key.Field), b.value(key.Field))
		if key.Descending {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	if len(keys) == 0 {
		return -cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
	}
	return strings.Compare(a.ID, b.ID)
}

// compareValues orders two values of one field; nil is before all others, and case does not count.
func compareValues(a, b any) int {
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return cmp.Or(strings.Compare(strings.ToLower(x), strings.ToLower(y)), strings.Compare(x, y))
		}
	case int64:
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, y)
		}
	case bool:
		if y, ok := b.(bool); ok && x != y {
			if x {
				return 1
			}
			return -1
		}
	case time.Time:
		if y, ok := b.(time.Time); ok {
			return x.Compare(y)
		}
	}
	switch {
	case a == nil && b != nil:
		return -1
	case a != nil && b == nil:
		return 1
	default:
		return 0
	}
}

// native reports whether an order is that of the keys, and which way.
func native(sort []Sort) (down, ok bool) {
	if len(sort) == 0 {
		return true, true
	}
	first := sort[0]
	return first.Descending, first.Field == "created_at" || first.Field == "reference_id"
}

// list reads a part of what the actor may view.
func (w *walk) list(ctx context.Context) (*Page, error) {
	if down, ok := native(w.query.Sort); ok {
		return w.page(ctx, down)
	}
	return w.sorted(ctx)
}
