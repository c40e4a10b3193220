package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// NewUser is what a user is made from. Identifiers come from CheckIdentifiers and the profile from
// CheckProfile, so that both are normal already.
type NewUser struct {
	ID          kith.UserID // zero: a new one
	Kind        kith.UserKind
	Identifiers []kith.Identifier
	Profile     kith.ProfileChange
	Group       *kith.Group // role group; nil for none

	// What only staff decide.
	Temporary, Deactivated, Archived bool
	Retention                        kith.Retention
	Metadata                         map[string]any
	Picture                          kith.FileID // written, and not yet kept; zero for none
}

// CheckIdentifiers turns what somebody typed into identifiers, primary ones, and reports every bad
// field. Empty ones are left out.
func CheckIdentifiers(username, email, mobile string) ([]kith.Identifier, error) {
	var list []kith.Identifier
	var errs []error
	for _, typed := range []struct {
		kind  kith.IdentifierKind
		value string
	}{{kith.Username, username}, {kith.Email, email}, {kith.Mobile, mobile}} {
		if typed.value == "" {
			continue
		}
		shown, folded, err := Identify(typed.kind, typed.value)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		list = append(list, kith.Identifier{Kind: typed.kind, Value: shown, Folded: folded, Primary: true})
	}
	return list, errors.Join(errs...)
}

// CheckProfile brings attributes into their normal form and reports every bad one.
func (d *Directory) CheckProfile(change kith.ProfileChange) (kith.ProfileChange, error) {
	return normaliseProfile(change, d.clock())
}

// CheckPlaces reports nationality and residency that the company does not take.
func CheckPlaces(c *kith.Company, change kith.ProfileChange) error {
	var errs []error
	for _, place := range []struct {
		attribute kith.Attribute
		allowed   []string
	}{{kith.Nationality, c.Settings.Nationalities}, {kith.Residency, c.Settings.Residencies}} {
		value, given := change[place.attribute]
		if given && value != "" && len(place.allowed) > 0 && !slices.Contains(place.allowed, value) {
			errs = append(errs, kith.BadField(place.attribute.String(), kith.CodeNotAllowed,
				"This company does not take people from there."))
		}
	}
	return errors.Join(errs...)
}

// AddUser is the step that makes a user, with their identifiers and primary account. It fails with
// Conflict, naming the field, if an identifier or the id is taken.
func AddUser(ctx context.Context, tx *gate.Tx, in NewUser) (kith.Member, error) {
	u := &kith.User{ID: in.ID, Kind: in.Kind, Settings: kith.DefaultUserSettings(), Mode: kith.DefaultUserMode,
		Temporary: in.Temporary, Deactivated: in.Deactivated, Archived: in.Archived, Retention: in.Retention,
		Metadata: in.Metadata, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	if u.ID.IsZero() {
		u.ID = tx.NewUserID()
	}
	if !in.Picture.IsZero() {
		if err := setPicture(ctx, tx, u, newChanges(), &in.Picture); err != nil {
			return kith.Member{}, err
		}
	}
	u.Profile, _ = u.Profile.Apply(in.Profile)
	if u.Profile[kith.Language] == "" {
		u.Profile[kith.Language] = kith.DefaultLanguage
	}
	var err error
	if u.Account, err = addAccounts(ctx, tx, u.ID, in.Group); err != nil {
		return kith.Member{}, err
	}
	for i := range in.Identifiers {
		show(u, in.Identifiers[i])
		one := in.Identifiers[i]
		one.Unclaimed = u.Temporary
		if err := addIdentifier(ctx, tx, u, &one); err != nil {
			return kith.Member{}, err
		}
	}
	salt, err := tx.NewSalt(u.ID)
	if err != nil {
		return kith.Member{}, err
	}
	var group kith.GroupID
	if in.Group != nil {
		group = in.Group.ID
	}
	err = tx.Users.Insert(ctx, u, group, salt)
	if errors.Is(err, store.ErrExists) && !in.ID.IsZero() {
		return kith.Member{}, errIDTaken
	} else if err != nil {
		return kith.Member{}, fmt.Errorf("insert user %s: %w", u.ID, err)
	}
	if err := addAttributeTerms(ctx, tx, u); err != nil {
		return kith.Member{}, err
	}
	tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Add, Row: u.ID.String(), Actor: maker(tx, u.ID),
		Subject: u.ID, Fields: fieldsOf(u)})
	return kith.Member{User: u, Group: in.Group, Company: tx.By.Company}, nil
}

// maker is who made a user: whoever is signed in, kith itself or, at registration, the user.
func maker(tx *gate.Tx, made kith.UserID) kith.UserID {
	if by := tx.By.UserID(); !by.IsZero() || tx.By.System {
		return by
	}
	return made
}

// fieldsOf names what a new user was given.
func fieldsOf(u *kith.User) []string {
	var fields []string
	for field, value := range map[string]string{"username": u.Username, "email": u.Email, "mobile": u.Mobile} {
		if value != "" {
			fields = append(fields, field)
		}
	}
	for a := range kith.AttributeCount {
		if u.Profile[a] != "" {
			fields = append(fields, a.String())
		}
	}
	if len(u.Metadata) > 0 {
		fields = append(fields, "metadata")
	}
	if !u.Picture.IsZero() {
		fields = append(fields, pictureField)
	}
	slices.Sort(fields)
	return fields
}

// show puts a primary identifier where the user object shows it.
func show(u *kith.User, i kith.Identifier) {
	switch i.Kind {
	case kith.Username:
		u.Username = i.Value
	case kith.Email:
		u.Email, u.EmailVerified = i.Value, !i.VerifiedAt.IsZero()
	case kith.Mobile:
		u.Mobile, u.MobileVerified = i.Value, !i.VerifiedAt.IsZero()
	}
}

// draws bounds how often a random number that is taken is drawn again.
const draws = 20

var errNoNumber = errors.New("directory: no free number found")

// addIdentifier gives a user an identifier, and that its number. It fails with Conflict if it is to be claimed
// and somebody has claimed it.
func addIdentifier(ctx context.Context, tx *gate.Tx, u *kith.User, i *kith.Identifier) error {
	i.User, i.CreatedAt, i.Mode = u.ID, tx.Now, kith.DefaultRowMode
	for range draws {
		i.ID = tx.NewSerial()
		done, err := tx.Identifiers.Insert(ctx, i, !i.Unclaimed)
		if errors.Is(err, store.ErrExists) {
			return taken(i.Kind)
		}
		if done || err != nil {
			return err
		}
	}
	return errNoNumber
}

func taken(kind kith.IdentifierKind) error {
	return &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken, Field: kind.String(),
		Message: fmt.Sprintf("This %s is already in use.", kind)}
}

// The operations on oneself.
var (
	OpViewSelf   = gate.Op{Name: "user.view", Noun: kith.NounUser, Verb: kith.View, Section: kith.SectionUser}
	OpChangeSelf = gate.Op{Name: "user.change", Noun: kith.NounUser, Verb: kith.Change, Section: kith.SectionUser}
)

// Self gives the acting user, as read when the request's session was resolved.
func (d *Directory) Self(ctx context.Context, by *kith.Actor) (kith.Member, error) {
	return gate.Read(ctx, d.gate, by, OpViewSelf, func(context.Context, *gate.Tx) (kith.Member, error) {
		return kith.Member{User: by.User, Group: by.Group, Company: by.Company}, nil
	})
}

// SelfChange is what people may change about themselves.
type SelfChange struct {
	Username *string            // nil: stays; may be set once
	Profile  kith.ProfileChange // attributes to set; "" clears
	Metadata map[string]any     // merged into what is there (RFC 7386), as far as the company lets users write it
	Picture  *Picture           // nil: stays
	Also     error              // what the face found wrong, told with the rest
}

// ChangeSelf changes the acting user's own profile. A verified user whose primary information changes
// is pending again.
func (d *Directory) ChangeSelf(ctx context.Context, by *kith.Actor, in SelfChange) (kith.Member, error) {
	profile, err := d.CheckProfile(in.Profile)
	err = errors.Join(in.Also, err)
	if by.Company != nil {
		err = errors.Join(err, CheckPlaces(by.Company, profile))
	}
	if by.User != nil { // asked once more of what is in force when it is written
		_, bad := checkMetadata(by.Company, kith.SectionUser, by.User.Metadata, in.Metadata)
		err = errors.Join(err, bad)
	}
	if language, given := profile[kith.Language]; given && language == "" {
		profile[kith.Language] = kith.DefaultLanguage
	}
	var names []kith.Identifier
	if in.Username != nil && *in.Username != "" {
		var bad error
		names, bad = CheckIdentifiers(*in.Username, "", "")
		err = errors.Join(err, bad)
	}
	step := func(ctx context.Context, tx *gate.Tx, in checkedSelf) (kith.Member, error) {
		return changeSelf(ctx, tx, by, profile, in)
	}
	picture, err := d.takePicture(ctx, by, OpChangeSelf, in.Picture, err)
	return gate.Change(ctx, d.gate, by, OpChangeSelf, checkedSelf{names, in.Username, in.Metadata, picture, err}, step)
}

// checkedSelf carries what the checks found to the door, which asks the permission first.
type checkedSelf struct {
	names    []kith.Identifier
	username *string
	metadata map[string]any
	picture  *kith.FileID
	bad      error
}

// Validate reports what the checks found.
func (in checkedSelf) Validate() error { return in.bad }

func changeSelf(ctx context.Context, tx *gate.Tx, by *kith.Actor, profile kith.ProfileChange, in checkedSelf) (kith.Member, error) {
	u, err := tx.Users.Lock(ctx, by.User.ID)
	if err == nil {
		err = CheckWritable(u) // archived, maybe, since the request began
	}
	if err != nil {
		return kith.Member{}, err
	}
	after, c := *u, newChanges()
	var differs []kith.Attribute
	after.Profile, differs = u.Profile.Apply(profile)
	for _, a := range differs {
		c.note(a.String(), u.Profile[a])
	}
	if err := changeMetadata(ctx, tx, &after, c, kith.SectionUser, in.metadata); err != nil {
		return kith.Member{}, err
	}
	if u.Status == kith.Verified && slices.ContainsFunc(differs, isPrimary) {
		c.note("status", u.Status)
		after.Status = kith.Pending
	}
	if err := setUsername(ctx, tx, &after, c, in); err != nil {
		return kith.Member{}, err
	}
	if err := setPicture(ctx, tx, &after, c, in.picture); err != nil {
		return kith.Member{}, err
	}
	self := kith.Member{User: &after, Group: by.Group, Company: by.Company}
	if len(c.fields) == 0 {
		tx.Unchanged()
		return self, nil
	}
	after.UpdatedAt = tx.Now
	tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Change, Row: u.ID.String(), Subject: u.ID, Fields: c.fields, Old: c.old})
	return self, putUser(ctx, tx, u, &after)
}

// setUsername gives a user the name they chose: once, and then only staff may change it.
func setUsername(ctx context.Context, tx *gate.Tx, u *kith.User, c *changes, in checkedSelf) error {
	switch {
	case in.username == nil:
		return nil
	case len(in.names) == 0 && u.Username == "":
		return nil
	case len(in.names) == 1 && strings.EqualFold(in.names[0].Value, u.Username):
		return nil
	case u.Username != "":
		return kith.BadField("username", kith.CodeReadOnly, "A username, once chosen, cannot be changed by its owner. Ask the company.")
	}
	c.note("username", "")
	name := in.names[0]
	show(u, name)
	return addIdentifier(ctx, tx, u, &name)
}

// isPrimary reports whether an attribute is part of what was verified.
func isPrimary(a kith.Attribute) bool {
	switch a {
	case kith.FirstName, kith.MiddleName, kith.LastName, kith.BirthDate, kith.IDNumber, kith.Nationality, kith.LegalName:
		return true
	default:
		return false
	}
}
