package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	stage := flag.String("stage", "", "name of the stage whose events are read")
	logFile := flag.String("log", "", "file that gets the stage's whole output")
	record := flag.String("record", "", "file that collects the verdicts of all stages")
	failed := flag.String("failed", "", "record a failed check of this name, which is no test, and leave")
	total := flag.Bool("total", false, "print the record's slowest tests and its sum")
	flag.Parse()

	ok, err := false, error(nil)
	switch {
	case *total:
		ok, err = printTotal(os.Stdout, *record)
	case *failed != "":
		err = appendVerdicts(*record, []verdict{{Stage: "check", Test: *failed}})
	default:
		ok, err = sumStage(os.Stdin, os.Stdout, *stage, *logFile, *record)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// sumStage reads one stage's events, prints its failures and its sum, and records its verdicts. It
// reports whether all went well.
func sumStage(in io.Reader, out io.Writer, stage, logFile, record string) (bool, error) {
	log, err := os.Create(logFile)
	if err != nil {
		return false, err
	}
	s := newStage(stage, log)
	if err := s.read(in); err != nil {
		return false, err
	}
	if err := log.Close(); err != nil {
		return false, err
	}
	verdicts := s.verdicts()
	bad := s.printFailures(out, verdicts)
	fmt.Fprintf(out, "%-12s %d passed, %d failed\n", stage, len(verdicts)-bad, bad)
	return bad == 0, appendVerdicts(record, verdicts)
}
