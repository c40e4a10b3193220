package platform_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/core/signin"
)

// TestScenarios plays testdata/*.txtar: one documented behaviour each, as a client would meet it. A
// file is a txtar archive (https://pkg.go.dev/golang.org/x/tools/txtar) whose sections run in order:
//
//	-- do --        lines: company SLUG [JSON members], user SLUG EMAIL, wait DURATION, sql STATEMENT,
//	                suspend SLUG, resume SLUG, origins SLUG ORIGIN..., viewer SLUG GROUP NOUN, and, first, listener remote, limits or
//	                policy token|closed
//	-- request --   method and path, headers, "show PATH..." to show only these, a blank line, the body
//	-- response --  what is wanted; -update writes it
//	-- inbox --     what is wanted in the development inbox since the last look; -update writes it
//
// Whatever is drawn at random has a name from its first appearance on: $token1, $refresh1, $user1,
// $account1, $link1, $proof1, $session1, $cursor1, $number1 (a sub-resource's id), $request; $key1 is the public handle
// of $token1. Times are told from $start.
func TestScenarios(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := &scenario{t: t, names: map[string]string{}, counts: map[string]int{}, read: map[kith.MessageID]bool{}}
			golden(t, filepath.Base(file), s.play(string(text)))
		})
	}
}

// scenario is one file being played.
type scenario struct {
	t       *testing.T
	options options
	w       *world
	names   map[string]string // value → $name
	counts  map[string]int    // of names, by their kind
	read    map[kith.MessageID]bool
}

// section is one part of a txtar archive.
type section struct{ name, text string }

var marker = regexp.MustCompile(`(?m)^-- (.+) --\n`)

func sections(archive string) (comment string, list []section) {
	marks := marker.FindAllStringSubmatchIndex(archive, -1)
	if len(marks) == 0 {
		return archive, nil
	}
	for i, m := range marks {
		end := len(archive)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		list = append(list, section{archive[m[2]:m[3]], archive[m[1]:end]})
	}
	return archive[:marks[0][0]], list
}

// play runs an archive and gives it with what really came in place of what was wanted.
func (s *scenario) play(archive string) string {
	s.t.Helper()
	comment, list := sections(archive)
	out := strings.Builder{}
	out.WriteString(comment)
	for _, part := range list {
		switch part.name {
		case "do":
			fmt.Fprintf(&out, "-- do --\n%s", part.text)
			for line := range strings.Lines(part.text) {
				s.step(strings.Fields(line))
			}
		case "request":
			fmt.Fprintf(&out, "-- request --\n%s-- response --\n%s", part.text, s.request(part.text))
		case "inbox":
			fmt.Fprintf(&out, "-- inbox --\n%s", s.inbox())
		case "response": // written with its request
		default:
			s.t.Fatalf("what is a section %q?", part.name)
		}
	}
	return out.String()
}

func (s *scenario) world() *world {
	if s.w == nil {
		s.w = newWorld(s.t, s.options)
	}
	return s.w
}

// step does one line of a "do".
func (s *scenario) step(words []string) {
	s.t.Helper()
	switch words[0] {
	case "listener":
		s.options.listener = words[1]
	case "limits":
		s.options.limits = true
	case "policy":
		s.options.policy = map[string]signin.Registration{"token": signin.ByToken, "closed": signin.ClosedRegistration}[words[1]]
	case "company":
		s.name(s.world().company(words[1]).body)
	case "user":
		s.name(s.world().user(words[1], words[2]).body)
	case "wait":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			s.t.Fatal(err)
		}
		s.world().clock.move(d)
	case "sql":
		s.world().sql(strings.Join(words[1:], " "))
	case "viewer": // a group is left with the permission to view one noun
		noun, _ := kith.NounNamed(words[3])
		s.world().setPermissions(words[2], func(kith.Permissions) kith.Permissions {
			return kith.Permissions{}.With(kith.Views(kith.SectionAdmin, noun)...)
		})
	case "suspend", "resume":
		s.world().setStatus(words[0], words[1])
	case "origins":
		s.world().origins(words[1], words[2:])
	default:
		s.t.Fatalf("what is %q?", words[0])
	}
}

// request makes one request and writes down the answer.
func (s *scenario) request(text string) string {
	s.t.Helper()
	head, body, _ := strings.Cut(s.fill(strings.TrimRight(text, "\n")), "\n\n")
	lines := strings.Split(head, "\n")
	method, path, _ := strings.Cut(lines[0], " ")
	r := request{method: method, path: path, header: http.Header{}, body: body}
	var show []string
	for _, line := range lines[1:] {
		if paths, ok := strings.CutPrefix(line, "show "); ok {
			show = strings.Fields(paths)
			continue
		}
		name, value, ok := strings.Cut(line, ": ")
		if !ok {
			s.t.Fatalf("no header: %q", line)
		}
		r.header.Add(name, value)
	}
	if body != "" && r.header.Get("Content-Type") == "" {
		r.header.Set("Content-Type", "application/json")
	}
	a := s.world().do(r)
	s.name(a.body)
	s.nameCookies(a.header)
	if id := a.header.Get("X-Request-Id"); id != "" {
		s.names[id] = "$request"
	}
	return s.scrub(written(a, show))
}

// shown are the headers that a scenario tells of; those that every answer has are in headers.txt.
var shown = []string{"Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods", "Access-Control-Allow-Origin",
	"Allow", "Retry-After", "WWW-Authenticate"}

// written is an answer as text: the status, the headers, and the body or the parts of it asked for.
func written(a answer, show []string) string {
	var out bytes.Buffer
	fmt.Fprintln(&out, a.status)
	for _, name := range shown {
		if value := a.header.Get(name); value != "" {
			fmt.Fprintf(&out, "%s: %s\n", name, value)
		}
	}
	for _, cookie := range a.header.Values("Set-Cookie") {
		fmt.Fprintf(&out, "Set-Cookie: %s\n", cookie)
	}
	switch {
	case a.body == "":
	case len(show) > 0:
		for _, path := range show {
			value, err := json.Marshal(a.at(path))
			if err != nil {
				a.t.Fatal(err)
			}
			fmt.Fprintf(&out, "%s: %s\n", path, value)
		}
	default:
		if err := json.Indent(&out, []byte(a.body), "", "  "); err != nil {
			out.WriteString(a.body)
		}
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

var random = regexp.MustCompile(`"(token|refresh_token|id|account|session|reference)": ?(?:"([0-9A-Za-z-]+)"|(\d{9,}))|[?&](cursor)=([0-9A-Za-z_-]+)`)

// name gives names to what is drawn at random in a body.
func (s *scenario) name(body string) {
	for _, m := range random.FindAllStringSubmatch(body, -1) {
		kind, value := m[1]+m[4], m[2]+m[3]+m[5]
		switch {
		case s.names[value] != "", kind == "id" && m[3] == "" && len(value) != 36:
			continue
		case m[3] != "":
			kind = "number"
		case kind == "reference" && (len(value) < kith.MinReferenceLength || strings.Trim(value, "0123456789") != ""):
			continue // chosen
		case kind == "reference":
			kind = "account"
		case kind == "id":
			kind = "user"
		case kind == "refresh_token":
			kind = "refresh"
		}
		s.counts[kind]++
		number := strconv.Itoa(s.counts[kind])
		s.names[value] = "$" + kind + number
		if kind == "token" {
			s.names[value[:8]] = "$key" + number
		}
	}
}

var cookie = regexp.MustCompile(`kith_(session|refresh)=([0-9A-Za-z]+)`)

// nameCookies gives names to the tokens in cookies.
func (s *scenario) nameCookies(h http.Header) {
	for _, line := range h.Values("Set-Cookie") {
		for _, m := range cookie.FindAllStringSubmatch(line, -1) {
			kind := map[string]string{"session": "token", "refresh": "refresh"}[m[1]]
			if s.names[m[2]] == "" {
				s.counts[kind]++
				s.names[m[2]] = "$" + kind + strconv.Itoa(s.counts[kind])
			}
		}
	}
}

var moment = regexp.MustCompile(`\b1[678]\d{11}\b`)

// scrub puts names for values.
func (s *scenario) scrub(text string) string {
	for _, value := range byLength(s.names) {
		text = strings.ReplaceAll(text, value, s.names[value])
	}
	return moment.ReplaceAllStringFunc(text, func(digits string) string {
		ms, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			s.t.Fatal(err)
		}
		if d := time.UnixMilli(ms).Sub(start); d > 0 {
			return "$start+" + d.String()
		} else if d < 0 {
			return "$start" + d.String()
		}
		return "$start"
	})
}

// fill puts values for names.
func (s *scenario) fill(text string) string {
	values := map[string]string{"$start": strconv.FormatInt(start.UnixMilli(), 10)}
	for value, name := range s.names {
		values[name] = value
	}
	for _, name := range byLength(values) {
		text = strings.ReplaceAll(text, name, values[name])
	}
	return text
}

// byLength lists the keys of a map, longest first, so that none hides in another.
func byLength(m map[string]string) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return keys
}

// nameLink gives a name to the secret of a link: $link1 to one that sets a password, $proof1 to others.
func (s *scenario) nameLink(link string) {
	_, secret, sets := strings.Cut(link, "token=")
	name := "link"
	if !sets {
		_, secret, _ = strings.Cut(link, "key=")
		name = "proof"
	}
	s.counts[name]++
	s.names[secret] = "$" + name + strconv.Itoa(s.counts[name])
	s.world().know(secret, "a link")
}

// inbox tells of the messages that came since it was last asked. Time stands still between them, so
// their order is that of the letters.
func (s *scenario) inbox() string {
	s.t.Helper()
	var list []*kith.Message
	for _, m := range s.world().inbox("") {
		if !s.read[m.ID] {
			list = append(list, m)
		}
		s.read[m.ID] = true
	}
	slices.SortStableFunc(list, func(a, b *kith.Message) int { return strings.Compare(a.Kind+" "+a.To, b.Kind+" "+b.To) })
	var out strings.Builder
	for _, m := range list {
		fmt.Fprintln(&out, strings.TrimSuffix(fmt.Sprintf("%s to %s: %s", m.Kind, m.To, m.Subject), ": "))
		for _, link := range m.Links {
			s.nameLink(link)
			fmt.Fprintln(&out, " ", s.scrub(link))
		}
		for _, code := range m.Codes {
			fmt.Fprintln(&out, " ", code)
		}
	}
	return out.String()
}
