package jsonapi

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kith"
	"kith/internal/core/resource"
	"kith/internal/web"
)

// What a query string may ask for.
const (
	defaultPageSize = 10
	maxPageSize     = 500
	maxPageNumber   = 100_000
	maxPairs        = 1000 // parameters
	maxClauses      = 20
	maxValues       = 100  // in the list of one clause
	maxText         = 1000 // code points of a parameter, and of a value in a clause
	maxQuery        = 8000 // code points of query, which holds many
	maxSorts        = 10
)

// pair is a parameter of a query string.
type pair struct{ name, value string }

// pairs are all of them, in their order: it tells which repeated names belong together.
type pairs []pair

var errQueryString = &kith.Error{Kind: kith.Invalid, Code: kith.CodeMalformed, Message: "The query string is malformed."}

// parsePairs reads a query string.
func parsePairs(raw string) (pairs, error) {
	var list pairs
	if raw == "" {
		return nil, nil
	}
	if strings.Count(raw, "&") >= maxPairs {
		return nil, errQueryString
	}
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, err1 := url.QueryUnescape(name)
		value, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil || !utf8.ValidString(name) || !utf8.ValidString(value) || strings.ContainsRune(part, ';') {
			return nil, errQueryString
		}
		if strings.ContainsRune(name+value, 0) {
			return nil, atParameter(strings.ReplaceAll(name, "\x00", ""), &kith.Error{Kind: kith.Invalid, Code: kith.CodeBadFormat,
				Message: "Text may not contain the character NUL."})
		}
		list = append(list, pair{name, value})
	}
	return list, nil
}

// with gives the query string of the same request with some parameters set and others taken out.
func (p pairs) with(set pairs, without ...string) string {
	var out strings.Builder
	add := func(one pair) {
		if out.Len() > 0 {
			out.WriteByte('&')
		}
		out.WriteString(url.QueryEscape(one.name) + "=" + url.QueryEscape(one.value))
	}
	for _, one := range p {
		named := func(s pair) bool { return s.name == one.name }
		if !slices.Contains(without, one.name) && !slices.ContainsFunc(set, named) {
			add(one)
		}
	}
	for _, one := range set {
		add(one)
	}
	return out.String()
}

// asked is what a query string asks for.
type asked struct {
	resource.Query
	view
	pairs pairs
}

// names reports whether a parameter was given.
func (q *asked) names(parameter string) bool {
	return slices.ContainsFunc(q.pairs, func(p pair) bool { return p.name == parameter && p.value != "" })
}

// byCursor reports whether pages are asked for by their neighbours, not by number.
func (q *asked) byCursor() bool { return q.After != "" || q.Before != "" }

// view is which parts of rows are shown.
type view struct {
	fields     map[string][]string // by table; those not in it are shown whole
	include    []string            // relations whose rows come along
	attributed []string            // those of include whose ids are attributes too
}

// shows reports whether an attribute or relation of a table is shown.
func (v view) shows(table, name string) bool {
	list, chosen := v.fields[table]
	return !chosen || slices.Contains(list, name)
}

// queryReader reads a query string, parameter by parameter, and collects what is wrong with it.
type queryReader struct {
	api    *api
	table  *table
	list   bool // not of a single row
	out    asked
	errs   []error
	clause map[string]any // that is being put together from query[][…]
}

// query reads what is asked of t: a list, or one row.
func (a *api) query(t *table, raw string, list bool) (*asked, error) {
	p, err := parsePairs(raw)
	if err != nil {
		return nil, err
	}
	q := &queryReader{api: a, table: t, list: list, out: asked{pairs: p}}
	q.out.Page = kith.Page{Number: 1, Size: defaultPageSize}
	q.out.fields = map[string][]string{}
	seen := map[string]bool{}
	for _, one := range p {
		switch {
		case q.bracketed(one):
		case seen[one.name]:
			q.bad(one.name, kith.CodeDuplicateKey, "This may be given once.")
		case utf8.RuneCountInString(one.value) > maxText && one.name != "query":
			q.bad(one.name, kith.CodeTooLong, "This takes at most "+strconv.Itoa(maxText)+" characters.")
		default:
			q.parameter(one)
		}
		seen[one.name] = true
	}
	q.endClause()
	if list && (seen["page[number]"] && q.out.byCursor() || q.out.After != "" && q.out.Before != "") {
		q.bad("page[number]", kith.CodeNotAllowed, "Ask for a page by its number, or by what it comes after or before: by one of these.")
	}
	q.out.Include = q.out.include
	return &q.out, errors.Join(q.errs...)
}

func (q *queryReader) bad(parameter, code, message string) {
	if len(q.errs) < maxErrors {
		q.errs = append(q.errs, atParameter(parameter, &kith.Error{Kind: kith.Invalid, Code: code, Message: message}))
	}
}

// maxErrors is how many errors one answer tells of.
const maxErrors = 100

const unknownParameter = "There is no such parameter here."

// parameter reads one parameter. Of a list one without a value counts as absent, but for fields: no fields at
// all may be wanted.
func (q *queryReader) parameter(p pair) {
	if table, ok := bracket(p.name, "fields"); ok {
		q.fields(p, table)
		return
	}
	if p.name == "fields" {
		q.fields(p, q.table.Name)
		return
	}
	read, known := map[string]func(pair){
		"include": q.include, "included_relations": q.include,
	}[p.name]
	if q.list && !known {
		read, known = map[string]func(pair){
			"page[number]": q.pageNumber, "page[size]": q.pageSize, "sort": q.sort, "query": q.clauses,
			"page[after]":  func(p pair) { q.out.After = p.value },
			"page[before]": func(p pair) { q.out.Before = p.value },
			"filter":       func(p pair) { q.out.Search = p.value },
		}[p.name]
	}
	switch {
	case !known:
		q.bad(p.name, kith.CodeNotAllowed, unknownParameter)
	case p.value != "":
		read(p)
	}
}

// bracket finds what stands in the brackets of name[…].
func bracket(text, name string) (string, bool) {
	rest, ok := strings.CutPrefix(text, name+"[")
	inside, closed := strings.CutSuffix(rest, "]")
	return inside, ok && closed
}

func (q *queryReader) pageNumber(p pair) { q.out.Page.Number = q.number(p, maxPageNumber) }
func (q *queryReader) pageSize(p pair)   { q.out.Page.Size = q.number(p, maxPageSize) }

// number reads a whole number from 1 to most.
func (q *queryReader) number(p pair, most int) int {
	n, err := strconv.Atoi(p.value)
	if err != nil || strings.Trim(p.value, "0123456789") != "" || n < 1 || n > most {
		q.bad(p.name, kith.CodeOutOfRange, "This must be a whole number from 1 to "+strconv.Itoa(most)+".")
		return 1
	}
	return n
}

// fields reads which attributes and relations of a table are wanted.
func (q *queryReader) fields(p pair, name string) {
	t := q.api.tables[name]
	if t == nil {
		q.bad(p.name, kith.CodeNotAllowed, "There is no such table.")
		return
	}
	if _, twice := q.out.view.fields[name]; twice {
		q.bad(p.name, kith.CodeDuplicateKey, "The fields of a table may be chosen once.")
	}
	list := []string{}
	if p.value != "" {
		list = strings.Split(p.value, ",")
	}
	for _, field := range list {
		_, isAttribute := t.attribute[field]
		_, isRelation := t.relation[field]
		if !isAttribute && !isRelation && field != typeAttribute && field != resource.OwnerRelation {
			q.bad(p.name, kith.CodeNotAllowed, "The table "+name+" has no field of one of these names.")
			break
		}
	}
	q.out.view.fields[name] = list
}

// include reads which relations are wanted with their rows.
func (q *queryReader) include(p pair) {
	for name := range strings.SplitSeq(p.value, ",") {
		if _, ok := q.table.relation[name]; !ok {
			q.bad(p.name, kith.CodeNotAllowed, "The table "+q.table.Name+" has no relation of one of these names.")
			return
		}
		if !slices.Contains(q.out.include, name) {
			q.out.include = append(q.out.include, name)
		}
		if p.name == "included_relations" && !slices.Contains(q.out.attributed, name) {
			q.out.attributed = append(q.out.attributed, name)
		}
	}
}

func (q *queryReader) sort(p pair) {
	keys := strings.Split(p.value, ",")
	if len(keys) > maxSorts {
		q.bad(p.name, kith.CodeTooLong, "This takes at most "+strconv.Itoa(maxSorts)+" columns.")
		return
	}
	for _, key := range keys {
		name, descending := strings.CutPrefix(key, "-")
		if _, ok := q.table.column(name); !ok {
			q.bad(p.name, kith.CodeNotAllowed, "The table "+q.table.Name+" has no column of one of these names to sort by.")
			return
		}
		q.out.Sort = append(q.out.Sort, resource.Sort{Field: name, Descending: descending})
	}
}

// clauses reads query as JSON: a list of conditions.
func (q *queryReader) clauses(p pair) {
	if utf8.RuneCountInString(p.value) > maxQuery {
		q.bad(p.name, kith.CodeTooLong, "This takes at most "+strconv.Itoa(maxQuery)+" characters.")
		return
	}
	value, err := web.ParseJSON([]byte(p.value))
	if err != nil {
		q.bad(p.name, kith.CodeMalformed, `This must be a list as JSON: [{"column": "email", "operator": "is", "value": "a@b.example"}].`)
		return
	}
	list, ok := value.([]any)
	if !ok {
		q.bad(p.name, kith.CodeWrongType, "This must be a list of conditions.")
		return
	}
	for i, item := range list {
		m, ok := item.(map[string]any)
		if !ok {
			q.bad(p.name, kith.CodeWrongType, "Condition "+strconv.Itoa(i+1)+" must be an object.")
			continue
		}
		q.condition(m)
	}
}

// bracketed reads one part of a condition given as query[][column]=…: a part that is there already begins
// the next condition.
func (q *queryReader) bracketed(p pair) bool {
	part, ok := bracket(p.name, "query[]")
	if !ok || !q.list {
		return false
	}
	if !slices.Contains(clauseParts, part) {
		q.bad(p.name, kith.CodeNotAllowed, unknownParameter)
		return true
	}
	if _, again := q.clause[part]; again {
		q.endClause()
	}
	if q.clause == nil {
		q.clause = map[string]any{}
	}
	q.clause[part] = p.value
	return true
}

// endClause takes the condition that was put together.
func (q *queryReader) endClause() {
	if q.clause != nil {
		q.condition(q.clause)
	}
	q.clause = nil
}

// clauseParts are the members of a condition.
var clauseParts = []string{"column", "operator", "value", "logical_group"}

// condition takes a condition, unless it makes no sense.
func (q *queryReader) condition(m map[string]any) {
	const name = "query"
	where := "Condition " + strconv.Itoa(len(q.out.Where)+1) + ": "
	column, isText1 := m["column"].(string)
	word, isText2 := m["operator"].(string)
	group, isText3 := m["logical_group"].(string)
	operator, known := resource.OperatorNamed(word)
	field, there := q.table.column(column)
	switch {
	case twin(m, clauseParts) != "":
		q.bad(name, kith.CodeDuplicateKey, where+"names are case-sensitive, and given once.")
	case !isText1 || !isText2 || m["logical_group"] != nil && !isText3:
		q.bad(name, kith.CodeWrongType, where+"column and operator are texts, and both are needed; logical_group is one, too.")
	case !there:
		q.bad(name, kith.CodeNotAllowed, where+"the table "+q.table.Name+" has no such column to ask about.")
	case !known:
		q.bad(name, kith.CodeNotAllowed, where+"there is no such operator.")
	case !plain(m["value"]):
		q.bad(name, kith.CodeWrongType, where+"the value is a text, number, flag or a list of these, of moderate length.")
	case len(q.out.Where) == maxClauses:
		q.bad(name, kith.CodeTooLong, "This takes at most "+strconv.Itoa(maxClauses)+" conditions.")
	default:
		if _, err := operator.Match(sample(field.Type), m["value"]); err != nil {
			q.bad(name, kith.AsError(err).Code, where+kith.AsError(err).Message)
			return
		}
		q.out.Where = append(q.out.Where, resource.Clause{Field: column, Operator: string(operator), Value: m["value"], Group: group})
	}
}

// plain reports whether a value may be compared with: it is short, and no object.
func plain(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		return false
	case string:
		return utf8.RuneCountInString(v) <= maxText
	case []any:
		return len(v) <= maxValues && !slices.ContainsFunc(v, func(item any) bool {
			_, nested := item.([]any)
			return nested || !plain(item)
		})
	}
	return true
}

// sample is a value as rows have it in a field of a type: what cannot be compared with it can be compared
// with none.
func sample(t resource.Type) any {
	switch t {
	case resource.Flag:
		return false
	case resource.Number:
		return int64(0)
	case resource.Time:
		return time.Time{}
	default:
		return ""
	}
}
