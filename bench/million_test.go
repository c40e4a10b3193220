package bench

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The two databases that are compared: one company with so many users among so many companies.
var (
	large = crowdSize{companies: 10_000, users: 1_000_000}
	small = crowdSize{companies: 10, users: 10_000}
)

type crowdSize struct{ companies, users int }

// BenchmarkMillion: what staff wait for in a company of a million users, beside the same in one of ten
// thousand. It is not part of `make bench`, because making the users takes minutes: `make bench-million`.
func BenchmarkMillion(b *testing.B) {
	found.expect(millionFigures)
	for _, on := range []engine{onSQLite, onPostgres} {
		b.Run(on.name, func(b *testing.B) {
			many, few := newCrowd(b, on, large), newCrowd(b, on, small)
			many.seeded(b)
			lists(b, on, many, few)
			keyset(b, on, many)
			memberLists(b, on, many, few)
			noise(b, on, many)
			quiet(b)
		})
	}
}

// crowd is a database with many users, and the kith that serves it.
type crowd struct {
	crowdSize
	on      engine
	url     string
	seconds float64 // that it took to make
	cpu     float64 // of these, that the process used
	cached  bool    // made in an earlier run
	kith    *process
	token   string   // of the large company's owner
	emails  []string // of users from all over the list
	deep    []string // URLs of pages in the middle of the list
}

func newCrowd(b *testing.B, on engine, size crowdSize) *crowd {
	b.Helper()
	c := &crowd{crowdSize: size, on: on}
	folder := b.TempDir()
	if on.name == "sqlite" {
		c.fromCache(b, folder)
	} else {
		c.url = on.fresh(b)
		c.seed(b, folder, c.url)
	}
	c.kith = serveKith(b, folder, c.url)
	c.token = login(b, c.kith.address, slug)
	c.walk(b)
	return c
}

// seed makes the users, and notes the seconds that it took.
func (c *crowd) seed(b *testing.B, folder, database string) {
	b.Helper()
	path, err := binary()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(path, "bench", "seed", "--hot", slug, "--companies", strconv.Itoa(c.companies), "--users", strconv.Itoa(c.users))
	cmd.Env = append(os.Environ(), "KITH_DATA="+folder, "KITH_DATABASE="+database)
	said, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("kith bench seed: %v\n%s", err, said)
	}
	for line := range strings.Lines(string(said)) {
		if words := strings.Fields(line); len(words) == 2 && words[0] == "seconds" {
			if c.seconds, err = strconv.ParseFloat(words[1], 64); err != nil {
				b.Fatal(err)
			}
			c.cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
			return
		}
	}
	b.Fatalf("kith bench seed does not say how long it took:\n%s", said)
}

// fromCache copies the SQLite file that an earlier run made, if the code that makes it is the same, and
// makes it otherwise. The copy is served, so that what is kept stays as it was made.
func (c *crowd) fromCache(b *testing.B, folder string) {
	b.Helper()
	home, err := os.UserCacheDir()
	if err != nil {
		b.Fatal(err)
	}
	kept := filepath.Join(home, "kith-bench", fmt.Sprintf("%d-%s", c.users, fingerprint(b)))
	note := filepath.Join(kept, "seconds")
	text, err := os.ReadFile(note)
	if c.cached = err == nil; c.cached {
		if _, err := fmt.Sscan(string(text), &c.seconds, &c.cpu); err != nil {
			b.Fatal(err)
		}
	} else {
		c.forget(b, filepath.Dir(kept))
		c.seed(b, kept, "sqlite:"+filepath.Join(kept, "kith.db"))
		if err := os.WriteFile(note, fmt.Appendf(nil, "%.1f %.1f", c.seconds, c.cpu), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for _, name := range []string{"kith.db", "master.key"} {
		copyFile(b, filepath.Join(kept, name), filepath.Join(folder, name))
	}
	c.url = "sqlite:" + filepath.Join(folder, "kith.db")
}

// forget removes what other versions of the code made, or a run that was broken off.
func (c *crowd) forget(b *testing.B, kept string) {
	b.Helper()
	old, err := filepath.Glob(filepath.Join(kept, strconv.Itoa(c.users)+"-*"))
	if err != nil {
		b.Fatal(err)
	}
	for _, folder := range old {
		if err := os.RemoveAll(folder); err != nil {
			b.Fatal(err)
		}
	}
}

// fingerprint names the code that decides what a seeded database holds.
func fingerprint(b *testing.B) string {
	b.Helper()
	sum := sha256.New()
	for _, folder := range []string{"../internal/store", "../internal/seed", "../internal/core"} {
		err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || strings.HasSuffix(path, "_test.go") ||
				!strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".sql") {
				return err
			}
			text, err := os.ReadFile(path)
			fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

func copyFile(b *testing.B, from, to string) {
	b.Helper()
	in, err := os.Open(from)
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	_, err = io.Copy(out, in)
	if closed := out.Close(); err != nil || closed != nil {
		b.Fatal(err, closed)
	}
}

// seeded tells how long the users took to make and what they take up.
func (c *crowd) seeded(b *testing.B) {
	b.Helper()
	when := ""
	if c.cached {
		when = "; made in an earlier run"
	}
	promise(b, figure{name: fmt.Sprintf("making %d users among %d companies, %s", c.users, c.companies, c.on.name),
		got: c.seconds, most: 240, unit: "s",
		detail: fmt.Sprintf("kith bench seed, without hashing; %.0f s of its own CPU%s", c.cpu, when)})
	if c.on.name != "sqlite" {
		return
	}
	file, err := os.Stat(strings.TrimPrefix(c.url, "sqlite:"))
	if err != nil {
		b.Fatal(err)
	}
	all := c.users + c.companies*21/2 // ten and a half on average
	promise(b, figure{name: "disk for 100,000 users, sqlite", got: float64(file.Size()) / float64(all) * 1e5 / 1e6, most: 75, unit: "MB",
		detail: fmt.Sprintf("%.0f MB for %d users with password, e-mail, every third a mobile, account and event, all indexes, and %d companies",
			float64(file.Size())/1e6, all, c.companies)})
}

// login gives a token of a company's owner.
func login(b *testing.B, address, company string) string {
	b.Helper()
	type session struct{ Token string }
	return once[session](b, address, post("/3/auth/login/", map[string]any{"company": company,
		"user": "owner@" + company + ".example", "password": password})).Token
}

// page is one page of the list of users.
type page struct {
	Next    string
	Results []struct{ Email string }
}

// walk goes half through the list of users, as a program does that reads them all, and remembers
// addresses on the way and pages from there on.
func (c *crowd) walk(b *testing.B) {
	b.Helper()
	const most, pages = 250, 32
	next := fmt.Sprintf("/3/admin/users/?pagination=cursor&page_size=%d", most)
	for n := 0; n*most < c.users/2; n++ {
		p := once[page](b, c.kith.address, get(next, c.token))
		if len(p.Results) < most || p.Next == "" {
			b.Fatalf("page %d has %d users and leads to %q", n+1, len(p.Results), p.Next)
		}
		if n%max(1, c.users/2/most/pages) == 0 {
			for _, u := range p.Results {
				if u.Email != "" {
					c.emails = append(c.emails, u.Email)
					break
				}
			}
		}
		u, err := url.Parse(p.Next)
		if err != nil {
			b.Fatal(err)
		}
		next = u.RequestURI()
		if n*most >= c.users/2-pages*most {
			c.deep = append(c.deep, strings.Replace(next, "page_size=250", "page_size=50", 1))
		}
	}
}
