package kith

// Holding is a permission as somebody holds it: whole, or narrowed by properties.
type Holding struct {
	Permission
	Properties Properties
}

// Properties narrow a permission to some fields of a row: "metadata.colour" → whether it is allowed.
// Only permissions about transactions take them. nil narrows nothing.
type Properties map[string]bool

// TakesProperties reports whether permissions about the noun may be narrowed.
func (n Noun) TakesProperties() bool { return n == NounTransaction }

// AllPermissions is everything that can be held.
func AllPermissions() Permissions {
	return Permissions{}.With(Every(SectionUser, AllNouns()...)...).With(Every(SectionAdmin, AllNouns()...)...)
}
