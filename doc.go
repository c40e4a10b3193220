// Package kith holds the words of the domain: companies, the users in them, how those users are
// identified, what they may do, the sessions they hold, and the errors and events that tell of it.
//
// It does no I/O and imports only the standard library, so that every other package may import it.
// The types are plain structs without tags: JSON belongs to a face (internal/api/...), columns to
// internal/store, rules to internal/core/....
package kith
