package jsonapi

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"kith"
	"kith/internal/store/dbtest"
)

// crowd is how many go at once.
const crowd = 100

// rush has a crowd ask at the same moment, and gives the answers. None may be a fault of kith's, or in a database's
// words.
func rush(t *testing.T, ask func(i int) reply) []reply {
	t.Helper()
	var all sync.WaitGroup
	gate := make(chan struct{})
	answers := make([]reply, crowd)
	for i := range crowd {
		all.Go(func() {
			<-gate
			answers[i] = ask(i)
		})
	}
	close(gate)
	all.Wait()
	for _, a := range answers {
		if a.Code >= http.StatusInternalServerError && a.Code != http.StatusServiceUnavailable || databaseWords.MatchString(a.Body.String()) {
			t.Errorf("%s: %d %s", a.what, a.Code, a.Body)
		}
	}
	return answers
}

// winners are those of whom the answer is good.
func winners(answers []reply) (list []reply) {
	for _, a := range answers {
		if a.Code < http.StatusMultipleChoices {
			list = append(list, a)
		}
	}
	return list
}

// tally counts answers by their status.
func tally(answers []reply) map[int]int {
	count := map[int]int{}
	for _, a := range answers {
		count[a.Code]++
	}
	return count
}

// asks makes a request whose answer is held to no document, for who asks beside others.
func (p someone) asks(method, path, body string) reply {
	return reply{p.quiet(method, path, body), method + " " + path + " " + body, p.h}
}

// TestSignUpAtOnce: of a hundred who sign up at the same moment with one address, by whichever way and however they
// write it, one is let in, and there is one user with one of everything.
func TestSignUpAtOnce(t *testing.T) {
	bothEngines(t, func(t *testing.T, h *house) {
		boss, guest := h.boss("acme"), h.guest("acme")
		spellings := []string{"ada@x.example", "ADA@x.example", "Ada@X.example"}
		answers := rush(t, func(i int) reply {
			email := spellings[i%len(spellings)]
			switch i % 3 {
			case 0:
				return guest.asks("POST", "/action/user_account/signup", fmt.Sprintf(`{"name":"Ada","email":%q,"password":"pppppppp","passwordConfirm":"pppppppp"}`, email))
			case 1:
				return guest.asks("POST", users, row("user_account", "", fmt.Sprintf(`"name":"Ada","email":%q,"password":"pppppppp"`, email)))
			default:
				return guest.asks("POST", "/3/auth/register/", fmt.Sprintf(`{"company":"acme","first_name":"Ada","email":%q,"password":"pppppppp"}`, email))
			}
		})
		got := tally(answers)
		if len(winners(answers)) != 1 || got[http.StatusConflict]+got[http.StatusBadRequest] != crowd-1 {
			t.Errorf("one address: %v", got)
		}
		for what, text := range map[string]string{"users": `SELECT 1 FROM users`, "addresses": `SELECT 1 FROM identifiers WHERE kind = 2`, "greetings": `SELECT 1 FROM messages WHERE kind = 'welcome'`} {
			if n := len(dbtest.Query(t, h.db, text)); n != 2 { // and the owner's
				t.Errorf("there are %d %s, want 2", n, what)
			}
		}
		if homes := boss.ids(groups + "?" + where("name", "is", "Home group for Ada").Encode()); len(homes) != 1 {
			t.Errorf("there are the home groups %v", homes)
		}
	})
}

// TestClaimAtOnce: of a hundred who claim a company at the same moment one owns it, and is its one administrator.
func TestClaimAtOnce(t *testing.T) {
	bothEngines(t, func(t *testing.T, h *house) {
		h.unclaimed("bare")
		var people []someone
		for i := range crowd {
			people = append(people, h.member("bare", fmt.Sprint("user", i)))
		}
		answers := rush(t, func(i int) reply { return people[i].asks("POST", "/action/world/become_an_administrator", "{}") })
		if got := tally(answers); got[http.StatusOK] != 1 || got[http.StatusForbidden] != crowd-1 {
			t.Fatalf("a claim: %v", got)
		}
		owners := 0
		for i, a := range answers {
			if p := people[i]; (p.asks("GET", "/_config", "").Code == http.StatusOK) != (a.Code == http.StatusOK) {
				t.Errorf("%s claimed with %d, and is told so", p.id, a.Code)
			} else if a.Code == http.StatusOK {
				owners++
			}
		}
		admins := dbtest.Query(t, h.db, `SELECT u.id FROM users u JOIN groups g ON g.company_id = u.company_id AND g.id = u.group_id WHERE g.name = 'admin'`)
		if owners != 1 || len(admins) != 1 {
			t.Errorf("%d own the company, %d are administrators", owners, len(admins))
		}
	})
}

// TestPermissionsAtOnce: a hundred changes of the permissions of tables and actions at the same moment are all kept,
// each its own, and what is shut then is shut on the next request.
func TestPermissionsAtOnce(t *testing.T) {
	bothEngines(t, func(t *testing.T, h *house) {
		boss, guest := h.boss("acme"), h.guest("acme")
		modes := map[string]int{}
		var paths []string
		for _, table := range []string{"world", "action"} {
			a := boss.do("GET", "/api/"+table+"?page[size]=500", "").want(http.StatusOK)
			list, _ := a.at("data").([]any)
			for i := range list {
				path := "/api/" + table + "/" + a.text(fmt.Sprintf("data.%d.id", i))
				mode := int(a.at(fmt.Sprintf("data.%d.attributes.permission", i)).(float64))
				paths = append(paths, path)
				modes[path] = mode ^ 1<<20 // which nothing that follows asks
			}
		}
		change := func(path string, mode int) reply {
			return boss.asks("PATCH", path, row("", "", fmt.Sprintf(`"permission":%d`, mode)))
		}
		answers := rush(t, func(i int) reply { return change(paths[i%len(paths)], modes[paths[i%len(paths)]]) })
		if got := tally(answers); got[http.StatusOK] != crowd {
			t.Errorf("permissions written: %v", got)
		}
		for _, path := range paths {
			if mode := boss.do("GET", path, "").want(http.StatusOK).at("data.attributes.permission"); mode != float64(modes[path]) {
				t.Errorf("%s has %v, want %d: a change was lost", path, mode, modes[path])
			}
		}

		table := "/api/world/" + boss.tableRow("world", "table_name", "user_account")
		open, shut := modes[table], modes[table]&^0x7f
		answers = rush(t, func(i int) reply {
			switch i % 4 {
			case 0:
				return change(table, open)
			case 1:
				return change(table, shut)
			case 2:
				return guest.asks("GET", users, "")
			default:
				return guest.asks("POST", "/action/user_account/signup", fmt.Sprintf(`{"name":"N","email":"n%d@x.example","password":"pppppppp","passwordConfirm":"pppppppp"}`, i))
			}
		})
		if got := tally(answers); got[http.StatusOK]+got[http.StatusForbidden] != crowd {
			t.Errorf("while a table is opened and shut: %v", got)
		}
		if n, want := len(dbtest.Query(t, h.db, `SELECT 1 FROM users`)), 1; n > want+crowd/4 {
			t.Errorf("%d users", n)
		}
		for range 3 {
			change(table, shut).want(http.StatusOK)
			guest.do("GET", users, "").want(http.StatusForbidden)
			change(table, open).want(http.StatusOK)
			guest.do("GET", users, "").want(http.StatusOK)
		}
	})
}

// TestSecretsAtOnce: of a hundred who spend one link or one code at the same moment, by either face, one does, and what
// that one chose is what holds (T80).
func TestSecretsAtOnce(t *testing.T) {
	bothEngines(t, func(t *testing.T, h *house) {
		h.boss("acme")
		guest, ada := h.guest("acme"), h.member("acme", "ada")
		guest.do("POST", "/action/user_account/reset-password", `{"email":"ada@x.example"}`).want(http.StatusOK)
		link := resetLink.FindStringSubmatch(h.letters("ada@x.example")[0].Text)
		password := func(i int) string { return fmt.Sprintf("the %dth long enough phrase", i) }
		answers := rush(t, func(i int) reply {
			if i%2 == 0 {
				return guest.asks("POST", "/action/user_account/reset-password-verify", fmt.Sprintf(`{"email":"ada@x.example","otp":%q,"new_password":%q}`, link[2], password(i)))
			}
			return guest.asks("POST", "/3/auth/password/reset/confirm/", fmt.Sprintf(`{"uid":%q,"token":%q,"new_password":%q}`, link[1], link[2], password(i)))
		})
		if got := tally(answers); got[http.StatusOK] != 1 {
			t.Fatalf("one link: %v", got)
		}
		for i, a := range answers {
			if a.Code == http.StatusOK {
				signedIn := guest.do("POST", "/action/user_account/signin", fmt.Sprintf(`{"email":"ada@x.example","password":%q}`, password(i))).want(http.StatusOK)
				ada = someone{h: h, token: signedIn.text("0.Attributes.value")}
			}
		}
		ada.do("POST", mobiles, row("mobile", "", `"mobile":"+27831234567"`)).want(http.StatusCreated)
		answers = rush(t, func(i int) reply {
			path := []string{"/action/user_account/verify_otp", "/action/user_otp_account/verify_mobile_number"}[i%2]
			return ada.asks("POST", path, `{"mobile_number":"+27831234567","otp":"123456"}`)
		})
		if got := tally(answers); got[http.StatusOK] != 1 {
			t.Errorf("one code: %v", got)
		}
		events := dbtest.Query(t, h.db, fmt.Sprintf(`SELECT fields FROM events WHERE noun = %d AND verb = %d`, kith.NounUser, kith.Change))
		proved := 0
		for _, e := range events {
			if strings.Contains(e["fields"], "mobile_verified") {
				proved++
			}
		}
		if proved != 1 {
			t.Errorf("the number was proved %d times", proved)
		}
	})
}
