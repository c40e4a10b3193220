package web

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"kith"
)

// Face is what one public API adds to the shared machinery. Its fields are set before the first
// [Handle] and not changed afterwards.
type Face struct {
	Name      string   // in the log and metrics: "platform"
	Title     string   // of the document
	MediaType string   // of requests and answers; "" is application/json
	Bases     []string // prefixes it answers for, and says 404 in its own words: "/3/auth"
	MaxBody   int64    // bytes of a body; 0 is 1 MiB

	AnyType     bool // a request's content type is ignored
	BothSlashes bool // /a/ also answers at /a; paths are written with the slash

	Cookies string // path of the cookies that a session may travel in; "" if the face reads none

	// Admit decides whether the request may ask for the permission, and gives the context that knows
	// the actor. It runs before anything of the body is read.
	Admit func(r *http.Request, permission string) (context.Context, error)
	// Before sets headers of every answer. It may be nil.
	Before func(w http.ResponseWriter, r *http.Request)
	// Fail writes an error; nothing else of the face does. Allow is set already where it belongs.
	Fail func(w http.ResponseWriter, r *http.Request, err error)

	// Errors documents Fail: the zero value of the error body by status. nil is an empty body.
	Errors map[int]any
	// Security holds the OpenAPI security schemes by name, any one of which signs a request in.
	Security map[string]any
	Guests   bool // every route may be asked without
	// Schemas are definitions that the schemas of a [Spec] refer to, beside those that types make.
	Schemas map[string]any
	Headers []string // that pages of other origins may send, beside those that all faces know

	routes []*Route
}

// Guest is the permission of a route that asks for no session.
const Guest = "guest"

// defaultMaxBody is Face.MaxBody where it is 0.
const defaultMaxBody = 1 << 20

// maxAuthorization is the longest Authorization header that is looked at. Ours are far shorter, and
// what parses tokens should not see more (RFC 9110 §11.6.2 sets no limit).
const maxAuthorization = 8 << 10

var (
	errCredentials = &kith.Error{Kind: kith.Unauthenticated, Code: kith.CodeUnauthenticated, Message: "The Authorization header is too long."}
	errNoRoute     = &kith.Error{Kind: kith.NotFound, Code: kith.CodeNoRoute, Message: "There is nothing at this address."}
	errMethod      = &kith.Error{Kind: kith.Unsupported, Code: kith.CodeMethod, Message: "This method is not offered here."}
)

// Listing is one line of the route table.
type Listing struct{ Method, Path, Permission string }

// String writes the line for people and golden files.
func (l Listing) String() string { return l.Method + " " + l.Path + " " + l.Permission }

// Routes lists the face's routes by path and method.
func (f *Face) Routes() []Listing {
	list := make([]Listing, len(f.routes))
	for i, rt := range f.routes {
		list[i] = Listing{rt.Method, rt.Path, rt.Permission}
	}
	slices.SortFunc(list, func(a, b Listing) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return list
}

// owns reports whether path is one that the face answers for.
func (f *Face) owns(path string) bool {
	return slices.ContainsFunc(f.Bases, func(base string) bool {
		rest, ok := strings.CutPrefix(path, strings.TrimSuffix(base, "/"))
		return ok && (rest == "" || rest[0] == '/')
	})
}

// begin does what every answer of the face starts with.
func (f *Face) begin(w http.ResponseWriter, r *http.Request) {
	if f.Before != nil {
		f.Before(w, r)
	}
}

// notFound says that the face has no such path.
func (f *Face) notFound(w http.ResponseWriter, r *http.Request) {
	f.begin(w, r)
	f.Fail(w, r, errNoRoute)
}

// admit finds out who asks.
func (f *Face) admit(r *http.Request, permission string) (context.Context, error) {
	for _, value := range r.Header["Authorization"] {
		if len(value) > maxAuthorization {
			return nil, errCredentials
		}
	}
	return f.Admit(r, permission)
}

// contentType is the Content-Type of an answer.
func (f *Face) contentType(rt *Route) string {
	for _, mediaType := range []string{rt.MediaType, f.MediaType} {
		if mediaType != "" {
			return mediaType
		}
	}
	return mediaTypeJSON
}

// register adds rt to the table. It panics on a route that could not be served as it stands.
func (f *Face) register(rt *Route) {
	wrong := func(why string) { panic(fmt.Sprintf("web: %s %s: %s", rt.Method, rt.Path, why)) }
	switch {
	case rt.Permission == "":
		wrong("no permission")
	case !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, rt.Method):
		wrong("no such method")
	case !f.owns(rt.Path):
		wrong("under none of the face's bases")
	case f.BothSlashes && !strings.HasSuffix(rt.Path, "/"):
		wrong("write the path with a slash at the end")
	case rt.Form && rt.in.body == nil, rt.MaxBody != 0 && rt.in.body == nil && (rt.spec == nil || rt.spec.Body == nil):
		wrong("takes no body")
	}
	for _, other := range f.routes {
		if other.Method == rt.Method && other.Path == rt.Path {
			wrong("registered twice")
		}
	}
	var declared []string
	for _, p := range rt.in.params {
		if p.in == inPath {
			declared = append(declared, p.name)
		}
	}
	if wanted := pathParams(rt.Path); !reflect.DeepEqual(slices.Sorted(slices.Values(wanted)), slices.Sorted(slices.Values(declared))) {
		wrong(fmt.Sprintf("the path has parameters %v, the input %v", wanted, declared))
	}
	f.routes = append(f.routes, rt)
}

// pathParams lists the parameters in a path.
func pathParams(path string) []string {
	var names []string
	for segment := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(segment, "{") {
			names = append(names, strings.Trim(segment, "{}"))
		}
	}
	return names
}
