package kith

import (
	"slices"
	"strings"
	"time"
)

// User is a person or a machine inside one company. The same person in two companies is two users,
// and neither company can tell.
type User struct {
	ID       UserID
	Kind     UserKind
	Username string // as shown; "" if none
	Email    string // the primary one, as shown; "" if none
	Mobile   string // the primary one, E.164; "" if none

	EmailVerified  bool // the primary one
	MobileVerified bool // the primary one

	Status      Status // the verdict on who they are
	Archived    bool   // read-only and invisible to the user
	Deactivated bool   // cannot sign in; password reset stays possible
	Temporary   bool   // made by staff for someone not yet here; cannot sign in
	Retention   Retention

	Profile  Profile
	Metadata map[string]any // written by staff; nil if none
	Settings UserSettings
	Account  string // reference of the primary account
	Picture  FileID // the image that shows the user; zero if none
	Mode     Mode   // the row's permission

	Permissions Permissions // held directly, besides those of the group

	LastLogin time.Time // zero before the first
	CreatedAt time.Time
	UpdatedAt time.Time
}

// word finds the value that a word stands for in a list of names.
func word[T ~uint8](names []string, text string) (T, bool) {
	i := slices.Index(names, text)
	return T(max(i, 0)), i >= 0
}

// UserKind tells people from programs. A machine has no password, gets no mail and no lockout.
type UserKind uint8

// The kinds of user.
const (
	Person UserKind = iota
	Machine
)

var userKindNames = [...]string{"person", "machine"}

// String gives the kind's word.
func (k UserKind) String() string { return userKindNames[k] }

// UserKindNamed finds a kind by its word.
func UserKindNamed(text string) (UserKind, bool) { return word[UserKind](userKindNames[:], text) }

// Status is a verdict of verification, on a user, a document, an address or an account.
type Status uint8

// The verdicts.
const (
	Pending Status = iota
	Incomplete
	Verified
	Declined
	Obsolete
	Paused
)

var statusNames = [...]string{"pending", "incomplete", "verified", "declined", "obsolete", "paused"}

// String gives the verdict's word.
func (s Status) String() string { return statusNames[s] }

// StatusNamed finds a verdict by its word.
func StatusNamed(text string) (Status, bool) { return word[Status](statusNames[:], text) }

// Retention is whether the user has asked to be erased.
type Retention uint8

// The states of retention.
const (
	Retaining Retention = iota
	DeleteRequested
	Deleted
)

var retentionNames = [...]string{"retaining", "delete_requested", "deleted"}

// String gives the state's word.
func (r Retention) String() string { return retentionNames[r] }

// RetentionNamed finds a state by its word.
func RetentionNamed(text string) (Retention, bool) { return word[Retention](retentionNames[:], text) }

// UserSettings is what staff allow one user.
type UserSettings struct {
	AllowTransactions, AllowDebitTransactions, AllowCreditTransactions bool
}

// DefaultUserSettings is what a user is born with.
func DefaultUserSettings() UserSettings { return UserSettings{true, true, true} }

// DefaultUserMode is the permission of a new user's row: its owner may do all but add, anyone may
// peek.
var DefaultUserMode = NewMode(Of(Peek), Of(Peek, View, Change, Delete, Execute, Refer), 0)

// Verified reports whether the user has proved who they are: by verdict, or by having verified
// every primary e-mail and mobile they have, at least one.
func (u *User) Verified() bool {
	if u.Status == Verified {
		return true
	}
	return (u.Email != "" || u.Mobile != "") &&
		(u.Email == "" || u.EmailVerified) && (u.Mobile == "" || u.MobileVerified)
}

// Name is what the user is called: first, middle and last name or, where there is none of these, the legal name.
func (u *User) Name() string {
	p := &u.Profile
	if name := strings.Join(strings.Fields(p[FirstName]+" "+p[MiddleName]+" "+p[LastName]), " "); name != "" {
		return name
	}
	return p[LegalName]
}

// Home is the group that is the user's own. It exists as soon as the user does, with the same id.
func (u *User) Home() GroupID { return GroupID(u.ID) }

// HomeGroup is that group. Its name follows the user's.
func (u *User) HomeGroup() Group {
	name := u.Name()
	for _, other := range []string{u.Username, u.Email, u.Mobile, u.ID.String()} {
		if name == "" {
			name = other
		}
	}
	return Group{ID: u.Home(), Kind: HomeGroup, Name: "Home group for " + name, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt}
}

// Active reports whether the user may sign in and act.
func (u *User) Active() bool { return !u.Archived && !u.Deactivated && !u.Temporary }

// Grants is what protects the user's row: everyone owns themselves.
func (u *User) Grants() Grants { return Grants{Owner: u.ID, Mode: u.Mode} }

// Member is a user with the group and company that show beside them.
type Member struct {
	User    *User
	Group   *Group // role group; nil if none
	Company *Company
}

// Verified reports whether the user has proved who they are, as their company wants it proved: where it
// requires verification, by verdict alone.
func (m Member) Verified() bool {
	if m.Company != nil && m.Company.Settings.RequireVerification {
		return m.User.Status == Verified
	}
	return m.User.Verified()
}

// Permissions is all that the user holds, by group and directly.
func (m Member) Permissions() Permissions {
	held := m.User.Permissions
	if m.Group != nil {
		held = held.Union(m.Group.Permissions)
	}
	return held
}
