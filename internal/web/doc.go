// Package web is the HTTP kit that the three faces share: a table of typed routes that decodes,
// checks, serves and documents from one description per type, and the middleware around it.
//
// It owns the mechanics of HTTP: strict decoding, limits, slashes, CORS, headers, the request log,
// metrics and the OpenAPI document. It never touches the core or the store, knows no endpoint and
// writes no error body: each face brings its own admission, its own words and its own views.
//
// # Describing input
//
// A handler's input is a struct. Its fields are parameters, tagged path:"x", query:"x" or
// header:"X", and at most one field named Body, a struct whose fields carry json tags. Structs may
// be embedded. Parameters are strings, bools, ints, float64s or []string (a comma list).
//
// A *T field tells absent from zero; an [Opt] also tells null. Anything else refuses null. A field
// of type [Extra] collects the members that the struct does not know. A body may hold a [*File] at
// its top level if the route takes forms. A type that JSON spells in more than one way implements
// [Described].
//
// Tags bound and document a value: minLength, maxLength (code points; of a map: bytes of JSON),
// pattern, enum (a comma list), format, minimum, maximum, maxItems, doc, example, and
// required:"true", which wants the field present, not null and, if a string, not empty. On a slice
// of strings or numbers all but maxItems bound the elements. Whatever has no tag gets a default:
// 1000 code points, 100 items, whole numbers and others within ±2^53 ([RFC 8259] §6).
//
// In answers the same tags only document; every field not marked omitempty or omitzero is required.
//
// [RFC 8259]: https://www.rfc-editor.org/rfc/rfc8259
package web
