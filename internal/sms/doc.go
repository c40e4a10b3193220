// Package sms carries text messages to a gateway over HTTP: one that speaks as Twilio does, or any that takes
// a small JSON document.
//
// It owns the requests and what their answers mean. It follows no redirect, for that would take a number and
// a code to somebody else, and speaks without TLS to this very machine only. It knows no store and no rule:
// when to send, and whether to try again, is the worker's and the core's.
package sms
