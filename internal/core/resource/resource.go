// Package resource is the catalogue of the table faces: it lists tables, with their fields and relations,
// and actions, and binds each operation on them to a step of the core. There is no way past it: what is not
// in the catalogue can be neither read nor written through a table face.
//
// It asks the access rule for every row (decisions: where which verb is asked), and has no rule of its own
// about what is valid and what follows: those are of the packages below. It knows no HTTP and no JSON.
package resource
