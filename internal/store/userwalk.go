package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"kith"
)

// Bounds of a walk, which looks at users one after the other because no index answers all that is asked.
const (
	walkTime   = 500 * time.Millisecond // then it answers with what it found
	walkFirst  = 256                    // entries in the first slice; each one is four times the one before
	walkSlice  = 4096                   // at most
	walkFree   = 2000                   // entries that anyone may look at; past them a walk needs one of the places
	maxCounted = 10_000                 // users that are counted one by one
	maxLooked  = 50_000                 // entries that are looked at only to count
)

// userHit is a user found, and where.
type userHit struct {
	at    UserPosition
	id    kith.UserID
	user  *kith.User // nil: not read yet
	group kith.GroupID
}

// userWalk goes through the segments of a plan, in slices, until the part of the list that is asked for is
// full and, if it is to be counted, everybody is, as far as the bounds allow.
type userWalk struct {
	us    users
	plan  *userPlan
	down  bool          // from the end to the beginning
	from  *UserPosition // nil: from the first
	skip  int
	size  int
	count bool // go on when the part is full, to count

	full     bool                 // the users themselves are needed
	seen     map[kith.UserID]bool // of words, from the first: who was found already
	found    []userHit
	matched  int
	looked   int
	more     bool // there is another after the part
	cut      bool // the bounds ended it
	reached  UserPosition
	deadline time.Time
	release  func() // of its place; nil if it has none
}

func (w *userWalk) run(ctx context.Context) error {
	w.deadline = time.Now().Add(w.us.tx.walkTime())
	defer func() {
		if w.release != nil {
			w.release()
		}
	}()
	w.full = w.full || w.plan.rest.asksUser()
	if w.plan.words {
		if w.from == nil && !w.down {
			w.seen = make(map[kith.UserID]bool)
		} else {
			w.full = true
		}
	}
	for i := range w.plan.segments {
		at := i
		if w.down {
			at = len(w.plan.segments) - 1 - i
		}
		if done, err := w.segment(ctx, at); done || err != nil {
			return err
		}
		if w.enough() {
			return nil
		}
	}
	return nil
}

// segment walks one segment, and says whether the walk is over.
func (w *userWalk) segment(ctx context.Context, at int) (done bool, err error) {
	s := &w.plan.segments[at]
	lo, hi := s.lo, s.hi
	if w.from != nil {
		switch {
		case w.from.Segment == at && w.down:
			hi = *w.from
		case w.from.Segment == at:
			lo = s.after(*w.from)
		case w.down == (w.from.Segment < at):
			return false, nil // behind us
		}
	}
	for slice := walkFirst; ; slice = min(4*slice, walkSlice) {
		reached, end, err := w.slice(ctx, at, lo, hi, slice)
		if err != nil || end {
			return false, err
		}
		w.reached = reached
		if w.down {
			hi = reached
		} else {
			lo = s.after(reached)
		}
		if w.enough() {
			return true, nil
		}
		if over, err := w.over(ctx); over || err != nil {
			return true, err
		}
	}
}

// enough reports whether nothing more is asked for.
func (w *userWalk) enough() bool {
	if !w.more {
		return false
	}
	if !w.count {
		return true
	}
	w.cut = w.matched > maxCounted || w.looked >= maxLooked
	return w.cut
}

// over reports whether the walk has to end here, and takes a place for it when it becomes a long one.
func (w *userWalk) over(ctx context.Context) (bool, error) {
	left := time.Until(w.deadline)
	if left <= 0 {
		w.cut = true
		return true, nil
	}
	if w.release != nil || w.looked < walkFree {
		return false, nil
	}
	var err error
	w.release, err = walks.take(ctx, w.us.tx.company, left)
	w.cut = err == nil && w.release == nil
	return w.release == nil, err
}

// slice looks at about n entries of a segment between two bounds. It gives the last of them, or says that
// the segment ended.
func (w *userWalk) slice(ctx context.Context, at int, lo, hi UserPosition, n int) (reached UserPosition, end bool, err error) {
	s := &w.plan.segments[at]
	filtered := s.pattern != "" || w.plan.rest.asksRow()
	end, limit := true, n
	if filtered {
		all := *s
		all.pattern = ""
		edge, err := w.read(ctx, textKeys, &all, lo, hi, nil, 1, n-1)
		if err != nil {
			return reached, false, err
		}
		if len(edge) > 0 {
			end, reached = false, edge[0].at
			if w.down {
				lo = s.from(reached)
			} else {
				hi = s.until(reached)
			}
		}
		limit = min(n, w.wanted())
	}
	what := textKeys
	switch {
	case w.full:
		what = textFull
	case w.plan.rest.asksRow():
		what = textMatch
	}
	hits, err := w.read(ctx, what, s, lo, hi, &w.plan.rest, limit, 0)
	if err != nil {
		return reached, false, err
	}
	w.looked += n
	if len(hits) == limit {
		end, reached = false, hits[len(hits)-1].at
	}
	reached.Segment = at
	for i := range hits {
		hits[i].at.Segment = at
		if err := w.take(ctx, &hits[i]); err != nil {
			return reached, false, err
		}
	}
	return reached, end, nil
}

// wanted is how many more users can be of use.
func (w *userWalk) wanted() int {
	n := w.skip + w.size + 1
	if w.count {
		n = max(n, maxCounted+1)
	}
	return max(n-w.matched, 1)
}

// read runs one of a segment's texts. rest is for those that filter. Places for a row's columns
// are made once: what is kept of a row is a copy.
func (w *userWalk) read(ctx context.Context, what textWhat, s *segment, lo, hi UserPosition, rest *UserFilter, limit, offset int) ([]userHit, error) {
	args := s.args(lo, hi)
	if what == textMatch || what == textFull {
		args = append(args, rest.args()...)
	}
	args = append(args, limit)
	if what == textKeys {
		args = append(args, offset)
	}
	var hits []userHit
	var hit userHit
	var r userRow
	dest := []any{&hit.at.Number, idDest(&hit.id)}
	if s.index.terms {
		dest[0] = &hit.at.Text
	}
	users := what == textFull || what == textWhole
	if users {
		dest = append(append(dest, idDest(&hit.group)), r.dest()...)
	}
	err := each(ctx, w.us.tx, s.index.texts[textKind{what, w.down}], args, func(row rowScanner) error {
		hit, r = userHit{}, userRow{}
		if err := row.Scan(dest...); err != nil {
			return err
		}
		hit.at.ID = hit.id
		if users {
			u, err := r.read()
			if err != nil {
				return err
			}
			kept := *u
			hit.user = &kept
		}
		hits = append(hits, hit)
		return nil
	})
	return hits, err
}

// take counts a user who was found, unless there is something against it.
func (w *userWalk) take(ctx context.Context, hit *userHit) error {
	if w.plan.words {
		again, err := w.again(ctx, hit)
		if again || err != nil {
			return err
		}
	}
	if ok, err := w.us.passes(ctx, &w.plan.rest, hit.user); !ok || err != nil {
		return err
	}
	w.matched++
	switch {
	case w.matched <= w.skip:
	case len(w.found) < w.size:
		w.found = append(w.found, *hit)
	default:
		w.more = true
	}
	return nil
}

// again reports whether a user is found by an earlier word than this one as well: each is listed at their
// first.
func (w *userWalk) again(ctx context.Context, hit *userHit) (bool, error) {
	if w.seen != nil {
		again := w.seen[hit.id]
		w.seen[hit.id] = true
		return again, nil
	}
	terms := termsOf(hit.user)
	var names []Term // identifiers, by the numbers of their kinds
	in := &w.plan.segments[hit.at.Segment]
	if field, _ := in.asked.(int); in.index == byIdentifier || field > unclaimedTerms && field < kith.FirstOwnTerm {
		others, err := w.us.tx.Identifiers.Further(ctx, hit.id)
		if err != nil {
			return false, err
		}
		names = primaryNames(hit.user, others)
		for _, i := range others {
			if !i.Unclaimed {
				names = append(names, Term{Field: int(i.Kind), Value: i.Folded})
			}
		}
		terms = append(terms, UnclaimedTerms(others...)...)
	}
	for at := range w.plan.segments[:hit.at.Segment+1] {
		s := &w.plan.segments[at]
		words := terms
		if s.index == byIdentifier {
			words = names
		}
		if slices.ContainsFunc(words, func(t Term) bool {
			return s.has(t) && (at < hit.at.Segment || t.Value < hit.at.Text)
		}) {
			return true, nil
		}
	}
	return false, nil
}

// has reports whether a word lies in a segment.
func (s *segment) has(t Term) bool {
	return s.asked == t.Field && t.Value >= s.lo.Text && t.Value < s.hi.Text &&
		(s.pattern == "" || strings.Contains(t.Value, s.wanted()))
}

// wanted is the text that a pattern looks for.
func (s *segment) wanted() string {
	return strings.NewReplacer(`\\`, `\`, `\%`, `%`, `\_`, `_`).Replace(strings.TrimSuffix(strings.TrimPrefix(s.pattern, "%"), "%"))
}

// primaryNames are the identifiers that a user's row shows and claims, as compared. Of those that are not
// ASCII only core/directory knows what that is, and they are left out.
func primaryNames(u *kith.User, others []*kith.Identifier) []Term {
	var list []Term
	for kind, shown := range map[kith.IdentifierKind]string{kith.Username: u.Username, kith.Email: u.Email, kith.Mobile: u.Mobile} {
		ascii := !strings.ContainsFunc(shown, func(r rune) bool { return r > 0x7f })
		unclaimed := slices.ContainsFunc(others, func(i *kith.Identifier) bool { return i.Kind == kind && i.Primary })
		if shown != "" && ascii && !u.Temporary && !unclaimed {
			list = append(list, Term{Field: int(kind), Value: strings.ToLower(shown)})
		}
	}
	return list
}

// passes asks of a user what only the whole user can tell. Nothing is asked of one who was not read.
func (us users) passes(ctx context.Context, f *UserFilter, u *kith.User) (bool, error) {
	if u == nil {
		return true, nil
	}
	if f.Check != nil && !f.Check(u) {
		return false, nil
	}
	for i := range f.Words {
		if ok, err := us.hasWord(ctx, &f.Words[i], u); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (us users) hasWord(ctx context.Context, w *WordMatch, u *kith.User) (bool, error) {
	if w.Checked {
		return true, nil
	}
	for _, t := range termsOf(u) {
		if slices.Contains(w.Fields, t.Field) && w.is(t.Value, w.Folded) {
			return true, nil
		}
	}
	if len(w.Identifier) == 0 {
		return false, nil
	}
	named := func(t Term) bool {
		kind := kith.IdentifierKind(t.Field) //nolint:gosec // a kind
		return slices.Contains(w.Identifier, kind) && w.is(strings.ToLower(t.Value), w.spelled(kind))
	}
	shown := []Term{{Field: int(kith.Username), Value: u.Username}, {Field: int(kith.Email), Value: u.Email}, {Field: int(kith.Mobile), Value: u.Mobile}}
	if slices.ContainsFunc(shown, func(t Term) bool { return t.Value != "" && named(t) }) {
		return true, nil
	}
	others, err := us.tx.Identifiers.Further(ctx, u.ID)
	return slices.ContainsFunc(others, func(i *kith.Identifier) bool {
		value := i.Folded
		if i.Unclaimed {
			value = i.Value
		}
		return named(Term{Field: int(i.Kind), Value: value})
	}), err
}

// compare sorts users by an order, and those of one moment by their ids.
func compareUsers(order kith.Order) func(a, b userHit) int {
	return func(a, b userHit) int {
		c := cmp.Or(cmp.Compare(a.at.Number, b.at.Number), slices.Compare(a.id[:], b.id[:]))
		if order.Descending {
			return -c
		}
		return c
	}
}
