// Package resource is the catalogue of the table faces: it lists tables, with their fields and relations,
// and actions, and binds each operation on them to a step of the core. There is no way past it: what is not
// in the catalogue can be neither read nor written through a table face.
//
// It owns which tables and actions there are, what of a row is shown and taken, how lists are filtered,
// sorted, paged and counted, the tables of links and of tables and actions themselves, and which verb is
// asked of the access rule where. The rule is gate's; Why tells what it says. Who arranges a row's
// permission is decided here (see askArranges): its owner, and staff of those who hold no more than they do.
//
// It has no rule of its own about what is valid and what follows: steps of directory, access and signin
// change users, groups, links and passwords. It knows no HTTP, no JSON and no SQL.
package resource
