package kith

// Actor is who asks: for which company, as whom, through which session, holding what. A request has
// one, made by core/signin from its token; a guest has a company at most.
type Actor struct {
	Company *Company // nil while no company is known
	User    *User    // nil for a guest and for the system
	Group   *Group   // the user's role group; nil if none
	Session *Session // nil for a guest and for the system
	System  bool     // kith itself or its operator: the worker, the command line
	Remote  Remote
}

// Remote is where a request came from, as far as it can be trusted.
type Remote struct {
	Address  string // the client's IP address; behind a trusted proxy, the one it reports
	Loopback bool   // the listener it came through answers only this machine
	Secure   bool   // it came by TLS, as far as here or to a trusted proxy
	Agent    string // the client's own words about itself, cut to 200 bytes
	Request  string // request id
}

// CompanyID is the company that the actor acts in; Installation while none is known.
func (a *Actor) CompanyID() CompanyID {
	if a.Company == nil {
		return Installation
	}
	return a.Company.ID
}

// UserID is the acting user; zero for guests and the system.
func (a *Actor) UserID() UserID {
	if a.User == nil {
		return UserID{}
	}
	return a.User.ID
}

// IsGuest reports whether nobody is signed in.
func (a *Actor) IsGuest() bool { return a.User == nil && !a.System }

// Holds reports whether the actor has, in the section, the permission that verb needs on noun.
// The system holds everything.
func (a *Actor) Holds(section Section, noun Noun, verb Verb) bool {
	if a.System {
		return true
	}
	p := Permission{section, noun, LevelFor(verb)}
	return a.Group != nil && a.Group.Permissions.Has(p) || a.User != nil && a.User.Permissions.Has(p)
}

// Permissions is all that the actor holds, by group and directly. The system's is not told: it holds
// everything.
func (a *Actor) Permissions() Permissions {
	if a.User == nil {
		return Permissions{}
	}
	return Member{User: a.User, Group: a.Group}.Permissions()
}

// In reports whether the actor is a member of the group. Everyone is alone in their home group,
// which has their own id.
func (a *Actor) In(group GroupID) bool {
	switch {
	case a.User == nil:
		return false
	case a.Group != nil && a.Group.ID == group:
		return true
	default:
		return a.User.Home() == group
	}
}
