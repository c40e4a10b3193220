package resource_test

import (
	"context"
	"fmt"
	"testing"

	"kith"
	"kith/internal/core/resource"
	"kith/internal/store"
)

// The model of access, in thirty lines that share nothing with the product (jsonapi: permission integer; decisions §3).
// A bit is base << shift: guest 0, owner 7, group 14, and base is 1, 2, 4 … for the seven verbs.

type actorKind int

const (
	guestActor actorKind = iota
	ownerActor
	memberActor // of a group that the row, the table or the action is linked to
	strangerActor
	adminActor
)

var actorNames = []string{"a guest", "the owner", "a group member", "a stranger", "an administrator"}

// rowSays: a row's own bits, and a link's.
func rowSays(bits int, who actorKind, verb int) bool {
	switch {
	case who == adminActor:
		return true
	case bits>>verb&1 == 1: // guests, and so everybody
		return true
	case who == ownerActor && bits>>(7+verb)&1 == 1:
		return true
	default:
		return who == memberActor && bits>>(14+verb)&1 == 1
	}
}

// tableSays: the same, but nobody owns a table, and its group bits are those of whoever is signed in; link is what the
// member's group may.
func tableSays(bits, link int, who actorKind, verb int) bool {
	switch {
	case who == adminActor, bits>>verb&1 == 1:
		return true
	case who != guestActor && bits>>(14+verb)&1 == 1:
		return true
	default:
		return who == memberActor && link>>verb&1 == 1
	}
}

// cast are the five actors, and what they act on: a group that the owner has made, linked to the group that the member
// is in.
type cast struct {
	*house
	actors [5]*kith.Actor
	group  kith.GroupID
	target kith.GroupID
}

func newCast(t *testing.T) *cast {
	h := newHouse(t)
	c := &cast{house: h}
	owner, member, stranger := h.person("olga"), h.person("mia"), h.person("sam")
	c.group, c.target = kith.GroupID{9}, kith.GroupID{10}
	h.change(func(ctx context.Context, tx *store.Tx) error {
		g := &kith.Group{ID: c.group, Kind: kith.CustomGroup, Name: "helpers", CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Groups.Insert(ctx, g); err != nil {
			return err
		}
		g = &kith.Group{ID: c.target, Kind: kith.CustomGroup, Name: "target", Owner: owner.User.ID, Mode: kith.DefaultRowMode, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Groups.Insert(ctx, g); err != nil {
			return err
		}
		return tx.Links.Put(ctx, kith.NounUser, member.User.ID[:], kith.Link{Group: c.group})
	})
	c.actors = [5]*kith.Actor{h.guest("acme"), owner, member, stranger, h.owner}
	return c
}

// mode writes a company's mode past every rule.
func (c *cast) mode(word string, bits int) {
	c.change(func(ctx context.Context, tx *store.Tx) error {
		company, err := tx.Companies.Get(ctx)
		if err != nil {
			return err
		}
		company.Modes = kith.Modes{word: kith.Mode(bits)}
		return tx.Companies.Put(ctx, company)
	})
}

// rowMode writes the permission of the target's row, and what the group may do with it.
func (c *cast) rowMode(bits int) {
	c.change(func(ctx context.Context, tx *store.Tx) error {
		g, err := tx.Groups.Get(ctx, c.target)
		if err != nil {
			return err
		}
		g.Mode = kith.Mode(bits)
		if err := tx.Groups.Put(ctx, g); err != nil {
			return err
		}
		return tx.Links.Put(ctx, kith.NounGroup, g.ID[:], kith.Link{Group: c.group, Verbs: kith.Mode(bits).Group()})
	})
}

const everyBit = 1<<21 - 1

// try does what a verb stands for, and reports whether the rule let it. What comes after the rule may refuse still: an
// input that is wrong on purpose keeps the target as it is.
func (c *cast) try(by *kith.Actor, verb kith.Verb) bool {
	c.t.Helper()
	groups, ctx := c.table("usergroup"), c.t.Context()
	by = c.again(by)
	var err error
	switch verb {
	case kith.Peek:
		_, err = c.Resources.List(ctx, by, groups, firstPage())
	case kith.View:
		_, _, err = c.Resources.Get(ctx, by, groups, c.target.String(), nil)
	case kith.Add:
		_, err = c.Resources.Add(ctx, by, groups, resource.Input{Values: map[string]any{"name": ""}})
	case kith.Change:
		_, err = c.Resources.Change(ctx, by, groups, c.target.String(), resource.Input{Values: map[string]any{"name": "admin"}})
	case kith.Execute:
		_, err = c.Resources.Run(ctx, by, c.Resources.Action("user_account", "signup"), map[string]any{"name": ""})
	case kith.Refer:
		err = c.Resources.Relate(ctx, by, groups, c.target.String(), "usergroup_id", resource.Unlink, nil)
	default:
		c.t.Fatalf("nothing is tried for %v", verb)
	}
	switch kindOf(err) {
	case kith.Forbidden, kith.NotFound:
		return false
	case kith.Internal:
		c.t.Errorf("%v: %v", verb, err)
		return true
	default:
		return true
	}
}

// TestModelOfTables walks the bits of a table, with a row that is open to all, and of an action.
func TestModelOfTables(t *testing.T) {
	c := newCast(t)
	c.rowMode(everyBit)
	for _, on := range []struct {
		name, word string
		noun       kith.Noun
		key        []byte
		verbs      []kith.Verb
	}{
		{"table", "group", kith.NounGroup, nil, []kith.Verb{kith.Peek, kith.View, kith.Add, kith.Change, kith.Refer}},
		{"action", "action/user_account/signup", kith.NounPermission, []byte("action/user_account/signup"), []kith.Verb{kith.Execute}},
	} {
		for link := range 8 { // of the group: none, or one verb
			verbs := kith.Verbs(0)
			if link < 7 {
				verbs = kith.Of(kith.Verb(link)) //nolint:gosec // a verb
			}
			c.change(func(ctx context.Context, tx *store.Tx) error {
				return tx.Links.Put(ctx, on.noun, on.key, kith.Link{Group: c.group, Verbs: verbs})
			})
			for bit := range 21 {
				c.mode(on.word, 1<<bit)
				for who, by := range c.actors {
					for _, verb := range on.verbs {
						asked := verb
						if verb == kith.View {
							asked = kith.Peek // of the table; the row is open
						}
						want := tableSays(1<<bit, int(verbs), actorKind(who), int(asked))
						if got := c.try(by, verb); got != want {
							t.Errorf("%s with bit %d, linked for %v: %s may %v: %v, want %v", on.name, bit, verbs, actorNames[who], verb, got, want)
						}
					}
				}
			}
		}
		c.change(func(ctx context.Context, tx *store.Tx) error { return tx.Links.DeleteAll(ctx, on.noun, on.key) })
	}
}

// TestModelOfRows walks the bits of a row, with a table that is open to all: what one may do with it, what of it is
// told apart, and what a list shows.
func TestModelOfRows(t *testing.T) {
	c := newCast(t)
	c.mode("group", everyBit)
	groups := c.table("usergroup")
	id := c.target.String()
	for bit := range 21 {
		c.rowMode(1 << bit)
		for who, by := range c.actors {
			by = c.again(by)
			says := func(verb kith.Verb) bool { return rowSays(1<<bit, actorKind(who), int(verb)) }
			name := fmt.Sprintf("row with bit %d, %s", bit, actorNames[who])

			_, _, err := c.Resources.Get(t.Context(), by, groups, id, nil)
			want := kith.NotFound
			switch {
			case says(kith.View): // which implies to see that it is there
				want = 255
			case says(kith.Peek):
				want = kith.Forbidden
			}
			if got := kindOf(err); got != want {
				t.Errorf("%s reads it: %v, want kind %d", name, err, want)
			}
			if got, want := c.try(by, kith.Change), says(kith.Change); got != want {
				t.Errorf("%s changes it: %v, want %v", name, got, want)
			}
			if got, want := c.try(by, kith.Refer), says(kith.Peek) || says(kith.View); got != want { // relationship = table refer + row peek
				t.Errorf("%s relates it: %v, want %v", name, got, want)
			}
			why, err := c.Resources.Why(t.Context(), c.again(c.owner), groups, id, nameOf(by))
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range why.Verbs {
				want := says(b.Verb)
				switch b.Verb {
				case kith.Peek:
					want = want || says(kith.View)
				case kith.Add: // there is no row yet; the table is open
					want = true
				default:
				}
				if got := b.Allowed(); got != want {
					t.Errorf("%s, why %v: %v by %q, want %v", name, b.Verb, got, b.Row, want)
				}
			}
			c.listShows(by, says(kith.View))
		}
	}
}

func nameOf(by *kith.Actor) string {
	if by.User == nil {
		return ""
	}
	return by.User.ID.String()
}

// listShows: the target is in the list if and only if it may be viewed.
func (c *cast) listShows(by *kith.Actor, want bool) {
	c.t.Helper()
	p, err := c.Resources.List(c.t.Context(), by, c.table("usergroup"), firstPage())
	if err != nil {
		c.t.Fatal(err)
	}
	shown := false
	for _, row := range p.Rows {
		shown = shown || row.ID == c.target.String()
	}
	if shown != want || p.Total != len(p.Rows) {
		c.t.Errorf("the list shows it: %v, want %v; it counts %d and shows %d", shown, want, p.Total, len(p.Rows))
	}
}
