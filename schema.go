package kith

import "time"

// AttributeSchema is the shape that a company has declared for attributes of its own, which lie in its
// users' metadata: a JSON Schema (draft 2020-12), and what follows from it.
type AttributeSchema struct {
	Version    int    // from 1; 0 if none was ever declared
	Document   string // JSON, its keys sorted; "" if none was ever declared
	CreatedAt  time.Time
	Attributes map[string]OwnAttribute // those declared, by metadata key; nil if none

	Numbers  int   // the last number that an attribute's search terms were given
	Building []int // numbers under which terms of earlier users are still to be written
	Dropping []int // numbers that are given up, whose terms are still to be removed
}

// OwnAttribute is what a company says of one attribute of its own, besides what values it takes.
type OwnAttribute struct {
	Read, Write Sections // who may
	Number      int      // of its search terms, from FirstOwnTerm on, never given to another; 0: not indexed
	Form        TermForm // of its search terms
}

// FirstOwnTerm is the first number for search terms of companies' own attributes. The numbers below are
// those of the profile.
const FirstOwnTerm = 1000

// UndeclaredAttribute is what holds for metadata that no schema speaks of: staff write it, its user may
// read it.
var UndeclaredAttribute = OwnAttribute{Read: SectionsOf(SectionUser, SectionAdmin), Write: SectionsOf(SectionAdmin)}

// Attribute gives what holds for a metadata key.
func (s *AttributeSchema) Attribute(key string) OwnAttribute {
	if a, declared := s.Attributes[key]; declared {
		return a
	}
	return UndeclaredAttribute
}

// TermForm is how the values of an attribute are spelled so that they sort as text. The numbers are
// stored.
type TermForm uint8

// The forms.
const (
	TermText    TermForm = iota // folded
	TermNumber                  // any number
	TermBoolean                 // true or false
	TermDate                    // a calendar day
	TermTime                    // a moment
)

// Sections is a set of sections.
type Sections uint8

// SectionsOf makes a set.
func SectionsOf(list ...Section) Sections {
	var s Sections
	for _, section := range list {
		s |= 1 << section
	}
	return s
}

// Has reports whether the section is in the set.
func (s Sections) Has(section Section) bool { return s>>section&1 == 1 }
