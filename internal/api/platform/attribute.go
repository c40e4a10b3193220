package platform

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/web"
)

// schemaView is one version of the shape of the users' own attributes.
type schemaView struct {
	Version int64          `json:"version" minimum:"0" doc:"0 while none was declared."`
	Schema  map[string]any `json:"schema" doc:"A JSON Schema (2020-12) of the metadata object. Of each attribute x-read and x-write list who may: admin and user; by default both read and admin writes. x-index makes filters by it fast."`
	Created *int64         `json:"created" doc:"Unix milliseconds; null while none was declared."`
}

// schemaInForceView is the version that holds.
type schemaInForceView struct {
	schemaView
	Indexing []string `json:"indexing" maxItems:"100" maxLength:"1000" doc:"Attributes whose users of before are still being indexed: filters by them are slower until then."`
}

// ownSchemaView is what users may know of the version that holds.
type ownSchemaView struct {
	Version int64          `json:"version" minimum:"0" doc:"0 while none was declared."`
	Schema  map[string]any `json:"schema" doc:"A JSON Schema (2020-12) of what users may read and write of their metadata. readOnly marks what they may not write, writeOnly what they may not read."`
}

func schemaOf(s *kith.AttributeSchema) (schemaView, error) {
	view := schemaView{int64(s.Version), map[string]any{}, millis(s.CreatedAt)}
	if s.Document == "" {
		return view, nil
	}
	if err := json.Unmarshal([]byte(s.Document), &view.Schema); err != nil {
		return view, fmt.Errorf("schema of version %d: %w", s.Version, err)
	}
	return view, nil
}

func schemaInForceOf(s *kith.AttributeSchema) (schemaInForceView, error) {
	view, err := schemaOf(s)
	indexing := []string{}
	for _, key := range slices.Sorted(maps.Keys(s.Attributes)) {
		if slices.Contains(s.Building, s.Attributes[key].Number) {
			indexing = append(indexing, key)
		}
	}
	return schemaInForceView{view, indexing}, err
}

func (a *api) attributes(f *web.Face) {
	const base = "/3/admin/attributes/"
	web.Handle(f, route("GET", "/3/attributes/", directory.OpViewSelf, "The shape of the metadata that users may see"), a.ownSchema)
	web.Handle(f, route("GET", base, directory.OpViewOwnCompany, "The shape of the users' own attributes"), a.schema)
	web.Handle(f, route("PUT", base, directory.OpChangeCompany, "Declare the shape of the users' own attributes"), a.putSchema)
	web.Handle(f, route("GET", base+"versions/", directory.OpViewOwnCompany, "Every shape that there was, newest first"), a.schemaVersions)
	web.Handle(f, route("GET", base+"versions/{version}/", directory.OpViewOwnCompany, "One of those shapes"), a.schemaVersion)
}

func (a *api) ownSchema(ctx context.Context, _ none) (ok[ownSchemaView], error) {
	version, schema, err := a.core.Directory.OwnAttributes(ctx, web.Actor(ctx))
	return show(ownSchemaView{int64(version), schema}, err)
}

func (a *api) schema(ctx context.Context, _ none) (ok[schemaInForceView], error) {
	s, err := a.core.Directory.Attributes(ctx, web.Actor(ctx))
	if err != nil {
		return ok[schemaInForceView]{}, err
	}
	return show(schemaInForceOf(&s))
}

type schemaInput struct {
	Body struct {
		Schema   *map[string]any `json:"schema" required:"true" maxLength:"65536" doc:"A JSON Schema (2020-12) of the metadata object."`
		ReadOnly web.Extra       `json:"-"`
	}
}

func (a *api) putSchema(ctx context.Context, in schemaInput) (ok[schemaInForceView], error) {
	by := web.Actor(ctx)
	shown, err := schemaInForceOf(&by.Company.Attributes)
	if err != nil {
		return ok[schemaInForceView]{}, err
	}
	s, err := a.core.Directory.SetAttributes(ctx, by, *in.Body.Schema, unchanged(in.Body.ReadOnly, shown))
	if err != nil {
		return ok[schemaInForceView]{}, err
	}
	return show(schemaInForceOf(&s))
}

func (a *api) schemaVersions(ctx context.Context, in pageInput) (ok[page[schemaView]], error) {
	list, err := a.core.Directory.AttributesVersions(ctx, web.Actor(ctx), in.page())
	if err != nil {
		return ok[page[schemaView]]{}, err
	}
	views := kith.List[schemaView]{Total: list.Total}
	for _, row := range list.Rows {
		view, err := schemaOf(row)
		if err != nil {
			return ok[page[schemaView]]{}, err
		}
		views.Rows = append(views.Rows, view)
	}
	return pageOf(ctx, in.page(), views, func(view schemaView) schemaView { return view })
}

type schemaVersionInput struct {
	Version int64 `path:"version" minimum:"1" maximum:"2147483647"`
}

func (a *api) schemaVersion(ctx context.Context, in schemaVersionInput) (ok[schemaView], error) {
	s, err := a.core.Directory.AttributesVersion(ctx, web.Actor(ctx), int(in.Version))
	if err != nil {
		return ok[schemaView]{}, err
	}
	return show(schemaOf(s))
}
