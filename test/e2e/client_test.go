package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// caller speaks JSON to one server: with a token, or as a guest without.
type caller struct {
	t     *testing.T
	base  string
	token string
	http  *http.Client
	vault *vault
}

// connections is how many a caller opens at most.
const connections = 200

func newCaller(t *testing.T, base string, v *vault) caller {
	transport := &http.Transport{MaxConnsPerHost: connections, MaxIdleConnsPerHost: connections}
	t.Cleanup(transport.CloseIdleConnections)
	return caller{t: t, base: base, vault: v, http: &http.Client{Transport: transport, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as is the same caller with another token.
func (c caller) as(token string) caller {
	c.token = token
	return c
}

// object is a JSON object.
type object = map[string]any

// answer is what came back.
type answer struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   []byte
}

// request makes a request. A string is sent as it is, nil is no body, the rest becomes JSON.
func (c caller) request(method, path string, body any) *http.Request {
	c.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
		c.vault.note([]byte(b))
	default:
		text, err := json.Marshal(b)
		if err != nil {
			c.t.Fatal(err)
		}
		c.vault.note(text)
		reader = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, reader)
	if err != nil {
		c.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Token "+c.token)
	}
	return r
}

// send sends a request. An error means that nobody knows what became of it.
func (c caller) send(r *http.Request) (answer, error) {
	resp, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	c.vault.note(body)
	c.vault.note([]byte(strings.Join(resp.Header.Values("Set-Cookie"), "\n")))
	if resp.StatusCode >= http.StatusBadRequest {
		c.vault.refused(body)
	}
	return answer{c.t, r.Method + " " + r.URL.Path, resp.StatusCode, resp.Header, body}, nil
}

func (c caller) try(method, path string, body any) (answer, error) {
	return c.send(c.request(method, path, body))
}

// do wants an answer.
func (c caller) do(method, path string, body any) answer {
	c.t.Helper()
	return c.must(c.request(method, path, body))
}

// must wants an answer to a request made by hand.
func (c caller) must(r *http.Request) answer {
	c.t.Helper()
	a, err := c.send(r)
	if err != nil {
		c.t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	return a
}

// want ends the test unless the status is the one.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: %d, want %d\n%s", a.what, a.status, status, tail(string(a.body)))
	}
	return a
}

// at is the value at a path of names, such as "data.user.id"; nil if there is none.
func (a answer) at(path string) any {
	var value any
	if err := json.Unmarshal(a.body, &value); err != nil {
		return nil
	}
	for name := range strings.SplitSeq(path, ".") {
		members, _ := value.(object)
		value = members[name]
	}
	return value
}

// text is the string at a path; "" if there is none.
func (a answer) text(path string) string {
	text, _ := a.at(path).(string)
	return text
}

// names reports whether the error blames the field, or something inside it.
func (a answer) names(field string) bool {
	data, _ := a.at("data").(object)
	for name := range data {
		if name == field || strings.HasPrefix(name, field+".") {
			return true
		}
	}
	return false
}

// passwordOf is the password of a company's owner: good for production, and no other text.
func passwordOf(slug string) string { return fmt.Sprintf("tangled meadow orbit %x", slug) }

// company registers a company and gives its owner's sign-in.
func (c caller) company(slug string, more object) answer {
	c.t.Helper()
	body := object{"company": slug, "email": "owner@" + slug + ".example", "password": passwordOf(slug)}
	for name, value := range more {
		body[name] = value
	}
	return c.do("POST", "/3/auth/company/register/", body)
}

// vault remembers the secrets that clients have sent and received, and where they must not turn up.
type vault struct {
	mu      sync.Mutex
	secrets map[string]bool
	bodies  [][]byte // of errors
}

var (
	secret = regexp.MustCompile(`"(?:token|refresh_token|setup_token|(?:old_|new_)?password[12]?)":"([^"\\]{12,})"`)
	// What links in mails are good by, and where they are used; and cookies.
	linkSecret = regexp.MustCompile(`(?:\b(?:key|token)=|"key":"|kith_(?:session|refresh)=)(\w{20,})`)
)

func (v *vault) note(body []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.secrets == nil {
		v.secrets = make(map[string]bool)
	}
	for _, found := range slices.Concat(secret.FindAllSubmatch(body, -1), linkSecret.FindAllSubmatch(body, -1)) {
		v.secrets[string(found[1])] = true
	}
}

func (v *vault) refused(body []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.bodies = append(v.bodies, body)
}

// check looks for every secret seen in what the server has left behind: its log, its answers to those
// it refused, the files of its database.
func (v *vault) check(t *testing.T, s *server) {
	t.Helper()
	places := map[string][]byte{"log": []byte(s.log.String()), "error bodies": bytes.Join(v.bodies, []byte("\n"))}
	folder := s.place.data
	if path, is := strings.CutPrefix(s.place.engine.url, "sqlite:"); is {
		folder = filepath.Dir(path)
		for _, file := range []string{path, path + "-wal"} {
			if text, err := os.ReadFile(file); err == nil { // the log is gone after a clean stop
				places[filepath.Base(file)] = text
			}
		}
	} else {
		places["database"] = []byte(strings.Join(s.place.engine.dump(t, ""), "\n"))
	}
	secrets := []string{}
	for s := range v.secrets {
		secrets = append(secrets, s)
	}
	if key, err := os.ReadFile(filepath.Join(folder, "master.key")); err == nil {
		secrets = append(secrets, strings.TrimSpace(string(key)))
	}
	for where, text := range places {
		for _, s := range secrets {
			if at := bytes.Index(text, []byte(s)); at >= 0 {
				t.Errorf("a secret is in the %s: %s", where, excerpt(text, at, len(s)))
			}
		}
	}
}

func excerpt(text []byte, at, length int) string {
	const around = 60
	return fmt.Sprintf("%q", text[max(0, at-around):min(len(text), at+length+around)])
}
