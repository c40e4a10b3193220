package e2e

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kith"
)

// tenant is a company, with the same people in it as in every other, and the ids that belong to it.
type tenant struct {
	in       *inside
	slug     string
	password string              // of everybody in it
	ids      map[string][]string // by what they name
	guests   int                 // who registered as a control
}

const (
	ownerEmail = "owner@twin.example"
	userEmail  = "ada@twin.example"
)

func newTenant(t *testing.T, in *inside, slug string) *tenant {
	t.Helper()
	tn := &tenant{in: in, slug: slug, password: passwordOf(slug)}
	owner := in.company(slug, object{"email": ownerEmail, "mobile": "+27831234567"}).want(http.StatusCreated)
	// The companies are born alike: one group gets a name that only this one has.
	in.engine.change(t, `UPDATE groups SET name = $1, public = TRUE WHERE name = 'support' AND company_id =
		(SELECT company_id FROM company_slugs WHERE slug = $2)`, "vault-"+slug, slug)
	user := in.do("POST", "/3/auth/register/", object{"company": slug, "email": userEmail, "mobile": "+27831234568",
		"username": "ada", "password": tn.password}).want(http.StatusCreated)
	tn.ids = map[string][]string{
		"user":  {user.text("data.user.id"), owner.text("data.user.id")},
		"token": {user.text("data.token")[:8], owner.text("data.token")[:8]},
		"group": {"vault-" + slug}, "company": {slug},
		"account": {user.text("data.user.account"), owner.text("data.user.account")},
	}
	return tn
}

// strangers are ids that nobody has, in the shapes of those that somebody has.
var strangers = map[string]string{
	"user": "01890000-0000-7000-8000-000000000000", "token": "zzzzzzzz", "group": "vault-nobody",
	"company": "nobody", "account": "9999999999",
}

// kinds says what a parameter or member names. A member that no route declares is tried all the same:
// it must not be taken for what it says.
var kinds = map[string]string{
	"token_key": "token", "token_key__exclude": "token", "token_key__in": "token", "group_name": "group", "groups": "group",
	"user": "user", "company": "company", "query id": "company", "path id": "company", "query id__contains": "company",
	"/3/admin/company/ id": "company",
	"id":                   "user", "user_id": "user", "owner_id": "user", "company_id": "company", "account": "account", "group": "group",
}

// undeclared are the members that are tried on every route that takes a body.
var undeclared = []string{"id", "user", "user_id", "owner_id", "company", "company_id", "account", "group"}

// own are the parameters and members that name nothing of anybody's: their values are the caller's own.
var own = strings.Fields(`page page_size created created__gt created__gte created__lt created__lte expires__isnull
	name name__contains X-Setup-Token Authorization password password1 password2 old_password new_password new_password1
	new_password2 clear_session_option session_duration auth_method terms_and_conditions privacy_policy setup_token duration
	label username email mobile first_name middle_name last_name id_number birth_date language nationality residency gender title
	marital_status timezone alias_name legal_name birth_place birth_country tax_number tax_residency fathers_name mothers_name
	grandfathers_name grandmothers_name central_bank_number website business_name allow_registrations registration_disclosure
	allow_session_durations default_session_duration require_terms_and_conditions require_privacy_policy
	terms_and_conditions_url privacy_policy_url nationalities residencies contact_email country description documentation_website
	metadata public support_email support_website system_email`)

// slot is a place of an endpoint where a caller can put an id.
type slot struct{ in, name, kind string }

// slots lists them. A declared name that is neither known as an id nor as the caller's own fails the
// test: whoever adds a route says here which it is.
func (ep endpoint) slots(t *testing.T) []slot {
	t.Helper()
	var list []slot
	add := func(in, name string) {
		kind := cmp.Or(kinds[in+" "+name], kinds[ep.Path+" "+name], kinds[name])
		switch {
		case kind != "":
			list = append(list, slot{in, name, kind})
		case !slices.Contains(own, name):
			t.Errorf("%s: is the %s member %s an id? Say so in isolation_test.go", ep, in, name)
		}
	}
	for _, p := range ep.params {
		add(p.In, p.Name)
	}
	if ep.fields != nil {
		for _, name := range slices.Compact(slices.Sorted(slices.Values(append(ep.names(), undeclared...)))) {
			add("body", name)
		}
	}
	return list
}

// attempt is one request with an id in one slot.
type attempt struct {
	endpoint
	slot
	id       string // "" for one's own
	password string // of whoever's id it is
	guest    bool   // without a token
}

const loginPath = "/3/auth/login/"

// noon is when every attempt is made, so that answers can be compared to the byte.
var noon = kith.SystemClock().Truncate(time.Hour)

// try signs in to the tenant and makes the attempt. Everything else in the request is the tenant's own.
func (tn *tenant) try(at attempt) answer {
	tn.in.t.Helper()
	session, spare := tn.signIn(at, 0), "unneeded"
	if at.kind == "token" || strings.Contains(at.Path, "{token_key}") {
		spare = tn.signIn(at, time.Millisecond).text("data.token")
	}
	if at.id == "" {
		if at.id = tn.ids[at.kind][0]; at.kind == "token" {
			at.id = spare[:8]
		}
	}
	params := map[string]string{"token_key": spare[:8], "id": tn.slug, "group_name": "user"}
	path := at.Path
	for name, value := range params {
		if at.in == "path" && at.name == name {
			value = at.id
		}
		path = strings.Replace(path, "{"+name+"}", value, 1)
	}
	if at.in == "query" {
		path += "?" + at.name + "=" + at.id
	}
	me := tn.in.as(session.text("data.token"))
	r := me.request(at.Method, path, tn.body(at))
	if at.guest {
		r.Header.Del("Authorization")
	}
	if at.Path == "/3/auth/refresh/" {
		r.Header.Set("Authorization", "Refresh-Token "+refreshOf(session.text("data.refresh_token"), at.password == tn.password))
	}
	a := tn.in.must(r)
	a.body = []byte(strings.NewReplacer(me.token[:8], "{session}", params["token_key"], "{spare}").Replace(string(a.body)))
	me.do("POST", "/3/auth/logout/", nil)
	if spare != "unneeded" {
		tn.in.as(spare).do("POST", "/3/auth/logout/", nil)
	}
	return a
}

// signIn begins a session at noon, or a little later, as whom the endpoint is for.
func (tn *tenant) signIn(at attempt, later time.Duration) answer {
	tn.in.clock.stop(noon.Add(later))
	who := userEmail
	if strings.HasPrefix(at.Path, "/3/admin/") {
		who = ownerEmail
	}
	return tn.in.do("POST", "/3/auth/login/", object{"company": tn.slug, "user": who, "password": tn.password}).want(http.StatusOK)
}

// refreshOf is a refresh token: the good one, or one that nobody gave out.
func refreshOf(token string, good bool) string {
	if good {
		return token
	}
	return strings.Repeat("0", len(token))
}

// body is what the endpoint needs, with the id if it goes there: it is carried out with the tenant's
// own password, and refused with another.
func (tn *tenant) body(at attempt) any {
	if at.fields == nil {
		return nil
	}
	members := object{}
	switch at.Path {
	case loginPath:
		members = object{"company": tn.slug, "user": "ada", "password": at.password}
	case "/3/auth/password/change/":
		members = object{"old_password": at.password, "new_password": tn.password}
	case "/3/auth/tokens/":
		members = object{"password": at.password}
	case "/3/auth/register/":
		members = object{"company": tn.slug, "email": userEmail, "password": at.password}
	case "/3/auth/company/register/":
		members = object{"company": tn.slug, "email": ownerEmail, "password": at.password}
	}
	if strings.HasSuffix(at.Path, "/register/") && at.password == tn.password {
		tn.guests++
		members["email"] = fmt.Sprintf("guest%d@twin.example", tn.guests)
		if at.Path == "/3/auth/company/register/" {
			members["company"] = fmt.Sprintf("%s-%d", tn.slug, tn.guests)
		}
	}
	if at.in == "body" {
		members[at.name] = at.id
		if at.name == "groups" {
			members[at.name] = []string{at.id}
		}
	}
	return members
}

// addressed reports whether the slot names the company that a guest turns to. Anybody may turn to any
// company: there, a token of another must make no difference.
func (at attempt) addressed() bool {
	return at.kind == "company" && at.open() && at.in != "query" && at.Path != loginPath &&
		(at.in == "path" || at.fields[at.name].Type != nil || at.fields[at.name].OneOf != nil)
}

// visible is what of an answer may not differ.
func visible(a answer) string {
	header := maps.Clone(a.header)
	delete(header, "X-Request-Id")
	delete(header, "Date")
	return fmt.Sprint(a.status, header, string(a.body))
}

// TestIsolation: whatever id of another company a caller sends, wherever one can be put, the answer is
// the one to an id which nobody has; and nothing happens in that other company.
func TestIsolation(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		in := newInside(t, e)
		mine, theirs := newTenant(t, in, "mine"), newTenant(t, in, "theirs")
		before, tried := e.dump(t, theirs.slug), 0
		for _, ep := range in.endpoints(t) {
			for _, s := range ep.slots(t) {
				for _, id := range theirs.ids[s.kind] {
					at := attempt{endpoint: ep, slot: s, id: id, password: theirs.password}
					if s.name == "company" && ep.Path == loginPath {
						at.password = mine.password // with theirs one would rightly be signed in
					}
					mine.probe(t, at)
					tried++
				}
			}
			after := e.dump(t, theirs.slug)
			sameDump(t, ep.String(), before, after)
			before = after
		}
		mine.graft(t, theirs)
		if t.Logf("%d foreign ids tried", tried); tried < 100 {
			t.Errorf("only %d foreign ids were tried", tried)
		}
	})
}

// probe compares a foreign id with one that nobody has, and makes sure that one's own is taken.
func (tn *tenant) probe(t *testing.T, foreign attempt) {
	t.Helper()
	other, control := foreign, foreign
	if foreign.addressed() {
		other.guest = true
	} else {
		other.id = strangers[foreign.kind]
	}
	got, want := visible(tn.try(foreign)), visible(tn.try(other))
	if got != want {
		t.Errorf("%s, %s %s: another company's id gets\n%s\nwant\n%s", foreign.Listing, foreign.in, foreign.name, got, want)
	}
	if control.id, control.password = "", tn.password; foreign.addressed() && foreign.fields != nil {
		return // one's own company registers nobody twice
	}
	if a := tn.try(control); a.status >= http.StatusMultipleChoices {
		t.Errorf("%s, %s %s: one's own id gets %d %s", foreign.Listing, foreign.in, foreign.name, a.status, a.body)
	}
}

// graft puts the end of one company's token, which names the company, on another's.
func (tn *tenant) graft(t *testing.T, other *tenant) {
	t.Helper()
	const suffix = 11
	sign := func(tn *tenant) (token, refresh string) {
		a := tn.signIn(attempt{}, 0)
		return a.text("data.token"), a.text("data.refresh_token")
	}
	token, refresh := sign(tn)
	before := tn.in.engine.dump(t, other.slug)
	foreign, _ := sign(other)
	grafted := func(token string) string { return token[:len(token)-suffix] + foreign[len(foreign)-suffix:] }
	tn.in.as(grafted(token)).do("GET", "/3/user/", nil).want(http.StatusUnauthorized)
	tn.in.mustRefresh(grafted(refresh)).want(http.StatusUnauthorized)
	tn.in.as(token).do("GET", "/3/user/", nil).want(http.StatusOK)
	tn.in.mustRefresh(refresh).want(http.StatusOK)
	tn.in.as(foreign).do("DELETE", "/3/auth/tokens/"+foreign[:8]+"/", nil).want(http.StatusOK)
	if after := tn.in.engine.dump(t, other.slug); len(after) != len(before)+2 { // the sign-in and its end
		t.Errorf("grafting left %d rows more, want the two events of one sign-in", len(after)-len(before))
	}
}
