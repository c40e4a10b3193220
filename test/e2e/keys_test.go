package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// published gives the keys that a server publishes.
func published(t *testing.T, s *server) jose.JSONWebKeySet {
	t.Helper()
	resp, err := s.http.Do(s.request("GET", "/.well-known/jwks.json", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	var keys jose.JSONWebKeySet
	if err != nil || resp.StatusCode != http.StatusOK || json.Unmarshal(text, &keys) != nil {
		t.Fatalf("%d %s %v", resp.StatusCode, text, err)
	}
	return keys
}

// minted makes a token for a third party, and gives it with the key that it names.
func minted(t *testing.T, c caller) (token *jwt.JSONWebToken, kid string) {
	t.Helper()
	text := c.do("POST", "/3/auth/jwt/", nil).want(http.StatusCreated).text("data.token")
	token, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	return token, token.Headers[0].KeyID
}

// TestKeysRotateUnderTwoNodes: the operator rotates beside two servers on one database. Both sign by the new key
// and publish it within 5 s, nobody is signed out, and what was signed before is verified still.
func TestKeysRotateUnderTwoNodes(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		p := newPlace(t, e)
		one := p.serve(t)
		second := *p
		second.listen = freeAddress(t, "127.0.0.1")
		other := second.serve(t)
		token := one.company("acme", nil).want(http.StatusCreated).text("data.token")
		nodes := []caller{one.as(token), other.as(token)}
		old, first := minted(t, nodes[0])
		if _, kid := minted(t, nodes[1]); kid != first {
			t.Fatalf("the nodes sign by %s and %s", first, kid)
		}
		var said struct {
			Keys []struct {
				Kid   string `json:"kid"`
				Signs bool   `json:"signs"`
				Ends  *int64 `json:"ends"`
			} `json:"keys"`
		}
		rotated := p.kith(t, "keys", "rotate", "--keep", "1h", "--json")
		began := time.Now()
		if err := json.Unmarshal([]byte(rotated.out), &said); err != nil || rotated.code != 0 {
			t.Fatalf("%v, exit code %d\n%s%s", err, rotated.code, rotated.out, rotated.err)
		}
		if len(said.Keys) != 2 || !said.Keys[0].Signs || said.Keys[0].Ends != nil || said.Keys[1].Kid != first || said.Keys[1].Signs || said.Keys[1].Ends == nil {
			t.Fatalf("the operator is told %s", rotated.out)
		}
		soon := func(what string, is func() bool) {
			t.Helper()
			for !is() {
				if time.Since(began) > 5*time.Second {
					t.Fatalf("5 s after the command, %s", what)
				}
				time.Sleep(50 * time.Millisecond)
			}
		}
		for i, node := range nodes {
			var fresh *jwt.JSONWebToken
			soon(fmt.Sprintf("node %d signs by the old key", i), func() bool {
				var kid string
				fresh, kid = minted(t, node)
				return kid == said.Keys[0].Kid
			})
			for j, s := range []*server{one, other} { // whichever node is asked for the keys knows it
				soon(fmt.Sprintf("node %d does not publish the key of node %d", j, i), func() bool {
					return fresh.Claims(published(t, s), &jwt.Claims{}) == nil
				})
			}
			node.do("GET", "/3/user/", nil).want(http.StatusOK)
		}
		t.Logf("both nodes sign by the new key %v after the command", time.Since(began).Round(time.Millisecond))
		for i, s := range []*server{one, other} {
			if err := old.Claims(published(t, s), &jwt.Claims{}); err != nil {
				t.Errorf("the old token by the keys of node %d: %v", i, err)
			}
			soon(fmt.Sprintf("node %d logs nothing of the new key", i), func() bool { return strings.Contains(s.log.String(), said.Keys[0].Kid) })
		}
		keysAtTheCommandLine(t, p)
	})
}

// keysAtTheCommandLine: what the operator reads and what is refused.
func keysAtTheCommandLine(t *testing.T, p *place) {
	t.Helper()
	list := p.kith(t, "keys", "list")
	lines := strings.Split(strings.TrimSpace(list.out), "\n")
	if list.code != 0 || len(lines) != 3 || !strings.HasPrefix(lines[0], "KEY") || !strings.Contains(lines[1], "signs") || !strings.Contains(lines[2], "verifies") {
		t.Errorf("exit code %d\n%s%s", list.code, list.out, list.err)
	}
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"keys", "rotate", "--keep", "-1h"}, 1, "--keep: Give a time of zero or more"},
		{[]string{"keys", "rotate", "--keep", "soon"}, 2, "usage: kith keys rotate"},
		{[]string{"keys", "rotate", "now"}, 2, "usage: kith keys rotate"},
		{[]string{"keys"}, 2, "kith keys takes one of: list, rotate"},
	} {
		if got := p.kith(t, tt.args...); got.code != tt.code || !strings.Contains(got.err, tt.says) {
			t.Errorf("%v: exit code %d\n%s", tt.args, got.code, got.err)
		}
	}
	now := p.kith(t, "keys", "rotate", "--keep", "0s")
	if fmt.Sprint(now.code, strings.Count(now.out, "\n")) != "0 2" {
		t.Errorf("of a stolen key: exit code %d\n%s%s", now.code, now.out, now.err)
	}
}
