package signin

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/message"
	"kith/internal/store"
)

// anew is a password that nobody has yet.
const anew = "some other unrelated words"

// parts takes a link apart.
func parts(t *testing.T, link string) PasswordSetting {
	t.Helper()
	_, values, ok := strings.Cut(link, "#uid=")
	user, secret, both := strings.Cut(values, "&token=")
	if !ok || !both {
		t.Fatalf("no link: %q", link)
	}
	return PasswordSetting{User: user, Secret: secret, Password: anew}
}

// operator is kith's operator, at work on a company.
func operator(c *kith.Company) *kith.Actor { return &kith.Actor{System: true, Company: c} }

// shown makes a link for a user as the operator does.
func (h *house) shown(c *kith.Company, user string) PasswordSetting {
	h.t.Helper()
	link, err := h.ShowPasswordLink(h.t.Context(), operator(c), user)
	if err != nil {
		h.t.Fatal(err)
	}
	return parts(h.t, link)
}

// mailed has a link mailed to a user and reads it out of the letter.
func (h *house) mailed(by *kith.Actor, email string) PasswordSetting {
	h.t.Helper()
	if err := h.MailPasswordLink(h.t.Context(), by, email); err != nil {
		h.t.Fatal(err)
	}
	if link := h.linkTo(email, message.SetPassword); link != "" {
		return parts(h.t, link)
	}
	h.t.Fatalf("%s got no link", email)
	return PasswordSetting{}
}

// user reads a user's row and the factors in force.
func (h *house) user(m kith.Member) (u *kith.User, factors []kith.Factor) {
	h.t.Helper()
	err := h.db.View(h.t.Context(), &kith.Actor{Company: m.Company}, func(tx *store.Tx) (err error) {
		if u, err = tx.Users.Get(h.t.Context(), m.User.ID); err == nil {
			factors, err = tx.Factors.InForce(h.t.Context(), m.User.ID)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return u, factors
}

// TestFirstProof: a link mailed to an address never proved before drops all that was set up earlier:
// whoever registered with it may not have been its holder. A later one leaves permanent tokens and
// factors alone, and so does one that only the operator saw (T1).
func TestFirstProof(t *testing.T) {
	for _, tt := range []struct {
		name             string
		proved, operator bool
		first            bool
	}{
		{"first proof", false, false, true},
		{"proved before", true, false, false},
		{"shown to the operator", false, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, Config{}, false)
			owner := h.company("acme")
			ada := h.person("ada@x.example")
			permanent := h.permanent(ada)
			h.addFactor(ada.Member, 1, noon)
			h.changeUser(ada.Member, func(u *kith.User) { u.EmailVerified = tt.proved })
			var link PasswordSetting
			if tt.operator {
				link = h.shown(ada.Company, "ada@x.example")
			} else {
				link = h.mailed(h.actor(owner.Token), "ada@x.example")
			}
			if err := h.SetPassword(t.Context(), local, link); err != nil {
				t.Fatal(err)
			}
			u, factors := h.user(ada.Member)
			if h.session(ada) != nil {
				t.Error("a temporary session lives on")
			}
			if gone := h.session(permanent) == nil; gone != tt.first {
				t.Errorf("the permanent token is gone: %v", gone)
			}
			if gone := len(factors) == 0; gone != tt.first {
				t.Errorf("the factor is gone: %v", gone)
			}
			if u.EmailVerified != (tt.first || tt.proved) {
				t.Errorf("the e-mail is verified: %v", u.EmailVerified)
			}
			if _, err := h.signIn("ada@x.example"); !errors.Is(err, errCredentials) {
				t.Errorf("with the old password: %v", err)
			}
			if _, err := h.SignIn(t.Context(), &kith.Actor{Remote: local}, Login{Company: "acme", User: "ada@x.example", Password: anew}); err != nil {
				t.Errorf("with the new one: %v", err)
			}
		})
	}
}

// TestAPasswordEndsLinks: once somebody has chosen a new password, a link to set it by works no more:
// whoever read their mail meanwhile does not get in by it (T10).
func TestAPasswordEndsLinks(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner := h.company("acme")
	ada := h.person("ada@x.example")
	link := h.mailed(h.actor(owner.Token), "ada@x.example")
	if err := h.ChangePassword(t.Context(), h.actor(ada.Token), PasswordChange{Old: phrase, New: "entirely different words again"}); err != nil {
		t.Fatal(err)
	}
	if err := h.SetPassword(t.Context(), local, link); !errors.Is(err, errLink) {
		t.Errorf("the link from before: %v", err)
	}
	if h.session(ada) == nil {
		t.Error("the session that asked is over")
	}
}

// TestLinkClearsAll: whoever sets a password may end their permanent tokens by it.
func TestLinkClearsAll(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	ada := h.person("ada@x.example")
	permanent := h.permanent(ada)
	link := h.shown(ada.Company, "ada@x.example")
	link.Clear = ClearAll
	if err := h.SetPassword(t.Context(), local, link); err != nil || h.session(permanent) != nil {
		t.Errorf("%v; the permanent token lives: %v", err, h.session(permanent) != nil)
	}
}

// TestLinksThatDoNotWork: all of them get the one answer, and set nothing.
func TestLinksThatDoNotWork(t *testing.T) {
	for _, tt := range []struct {
		name string
		from kith.Remote
		how  func(h *house, ada kith.Member, link *PasswordSetting)
	}{
		{"cut short", local, func(_ *house, _ kith.Member, l *PasswordSetting) { l.Secret = l.Secret[:len(l.Secret)-1] }},
		{"another secret", local, func(_ *house, _ kith.Member, l *PasswordSetting) {
			l.Secret = strings.Repeat("x", randomSize) + l.Secret[randomSize:]
		}},
		{"another company's", local, func(h *house, _ kith.Member, l *PasswordSetting) {
			l.Secret = l.Secret[:randomSize] + base62(uint64(h.company("bolt").Company.ID), companySize)
		}},
		{"no company's", local, func(_ *house, _ kith.Member, l *PasswordSetting) {
			l.Secret = l.Secret[:randomSize] + base62(1, companySize)
		}},
		{"another user's", local, func(h *house, _ kith.Member, l *PasswordSetting) { l.User = h.person("bob@x.example").User.ID.String() }},
		{"nobody's", local, func(_ *house, _ kith.Member, l *PasswordSetting) { l.User = "" }},
		{"too old", local, func(h *house, _ kith.Member, _ *PasswordSetting) { h.clock.move(kith.ToSetPassword.Life()) }},
		{"used", local, func(h *house, _ kith.Member, l *PasswordSetting) {
			if err := h.SetPassword(h.t.Context(), local, PasswordSetting{User: l.User, Secret: l.Secret, Password: phrase}); err != nil {
				h.t.Fatal(err)
			}
		}},
		{"replaced", local, func(h *house, ada kith.Member, _ *PasswordSetting) { h.shown(ada.Company, "ada@x.example") }},
		{"archived user", local, func(h *house, ada kith.Member, _ *PasswordSetting) {
			h.changeUser(ada, func(u *kith.User) { u.Archived = true })
		}},
		{"suspended company", local, func(h *house, ada kith.Member, _ *PasswordSetting) {
			h.changeCompany(ada.Company, func(c *kith.Company) { c.Status = kith.CompanySuspended })
		}},
		{"test company, from elsewhere", remote, func(*house, kith.Member, *PasswordSetting) {}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, Config{}, false)
			h.company("acme")
			ada := h.person("ada@x.example")
			link := h.shown(ada.Company, "ada@x.example")
			tt.how(h, ada.Member, &link)
			was := h.hashOf(ada.Member)
			if err := h.SetPassword(t.Context(), tt.from, link); !errors.Is(err, errLink) {
				t.Errorf("got %v, want %v", err, errLink)
			}
			if h.hashOf(ada.Member) != was {
				t.Error("the password was set")
			}
		})
	}
}

// TestLinkUpToItsEnd: a link's last moment is the one before it expires.
func TestLinkUpToItsEnd(t *testing.T) {
	h := newHouse(t, Config{}, false)
	ada := h.company("acme")
	link := h.shown(ada.Company, "owner@acme.example")
	h.clock.move(kith.ToSetPassword.Life() - time.Millisecond)
	if err := h.SetPassword(t.Context(), local, link); err != nil {
		t.Error(err)
	}
}

// TestOneUseOfALink: of a hundred who use a link at once, one sets a password.
func TestOneUseOfALink(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	ada := h.person("ada@x.example")
	link := h.shown(ada.Company, "ada@x.example")
	errs := make([]error, 100)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = h.SetPassword(t.Context(), local, link) })
	}
	all.Wait()
	set := 0
	for _, err := range errs {
		switch {
		case err == nil:
			set++
		case !errors.Is(err, errLink):
			t.Error(err)
		}
	}
	if set != 1 {
		t.Errorf("%d set it", set)
	}
}

// TestLinksAskThePolicy: a password set by a link is as good as one chosen at registration, and one that
// is refused leaves the link as it was.
func TestLinksAskThePolicy(t *testing.T) {
	h := newHouse(t, Config{}, true)
	mode := kith.Production
	owner, err := h.RegisterCompany(t.Context(), &kith.Actor{Remote: remote}, CompanyRegistration{
		Person: Person{Email: "owner@acme.example", Password: phrase}, Company: directory.NewCompany{Slug: "acme", Mode: &mode}})
	if err != nil {
		t.Fatal(err)
	}
	link := h.shown(owner.Company, "owner@acme.example")
	for _, weak := range []string{"", "short", "owner owner owner owner", "passwordpassword"} {
		link.Password = weak
		if err := h.SetPassword(t.Context(), remote, link); err == nil || kith.AsError(err).Field != "new_password" {
			t.Errorf("%q: %v", weak, err)
		}
	}
	link.Password = anew
	if err := h.SetPassword(t.Context(), remote, link); err != nil {
		t.Error(err)
	}
}

// TestOnlyTheOperatorSeesLinks: staff have them mailed.
func TestOnlyTheOperatorSeesLinks(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner := h.company("acme")
	h.person("ada@x.example")
	if link, err := h.ShowPasswordLink(t.Context(), h.actor(owner.Token), "ada@x.example"); err == nil || link != "" {
		t.Errorf("the owner got %q, %v", link, err)
	}
}

// TestArchivingAgainstSigningIn: however they fall, no sign-in from before the archiving is good after it,
// nor after the restoring.
func TestArchivingAgainstSigningIn(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner := h.actor(h.company("acme").Token)
	h.person("ada@x.example")
	for range 10 {
		tokens := make([]*SignedIn, 8)
		first := make(chan struct{}) // closed when somebody is in
		var once sync.Once
		var all sync.WaitGroup
		for i := range tokens {
			all.Go(func() {
				out, err := h.signIn("ada@x.example")
				if err != nil && !errors.Is(err, errCredentials) {
					t.Error(err)
				}
				tokens[i] = out
				once.Do(func() { close(first) })
			})
		}
		all.Go(func() {
			<-first
			if _, err := h.directory.ArchiveUser(t.Context(), owner, "ada@x.example"); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		if !slices.ContainsFunc(tokens, func(s *SignedIn) bool { return s != nil }) {
			t.Error("nobody got in")
		}
		for _, restored := range []bool{false, true} {
			if restored {
				if _, err := h.directory.RestoreUser(t.Context(), owner, "ada@x.example"); err != nil {
					t.Fatal(err)
				}
			}
			for _, token := range tokens {
				if token == nil {
					continue
				}
				if _, err := h.Authenticate(t.Context(), local, token.Token); !errors.Is(err, errToken) {
					t.Fatalf("restored %v: %v", restored, err)
				}
			}
		}
	}
}

// TestWithFragment: what a link carries goes where no server sees it.
func TestWithFragment(t *testing.T) {
	for page, want := range map[string]string{
		"https://x.example/set/":          "https://x.example/set/#a=1&b=2",
		"https://x.example/set?lang=en":   "https://x.example/set?lang=en#a=1&b=2",
		"https://x.example/#/set":         "https://x.example/#/set?a=1&b=2",
		"https://x.example/#/set?lang=en": "https://x.example/#/set?lang=en&a=1&b=2",
	} {
		if got := withFragment(page, "a=1&b=2"); got != want {
			t.Errorf("%s becomes %s, want %s", page, got, want)
		}
	}
}

// TestOperatorMakesUsers: what kith's operator makes is nobody's doing, and has a default group like any.
func TestOperatorMakesUsers(t *testing.T) {
	h := newHouse(t, Config{}, false)
	acme := h.company("acme").Company
	m, err := h.CreateUser(t.Context(), operator(acme), directory.NewUserByStaff{Email: "ada@x.example", Groups: []string{kith.GroupAdmin}})
	if err != nil || m.Group.Name != kith.GroupAdmin {
		t.Fatalf("%+v, %v", m, err)
	}
	var made *kith.Event
	h.change(acme, func(ctx context.Context, tx *store.Tx) error {
		events, _, err := tx.Events.List(ctx, kith.EventID{}, 100)
		for _, e := range events {
			if e.Subject == m.User.ID {
				made = e
			}
		}
		return err
	})
	if made == nil || made.Verb != kith.Add || !made.Actor.IsZero() {
		t.Errorf("the event is %+v", made)
	}
}

// TestPasswordLinkPage: links lead to the page of the user's group, else to the company's, else to kith's.
func TestPasswordLinkPage(t *testing.T) {
	s := &Signin{config: Config{Issuer: "https://kith.example"}}
	m := kith.Member{Company: &kith.Company{Slug: "acme"}, Group: &kith.Group{}}
	for _, tt := range []struct{ group, company, want string }{
		{"", "", "https://kith.example/set-password/acme"},
		{"", "https://acme.example/set", "https://acme.example/set"},
		{"https://vip.example/set", "https://acme.example/set", "https://vip.example/set"},
	} {
		m.Group.Settings.PasswordSetURL, m.Company.Settings.Links.PasswordSet = tt.group, tt.company
		if got := s.pageFor(m, kith.ToSetPassword); got != tt.want {
			t.Errorf("group %q, company %q: %s", tt.group, tt.company, got)
		}
	}
}

// TestOwnersPasswordLink: nobody but the owner and the operator has a link mailed to the owner, since where
// it leads is for admins to choose.
func TestOwnersPasswordLink(t *testing.T) {
	h := newHouse(t, Config{}, true)
	owner := h.actor(h.company("acme").Token)
	admin := *h.actor(h.person("joe@x.example").Token)
	admin.Group = owner.Group
	if err := h.MailPasswordLink(t.Context(), &admin, owner.User.Email); kith.AsError(err).Kind != kith.Forbidden {
		t.Errorf("by another admin: %v", err)
	}
	if err := h.MailPasswordLink(t.Context(), owner, owner.User.Email); err != nil {
		t.Errorf("by the owner: %v", err)
	}
}
