// Package mail carries e-mails to a mail server: it is the outbox's way out by SMTP (RFC 5321).
//
// It owns the connections, what is said on them, and how a mail is written (MIME, headers that nobody can
// break out of). It never sends a mail, or a password, over a connection that others can read: STARTTLS is
// demanded where TLS does not come first, and plain connections lead to this very machine only. It knows
// no store and no rule: when to send, and whether to try again, is the worker's and the core's.
package mail
