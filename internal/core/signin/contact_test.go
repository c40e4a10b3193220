package signin

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/message"
)

// rush has many do the same at once, and counts how many succeed; all others must be refused with one of the
// codes.
func rush(t *testing.T, many int, do func(n int) error, codes ...string) int {
	t.Helper()
	var won atomic.Int32
	var all sync.WaitGroup
	start := make(chan struct{})
	for n := range many {
		all.Go(func() {
			<-start
			if err := do(n); err == nil {
				won.Add(1)
			} else if !slices.Contains(codes, kith.AsError(err).Code) {
				t.Errorf("number %d: %v", n, err)
			}
		})
	}
	close(start)
	all.Wait()
	return int(won.Load())
}

// TestContactsAreCapped: of many added at once a user gets as many as they may have, and no more (T86).
func TestContactsAreCapped(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	token := h.person("ada@x.example").Token
	by := h.actor(token)
	for kind, value := range map[kith.IdentifierKind]string{kith.Email: "more%d@x.example", kith.Mobile: "+2783123%04d"} {
		rush(t, 100, func(n int) error {
			_, err := h.AddOwnContact(t.Context(), by, directory.NewContact{Kind: kind, Value: fmt.Sprintf(value, n)})
			return err
		}, kith.CodeOutOfRange)
		list, err := h.directory.OwnContacts(t.Context(), h.actor(token), kind)
		if err != nil || len(list) != directory.MaxContacts {
			t.Errorf("there are %d of %s, %v", len(list), kind, err)
		}
	}
}

// TestOneProvesAnAddress: of many who have added an address, and prove it at once, one gets it.
func TestOneProvesAnAddress(t *testing.T) {
	h := newHouse(t, Config{}, false)
	h.company("acme")
	const many = 8
	var keys []string
	for n := range many {
		in := h.person(fmt.Sprintf("person%d@x.example", n))
		h.changeUser(in.Member, func(u *kith.User) { u.EmailVerified = true })
		if _, err := h.AddOwnContact(t.Context(), h.actor(in.Token), directory.NewContact{Kind: kith.Email, Value: "both@x.example"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, link := range h.links("both@x.example", message.VerifyEmail) {
		_, key, _ := strings.Cut(link, "#key=")
		keys = append(keys, key)
	}
	if len(keys) != many {
		t.Fatalf("%d links were sent, want %d", len(keys), many)
	}
	if won := rush(t, many, func(n int) error { return h.VerifyEmail(t.Context(), local, keys[n]) }, kith.CodeTaken); won != 1 {
		t.Errorf("%d proved one address", won)
	}
}

// TestWhatChangesOfContactsEnd: another primary one, and the loss of a proved one, end what was proved before:
// sessions but the one that asks, links and codes; what only adds ends nothing.
func TestWhatChangesOfContactsEnd(t *testing.T) {
	yes := true
	for _, tt := range []struct {
		name   string
		proved bool // the further one
		do     func(h *house, by *kith.Actor, further kith.Serial) error
		ends   bool
	}{
		{"another is added", false, func(h *house, by *kith.Actor, _ kith.Serial) error {
			_, err := h.AddOwnContact(h.t.Context(), by, directory.NewContact{Kind: kith.Email, Value: "third@x.example"})
			return err
		}, false},
		{"an unproved one goes", false, func(h *house, by *kith.Actor, further kith.Serial) error {
			return h.RemoveOwnContact(h.t.Context(), by, kith.Email, further)
		}, false},
		{"a proved one goes", true, func(h *house, by *kith.Actor, further kith.Serial) error {
			return h.RemoveOwnContact(h.t.Context(), by, kith.Email, further)
		}, true},
		{"another is primary", false, func(h *house, by *kith.Actor, further kith.Serial) error {
			_, err := h.ChangeOwnContact(h.t.Context(), by, directory.ContactEdit{Kind: kith.Email, ID: further, Primary: &yes})
			return err
		}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, Config{}, false)
			h.company("acme")
			ada := h.person("ada@x.example")
			by := h.actor(ada.Token)
			further, err := h.AddOwnContact(t.Context(), by, directory.NewContact{Kind: kith.Email, Value: "ada@work.example"})
			if err != nil {
				t.Fatal(err)
			}
			if tt.proved {
				_, key, _ := strings.Cut(h.links("ada@work.example", message.VerifyEmail)[0], "#key=")
				if err := h.VerifyEmail(t.Context(), local, key); err != nil {
					t.Fatal(err)
				}
			}
			other, err := h.signIn("ada@x.example")
			if err != nil {
				t.Fatal(err)
			}
			link := h.shown(ada.Company, "ada@x.example")
			if err := tt.do(h, by, further.ID); err != nil {
				t.Fatal(err)
			}
			h.actor(ada.Token) // the one that asked
			_, err = h.Authenticate(t.Context(), local, other.Token)
			if gone := err != nil; gone != tt.ends {
				t.Errorf("the other session: %v", err)
			}
			if gone := h.SetPassword(t.Context(), local, link) != nil; gone != tt.ends {
				t.Errorf("the link that was made before is gone: %v", gone)
			}
		})
	}
}
