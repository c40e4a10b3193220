package platform_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kith/internal/core/message"
)

// emailKeys are the entries by the key of the link to an address, which some changes spend or outdo.
var emailKeys = map[string]bool{"a key to verify": false, "a key to disown": false, "a page to disown": false}

// owing are the entries that end in a session which owes the factor. Sessions from before the factor live on:
// what sets one up is to end them.
var owing = map[string]bool{"a reset link, then the new password": false, "a link to set a password, then that": false,
	"a reset link, by staff": true}

// groupless are the entries whose use nobody is asked a permission for, and those that end in one that is. At the tables
// people see themselves by owning their row.
var groupless = map[string]bool{"the refresh token of that session": true, "a refresh token": true, "a refresh cookie": true,
	"a reset link, then the new password": false, "a link to set a password, then that": false,
	"an open session, at the tables": true, "a token of the tables": true, "a token of the tables that ends earlier": true, "a password, at the tables": true}

// changes are all that can happen, and what of the trust of before each leaves (decisions §4): a change of what
// the user proves themselves by ends temporary sessions, links and codes, but not the session that asked for it
// nor permanent tokens; an end of the user or the company ends all.
var changes = []change{
	{name: "nothing", make: func(victim) {}, keeps: everything},
	{name: "deactivated by staff", make: byStaff(`{"deactivated": true}`)},
	{name: "archived by staff", make: byStaff(`{"archived": true}`)},
	{name: "made temporary", make: func(v victim) { v.sql(`UPDATE users SET flags = flags | 4 WHERE email = $1`, v.email) }},
	{name: "deactivated by mail", make: func(v victim) {
		v.follow("/3/auth/deactivate/verify/", v.secretOf(message.Deactivate, "/3/auth/deactivate/"))
	}},
	{name: "company suspended", make: func(v victim) { v.setStatus("suspend", "acme") }, undo: func(v victim) { v.setStatus("resume", "acme") }},
	{name: "company suspended and resumed", make: func(v victim) { v.setStatus("suspend", "acme"); v.setStatus("resume", "acme") }, keeps: everything},
	{name: "password changed", make: changePassword("none"), keeps: ownSession | permanent | staff},
	{name: "password changed, temporary ones cleared", make: changePassword("temporary"), keeps: ownSession | permanent | staff},
	{name: "password changed, all cleared", make: changePassword("all"), keeps: ownSession | staff},
	{name: "password reset, the address proved before", first: proved, make: resetPassword, keeps: permanent | staff},
	{name: "password reset, as the address's first proof", make: resetPassword, keeps: staff},
	{name: "e-mail changed", make: func(v victim) { v.another("emails", "email", "new-"+v.email) }, keeps: ownSession | permanent | password | staff},
	{name: "e-mail changed by staff", make: func(v victim) { byStaff(fmt.Sprintf(`{"email": "new-%s"}`, v.email))(v) }, keeps: permanent | password | staff},
	{name: "mobile changed", make: func(v victim) { v.another("mobiles", "number", strings.Replace(v.mobile, "+27831", "+27832", 1)) },
		keeps: ownSession | permanent | password | staff},
	{name: "mobile changed by staff", make: func(v victim) {
		byStaff(fmt.Sprintf(`{"mobile": %q}`, strings.Replace(v.mobile, "+27831", "+27832", 1)))(v)
	}, keeps: permanent | password | staff},
	{name: "factor added", first: proved, make: func(v victim) {
		v.sql(`INSERT INTO factors (company_id, user_id, id, kind, verified_at, created_at) SELECT company_id, id, $1, 1, 1, 1 FROM users WHERE email = $2`, v.people, v.email)
	}, keeps: everything &^ (password | staff), but: owing},
	{name: "account disowned", make: func(v victim) { v.follow("/3/auth/email/disown/", v.key("acme", v.email)) }, keeps: staff},
	{name: "e-mail verified", make: proved, keeps: everything, but: emailKeys},
	{name: "mobile verified", make: func(v victim) {
		code := v.newest(message.VerifyMobile, v.mobile).Codes[0]
		v.arrange(ask("POST", "/3/auth/mobile/verify/", v.token, fmt.Sprintf(`{"otp": %q}`, code))).want(http.StatusOK)
	}, keeps: everything, but: map[string]bool{"a code to verify": false}},
	{name: "deletion asked for by mail", make: func(v victim) {
		v.follow("/3/auth/request-delete/verify/", v.secretOf(message.RequestDeletion, "/3/auth/request-delete/"))
	}, keeps: everything, but: map[string]bool{"a key to be deleted": false}},
	// Whoever made a token for somebody meant it for what they could do then.
	{name: "put into a group that may do more", make: byStaff(`{"groups": ["support"]}`), keeps: everything, but: map[string]bool{"a token that staff made": false}},
	{name: "taken out of the group", make: byStaff(`{"groups": []}`), keeps: everything &^ (ownSession | temporary | permanent | password), right: true,
		but: groupless},
}

// TestFirstRequestAfterAChange: on the first request after each change of a user or a company, every way in is as
// the change leaves it: refused, or not for a reason (T9, T10).
func TestFirstRequestAfterAChange(t *testing.T) {
	t.Parallel()
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			owner := w.arrange(ask("POST", "/3/auth/company/register/", "", fmt.Sprintf( // where each code is another
				`{"company": {"id": "acme", "mode": "production"}, "email": "owner@acme.example", "password": %q}`, goodPassword))).
				want(http.StatusCreated).text("data.token")
			for _, e := range w.entries() {
				v := w.newVictim(owner)
				if c.first != nil {
					if _, key := emailKeys[e.name]; key {
						continue // it is spent long ago
					}
					c.first(v)
				}
				try := e.before(v)
				v.clock.move(time.Second) // what is sent from now on is newer
				c.make(v)
				want := e.rests&c.keeps == e.rests
				if otherwise, is := c.but[e.name]; is {
					want = otherwise
				}
				a := try()
				if c.undo != nil {
					c.undo(v)
				}
				switch works := a.status < http.StatusMultipleChoices; {
				case a.status >= http.StatusInternalServerError, works != want:
					t.Errorf("%s: %d %s, works: %v", e.name, a.status, a.body, want)
				case !works && c.right && a.status != http.StatusForbidden,
					!works && !c.right && e.rests&(ownSession|temporary|permanent) == e.rests && a.status != http.StatusUnauthorized:
					t.Errorf("%s: %d %s", e.name, a.status, a.body)
				}
			}
		})
	}
}

// TestFirstRequestOfAFormerOwner: on the first request after somebody took the company over, whoever owned it may
// do no more than any admin, by every session of theirs.
func TestFirstRequestOfAFormerOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	permanent := w.arrange(ask("POST", "/3/auth/tokens/", owner, fmt.Sprintf(`{"password": %q}`, goodPassword))).want(http.StatusCreated).text("data.token")
	heir := w.newVictim(owner)
	w.arrange(ask("PATCH", "/3/admin/users/"+heir.uid+"/", owner, `{"groups": ["admin"]}`)).want(http.StatusOK)
	w.arrange(ask("POST", "/3/admin/company/owner/", owner, fmt.Sprintf(`{"user": %q, "password": %q}`, heir.uid, goodPassword))).want(http.StatusCreated)
	w.arrange(ask("POST", "/3/admin/company/owner/accept/", heir.token, fmt.Sprintf(`{"password": %q}`, goodPassword))).want(http.StatusOK)
	for name, token := range map[string]string{"session": owner, "permanent token": permanent} {
		w.arrange(ask("GET", "/3/admin/company/", token, "")).want(http.StatusOK)
		for _, route := range []string{"POST /3/admin/company/owner/", "DELETE /3/admin/users/tokens/", "PATCH /3/admin/users/" + heir.uid + "/"} {
			method, path, _ := strings.Cut(route, " ")
			body := ""
			if method != http.MethodDelete {
				body = fmt.Sprintf(`{"user": %q, "password": %q, "deactivated": true}`, heir.uid, goodPassword)
			}
			if a := w.arrange(ask(method, path, token, body)); a.status != http.StatusForbidden {
				t.Errorf("by %s at %s: %d %s", name, route, a.status, a.body)
			}
		}
	}
}
