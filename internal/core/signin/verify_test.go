package signin

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/message"
)

const number = "+27831234567"

// key is that of the newest link to verify an address by.
func (h *house) key(email string) string {
	h.t.Helper()
	for _, m := range h.messages(email) {
		if len(m.Links) > 0 {
			if _, key, ok := strings.Cut(m.Links[0], "/verify-email/acme#key="); ok {
				return key
			}
		}
	}
	h.t.Fatalf("nothing to verify %s by was mailed", email)
	return ""
}

// code is the newest that was sent to a number.
func (h *house) code(mobile string) string {
	h.t.Helper()
	list := h.messages(mobile)
	if len(list) == 0 || len(list[0].Codes) != 1 || list[0].Channel != kith.ChannelSMS {
		h.t.Fatalf("no code was sent to %s: %v", mobile, list)
	}
	return list[0].Codes[0]
}

// resend asks for another link or code.
func (h *house) resend(kind kith.IdentifierKind, to string) {
	h.t.Helper()
	if err := h.ResendProof(h.t.Context(), &kith.Actor{Remote: local}, Resending{Company: "acme", Kind: kind, To: to}); err != nil {
		h.t.Fatal(err)
	}
}

// reached registers somebody with an e-mail and a mobile.
func (h *house) reached(email, mobile string) *SignedIn {
	h.t.Helper()
	out, err := h.Register(h.t.Context(), &kith.Actor{Remote: local}, UserRegistration{
		Person: Person{Email: email, Mobile: mobile, Password: phrase}, Company: "acme"})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// userOf reads a user's row.
func (h *house) userOf(m kith.Member) *kith.User {
	h.t.Helper()
	u, _ := h.user(m)
	return u
}

// production makes a company of mode production, whose codes are drawn.
func (h *house) production(slug string) *SignedIn {
	h.t.Helper()
	mode := kith.Production
	out, err := h.RegisterCompany(h.t.Context(), &kith.Actor{Remote: local}, CompanyRegistration{
		Person: Person{Email: "owner@" + slug + ".example", Password: phrase}, Company: directory.NewCompany{Slug: slug, Mode: &mode}})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// TestVerify: who registers is sent a link and a code. Each proves what it was sent to, once, and nothing
// else changes: the session goes on.
func TestVerify(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	ada := h.reached("ada@x.example", number)
	key, code := h.key("ada@x.example"), h.code(number)
	if err := h.VerifyEmail(t.Context(), local, key); err != nil {
		t.Fatal(err)
	}
	if u := h.userOf(ada.Member); !u.EmailVerified || u.MobileVerified {
		t.Errorf("after the link: e-mail %v, mobile %v", u.EmailVerified, u.MobileVerified)
	}
	if err := h.VerifyMobile(t.Context(), h.actor(ada.Token), code); err != nil {
		t.Fatal(err)
	}
	if u := h.userOf(ada.Member); !u.EmailVerified || !u.MobileVerified {
		t.Errorf("after the code: e-mail %v, mobile %v", u.EmailVerified, u.MobileVerified)
	}
	if err := h.VerifyEmail(t.Context(), local, key); !errors.Is(err, errLink) || kith.AsError(err).Field != "key" {
		t.Errorf("the link once more: %v", err)
	}
	if err := h.VerifyMobile(t.Context(), h.actor(ada.Token), code); !errors.Is(err, errCode) {
		t.Errorf("the code once more: %v", err)
	}
	if _, err := h.signIn("ada@x.example"); err != nil {
		t.Errorf("the password is gone: %v", err)
	}
	verified := map[string]int{}
	h.events(ada.Company, func(e *kith.Event) {
		if e.Subject == ada.User.ID && e.Verb == kith.Change {
			verified[strings.Join(e.Fields, " ")]++
		}
	})
	if len(verified) != 2 || verified["email_verified"] != 1 || verified["mobile_verified"] != 1 {
		t.Errorf("the events tell of %v", verified)
	}
}

// TestOwnerProves: whoever registers a company is sent a link and a code as well.
func TestOwnerProves(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner, err := h.RegisterCompany(t.Context(), &kith.Actor{Remote: local}, CompanyRegistration{
		Person: Person{Email: "owner@acme.example", Mobile: number, Password: phrase}, Company: directory.NewCompany{Slug: "acme"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(h.VerifyEmail(t.Context(), local, h.key("owner@acme.example")),
		h.VerifyMobile(t.Context(), h.actor(owner.Token), h.code(number))); err != nil {
		t.Error(err)
	}
}

// TestProofsUpToTheirEnd: the last moment of a link or code is the one before it expires, and a clock set back
// brings none back that was used (T82).
func TestProofsUpToTheirEnd(t *testing.T) {
	for _, tt := range []struct {
		after time.Duration
		works bool
	}{{-time.Millisecond, true}, {0, false}, {time.Millisecond, false}} {
		h := newHouse(t, Config{}, false)
		h.company("acme")
		ada := h.reached("ada@x.example", number)
		by := h.actor(ada.Token)
		key, code := h.key("ada@x.example"), h.code(number)
		h.clock.move(kith.ToVerifyMobile.Life() + tt.after)
		if err := h.VerifyMobile(t.Context(), by, code); (err == nil) != tt.works || err != nil && !errors.Is(err, errCode) {
			t.Errorf("the code at its end%+v: %v", tt.after, err)
		}
		h.clock.set(noon.Add(kith.ToVerifyEmail.Life() + tt.after))
		if err := h.VerifyEmail(t.Context(), local, key); (err == nil) != tt.works || err != nil && !errors.Is(err, errLink) {
			t.Errorf("the link at its end%+v: %v", tt.after, err)
		}
		if !tt.works {
			continue
		}
		h.clock.set(noon)
		if err := h.VerifyMobile(t.Context(), by, code); !errors.Is(err, errCode) {
			t.Errorf("a spent code, with the clock set back: %v", err)
		}
		if err := h.VerifyEmail(t.Context(), local, key); !errors.Is(err, errLink) {
			t.Errorf("a spent link, with the clock set back: %v", err)
		}
	}
}

// TestVerifyLinksThatDoNotWork: all of them get the one answer and prove nothing, whether the holder says "this
// is me" or "not me".
func TestVerifyLinksThatDoNotWork(t *testing.T) {
	for name, tt := range map[string]struct {
		from kith.Remote
		how  func(h *house, ada *SignedIn, key string) string
	}{
		"empty":     {local, func(*house, *SignedIn, string) string { return "" }},
		"cut short": {local, func(_ *house, _ *SignedIn, key string) string { return key[:len(key)-1] }},
		"another": {local, func(_ *house, _ *SignedIn, key string) string {
			return strings.Repeat("x", randomSize) + key[randomSize:]
		}},
		"another company's": {local, func(h *house, _ *SignedIn, key string) string {
			return key[:randomSize] + base62(uint64(h.company("bolt").Company.ID), companySize)
		}},
		"a session's token":     {local, func(_ *house, ada *SignedIn, _ string) string { return ada.Token }},
		"one to set a password": {local, func(h *house, ada *SignedIn, _ string) string { return h.shown(ada.Company, "ada@x.example").Secret }},
		"replaced": {local, func(h *house, _ *SignedIn, key string) string {
			h.resend(kith.Email, "ada@x.example")
			h.messages("")
			return key
		}},
		"password changed since": {local, passwordChanged},
		"address changed since": {local, func(h *house, ada *SignedIn, key string) string {
			h.moveTo(ada, "countess@x.example")
			return key
		}},
		"address changed and changed back": {local, func(h *house, ada *SignedIn, key string) string {
			h.moveTo(ada, "countess@x.example")
			h.moveTo(ada, "ada@x.example")
			return key
		}},
		"archived": {local, func(h *house, ada *SignedIn, key string) string {
			h.changeUser(ada.Member, func(u *kith.User) { u.Archived = true })
			return key
		}},
		"company suspended": {local, func(h *house, ada *SignedIn, key string) string {
			h.changeCompany(ada.Company, func(c *kith.Company) { c.Status = kith.CompanySuspended })
			return key
		}},
		"test company, from elsewhere": {remote, func(_ *house, _ *SignedIn, key string) string { return key }},
		"verified already": {local, func(h *house, ada *SignedIn, key string) string {
			h.changeUser(ada.Member, func(u *kith.User) { u.EmailVerified = true })
			return key
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, Config{}, false)
			h.company("acme")
			ada := h.person("ada@x.example")
			h.clock.move(time.Second)
			key := tt.how(h, ada, h.key("ada@x.example"))
			was := h.userOf(ada.Member).EmailVerified
			if err := h.VerifyEmail(t.Context(), tt.from, key); !errors.Is(err, errLink) || kith.AsError(err).Field != "key" {
				t.Errorf("this is me: %v", err)
			}
			if uid, token, err := h.Disown(t.Context(), tt.from, key); !errors.Is(err, errLink) || uid+token != "" {
				t.Errorf("not me: %q, %q, %v", uid, token, err)
			}
			if u := h.userOf(ada.Member); u.EmailVerified != was || h.hashOf(ada.Member) == "" {
				t.Errorf("verified %v, with a password: %v", u.EmailVerified, h.hashOf(ada.Member) != "")
			}
		})
	}
}

func passwordChanged(h *house, ada *SignedIn, key string) string {
	h.t.Helper()
	if err := h.ChangePassword(h.t.Context(), h.actor(ada.Token), PasswordChange{Old: phrase, New: anew}); err != nil {
		h.t.Fatal(err)
	}
	return key
}

// moveTo has staff give somebody another e-mail.
func (h *house) moveTo(of *SignedIn, email string) {
	h.t.Helper()
	if _, err := h.ChangeUser(h.t.Context(), operator(of.Company), of.User.ID.String(), directory.UserChange{Email: &email}); err != nil {
		h.t.Fatal(err)
	}
}

// TestDeactivatedMayVerify: an address stays one's own while one is shut out, and proving it lets nobody in.
func TestDeactivatedMayVerify(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	ada := h.person("ada@x.example")
	key := h.key("ada@x.example")
	h.changeUser(ada.Member, func(u *kith.User) { u.Deactivated = true })
	if err := h.VerifyEmail(t.Context(), local, key); err != nil || !h.userOf(ada.Member).EmailVerified {
		t.Errorf("%v, verified %v", err, h.userOf(ada.Member).EmailVerified)
	}
	if _, err := h.signIn("ada@x.example"); !errors.Is(err, errCredentials) {
		t.Errorf("signing in: %v", err)
	}
}

// TestResend: another link or code goes to whoever has yet to prove that address, and to nobody else; whoever
// asks is told the same, before anybody has looked (T26, T27).
func TestResend(t *testing.T) {
	for name, tt := range map[string]struct {
		to      string
		company string
		how     func(h *house, ada *SignedIn)
		sends   bool
	}{
		"unproved":        {"ada@x.example", "acme", func(*house, *SignedIn) {}, true},
		"other case":      {"ADA@X.example", "acme", func(*house, *SignedIn) {}, true},
		"mobile":          {number, "acme", func(*house, *SignedIn) {}, true},
		"nobody's":        {"eve@x.example", "acme", func(*house, *SignedIn) {}, false},
		"unknown company": {"ada@x.example", "nowhere", func(*house, *SignedIn) {}, false},
		"other company":   {"ada@x.example", "bolt", func(h *house, _ *SignedIn) { h.company("bolt") }, false},
		"deactivated": {"ada@x.example", "acme", func(h *house, ada *SignedIn) {
			h.changeUser(ada.Member, func(u *kith.User) { u.Deactivated = true })
		}, true},
		"deactivated, mobile": {number, "acme", func(h *house, ada *SignedIn) {
			h.changeUser(ada.Member, func(u *kith.User) { u.Deactivated = true })
		}, false},
		"archived": {"ada@x.example", "acme", func(h *house, ada *SignedIn) {
			h.changeUser(ada.Member, func(u *kith.User) { u.Archived = true })
		}, false},
		"proved": {"ada@x.example", "acme", func(h *house, ada *SignedIn) {
			if err := h.VerifyEmail(h.t.Context(), local, h.key("ada@x.example")); err != nil {
				h.t.Fatal(err)
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, Config{}, false)
			h.company("acme")
			ada := h.reached("ada@x.example", number)
			tt.how(h, ada)
			was := len(h.messages(""))
			kind := kith.Email
			if tt.to == number {
				kind = kith.Mobile
			}
			if err := h.ResendProof(t.Context(), &kith.Actor{Remote: local}, Resending{Company: tt.company, Kind: kind, To: tt.to}); err != nil {
				t.Fatal(err)
			}
			outbox := message.NewOutbox(h.gate)
			if n, err := outbox.DeliverToInbox(t.Context()); n != 0 || err != nil {
				t.Errorf("%d messages were written before the answer, %v", n, err)
			}
			if sent := len(h.messages("")) - was; (sent == 1) != tt.sends || sent > 1 {
				t.Errorf("%d messages were sent", sent)
			}
		})
	}
}

// TestResendRefusesNonsense: what is no address at all is told at once.
func TestResendRefusesNonsense(t *testing.T) {
	h := newHouse(t, Config{}, false)
	for _, in := range []Resending{{"acme", kith.Email, "ada"}, {"acme", kith.Mobile, "083"}, {"acme", kith.Email, ""}} {
		if err := h.ResendProof(t.Context(), &kith.Actor{Remote: local}, in); kith.AsError(err).Field != in.Kind.String() {
			t.Errorf("%q: %v", in.To, err)
		}
	}
}

// TestHiddenRegistrationProves: a company that hides who is registered sends link and code all the same, and
// whoever holds the address already is told so, by that address.
func TestHiddenRegistrationProves(t *testing.T) {
	h := newHouse(t, Config{}, false)
	acme := h.company("acme").Company
	h.changeCompany(acme, func(c *kith.Company) { c.Settings.Disclosure = kith.Hidden })
	for range 2 {
		if out, err := h.Register(t.Context(), &kith.Actor{Remote: local}, UserRegistration{
			Person: Person{Email: "ada@x.example", Mobile: number, Password: phrase}, Company: "acme"}); err != nil || out != nil {
			t.Fatalf("%+v, %v", out, err)
		}
		h.clock.move(time.Second)
	}
	list := h.messages("ada@x.example")
	if len(list) != 2 || list[0].Kind != string(message.AlreadyHere) || list[1].Kind != string(message.Welcome) {
		t.Errorf("%d mails: %+v", len(list), list)
	}
	if err := h.VerifyEmail(t.Context(), local, h.key("ada@x.example")); err != nil {
		t.Error(err)
	}
	if n := len(h.messages(number)); n != 1 {
		t.Errorf("%d text messages", n)
	}
}

// TestVerifyingWhatBecameTaken: whoever proves an address that claims nothing, and that another has claimed since, is
// told; the link stays good.
func TestVerifyingWhatBecameTaken(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	ada := h.person("ada@x.example")
	second := &kith.Identifier{ID: 99, User: ada.User.ID, Kind: kith.Email, Value: "shared@x.example", CreatedAt: noon}
	op := gate.Op{Name: "test", Noun: kith.NounUser, Verb: kith.Change, Open: true}
	link, err := gate.Change(t.Context(), h.gate, operator(ada.Company), op, second, func(ctx context.Context, tx *gate.Tx, i *kith.Identifier) (string, error) {
		tx.Unchanged()
		if _, err := tx.Identifiers.Insert(ctx, i, false); err != nil {
			return "", err
		}
		to := *i
		to.Folded = i.Value
		return h.newLink(ctx, tx, ada.Member, kith.ToVerifyEmail, &to)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, key, _ := strings.Cut(link, "#key=")
	h.person("shared@x.example")
	for range 2 {
		if err := h.VerifyEmail(t.Context(), local, key); kith.AsError(err).Kind != kith.Conflict || kith.AsError(err).Field != "email" {
			t.Errorf("got %v", err)
		}
	}
}
