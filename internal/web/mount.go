package web

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Mount puts the face's bases on mux; below them the face finds its way alone.
//
// ServeMux takes a pattern that ends in a slash for a whole subtree, redirects to it, gives no 405
// where a wider pattern matches, and refuses /users/{id}/settings/ beside /users/emails/{id}/,
// which the platform face has.
func (f *Face) Mount(mux *http.ServeMux) {
	if f.Admit == nil || f.Fail == nil {
		panic("web: a face without Admit or Fail")
	}
	root := &branch{}
	for _, rt := range f.routes {
		root.add(f.segments(rt.Path), f.dispatch(rt.Path), rt.Path)
	}
	serve := func(w http.ResponseWriter, r *http.Request) {
		leaf := root.find(f.segments(r.URL.Path), r)
		if leaf == nil {
			f.notFound(w, r)
			return
		}
		r.Pattern = leaf.path // the log and the metrics read it
		leaf.serve(w, r)
	}
	for _, base := range f.Bases {
		base = strings.TrimSuffix(base, "/")
		mux.HandleFunc(base+"/", serve)
		if base != "" {
			mux.HandleFunc(base, serve) // or ServeMux redirects to the subtree
		}
	}
}

// segments splits a path. The last slash counts as an empty segment, unless both forms are one.
func (f *Face) segments(path string) []string {
	path = strings.TrimPrefix(path, "/")
	if f.BothSlashes {
		path = strings.TrimSuffix(path, "/")
	}
	return strings.Split(path, "/")
}

// branch is one place in the tree of paths.
type branch struct {
	literal map[string]*branch
	param   *branch
	leaf    *leaf
}

// leaf is the end of a path that has routes.
type leaf struct {
	path  string
	names []string // of the parameters, in order
	serve http.HandlerFunc
}

func (b *branch) add(segments []string, serve http.HandlerFunc, path string) {
	for _, segment := range segments {
		next := b.param
		if !strings.HasPrefix(segment, "{") {
			next = b.literal[segment]
		}
		if next == nil {
			next = b.grow(segment)
		}
		b = next
	}
	if b.leaf != nil && b.leaf.path != path {
		panic("web: " + path + " and " + b.leaf.path + " are the same path")
	}
	b.leaf = &leaf{path: path, names: pathParams(path), serve: serve}
}

// grow makes the branch for a segment that b has none for.
func (b *branch) grow(segment string) *branch {
	next := &branch{}
	if strings.HasPrefix(segment, "{") {
		b.param = next
		return next
	}
	if b.literal == nil {
		b.literal = map[string]*branch{}
	}
	b.literal[segment] = next
	return next
}

// find goes down the tree, by the literal word wherever there is one, and notes the parameters in r.
func (b *branch) find(segments []string, r *http.Request) *leaf {
	var values [8]string
	found, given := b.walk(segments, values[:0])
	if found != nil {
		for i, name := range found.names {
			r.SetPathValue(name, given[i])
		}
	}
	return found
}

func (b *branch) walk(segments, values []string) (*leaf, []string) {
	if len(segments) == 0 {
		return b.leaf, values
	}
	if next := b.literal[segments[0]]; next != nil {
		if found, given := next.walk(segments[1:], values); found != nil {
			return found, given
		}
	}
	if b.param == nil || segments[0] == "" {
		return nil, nil
	}
	return b.param.walk(segments[1:], append(values, segments[0]))
}

// dispatch serves the routes of path by method, answers OPTIONS, and refuses every other.
func (f *Face) dispatch(path string) http.HandlerFunc {
	serve := map[string]http.HandlerFunc{}
	for _, rt := range f.routes {
		if rt.Path == path {
			serve[rt.Method] = rt.serve
		}
	}
	if get, ok := serve[http.MethodGet]; ok {
		serve[http.MethodHead] = get // net/http keeps the body back
	}
	methods := append(slices.Collect(maps.Keys(serve)), http.MethodOptions)
	slices.Sort(methods)
	allow := []string{strings.Join(methods, ", ")}
	return func(w http.ResponseWriter, r *http.Request) {
		if h, ok := serve[r.Method]; ok {
			h(w, r)
			return
		}
		f.begin(w, r)
		w.Header()["Allow"] = allow
		if r.Method != http.MethodOptions {
			f.Fail(w, r, errMethod)
			return
		}
		f.preflight(w, r, allow)
		w.WriteHeader(http.StatusNoContent)
	}
}

// straight reports whether the path of a request means one thing only: no empty or dot segments, no
// encoded slash, backslash or NUL. ServeMux redirects some of these and hands on others, and what
// decides about rights must never read a path differently from what serves it.
func straight(r *http.Request) bool {
	path := r.URL.Path
	if path == "" || path[0] != '/' || strings.Contains(path, "//") || strings.ContainsAny(path, "\x00\\") {
		return false
	}
	if raw := r.URL.RawPath; raw != "" && strings.Contains(strings.ToLower(raw), "%2f") {
		return false
	}
	if !strings.Contains(path, "/.") {
		return true
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return true
}
