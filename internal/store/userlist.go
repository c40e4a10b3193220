package store

import (
	"context"
	"maps"
	"slices"

	"kith"
)

// UserListing asks for a part of a list of users.
type UserListing struct {
	Filter UserFilter
	Order  *kith.Order // nil: by the words that are asked for or, where none are, newest first
	Skip   int         // users to leave out, from the first; not with After
	Size   int
	After  *UserPosition // of an earlier answer; nil: from the first
	Back   bool          // towards the first
	Count  bool          // how many are there in all?
}

// UserFound is a part of a list.
type UserFound struct {
	Rows       []kith.Member // without their company
	Total      int           // with Count; -1: it would take a walk from the first, and this one began after it
	Capped     bool          // there are more than Total
	Incomplete bool          // the bounds of a walk ended it before the part was full
	Before     *UserPosition // go back from here; nil: nothing is there
	Next       *UserPosition // go on from here; nil: nothing is there
}

// List reads a part of the company's users, with their groups.
func (us users) List(ctx context.Context, l UserListing) (*UserFound, error) {
	p, err := us.plan(ctx, l.Filter, l.Order)
	if err != nil {
		return nil, err
	}
	var hits []userHit
	found := &UserFound{Total: -1}
	switch {
	case p.gather:
		hits, err = us.gathered(ctx, &p, &l, found)
	case !p.words && !p.rest.asksRow():
		hits, err = us.straight(ctx, &p, &l, found)
	default:
		hits, err = us.walked(ctx, &p, &l, found)
	}
	if err != nil {
		return nil, err
	}
	found.Rows, err = us.members(ctx, hits)
	return found, err
}

// ends says where a list goes on, before its first hit and after its last.
func (found *UserFound) ends(hits []userHit, before, after bool) {
	if before && len(hits) > 0 {
		found.Before = &hits[0].at
	}
	if after && len(hits) > 0 {
		found.Next = &hits[len(hits)-1].at
	}
}

// straight reads the part from an index that answers everything.
func (us users) straight(ctx context.Context, p *userPlan, l *UserListing, found *UserFound) ([]userHit, error) {
	s := p.segments[0]
	w := &userWalk{us: us, plan: p, down: p.order.Descending != l.Back}
	lo, hi := s.lo, s.hi
	switch {
	case l.After != nil && w.down:
		hi = *l.After
	case l.After != nil:
		lo = *l.After
	}
	what := textWhole // in one go
	if l.Skip > 0 {
		what = textKeys // without a look at the rows that are skipped
	}
	hits, err := w.read(ctx, what, &s, lo, hi, nil, l.Size+1, l.Skip)
	if err != nil {
		return nil, err
	}
	more := len(hits) > l.Size
	hits = hits[:min(len(hits), l.Size)]
	if l.Back {
		slices.Reverse(hits)
	}
	found.ends(hits, l.Skip > 0 || l.After != nil && (!l.Back || more), more || l.Back)
	if !l.Count {
		return hits, nil
	}
	return hits, us.total(ctx, p, &l.Filter, found)
}

// total counts on the index; all users are counted already.
func (us users) total(ctx context.Context, p *userPlan, f *UserFilter, found *UserFound) error {
	if !f.asksRow() {
		all, err := us.tx.Counts.Get(ctx)
		found.Total = all.Total
		return err
	}
	n, err := us.entries(ctx, p.segments, maxCounted+1)
	found.Total, found.Capped = min(n, maxCounted), n > maxCounted
	return err
}

// walked reads the part by a walk.
func (us users) walked(ctx context.Context, p *userPlan, l *UserListing, found *UserFound) ([]userHit, error) {
	present := l.Filter.onlyPresent()
	bare := p.words && !p.rest.asksRow() // the words are all that is asked
	w := &userWalk{us: us, plan: p, down: (p.order.Descending && !p.words) != l.Back, from: l.After, skip: l.Skip, size: l.Size,
		count: l.Count && l.After == nil && !present && !bare}
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	if bare && l.Count && l.After == nil {
		if err := us.countWords(ctx, w); err != nil {
			return nil, err
		}
	}
	hits := w.found
	if l.Back {
		slices.Reverse(hits)
	}
	found.Incomplete = w.cut && !w.more && len(hits) < l.Size
	found.ends(hits, l.Skip > 0 || l.After != nil && (!l.Back || w.more), w.more || l.Back || w.cut)
	if found.Incomplete && l.Back {
		found.Before = &w.reached
	} else if found.Incomplete {
		found.Next = &w.reached
	}
	switch {
	case l.Count && present:
		all, err := us.tx.Counts.Get(ctx)
		found.Total = all.Total - all.Archived
		return hits, err
	case w.count:
		found.Total, found.Capped = min(w.matched, maxCounted), w.cut || w.matched > maxCounted
	}
	return hits, nil
}

// countWords goes on counting after a walk that stopped when its part was full: by the indexes if these can
// tell, and by walking on otherwise.
func (us users) countWords(ctx context.Context, w *userWalk) error {
	w.count = true
	if !w.more {
		return nil
	}
	n, known, err := us.tally(ctx, w.plan)
	if err != nil {
		return err
	}
	if !known {
		all := &userWalk{us: us, plan: w.plan, count: true}
		if err := all.run(ctx); err != nil {
			return err
		}
		n, w.cut = all.matched, all.cut
	}
	w.matched = n
	return nil
}

// onlyPresent reports whether the filter asks for those who are not archived, and nothing else: the counts
// know how many these are.
func (f *UserFilter) onlyPresent() bool {
	if f.Archived == nil || *f.Archived || f.IDs != nil {
		return false
	}
	rest := *f
	rest.Archived = nil
	return !rest.asksRow()
}

// gathered finds everybody, if they are few, and sorts them.
func (us users) gathered(ctx context.Context, p *userPlan, l *UserListing, found *UserFound) ([]userHit, error) {
	all, cut, err := us.gather(ctx, p)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].at = UserPosition{Number: timeOf(all[i].user, p.order.By), ID: all[i].id}
	}
	compare := compareUsers(p.order)
	slices.SortFunc(all, compare)
	first, last := l.Skip, l.Skip+l.Size
	if l.After != nil {
		at, is := slices.BinarySearchFunc(all, userHit{at: *l.After, id: l.After.ID}, compare)
		if l.Back {
			first, last = at-l.Size, at
		} else {
			first = at + bit(is, 1)
			last = first + l.Size
		}
	}
	first, last = min(max(first, 0), len(all)), min(max(last, 0), len(all))
	hits := all[first:last]
	found.ends(hits, first > 0, last < len(all))
	found.Incomplete = cut
	if l.Count {
		found.Total, found.Capped = len(all), cut
	}
	return hits, nil
}

// gather finds everybody, up to a bound that cuts it.
func (us users) gather(ctx context.Context, p *userPlan) (all []userHit, cut bool, err error) {
	w := &userWalk{us: us, plan: p, size: maxGathered, full: true}
	err = w.run(ctx)
	return w.found, w.more || w.cut, err
}

// timeOf is what an order sorts a user by.
func timeOf(u *kith.User, by kith.OrderKey) int64 {
	switch by {
	case kith.ByUpdated:
		return stamp(u.UpdatedAt)
	case kith.ByLastLogin:
		return stamp(u.LastLogin)
	default:
		return stamp(u.CreatedAt)
	}
}

// manyUsers is how many users one statement reads, and manyGroups likewise.
const (
	manyUsers  = 50
	manyGroups = 10
	fiftyMarks = `$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
		$27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51`
)

// members reads the users that are not read yet, and everybody's group, and keeps the order. Who is gone
// meanwhile is left out.
func (us users) members(ctx context.Context, hits []userHit) ([]kith.Member, error) {
	var missing []kith.UserID
	known := make(map[kith.UserID]userHit, len(hits))
	for _, h := range hits {
		if h.user == nil {
			missing = append(missing, h.id)
		} else {
			known[h.id] = h
		}
	}
	for part := range slices.Chunk(missing, manyUsers) {
		err := each(ctx, us.tx, `SELECT u.group_id, `+userColumns+` FROM users u
			WHERE u.company_id = $1 AND u.id IN (`+fiftyMarks+`)`, padded(part, manyUsers), func(row rowScanner) error {
			var r userRow
			var h userHit
			err := row.Scan(append([]any{idDest(&h.group)}, r.dest()...)...)
			if err != nil {
				return err
			}
			h.user, err = r.read()
			known[r.user.ID] = h
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	groups, err := us.tx.Groups.several(ctx, known)
	if err != nil {
		return nil, err
	}
	rows := make([]kith.Member, 0, len(hits))
	for _, h := range hits {
		if k, ok := known[h.id]; ok {
			rows = append(rows, kith.Member{User: k.user, Group: groups[k.group]})
		}
	}
	return rows, nil
}

// several reads the groups that users are in.
func (gs groups) several(ctx context.Context, of map[kith.UserID]userHit) (map[kith.GroupID]*kith.Group, error) {
	found := make(map[kith.GroupID]*kith.Group)
	for _, h := range of {
		if !h.group.IsZero() {
			found[h.group] = nil
		}
	}
	list, err := gs.Several(ctx, slices.Collect(maps.Keys(found)))
	for _, g := range list {
		found[g.ID] = g
	}
	return found, err
}

// padded makes ids the arguments of a text that takes n of them, by repeating the last.
func padded[N any](ids []kith.ID[N], n int) []any {
	args := make([]any, n)
	for i := range args {
		id := ids[min(i, len(ids)-1)]
		args[i] = id[:]
	}
	return args
}

// ByAccount finds whose account has a reference; the zero id if it is the company's own.
func (us users) ByAccount(ctx context.Context, reference string) (kith.UserID, error) {
	var id kith.UserID
	err := us.tx.row(ctx, `SELECT user_id FROM accounts WHERE company_id = $1 AND reference = $2`, reference).Scan(idDest(&id))
	return id, err
}

// AccountKinds finds the kinds of account of a name or label, and says whether everybody has one of them.
func (us users) AccountKinds(ctx context.Context, text string, label bool) (everybody bool, names []string, err error) {
	err = each(ctx, us.tx, `SELECT name, everybody FROM account_definitions
		WHERE company_id = $1 AND CASE WHEN CAST($3 AS BOOLEAN) THEN label ELSE name END = CAST($2 AS TEXT)`, []any{text, label}, func(row rowScanner) error {
		var name string
		var all bool
		err := row.Scan(&name, &all)
		names, everybody = append(names, name), everybody || all
		return err
	})
	return everybody, names, err
}
