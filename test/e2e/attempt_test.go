package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"strings"
	"time"

	"kith"
)

// attempt is one request with an id in one slot.
type attempt struct {
	endpoint
	slot
	id    string // "" for one's own
	who   string // of the tenant makes it
	guest bool   // without a token
	wrong string // password that goes with the id
}

const loginPath = "/3/auth/login/"

// noon is when the attempts begin. Those that are compared are made in the same millisecond.
var noon = kith.SystemClock().Truncate(time.Hour)

// try makes the attempt. Everything in the request but the id is the tenant's own.
func (tn *tenant) try(at attempt) answer {
	tn.in.t.Helper()
	authorization := tn.ready(at.endpoint, at.who)
	values, members := tn.wanted(at.endpoint), tn.members(at.endpoint)
	query, err := url.ParseQuery(strings.ReplaceAll(queries[at.Path], "{slug}", tn.slug))
	if err != nil {
		tn.in.t.Fatal(err)
	}
	id := cmp.Or(at.id, tn.controlOf(at, values, members))
	switch at.in {
	case "path":
		values[at.name] = id
	case "query":
		at.ask(query, id)
	case "body":
		members[at.name] = at.member(id)
	}
	if at.wrong != "" {
		members["password"] = at.wrong
	}
	if at.addressed() && at.in == "body" { // which must be refused: it is another company that would get a user
		members["email"] = emailOf("ada", tn.other.slug)
	}
	path := at.Path
	for name, value := range values {
		path = strings.Replace(path, "{"+name+"}", url.PathEscape(value), 1)
	}
	var body any
	if at.fields != nil || at.in == "body" {
		body = members
	}
	r := tn.in.request(at.Method, path+"?"+query.Encode(), body)
	if !at.guest {
		r.Header.Set("Authorization", authorization)
	}
	a := tn.in.must(r)
	shown := sentOut(string(a.body), id)
	if !at.addressed() {
		tn.other.unseen(at, shown)
	}
	a.body = []byte(lasting(shown))
	return a
}

// ask puts the id into a query.
func (at attempt) ask(query url.Values, id string) {
	switch at.name {
	case "metadata__":
		query.Set("metadata__"+id, "Word"+strings.TrimPrefix(id, "vault_"))
	case "cursor":
		if at.Path == "/3/admin/users/" {
			query.Set("pagination", "cursor")
		}
		query.Set("page_size", "1")
		query.Set("cursor", id)
	case "row":
		query.Set("noun", "group")
		query.Set("row", id)
	default:
		query.Set(at.name, id)
	}
}

// member is an id as the member of the body has it.
func (at attempt) member(id string) any {
	s := at.fields[at.name]
	switch {
	case s.is("array"):
		return []string{id}
	case s.is("object"):
		return object{id: "Word" + strings.TrimPrefix(id, "vault_")}
	case s.is("integer"):
		return json.Number(id)
	default:
		return id
	}
}

// controlOf is an id of the tenant's own for the slot, with which the request must work.
func (tn *tenant) controlOf(at attempt, values map[string]string, members object) string {
	tn.fresh++
	switch {
	case at.in == "path":
		return values[at.name]
	case at.in == "body" && members[at.name] != nil && at.declared && !strings.HasPrefix(at.kind, "free "):
		if text, is := members[at.name].(string); is {
			return text
		}
	case at.Path == "/3/user/" && at.name == "username":
		return usernameOf("ada", tn.slug) // as it was before others were tried
	}
	switch at.kind {
	case "person":
		return emailOf("ada", tn.slug)
	case "user", "token", "account", "application", "event", "session":
		return tn.ids[at.kind][0]
	case "cursor":
		return tn.ids["cursor "+at.Path][0]
	case "free user":
		return fmt.Sprintf("01890000-0000-7000-9000-%012d", tn.fresh)
	case "free email":
		return fmt.Sprintf("fresh%d@new.example", tn.fresh)
	case "free mobile":
		return fmt.Sprintf("+278214%05d", tn.fresh)
	case "free reference":
		return fmt.Sprintf("8%09d", tn.fresh)
	case "free origin":
		return fmt.Sprintf("https://fresh%d.example", tn.fresh)
	case "free username", "free group", "free definition", "free currency":
		return fmt.Sprint("fresh", tn.fresh)
	}
	if at.name == "groups" && strings.HasSuffix(at.Path, "/register/") || at.Path == "/3/account-definitions/" {
		return "user" // of the groups, this one may be chosen, and is one's own
	}
	return nameOf(at.kind, tn.slug)
}

// what an answer says that is never twice the same.
var passing = []struct {
	pattern *regexp.Regexp
	word    string
}{
	{regexp.MustCompile(`(?i)fresh\d+|\+278\d14\d{5}`), "{fresh}"}, // numbers, too
	{regexp.MustCompile(`"(token|refresh_token|token_key)":"[^"]*"`), `"$1":"{secret}"`},
	{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "{uuid}"},
	{regexp.MustCompile(`\b\d{13,}\b`), "{number}"}, // moments, too
	{regexp.MustCompile(`"\d{10}"`), `"{reference}"`},
	{regexp.MustCompile(`"version":\d+`), `"version":"{version}"`},
	{regexp.MustCompile(`cursor=[\w-]+`), "cursor={cursor}"},
}

// sentOut is the text of an answer without the id that was sent, as it was or in a link.
func sentOut(body, id string) string {
	if len(id) <= 2 { // a number may be there for another reason
		return body
	}
	body = strings.NewReplacer(id, "{sent}", url.QueryEscape(id), "{sent}", strings.ToLower(id), "{sent}").Replace(body)
	return strings.ReplaceAll(body, "Word"+strings.TrimPrefix(id, "vault_"), "{sent}")
}

// lasting is the text of an answer with words for what is never twice the same.
func lasting(body string) string {
	for _, p := range passing {
		body = p.pattern.ReplaceAllString(body, p.word)
	}
	return body
}

// unseen wants nothing of the tenant in what another was answered.
func (tn *tenant) unseen(at attempt, shown string) {
	if strings.Contains(strings.ToLower(shown), tn.slug) {
		tn.in.t.Errorf("%s, %s %s: the answer tells of another company: %s", at.Listing, at.in, at.name, tail(shown))
	}
	for kind, ids := range tn.ids {
		for _, id := range ids {
			if len(id) > 2 && kind != "free user" && strings.Contains(shown, id) {
				tn.in.t.Errorf("%s, %s %s: the answer has another company's %s: %s", at.Listing, at.in, at.name, kind, tail(shown))
			}
		}
	}
}

// addressed reports whether the slot names the company that a guest turns to. Anybody may turn to any
// company: there, a token of another must make no difference.
func (at attempt) addressed() bool {
	return at.kind == "company" && at.open() && at.in != "query" && at.Path != loginPath && at.declared
}

// visible is what of an answer may not differ. Its length is that of its body.
func visible(a answer) string {
	header := maps.Clone(a.header)
	for _, name := range []string{"X-Request-Id", "Date", "Content-Length"} {
		delete(header, name)
	}
	return fmt.Sprint(a.status, header, string(a.body))
}
