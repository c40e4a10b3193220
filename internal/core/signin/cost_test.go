package signin

import (
	"context"
	"crypto/rand"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"kith"
)

// costly is a hash whose memory can be told from all else that is allocated.
var costly = HashCost{Memory: 16 << 10, Passes: 1, Threads: 1}

// costs is what an operation makes kith do: how often it hashes, told by the memory that argon2id takes, and
// which statements it runs, in order.
func (h *house) costs(do func()) (hashes int, ran []string) {
	h.t.Helper()
	h.ran.take()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return int((after.TotalAlloc - before.TotalAlloc) / (uint64(costly.Memory) << 10)), h.ran.take()
}

// TestUnknownNamesCostTheSame: to sign in, or to ask for a link or a code, makes kith hash as often and run the very
// same statements whether or not a name is anybody's, and whoever's it is (T27).
func TestUnknownNamesCostTheSame(t *testing.T) {
	h := newHouse(t, Config{Limits: true}, false)
	h.hasher = NewHasher(costly, rand.Reader)
	owner := h.company("acme")
	h.person("ada@x.example")
	// Of one to each line, since who is guessed at too often is refused otherwise.
	for _, p := range []Person{{Username: "countess", Password: phrase}, {Mobile: number, Password: phrase}} {
		if _, err := h.Register(t.Context(), &kith.Actor{Remote: local}, UserRegistration{Company: "acme", Person: p}); err != nil {
			t.Fatal(err)
		}
	}
	eve := h.person("eve@x.example")
	for name, how := range map[string]func(*kith.User){"off": func(u *kith.User) { u.Deactivated = true }, "gone": func(u *kith.User) { u.Archived = true },
		"temp": func(u *kith.User) { u.Temporary = true }} {
		h.changeUser(h.person(name+"@x.example").Member, how)
	}
	h.setHash(h.person("bare@x.example").Member, "")
	h.machine(owner, "till", kith.GroupSupport)

	// The first of a line is somebody's, and the last nobody's.
	names := [][]string{
		{"ada@x.example", "off@x.example", "gone@x.example", "temp@x.example", "bare@x.example", "nobody@x.example"},
		{"countess", "till", "nobody"},
		{number, "+27839999999"},
		{eve.User.ID.String(), "01900000-0000-7000-8000-000000000000"},
	}
	ask := func(how func(context.Context, *kith.Actor, Ask) error) func(string, string) error {
		return func(name, _ string) error {
			return how(t.Context(), &kith.Actor{Remote: local}, Ask{Company: "acme", User: name})
		}
	}
	for _, tt := range []struct {
		what      string
		do        func(name, password string) error
		want      error
		passwords []string
		hashes    int
		takes     func(name string) bool
	}{
		{"sign in", func(name, password string) error {
			_, err := h.SignIn(t.Context(), &kith.Actor{Remote: local}, Login{Company: "acme", User: name, Password: password})
			return err
		}, errCredentials, []string{"wrong", "", strings.Repeat("long", 500), "\xff"}, 1, nil},
		{"ask to reset", ask(h.AskReset), nil, []string{""}, 0, nil},
		{"ask to deactivate", ask(h.AskDeactivation), nil, []string{""}, 0, nil},
		{"ask to be deleted", ask(h.AskDeletion), nil, []string{""}, 0, nil},
		{"resend to an e-mail", func(name, _ string) error {
			return h.ResendProof(t.Context(), &kith.Actor{Remote: local}, Resending{"acme", kith.Email, name})
		}, nil, []string{""}, 0, func(name string) bool { return strings.Contains(name, "@") }},
		{"resend to a mobile", func(name, _ string) error {
			return h.ResendProof(t.Context(), &kith.Actor{Remote: local}, Resending{"acme", kith.Mobile, name})
		}, nil, []string{""}, 0, func(name string) bool { return name[0] == '+' }},
	} {
		for _, line := range names {
			if tt.takes != nil && !tt.takes(line[0]) {
				continue
			}
			for _, password := range tt.passwords {
				var first []string
				for i, name := range line {
					hashes, ran := h.costs(func() {
						if err := tt.do(name, password); !errors.Is(err, tt.want) {
							t.Errorf("%s as %s: %v", tt.what, name, err)
						}
					})
					if i == 0 {
						first = ran
					}
					if hashes != tt.hashes || !slices.Equal(ran, first) {
						t.Errorf("%s as %s, %.9q: %d hashes, want %d, and these statements:\n%s\nas %s these:\n%s", tt.what, name, password,
							hashes, tt.hashes, strings.Join(ran, "\n"), line[0], strings.Join(first, "\n"))
					}
				}
			}
		}
	}
}
