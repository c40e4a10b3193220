package access

import (
	"context"
	"errors"
	"slices"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/core/wording"
	"kith/internal/store"
)

// The operations on groups.
var (
	OpViewGroups  = gate.Op{Name: "group.view", Noun: kith.NounGroup, Verb: kith.View, Section: kith.SectionAdmin}
	OpAddGroup    = gate.Op{Name: "group.add", Noun: kith.NounGroup, Verb: kith.Add, Section: kith.SectionAdmin}
	OpChangeGroup = gate.Op{Name: "group.change", Noun: kith.NounGroup, Verb: kith.Change, Section: kith.SectionAdmin}
)

// GroupFilter narrows the list of groups.
type GroupFilter = store.GroupFilter

// Groups gives one page of the role groups of the actor's company, by name.
func (a *Access) Groups(ctx context.Context, by *kith.Actor, f GroupFilter, page kith.Page) (kith.List[*kith.Group], error) {
	return gate.Read(ctx, a.gate, by, OpViewGroups, func(ctx context.Context, tx *gate.Tx) (kith.List[*kith.Group], error) {
		return tx.Groups.List(ctx, f, page)
	})
}

// Group gives the role group of that name.
func (a *Access) Group(ctx context.Context, by *kith.Actor, name string) (*kith.Group, error) {
	return gate.Read(ctx, a.gate, by, OpViewGroups, func(ctx context.Context, tx *gate.Tx) (*kith.Group, error) {
		return tx.Groups.Named(ctx, name)
	})
}

// NewGroup is what a role group is made from.
type NewGroup struct {
	Name, Label, Description string
	Section                  kith.Section
	Public, Listed, Default  bool
}

// Validate reports every bad field.
func (in NewGroup) Validate() error {
	change := GroupChange{Name: &in.Name, Label: &in.Label, Description: &in.Description}
	return change.Validate()
}

// AddGroup makes a role group. Its members may do with what is theirs what members of every born group
// may, as far as whoever makes it may; all else is granted. It fails with Conflict if the name is taken.
func (a *Access) AddGroup(ctx context.Context, by *kith.Actor, in NewGroup) (*kith.Group, error) {
	return gate.Change(ctx, a.gate, by, OpAddGroup, in, func(ctx context.Context, tx *gate.Tx, in NewGroup) (*kith.Group, error) {
		if _, err := tx.Companies.Lock(ctx); err != nil { // one at a time, or more than most get in
			return nil, err
		}
		have, err := tx.Groups.List(ctx, GroupFilter{}, kith.Page{Number: 1, Size: 1})
		if err != nil {
			return nil, err
		}
		if have.Total >= mostGroups {
			return nil, errManyGroups
		}
		none := &kith.Group{ID: tx.NewGroupID(), Kind: kith.RoleGroup, Settings: kith.DefaultGroupSettings(), Mode: kith.DefaultRowMode,
			Permissions: userSection(), CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if !by.System {
			none.Permissions = none.Permissions.Both(by.Permissions().Reach())
		}
		g := *none
		g.Section = in.Section
		GroupChange{Name: &in.Name, Label: &in.Label, Description: &in.Description,
			Public: &in.Public, Listed: &in.Listed, Default: &in.Default}.apply(&g)
		if err := checkGroup(ctx, tx, none, &g); err != nil {
			return nil, err
		}
		if err := moveDefault(ctx, tx, none, &g); err != nil {
			return nil, err
		}
		fields, _ := differences(none, &g)
		tx.Record(kith.Event{Noun: kith.NounGroup, Verb: kith.Add, Row: g.Name, Fields: fields})
		return &g, taken(tx.Groups.Insert(ctx, &g))
	})
}

// mostGroups is how many role groups a company may have: every list of accounts names them all.
const mostGroups = 1000

var errManyGroups = &kith.Error{Kind: kith.Invalid, Code: kith.CodeOutOfRange,
	Message: "There are 1000 groups already. Use one that is there: those out of use can be renamed and brought back."}

// GroupChange sets what is not nil.
type GroupChange struct {
	Name, Label, Description          *string
	Section                           *kith.Section
	Public, Listed, Default, Archived *bool
	Check                             func(*kith.Group) error // what the face finds wrong with the change of this group
}

// The longest names, labels and descriptions of groups.
const (
	maxName        = 80
	maxLabel       = 150
	maxDescription = 1000
)

// Validate reports every bad field.
func (in GroupChange) Validate() error {
	var bad []error
	if in.Name != nil {
		if err := checkName(*in.Name); err != nil {
			bad = append(bad, err.In("name"))
		}
	}
	for _, text := range []struct {
		field string
		value *string
		most  int
	}{{"label", in.Label, maxLabel}, {"description", in.Description, maxDescription}} {
		if text.value == nil {
			continue
		}
		if _, err := wording.Normalise(*text.value, text.most); err != nil {
			bad = append(bad, err.In(text.field))
		}
	}
	return errors.Join(bad...)
}

// reserved names are the JSON:API face's own words for two of the born groups.
var reserved = []string{"administrators", "users"}

// checkName holds a group's name to what can stand in a path as it is.
func checkName(name string) *kith.Error {
	switch {
	case name == "":
		return kith.BadField("", kith.CodeRequired, "This field may not be empty.")
	case len(name) > maxName:
		return wording.TooLong(maxName)
	case slices.Contains(reserved, name):
		return kith.BadField("", kith.CodeNotAllowed, "This name is kept for kith itself; choose another.")
	}
	for i := range len(name) {
		c := name[i]
		sign := c == '-' || c == '_' || c == '.'
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || sign && i > 0 {
			continue
		}
		return kith.BadField("", kith.CodeBadFormat,
			"Use the letters a to z, digits, dashes, underscores and dots, and start with a letter or digit. What people read is the label.")
	}
	return nil
}

// apply sets what is not nil, in its normal form.
func (in GroupChange) apply(g *kith.Group) {
	set(&g.Name, in.Name)
	set(&g.Section, in.Section)
	set(&g.Public, in.Public)
	set(&g.Listed, in.Listed)
	set(&g.Default, in.Default)
	set(&g.Archived, in.Archived)
	if in.Label != nil {
		g.Label, _ = wording.Normalise(*in.Label, maxLabel)
	}
	if in.Description != nil {
		g.Description, _ = wording.Normalise(*in.Description, maxDescription)
	}
}

func set[T any](is *T, to *T) {
	if to != nil {
		*is = *to
	}
}

// ChangeGroup changes a role group. A company has one default group: making another one the default
// takes it from the one that was.
func (a *Access) ChangeGroup(ctx context.Context, by *kith.Actor, name string, in GroupChange) (*kith.Group, error) {
	return editGroup(ctx, a.gate, by, name, in, in.Check, in.apply)
}

// editGroup lets edit change a role group, and records what differs by it.
func editGroup[In any](ctx context.Context, g *gate.Gate, by *kith.Actor, name string, in In,
	check func(*kith.Group) error, edit func(*kith.Group)) (*kith.Group, error) {
	return gate.Change(ctx, g, by, OpChangeGroup, in, func(ctx context.Context, tx *gate.Tx, _ In) (*kith.Group, error) {
		if _, err := tx.Companies.Lock(ctx); err != nil { // one at a time, or two could become the default
			return nil, err
		}
		was, err := tx.Groups.Lock(ctx, name)
		if err != nil {
			return nil, err
		}
		if err := checkEdits(by, was); err != nil {
			return nil, err
		}
		is := *was
		edit(&is)
		var bad error
		if check != nil {
			bad = check(was)
		}
		if err := errors.Join(bad, checkGroup(ctx, tx, was, &is)); err != nil {
			return nil, err
		}
		fields, old := differences(was, &is)
		if len(fields) == 0 {
			tx.Unchanged()
			return was, nil
		}
		if err := moveDefault(ctx, tx, was, &is); err != nil {
			return nil, err
		}
		is.UpdatedAt = tx.Now
		tx.Record(kith.Event{Noun: kith.NounGroup, Verb: kith.Change, Row: was.Name, Fields: fields, Old: old})
		return &is, taken(tx.Groups.Put(ctx, &is))
	})
}

// taken says in words that another group has the name.
func taken(err error) error {
	if errors.Is(err, store.ErrExists) {
		return &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken, Field: "name", Message: "Another group has this name."}
	}
	return err
}

// moveDefault takes the default from the group that is it, if another becomes it.
func moveDefault(ctx context.Context, tx *gate.Tx, was, is *kith.Group) error {
	if was.Default || !is.Default {
		return nil
	}
	if _, err := tx.Companies.Lock(ctx); err != nil {
		return err
	}
	last, err := tx.Groups.Default(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	if last, err = tx.Groups.Lock(ctx, last.Name); err != nil { // or what it is granted meanwhile would be lost
		return err
	}
	last.Default, last.UpdatedAt = false, tx.Now
	tx.Record(kith.Event{Noun: kith.NounGroup, Verb: kith.Change, Row: last.Name, Fields: []string{"default"},
		Old: map[string]any{"default": true}})
	return tx.Groups.Put(ctx, last)
}

// isBorn reports whether every company is born with a group of that name.
func isBorn(name string) bool {
	switch name {
	case kith.GroupAdmin, kith.GroupManager, kith.GroupSupport, kith.GroupUser:
		return true
	default:
		return false
	}
}

// checkGroup reports all that a group must not become.
func checkGroup(ctx context.Context, tx *gate.Tx, was, is *kith.Group) error {
	var bad []error
	refuse := func(wrong bool, field, message string) {
		if wrong {
			bad = append(bad, kith.BadField(field, kith.CodeNotAllowed, message))
		}
	}
	refuse(is.Name != was.Name && isBorn(was.Name), "name", "Every company is born with this group: it keeps its name.")
	refuse(is.Section == kith.SectionUser && is.Permissions.Of(kith.SectionAdmin) != kith.Permissions{}, "section",
		"This group holds admin permissions: take them away first.")
	refuse(is.Section != kith.SectionUser && is.Public, "public",
		"A group of the admin section cannot be open to those who register.")
	refuse(is.Section != kith.SectionUser && is.Default, "default",
		"A group of the admin section cannot be given to those who register.")
	refuse(was.Default && !is.Default, "default", "One group is always the default: make another one it instead.")
	if is.Archived {
		refuse(is.Default, "archived", "This is the default group: make another one it first.")
		refuse(was.Name == kith.GroupAdmin, "archived", "The admin group cannot be archived.")
	}
	if is.Archived && !was.Archived {
		occupied, err := tx.Groups.Occupied(ctx, was.ID)
		if err != nil {
			return err
		}
		refuse(occupied, "archived", "There are users in this group: put them into another one first.")
	}
	if is.Public && !was.Public || is.Default && !was.Default { // which grants what it holds to whoever registers
		bad = append(bad, CheckGrants(tx.By, is.Permissions))
	}
	return errors.Join(bad...)
}

// checkEdits refuses an actor who holds less of the admin section than the group: what leads its members'
// mails astray, or opens it to others, would be a way up.
func checkEdits(by *kith.Actor, g *kith.Group) error {
	if by.System || by.Permissions().Covers(g.Permissions.Of(kith.SectionAdmin)) {
		return nil
	}
	return errOutranking
}

var errOutranking = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
	Message: "This group holds permissions that you do not, so only somebody who holds them may change it."}

// differences names the fields in which two groups differ, and gives what stood there before.
func differences(was, is *kith.Group) (fields []string, old map[string]any) {
	old = make(map[string]any)
	a, b := &was.Settings, &is.Settings
	for _, f := range []struct {
		name    string
		was, is any
	}{
		{"allow_credit_transactions", a.AllowCreditTransactions, b.AllowCreditTransactions},
		{"allow_debit_transactions", a.AllowDebitTransactions, b.AllowDebitTransactions},
		{"allow_transactions", a.AllowTransactions, b.AllowTransactions},
		{"archived", was.Archived, is.Archived},
		{"deactivate_verification_url", a.DeactivateURL, b.DeactivateURL},
		{"default", was.Default, is.Default},
		{"description", was.Description, is.Description},
		{"email_verification_url", a.EmailVerificationURL, b.EmailVerificationURL},
		{"label", was.Label, is.Label},
		{"listed", was.Listed, is.Listed},
		{"name", was.Name, is.Name},
		{"password_reset_url", a.PasswordResetURL, b.PasswordResetURL},
		{"password_set_url", a.PasswordSetURL, b.PasswordSetURL},
		{"public", was.Public, is.Public},
		{"request_delete_verification_url", a.DeleteURL, b.DeleteURL},
		{"section", was.Section.String(), is.Section.String()},
	} {
		if f.was != f.is {
			fields = append(fields, f.name)
			old[f.name] = f.was
		}
	}
	return fields, old
}
