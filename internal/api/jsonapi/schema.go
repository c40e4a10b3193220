package jsonapi

import (
	"kith"
	"kith/internal/core/resource"
)

// The face's document is written from the catalogue: definitions for each table, named as the table, and
// these, which are about no table.
const (
	nothingSchema    = "Nothing"
	acceptedSchema   = "Accepted"
	whySchema        = "Why"
	linkageSchema    = "Linkage"
	oneLinkageSchema = "OneLinkage"
	responsesSchema  = "ActionResponses"
	actionsSchema    = "Actions"
	actionSchema     = "Action"
	columnSchema     = "Column"
	modelSchema      = "Model"
	typesSchema      = "ColumnTypes"
	listLinksSchema  = "ListLinks"
	listMetaSchema   = "ListMeta"
)

type schema = map[string]any

func refTo(name string) schema { return schema{"$ref": "#/components/schemas/" + name} }

// Bounds of what has none of its own.
const (
	maxNumber = 1 << 53 // and minus it: float64s count exactly so far
	maxLink   = 16 << 10
	maxWords  = 64 << 10 // of what kith itself says
	maxItems  = 1000
)

// text is a string of so many code points at most.
func text(length int) schema { return schema{"type": "string", "maxLength": length} }

func whole(least int64) schema {
	return schema{"type": "integer", "minimum": least, "maximum": int64(maxNumber)}
}

// list is an array of items.
func list(items schema, most int) schema {
	return schema{"type": "array", "items": items, "maxItems": most}
}

// closed is an object with these members, each required.
func closed(members schema) schema {
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	return schema{"type": "object", "properties": members, "required": sorted(names)}
}

// with adds members that may be left out.
func with(object, members schema) schema {
	for name, member := range members {
		object["properties"].(schema)[name] = member
	}
	return object
}

// nullable allows null, too.
func nullable(s schema) schema { return schema{"anyOf": []any{s, schema{"type": "null"}}} }

// lengthOf is how long a field's text may be.
func lengthOf(f resource.Field) int {
	switch {
	case f.MaxLength > 0:
		return f.MaxLength
	case f.Type == resource.ID:
		return maxID
	default:
		return maxText
	}
}

// fieldSchema is a value of a field.
func fieldSchema(f resource.Field) schema {
	out := text(lengthOf(f))
	switch f.Type {
	case resource.Flag:
		out = schema{"type": "boolean"}
	case resource.Number:
		out = whole(-maxNumber)
	case resource.Count:
		out = whole(0)
	case resource.Time:
		out["format"] = "date-time"
	case resource.Email:
		out["format"] = "email"
	case resource.Password:
		out["format"] = "password"
	default: // a text, whatever it holds
	}
	return out
}

// shownSchema is a field in an answer.
func shownSchema(f resource.Field) schema {
	if f.Secret {
		return schema{"type": "string", "enum": []string{""}}
	}
	out := fieldSchema(f)
	if !f.Required {
		out = nullable(out)
	}
	return described(out, f.Doc)
}

func described(s schema, doc string) schema {
	if doc != "" {
		s["description"] = doc
	}
	return s
}

// schemas are the definitions of the face's document.
func (a *api) schemas() schema {
	link := nullable(text(maxLink))
	self := closed(schema{"self": text(maxLink)})
	identifier := schema{"anyOf": []any{schema{"type": "null"}, closed(schema{"type": text(maxID), "id": text(maxID)})}}
	links := closed(schema{"self": text(maxLink), "related": text(maxLink)})
	page := schema{"self": text(maxLink), "first": text(maxLink), "last": link, "prev": link, "next": link, "per_page": whole(1), "total": whole(0),
		"last_page": whole(1), "first_page_url": text(maxLink), "prev_page_url": link, "next_page_url": link, "last_page_url": link}
	rule := nullable(text(maxID))
	out := schema{
		acceptedSchema: closed(schema{"meta": closed(schema{"message": text(maxWords)})}),
		nothingSchema:  closed(schema{"meta": schema{"type": "null"}}),
		whySchema: closed(schema{"meta": closed(schema{"type": text(maxID), "id": text(maxText), "actor": nullable(text(maxText)),
			"active": schema{"type": "boolean", "description": "The actor can act at all."},
			"why": list(closed(schema{"verb": text(maxID), "allowed": schema{"type": "boolean"}, "table": rule, "row": rule,
				"outranked": schema{"type": "boolean", "description": "The row is of a user who holds admin permissions that the actor does not."}}), maxItems)})}),
		linkageSchema:    closed(schema{"data": list(identifier, maxPageSize), "links": refTo(listLinksSchema), "meta": refTo(listMetaSchema)}),
		oneLinkageSchema: closed(schema{"data": identifier, "links": links}),
		listLinksSchema: with(closed(page), schema{"current_page": whole(1),
			"from": described(whole(0), "How many rows lie before the page."), "to": described(whole(0), "How many lie before the next.")}),
		listMetaSchema: closed(schema{"total": described(whole(0), "Rows that the caller may view."),
			"capped": schema{"type": "boolean", "description": "There are more than total."}, "incomplete": schema{"type": "boolean", "description": "Looking ended before the page was full: next goes on."}}),
		responsesSchema: list(closed(schema{"ResponseType": text(maxID), "Attributes": schema{"type": []string{"object", "null"}, "additionalProperties": true}}), maxItems),
		columnSchema: closed(schema{"Name": text(maxText), "ColumnName": text(maxText), "ColumnType": text(maxID), "DataType": text(maxID),
			"IsNullable": schema{"type": "boolean"}, "IsUnique": schema{"type": "boolean"}, "IsForeignKey": schema{"type": "boolean"},
			"ReadOnly": schema{"type": "boolean"}, "ColumnDescription": text(maxWords)}),
		actionSchema: closed(schema{"Name": text(maxText), "Label": text(maxText), "OnType": text(maxText), "InstanceOptional": schema{"type": "boolean"},
			"InFields": list(refTo(columnSchema), maxItems), "OutFields": list(schema{}, maxItems)}),
		actionsSchema: schema{"type": "object", "additionalProperties": refTo(actionSchema)},
		modelSchema: closed(schema{"ColumnModel": schema{"type": "object", "additionalProperties": schema{"anyOf": []any{refTo(columnSchema),
			closed(schema{"jsonApi": schema{"type": "string", "enum": []string{"hasOne", "hasMany"}}, "columnType": schema{"type": "string", "enum": []string{"entity"}},
				"type": text(maxText), "ColumnName": text(maxText)})}}},
			"Actions": list(refTo(actionSchema), maxItems), "StateMachines": list(schema{}, maxItems), "IsStateMachineEnabled": schema{"type": "boolean"}}),
		typesSchema: schema{"type": "object", "additionalProperties": closed(schema{"Name": text(maxID), "BlueprintType": text(maxID), "ReclineType": text(maxID),
			"DataTypes": list(text(maxID), maxItems)})},
	}
	for _, t := range a.tables {
		out[t.Name] = t.rowSchema(identifier, links, self)
		if t.Verbs.Has(kith.Add) {
			out[t.Name+"_add"] = t.inputSchema(resource.OnAdd)
		}
		if t.Verbs.Has(kith.Change) {
			out[t.Name+"_change"] = t.inputSchema(resource.OnChange)
		}
	}
	return out
}

// rowSchema is a row as it is shown. What fields leaves out is not there, so little is required.
func (t *table) rowSchema(identifier, links, self schema) schema {
	attributes := closed(schema{typeAttribute: schema{"type": "string", "enum": []string{t.Name}}, "reference_id": text(maxID),
		"permission": whole(0), resource.OwnerRelation: nullable(text(maxID))})
	relationships := schema{}
	for _, r := range t.relations {
		data := identifier
		if r.Many {
			data = list(identifier, maxItems)
			ids := list(text(maxID), maxItems)
			if r.Name == resource.OwnerRelation { // shown as the owner's id, unless all are asked for
				ids = schema{"anyOf": []any{ids, nullable(text(maxID))}}
			}
			with(attributes, schema{r.Name: ids})
		}
		relationships[r.Name] = with(closed(schema{"links": links}), schema{"data": data})
	}
	with(attributes, schema{"created_at": fieldSchema(resource.Field{Type: resource.Time}), "updated_at": fieldSchema(resource.Field{Type: resource.Time})})
	for _, f := range t.Fields {
		if f.Unshown {
			continue
		}
		with(attributes, schema{f.Name: shownSchema(f)})
	}
	return described(closed(schema{"type": schema{"type": "string", "enum": []string{t.Name}}, "id": text(maxID), "attributes": attributes,
		"relationships": schema{"type": "object", "properties": relationships}, "links": self}), t.Doc)
}

// inputSchema is a document from which a row is made or changed.
func (t *table) inputSchema(when resource.When) schema {
	attributes, relationships := schema{}, schema{}
	required := []string{}
	for _, f := range append(t.Fields[:len(t.Fields):len(t.Fields)], resource.Standard...) {
		if f.Write&when == 0 {
			continue
		}
		value := fieldSchema(f)
		switch {
		case f.Required && when == resource.OnAdd:
			required = append(required, f.Name)
			value["minLength"] = 1
		case !f.Required:
			value = nullable(value)
		}
		attributes[f.Name] = described(value, f.Doc)
	}
	for _, r := range t.relations {
		relationships[r.Name] = linkageBody(r)
	}
	values := schema{"type": "object", "properties": attributes}
	data := schema{"type": "object", "properties": schema{"type": schema{"type": "string", "enum": []string{t.Name}}, "id": text(maxID),
		"attributes": values, "relationships": schema{"type": "object", "properties": relationships}}}
	if len(required) > 0 {
		values["required"], data["required"] = sorted(required), []string{"attributes"}
	}
	return schema{"type": "object", "properties": schema{"data": data}, "required": []string{"data"}}
}

// linkageBody is what names the rows that a relation is to lead to.
func linkageBody(r resource.Relation) schema {
	identifier := closed(schema{"type": schema{"type": "string", "enum": []string{r.Table}}, "id": text(maxID)})
	data := nullable(identifier)
	if r.Many {
		data = list(identifier, maxRefs)
	}
	return closed(schema{"data": data})
}

// documentSchema is a document about one row of a table.
func documentSchema(table string) schema {
	return with(closed(schema{"data": refTo(table), "links": closed(schema{"self": text(maxLink)})}), schema{"included": list(schema{"type": "object"}, maxItems)})
}

// orNone allows that a relation to one row leads to none.
func orNone(document schema, r resource.Relation) schema {
	if !r.Many {
		properties := document["properties"].(schema)
		properties["data"] = nullable(properties["data"].(schema))
	}
	return document
}

// listSchema is a document about rows of a table.
func listSchema(table string) schema {
	return with(closed(schema{"links": refTo(listLinksSchema), "data": list(refTo(table), maxPageSize), "meta": refTo(listMetaSchema)}),
		schema{"included": list(schema{"type": "object"}, maxPageSize*maxItems)})
}

// inputSchema is the body that an action takes.
func inputSchema(action *resource.Action) schema {
	inputs := schema{}
	required := []string{}
	for _, p := range action.In {
		inputs[p.Name] = described(fieldSchema(p.Field), p.Doc)
		if p.Required {
			required = append(required, p.Name)
		}
	}
	if action.Instance {
		inputs[action.Table+"_id"] = text(maxID)
	}
	in := schema{"type": "object", "properties": inputs}
	if len(required) > 0 {
		in["required"] = sorted(required)
	}
	return schema{"anyOf": []any{closed(schema{"attributes": in}), in}}
}
