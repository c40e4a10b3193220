package signin

import (
	"context"
	"errors"
	"sync"
	"testing"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/store"
)

// TestDisown: whoever registered with an address that is not theirs has nothing left once its holder says so:
// password, sessions, tokens, factors, codes and proofs are gone (T1). The holder sets a password, which
// proves the address.
func TestDisown(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	thief := h.reached("victim@x.example", number)
	permanent := h.permanent(thief)
	if err := h.VerifyMobile(t.Context(), h.actor(thief.Token), h.code(number)); err != nil {
		t.Fatal(err)
	}
	reset := h.shown(thief.Company, "victim@x.example")
	h.addFactor(thief.Member, 7, noon)
	uid, token, err := h.Disown(t.Context(), local, h.key("victim@x.example"))
	if err != nil || uid != thief.User.ID.String() {
		t.Fatalf("%q, %v", uid, err)
	}
	for name, secret := range map[string]string{"session": thief.Token, "permanent token": permanent.Token} {
		if _, err := h.Authenticate(t.Context(), local, secret); !errors.Is(err, errToken) {
			t.Errorf("the %s: %v", name, err)
		}
	}
	if _, err := h.Refresh(t.Context(), local, thief.Refresh, 0); err == nil {
		t.Error("the session can be refreshed")
	}
	for _, name := range []string{"victim@x.example", number} {
		if _, err := h.signIn(name); !errors.Is(err, errCredentials) {
			t.Errorf("the password, by %s: %v", name, err)
		}
	}
	if err := h.SetPassword(t.Context(), local, reset); !errors.Is(err, errLink) {
		t.Errorf("a link from before: %v", err)
	}
	if u := h.userOf(thief.Member); u.EmailVerified || u.MobileVerified {
		t.Errorf("proved before anything is: e-mail %v, mobile %v", u.EmailVerified, u.MobileVerified)
	}
	if err := h.SetPassword(t.Context(), local, PasswordSetting{User: uid, Secret: token, Password: anew}); err != nil {
		t.Fatal(err)
	}
	in, err := h.SignIn(t.Context(), &kith.Actor{Remote: local}, Login{Company: "acme", User: "victim@x.example", Password: anew})
	if err != nil || len(in.Challenges) != 0 || !in.User.EmailVerified || in.User.MobileVerified {
		t.Errorf("the holder: %+v, %v", in, err)
	}
}

// TestDisownTakesNothingFromOthers: somebody whose address was given by mistake does not get an account that
// has another one, which was proved; and the link is used up.
func TestDisownTakesNothingFromOthers(t *testing.T) {
	h := newHouse(t, Config{}, false)
	owner := h.company("acme")
	ada := h.person("ada@x.example")
	second := &kith.Identifier{ID: 99, User: ada.User.ID, Kind: kith.Email, Value: "typo@x.example", Folded: "typo@x.example", CreatedAt: noon}
	if err := h.VerifyEmail(t.Context(), local, h.key("ada@x.example")); err != nil {
		t.Fatal(err)
	}
	h.change(ada.Company, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Identifiers.Insert(ctx, second, true)
		return err
	})
	h.resend(kith.Email, "typo@x.example")
	key := h.key("typo@x.example")
	if uid, token, err := h.Disown(t.Context(), local, key); !errors.Is(err, errNotTheirs) || uid+token != "" {
		t.Errorf("got %q, %q, %v", uid, token, err)
	}
	if _, err := h.signIn("ada@x.example"); err != nil || h.session(ada) == nil {
		t.Errorf("Ada is shut out: %v", err)
	}
	if err := h.VerifyEmail(t.Context(), local, key); !errors.Is(err, errLink) {
		t.Errorf("the link afterwards: %v", err)
	}
	h.actor(owner.Token)
	if holder := h.person("typo@x.example"); holder.User.ID == ada.User.ID {
		t.Error("the holder got Ada's account")
	}
}

// TestDisownFreesAnAddress: whoever put another's address beside their own, or proved their own beside it, keeps
// nobody from registering with it who says that it is not theirs.
func TestDisownFreesAnAddress(t *testing.T) {
	for name, proved := range map[string]bool{"first": true, "further": false} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, Config{}, false)
			h.company("acme")
			first, second := "thief@x.example", "victim@x.example"
			if proved {
				first, second = second, first
			}
			thief := h.person(first)
			if _, err := h.AddOwnContact(t.Context(), h.actor(thief.Token), directory.NewContact{Kind: kith.Email, Value: second}); err != nil {
				t.Fatal(err)
			}
			key := h.key("victim@x.example")
			if proved {
				if err := h.VerifyEmail(t.Context(), local, h.key("thief@x.example")); err != nil {
					t.Fatal(err)
				}
			}
			if _, _, err := h.Disown(t.Context(), local, key); !errors.Is(err, errNotTheirs) {
				t.Fatalf("not me: %v", err)
			}
			victim := h.person("victim@x.example")
			if u := h.userOf(thief.Member); u.Email != "thief@x.example" || victim.User.ID == u.ID {
				t.Errorf("the thief is shown by %s, the victim is %s", u.Email, victim.User.ID)
			}
			if err := h.try("acme", "thief@x.example", phrase); err != nil {
				t.Errorf("the thief's own account: %v", err)
			}
		})
	}
}

// TestOneUseOfAKey: of a hundred who use one key at once, half of them to say that it is not them, one succeeds
// (T80).
func TestOneUseOfAKey(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	ada := h.person("ada@x.example")
	key := h.key("ada@x.example")
	errs := make([]error, 100)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			if i%2 == 0 {
				errs[i] = h.VerifyEmail(t.Context(), local, key)
			} else {
				_, _, errs[i] = h.Disown(t.Context(), local, key)
			}
		})
	}
	all.Wait()
	used := -1
	for i, err := range errs {
		switch {
		case err == nil && used >= 0:
			t.Errorf("both %d and %d used it", used, i)
		case err == nil:
			used = i
		case !errors.Is(err, errLink):
			t.Error(err)
		}
	}
	if used < 0 {
		t.Fatal("nobody used it")
	}
	if verified := h.userOf(ada.Member).EmailVerified; verified != (used%2 == 0) || (h.hashOf(ada.Member) != "") != (used%2 == 0) {
		t.Errorf("%d used it; verified %v", used, verified)
	}
}
