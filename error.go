package kith

import (
	"errors"
	"time"
)

// Kind says what sort of refusal an Error is. It knows no HTTP: each face owns one table from Kind
// to its status.
type Kind uint8

// The kinds. Internal is the zero value, so that an error nobody classified is never shown.
const (
	Internal        Kind = iota // a fault of ours; the caller sees a request id, the log sees the chain
	Invalid                     // the input is wrong; Field says where
	Unauthenticated             // no session, or one that is no longer good
	Forbidden                   // signed in, and not allowed
	StepUpRequired              // allowed, after a stronger proof
	NotFound                    // no such thing for this caller; another company's row is always this
	Conflict                    // the thing is taken, or changed meanwhile
	Limited                     // too often; RetryAfter says when
	Locked                      // shut for a time or until somebody opens it
	Expired                     // it was good once
	TooLarge                    // more bytes than the operation takes
	Unsupported                 // a media type or method that is not offered
	Unavailable                 // try again later; RetryAfter says when
)

// Error is a refusal that may be shown to the caller.
type Error struct {
	Kind       Kind
	Code       string        // stable, for programs; listed in code.go
	Field      string        // the input's field, dotted where nested; "" if none
	Message    string        // for people: what happened and what to do
	RetryAfter time.Duration // for Limited, Locked and Unavailable
	Err        error         // the cause, for the log; never sent
}

// Error gives the message and, for the log, its cause.
func (e *Error) Error() string {
	text := e.Message
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is compare by code, so that a copy with another field or cause still matches.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code != "" && t.Code == e.Code
}

// In returns a copy of e that names field.
func (e *Error) In(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// Because returns a copy of e that carries cause for the log.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Err = cause
	return &c
}

// AsError finds the Error in err's chain. What is none becomes Internal, with err as its cause.
func AsError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Kind: Internal, Code: CodeInternal, Message: "Something went wrong on our side.", Err: err}
}

// Errors lists every Error in err, in order: Validate joins one per bad field. What is no Error at
// all gives the single Internal one of AsError.
func Errors(err error) []*Error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*Error
		for _, one := range joined.Unwrap() {
			all = append(all, Errors(one)...)
		}
		return all
	}
	return []*Error{AsError(err)}
}

// BadField is the Invalid error of one field.
func BadField(field, code, message string) *Error {
	return &Error{Kind: Invalid, Code: code, Field: field, Message: message}
}

// ErrNotFound says that there is no such thing, or none for this caller: the two must look the same.
var ErrNotFound = &Error{Kind: NotFound, Code: CodeNotFound, Message: "Not found."}
