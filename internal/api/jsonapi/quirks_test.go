package jsonapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kith"
	"kith/internal/store/dbtest"
)

// The faults of the original, as they were numbered when it was looked at. Each test tells what a user sees in their
// place. Number 31 is about the original's documentation.

// staffOnly asks for something that staff alone are answered.
func (p someone) staffOnly() reply {
	p.h.t.Helper()
	return p.do("GET", users+"/"+p.id+"/why", "")
}

// TestQuirk01RecycledIDs: nobody inherits the powers of who is gone, nor a group the members of another.
func TestQuirk01RecycledIDs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss := h.boss("acme")
	x := h.staff("xavier", kith.GroupAdmin)
	x.staffOnly().want(200)
	boss.do("DELETE", users+"/"+x.id, "").want(200)
	x.staffOnly().want(401)
	eve := h.member("acme", "eve")
	if eve.id == x.id {
		t.Error("an id was used twice")
	}
	eve.staffOnly().want(403)
	boss.do("POST", users, row("user_account", x.id, `"name":"E","email":"e2@x.example","password":"a long enough pass phrase"`)).want(403)
	a := h.do("POST", "/3/admin/users/", http.Header{"Authorization": {"Token " + boss.token}, "Content-Type": {"application/json"}}, `{"id":"`+x.id+`"}`)
	if a.Code != 400 {
		t.Errorf("a user is made with the id of one who is gone: %d %s", a.Code, a.Body)
	}

	first := boss.group("editors")
	boss.join("user_account", boss.id, first, "").want(201)
	boss.do("DELETE", groups+"/"+first, "").want(200)
	second := boss.group("editors")
	if list := boss.ids(groups + "/" + second + "/user_account_id"); second == first || len(list) != 0 {
		t.Errorf("a group of a name that another had begins with %v", list)
	}
	boss.do("GET", groups+"/"+first, "").want(404)

	spare := eve.add("email", `"email":"spare@x.example"`)
	shared := eve.group("shared")
	eve.join("email", spare, shared, "").want(201)
	eve.do("DELETE", emails+"/"+spare, "").want(200)
	again := eve.add("email", `"email":"spare@x.example"`)
	if links := eve.ids(emails + "/" + again + "/usergroup_id"); again == spare || len(links) != 0 {
		t.Errorf("an address that was removed and comes again has the number %s, was %s, and is linked to %v", again, spare, links)
	}
}

// TestQuirk02NumericPassword: a password of another type is refused, and everybody else is served on.
func TestQuirk02NumericPassword(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, guest := h.boss("acme"), h.guest("acme")
	for _, password := range []string{"1", "1e308", "true", "[]", `["a"]`, "{}", `{"$ne":""}`, "null"} {
		for path, body := range map[string]string{
			"/action/user_account/signup": `{"attributes":{"name":"A","email":"a@x.example","password":%s,"passwordConfirm":%[1]s}}`,
			"/action/user_account/signin": `{"attributes":{"email":"owner@acme.example","password":%s}}`,
			users:                         `{"data":{"type":"user_account","attributes":{"name":"A","email":"a@x.example","password":%s}}}`,
		} {
			guest.do("POST", path, fmt.Sprintf(body, password)).want(400)
		}
	}
	for _, email := range []string{"1", "[]", "{}", "null", "true"} {
		guest.do("POST", "/action/user_account/signin", fmt.Sprintf(`{"email":%s,"password":"x"}`, email)).want(400)
	}
	guest.do("GET", "/ping", "").want(200)
	boss.group("written afterwards")
	guest.do("POST", "/action/user_account/signin", `{"email":"owner@acme.example","password":"`+goodPassword+`"}`).want(200)
}

// guestActions are those that a guest may run in a company that was left as it was made.
var guestActions = []string{"user:reset-password", "user:reset-password-verify", "user:signin", "user:signup"}

// runs lists the actions that somebody may run.
func (p someone) runs() []string {
	p.h.t.Helper()
	var all map[string]any
	if err := json.Unmarshal(p.do("GET", "/actions", "").want(200).Body.Bytes(), &all); err != nil {
		p.h.t.Fatal(err)
	}
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// TestQuirk03LockDown: few actions are open to guests, and what is shut is shut on the next request, sign-up by either
// of its ways.
func TestQuirk03LockDown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, guest := h.boss("acme"), h.guest("acme")
	if got := guest.runs(); !slices.Equal(got, guestActions) {
		t.Errorf("guests may run %v", got)
	}
	for _, a := range h.core.Resources.Actions() {
		short := strings.TrimSuffix(a.Table, "_account") + ":" + a.Name
		if slices.Contains(guestActions, short) {
			continue
		}
		guest.do("POST", "/action/"+a.Table+"/"+a.Name, `{}`).want(403)
	}
	signUp := func(n int) reply {
		return guest.do("POST", "/action/user_account/signup", fmt.Sprintf(`{"name":"N","email":"n%d@x.example","password":"pppppppp","passwordConfirm":"pppppppp"}`, n))
	}
	signUp(1).want(200)
	action := boss.tableRow("action", "action_name", "signup")
	boss.change("action", action, `"permission":0`).want(200)
	signUp(2).want(403)
	boss.change("action", action, `"permission":32`).want(200)
	signUp(3).want(200)
	dbtest.Exec(t, h.db, `UPDATE companies SET settings = json_set(settings, '$.allow_registrations', json('false'))`)
	a := h.do("PATCH", "/3/admin/company/settings/", http.Header{"Authorization": {"Token " + boss.token}, "Content-Type": {"application/json"}}, `{"allow_registrations":false}`)
	if a.Code != 200 {
		t.Fatal(a.Body)
	}
	signUp(4).want(403)
	guest.do("POST", users, row("user_account", "", `"name":"N","email":"n5@x.example","password":"pppppppp"`)).want(403)
}

// TestQuirk04ModesOfNewRows: every new row has the careful permission from its first moment, whoever made it.
func TestQuirk04ModesOfNewRows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, guest := h.boss("acme"), h.guest("acme")
	const ofUsers, ofRows = 1.0 + 128*(1+2+8+16+32+64), 128.0 * (1 + 2 + 8 + 16 + 32 + 64)
	made := guest.do("POST", users, row("user_account", "", `"name":"N","email":"n1@x.example","password":"pppppppp"`)).want(201)
	guest.do("POST", "/action/user_account/signup", `{"name":"N","email":"n2@x.example","password":"pppppppp","passwordConfirm":"pppppppp"}`).want(200)
	if mode := made.at("data.attributes.permission"); mode != ofUsers {
		t.Errorf("a new user's row has %v", mode)
	}
	ada := h.member("acme", "ada")
	modes := map[string]float64{groups + "/" + ada.group("g"): ofRows, emails + "/" + ada.add("email", `"email":"more@x.example"`): ofRows,
		mobiles + "/" + ada.add("mobile", `"mobile":"+27831234567"`): ofRows}
	for _, id := range boss.ids(users) {
		modes[users+"/"+id] = ofUsers
	}
	if len(modes) != 3+4 {
		t.Errorf("%d rows", len(modes))
	}
	for path, want := range modes {
		if mode := boss.do("GET", path, "").want(200).at("data.attributes.permission"); mode != want {
			t.Errorf("%s has %v, want %v", path, mode, want)
		}
		if a := guest.do("GET", path, ""); a.Code != 403 && a.Code != 404 {
			t.Errorf("a guest reads %s: %d", path, a.Code)
		}
	}
}

// unclaimed is a company that nobody owns.
func (h *house) unclaimed(slug string) someone {
	h.t.Helper()
	operator := &kith.Actor{System: true, Remote: kith.Remote{Loopback: true}}
	if _, _, err := h.core.Directory.EnsureCompany(h.t.Context(), operator, slug, kith.Test); err != nil {
		h.t.Fatal(err)
	}
	return h.guest(slug)
}

// TestQuirk05FreshInstall: a company that nobody owns yet is no more open than any other.
func TestQuirk05FreshInstall(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	guest := h.unclaimed("bare")
	eve := h.member("bare", "eve")
	if got := guest.runs(); !slices.Equal(got, guestActions) {
		t.Errorf("guests may run %v", got)
	}
	if list := guest.ids(users); len(list) != 0 {
		t.Errorf("guests see %v", list)
	}
	for _, path := range []string{groups, emails, mobiles, "/api/world", "/api/action", memberships, "/_config"} {
		guest.do("GET", path, "").want(403)
	}
	guest.do("POST", "/action/world/become_an_administrator", "{}").want(403)
	other := h.member("bare", "adam")
	for _, who := range []someone{guest, other} {
		who.change("user_account", eve.id, `"name":"Evil"`).want(403)
		who.do("DELETE", users+"/"+eve.id, "").want(403)
		who.do("GET", users+"/"+eve.id, "").want(403)
	}
	eve.staffOnly().want(403) // the first to come is nobody special
	eve.do("POST", "/action/world/become_an_administrator", "{}").want(200)
	eve.staffOnly().want(200)
	other.do("POST", "/action/world/become_an_administrator", "{}").want(403)
	eve.do("DELETE", users+"/"+eve.id, "").want(403)
}

// TestQuirk06OwnerlessRows: guests own nothing, not even what nobody owns, however open the tables are.
func TestQuirk06OwnerlessRows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, guest, ada := h.boss("acme"), h.guest("acme"), h.member("acme", "ada")
	roles := boss.ids(groups + `?query=[{"column":"kind","operator":"is","value":"role"}]`)
	if len(roles) != 4 {
		t.Fatalf("%d role groups", len(roles))
	}
	for _, name := range []string{"usergroup", "world", "action", linkTable("world"), linkTable("user_account")} {
		boss.open(name, everything)
	}
	for _, who := range []someone{guest, ada} {
		list := who.ids(groups + "?page[size]=500")
		for _, id := range roles {
			if slices.Contains(list, id) {
				t.Error("a role group, which nobody owns, is listed")
			}
			one := groups + "/" + id
			who.do("GET", one, "").want(404)
			who.do("DELETE", one, "").want(404)
			who.change("usergroup", id, `"permission":2097151`).want(404)
			who.do("POST", one+"/relationships/user_account_id", refs("user_account", ada.id)).want(404)
		}
		for _, table := range []string{"world", "action"} {
			for _, id := range who.ids("/api/" + table + "?page[size]=500") {
				who.change(table, id, `"permission":2097151`).want(403)
			}
		}
	}
	made := guest.do("POST", groups, row("usergroup", "", `"name":"of nobody"`))
	if made.Code == 201 { // then it is nobody's
		one := made.text("data.id")
		guest.do("GET", groups+"/"+one, "").want(404)
		guest.change("usergroup", one, `"permission":2097151`).want(404)
		guest.do("DELETE", groups+"/"+one, "").want(404)
	}
}

// TestQuirk07NobodySeesEverybody: who signs in sees their own row, and no company another.
func TestQuirk07NobodySeesEverybody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, bolt := h.boss("acme"), h.boss("bolt")
	ada := h.member("acme", "ada")
	h.member("acme", "ben")
	h.member("bolt", "ada")
	if list := ada.ids(users); !slices.Equal(list, []string{ada.id}) {
		t.Errorf("a user sees %v", list)
	}
	if list := ada.ids(emails); len(list) != 1 {
		t.Errorf("a user sees the addresses %v", list)
	}
	if list := ada.ids(groups); !slices.Equal(list, []string{ada.id}) { // home has its user's id
		t.Errorf("a user sees the groups %v", list)
	}
	if list := ada.ids(memberships); len(list) != 1 {
		t.Errorf("a user sees the memberships %v", list)
	}
	if n := len(boss.ids(users)); n != 3 {
		t.Errorf("the owner sees %d users", n)
	}
	for _, id := range bolt.ids(users) {
		boss.do("GET", users+"/"+id, "").want(404)
	}
}

// TestQuirk08HashOracle: nothing that is secret is filtered, sorted or searched by, nor shown, whoever asks.
func TestQuirk08HashOracle(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, ada := h.boss("acme"), h.member("acme", "ada")
	operators := []string{"is", "eq", "neq", "is not", "like", "ilike", "contains", "begins with", "ends with", "in", "any of", "is empty", "fuzzy", "more than", "before", "is true"}
	for _, who := range []someone{boss, ada} {
		for _, column := range []string{"password", "current_password", "hash", "salt", "permissions", "flags", "PASSWORD", "auth_version", "user_account.password", "company_id", "password)--"} {
			for _, operator := range operators {
				for _, value := range []string{"$argon2", ""} {
					query := fmt.Sprintf(`[{"column":%q,"operator":%q,"value":%q}]`, column, operator, value)
					who.do("GET", users+"?query="+url.QueryEscape(query), "").want(400)
				}
				grouped := fmt.Sprintf(`[{"column":"name","operator":"is","value":"x","logical_group":"g"},{"column":%q,"operator":%q,"value":"$argon2","logical_group":"g"}]`, column, operator)
				who.do("GET", users+"?query="+url.QueryEscape(grouped), "").want(400)
				who.do("GET", users+"?query[][column]="+url.QueryEscape(column)+"&query[][operator]="+url.QueryEscape(operator)+"&query[][value]=x", "").want(400)
			}
			who.do("GET", users+"?sort="+url.QueryEscape(column), "").want(400)
			who.do("GET", users+"?sort=name,-"+url.QueryEscape(column), "").want(400)
			who.do("GET", users+"?include="+url.QueryEscape(column), "").want(400)
			who.do("GET", users+"/"+who.id+"/"+url.PathEscape(column), "").want(404)
		}
		for _, text := range []string{"$argon2", "argon2id", "$argon2id$v=19$m=64", "v=19"} {
			if n := who.do("GET", users+"?filter="+url.QueryEscape(text), "").want(200).at("links.total"); n != 0.0 {
				t.Errorf("a search for %s finds %v", text, n)
			}
		}
		for _, query := range []string{"?fields=password", "?fields[user_account]=password,current_password", "", "?included_relations=usergroup_id"} {
			for _, path := range []string{users, users + "/" + who.id, users + "/" + who.id + "/user_account_id"} {
				if a := who.do("GET", path+query, "").want(200); strings.Contains(a.Body.String(), "argon2") || strings.Contains(a.Body.String(), `"password":"x`) {
					t.Errorf("%s%s shows %s", path, query, a.Body)
				}
			}
		}
	}
	made := h.guest("acme").do("POST", users, row("user_account", "", `"name":"N","email":"n@x.example","password":"pppppppp"`)).want(201)
	if made.at("data.attributes.password") != "" || strings.Contains(made.Body.String(), "pppp") {
		t.Errorf("a new user is shown with %s", made.Body)
	}
}

// TestQuirk09BecomingTheOwnerTakesNothing: whoever claims a company becomes its owner, and nothing else changes hands.
func TestQuirk09BecomingTheOwnerTakesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.unclaimed("bare")
	eve, adam := h.member("bare", "eve"), h.member("bare", "adam")
	group := adam.group("adam's")
	before := dbtest.Dump(t, h.db)
	eve.do("POST", "/action/world/become_an_administrator", "{}").want(200)
	after := dbtest.Dump(t, h.db)
	for key, was := range before {
		table, _, _ := strings.Cut(key, " ")
		switch is := after[key]; {
		case is == nil:
			t.Errorf("a row of %s is gone", table)
		case table == "companies", table == "users" && is["email"] == "eve@x.example", table == "sessions":
		default:
			for column, value := range is {
				if value != was[column] {
					t.Errorf("%s(%s) has changed", table, column)
				}
			}
		}
	}
	adam.change("user_account", adam.id, `"name":"Adam still"`).want(200)
	adam.change("usergroup", group, `"name":"still his"`).want(200)
	if owner := eve.do("GET", groups+"/"+group, "").want(200).at("data.attributes.user_account_id"); owner != adam.id {
		t.Errorf("adam's group is now %v's", owner)
	}
}

// TestQuirk10LongPasswords: all of a password counts, up to a length beyond which it is refused.
func TestQuirk10LongPasswords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.boss("acme")
	guest := h.guest("acme")
	for n, length := range []int{71, 72, 73, 100, 128} {
		password := strings.Repeat("x", length)
		email := fmt.Sprintf("n%d@x.example", n)
		guest.do("POST", "/action/user_account/signup", fmt.Sprintf(`{"name":"N","email":%q,"password":%q,"passwordConfirm":%[2]q}`, email, password)).want(200)
		signIn := func(password string) reply {
			return guest.do("POST", "/action/user_account/signin", fmt.Sprintf(`{"email":%q,"password":%q}`, email, password))
		}
		signIn(password).want(200)
		signIn(password[1:]).want(401)
		signIn(password[1:] + "y").want(401)
	}
	long := strings.Repeat("x", 129)
	guest.do("POST", "/action/user_account/signup", fmt.Sprintf(`{"name":"N","email":"l@x.example","password":%q,"passwordConfirm":%[1]q}`, long)).want(400)
	guest.do("POST", users, row("user_account", "", `"name":"N","email":"l@x.example","password":"`+long+`"`)).want(400)
}

// TestQuirk11CaseTwins: an address is one, however it is written.
func TestQuirk11CaseTwins(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.boss("acme")
	guest, ben := h.guest("acme"), h.member("acme", "ben")
	h.member("acme", "ada")
	for _, twin := range []string{"ADA@x.example", "ada@X.EXAMPLE", "Ada@x.example"} {
		guest.do("POST", users, row("user_account", "", `"name":"N","email":"`+twin+`","password":"pppppppp"`)).want(409)
		guest.do("POST", "/action/user_account/signup", `{"name":"N","email":"`+twin+`","password":"pppppppp","passwordConfirm":"pppppppp"}`).want(409)
		ben.change("user_account", ben.id, `"email":"`+twin+`"`).want(409)
		ben.do("POST", emails, row("email", "", `"email":"`+twin+`"`)).want(409)
		guest.do("POST", "/action/user_account/signin", `{"email":"`+twin+`","password":"`+goodPassword+`"}`).want(200)
	}
	for _, twin := range []string{"ad\u0061\u200b@x.example", "\uff41da@x.example"} {
		if a := guest.do("POST", users, row("user_account", "", `"name":"N","email":"`+twin+`","password":"pppppppp"`)); a.Code != 400 && a.Code != 409 {
			t.Errorf("%q: %d", twin, a.Code)
		}
	}
}

// TestQuirk12PostKeepsTheRules: a row of a user is held to what sign-up is held to.
func TestQuirk12PostKeepsTheRules(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.token("/3/auth/company/register/", `{"company": {"id": "acme", "mode": "production"}, "email": "owner@acme.example", "password": "tangled meadow orbit 7"}`)
	guest := h.guest("acme")
	const name, email, good = `"name":"N"`, `"email":"n@x.example"`, `"password":"tangled meadow orbit 7"`
	for _, bad := range []string{
		name + "," + email, email + "," + good, name + "," + good,
		name + "," + email + `,"password":""`, name + "," + email + `,"password":"x"`, name + "," + email + `,"password":"password1"`,
		name + `,"email":"",` + good, name + `,"email":"nobody",` + good, `"name":"",` + email + "," + good,
		`"name":"` + strings.Repeat("n", 81) + `",` + email + "," + good,
		name + "," + email + "," + good + `,"confirmed":true`, name + "," + email + "," + good + `,"confirmed":1`,
		name + "," + email + "," + good + `,"permission":2097151`,
	} {
		guest.do("POST", users, row("user_account", "", bad)).want(400)
	}
	for _, bad := range []string{`"passwordConfirm":"x"`, ``, `"passwordConfirm":""`} {
		guest.do("POST", "/action/user_account/signup", strings.TrimSuffix(`{`+name+","+email+","+good+","+bad, ",")+`}`).want(400)
	}
	if a := guest.do("POST", users, row("user_account", "", name+","+email+","+good)).want(201); a.at("data.attributes.confirmed") != false {
		t.Errorf("a new user is confirmed: %s", a.Body)
	}
}

// TestQuirk13TokensFollowTheUser: a token is of a user, not of an address: it ends with the user, and nobody is made
// for it.
func TestQuirk13TokensFollowTheUser(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, guest := h.boss("acme"), h.guest("acme")
	jwt := func(name string) someone {
		a := guest.do("POST", "/action/user_account/signin", `{"email":"`+name+`@x.example","password":"`+goodPassword+`"}`).want(200)
		return someone{h: h, token: a.text("0.Attributes.value")}
	}
	people := func() int { return len(dbtest.Query(t, h.db, `SELECT id FROM users`)) }
	for _, name := range []string{"ada", "ben"} {
		p := h.member("acme", name)
		other := jwt(name)
		before := people()
		p.change("user_account", p.id, `"email":"new-`+name+`@x.example"`).want(200)
		for _, token := range []someone{p, other} {
			if a := token.do("GET", users+"/mine", ""); a.Code == 200 && a.text("data.id") != p.id || a.Code != 200 && a.Code != 401 {
				t.Errorf("after a change of the address a token is %v's: %d", a.text("data.id"), a.Code)
			}
		}
		if n := people(); n != before {
			t.Errorf("%d users were made for an address that is gone", n-before)
		}
		p = jwt("new-" + name).known()
		for _, id := range p.ids(emails + "?query=" + url.QueryEscape(`[{"column":"primary","operator":"is","value":false}]`)) {
			p.do("DELETE", emails+"/"+id, "").want(200)
		}
		squatter := h.member("acme", name) // who takes the address that is free again
		if a := p.do("GET", users+"/mine", ""); a.text("data.id") == squatter.id {
			t.Error("a token of one opens another who has taken the address")
		}
		boss.do("DELETE", users+"/"+p.id, "").want(200)
		for _, token := range []someone{p, other} {
			token.do("GET", users, "").want(401)
			token.do("GET", users+"/mine", "").want(401)
		}
		guest.do("POST", "/action/user_account/signin", `{"email":"new-`+name+`@x.example","password":"`+goodPassword+`"}`).want(401)
	}
}

// TestQuirk14CredentialsInQueries: what is secret is not taken from an address, and nobody gets a token by one.
func TestQuirk14CredentialsInQueries(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, guest := h.boss("acme"), h.guest("acme")
	credentials := "?email=owner@acme.example&password=" + url.QueryEscape(goodPassword)
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE", "POST"} {
		a := guest.do(method, "/action/user_account/signin"+credentials, "")
		if a.Code != 400 && a.Code != 405 || strings.Contains(a.Body.String(), "store.set") {
			t.Errorf("%s: %d %s", method, a.Code, a.Body)
		}
	}
	for _, name := range []string{"token", "TOKEN", "access_token", "jwt", "authorization"} {
		a := guest.do("GET", users+"?"+name+"="+boss.token, "").want(400)
		if strings.Contains(a.Body.String(), boss.token) {
			t.Errorf("the token comes back: %s", a.Body)
		}
	}
	if a := guest.do("GET", users, "", "Cookie: token="+boss.token).want(200); a.at("links.total") != 0.0 {
		t.Error("a cookie signs in")
	}
}

// TestQuirk15HashingBesideReads: while passwords are being hashed, and others wait for that, everybody else reads and
// writes.
func TestQuirk15HashingBesideReads(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, guest := h.boss("acme"), h.guest("acme")
	busy, done := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { _ = h.hashing.Do(context.Background(), func() { close(busy); <-done }) })
	<-busy
	for range 8 {
		wg.Go(func() {
			if a := guest.do("POST", "/action/user_account/signin", `{"email":"owner@acme.example","password":"`+goodPassword+`"}`); a.Code != 200 {
				t.Errorf("a sign-in that waited: %d %s", a.Code, a.Body)
			}
		})
	}
	for deadline := time.Now().Add(10 * time.Second); h.hashing.Waiting() < 8; {
		if time.Now().After(deadline) {
			t.Error("the sign-ins do not wait for a hash")
			break
		}
		time.Sleep(time.Millisecond)
	}
	for i := range 5 {
		boss.do("GET", users, "").want(200)
		boss.group(fmt.Sprint("group ", i))
	}
	close(done)
	wg.Wait()
}

// TestQuirk16Guessing: wrong passwords and unknown addresses are answered alike, and after some of them nobody guesses
// on.
func TestQuirk16Guessing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.boss("acme")
	guest := h.guest("acme")
	signIn := func(email, password string) reply {
		return guest.do("POST", "/action/user_account/signin", `{"email":"`+email+`","password":"`+password+`"}`)
	}
	for i := range 12 {
		a, b := signIn("owner@acme.example", "wrong"), signIn("nobody@acme.example", "wrong")
		if a.Code != b.Code || a.Body.String() != b.Body.String() {
			t.Errorf("try %d: known %d %s, unknown %d %s", i, a.Code, a.Body, b.Code, b.Body)
		}
		if i == 0 && a.Code != 401 {
			t.Errorf("a wrong password: %d", a.Code)
		}
	}
	if a := signIn("owner@acme.example", goodPassword); a.Code == 200 {
		t.Error("after a dozen wrong passwords the right one is taken at once")
	}
}

// TestQuirk17ResetMailsNoPassword: what is mailed is a link that works once, to everybody who has a password to forget,
// and nothing tells who that is.
func TestQuirk17ResetMailsNoPassword(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.boss("acme")
	ada, guest := h.member("acme", "ada"), h.guest("acme")
	const fresh = "another good password"
	ask := func(email string) reply {
		return guest.do("POST", "/action/user_account/reset-password", `{"email":"`+email+`"}`).want(200)
	}
	if known, unknown := ask("ada@x.example"), ask("nobody@x.example"); known.Body.String() != unknown.Body.String() {
		t.Errorf("known %s, unknown %s", known.Body, unknown.Body)
	}
	if sent := h.letters("nobody@x.example"); len(sent) != 0 {
		t.Errorf("%d messages went to an address that nobody has", len(sent))
	}
	found := resetLink.FindStringSubmatch(h.letters("ada@x.example")[0].Text)
	if found == nil {
		t.Fatalf("no link: %s", h.letters("ada@x.example")[0].Text)
	}
	verify := func(email, otp string) reply {
		return guest.do("POST", "/action/user_account/reset-password-verify", fmt.Sprintf(`{"email":%q,"otp":%q,"new_password":%q}`, email, otp, fresh))
	}
	verify("owner@acme.example", found[2]).want(400)
	verify("ada@x.example", "x"+found[2][1:]).want(400)
	ada.do("GET", users+"/mine", "").want(200)
	verify("ada@x.example", found[2]).want(200)
	verify("ada@x.example", found[2]).want(400)
	ada.do("GET", users+"/mine", "").want(401)
	guest.do("POST", "/action/user_account/signin", `{"email":"ada@x.example","password":"`+fresh+`"}`).want(200)
	for _, m := range h.letters("ada@x.example") {
		if strings.Contains(m.Text+m.HTML, fresh) {
			t.Errorf("the mail %q tells the password", m.Subject)
		}
	}
}

// TestQuirk18ActionsOfOneName: each action has a permission of its own.
func TestQuirk18ActionsOfOneName(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, ada := h.boss("acme"), h.member("acme", "ada")
	all := ada.runs()
	for _, a := range h.core.Resources.Actions() {
		list := boss.ids("/api/action?query=" + url.QueryEscape(fmt.Sprintf(`[{"column":"action_name","operator":"is","value":%q},{"column":"on_type","operator":"is","value":%q}]`, a.Name, a.Table)))
		if len(list) != 1 {
			t.Fatalf("%d rows are about %s of %s", len(list), a.Name, a.Table)
		}
		was := boss.do("GET", "/api/action/"+list[0], "").want(200).at("data.attributes.permission").(float64)
		boss.change("action", list[0], `"permission":0`).want(200)
		short := strings.TrimSuffix(a.Table, "_account") + ":" + a.Name
		want := slices.DeleteFunc(slices.Clone(all), func(name string) bool { return name == short })
		if got := ada.runs(); !slices.Equal(got, want) {
			t.Errorf("without %s one may run %v, want %v", short, got, want)
		}
		boss.change("action", list[0], fmt.Sprintf(`"permission":%d`, int(was))).want(200)
	}
}

// TestQuirk19NothingElseAnswers: what the original shows of its machine, and its other ways in, are not there.
func TestQuirk19NothingElseAnswers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss := h.boss("acme")
	for _, path := range []string{"/statistics", "/aggregate/user_account", "/graphql", "/openapi.yaml", "/debug/vars", "/debug/pprof/", "/metrics",
		"/api/_config", "/api/certificate", "/api/task", "/api/smd", "/feed/user_account", "/asset/user_account/x/y.z", "/live", "/system"} {
		for _, method := range []string{"GET", "POST"} {
			in, _ := http.NewRequestWithContext(t.Context(), method, path, nil)
			in.Header = http.Header{"Authorization": {"Bearer " + boss.token}}
			if a := h.raw(in); a.Code != 404 {
				t.Errorf("%s %s: %d", method, path, a.Code)
			}
		}
	}
}

// databaseWords are what a database or a validator says, and no caller is to read.
var databaseWords = regexp.MustCompile(`(?i)sqlite|constraint|syntax error|\bSQL|no such (table|column)|panic|goroutine|strconv|jsontext|json: unmarshal|\.go:\d|<nil>|nil pointer|%!|pgx|SELECT |INSERT `)

// TestQuirk20StatusCodes: what is wrong is told by the right status and a stable code, in no database's words.
func TestQuirk20StatusCodes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, guest, ada := h.boss("acme"), h.guest("acme"), h.member("acme", "ada")
	ada.group("mine")
	const nobody = "00000000-0000-7000-8000-000000000001"
	for _, tt := range []struct {
		who                someone
		method, path, body string
		status             int
		code               string
	}{
		{guest, "POST", "/action/user_account/signin", `{"email":"owner@acme.example","password":"wrong"}`, 401, ""},
		{guest, "POST", "/action/user_account/signin", `{}`, 400, ""},
		{guest, "POST", "/action/user_account/nothing", `{}`, 404, ""},
		{guest, "POST", users, row("user_account", "", `"name":"N","email":"ada@x.example","password":"pppppppp"`), 409, "taken"},
		{boss, "POST", groups, row("usergroup", "", `"name":"mine"`), 409, "taken"},
		{boss, "POST", groups, row("usergroup", "", ``), 400, "required"},
		{boss, "POST", groups, `{`, 400, ""},
		{boss, "POST", groups, ``, 400, ""},
		{boss, "GET", users + "/not-a-uuid", ``, 404, "not_found"},
		{boss, "GET", users + "/" + nobody, ``, 404, "not_found"},
		{ada, "GET", users + "/" + nobody, ``, 404, "not_found"},
		{boss, "DELETE", users + "/" + nobody, ``, 404, "not_found"},
		{boss, "DELETE", groups + "/" + nobody, ``, 404, "not_found"},
		{boss, "GET", users + "?sort=nope", ``, 400, ""},
		{boss, "GET", users + "?page[number]=-1", ``, 400, ""},
		{boss, "GET", users + "?page[number]=x", ``, 400, ""},
		{boss, "GET", users + "?query=[", ``, 400, "malformed"},
		{boss, "GET", users + `?query=[{"column":"name","operator":"nope","value":1}]`, ``, 400, ""},
		{boss, "GET", "/api/nothing", ``, 404, "no_route"},
		{boss, "PUT", users + "/" + ada.id, `{}`, 405, "method_not_allowed"},
		{boss, "POST", memberships, `{"data":{"attributes":{"user_account_id":"` + nobody + `","usergroup_id":"` + nobody + `"}}}`, 400, "not_found"},
		{boss, "POST", memberships, `{"data":{"attributes":{"user_account_id":"x","usergroup_id":"y"}}}`, 400, "not_found"},
	} {
		a := tt.who.do(tt.method, tt.path, tt.body)
		code, _ := a.at("errors.0.code").(string)
		if a.Code != tt.status || databaseWords.MatchString(a.Body.String()) || tt.code != "" && code != tt.code {
			t.Errorf("%s: %d %s, want %d %s", a.what, a.Code, a.Body, tt.status, tt.code)
		}
	}
}

// TestQuirk21Memberships: who is in which group can be listed, by either of its ways.
func TestQuirk21Memberships(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, ada := h.boss("acme"), h.member("acme", "ada")
	group := ada.group("hers")
	link := ada.join("user_account", ada.id, group, "").want(201).text("data.id")
	for _, who := range []someone{boss, ada} {
		if list := who.ids(memberships + "?page[size]=500"); !slices.Contains(list, link) {
			t.Errorf("%v are listed, without %s", list, link)
		}
		if list := who.ids(groups + "/" + group + "/relationships/user_account_id"); !slices.Equal(list, []string{ada.id}) {
			t.Errorf("the group's members are %v", list)
		}
		if list := who.ids(users + "/" + ada.id + "/relationships/usergroup_id"); !slices.Contains(list, group) {
			t.Errorf("the user's groups are %v", list)
		}
	}
}

// TestQuirk22PeekIsNotRead: of a row that one may only see that it is there, one is told that and nothing more.
func TestQuirk22PeekIsNotRead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.boss("acme")
	ada, ben := h.member("acme", "ada"), h.member("acme", "ben")
	for _, who := range []someone{ben, h.guest("acme")} {
		a := who.do("GET", users+"/"+ada.id, "").want(403)
		if strings.Contains(a.Body.String(), "ada") {
			t.Errorf("told: %s", a.Body)
		}
	}
	ada.change("user_account", ada.id, fmt.Sprintf(`"permission":%d`, kith.DefaultRowMode)).want(200)
	ben.do("GET", users+"/"+ada.id, "").want(404)
}

// TestQuirk23ListsAndRows: what a list shows can be read alone, and the other way round, by each bit that says so.
func TestQuirk23ListsAndRows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.boss("acme")
	ada, ben := h.member("acme", "ada"), h.member("acme", "ben")
	group := ben.group("readers")
	ben.join("user_account", ben.id, group, "").want(201)
	for bit := range 21 {
		ada.change("user_account", ada.id, fmt.Sprintf(`"permission":%d`, 128*(1+2+8)|1<<bit))
		one, listed := ben.do("GET", users+"/"+ada.id, ""), slices.Contains(ben.ids(users), ada.id)
		if (one.Code == 200) != listed {
			t.Errorf("with bit %d: the row is answered with %d, and listed: %v", bit, one.Code, listed)
		}
	}
}

// TestQuirk24RelatedRows: a related row is itself, not the link that leads to it.
func TestQuirk24RelatedRows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, ada := h.boss("acme"), h.member("acme", "ada")
	group := ada.group("hers")
	ada.join("user_account", ada.id, group, "").want(201)
	a := boss.do("GET", groups+"/"+group+"/user_account_id", "").want(200)
	if a.at("data.0.id") != ada.id || a.at("data.0.attributes.reference_id") != ada.id || a.at("data.0.attributes.permission") != float64(kith.DefaultUserMode) {
		t.Errorf("the member is shown as %s", a.Body)
	}
}

// TestQuirk25Pages: pages begin at 1, end at 500, and their links and totals are true.
func TestQuirk25Pages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss := h.boss("acme")
	for i := range 7 {
		boss.group(fmt.Sprint("g", i))
	}
	for _, bad := range []string{"page[number]=0", "page[number]=-1", "page[number]=18446744073709551615", "page[number]=1e3", "page[size]=0", "page[size]=501", "page[size]=-1",
		"page[size]=x", "page[after]=x", "page[after]=1&page[before]=2", "page[number]=1&page[number]=2"} {
		boss.do("GET", groups+"?"+bad, "").want(400)
	}
	const path = groups + `?page[size]=3`
	seen := map[string]bool{}
	next := path
	for pages := 0; next != "" && pages < 10; pages++ {
		a := boss.do("GET", next, "").want(200)
		total, to := a.at("links.total").(float64), a.at("links.to").(float64)
		if total != 12 || to > total { // seven, four roles and a home
			t.Errorf("%s: %v of %v", next, to, total)
		}
		for _, id := range a.at("data.*.id").([]any) {
			if seen[id.(string)] {
				t.Errorf("%v is on two pages", id)
			}
			seen[id.(string)] = true
		}
		link := a.text("links.next")
		u, err := url.Parse(link)
		if err != nil || link != "" && (u.Scheme == "" || u.Host == "") {
			t.Errorf("the next page is at %q", link)
		}
		if next = u.RequestURI(); link == "" {
			next = ""
		}
	}
	if len(seen) != 12 {
		t.Errorf("%d rows are on all pages", len(seen))
	}
}

// TestQuirk26JSONAPI: include, sparse fields and conflicts are as JSON:API 1.1 says, and rows are small.
func TestQuirk26JSONAPI(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.boss("acme")
	ada := h.member("acme", "ada")
	group := ada.group("hers")
	ada.join("user_account", ada.id, group, "").want(201)
	one := users + "/" + ada.id
	a := ada.do("GET", one+"?include=usergroup_id&fields[usergroup]=name", "").want(200)
	included, _ := a.at("included.*.attributes.name").([]any)
	if !slices.Contains(included, any("hers")) {
		t.Errorf("included are %v", included)
	}
	if attributes, _ := ada.do("GET", one+"?fields=name", "").want(200).at("data.attributes").(map[string]any); attributes["name"] != "ada" || attributes["email"] != nil {
		t.Errorf("of the fields name %v is left", attributes)
	}
	ada.do("PATCH", one, row("usergroup", ada.id, `"name":"x"`)).want(409)
	ada.do("PATCH", one, row("user_account", group, `"name":"x"`)).want(409)
	ada.do("POST", groups, row("email", "", `"name":"x"`)).want(409)
	if size := ada.do("GET", one, "").want(200).Body.Len(); size > 1200 {
		t.Errorf("a user takes %d bytes", size)
	}
}

// TestQuirk27Types: flags are flags, and all times have one form.
func TestQuirk27Types(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss := h.boss("acme")
	form := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	for _, table := range h.core.Resources.Tables() {
		list, _ := boss.do("GET", "/api/"+table.Name+"?page[size]=500", "").want(200).at("data.*.attributes").([]any)
		for _, row := range list {
			for name, value := range row.(map[string]any) {
				text, isText := value.(string)
				if strings.HasSuffix(name, "_at") && (!isText || !form.MatchString(text)) {
					t.Errorf("%s.%s is %v", table.Name, name, value)
				}
				if _, isFlag := value.(bool); (name == "confirmed" || name == "primary") && !isFlag {
					t.Errorf("%s.%s is %v", table.Name, name, value)
				}
			}
		}
	}
}

// TestQuirk28PermissionOfANewRow: a permission that is sent with a new row is its permission, or it is refused.
func TestQuirk28PermissionOfANewRow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, ada := h.boss("acme"), h.member("acme", "ada")
	const private = 128 * (1 + 2 + 8)
	for _, tt := range []struct {
		who  someone
		path string
		body string
	}{
		{ada, groups, row("usergroup", "", `"name":"hers","permission":%d`)},
		{ada, emails, row("email", "", `"email":"more@x.example","permission":%d`)},
		{ada, mobiles, row("mobile", "", `"mobile":"+27831234567","permission":%d`)},
		{boss, users, row("user_account", "", `"name":"N","email":"n@x.example","password":"pppppppp","permission":%d`)},
	} {
		a := tt.who.do("POST", tt.path, fmt.Sprintf(tt.body, private)).want(201)
		again := boss.do("GET", tt.path+"/"+a.text("data.id"), "").want(200)
		if a.at("data.attributes.permission") != float64(private) || again.at("data.attributes.permission") != float64(private) {
			t.Errorf("%s: %v, then %v", tt.path, a.at("data.attributes.permission"), again.at("data.attributes.permission"))
		}
	}
	group := ada.group("linked")
	made := ada.join("email", ada.add("email", `"email":"another@x.example"`), group, `,"permission":32768`).want(201)
	if made.at("data.attributes.permission") != 32768.0 {
		t.Errorf("the link has %v", made.at("data.attributes.permission"))
	}
}

// TestQuirk29MalformedActions: what is no JSON is not taken for no input.
func TestQuirk29MalformedActions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss := h.boss("acme")
	for _, a := range h.core.Resources.Actions() {
		for _, body := range []string{`{`, `{"attributes":`, `{"a":1}x`, `not json`, `{"email":"a"} {}`, `[1]`, `"x"`, `{"attributes":[]}`, `{"attributes":"x"}`, "\x00", `{'a':1}`} {
			boss.do("POST", "/action/"+a.Table+"/"+a.Name, body).want(400)
		}
	}
}

// TestQuirk30HomeGroup: everybody has a home group from their first moment, by either way of signing up, and nobody
// else is in it.
func TestQuirk30HomeGroup(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, guest := h.boss("acme"), h.guest("acme")
	guest.do("POST", users, row("user_account", "", `"name":"Posted","email":"n1@x.example","password":"pppppppp"`)).want(201)
	guest.do("POST", "/action/user_account/signup", `{"name":"Signed","email":"n2@x.example","password":"pppppppp","passwordConfirm":"pppppppp"}`).want(200)
	for _, name := range []string{"Posted", "Signed"} {
		list := boss.ids(groups + "?query=" + url.QueryEscape(fmt.Sprintf(`[{"column":"name","operator":"is","value":"Home group for %s"}]`, name)))
		if len(list) != 1 {
			t.Errorf("%s has %d home groups", name, len(list))
			continue
		}
		members := boss.do("GET", groups+"/"+list[0]+"/user_account_id", "").want(200)
		if members.at("data.*.attributes.name").([]any)[0] != name || members.at("links.total") != 1.0 {
			t.Errorf("in it are %s", members.Body)
		}
		if a := boss.join("user_account", boss.id, list[0], ""); a.Code != 409 {
			t.Errorf("another moves in: %d", a.Code)
		}
	}
}
