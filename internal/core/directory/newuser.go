package directory

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// OpAddUser is the making of users by staff.
var OpAddUser = gate.Op{Name: "user.add", Noun: kith.NounUser, Verb: kith.Add, Section: kith.SectionAdmin}

// NewUserByStaff is what staff make a user from. Everything may be left out.
type NewUserByStaff struct {
	ID                      string // a UUID that was never used in the company; "" for a new one
	Kind                    kith.UserKind
	Username, Email, Mobile string
	Profile                 kith.ProfileChange
	Groups                  []string // at most one, by name; none for the default
	Metadata                map[string]any
	Temporary               bool // for someone not yet here: cannot sign in, and claims no identifier
	Deactivated, Archived   bool
	Retention               kith.Retention
	Picture                 *Picture // nil for none
}

// PlannedUser is a NewUserByStaff in its normal form, with all that is wrong with it.
type PlannedUser struct {
	user   NewUser
	groups []string
	bad    error
}

// Validate reports every bad field.
func (p PlannedUser) Validate() error { return p.bad }

// PlanUser brings what staff want to make into its normal form. Where people are from is theirs to say:
// the company's own list of places binds those who register, not its staff.
func (d *Directory) PlanUser(in NewUserByStaff) PlannedUser {
	u := NewUser{Kind: in.Kind, Temporary: in.Temporary, Deactivated: in.Deactivated, Archived: in.Archived,
		Retention: in.Retention, Metadata: MergePatch(nil, in.Metadata)}
	var errID, errNames, errProfile error
	if in.ID != "" {
		u.ID, errID = checkUserID(in.ID)
	}
	u.Identifiers, errNames = CheckIdentifiers(in.Username, in.Email, in.Mobile)
	u.Profile, errProfile = d.CheckProfile(in.Profile)
	errs := []error{errID, errNames, errProfile, CheckMetadata(u.Metadata), oneGroup(in.Groups)}
	if in.Kind == kith.Machine {
		errs = append(errs, machineHasNone(in.Email, in.Mobile))
		if in.Temporary {
			errs = append(errs, kith.BadField("temporary", kith.CodeNotAllowed, "A machine has nobody to wait for: only people can be temporary."))
		}
	}
	return PlannedUser{u, in.Groups, errors.Join(errs...)}
}

// PlanPictured is PlanUser, and reads the picture that the user is to have. The operation's permission is asked
// before that.
func (d *Directory) PlanPictured(ctx context.Context, by *kith.Actor, in NewUserByStaff) PlannedUser {
	p := d.PlanUser(in)
	picture, err := d.takePicture(ctx, by, OpAddUser, in.Picture, p.bad)
	if p.bad = err; picture != nil {
		p.user.Picture = *picture
	}
	return p
}

// checkUserID reads an id that staff chose. The first and the last of all name nobody (RFC 9562 §5.9 and §5.10): lists
// begin there.
func checkUserID(text string) (kith.UserID, error) {
	id, err := kith.ParseID[kith.User](text)
	if err != nil || id.IsZero() || id == kith.LastID[kith.User]() {
		return id, kith.BadField("id", kith.CodeBadFormat, "Give a UUID such as 0198c5a2-7b3e-7c41-9d20-5f6e1a2b3c4d, or none.")
	}
	return id, nil
}

func oneGroup(names []string) error {
	if len(names) > 1 {
		return kith.BadField("groups", kith.CodeNotAllowed, "Give one group at most.")
	}
	return nil
}

// machineHasNone refuses what would reach a machine: it gets no mail and no messages.
func machineHasNone(email, mobile string) error {
	var errs []error
	for _, given := range []struct {
		kind  kith.IdentifierKind
		value string
	}{{kith.Email, email}, {kith.Mobile, mobile}} {
		if given.value != "" {
			errs = append(errs, kith.BadField(given.kind.String(), kith.CodeNotAllowed,
				"A machine has no "+given.kind.String()+": nobody reads what is sent to it."))
		}
	}
	return errors.Join(errs...)
}

// errIDTaken is the same whether the id is a user's or a group's: everyone is alone in the group of their
// own id, so a user with another group's would be in that one.
var errIDTaken = &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken, Field: "id",
	Message: "This id is already in use, or was. Choose another, or none."}

// AddPlannedUser is the step that makes what staff planned. It fails with Conflict, naming the field, if
// an identifier or the id is taken, and with Forbidden or Invalid for a group that the actor may not put
// anybody into.
func AddPlannedUser(ctx context.Context, tx *gate.Tx, p PlannedUser) (kith.Member, error) {
	u := p.user
	var err error
	if u.Group, err = GroupForNew(ctx, tx, p.groups); err != nil {
		return kith.Member{}, err
	}
	if !u.ID.IsZero() {
		if taken, err := tx.Groups.Has(ctx, kith.GroupID(u.ID)); err != nil {
			return kith.Member{}, err
		} else if taken {
			return kith.Member{}, errIDTaken
		}
	}
	if u.Metadata, err = newMetadata(ctx, tx, kith.SectionAdmin, u.Metadata); err != nil {
		return kith.Member{}, err
	}
	return AddUser(ctx, tx, u)
}

// GroupForNew is the step that finds the role group of a user whom staff make: the one named, or the default.
func GroupForNew(ctx context.Context, tx *gate.Tx, names []string) (*kith.Group, error) {
	var g *kith.Group
	var err error
	if len(names) > 0 {
		g, err = groupNamed(ctx, tx, names[0])
	} else if g, err = tx.Groups.Default(ctx); errors.Is(err, store.ErrNotFound) {
		err = kith.BadField("groups", kith.CodeNoDefaultGroup, "This company has no default group: choose one.")
	}
	if err != nil {
		return nil, err
	}
	if err := access.CheckPutsInto(tx.By, g); err != nil {
		return nil, inGroups(err)
	}
	return g, nil
}

// groupNamed finds the role group that the field groups names.
func groupNamed(ctx context.Context, tx *gate.Tx, name string) (*kith.Group, error) {
	g, err := tx.Groups.Named(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, kith.BadField("groups", kith.CodeNotFound, "There is no group of that name.")
	}
	return g, err
}

// inGroups says of which field a refusal is, where it is of one.
func inGroups(err error) error {
	if e, is := errors.AsType[*kith.Error](err); is && e.Field != "" {
		return e.In("groups")
	}
	return err
}
