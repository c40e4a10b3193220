// Package e2e holds kith to its word from outside: `kith serve` as people get it, started, stopped,
// killed and started again on both engines; and where a rush or another day is needed that real
// password hashes and real clocks would not allow, the same core and face in the test's own process.
//
// It owns the harness for that and nothing that ships. Tests talk to loopback only, and look into the
// database only to read what the API cannot show: that nothing is half there.
//
// KITH_BINARY names the binary; without it the tests build one. KITH_SOAK=1 runs many more rounds.
// KITH_SEED draws the crash test's writers and moments again as in the run that printed it.
package e2e
