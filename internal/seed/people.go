package seed

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"kith"
)

// person is somebody made up, with all that registering leaves behind.
type person struct {
	user        *kith.User
	group       kith.GroupID
	salt        []byte
	identifiers []kith.Identifier
	event       kith.Event
}

// crowd makes up the people of one company, one after the other, in the order in which they came. The
// same company always gets the same people, but for their ids.
type crowd struct {
	company
	from, to time.Time
	size     int

	draw   *rand.Rand
	random io.Reader // of draw's own numbers
	made   int
	last   time.Time
}

func newCrowd(c company, size int, from, to time.Time) *crowd {
	var key [32]byte
	copy(key[:], c.slug)
	source := rand.NewChaCha8(key)
	return &crowd{company: c, from: from, to: to, size: size, random: source,
		draw: rand.New(source)} //nolint:gosec // nothing secret is drawn: these people are made up
}

// one in n.
func (c *crowd) one(n int) bool { return c.draw.IntN(n) == 0 }

// often picks one of a list, its first ones more often.
func often[T any](c *crowd, list []T) T {
	share := c.draw.Float64()
	return list[int(share*share*float64(len(list)))]
}

// next makes somebody up.
func (c *crowd) next() *person {
	n := c.made
	c.made++
	u := &kith.User{Settings: kith.DefaultUserSettings(), Mode: kith.DefaultUserMode, CreatedAt: c.arrival(n)}
	u.ID = kith.NewID[kith.User](u.CreatedAt, c.random)
	if u.Account = reference(n); u.Account == c.taken {
		u.Account = reference(c.size)
	}
	p := &person{user: u, group: c.group(), salt: make([]byte, 16)}
	_, _ = c.random.Read(p.salt) // never fails
	if n > 0 && n%20_000 == 0 {
		u.Kind, u.Username = kith.Machine, fmt.Sprintf("robot-%d", n)
		p.identify(c, kith.Username, u.Username, u.Username)
	} else {
		c.tell(p, n)
	}
	c.fate(u)
	fields := make([]string, 0, 12)
	for _, i := range p.identifiers {
		fields = append(fields, i.Kind.String())
	}
	for a := range kith.AttributeCount {
		if u.Profile[a] != "" {
			fields = append(fields, a.String())
		}
	}
	slices.Sort(fields)
	p.event = kith.Event{ID: kith.NewID[kith.Event](u.CreatedAt, c.random), Noun: kith.NounUser, Verb: kith.Add,
		Row: u.ID.String(), Actor: u.ID, Subject: u.ID, Fields: fields}
	return p
}

// reference numbers accounts: the two numbers have no factor in common, so that all differ.
func reference(n int) string { return fmt.Sprintf("%010d", n*7_654_321%10_000_000_000) }

// arrival spreads the people over the time, each at least a millisecond after the one before.
func (c *crowd) arrival(n int) time.Time {
	at := c.from.Add(time.Duration(float64(c.to.Sub(c.from)) * (float64(n) + c.draw.Float64()) / float64(c.size)))
	if at = at.Truncate(time.Millisecond); !at.After(c.last) {
		at = c.last.Add(time.Millisecond)
	}
	c.last = at
	return at
}

// group: most are ordinary users.
func (c *crowd) group() kith.GroupID {
	switch n := c.draw.IntN(1000); {
	case n < 2:
		return c.groups[kith.GroupManager]
	case n < 7:
		return c.groups[kith.GroupSupport]
	case n < 17:
		return kith.GroupID{}
	default:
		return c.groups[kith.GroupUser]
	}
}

// tell is what a person says about themself.
func (c *crowd) tell(p *person, n int) {
	given, family, from := often(c, first()), often(c, last()), often(c, countries)
	u := p.user
	u.Profile[kith.FirstName], u.Profile[kith.LastName] = given.shown, family.shown
	u.Profile[kith.Language] = "en"
	u.Profile[kith.Nationality] = from.code
	born := c.to.AddDate(-18, 0, -int(c.draw.Float64()*c.draw.Float64()*70*365))
	u.Profile[kith.BirthDate] = born.Format(kith.DateLayout)
	if c.one(12) {
		u.Profile[kith.MiddleName] = often(c, first()).shown
	}
	if c.one(10) {
		u.Profile[kith.IDNumber] = born.Format("060102") + fmt.Sprintf("%07d", n%10_000_000)
	}
	if c.one(5) {
		u.Profile[kith.Residency] = often(c, countries).code
	}
	if c.one(20) {
		u.Metadata = map[string]any{"plan": []string{"basic", "gold", "family"}[c.draw.IntN(3)]}
	}
	c.address(p, given.typed, family.typed, n)
	if c.one(3) {
		scale := 10_000_000
		if from.digits > 7 {
			scale = 100_000_000
		}
		u.Mobile = fmt.Sprintf("%s%0*d", from.mobile, from.digits, (n*7_919+1)%scale)
		u.MobileVerified = !c.one(4)
		p.identify(c, kith.Mobile, u.Mobile, u.Mobile)
	}
	if c.one(25) {
		u.Username = fmt.Sprintf("%s%d", given.typed, n)
		p.identify(c, kith.Username, u.Username, u.Username)
	}
}

// address gives an e-mail address. Names have no digits, so that the number makes it the only one.
func (c *crowd) address(p *person, given, family string, n int) {
	local := given + "." + family
	switch c.draw.IntN(3) {
	case 0:
		local = given[:1] + family
	case 1:
		local = family
	}
	folded := fmt.Sprintf("%s%d@%s", local, n, often(c, hosts))
	p.user.Email = folded
	if c.one(20) { // typed with capitals
		p.user.Email = strings.ToUpper(folded[:1]) + folded[1:]
	}
	p.user.EmailVerified = !c.one(5)
	p.identify(c, kith.Email, p.user.Email, folded)
}

func (p *person) identify(c *crowd, kind kith.IdentifierKind, shown, folded string) {
	created := p.user.CreatedAt
	i := kith.Identifier{Kind: kind, ID: kith.NewSerial(created, c.random), User: p.user.ID, Value: shown, Folded: folded,
		Primary: true, CreatedAt: created}
	if kind == kith.Email && p.user.EmailVerified || kind == kith.Mobile && p.user.MobileVerified {
		i.VerifiedAt = created.Add(3 * time.Minute)
	}
	p.identifiers = append(p.identifiers, i)
}

// fate is what became of them since.
func (c *crowd) fate(u *kith.User) {
	since := c.to.Sub(u.CreatedAt)
	later := func() time.Time {
		return u.CreatedAt.Add(time.Duration(float64(since) * c.draw.Float64())).Truncate(time.Millisecond)
	}
	u.UpdatedAt = u.CreatedAt
	u.Status = often(c, []kith.Status{kith.Pending, kith.Verified, kith.Verified, kith.Pending, kith.Incomplete,
		kith.Pending, kith.Declined, kith.Obsolete, kith.Paused})
	if u.Status != kith.Pending {
		u.UpdatedAt = later()
	}
	switch n := c.draw.IntN(1000); {
	case n < 20:
		u.Archived = true
	case n < 35:
		u.Deactivated = true
	case n < 37:
		u.Retention = kith.DeleteRequested
	case n < 40:
		u.Temporary, u.EmailVerified, u.MobileVerified = true, false, false
	}
	if !u.Temporary && u.Kind == kith.Person && !c.one(8) {
		u.LastLogin = later()
	}
}

// plain is a name in the letters of an e-mail address: without marks, spaces and apostrophes.
func plain(name string) string {
	name = strings.NewReplacer("ø", "o", "Ø", "O", "ł", "l", "Ł", "L", "ß", "ss", "ı", "i", "đ", "d", "ð", "d", "þ", "th", "Þ", "Th").Replace(name)
	bare := transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC)
	if text, _, err := transform.String(bare, name); err == nil {
		name = text
	}
	return strings.Map(func(r rune) rune {
		if r = unicode.ToLower(r); r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, name)
}
