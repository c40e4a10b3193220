package kith

import (
	"context"
	"errors"
)

// Carrier takes messages of one channel to people: a mail server, an SMS gateway. It is safe for many
// goroutines.
type Carrier interface {
	// Name says who carries, for operators: no secret is in it.
	Name() string
	// Carry hands one message over and answers when the other side has taken responsibility for it. An
	// error is a *DeliveryError if it says anything of whose fault it is.
	Carry(ctx context.Context, m *Message) error
}

// DeliveryFault says whom a failed delivery is about.
type DeliveryFault uint8

// The faults.
const (
	FaultProvider DeliveryFault = iota // nothing gets through now: no connection, wrong password, rate limit
	FaultMessage                       // this message does not get through now; others may
	FaultRefused                       // this message never will
)

// DeliveryError is why a message was not taken.
type DeliveryError struct {
	Fault DeliveryFault
	Err   error
}

func (e *DeliveryError) Error() string { return e.Err.Error() }
func (e *DeliveryError) Unwrap() error { return e.Err }

// FaultOf tells whom an error of a Carrier is about: the provider, if the error does not say.
func FaultOf(err error) DeliveryFault {
	if e, ok := errors.AsType[*DeliveryError](err); ok {
		return e.Fault
	}
	return FaultProvider
}
