package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// appendVerdicts adds verdicts to the record, one JSON object a line.
func appendVerdicts(path string, verdicts []verdict) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(f)
	for _, v := range verdicts {
		if err := enc.Encode(v); err != nil {
			return err
		}
	}
	return f.Close()
}

func readVerdicts(path string) ([]verdict, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []verdict
	for dec := json.NewDecoder(bufio.NewReader(f)); ; {
		var v verdict
		if err := dec.Decode(&v); err == io.EOF {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
}

// printTotal ends a run: the ten slowest tests, then how many passed and failed, alone on the last
// line. It reports whether none failed.
func printTotal(out io.Writer, record string) (bool, error) {
	list, err := readVerdicts(record)
	if err != nil {
		return false, err
	}
	failed := 0
	for _, v := range list {
		if !v.Passed {
			failed++
		}
	}
	slices.SortStableFunc(list, func(a, b verdict) int { return int(b.Took - a.Took) })
	fmt.Fprintln(out, "\nslowest tests:")
	for _, v := range list[:min(10, len(list))] {
		fmt.Fprintf(out, "%8.2f s  %-10s %s %s\n", v.Took.Round(10*time.Millisecond).Seconds(), v.Stage, v.Package, v.Test)
	}
	fmt.Fprintf(out, "\n%d passed, %d failed\n", len(list)-failed, failed)
	return failed == 0, nil
}
