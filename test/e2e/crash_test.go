package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"kith"
)

// writers is how many people write at once while kith is killed, and leaving how many of them make leavers.
const (
	writers = 6
	leaving = 2
)

// person is somebody whom a writer made, and all that the writer was told or may have brought about.
type person struct {
	email, token string
	sure         bool            // registration was acknowledged; if not, it may have happened
	names        map[string]bool // what first_name may be
	tokens       []string        // acknowledged, besides the first
	proved       bool            // that they proved their address was acknowledged
	proving      bool            // they tried to: it may have happened
}

// history is what the writers were told.
type history struct {
	mu        sync.Mutex
	people    []*person
	refused   []string // usernames whose registration was refused: its e-mail was taken
	odd       []string // answers that should not have been
	companies []string // acknowledged
	owner     string   // token of the company's owner, who makes and archives users
	archived  []string // usernames, acknowledged
	leavers   []*leaver
}

// leaver is somebody who has a link and follows it, and is not changed again.
type leaver struct {
	email string
	link  *link
	done  bool // that they followed it was acknowledged; if not, it may have happened
}

// link is one that people ask for and follow.
type link struct {
	ask, follow string         // routes
	mail        *regexp.Regexp // what is in it, as the inbox shows it: what is named is sent along
	purpose     kith.SecretPurpose
	effect      string // in SQL, of a user u and their address i
}

// links are those that leavers follow. To reset a password proves the address too.
var links = []*link{
	{"/3/auth/password/reset/", "/3/auth/password/reset/confirm/", regexp.MustCompile(`reset-password/rush#uid=(?P<uid>[\w-]+)(?:&|\\u0026)token=(?P<token>\w+)`),
		kith.ToResetPassword, "i.verified_at > 0"},
	{"/3/auth/deactivate/", "/3/auth/deactivate/verify/", regexp.MustCompile(`deactivate/rush#key=(?P<key>\w+)`), kith.ToDeactivate, "u.flags & 2 <> 0"},
	{"/3/auth/request-delete/", "/3/auth/request-delete/verify/", regexp.MustCompile(`delete/rush#key=(?P<key>\w+)`), kith.ToRequestDeletion, "u.flags & 32 <> 0"},
}

// writer makes people and changes them until kith is gone. Whatever is answered is noted; a request
// without an answer may have been carried out or not.
type writer struct {
	caller
	random  *rand.Rand
	history *history
	name    string // of the writer
	made    int
}

func (w *writer) work() {
	for {
		if !w.onePerson() {
			return
		}
	}
}

// workLeaving makes leavers until kith is gone.
func (w *writer) workLeaving() {
	for {
		if !w.leave() {
			return
		}
	}
}

// onePerson lives one person's first minutes, and reports whether kith answered throughout.
func (w *writer) onePerson() bool {
	w.made++
	p := &person{email: fmt.Sprintf("%s.%d@rush.example", w.name, w.made), names: map[string]bool{"First": true}}
	w.note(func(h *history) { h.people = append(h.people, p) })
	a, ok := w.ask("POST", "/3/auth/register/", http.StatusCreated,
		object{"company": "rush", "email": p.email, "password": passwordOf(p.email), "first_name": "First"})
	if !ok {
		return false
	}
	w.note(func(*history) { p.sure, p.token = true, a.text("data.token") })
	for range w.random.IntN(40) {
		if !w.change(p) {
			return false
		}
	}
	return true
}

func (w *writer) note(what func(*history)) {
	w.history.mu.Lock()
	defer w.history.mu.Unlock()
	what(w.history)
}

// ask reports whether kith answered, and notes an answer that should not have been.
func (w *writer) ask(method, path string, want int, body object) (answer, bool) {
	a, err := w.try(method, path, body)
	if err == nil && a.status != want {
		w.note(func(h *history) { h.odd = append(h.odd, fmt.Sprint(a.what, " ", a.status, " ", string(a.body))) })
	}
	return a, err == nil && a.status == want
}

// change makes one change of a person, drawn at random, and reports whether it was answered.
func (w *writer) change(p *person) bool {
	w.made++
	switch w.random.IntN(18) { // most are renames, which cost no hash
	case 0:
		a, ok := w.ask("POST", "/3/auth/login/", http.StatusOK,
			object{"company": "rush", "user": p.email, "password": passwordOf(p.email)})
		return ok && w.gotToken(p, a)
	case 1:
		me := *w
		me.token = p.token
		a, ok := me.ask("POST", "/3/auth/tokens/", http.StatusCreated, object{"password": passwordOf(p.email)})
		return ok && w.gotToken(p, a)
	case 2:
		slug := fmt.Sprintf("%s-%d", w.name, w.made)
		_, ok := w.ask("POST", "/3/auth/company/register/", http.StatusCreated,
			object{"company": slug, "email": "owner@rush.example", "password": passwordOf(slug)})
		if ok {
			w.note(func(h *history) { h.companies = append(h.companies, slug) })
		}
		return ok
	case 3:
		bad := fmt.Sprintf("refused.%s.%d@rush.example", w.name, w.made)
		a, ok := w.ask("POST", "/3/auth/register/", http.StatusBadRequest,
			object{"company": "rush", "username": bad + ".", "email": p.email, "mobile": "+27831234567", "password": passwordOf(bad)})
		if ok && a.names("email") {
			w.note(func(h *history) { h.refused = append(h.refused, bad+".") })
		}
		return ok
	case 4:
		return w.staff()
	case 5, 6:
		return w.prove(p)
	default:
		return w.rename(p)
	}
}

// prove follows the link in a person's first mail, if that has come.
func (w *writer) prove(p *person) bool {
	a, ok := w.ask("GET", "/inbox/messages.json?to="+p.email, http.StatusOK, nil)
	link := regexp.MustCompile(`verify-email/rush#key=(\w+)`).FindSubmatch(a.body)
	if !ok || link == nil || p.proving {
		return ok
	}
	w.note(func(*history) { p.proving = true })
	if _, ok = w.ask("POST", "/3/auth/email/verify/", http.StatusOK, object{"key": string(link[1])}); ok {
		w.note(func(*history) { p.proved = true })
	}
	return ok
}

// leave makes somebody who follows a link, drawn at random.
func (w *writer) leave() bool {
	w.made++
	l := &leaver{email: fmt.Sprintf("leaver.%s.%d@rush.example", w.name, w.made), link: links[w.random.IntN(len(links))]}
	if _, ok := w.ask("POST", "/3/auth/register/", http.StatusCreated,
		object{"company": "rush", "email": l.email, "password": passwordOf(l.email)}); !ok {
		return false
	}
	if _, ok := w.ask("POST", l.link.ask, http.StatusOK, object{"company": "rush", "user": l.email}); !ok {
		return false
	}
	body, ok := w.mailed(l)
	if !ok {
		return false
	}
	w.note(func(h *history) { h.leavers = append(h.leavers, l) })
	if _, ok = w.ask("POST", l.link.follow, http.StatusOK, body); ok {
		w.note(func(*history) { l.done = true })
	}
	return ok
}

// mailed waits for a leaver's link, which is sent after the answer, and gives what to follow it with.
func (w *writer) mailed(l *leaver) (object, bool) {
	for range 250 {
		a, ok := w.ask("GET", "/inbox/messages.json?to="+l.email, http.StatusOK, nil)
		if !ok {
			return nil, false
		}
		if found := l.link.mail.FindSubmatch(a.body); found != nil {
			body := object{"new_password": passwordOf("new " + l.email)}
			for i, name := range l.link.mail.SubexpNames()[1:] {
				body[name] = string(found[i+1])
			}
			return body, true
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.note(func(h *history) { h.odd = append(h.odd, "no link came to "+l.email) })
	return nil, false
}

// staff makes a user as the company's owner does, and archives it again.
func (w *writer) staff() bool {
	name := fmt.Sprintf("staff.%s.%d", w.name, w.made)
	owner := *w
	owner.token = w.history.owner
	if _, ok := owner.ask("POST", "/3/admin/users/", http.StatusCreated, object{"username": name, "first_name": "Staffed"}); !ok {
		return false
	}
	_, ok := owner.ask("DELETE", "/3/admin/users/"+name+"/", http.StatusOK, nil)
	if ok {
		w.note(func(h *history) { h.archived = append(h.archived, name) })
	}
	return ok
}

func (w *writer) rename(p *person) bool {
	name := "Name " + strconv.Itoa(w.random.Int())
	w.note(func(*history) { p.names[name] = true })
	me := *w
	me.token = p.token
	_, ok := me.ask("PATCH", "/3/user/", http.StatusOK, object{"first_name": name})
	if ok {
		w.note(func(*history) { p.names = map[string]bool{name: true} })
	}
	return ok
}

func (w *writer) gotToken(p *person, a answer) bool {
	w.note(func(*history) { p.tokens = append(p.tokens, a.text("data.token")) })
	return true
}

// TestCrash: kith is killed while many write, and started again. What it had acknowledged is there,
// what it had refused is not, and nothing is there by half.
func TestCrash(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("KITH_SEED"), 10, 64); err == nil {
		seed = given
	}
	t.Logf("KITH_SEED=%d", seed)
	bothEngines(t, func(t *testing.T, e engine) {
		random := rand.New(rand.NewPCG(seed, 0))
		p, h := newPlace(t, e), &history{}
		least := rounds(5, 100)
		for round := 0; round < least || round < 4*least && !h.telling(); round++ { // on a slow day more of them
			s := p.serve(t)
			if s.ready > 3*time.Second {
				t.Errorf("round %d: ready after %v, want 3 s at most", round, s.ready)
			}
			if round == 0 {
				h.owner = s.company("rush", nil).want(http.StatusCreated).text("data.token")
			}
			h.readBack(t, s)
			h.left(t, e)
			whole(t, e)
			var all sync.WaitGroup
			for i := range writers {
				w := &writer{caller: s.caller, random: rand.New(rand.NewPCG(random.Uint64(), 1)), history: h, name: fmt.Sprintf("w%d-%d", round, i)}
				if i < leaving {
					all.Go(w.workLeaving)
				} else {
					all.Go(w.work)
				}
			}
			time.Sleep(5*time.Millisecond + time.Duration(random.Int64N(int64(1500*time.Millisecond))))
			s.kill()
			all.Wait()
		}
		s := p.serve(t)
		h.readBack(t, s)
		whole(t, e)
		h.spent(t, e)
		reset := h.left(t, e)
		for _, l := range h.leavers {
			old, anew := http.StatusOK, http.StatusBadRequest
			if reset[l] {
				old, anew = anew, old
			}
			if l.link.purpose == kith.ToResetPassword {
				s.do("POST", "/3/auth/login/", object{"company": "rush", "user": l.email, "password": passwordOf(l.email)}).want(old)
				s.do("POST", "/3/auth/login/", object{"company": "rush", "user": l.email, "password": passwordOf("new " + l.email)}).want(anew)
			}
		}
		if len(h.leavers) == 0 {
			t.Error("nobody had a link to leave by: nothing was tested")
		}
		t.Logf("%d people, %d leavers, %d companies, %d refusals", len(h.people), len(h.leavers), len(h.companies), len(h.refused))
		if len(h.people) < 2*writers {
			t.Errorf("only %d people were made: nothing was tested", len(h.people))
		}
		s.stop(t)
	})
}

// proving reports whether anybody tried to prove an address.
func (h *history) proving() bool {
	return slices.ContainsFunc(h.people, func(p *person) bool { return p.proving })
}

// telling reports whether enough was done for the test to say something.
func (h *history) telling() bool {
	return h.proving() && len(h.leavers) > 0 && len(h.people) >= 2*writers
}

// spent asserts that a link was used up where its effect is there, and only there.
func (h *history) spent(t *testing.T, e engine) {
	t.Helper()
	if !h.proving() {
		t.Error("nobody tried to prove an address: nothing was tested")
	}
	for _, row := range e.table(t, `SELECT i.folded, i.verified_at FROM identifiers i WHERE i.kind = 2
		AND i.folded NOT LIKE 'leaver.%' AND (i.verified_at > 0) =
		EXISTS (SELECT 1 FROM secrets s WHERE s.company_id = i.company_id AND s.user_id = i.user_id AND s.identifier_id = i.id AND s.purpose = 1)`) {
		t.Errorf("a link and its effect are both there, or neither: %v", row)
	}
}

// left asserts the same of the links that leavers follow, and gives for whom the effect is there.
func (h *history) left(t *testing.T, e engine) map[*leaver]bool {
	t.Helper()
	type state struct{ effect, link bool }
	is := make(map[*leaver]bool)
	for _, kind := range links {
		states := make(map[string]state)
		for _, row := range e.table(t, `SELECT i.folded, CASE WHEN `+kind.effect+` THEN 'yes' ELSE '' END, CASE WHEN EXISTS (SELECT 1 FROM secrets s
			WHERE s.company_id = i.company_id AND s.user_id = i.user_id AND s.purpose = `+strconv.Itoa(int(kind.purpose))+`) THEN 'yes' ELSE '' END
			FROM identifiers i JOIN users u ON u.company_id = i.company_id AND u.id = i.user_id WHERE i.kind = 2 AND i.folded LIKE 'leaver.%'`) {
			states[row[0]] = state{row[1] != "", row[2] != ""}
		}
		for _, l := range h.leavers {
			if l.link != kind {
				continue
			}
			now, there := states[l.email]
			if !there || now.effect == now.link || l.done && !now.effect {
				t.Errorf("the %s of %s: acknowledged: %v, effect: %v, link: %v", kind.purpose, l.email, l.done, now.effect, now.link)
			}
			is[l], l.done = now.effect, now.effect // what is there now must stay
		}
	}
	return is
}

// readBack compares what kith shows now with what it had said.
func (h *history) readBack(t *testing.T, s *server) {
	t.Helper()
	there := make(map[string]int)
	for _, row := range s.place.engine.table(t, `SELECT coalesce(nullif(value, ''), folded) FROM identifiers`) {
		there[row[0]]++
	}
	for _, what := range h.odd {
		t.Errorf("while it was well: %s", what)
	}
	for _, p := range h.people {
		if n := there[p.email]; n > 1 || p.sure && n == 0 {
			t.Errorf("%s is there %d times; acknowledged: %v", p.email, n, p.sure)
		}
		if !p.sure {
			continue
		}
		got := s.as(p.token).do("GET", "/3/user/", nil).want(http.StatusOK)
		if !p.names[got.text("data.first_name")] || got.text("data.email") != p.email {
			t.Errorf("%s is now %q, %q; want one of %v", p.email, got.text("data.email"), got.text("data.first_name"), p.names)
		}
		verified, _ := got.at("data.verification.email").(bool)
		if p.proved && !verified || verified && !p.proving {
			t.Errorf("the address of %s is verified: %v; acknowledged: %v, tried: %v", p.email, verified, p.proved, p.proving)
		}
		p.proved = verified
		// What is there now must stay, whether it had been acknowledged or not.
		p.names = map[string]bool{got.text("data.first_name"): true}
		for _, token := range p.tokens {
			s.as(token).do("GET", "/3/user/", nil).want(http.StatusOK)
		}
	}
	for _, name := range h.archived {
		if got := s.as(h.owner).do("GET", "/3/admin/users/"+name+"/", nil).want(http.StatusOK).at("data.archived"); got != true {
			t.Errorf("%s was archived, and is now %v", name, got)
		}
	}
	for _, name := range h.refused {
		if there[name] != 0 {
			t.Errorf("the registration of %s was refused, and is there", name)
		}
	}
	if len(h.refused) > 0 && there["+27831234567"] != 0 {
		t.Error("a refused registration left its mobile behind")
	}
	for _, slug := range h.companies {
		s.do("GET", "/3/public/companies/"+slug+"/", nil).want(http.StatusOK)
	}
}
