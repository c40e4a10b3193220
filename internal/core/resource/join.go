package resource

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"slices"
	"strings"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// A join is the table of the links between another table's rows and groups. The link of a user to a group makes the
// user a member of it, and its permission says what the group may do with the user's row: nothing, unless somebody
// says so. A link is named by its two rows, joined by a dot, and seen by whoever may view both.

// joinRows are the links of a table's rows to groups.
type joinRows struct {
	of     rows
	table  *Table
	groups groupRows
	left   string // the field that names the row: "email_id"
}

// joinOf makes the table of the links of another.
func joinOf(of rows, groups groupRows) joinRows {
	base := of.describe()
	left := base.Name + "_id"
	if left == GroupRelation { // of groups, whose links are no table of the face: the two ends need two names
		left = "linked_" + left
	}
	t := &Table{
		Name: base.Name + "_" + left + "_has_usergroup_usergroup_id", Noun: kith.NounGroup, Join: true,
		Doc: "Which rows of " + base.Name + " are linked to which groups. The group bits of a link's permission say what the group's members may do with the row.",
		Fields: []Field{
			{Name: left, Type: ID, Required: true, Write: OnAdd},
			{Name: GroupRelation, Type: ID, Required: true, Write: OnAdd},
		},
		Relations: []Relation{{Name: left, Table: base.Name}, {Name: GroupRelation, Table: "usergroup"}},
		Verbs:     kith.Of(kith.Add, kith.Change, kith.Delete),
	}
	return joinRows{of, t, groups, left}
}

func (j joinRows) describe() *Table { return j.table }

func (j joinRows) guard() gate.Table {
	g := ruledBy(j.table.Name, kith.NewMode(0, 0, kith.Of(kith.Peek, kith.View, kith.Add, kith.Change, kith.Delete)))
	g.Noun = kith.NounGroup
	return g
}

func (j joinRows) parse(id string) ([]byte, bool) {
	left, right, ok := strings.Cut(id, ".")
	row, okRow := j.of.parse(left)
	group, okGroup := parseID(right)
	return append(slices.Clone(row), group...), ok && okRow && okGroup
}

func (j joinRows) format(key []byte) string {
	row, group := splitKey(key)
	return j.of.format(row) + "." + group.String()
}

// splitKey gives the row's key and the group of a link's key.
func splitKey(key []byte) ([]byte, kith.GroupID) {
	at := max(0, len(key)-16)
	var group kith.GroupID
	copy(group[:], key[at:])
	return key[:at], group
}

// isUser reports whether the links are memberships.
func (j joinRows) isUser() bool { return j.of.describe() == userTable }

// linkPlace is the noun under which the links of a row are kept, and their key there.
func linkPlace(e *entry) (kith.Noun, []byte) {
	if t, is := e.value.(gate.Table); is {
		return t.Noun, t.Key
	}
	return e.Table.Noun, e.key
}

func (j joinRows) entry(row, group *entry, l kith.Link) *entry {
	key := append(slices.Clone(row.key), group.key...)
	r := &Row{Table: j.table, ID: j.format(key), Permission: kith.NewMode(0, 0, l.Verbs), CreatedAt: l.CreatedAt, UpdatedAt: l.CreatedAt,
		Values: map[string]any{j.left: row.ID, GroupRelation: group.ID}}
	if r.CreatedAt.IsZero() {
		r.CreatedAt, r.UpdatedAt = row.CreatedAt, row.CreatedAt
	}
	return &entry{Row: r, key: key, value: pair{row, group, l}, rule: func(ctx context.Context, tx *gate.Tx, verb kith.Verb) (kith.Rule, error) {
		return pair{row, group, l}.opens(ctx, tx, verb)
	}}
}

// pair is a link with the rows at its ends.
type pair struct {
	row, group *entry
	link       kith.Link
}

// opens is the rule of a link: whoever may view both ends sees it; to change it takes what that takes on the row, and
// to remove it, to refer to either. Of a group that people have made a member goes by themself, or is put out by who
// arranges it: others must not learn who is in it by what they are told.
func (p pair) opens(ctx context.Context, tx *gate.Tx, verb kith.Verb) (kith.Rule, error) {
	switch verb {
	case kith.Delete:
		g := p.group.value.(*kith.Group)
		made := p.row.Table == userTable && g.Kind >= kith.CustomGroup
		if !made || p.row.owns(tx.By) {
			rule, err := p.row.opens(ctx, tx, kith.Refer)
			if err != nil || rule != kith.Refused {
				return rule, err
			}
		}
		if made && !directory.Arranges(tx.By, g) {
			return kith.Refused, nil
		}
		return p.group.opens(ctx, tx, kith.Refer)
	case kith.Peek, kith.View:
		rule, err := p.row.opens(ctx, tx, kith.View)
		if err != nil || rule == kith.Refused {
			return rule, err
		}
		return p.group.opens(ctx, tx, kith.View)
	default:
		return p.row.opens(ctx, tx, verb)
	}
}

// ends are the links of a row, and how many of them follow from the row itself.
type ends struct {
	links   []kith.Link
	derived int
}

// links lists the links of rows, by their keys.
func (j joinRows) links(ctx context.Context, tx *gate.Tx, list []*entry) (map[string]ends, error) {
	of := make(map[string]ends, len(list))
	if len(list) == 0 {
		return of, nil
	}
	if _, few := j.of.(fewRows); few {
		return of, eachLinks(ctx, tx, list, of)
	}
	keys := make([][]byte, len(list))
	for i, row := range list {
		keys[i] = row.key
	}
	if j.isUser() {
		members, err := tx.Users.Several(ctx, idsOf[kith.User](keys))
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			of[string(m.User.ID[:])] = derived(m)
		}
	}
	for part := range slices.Chunk(keys, store.ManyRows) {
		pairs, err := tx.Links.PairsOf(ctx, j.of.describe().Noun, part)
		if err != nil {
			return nil, err
		}
		for _, p := range pairs {
			e := of[string(p.Key)]
			e.add(p.Link)
			of[string(p.Key)] = e
		}
	}
	return of, nil
}

// eachLinks lists the links of tables and actions, which are few and lie in places of their own.
func eachLinks(ctx context.Context, tx *gate.Tx, list []*entry, of map[string]ends) error {
	for _, row := range list {
		noun, key := linkPlace(row)
		links, err := tx.Links.Of(ctx, noun, key)
		if err != nil {
			return err
		}
		of[string(row.key)] = ends{links: links}
	}
	return nil
}

// derived are a user's memberships that follow from the user: the home group and the role group.
func derived(m kith.Member) ends {
	e := ends{links: []kith.Link{{Group: m.User.Home(), CreatedAt: m.User.CreatedAt}}, derived: 1}
	if m.Group != nil {
		e.links, e.derived = append(e.links, kith.Link{Group: m.Group.ID, CreatedAt: m.User.CreatedAt}), 2
	}
	return e
}

// add takes a link that is stored: it gives its verbs to one that is derived.
func (e *ends) add(l kith.Link) {
	if i := slices.IndexFunc(e.links, func(d kith.Link) bool { return d.Group == l.Group }); i >= 0 {
		e.links[i].Verbs = l.Verbs
		return
	}
	e.links = append(e.links, l)
}

// expand loads the links of rows, in the order of their keys, without those to groups that are not there. A user's row
// that was linked to a role group or a home is no member of it for that.
func (j joinRows) expand(ctx context.Context, tx *gate.Tx, list []*entry, down bool) ([]*entry, error) {
	of, err := j.links(ctx, tx, list)
	if err != nil {
		return nil, err
	}
	known, err := j.groupsOf(ctx, tx, of)
	if err != nil {
		return nil, err
	}
	var out []*entry
	for _, row := range list {
		e := of[string(row.key)]
		for i, l := range e.links {
			g := known[string(l.Group[:])]
			if g == nil || j.isUser() && i >= e.derived && g.value.(*kith.Group).Kind < kith.CustomGroup {
				continue
			}
			out = append(out, j.entry(row, g, l))
		}
	}
	slices.SortFunc(out, func(a, b *entry) int {
		if down {
			a, b = b, a
		}
		return bytes.Compare(a.key, b.key)
	})
	return out, nil
}

// groupsOf loads the groups that links lead to.
func (j joinRows) groupsOf(ctx context.Context, tx *gate.Tx, of map[string]ends) (map[string]*entry, error) {
	known := make(map[string]*entry)
	for _, e := range of {
		for _, l := range e.links {
			known[string(l.Group[:])] = nil
		}
	}
	groups, err := j.groups.load(ctx, tx, slices.Collect(keysIn(known)))
	for _, g := range groups {
		known[string(g.key)] = g
	}
	return known, err
}

// keysIn gives the keys of a map of entries as bytes.
func keysIn(m map[string]*entry) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for key := range m {
			if !yield([]byte(key)) {
				return
			}
		}
	}
}

func (j joinRows) load(ctx context.Context, tx *gate.Tx, keys [][]byte) ([]*entry, error) {
	found := make(map[string]*entry)
	var rowKeys [][]byte
	for _, key := range keys {
		row, _ := splitKey(key)
		rowKeys = append(rowKeys, row)
	}
	slices.SortFunc(rowKeys, bytes.Compare)
	rowKeys = slices.CompactFunc(rowKeys, bytes.Equal)
	list, err := loadAny(ctx, tx, j.of, rowKeys)
	if err != nil {
		return nil, err
	}
	all, err := j.expand(ctx, tx, list, false)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		found[string(e.key)] = e
	}
	return inOrder(keys, found), nil
}

// loadAny loads rows of a table, also of one whose rows are all in memory.
func loadAny(ctx context.Context, tx *gate.Tx, r rows, keys [][]byte) ([]*entry, error) {
	if few, is := r.(fewRows); is {
		all, err := few.entries(ctx, tx)
		found := make(map[string]*entry, len(all))
		for _, e := range all {
			found[string(e.key)] = e
		}
		return inOrder(keys, found), err
	}
	return r.(loadable).load(ctx, tx, keys)
}

// part reads the links after a place, of some more rows: those that the actor may view.
func (j joinRows) part(ctx context.Context, tx *gate.Tx, span store.KeySpan) (list []*entry, reached []byte, end bool, err error) {
	if few, is := j.of.(fewRows); is {
		all, err := few.entries(ctx, tx)
		if err == nil {
			list, err = j.expand(ctx, tx, all, span.Down)
		}
		return beyond(list, span), nil, true, err
	}
	var rows []*entry
	if span.After != nil { // the rest of the row that the place is in
		row, _ := splitKey(span.After)
		if rows, err = loadAny(ctx, tx, j.of, [][]byte{row}); err != nil {
			return nil, nil, false, err
		}
		span.After = row
	}
	keys, err := j.rowsOf(ctx, tx, span)
	if err != nil {
		return nil, nil, false, err
	}
	more, err := loadAny(ctx, tx, j.of, keys)
	if err != nil {
		return nil, nil, false, err
	}
	list, err = j.expand(ctx, tx, append(rows, more...), span.Down)
	if end = len(keys) < span.Limit; !end {
		edge := byte(0xff)
		if span.Down {
			edge = 0
		}
		reached = append(slices.Clone(keys[len(keys)-1]), bytes.Repeat([]byte{edge}, 16)...)
	}
	return list, reached, end, err
}

// beyond leaves out what lies before a place.
func beyond(list []*entry, span store.KeySpan) []*entry {
	if span.After == nil {
		return list
	}
	return slices.DeleteFunc(list, func(e *entry) bool {
		c := bytes.Compare(e.key, span.After)
		return c == 0 || c > 0 == span.Down
	})
}

// rowsOf lists rows that may have links: every user has, and of all other rows those that are linked.
func (j joinRows) rowsOf(ctx context.Context, tx *gate.Tx, span store.KeySpan) ([][]byte, error) {
	if j.isUser() {
		s, err := j.of.(manyRows).source(ctx, tx)
		if err != nil {
			return nil, err
		}
		return s.keys(ctx, span)
	}
	return tx.Links.Rows(ctx, j.of.describe().Noun, span)
}

func (j joinRows) add(_ context.Context, _ *kith.Actor, in Input) (adder, error) {
	v, err := j.table.check(in, nil)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, tx *gate.Tx) (*entry, error) {
		row, err := findEnd(ctx, tx, j.of, *v.text(j.left), j.left, refers)
		if err != nil {
			return nil, err
		}
		group, err := findEnd(ctx, tx, j.groups, *v.text(GroupRelation), GroupRelation, j.intoGroup(tx.By))
		if err != nil {
			return nil, err
		}
		mode, said := v.mode()
		if said && mode != kith.NewMode(0, 0, mode.Group()) {
			return nil, errLinkMode
		}
		return j.link(ctx, tx, row, group, mode.Group(), said)
	}, nil
}

var errLinkMode = kith.BadField("permission", kith.CodeNotAllowed, "A link has group bits only (16384 to 1048576): what the group's members may do with the row.")

// refers is what it takes to link a row to another.
func refers(*entry) kith.Verb { return kith.Refer }

// intoGroup is what it takes on a group to link a row to it. Staff who may change users put them into the role groups
// that they see, as far as directory.Join lets them.
func (j joinRows) intoGroup(by *kith.Actor) func(*entry) kith.Verb {
	return func(e *entry) kith.Verb {
		if j.isUser() && e.value.(*kith.Group).Kind == kith.RoleGroup && by.Holds(kith.SectionAdmin, kith.NounUser, kith.Change) {
			return kith.View
		}
		return kith.Refer
	}
}

// findEnd finds a row that a link is to lead to, and asks whether it may be.
func findEnd(ctx context.Context, tx *gate.Tx, r rows, id, field string, needs func(*entry) kith.Verb) (*entry, error) {
	missing := kith.BadField(field, kith.CodeNotFound, "There is no such row.")
	key, ok := r.parse(id)
	if !ok {
		return nil, missing
	}
	list, err := loadAny(ctx, tx, r, [][]byte{key})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, missing
	}
	_, err = list[0].ask(ctx, tx, needs(list[0]))
	if errors.Is(err, store.ErrNotFound) {
		return nil, missing
	}
	return list[0], err
}

// find reads a link by the id that its two rows give it.
func (j joinRows) find(ctx context.Context, tx *gate.Tx, id string) (*entry, error) {
	key, ok := j.parse(id)
	if !ok {
		return nil, store.ErrNotFound
	}
	list, err := j.load(ctx, tx, [][]byte{key})
	if err == nil && len(list) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// make makes the link that has an id.
func (j joinRows) make(ctx context.Context, tx *gate.Tx, id string) error {
	left, right, _ := strings.Cut(id, ".")
	step, err := j.add(ctx, tx.By, Input{Values: map[string]any{j.left: left, GroupRelation: right}})
	if err == nil {
		_, err = step(ctx, tx)
	}
	return err
}

// link ties a row to a group, with the verbs that are said, or those that links mostly have.
func (j joinRows) link(ctx context.Context, tx *gate.Tx, row, group *entry, verbs kith.Verbs, said bool) (*entry, error) {
	if err := askTable(ctx, tx, gate.TableOf(kith.NounGroup), kith.Refer); err != nil {
		return nil, err
	}
	if g := group.value.(*kith.Group); g.Kind != kith.HomeGroup { // or it could go while it is linked
		if _, err := tx.Groups.Hold(ctx, g.ID); err != nil {
			return nil, err
		}
	}
	if rule, err := row.opens(ctx, tx, kith.Refer); err != nil {
		return nil, err
	} else if rule == kith.ByPermission {
		if err := row.askRank(ctx, tx); err != nil {
			return nil, err
		}
	}
	held, err := row.holds(ctx, tx)
	if err != nil {
		return nil, err
	}
	switch {
	case said && verbs&^held != 0:
		return nil, errLends
	case !said && !j.isUser():
		verbs = kith.LinkVerbs & held
	}
	l := kith.Link{Group: kith.GroupID(group.key), Verbs: verbs, CreatedAt: tx.Now}
	noun, key := linkPlace(row)
	if j.isUser() {
		if err := directory.Join(ctx, tx, kith.UserID(row.key), group.value.(*kith.Group), l.Verbs); err != nil {
			return nil, err
		}
	} else if err := access.LinkRow(ctx, tx, noun, key, row.ID, row.Owner, l); err != nil {
		return nil, err
	}
	return j.entry(row, group, l), nil
}

func (j joinRows) change(_ context.Context, _ *kith.Actor, e *entry, in Input) (changer, error) {
	v, err := j.table.check(in, e.Row)
	if err != nil {
		return nil, err
	}
	mode, said := v.mode()
	if said && mode != kith.NewMode(0, 0, mode.Group()) {
		return nil, errLinkMode
	}
	return func(ctx context.Context, tx *gate.Tx, e *entry, _ kith.Rule) error {
		if !said || mode == e.Permission {
			tx.Unchanged()
			return nil
		}
		p := e.value.(pair)
		rule, err := p.row.opens(ctx, tx, kith.Change)
		if err != nil {
			return err
		}
		if err := p.row.askArranges(ctx, tx, rule); err != nil {
			return err
		}
		held, err := p.row.holds(ctx, tx)
		if err != nil {
			return err
		}
		if mode.Group()&^(held|p.link.Verbs) != 0 {
			return errLends
		}
		noun, key := linkPlace(p.row)
		l := kith.Link{Group: p.link.Group, Verbs: mode.Group()}
		return access.ChangeLink(ctx, tx, noun, key, p.row.ID, p.row.Owner, p.link.Verbs, l)
	}, nil
}

func (j joinRows) remove(ctx context.Context, tx *gate.Tx, e *entry, _ kith.Rule) error {
	p := e.value.(pair)
	if rule, err := e.opens(ctx, tx, kith.Delete); err != nil {
		return err
	} else if rule == kith.ByPermission {
		if err := p.row.askRank(ctx, tx); err != nil {
			return err
		}
	}
	if j.isUser() {
		return directory.Leave(ctx, tx, kith.UserID(p.row.key), p.group.value.(*kith.Group))
	}
	noun, key := linkPlace(p.row)
	return access.UnlinkRow(ctx, tx, noun, key, p.row.ID, p.row.Owner, p.link)
}
