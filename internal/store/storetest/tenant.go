package storetest

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// noon is when the suite's rows are made: whole milliseconds, UTC, as the store keeps times.
var noon = time.Date(2026, 3, 14, 12, 0, 0, 123_000_000, time.UTC)

// farAhead is after every test: HandOver asks the store's own clock.
var farAhead = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// tenant is a company with one row of every kind, told of in full: what the store should answer.
type tenant struct {
	t  *testing.T
	db *store.DB
	by *kith.Actor

	company     *kith.Company
	application *kith.Application
	definition  *kith.AccountDefinition
	account     string // reference of the user's primary one
	currency    *kith.CompanyCurrency
	group       *kith.Group // role group; public and the default
	linked      kith.Link   // of the user's row to the group
	custom      *kith.Group // that the user made, and is in; anybody may view it
	membership  kith.Link   // of the user's row to it
	user        *kith.User  // the owner, in the group; anybody may view the row
	heir        kith.UserID // to whom the company is being handed over: the owner, for want of another
	salt        []byte
	password    string
	identifier  *kith.Identifier // the user's e-mail; anybody may view it
	unclaimed   *kith.Identifier // a username of theirs that claims nothing
	factor      *kith.Factor     // in force
	session     *kith.Session
	token       []byte // hash of the session's token
	key         wrappedKey
	event       *kith.Event
	old         []byte        // of the event, sealed
	message     *store.Sealed // that waits
	lost        *store.Sealed // that is dead

	secret     *kith.Secret // of a link that was mailed to the user
	secretHash []byte
	file       *kith.File            // the user's picture
	unkept     *kith.File            // to be dropped long ago
	schema     *kith.AttributeSchema // a version: number, document and time
	term       store.UserTerm
}

// never is when what does not expire expires.
var never = noon.AddDate(100, 0, 0)

// narrowed is the permission of the company's group that has properties.
var narrowed = kith.Permission{Section: kith.SectionUser, Noun: kith.NounTransaction, Level: kith.LevelView}

type wrappedKey struct {
	Purpose int
	ID      int64
	Wrapped []byte
}

// draft tells of a company that is not stored: everything that names it is unknown.
func draft(t *testing.T, db *store.DB) *tenant {
	c := &tenant{t: t, db: db}
	word := strings.ToLower(rand.Text())
	user := newID[kith.User]()
	c.company = &kith.Company{
		ID: kith.NewCompanyID(rand.Reader), Slug: word, Owner: user, Settings: kith.DefaultCompanySettings(),
		Details: kith.CompanyDetails{Name: "Company " + word}, Currency: kith.Currency{Code: "EUR", Divisibility: 2},
		Modes:     kith.Modes{word: kith.AllModes},
		CreatedAt: noon, UpdatedAt: noon,
	}
	c.by = &kith.Actor{Company: c.company}
	c.application = &kith.Application{ID: newSerial(), Name: "App", Origins: []string{"https://" + word + ".example"}, CreatedAt: noon, UpdatedAt: noon}
	c.definition = &kith.AccountDefinition{Name: "default " + word, Currency: "EUR", Everybody: true, CreatedAt: noon, UpdatedAt: noon}
	c.currency = &kith.CompanyCurrency{Currency: kith.Currency{Code: "C" + strings.ToUpper(word[:11]), Divisibility: 2}, CreatedAt: noon, UpdatedAt: noon}
	c.account = word[:10]
	c.group = &kith.Group{
		ID: newID[kith.Group](), Kind: kith.RoleGroup, Name: "group-" + word, Label: "Group", Public: true, Listed: true, Default: true,
		Permissions: kith.Permissions{}.With(kith.Every(kith.SectionUser, kith.NounUser)...), CreatedAt: noon, UpdatedAt: noon,
	}
	c.linked = kith.Link{Group: c.group.ID, Verbs: kith.Of(kith.Peek, kith.View)}
	c.custom = custom("custom-"+word, user)
	c.custom.Mode |= anybody
	c.membership = kith.Link{Group: c.custom.ID, Verbs: kith.Of(kith.View)}
	c.user = &kith.User{
		ID: user, Email: word + "@x.example", Profile: kith.Profile{kith.Language: kith.DefaultLanguage}, Settings: kith.DefaultUserSettings(), Account: c.account,
		Mode: kith.DefaultUserMode | anybody, CreatedAt: noon, UpdatedAt: noon,
	}
	c.heir = user
	c.salt, c.password = random(16), "$argon2id$"+word
	c.identifier = &kith.Identifier{ID: newSerial(), User: user, Kind: kith.Email, Value: c.user.Email, Folded: c.user.Email, Primary: true,
		Mode: kith.DefaultRowMode | anybody, CreatedAt: noon}
	c.unclaimed = &kith.Identifier{ID: newSerial(), User: user, Kind: kith.Username, Value: word, Folded: word, Primary: true,
		Mode: kith.DefaultRowMode, CreatedAt: noon}
	c.secret = &kith.Secret{User: c.user.ID, Purpose: kith.ToSetPassword, Identifier: c.identifier.ID, Target: c.identifier.Folded, ExpiresAt: never}
	c.secretHash = random(32)
	c.file = &kith.File{ID: newID[kith.File](), Media: kith.PNG, Size: int64(len(word)), CreatedAt: noon}
	c.unkept = &kith.File{ID: newID[kith.File](), Media: kith.JPEG, Size: 1, CreatedAt: noon}
	c.user.Picture = c.file.ID
	c.factor = &kith.Factor{ID: newSerial(), User: user, Kind: kith.FactorTOTP, VerifiedAt: noon, CreatedAt: noon}
	c.session, c.token = newSession(user, c.application.ID), random(32)
	c.key = wrappedKey{Purpose: int(binary.BigEndian.Uint32(random(4)) >> 1), ID: int64(newSerial()), Wrapped: random(60)}
	c.event = &kith.Event{ID: newID[kith.Event](), Actor: user, Noun: kith.NounUser, Verb: kith.Change, Row: user.String(), Subject: user, Fields: []string{"profile"}, At: noon}
	c.old = random(40)
	number := int(binary.BigEndian.Uint32(random(4)) >> 2)
	c.schema = &kith.AttributeSchema{Version: number + 1, Document: `{"title":"` + word + `"}`, CreatedAt: noon}
	c.term = store.UserTerm{Term: store.Term{Field: number, Value: word}, User: user}
	c.message = &store.Sealed{
		ID: newID[kith.Message](), Company: c.company.ID, Slug: c.company.Slug, User: user, Salt: c.salt,
		Channel: kith.ChannelEmail, Kind: "welcome", Body: random(200), Sender: c.company.Details.Name, Since: noon, DueAt: noon,
	}
	lost := *c.message
	lost.ID, lost.Channel, lost.Body = newID[kith.Message](), kith.ChannelSMS, random(20)
	c.lost = &lost
	return c
}

// found stores a new company with all that is in it.
func found(t *testing.T, db *store.DB) *tenant {
	t.Helper()
	c, ctx := draft(t, db), t.Context()
	c.do(func(tx *store.Tx) error {
		_, errIdentifier := tx.Identifiers.Insert(ctx, c.identifier, true)
		_, errUnclaimed := tx.Identifiers.Insert(ctx, c.unclaimed, false)
		_, errAccount := tx.Accounts.Insert(ctx, c.primary())
		_, errDefinition := tx.Accounts.Define(ctx, c.definition)
		_, errCurrency := tx.Currencies.Insert(ctx, c.currency)
		errKey := tx.Keys.Insert(ctx, c.key.Purpose, c.key.ID, c.key.Wrapped)
		_, errEnd := tx.Keys.End(ctx, c.key.Purpose, c.key.ID+1, farAhead)
		return errors.Join(errIdentifier, errUnclaimed, errAccount, errDefinition, errCurrency,
			tx.Secrets.Put(ctx, c.secret, c.secretHash),
			tx.Files.Insert(ctx, c.file, farAhead), tx.Files.Keep(ctx, c.file.ID), tx.Files.Insert(ctx, c.unkept, noon),
			counted(tx.Tallies.Count(ctx, store.TallyGuesses, c.user.ID[:], time.Hour, 100)),
			tx.Companies.Insert(ctx, c.company),
			tx.Companies.SetHeir(ctx, c.user.ID, c.heir, farAhead),
			tx.Applications.Insert(ctx, c.application),
			tx.Groups.Insert(ctx, c.group),
			tx.Properties.Put(ctx, c.group.ID, narrowed, kith.Properties{"metadata.colour": false}),
			tx.Groups.Insert(ctx, c.custom),
			tx.Links.Put(ctx, kith.NounUser, c.user.ID[:], c.linked),
			tx.Links.Put(ctx, kith.NounUser, c.user.ID[:], c.membership),
			tx.Identifiers.SetMode(ctx, c.identifier),
			tx.Users.Insert(ctx, c.user, c.group.ID, c.salt),
			tx.Credentials.SetPassword(ctx, c.user.ID, "", c.password),
			tx.Factors.Insert(ctx, c.factor),
			tx.Sessions.Insert(ctx, c.session, c.token),
			errKey, errEnd,
			tx.Events.Insert(ctx, c.event, c.old),
			tx.Schemas.Insert(ctx, c.schema),
			tx.Users.PutTerms(ctx, c.term.User, nil, []store.Term{c.term.Term}),
			tx.Messages.Insert(ctx, c.message),
			tx.Messages.Insert(ctx, c.lost),
			tx.Messages.Bury(ctx, c.lost.ID, c.lost.DueAt, "smtp x", "refused"))
	})
	return c
}

// anybody is what a mode has where guests may view the row.
var anybody = kith.NewMode(kith.Of(kith.View), 0, 0)

// custom is a group that a user makes.
func custom(name string, owner kith.UserID) *kith.Group {
	return &kith.Group{ID: newID[kith.Group](), Kind: kith.CustomGroup, Name: name, Settings: kith.DefaultGroupSettings(), Permissions: kith.Permissions{},
		Owner: owner, Mode: kith.DefaultRowMode, CreatedAt: noon, UpdatedAt: noon}
}

// primary is the user's primary account.
func (c *tenant) primary() *kith.Account {
	return &kith.Account{Reference: c.account, User: c.user.ID, Primary: true, Definition: c.definition.Name,
		Name: c.definition.Name, CreatedAt: noon, UpdatedAt: noon}
}

// update runs step as the company.
func (c *tenant) update(step func(tx *store.Tx) error) error {
	return c.db.Update(c.t.Context(), c.by, step)
}

// do is update where nothing may go wrong.
func (c *tenant) do(step func(tx *store.Tx) error) {
	c.t.Helper()
	if err := c.update(step); err != nil {
		c.t.Fatal(err)
	}
}

// fails asserts that step is answered with want.
func (c *tenant) fails(what string, want error, step func(tx *store.Tx) error) {
	c.t.Helper()
	if err := c.update(step); !errors.Is(err, want) {
		c.t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

// taken asserts that step fails with an ExistsError that names the index, by a word of its name on
// either engine.
func (c *tenant) taken(what, index string, step func(tx *store.Tx) error) {
	c.t.Helper()
	exists, ok := errors.AsType[*store.ExistsError](c.update(step))
	if !ok || !strings.Contains(exists.Constraint, index) {
		c.t.Errorf("%s: got %v, want an ExistsError of %s", what, exists, index)
	}
}

// read asks as the company; missing asserts that there is no answer.
func read[V any](c *tenant, ask func(tx *store.Tx) (V, error)) V {
	c.t.Helper()
	answer, err := try(c, ask)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer
}

func missing[V any](c *tenant, what string, ask func(tx *store.Tx) (V, error)) {
	c.t.Helper()
	if answer, err := try(c, ask); !errors.Is(err, store.ErrNotFound) {
		c.t.Errorf("%s: got %v, %v; want ErrNotFound", what, show(answer), err)
	}
}

func try[V any](c *tenant, ask func(tx *store.Tx) (V, error)) (answer V, err error) {
	err = c.db.View(c.t.Context(), c.by, func(tx *store.Tx) error {
		answer, err = ask(tx)
		return err
	})
	return answer, err
}

// same asserts that what came back is what was written.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if reflect.DeepEqual(got, want) {
		return
	}
	// Around the first difference: the whole would fill a screen.
	a, b := show(got), show(want)
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	t.Errorf("%s:\n got %s\nwant %s", what, around(a, at), around(b, at))
}

func around(text string, at int) string {
	const width = 100
	from, to := max(0, at-width), min(len(text), at+width)
	return strings.ToValidUTF8(text[from:to], "")
}

// show writes a value out in full, behind its pointers too.
func show(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%+v", v)
	}
	return string(text)
}

func newID[Noun any]() kith.ID[Noun] { return kith.NewID[Noun](noon, rand.Reader) }

// newSerial draws from a millisecond of its own, so that no two are the same.
func newSerial() kith.Serial {
	return kith.NewSerial(noon.Add(time.Duration(serials.Add(1))*time.Millisecond), rand.Reader)
}

var serials atomic.Int64

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// newUser is somebody of whom nothing is known.
func newUser() *kith.User {
	return &kith.User{ID: newID[kith.User](), Profile: kith.Profile{kith.Language: kith.DefaultLanguage}, Settings: kith.DefaultUserSettings(),
		CreatedAt: noon, UpdatedAt: noon}
}

// newSession is a session for an hour, with a refresh token for a day.
func newSession(user kith.UserID, application kith.Serial) *kith.Session {
	return &kith.Session{
		ID: newID[kith.Session](), User: user, Application: application, Purpose: kith.PurposeAccess,
		Methods: kith.MethodPassword, Handle: rand.Text()[:8], CreatedAt: noon, LastUsed: noon, ExpiresAt: noon.Add(time.Hour),
		Refresh: kith.Refresh{RotatedAt: noon, ExpiresAt: noon.Add(24 * time.Hour)},
	}
}

// put writes a user over the row as it is.
func put(ctx context.Context, tx *store.Tx, u *kith.User) error {
	was, err := tx.Users.Lock(ctx, u.ID)
	if err != nil {
		return err
	}
	return tx.Users.Put(ctx, was, u)
}
