package platform_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/core/access"
	"kith/internal/web"
)

// person is somebody of the company acme, with all that well-formed requests of theirs need.
type person struct {
	token, refresh string
	spare          string            // handle of another session of theirs
	target         string            // e-mail of a member of the group user, for staff to look after
	uid, link      string            // of a link to set their password by
	key            string            // of a link to verify their target's e-mail by
	mobile         string            // theirs
	leave          string            // key of a link to close their target's account by, which ready makes
	contacts       map[string]string // numbers of an e-mail and a mobile, by the route: their own spare ones, and their target's
	account        string            // reference of another account of theirs
	application    string            // number of an application that nobody else uses
	email          string
	number         int    // nobody else has it
	group          string // the group they are in
	other          string // e-mail of somebody else, in the group user
	team           string // a group that nobody is in
	event          string // id of an event
}

// narrow is held directly by everybody who enters and by their other, and by their team.
var narrow = kith.Permission{Section: kith.SectionUser, Noun: kith.NounTransaction, Level: kith.LevelView}

// surround makes what well-formed requests of a person are about besides themselves.
func (w *world) surround(p *person, email string) {
	w.t.Helper()
	p.other, p.team = fmt.Sprintf("other%d@x.example", p.number), fmt.Sprintf("team%d", p.number)
	w.arrange(ask("POST", "/3/auth/register/", "", fmt.Sprintf(`{"company": "acme", "email": %q, "password": "x"}`, p.other))).want(http.StatusCreated)
	if _, err := w.db.ExecContext(w.t.Context(), `UPDATE users SET permissions = $1, version = version + 1 WHERE email IN ($2, $3)`,
		kith.Permissions{}.With(narrow).Bytes(), email, p.other); err != nil {
		w.t.Fatal(err)
	}
	w.sql(`INSERT INTO groups (company_id, id, kind, name, label, description, section, public, is_default, permissions, created_at, updated_at)
		SELECT company_id, randomblob(16), 1, $1, '', '', 0, FALSE, FALSE, $2, 1, 1 FROM groups WHERE name = 'admin'
		AND company_id = (SELECT company_id FROM companies WHERE slug = 'acme')`, p.team, kith.Permissions{}.With(narrow).Bytes())
}

// roles are the columns of the matrix: everybody who may come by.
var roles = []string{"guest", "pre-mfa", "user", "support", "manager", "admin", "owner"}

// Others whom requests are about: ward is a member of the group user, heir an admin whom the owner trusts.
const ward, heir = "ward@x.example", "heir@x.example"

// ownersMobile is the number of the company's owner.
const ownersMobile = "+27831100000"

// ownersOnly are the routes that staff may call, and are then asked to be the owner.
var ownersOnly = map[string]bool{"POST /3/admin/company/owner/": true, "DELETE /3/admin/company/owner/": true,
	"DELETE /3/admin/users/tokens/": true}

// others makes ward and heir, once.
func (w *world) others() {
	w.t.Helper()
	if w.people > 0 {
		return
	}
	for _, email := range []string{ward, heir} {
		w.arrange(ask("POST", "/3/auth/register/", "", fmt.Sprintf(`{"company": "acme", "email": %q, "password": %q}`, email, goodPassword))).want(http.StatusCreated)
	}
	w.sql(`UPDATE users SET group_id = (SELECT g.id FROM groups g WHERE g.company_id = users.company_id AND g.name = 'admin')
		WHERE email = $1`, heir)
}

// ready does what must have been done before a person can make a request.
func (w *world) ready(r web.Listing, p person) {
	w.t.Helper()
	if r.Path == "/3/auth/mobile/verify/" {
		w.sql(`UPDATE identifiers SET verified_at = 0 WHERE folded = $1`, p.mobile)
		w.arrange(ask("POST", "/3/auth/mobile/verify/resend/", "", fmt.Sprintf(`{"company": "acme", "mobile": %q}`, p.mobile))).want(http.StatusOK)
		w.doAsked()
	}
	if purpose := leaving(r.Path); purpose > 0 {
		hash := sha256.Sum256([]byte(p.leave))
		w.know(p.leave, "a link")
		w.sql(`INSERT OR REPLACE INTO secrets (company_id, user_id, purpose, identifier_id, target, hash, attempts, expires_at, created_at)
			SELECT company_id, id, $1, 0, '', $2, 0, 4102444800000, 1 FROM users WHERE email = $3`, int(purpose), hash[:], p.target)
	}
	if !strings.HasPrefix(r.Path, "/3/admin/company/owner/") {
		return
	}
	w.giveBack()
	if r.Path == "/3/admin/company/owner/accept/" {
		w.sql(`UPDATE companies SET heir_until = 4102444800000, heir_id = (SELECT u.id FROM users u WHERE u.company_id = companies.company_id AND u.email = $1)
			WHERE slug = 'acme'`, p.email)
	}
}

// leaving is what the links are good for that a route takes to close an account; 0 if it takes none.
func leaving(path string) kith.SecretPurpose {
	switch {
	case strings.HasSuffix(path, "/deactivate/verify/"):
		return kith.ToDeactivate
	case strings.HasSuffix(path, "/request-delete/verify/"):
		return kith.ToRequestDeletion
	default:
		return 0
	}
}

// giveBack gives the company back to its first owner, whom another may have followed.
func (w *world) giveBack() {
	w.t.Helper()
	w.sql(`UPDATE companies SET heir_id = NULL, owner_id = (SELECT u.id FROM users u WHERE u.company_id = companies.company_id AND u.email = 'owner@acme.example')
		WHERE slug = 'acme'`)
}

// somebody is a person of a role like one whom enter makes, for a call that is made by through: one who
// made calls before that left everything as it was, if there is such a one.
func (w *world) somebody(role string) person {
	w.t.Helper()
	if p, there := w.around[role]; there && w.people-p.number < keptPeople/2 {
		return p
	}
	p := w.enter(role)
	w.around[role] = p
	return p
}

// through makes a person's well-formed request. Whoever has written something does not come again.
func (w *world) through(role string, r web.Listing, p person) answer {
	w.t.Helper()
	a := w.call(r, p)
	if r.Method != http.MethodGet && a.status < http.StatusMultipleChoices {
		delete(w.around, role)
		if r.Path == "/3/admin/users/tokens/" && r.Method == http.MethodDelete { // which ends everybody's
			clear(w.around)
		}
		if r.Path == "/3/admin/company/owner/accept/" {
			w.giveBack()
		}
	}
	return a
}

// keptPeople is how many people have accounts, applications and the like of their own at once.
const keptPeople = 60

// enter makes a fresh person of a role, signed in; the owner, of whom there is one, signs in anew.
func (w *world) enter(role string) person {
	w.t.Helper()
	w.others()
	w.clock.move(time.Millisecond) // numbers are drawn by the millisecond, of which one holds 2,048
	w.people++
	p := person{number: w.people, group: role, mobile: fmt.Sprintf("+278311%05d", w.people)}
	email := fmt.Sprintf("person%d@x.example", p.number)
	if role == "owner" {
		email, p.mobile = "owner@acme.example", ownersMobile
		w.sql(`INSERT INTO identifiers (company_id, kind, id, user_id, value, folded, is_primary, verified_at, created_at)
			SELECT company_id, 3, 7, id, '', $1, TRUE, 0, 1 FROM users WHERE email = $2 ON CONFLICT DO NOTHING`, p.mobile, email)
		w.sql(`UPDATE users SET mobile = $1 WHERE email = $2`, p.mobile, email)
	} else {
		w.arrange(ask("POST", "/3/auth/register/", "", fmt.Sprintf(`{"company": "acme", "email": %q, "mobile": %q, "password": %q}`,
			email, p.mobile, goodPassword))).want(http.StatusCreated)
	}
	p.email = email
	if slices.Contains([]string{"support", "manager", "admin"}, role) {
		w.sql(`UPDATE users SET group_id = (SELECT g.id FROM groups g WHERE g.company_id = users.company_id AND g.name = $1)
			WHERE email = $2`, role, email)
	}
	if role == "owner" {
		p.group = "admin"
	}
	w.surround(&p, email)
	signIn := func() answer {
		return w.arrange(ask("POST", "/3/auth/login/", "", fmt.Sprintf(`{"company": "acme", "user": %q, "password": %q}`, email, goodPassword))).want(http.StatusOK)
	}
	p.target = fmt.Sprintf("target%d@x.example", p.number)
	w.arrange(ask("POST", "/3/auth/register/", "", fmt.Sprintf(`{"company": "acme", "email": %q, "password": "x"}`, p.target))).want(http.StatusCreated)
	p.key = w.key("acme", p.target)
	p.uid, p.link = w.link("acme", email)
	const company = 11 // characters at the end of every secret
	p.leave = fmt.Sprintf("%0*d", len(p.link)-company, p.number) + p.link[len(p.link)-company:]
	p.spare = signIn().text("data.token")[:8]
	if role == "pre-mfa" {
		w.sql(`INSERT INTO factors (company_id, user_id, id, kind, verified_at, created_at)
			SELECT company_id, id, $1, 1, 1, 1 FROM users WHERE email = $2`, p.number, email)
	}
	p.event = w.query(`SELECT lower(substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-' || substr(h, 13, 4) || '-' || substr(h, 17, 4) || '-' || substr(h, 21)) AS id
		FROM (SELECT hex(max(id)) AS h FROM events WHERE company_id = (SELECT company_id FROM companies WHERE slug = 'acme'))`)[0]["id"]
	a := signIn()
	p.token = a.text("data.token")
	w.arrangeAccounts(&p, email)
	w.arrangeContacts(&p, email)
	p.refresh, _ = a.at("data.refresh_token").(string)
	if role == "guest" {
		p.token = ""
	}
	return p
}

// arrangeContacts gives a person and their target another e-mail, and two mobiles where they need them.
func (w *world) arrangeContacts(p *person, email string) {
	w.t.Helper()
	p.contacts = make(map[string]string)
	if p.mobile == ownersMobile { // the one person who comes again and again
		const owner = `(SELECT o.user_id FROM identifiers o WHERE o.folded = 'owner@acme.example')`
		w.sql(`DELETE FROM identifiers WHERE user_id = `+owner+` AND folded NOT IN ($1, $2)`, email, p.mobile)
		w.sql(`UPDATE identifiers SET is_primary = TRUE, verified_at = 0 WHERE folded IN ($1, $2)`, email, p.mobile)
		w.sql(`UPDATE users SET email = $1, mobile = $2, flags = flags & ~24, version = version + 1 WHERE id = `+owner, email, p.mobile)
	}
	for i, c := range []struct {
		list, of, value string
		kind            kith.IdentifierKind
	}{
		{"/3/user/emails/", email, fmt.Sprintf("spare%d@x.example", p.number), kith.Email},
		{"/3/user/mobiles/", email, fmt.Sprintf("+278312%05d", p.number), kith.Mobile},
		{"/3/admin/users/emails/", p.target, fmt.Sprintf("sparetarget%d@x.example", p.number), kith.Email},
		{"/3/admin/users/mobiles/", p.target, fmt.Sprintf("+278313%05d", p.number), kith.Mobile},
	} {
		const young = 8_000_000_000_000_000
		p.contacts[c.list] = fmt.Sprint(young + 10*p.number + i)
		w.sql(`INSERT INTO identifiers (company_id, kind, id, user_id, value, folded, is_primary, verified_at, created_at)
			SELECT company_id, $1, $2, id, '', $3, FALSE, 0, 1 FROM users WHERE email = $4`, int(c.kind), p.contacts[c.list], c.value, c.of)
	}
}

// key has another link mailed to verify an e-mail by, and gives its key.
func (w *world) key(slug, email string) string {
	w.t.Helper()
	w.clock.move(time.Millisecond) // the newest of its mails is the one
	w.arrange(ask("POST", "/3/auth/email/verify/resend/", "", fmt.Sprintf(`{"company": %q, "email": %q}`, slug, email))).want(http.StatusOK)
	w.deliver()
	list, err := w.core.Outbox.Inbox(w.t.Context(), email, 10)
	if err != nil || len(list) == 0 || len(list[0].Links) == 0 {
		w.t.Fatalf("no link for %s: %v, %v", email, list, err)
	}
	_, key, _ := strings.Cut(list[0].Links[0], "#key=")
	w.know(key, "a link")
	return key
}

// arrangeAccounts gives a person what routes about accounts and applications need: an account, and in the
// company an application, a currency and a kind of account that names the group user.
func (w *world) arrangeAccounts(p *person, email string) {
	w.t.Helper()
	const young = 9_000_000_000_000_000 // the company's own application is the oldest
	p.account, p.application = fmt.Sprint("S-", p.number), fmt.Sprint(young+p.number)
	if gone := (person{number: p.number - keptPeople}); gone.number > 0 { // a company has few of these
		w.sql(`DELETE FROM applications WHERE id = $1 OR id < $2 AND name = 'another till'`, fmt.Sprint(young+gone.number), young)
		w.sql(`DELETE FROM currencies WHERE code IN ($1, $2)`, gone.currency(), fmt.Sprint("N", gone.number))
		w.sql(`DELETE FROM account_definitions WHERE name IN ($1, $2)`, gone.definition(), fmt.Sprint("new", gone.number))
	}
	w.sql(`INSERT INTO accounts (company_id, reference, user_id, is_primary, definition, flags, details, created_at, updated_at)
		SELECT company_id, $1, id, FALSE, 'default', 0, '', 1, 1 FROM users WHERE email = $2`, p.account, email)
	w.sql(`INSERT INTO applications (company_id, id, name, origins, created_at) SELECT company_id, $1, 'till', '', 1 FROM companies WHERE slug = 'acme'`, p.application)
	w.sql(`INSERT INTO currencies SELECT company_id, $1, '', '', '', '', 2, '', FALSE, 1, 1 FROM companies WHERE slug = 'acme'`, p.currency())
	w.sql(`INSERT INTO account_definitions SELECT company_id, $1, '', 'USD', FALSE, FALSE, FALSE,
		json_array(json_object('group', (SELECT lower(substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-' || substr(h, 13, 4) || '-' || substr(h, 17, 4) || '-' || substr(h, 21))
			FROM (SELECT hex(g.id) AS h FROM groups g WHERE g.company_id = companies.company_id AND g.name = 'user')), 'currencies', json_array(json_object('code', 'USD')))), 1, 1
		FROM companies WHERE slug = 'acme'`, p.definition())
}

func (p person) currency() string   { return fmt.Sprint("C", p.number) }
func (p person) definition() string { return fmt.Sprint("kind", p.number) }

// words are what a person's requests name that nobody else's do, in upper case.
func (p person) words() []string {
	n := fmt.Sprint(p.number)
	return []string{"C" + n, "KIND" + n, "N" + n, "NEW" + n}
}

// members are the body of a well-formed request of a person; nil if the route takes none.
func members(route string, p person) map[string]any {
	switch route {
	case "POST /3/auth/company/register/":
		return map[string]any{"company": map[string]any{"id": fmt.Sprintf("company%d", p.number)},
			"email": fmt.Sprintf("founder%d@x.example", p.number), "password": goodPassword}
	case "POST /3/auth/register/":
		return map[string]any{"company": "acme", "username": fmt.Sprintf("new%d", p.number), "password": goodPassword}
	case "POST /3/auth/login/":
		return map[string]any{"company": "acme", "user": "owner@acme.example", "password": goodPassword}
	case "POST /3/auth/logout/", "POST /3/auth/refresh/":
		return map[string]any{}
	case "POST /3/auth/password/change/":
		return map[string]any{"old_password": goodPassword, "new_password": goodPassword} // so that the next one finds it
	case "POST /3/auth/tokens/":
		return map[string]any{"password": goodPassword, "label": "till"}
	case "PATCH /3/auth/tokens/{token_key}/", "PUT /3/auth/tokens/{token_key}/":
		return map[string]any{"label": "till"}
	case "PATCH /3/user/", "PUT /3/user/":
		return map[string]any{"first_name": "Ada"}
	case "POST /3/auth/password/reset/confirm/":
		return map[string]any{"uid": p.uid, "token": p.link, "new_password": goodPassword}
	case "POST /3/admin/auth/password/reset/confirm/":
		return map[string]any{"uid": p.uid, "token": p.link, "new_password": goodPassword}
	case "POST /3/auth/password/reset/", "POST /3/auth/deactivate/", "POST /3/auth/request-delete/":
		return map[string]any{"company": "acme", "user": p.target}
	case "POST /3/admin/auth/password/reset/", "POST /3/admin/auth/deactivate/", "POST /3/admin/auth/request-delete/":
		return map[string]any{"user": p.target}
	case "POST /3/auth/deactivate/verify/", "POST /3/admin/auth/deactivate/verify/",
		"POST /3/auth/request-delete/verify/", "POST /3/admin/auth/request-delete/verify/":
		return map[string]any{"key": p.leave}
	case "POST /3/auth/email/verify/", "POST /3/auth/email/disown/":
		return map[string]any{"key": p.key}
	case "POST /3/auth/email/verify/resend/":
		return map[string]any{"company": "acme", "email": p.target}
	case "POST /3/auth/mobile/verify/":
		return map[string]any{"otp": "123456"}
	case "POST /3/auth/mobile/verify/resend/":
		return map[string]any{"company": "acme", "mobile": p.mobile}
	case "POST /3/user/emails/":
		return map[string]any{"email": fmt.Sprintf("new%d@x.example", p.number)}
	case "POST /3/user/mobiles/":
		return map[string]any{"number": fmt.Sprintf("+278314%05d", p.number)}
	case "POST /3/admin/users/emails/":
		return map[string]any{"user": p.target, "email": fmt.Sprintf("new%d@x.example", p.number)}
	case "POST /3/admin/users/mobiles/":
		return map[string]any{"user": p.target, "number": fmt.Sprintf("+278314%05d", p.number)}
	case "PATCH /3/user/emails/{id}/", "PUT /3/user/emails/{id}/", "PATCH /3/admin/users/emails/{id}/", "PUT /3/admin/users/emails/{id}/",
		"PATCH /3/user/mobiles/{id}/", "PUT /3/user/mobiles/{id}/", "PATCH /3/admin/users/mobiles/{id}/", "PUT /3/admin/users/mobiles/{id}/":
		return map[string]any{"primary": true}
	case "POST /3/admin/users/":
		return map[string]any{"username": fmt.Sprintf("made%d", p.number)}
	case "PATCH /3/admin/users/{identifier}/", "PUT /3/admin/users/{identifier}/":
		return map[string]any{"first_name": "Ada"}
	case "PATCH /3/admin/users/{identifier}/settings/", "PUT /3/admin/users/{identifier}/settings/":
		return map[string]any{"allow_transactions": false}
	case "POST /3/admin/users/{identifier}/password-link/":
		return map[string]any{}
	case "PATCH /3/admin/company/", "PUT /3/admin/company/":
		return map[string]any{"description": fmt.Sprint("as told by ", p.number)}
	case "PATCH /3/admin/company/address/", "PUT /3/admin/company/address/":
		return map[string]any{"line_1": fmt.Sprint(p.number, " Long Street")}
	case "POST /3/admin/currencies/":
		return map[string]any{"code": fmt.Sprint("N", p.number), "divisibility": 2}
	case "PATCH /3/admin/currencies/{code}/", "PUT /3/admin/currencies/{code}/":
		return map[string]any{"symbol": "¤"}
	case "POST /3/admin/account-definitions/":
		return map[string]any{"name": fmt.Sprint("new", p.number)}
	case "POST /3/admin/account-definitions/{definition_name}/groups/":
		return map[string]any{"group": "support"}
	case "PATCH /3/admin/account-definitions/{definition_name}/", "PUT /3/admin/account-definitions/{definition_name}/":
		return map[string]any{"recon": true}
	case "PATCH /3/admin/account-definitions/{definition_name}/groups/{definition_group_name}/",
		"PUT /3/admin/account-definitions/{definition_name}/groups/{definition_group_name}/":
		return map[string]any{"default": true}
	case "POST /3/admin/account-definitions/{definition_name}/groups/{definition_group_name}/currencies/":
		return map[string]any{"currency": p.currency()}
	case "PATCH /3/admin/account-definitions/{definition_name}/groups/{definition_group_name}/currencies/{currency_code}/",
		"PUT /3/admin/account-definitions/{definition_name}/groups/{definition_group_name}/currencies/{currency_code}/":
		return map[string]any{"archived": true}
	case "POST /3/accounts/", "POST /3/admin/accounts/":
		return map[string]any{"name": "rainy days"}
	case "PATCH /3/admin/accounts/{reference}/", "PUT /3/admin/accounts/{reference}/":
		return map[string]any{"recon": true}
	case "POST /3/admin/applications/", "PATCH /3/admin/applications/{application_id}/", "PUT /3/admin/applications/{application_id}/":
		return map[string]any{"name": "another till"}
	case "PATCH /3/admin/company/settings/", "PUT /3/admin/company/settings/":
		return map[string]any{"default_session_duration": 3600 + p.number}
	case "POST /3/admin/groups/":
		return map[string]any{"name": fmt.Sprint("new", p.number), "label": "New"}
	case "PATCH /3/admin/groups/{group_name}/", "PUT /3/admin/groups/{group_name}/":
		return map[string]any{"description": fmt.Sprint("as told by ", p.number)}
	case "PATCH /3/admin/groups/{group_name}/settings/", "PUT /3/admin/groups/{group_name}/settings/":
		return map[string]any{"allow_transactions": false}
	case "POST /3/admin/groups/{group_name}/permissions/", "POST /3/admin/users/{identifier}/permissions/":
		return map[string]any{"permissions": []any{map[string]any{"section": "user", "type": "device", "level": "view"}}}
	case "PATCH /3/admin/groups/{group_name}/permissions/{permission_id}/", "PUT /3/admin/groups/{group_name}/permissions/{permission_id}/",
		"PATCH /3/admin/users/{identifier}/permissions/{permission_id}/", "PUT /3/admin/users/{identifier}/permissions/{permission_id}/":
		return map[string]any{"properties": map[string]any{"metadata.colour": "deny"}}
	case "POST /3/admin/users/{identifier}/groups/":
		return map[string]any{"group": p.team}
	case "PUT /3/admin/attributes/":
		return map[string]any{"schema": map[string]any{"description": fmt.Sprint("as told by ", p.number)}}
	case "POST /3/admin/users/tokens/":
		return map[string]any{"user": ward, "duration": 3600, "label": "till"}
	case "PATCH /3/admin/users/tokens/{token_key}/", "PUT /3/admin/users/tokens/{token_key}/":
		return map[string]any{"label": "till"}
	case "POST /3/admin/auth/login/":
		return map[string]any{"user": ward, "password": goodPassword}
	case "POST /3/admin/auth/register/":
		return map[string]any{"username": fmt.Sprintf("staffed%d", p.number), "password": goodPassword}
	case "POST /3/admin/company/owner/":
		return map[string]any{"user": heir, "password": goodPassword}
	case "POST /3/admin/company/owner/accept/":
		return map[string]any{"password": goodPassword}
	default:
		return nil
	}
}

// wellFormed is a request of a person to which nothing but their rights can be an obstacle.
func wellFormed(t *testing.T, r web.Listing, p person, body map[string]any) request {
	t.Helper()
	path, group, permission, identifier, id := r.Path, "user", narrow, p.target, "acme"
	switch {
	case strings.HasPrefix(path, "/3/admin/audit/"):
		id = p.event
	case p.contacts[strings.TrimSuffix(path, "{id}/")] != "":
		id = p.contacts[strings.TrimSuffix(path, "{id}/")]
	case strings.HasPrefix(path, "/3/admin/groups/"):
		group = p.team
	case strings.HasPrefix(path, "/3/groups/"):
		group, permission.Noun = p.group, kith.NounUser
	case strings.Contains(path, "{identifier}/groups/"), strings.Contains(path, "{identifier}/permissions/"):
		identifier = p.other
	}
	for parameter, value := range map[string]string{"{token_key}": p.spare, "{version}": "1", "{id}": id, "{group_name}": group,
		"{identifier}": identifier, "{permission_id}": fmt.Sprint(permission.Number()),
		"{code}": p.currency(), "{reference}": p.account, "{definition_name}": p.definition(), "{definition_group_name}": "user",
		"{currency_code}": "USD", "{application_id}": p.application} {
		path = strings.Replace(path, parameter, value, 1)
	}
	if path == "/3/admin/why/" {
		path += "?actor=owner@acme.example&operation=user.change"
	}
	text := ""
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		text = string(b)
	}
	made := ask(r.Method, path, p.token, text)
	if r.Path == "/3/auth/refresh/" {
		made.header.Set("Authorization", "Refresh-Token "+p.refresh)
	}
	return made
}

// call makes a person's well-formed request, and holds the first answer of each status of each route to the
// document.
func (w *world) call(r web.Listing, p person) answer {
	w.t.Helper()
	w.ready(r, p)
	made := wellFormed(w.t, r, p, members(r.Method+" "+r.Path, p))
	response := w.serve(made)
	if kind := fmt.Sprint(r.Method, r.Path, response.StatusCode); !w.checked[kind] {
		w.document().Check(w.t, made.method, made.path, response)
		w.checked[kind] = true
	}
	return w.read(made, response)
}

var trailing = regexp.MustCompile(`(?m) +$`)

// TestMatrix: who may what, for every role and every route (T12, T62). The file is to be read; a row
// that changes is a decision.
func TestMatrix(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.company("acme")
	var out strings.Builder
	width := 0
	for _, r := range w.face.Routes() {
		width = max(width, len(r.Method+" "+r.Path)+1)
	}
	fmt.Fprintf(&out, "%-*s%s\n", width, "", strings.Join(roles, " "))
	for _, r := range w.face.Routes() {
		fmt.Fprintf(&out, "%-*s", width, r.Method+" "+r.Path)
		for _, role := range roles {
			fmt.Fprintf(&out, "%-*d ", len(role), w.through(role, r, w.somebody(role)).status)
		}
		fmt.Fprintln(&out)
	}
	golden(t, "matrix.txt", trailing.ReplaceAllString(out.String(), ""))
}

// TestAPermissionTakenAwayShutsItsRoutes: without one permission, members of a group get 403 on all routes
// that ask for it, on the very next request, and not on others: of these each is tried, five for each
// permission.
func TestAPermissionTakenAwayShutsItsRoutes(t *testing.T) {
	t.Parallel()
	const others = 5
	for role, section := range map[string]string{kith.GroupUser: "user:", kith.GroupAdmin: "admin:"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			w.company("acme")
			asking := map[string][]web.Listing{}
			var own []web.Listing
			for _, r := range w.face.Routes() {
				if strings.HasPrefix(r.Permission, section) {
					asking[r.Permission] = append(asking[r.Permission], r)
					own = append(own, r)
				}
			}
			next := 0
			for _, lost := range slices.Sorted(maps.Keys(asking)) {
				routes := asking[lost]
				for n := others + len(routes); len(routes) < n; next++ {
					if r := own[next%len(own)]; r.Permission != lost {
						routes = append(routes, r)
					}
				}
				for _, r := range routes {
					w.tryWithout(role, lost, r)
				}
			}
			if next < len(own) {
				t.Errorf("only %d of %d routes were tried without the permission of another", next, len(own))
			}
		})
	}
}

// tryWithout has a member of a group that has lost a permission make a request.
func (w *world) tryWithout(role, lost string, r web.Listing) {
	w.t.Helper()
	caller := role
	if ownersOnly[r.Method+" "+r.Path] {
		caller = "owner" // who is a member of the group, too
	}
	p := w.somebody(caller)
	w.setPermissions(role, func(held kith.Permissions) kith.Permissions { return without(w.t, held, lost) })
	got := w.through(caller, r, p).status
	w.setPermissions(role, func(kith.Permissions) kith.Permissions { return born(role) })
	if forbidden := got == http.StatusForbidden; forbidden != (r.Permission == lost) {
		w.t.Errorf("%s without %s: %s answers %d", role, lost, r, got)
	}
}

// setPermissions rewrites what the groups of a name hold.
func (w *world) setPermissions(group string, change func(kith.Permissions) kith.Permissions) {
	w.t.Helper()
	var held []byte
	err := w.db.QueryRowContext(context.Background(), `SELECT permissions FROM groups WHERE name = $1`, group).Scan(&held)
	if err != nil {
		w.t.Fatal(err)
	}
	w.sql(`UPDATE groups SET permissions = $1 WHERE name = $2`, change(kith.PermissionsOf(held)).Bytes(), group)
}

// born is what a company's group holds when the company is made.
func born(group string) kith.Permissions {
	for _, g := range access.Born() {
		if g.Name == group {
			return g.Permissions
		}
	}
	return kith.Permissions{}
}

// without takes the permission that a route names out of a set.
func without(t *testing.T, held kith.Permissions, name string) kith.Permissions {
	t.Helper()
	var left kith.Permissions
	found := false
	for _, p := range held.List() {
		if p.String() == name {
			found = true
		} else {
			left = left.With(p)
		}
	}
	if !found {
		t.Fatalf("the group does not hold %s", name)
	}
	return left
}
