package platform_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"kith"
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

// Others whom requests are about: ward is a member of the group user, heir an admin whom the owner trusts.
const ward, heir = "ward@x.example", "heir@x.example"

// ownersMobile is the number of the company's owner.
const ownersMobile = "+27831100000"

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
