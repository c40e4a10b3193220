package access

import (
	"context"
	"slices"
	"strings"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/core/wording"
)

// Groups that people make. They hold no permissions: they say who may do what with the rows that are linked to them,
// and their members are the users whose rows are. Role groups and homes are changed elsewhere.

// MostOwnGroups is how many groups a user may have made: bounded, since anyone signed in may.
const MostOwnGroups = 1000

var (
	errManyOwn = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeTooMany,
		Message: "You have made 1000 groups. Delete one first."}
	errGuestsGroup = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
		Message: "Guests own nothing, and a group is its maker's. Sign in first."}
	errArranged = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden, Field: "name",
		Message: "Only groups that people have made are renamed and deleted here: not role groups, and not anybody's home group."}
	errHomeMode = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden, Field: "permission",
		Message: "The permission of a home group does not change."}
)

// checkOwnName brings the name of a group that people make into its normal form.
func checkOwnName(typed string) (string, error) {
	name, refusal := wording.Normalise(typed, maxName)
	switch {
	case refusal != nil:
		return "", refusal.In("name")
	case name == "":
		return "", kith.BadField("name", kith.CodeRequired, "This field may not be empty.")
	case slices.Contains(reserved, strings.ToLower(name)), isBorn(strings.ToLower(name)):
		return "", kith.BadField("name", kith.CodeNotAllowed, "This name is kept for kith itself; choose another.")
	case strings.HasPrefix(name, "Home group for "):
		return "", kith.BadField("name", kith.CodeNotAllowed, "Home groups are made with their users; choose another name.")
	}
	return name, nil
}

// AddOwnGroup is the step that makes a group which is its maker's to arrange. It fails with Conflict if the name is
// taken, and with Forbidden for guests: that their bit of the table is set lets them sign up, with a home group.
func AddOwnGroup(ctx context.Context, tx *gate.Tx, typed string, mode kith.Mode) (*kith.Group, error) {
	name, err := checkOwnName(typed)
	if err != nil {
		return nil, err
	}
	owner := tx.By.UserID()
	if owner.IsZero() {
		return nil, errGuestsGroup
	}
	have, err := tx.Groups.CountOwned(ctx, owner, MostOwnGroups)
	if err != nil {
		return nil, err
	}
	if have >= MostOwnGroups {
		return nil, errManyOwn
	}
	g := &kith.Group{ID: tx.NewGroupID(), Kind: kith.CustomGroup, Name: name, Owner: owner, Mode: mode,
		Settings: kith.DefaultGroupSettings(), CreatedAt: tx.Now, UpdatedAt: tx.Now}
	tx.Record(kith.Event{Noun: kith.NounGroup, Verb: kith.Add, Row: g.ID.String(), Fields: []string{"name"}})
	return g, taken(tx.Groups.Insert(ctx, g))
}

// ChangeOwnGroup is the step that renames a group, and writes its permission if one is given. Of a role group only
// the permission changes here.
func ChangeOwnGroup(ctx context.Context, tx *gate.Tx, was *kith.Group, name *string, mode kith.Mode, moded bool) error {
	if was.Kind == kith.HomeGroup {
		return errHomeMode
	}
	is, err := tx.Groups.Hold(ctx, was.ID)
	if err != nil {
		return err
	}
	before := *is
	if name != nil {
		if is.Kind != kith.CustomGroup {
			return errArranged
		}
		if is.Name, err = checkOwnName(*name); err != nil {
			return err
		}
	}
	if moded {
		is.Mode = mode
	}
	var fields []string
	old := make(map[string]any)
	if is.Name != before.Name {
		fields, old["name"] = append(fields, "name"), before.Name
	}
	if is.Mode != before.Mode {
		fields, old["permission"] = append(fields, "permission"), int64(before.Mode)
	}
	if len(fields) == 0 {
		tx.Unchanged()
		return nil
	}
	is.UpdatedAt = tx.Now
	tx.Record(kith.Event{Noun: kith.NounGroup, Verb: kith.Change, Row: eventRow(is), Fields: fields, Old: old})
	*was = *is
	return taken(tx.Groups.Put(ctx, is))
}

// eventRow names a group in events: role groups by the name that people know them by.
func eventRow(g *kith.Group) string {
	if g.Kind == kith.RoleGroup {
		return g.Name
	}
	return g.ID.String()
}

// mostUnlinked bounds how many links of a group that goes are removed in one transaction.
const mostUnlinked = 10_000

var errManyLinks = &kith.Error{Kind: kith.Conflict, Code: kith.CodeTooMany,
	Message: "More than 10000 rows are linked to this group. Take them out of it first."}

// DeleteOwnGroup is the step that deletes a group that people have made, with every link to it.
func DeleteOwnGroup(ctx context.Context, tx *gate.Tx, g *kith.Group) error {
	if g.Kind != kith.CustomGroup {
		return errArranged
	}
	if _, err := tx.Groups.Hold(ctx, g.ID); err != nil {
		return err
	}
	n, err := tx.Links.DeleteTo(ctx, g.ID, mostUnlinked)
	if err == nil && n == mostUnlinked {
		err = errManyLinks
	}
	if err == nil {
		err = tx.Links.DeleteAll(ctx, kith.NounGroup, g.ID[:])
	}
	if err == nil {
		err = tx.Groups.Delete(ctx, g.ID)
	}
	if err != nil {
		return err
	}
	tx.Record(kith.Event{Noun: kith.NounGroup, Verb: kith.Delete, Row: g.ID.String(), Fields: []string{"name"}, Old: map[string]any{"name": g.Name}})
	return nil
}
