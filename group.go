package kith

import "time"

// Group is a set of users. A role group says what its members may do; a user is in at most one.
type Group struct {
	ID          GroupID
	Kind        GroupKind
	Name        string // unique in the company and kind
	Label       string
	Description string
	Section     Section
	Public      bool // people may choose it when they register
	Listed      bool // shown in the public list, if it is public
	Default     bool // people who choose none get it; one per company
	Archived    bool // out of use: nobody can be put in
	Settings    GroupSettings
	Permissions Permissions
	Owner       UserID // who made it, if it is theirs to arrange; zero: nobody
	Mode        Mode   // the row's permission
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// GroupSettings is what a company decides about the members of one group.
type GroupSettings struct {
	AllowTransactions, AllowDebitTransactions, AllowCreditTransactions bool
	// Where mails to members lead; "" as the company has it. http or https URLs.
	PasswordResetURL, PasswordSetURL, EmailVerificationURL, DeactivateURL, DeleteURL string
}

// Links is where mails to members lead; "" as the company has it.
func (s GroupSettings) Links() CompanyLinks {
	return CompanyLinks{s.PasswordResetURL, s.PasswordSetURL, s.EmailVerificationURL, s.DeactivateURL, s.DeleteURL}
}

// DefaultGroupSettings is what a group is born with.
func DefaultGroupSettings() GroupSettings {
	return GroupSettings{AllowTransactions: true, AllowDebitTransactions: true, AllowCreditTransactions: true}
}

// GroupKind says what a group is for. The numbers are stored.
type GroupKind uint8

// The kinds of group. A home group is derived from its user and has no row until something is
// linked to it.
const (
	RoleGroup GroupKind = iota + 1
	HomeGroup
	CustomGroup
	IdentityGroup
)

var groupKindNames = [...]string{RoleGroup: "role", HomeGroup: "home", CustomGroup: "custom", IdentityGroup: "identity"}

// String gives the kind's word.
func (k GroupKind) String() string { return groupKindNames[k] }

// The role groups that every company is born with.
const (
	GroupAdmin   = "admin"
	GroupManager = "manager"
	GroupSupport = "support"
	GroupUser    = "user"
)

// Grants is what protects the group's row. Its members have what the mode gives groups.
func (g *Group) Grants() Grants {
	return Grants{Owner: g.Owner, Mode: g.Mode, Links: []Link{{Group: g.ID, Verbs: g.Mode.Group()}}}
}
