package directory

import (
	"context"
	"errors"
	"maps"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/gate"
	"kith/internal/core/message"
)

// userEdit is a user being changed by staff.
type userEdit struct {
	was   kith.Member
	after kith.User
	group *kith.Group // role group afterwards
	names *contacts   // nil: none of what they are found and reached by changes
	c     *changes
}

// apply is the step that makes a planned change of a user who is locked. It gives the new e-mails and mobiles
// that the user has yet to prove.
func (p PlannedChange) apply(ctx context.Context, tx *gate.Tx, was kith.Member) (kith.Member, []*kith.Identifier, error) {
	e := &userEdit{was: was, after: *was.User, group: was.Group, c: newChanges()}
	p.setValues(e)
	err := errors.Join(p.setStates(e), p.setMetadata(ctx, tx, e))
	if err == nil {
		err = e.rename(ctx, tx, p.names)
	}
	if err == nil {
		err = setPicture(ctx, tx, &e.after, e.c, p.picture)
	}
	if err == nil && p.Groups != nil {
		err = e.regroup(ctx, tx, *p.Groups)
	}
	if err != nil {
		return kith.Member{}, nil, err
	}
	shut := e.after.Archived && !was.User.Archived || e.after.Deactivated && !was.User.Deactivated
	if shut || e.names != nil && e.names.broken {
		keep := kith.SessionID{}
		if !shut {
			keep = ownSession(tx.By, was.User)
		}
		if err := EndTrust(ctx, tx, was.User.ID, keep, false); err != nil {
			return kith.Member{}, nil, err
		}
	}
	m, err := writeUser(ctx, tx, kith.Member{User: was.User, Group: e.group, Company: was.Company}, &e.after, e.c)
	if err != nil || e.names == nil {
		return m, nil, err
	}
	return m, e.names.prove, e.names.settle(ctx, tx)
}

// ownSession is the session that a change of oneself leaves: the one that asked for it.
func ownSession(by *kith.Actor, changed *kith.User) kith.SessionID {
	if by.Session == nil || by.UserID() != changed.ID {
		return kith.SessionID{}
	}
	return by.Session.ID
}

// setStates sets what says how the user stands with the company.
func (p PlannedChange) setStates(e *userEdit) error {
	var errs []error
	protect := func(taken bool, done string) {
		if taken {
			errs = append(errs, access.CheckOwner(e.was.Company, e.was.User, done))
		}
	}
	protect(p.Archived != nil && *p.Archived, "archived")
	protect(p.Deactivated != nil && *p.Deactivated, "deactivated")
	protect(p.Retention != nil && *p.Retention != kith.Retaining, "deleted")
	set(e.c, "archived", &e.after.Archived, p.Archived)
	set(e.c, "deactivated", &e.after.Deactivated, p.Deactivated)
	set(e.c, "retention_state", &e.after.Retention, p.Retention)
	set(e.c, "status", &e.after.Status, p.Status)
	return errors.Join(errs...)
}

// setValues sets what the user is known by.
func (p PlannedChange) setValues(e *userEdit) {
	was := e.was.User
	var differs []kith.Attribute
	e.after.Profile, differs = was.Profile.Apply(p.Profile)
	for _, a := range differs {
		e.c.note(a.String(), was.Profile[a])
	}
}

// setMetadata merges what is given into what is there, or into nothing.
func (p PlannedChange) setMetadata(ctx context.Context, tx *gate.Tx, e *userEdit) error {
	patch := make(map[string]any, len(p.Metadata))
	if p.ClearMetadata {
		for key := range e.was.User.Metadata {
			patch[key] = nil
		}
	}
	maps.Copy(patch, p.Metadata)
	return changeMetadata(ctx, tx, &e.after, e.c, kith.SectionAdmin, patch)
}

var errOwnerAddress = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
	Message: "Only the company's owner changes the owner's email and mobile."}

var errAdminAddress = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
	Message: "Only the company's owner, and the admin themself, changes an admin's email and mobile."}

// checkArranges refuses an actor, who manages the user, for their e-mails and mobiles: who says where an
// admin is reached could reach for their account.
func checkArranges(by *kith.Actor, target kith.Member) error {
	switch {
	case by.System, by.UserID() == target.User.ID, target.Company.OwnedBy(by.UserID()):
		return nil
	case target.Company.Owner == target.User.ID:
		return errOwnerAddress
	case target.Group != nil && target.Group.Name == kith.GroupAdmin:
		return errAdminAddress
	default:
		return nil
	}
}

// rename puts identifiers in the places of the user's primary ones.
func (e *userEdit) rename(ctx context.Context, tx *gate.Tx, names []nameChange) error {
	if len(names) == 0 {
		return nil
	}
	var err error
	if e.names, err = openContacts(ctx, tx, e.was, &e.after); err != nil {
		return err
	}
	for _, name := range names {
		was := e.names.primary(name.kind)
		if name.to == nil && was == nil || name.to != nil && was != nil && name.to.Value == was.Value {
			continue
		}
		if name.kind != kith.Username {
			if name.to != nil && e.after.Kind == kith.Machine {
				return machineHasNone(name.given(kith.Email), name.given(kith.Mobile))
			}
			if err := checkArranges(tx.By, e.was); err != nil {
				return err
			}
		}
		if was == nil {
			e.c.note(name.kind.String(), "")
		} else {
			e.c.note(name.kind.String(), was.Value)
		}
		if err := e.names.replace(ctx, tx, name.kind, was, name.to); err != nil {
			return err
		}
	}
	return nil
}

// replace puts an identifier in the place of the primary one of its kind, or takes that away. The one before
// is free again at once. Spelled otherwise it is still the same, and stays verified. A new e-mail or mobile
// of somebody who has proved one is good for signing in once it is proved, too.
func (c *contacts) replace(ctx context.Context, tx *gate.Tx, kind kith.IdentifierKind, was, to *kith.Identifier) error {
	respelled := was != nil && to != nil && was.Folded == to.Folded
	broken := c.broken
	if was != nil {
		if err := c.remove(ctx, tx, was); err != nil {
			return err
		}
	}
	switch {
	case to == nil:
		if kind != kith.Username {
			c.tell(tx, message.AddressRemoved, was, was, c.left(was))
		}
		return c.follow(ctx, tx, kind)
	case respelled:
		c.broken = broken
		i := *was
		i.Value = to.Value
		_, err := c.add(ctx, tx, i, !was.Unclaimed)
		return err
	}
	is := c.known(kind, to.Folded)
	var err error
	if is == nil {
		i := *to
		i.Barred = kind != kith.Username && c.proved
		is, err = c.add(ctx, tx, i, true)
	} else if err = c.claim(ctx, tx, is); err == nil {
		err = c.lead(ctx, tx, is)
	}
	if err == nil && kind != kith.Username {
		c.broken = true
		c.tellNew(tx, was, is)
	}
	return err
}

// given is what the change puts in for that kind; "" if it is about another.
func (n nameChange) given(kind kith.IdentifierKind) string {
	if n.kind != kind || n.to == nil {
		return ""
	}
	return n.to.Value
}

// regroup moves the user into the named role group, or out of theirs.
func (e *userEdit) regroup(ctx context.Context, tx *gate.Tx, names []string) error {
	var to *kith.Group
	if len(names) > 0 {
		var err error
		if to, err = groupNamed(ctx, tx, names[0]); err != nil {
			return err
		}
	}
	if err := move(ctx, tx, e.c, e.was, to); err != nil {
		return inGroups(err)
	}
	e.group = to
	return nil
}
