package platform_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"kith"
)

// TestBornGroupsDoWhatTheirNamesSay: what members of each group may do as staff. A ticked request is
// answered with what it asks for, every other one with 403.
func TestBornGroupsDoWhatTheirNamesSay(t *testing.T) {
	t.Parallel()
	groups := []string{kith.GroupAdmin, kith.GroupManager, kith.GroupSupport, kith.GroupUser}
	w := newWorld(t, options{})
	w.company("acme")
	for _, tt := range []struct {
		may    string // admin, manager, support, user
		method string
		path   string
		body   string
	}{
		{"x---", "PATCH", "/3/admin/company/", `{"description": "We lend."}`},
		{"xxx-", "GET", "/3/admin/company/", ``},
		{"x---", "PATCH", "/3/admin/company/settings/", `{"allow_registrations": true}`},
		{"xxx-", "GET", "/3/admin/company/settings/", ``},

		{"xxx-", "GET", "/3/admin/groups/", ``},
		{"x---", "POST", "/3/admin/groups/", `{"name": "new-$n"}`},
		{"xxx-", "GET", "/3/admin/groups/$team/", ``},
		{"x---", "PATCH", "/3/admin/groups/$team/", `{"label": "Team"}`},
		{"xxx-", "GET", "/3/admin/groups/$team/settings/", ``},
		{"x---", "PATCH", "/3/admin/groups/$team/settings/", `{"allow_transactions": false}`},
		{"xxx-", "GET", "/3/admin/groups/$team/tiers/", ``},
		{"xxx-", "GET", "/3/admin/groups/$team/permissions/", ``},
		{"x---", "POST", "/3/admin/groups/$team/permissions/", `{"type": "device", "level": "view"}`},
		{"x---", "DELETE", "/3/admin/groups/$team/permissions/109/", ``},
		{"xxx-", "GET", "/3/admin/permissions/", ``},

		{"xxx-", "GET", "/3/admin/users/$other/groups/", ``},
		{"xx--", "POST", "/3/admin/users/$other/groups/", `{"group": "user"}`},
		{"xx--", "POST", "/3/admin/users/$other/groups/", `{"group": "support"}`},
		{"xx--", "POST", "/3/admin/users/$other/groups/", `{"group": "manager"}`},
		{"x---", "POST", "/3/admin/users/$other/groups/", `{"group": "admin"}`},
		{"xx--", "DELETE", "/3/admin/users/$other/groups/user/", ``},
		{"xxx-", "GET", "/3/admin/users/$other/permissions/", ``},
		{"x---", "POST", "/3/admin/users/$other/permissions/", `{"type": "device", "level": "view"}`},
		{"x---", "PATCH", "/3/admin/users/$other/permissions/109/", `{"properties": {"metadata.a": "deny"}}`},
		{"x---", "DELETE", "/3/admin/users/$other/permissions/109/", ``},

		{"xxxx", "GET", "/3/groups/", ``},
		{"xxxx", "GET", "/3/permissions/", ``},
		{"xxxx", "GET", "/3/user/", ``},
		{"xxxx", "PATCH", "/3/user/", `{"first_name": "Ada"}`},
	} {
		for i, group := range groups {
			p := w.enter(group)
			fill := strings.NewReplacer("$n", fmt.Sprint(p.number), "$team", p.team, "$other", p.other)
			got := w.do(ask(tt.method, fill.Replace(tt.path), p.token, fill.Replace(tt.body)))
			if tt.may[i] == 'x' && got.status >= 300 || tt.may[i] != 'x' && got.status != http.StatusForbidden {
				t.Errorf("%s: %s %s %s: %d %s", group, tt.method, tt.path, tt.body, got.status, got.body)
			}
		}
	}
}

// delegates is a group that may look after groups and permissions, and little else.
func (w *world) delegates(owner string) {
	w.t.Helper()
	w.do(ask("POST", "/3/admin/groups/", owner, `{"name": "delegates", "section": "admin"}`)).want(http.StatusCreated)
	var list []string
	for noun, levels := range map[string][]string{"group": {"view", "add", "change"}, "permission": {"view", "add", "change", "delete"},
		"user": {"view", "change"}} {
		for _, level := range levels {
			list = append(list, fmt.Sprintf(`{"section": "admin", "type": %q, "level": %q}`, noun, level))
		}
	}
	w.do(ask("POST", "/3/admin/groups/delegates/permissions/", owner, `{"permissions": [`+strings.Join(list, ",")+`]}`)).want(http.StatusCreated)
}

// TestNobodyClimbs: staff gain nothing that they do not hold, for themselves or others, and have no say
// over those above them (T64).
func TestNobodyClimbs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	w.delegates(owner)
	people, names := map[string]person{}, map[string]string{"owner": "owner@acme.example"}
	for _, role := range []string{"admin", "manager", "support"} {
		people[role] = w.enter(role)
		names[role] = fmt.Sprintf("person%d@x.example", people[role].number)
	}
	delegate := w.enter("user")
	delegateName := fmt.Sprintf("person%d@x.example", delegate.number)
	w.do(ask("POST", "/3/admin/users/"+delegateName+"/groups/", owner, `{"group": "delegates"}`)).want(http.StatusCreated)
	people["delegate"], names["delegate"] = delegate, delegateName
	names["customer"] = delegate.other
	w.do(ask("POST", "/3/admin/groups/", owner, `{"name": "gold"}`)).want(http.StatusCreated)
	w.do(ask("POST", "/3/admin/groups/gold/permissions/", owner, `{"type": "webhook", "level": "view"}`)).want(http.StatusCreated)

	const viewUsers, viewHooks = `{"section": "admin", "type": "user", "level": "view"}`, `{"section": "admin", "type": "webhook", "level": "view"}`
	for _, tt := range []struct {
		who, method, path, body string
		want                    int
	}{
		{"manager", "POST", "users/$customer/groups/", `{"group": "admin"}`, 403},
		{"manager", "POST", "users/$manager/groups/", `{"group": "admin"}`, 403},
		{"manager", "POST", "users/$customer/groups/", `{"group": "gold"}`, 403}, // holds what managers do not
		{"manager", "POST", "users/$admin/groups/", `{"group": "user"}`, 403},
		{"manager", "DELETE", "users/$admin/groups/admin/", ``, 403},
		{"manager", "POST", "users/$owner/groups/", `{"group": "user"}`, 403},
		{"manager", "POST", "users/$manager/permissions/", viewUsers, 403},
		{"manager", "POST", "groups/manager/permissions/", viewUsers, 403},
		{"manager", "PATCH", "groups/manager/", `{"label": "Boss"}`, 403},
		{"support", "POST", "users/$customer/groups/", `{"group": "user"}`, 403},
		{"support", "POST", "users/$support/groups/", `{"group": "manager"}`, 403},

		{"delegate", "POST", "users/$delegate/permissions/", viewUsers, 403}, // held by the group: it would outlast it
		{"delegate", "POST", "users/$delegate/permissions/", viewHooks, 403},
		{"delegate", "POST", "groups/delegates/permissions/", viewUsers, 403},
		{"delegate", "POST", "groups/delegates/permissions/", viewHooks, 403},
		{"delegate", "DELETE", "groups/delegates/permissions/5/", ``, 403},
		{"delegate", "POST", "users/$customer/permissions/", viewHooks, 403},
		{"delegate", "POST", "users/$customer/permissions/", viewUsers, 201},
		{"delegate", "POST", "users/$customer/permissions/", `{"section": "user", "type": "webhook", "level": "view"}`, 403},
		{"delegate", "POST", "groups/support/permissions/", viewUsers, 403}, // support holds more than delegates do
		{"delegate", "POST", "groups/user/permissions/", viewUsers, 400},    // of the other section
		{"delegate", "DELETE", "groups/gold/permissions/85/", ``, 403},      // nobody takes what they do not hold
		{"delegate", "PATCH", "groups/gold/", `{"public": true}`, 403},
		{"delegate", "PATCH", "groups/gold/", `{"default": true}`, 403},
		{"delegate", "PATCH", "groups/delegates/", `{"public": true}`, 400},
		{"delegate", "PATCH", "groups/admin/", `{"label": "Root"}`, 403},
		{"delegate", "PATCH", "groups/admin/settings/", `{"password_reset_url": "https://evil.example"}`, 403},
		{"delegate", "PATCH", "groups/manager/settings/", `{"password_reset_url": "https://evil.example"}`, 403},
		{"delegate", "POST", "groups/admin/permissions/", viewUsers, 403},
		{"delegate", "POST", "users/$delegate/groups/", `{"group": "admin"}`, 403},
		{"delegate", "POST", "users/$delegate/groups/", `{"group": "manager"}`, 403},
		{"delegate", "POST", "users/$customer/groups/", `{"group": "delegates"}`, 201},
		{"delegate", "POST", "users/$manager/groups/", `{"group": "delegates"}`, 403},
		{"delegate", "POST", "users/$owner/permissions/", viewUsers, 403},
		{"delegate", "DELETE", "users/$admin/groups/admin/", ``, 403},

		{"admin", "POST", "users/$owner/groups/", `{"group": "manager"}`, 403},
		{"admin", "DELETE", "users/$owner/groups/admin/", ``, 403},
		{"admin", "POST", "users/$admin/permissions/", viewUsers, 403},
		{"admin", "POST", "groups/admin/permissions/", viewUsers, 403},
		{"admin", "DELETE", "groups/admin/permissions/133/", ``, 403},
		{"admin", "POST", "users/$manager/groups/", `{"group": "admin"}`, 201},
	} {
		var pairs []string
		for name, email := range names {
			pairs = append(pairs, "$"+name, email)
		}
		path := "/3/admin/" + strings.NewReplacer(pairs...).Replace(tt.path)
		if got := w.do(ask(tt.method, path, people[tt.who].token, tt.body)); got.status != tt.want {
			t.Errorf("%s: %s %s %s: %d %s, want %d", tt.who, tt.method, tt.path, tt.body, got.status, got.body, tt.want)
		}
	}
}

// TestRevokedAtOnce: what is taken away, from a user or from their group, is gone on the very next
// request, in a session that goes on.
func TestRevokedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	ada := w.user("acme", "ada@x.example").text("data.token")
	looks := func(want int) {
		t.Helper()
		w.do(ask("GET", "/3/admin/groups/", ada, "")).want(want)
		w.do(ask("GET", "/3/user/", ada, "")).want(http.StatusOK)
	}
	const own = "/3/admin/users/ada@x.example/permissions/"
	looks(403)
	id := w.do(ask("POST", own, owner, `{"section": "admin", "type": "group", "level": "view"}`)).want(201).at("data.id")
	looks(200)
	w.do(ask("DELETE", fmt.Sprint(own, id, "/"), owner, "")).want(200)
	looks(403)
	w.do(ask("POST", "/3/admin/groups/", owner, `{"name": "clerks", "section": "admin"}`)).want(201)
	w.do(ask("POST", "/3/admin/users/ada@x.example/groups/", owner, `{"group": "clerks"}`)).want(201)
	looks(403)
	w.do(ask("POST", "/3/admin/groups/clerks/permissions/", owner, `{"type": "group", "level": "view"}`)).want(201)
	looks(200)
	w.do(ask("DELETE", fmt.Sprint("/3/admin/groups/clerks/permissions/", id, "/"), owner, "")).want(200)
	looks(403)
}

// atOnce sends n requests at the same moment and gives the statuses of the answers, sorted.
func (w *world) atOnce(n int, build func(i int) request) []int {
	w.t.Helper()
	statuses := []int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range n {
		r := build(i)
		wg.Go(func() {
			response := w.serve(r)
			defer response.Body.Close()
			mu.Lock()
			defer mu.Unlock()
			statuses = append(statuses, response.StatusCode)
		})
	}
	wg.Wait()
	slices.Sort(statuses)
	return statuses
}

// TestManyMovesAtOnce: of fifty moves of one user at once, each is told by one event, and the user ends in
// one group, the one that the last of them names.
func TestManyMovesAtOnce(t *testing.T) {
	t.Parallel()
	const moves = 50
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	w.user("acme", "ada@x.example")
	for i := range moves {
		w.arrange(ask("POST", "/3/admin/groups/", owner, fmt.Sprintf(`{"name": "team%d"}`, i))).want(201)
	}
	events := func() int { return len(w.query(`SELECT id FROM events WHERE fields = 'group'`)) }
	statuses := w.atOnce(moves, func(i int) request {
		return ask("POST", "/3/admin/users/ada@x.example/groups/", owner, fmt.Sprintf(`{"group": "team%d"}`, i))
	})
	if statuses[0] != 201 || statuses[moves-1] != 201 {
		t.Errorf("moves were answered with %v", statuses)
	}
	list := w.do(ask("GET", "/3/admin/users/ada@x.example/groups/", owner, "")).want(200)
	if list.at("data.count") != 1.0 || !strings.HasPrefix(list.text("data.results.0.name"), "team") {
		t.Errorf("after all moves: %s", list.body)
	}
	if n := events(); n != moves {
		t.Errorf("%d moves left %d events", moves, n)
	}
	again := fmt.Sprintf(`{"group": %q}`, list.text("data.results.0.name"))
	w.atOnce(moves, func(int) request { return ask("POST", "/3/admin/users/ada@x.example/groups/", owner, again) })
	if n := events(); n != moves {
		t.Errorf("moves to where the user is left %d events", n-moves)
	}
}

// TestManyGrantsAtOnce: grants to one group at once are all kept, and of many groups that become the
// default at once, one is.
func TestManyGrantsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	w.do(ask("POST", "/3/admin/groups/", owner, `{"name": "clerks", "section": "admin"}`)).want(201)
	types := []string{"user", "email", "mobile", "address", "document", "device", "token", "mfa", "webhook", "request"}
	before := w.do(ask("GET", "/3/admin/groups/clerks/permissions/", owner, "")).at("data.count").(float64)
	w.atOnce(len(types), func(i int) request {
		return ask("POST", "/3/admin/groups/clerks/permissions/", owner, fmt.Sprintf(`{"type": %q, "level": "view"}`, types[i]))
	})
	if n := w.do(ask("GET", "/3/admin/groups/clerks/permissions/", owner, "")).at("data.count"); n != before+float64(len(types)) {
		t.Errorf("%v permissions, and %d more: %v", before, len(types), n)
	}
	for i := range 10 {
		w.arrange(ask("POST", "/3/admin/groups/", owner, fmt.Sprintf(`{"name": "team%d"}`, i))).want(201)
	}
	statuses := w.atOnce(10, func(i int) request {
		return ask("PATCH", fmt.Sprintf("/3/admin/groups/team%d/", i), owner, `{"default": true}`)
	})
	if statuses[len(statuses)-1] != 200 {
		t.Errorf("new defaults were answered with %v", statuses)
	}
	if n := w.do(ask("GET", "/3/admin/groups/?default=true", owner, "")).at("data.count"); n != 1.0 {
		t.Errorf("%v groups are the default", n)
	}
}

// TestAdminsDemoteEachOther: whoever of two admins is faster, the owner is still there to put it right.
func TestAdminsDemoteEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	admins := []person{w.enter("admin"), w.enter("admin")}
	name := func(i int) string { return fmt.Sprintf("person%d@x.example", admins[i].number) }
	statuses := w.atOnce(2, func(i int) request {
		return ask("DELETE", "/3/admin/users/"+name(1-i)+"/groups/admin/", admins[i].token, "")
	})
	if statuses[0] != 200 || statuses[1] != 200 && statuses[1] != 403 {
		t.Errorf("answered with %v", statuses)
	}
	for i := range admins {
		w.do(ask("POST", "/3/admin/users/"+name(i)+"/groups/", owner, `{"group": "admin"}`)).want(201)
		w.do(ask("GET", "/3/admin/company/", admins[i].token, "")).want(200)
	}
}

// TestPermissionTypes: the catalogue speaks the face's words, each of them takes a grant, and no two
// permissions share an id.
func TestPermissionTypes(t *testing.T) {
	t.Parallel()
	words := strings.Fields(`accesscontrolrule account accountdefinition address alert currency bankaccount company cryptoaccount
		device document email group jwt legalterm mfa mfarule mobile notification oauthclient permission policy request service
		token transaction transactionsubtypes user walletaccount webhook`)
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	w.do(ask("POST", "/3/admin/groups/", owner, `{"name": "clerks", "section": "admin"}`)).want(201)
	ids, types := map[any]bool{}, map[any]bool{}
	list := w.do(ask("GET", "/3/admin/permissions/?page_size=250", owner, "")).want(200)
	for _, row := range list.at("data.results").([]any) {
		ids[row.(map[string]any)["id"]], types[row.(map[string]any)["type"]] = true, true
	}
	if want := 2 * 4 * len(words); len(ids) != want || len(types) != len(words) {
		t.Errorf("%d ids of %d types, want %d of %d", len(ids), len(types), want, len(words))
	}
	for _, word := range words {
		if !types[word] {
			t.Errorf("no permission is of type %s", word)
		}
		a := w.do(ask("POST", "/3/admin/groups/clerks/permissions/", owner, fmt.Sprintf(`{"type": %q, "level": "change"}`, word))).want(201)
		id := a.at("data.id")
		one := w.do(ask("GET", fmt.Sprint("/3/admin/groups/clerks/permissions/", id, "/"), owner, "")).want(200)
		catalogue := w.do(ask("GET", fmt.Sprint("/3/admin/permissions/", id, "/"), owner, "")).want(200)
		if one.at("data.type") != word || catalogue.at("data.type") != word {
			t.Errorf("%s comes back as %v, and in the catalogue as %v", word, one.at("data.type"), catalogue.at("data.type"))
		}
	}
}
