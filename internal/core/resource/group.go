package resource

import (
	"context"
	"errors"
	"slices"
	"strings"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/gate"
	"kith/internal/store"
)

var groupTable = &Table{
	Name: "usergroup", Noun: kith.NounGroup, Doc: "Groups of users. Role groups say what their members may do on every face; everybody has a home group of their own; all others are made here.",
	Fields: []Field{
		{Name: "name", Type: Text, MaxLength: 80, Required: true, Unique: true, Write: Always},
		{Name: "kind", Type: Text, Doc: "role, home, custom or identity."},
	},
	Relations: []Relation{{Name: MemberRelation, Table: "user_account", Many: true, Write: true}},
	Owned:     true, Grouped: true, Verbs: kith.Of(kith.Add, kith.Change, kith.Delete),
}

// MemberRelation leads from a group to its members, in the place of the relation to its owner, who stands in the
// attribute of that name.
const MemberRelation = OwnerRelation

// groupRows are the role groups, those that people make, and everybody's home.
type groupRows struct{ access *access.Access }

func (groupRows) describe() *Table  { return groupTable }
func (groupRows) guard() gate.Table { return gate.TableOf(kith.NounGroup) }

func (groupRows) parse(id string) ([]byte, bool) { return parseID(id) }
func (groupRows) format(key []byte) string       { return formatID(key) }

func parseID(id string) ([]byte, bool) {
	parsed, err := kith.ParseID[any](id)
	return parsed[:], err == nil && !parsed.IsZero()
}

func formatID(key []byte) string {
	var id kith.ID[any]
	copy(id[:], key)
	return id.String()
}

// The names under which the foreign API knows two of the role groups.
var roleNames = map[string]string{kith.GroupAdmin: "administrators", kith.GroupUser: "users"}

func groupEntry(g *kith.Group) *entry {
	name := g.Name
	if foreign, ok := roleNames[name]; ok && g.Kind == kith.RoleGroup {
		name = foreign
	}
	row := &Row{Table: groupTable, ID: g.ID.String(), Owner: g.Owner, Permission: g.Mode, CreatedAt: g.CreatedAt, UpdatedAt: g.UpdatedAt,
		Values: map[string]any{"name": name, "kind": g.Kind.String()}}
	e := &entry{Row: row, key: g.ID[:], grants: g.Grants(), value: g}
	e.rule = func(ctx context.Context, tx *gate.Tx, verb kith.Verb) (kith.Rule, error) {
		return opensGroup(ctx, tx, e, verb)
	}
	return e
}

// opensGroup is the rule of a group's row: whom its own mode opens it to besides, those in it are among.
func opensGroup(ctx context.Context, tx *gate.Tx, e *entry, verb kith.Verb) (kith.Rule, error) {
	rule, err := tx.OpensRow(ctx, kith.NounGroup, e.key, e.grants, verb)
	g := e.value.(*kith.Group)
	if err != nil || rule != kith.Refused || tx.By.User == nil || g.Kind == kith.RoleGroup || !g.Mode.Group().Has(verb) {
		return rule, err
	}
	_, err = tx.Links.Get(ctx, kith.NounUser, tx.By.User.ID[:], g.ID)
	if errors.Is(err, store.ErrNotFound) {
		return kith.Refused, nil
	}
	return kith.ByGroup, err
}

// homeEntry is a user's home group.
func homeEntry(u *kith.User) *entry {
	g := u.HomeGroup()
	g.Owner, g.Mode = u.ID, kith.DefaultRowMode
	return groupEntry(&g)
}

func (groupRows) load(ctx context.Context, tx *gate.Tx, keys [][]byte) ([]*entry, error) {
	found := make(map[string]*entry, len(keys))
	for part := range slices.Chunk(keys, 10) {
		list, err := tx.Groups.Several(ctx, idsOf[kith.Group](part))
		if err != nil {
			return nil, err
		}
		for _, g := range list {
			found[string(g.ID[:])] = groupEntry(g)
		}
	}
	var homes []kith.UserID
	for _, key := range keys {
		if found[string(key)] == nil {
			homes = append(homes, kith.UserID(key))
		}
	}
	if len(homes) > 0 {
		list, err := tx.Users.Several(ctx, homes)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			found[string(m.User.ID[:])] = homeEntry(m.User)
		}
	}
	return inOrder(keys, found), nil
}

func idsOf[N any](keys [][]byte) []kith.ID[N] {
	ids := make([]kith.ID[N], len(keys))
	for i, key := range keys {
		copy(ids[i][:], key)
	}
	return ids
}

// inOrder gives what was found of some keys, in their order.
func inOrder(keys [][]byte, found map[string]*entry) []*entry {
	list := make([]*entry, 0, len(keys))
	for _, key := range keys {
		if e := found[string(key)]; e != nil {
			list = append(list, e)
		}
	}
	return list
}

func (g groupRows) source(ctx context.Context, tx *gate.Tx) (*source, error) {
	by := tx.By
	s := &source{all: by.Holds(kith.SectionAdmin, kith.NounGroup, kith.View)}
	s.total = s.count
	if s.all {
		s.streams = []stream{tx.Groups.Keys, tx.Users.Keys}
		return s, nil
	}
	s.streams = []stream{tx.Groups.GuestKeys}
	if by.User == nil {
		return s, nil
	}
	s.streams = append(s.streams, one(by.User.ID[:]), func(ctx context.Context, span store.KeySpan) ([][]byte, error) {
		return tx.Groups.OwnedKeys(ctx, by.User.ID, span)
	})
	circle, err := circleOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	in, err := g.load(ctx, tx, keysOf(circle))
	if err != nil {
		return nil, err
	}
	for _, e := range in { // its members may view a group if its own mode says so
		if e.grants.Allows(&kith.Actor{User: by.User, Group: &kith.Group{ID: kith.GroupID(e.key)}}, kith.NounGroup, kith.View) != kith.Refused {
			s.streams = append(s.streams, one(e.key))
		}
	}
	return s, s.link(ctx, tx, kith.NounGroup, circle)
}

// circleOf lists the groups that the actor is in: their home, their role group and all others.
func circleOf(ctx context.Context, tx *gate.Tx) ([]kith.GroupID, error) {
	by := tx.By
	if by.User == nil {
		return nil, nil
	}
	circle := []kith.GroupID{by.User.Home()}
	if by.Group != nil {
		circle = append(circle, by.Group.ID)
	}
	others, err := tx.Links.GroupsOf(ctx, by.User.ID)
	return append(circle, others...), err
}

func keysOf(groups []kith.GroupID) [][]byte {
	keys := make([][]byte, len(groups))
	for i := range groups {
		keys[i] = groups[i][:]
	}
	return keys
}

// link adds the rows that links let groups view which the actor is in. Groups that may view none are not asked again.
func (s *source) link(ctx context.Context, tx *gate.Tx, noun kith.Noun, circle []kith.GroupID) error {
	for _, group := range circle {
		n, err := tx.Links.Count(ctx, noun, group, maxCounted+1)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		keys := func(ctx context.Context, span store.KeySpan) ([][]byte, error) {
			return tx.Links.Keys(ctx, noun, group, span)
		}
		has := func(ctx context.Context, key []byte) (bool, error) {
			l, err := tx.Links.Get(ctx, noun, key, group)
			if errors.Is(err, store.ErrNotFound) {
				return false, nil
			}
			return l.Verbs.Has(kith.View), err
		}
		s.linked = append(s.linked, viewed{keys, has, n})
	}
	return nil
}

func (groupRows) points(ctx context.Context, tx *gate.Tx, c Clause, value string) ([][]byte, bool, error) {
	if c.Field != "name" {
		return nil, false, nil
	}
	if rest, home := strings.CutPrefix(value, "Home group for "); home && rest != "" {
		return nil, false, nil
	}
	for name, foreign := range roleNames {
		if value == foreign {
			value = name
		}
	}
	g, err := tx.Groups.NamedAny(ctx, value)
	if errors.Is(err, store.ErrNotFound) {
		return nil, true, nil
	} else if err != nil {
		return nil, true, err
	}
	return [][]byte{g.ID[:]}, true, nil
}

func (g groupRows) add(_ context.Context, _ *kith.Actor, in Input) (adder, error) {
	v, err := groupTable.check(in, nil)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, tx *gate.Tx) (*entry, error) {
		mode, said := v.mode()
		if !said {
			mode = kith.DefaultRowMode
		}
		made, err := access.AddOwnGroup(ctx, tx, *v.text("name"), mode)
		if err != nil {
			return nil, err
		}
		return groupEntry(made), nil
	}, nil
}

func (groupRows) change(_ context.Context, _ *kith.Actor, e *entry, in Input) (changer, error) {
	v, err := groupTable.check(in, e.Row)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, tx *gate.Tx, e *entry, _ kith.Rule) error {
		if mode, said := v.mode(); said {
			if err := checkMode(ctx, tx, e, mode); err != nil {
				return err
			}
		}
		mode, said := v.mode()
		return access.ChangeOwnGroup(ctx, tx, e.value.(*kith.Group), v.text("name"), mode, said)
	}, nil
}

func (groupRows) remove(ctx context.Context, tx *gate.Tx, e *entry, _ kith.Rule) error {
	return access.DeleteOwnGroup(ctx, tx, e.value.(*kith.Group))
}
