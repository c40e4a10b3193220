package signin

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/store"
)

// TestSessionsEndOnTheMillisecond: a session's last moment is the one before it expires.
func TestSessionsEndOnTheMillisecond(t *testing.T) {
	h := newHouse(t, Config{}, false)
	ada := h.company("acme")
	if want := noon.Add(kith.DefaultSessionDuration); !ada.Session.ExpiresAt.Equal(want) {
		t.Fatalf("it expires at %s, want %s", ada.Session.ExpiresAt, want)
	}
	permanent := h.permanent(ada)
	for _, tt := range []struct {
		after time.Duration
		want  bool
	}{{-time.Millisecond, true}, {0, false}, {time.Millisecond, false}} {
		h.clock.set(ada.Session.ExpiresAt.Add(tt.after))
		if _, err := h.Authenticate(t.Context(), local, ada.Token); (err == nil) != tt.want {
			t.Errorf("%s from its end: %v", tt.after, err)
		}
	}
	h.clock.move(20 * 365 * 24 * time.Hour)
	h.actor(permanent.Token)
}

// TestIdleSessions: a session with an idle limit ends when it was not used for so long.
func TestIdleSessions(t *testing.T) {
	h := newHouse(t, Config{}, false)
	ada := h.company("acme")
	token := strings.Repeat("i", randomSize) + ada.Token[randomSize:]
	h.change(ada.Company, func(ctx context.Context, tx *store.Tx) error {
		return tx.Sessions.Insert(ctx, &kith.Session{ID: kith.SessionID{9}, User: ada.User.ID, Purpose: kith.PurposeAccess, Handle: handleOf(token),
			Idle: 5 * time.Minute, LastUsed: noon, ExpiresAt: noon.Add(time.Hour)}, hashOf(token))
	})
	h.clock.move(4 * time.Minute)
	h.actor(token)
	if err := h.WriteLastUsed(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.clock.move(5*time.Minute - time.Millisecond)
	h.actor(token)
	h.clock.move(time.Millisecond)
	if _, err := h.Authenticate(t.Context(), local, token); !errors.Is(err, errToken) {
		t.Errorf("unused for five minutes: %v", err)
	}
}

// TestLastUsed: a use is written off the request, when the last one noted is half a minute old, and
// never moves back.
func TestLastUsed(t *testing.T) {
	h := newHouse(t, Config{}, false)
	ada := h.company("acme")
	use := func(after time.Duration) time.Time {
		t.Helper()
		h.clock.set(noon.Add(after))
		h.actor(ada.Token)
		if err := h.WriteLastUsed(t.Context()); err != nil {
			t.Fatal(err)
		}
		return h.session(ada).LastUsed
	}
	for _, tt := range []struct{ after, want time.Duration }{
		{kith.LastUsedSlack - time.Millisecond, 0}, {kith.LastUsedSlack, kith.LastUsedSlack}, {kith.LastUsedSlack + time.Second, kith.LastUsedSlack},
		{time.Hour, time.Hour}, {0, time.Hour},
	} {
		if got := use(tt.after); !got.Equal(noon.Add(tt.want)) {
			t.Errorf("used %s after noon: last used at %s", tt.after, got)
		}
	}
}

// TestSweep: a session goes when neither of its tokens is good any more, a slice at a time.
func TestSweep(t *testing.T) {
	h := newHouse(t, Config{}, false)
	ada := h.company("acme")
	permanent := h.permanent(ada)
	sweep := func() int {
		t.Helper()
		n, err := h.SweepEnded(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	h.clock.set(ada.Session.ExpiresAt.Add(time.Hour))
	if n := sweep(); n != 0 || h.session(ada) == nil {
		t.Errorf("%d sessions went that can still be refreshed", n)
	}
	h.clock.set(ada.Session.Refresh.ExpiresAt.Add(time.Millisecond))
	if n := sweep(); n != 1 || h.session(ada) != nil || h.session(permanent) == nil {
		t.Errorf("%d sessions went; the ended one %v, the permanent one %v", n, h.session(ada), h.session(permanent))
	}
	if n := sweep(); n != 0 {
		t.Errorf("a second sweep found %d", n)
	}
}

// TestFactorGate: who has a second factor in force gets a token that is good for nothing but signing
// out, whichever way they came; one that is set up but not verified asks nothing (T12).
func TestFactorGate(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	ada := h.person("ada@x.example")
	h.addFactor(ada.Member, 7, time.Time{})
	if in, err := h.signIn("ada@x.example"); err != nil || len(in.Challenges) != 0 || in.Session.Purpose != kith.PurposeAccess {
		t.Errorf("with a factor that is not verified: %+v, %v", in, err)
	}
	h.addFactor(ada.Member, 8, noon)
	in, err := h.signIn("ada@x.example")
	if err != nil {
		t.Fatal(err)
	}
	token, err := h.AddToken(t.Context(), h.actor(ada.Token), NewToken{Password: phrase})
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]*SignedIn{"by password": in, "by a token made by hand": token} {
		if len(got.Challenges) != 1 || got.Challenges[0].ID != "8" || len(got.Challenges[0].Factors) != 1 || got.Challenges[0].Factors[0] != kith.FactorTOTP {
			t.Errorf("%s: challenges %+v", name, got.Challenges)
		}
		if got.Refresh != "" || !got.Session.ExpiresAt.Equal(noon.Add(kith.ChallengeLife)) || got.Session.Purpose != kith.PurposePreMFA {
			t.Errorf("%s: refresh %q, session %+v", name, got.Refresh, got.Session)
		}
		by := h.actor(got.Token)
		for op, try := range map[string]func() error{
			"see oneself":     func() error { _, err := h.directory.Self(t.Context(), by); return err },
			"change oneself":  func() error { _, err := h.directory.ChangeSelf(t.Context(), by, directory.SelfChange{}); return err },
			"list tokens":     func() error { _, err := h.Tokens(t.Context(), by, TokenFilter{}); return err },
			"make a token":    func() error { _, err := h.AddToken(t.Context(), by, NewToken{Password: phrase}); return err },
			"end tokens":      func() error { return h.DeleteTokens(t.Context(), by, TokenFilter{}) },
			"change password": func() error { return h.ChangePassword(t.Context(), by, PasswordChange{Old: phrase, New: "x"}) },
		} {
			if err := try(); err == nil || kith.AsError(err).Kind != kith.Forbidden {
				t.Errorf("%s: may %s: %v", name, op, err)
			}
		}
		if err := h.SignOut(t.Context(), by, ClearNone); err != nil {
			t.Errorf("%s: cannot sign out: %v", name, err)
		}
	}
	h.clock.set(noon.Add(kith.ChallengeLife))
	if late, err := h.signIn("ada@x.example"); err != nil || len(late.Challenges) != 1 {
		t.Errorf("later: %+v, %v", late, err)
	}
}

// TestHashesAreReplacedAtSignIn: a hash from elsewhere, or of another cost, lets in and is replaced by
// one of our own.
func TestHashesAreReplacedAtSignIn(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	ada := h.person("ada@x.example")
	foreign, err := bcrypt.GenerateFromPassword([]byte(phrase), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	older := NewHasher(HashCost{Memory: 32, Passes: 2, Threads: 1}, h.gate.Random).Hash(phrase)
	for name, hash := range map[string]string{"bcrypt": string(foreign), "our own of another cost": older} {
		h.setHash(ada.Member, hash)
		_, err := h.SignIn(t.Context(), &kith.Actor{Remote: local}, Login{Company: "acme", User: "ada@x.example", Password: "wrong"})
		if !errors.Is(err, errCredentials) {
			t.Errorf("%s: a wrong password: %v", name, err)
		}
		if h.hashOf(ada.Member) != hash {
			t.Errorf("%s: a wrong password replaced the hash", name)
		}
		if _, err := h.signIn("ada@x.example"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		fresh := h.hashOf(ada.Member)
		if !strings.HasPrefix(fresh, h.hasher.prefix()) {
			t.Errorf("%s became %.30s", name, fresh)
		}
		if _, err := h.signIn("ada@x.example"); err != nil || h.hashOf(ada.Member) != fresh {
			t.Errorf("%s: the second sign-in: %v", name, err)
		}
	}
}

// TestTwoFirstSignIns: somebody who was imported signs in twice at once, in two tabs say; both times the
// password is right, and both get in.
func TestTwoFirstSignIns(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	ada := h.person("ada@x.example")
	foreign, err := bcrypt.GenerateFromPassword([]byte(phrase), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	h.setHash(ada.Member, string(foreign))
	held, release := make(chan bool), make(chan bool)
	var all sync.WaitGroup
	all.Go(func() {
		if err := h.pool.Do(context.Background(), func() { held <- true; <-release }); err != nil {
			t.Error(err)
		}
	})
	<-held
	for range 2 {
		all.Go(func() {
			if _, err := h.signIn("ada@x.example"); err != nil {
				t.Errorf("with the right password: %v", err)
			}
		})
	}
	for h.pool.Waiting() < 2 { // both have read the old hash
		time.Sleep(time.Millisecond)
	}
	close(release)
	all.Wait()
}

// TestWhoMakesCompanies is the operator's policy.
func TestWhoMakesCompanies(t *testing.T) {
	for _, tt := range []struct {
		name        string
		config      Config
		token       string
		let         bool
		wantsAToken bool
	}{
		{"open", Config{}, "", true, false},
		{"by token, the right one", Config{Registration: ByToken, SetupToken: "right"}, "right", true, false},
		{"by token, none", Config{Registration: ByToken, SetupToken: "right"}, "", false, true},
		{"by token, a wrong one", Config{Registration: ByToken, SetupToken: "right"}, "righ", false, true},
		{"by token, when there is none to know", Config{Registration: ByToken}, "", false, true},
		{"closed, even with the token", Config{Registration: ClosedRegistration, SetupToken: "right"}, "right", false, false},
	} {
		h := newHouse(t, tt.config, false)
		_, err := h.RegisterCompany(t.Context(), &kith.Actor{Remote: local}, CompanyRegistration{
			Person: Person{Email: "owner@acme.example", Password: phrase}, Company: directory.NewCompany{Slug: "acme"}, SetupToken: tt.token})
		e := kith.AsError(err)
		if (err == nil) != tt.let || err != nil && (e.Kind != kith.Forbidden || (e.Code == kith.CodeSetupToken) != tt.wantsAToken) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestModeOfNewCompanies: test for who asks from this machine and names none, production for others; a
// test company only where such are served.
func TestModeOfNewCompanies(t *testing.T) {
	test, production := kith.Test, kith.Production
	for _, tt := range []struct {
		name      string
		from      kith.Remote
		allowTest bool
		asked     *kith.CompanyMode
		want      kith.CompanyMode
		refused   bool
	}{
		{"this machine", local, false, nil, kith.Test, false},
		{"elsewhere", remote, false, nil, kith.Production, false},
		{"elsewhere, test allowed", remote, true, nil, kith.Production, false},
		{"this machine, production asked for", local, false, &production, kith.Production, false},
		{"this machine, test asked for", local, false, &test, kith.Test, false},
		{"elsewhere, test asked for", remote, false, &test, 0, true},
		{"elsewhere, test asked for and allowed", remote, true, &test, kith.Test, false},
	} {
		h := newHouse(t, Config{}, tt.allowTest)
		out, err := h.RegisterCompany(t.Context(), &kith.Actor{Remote: tt.from}, CompanyRegistration{
			Person: Person{Email: "owner@acme.example", Password: phrase}, Company: directory.NewCompany{Slug: "acme", Mode: tt.asked}})
		switch {
		case tt.refused:
			if err == nil || kith.AsError(err).Code != kith.CodeTestCompany {
				t.Errorf("%s: %v", tt.name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case out.Company.Mode != tt.want:
			t.Errorf("%s: %s, want %s", tt.name, out.Company.Mode, tt.want)
		}
	}
}

// TestCompanyIsMadeWholeOrNotAtAll: a company whose owner is refused leaves no trace, not even its slug.
func TestCompanyIsMadeWholeOrNotAtAll(t *testing.T) {
	h := newHouse(t, Config{}, false)
	for name, in := range map[string]Person{
		"no identifier": {Password: phrase}, "no password": {Email: "a@x.example"}, "bad e-mail": {Email: "nobody", Password: phrase},
		"bad birthday": {Email: "a@x.example", Password: phrase, Profile: kith.ProfileChange{kith.BirthDate: "x"}},
	} {
		_, err := h.RegisterCompany(t.Context(), &kith.Actor{Remote: local}, CompanyRegistration{Person: in, Company: directory.NewCompany{Slug: "acme"}})
		if err == nil || kith.AsError(err).Kind != kith.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		if any, err := h.db.System().AnyCompany(t.Context()); any || err != nil {
			t.Errorf("%s left a company: %v", name, err)
		}
	}
	owner := h.company("acme")
	if owner.Company.Owner != owner.User.ID || owner.Group.Name != kith.GroupAdmin {
		t.Errorf("the owner is %s in group %s, the company's is %s", owner.User.ID, owner.Group.Name, owner.Company.Owner)
	}
}

// TestSessionsAreTold: who came, refreshed and left is in the events, under the session's public handle.
func TestSessionsAreTold(t *testing.T) {
	h := newHouse(t, Config{}, false)
	ada := h.company("acme")
	by := h.actor(ada.Token)
	if _, err := h.Refresh(t.Context(), local, ada.Refresh, 0); err != nil {
		t.Fatal(err)
	}
	if err := h.SignOut(t.Context(), by, ClearNone); err != nil {
		t.Fatal(err)
	}
	var verbs []kith.Verb
	err := h.db.View(t.Context(), by, func(tx *store.Tx) error {
		list, _, err := tx.Events.List(t.Context(), kith.EventID{}, 100)
		for _, e := range list {
			if e.Noun != kith.NounSession {
				continue
			}
			verbs = append(verbs, e.Verb)
			if e.Row != ada.Session.Handle || e.Actor != ada.User.ID || e.Subject != ada.User.ID || e.Session != ada.Session.ID {
				t.Errorf("%v: %+v", e.Verb, e)
			}
		}
		return err
	})
	if err != nil || len(verbs) != 3 {
		t.Errorf("told of %v, %v", verbs, err)
	}
}
