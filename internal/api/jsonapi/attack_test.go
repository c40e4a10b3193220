package jsonapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"kith"
	"kith/internal/store/dbtest"
)

// The verbs of a mode's group bits.
const (
	groupPeek, groupRead, groupUpdate, groupRefer = 1 << 14, 1 << 15, 1 << 17, 1 << 20
)

// ownBits are those of the owner of a new row.
var ownBits = int(kith.DefaultRowMode)

// platform asks the platform face.
func (p someone) platform(method, path, body string) reply {
	p.h.t.Helper()
	header := http.Header{"Content-Type": {"application/json"}}
	if p.token != "" {
		header.Set("Authorization", "Token "+p.token)
	}
	return reply{p.h.do(method, path, header, body), method + " " + path + " " + body, p.h}
}

// letters delivers what waits and gives the messages to one address, newest first.
func (h *house) letters(to string) []*kith.Message {
	h.t.Helper()
	if err := h.core.Signin.SendAsked(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	for {
		n, err := h.core.Outbox.DeliverToInbox(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	list, err := h.core.Outbox.Inbox(h.t.Context(), to, 100)
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

var resetLink = regexp.MustCompile(`uid=([^&\s"]+)&token=([^&\s"]+)`)

// resets has the holder of an address choose a password by the link that is mailed there, and signs in.
func (h *house) resets(company, email, password string) someone {
	h.t.Helper()
	nobody := someone{h: h}
	nobody.platform("POST", "/3/auth/password/reset/", fmt.Sprintf(`{"company":%q,"user":%q}`, company, email)).want(200)
	found := resetLink.FindStringSubmatch(h.letters(email)[0].Text)
	if found == nil {
		h.t.Fatalf("no link: %s", h.letters(email)[0].Text)
	}
	nobody.platform("POST", "/3/auth/password/reset/confirm/", fmt.Sprintf(`{"uid":%q,"token":%q,"new_password":%q}`, found[1], found[2], password)).want(200)
	a := h.guest(company).do("POST", "/action/user_account/signin", fmt.Sprintf(`{"email":%q,"password":%q}`, email, password)).want(200)
	return someone{h: h, token: a.text("0.Attributes.value")}.known()
}

// TestPlantedAccountsAreNotWatched: whoever set an account up with somebody else's address keeps no way into it once
// its holder has proved the address: neither by the permissions of its rows nor by links to groups (T1).
func TestPlantedAccountsAreNotWatched(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, eve := h.boss("acme"), h.member("acme", "eve")
	circle := eve.group("eve's circle")
	eve.join("user_account", eve.id, circle, "").want(201)
	everyone := boss.ids(groups + `?query=[{"column":"name","operator":"is","value":"users"}]`)[0]

	planted := h.member("acme", "victim")
	planted.do("PATCH", memberships+"/"+planted.id+"."+everyone, row("", "", fmt.Sprintf(`"permission":%d`, groupPeek|groupRead|groupUpdate))).want(200)
	const openly = 2 | 8 | 64 // guests read, update and refer
	planted.change("user_account", planted.id, fmt.Sprintf(`"permission":%d`, ownBits|openly|1)).want(200)
	mail := planted.ids(emails)[0]
	planted.change("email", mail, fmt.Sprintf(`"permission":%d`, ownBits|openly)).want(200)
	eve.join("email", mail, circle, fmt.Sprintf(`,"permission":%d`, groupRead)).want(201)
	eve.join("user_account", planted.id, circle, fmt.Sprintf(`,"permission":%d`, groupRead|groupUpdate)).want(201)
	for _, path := range []string{users + "/" + planted.id, emails + "/" + mail} {
		eve.do("GET", path, "").want(200) // so far it is hers
	}

	victim := h.resets("acme", "victim@x.example", "quite another pass phrase")
	if victim.id != planted.id {
		t.Fatalf("the victim is %s", victim.id)
	}
	planted.do("GET", users+"/mine", "").want(401)
	for _, who := range []someone{eve, h.guest("acme")} {
		if a := who.do("GET", users+"/"+victim.id, ""); a.Code == 200 {
			t.Errorf("whoever planted the account reads it: %s", a.Body)
		}
		if a := who.change("user_account", victim.id, `"name":"Mine"`); a.Code == 200 {
			t.Error("whoever planted the account changes it")
		}
		if a := who.do("GET", emails+"/"+mail, ""); a.Code == 200 {
			t.Errorf("whoever planted the account reads its address: %s", a.Body)
		}
	}
	if list := eve.ids(users); len(list) != 1 {
		t.Errorf("eve sees the users %v", list)
	}
	if a := victim.do("GET", users+"/mine", "").want(200); a.at("data.attributes.permission") != float64(kith.DefaultUserMode) {
		t.Errorf("the victim's row has %v", a.at("data.attributes.permission"))
	}
}

// TestNobodyPlantsAPermission: only staff who look after users choose the permission of somebody else's row, signed in
// or not.
func TestNobodyPlantsAPermission(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss := h.boss("acme")
	body := row("user_account", "", fmt.Sprintf(`"name":"V","email":"victim@x.example","password":"pppppppp","permission":%d`, everything))
	for _, who := range []someone{h.guest("acme"), h.member("acme", "eve"), h.staff("sue", kith.GroupSupport)} {
		who.do("POST", users, body).want(400)
	}
	boss.do("POST", users, body).want(201)
}

// TestHiddenCompaniesTellNothing: where a company hides whom it has, a row of a user is answered alike for an address
// that is free and for one that is taken.
func TestHiddenCompaniesTellNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, guest, ada := h.boss("acme"), h.guest("acme"), h.member("acme", "ada")
	boss.platform("PATCH", "/3/admin/company/settings/", `{"registration_disclosure":"hidden"}`).want(200)
	for _, who := range []someone{guest, ada} {
		for _, tt := range []struct{ path, body string }{
			{users, row("user_account", "", `"name":"N","email":"%s@x.example","password":"pppppppp"`)},
			{"/action/user_account/signup", `{"name":"N","email":"%s@x.example","password":"pppppppp","passwordConfirm":"pppppppp"}`},
		} {
			free := who.do("POST", tt.path, fmt.Sprintf(tt.body, "free"+strings.ToLower(who.token[:min(3, len(who.token))])+fmt.Sprint(len(tt.path))))
			taken := who.do("POST", tt.path, fmt.Sprintf(tt.body, "ada"))
			if free.Code != taken.Code || free.Body.String() != taken.Body.String() || free.Header().Get("Location") != taken.Header().Get("Location") || free.Code >= 300 {
				t.Errorf("%s: free %d %s\ntaken %d %s", tt.path, free.Code, free.Body, taken.Code, taken.Body)
			}
		}
	}
}

// TestRelationsAreNoOracle: whoever may not see a row is not told by /relationships/ whether it is linked, or there.
func TestRelationsAreNoOracle(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, ada, eve := h.boss("acme"), h.member("acme", "ada"), h.member("acme", "eve")
	outside := h.member("acme", "out")
	for _, p := range []someone{ada, outside} { // nobody sees that they are there
		p.change("user_account", p.id, fmt.Sprintf(`"permission":%d`, ownBits)).want(200)
	}
	group := boss.add("usergroup", fmt.Sprintf(`"name":"secret circle","permission":%d`, ownBits|1|64))
	boss.join("user_account", ada.id, group, "").want(201)
	const nobody = "00000000-0000-7000-8000-000000000001"
	for _, method := range []string{"POST", "DELETE", "PATCH"} {
		ask := func(id string) string {
			a := eve.do(method, groups+"/"+group+"/relationships/user_account_id", refs("user_account", id))
			return fmt.Sprint(a.Code, " ", strings.ReplaceAll(a.Body.String(), id, ""))
		}
		in, out, unknown := ask(ada.id), ask(outside.id), ask(nobody)
		if in != out || out != unknown {
			t.Errorf("%s of a hidden member: %s\nof a hidden other: %s\nof nobody: %s", method, in, out, unknown)
		}
	}
	if list := boss.ids(groups + "/" + group + "/user_account_id"); !slices.Equal(list, []string{ada.id}) {
		t.Errorf("the members are %v now", list)
	}
}

// TestAShutTableIsShut: what is shut by a table's permission is not reached by a relation of another, nor comes along.
func TestAShutTableIsShut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, ada := h.boss("acme"), h.member("acme", "ada")
	group := ada.group("hers")
	ada.join("user_account", ada.id, group, "").want(201)
	mail := ada.ids(emails)[0]
	ada.join("email", mail, group, "").want(201)
	link := ada.ids(emailLinks)[0]
	ways := map[string][]string{
		"user_account": {groups + "/" + group + "/user_account_id", groups + "/" + group + "/relationships/user_account_id", emails + "/" + mail + "/user_account_id",
			emails + "/" + mail + "/relationships/user_account_id"},
		"usergroup": {users + "/" + ada.id + "/usergroup_id", users + "/" + ada.id + "/relationships/usergroup_id", emailLinks + "/" + link + "/usergroup_id"},
		"email":     {emailLinks + "/" + link + "/email_id"},
	}
	for table, paths := range ways {
		was := int(boss.do("GET", "/api/world/"+boss.tableRow("world", "table_name", table), "").want(200).at("data.attributes.permission").(float64))
		for _, path := range paths {
			ada.do("GET", path, "").want(200)
		}
		boss.open(table, 0)
		for _, path := range append(paths, "/api/"+table) {
			if a := ada.do("GET", path, ""); a.Code != 403 {
				t.Errorf("%s is shut, and yet GET %s: %d %s", table, path, a.Code, a.Body)
			}
		}
		for path, base := range map[string]string{groups + "/" + group + "?include=user_account_id": "usergroup", users + "/" + ada.id + "?include=usergroup_id": "user_account",
			emails + "/" + mail + "?include=user_account_id,usergroup_id": "email", users + "?included_relations=usergroup_id": "user_account"} {
			if base == table {
				continue
			}
			a := ada.do("GET", path, "").want(200)
			types, _ := a.at("included.*.type").([]any)
			if slices.Contains(types, any(table)) {
				t.Errorf("%s is shut, and yet rows of it come along with %s", table, path)
			}
		}
		boss.open(table, was)
	}
}

// TestArchivedUsersAreGone: nothing that hangs on an archived user is shown by a link or a permission that was set
// before, and all of it is back with them.
func TestArchivedUsersAreGone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, ada, ben := h.boss("acme"), h.member("acme", "ada"), h.member("acme", "ben")
	circle := ben.group("ben's circle")
	ben.join("user_account", ben.id, circle, "").want(201)
	mail, mobile := ada.ids(emails)[0], ada.add("mobile", `"mobile":"+27831234567"`)
	rows := map[string]string{"user_account": ada.id, "email": mail, "mobile": mobile}
	for table, id := range rows {
		ada.change(table, id, fmt.Sprintf(`"permission":%d`, ownBits|1|2|64)).want(200)
		ben.join(table, id, circle, fmt.Sprintf(`,"permission":%d`, groupPeek|groupRead)).want(201)
	}
	sees := func(want int) {
		t.Helper()
		for table, id := range rows {
			for _, who := range []someone{ben, h.guest("acme")} {
				if who.token == "" && table != "user_account" {
					continue // the table is shut to guests
				}
				if a := who.do("GET", "/api/"+table+"/"+id, ""); a.Code != want {
					t.Errorf("%s: %d, want %d: %s", table, a.Code, want, a.Body)
				}
				if list := who.ids("/api/" + table); slices.Contains(list, id) != (want == 200) {
					t.Errorf("the list of %s is %v", table, list)
				}
			}
			link := "/api/" + linkTable(table) + "/" + id + "." + circle
			if a := ben.do("GET", link, ""); a.Code != want {
				t.Errorf("the link of %s: %d, want %d", table, a.Code, want)
			}
		}
	}
	sees(200)
	boss.do("DELETE", users+"/"+ada.id, "").want(200)
	sees(404)
	for table, id := range rows {
		if a := boss.do("GET", "/api/"+table+"/"+id, ""); a.Code != 404 {
			t.Errorf("staff see the %s of an archived user: %d", table, a.Code)
		}
	}
	boss.platform("PATCH", "/3/admin/users/"+ada.id+"/", `{"archived":false}`).want(200)
	sees(200)
}

// TestWhoMovesSharesNoMore: what a user lets the members of their role group do with their row ends when they leave
// that group, whoever moves them.
func TestWhoMovesSharesNoMore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, ada, ben := h.boss("acme"), h.member("acme", "ada"), h.member("acme", "ben")
	everyone := boss.ids(groups + `?query=[{"column":"name","operator":"is","value":"users"}]`)[0]
	ada.do("PATCH", memberships+"/"+ada.id+"."+everyone, row("", "", fmt.Sprintf(`"permission":%d`, groupPeek|groupRead|groupUpdate))).want(200)
	ben.do("GET", users+"/"+ada.id, "").want(200)
	boss.platform("POST", "/3/admin/users/"+ada.id+"/groups/", `{"group":"support"}`).want(201)
	if a := ben.do("GET", users+"/"+ada.id, ""); a.Code == 200 {
		t.Error("those of the group that she has left read her row by a link that nobody sees")
	}
	boss.platform("POST", "/3/admin/users/"+ada.id+"/groups/", `{"group":"user"}`).want(201)
	if a := ben.do("GET", users+"/"+ada.id, ""); a.Code == 200 {
		t.Error("what she had shared comes back by itself")
	}
}

// TestGuestsMakeNoGroups: guests own nothing, so what they could make would be nobody's; the table's bit for them is
// for the home group of whoever signs up.
func TestGuestsMakeNoGroups(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.boss("acme")
	guest := h.guest("acme")
	for i, more := range []string{``, `,"permission":2097151`} {
		guest.do("POST", groups, row("usergroup", "", fmt.Sprintf(`"name":"g%d"%s`, i, more))).want(403)
	}
	guest.do("POST", "/action/user_account/signup", `{"name":"N","email":"n@x.example","password":"pppppppp","passwordConfirm":"pppppppp"}`).want(200)
}

// TestWhoOnlyReadsSharesNothing: staff who may look at rows do not let others do so, nor take rows out of groups, and
// nobody has a say over those above them (T64).
func TestWhoOnlyReadsSharesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, ada, eve := h.boss("acme"), h.member("acme", "ada"), h.member("acme", "eve")
	sue, max := h.staff("sue", kith.GroupSupport), h.staff("max", kith.GroupManager)
	circle := sue.group("sue's circle")
	mail := ada.ids(emails)[0]
	for table, id := range map[string]string{"user_account": ada.id, "email": mail, "world": sue.tableRow("world", "table_name", "user_account"),
		"action": sue.tableRow("action", "action_name", "signin")} {
		for _, more := range []string{``, fmt.Sprintf(`,"permission":%d`, groupPeek|groupRead), fmt.Sprintf(`,"permission":%d`, groupRefer)} {
			if a := sue.join(table, id, circle, more); a.Code != 403 {
				t.Errorf("support links a row of %s: %d %s", table, a.Code, a.Body)
			}
		}
		if a := sue.do("POST", "/api/"+table+"/"+id+"/relationships/usergroup_id", refs("usergroup", circle)); a.Code != 403 {
			t.Errorf("support links a row of %s by its relation: %d %s", table, a.Code, a.Body)
		}
	}
	if a := sue.do("POST", groups+"/"+circle+"/relationships/user_account_id", refs("user_account", eve.id, ada.id)); a.Code != 403 {
		t.Errorf("support puts users into a group: %d", a.Code)
	}
	hers := ada.group("ada's")
	ada.join("email", mail, hers, "").want(201)
	ada.join("user_account", ada.id, hers, "").want(201)
	for table, id := range map[string]string{"email": mail, "user_account": ada.id} {
		if a := sue.do("DELETE", "/api/"+linkTable(table)+"/"+id+"."+hers, ""); a.Code != 403 {
			t.Errorf("support takes a row of %s out of a group: %d", table, a.Code)
		}
	}

	manages := max.group("max's circle")
	bossMail := boss.ids(emails + `?query=[{"column":"email","operator":"is","value":"owner@acme.example"}]`)[0]
	for _, tt := range []reply{
		max.change("user_account", boss.id, fmt.Sprintf(`"permission":%d`, everything)),
		max.change("user_account", boss.id, fmt.Sprintf(`"permission":%d`, int(kith.DefaultUserMode)|2)),
		max.change("user_account", boss.id, `"permission":0`),
		max.change("email", bossMail, fmt.Sprintf(`"permission":%d`, ownBits|2)),
		max.change("email", bossMail, `"permission":0`),
		max.join("user_account", boss.id, manages, fmt.Sprintf(`,"permission":%d`, groupRead)),
		max.join("user_account", boss.id, manages, ""),
		max.join("email", bossMail, manages, ""),
	} {
		if tt.Code != 403 {
			t.Errorf("a manager has a say over the owner: %s: %d %s", tt.what, tt.Code, tt.Body)
		}
	}
	max.change("user_account", ada.id, fmt.Sprintf(`"permission":%d`, int(kith.DefaultUserMode)|2)).want(200)
}

// TestStrangersMakeNoLinks: whatever a stranger tries, by any route, they neither get into a group of another nor
// reach another's row, and whoever owns a group does not reach what is linked to it by that.
func TestStrangersMakeNoLinks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, ada, eve := h.boss("acme"), h.member("acme", "ada"), h.member("acme", "eve")
	hers, mine := ada.group("ada's"), eve.add("usergroup", fmt.Sprintf(`"name":"eve's","permission":%d`, everything&^(0x7f<<7)|ownBits))
	eve.join("user_account", eve.id, mine, "").want(201)
	ada.join("user_account", ada.id, hers, "").want(201)
	adaMail, eveMail := ada.ids(emails)[0], eve.ids(emails)[0]
	ada.join("email", adaMail, hers, "").want(201)
	roles := boss.ids(groups + `?query=[{"column":"kind","operator":"is","value":"role"}]`)
	for _, name := range []string{"user_account", "usergroup", "email", linkTable("user_account"), linkTable("email")} {
		boss.open(name, everything) // it is not the table that refuses
	}
	before := dbtest.Dump(t, h.db)
	targets := append([]string{hers, ada.id, boss.id}, roles...) // groups, of which two are homes
	for _, group := range targets {
		for _, more := range []string{``, `,"permission":0`, fmt.Sprintf(`,"permission":%d`, 0x7f<<14), fmt.Sprintf(`,"permission":%d`, everything)} {
			eve.join("user_account", eve.id, group, more)
			eve.join("email", eveMail, group, more)
			eve.join("user_account", ada.id, group, more)
		}
		for _, method := range []string{"POST", "PATCH", "DELETE"} {
			eve.do(method, groups+"/"+group+"/relationships/user_account_id", refs("user_account", eve.id))
			eve.do(method, groups+"/"+group+"/relationships/user_account_id", refs("user_account", ada.id))
			eve.do(method, groups+"/"+group+"/relationships/usergroup_id", refs("usergroup", mine))
			if method != "PATCH" { // which leaves one's own
				eve.do(method, users+"/"+eve.id+"/relationships/usergroup_id", refs("usergroup", group))
				eve.do(method, emails+"/"+eveMail+"/relationships/usergroup_id", refs("usergroup", group))
			}
		}
		eve.change("usergroup", group, fmt.Sprintf(`"permission":%d`, everything))
		eve.change("usergroup", group, `"user_account_id":"`+eve.id+`"`)
		eve.do("DELETE", groups+"/"+group, "")
	}
	for table, id := range map[string]string{"user_account": ada.id, "email": adaMail} {
		for _, more := range []string{``, fmt.Sprintf(`,"permission":%d`, 0x7f<<14)} {
			eve.join(table, id, mine, more)
		}
		for _, method := range []string{"POST", "PATCH", "DELETE"} {
			eve.do(method, "/api/"+table+"/"+id+"/relationships/usergroup_id", refs("usergroup", mine))
		}
		eve.do("PATCH", "/api/"+linkTable(table)+"/"+id+"."+hers, row("", "", fmt.Sprintf(`"permission":%d`, 0x7f<<14)))
		eve.do("DELETE", "/api/"+linkTable(table)+"/"+id+"."+hers, "")
		eve.change(table, id, fmt.Sprintf(`"permission":%d`, everything))
		eve.do("DELETE", "/api/"+table+"/"+id, "")
		body := fmt.Sprintf(`{"data":{"attributes":{"user_account_id":%q},"relationships":{"user_account_id":{"data":{"type":"user_account","id":%[1]q}},"usergroup_id":{"data":[{"type":"usergroup","id":%q}]}}}}`, eve.id, mine)
		eve.do("PATCH", "/api/"+table+"/"+id, body)
	}
	for _, more := range []string{`"user_account_id":"` + ada.id + `"`, `"primary":true,"user_account_id":"` + ada.id + `"`, `"confirmed":true`} {
		eve.do("POST", emails, row("email", "", `"email":"planted@x.example",`+more))
		eve.do("POST", mobiles, row("mobile", "", `"mobile":"+27831234567",`+more))
	}
	for table, column := range map[string]string{"world": "table_name", "action": "action_name"} {
		for _, id := range boss.ids("/api/" + table + "?page[size]=500&sort=" + column) {
			eve.change(table, id, `"permission":2097151`)
			eve.join(table, id, mine, "")
			for _, method := range []string{"POST", "PATCH", "DELETE"} {
				eve.do(method, "/api/"+table+"/"+id+"/relationships/usergroup_id", refs("usergroup", mine))
			}
		}
	}
	if got := dbtest.Changed(before, dbtest.Dump(t, h.db)); len(got) > 0 {
		t.Errorf("a stranger wrote %v", got)
	}

	// A group is no way to what is linked to it for whoever owns it alone.
	own := eve.add("usergroup", fmt.Sprintf(`"name":"open","permission":%d`, ownBits|64))
	ada.join("email", adaMail, own, "").want(201)
	if a := eve.do("GET", emails+"/"+adaMail, ""); a.Code == 200 {
		t.Error("the owner of a group reads what is linked to it without being a member")
	}
	eve.join("user_account", eve.id, own, "").want(201) // a member does: ada said so
	eve.do("GET", emails+"/"+adaMail, "").want(200)
	eve.do("DELETE", memberships+"/"+eve.id+"."+own, "").want(200)
	eve.do("GET", emails+"/"+adaMail, "").want(404)
}

// TestLinksAtOnce: of a hundred requests at the same moment one makes the group or the link, the others are told, and
// who reads meanwhile sees it whole.
func TestLinksAtOnce(t *testing.T) {
	bothEngines(t, func(t *testing.T, h *house) { h.linksAtOnce(t) })
}

func (h *house) linksAtOnce(t *testing.T) {
	t.Helper()
	boss, ada := h.boss("acme"), h.member("acme", "ada")
	const many = 100
	statuses := func(ask func(i int) reply) map[int]int {
		var mu sync.Mutex
		var wg sync.WaitGroup
		count := map[int]int{}
		for i := range many {
			wg.Go(func() {
				a := ask(i)
				mu.Lock()
				defer mu.Unlock()
				count[a.Code]++
				if databaseWords.MatchString(a.Body.String()) {
					t.Errorf("%s: %s", a.what, a.Body)
				}
			})
		}
		wg.Wait()
		return count
	}
	if got := statuses(func(int) reply { return ada.do("POST", groups, row("usergroup", "", `"name":"one"`)) }); got[201] != 1 || got[409] != many-1 {
		t.Errorf("a group of one name: %v", got)
	}
	group := ada.ids(groups + `?query=[{"column":"name","operator":"is","value":"one"}]`)[0]
	if got := statuses(func(int) reply { return ada.join("user_account", ada.id, group, "") }); got[201] != 1 || got[409] != many-1 {
		t.Errorf("one membership: %v", got)
	}
	mail := ada.ids(emails)[0]
	boss.open("email", everything) // so that either route is open
	if got := statuses(func(i int) reply {
		if i%2 == 0 {
			return ada.join("email", mail, group, "")
		}
		return ada.do("POST", emails+"/"+mail+"/relationships/usergroup_id", refs("usergroup", group))
	}); got[201]+got[409]+got[204] != many || got[201] > 1 {
		t.Errorf("one link, by two routes: %v", got)
	}
	open, shut := int(kith.DefaultUserMode)|2, int(kith.DefaultUserMode)
	guest := h.guest("acme")
	got := statuses(func(i int) reply {
		if i%2 == 0 {
			return ada.change("user_account", ada.id, fmt.Sprintf(`"permission":%d`, []int{open, shut}[i/2%2]))
		}
		a := guest.do("GET", users, "")
		var list struct {
			Data  []json.RawMessage
			Links struct{ Total int }
		}
		if err := json.Unmarshal(a.Body.Bytes(), &list); err != nil || len(list.Data) > 1 || list.Links.Total > 1 {
			t.Errorf("a guest reads %s", a.Body)
		}
		return a
	})
	if got[200] != many {
		t.Errorf("permissions written and read: %v", got)
	}
	ada.change("user_account", ada.id, fmt.Sprintf(`"permission":%d`, shut)).want(200)
	guest.do("GET", users+"/"+ada.id, "").want(403)
	got = statuses(func(i int) reply {
		if i%2 == 0 {
			return ada.join("email", mail, group, "")
		}
		return boss.do("DELETE", groups+"/"+group, "")
	})
	if left := dbtest.Query(t, h.db, `SELECT l.group_id FROM group_links l LEFT JOIN groups g ON g.company_id = l.company_id AND g.id = l.group_id
		WHERE g.id IS NULL AND l.noun <> 1`); got[200] != 1 && got[500] > 0 || len(left) > 0 {
		t.Errorf("links made while their group goes: %v, and %d lead nowhere", got, len(left))
	}
}
