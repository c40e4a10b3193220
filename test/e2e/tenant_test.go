package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/web"
)

// tenant is a company with people and things of every kind, which are called alike in every other but
// for the company's slug: what a list or an answer shows of it can be told by that.
type tenant struct {
	in       *inside
	other    *tenant // of which nothing may be seen
	slug     string
	password string              // of everybody in it
	ids      map[string][]string // by what they name: what was drawn, not chosen
	tokens   map[string]string   // by who is signed in
	taken    map[string]int      // how many names of each kind were taken from the pool
	fresh    int                 // things made besides
}

// The people of a tenant: its owner, one for each group that a company is born with, ward, a member of the
// group user whom staff look after, and mate, the one member of the tenant's own group.
var people = []string{"owner", kith.GroupAdmin, kith.GroupManager, kith.GroupSupport, "ada", "ward", "mate"}

func emailOf(who, slug string) string    { return who + "@" + slug + ".example" }
func usernameOf(who, slug string) string { return who + "-" + slug }

// mobileOf is the number of one of the tenant's people.
func mobileOf(who, slug string) string {
	sum := 0
	for i, c := range who + "@" + slug {
		sum = (sum*31 + int(c) + i) % 1_000_000
	}
	return fmt.Sprintf("+2783%07d", 4_000_000+sum)
}

// pooled is how many people a tenant has whose names others may take, and scarce how many other things.
const pooled, scarce = 8, 4

// Permissions that are held by teams and wards: each tenant's by its own, and one by nobody.
var (
	everyones = kith.Permission{Section: kith.SectionUser, Noun: kith.NounTransaction, Level: kith.LevelView}
	theirs    = kith.Permission{Section: kith.SectionUser, Noun: kith.NounWebhook, Level: kith.LevelView}
	passed    = kith.Permission{Section: kith.SectionUser, Noun: kith.NounAlert, Level: kith.LevelView} // given and taken
	nobodys   = kith.Permission{Section: kith.SectionUser, Noun: kith.NounPolicy, Level: kith.LevelView}
)

func newTenant(t *testing.T, in *inside, slug string, held kith.Permission, versions int) *tenant {
	t.Helper()
	tn := &tenant{in: in, slug: slug, password: passwordOf(slug), ids: make(map[string][]string), tokens: make(map[string]string),
		taken: make(map[string]int)}
	owner := in.company(slug, tn.profile("owner")).want(http.StatusCreated)
	tn.tokens["owner"] = owner.text("data.token")
	tn.make("/3/admin/groups/", object{"name": "team-" + slug, "label": "Word" + slug})
	tn.money()
	for _, who := range people[1:] {
		tn.make("/3/admin/users/", tn.profile(who))
		tn.setPassword(who)
		switch who {
		case kith.GroupAdmin, kith.GroupManager, kith.GroupSupport:
			tn.make("/3/admin/users/"+emailOf(who, slug)+"/groups/", object{"group": who})
		case "mate":
			tn.make("/3/admin/users/"+emailOf(who, slug)+"/groups/", object{"group": "team-" + slug})
		}
	}
	grant := granted(held)
	tn.make("/3/admin/groups/team-"+slug+"/permissions/", grant)
	for _, who := range []string{"ada", "ward"} {
		tn.make("/3/admin/users/"+emailOf(who, slug)+"/permissions/", grant)
	}
	for i := range versions {
		tn.as("owner").do("PUT", "/3/admin/attributes/", object{"schema": attributes(slug, i)}).want(http.StatusOK)
	}
	for _, who := range []string{"ada", "ward"} {
		tn.as("owner").do("PATCH", "/3/admin/users/"+emailOf(who, slug)+"/", object{"metadata": object{"vault_" + slug: "Word" + slug}}).want(http.StatusOK)
	}
	tn.things()
	// Nobody has anything to prove, so that nobody is written to whom another company asks for.
	in.engine.change(t, `UPDATE identifiers SET verified_at = 1 WHERE company_id = (SELECT company_id FROM company_slugs WHERE slug = $1)`, slug)
	tn.enter()
	tn.look(t)
	return tn
}

// granted is the body of a request that grants a permission.
func granted(p kith.Permission) object {
	return object{"type": p.Noun.String(), "level": p.Level.String()}
}

// attributes is the shape of what a company adds to its users: one attribute, and no other.
func attributes(slug string, version int) object {
	both := []string{"user", "admin"}
	return object{"description": fmt.Sprint(version), "additionalProperties": false,
		"properties": object{nameOf("attribute", slug): object{"type": "string", "x-write": both, "x-read": both}}}
}

// profile is what somebody is made with.
func (tn *tenant) profile(who string) object {
	word := "Word" + tn.slug
	return object{"email": emailOf(who, tn.slug), "username": usernameOf(who, tn.slug), "mobile": mobileOf(who, tn.slug),
		"first_name": word, "middle_name": word, "last_name": word, "id_number": word}
}

// money makes a currency, and a kind of account that counts in it, which everybody gets who comes.
func (tn *tenant) money() {
	code, kind := nameOf("currency", tn.slug), nameOf("definition", tn.slug)
	tn.make("/3/admin/currencies/", object{"code": code, "divisibility": 2, "display_code": code, "unit": "Word" + tn.slug})
	tn.make("/3/admin/account-definitions/", object{"name": kind, "label": "Word" + tn.slug})
	for _, group := range []string{kith.GroupUser, "team-" + tn.slug} {
		tn.make("/3/admin/account-definitions/"+kind+"/groups/", object{"group": group, "default": true, "currencies": []string{"USD", code}})
	}
}

// things makes accounts and applications, and whatever has a name that others may take.
func (tn *tenant) things() {
	word := "Word" + tn.slug
	application := tn.make("/3/admin/applications/", object{"name": word, "origins": []string{"https://app." + tn.slug + ".example"}})
	tn.ids["application"] = []string{text(tn.in.t, application.at("data.id"))}
	account := tn.make("/3/admin/accounts/", object{"user": emailOf("ada", tn.slug), "name": word, "label": word})
	tn.ids["account"] = []string{account.text("data.reference")}
	for i := range pooled {
		name := freeName(i, common(tn.slug))
		if i < scarce {
			tn.make("/3/admin/groups/", object{"name": name})
			tn.make("/3/admin/account-definitions/", object{"name": name})
			tn.make("/3/admin/currencies/", object{"code": freeCurrency(i, common(tn.slug)), "divisibility": 2})
			tn.make("/3/admin/accounts/", object{"name": name, "reference": freeReference(i, common(tn.slug))})
			tn.make("/3/admin/applications/", object{"name": name, "origins": []string{"https://" + name + ".example"}})
		}
		who, slug := fmt.Sprint("free", i), common(tn.slug)
		user := tn.make("/3/admin/users/", object{"email": emailOf(who, slug), "username": usernameOf(who, slug), "mobile": mobileOf(who, slug)})
		tn.ids["free user"] = append(tn.ids["free user"], user.text("data.id"))
	}
}

// make has the owner make something.
func (tn *tenant) make(path string, members object) answer {
	tn.in.t.Helper()
	tn.in.tick()
	return tn.as("owner").do("POST", path, members).want(http.StatusCreated)
}

// tick lets a millisecond pass, in which no more than 2,048 numbers can be drawn.
func (in *inside) tick() {
	in.clock.stop(in.clock.now().Add(time.Millisecond))
}

// setPassword gives somebody the tenant's password, by a link that the operator makes.
func (tn *tenant) setPassword(who string) {
	tn.in.t.Helper()
	uid, secret := tn.link(who)
	tn.in.do("POST", "/3/auth/password/reset/confirm/", object{"uid": uid, "token": secret, "new_password": tn.password}).want(http.StatusOK)
}

// link makes a link to set somebody's password by, and gives its two parts.
func (tn *tenant) link(who string) (uid, secret string) {
	tn.in.t.Helper()
	by, err := tn.in.core.Directory.Guest(tn.in.t.Context(), &kith.Actor{System: true, Remote: kith.Remote{Loopback: true}}, tn.slug)
	if err != nil {
		tn.in.t.Fatal(err)
	}
	by.System = true
	link, err := tn.in.core.Signin.ShowPasswordLink(tn.in.t.Context(), by, emailOf(who, tn.slug))
	if err != nil {
		tn.in.t.Fatal(err)
	}
	_, link, _ = strings.Cut(link, "uid=")
	uid, secret, _ = strings.Cut(link, "&token=")
	return uid, secret
}

// key is that of a link to verify the e-mail of somebody new by.
func (tn *tenant) key(name string) string {
	tn.in.t.Helper()
	email := name + "@new.example"
	tn.make("/3/admin/users/", object{"email": email})
	tn.in.tick()
	tn.in.do("POST", "/3/auth/email/verify/resend/", object{"company": tn.slug, "email": email}).want(http.StatusOK)
	for _, m := range tn.in.inbox(tn.in.t, email) {
		if _, key, is := strings.Cut(m.Links[0], "#key="); is {
			return key
		}
	}
	tn.in.t.Fatalf("%s got no link", email)
	return ""
}

// leaving is the key of a link by which somebody new closes their account.
func (tn *tenant) leaving(name, how string) string {
	tn.in.t.Helper()
	email := name + "@new.example"
	tn.make("/3/admin/users/", object{"email": email})
	tn.in.tick()
	tn.in.do("POST", "/3/auth/"+how+"/", object{"company": tn.slug, "user": email}).want(http.StatusOK)
	for _, m := range tn.in.inbox(tn.in.t, email) {
		if _, key, is := strings.Cut(m.Links[0], "#key="); is {
			return key
		}
	}
	tn.in.t.Fatalf("%s got no link", email)
	return ""
}

// signIn begins a session of one of the tenant's people.
func (tn *tenant) signIn(who string) answer {
	tn.in.t.Helper()
	return tn.in.do("POST", loginPath, object{"company": tn.slug, "user": emailOf(who, tn.slug), "password": tn.password}).want(http.StatusOK)
}

// enter signs everybody in.
func (tn *tenant) enter() {
	tn.in.t.Helper()
	for _, who := range people {
		tn.tokens[who] = tn.signIn(who).text("data.token")
	}
	tn.ids["token"] = []string{tn.signIn("ada").text("data.token")[:8], tn.tokens["owner"][:8]}
}

// as is a caller with the session of one of the tenant's people.
func (tn *tenant) as(who string) caller { return tn.in.as(tn.tokens[who]) }

// another gives ada, or as staff do ward, another e-mail or mobile in the place of any before.
func (tn *tenant) another(list string) string {
	tn.in.t.Helper()
	tn.in.tick()
	tn.bare()
	ep := endpoint{Listing: web.Listing{Method: "POST", Path: list}}
	return text(tn.in.t, tn.as(ep.caller()).do("POST", list, tn.members(ep)).want(http.StatusCreated).at("data.id"))
}

// bare leaves everybody of the tenant the primary e-mail and mobile, of which people may have only so many.
func (tn *tenant) bare() {
	tn.in.engine.change(tn.in.t, `DELETE FROM identifiers WHERE is_primary = FALSE
		AND company_id = (SELECT company_id FROM company_slugs WHERE slug = $1)`, tn.slug)
}

// look reads the ids that kith drew.
func (tn *tenant) look(t *testing.T) {
	t.Helper()
	for _, who := range []string{"ada", "owner", "ward"} {
		user := tn.as("owner").do("GET", "/3/admin/users/"+emailOf(who, tn.slug)+"/", nil).want(http.StatusOK)
		tn.ids["user"] = append(tn.ids["user"], user.text("data.id"))
		if account := user.text("data.account"); account != "" {
			tn.ids["account"] = append(tn.ids["account"], account)
		}
	}
	for kind, list := range map[string]string{"email number": "/3/user/emails/", "mobile number": "/3/user/mobiles/"} {
		var own struct{ Data []struct{ ID json.Number } }
		if err := json.Unmarshal(tn.as("ada").do("GET", list, nil).want(http.StatusOK).body, &own); err != nil || len(own.Data) == 0 {
			t.Fatalf("%s: %v", list, err)
		}
		tn.ids[kind] = []string{own.Data[0].ID.String()}
	}
	_, secret := tn.link("ward")
	tn.ids["link"] = []string{secret}
	for _, row := range tn.in.engine.table(t, `SELECT id, session_id FROM events WHERE noun = $1 AND company_id =
		(SELECT company_id FROM company_slugs WHERE slug = $2) AND session_id IS NOT NULL ORDER BY id DESC LIMIT 1`, int(kith.NounSession), tn.slug) {
		tn.ids["event"], tn.ids["session"] = []string{row[0]}, []string{row[1]}
	}
	for path, more := range lists {
		var list struct{ Data struct{ Next string } }
		a := tn.as("owner").do("GET", path+"?page_size=1"+more, nil).want(http.StatusOK)
		if err := json.Unmarshal(a.body, &list); err != nil {
			t.Fatal(err)
		}
		_, cursor, _ := strings.Cut(list.Data.Next, "cursor=")
		cursor, _, _ = strings.Cut(cursor, "&")
		tn.ids["cursor "+path] = []string{cmp.Or(cursor, "none")}
	}
}

// lists are paged by cursors, with these parameters besides.
var lists = map[string]string{"/3/admin/users/": "&pagination=cursor", "/3/admin/audit/": ""}

// rival is an id of another company, and one of the same shape that nobody has.
type rival struct{ theirs, nobodys string }

const nobody = "nobody"

// rivals are the tenant's ids of a kind, to be tried on another.
func (tn *tenant) rivals(kind, path string) []rival {
	named := func(name func(slug string) string) rival { return rival{name(tn.slug), name(nobody)} }
	drawn := func(nobodys string) []rival {
		var list []rival
		for _, id := range tn.ids[kind] {
			list = append(list, rival{id, nobodys})
		}
		return list
	}
	const stranger = "01890000-0000-7000-8000-000000000000"
	switch kind {
	case "user", "event", "session":
		return drawn(stranger)
	case "person":
		list := []rival{named(func(slug string) string { return emailOf("ada", slug) }), named(func(slug string) string { return mobileOf("ada", slug) }),
			named(func(slug string) string { return usernameOf("ada", slug) })}
		for _, id := range tn.ids["user"][:2] {
			list = append(list, rival{id, stranger})
		}
		return list
	case "token":
		return drawn("zzzzzzzz")
	case "account":
		return drawn("9999999999")
	case "application", "email number", "mobile number":
		return drawn("9000000000000000")
	case "link":
		secret := tn.ids[kind][0]
		return []rival{{secret, strings.Repeat("0", len(secret))}}
	case "cursor":
		cursor := tn.ids["cursor "+path][0]
		return []rival{{cursor, cursor[:10] + strings.Repeat("0", len(cursor)-10)}}
	case "version":
		return []rival{{"5", "9"}}
	case "permission":
		return []rival{{fmt.Sprint(theirs.Number()), fmt.Sprint(nobodys.Number())}}
	default:
		if strings.HasPrefix(kind, "free ") {
			return tn.pool(kind)
		}
		return []rival{named(func(slug string) string { return nameOf(kind, slug) })}
	}
}

// nameOf is what a company calls a thing of a kind.
func nameOf(kind, slug string) string {
	switch kind {
	case "email":
		return emailOf("ada", slug)
	case "mobile":
		return mobileOf("ada", slug)
	case "username":
		return usernameOf("ada", slug)
	case "group":
		return "team-" + slug
	case "definition":
		return "kind-" + slug
	case "currency":
		return strings.ToUpper(slug)
	case "attribute":
		return "vault_" + slug
	case "word":
		return "Word" + slug
	case "company":
		return slug
	}
	panic("no name for a " + kind)
}

// pool gives a name that the tenant has and that others may take as well, another one each time.
func (tn *tenant) pool(kind string) []rival {
	i := tn.taken[kind]
	tn.taken[kind]++
	if i >= pooled || i >= scarce && !strings.Contains("free user free email free mobile free username", kind) {
		tn.in.t.Fatalf("there are no more of %s: make more in things", kind)
	}
	both := func(name func(slug string) string) []rival {
		return []rival{{name(common(tn.slug)), name(common(nobody))}}
	}
	switch who := fmt.Sprint("free", i); kind {
	case "free user":
		return []rival{{tn.ids[kind][i], fmt.Sprintf("01890000-0000-7000-8000-%012d", i+1)}}
	case "free email":
		return both(func(slug string) string { return emailOf(who, slug) })
	case "free mobile":
		return both(func(slug string) string { return mobileOf(who, slug) })
	case "free username":
		return both(func(slug string) string { return usernameOf(who, slug) })
	case "free currency":
		return both(func(slug string) string { return freeCurrency(i, slug) })
	case "free reference":
		return both(func(slug string) string { return freeReference(i, slug) })
	case "free origin":
		return both(func(slug string) string { return "https://" + freeName(i, slug) + ".example" })
	default:
		return both(func(slug string) string { return freeName(i, slug) })
	}
}

// common is what stands for a company in names that others have taken, too: they tell of nobody.
func common(slug string) string { return "of-" + slug[:2] }

func freeName(i int, slug string) string { return fmt.Sprintf("free%d-%s", i, slug) }
func freeCurrency(i int, slug string) string {
	return strings.ToUpper(fmt.Sprintf("F%d%s", i, slug[len("of-"):]))
}
func freeReference(i int, slug string) string {
	return fmt.Sprintf("70%d%s", i, mobileOf("number", slug)[len("+2783"):])
}
