package web

import (
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"kith"
)

var (
	errQuery   = &kith.Error{Kind: kith.Invalid, Code: kith.CodeMalformed, Message: "The query string is malformed."}
	errNoThing = &kith.Error{Kind: kith.NotFound, Code: kith.CodeNotFound, Message: "There is no such thing."}
)

// maxPairs is how many names and values a query string or form may hold.
const maxPairs = 1000

// bind reads the parameters of r into v, the input. A path that breaks the bounds of its
// parameters names nothing, so it is NotFound; whatever else is wrong goes to d.
func (in *input) bind(r *http.Request, v reflect.Value, d *decoder) error {
	var query url.Values
	if r.URL.RawQuery != "" {
		if strings.Count(r.URL.RawQuery, "&") >= maxPairs {
			return errQuery
		}
		var err error
		if query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
			return errQuery
		}
	}
	for _, p := range in.params {
		if p.family {
			d.family(p, v.FieldByIndex(p.index), query)
			continue
		}
		var given []string
		switch p.in {
		case inPath:
			given = []string{r.PathValue(p.name)}
		case inQuery:
			given = query[p.name]
		case inHeader:
			given = r.Header[p.name]
		}
		before := len(d.errs)
		d.param(p, v.FieldByIndex(p.index), given)
		if p.in == inPath && len(d.errs) > before {
			return errNoThing
		}
	}
	return nil
}

func (d *decoder) param(p *param, v reflect.Value, given []string) {
	if len(given) > 1 {
		d.add(kith.CodeDuplicateKey, "This may be given once.", p.name)
		return
	}
	blank := p.node.kind == kindString && p.node.hold == holdOpt // can be told from absent
	if len(given) == 0 || given[0] == "" && !blank {
		if p.required {
			d.add(kith.CodeRequired, "This is required.", p.name)
		}
		return
	}
	d.path = append(d.path, p.name)
	d.text(p.node, p.node.open(v), given[0])
	d.path = d.path[:0]
}

// family reads all parameters whose names begin alike.
func (d *decoder) family(p *param, v reflect.Value, query url.Values) {
	found := make(Family)
	for _, name := range slices.Sorted(maps.Keys(query)) {
		rest, ok := strings.CutPrefix(name, p.name)
		switch {
		case !ok:
			continue
		case len(found) == defaultMaxItems:
			d.add(kith.CodeOutOfRange, "There are too many of these.", p.name)
			return
		case !utf8.ValidString(name) || rest == "":
			d.add(kith.CodeBadFormat, "This names nothing.", p.name)
			continue
		}
		var value string
		one := *p
		one.name = name
		d.param(&one, reflect.ValueOf(&value).Elem(), query[name])
		found[rest] = value
	}
	if len(found) > 0 {
		v.Set(reflect.ValueOf(found))
	}
}

// text reads a parameter's text into v.
func (d *decoder) text(n *node, v reflect.Value, s string) {
	switch {
	case !utf8.ValidString(s):
		d.add(kith.CodeBadFormat, "This must be UTF-8.")
	case n.kind == kindString:
		d.setString(n, v, s)
	case n.kind == kindBool && (s == "true" || s == "false"):
		v.SetBool(s == "true")
	case (n.kind == kindInt || n.kind == kindFloat) && decimal(s):
		d.setNumber(n, v, s)
	case n.kind == kindArray:
		d.list(n, v, strings.Split(s, ","))
	default:
		d.add(kith.CodeWrongType, expected[n.kind])
	}
}

func (d *decoder) list(n *node, v reflect.Value, items []string) {
	d.checkCount(n, len(items))
	items = items[:min(len(items), n.bounds.maxItems)]
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		d.path = append(d.path, strconv.Itoa(i))
		d.text(n.elem, n.elem.open(v.Index(i)), item)
		d.path = d.path[:len(d.path)-1]
	}
}

// decimal reports whether s is a number as JSON writes it. ParseFloat alone takes "inf" and "0x1p4".
func decimal(s string) bool {
	return strings.Trim(s, "+-.eE0123456789") == "" && isJSON(s)
}
