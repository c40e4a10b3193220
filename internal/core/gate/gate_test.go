package gate_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/seal"
	"kith/internal/store"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// house is a gate to an empty store.
type house struct {
	t    *testing.T
	db   *store.DB
	gate *gate.Gate
}

func newHouse(t *testing.T) *house {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite::memory:", store.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &house{t, db, gate.New(db, seal.NewKey())}
}

var opFound = gate.Op{Name: "company.found", Noun: kith.NounCompany, Verb: kith.Add, Open: true}

// company makes a company and gives its owner, as an actor in the group admin.
func (h *house) company(slug string) *kith.Actor {
	h.t.Helper()
	founder := &kith.Actor{Company: &kith.Company{ID: kith.NewCompanyID(rand.Reader)}}
	owner, err := gate.Change(h.t.Context(), h.gate, founder, opFound, slug, func(ctx context.Context, tx *gate.Tx, slug string) (kith.Member, error) {
		id := tx.NewUserID()
		admin, err := directory.AddCompany(ctx, tx, directory.NewCompany{Slug: slug}, id, kith.Test)
		if err != nil {
			return kith.Member{}, err
		}
		return directory.AddUser(ctx, tx, directory.NewUser{ID: id, Group: admin})
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return &kith.Actor{Company: owner.Company, User: owner.User, Group: owner.Group}
}

// member adds a user to an actor's company, in the group user.
func (h *house) member(owner *kith.Actor) *kith.Actor {
	h.t.Helper()
	m, err := gate.Change(h.t.Context(), h.gate, owner, opAddUser, "", addUser)
	if err != nil {
		h.t.Fatal(err)
	}
	return &kith.Actor{Company: owner.Company, User: m.User, Group: m.Group}
}

var opAddUser = gate.Op{Name: "user.add", Noun: kith.NounUser, Verb: kith.Add, Section: kith.SectionAdmin}

func addUser(ctx context.Context, tx *gate.Tx, _ string) (kith.Member, error) {
	group, err := tx.Groups.Named(ctx, kith.GroupUser)
	if err != nil {
		return kith.Member{}, err
	}
	return directory.AddUser(ctx, tx, directory.NewUser{Group: group})
}

// events reads a company's events and their sealed old values.
func (h *house) events(by *kith.Actor) (list []*kith.Event, sealed [][]byte) {
	h.t.Helper()
	err := h.db.View(h.t.Context(), by, func(tx *store.Tx) error {
		var err error
		list, sealed, err = tx.Events.List(h.t.Context(), kith.EventID{}, 1000)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return list, sealed
}

// finds reports whether a company has the user.
func (h *house) finds(by *kith.Actor, id kith.UserID) bool {
	h.t.Helper()
	err := h.db.View(h.t.Context(), by, func(tx *store.Tx) error {
		_, err := tx.Users.Get(h.t.Context(), id)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		h.t.Fatal(err)
	}
	return err == nil
}

// draft is a user to insert past every rule.
func draft(tx *gate.Tx) *kith.User {
	return &kith.User{ID: tx.NewUserID(), Mode: kith.DefaultUserMode, CreatedAt: tx.Now, UpdatedAt: tx.Now}
}

// TestStepsThatRecordNothing: an operation that changes something and tells nobody fails, and leaves
// nothing; one that says there was nothing to do leaves no event.
func TestStepsThatRecordNothing(t *testing.T) {
	h := newHouse(t)
	owner := h.company("acme")
	before, _ := h.events(owner)
	var id kith.UserID
	_, err := gate.Change(t.Context(), h.gate, owner, opAddUser, "", func(ctx context.Context, tx *gate.Tx, _ string) (any, error) {
		u := draft(tx)
		id = u.ID
		return nil, tx.Users.Insert(ctx, u, kith.GroupID{}, nil)
	})
	if err == nil || kith.AsError(err).Kind != kith.Internal {
		t.Errorf("a silent change answers %v", err)
	}
	if h.finds(owner, id) {
		t.Error("a silent change left its row")
	}
	_, err = gate.Change(t.Context(), h.gate, owner, opAddUser, "", func(_ context.Context, tx *gate.Tx, _ string) (any, error) {
		tx.Unchanged()
		return nil, nil
	})
	after, _ := h.events(owner)
	if err != nil || len(after) != len(before) {
		t.Errorf("nothing to do: %v, and %d events became %d", err, len(before), len(after))
	}
}

// TestFailedSteps: a step that fails leaves neither rows nor events; one that refuses leaves both and
// answers its error all the same.
func TestFailedSteps(t *testing.T) {
	h := newHouse(t)
	owner := h.company("acme")
	wrong := kith.BadField("code", kith.CodeNotAllowed, "Wrong.")
	for _, tt := range []struct {
		name string
		end  func(*gate.Tx) error
		kept bool
	}{
		{"fails", func(*gate.Tx) error { return wrong }, false},
		{"refuses", func(tx *gate.Tx) error { return tx.Refuse(wrong) }, true},
	} {
		before, _ := h.events(owner)
		var id kith.UserID
		out, err := gate.Change(t.Context(), h.gate, owner, opAddUser, "", func(ctx context.Context, tx *gate.Tx, _ string) (string, error) {
			u := draft(tx)
			id = u.ID
			tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Add, Row: u.ID.String()})
			if err := tx.Users.Insert(ctx, u, kith.GroupID{}, nil); err != nil {
				return "", err
			}
			return "secret", tt.end(tx)
		})
		if kith.AsError(err) != wrong || out != "" {
			t.Errorf("a step that %s answers %q, %v", tt.name, out, err)
		}
		after, _ := h.events(owner)
		if h.finds(owner, id) != tt.kept || len(after) > len(before) != tt.kept {
			t.Errorf("after a step that %s: row %v, %d events before and %d after", tt.name, h.finds(owner, id), len(before), len(after))
		}
	}
}

// TestNotFoundIsOneWord: what the store does not find, and what is another company's, is NotFound.
func TestNotFoundIsOneWord(t *testing.T) {
	h := newHouse(t)
	owner, other := h.company("acme"), h.company("bolt")
	stranger := h.member(other)
	_, err := gate.Read(t.Context(), h.gate, owner, opViewUser, func(ctx context.Context, tx *gate.Tx) (*kith.User, error) {
		return tx.Users.Get(ctx, stranger.User.ID)
	})
	if !errors.Is(err, kith.ErrNotFound) {
		t.Errorf("another company's user: %v", err)
	}
}

var opViewUser = gate.Op{Name: "user.view", Noun: kith.NounUser, Verb: kith.View, Section: kith.SectionAdmin}

// bad is an input that is never valid.
type bad struct{}

var errBad = kith.BadField("name", kith.CodeRequired, "Missing.")

func (bad) Validate() error { return errBad }

// TestPermissionComesBeforeValidation: who may not ask learns nothing about what would be valid, and the
// step does not run.
func TestPermissionComesBeforeValidation(t *testing.T) {
	h := newHouse(t)
	owner := h.company("acme")
	member := h.member(owner)
	guest := &kith.Actor{Company: owner.Company}
	preMFA := &kith.Actor{Company: owner.Company, User: owner.User, Group: owner.Group, Session: &kith.Session{Purpose: kith.PurposePreMFA}}
	staff := gate.Op{Name: "user.refer", Noun: kith.NounUser, Verb: kith.Refer, Section: kith.SectionAdmin}
	bearer := gate.Op{Name: "session.delete", Noun: kith.NounSession, Verb: kith.Delete, Section: kith.SectionUser, Bearer: true}
	for _, tt := range []struct {
		name string
		by   *kith.Actor
		op   gate.Op
		want kith.Kind
	}{
		{"a guest", guest, staff, kith.Unauthenticated},
		{"a member", member, staff, kith.Forbidden},
		{"an admin who owes a factor", preMFA, staff, kith.Forbidden},
		{"an admin", owner, staff, kith.Invalid},
		{"a guest where guests may ask", guest, gate.Op{Name: "user.register", Noun: kith.NounUser, Verb: kith.Add, Open: true}, kith.Invalid},
		{"one who owes a factor, about the session itself", preMFA, bearer, kith.Invalid},
		{"a guest, about a session", guest, bearer, kith.Unauthenticated},
	} {
		_, err := gate.Change(t.Context(), h.gate, tt.by, tt.op, bad{}, func(context.Context, *gate.Tx, bad) (any, error) {
			t.Errorf("%s: the step ran", tt.name)
			return nil, nil
		})
		if got := kith.AsError(err).Kind; got != tt.want {
			t.Errorf("%s gets %v, want kind %d", tt.name, err, tt.want)
		}
	}
}

// TestOldValuesAreSealed: what stood in a row before is in the event for those with the key, and for
// nobody else: not in the clear, not for another company, not in another place, not after erasure.
func TestOldValuesAreSealed(t *testing.T) {
	h := newHouse(t)
	owner, other := h.company("acme"), h.company("bolt")
	member, stranger := h.member(owner), h.member(other)
	opChange := gate.Op{Name: "user.change", Noun: kith.NounUser, Verb: kith.Change, Section: kith.SectionAdmin}
	record := func(by *kith.Actor, subject kith.UserID) {
		_, err := gate.Change(t.Context(), h.gate, by, opChange, "", func(_ context.Context, tx *gate.Tx, _ string) (any, error) {
			tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Change, Row: "x", Subject: subject, Fields: []string{"last_name"},
				Old: map[string]any{"last_name": "Lovelace"}})
			return nil, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	record(owner, member.User.ID)
	record(owner, kith.UserID{}) // the company's own
	record(other, stranger.User.ID)
	last := func(by *kith.Actor, back int) (*kith.Event, []byte) {
		var withOld []*kith.Event
		var kept [][]byte
		list, sealed := h.events(by)
		for i := range list {
			if sealed[i] != nil {
				withOld, kept = append(withOld, list[i]), append(kept, sealed[i])
			}
		}
		return withOld[len(withOld)-back], kept[len(kept)-back]
	}
	open := func(by *kith.Actor, e *kith.Event, sealed []byte) (map[string]any, error) {
		return gate.Read(t.Context(), h.gate, by, opViewUser, func(ctx context.Context, tx *gate.Tx) (map[string]any, error) {
			return tx.OpenEvent(ctx, e, sealed)
		})
	}
	first, sealed := last(owner, 1)
	second, sealedToo := last(owner, 2)
	foreign, foreignSealed := last(other, 1)
	for _, text := range [][]byte{sealed, sealedToo, foreignSealed} {
		if bytes.Contains(text, []byte("Lovelace")) || bytes.Contains(text, []byte("last_name")) {
			t.Errorf("an event lies in the clear: %q", text)
		}
	}
	for _, tt := range []struct {
		name   string
		by     *kith.Actor
		event  *kith.Event
		sealed []byte
		opens  bool
	}{
		{"its own company, one event", owner, first, sealed, true},
		{"its own company, the other", owner, second, sealedToo, true},
		{"in the place of another event", owner, first, sealedToo, false},
		{"for another company", other, &kith.Event{ID: first.ID}, sealed, false},
		{"another company's, for oneself", owner, &kith.Event{ID: foreign.ID}, foreignSealed, false},
		{"changed by a bit", owner, first, append([]byte{sealed[0] ^ 1}, sealed[1:]...), false},
		{"cut short", owner, first, sealed[:10], false},
	} {
		old, err := open(tt.by, tt.event, tt.sealed)
		if (err == nil && old["last_name"] == "Lovelace") != tt.opens {
			t.Errorf("%s: %v, %v", tt.name, old, err)
		}
	}
	if old, err := open(owner, first, nil); old != nil || err != nil {
		t.Errorf("an event without old values has %v, %v", old, err)
	}
}

// TestMessagesAreSealed: a message waits in the outbox unreadable, and opens for the worker.
func TestMessagesAreSealed(t *testing.T) {
	h := newHouse(t)
	owner := h.company("acme")
	sent := kith.Message{User: owner.User.ID, Channel: kith.ChannelEmail, Kind: "welcome", To: "ada@x.example", Subject: "Welcome",
		Text: "Hello Ada", HTML: "<p>Hello Ada</p>", Codes: []string{"123456"}, Links: []string{"https://x.example"}}
	_, err := gate.Change(t.Context(), h.gate, owner, opAddUser, "", func(_ context.Context, tx *gate.Tx, _ string) (any, error) {
		tx.Unchanged()
		tx.Tell(sent)
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := h.gate.System().Waiting(t.Context(), 10)
	if err != nil || len(waiting) != 1 {
		t.Fatalf("%d messages wait, %v", len(waiting), err)
	}
	for _, text := range []string{"ada@x.example", "Ada", "123456"} {
		if bytes.Contains(waiting[0].Body, []byte(text)) {
			t.Errorf("the outbox shows %q", text)
		}
	}
	m, err := h.gate.OpenMessage(t.Context(), waiting[0])
	if err != nil || m.To != sent.To || m.Text != sent.Text || m.HTML != sent.HTML || m.Codes[0] != "123456" || m.Links[0] != sent.Links[0] ||
		m.Slug != "acme" || !m.CreatedAt.Equal(noon) {
		t.Errorf("opened it is %+v, %v", m, err)
	}
	erased := *waiting[0]
	erased.Salt = nil
	if m, err := h.gate.OpenMessage(t.Context(), &erased); m != nil || err != nil {
		t.Errorf("to somebody who was erased it is %+v, %v", m, err)
	}
}

// TestMasterKey: a database opens with its own master key, and says so when it is given another.
func TestMasterKey(t *testing.T) {
	h := newHouse(t)
	owner := h.company("acme")
	for _, fresh := range []string{"first", "second"} { // two nodes start at once: the faster one's key is the one
		if err := h.gate.FirstSigningKey(t.Context(), []byte(fresh)); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := h.gate.SigningKeys(t.Context())
	if err != nil || len(keys) != 1 || string(keys[0].Key) != "first" {
		t.Errorf("the signing keys are %v, %v", keys, err)
	}
	stranger := gate.New(h.db, seal.NewKey())
	if keys, err := stranger.SigningKeys(t.Context()); err == nil || !strings.Contains(err.Error(), "master key") {
		t.Errorf("with another master key the signing keys are %v, %v", keys, err)
	}
	_, err = gate.Change(t.Context(), stranger, owner, opAddUser, "", func(_ context.Context, tx *gate.Tx, _ string) (any, error) {
		tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Change, Old: map[string]any{"a": 1}})
		return nil, nil
	})
	if err == nil {
		t.Error("with another master key an event was written")
	}
}

// TestDigits: a drawn number has just as many digits as asked for.
func TestDigits(t *testing.T) {
	h := newHouse(t)
	owner := h.company("acme")
	_, err := gate.Read(t.Context(), h.gate, owner, opViewUser, func(_ context.Context, tx *gate.Tx) (any, error) {
		for n := 1; n <= 20; n++ {
			for range 50 {
				s, err := tx.Digits(n)
				if err != nil || len(s) != n || s[0] == '0' || strings.Trim(s, "0123456789") != "" {
					t.Fatalf("%d digits: %q, %v", n, s, err)
				}
			}
		}
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// run asks for an operation that does nothing, and tells whether it was let in.
func run(t *testing.T, h *house, by *kith.Actor, op gate.Op) error {
	t.Helper()
	_, err := gate.Change(t.Context(), h.gate, by, op, "", func(_ context.Context, tx *gate.Tx, _ string) (any, error) {
		tx.Unchanged()
		return nil, nil
	})
	return err
}
