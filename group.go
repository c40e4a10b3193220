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
	Default     bool // people who choose none get it; one per company
	Permissions Permissions
	CreatedAt   time.Time
	UpdatedAt   time.Time
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

// The role groups that every company is born with.
const (
	GroupAdmin   = "admin"
	GroupManager = "manager"
	GroupSupport = "support"
	GroupUser    = "user"
)
