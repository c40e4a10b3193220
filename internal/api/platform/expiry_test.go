package platform_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"kith"
)

// endless is the life of what has no end of its own.
const endless = time.Duration(0)

// lives are how long what kith gives out is good, of each kind in emissions.
var lives = map[string]time.Duration{
	"access token":                     kith.DefaultSessionDuration,
	"refresh token":                    kith.RefreshLife,
	"permanent token":                  endless,
	"token made by staff":              endless,
	"session cookie":                   kith.DefaultSessionDuration,
	"refresh cookie":                   kith.RefreshLife,
	"session JWT":                      kith.DefaultSessionDuration,
	"token of a sign-in at the tables": kith.DefaultSessionDuration,
	"token that ends earlier":          time.Minute,
	"token that owes a factor":         kith.ChallengeLife,
	"token of another face":            kith.DefaultSessionDuration,
	"token for third parties":          kith.JWTLife,
	"key to verify an e-mail":          24 * time.Hour,
	"code to verify a mobile":          10 * time.Minute,
	"reset token":                      time.Hour,
	"token to set a password":          72 * time.Hour,
	"token that the operator is shown": 72 * time.Hour,
	"token for whose address it is":    72 * time.Hour,
	"key to deactivate":                time.Hour,
	"key to be deleted":                time.Hour,
	"signature of a file":              time.Hour,
	"cursor of the audit log":          endless,
	"cursor of users":                  endless,
	"setup token":                      endless,
}

// TestEverySecretUpToItsEnd: the last moment of whatever kith gives out is the one before its end, and a clock that
// is set back brings back nothing that was used or cleared away (T82).
func TestEverySecretUpToItsEnd(t *testing.T) {
	t.Parallel()
	for _, e := range emissions {
		life, known := lives[e.name]
		if !known {
			t.Errorf("nothing says how long the %s is good", e.name)
		}
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			w.company("acme")
			for _, p := range w.ownPlaces(e) {
				for _, tt := range []struct {
					after time.Duration
					works bool
				}{{-time.Second, true}, {-time.Millisecond, true}, {0, false}, {time.Millisecond, false}, {time.Second, false}} {
					if life == endless {
						tt.after, tt.works = 10*365*24*time.Hour, true
					}
					w.upTo(e, p, life, tt.after, tt.works)
				}
			}
		})
	}
}

// ownPlaces are those that take a kind of secret and need nobody else's token.
func (w *world) ownPlaces(e emitted) []place {
	w.t.Helper()
	if e.purpose == kith.PurposeThirdParty {
		return []place{{"a third party", func(_ victim, secret string) answer { return w.toThirdParty(secret) }}}
	}
	all := map[string]place{}
	for _, p := range w.places() {
		all[p.name] = p
	}
	var list []place
	for _, name := range e.good {
		switch {
		case name == atFiles:
			list = append(list, place{name, func(_ victim, address string) answer { return w.fetch("GET", address, nil) }})
		case lives[e.name] == endless || !strings.Contains(name, " /3/admin/"):
			list = append(list, all[name])
		}
	}
	return list
}

// toThirdParty shows a token to somebody who has nothing but the published keys.
func (w *world) toThirdParty(token string) answer {
	w.t.Helper()
	var keys jose.JSONWebKeySet
	w.wellKnown("jwks.json", &keys)
	said, err := w.verify(token, keys)
	if err != nil || !w.clock.read().Before(said.Expiry.Time()) { // RFC 7519 §4.1.4
		return answer{status: http.StatusUnauthorized, body: fmt.Sprint(said.Expiry, err)}
	}
	return answer{status: http.StatusOK}
}

// upTo puts a new secret into a place at a moment counted from its end.
func (w *world) upTo(e emitted, p place, life, after time.Duration, works bool) {
	w.t.Helper()
	// JWTs end on whole seconds: what begins on one ends on one.
	w.clock.move(w.clock.read().Truncate(time.Second).Add(time.Second).Sub(w.clock.read()))
	v := w.newVictim(w.ownersToken())
	secret := e.give(v)
	begun := w.clock.read()
	if p.name == atFiles {
		secret, life = v.picture().String(), untilEnd(v.picture(), begun)
	}
	at := func(moment time.Time) { w.clock.move(moment.Sub(w.clock.read())) }
	put := func(when string, works bool) {
		w.t.Helper()
		if a := p.put(v, secret); (a.status < http.StatusMultipleChoices) != works || a.status >= http.StatusInternalServerError {
			w.t.Errorf("%s at %s, %s: %d %s", e.name, p.name, when, a.status, a.body)
		}
	}
	at(begun.Add(life + after))
	if life == endless { // and the owner's session over
		v.owner = w.ownersToken()
	}
	put(fmt.Sprintf("%v from its end", after), works)
	if works && e.once {
		at(begun)
		put("used, with the clock set back", false)
	}
	if works || p.name == atFiles || e.purpose == kith.PurposeThirdParty { // nothing is kept of the last two
		at(begun.Add(life + after))
		return
	}
	at(begun.Add(life + kith.RefreshLife + time.Hour))
	w.sweep()
	at(begun.Add(life - time.Second))
	put("cleared away, with the clock set back", false)
	at(begun.Add(life + kith.RefreshLife + time.Hour))
}

// ownersToken is of a new session of acme's owner.
func (w *world) ownersToken() string {
	w.t.Helper()
	return w.arrange(ask("POST", "/3/auth/login/", "", fmt.Sprintf(`{"company": "acme", "user": "owner@acme.example", "password": %q}`, goodPassword))).
		want(http.StatusOK).text("data.token")
}

// untilEnd is how long the address of a file is good from a moment on.
func untilEnd(address *url.URL, from time.Time) time.Duration {
	var expires int64
	_, _ = fmt.Sscan(address.Query().Get("expires"), &expires) // what is none ends at once
	return time.UnixMilli(expires).Sub(from)
}

// sweep clears away what has ended, as the worker does.
func (w *world) sweep() {
	w.t.Helper()
	for _, sweep := range []func() (int, error){
		func() (int, error) { return w.core.Signin.SweepEnded(w.t.Context()) },
		func() (int, error) { return w.core.Signin.SweepExpired(w.t.Context()) },
	} {
		if _, err := sweep(); err != nil {
			w.t.Fatal(err)
		}
	}
}
