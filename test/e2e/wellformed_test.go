package e2e

import (
	"fmt"
	"net/http"
	"strings"

	"kith"
)

// wanted is what a well-formed request of a tenant names in its path, by parameter: of what it ends or
// changes for good, a fresh one each time.
func (tn *tenant) wanted(ep endpoint) map[string]string {
	tn.in.t.Helper()
	values := map[string]string{
		"token_key": tn.ids["token"][0], "version": "1", "id": tn.slug, "group_name": "user", "identifier": emailOf("ward", tn.slug),
		"permission_id": fmt.Sprint(everyones.Number()), "code": nameOf("currency", tn.slug), "reference": tn.ids["account"][0],
		"definition_name": nameOf("definition", tn.slug), "definition_group_name": "user", "currency_code": "USD",
		"application_id": tn.ids["application"][0],
	}
	switch {
	case strings.HasSuffix(ep.Path, "/emails/{id}/"):
		values["id"] = tn.ids["email number"][0]
	case strings.HasSuffix(ep.Path, "/mobiles/{id}/"):
		values["id"] = tn.ids["mobile number"][0]
	case ep.Path == "/3/admin/audit/{id}/":
		values["id"] = tn.ids["event"][0]
	case strings.HasPrefix(ep.Path, "/3/admin/groups/"):
		values["group_name"] = "team-" + tn.slug
	case strings.HasPrefix(ep.Path, "/3/groups/"):
		values["permission_id"] = fmt.Sprint(kith.Permission{Section: kith.SectionUser, Noun: kith.NounUser, Level: kith.LevelView}.Number())
	}
	switch ep.Method + " " + ep.Path {
	case "DELETE /3/admin/users/tokens/{token_key}/", "DELETE /3/auth/tokens/{token_key}/":
		values["token_key"] = tn.signIn("ada").text("data.token")[:8]
	case "DELETE /3/user/emails/{id}/", "DELETE /3/user/mobiles/{id}/", "DELETE /3/admin/users/emails/{id}/", "DELETE /3/admin/users/mobiles/{id}/":
		values["id"] = tn.another(strings.TrimSuffix(ep.Path, "{id}/"))
	case "DELETE /3/admin/applications/{application_id}/":
		values["application_id"] = text(tn.in.t, tn.make("/3/admin/applications/", object{"name": "till"}).at("data.id"))
	case "PATCH /3/admin/groups/{group_name}/", "PUT /3/admin/groups/{group_name}/":
		values["group_name"] = tn.newName()
		tn.make("/3/admin/groups/", object{"name": values["group_name"]})
	case "DELETE /3/admin/users/{identifier}/", "PATCH /3/admin/users/{identifier}/", "PUT /3/admin/users/{identifier}/",
		"POST /3/admin/users/{identifier}/groups/", "DELETE /3/admin/users/{identifier}/groups/{group_name}/":
		values["identifier"] = tn.newName()
		tn.make("/3/admin/users/", object{"username": values["identifier"]})
	case "DELETE /3/admin/groups/{group_name}/permissions/{permission_id}/":
		values["permission_id"] = fmt.Sprint(passed.Number())
		tn.make("/3/admin/groups/"+values["group_name"]+"/permissions/", granted(passed))
	case "DELETE /3/admin/users/{identifier}/permissions/{permission_id}/":
		values["permission_id"] = fmt.Sprint(passed.Number())
		tn.make("/3/admin/users/"+values["identifier"]+"/permissions/", granted(passed))
	case "POST /3/admin/account-definitions/{definition_name}/groups/",
		"POST /3/admin/account-definitions/{definition_name}/groups/{definition_group_name}/currencies/":
		values["definition_name"] = tn.newName()
		tn.make("/3/admin/account-definitions/", object{"name": values["definition_name"]})
		if strings.HasSuffix(ep.Path, "/currencies/") {
			tn.make("/3/admin/account-definitions/"+values["definition_name"]+"/groups/", object{"group": "user"})
		}
	}
	return values
}

// newName is a name that nothing has.
func (tn *tenant) newName() string {
	tn.fresh++
	return fmt.Sprint("fresh", tn.fresh)
}

// members are the body of a well-formed request of a tenant.
func (tn *tenant) members(ep endpoint) object {
	name := tn.newName()
	switch ep.Method + " " + ep.Path {
	case "POST /3/auth/company/register/":
		return object{"company": name, "email": name + "@new.example", "password": tn.password}
	case "POST /3/auth/register/":
		return object{"company": tn.slug, "username": name, "password": tn.password}
	case "POST /3/auth/login/":
		return object{"company": tn.slug, "user": emailOf("ada", tn.slug), "password": tn.password}
	case "POST /3/auth/password/change/":
		return object{"old_password": tn.password, "new_password": tn.password}
	case "POST /3/auth/password/reset/confirm/":
		uid, secret := tn.link("ward")
		return object{"uid": uid, "token": secret, "new_password": tn.password}
	case "POST /3/admin/auth/password/reset/confirm/":
		uid, secret := tn.link("ward")
		return object{"uid": uid, "token": secret, "new_password": tn.password}
	case "POST /3/auth/password/reset/", "POST /3/auth/deactivate/", "POST /3/auth/request-delete/":
		return object{"company": tn.slug, "user": emailOf("ada", tn.slug)}
	case "POST /3/admin/auth/password/reset/", "POST /3/admin/auth/deactivate/", "POST /3/admin/auth/request-delete/":
		return object{"user": emailOf("ada", tn.slug)}
	case "POST /3/auth/deactivate/verify/", "POST /3/admin/auth/deactivate/verify/":
		return object{"key": tn.leaving(name, "deactivate")}
	case "POST /3/auth/request-delete/verify/", "POST /3/admin/auth/request-delete/verify/":
		return object{"key": tn.leaving(name, "request-delete")}
	case "POST /3/auth/email/verify/", "POST /3/auth/email/disown/":
		return object{"key": tn.key(name)}
	case "POST /3/auth/email/verify/resend/":
		return object{"company": tn.slug, "email": emailOf("ada", tn.slug)}
	case "POST /3/auth/mobile/verify/":
		return object{"otp": "123456"}
	case "POST /3/auth/mobile/verify/resend/":
		return object{"company": tn.slug, "mobile": mobileOf("ada", tn.slug)}
	case "POST /3/auth/tokens/":
		return object{"password": tn.password}
	case "PATCH /3/auth/tokens/{token_key}/", "PUT /3/auth/tokens/{token_key}/", "PATCH /3/admin/users/tokens/{token_key}/",
		"PUT /3/admin/users/tokens/{token_key}/":
		return object{"label": "till"}
	case "POST /3/user/emails/":
		tn.bare()
		return object{"email": name + "@new.example"}
	case "POST /3/user/mobiles/":
		tn.bare()
		return object{"number": fmt.Sprintf("+278114%05d", tn.fresh)}
	case "POST /3/admin/users/emails/":
		tn.bare()
		return object{"user": emailOf("ward", tn.slug), "email": name + "@new.example"}
	case "POST /3/admin/users/mobiles/":
		tn.bare()
		return object{"user": emailOf("ward", tn.slug), "number": fmt.Sprintf("+278114%05d", tn.fresh)}
	case "POST /3/admin/users/":
		return object{"username": name}
	case "POST /3/admin/users/tokens/":
		return object{"user": emailOf("ward", tn.slug), "duration": 3600}
	case "POST /3/admin/users/{identifier}/groups/":
		return object{"group": "team-" + tn.slug}
	case "POST /3/admin/groups/{group_name}/permissions/", "POST /3/admin/users/{identifier}/permissions/":
		return object{"permissions": []any{object{"section": "user", "type": "device", "level": "view"}}}
	case "POST /3/admin/auth/login/":
		return object{"user": emailOf("ada", tn.slug), "password": tn.password}
	case "POST /3/admin/auth/register/":
		return object{"username": name, "password": tn.password}
	case "POST /3/admin/company/owner/":
		return object{"user": emailOf("admin", tn.slug), "password": tn.password}
	case "POST /3/admin/company/owner/accept/":
		return object{"password": tn.password}
	case "POST /3/admin/currencies/":
		return object{"code": strings.ToUpper(name), "divisibility": 2}
	case "POST /3/admin/groups/", "POST /3/admin/account-definitions/":
		return object{"name": name}
	case "POST /3/accounts/", "POST /3/admin/accounts/", "POST /3/admin/applications/":
		return object{"name": "another"}
	case "POST /3/admin/account-definitions/{definition_name}/groups/":
		return object{"group": "user"}
	case "POST /3/admin/account-definitions/{definition_name}/groups/{definition_group_name}/currencies/":
		return object{"currency": nameOf("currency", tn.slug)}
	case "PUT /3/admin/attributes/":
		return object{"schema": attributes(tn.slug, 1)}
	default:
		return object{}
	}
}

// queries are the parameters without which a list or a question makes no sense.
var queries = map[string]string{
	"/3/admin/why/":   "operation=user.change&actor=owner@{slug}.example",
	"/3/admin/audit/": "page_size=5",
	"/3/admin/users/": "page_size=5",
}

// ending are the routes that may end sessions of whoever calls, or of others.
var ending = map[string]bool{"DELETE /3/auth/tokens/": true, "DELETE /3/admin/users/tokens/": true, "POST /3/auth/logout/": true,
	"POST /3/auth/password/change/": true, "POST /3/auth/password/reset/confirm/": true, "POST /3/auth/refresh/": true,
	"POST /3/admin/company/owner/accept/": true}

// caller is who of the tenant the endpoint is for.
func (ep endpoint) caller() string {
	switch {
	case ep.Path == "/3/admin/company/owner/accept/":
		return "admin"
	case strings.HasPrefix(ep.Path, "/3/admin/"):
		return "owner"
	default:
		return "ada"
	}
}

// ready does what must have been done before a request of the tenant, and gives the authorization that
// it carries.
func (tn *tenant) ready(ep endpoint, who string) string {
	tn.in.t.Helper()
	name := ep.Method + " " + ep.Path
	if ep.Path == "/3/admin/company/owner/accept/" {
		tn.own("owner")
		tn.in.as(tn.signIn("owner").text("data.token")).do("POST", "/3/admin/company/owner/", object{"user": emailOf("admin", tn.slug), "password": tn.password}).want(http.StatusCreated)
	}
	if ep.Path == "/3/auth/mobile/verify/" {
		tn.in.engine.change(tn.in.t, `UPDATE identifiers SET verified_at = 0 WHERE kind = 3 AND folded = $1`, mobileOf("ada", tn.slug))
		tn.in.do("POST", "/3/auth/mobile/verify/resend/", object{"company": tn.slug, "mobile": mobileOf("ada", tn.slug)}).want(http.StatusOK)
		tn.in.sendAsked(tn.in.t)
	}
	if ending[name] {
		tn.tokens[who] = tn.signIn(who).text("data.token")
		tn.ids["token"][0] = tn.signIn("ada").text("data.token")[:8]
	}
	if ep.Path == "/3/auth/refresh/" {
		return "Refresh-Token " + tn.signIn(who).text("data.refresh_token")
	}
	return "Token " + tn.tokens[who]
}

// own makes somebody the tenant's owner, as handing it over would.
func (tn *tenant) own(who string) {
	tn.in.engine.change(tn.in.t, `UPDATE companies SET version = version + 1, heir_id = NULL, owner_id = (SELECT u.id FROM users u
		WHERE u.company_id = companies.company_id AND u.email = $1) WHERE slug = $2`, emailOf(who, tn.slug), tn.slug)
}

// sweep removes things that requests of the tenant made, of which a company may have only so many.
func (tn *tenant) sweep() {
	for _, text := range []string{`DELETE FROM account_definitions WHERE name LIKE 'fresh%'`, `DELETE FROM groups WHERE name LIKE 'fresh%'`,
		`DELETE FROM currencies WHERE code LIKE 'FRESH%'`, `DELETE FROM applications WHERE name IN ('till', 'another')`} {
		tn.in.engine.change(tn.in.t, text+` AND company_id = (SELECT company_id FROM company_slugs WHERE slug = $1)`, tn.slug)
	}
}
