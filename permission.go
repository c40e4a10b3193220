package kith

import (
	"encoding/binary"
	"fmt"
)

// Section is the half of the platform that a permission or group belongs to.
type Section uint8

// The sections. Only user and admin may be written.
const (
	SectionUser   Section = iota // what people do with what is theirs
	SectionAdmin                 // what staff do with everybody's
	SectionSystem                // kith itself; holds no permissions
	sections      = SectionSystem
)

var sectionNames = [...]string{"user", "admin", "system"}

// String gives the section's word.
func (s Section) String() string { return sectionNames[s] }

// SectionNamed finds a section that permissions may be of by its word.
func SectionNamed(text string) (Section, bool) { return word[Section](sectionNames[:sections], text) }

// Noun is a kind of thing that permissions are about and that events tell of. The numbers are
// stored: add at the end, never renumber.
type Noun uint8

// The nouns.
const (
	NounCompany Noun = iota
	NounUser
	NounGroup
	NounPermission
	NounSession // "token" on the platform face
	NounEmail
	NounMobile
	NounAddress
	NounDocument
	NounBankAccount
	NounCryptoAccount
	NounWalletAccount
	NounDevice
	NounMessage // "notification" on the platform face
	NounAccount
	NounAccountDefinition
	NounCurrency
	NounApplication // "service" on the platform face
	NounFactor      // "mfa" on the platform face
	NounLegalTerm
	NounEvent // "request" on the platform face: who did what
	NounWebhook
	NounJWT
	NounTier
	NounIdentity
	NounMembership
	NounInvitation
	NounTransaction // this and the following: known so that what clients grant stays granted; kith has no such rows
	NounTransactionSubtype
	NounPolicy
	NounAlert
	NounAccessRule
	NounFactorRule
	NounOAuthClient
	nouns
)

var nounNames = [nouns]string{
	"company", "user", "group", "permission", "session", "email", "mobile", "address", "document",
	"bank_account", "crypto_account", "wallet_account", "device", "message", "account",
	"account_definition", "currency", "application", "factor", "legal_term", "event", "webhook", "jwt",
	"tier", "identity", "membership", "invitation", "transaction", "transaction_subtype", "policy", "alert",
	"access_rule", "factor_rule", "oauth_client",
}

// String gives the noun's word, the same in code, tables, events and docs.
func (n Noun) String() string { return nounNames[n] }

// NounNamed finds a noun by its word.
func NounNamed(text string) (Noun, bool) { return word[Noun](nounNames[:], text) }

// Level is how far a permission reaches. Each level stands alone: change does not imply view.
type Level uint8

// The levels.
const (
	LevelView Level = iota
	LevelAdd
	LevelChange
	LevelDelete
	levels
)

var levelNames = [levels]string{"view", "add", "change", "delete"}

// String gives the level's word.
func (l Level) String() string { return levelNames[l] }

// LevelNamed finds a level by its word.
func LevelNamed(text string) (Level, bool) { return word[Level](levelNames[:], text) }

// Permission is one right: in a section, on a noun, to a level.
type Permission struct {
	Section Section
	Noun    Noun
	Level   Level
}

// String writes the permission as "admin:user.view".
func (p Permission) String() string {
	return fmt.Sprintf("%s:%s.%s", p.Section, p.Noun, p.Level)
}

// Permissions is a set of permissions, one bit each, so that asking costs nothing.
type Permissions [8]uint64

// half is how many nouns lie beside each other in a set: those of both sections, and then the next so many
// of both.
const half = 32

func (p Permission) bit() int {
	noun := int(p.Noun)
	return ((noun/half*int(sections)+int(p.Section))*half+noun%half)*int(levels) + int(p.Level)
}

// Number names the permission for good, from 1 on: clients keep it.
func (p Permission) Number() int { return p.bit() + 1 }

// PermissionNumbered finds a permission by its number.
func PermissionNumbered(number int) (Permission, bool) {
	bit := number - 1
	row := bit / int(levels)
	p := Permission{Section: Section(row / half % int(sections)),
		Noun: Noun(row/half/int(sections)*half + row%half), Level: Level(bit % int(levels))}
	return p, bit >= 0 && p.Noun < nouns
}

// With returns the set with the given permissions added.
func (s Permissions) With(list ...Permission) Permissions {
	for _, p := range list {
		s[p.bit()/64] |= 1 << (p.bit() % 64)
	}
	return s
}

// Without returns the set with the given permissions taken out.
func (s Permissions) Without(list ...Permission) Permissions {
	for _, p := range list {
		s[p.bit()/64] &^= 1 << (p.bit() % 64)
	}
	return s
}

// Union returns what is in either set.
func (s Permissions) Union(other Permissions) Permissions {
	for i := range s {
		s[i] |= other[i]
	}
	return s
}

// Both returns what is in both sets.
func (s Permissions) Both(other Permissions) Permissions {
	for i := range s {
		s[i] &= other[i]
	}
	return s
}

// Reach returns the set and, for each of its admin permissions, the one of the user section: whoever may
// do a thing with everybody's may let others do it with theirs.
func (s Permissions) Reach() Permissions {
	for _, p := range s.List() {
		if p.Section == SectionAdmin {
			s = s.With(Permission{SectionUser, p.Noun, p.Level})
		}
	}
	return s
}

// Of returns what of the set is in the section.
func (s Permissions) Of(section Section) Permissions {
	var of Permissions
	for _, p := range s.List() {
		if p.Section == section {
			of = of.With(p)
		}
	}
	return of
}

// Has reports whether p is in the set.
func (s Permissions) Has(p Permission) bool { return s[p.bit()/64]>>(p.bit()%64)&1 == 1 }

// Covers reports whether s holds everything in other: nobody grants what they do not hold.
func (s Permissions) Covers(other Permissions) bool {
	for i := range s {
		if other[i]&^s[i] != 0 {
			return false
		}
	}
	return true
}

// List gives the set's permissions in a fixed order.
func (s Permissions) List() []Permission {
	var list []Permission
	for section := range sections {
		for noun := range nouns {
			for level := range levels {
				if p := (Permission{section, noun, level}); s.Has(p) {
					list = append(list, p)
				}
			}
		}
	}
	return list
}

// Bytes writes the set for the store, in at most 64 bytes: words at the end that hold nothing are left out.
func (s Permissions) Bytes() []byte {
	last := len(s)
	for last > 0 && s[last-1] == 0 {
		last--
	}
	b := make([]byte, 0, 8*last)
	for _, word := range s[:last] {
		b = binary.BigEndian.AppendUint64(b, word)
	}
	return b
}

// PermissionsOf reads what Bytes wrote. Missing bytes are missing permissions.
func PermissionsOf(b []byte) Permissions {
	var s Permissions
	for i := range s {
		if len(b) >= 8*(i+1) {
			s[i] = binary.BigEndian.Uint64(b[8*i:])
		}
	}
	return s
}

// Every gives all levels of the nouns in a section.
func Every(section Section, list ...Noun) []Permission {
	var all []Permission
	for _, noun := range list {
		for level := range levels {
			all = append(all, Permission{section, noun, level})
		}
	}
	return all
}

// Views gives the view level of the nouns in a section.
func Views(section Section, list ...Noun) []Permission {
	var all []Permission
	for _, noun := range list {
		all = append(all, Permission{section, noun, LevelView})
	}
	return all
}

// AllNouns lists every noun.
func AllNouns() []Noun {
	all := make([]Noun, nouns)
	for n := range nouns {
		all[n] = n
	}
	return all
}

// LevelFor is the permission level that stands for a verb. Admin permissions count as all bits, so
// those who may view may also peek, and those who may change may execute, and refer: to link a row to a
// group is to say who may do what with it.
func LevelFor(verb Verb) Level {
	switch verb {
	case Add:
		return LevelAdd
	case Change, Execute, Refer:
		return LevelChange
	case Delete:
		return LevelDelete
	default:
		return LevelView
	}
}
