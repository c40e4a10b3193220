package directory

import (
	"cmp"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"kith"
)

// fault is one thing that a schema does not allow, in words for people.
type fault struct {
	at    string // the value's place in the metadata, as address.street; "" for all of it
	whole bool   // it is about the metadata object as such, though the place may be a member that is missing
	code  string
	text  string
}

// key is the metadata key that the fault is in; "" if it is about all of them.
func (f fault) key() string {
	key, _, _ := strings.Cut(f.at, ".")
	return key
}

func (f fault) refusal() error {
	field := "metadata"
	if f.at != "" {
		field += "." + f.at
	}
	return kith.BadField(field, f.code, f.text)
}

// maxFaults bounds what one answer tells of.
const maxFaults = 50

// faults lists what is wrong with metadata.
func (s *shape) faults(metadata map[string]any) []fault {
	if metadata == nil {
		metadata = map[string]any{}
	}
	err := s.validator.Validate(metadata)
	if err == nil {
		return nil
	}
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok { // never: the validator knows no other
		return []fault{{"", true, kith.CodeNotAllowed, "This does not fit the company's schema."}}
	}
	var list []fault
	gather(invalid, &list)
	// The validator goes through members in no order; the caller is told of them in one.
	slices.SortFunc(list, func(a, b fault) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.text, b.text)) })
	return list[:min(len(list), maxFaults)]
}

// broken tells what was wrong with metadata before a change.
func (s *shape) broken(before map[string]any) map[fault]bool {
	all := make(map[fault]bool)
	if !s.affordable(before) {
		return all
	}
	for _, f := range s.faults(before) {
		all[f] = true
	}
	return all
}

// gather takes the innermost errors, which say what is wrong; those around them only say where.
func gather(e *jsonschema.ValidationError, list *[]fault) {
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf, *kind.Not, *kind.Contains: // whose causes are about forms that are one choice each
	default:
		for _, cause := range e.Causes {
			gather(cause, list)
		}
		if len(e.Causes) > 0 {
			return
		}
	}
	at := strings.Join(e.InstanceLocation, ".")
	for _, f := range spellFault(at, e.ErrorKind) {
		if len(*list) < 2*maxFaults && !slices.Contains(*list, f) {
			*list = append(*list, f)
		}
	}
}

func within(at, name string) string { return strings.TrimPrefix(at+"."+name, ".") }

// spellFault puts one error of the validator into words. Errors about missing or surplus members are
// told of the members.
func spellFault(at string, k jsonschema.ErrorKind) []fault {
	var list []fault
	switch k := k.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			list = append(list, fault{within(at, name), at == "", kith.CodeRequired, "This is required."})
		}
		return list
	case *kind.DependentRequired:
		for _, name := range k.Missing {
			list = append(list, fault{within(at, name), at == "", kith.CodeRequired, "This is required too."})
		}
		return list
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			list = append(list, fault{within(at, name), false, kith.CodeNotAllowed, "The company's schema has no attribute of this name."})
		}
		return list
	}
	code, text := wordsOf(k)
	return []fault{{at, at == "", code, text}}
}

// wordsOf gives the code of an error and what is to be done about it.
func wordsOf(k jsonschema.ErrorKind) (code, text string) {
	switch k := k.(type) {
	case *kind.Type:
		return kith.CodeWrongType, "Must be " + typesOf(k.Want) + "."
	case *kind.Enum:
		return kith.CodeNotAllowed, "Must be one of: " + valuesOf(k.Want) + "."
	case *kind.Const:
		return kith.CodeNotAllowed, "Must be " + valuesOf([]any{k.Want}) + "."
	case *kind.MinLength:
		return kith.CodeTooShort, "Must have at least " + count(k.Want, "character") + "."
	case *kind.MaxLength:
		return kith.CodeTooLong, "Must have at most " + count(k.Want, "character") + "."
	case *kind.Pattern:
		return kith.CodeBadFormat, "Must match this pattern: " + k.Want
	case *kind.Format:
		return kith.CodeBadFormat, "Must be " + formatOf(k.Want) + "."
	case *kind.Minimum:
		return kith.CodeOutOfRange, "Must be at least " + decimal(k.Want) + "."
	case *kind.Maximum:
		return kith.CodeOutOfRange, "Must be at most " + decimal(k.Want) + "."
	case *kind.ExclusiveMinimum:
		return kith.CodeOutOfRange, "Must be more than " + decimal(k.Want) + "."
	case *kind.ExclusiveMaximum:
		return kith.CodeOutOfRange, "Must be less than " + decimal(k.Want) + "."
	case *kind.MultipleOf:
		return kith.CodeOutOfRange, "Must be a multiple of " + decimal(k.Want) + "."
	case *kind.MinItems:
		return kith.CodeTooShort, "Must have at least " + count(k.Want, "item") + "."
	case *kind.MaxItems:
		return kith.CodeTooLong, "Must have at most " + count(k.Want, "item") + "."
	case *kind.UniqueItems:
		return kith.CodeNotAllowed, "Must not list anything twice."
	case *kind.MinProperties:
		return kith.CodeTooShort, "Must have at least " + count(k.Want, "member") + "."
	case *kind.MaxProperties:
		return kith.CodeTooLong, "Must have at most " + count(k.Want, "member") + "."
	case *kind.AnyOf, *kind.OneOf:
		return kith.CodeNotAllowed, "Must have just one of the forms that the company's schema offers."
	case *kind.FalseSchema:
		return kith.CodeNotAllowed, "The company's schema does not allow this."
	default:
		return kith.CodeNotAllowed, "This does not fit the company's schema."
	}
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

// typeWords are the types of JSON Schema as people call them.
var typeWords = map[string]string{"string": "text", "integer": "a whole number", "number": "a number",
	"boolean": "true or false", "array": "a list", "object": "an object", "null": "null"}

func typesOf(types []string) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = typeWords[t]
	}
	return strings.Join(words, " or ")
}

func formatOf(format string) string {
	switch format {
	case "date":
		return "a calendar day as YYYY-MM-DD"
	case "date-time":
		return "a time as 2026-03-02T09:00:00Z"
	case "email":
		return "an e-mail address"
	case "uri":
		return "a full web address"
	default:
		return "of the format " + format
	}
}

// valuesOf lists values as JSON writes them, texts without their quotes.
func valuesOf(values []any) string {
	const most = 20
	var words []string
	for i, value := range values {
		if i == most {
			words = append(words, "...")
			break
		}
		if text, ok := value.(string); ok {
			words = append(words, text)
			continue
		}
		text, err := json.Marshal(value)
		if err != nil { // never: it was read from JSON
			continue
		}
		words = append(words, string(text))
	}
	return strings.Join(words, ", ")
}

func decimal(r *big.Rat) string {
	number, _ := r.Float64()
	text, err := json.Marshal(number)
	if err != nil { // never: a schema's numbers are finite
		return r.RatString()
	}
	return string(text)
}
