package e2e

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"testing"

	"kith"
)

// kinds says what a parameter or member names: of any route, or of the one before it. See nameOf and
// rivals for the kinds. A member that no route declares is tried all the same: it must not be taken for
// what it says.
var kinds = map[string]string{
	// In paths.
	"path id": "company", "/3/admin/audit/{id}/ id": "event", "group_name": "group", "definition_group_name": "group", "identifier": "person",
	"permission_id": "permission", "token_key": "token", "reference": "account", "definition_name": "definition",
	"code": "currency", "currency_code": "currency", "application_id": "application", "version": "version",
	"/3/user/emails/{id}/ path id": "email number", "/3/user/mobiles/{id}/ path id": "mobile number",
	"/3/admin/users/emails/{id}/ path id": "email number", "/3/admin/users/mobiles/{id}/ path id": "mobile number",
	// In queries.
	"token_key__exclude": "token", "token_key__in": "token", "group__in": "group", "definition": "definition", "account__definition": "definition",
	"reference__contains": "account", "name": "word", "account__name": "word", "account__name__contains": "word", "account__label": "word", "currency__code": "currency",
	"code__in": "currency", "display_code": "currency", "unit": "word", "search": "word", "cursor": "cursor", "actor": "person",
	"subject": "person", "row": "group", "session": "session", "id__contains": "user", "id__in": "user", "metadata__": "attribute",
	"/3/public/companies/ id": "company", "/3/public/companies/ id__contains": "company", "/3/public/companies/ name": "company",
	"/3/public/companies/ name__contains": "company", "/3/admin/users/ account__name": "definition", "/3/admin/groups/ query name": "group",
	"username__contains": "username", "username__startswith": "username", "email__contains": "email", "email__startswith": "email",
	"mobile__contains": "mobile", "mobile__startswith": "mobile", "query id_number": "word", "id_number__contains": "word",
	"query first_name": "word", "query middle_name": "word", "query last_name": "word",
	"first_name__contains": "word", "first_name__icontains": "word", "first_name__startswith": "word",
	"middle_name__contains": "word", "middle_name__icontains": "word", "middle_name__startswith": "word",
	"last_name__contains": "word", "last_name__icontains": "word", "last_name__startswith": "word",
	// In bodies: what names something that is there, and what anybody may call something new.
	"groups": "group", "currencies": "currency", "currency": "currency", "user": "person", "company": "company", "application": "application",
	"uid": "user", "/3/auth/password/reset/confirm/ token": "link", "/3/admin/auth/password/reset/confirm/ token": "link",
	"/3/auth/email/verify/resend/ email": "email", "/3/auth/mobile/verify/resend/ mobile": "mobile", "body metadata": "attribute",
	"body email": "free email", "body mobile": "free mobile", "body number": "free mobile", "body username": "free username", "body origins": "free origin", "body reference": "free reference",
	"/3/admin/users/ body id": "free user", "/3/admin/groups/ body name": "free group", "/3/admin/groups/{group_name}/ body name": "free group",
	"/3/admin/account-definitions/ body name": "free definition", "/3/admin/currencies/ body code": "free currency",
	"query email": "email", "query mobile": "mobile", "query username": "username",
	"id": "user", "user_id": "user", "owner_id": "user", "company_id": "company", "account": "account", "group": "group",
}

// Those that are tried wherever a caller may write something, whether the route declares them or not.
var (
	undeclaredMembers    = []string{"id", "user", "user_id", "owner_id", "company", "company_id", "account", "group", "application"}
	undeclaredParameters = []string{"company", "company_id", "user"}
)

// own are the parameters and members that name nothing of anybody's: their values are the caller's own.
var own = strings.Fields(`page page_size created created__gt created__gte created__lt created__lte updated updated__gt updated__gte updated__lt
	updated__lte last_login last_login__gt last_login__lt expires__isnull user__isnull group__isnull group__section orderby pagination active primary recon
	archived hidden deactivated temporary default public listed section status status__in retention_state age age__gt age__gte age__lt age__lte
	balance balance__gt balance__lt available_balance available_balance__gt available_balance__lt reference__gt service noun verb operation
	X-Setup-Token Authorization password password1 password2 old_password new_password new_password1
	new_password2 clear_session_option session_duration auth_method terms_and_conditions privacy_policy setup_token duration expires
	label first_name middle_name last_name id_number birth_date language nationality residency gender title kind
	marital_status timezone alias_name legal_name birth_place birth_country tax_number tax_residency fathers_name mothers_name
	grandfathers_name grandmothers_name central_bank_number website business_name allow_registrations registration_disclosure
	allow_session_durations default_session_duration require_terms_and_conditions require_privacy_policy
	terms_and_conditions_url privacy_policy_url nationalities residencies contact_email country description documentation_website
	support_email support_website system_email line_1 line_2 city state_province postal_code display_code unit symbol divisibility manager manager_conditions
	account_reference_length allow_credit_transactions allow_debit_transactions allow_overdrafts allow_transactions deactivate_verification_url
	default_transaction_lifespan disallowed_transaction_subtypes email_verification_url password_reset_url password_set_url
	request_delete_verification_url require_registration require_transaction_subtypes require_verification supported_authenticators
	colors primary text background verified profile nonce
	audience redirects token_life schema level type permissions properties key otp force`) // a key is good by itself, whoever shows it

// exceptions are places whose names mean something else there.
var exceptions = []string{
	"/3/admin/company/ body metadata", "/3/accounts/ body metadata", "/3/admin/accounts/ body metadata", "/3/admin/accounts/{reference}/ body metadata",
	"/3/admin/currencies/ body metadata", "/3/admin/currencies/{code}/ body metadata", // whose names nobody lays down
	"/3/admin/permissions/{permission_id}/ path permission_id", // of the catalogue of all, which is nobody's
	"/3/admin/company/ body name", "/3/accounts/ body name", "/3/admin/accounts/ body name", "/3/admin/accounts/{reference}/ body name",
	"/3/admin/applications/ body name", "/3/admin/applications/{application_id}/ body name", // as free as a label
	"/3/admin/currencies/ body display_code", "/3/admin/currencies/{code}/ body display_code", "/3/admin/currencies/ body unit", "/3/admin/currencies/{code}/ body unit",
}

// refused are the places where one's own id has no effect, either.
var refused = map[string]string{
	"DELETE /3/admin/users/tokens/ group": "tokens are not ended by group", "DELETE /3/admin/users/tokens/ group__in": "tokens are not ended by group",
	"GET /3/admin/users/ currency": "users count in the company's one", "GET /3/admin/users/ currency__code": "users count in the company's one",
}

// slot is a place of an endpoint where a caller can put an id.
type slot struct {
	in, name, kind string
	declared       bool
}

// slots lists them. A declared name that is neither known as an id nor as the caller's own fails the
// test: whoever adds a route says here which it is.
func (ep endpoint) slots(t *testing.T) []slot {
	t.Helper()
	var list []slot
	add := func(in, name string, declared bool) {
		if slices.Contains(exceptions, ep.Path+" "+in+" "+name) {
			return
		}
		kind := cmp.Or(kinds[ep.Path+" "+in+" "+name], kinds[ep.Path+" "+name], kinds[in+" "+name])
		if kind == "" && (in != "body" || !slices.Contains(own, name)) {
			kind = kinds[name]
		}
		switch {
		case kind != "":
			list = append(list, slot{in, name, kind, declared})
		case !slices.Contains(own, name):
			t.Errorf("%s: is the %s member %s an id? Say so in isolation_test.go", ep, in, name)
		}
	}
	var given []string
	for _, p := range ep.params {
		add(p.In, p.Name, true)
		given = append(given, p.Name)
	}
	for _, name := range undeclaredParameters {
		if !slices.Contains(given, name) {
			add("query", name, false)
		}
	}
	if ep.fields != nil || ep.Method == http.MethodDelete || ep.Method == http.MethodPost {
		for _, name := range slices.Compact(slices.Sorted(slices.Values(append(ep.names(), undeclaredMembers...)))) {
			add("body", name, slices.Contains(ep.names(), name))
		}
	}
	return list
}

// TestIsolation: whatever id of another company a caller sends, wherever one can be put, the answer is
// the one to an id which nobody has; and nothing happens in that other company.
func TestIsolation(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		in := newInside(t, e.hasty())
		in.clock.stop(noon)
		mine, other := newTenant(t, in, "mine", everyones, 2), newTenant(t, in, "theirs", theirs, 5)
		mine.as("owner").do("PATCH", "/3/admin/company/", object{"public": true, "name": mine.slug}).want(http.StatusOK)
		mine.other = other
		in.inbox(t, "") // what waits is handed on, of whichever company
		before, tried := e.dump(t, other.slug), 0
		for _, ep := range endpoints(t, in.platform) {
			for _, s := range ep.slots(t) {
				for i, id := range other.rivals(s.kind, ep.Path) {
					if i > 0 && !s.declared {
						break // one is enough to see that nobody reads it
					}
					mine.probe(t, attempt{endpoint: ep, slot: s, who: ep.caller()}, id)
					tried++
				}
			}
			if ep.Path == "/3/admin/company/owner/accept/" {
				mine.own("owner")
			}
			if ending[ep.Method+" "+ep.Path] {
				mine.enter()
			}
			mine.sweep()
			in.sendAsked(t)
			after := e.dump(t, other.slug)
			sameDump(t, ep.String(), before, after)
			before = after
		}
		mine.graft(t, other)
		if t.Logf("%d foreign ids tried", tried); tried < 1000 {
			t.Errorf("only %d foreign ids were tried", tried)
		}
	})
}

// probe compares a foreign id with one that nobody has, and makes sure that one's own is taken.
func (tn *tenant) probe(t *testing.T, at attempt, id rival) {
	t.Helper()
	tn.in.tick()
	tn.compare(t, at, id)
	if at.in == "path" && !at.open() {
		for _, who := range []string{kith.GroupAdmin, kith.GroupManager, kith.GroupSupport, "ada"} {
			as := at
			as.who = who
			tn.compare(t, as, id)
		}
	}
	if at.addressed() && at.fields != nil || !at.declared {
		return // one's own company registers nobody twice; and what is not declared has no effect
	}
	tn.in.tick()
	a := tn.try(at)
	if why := refused[at.Method+" "+at.Path+" "+at.name]; why != "" {
		if a.status < http.StatusMultipleChoices && !a.empty() {
			t.Errorf("%s, %s %s: %s, and yet it gets %d %s", at.Listing, at.in, at.name, why, a.status, a.body)
		}
		return
	}
	if a.status >= http.StatusMultipleChoices {
		t.Errorf("%s, %s %s: one's own %s gets %d %s", at.Listing, at.in, at.name, at.kind, a.status, a.body)
	}
	if at.in == "query" && at.Method == http.MethodGet && !strings.HasSuffix(at.name, "__exclude") && a.empty() {
		t.Errorf("%s, %s: one's own %s finds nothing", at.Listing, at.name, at.kind)
	}
}

// empty reports whether an answer is a list of nothing.
func (a answer) empty() bool {
	list, is := a.at("data.results").([]any)
	if !is {
		list, is = a.at("data").([]any)
	}
	return is && len(list) == 0
}

// compare sends the foreign id and the one that nobody has.
func (tn *tenant) compare(t *testing.T, at attempt, id rival) {
	t.Helper()
	foreign, other := at, at
	foreign.id, other.id = id.theirs, id.nobodys
	if at.addressed() {
		other.id, other.guest = id.theirs, true
	}
	if at.Path == loginPath && at.name == "user" {
		foreign.wrong, other.wrong = tn.other.password, tn.other.password // it would be right in that company
	}
	if got, want := visible(tn.try(foreign)), visible(tn.try(other)); got != want {
		t.Errorf("%s, %s %s, %s: another company's %s gets\n%s\nwant\n%s", at.Listing, at.in, at.name, at.who, at.kind, tail(got), tail(want))
	}
}

// graft puts the end of one company's token, which names the company, on another's.
func (tn *tenant) graft(t *testing.T, other *tenant) {
	t.Helper()
	const suffix = 11
	sign := func(tn *tenant) (token, refresh string) {
		a := tn.signIn("ada")
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
