package platform

import (
	"context"

	"kith"
	"kith/internal/core/audit"
	"kith/internal/web"
)

// eventView is an entry of the audit log. The log is kith's own, so its words are the core's.
type eventView struct {
	ID      string         `json:"id" format:"uuid" maxLength:"36"`
	Created int64          `json:"created" doc:"Unix milliseconds."`
	Actor   *eventUserView `json:"actor" doc:"Who did it; null for kith itself, its operator, and guests."`
	Session *string        `json:"session" format:"uuid" maxLength:"36"`
	Noun    string         `json:"noun" maxLength:"40" doc:"What was changed: user, session, company, group and so on."`
	Verb    string         `json:"verb" enum:"peek,view,add,change,delete,execute,refer"`
	Row     string         `json:"row" maxLength:"254" doc:"Which one, by the id that people see: a user's id, a token's key, a group's name."`
	Subject *eventUserView `json:"subject" doc:"Whom it is about; null if nobody."`
	Fields  []string       `json:"fields" maxItems:"250" maxLength:"150" doc:"Names of what was given or changed."`
	Old     map[string]any `json:"old" doc:"What stood there before. Empty if nothing did, or if the person was erased; null without the permission to view the noun."`
}

// eventUserView is a user beside an event. Of readers who may not view users, all but the id is kept.
type eventUserView struct {
	ID        string  `json:"id" format:"uuid" maxLength:"36"`
	Username  *string `json:"username" maxLength:"150"`
	Email     *string `json:"email" maxLength:"254"`
	Mobile    *string `json:"mobile" maxLength:"16"`
	FirstName *string `json:"first_name" maxLength:"50"`
	LastName  *string `json:"last_name" maxLength:"50"`
}

func eventOf(e *audit.Entry) eventView {
	v := eventView{ID: e.Event.ID.String(), Created: e.Event.At.UnixMilli(), Actor: eventUserOf(e.Actor), Noun: e.Event.Noun.String(),
		Verb: e.Event.Verb.String(), Row: e.Event.Row, Subject: eventUserOf(e.Subject), Fields: e.Event.Fields, Old: e.Old}
	if v.Fields == nil {
		v.Fields = []string{}
	}
	if id := e.Event.Session; !id.IsZero() {
		text := id.String()
		v.Session = &text
	}
	return v
}

func eventUserOf(u *kith.User) *eventUserView {
	if u == nil {
		return nil
	}
	return &eventUserView{u.ID.String(), null(&u.Username), null(&u.Email), null(&u.Mobile),
		null(&u.Profile[kith.FirstName]), null(&u.Profile[kith.LastName])}
}

type eventPage struct {
	Next       *string     `json:"next" maxLength:"8192" doc:"URL of older events."`
	Previous   *string     `json:"previous" maxLength:"8192" doc:"URL of newer events."`
	Results    []eventView `json:"results" maxItems:"250"`
	Incomplete bool        `json:"incomplete" doc:"True if the search took too long and stopped before the page was full; next or previous goes on."`
}

// whyView explains a decision.
type whyView struct {
	Actor     eventUserView `json:"actor"`
	Operation string        `json:"operation" maxLength:"100"`
	Asked     string        `json:"asked" maxLength:"100" doc:"The permission that it needs, such as admin:user.change."`
	Allowed   bool          `json:"allowed"`
	Active    bool          `json:"active" doc:"Whether the actor may act at all: not archived, deactivated or temporary, in a company that is not suspended."`
	Section   bool          `json:"section" doc:"Whether the permission of the user section is held, or was not asked."`
	Table     string        `json:"table" enum:",admin permission,owner,group,guest" doc:"The rule that opened the table; empty if none did."`
	Row       string        `json:"row" enum:",admin permission,owner,group,guest" doc:"The rule that opened the row; empty if none did."`
	Because   string        `json:"because" maxLength:"1000"`
}

func whyOf(w *audit.Answer) whyView {
	return whyView{Actor: *eventUserOf(w.Actor.User), Operation: w.Operation.Name, Asked: w.Operation.Asked().String(), Allowed: w.Allowed, Active: w.Active,
		Section: w.Section, Table: string(w.Table), Row: string(w.Row), Because: w.Because}
}

func (a *api) audit(f *web.Face) {
	web.Handle(f, route("GET", "/3/admin/audit/", audit.OpEvents, "Who changed what, newest first"), a.listEvents)
	web.Handle(f, route("GET", "/3/admin/audit/{id}/", audit.OpEvents, "One event"), a.getEvent)
	web.Handle(f, route("GET", "/3/admin/why/", audit.OpExplain, "Explain whether a user may do something"), a.why)
}

type eventsInput struct {
	Actor      string `query:"actor" maxLength:"254" doc:"Who did it: a user's id, e-mail, mobile or username."`
	Subject    string `query:"subject" maxLength:"254" doc:"Whom it is about: a user's id, e-mail, mobile or username."`
	Noun       string `query:"noun" maxLength:"40"`
	Row        string `query:"row" maxLength:"254" doc:"Quick with a noun."`
	Verb       string `query:"verb" maxLength:"40"`
	Session    string `query:"session" maxLength:"36"`
	CreatedGT  *int64 `query:"created__gt" doc:"Unix milliseconds."`
	CreatedGTE *int64 `query:"created__gte" doc:"Unix milliseconds."`
	CreatedLT  *int64 `query:"created__lt" doc:"Unix milliseconds."`
	CreatedLTE *int64 `query:"created__lte" doc:"Unix milliseconds."`
	Pagination string `query:"pagination" enum:"cursor" doc:"The only way to page here, so it need not be given."`
	Cursor     string `query:"cursor" maxLength:"200" doc:"From the links of another page."`
	PageSize   *int64 `query:"page_size" minimum:"1" maximum:"250" doc:"15 if not given."`
}

// filter reads the bounds of time as from and before: to the millisecond, which is all that events know.
func (in eventsInput) filter() audit.Filter {
	f := audit.Filter{Actor: in.Actor, Subject: in.Subject, Noun: in.Noun, Row: in.Row, Verb: in.Verb, Session: in.Session}
	f.From, f.Before, _ = kith.Span{After: moment(in.CreatedGT), From: moment(in.CreatedGTE),
		Before: moment(in.CreatedLT), Until: moment(in.CreatedLTE)}.Bounds()
	return f
}

func (a *api) listEvents(ctx context.Context, in eventsInput) (ok[eventPage], error) {
	size := kith.DefaultPageSize
	if in.PageSize != nil {
		size = int(*in.PageSize)
	}
	found, err := a.core.Audit.Events(ctx, web.Actor(ctx), in.filter(), in.Cursor, size)
	if err != nil {
		return ok[eventPage]{}, err
	}
	p := eventPage{Next: eventsLink(ctx, found.Next), Previous: eventsLink(ctx, found.Previous),
		Results: make([]eventView, len(found.Entries)), Incomplete: found.Incomplete}
	for i := range found.Entries {
		p.Results[i] = eventOf(&found.Entries[i])
	}
	return show(p, nil)
}

// eventsLink is the URL of the same list at a cursor; nil if there is none.
func eventsLink(ctx context.Context, cursor string) *string {
	if cursor == "" {
		return nil
	}
	u := web.Address(ctx)
	query := u.Query()
	query.Set("cursor", cursor)
	u.RawQuery = query.Encode()
	text := u.String()
	return &text
}

type eventInput struct {
	ID string `path:"id" maxLength:"36"`
}

func (a *api) getEvent(ctx context.Context, in eventInput) (ok[eventView], error) {
	e, err := a.core.Audit.Event(ctx, web.Actor(ctx), in.ID)
	if err != nil {
		return ok[eventView]{}, err
	}
	return show(eventOf(e), nil)
}

type whyInput struct {
	Actor     string `query:"actor" required:"true" maxLength:"254" doc:"A user's id, e-mail, mobile or username."`
	Operation string `query:"operation" required:"true" maxLength:"100" doc:"Such as user.change."`
	Section   string `query:"section" maxLength:"6" doc:"user or admin; admin if not given."`
	User      string `query:"user" maxLength:"254" doc:"The user to whose row it would be done, by any identifier; the actor's own if not given."`
}

func (a *api) why(ctx context.Context, in whyInput) (ok[whyView], error) {
	answer, err := a.core.Audit.Why(ctx, web.Actor(ctx), audit.Question{Actor: in.Actor, Operation: in.Operation,
		Section: in.Section, On: in.User})
	if err != nil {
		return ok[whyView]{}, err
	}
	return show(whyOf(answer), nil)
}
