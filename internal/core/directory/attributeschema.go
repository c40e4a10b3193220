package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// Attributes gives the schema of its users' own attributes that the actor's company has in force: of
// version 0 if it never declared one.
func (d *Directory) Attributes(ctx context.Context, by *kith.Actor) (kith.AttributeSchema, error) {
	c, err := gate.Read(ctx, d.gate, by, OpViewOwnCompany, getCompany)
	if err != nil {
		return kith.AttributeSchema{}, err
	}
	return c.Attributes, nil
}

// AttributesVersion gives one version of the schema: its number, document and time.
func (d *Directory) AttributesVersion(ctx context.Context, by *kith.Actor, version int) (*kith.AttributeSchema, error) {
	return gate.Read(ctx, d.gate, by, OpViewOwnCompany, func(ctx context.Context, tx *gate.Tx) (*kith.AttributeSchema, error) {
		return tx.Schemas.Get(ctx, version)
	})
}

// AttributesVersions gives a page of all versions, newest first.
func (d *Directory) AttributesVersions(ctx context.Context, by *kith.Actor, page kith.Page) (kith.List[*kith.AttributeSchema], error) {
	type list = kith.List[*kith.AttributeSchema]
	return gate.Read(ctx, d.gate, by, OpViewOwnCompany, func(ctx context.Context, tx *gate.Tx) (list, error) {
		c, err := tx.Companies.Get(ctx)
		if err != nil {
			return list{}, err
		}
		total := c.Attributes.Version // they are numbered from 1 without a gap
		rows, err := tx.Schemas.List(ctx, total-page.Offset(), page.Size)
		return list{Rows: rows, Total: total}, err
	})
}

// OwnAttributes gives what the acting user may read or write of the schema in force, as a schema: what
// they may not write is marked readOnly, what they may not read writeOnly.
func (d *Directory) OwnAttributes(ctx context.Context, by *kith.Actor) (version int, schema map[string]any, err error) {
	c, err := gate.Read(ctx, d.gate, by, OpViewSelf, func(_ context.Context, tx *gate.Tx) (*kith.Company, error) {
		return tx.By.Company, nil
	})
	if err != nil {
		return 0, nil, err
	}
	schema, err = extract(&c.Attributes, kith.SectionUser)
	return c.Attributes.Version, schema, err
}

// SetAttributes declares the shape of its users' own attributes anew for the actor's company. A schema
// that says what the one in force says is no new version. What users have already is not looked at: it
// is held to the schema when it changes. What the face found wrong, also, is told with the rest.
func (d *Directory) SetAttributes(ctx context.Context, by *kith.Actor, schema map[string]any, also error) (kith.AttributeSchema, error) {
	in := declaration{}
	in.document, in.attributes, in.bad = parseSchema(schema)
	in.bad = errors.Join(also, in.bad)
	return gate.Change(ctx, d.gate, by, OpChangeCompany, in, declare)
}

type declaration struct {
	document   string
	attributes map[string]kith.OwnAttribute
	bad        error
}

// Validate reports what is wrong with the schema.
func (in declaration) Validate() error { return in.bad }

func declare(ctx context.Context, tx *gate.Tx, in declaration) (kith.AttributeSchema, error) {
	c, err := tx.Companies.Lock(ctx)
	if err != nil {
		return kith.AttributeSchema{}, err
	}
	was := c.Attributes
	if was.Document == in.document {
		tx.Unchanged()
		return was, nil
	}
	c.Attributes = succeed(was, in)
	c.Attributes.CreatedAt = tx.Now
	c.UpdatedAt = tx.Now
	tx.Record(kith.Event{Noun: kith.NounCompany, Verb: kith.Change, Row: c.Slug, Fields: []string{"attributes"},
		Old: map[string]any{"attributes": was.Version}})
	return c.Attributes, errors.Join(tx.Schemas.Insert(ctx, &c.Attributes), tx.Companies.Put(ctx, c))
}

// succeed makes the schema that follows another. An attribute that stays indexed in the same form keeps
// its number; any other that is indexed gets a new one, so that no term is ever taken for another's.
func succeed(was kith.AttributeSchema, in declaration) kith.AttributeSchema {
	is := kith.AttributeSchema{Version: was.Version + 1, Document: in.document, Numbers: max(was.Numbers, kith.FirstOwnTerm-1),
		Dropping: slices.Clone(was.Dropping)}
	kept := make(map[int]bool)
	for key, a := range sorted(in.attributes) {
		before := was.Attributes[key]
		switch {
		case a.Number == 0:
		case before.Number > 0 && before.Form == a.Form:
			a.Number = before.Number
			kept[a.Number] = true
		default:
			is.Numbers++
			a.Number = is.Numbers
			is.Building = append(is.Building, a.Number)
		}
		if is.Attributes == nil {
			is.Attributes = make(map[string]kith.OwnAttribute)
		}
		is.Attributes[key] = a
	}
	for _, number := range was.Building {
		if kept[number] {
			is.Building = append(is.Building, number)
		}
	}
	slices.Sort(is.Building)
	for _, before := range sorted(was.Attributes) {
		if before.Number > 0 && !kept[before.Number] {
			is.Dropping = append(is.Dropping, before.Number)
		}
	}
	return is
}

// sorted goes through attributes in the order of their names, so that numbers do not depend on chance.
func sorted(attributes map[string]kith.OwnAttribute) iter.Seq2[string, kith.OwnAttribute] {
	return func(yield func(string, kith.OwnAttribute) bool) {
		for _, key := range slices.Sorted(maps.Keys(attributes)) {
			if !yield(key, attributes[key]) {
				return
			}
		}
	}
}

// extract gives the part of a schema that a section may know of, as a schema of its own.
func extract(s *kith.AttributeSchema, section kith.Section) (map[string]any, error) {
	schema := map[string]any{"type": "object", "properties": map[string]any{}}
	if s.Document == "" {
		return schema, nil
	}
	var all map[string]any
	if err := json.Unmarshal([]byte(s.Document), &all); err != nil {
		return nil, fmt.Errorf("schema of version %d: %w", s.Version, err)
	}
	properties := schema["properties"].(map[string]any)
	declared, _ := all["properties"].(map[string]any)
	for key, a := range s.Attributes {
		if a.Read.Has(section) || a.Write.Has(section) {
			properties[key] = marked(declared[key], a, section)
		}
	}
	if all["additionalProperties"] == false {
		schema["additionalProperties"] = false
	}
	names, _ := all["required"].([]any)
	required := slices.DeleteFunc(slices.Clone(names), func(name any) bool {
		key, _ := name.(string)
		return properties[key] == nil
	})
	if len(required) > 0 {
		schema["required"] = required
	}
	all, _ = all["$defs"].(map[string]any)
	if definitions := make(map[string]any); referred(properties, all, definitions) {
		schema["$defs"] = definitions
	}
	return schema, nil
}

// marked gives an attribute's schema without kith's own words, and says in JSON Schema's what a section
// may not do.
func marked(declared any, a kith.OwnAttribute, section kith.Section) map[string]any {
	schema := make(map[string]any)
	if declared == false {
		schema["not"] = map[string]any{}
	}
	words, _ := declared.(map[string]any)
	for word, value := range words {
		if word != "x-read" && word != "x-write" && word != "x-index" {
			schema[word] = value
		}
	}
	schema["readOnly"], schema["writeOnly"] = !a.Write.Has(section), !a.Read.Has(section)
	return schema
}

// referred collects the definitions that a value refers to, and reports whether there are any.
func referred(value any, all, found map[string]any) bool {
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			referred(one, all, found)
		}
	case map[string]any:
		text, _ := v["$ref"].(string)
		name := text[min(len(text), len("#/$defs/")):]
		if definition, is := all[name]; is && found[name] == nil {
			found[name] = definition
			referred(definition, all, found)
		}
		for _, one := range v {
			referred(one, all, found)
		}
	}
	return len(found) > 0
}

// indexingBatch is how many companies are looked for at once, and indexingRows how many of their rows.
const (
	indexingBatch = 20
	indexingRows  = 1000
)

// IndexAttributes brings the search terms of users who were there before up to what their companies have
// declared since, and reports how many companies it has finished with. It may be stopped anywhere and run
// by many at once: what is still to be done stands in the company, and doing it twice changes nothing.
func (d *Directory) IndexAttributes(ctx context.Context) (int, error) {
	list, err := d.gate.System().Indexing(ctx, indexingBatch)
	finished := 0
	for _, company := range list {
		if bad := d.indexCompany(ctx, company); bad != nil {
			err = errors.Join(err, fmt.Errorf("index attributes of company %d: %w", company, bad))
			continue
		}
		finished++
	}
	return finished, err
}

func (d *Directory) indexCompany(ctx context.Context, id kith.CompanyID) error {
	by := &kith.Actor{System: true, Company: &kith.Company{ID: id}}
	c, err := d.OwnCompany(ctx, by)
	if err != nil {
		return err
	}
	pending := c.Attributes
	if len(pending.Building) > 0 {
		if err := d.buildTerms(ctx, by, pending.Building); err != nil {
			return err
		}
	}
	for _, number := range pending.Dropping {
		if err := d.dropTerms(ctx, by, number); err != nil {
			return err
		}
	}
	_, err = gate.Bookkeep(ctx, d.gate, id, []kith.AttributeSchema{pending}, func(ctx context.Context, tx *store.Tx, done kith.AttributeSchema) error {
		c, err := tx.Companies.Lock(ctx)
		if err != nil {
			return err
		}
		finish := func(numbers, done []int) []int {
			return slices.DeleteFunc(numbers, func(number int) bool { return slices.Contains(done, number) })
		}
		a := &c.Attributes
		a.Building, a.Dropping = finish(a.Building, done.Building), finish(a.Dropping, done.Dropping)
		return tx.Companies.Put(ctx, c)
	})
	return err
}

// buildTerms writes the terms of all users under numbers that are new.
func (d *Directory) buildTerms(ctx context.Context, by *kith.Actor, numbers []int) error {
	type slice struct {
		ids  []kith.UserID
		last kith.UserID
	}
	write := func(ctx context.Context, tx *store.Tx, id kith.UserID) error {
		u, err := tx.Users.Lock(ctx, id) // before the company is read: see changeMetadata
		if err != nil {
			return gate.Already(err)
		}
		c, err := tx.Companies.Get(ctx)
		if err != nil {
			return err
		}
		for _, t := range termsOf(&c.Attributes, u.Metadata, func(number int) bool { return slices.Contains(numbers, number) }) {
			if err := tx.Users.PutTerms(ctx, id, nil, []store.Term{t}); err != nil {
				return err
			}
		}
		return nil
	}
	for after := (kith.UserID{}); ; {
		next, err := gate.Read(ctx, d.gate, by, OpViewOwnCompany, func(ctx context.Context, tx *gate.Tx) (slice, error) {
			ids, last, err := tx.Schemas.Described(ctx, after, indexingRows)
			return slice{ids, last}, err
		})
		if err != nil || next.last.IsZero() {
			return err
		}
		if _, err := gate.Bookkeep(ctx, d.gate, by.CompanyID(), next.ids, write); err != nil {
			return err
		}
		after = next.last
	}
}

// dropTerms removes the terms under a number that is given up.
func (d *Directory) dropTerms(ctx context.Context, by *kith.Actor, number int) error {
	for {
		list, err := gate.Read(ctx, d.gate, by, OpViewOwnCompany, func(ctx context.Context, tx *gate.Tx) ([]store.UserTerm, error) {
			return tx.Schemas.Terms(ctx, number, indexingRows)
		})
		if err != nil || len(list) == 0 {
			return err
		}
		_, err = gate.Bookkeep(ctx, d.gate, by.CompanyID(), list, func(ctx context.Context, tx *store.Tx, t store.UserTerm) error {
			return tx.Users.PutTerms(ctx, t.User, []store.Term{t.Term}, nil)
		})
		if err != nil {
			return err
		}
	}
}
