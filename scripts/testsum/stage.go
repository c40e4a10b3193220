package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// event is one line of `go test -json`; see `go doc test2json` and, for builds, `go help buildjson`.
type event struct {
	Action      string
	Package     string
	ImportPath  string // of a build event
	Test        string
	Elapsed     float64 // seconds
	Output      string
	FailedBuild string // import path whose build made the package fail
}

// verdict is what became of one test. A package that failed outside its tests is one too, with an
// empty Test.
type verdict struct {
	Stage, Package, Test string
	Passed               bool
	Took                 time.Duration
}

// key names a test within a stage.
type key struct{ pkg, test string }

// stage gathers the events of one stage.
type stage struct {
	name   string
	log    io.Writer
	ended  map[key]event
	order  []key
	output map[key][]string
	builds map[string][]string // compiler's words by import path
	stray  []string            // lines that are no events: the go command's own words
}

func newStage(name string, log io.Writer) *stage {
	return &stage{name: name, log: log, ended: map[key]event{}, output: map[key][]string{}, builds: map[string][]string{}}
}

// read takes in events until in ends.
func (s *stage) read(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<20) // a test may print a long line
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Action == "" {
			s.stray = append(s.stray, lines.Text())
			e = event{Action: "output", Output: lines.Text() + "\n"}
			fmt.Fprint(s.log, e.Output)
			continue
		}
		s.take(e)
	}
	return lines.Err()
}

func (s *stage) take(e event) {
	k := key{e.Package, e.Test}
	switch e.Action {
	case "output":
		fmt.Fprint(s.log, e.Output)
		s.output[k] = append(s.output[k], e.Output)
	case "build-output":
		fmt.Fprint(s.log, e.Output)
		s.builds[e.ImportPath] = append(s.builds[e.ImportPath], e.Output)
	case "pass", "fail", "skip":
		if _, seen := s.ended[k]; !seen {
			s.order = append(s.order, k)
		}
		s.ended[k] = e
		if e.Action == "pass" {
			delete(s.output, k) // nobody will ask for it
		}
	}
}

// verdicts lists the tests that say something of their own: those without subtests, and those that
// failed while all their subtests passed. A skipped test counts as failed: nothing is left out
// silently. A package counts only if it failed and none of its tests did.
func (s *stage) verdicts() []verdict {
	parents, failedBelow := map[key]bool{}, map[key]bool{}
	for _, k := range s.order {
		if k.test == "" {
			continue
		}
		for up := k; up.test != ""; {
			i := strings.LastIndexByte(up.test, '/')
			up.test = up.test[:max(i, 0)]
			parents[up] = true
			failedBelow[up] = failedBelow[up] || s.ended[k].Action != "pass"
		}
	}
	var list []verdict
	for _, k := range s.order {
		e := s.ended[k]
		passed := e.Action == "pass"
		switch {
		case k.test == "" && e.Action != "fail":
			continue // a package that passed, or has no tests
		case parents[k] && (passed || failedBelow[k]):
			continue // its subtests say it
		}
		list = append(list, verdict{s.name, k.pkg, k.test, passed, time.Duration(e.Elapsed * float64(time.Second))})
	}
	if len(list) == 0 {
		list = append(list, verdict{Stage: s.name, Test: "no test ran"})
	}
	return list
}

// printFailures shows each failure with its output and gives their number.
func (s *stage) printFailures(out io.Writer, verdicts []verdict) int {
	bad := 0
	for _, v := range verdicts {
		if v.Passed {
			continue
		}
		bad++
		k := key{v.Package, v.Test}
		e := s.ended[k]
		fmt.Fprintf(out, "\n--- %s: %s %s\n", map[bool]string{true: "SKIPPED, which counts as failed", false: "FAILED"}[e.Action == "skip"], v.Package, v.Test)
		for _, line := range slices.Concat(s.builds[e.FailedBuild], s.output[k]) {
			fmt.Fprint(out, "    ", line)
		}
	}
	if bad > 0 {
		for _, line := range s.stray {
			fmt.Fprintln(out, "   ", line)
		}
	}
	return bad
}
