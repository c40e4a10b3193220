package jsonapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// told is one user's story, as one face tells it.
type told struct {
	h     *house
	boss  someone
	face  string // "platform" or "tables"
	name  string
	token string
	id    string
	rows  map[string]string // ids of what was added, by what it is
}

func (s *told) me() someone { return someone{h: s.h, token: s.token} }

func (s *told) email() string { return s.name + "@x.example" }

// chapter is one step of the story, by each face. What both leave is the same.
type chapter struct {
	name             string
	platform, tables func(s *told)
}

// platformAs asks the platform face and wants it to work.
func (s *told) platformAs(who someone, method, path, body string) reply {
	s.h.t.Helper()
	a := who.platform(method, path, body)
	if a.Code >= http.StatusMultipleChoices {
		s.h.t.Fatalf("%s: %d %s", a.what, a.Code, a.Body)
	}
	return a
}

// tablesAs asks this face and wants it to work.
func (s *told) tablesAs(who someone, method, path, body string) reply {
	s.h.t.Helper()
	a := who.do(method, path, body)
	if a.Code >= http.StatusMultipleChoices {
		s.h.t.Fatalf("%s: %d %s", a.what, a.Code, a.Body)
	}
	return a
}

func idText(value any) string {
	if n, is := value.(float64); is {
		return fmt.Sprintf("%.0f", n)
	}
	text, _ := value.(string)
	return text
}

// secret is that of the newest link that was mailed to the user, to choose a password by.
func (s *told) secret() (uid, token string) {
	s.h.t.Helper()
	found := resetLink.FindStringSubmatch(s.h.letters(s.email())[0].Text)
	if found == nil {
		s.h.t.Fatal("no link came")
	}
	return found[1], found[2]
}

const nextPassword = "another long enough pass phrase"

// number is a mobile number of the user's own, as long as the other face's.
func (s *told) number() string {
	return map[string]string{"platform": "+27831000001", "tables": "+27831000002"}[s.face]
}

func signsIn(name, password string) chapter {
	return chapter{name, func(s *told) {
		s.token = s.platformAs(someone{h: s.h}, "POST", "/3/auth/login/", fmt.Sprintf(`{"company":"acme","user":%q,"password":%q}`, s.email(), password)).text("data.token")
	}, func(s *told) {
		s.token = s.tablesAs(s.h.guest("acme"), "POST", "/action/user_account/signin", fmt.Sprintf(`{"email":%q,"password":%q}`, s.email(), password)).text("0.Attributes.value")
	}}
}

var story = []chapter{
	{"sign up", func(s *told) {
		a := s.platformAs(someone{h: s.h}, "POST", "/3/auth/register/", fmt.Sprintf(`{"company":"acme","email":%q,"password":%q,"first_name":"Ada","last_name":"King"}`, s.email(), goodPassword))
		s.id = a.text("data.user.id")
		s.platformAs(someone{h: s.h, token: a.text("data.token")}, "POST", "/3/auth/logout/", "") // of the session that comes with it
	}, func(s *told) {
		s.tablesAs(s.h.guest("acme"), "POST", "/action/user_account/signup", fmt.Sprintf(`{"name":"Ada King","email":%q,"password":%q,"passwordConfirm":%[2]q}`, s.email(), goodPassword))
		s.id = s.boss.ids(users + "?" + where("email", "is", s.email()).Encode())[0]
	}},
	signsIn("sign in", goodPassword),
	{"change the name", func(s *told) {
		s.platformAs(s.me(), "PATCH", "/3/user/", `{"first_name":"Augusta","last_name":"Byron"}`)
	}, func(s *told) {
		s.tablesAs(s.me(), "PATCH", users+"/mine", row("user_account", s.id, `"name":"Augusta Byron"`))
	}},
	{"change nothing", func(s *told) {
		s.platformAs(s.me(), "PATCH", "/3/user/", `{"first_name":"Augusta","last_name":"Byron"}`)
	}, func(s *told) {
		s.tablesAs(s.me(), "PATCH", users+"/mine", row("user_account", s.id, `"name":"Augusta Byron"`))
	}},
	{"add an e-mail", func(s *told) {
		s.rows["email"] = idText(s.platformAs(s.me(), "POST", "/3/user/emails/", fmt.Sprintf(`{"email":"more-%s"}`, s.email())).at("data.id"))
	}, func(s *told) {
		s.rows["email"] = s.tablesAs(s.me(), "POST", emails, row("email", "", fmt.Sprintf(`"email":"more-%s"`, s.email()))).text("data.id")
	}},
	{"make it primary", func(s *told) {
		s.platformAs(s.me(), "PATCH", "/3/user/emails/"+s.rows["email"]+"/", `{"primary":true}`)
	}, func(s *told) {
		s.tablesAs(s.me(), "PATCH", emails+"/"+s.rows["email"], row("email", s.rows["email"], `"primary":true`))
	}},
	{"add a mobile", func(s *told) {
		s.rows["mobile"] = idText(s.platformAs(s.me(), "POST", "/3/user/mobiles/", fmt.Sprintf(`{"number":%q}`, s.number())).at("data.id"))
	}, func(s *told) {
		s.rows["mobile"] = s.tablesAs(s.me(), "POST", mobiles, row("mobile", "", fmt.Sprintf(`"mobile":%q`, s.number()))).text("data.id")
	}},
	{"prove it", func(s *told) {
		s.platformAs(s.me(), "POST", "/3/auth/mobile/verify/", `{"otp":"123456"}`)
	}, func(s *told) {
		s.tablesAs(s.me(), "POST", "/action/user_account/verify_otp", fmt.Sprintf(`{"mobile_number":%q,"otp":"123456"}`, s.number()))
	}},
	{"change the password", func(s *told) {
		s.platformAs(s.me(), "POST", "/3/auth/password/change/", fmt.Sprintf(`{"old_password":%q,"new_password":%q}`, goodPassword, nextPassword))
		s.platformAs(s.me(), "POST", "/3/auth/logout/", "") // as the tables do by themselves
	}, func(s *told) {
		s.tablesAs(s.me(), "PATCH", users+"/mine", row("user_account", s.id, fmt.Sprintf(`"password":%q,"current_password":%q`, nextPassword, goodPassword)))
	}},
	signsIn("sign in again", nextPassword),
	{"remove an e-mail", func(s *told) {
		old := s.boss.ids(emails + "?" + where("email", "is", s.email()).Encode())[0]
		s.platformAs(s.me(), "DELETE", "/3/user/emails/"+old+"/", "")
	}, func(s *told) {
		old := s.boss.ids(emails + "?" + where("email", "is", s.email()).Encode())[0]
		s.tablesAs(s.me(), "DELETE", emails+"/"+old, "")
	}},
	{"forget the password", func(s *told) {
		s.name = "more-" + s.name
		s.platformAs(someone{h: s.h}, "POST", "/3/auth/password/reset/", fmt.Sprintf(`{"company":"acme","user":%q}`, s.email()))
		uid, token := s.secret()
		s.platformAs(someone{h: s.h}, "POST", "/3/auth/password/reset/confirm/", fmt.Sprintf(`{"uid":%q,"token":%q,"new_password":%q}`, uid, token, goodPassword))
	}, func(s *told) {
		s.name = "more-" + s.name
		s.tablesAs(s.h.guest("acme"), "POST", "/action/user_account/reset-password", fmt.Sprintf(`{"email":%q}`, s.email()))
		_, token := s.secret()
		s.tablesAs(s.h.guest("acme"), "POST", "/action/user_account/reset-password-verify", fmt.Sprintf(`{"email":%q,"otp":%q,"new_password":%q}`, s.email(), token, goodPassword))
	}},
	{"be renamed by staff", func(s *told) {
		s.platformAs(s.boss, "PATCH", "/3/admin/users/"+s.id+"/", `{"first_name":"Ada","last_name":"Lovelace"}`)
	}, func(s *told) {
		s.tablesAs(s.boss, "PATCH", users+"/"+s.id, row("user_account", s.id, `"name":"Ada Lovelace"`))
	}},
	{"be given an e-mail by staff", func(s *told) {
		s.platformAs(s.boss, "POST", "/3/admin/users/emails/", fmt.Sprintf(`{"user":%q,"email":"given-%s"}`, s.id, s.email()))
	}, func(s *told) {
		s.tablesAs(s.boss, "POST", emails, row("email", "", fmt.Sprintf(`"email":"given-%s","user_account_id":%q`, s.email(), s.id)))
	}},
	{"be put into a group by staff", func(s *told) {
		s.platformAs(s.boss, "POST", "/3/admin/users/"+s.id+"/groups/", `{"group":"support"}`)
	}, func(s *told) {
		support := s.boss.ids(groups + "?" + where("name", "is", "support").Encode())[0]
		s.boss.join("user_account", s.id, support, "").want(http.StatusCreated)
	}},
	{"be archived by staff", func(s *told) {
		s.platformAs(s.boss, "PATCH", "/3/admin/users/"+s.id+"/", `{"archived":true}`)
	}, func(s *told) {
		s.tablesAs(s.boss, "DELETE", users+"/"+s.id, "")
	}},
}

var sessionEvent = regexp.MustCompile(`^session `)

// sessions are the steps in which the faces differ on purpose: who signs up by the platform is signed in, and who
// changes their password by the tables is signed out.
var sessions = []string{"sign up", "change the password"}

// events are what the audit log tells of the user from an event on: each with its old values, and without what differs
// from user to user.
func (s *told) events(after int) []string {
	s.h.t.Helper()
	a := s.platformAs(s.boss, "GET", "/3/admin/audit/?page_size=250&subject="+s.id, "")
	results, _ := a.at("data.results").([]any)
	slices.Reverse(results)
	var list []string
	for _, one := range results[min(after, len(results)):] {
		e := one.(map[string]any)
		actor := "guest"
		switch id := idText(at(e, "actor.id")); {
		case id == s.id:
			actor = "self"
		case id == s.boss.id:
			actor = "staff"
		case e["actor"] != nil:
			s.h.t.Errorf("who is %v?", e["actor"])
		}
		old, err := json.Marshal(e["old"])
		if err != nil {
			s.h.t.Fatal(err)
		}
		text := fmt.Sprint(e["noun"], " ", e["verb"], " by ", actor, " ", e["fields"], " ", string(old))
		text = strings.NewReplacer(s.id, "{id}", s.name, "{name}", strings.TrimPrefix(s.name, "more-"), "{name}", s.number(), "{number}").Replace(text)
		for _, pattern := range passing {
			text = pattern.ReplaceAllString(text, "{passing}")
		}
		list = append(list, text)
	}
	return list
}

// alike wants both faces to show the same of the user.
func (s *told) alike(after string) {
	s.h.t.Helper()
	p, t := s.boss.platform("GET", "/3/admin/users/"+s.id+"/", ""), s.boss.do("GET", users+"/"+s.id, "")
	if gone := p.at("data.archived") == true; gone || t.Code != http.StatusOK {
		if !gone || t.Code != http.StatusNotFound {
			s.h.t.Errorf("after %s the platform shows %s, and the tables %d", after, p.Body, t.Code)
		}
		return
	}
	name := strings.TrimSpace(p.text("data.first_name") + " " + p.text("data.last_name"))
	left := fmt.Sprintf("%q %q %q %v", name, p.text("data.email"), p.text("data.mobile"), p.at("data.verification.email"))
	right := fmt.Sprintf("%q %q %q %v", t.text("data.attributes.name"), t.text("data.attributes.email"), t.text("data.attributes.mobile"), t.at("data.attributes.confirmed"))
	if left != right {
		s.h.t.Errorf("after %s the platform shows %s, and the tables %s", after, left, right)
	}
}

// TestStoriesLeaveTheSameEvents: whatever a user does and staff do with them, by the platform face or by the tables, the
// log tells the same of it: who did what to what, which fields changed, and what stood there before. After each step both faces show the same.
func TestStoriesLeaveTheSameEvents(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss := h.boss("acme")
	a := &told{h: h, boss: boss, face: "platform", name: "adam", rows: map[string]string{}}
	b := &told{h: h, boss: boss, face: "tables", name: "bert", rows: map[string]string{}}
	var seenA, seenB, all int
	for _, c := range story {
		c.platform(a)
		c.tables(b)
		h.mu.Lock()
		h.now = h.now.Add(1000) // nothing is of the same moment as what comes next
		h.mu.Unlock()
		a.alike(c.name)
		b.alike(c.name)
		left, right := a.events(seenA), b.events(seenB)
		seenA, seenB = seenA+len(left), seenB+len(right)
		if slices.Contains(sessions, c.name) {
			left, right = slices.DeleteFunc(left, sessionEvent.MatchString), slices.DeleteFunc(right, sessionEvent.MatchString)
		}
		if all += len(left); !slices.Equal(left, right) {
			t.Errorf("to %s leaves by the platform\n\t%s\nand by the tables\n\t%s", c.name, strings.Join(left, "\n\t"), strings.Join(right, "\n\t"))
		}
		if nothing := c.name == "change nothing"; (len(left) == 0) != nothing {
			t.Errorf("to %s leaves %v", c.name, left)
		}
	}
	if all < len(story) {
		t.Errorf("only %d events were compared", all)
	}
}
