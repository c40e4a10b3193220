package directory

import (
	"context"
	"errors"
	"maps"
	"time"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// userEdit is a user being changed by staff.
type userEdit struct {
	was     kith.Member
	after   kith.User
	group   *kith.Group // role group afterwards
	reached bool        // by another e-mail or mobile than before
	c       *changes
}

// apply is the step that makes a planned change of a user who is locked.
func (p plannedChange) apply(ctx context.Context, tx *gate.Tx, was kith.Member) (kith.Member, error) {
	e := &userEdit{was: was, after: *was.User, group: was.Group, c: newChanges()}
	p.setValues(e)
	if err := errors.Join(p.setStates(e), p.setMetadata(ctx, tx, e)); err != nil {
		return kith.Member{}, err
	}
	if err := setPicture(ctx, tx, &e.after, e.c, p.picture); err != nil {
		return kith.Member{}, err
	}
	for _, name := range p.names {
		if err := e.rename(ctx, tx, name); err != nil {
			return kith.Member{}, err
		}
	}
	if p.Groups != nil {
		if err := e.regroup(ctx, tx, *p.Groups); err != nil {
			return kith.Member{}, err
		}
	}
	shut := e.after.Archived && !was.User.Archived || e.after.Deactivated && !was.User.Deactivated
	if shut || e.reached {
		if err := EndTrust(ctx, tx, was.User.ID, e.keep(tx.By, shut), false); err != nil {
			return kith.Member{}, err
		}
	}
	return writeUser(ctx, tx, kith.Member{User: was.User, Group: e.group, Company: was.Company}, &e.after, e.c)
}

// keep is the session that a change of oneself leaves: the one that asked for it.
func (e *userEdit) keep(by *kith.Actor, shut bool) kith.SessionID {
	if shut || by.Session == nil || by.UserID() != e.was.User.ID {
		return kith.SessionID{}
	}
	return by.Session.ID
}

// setStates sets what says how the user stands with the company.
func (p plannedChange) setStates(e *userEdit) error {
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
func (p plannedChange) setValues(e *userEdit) {
	was := e.was.User
	var differs []kith.Attribute
	e.after.Profile, differs = was.Profile.Apply(p.Profile)
	for _, a := range differs {
		e.c.note(a.String(), was.Profile[a])
	}
}

// setMetadata merges what is given into what is there, or into nothing.
func (p plannedChange) setMetadata(ctx context.Context, tx *gate.Tx, e *userEdit) error {
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

// rename puts an identifier in the place of the user's primary one of its kind, or takes that away. The
// one before is free again at once. Spelled otherwise it is still the same, and stays verified.
func (e *userEdit) rename(ctx context.Context, tx *gate.Tx, name nameChange) error {
	was, folded := e.primary(name.kind)
	if name.to == nil && was == "" || name.to != nil && name.to.Value == was {
		return nil
	}
	address := name.kind != kith.Username
	switch {
	case address && name.to != nil && e.after.Kind == kith.Machine:
		return machineHasNone(name.given(kith.Email), name.given(kith.Mobile))
	case address && e.was.Company.Owner == e.after.ID && tx.By.UserID() != e.after.ID && !tx.By.System:
		return errOwnerAddress
	}
	e.c.note(name.kind.String(), was)
	next := kith.Identifier{Kind: name.kind}
	if name.to != nil {
		next = *name.to
	}
	var err error
	switch {
	case was == "":
	case e.after.Temporary:
		err = gate.Already(tx.Identifiers.ReleaseUnclaimed(ctx, e.after.ID, name.kind))
	default:
		verified, gone := tx.Identifiers.Release(ctx, e.after.ID, name.kind, folded)
		if err = gate.Already(gone); next.Folded == folded {
			next.VerifiedAt = verified
		}
	}
	e.reached = e.reached || address && next.Folded != folded
	if err == nil && name.to != nil {
		next.VerifiedAt, err = e.claim(ctx, tx, next)
	}
	show(&e.after, next)
	return err
}

// claim gives the user an identifier as the primary one: one of theirs that was not, or a new one. It
// tells when it was verified.
func (e *userEdit) claim(ctx context.Context, tx *gate.Tx, i kith.Identifier) (time.Time, error) {
	verified, err := tx.Identifiers.Promote(ctx, e.after.ID, i.Kind, i.Folded)
	if errors.Is(err, store.ErrNotFound) {
		return i.VerifiedAt, addIdentifier(ctx, tx, &e.after, i)
	}
	return verified, err
}

// primary is the user's primary identifier of a kind, as shown and as compared; "" if they have none.
func (e *userEdit) primary(kind kith.IdentifierKind) (shown, folded string) {
	shown = map[kith.IdentifierKind]string{kith.Username: e.was.User.Username, kith.Email: e.was.User.Email,
		kith.Mobile: e.was.User.Mobile}[kind]
	if shown == "" {
		return "", ""
	}
	_, folded, err := Identify(kind, shown)
	if err != nil { // taken once, and refused by the rules of today
		folded = shown
	}
	return shown, folded
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
