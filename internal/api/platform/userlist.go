package platform

import (
	"context"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/web"
)

func (a *api) userList(f *web.Face) {
	op := directory.OpListUsers
	web.Handle(f, route("GET", "/3/admin/users/", op, "List users"), a.listUsers)
	web.Handle(f, route("GET", "/3/admin/users/overview/", op, "How many users there are"), a.overviewUsers)
}

// usersInput asks for users. What is given has to be so of each; what is empty was not given.
type usersInput struct {
	pageInput
	userFilters
	Metadata   web.Family `query:"metadata__*" doc:"metadata__{key}={value}: the value of a key of the first level; with __gt, __gte, __lt, __lte, __in, __isnull or __startswith after it, compared so."`
	Search     string     `query:"search" maxLength:"250" doc:"Words that each begin an identifier or a name. Accents and case do not count. Or an id."`
	OrderBy    []string   `query:"orderby" maxItems:"6" enum:"created,-created,updated,-updated,last_login,-last_login" doc:"Newest first if not given; after a search or a comparison of texts, by what was found. The first counts; users of the same moment follow in the order of their making."`
	Pagination string     `query:"pagination" enum:"page,cursor" doc:"cursor leaves count out and orders by created only."`
	Cursor     string     `query:"cursor" maxLength:"2000" doc:"From next or previous."`
}

// userFilters are the parameters that say what users have to be like. Their names are those of the core's
// fields and comparisons.
type userFilters struct {
	ID              *string  `query:"id" maxLength:"36"`
	IDContains      *string  `query:"id__contains" maxLength:"36"`
	IDIn            []string `query:"id__in" maxItems:"100" maxLength:"36"`
	User            *string  `query:"user" maxLength:"254" doc:"Id, email, mobile or username."`
	Username        *string  `query:"username" maxLength:"150"`
	UsernameIn      *string  `query:"username__contains" maxLength:"150"`
	UsernameStart   *string  `query:"username__startswith" maxLength:"150"`
	Email           *string  `query:"email" maxLength:"254" doc:"Any of a user's."`
	EmailContains   *string  `query:"email__contains" maxLength:"254"`
	EmailStart      *string  `query:"email__startswith" maxLength:"254"`
	Mobile          *string  `query:"mobile" maxLength:"40" doc:"Any of a user's."`
	MobileContains  *string  `query:"mobile__contains" maxLength:"40"`
	MobileStart     *string  `query:"mobile__startswith" maxLength:"40"`
	FirstName       *string  `query:"first_name" maxLength:"50"`
	FirstContains   *string  `query:"first_name__contains" maxLength:"50"`
	FirstIContains  *string  `query:"first_name__icontains" maxLength:"50"`
	FirstStart      *string  `query:"first_name__startswith" maxLength:"50"`
	MiddleName      *string  `query:"middle_name" maxLength:"50"`
	MiddleContains  *string  `query:"middle_name__contains" maxLength:"50"`
	MiddleIContains *string  `query:"middle_name__icontains" maxLength:"50"`
	MiddleStart     *string  `query:"middle_name__startswith" maxLength:"50"`
	LastName        *string  `query:"last_name" maxLength:"50"`
	LastContains    *string  `query:"last_name__contains" maxLength:"50"`
	LastIContains   *string  `query:"last_name__icontains" maxLength:"50"`
	LastStart       *string  `query:"last_name__startswith" maxLength:"50"`
	IDNumber        *string  `query:"id_number" maxLength:"50"`
	IDNumContains   *string  `query:"id_number__contains" maxLength:"50"`
	Language        *string  `query:"language" maxLength:"35"`
	Nationality     *string  `query:"nationality" maxLength:"2"`
	Residency       *string  `query:"residency" maxLength:"2"`
	Age             *int64   `query:"age" minimum:"0" maximum:"200" doc:"Whole years, today."`
	AgeGt           *int64   `query:"age__gt" minimum:"0" maximum:"200"`
	AgeGte          *int64   `query:"age__gte" minimum:"0" maximum:"200"`
	AgeLt           *int64   `query:"age__lt" minimum:"0" maximum:"200"`
	AgeLte          *int64   `query:"age__lte" minimum:"0" maximum:"200"`
	Group           *string  `query:"group" maxLength:"80"`
	GroupIsNull     *bool    `query:"group__isnull"`
	Status          *string  `query:"status" enum:"obsolete,declined,pending,paused,incomplete,verified"`
	StatusIn        []string `query:"status__in" maxItems:"6" enum:"obsolete,declined,pending,paused,incomplete,verified"`
	Archived        *bool    `query:"archived"`
	Deactivated     *bool    `query:"deactivated"`
	Temporary       *bool    `query:"temporary"`
	Retention       *string  `query:"retention_state" enum:"retaining,delete_requested,deleted"`
	Created         *int64   `query:"created" doc:"Unix milliseconds."`
	CreatedGt       *int64   `query:"created__gt"`
	CreatedLt       *int64   `query:"created__lt"`
	Updated         *int64   `query:"updated" doc:"Unix milliseconds."`
	UpdatedGt       *int64   `query:"updated__gt"`
	UpdatedLt       *int64   `query:"updated__lt"`
	LastLogin       *string  `query:"last_login" maxLength:"20" doc:"Unix milliseconds, or null for those who never signed in."`
	LastLoginGt     *int64   `query:"last_login__gt"`
	LastLoginLt     *int64   `query:"last_login__lt"`
	Account         *string  `query:"account" maxLength:"24" doc:"Reference of an account."`
	AccountName     *string  `query:"account__name" maxLength:"100"`
	AccountLabel    *string  `query:"account__label" maxLength:"150"`
	Balance         *float64 `query:"balance" doc:"Accounts are empty."`
	Currency        *string  `query:"currency" maxLength:"12"`
	CurrencyCode    *string  `query:"currency__code" maxLength:"12"`
	Service         *string  `query:"service" maxLength:"100" doc:"No service has users of its own."`
}

// query writes the parameters as the core asks.
func (in usersInput) query() (kith.UserQuery, error) {
	q := kith.UserQuery{Search: in.Search, Page: in.page(), Cursor: in.Cursor, NoTotal: in.Pagination == "cursor"}
	v := reflect.ValueOf(in.userFilters)
	for i := range v.NumField() {
		if values := spelled(v.Field(i)); values != nil {
			c := condition(v.Type().Field(i).Tag.Get("query"))
			c.Values = values
			q.Where = append(q.Where, c)
		}
	}
	for _, key := range sortedKeys(in.Metadata) {
		c := kith.Condition{Name: "metadata__" + key, Field: kith.FieldMetadata, Key: key, Values: []string{in.Metadata[key]}}
		if name, suffix, compared := strings.Cut(key, "__"); compared { // no key has two underscores
			op, ok := kith.OpNamed(suffix)
			if !ok {
				return q, kith.BadField(c.Name, kith.CodeNotAllowed, "This cannot be compared in this way.")
			}
			if c.Key, c.Op = name, op; op == kith.In {
				c.Values = strings.Split(in.Metadata[key], ",")
			}
		}
		q.Where = append(q.Where, c)
	}
	for _, word := range in.OrderBy {
		name, descending := strings.CutPrefix(word, "-")
		key, _ := kith.OrderKeyNamed(name)
		if q.NoTotal && key != kith.ByCreated {
			return q, kith.BadField("orderby", kith.CodeNotAllowed, "With pagination=cursor, order by created or -created.")
		}
		q.Order = append(q.Order, kith.Order{By: key, Descending: descending})
	}
	if q.NoTotal && in.Page != nil && in.Cursor == "" && *in.Page > 1 {
		return q, kith.BadField("page", kith.CodeNotAllowed, "With pagination=cursor, follow next.")
	}
	if q.NoTotal && len(q.Order) == 0 {
		q.Order = []kith.Order{{By: kith.ByCreated, Descending: true}}
	}
	return q, nil
}

// spelled writes a parameter's value out; nil if it was not given.
func spelled(v reflect.Value) []string {
	switch value := v.Interface().(type) {
	case []string:
		return value
	case *string:
		if value != nil {
			return []string{*value}
		}
	case *bool:
		if value != nil {
			return []string{strconv.FormatBool(*value)}
		}
	case *int64:
		if value != nil {
			return []string{strconv.FormatInt(*value, 10)}
		}
	case *float64:
		if value != nil {
			return []string{strconv.FormatFloat(*value, 'f', -1, 64)}
		}
	}
	return nil
}

// condition reads a parameter's name: a field and, after two underscores, a comparison.
func condition(name string) kith.Condition {
	c := kith.Condition{Name: name}
	word := name
	if i := strings.LastIndex(name, "__"); i >= 0 {
		if op, ok := kith.OpNamed(name[i+2:]); ok {
			word, c.Op = name[:i], op
		}
	}
	var known bool
	if c.Field, known = kith.UserFieldNamed(word); !known {
		c.Field = kith.FieldAttribute
		c.Attribute, _ = kith.AttributeNamed(word)
	}
	return c
}

func sortedKeys(m web.Family) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// userPage is a page of users. Where it is walked by cursors it has no count.
type userPage struct {
	Count       *int64     `json:"count,omitempty" minimum:"0" doc:"Users in all; not with pagination=cursor."`
	CountCapped bool       `json:"count_capped,omitempty" doc:"There are more than count."`
	Incomplete  bool       `json:"incomplete,omitempty" doc:"The search ended before it had looked at everybody: next goes on."`
	Next        *string    `json:"next" maxLength:"8192" doc:"URL of the next page."`
	Previous    *string    `json:"previous" maxLength:"8192" doc:"URL of the page before."`
	Results     []userView `json:"results" maxItems:"250"`
}

func (a *api) listUsers(ctx context.Context, in usersInput) (ok[userPage], error) {
	q, bad := in.query()
	list, err := a.core.Directory.Users(ctx, web.Actor(ctx), q, bad)
	if err != nil {
		return ok[userPage]{}, err
	}
	if q.Page.Number > 1 && len(list.Rows) == 0 && !list.Incomplete {
		return ok[userPage]{}, errNoPage
	}
	p := userPage{CountCapped: list.TotalCapped, Incomplete: list.Incomplete, Results: make([]userView, len(list.Rows))}
	if !q.NoTotal {
		total := int64(list.Total)
		p.Count = &total
	}
	for i, row := range list.Rows {
		p.Results[i] = a.staffUserOf(ctx, row)
	}
	p.Next = in.link(ctx, q.Page.Number+1, list.Next)
	p.Previous = in.link(ctx, q.Page.Number-1, list.Previous)
	return show(p, nil)
}

// link is the URL of the page before or after. It has a cursor, so that following it costs the same however
// far it leads, and with it the page's number for those who count.
func (in usersInput) link(ctx context.Context, number int, cursor string) *string {
	if cursor == "" {
		return nil
	}
	u := web.Address(ctx)
	query := u.Query()
	query.Set("cursor", cursor)
	query.Del("page")
	if in.Pagination != "cursor" {
		query.Set("page", strconv.Itoa(max(number, 1)))
	}
	u.RawQuery = query.Encode()
	text := u.String()
	return &text
}

type overviewView struct {
	Total    int64 `json:"total"`
	Archived int64 `json:"archived"`
	Active   int64 `json:"active" doc:"May sign in: neither archived nor deactivated nor temporary."`
}

func (a *api) overviewUsers(ctx context.Context, _ none) (ok[overviewView], error) {
	o, err := a.core.Directory.UserOverview(ctx, web.Actor(ctx))
	if err != nil {
		return ok[overviewView]{}, err
	}
	return show(overviewView{int64(o.Total), int64(o.Archived), int64(o.Active)}, nil)
}
