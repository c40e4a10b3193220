package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// fullSession has a value, unlike that of any other, wherever a session can have one.
func fullSession(user kith.UserID) *kith.Session {
	return &kith.Session{
		ID: newID[kith.Session](), User: user, Application: 1<<53 - 1, Purpose: kith.PurposeThirdParty, Methods: 1<<16 - 1,
		Handle: "Aa0zZ9_-", Label: "Büro 🖥", Device: "Mozilla/5.0 ('\")", Idle: 1500 * time.Millisecond, CreatedAt: noon,
		LastUsed: noon.Add(time.Millisecond), ExpiresAt: noon.Add(time.Hour),
		Refresh: kith.Refresh{Generation: 1<<31 - 1, RotatedAt: noon.Add(2 * time.Millisecond), ExpiresAt: noon.Add(3 * time.Hour)},
	}
}

func testSession(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	insert := func(s *kith.Session, token []byte) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Sessions.Insert(ctx, s, token) }
	}
	full, token := fullSession(c.user.ID), random(32)
	bare := &kith.Session{ID: newID[kith.Session](), User: c.user.ID, CreatedAt: noon} // permanent, without a refresh token
	c.do(insert(full, token))
	c.do(insert(bare, []byte{}))
	for name, s := range map[string]*kith.Session{"with everything": full, "with nothing": bare} {
		same(t, name, read(c, handled(ctx, c.user.ID, s.Handle)), s)
	}
	all := []*kith.Session{full, bare, c.session}
	slices.SortFunc(all, func(a, b *kith.Session) int { return slices.Compare(a.ID[:], b.ID[:]) })
	same(t, "List, by id", read(c, sessionsOf(ctx, c.user.ID)), all)
	same(t, "List of nobody", read(c, sessionsOf(ctx, newUser().ID)), []*kith.Session(nil))
	missing(c, "a handle that nobody has", handled(ctx, c.user.ID, "nobody"))
	missing(c, "a handle in another case", handled(ctx, c.user.ID, "aA0Zz9_-"))
	missing(c, "another user's handle", handled(ctx, newUser().ID, full.Handle))
	missing(c, "another company's", handled(ctx, other.user.ID, other.session.Handle))

	again := func(change func(s *kith.Session)) *kith.Session {
		s := *full
		s.ID = newID[kith.Session]()
		change(&s)
		return &s
	}
	c.fails("a handle twice", store.ErrExists, insert(again(func(*kith.Session) {}), random(32)))
	c.do(func(tx *store.Tx) error { // and the transaction goes on with another
		s := again(func(s *kith.Session) { s.User = newUser().ID })
		if err := tx.Sessions.Insert(ctx, s, random(32)); !errors.Is(err, store.ErrExists) {
			t.Errorf("another user's handle: %v, want ErrExists", err)
		}
		s.Handle = "drawn"
		return tx.Sessions.Insert(ctx, s, random(32))
	})
	other.do(insert(again(func(s *kith.Session) { s.User = other.user.ID }), random(32)))
	c.taken("a token twice", "token", insert(again(func(s *kith.Session) { s.Handle = "another" }), token))
	other.do(insert(again(func(s *kith.Session) { s.User, s.Handle = other.user.ID, "theirs" }), token))
	c.taken("an id twice", "sessions", insert(again(func(s *kith.Session) { s.ID, s.Handle = full.ID, "third" }), random(32)))

	testResolve(t, c, other)
	testSessionChange(t, found(t, db))
}

func handled(ctx context.Context, user kith.UserID, handle string) func(tx *store.Tx) (*kith.Session, error) {
	return func(tx *store.Tx) (*kith.Session, error) { return tx.Sessions.Handled(ctx, user, handle) }
}

func renewable(ctx context.Context, id kith.SessionID) func(tx *store.Tx) (*store.Renewable, error) {
	return func(tx *store.Tx) (*store.Renewable, error) { return tx.Sessions.Renewable(ctx, id) }
}

func sessionsOf(ctx context.Context, user kith.UserID) func(tx *store.Tx) ([]*kith.Session, error) {
	return func(tx *store.Tx) ([]*kith.Session, error) { return tx.Sessions.List(ctx, user) }
}

// testResolve: one statement brings all that a request needs to know of its caller.
func testResolve(t *testing.T, c, other *tenant) {
	ctx := t.Context()
	byToken := func(token []byte) func(tx *store.Tx) (*store.Resolved, error) {
		return func(tx *store.Tx) (*store.Resolved, error) { return tx.Sessions.ByToken(ctx, token) }
	}
	byID := func(id kith.SessionID) func(tx *store.Tx) (*store.Resolved, error) {
		return func(tx *store.Tx) (*store.Resolved, error) { return tx.Sessions.ByID(ctx, id) }
	}
	g, company, session := c.group, c.company, c.session
	want := &store.Resolved{
		Session: session, User: c.user, Company: company,
		Group: &kith.Group{ID: g.ID, Kind: g.Kind, Name: g.Name, Label: g.Label, Section: g.Section, Permissions: g.Permissions},
	}
	c.do(func(tx *store.Tx) error {
		byToken, err := byToken(c.token)(tx)
		same(t, "ByToken in a write", byToken, want)
		byID, errID := byID(session.ID)(tx)
		same(t, "ByID in a write", byID, want)
		renewed, errRenew := renewable(ctx, session.ID)(tx)
		same(t, "Renewable in a write", &renewed.Resolved, want)
		return errors.Join(err, errID, errRenew)
	})
	brief := *want
	brief.Session = &kith.Session{ID: session.ID, User: session.User, Purpose: session.Purpose,
		Idle: session.Idle, CreatedAt: session.CreatedAt, LastUsed: session.LastUsed, ExpiresAt: session.ExpiresAt}
	renewal, renewed := brief, *brief.Session
	renewed.Handle, renewed.Refresh = session.Handle, session.Refresh
	renewal.Session = &renewed
	for _, what := range []string{"", ", remembered"} {
		same(t, "Renewable"+what, &read(c, renewable(ctx, session.ID)).Resolved, &renewal)
		same(t, "ByToken"+what, read(c, byToken(c.token)), &brief)
		same(t, "ByID"+what, read(c, byID(session.ID)), &brief)
	}
	missing(c, "an unknown token", byToken(random(32)))
	missing(c, "no token", byToken(nil))
	missing(c, "the start of a token", byToken(c.token[:31]))
	missing(c, "an unknown id", byID(newID[kith.Session]()))
	missing(c, "another company's token", byToken(other.token))
	missing(c, "an unknown id to refresh", renewable(ctx, newID[kith.Session]()))
	missing(c, "another company's id to refresh", renewable(ctx, other.session.ID))
	missing(c, "another company's id", byID(other.session.ID))

	// What a request is shown is what the rows say now, and whoever has no group gets none.
	loner := newUser()
	s := newSession(loner.ID, c.application.ID)
	c.do(func(tx *store.Tx) error {
		return errors.Join(tx.Users.Insert(ctx, loner, kith.GroupID{}, nil), tx.Sessions.Insert(ctx, s, s.ID[:]))
	})
	if got := read(c, byToken(s.ID[:])); got.Group != nil {
		t.Errorf("a user without group resolves to the group %s", got.Group.Name)
	}
	gone, shut := *loner, *company
	gone.Deactivated, shut.Status = true, kith.CompanySuspended
	gone.Username, shut.Details.Name = "renamed", "Renamed"
	c.do(func(tx *store.Tx) error { return errors.Join(put(ctx, tx, &gone), tx.Companies.Put(ctx, &shut)) })
	if got := read(c, byToken(s.ID[:])); !got.User.Deactivated || got.Company.Status != kith.CompanySuspended ||
		got.User.Username != "renamed" || got.Company.Details.Name != "Renamed" {
		t.Errorf("a user just deactivated in a company just suspended resolves to %s", show(got))
	}
	// A write that is undone is not remembered.
	undone := errors.New("undone")
	err := c.db.Update(ctx, c.by, func(tx *store.Tx) error {
		draft := gone
		draft.Username = "draft"
		if err := put(ctx, tx, &draft); err != nil {
			return err
		}
		if got, err := tx.Sessions.ByToken(ctx, s.ID[:]); err != nil || got.User.Username != "draft" {
			t.Errorf("inside the write the user is %s, %v", show(got), err)
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Errorf("Update = %v", err)
	}
	c.do(func(tx *store.Tx) error { gone.Username = "kept"; return put(ctx, tx, &gone) })
	if got := read(c, byToken(s.ID[:])); got.User.Username != "kept" {
		t.Errorf("after an undone write and a kept one the user is %s", show(got))
	}
	// A session whose user is another company's, should that ever be written, resolves to nobody.
	stray := newSession(other.user.ID, c.application.ID)
	c.do(func(tx *store.Tx) error { return tx.Sessions.Insert(ctx, stray, stray.ID[:]) })
	missing(c, "a session of another company's user", byToken(stray.ID[:]))
}

func testSessionChange(t *testing.T, c *tenant) {
	ctx := t.Context()
	s := *c.session
	check := func(what string) {
		t.Helper()
		same(t, what, read(c, handled(ctx, s.User, s.Handle)), &s)
	}
	rotate := func(s kith.Session) func(tx *store.Tx) error {
		return func(tx *store.Tx) error {
			r, err := tx.Sessions.Renewable(ctx, s.ID)
			if err != nil {
				return err
			}
			return tx.Sessions.Rotate(ctx, r, &s)
		}
	}
	touch := func(at time.Time) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Sessions.Touch(ctx, s.ID, at) }
	}
	s.Label = "ключ"
	c.do(func(tx *store.Tx) error { return tx.Sessions.SetLabel(ctx, s.ID, s.Label) })
	check("SetLabel")
	s.LastUsed = noon.Add(time.Minute)
	c.do(touch(s.LastUsed))
	check("Touch")
	c.do(touch(noon))
	check("Touch never goes back")

	next := s
	next.Refresh = kith.Refresh{Generation: 1, RotatedAt: noon.Add(2 * time.Minute), ExpiresAt: noon.Add(48 * time.Hour)}
	next.ExpiresAt, next.LastUsed = noon.Add(2*time.Hour), next.Refresh.RotatedAt
	skipped := next
	skipped.Refresh.Generation = 2
	c.fails("Rotate by two", store.ErrNotFound, rotate(skipped))
	check("a refused Rotate changes nothing")
	c.do(rotate(next))
	s = next
	check("Rotate")
	c.fails("Rotate from a generation that is past", store.ErrNotFound, rotate(next))
	check("a repeated Rotate changes nothing")

	next.Refresh.Generation++
	for what, change := range map[string]func(tx *store.Tx) error{
		"user":    func(tx *store.Tx) error { return put(ctx, tx, c.user) },
		"company": func(tx *store.Tx) error { return tx.Companies.Put(ctx, c.company) },
	} {
		before := read(c, renewable(ctx, s.ID))
		c.do(change)
		c.fails("Rotate by what was read before a change of the "+what, store.ErrNotFound, func(tx *store.Tx) error {
			return tx.Sessions.Rotate(ctx, before, &next)
		})
		check("a Rotate refused for the " + what + "'s sake changes nothing")
	}

	ended := s
	ended.Label, ended.ExpiresAt, ended.Refresh.Generation, ended.Refresh.ExpiresAt = "kept", noon.Add(time.Hour), 0, time.Time{}
	c.do(func(tx *store.Tx) error { return tx.Sessions.Put(ctx, &ended) })
	late := s
	late.Refresh.Generation = 2
	c.fails("Rotate after Put", store.ErrNotFound, rotate(late))
	s = ended
	check("Put")
	s.ExpiresAt = time.Time{}
	c.do(func(tx *store.Tx) error { return tx.Sessions.Put(ctx, &s) })
	check("Put without an end")

	unknown := s
	unknown.ID, unknown.Refresh.Generation = newID[kith.Session](), 2
	c.fails("Rotate of nothing", store.ErrNotFound, rotate(unknown))
	c.fails("Put of nothing", store.ErrNotFound, func(tx *store.Tx) error { return tx.Sessions.Put(ctx, &unknown) })
	c.fails("SetLabel of nothing", store.ErrNotFound, func(tx *store.Tx) error { return tx.Sessions.SetLabel(ctx, unknown.ID, "x") })
	c.do(func(tx *store.Tx) error { return tx.Sessions.Touch(ctx, unknown.ID, noon) }) // written late, off the request: it may be gone
	check("after all that")
}

// testSessionEnd: sessions end one by one, all of a user's, or by themselves.
func testSessionEnd(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := found(t, db)
	eva := newUser()
	add := func(user kith.UserID, permanent bool) *kith.Session {
		s := newSession(user, c.application.ID)
		if permanent {
			s.ExpiresAt, s.Refresh = time.Time{}, kith.Refresh{}
		}
		c.do(func(tx *store.Tx) error { return tx.Sessions.Insert(ctx, s, random(32)) })
		return s
	}
	left := func(what string, user kith.UserID, want ...*kith.Session) {
		t.Helper()
		slices.SortFunc(want, func(a, b *kith.Session) int { return slices.Compare(a.ID[:], b.ID[:]) })
		same(t, what, read(c, sessionsOf(ctx, user)), want)
	}
	end := func(what string, keep kith.SessionID, permanent bool, want int) {
		t.Helper()
		c.do(func(tx *store.Tx) error {
			list, err := tx.Sessions.DeleteAll(ctx, eva.ID, keep, permanent)
			if len(list) != want || want > 0 && list[0].Handle == "" {
				t.Errorf("%s: %s ended, want %d", what, show(list), want)
			}
			return err
		})
	}
	one, kept, forever, keptForever := add(eva.ID, false), add(eva.ID, false), add(eva.ID, true), add(eva.ID, true)

	c.do(func(tx *store.Tx) error { return tx.Sessions.Delete(ctx, one.ID) })
	c.fails("Delete twice", store.ErrNotFound, func(tx *store.Tx) error { return tx.Sessions.Delete(ctx, one.ID) })
	left("Delete ends the one", eva.ID, kept, forever, keptForever)

	add(eva.ID, false)
	add(eva.ID, false)
	end("DeleteAll but one", kept.ID, false, 2)
	left("DeleteAll keeps one, and permanent ones", eva.ID, kept, forever, keptForever)
	end("DeleteAll with permanent ones but one", keptForever.ID, true, 2)
	left("DeleteAll with permanent ones", eva.ID, keptForever)
	add(eva.ID, false)
	end("DeleteAll of what is temporary", kith.SessionID{}, false, 1)
	end("DeleteAll", kith.SessionID{}, true, 1)
	end("DeleteAll of none", kith.SessionID{}, true, 0)
	proved, made := add(eva.ID, true), newSession(eva.ID, c.application.ID)
	made.Methods = 0
	c.do(func(tx *store.Tx) error {
		err := tx.Sessions.Insert(ctx, made, random(32))
		list, err2 := tx.Sessions.DeleteUnproved(ctx, eva.ID)
		if len(list) != 1 || list[0].ID != made.ID || list[0].Handle != made.Handle {
			t.Errorf("DeleteUnproved ended %s", show(list))
		}
		return errors.Join(err, err2)
	})
	left("DeleteUnproved ends what nobody proved", eva.ID, proved)
	end("DeleteAll", kith.SessionID{}, true, 1)
	left("nothing is left", eva.ID, []*kith.Session(nil)...)
	left("of another user everything", c.user.ID, c.session)
	testEnded(t, found(t, db))
}

// testEnded: a session is swept when neither of its tokens is good any more.
func testEnded(t *testing.T, c *tenant) {
	ctx := t.Context()
	start := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC) // before all other sessions of this database
	add := func(access, refresh time.Duration) *kith.Session {
		s := newSession(c.user.ID, c.application.ID)
		s.ExpiresAt, s.Refresh.ExpiresAt = time.Time{}, time.Time{}
		if access > 0 {
			s.ExpiresAt = start.Add(access)
		}
		if refresh > 0 {
			s.Refresh.ExpiresAt = start.Add(refresh)
		}
		c.do(func(tx *store.Tx) error { return tx.Sessions.Insert(ctx, s, random(32)) })
		return s
	}
	late, early, refreshed := add(3*time.Hour, 0), add(time.Hour, 0), add(time.Minute, 2*time.Hour)
	add(0, 0)         // permanent
	add(0, time.Hour) // permanent as well: its access token is good for ever
	ended := func(what string, after time.Duration, limit int, want ...*kith.Session) {
		t.Helper()
		got, err := c.db.System().Ended(ctx, start.Add(after), limit)
		if err != nil {
			t.Fatal(err)
		}
		var names []store.Ended
		for _, s := range want {
			names = append(names, store.Ended{Company: c.company.ID, Session: s.ID})
		}
		same(t, what, got, names)
	}
	ended("to the millisecond, not yet", time.Hour, 10)
	ended("a millisecond later", time.Hour+time.Millisecond, 10, early)
	ended("with a good refresh token, not yet", 2*time.Hour, 10, early)
	ended("oldest end first", 24*time.Hour, 10, early, refreshed, late)
	ended("at most so many", 24*time.Hour, 2, early, refreshed)
	next := *refreshed
	next.Refresh = kith.Refresh{Generation: 1, RotatedAt: start, ExpiresAt: start.Add(100 * time.Hour)}
	next.ExpiresAt = start.Add(50 * time.Hour)
	before := read(c, renewable(ctx, next.ID))
	c.do(func(tx *store.Tx) error { return tx.Sessions.Rotate(ctx, before, &next) })
	ended("Rotate moves the end", 100*time.Hour, 10, early, late)
	c.do(func(tx *store.Tx) error {
		return errors.Join(tx.Sessions.Delete(ctx, early.ID), tx.Sessions.Delete(ctx, late.ID))
	})
	ended("what was swept is gone", 100*time.Hour, 10)
}
