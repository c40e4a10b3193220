// Package storetest is the suite that each engine of the store must pass.
//
// It owns what a caller may rely on: what every method of every noun answers, for rows that are
// there, that are not, and that are another company's; and who wins a race. Each test founds
// companies of its own beside those of all the others, so that isolation is proved as it goes. It
// speaks through the store's own methods and never touches SQL.
package storetest

import (
	"testing"

	"kith/internal/store"
)

// Run runs the suite on one database. It asks open once, for a database that is migrated and holds
// no company yet, and leaves rows of many companies in it.
func Run(t *testing.T, open func(t *testing.T) *store.DB) {
	db := open(t)
	for _, part := range []struct {
		name string
		test func(t *testing.T, db *store.DB)
	}{
		{"empty", testEmpty}, // first, while it is
		{"company", testCompany},
		{"company hosts", testHosts},
		{"application", testApplication},
		{"account", testAccount},
		{"definition", testDefinition},
		{"currency", testCurrency},
		{"group", testGroup},
		{"group change", testGroupChange},
		{"group list", testGroupList},
		{"property", testProperty},
		{"link", testLink},
		{"resting link", testRestingLink},
		{"resting contact", testRestingContact},
		{"access by link", testAllows},
		{"keys of linked rows", testLinkedKeys},
		{"group that people make", testCustomGroup},
		{"keys of rows", testKeys},
		{"members of a role group", testInRole},
		{"modes of a company", testModes},
		{"user", testUser},
		{"user list", testUserList},
		{"user words", testUserWords},
		{"user moving list", testUserMovingList},
		{"count", testCount},
		{"identifier", testIdentifier},
		{"one identifier", testOneIdentifier},
		{"mode of an identifier", testIdentifierMode},
		{"list of identifiers", testIdentifierList},
		{"secret", testSecret},
		{"file", testFile},
		{"tally", testTally},
		{"held tally", testHeldTally},
		{"credential", testCredential},
		{"factor", testFactor},
		{"session", testSession},
		{"session end", testSessionEnd},
		{"session list", testSessionList},
		{"handover", testHandover},
		{"claim", testClaim},
		{"company list", testCompanyList},
		{"key", testKey},
		{"key end", testKeyEnd},
		{"schema", testSchema},
		{"term", testTerm},
		{"event", testEvent},
		{"event search", testEventFind},
		{"named users", testNamed},
		{"message", testMessage},
		{"message queue", testMessageQueue},
		{"message end", testMessageEnd},
		{"system", testSystem},
		{"isolation", testIsolation},
		{"race", testRace},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, db) })
	}
}
