package directory

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"kith"
)

// Bounds of a schema. What is inside them compiles in some milliseconds and takes little memory.
const (
	maxSchema     = 64 << 10 // bytes of JSON
	maxProperties = 100
	maxDeep       = 16   // objects and arrays inside each other
	maxNodes      = 4000 // JSON values, each reference counted as what it refers to
	maxPattern    = 500  // bytes of one pattern
	maxProgram    = 5000 // steps of all patterns, compiled, counted likewise
)

const draft = "https://json-schema.org/draft/2020-12/schema"

// badSchema refuses a schema and says where in it.
func badSchema(at, text string) *kith.Error {
	if at != "" {
		text = at + ": " + text
	}
	return kith.BadField("schema", kith.CodeBadFormat, text)
}

// parseSchema reads a schema that staff declare: it gives the document as it is kept, and what it says
// of each attribute. The errors are *kith.Error of the field schema.
func parseSchema(schema map[string]any) (document string, attributes map[string]kith.OwnAttribute, err error) {
	text, err := json.Marshal(schema)
	if err != nil {
		return "", nil, badSchema("", "Give a JSON object.")
	}
	if len(text) > maxSchema {
		return "", nil, &kith.Error{Kind: kith.Invalid, Code: kith.CodeTooLong, Field: "schema",
			Message: fmt.Sprintf("Keep the schema within %d bytes of JSON.", maxSchema)}
	}
	if kind, given := schema["type"]; given && kind != "object" {
		return "", nil, badSchema("type", "The schema describes the metadata object: write object here.")
	}
	if _, err := newSurvey(schema).of(schema, "", 1); err != nil {
		return "", nil, err
	}
	if _, err := compileSchema(string(text)); err != nil {
		return "", nil, err
	}
	properties, _ := schema["properties"].(map[string]any)
	if len(properties) > maxProperties {
		return "", nil, badSchema("properties", fmt.Sprintf("Declare at most %d attributes.", maxProperties))
	}
	var bad []error
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		a, err := parseAttribute(key, properties[key])
		if err != nil {
			bad = append(bad, err)
			continue
		}
		if attributes == nil {
			attributes = make(map[string]kith.OwnAttribute)
		}
		attributes[key] = a
	}
	return string(text), attributes, errors.Join(bad...)
}

// indexed stands for the number that an attribute to be indexed will get.
const indexed = -1

// parseAttribute reads who may read and write an attribute, and how it is indexed.
func parseAttribute(key string, declared any) (kith.OwnAttribute, error) {
	at := "properties/" + key
	a := kith.UndeclaredAttribute
	if !isMetadataKey(key) {
		return a, badSchema("properties", "Use letters, digits and single underscores in the names of attributes.")
	}
	schema, _ := declared.(map[string]any) // true and false are schemas too
	for word, to := range map[string]*kith.Sections{"x-read": &a.Read, "x-write": &a.Write} {
		list, given := schema[word]
		if !given {
			continue
		}
		sections, ok := parseSections(list)
		if !ok {
			return a, badSchema(at+"/"+word, `List who may: "admin", "user", both or none.`)
		}
		*to = sections
	}
	switch index, given := schema["x-index"]; {
	case !given || index == false:
		return a, nil
	case index != true:
		return a, badSchema(at+"/x-index", "Write true or false.")
	}
	form, ok := termForm(schema)
	if !ok {
		return a, badSchema(at+"/x-index", "Only an attribute of one type can be indexed: string, integer, number or boolean.")
	}
	a.Number, a.Form = indexed, form
	return a, nil
}

func parseSections(list any) (kith.Sections, bool) {
	words, ok := list.([]any)
	if !ok {
		return 0, false
	}
	var all kith.Sections
	for _, word := range words {
		text, _ := word.(string)
		section, ok := kith.SectionNamed(text)
		if !ok {
			return 0, false
		}
		all |= kith.SectionsOf(section)
	}
	return all, true
}

func termForm(schema map[string]any) (kith.TermForm, bool) {
	switch schema["type"] {
	case "integer", "number":
		return kith.TermNumber, true
	case "boolean":
		return kith.TermBoolean, true
	case "string":
		switch schema["format"] {
		case "date":
			return kith.TermDate, true
		case "date-time":
			return kith.TermTime, true
		}
		return kith.TermText, true
	}
	return 0, false
}

// cost is what checking one value against a schema takes at most: each of the schema's values is looked
// at, and each step of its patterns is taken for each byte of a text.
type cost struct{ nodes, steps int }

func (c cost) plus(other cost) cost { return cost{c.nodes + other.nodes, c.steps + other.steps} }

func (c cost) tooMuch() bool { return c.nodes > maxNodes || c.steps > maxProgram }

var errSchemaLarge = kith.BadField("schema", kith.CodeOutOfRange, fmt.Sprintf("Keep the schema smaller: at most %d values and "+
	"few repetitions in patterns, each reference counted as what it refers to.", maxNodes))

// survey walks through a schema before anything is made of it. It refuses what would reach outside the
// schema, and what would take long: references are to definitions of the schema's own, never in a
// circle, and what they multiply is counted.
type survey struct {
	definitions map[string]any
	costs       map[string]cost // of definitions that were walked through; zero while that is under way
}

func newSurvey(root map[string]any) *survey {
	definitions, _ := root["$defs"].(map[string]any)
	return &survey{definitions, make(map[string]cost)}
}

// barred are keywords that give a schema another address or meaning than where it stands.
var barred = []string{"$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef", "$recursiveAnchor", "$vocabulary"}

// of tells what a value of the schema costs, at being where it stands.
func (s *survey) of(value any, at string, depth int) (cost, error) {
	if depth > maxDeep {
		return cost{}, badSchema("", fmt.Sprintf("Nest the schema at most %d deep.", maxDeep))
	}
	c := cost{nodes: 1}
	inside := make(map[string]any)
	switch v := value.(type) {
	case map[string]any:
		inside = v
		own, err := s.keywords(v, at)
		if err != nil {
			return cost{}, err
		}
		c = c.plus(own)
	case []any:
		for i, one := range v {
			inside[strconv.Itoa(i)] = one
		}
	}
	for _, name := range slices.Sorted(maps.Keys(inside)) {
		more, err := s.of(inside[name], strings.TrimPrefix(at+"/"+name, "/"), depth+1)
		if err != nil {
			return cost{}, err
		}
		if c = c.plus(more); c.tooMuch() {
			return cost{}, errSchemaLarge
		}
	}
	return c, nil
}

// keywords looks at the keywords of an object that may be a schema, and tells what its patterns and its
// reference cost.
func (s *survey) keywords(v map[string]any, at string) (cost, error) {
	for _, word := range barred {
		if _, given := v[word]; given {
			return cost{}, badSchema(at, "Leave out "+word+": a schema here is one document, without addresses.")
		}
	}
	if dialect, given := v["$schema"]; given && (at != "" || dialect != draft) {
		return cost{}, badSchema(at, "Only JSON Schema 2020-12 is taken, once for the whole: "+draft)
	}
	own, err := patterns(v, at)
	if err != nil {
		return cost{}, err
	}
	ref, given := v["$ref"]
	if !given {
		return own, nil
	}
	text, _ := ref.(string)
	name, local := strings.CutPrefix(text, "#/$defs/")
	definition, known := s.definitions[name]
	if !local || !known {
		return cost{}, badSchema(at, "A $ref leads to a definition of this schema, as in #/$defs/name; nothing else is loaded.")
	}
	if c, seen := s.costs[name]; seen && c == (cost{}) {
		return cost{}, badSchema(at, "This definition contains itself.")
	} else if seen {
		return own.plus(c), nil
	}
	s.costs[name] = cost{}
	const depth = 3 // where definitions stand
	c, err := s.of(definition, "$defs/"+name, depth)
	s.costs[name] = c
	return own.plus(c), err
}

// patterns counts the steps of an object's patterns, as Go compiles them.
func patterns(v map[string]any, at string) (cost, error) {
	var list []string
	if pattern, ok := v["pattern"].(string); ok {
		list = append(list, pattern)
	}
	if more, ok := v["patternProperties"].(map[string]any); ok {
		list = append(list, slices.Collect(maps.Keys(more))...)
	}
	var c cost
	for _, pattern := range list {
		if len(pattern) > maxPattern {
			return c, badSchema(at, fmt.Sprintf("Keep patterns within %d characters.", maxPattern))
		}
		parsed, err := syntax.Parse(pattern, syntax.Perl)
		if err != nil {
			return c, badSchema(at, "This pattern is no regular expression of RE2.")
		}
		program, err := syntax.Compile(parsed.Simplify())
		if err != nil {
			return c, badSchema(at, "This pattern is no regular expression of RE2.")
		}
		c.steps += len(program.Inst)
	}
	return c, nil
}

// compileSchema makes the validator of a document that parseSchema took, or takes part in taking.
func compileSchema(document string) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
	if err != nil {
		return nil, badSchema("", "Give a JSON object.")
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.UseLoader(nowhere{})
	c.UseRegexpEngine(func(text string) (jsonschema.Regexp, error) { return regexp.Compile(text) })
	c.RegisterFormat(&jsonschema.Format{Name: "date", Validate: textOf(checkDate)})
	c.RegisterFormat(&jsonschema.Format{Name: "date-time", Validate: textOf(checkTime)})
	const name = "kith:attributes"
	if err := c.AddResource(name, doc); err != nil {
		return nil, badSchema("", "This is no JSON Schema.").Because(err)
	}
	compiled, err := c.Compile(name)
	if err != nil {
		return nil, notASchema(err)
	}
	return compiled, nil
}

// nowhere loads nothing: a schema is all there is.
type nowhere struct{}

func (nowhere) Load(string) (any, error) { return nil, errors.New("nothing is loaded") }

// notASchema tells where a document departs from what a JSON Schema is.
func notASchema(err error) error {
	bad, ok := errors.AsType[*jsonschema.SchemaValidationError](err)
	if !ok {
		return badSchema("", "This is no JSON Schema (2020-12).").Because(err)
	}
	invalid, ok := errors.AsType[*jsonschema.ValidationError](bad.Err)
	if !ok {
		return badSchema("", "This is no JSON Schema (2020-12).").Because(err)
	}
	for len(invalid.Causes) > 0 {
		invalid = invalid.Causes[0]
	}
	return badSchema(strings.Join(invalid.InstanceLocation, "/"),
		invalid.ErrorKind.LocalizedString(message.NewPrinter(language.English))).Because(err)
}

func textOf(check func(string) error) func(any) error {
	return func(value any) error {
		if text, ok := value.(string); ok {
			return check(text)
		}
		return nil
	}
}

func checkDate(text string) error {
	_, err := time.Parse(time.DateOnly, text)
	return err
}

func checkTime(text string) error {
	_, err := parseMoment(text)
	return err
}

var errMoment = errors.New("outside the years 1 to 9999")

// parseMoment reads a moment (RFC 3339) of the years that sort as text.
func parseMoment(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err == nil && (at.UTC().Year() < 1 || at.UTC().Year() > 9999) {
		return at, errMoment
	}
	return at.UTC(), err
}
