package kith

import "time"

// Event tells of one change: who did what to which row, and which fields it touched. It is written
// in the change's own transaction.
type Event struct {
	ID      EventID
	Actor   UserID    // zero: kith itself, or a guest
	Session SessionID // zero: none
	Noun    Noun
	Verb    Verb
	Row     string         // the row's id as people see it
	Subject UserID         // whose personal data the old values are; zero: the company's own
	Fields  []string       // names of what changed, sorted; never values
	Old     map[string]any // what stood there before a change or delete; encrypted at rest, never a secret
	At      time.Time
}

// EventQuery narrows a list of events. Zero fields do not narrow.
type EventQuery struct {
	Actor   UserID // who did it
	Subject UserID // whom it is about
	Session SessionID
	Noun    *Noun
	Verb    *Verb
	Row     string    // the row's id as people see it
	From    time.Time // no earlier
	Before  time.Time // earlier
}

// Matches reports whether an event is among those asked for.
func (q *EventQuery) Matches(e *Event) bool {
	return (q.Actor.IsZero() || e.Actor == q.Actor) &&
		(q.Subject.IsZero() || e.Subject == q.Subject) &&
		(q.Session.IsZero() || e.Session == q.Session) &&
		(q.Noun == nil || e.Noun == *q.Noun) &&
		(q.Verb == nil || e.Verb == *q.Verb) &&
		(q.Row == "" || e.Row == q.Row) &&
		(q.From.IsZero() || !e.At.Before(q.From)) &&
		(q.Before.IsZero() || e.At.Before(q.Before))
}

// Message is something that kith tells one person, by e-mail or SMS. It lies in the outbox until
// the worker has delivered it.
type Message struct {
	ID        MessageID
	Company   CompanyID
	Slug      string // of the company, for display
	User      UserID
	Channel   Channel
	Kind      string // the template: "welcome", "password_changed", ...
	To        string
	Sender    string // the company's name, when it is delivered
	ReplyTo   string // the company's support e-mail, when it is delivered; "" for none
	Subject   string // e-mail only
	Text      string
	HTML      string
	Codes     []string  // typed codes inside, for the development inbox
	Links     []string  // links inside, the action's first
	ExpiresAt time.Time // not delivered from then on; zero: at any time
	CreatedAt time.Time
}

// Channel is how a message travels. The numbers are stored.
type Channel uint8

// The channels.
const (
	ChannelEmail Channel = iota + 1
	ChannelSMS
)

var channelNames = [...]string{ChannelEmail: "email", ChannelSMS: "sms"}

// String gives the channel's word.
func (c Channel) String() string { return channelNames[c] }
