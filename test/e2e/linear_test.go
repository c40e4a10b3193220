package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"kith/internal/core/message"
)

// recorder notes what callers asked at once, and what they were told when.
type recorder struct {
	mu      sync.Mutex
	began   time.Time
	history []porcupine.Operation
}

// deed is what one caller does at some time: what it is, as the model knows it, and the doing.
type deed struct {
	what act
	do   func() (answer, error)
}

// act is a deed as models know it: what is done, and with which text.
type act struct{ verb, text string }

// told is what became of it: whether it worked, and which text came back.
type told struct {
	ok   bool
	text string
}

// all does the deeds at once, in any order, and notes the history. read finds in a good answer what the model
// wants to know.
func (r *recorder) all(t *testing.T, deeds []deed, read func(act, answer) told) {
	t.Helper()
	r.began = time.Now()
	rand.Shuffle(len(deeds), func(i, j int) { deeds[i], deeds[j] = deeds[j], deeds[i] })
	answers := rush(t, len(deeds), func(i int) (answer, error) {
		called := time.Since(r.began)
		a, err := deeds[i].do()
		returned := time.Since(r.began)
		if err == nil && a.status >= http.StatusInternalServerError {
			err = fmt.Errorf("%s: %d %s", a.what, a.status, a.body)
		}
		if err != nil {
			return a, err
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.history = append(r.history, porcupine.Operation{ClientId: i, Input: deeds[i].what, Call: int64(called), Output: read(deeds[i].what, a), Return: int64(returned)})
		return a, nil
	})
	if len(answers) != len(r.history) {
		t.Fatalf("%d answers, and %d in the history", len(answers), len(r.history))
	}
}

// check wants the history to be one that could have come from doing one thing after the other.
func (r *recorder) check(t *testing.T, model porcupine.Model) {
	t.Helper()
	switch porcupine.CheckOperationsTimeout(model, r.history, 20*time.Second) {
	case porcupine.Ok:
	case porcupine.Unknown:
		t.Error("the history is too long to tell")
	default:
		for _, o := range r.history {
			t.Logf("%v–%v %v: %v", time.Duration(o.Call), time.Duration(o.Return), o.Input, o.Output)
		}
		t.Error("no order of these requests explains the answers")
	}
}

// plain is what the model knows of an answer where it is only whether it was good.
func plain(_ act, a answer) told { return told{ok: a.status < http.StatusMultipleChoices} }

// account is a user as the model of a one-time link sees it.
type account struct {
	spent    bool
	password string
}

// linkModel is a link that works once. Spending it sets the password to the text, unless that is "", and ends the
// sessions from before; a login is as good as its password, if the account takes any.
func linkModel(password string, shuts bool) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return account{password: password} },
		Step: func(state, input, output any) (bool, any) {
			s, in, out := state.(account), input.(act), output.(told)
			switch in.verb {
			case "spend":
				if out.ok != !s.spent {
					return false, s
				}
				if out.ok {
					s.spent = true
				}
				if out.ok && in.text != "" {
					s.password = in.text
				}
				return true, s
			case "use": // a session from before
				return out.ok == !s.spent, s
			case "see": // whether the address is verified
				return out.ok == s.spent, s
			default: // a login; too many wrong ones are refused whatever they are
				return out.text == "limited" || out.ok == (s.password == in.text && (!s.spent || !shuts)), s
			}
		},
	}
}

// linked is a user of kiln, with what is asked about them while a link of theirs is used.
type linked struct {
	*inside
	email, uid, token string
}

const firstPassword = "tangled meadow orbit"

func (in *inside) newLinked(t *testing.T, email string) linked {
	t.Helper()
	a := in.do("POST", "/3/auth/register/", object{"company": "kiln", "email": email, "password": firstPassword}).want(http.StatusCreated)
	return linked{in, email, a.text("data.user.id"), a.text("data.token")}
}

// secret is that of the link in the newest mail of a kind.
func (l linked) secret(t *testing.T, kind message.Kind) string {
	t.Helper()
	for _, m := range l.inbox(t, l.email) {
		if m.Kind == string(kind) {
			return m.Links[0][strings.LastIndexByte(m.Links[0], '=')+1:]
		}
	}
	t.Fatalf("no %s came to %s", kind, l.email)
	return ""
}

// asked asks for a link and gives its secret.
func (l linked) asked(t *testing.T, path string, kind message.Kind) string {
	t.Helper()
	l.do("POST", path, object{"company": "kiln", "user": l.email}).want(http.StatusOK)
	return l.secret(t, kind)
}

func (l linked) login(password string) deed {
	return deed{act{"login", password}, func() (answer, error) {
		return l.try("POST", loginPath, object{"company": "kiln", "user": l.uid, "password": password})
	}}
}

func (l linked) use() deed {
	return deed{act{"use", ""}, func() (answer, error) { return l.as(l.token).try("GET", "/3/auth/", nil) }}
}

func (l linked) spend(path, key string) deed {
	return deed{act{"spend", ""}, func() (answer, error) { return l.try("POST", path, object{"key": key}) }}
}

func (l linked) set(secret, password string) deed {
	return deed{act{"spend", password}, func() (answer, error) {
		return l.try("POST", "/3/auth/password/reset/confirm/", object{"uid": l.uid, "token": secret, "new_password": password})
	}}
}

// contest is one kind of link, and what many do about it at once.
type linkContest struct {
	name  string
	shuts bool // the account takes no sign-in afterwards
	deeds func(t *testing.T, l linked, many int) []deed
}

var linkContests = []linkContest{
	{"reset", false, func(t *testing.T, l linked, many int) []deed {
		return l.passwords(l.asked(t, "/3/auth/password/reset/", message.ResetPassword), many)
	}},
	{"set-password", false, func(t *testing.T, l linked, many int) []deed {
		_, key, _ := strings.Cut(l.inbox(t, l.email)[0].Links[0], "#key=")
		secret := l.do("POST", "/3/auth/email/disown/", object{"key": key}).want(http.StatusOK).text("data.token")
		deeds := l.passwords(secret, many)
		return deeds[:many] // there is neither a session nor a password from before
	}},
	{"deactivate", true, func(t *testing.T, l linked, many int) []deed {
		return l.spends("/3/auth/deactivate/verify/", l.asked(t, "/3/auth/deactivate/", message.Deactivate), many, l.use, func() deed { return l.login(firstPassword) })
	}},
	{"request-delete", false, func(t *testing.T, l linked, many int) []deed {
		return l.spends("/3/auth/request-delete/verify/", l.asked(t, "/3/auth/request-delete/", message.RequestDeletion), many, func() deed { return l.login(firstPassword) })
	}},
	{"verify", false, func(t *testing.T, l linked, many int) []deed {
		return l.spends("/3/auth/email/verify/", l.secret(t, message.Welcome), many, func() deed {
			return deed{act{"see", ""}, func() (answer, error) { return l.as(l.token).try("GET", "/3/user/", nil) }}
		})
	}},
}

// spends are uses of one link, and others beside them.
func (l linked) spends(path, key string, many int, others ...func() deed) []deed {
	var deeds []deed
	for i := range many {
		deeds = append(deeds, l.spend(path, key))
		if i < 6 {
			for _, other := range others {
				deeds = append(deeds, other())
			}
		}
	}
	return deeds
}

// passwords are uses of one link with a password each, first, and what a session and logins find meanwhile.
func (l linked) passwords(secret string, many int) []deed {
	password := func(i int) string { return fmt.Sprint("unlike all others ", i) }
	deeds := make([]deed, 0, many+9)
	for i := range many {
		deeds = append(deeds, l.set(secret, password(i)))
	}
	for i := range 3 {
		deeds = append(deeds, l.use(), l.login(firstPassword), l.login(password(i)))
	}
	return deeds
}

// readLink reads what the models of links want to know.
func readLink(what act, a answer) told {
	switch {
	case a.status == http.StatusTooManyRequests:
		return told{text: "limited"}
	case what.verb == "see":
		return told{ok: a.at("data.verification.email") == true}
	default:
		return plain(what, a)
	}
}

// TestLinksAreLinearizable: whatever many do at once about one link, with passwords of their own, sessions from
// before and logins beside it, they are told what one after the other would be told (T80).
func TestLinksAreLinearizable(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		in := newInside(t, e.hasty())
		in.company("kiln", nil).want(http.StatusCreated)
		for _, c := range linkContests {
			for round := range rounds(5, 300) {
				l := in.newLinked(t, fmt.Sprintf("%s%d@kiln.example", c.name, round))
				r, many := &recorder{}, 8
				if round == 0 {
					many = 100
				}
				deeds := c.deeds(t, l, many)
				if round == 0 { // so many, and others beside them, are more than can be checked
					deeds = onlySpending(deeds)
				}
				r.all(t, deeds, readLink)
				r.check(t, linkModel(firstPassword, c.shuts))
				l.after(t, c, r.history)
			}
		}
	})
}

func onlySpending(deeds []deed) []deed {
	var list []deed
	for _, d := range deeds {
		if d.what.verb == "spend" {
			list = append(list, d)
		}
	}
	return list
}

// after wants one use to have been good, and the password of that one to be the user's.
func (l linked) after(t *testing.T, c linkContest, history []porcupine.Operation) {
	t.Helper()
	password, used := firstPassword, 0
	for _, o := range history {
		if in := o.Input.(act); in.verb == "spend" && o.Output.(told).ok {
			used++
			if in.text != "" {
				password = in.text
			}
		}
	}
	if used != 1 {
		t.Errorf("%s: %d used the link", c.name, used)
	}
	a, err := l.login(password).do()
	if err != nil || a.status != http.StatusOK && a.status != http.StatusTooManyRequests && !c.shuts || c.shuts && a.status == http.StatusOK {
		t.Errorf("%s: the one password is answered %d %s, %v", c.name, a.status, a.body, err)
	}
}

// guessing is a typed code as its model sees it.
type guessing struct {
	spent    bool
	attempts int
}

// codeModel is a code that works once, in the first five attempts.
var codeModel = porcupine.Model{
	Init: func() any { return guessing{} },
	Step: func(state, input, output any) (bool, any) {
		s, in, out := state.(guessing), input.(act), output.(told)
		compared := !s.spent && s.attempts < 5
		if compared {
			s.attempts++
		}
		right := compared && in.verb == "right"
		s.spent = s.spent || right
		return out.ok == right, s
	},
}

// TestCodesAreLinearizable: of a dozen who guess one code at once, some of them right, each is told what one after
// the other would be told: five are compared (T21).
func TestCodesAreLinearizable(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		in := newInside(t, e.hasty())
		in.company("kiln", object{"company": object{"id": "kiln", "mode": "production"}}).want(http.StatusCreated)
		good := 0
		for round := range rounds(8, 500) {
			mobile := fmt.Sprintf("+2784%07d", round)
			token := in.do("POST", "/3/auth/register/", object{"company": "kiln", "mobile": mobile, "password": firstPassword}).want(http.StatusCreated).text("data.token")
			code, guesser := in.inbox(t, mobile)[0].Codes[0], in.as(token)
			var deeds []deed
			for i := range 12 {
				what, typed := act{verb: "wrong"}, fmt.Sprintf("%06d", i)
				if i < 1+round%3 || typed == code {
					what.verb, typed = "right", code
				}
				deeds = append(deeds, deed{what, func() (answer, error) { return guesser.try("POST", "/3/auth/mobile/verify/", object{"otp": typed}) }})
			}
			r := &recorder{}
			r.all(t, deeds, plain)
			r.check(t, codeModel)
			for _, o := range r.history {
				if o.Output.(told).ok {
					good++
				}
			}
		}
		t.Logf("%d were right in time", good)
	})
}

// family is the refresh tokens of a session as their model sees them.
type family struct {
	now, before string
	ended       bool
}

// refreshModel is a family of refresh tokens whose grace does not end: the one that is good now has a successor,
// the one before has the same again, and any other ends them all.
func refreshModel(first string) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return family{now: first} },
		Step: func(state, input, output any) (bool, any) {
			s, in, out := state.(family), input.(act), output.(told)
			switch {
			case s.ended:
				return !out.ok, s
			case in.text == s.now:
				return out.ok && out.text != s.now && out.text != s.before, family{now: out.text, before: s.now}
			case in.text == s.before:
				return out.ok && out.text == s.now, s
			default:
				s.ended = true
				return !out.ok, s
			}
		},
	}
}

// TestRefreshesAreLinearizable: many who refresh one session at once, each with what they were given last, are told
// what one after the other would be told (T44).
func TestRefreshesAreLinearizable(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		in := newInside(t, e.hasty())
		in.company("kiln", nil).want(http.StatusCreated)
		in.clock.stop(time.Now().UTC().Truncate(time.Millisecond))
		for round := range rounds(10, 500) {
			l := in.do("POST", "/3/auth/register/", object{"company": "kiln", "username": fmt.Sprint("ada", round), "password": firstPassword}).want(http.StatusCreated)
			first := l.text("data.refresh_token")
			r, read := &recorder{began: time.Now()}, func(_ act, a answer) told {
				if a.status != http.StatusOK {
					return told{}
				}
				return told{true, a.text("data.refresh_token")}
			}
			var all sync.WaitGroup
			for i := range 4 {
				all.Go(func() { r.chain(t, i, in, first, 3, read) })
			}
			all.Wait()
			r.check(t, refreshModel(first))
		}
	})
}

// chain refreshes again and again.
func (r *recorder) chain(t *testing.T, client int, in *inside, token string, times int, read func(act, answer) told) {
	t.Helper()
	for range times {
		called := time.Since(r.began)
		a, err := in.refresh(token)
		returned := time.Since(r.began)
		if err != nil || a.status >= http.StatusInternalServerError {
			t.Errorf("%d %s, %v", a.status, a.body, err)
			return
		}
		got := read(act{}, a)
		r.mu.Lock()
		r.history = append(r.history, porcupine.Operation{ClientId: client, Input: act{"refresh", token}, Call: int64(called), Output: got, Return: int64(returned)})
		r.mu.Unlock()
		if !got.ok {
			return
		}
		token = got.text
	}
}
