package platform

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
	kith.Conflict:        http.StatusBadRequest,
	kith.Limited:         http.StatusTooManyRequests,
	kith.Locked:          http.StatusForbidden,
	kith.Expired:         http.StatusBadRequest,
	kith.TooLarge:        http.StatusRequestEntityTooLarge,
	kith.Unsupported:     http.StatusUnsupportedMediaType,
	kith.Unavailable:     http.StatusServiceUnavailable,
}

// statusOf is a kind's status; only a method that is not offered has one of its own.
func statusOf(e *kith.Error) int {
	if e.Code == kith.CodeMethod {
		return http.StatusMethodNotAllowed
	}
	return statuses[e.Kind]
}

// failure is the body of an error.
type failure struct {
	Status  string         `json:"status" enum:"error"`
	Message string         `json:"message" doc:"All that is wrong, joined by commas."`
	Data    map[string]any `json:"data,omitempty" doc:"What is wrong, by field, each a list of texts. What belongs to no field is under non_field_errors."`
}

// failures documents what fail writes.
func failures() map[int]any {
	all := map[int]any{http.StatusMethodNotAllowed: failure{}}
	for _, status := range statuses {
		all[status] = failure{}
	}
	return all
}

const noField = "non_field_errors"

// fail writes an error in the face's words, and logs what the caller must not see.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	list := kith.Errors(err)
	first := list[0]
	for _, e := range list {
		if e.Kind == kith.Internal {
			first, list = e, []*kith.Error{e}
			break
		}
	}
	body := failure{Status: "error"}
	switch {
	case errors.Is(err, context.Canceled):
		panic(http.ErrAbortHandler) // the client has hung up: cut the connection rather than answer half
	case first.Kind == kith.Internal:
		a.log.ErrorContext(r.Context(), "request failed", slog.String("request_id", web.Remote(r.Context()).Request), slog.Any("err", err))
		body.Message = fmt.Sprintf("%s Quote request id %s when you report it.", first.Message, web.Remote(r.Context()).Request)
	case first.Kind == kith.Limited:
		body.Message = fmt.Sprintf("Request was throttled: %s Expected available in %d seconds.", first.Message, seconds(first))
	default:
		body.Message, body.Data = spell(list)
	}
	if first.Err != nil && first.Kind == kith.Unavailable {
		a.log.WarnContext(r.Context(), "request refused", slog.String("request_id", web.Remote(r.Context()).Request), slog.Any("err", err))
	}
	if first.Kind == kith.Unauthenticated {
		w.Header().Set("WWW-Authenticate", "Token") // RFC 9110 §11.6.1 wants one
	}
	if first.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(seconds(first)))
	}
	if err := web.Write(w, statusOf(first), "", body); err != nil {
		a.log.ErrorContext(r.Context(), "error not written", slog.Any("err", err))
	}
}

func seconds(e *kith.Error) int { return max(1, int(math.Ceil(e.RetryAfter.Seconds()))) }

// spell joins errors for people and sorts them by field for programs. Only what is wrong with the input
// has fields.
func spell(list []*kith.Error) (string, map[string]any) {
	var messages []string
	data := make(map[string]any)
	for _, e := range list {
		messages = append(messages, e.Message)
		field := e.Field
		switch {
		case field == "" && e.Kind != kith.Invalid && e.Kind != kith.Conflict && e.Kind != kith.Expired:
			continue
		case field == "":
			field = noField
		}
		texts, _ := data[field].([]string)
		data[field] = append(texts, e.Message)
	}
	return strings.Join(messages, ", "), data
}
