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
	Subject   string // e-mail only
	Text      string
	HTML      string
	Codes     []string // typed codes inside, for the development inbox
	Links     []string // links inside, the action's first
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
