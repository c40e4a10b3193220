package kith

import (
	"strings"
	"time"
)

// Verb is what an operation does to a table or a row. The words are the JSON:API face's: peek is to
// see that it is there, view to read it, add to create, refer to link something to it, execute to
// run an action on it.
type Verb uint8

// The verbs, in the order of the bits of a Mode.
const (
	Peek Verb = iota
	View
	Add
	Change
	Delete
	Execute
	Refer
	verbs
)

var verbNames = [verbs]string{"peek", "view", "add", "change", "delete", "execute", "refer"}

// String gives the verb's word.
func (v Verb) String() string { return verbNames[v] }

// VerbNamed finds a verb by its word.
func VerbNamed(text string) (Verb, bool) { return word[Verb](verbNames[:], text) }

// Verbs is a set of verbs, one bit each.
type Verbs uint8

// AllVerbs holds every verb.
const AllVerbs Verbs = 1<<verbs - 1

// Of makes the set that holds the given verbs.
func Of(list ...Verb) Verbs {
	var set Verbs
	for _, v := range list {
		set |= 1 << v
	}
	return set
}

// Has reports whether v is in the set.
func (s Verbs) Has(v Verb) bool { return s>>v&1 == 1 }

// String lists the set's verbs, joined by commas.
func (s Verbs) String() string {
	var words []string
	for v := range verbs {
		if s.Has(v) {
			words = append(words, v.String())
		}
	}
	return strings.Join(words, ",")
}

// Mode is the permission of one row or table: which verbs a guest, its owner and its groups have.
// Seven bits each, guest lowest; a link to a group may carry a set of its own (see Grants).
type Mode uint32

// NewMode makes a mode of its three sets.
func NewMode(guest, owner, group Verbs) Mode {
	return Mode(guest) | Mode(owner)<<verbs | Mode(group)<<(2*verbs)
}

// Guest is what anyone may do, without signing in.
func (m Mode) Guest() Verbs { return Verbs(m) & AllVerbs }

// Owner is what the row's owner may do.
func (m Mode) Owner() Verbs { return Verbs(m>>verbs) & AllVerbs }

// Group is what a group linked to the row may do where the link says nothing else.
func (m Mode) Group() Verbs { return Verbs(m>>(2*verbs)) & AllVerbs }

// AllModes is every bit that a mode can have.
const AllModes = Mode(1<<(3*verbs) - 1)

// Modes are the modes of tables and actions, by the words that name them.
type Modes map[string]Mode

// Link ties a row or table to a group, whose members then have these verbs on it.
type Link struct {
	Group     GroupID
	Verbs     Verbs
	CreatedAt time.Time // when it was linked; zero if that was not kept
}

// Grants is all that decides access to one row, or to one table: its owner (zero: nobody), its mode
// and its links. There are no deny rules.
type Grants struct {
	Owner UserID
	Mode  Mode
	Links []Link
}

// Rule names what allowed an operation, for the log and for explaining a decision.
type Rule string

// The rules of access, in the order in which they are asked. Refused is the empty rule.
const (
	Refused       Rule = ""
	ByPermission  Rule = "admin permission"
	ByOwnership   Rule = "owner"
	ByGroup       Rule = "group"
	ByGuestAccess Rule = "guest"
)

// Allows reports which rule lets the actor do verb to what the grants protect; noun is what it is.
// Guests own nothing, and a row without an owner has none.
func (g Grants) Allows(by *Actor, noun Noun, verb Verb) Rule {
	switch {
	case by.Holds(SectionAdmin, noun, verb):
		return ByPermission
	case !g.Owner.IsZero() && g.Owner == by.UserID() && g.Mode.Owner().Has(verb):
		return ByOwnership
	}
	for _, link := range g.Links {
		if link.Verbs.Has(verb) && by.In(link.Group) {
			return ByGroup
		}
	}
	if g.Mode.Guest().Has(verb) {
		return ByGuestAccess
	}
	return Refused
}

// DefaultRowMode is the permission of a new row: its owner may do all but add.
var DefaultRowMode = NewMode(0, Of(Peek, View, Change, Delete, Execute, Refer), 0)

// LinkVerbs is what a group may do with a row that was linked to it, where nobody says anything else.
const LinkVerbs = Verbs(1<<Peek | 1<<View | 1<<Execute)

// DefaultTable is the mode of a noun's table as a company is born. Its group bits are those of whoever is
// signed in; nobody owns a table. Anyone signed in may use what is theirs, and add to the tables of what
// hangs on oneself; guests may peek at users, create users and groups, and run the actions on users that
// are open to them.
func DefaultTable(noun Noun) Mode {
	members := Of(Peek, View, Change, Delete, Execute)
	var guests Verbs
	switch noun {
	case NounUser:
		guests = Of(Peek, Add, Execute)
	case NounGroup:
		guests = Of(Add, Refer)
		members |= Of(Add, Refer)
	case NounSession, NounEmail, NounMobile, NounAddress, NounDocument, NounBankAccount, NounCryptoAccount,
		NounWalletAccount, NounDevice, NounFactor, NounAccount, NounJWT:
		members |= Of(Add)
	default: // what the company arranges, and what follows from other changes
	}
	return NewMode(guests, 0, members)
}

// OpensTable reports which rule lets the actor do verb to a table of that mode; noun is what is in it.
// Links of the table are not looked at.
func (m Mode) OpensTable(by *Actor, noun Noun, verb Verb) Rule {
	switch {
	case by.Holds(SectionAdmin, noun, verb):
		return ByPermission
	case by.User != nil && m.Group().Has(verb):
		return ByGroup
	case m.Guest().Has(verb):
		return ByGuestAccess
	default:
		return Refused
	}
}
