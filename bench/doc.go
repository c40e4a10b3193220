// Package bench measures whether kith is as light as it promises. It holds benchmarks only, and the
// table of what they found, RESULTS.md.
//
// `make bench` measures everything: it starts the binary that people get, and beside it, taking turns
// with it, a server that does the least that the same answer can be had for ("bare": net/http, one row
// read through the same driver, JSON of the same size). At the end it prints the table; a run of
// everything also appends it to RESULTS.md. A figure that is missed makes the run fail.
//
// `make bench-million` asks what staff ask, of a company with a million users among ten thousand companies,
// and beside it of one with ten thousand users, on both engines. `kith bench seed` makes them, which takes
// minutes; the SQLite files are kept in the user's cache folder (kith-bench) until the code that makes
// them changes, the PostgreSQL ones go with their server. The list of 50 is compared with "a bare keyset
// query of the same rows": a bare server as above that reads them by the same index of the same database.
// Pages that are asked for by their number come with a count, exact up to 10,000, and that is part of their
// cost. The disk is that of the whole file, with its companies, divided by its users.
//
// How to read it. What counts is CPU time per request, by the clocks of the processes that serve:
// kith's own, plus those of the PostgreSQL server where there is one, never the client's. It hardly
// depends on who else uses the machine; rates and latencies do. Nothing is compared with a number
// from another run: variants alternate in rounds of half a second or so, each round gives one ratio,
// and the median of the ratios is what the table shows. A figure given in µs, ms or MB is for the
// machine named above the table.
//
// It never reaches into kith by other doors than those it has: the binary's, core's and the store's.
// The one exception is SQLite's own sync, which is counted, and made slower, from outside.
package bench
