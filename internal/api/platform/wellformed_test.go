package platform_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"kith"
	"kith/internal/web"
)

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
