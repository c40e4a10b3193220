package signin

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/directory"
	"kith/internal/store"
)

// staffed is acme with somebody of each rank, signed in.
func (h *house) staffed() map[string]*SignedIn {
	h.t.Helper()
	people := map[string]*SignedIn{"owner": h.company("acme")}
	for name, group := range map[string]string{"admin": "admin", "admin2": "admin", "manager": "manager", "support": "support", "user": "user"} {
		in, err := h.RegisterFor(h.t.Context(), h.actor(people["owner"].Token), UserRegistration{
			Person: Person{Email: name + "@x.example", Password: phrase}, Groups: []string{group}})
		if err != nil {
			h.t.Fatal(err)
		}
		people[name] = in
	}
	people["robot"] = h.machine(people["owner"], "robot", "admin")
	return people
}

// TestReach: who may make, change and end tokens of whom. Never upward, and no admin in another's name (T64).
func TestReach(t *testing.T) {
	h := newHouse(t, Config{}, false)
	people := h.staffed()
	yes := map[string]string{
		"owner": "owner admin admin2 manager support user robot", "admin": "admin manager support user robot",
		"manager": "manager support user", "support": "", "user": "", "robot": "robot manager support user",
	}
	for by, reached := range yes {
		for whom, target := range people {
			want := false
			for _, word := range strings.Fields(reached) {
				want = want || word == whom
			}
			token, err := h.AddTokenFor(t.Context(), h.actor(people[by].Token), NewTokenFor{User: target.User.ID.String(), Duration: time.Hour, Label: "x"})
			own := by == whom && whom != "robot" // takes the password
			if (err == nil) != (want && !own) || err != nil && kith.AsError(err).Kind == kith.Internal {
				t.Errorf("%s makes a token for %s: %v", by, whom, err)
			}
			if token != nil && (token.Session.Methods != 0 || !token.Session.Refresh.ExpiresAt.IsZero() || !h.actor(token.Token).User.Active()) {
				t.Errorf("%s made for %s %+v", by, whom, token.Session)
			}
			victim := h.permanentFor(target)
			label := "renamed"
			mayChange := want || by == "support" && (whom == "user" || whom == "support")
			_, err = h.ChangeAnyToken(t.Context(), h.actor(people[by].Token), victim, TokenChange{Label: &label}, func(*HeldToken) error { return nil })
			if (err == nil) != mayChange {
				t.Errorf("%s renames a token of %s: %v", by, whom, err)
			}
			if err = h.DeleteAnyToken(t.Context(), h.actor(people[by].Token), victim); (err == nil) != want {
				t.Errorf("%s ends a token of %s: %v", by, whom, err)
			}
		}
		err := h.DeleteAllTokens(t.Context(), h.actor(people[by].Token), AnyTokenFilter{TokenFilter: TokenFilter{Handle: "nobody's"}})
		if (err == nil) != (by == "owner") {
			t.Errorf("%s ends all tokens: %v", by, err)
		}
	}
}

// TestEnds: a token's end can be moved to a time to come; nobody makes their own token longer without their
// password, or anybody's past a factor that is owed; and what staff say is not undone by a refresh.
func TestEnds(t *testing.T) {
	h := newHouse(t, Config{}, false)
	people := h.staffed()
	h.addFactor(people["support"].Member, 8, noon)
	owes, err := h.signIn("support@x.example")
	if err != nil {
		t.Fatal(err)
	}
	own := people["owner"].Session
	for _, tt := range []struct {
		name, by, handle string
		at               time.Time
		want             string // code of the refusal
	}{
		{"now", "owner", people["user"].Session.Handle, noon, kith.CodeOutOfRange},
		{"later", "owner", people["user"].Session.Handle, noon.Add(400 * 24 * time.Hour), ""},
		{"never", "manager", people["user"].Session.Handle, time.Time{}, ""},
		{"sooner, by whom may end none", "support", people["user"].Session.Handle, noon.Add(time.Hour), kith.CodeForbidden},
		{"sooner again", "manager", people["user"].Session.Handle, noon.Add(time.Hour), ""},
		{"later, by whom may add none", "support", people["user"].Session.Handle, noon.Add(2 * time.Hour), kith.CodeForbidden},
		{"one's own, sooner", "owner", own.Handle, noon.Add(time.Hour), ""},
		{"one's own, later", "owner", own.Handle, noon.Add(2 * time.Hour), kith.CodeNotAllowed},
		{"one's own, never", "owner", own.Handle, time.Time{}, kith.CodeNotAllowed},
		{"one that owes a factor, later", "owner", owes.Session.Handle, noon.Add(time.Hour), kith.CodeNotAllowed},
	} {
		by := h.actor(people[tt.by].Token)
		if tt.by == "support" {
			by.Session.Purpose = kith.PurposeAccess
		}
		got, err := h.ChangeAnyToken(t.Context(), by, tt.handle, TokenChange{Expires: &tt.at}, func(*HeldToken) error { return nil })
		switch {
		case tt.want == "" && (err != nil || !got.Session.ExpiresAt.Equal(tt.at)):
			t.Errorf("%s: %+v, %v", tt.name, got, err)
		case tt.want != "" && (err == nil || kith.AsError(err).Code != tt.want):
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	if _, err := h.Refresh(t.Context(), local, people["user"].Refresh, 0); !errors.Is(err, errRefresh) {
		t.Errorf("a refresh after staff said when it ends: %v", err)
	}
	h.clock.set(noon.Add(time.Hour))
	if _, err := h.Authenticate(t.Context(), local, people["user"].Token); !errors.Is(err, errToken) {
		t.Errorf("at its new end: %v", err)
	}
}

// TestTokensForWhom: no token for whom may not sign in, or around a second factor, or the 101st permanent one.
func TestTokensForWhom(t *testing.T) {
	h := newHouse(t, Config{}, false)
	people := h.staffed()
	add := func(whom string, life time.Duration) error {
		_, err := h.AddTokenFor(t.Context(), h.actor(people["owner"].Token), NewTokenFor{User: whom, Duration: life})
		return err
	}
	for name, how := range map[string]func(*kith.User){
		"archived": func(u *kith.User) { u.Archived = true }, "deactivated": func(u *kith.User) { u.Deactivated = true },
		"temporary": func(u *kith.User) { u.Temporary = true },
	} {
		h.changeUser(people["user"].Member, how)
		if err := add("user@x.example", 0); err == nil || kith.AsError(err).Field != "user" || kith.AsError(err).Kind != kith.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		h.changeUser(people["user"].Member, func(u *kith.User) { u.Archived, u.Deactivated, u.Temporary = false, false, false })
	}
	for _, life := range []time.Duration{-time.Second, 10*365*24*time.Hour + 1} {
		if err := add("user@x.example", life); err == nil || kith.AsError(err).Field != "duration" || kith.AsError(err).Kind != kith.Invalid {
			t.Errorf("for %s: %v", life, err)
		}
	}
	label := NewTokenFor{User: "user@x.example", Duration: time.Hour, Label: strings.Repeat("é", 101)}
	if _, err := h.AddTokenFor(t.Context(), h.actor(people["owner"].Token), label); err == nil || kith.AsError(err).Field != "label" {
		t.Errorf("a long label: %v", err)
	}
	label.Label = strings.Repeat("é", 100)
	if _, err := h.AddTokenFor(t.Context(), h.actor(people["owner"].Token), label); err != nil {
		t.Errorf("a label of 100 characters: %v", err)
	}
	h.addFactor(people["manager"].Member, 8, noon)
	if err := add("manager@x.example", 0); err == nil || kith.AsError(err).Field != "user" {
		t.Errorf("around a factor: %v", err)
	}
	if err := add("nobody@x.example", 0); err == nil || kith.AsError(err).Code != kith.CodeNotFound || kith.AsError(err).Kind != kith.Invalid {
		t.Errorf("for nobody: %v", err)
	}
	for range maxPermanent {
		if err := add("user@x.example", 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := add("user@x.example", 0); !errors.Is(err, errManyTokens) {
		t.Errorf("one too many: %v", err)
	}
	if err := add("user@x.example", time.Hour); err != nil {
		t.Errorf("one that expires: %v", err)
	}
}

// TestAllTokensEnd: the owner ends the tokens of everybody, in slices, and keeps the one that asks; each end
// is told.
func TestAllTokensEnd(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner := h.company("acme")
	ada := h.person("ada@x.example")
	const more = 2*endSlice + 7
	h.change(owner.Company, func(ctx context.Context, tx *store.Tx) error {
		for range more {
			token, err := newAccessToken(h.gate.Random, owner.Company.ID)
			if err != nil {
				return err
			}
			s := &kith.Session{ID: kith.NewID[kith.Session](noon, h.gate.Random), User: ada.User.ID, Purpose: kith.PurposeAccess, Handle: handleOf(token)}
			if err := tx.Sessions.Insert(ctx, s, hashOf(token)); err != nil {
				return err
			}
		}
		return nil
	})
	by := h.actor(owner.Token)
	if err := h.DeleteAllTokens(t.Context(), by, AnyTokenFilter{}); err != nil {
		t.Fatal(err)
	}
	left, err := h.AllTokens(t.Context(), by, AnyTokenFilter{}, kith.Page{Number: 1, Size: 10})
	if err != nil || left.Total != 1 || left.Rows[0].Session.ID != owner.Session.ID {
		t.Errorf("%d tokens are left, %v", left.Total, err)
	}
	told := 0
	h.events(owner.Company, func(e *kith.Event) {
		if e.Noun == kith.NounSession && e.Verb == kith.Delete && e.Actor == owner.User.ID && e.Subject == ada.User.ID {
			told++
		}
	})
	if told != more+1 {
		t.Errorf("%d ends are told, want %d", told, more+1)
	}
}

// TestWhoMadeASession: the event of a session that staff began names them, and that of one's own oneself.
func TestWhoMadeASession(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner := h.company("acme")
	ada := h.person("ada@x.example")
	by := h.actor(owner.Token)
	made, err1 := h.AddTokenFor(t.Context(), by, NewTokenFor{User: "ada@x.example"})
	behalf, err2 := h.SignInFor(t.Context(), by, Login{User: "ada@x.example", Password: phrase})
	eva, err3 := h.RegisterFor(t.Context(), by, UserRegistration{Person: Person{Username: "eva", Password: phrase}})
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	maker := map[string]kith.UserID{owner.Session.Handle: owner.User.ID, ada.Session.Handle: ada.User.ID,
		made.Session.Handle: owner.User.ID, behalf.Session.Handle: owner.User.ID, eva.Session.Handle: owner.User.ID}
	h.events(owner.Company, func(e *kith.Event) {
		if e.Noun == kith.NounSession && e.Verb == kith.Add {
			if e.Actor != maker[e.Row] {
				t.Errorf("session %s of %s was made by %s, want %s", e.Row, e.Subject, e.Actor, maker[e.Row])
			}
			delete(maker, e.Row)
		}
	})
	if len(maker) > 0 {
		t.Errorf("nothing tells of %v", maker)
	}
}

// TestHandlesAreDrawnAgain: a handle that the company has already is drawn anew, and nobody notices.
func TestHandlesAreDrawnAgain(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner := h.company("acme")
	random := h.gate.Random
	defer func() { h.gate.Random = random }()
	seven := &stuck{then: random}
	h.gate.Random = seven
	first, err := h.signInOwner()
	if err != nil {
		t.Fatal(err)
	}
	seven.reads = 0
	second, err := h.signInOwner()
	if err != nil || second.Session.Handle == first.Session.Handle || seven.tokens < 3 {
		t.Fatalf("%d tokens were drawn; %+v, %v", seven.tokens, second, err)
	}
	if h.actor(second.Token).Session.ID == h.actor(first.Token).Session.ID || h.actor(owner.Token) == nil {
		t.Error("two tokens lead to one session")
	}
}

// stuck draws the same token twice in a row.
type stuck struct {
	then          io.Reader
	reads, tokens int
}

func (s *stuck) Read(p []byte) (int, error) {
	if len(p) < 100 { // no token
		return s.then.Read(p)
	}
	s.tokens++
	s.reads++
	if s.reads > 1 {
		return s.then.Read(p)
	}
	for i := range p {
		p[i] = 7
	}
	return len(p), nil
}

func (h *house) signInOwner() (*SignedIn, error) {
	return h.SignIn(h.t.Context(), &kith.Actor{Remote: local}, Login{Company: "acme", User: "owner@acme.example", Password: phrase})
}

// TestTokensOfArchivedUsers: what hangs on an archived user stays as it is, but a token can always be ended.
func TestTokensOfArchivedUsers(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner := h.company("acme")
	ada := h.person("ada@x.example")
	token := h.permanent(ada)
	by := h.actor(owner.Token)
	if _, err := h.directory.ArchiveUser(t.Context(), by, "ada@x.example"); err != nil {
		t.Fatal(err)
	}
	label := "renamed"
	_, err := h.ChangeAnyToken(t.Context(), by, token.Session.Handle, TokenChange{Label: &label}, func(*HeldToken) error { return nil })
	if kith.AsError(err).Code != kith.CodeArchived {
		t.Errorf("renamed: %v", err)
	}
	if err := h.DeleteAnyToken(t.Context(), by, token.Session.Handle); err != nil || h.session(token) != nil {
		t.Errorf("ended: %v", err)
	}
}

// TestPromotionEndsTokensOfStaff: a token that staff made for a person is gone as soon as that person comes
// to hold more over the company, by a group or directly; what they made themself, and what is no more than
// before, stays.
func TestPromotionEndsTokensOfStaff(t *testing.T) {
	look := kith.Permission{Section: kith.SectionAdmin, Noun: kith.NounUser, Level: kith.LevelView}
	section := kith.SectionAdmin
	for _, tt := range []struct {
		what string
		do   func(h *house, by *kith.Actor) error
		gone bool
	}{
		{"into admin", func(h *house, by *kith.Actor) error {
			_, err := h.directory.PutIntoGroup(t.Context(), by, "ada@x.example", kith.GroupAdmin)
			return err
		}, true},
		{"by staff's change of the user", func(h *house, by *kith.Actor) error {
			_, err := h.ChangeUser(t.Context(), by, "ada@x.example", directory.UserChange{Groups: &[]string{kith.GroupSupport}})
			return err
		}, true},
		{"directly", func(h *house, by *kith.Actor) error {
			_, err := h.directory.GrantUser(t.Context(), by, "ada@x.example", access.Grants{List: []access.Grant{{Section: &section, Noun: look.Noun, Level: look.Level}}})
			return err
		}, true},
		{"out of the group", func(h *house, by *kith.Actor) error {
			return h.directory.TakeOutOfGroup(t.Context(), by, "ada@x.example", kith.GroupUser)
		}, false},
	} {
		t.Run(tt.what, func(t *testing.T) {
			h := newHouse(t, Config{}, false)
			by := h.actor(h.company("acme").Token)
			ada := h.person("ada@x.example")
			own := h.permanent(ada)
			made, err := h.AddTokenFor(t.Context(), by, NewTokenFor{User: "ada@x.example"})
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.do(h, by); err != nil {
				t.Fatal(err)
			}
			if _, err := h.Authenticate(t.Context(), local, made.Token); errors.Is(err, errToken) != tt.gone {
				t.Errorf("the token that staff made: %v", err)
			}
			if h.session(own) == nil || h.session(ada) == nil {
				t.Error("what the person made is gone")
			}
		})
	}
}
