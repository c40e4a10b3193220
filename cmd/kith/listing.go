package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// listing prints a list as it comes, so that its length costs no memory: for people in columns under their
// heads, for programs as one document, in which the list has a name.
type listing struct {
	json   bool
	to     *bufio.Writer
	name   string
	rows   [][]string // not yet printed
	widths []int      // of the columns so far
	count  int
}

// list begins a list.
func (o *output) list(name string, heads ...string) *listing {
	return &listing{json: o.json, to: bufio.NewWriter(o.to), name: name, rows: [][]string{heads}, widths: make([]int, len(heads))}
}

// rowsAtOnce is how many rows are aligned with each other. Later ones keep to the columns where they fit.
const rowsAtOnce = 500

// add prints v if programs read, and otherwise the cells.
func (l *listing) add(v any, cells ...string) error {
	l.count++
	if l.json {
		return l.element(v)
	}
	for i := range cells {
		cells[i] = plain(cells[i])
	}
	if l.rows = append(l.rows, cells); len(l.rows) < rowsAtOnce {
		return nil
	}
	return l.align()
}

func (l *listing) element(v any) error {
	before := ","
	if l.count == 1 {
		before = fmt.Sprintf("{\n  %q: [", l.name)
	}
	text, err := compact(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(l.to, "%s\n    %s", before, text)
	return err
}

// compact is v on one line.
func compact(v any) ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(text.Bytes()), err
}

// align prints the rows that are waiting.
func (l *listing) align() error {
	for _, row := range l.rows {
		for i, cell := range row {
			l.widths[i] = max(l.widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range l.rows {
		var line strings.Builder
		for i, cell := range row {
			fmt.Fprintf(&line, "%-*s  ", l.widths[i], cell)
		}
		if _, err := fmt.Fprintln(l.to, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	l.rows = l.rows[:0]
	return l.to.Flush()
}

// end ends the list. Programs learn from the document whether it is complete.
func (l *listing) end(complete bool) error {
	if !l.json {
		return l.align()
	}
	begun := "\n  ]"
	if l.count == 0 {
		begun = fmt.Sprintf("{\n  %q: []", l.name)
	}
	if _, err := fmt.Fprintf(l.to, "%s,\n  \"complete\": %t\n}\n", begun, complete); err != nil {
		return err
	}
	return l.to.Flush()
}
