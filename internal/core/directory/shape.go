package directory

import (
	"encoding/json"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"kith"
)

// shape is a company's schema, ready to check metadata.
type shape struct {
	document  string
	validator *jsonschema.Schema
	each      map[string]cost // of checking the value of an attribute
	rest      cost            // of checking any value against what is said of all of them
}

// whole are the keywords that are about the metadata object itself or asked once, whatever lies in it.
var whole = []string{"$schema", "$defs", "$comment", "type", "title", "description", "properties", "required",
	"minProperties", "maxProperties", "examples", "default"}

func newShape(document string) (*shape, error) {
	validator, err := compileSchema(document)
	if err != nil {
		return nil, err
	}
	var rest map[string]any
	if err := json.Unmarshal([]byte(document), &rest); err != nil {
		return nil, err
	}
	s := &shape{document: document, validator: validator, each: make(map[string]cost)}
	survey := newSurvey(rest)
	properties, _ := rest["properties"].(map[string]any)
	for key, schema := range properties {
		if s.each[key], err = survey.of(schema, "properties/"+key, 1); err != nil {
			return nil, err
		}
	}
	for _, word := range whole {
		delete(rest, word)
	}
	s.rest, err = survey.of(rest, "", 1)
	return s, err
}

// effort bounds one check of metadata, in steps of patterns: some tenths of a second.
const effort = 20_000_000

// node is how many of those steps it takes to look at one value of a schema, a failure told.
const node = 64

// affordable reports whether metadata can be checked within bounds. Both the schema and the metadata have
// bounds of their own; the product of the two is what a careless or hostile schema would make of them.
func (s *shape) affordable(metadata map[string]any) bool {
	sum := 0
	for key, value := range metadata {
		c := s.each[key].plus(s.rest)
		values, bytes := extent(value)
		if sum += node*c.nodes*values + c.steps*bytes; sum > effort {
			return false
		}
	}
	return true
}

// extent counts the values in one, and the bytes of the texts and names in it.
func extent(value any) (values, bytes int) {
	values = 1
	add := func(one any) {
		n, b := extent(one)
		values, bytes = values+n, bytes+b
	}
	switch v := value.(type) {
	case string:
		bytes = len(v)
	case []any:
		for _, one := range v {
			add(one)
		}
	case map[string]any:
		for name, one := range v {
			bytes += len(name)
			add(one)
		}
	}
	return values, bytes
}

// shapes are the schemas checked against last, by company: twice shapeGeneration of them at most. They
// are remembered for the whole process, because the steps that need them belong to no service.
var shapes struct {
	mu         sync.Mutex
	young, old map[kith.CompanyID]*shape
}

// shapeGeneration is how many schemas are kept before those not asked for since are let go. One that is as
// large as may be takes some megabytes.
const shapeGeneration = 100

// shapeOf gives the shape of a company's users' attributes; nil if it has declared none.
func shapeOf(c *kith.Company) (*shape, error) {
	document := c.Attributes.Document
	if document == "" {
		return nil, nil
	}
	shapes.mu.Lock()
	s := shapes.young[c.ID]
	if s == nil {
		s = shapes.old[c.ID]
	}
	shapes.mu.Unlock()
	if s == nil || s.document != document {
		var err error
		if s, err = newShape(document); err != nil {
			return nil, err
		}
	}
	shapes.mu.Lock()
	defer shapes.mu.Unlock()
	if shapes.young == nil || len(shapes.young) >= shapeGeneration && shapes.young[c.ID] == nil {
		shapes.old, shapes.young = shapes.young, make(map[kith.CompanyID]*shape)
	}
	shapes.young[c.ID] = s
	return s, nil
}
