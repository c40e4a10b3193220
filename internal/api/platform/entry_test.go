package platform_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kith/internal/core/message"
)

// trust is what a way in rests on.
type trust uint16

const (
	ownSession trust = 1 << iota // the very session that made the change
	temporary                    // other sessions that end by themselves, and what refreshes them
	permanent                    // tokens that do not
	password                     // the password as it was
	staff                        // a member of staff, who acts for the user
	proofs                       // links and codes that prove an address and change nothing else
	links                        // links that do more
	everything = ownSession | temporary | permanent | password | staff | proofs | links
)

// entry is one way to act as somebody, to keep doing so, or to come to.
type entry struct {
	name   string
	rests  trust
	before func(victim) func() answer // what is done before the change; it gives what is tried after it
}

// carried is an entry with something that was given before.
func carried(p func(victim, string) answer, give func(victim) string) func(victim) func() answer {
	return func(v victim) func() answer {
		secret := give(v)
		return func() answer { return p(v, secret) }
	}
}

// anew is an entry that needs nothing from before.
func anew(try func(victim) answer) func(victim) func() answer {
	return func(v victim) func() answer { return func() answer { return try(v) } }
}

// given gives a secret as the matrix of secrets does.
func given(t *testing.T, name string) func(victim) string {
	t.Helper()
	for _, e := range emissions {
		if e.name == name {
			return e.give
		}
	}
	t.Fatalf("no secret is called %q", name)
	return nil
}

// entries are all ways. The user may be deactivated meanwhile, or anything else: see TestFirstRequestAfterAChange.
func (w *world) entries() []entry {
	w.t.Helper()
	places := map[string]func(victim, string) answer{}
	for _, p := range w.places() {
		places[p.name] = p.put
	}
	var list []entry
	add := func(name string, rests trust, place, kind string) {
		list = append(list, entry{name, rests, carried(places[place], given(w.t, kind))})
	}
	own := func(v victim) string { return v.token }
	list = append(list, entry{"the session that asked for the change", ownSession, carried(places[asToken], own)},
		entry{"the refresh token of that session", ownSession, carried(places[asRefresh], func(v victim) string { return v.refresh })})
	add("an open session", temporary, asToken, "access token")
	add("an open session, as bearer", temporary, asBearer, "access token")
	add("a JWT", temporary, asToken, "session JWT")
	add("a cookie", temporary, inCookie, "session cookie")
	add("a refresh token", temporary, asRefresh, "refresh token")
	add("a refresh cookie", temporary, inRefreshCookie, "refresh cookie")
	add("an open session, at the tables", temporary, asTableBearer, "access token")
	add("a token of the tables", temporary, asTableBearer, "token of a sign-in at the tables")
	add("a token of the tables that ends earlier", ownSession, asTableBearer, "token that ends earlier")
	add("a permanent token", permanent, asToken, "permanent token")
	add("a token that staff made", permanent, asToken, "token made by staff")
	list = append(list,
		entry{"a token for others by a permanent one", permanent, carried(func(v victim, token string) answer {
			return v.arrange(ask("POST", "/3/auth/jwt/", token, ""))
		}, given(w.t, "permanent token"))},
		entry{"a session that staff began", temporary, carried(places[asToken], func(v victim) string {
			return v.signInFor().want(http.StatusOK).text("data.token")
		})},
		entry{"a password", password, anew(func(v victim) answer {
			return v.uses(v.arrange(ask("POST", "/3/auth/login/", "", fmt.Sprintf(`{"company": "acme", "user": %q, "password": %q}`, v.uid, goodPassword))))
		})},
		entry{"a password, at the tables", password, anew(func(v victim) answer {
			now := v.query(`SELECT email FROM users WHERE id = x'` + strings.ReplaceAll(v.uid, "-", "") + `'`)[0]["email"] // which a change may have left them
			a := v.acts("/action/user_account/signin", "", map[string]any{"email": now, "password": goodPassword})
			if a.status >= http.StatusMultipleChoices {
				return a
			}
			return v.withHeader("GET", ownRow, "Bearer "+a.text("0.Attributes.value"))
		})},
		entry{"a password, by staff", password | staff, anew(func(v victim) answer { return v.uses(v.signInFor()) })},
		entry{"a token that staff make", staff, anew(func(v victim) answer {
			return v.arrange(ask("POST", "/3/admin/users/tokens/", v.owner, fmt.Sprintf(`{"user": %q, "duration": 60}`, v.uid)))
		})})
	add("a key to verify", proofs, "POST /3/auth/email/verify/ key", "key to verify an e-mail")
	list = append(list, entry{"a code to verify", proofs | ownSession, carried(places["POST /3/auth/mobile/verify/ otp"], given(w.t, "code to verify a mobile"))})
	add("a key to disown", proofs, "POST /3/auth/email/disown/ key", "key to verify an e-mail")
	add("a page to disown", proofs, "page /verify-email/ no", "key to verify an e-mail")
	list = append(list, w.byReset("a reset link, then the new password", "reset token", places), w.byReset("a link to set a password, then that", "token to set a password", places))
	add("a reset link, at the tables", links, "POST /action/user_account/reset-password-verify otp", "reset token")
	add("a page to reset", links, "page /reset-password/", "reset token")
	add("a reset link, by staff", links|staff, "POST /3/admin/auth/password/reset/confirm/ token", "reset token")
	add("a key to deactivate", links, "POST /3/auth/deactivate/verify/ key", "key to deactivate")
	add("a key to be deleted", links, "POST /3/auth/request-delete/verify/ key", "key to be deleted")
	return list
}

// byReset is an entry by a password that a link sets.
func (w *world) byReset(name, kind string, places map[string]func(victim, string) answer) entry {
	w.t.Helper()
	give := given(w.t, kind)
	return entry{name, links, func(v victim) func() answer {
		secret := give(v)
		return func() answer {
			a := places["POST /3/auth/password/reset/confirm/ token"](v, secret)
			if a.status >= http.StatusMultipleChoices {
				return a
			}
			return v.uses(v.arrange(ask("POST", "/3/auth/login/", "", fmt.Sprintf(
				`{"company": "acme", "user": %q, "password": "another long enough pass phrase"}`, v.uid))))
		}
	}}
}

// uses makes use of the token in an answer, if it has one: a session that owes a factor is good for nothing.
func (v victim) uses(a answer) answer {
	v.t.Helper()
	if a.status >= http.StatusMultipleChoices {
		return a
	}
	return v.withHeader("POST", "/3/auth/jwt/", "Token "+a.text("data.token"))
}

// signInFor signs the victim in by their password, as a back end does.
func (v victim) signInFor() answer {
	v.t.Helper()
	return v.arrange(ask("POST", "/3/admin/auth/login/", v.owner, fmt.Sprintf(`{"user": %q, "password": %q}`, v.uid, goodPassword)))
}

// change is something that happens to a user or a company.
type change struct {
	name  string
	first func(victim)    // what was so for long, unless nil
	make  func(victim)    // the change
	undo  func(victim)    // unless nil
	keeps trust           // what works on
	but   map[string]bool // entries that do otherwise, and whether they work
	right bool            // the session is as good as before, but they may do less
}

// patch has somebody change something, and wants it done.
func (v victim) patch(token, path, body string) {
	v.t.Helper()
	v.arrange(ask("PATCH", path, token, body)).want(http.StatusOK)
}

// byStaff is a change of the user's row by staff.
func byStaff(body string) func(victim) {
	return func(v victim) { v.patch(v.owner, "/3/admin/users/"+v.uid+"/", body) }
}

// proved is a user whose address is proved, long before the change.
func proved(v victim) {
	v.arrange(ask("POST", "/3/auth/email/verify/", "", fmt.Sprintf(`{"key": %q}`, v.key("acme", v.email)))).want(http.StatusOK)
}

// another gives the user another e-mail or mobile and makes it the primary one.
func (v victim) another(kind, member, value string) {
	v.t.Helper()
	a := v.arrange(ask("POST", "/3/user/"+kind+"/", v.token, fmt.Sprintf(`{%q: %q}`, member, value))).want(http.StatusCreated)
	if kind == "emails" { // or it could not take the place of one that is proved
		v.follow("/3/auth/email/verify/", v.key("acme", value))
	}
	v.patch(v.token, fmt.Sprintf("/3/user/%s/%.0f/", kind, a.at("data.id")), `{"primary": true}`)
}

// changePassword changes the password in the user's own session.
func changePassword(clears string) func(victim) {
	return func(v victim) {
		v.arrange(ask("POST", "/3/auth/password/change/", v.token, fmt.Sprintf(
			`{"old_password": %q, "new_password": "quite another pass phrase", "clear_session_option": %q}`, goodPassword, clears))).want(http.StatusOK)
	}
}

// resetPassword resets it by a mailed link.
func resetPassword(v victim) {
	secret := v.secretOf(message.ResetPassword, "/3/auth/password/reset/")
	v.arrange(ask("POST", "/3/auth/password/reset/confirm/", "", fmt.Sprintf(
		`{"uid": %q, "token": %q, "new_password": "quite another pass phrase"}`, v.uid, secret))).want(http.StatusOK)
}

// follow uses a mailed key up.
func (v victim) follow(path, key string) {
	v.t.Helper()
	v.arrange(ask("POST", path, "", fmt.Sprintf(`{"key": %q}`, key))).want(http.StatusOK)
}
