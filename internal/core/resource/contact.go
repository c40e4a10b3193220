package resource

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/signin"
	"kith/internal/store"
)

// The tables of what users are reached by. Their rows are their users' own.
var (
	emailTable = &Table{
		Name: "email", Noun: kith.NounEmail, Doc: "E-mail addresses of users, each verified on its own; one of each user's is primary.",
		Fields: contactFields(Email, "email", 254),
		Owned:  true, Grouped: true, Verbs: kith.Of(kith.Add, kith.Change, kith.Delete),
	}
	mobileTable = &Table{
		Name: "mobile", Noun: kith.NounMobile, Doc: "Mobile numbers of users (E.164), each verified on its own; one of each user's is primary.",
		Fields: contactFields(Mobile, "mobile", 40),
		Owned:  true, Grouped: true, Verbs: kith.Of(kith.Add, kith.Change, kith.Delete),
	}
)

func contactFields(kind Type, name string, most int) []Field {
	return []Field{
		{Name: name, Type: kind, MaxLength: most, Required: true, Unique: true, Write: OnAdd},
		{Name: "primary", Type: Flag, Write: Always, Doc: "The one that the user is shown with."},
		{Name: "confirmed", Type: Flag, Doc: "The user has verified it."},
		{Name: OwnerRelation, Type: ID, Write: OnAdd, Doc: "Whose it is; oneself if not given."},
	}
}

// contactRows are the e-mails or the mobiles of a company's users.
type contactRows struct {
	kind   kith.IdentifierKind
	table  *Table
	signin *signin.Signin
}

func (c contactRows) describe() *Table  { return c.table }
func (c contactRows) guard() gate.Table { return gate.TableOf(c.table.Noun) }

func (c contactRows) parse(id string) ([]byte, bool) {
	n, err := strconv.ParseInt(id, 10, 64)
	return store.SerialKey(kith.Serial(n)), err == nil && n > 0 && strconv.FormatInt(n, 10) == id
}

func (c contactRows) format(key []byte) string { return strconv.FormatInt(int64(serialOf(key)), 10) }

func serialOf(key []byte) kith.Serial {
	if len(key) != 8 {
		return 0
	}
	return kith.Serial(binary.BigEndian.Uint64(key)) //nolint:gosec // numbers are below 2^53
}

func (c contactRows) entry(i *kith.Identifier) *entry {
	row := &Row{Table: c.table, ID: c.format(store.SerialKey(i.ID)), Owner: i.User, Permission: i.Mode, CreatedAt: i.CreatedAt, UpdatedAt: i.CreatedAt,
		Values: map[string]any{c.kind.String(): i.Value, "primary": i.Primary, "confirmed": !i.VerifiedAt.IsZero(), OwnerRelation: i.User.String()}}
	if i.VerifiedAt.After(i.CreatedAt) {
		row.UpdatedAt = i.VerifiedAt
	}
	return &entry{Row: row, key: store.SerialKey(i.ID), grants: i.Grants(), value: i}
}

func (c contactRows) load(ctx context.Context, tx *gate.Tx, keys [][]byte) ([]*entry, error) {
	found := make(map[string]*entry, len(keys))
	for part := range slices.Chunk(keys, store.ManyIdentifiers) {
		ids := make([]kith.Serial, len(part))
		for i, key := range part {
			ids[i] = serialOf(key)
		}
		list, err := tx.Identifiers.Several(ctx, c.kind, ids)
		if err != nil {
			return nil, err
		}
		for _, i := range list {
			found[string(store.SerialKey(i.ID))] = c.entry(i)
		}
	}
	return inOrder(keys, found), nil
}

func (c contactRows) source(ctx context.Context, tx *gate.Tx) (*source, error) {
	by := tx.By
	s := &source{all: by.Holds(kith.SectionAdmin, c.table.Noun, kith.View)}
	s.total = s.count
	if s.all {
		s.streams = []stream{func(ctx context.Context, span store.KeySpan) ([][]byte, error) {
			return tx.Identifiers.Keys(ctx, c.kind, span)
		}}
		return s, nil
	}
	s.streams = []stream{func(ctx context.Context, span store.KeySpan) ([][]byte, error) {
		return tx.Identifiers.GuestKeys(ctx, c.kind, span)
	}}
	if by.User == nil {
		return s, nil
	}
	own, err := c.of(ctx, tx, by.User)
	if err != nil {
		return nil, err
	}
	for _, e := range own {
		if e.grants.Allows(by, c.table.Noun, kith.View) != kith.Refused {
			s.streams = append(s.streams, one(e.key))
		}
	}
	circle, err := circleOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	return s, s.link(ctx, tx, c.table.Noun, circle)
}

// of lists a user's.
func (c contactRows) of(ctx context.Context, tx *gate.Tx, u *kith.User) ([]*entry, error) {
	list, err := directory.Identifiers(ctx, tx, u)
	if err != nil {
		return nil, err
	}
	var own []*entry
	for _, i := range list {
		if i.Kind == c.kind {
			own = append(own, c.entry(i))
		}
	}
	return own, nil
}

func (c contactRows) points(ctx context.Context, tx *gate.Tx, clause Clause, value string) ([][]byte, bool, error) {
	switch clause.Field {
	case OwnerRelation:
		id, err := kith.ParseID[kith.User](value)
		if err != nil {
			return nil, true, nil //nolint:nilerr // what is no id is nobody's
		}
		u, err := tx.Users.Get(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return nil, true, nil
		} else if err != nil {
			return nil, true, err
		}
		own, err := c.of(ctx, tx, u)
		var keys [][]byte
		for _, e := range own {
			keys = append(keys, e.key)
		}
		return keys, true, err
	case c.kind.String():
		_, folded, err := directory.Identify(c.kind, value)
		if err != nil {
			return nil, true, nil //nolint:nilerr // what is no address is nobody's
		}
		i, err := tx.Identifiers.Named(ctx, c.kind, folded)
		if errors.Is(err, store.ErrNotFound) {
			return nil, false, nil // it may be of one who has not claimed it
		} else if err != nil {
			return nil, true, err
		}
		return [][]byte{store.SerialKey(i.ID)}, true, nil
	default:
		return nil, false, nil
	}
}

func (c contactRows) add(_ context.Context, by *kith.Actor, in Input) (adder, error) {
	v, err := c.table.check(in, nil)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, tx *gate.Tx) (*entry, error) {
		if by.User == nil {
			return nil, gate.ErrForbidden
		}
		n := directory.NewContact{Kind: c.kind, Value: *v.text(c.kind.String())}
		n.Primary, _ = v["primary"].(bool)
		if owner := v.text(OwnerRelation); owner != nil && *owner != "" && *owner != by.User.ID.String() {
			if err := askUser(ctx, tx, *owner, kith.Change); err != nil {
				return nil, err
			}
			n.User = *owner
		}
		made, err := c.signin.AddContactStep(ctx, tx, n)
		if err != nil {
			return nil, renamed(err, "user", OwnerRelation)
		}
		e := c.entry(made.Identifier)
		if mode, moded := v.mode(); moded && mode != e.Permission {
			if err := checkMode(ctx, tx, e, mode); err != nil {
				return nil, err
			}
			return e, c.setMode(ctx, tx, e, mode)
		}
		return e, nil
	}, nil
}

// askUser asks the rule of a user's row, which what is added will hang on.
func askUser(ctx context.Context, tx *gate.Tx, id string, verb kith.Verb) error {
	key, ok := parseID(id)
	if !ok {
		return errNoUser
	}
	list, err := (userRows{}).load(ctx, tx, [][]byte{key})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errNoUser
	}
	_, err = list[0].ask(ctx, tx, verb)
	if errors.Is(err, store.ErrNotFound) {
		return errNoUser
	}
	return err
}

var errNoUser = kith.BadField(OwnerRelation, kith.CodeNotFound, "There is no such user.")

func (c contactRows) setMode(ctx context.Context, tx *gate.Tx, e *entry, mode kith.Mode) error {
	i := *e.value.(*kith.Identifier)
	tx.Record(kith.Event{Noun: c.table.Noun, Verb: kith.Change, Row: e.ID, Subject: i.User, Fields: []string{"permission"},
		Old: map[string]any{"permission": int64(i.Mode)}})
	i.Mode = mode
	e.value, e.grants, e.Permission = &i, i.Grants(), mode
	return tx.Identifiers.SetMode(ctx, &i)
}

func (c contactRows) change(_ context.Context, by *kith.Actor, e *entry, in Input) (changer, error) {
	v, err := c.table.check(in, e.Row)
	if err != nil {
		return nil, err
	}
	var steps []changer
	if mode, moded := v.mode(); moded {
		steps = append(steps, func(ctx context.Context, tx *gate.Tx, e *entry, _ kith.Rule) error {
			if err := checkMode(ctx, tx, e, mode); err != nil {
				return err
			}
			return c.setMode(ctx, tx, e, mode)
		})
	}
	if primary, said := v["primary"].(bool); said {
		steps = append(steps, func(ctx context.Context, tx *gate.Tx, e *entry, _ kith.Rule) error {
			return c.signin.ChangeContactStep(ctx, tx, e.Owner == by.UserID(), directory.ContactEdit{Kind: c.kind, ID: serialOf(e.key), Primary: &primary})
		})
	}
	return inTurn(steps), nil
}

func (c contactRows) remove(ctx context.Context, tx *gate.Tx, e *entry, _ kith.Rule) error {
	return c.signin.RemoveContactStep(ctx, tx, e.Owner == tx.By.UserID(), directory.ContactEdit{Kind: c.kind, ID: serialOf(e.key)})
}
