package store

import (
	"encoding/json"
	"time"

	"kith"
)

// nouns are the parts of a Tx, one per noun of the domain. Each is the Tx itself under another type.
type nouns struct {
	Companies    companies
	Applications applications
	Accounts     accounts
	Groups       groups
	Links        links
	Users        users
	Identifiers  identifiers
	Credentials  credentials
	Sessions     sessions
	Factors      factors
	Keys         keys
	Events       events
	Messages     messages

	Properties properties
	Secrets    secrets
	Tallies    tallies
	Schemas    schemas
	Currencies currencies
	Counts     counts
	Files      files
}

func (n *nouns) bind(tx *Tx) {
	n.Companies.tx, n.Applications.tx, n.Accounts.tx = tx, tx, tx
	n.Groups.tx, n.Links.tx = tx, tx
	n.Users.tx, n.Identifiers.tx, n.Credentials.tx = tx, tx, tx
	n.Sessions.tx, n.Factors.tx = tx, tx
	n.Keys.tx, n.Events.tx, n.Messages.tx = tx, tx, tx
	n.Properties.tx, n.Secrets.tx, n.Tallies.tx, n.Schemas.tx = tx, tx, tx, tx
	n.Currencies.tx, n.Counts.tx, n.Files.tx = tx, tx, tx
}

// stamp is how a time is stored: Unix milliseconds, 0 for none.
func stamp(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// at reads what stamp wrote.
func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// idArg is how an id that may be none is stored.
func idArg[N any](id kith.ID[N]) any {
	if id.IsZero() {
		return nil
	}
	return id[:]
}

// document is how a JSON column is stored: "" where there is nothing to keep. What is given to it
// are the store's own row types, which always encode.
func document(v any, empty bool) string {
	if empty {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic("store: a row does not encode: " + err.Error())
	}
	return string(text)
}

// undocument reads what document wrote.
func undocument(text string, into any) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
}
