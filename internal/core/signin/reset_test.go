package signin

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/message"
	"kith/internal/store"
)

// begs asks for a link at acme as a guest, and has it sent.
func (h *house) begs(ask func(context.Context, *kith.Actor, Ask) error, user string) {
	h.t.Helper()
	h.clock.move(time.Millisecond) // so that the newest letter is the newest
	err := ask(h.t.Context(), &kith.Actor{Remote: local}, Ask{Company: "acme", User: user})
	if err = errors.Join(err, h.SendAsked(h.t.Context())); err != nil {
		h.t.Fatal(err)
	}
}

// asked asks for a link to reset a password by and reads it out of the mail to an address.
func (h *house) asked(email string) PasswordSetting {
	h.t.Helper()
	h.begs(h.AskReset, email)
	return parts(h.t, h.linkTo(email, message.ResetPassword))
}

// identify gives a user another identifier, past every rule.
func (h *house) identify(m kith.Member, i kith.Identifier) {
	h.t.Helper()
	h.change(m.Company, func(ctx context.Context, tx *store.Tx) error {
		i.User, i.CreatedAt = m.User.ID, tx.Now
		i.ID = kith.Serial(1<<40 + len(i.Folded))
		if _, err := tx.Identifiers.Insert(ctx, &i, true); err != nil {
			return err
		}
		return nil
	})
}

// TestWhereAResetGoes: the link goes to an address that the user has proved or that is their first, and
// never to others; without any e-mail to the number; and to nobody who could not use it.
func TestWhereAResetGoes(t *testing.T) {
	verified := noon
	h := newHouse(t, Config{}, false)
	owner := h.company("acme")
	h.company("bolt")
	ada, err := h.Register(t.Context(), &kith.Actor{Remote: local}, UserRegistration{Company: "acme",
		Person: Person{Email: "ada@x.example", Username: "countess", Mobile: "+27831234567", Password: phrase}})
	if err != nil {
		t.Fatal(err)
	}
	h.identify(ada.Member, kith.Identifier{Kind: kith.Email, Value: "Proved@x.example", Folded: "proved@x.example", VerifiedAt: verified})
	h.identify(ada.Member, kith.Identifier{Kind: kith.Email, Value: "claimed@x.example", Folded: "claimed@x.example"})
	if _, err := h.Register(t.Context(), &kith.Actor{Remote: local}, UserRegistration{Company: "acme",
		Person: Person{Username: "bob", Mobile: "+27837654321", Password: phrase}}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Register(t.Context(), &kith.Actor{Remote: local}, UserRegistration{Company: "acme",
		Person: Person{Username: "unreachable", Password: phrase}}); err != nil {
		t.Fatal(err)
	}
	shut := map[string]func(*kith.User){
		"off@x.example": func(u *kith.User) { u.Deactivated = true }, "gone@x.example": func(u *kith.User) { u.Archived = true },
		"temp@x.example": func(u *kith.User) { u.Temporary = true }}
	for email, how := range shut {
		h.changeUser(h.person(email).Member, how)
	}
	h.machine(owner, "till", kith.GroupSupport)
	for _, tt := range []struct{ typed, to string }{
		{"ada@x.example", "ada@x.example"}, {" ADA@X.EXAMPLE", "ada@x.example"}, {"countess", "ada@x.example"},
		{"+27 83 123 4567", "ada@x.example"}, {ada.User.ID.String(), "ada@x.example"},
		{"proved@x.example", "Proved@x.example"}, {"claimed@x.example", "ada@x.example"},
		{"bob", "+27837654321"}, {"+27837654321", "+27837654321"}, {"off@x.example", "off@x.example"},
		{"unreachable", ""}, {"gone@x.example", ""}, {"temp@x.example", ""}, {"till", ""}, {"nobody@x.example", ""}, {"", ""},
		{"owner@bolt.example", ""},
	} {
		before := len(h.messages(""))
		h.begs(h.AskReset, tt.typed)
		list := h.messages("")
		switch sent := len(list) - before; {
		case tt.to == "" && sent != 0:
			t.Errorf("%q: %d sent, to %s", tt.typed, sent, list[0].To)
		case tt.to != "" && (sent != 1 || list[0].To != tt.to || !strings.Contains(list[0].Links[0], "/reset-password/acme#uid=")):
			t.Errorf("%q: %d sent, to %s %v; want one to %s", tt.typed, sent, list[0].To, list[0].Links, tt.to)
		}
	}
}

// TestNoLinkToABarredAddress: an address that came to a user who had proved another gets no link before it is
// proved itself, by whatever name somebody asks.
func TestNoLinkToABarredAddress(t *testing.T) {
	barred := &kith.Identifier{Kind: kith.Email, Folded: "new@x.example", Primary: true, Barred: true}
	proved := &kith.Identifier{Kind: kith.Email, Folded: "old@x.example", VerifiedAt: noon}
	number := &kith.Identifier{Kind: kith.Mobile, Folded: "+27831234567", Primary: true}
	list := []*kith.Identifier{{Kind: kith.Username, Folded: "ada", Primary: true}, barred, proved, number}
	for _, tt := range []struct {
		list  []*kith.Identifier
		typed string
		want  *kith.Identifier
	}{
		{list, "new@x.example", nil}, {list, "old@x.example", proved}, {list, "ada", proved}, {list, "+27831234567", proved},
		{[]*kith.Identifier{barred, number}, "ada", number}, {[]*kith.Identifier{barred}, "ada", nil}, {nil, "ada", nil},
	} {
		if got := bestOf(tt.list, tt.typed); got != tt.want {
			t.Errorf("of %d, asked as %s: %+v, want %+v", len(tt.list), tt.typed, got, tt.want)
		}
	}
}

// TestResetAgainstTheFirstComer: somebody who registered with another's address keeps nothing once its
// holder resets the password (T1).
func TestResetAgainstTheFirstComer(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	thief, err := h.Register(t.Context(), &kith.Actor{Remote: local}, UserRegistration{Company: "acme",
		Person: Person{Email: "victim@x.example", Mobile: "+27831234567", Password: phrase}})
	if err != nil {
		t.Fatal(err)
	}
	permanent := h.permanent(thief)
	h.addFactor(thief.Member, 1, noon)
	h.changeUser(thief.Member, func(u *kith.User) { u.MobileVerified = true })
	link := h.asked("victim@x.example")
	link.Clear = ClearNone
	if err := h.SetPassword(t.Context(), local, link); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*SignedIn{"the session": thief, "the permanent token": permanent} {
		if _, err := h.Authenticate(t.Context(), local, s.Token); !errors.Is(err, errToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Refresh(t.Context(), local, thief.Refresh, 0); err == nil {
		t.Error("the session can be refreshed")
	}
	if err := h.try("acme", "victim@x.example", phrase); !errors.Is(err, errCredentials) {
		t.Errorf("with the thief's password: %v", err)
	}
	u, factors := h.user(thief.Member)
	if len(factors) != 0 || !u.EmailVerified || u.MobileVerified {
		t.Errorf("%d factors; e-mail proved: %v, mobile: %v", len(factors), u.EmailVerified, u.MobileVerified)
	}
	out, err := h.SignIn(t.Context(), &kith.Actor{Remote: local}, Login{Company: "acme", User: "victim@x.example", Password: anew})
	if err != nil || len(out.Challenges) != 0 {
		t.Errorf("the holder: %v", err)
	}
}

// TestTheFirstComersOwnAddress: an address that the first comer put beside the victim's is no way back in: no
// mail goes to it once the victim's is proved, whether or not it was proved before, and its holder is free to
// register with it (T1).
func TestTheFirstComersOwnAddress(t *testing.T) {
	for name, proved := range map[string]bool{"proved": true, "not proved": false} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, Config{}, false)
			h.company("acme")
			thief := h.person("victim@x.example")
			own := directory.NewContact{Kind: kith.Email, Value: "Thief@x.example"}
			if _, err := h.AddOwnContact(t.Context(), h.actor(thief.Token), own); err != nil {
				t.Fatal(err)
			}
			if proved {
				if err := h.VerifyEmail(t.Context(), local, h.key("thief@x.example")); err != nil {
					t.Fatal(err)
				}
			}
			if err := h.SetPassword(t.Context(), local, h.asked("victim@x.example")); err != nil {
				t.Fatal(err)
			}
			before := len(h.messages("thief@x.example"))
			h.resend(kith.Email, "thief@x.example")
			h.begs(h.AskReset, "thief@x.example")
			if sent := len(h.messages("thief@x.example")) - before; sent != 0 {
				t.Errorf("%d mails went to the thief", sent)
			}
			if err := h.try("acme", "thief@x.example", anew); !errors.Is(err, errCredentials) {
				t.Errorf("a sign-in by the thief's address: %v", err)
			}
			if in := h.person("thief@x.example"); in.User.ID == thief.User.ID {
				t.Error("the address is the victim's still")
			}
		})
	}
}

// TestClearAfterAReset: on an address that was proved before, permanent tokens end only if told to, temporary
// ones in any case.
func TestClearAfterAReset(t *testing.T) {
	for clear, stays := range map[Clear]bool{ClearNone: true, ClearTemporary: true, ClearAll: false} {
		h := newHouse(t, Config{}, false)
		h.company("acme")
		ada := h.person("ada@x.example")
		h.changeUser(ada.Member, func(u *kith.User) { u.EmailVerified = true })
		permanent := h.permanent(ada)
		link := h.asked("ada@x.example")
		link.Clear = clear
		if err := h.SetPassword(t.Context(), local, link); err != nil {
			t.Fatal(err)
		}
		if h.session(ada) != nil || (h.session(permanent) != nil) != stays {
			t.Errorf("%d: the temporary one lives: %v, the permanent one: %v", clear, h.session(ada) != nil, h.session(permanent) != nil)
		}
	}
}

// TestResetLinkUpToItsEnd: a link works until its hour is over, and a clock set back brings it back for none.
func TestResetLinkUpToItsEnd(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	h.person("ada@x.example")
	for _, tt := range []struct {
		late time.Duration
		want error
	}{{-time.Millisecond, nil}, {0, errLink}, {time.Millisecond, errLink}} {
		link := h.asked("ada@x.example")
		h.clock.move(kith.ToResetPassword.Life() + tt.late)
		if err := h.SetPassword(t.Context(), local, link); !errors.Is(err, tt.want) {
			t.Errorf("%v late: %v", tt.late, err)
		}
	}
}

// TestResetCap: past the cap nothing is sent, nobody is told, and the link that was sent last still works.
func TestResetCap(t *testing.T) {
	h := newHouse(t, Config{Limits: true}, false)
	owner := h.company("acme")
	h.person("ada@x.example") // whose welcome is the first
	for range 10 {
		h.begs(h.AskReset, "ada@x.example")
	}
	if n := len(h.messages("ada@x.example")); n != sendsToOne {
		t.Errorf("%d were sent, want %d", n, sendsToOne)
	}
	if err := h.AskResetFor(t.Context(), h.actor(owner.Token), "ada@x.example"); waits(err) <= 0 {
		t.Errorf("staff are told %v", err)
	}
	if err := h.SetPassword(t.Context(), local, parts(t, h.linkTo("ada@x.example", message.ResetPassword))); err != nil {
		t.Errorf("the last one: %v", err)
	}
}

// TestStaffAskForLinks: staff are told what becomes of it, reach nobody above themselves, and the owner asks
// alone.
func TestStaffAskForLinks(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner := h.company("acme")
	h.company("bolt")
	ada, boss := h.person("ada@x.example"), h.person("boss@x.example")
	h.changeUser(h.person("gone@x.example").Member, func(u *kith.User) { u.Archived = true })
	h.machine(owner, "till", kith.GroupSupport)
	operatorsHand := operator(owner.Company)
	for user, group := range map[string]string{"ada@x.example": kith.GroupManager, "boss@x.example": kith.GroupAdmin} {
		if _, err := h.ChangeUser(t.Context(), operatorsHand, user, directory.UserChange{Groups: &[]string{group}}); err != nil {
			t.Fatal(err)
		}
	}
	for name, ask := range map[string]func(context.Context, *kith.Actor, string) error{
		"reset": h.AskResetFor, "deactivate": h.AskDeactivationFor, "delete": h.AskDeletionFor} {
		for _, tt := range []struct {
			by   *SignedIn
			user string
			want kith.Kind // Internal: none
		}{
			{owner, "ada@x.example", kith.Internal}, {boss, "ada@x.example", kith.Internal}, {ada, "boss@x.example", kith.Forbidden},
			{boss, "owner@acme.example", kith.Forbidden}, {owner, "nobody@x.example", kith.Invalid}, {owner, "owner@bolt.example", kith.Invalid},
			{owner, "gone@x.example", kith.Invalid}, {owner, "till", kith.Invalid},
		} {
			err := ask(t.Context(), h.actor(tt.by.Token), tt.user)
			if tt.want == kith.Internal && err != nil || tt.want != kith.Internal && kith.AsError(err).Kind != tt.want {
				t.Errorf("%s %s: %v", name, tt.user, err)
			}
		}
	}
	if err := h.AskResetFor(t.Context(), h.actor(owner.Token), "owner@acme.example"); err != nil {
		t.Errorf("the owner for themself: %v", err)
	}
	link := h.asked("ada@x.example")
	if err := h.SetPasswordFor(t.Context(), h.actor(h.company("cog").Token), link); !errors.Is(err, errLink) {
		t.Errorf("another company's staff set the password: %v", err)
	}
	if err := h.SetPasswordFor(t.Context(), h.actor(owner.Token), link); err != nil {
		t.Errorf("one's own staff, by the link: %v", err)
	}
}
