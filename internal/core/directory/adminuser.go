package directory

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/gate"
)

// The operations of staff on one user.
var (
	OpViewUser    = gate.Op{Name: "user.view", Noun: kith.NounUser, Verb: kith.View, Section: kith.SectionAdmin}
	OpChangeUser  = gate.Op{Name: "user.change", Noun: kith.NounUser, Verb: kith.Change, Section: kith.SectionAdmin}
	OpArchiveUser = gate.Op{Name: "user.delete", Noun: kith.NounUser, Verb: kith.Delete, Section: kith.SectionAdmin}
)

// User gives a user of the company to staff, by id, e-mail, mobile or username.
func (d *Directory) User(ctx context.Context, by *kith.Actor, typed string) (kith.Member, error) {
	return gate.Read(ctx, d.gate, by, OpViewUser, func(ctx context.Context, tx *gate.Tx) (kith.Member, error) {
		return Find(ctx, tx, typed)
	})
}

// UserChange is what staff may change of a user. It sets what is not nil.
type UserChange struct {
	Username, Email, Mobile *string            // "" takes it away
	Profile                 kith.ProfileChange // attributes to set; "" clears
	Groups                  *[]string          // at most one, by name; empty leaves the user in none
	Metadata                map[string]any     // merged into what is there (RFC 7386)
	ClearMetadata           bool               // takes all of it away first
	Status                  *kith.Status
	Deactivated, Archived   *bool
	Retention               *kith.Retention
	Picture                 *Picture

	// Check, unless nil, finds what is wrong with asking this of the user as they are.
	Check func(kith.Member) error
}

// ChangePlannedUser is the step that changes a user on behalf of staff, and gives the new e-mails and mobiles
// that the user has yet to prove. A new one is not verified, whatever the one before was, and like
// deactivation and archiving it ends the user's temporary sessions, links and codes. A verified user stays
// verified: whoever may change the one may judge the other. An archived user is only read, unless the change
// restores them. It fails with Forbidden if the user holds more than the actor, and for what would take
// something from the company's owner.
func ChangePlannedUser(ctx context.Context, tx *gate.Tx, typed string, p PlannedChange) (kith.Member, []*kith.Identifier, error) {
	was, err := lockManaged(ctx, tx, typed, p.protected())
	if err == nil && p.Check != nil {
		err = p.Check(was)
	}
	if err != nil {
		return kith.Member{}, nil, err
	}
	return p.apply(ctx, tx, was)
}

// change makes a change that touches no e-mail, mobile or picture.
func (d *Directory) change(ctx context.Context, by *kith.Actor, op gate.Op, typed string, in UserChange) (kith.Member, error) {
	return gate.Change(ctx, d.gate, by, op, d.PlanChange(in), func(ctx context.Context, tx *gate.Tx, p PlannedChange) (kith.Member, error) {
		m, _, err := ChangePlannedUser(ctx, tx, typed, p)
		return m, err
	})
}

// PlannedChange is a UserChange in its normal form, with all that is wrong with it.
type PlannedChange struct {
	UserChange
	names   []nameChange
	picture *kith.FileID
	bad     error
}

// nameChange is an identifier to put in the place of a user's primary one of the kind; nil takes it away.
type nameChange struct {
	kind kith.IdentifierKind
	to   *kith.Identifier
}

// Validate reports every bad field.
func (p PlannedChange) Validate() error { return p.bad }

// PlanPicturedChange is PlanChange, and reads the picture that the user is to have. The operation's permission is
// asked before that.
func (d *Directory) PlanPicturedChange(ctx context.Context, by *kith.Actor, in UserChange) PlannedChange {
	p := d.PlanChange(in)
	p.picture, p.bad = d.takePicture(ctx, by, OpChangeUser, in.Picture, p.bad)
	return p
}

// PlanChange brings what staff want to change of a user into its normal form.
func (d *Directory) PlanChange(in UserChange) PlannedChange {
	p := PlannedChange{UserChange: in}
	var errs []error
	for _, typed := range []struct {
		kind  kith.IdentifierKind
		value *string
	}{{kith.Username, in.Username}, {kith.Email, in.Email}, {kith.Mobile, in.Mobile}} {
		switch {
		case typed.value == nil:
		case *typed.value == "":
			p.names = append(p.names, nameChange{typed.kind, nil})
		default:
			shown, folded, err := Identify(typed.kind, *typed.value)
			errs = append(errs, err)
			p.names = append(p.names, nameChange{typed.kind, &kith.Identifier{Kind: typed.kind, Value: shown, Folded: folded, Primary: true}})
		}
	}
	profile, err := d.CheckProfile(in.Profile)
	errs = append(errs, err)
	if language, given := profile[kith.Language]; given && language == "" {
		profile[kith.Language] = kith.DefaultLanguage
	}
	p.Profile = profile
	if in.Groups != nil {
		errs = append(errs, oneGroup(*in.Groups))
	}
	p.bad = errors.Join(errs...)
	return p
}

// protected reports whether the change has anything that the owner is protected from: then it must know
// who that is at this very moment.
func (p PlannedChange) protected() bool {
	return p.Archived != nil || p.Deactivated != nil || p.Retention != nil || p.Groups != nil || p.Email != nil || p.Mobile != nil
}

// lockManaged finds a user and holds the row until the transaction ends, for an actor who may change
// them. With steady the company's row is held too, first, so that it has the same owner until then.
func lockManaged(ctx context.Context, tx *gate.Tx, typed string, steady bool) (kith.Member, error) {
	company := tx.By.Company
	if steady {
		var err error
		if company, err = tx.Companies.Lock(ctx); err != nil {
			return kith.Member{}, err
		}
	}
	found, err := Find(ctx, tx, typed)
	if err != nil {
		return kith.Member{}, err
	}
	m, err := LockUser(ctx, tx, found.User.ID) // once more, as nobody can change it any longer
	if err != nil {
		return kith.Member{}, err
	}
	m.Company = company
	return m, access.CheckManages(tx.By, m)
}

// LockUser is the step that reads a user, with the group that they are in, and holds the row until the
// transaction ends. What is asked of a user before they are changed is asked of what it gives.
func LockUser(ctx context.Context, tx *gate.Tx, id kith.UserID) (kith.Member, error) {
	if _, err := tx.Users.Lock(ctx, id); err != nil {
		return kith.Member{}, err
	}
	m, err := tx.Users.Member(ctx, id)
	m.Company = tx.By.Company
	return m, err
}

// UserSettingsChange sets what is not nil.
type UserSettingsChange struct {
	AllowTransactions, AllowDebitTransactions, AllowCreditTransactions *bool

	Also error // what the face found wrong
}

// Validate reports every bad field.
func (in UserSettingsChange) Validate() error { return in.Also }

// ChangeUserSettings changes what staff allow one user.
func (d *Directory) ChangeUserSettings(ctx context.Context, by *kith.Actor, typed string, in UserSettingsChange) (kith.Member, error) {
	return gate.Change(ctx, d.gate, by, OpChangeUser, in, func(ctx context.Context, tx *gate.Tx, in UserSettingsChange) (kith.Member, error) {
		was, err := lockManaged(ctx, tx, typed, false)
		if err != nil {
			return kith.Member{}, err
		}
		after, c := *was.User, newChanges()
		set(c, "allow_transactions", &after.Settings.AllowTransactions, in.AllowTransactions)
		set(c, "allow_debit_transactions", &after.Settings.AllowDebitTransactions, in.AllowDebitTransactions)
		set(c, "allow_credit_transactions", &after.Settings.AllowCreditTransactions, in.AllowCreditTransactions)
		return writeUser(ctx, tx, was, &after, c)
	})
}

// writeUser writes a user that c tells the changes of, and records them.
func writeUser(ctx context.Context, tx *gate.Tx, was kith.Member, after *kith.User, c *changes) (kith.Member, error) {
	is := kith.Member{User: after, Group: was.Group, Company: was.Company}
	if len(c.fields) == 0 {
		tx.Unchanged()
		return is, nil
	}
	if after.Archived { // and was before, or is just being archived, and then nothing else may change
		if err := CheckWritable(was.User); err != nil {
			return is, err
		}
	}
	after.UpdatedAt = tx.Now
	e := kith.Event{Noun: kith.NounUser, Verb: kith.Change, Row: after.ID.String(), Subject: after.ID, Fields: c.fields, Old: c.old}
	if tx.By.IsGuest() { // who has proved to be the user
		e.Actor = after.ID
	}
	tx.Record(e)
	return is, putUser(ctx, tx, was.User, after)
}

// FindManaged is the step that finds a user whom the actor may change, and holds the row until the
// transaction ends.
func FindManaged(ctx context.Context, tx *gate.Tx, typed string) (kith.Member, error) {
	return lockManaged(ctx, tx, typed, false)
}
