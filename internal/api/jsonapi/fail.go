package jsonapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"

	"kith"
	"kith/internal/web"
)

// statuses is the face's one table from kinds of error to HTTP.
var statuses = map[kith.Kind]int{
	kith.Internal:        http.StatusInternalServerError,
	kith.Invalid:         http.StatusBadRequest,
	kith.Unauthenticated: http.StatusUnauthorized,
	kith.Forbidden:       http.StatusForbidden,
	kith.StepUpRequired:  http.StatusForbidden,
	kith.NotFound:        http.StatusNotFound,
	kith.Conflict:        http.StatusConflict,
	kith.Limited:         http.StatusTooManyRequests,
	kith.Locked:          http.StatusForbidden,
	kith.Expired:         http.StatusBadRequest,
	kith.TooLarge:        http.StatusRequestEntityTooLarge,
	kith.Unsupported:     http.StatusUnsupportedMediaType,
	kith.Unavailable:     http.StatusServiceUnavailable,
}

// codeStatuses are the statuses of what its kind says too little about.
var codeStatuses = map[string]int{
	kith.CodeMethod:         http.StatusMethodNotAllowed,
	kith.CodeBadCredentials: http.StatusUnauthorized,
}

func statusOf(e *kith.Error) int {
	if status, ok := codeStatuses[e.Code]; ok {
		return status
	}
	return statuses[e.Kind]
}

// source is where in a request an error lies.
type source struct {
	Pointer   string `json:"pointer,omitzero" doc:"JSON pointer into the body (RFC 6901)."`
	Parameter string `json:"parameter,omitzero" doc:"Name of the query parameter."`
}

// located is an error with its place in the request.
type located struct {
	err *kith.Error
	at  source
}

// Error is the error's own text.
func (l *located) Error() string { return l.err.Error() }

// Unwrap gives the error.
func (l *located) Unwrap() error { return l.err }

// longestName is how much of the name of a parameter is told, in code points. Ours are shorter.
const longestName = 200

// atParameter places an error in a query parameter.
func atParameter(name string, err *kith.Error) error {
	if r := []rune(name); len(r) > longestName {
		name = string(r[:longestName])
	}
	return &located{err, source{Parameter: name}}
}

// atPointer places an error in the body.
func atPointer(pointer string, err *kith.Error) error { return &located{err, source{Pointer: pointer}} }

// placed lists every error in err with its place.
func placed(err error) []*located {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*located
		for _, one := range joined.Unwrap() {
			all = append(all, placed(one)...)
		}
		return all
	}
	if l, ok := errors.AsType[*located](err); ok {
		return []*located{l}
	}
	return []*located{{err: kith.AsError(err)}}
}

// relocate places the errors of err that name a field and have no place yet.
func relocate(err error, place func(field string) source) error {
	if err == nil {
		return nil
	}
	var errs []error
	for _, l := range placed(err) {
		if l.err.Field != "" && l.at == (source{}) {
			l = &located{l.err, place(l.err.Field)}
		}
		errs = append(errs, l)
	}
	return errors.Join(errs...)
}

// errorView is one error of a document.
type errorView struct {
	ID     string  `json:"id,omitzero" doc:"Request id, where the fault is ours."`
	Status string  `json:"status"`
	Code   string  `json:"code" doc:"For programs: a stable word."`
	Title  string  `json:"title" doc:"For people: what happened and what to do."`
	Detail string  `json:"detail,omitzero" doc:"The same, and where."`
	Source *source `json:"source,omitzero"`
}

// failure is the body of an error.
type failure struct {
	Errors []errorView `json:"errors"`
}

// failures documents what fail writes.
func failures() map[int]any {
	all := map[int]any{http.StatusMethodNotAllowed: failure{}}
	for _, status := range statuses {
		all[status] = failure{}
	}
	return all
}

// fail writes an error in the face's words, and logs what the caller must not see.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) {
		panic(http.ErrAbortHandler) // the client has hung up: cut the connection rather than answer half
	}
	list := placed(a.clearer(r, err))
	first := list[0]
	for _, l := range list {
		if l.err.Kind == kith.Internal {
			first, list = l, []*located{l}
			break
		}
	}
	request := slog.String("request_id", web.Remote(r.Context()).Request)
	switch e := first.err; {
	case e.Kind == kith.Internal:
		a.log.ErrorContext(r.Context(), "request failed", request, slog.Any("err", err))
	case e.Err != nil && e.Kind == kith.Unavailable:
		a.log.WarnContext(r.Context(), "request refused", request, slog.Any("err", err))
	}
	if statusOf(first.err) == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer") // RFC 9110 §11.6.1 wants one
	}
	if first.err.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(first.err.RetryAfter.Seconds())))))
	}
	if err := write(w, r, statusOf(first.err), list); err != nil {
		a.log.ErrorContext(r.Context(), "error not written", slog.Any("err", err))
	}
}

// write sends errors: a document, or to whoever runs an action what an action answers.
func write(w http.ResponseWriter, r *http.Request, status int, list []*located) error {
	var views []errorView
	var messages []string
	for _, l := range list {
		view := viewError(r, l)
		views = append(views, view)
		messages = append(messages, view.Detail)
	}
	if isAction(r) {
		return web.Write(w, status, "", notify(strings.Join(messages, " ")))
	}
	return web.Write(w, status, mediaType, failure{views})
}

func viewError(r *http.Request, l *located) errorView {
	e := l.err
	view := errorView{Status: strconv.Itoa(statusOf(e)), Code: e.Code, Title: e.Message, Detail: e.Message}
	if e.Kind == kith.Internal {
		view.ID = web.Remote(r.Context()).Request
		view.Detail = fmt.Sprintf("%s Quote request id %s when you report it.", e.Message, view.ID)
		return view
	}
	if l.at != (source{}) {
		view.Source = &l.at
	}
	if where := e.Field; where != "" {
		view.Detail = where + ": " + e.Message
	}
	return view
}

var errByPost = &kith.Error{Kind: kith.Unsupported, Code: kith.CodeMethod, Message: "Actions are run by POST, with their inputs in the body " +
	"and never in the address, which is logged on its way."}

// clearer puts better words to the refusal of a method.
func (a *api) clearer(r *http.Request, err error) error {
	if e := kith.AsError(err); e.Code != kith.CodeMethod {
		return err
	}
	if secret := carriesNoSecret(r); secret != nil {
		return secret
	}
	if isAction(r) {
		return errByPost
	}
	return err
}
