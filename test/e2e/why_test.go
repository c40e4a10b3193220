package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestWhyRows: the operator asks why somebody may do what with a row of the table API, beside a running server, and is
// told what that server does.
func TestWhyRows(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		p := newPlace(t, e)
		s := p.serve(t)
		owner := s.company("acme", nil).want(http.StatusCreated)
		ownerID := owner.text("data.user.id")
		const password = "several unrelated words"
		ada := s.do("POST", "/3/auth/register/", object{"company": "acme", "email": "ada@x.example", "password": password}).want(http.StatusCreated)
		adaID := ada.text("data.user.id")
		boss := s.as(owner.text("data.token"))
		boss.do("POST", "/3/admin/users/", object{"email": "sue@x.example", "groups": []string{"manager"}, "password": password}).want(http.StatusCreated)
		mail := boss.rowID("email", "email", "ada@x.example")
		signup := boss.rowID("action", "action_name", "signup")
		world := boss.rowID("world", "table_name", "email")

		const heads = "VERB     VERDICT  TABLE RULE  ROW RULE\n"
		for _, tt := range []struct{ name, args, want string }{
			{"a guest", "--table user_account --row " + adaID,
				"Actor  a guest\nRow    user_account  ID\n" + heads +
					"peek     allowed  guest       guest\nview     refused  guest       none\nadd      allowed  guest       guest\n" +
					"change   refused  none        none\ndelete   refused  none        none\nexecute  refused  guest       none\nrefer    refused  none        none\n"},
			{"their own", "--actor ada@x.example --table email --row " + mail,
				"Actor  ada@x.example  ID\nRow    email  NUMBER\n" + heads +
					"peek     allowed  group       owner\nview     allowed  group       owner\nadd      allowed  group       group\n" +
					"change   allowed  group       owner\ndelete   allowed  group       owner\nexecute  allowed  group       owner\nrefer    refused  none        owner\n"},
			{"one verb", "--actor ada@x.example --table user_account --row " + ownerID + " view",
				"Actor  ada@x.example  ID\nRow    user_account  ID\nVERB  VERDICT  TABLE RULE  ROW RULE\nview  refused  group       none\n"},
			{"staff", "--actor sue@x.example --table email --row " + mail + " delete",
				"Actor  sue@x.example  ID\nRow    email  NUMBER\nVERB    VERDICT  TABLE RULE        ROW RULE\ndelete  allowed  admin permission  admin permission\n"},
			{"staff below the owner", "--actor sue@x.example --table user_account --row " + ownerID + " change",
				"Actor  sue@x.example  ID\nRow    user_account  ID\nVERB    VERDICT  TABLE RULE        ROW RULE\n" +
					"change  refused  admin permission  admin permission, but it is of a user who holds permissions that the actor does not\n"},
			{"an action", "--table action --row " + signup + " execute",
				"Actor  a guest\nRow    action  ID\nVERB     VERDICT  TABLE RULE  ROW RULE\nexecute  allowed  guest       guest\n"},
			{"a table nobody adds", "--actor owner@acme.example --table world --row " + world + " add",
				"Actor  owner@acme.example  ID\nRow    world  ID\nVERB  VERDICT  TABLE RULE  ROW RULE\nadd   refused  none        none\n"},
		} {
			got := p.kith(t, append([]string{"why", "--company", "acme"}, strings.Fields(tt.args)...)...)
			if plain := strings.ReplaceAll(got.plain(), mail, "NUMBER"); got.code != 0 || got.err != "" || plain != tt.want {
				t.Errorf("%s: exit code %d\n%s%swant\n%s", tt.name, got.code, plain, got.err, tt.want)
			}
		}

		// What is told is what is done.
		s.get("/api/user_account/" + adaID).want(http.StatusForbidden)
		her := s.as(ada.text("data.token"))
		her.get("/api/email/" + mail).want(http.StatusOK)
		her.get("/api/user_account/" + ownerID).want(http.StatusForbidden)

		got := p.ask(t, "why", "--company", "acme", "--table", "user_account", "--row", ownerID, "peek")
		if text(t, got.at("actor")) != "null" || got.text("type") != "user_account" || got.text("id") != ownerID || got.at("active") != true ||
			text(t, got.at("verbs")) != `[{"allowed":true,"outranked":false,"row":"guest","table":"guest","verb":"peek"}]` {
			t.Errorf("to programs: %s", got.body)
		}
		e.change(t, `UPDATE users SET flags = 2, version = version + 1 WHERE email = 'ada@x.example'`)
		got = p.ask(t, "why", "--company", "acme", "--actor", "ada@x.example", "--table", "user_account", "--row", adaID, "view")
		if got.text("actor") != adaID || got.at("active") != false ||
			text(t, got.at("verbs")) != `[{"allowed":false,"outranked":false,"row":"owner","table":"group","verb":"view"}]` {
			t.Errorf("of who is deactivated: %s", got.body)
		}
		for _, tt := range []struct {
			args string
			code int
			says string
		}{
			{"--table email", 2, "both --table TABLE and --row ID"},
			{"--table email --row 1 --on x", 2, "not with --table and --row"},
			{"--table e-mail --row 1", 2, "there are user_account, usergroup, email"},
			{"--table email --row " + mail + " read", 2, "there are peek, view, add"},
			{"--table email --row 1", 1, `there is no row "1" in email`},
			{"--table email --row " + mail + " --actor nobody", 1, "--actor: There is no such user."},
			{"--actor ada@x.example", 2, "--table TABLE and --row ID"},
		} {
			got := p.kith(t, append([]string{"why", "--company", "acme"}, strings.Fields(tt.args)...)...)
			if got.code != tt.code || got.out != "" || !strings.Contains(got.err, tt.says) {
				t.Errorf("%s: exit code %d, want %d\n%s%s", tt.args, got.code, tt.code, got.out, got.err)
			}
		}
	})
}

// get reads from the table API.
func (c caller) get(path string) answer {
	c.t.Helper()
	r := c.request("GET", path, nil)
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	return c.must(r)
}

// rowID gives the id of the only row of the table API that has a value.
func (c caller) rowID(table, column, value string) string {
	c.t.Helper()
	query := url.Values{"query[][column]": {column}, "query[][operator]": {"is"}, "query[][value]": {value}}
	a := c.get("/api/" + table + "?" + query.Encode()).want(http.StatusOK)
	var list struct{ Data []struct{ ID string } }
	if err := json.Unmarshal(a.body, &list); err != nil || len(list.Data) != 1 {
		c.t.Fatalf("%v: want one row: %s", err, a.body)
	}
	return list.Data[0].ID
}
