package store

import (
	"context"
	"slices"

	"kith"
)

// userPlan is how a list finds its users: through the segments of an index, in their order, asking of each
// what the index does not answer; or, gathered, all at once, to be sorted then.
type userPlan struct {
	segments []segment
	rest     UserFilter // what is left to ask
	order    kith.Order // of the rows; of words, their own counts instead
	words    bool       // the segments are of words: a user may have several
	gather   bool
}

// maxGathered is how many users are sorted in memory.
const maxGathered = 1000

// narrowing is a way to find few users, and what is left to ask of them.
type narrowing struct {
	segments []segment
	order    kith.OrderKey
	rest     UserFilter
}

// plan chooses the one index that a list goes through: points, words, then what few users are. order nil is
// that of the words or, where none are asked for, newest first.
func (us users) plan(ctx context.Context, f UserFilter, order *kith.Order) (userPlan, error) {
	p := userPlan{rest: f, order: kith.Order{By: kith.ByCreated, Descending: true}}
	if order != nil {
		p.order = *order
	}
	switch {
	case f.IDs != nil:
		p.rest.IDs, p.gather = nil, true
		seen := make(map[kith.UserID]bool)
		for _, id := range f.IDs {
			if !seen[id] {
				seen[id] = true
				p.segments = append(p.segments, everyTime(byPoint, id[:]))
			}
		}
		return p, nil
	case len(f.Words) > 0:
		first, err := us.rarest(ctx, f.Words)
		if err != nil {
			return p, err
		}
		p.segments, p.words, p.gather = f.Words[first].segments(), true, order != nil
		p.rest.Words = slices.Delete(slices.Clone(f.Words), first, first+1)
		return p, nil
	}
	for _, d := range f.narrowings() {
		if d.order == p.order.By && len(d.segments) == 1 {
			p.segments, p.rest = d.segments, d.rest
			return p, nil
		}
		n, err := us.entries(ctx, d.segments, maxGathered+1)
		if err != nil {
			return p, err
		}
		if n <= maxGathered {
			p.segments, p.rest, p.gather = d.segments, d.rest, true
			return p, nil
		}
	}
	index, span := f.timesOf(p.order.By)
	p.segments = []segment{timeSegment(index, nil, *span(&f))}
	*span(&p.rest) = Span{}
	return p, nil
}

// rarest says which of some words fewest users have, as far as the index can tell.
func (us users) rarest(ctx context.Context, words []WordMatch) (first int, err error) {
	if len(words) == 1 {
		return 0, nil
	}
	fewest := maxGathered + 1
	for i := range words {
		n := maxGathered // what is inside a word takes a walk, so it is the last choice
		if words[i].How != WordContains {
			if n, err = us.entries(ctx, words[i].segments(), maxGathered); err != nil {
				return 0, err
			}
		}
		if n < fewest || n == fewest && words[i].How < words[first].How {
			first, fewest = i, n
		}
	}
	return first, nil
}

// timesOf gives the index of an order's times, and where a filter asks about them.
func (f *UserFilter) timesOf(by kith.OrderKey) (*userIndex, func(*UserFilter) *Span) {
	switch by {
	case kith.ByUpdated:
		return byUpdated, func(f *UserFilter) *Span { return &f.Updated }
	case kith.ByLastLogin:
		return byLastLogin, func(f *UserFilter) *Span { return &f.LastLogin }
	default:
		return byCreated, func(f *UserFilter) *Span { return &f.Created }
	}
}

// narrowings are the indexes that may find few users for the filter, the likeliest first. The list goes on
// being narrowed by what an index is asked for as well.
func (f *UserFilter) narrowings() []narrowing {
	var list []narrowing
	add := func(by kith.OrderKey, covers func(*UserFilter), segments ...segment) {
		d := narrowing{segments, by, *f}
		covers(&d.rest)
		list = append(list, d)
	}
	created := func(ix *userIndex, asked any) segment { return timeSegment(ix, asked, f.Created) }
	is := func(flag *bool) bool { return flag != nil && *flag }
	if is(f.Archived) {
		add(kith.ByCreated, func(r *UserFilter) { r.Archived, r.Created = nil, Span{} }, created(byArchived, nil))
	}
	if is(f.Deactivated) {
		add(kith.ByCreated, func(r *UserFilter) { r.Deactivated, r.Created = nil, Span{} }, created(byDeactivated, nil))
	}
	if is(f.Temporary) {
		add(kith.ByCreated, func(r *UserFilter) { r.Temporary, r.Created = nil, Span{} }, created(byTemporary, nil))
	}
	if f.Retention != nil && *f.Retention != kith.Retaining {
		add(kith.ByCreated, func(r *UserFilter) { r.Created = Span{} }, created(byRetention, nil))
	}
	if f.Group.How == InGroup {
		add(kith.ByCreated, func(r *UserFilter) { r.Group, r.Created = GroupMatch{}, Span{} }, created(byGroup, f.Group.ID[:]))
	}
	if f.Statuses != nil {
		var segments []segment
		for _, s := range slices.Compact(slices.Sorted(slices.Values(f.Statuses))) {
			segments = append(segments, created(byStatus, int(s)))
		}
		add(kith.ByCreated, func(r *UserFilter) { r.Statuses, r.Created = nil, Span{} }, segments...)
	}
	for _, by := range []kith.OrderKey{kith.ByCreated, kith.ByUpdated, kith.ByLastLogin} {
		if index, span := f.timesOf(by); *span(f) != (Span{}) {
			add(by, func(r *UserFilter) { *span(r) = Span{} }, timeSegment(index, nil, *span(f)))
		}
	}
	return list
}

// entries counts what lies in segments that have no pattern, as far as limit.
func (us users) entries(ctx context.Context, segments []segment, limit int) (int, error) {
	n := 0
	for i := range segments {
		one, err := us.inside(ctx, &segments[i], textCount, limit-n)
		if err != nil {
			return 0, err
		}
		if n += one; n >= limit {
			return limit, nil
		}
	}
	return n, nil
}

// inside counts what lies in one segment, as far as limit.
func (us users) inside(ctx context.Context, s *segment, what textWhat, limit int) (n int, err error) {
	err = us.tx.row(ctx, s.index.texts[textKind{what, false}], append(s.countArgs(), limit)...).Scan(&n)
	return n, err
}

// tally counts the users who have a word in one of the plan's segments, as far as maxCounted and one more, by
// the indexes alone. It cannot tell, and says so, if users may be found by several words.
func (us users) tally(ctx context.Context, p *userPlan) (n int, known bool, err error) {
	filled, further, unclaimed, claimed := 0, 0, 0, 0
	for i := range p.segments {
		s := &p.segments[i]
		if s.pattern != "" {
			return 0, false, nil
		}
		one, err := us.inside(ctx, s, textCount, maxCounted+1)
		if err != nil {
			return 0, false, err
		}
		if one == 0 {
			continue
		}
		twice, err := us.inside(ctx, s, textTwice, maxCounted+1)
		if err != nil {
			return 0, false, err
		}
		if one > maxCounted && twice > 0 {
			if one, err = us.inside(ctx, s, textCount, maxCounted+1+twice); err != nil {
				return 0, false, err
			}
		}
		if one-twice > maxCounted {
			return maxCounted + 1, true, nil
		}
		filled, n, further = filled+1, n+one, further+twice
		switch field, _ := s.asked.(int); {
		case s.index == byIdentifier:
			claimed++
		case field > unclaimedTerms && field < kith.FirstOwnTerm:
			unclaimed++
		}
	}
	// Who is temporary claims no identifier, so nobody is in two such segments; of others each term counts as a
	// further one.
	apart := filled <= 1 || filled == 2 && unclaimed == 1 && claimed == 1
	return n, apart && further == 0, nil
}
