// Command testsum sums up tests. It reads `go test -json` events from standard input, shows what
// failed, and adds each test's verdict to a record; with -total it prints the record's ten slowest
// tests and the line that ends a run. It owns how a test run is counted and shown, and never runs
// anything itself.
package main
