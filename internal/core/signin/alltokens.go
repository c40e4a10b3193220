package signin

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// The operations of staff on the sessions of others.
var (
	OpListAnyTokens  = gate.Op{Name: "session.view", Noun: kith.NounSession, Verb: kith.View, Section: kith.SectionAdmin}
	OpAddAnyToken    = gate.Op{Name: "session.add", Noun: kith.NounSession, Verb: kith.Add, Section: kith.SectionAdmin}
	OpChangeAnyToken = gate.Op{Name: "session.change", Noun: kith.NounSession, Verb: kith.Change, Section: kith.SectionAdmin}
	OpDeleteAnyToken = gate.Op{Name: "session.delete", Noun: kith.NounSession, Verb: kith.Delete, Section: kith.SectionAdmin}
)

// HeldToken is a session of the company, and whose it is.
type HeldToken struct {
	kith.Member
	Session *kith.Session
	Token   string // of one just made: shown this once
}

// AnyTokenFilter narrows a list of the company's tokens. Zero fields do not narrow.
type AnyTokenFilter struct {
	TokenFilter               // of Handles store.MostHandles at most
	User        *string       // id, e-mail, mobile or username; one that nobody has matches nothing
	Group       string        // name of the users' role group
	Groups      []string      // or any of these
	Section     *kith.Section // of the users' role group
}

// query says in the store's words what the filter lets through; false if nothing.
func (f AnyTokenFilter) query(ctx context.Context, tx *gate.Tx, now time.Time) (store.SessionFilter, bool, error) {
	q := store.SessionFilter{Handles: f.Handles, NotHandle: f.NotHandle, Permanent: f.Permanent, Alive: now,
		Group: f.Group, Groups: f.Groups, Section: f.Section}
	if f.Handle != "" {
		if len(f.Handles) > 0 && !slices.Contains(f.Handles, f.Handle) {
			return q, false, nil
		}
		q.Handles = []string{f.Handle}
	}
	if len(q.Handles) > store.MostHandles {
		return q, false, kith.BadField("handles", kith.CodeTooLong, "Name 20 tokens at most.")
	}
	var some bool
	if q.From, q.Below, some = f.Created.Bounds(); !some {
		return q, false, nil
	}
	if f.User != nil {
		m, err := directory.Find(ctx, tx, *f.User)
		if errors.Is(err, store.ErrNotFound) {
			return q, false, nil
		} else if err != nil {
			return q, false, err
		}
		q.User = m.User.ID
	}
	return q, true, nil
}

// AllTokens gives one page of the sessions of the actor's company that still live, newest first, 10,000 at
// most; of groups with over 1,000 members those among the company's newest 10,000.
func (s *Signin) AllTokens(ctx context.Context, by *kith.Actor, f AnyTokenFilter, page kith.Page) (kith.List[*HeldToken], error) {
	return gate.Read(ctx, s.gate, by, OpListAnyTokens, func(ctx context.Context, tx *gate.Tx) (kith.List[*HeldToken], error) {
		return s.findTokens(ctx, tx, f, page)
	})
}

func (s *Signin) findTokens(ctx context.Context, tx *gate.Tx, f AnyTokenFilter, page kith.Page) (kith.List[*HeldToken], error) {
	var list kith.List[*HeldToken]
	q, some, err := f.query(ctx, tx, s.clock())
	if err != nil || !some {
		return list, err
	}
	found, err := tx.Sessions.Find(ctx, q, page)
	list.Total = found.Total
	for _, h := range found.Rows {
		h.Member.Company = tx.By.Company
		list.Rows = append(list.Rows, &HeldToken{Member: h.Member, Session: h.Session})
	}
	return list, err
}

// AnyToken gives one of the company's sessions, by its handle.
func (s *Signin) AnyToken(ctx context.Context, by *kith.Actor, handle string) (*HeldToken, error) {
	return gate.Read(ctx, s.gate, by, OpListAnyTokens, func(ctx context.Context, tx *gate.Tx) (*HeldToken, error) {
		return s.anyToken(ctx, tx, handle)
	})
}

func (s *Signin) anyToken(ctx context.Context, tx *gate.Tx, handle string) (*HeldToken, error) {
	found, err := s.findTokens(ctx, tx, AnyTokenFilter{TokenFilter: TokenFilter{Handle: handle}}, kith.Page{Number: 1, Size: 1})
	if err != nil {
		return nil, err
	}
	if handle == "" || len(found.Rows) == 0 {
		return nil, store.ErrNotFound
	}
	return found.Rows[0], nil
}

var (
	errOwnersTokens = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
		Message: "Only the company's owner may do that with the owner's tokens."}
	errAdminsTokens = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
		Message: "Only the company's owner, and the admin themself, may do that with an admin's tokens."}
	errNoLonger = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden, Field: "expires",
		Message: "To make a token live longer takes the permission to add tokens."}
	errNoShorter = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden, Field: "expires",
		Message: "To make a token live shorter takes the permission to delete tokens."}
	errAllTokens = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
		Message: "Only the company's owner may end the tokens of everybody."}
)

// checkReach refuses an actor who may not act on a user's tokens, and so as the user: one who holds less
// than they do and, so that no admin acts under the name of another, for admins all but the owner.
func checkReach(ctx context.Context, tx *gate.Tx, target kith.Member) error {
	by := tx.By
	if by.System || by.UserID() == target.User.ID {
		return nil
	}
	company, err := tx.Companies.Get(ctx)
	if err != nil {
		return err
	}
	switch {
	case company.OwnedBy(by.UserID()):
		return nil
	case company.Owner == target.User.ID:
		return errOwnersTokens
	case target.User.Kind == kith.Person && target.Group != nil && target.Group.Name == kith.GroupAdmin:
		return errAdminsTokens
	default:
		return access.CheckManages(by, target)
	}
}

// NewTokenFor is what staff make a token from.
type NewTokenFor struct {
	User     string        // id, e-mail, mobile or username
	Duration time.Duration // zero: permanent
	Label    string        // at most 100 characters
}

// Bounds of NewTokenFor.
const (
	maxTokenLabel = 100 // characters
	maxTokenLife  = 10 * 365 * 24 * time.Hour
)

// Validate reports every bad field.
func (in NewTokenFor) Validate() error {
	var errs []error
	if utf8.RuneCountInString(in.Label) > maxTokenLabel {
		errs = append(errs, kith.BadField("label", kith.CodeTooLong, "Use at most 100 characters."))
	}
	if in.Duration < 0 || in.Duration > maxTokenLife {
		errs = append(errs, kith.BadField("duration", kith.CodeOutOfRange, "A token lives for ten years at most, or for good."))
	}
	return errors.Join(errs...)
}

// AddTokenFor makes a token for a user of the company, of no method of proof and without a refresh token.
// The event names who made it. It fails with Forbidden where the actor does not manage the user, and with
// Invalid for users who may not sign in or whose second factor would be left out.
func (s *Signin) AddTokenFor(ctx context.Context, by *kith.Actor, in NewTokenFor) (*HeldToken, error) {
	return gate.Change(ctx, s.gate, by, OpAddAnyToken, in, func(ctx context.Context, tx *gate.Tx, in NewTokenFor) (*HeldToken, error) {
		target, err := directory.FindField(ctx, tx, "user", in.User)
		if err != nil {
			return nil, err
		}
		// The lock makes this and what shuts the user out, or lifts them up, come one after the other.
		if target, err = directory.LockUser(ctx, tx, target.User.ID); err != nil {
			return nil, err
		}
		if err := s.mayGetToken(ctx, tx, target, in); err != nil {
			return nil, err
		}
		out, err := s.issue(ctx, tx, grant{user: target.User.ID, life: in.Duration, label: in.Label, fixed: true})
		if err != nil {
			return nil, err
		}
		return &HeldToken{Member: out.Member, Session: out.Session, Token: out.Token}, nil
	})
}

func (s *Signin) mayGetToken(ctx context.Context, tx *gate.Tx, target kith.Member, in NewTokenFor) error {
	user := target.User
	if err := checkReach(ctx, tx, target); err != nil {
		return err
	}
	if tx.By.UserID() == user.ID && user.Kind == kith.Person {
		return kith.BadField("user", kith.CodeNotAllowed, "Make a token for yourself among your own tokens, with your password.")
	}
	if !user.Active() {
		return kith.BadField("user", kith.CodeNotAllowed, "This user is archived, deactivated or temporary, and so gets no token.")
	}
	challenges, err := owed(ctx, tx, grant{user: user.ID})
	if err != nil {
		return err
	}
	if len(challenges) > 0 {
		return kith.BadField("user", kith.CodeNotAllowed, "This user has a second factor, so only they can begin a session.")
	}
	if in.Duration > 0 {
		return nil
	}
	return s.roomForPermanent(ctx, tx, user.ID)
}

// TokenChange sets what is not nil.
type TokenChange struct {
	Label   *string
	Expires *time.Time // zero: never; the session cannot be refreshed from then on
}

// ChangeAnyToken changes one of the company's sessions, unless check finds fault with asking that of the
// session as it is. A longer life takes the permission to add tokens, a shorter one that to delete them. One's own session can only be made shorter: to live longer takes the password.
func (s *Signin) ChangeAnyToken(ctx context.Context, by *kith.Actor, handle string, in TokenChange,
	check func(*HeldToken) error) (*HeldToken, error) {
	return gate.Change(ctx, s.gate, by, OpChangeAnyToken, in, func(ctx context.Context, tx *gate.Tx, in TokenChange) (*HeldToken, error) {
		t, err := s.anyToken(ctx, tx, handle)
		if err == nil {
			t.Member, err = directory.LockUser(ctx, tx, t.User.ID)
		}
		if err == nil {
			err = checkReach(ctx, tx, t.Member)
		}
		if err == nil {
			err = directory.CheckWritable(t.User)
		}
		if err == nil {
			err = check(t)
		}
		if err != nil {
			return nil, err
		}
		e := kith.Event{Noun: kith.NounSession, Verb: kith.Change, Row: handle, Subject: t.User.ID, Old: map[string]any{}}
		if in.Expires != nil && !in.Expires.Equal(t.Session.ExpiresAt) {
			if err := s.mayExpire(ctx, tx, t, *in.Expires); err != nil {
				return nil, err
			}
			e.Fields, e.Old["expires"] = append(e.Fields, "expires"), stamp(t.Session.ExpiresAt)
			t.Session.ExpiresAt = *in.Expires
		}
		relabelled := in.Label != nil && *in.Label != t.Session.Label
		if relabelled {
			e.Fields, e.Old["label"] = append(e.Fields, "label"), t.Session.Label
			t.Session.Label = *in.Label
		}
		switch {
		case len(e.Fields) == 0:
			tx.Unchanged()
			return t, nil
		case e.Fields[0] == "label": // and nothing else
			err = tx.Sessions.SetLabel(ctx, t.Session.ID, t.Session.Label)
		default:
			t.Session.Refresh = kith.Refresh{}
			err = tx.Sessions.Put(ctx, t.Session)
		}
		tx.Record(e)
		return t, err
	})
}

// stamp tells a time in an event: Unix milliseconds, nil for none.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// mayExpire refuses an end that a session cannot be given.
func (s *Signin) mayExpire(ctx context.Context, tx *gate.Tx, t *HeldToken, at time.Time) error {
	was := t.Session.ExpiresAt
	longer := at.IsZero() || !was.IsZero() && at.After(was)
	switch {
	case !at.IsZero() && !at.After(tx.Now):
		return kith.BadField("expires", kith.CodeOutOfRange, "This is past. Give a time to come, or delete the token.")
	case longer && !tx.By.Holds(kith.SectionAdmin, kith.NounSession, kith.Add):
		return errNoLonger
	case !longer && !tx.By.Holds(kith.SectionAdmin, kith.NounSession, kith.Delete): // which ends it in a moment
		return errNoShorter
	case longer && t.Session.Purpose != kith.PurposeAccess:
		return kith.BadField("expires", kith.CodeNotAllowed, "This session still owes a second factor and cannot be made longer.")
	case longer && tx.By.UserID() == t.User.ID && t.User.Kind == kith.Person:
		return kith.BadField("expires", kith.CodeNotAllowed, "Your own tokens can only be made shorter. Make another one, with your password.")
	case at.IsZero():
		return s.roomForPermanent(ctx, tx, t.User.ID)
	default:
		return nil
	}
}

// DeleteAnyToken ends one of the company's sessions.
func (s *Signin) DeleteAnyToken(ctx context.Context, by *kith.Actor, handle string) error {
	_, err := gate.Change(ctx, s.gate, by, OpDeleteAnyToken, handle, func(ctx context.Context, tx *gate.Tx, handle string) (any, error) {
		t, err := s.anyToken(ctx, tx, handle)
		if err == nil {
			err = checkReach(ctx, tx, t.Member)
		}
		if err != nil {
			return nil, err
		}
		tx.Record(ended(t.Session, t.User.ID))
		return nil, tx.Sessions.Delete(ctx, t.Session.ID)
	})
	return err
}

// endSlice is how many sessions one transaction of DeleteAllTokens ends.
const endSlice = 200

// DeleteAllTokens ends the sessions of the company that the filter lets through and that were there when it
// was called, all but the one that asks. It is for the owner. It works in slices, so that nobody waits long
// behind it; when it answers, all are over.
func (s *Signin) DeleteAllTokens(ctx context.Context, by *kith.Actor, f AnyTokenFilter) error {
	if f.Group != "" || len(f.Groups) > 0 || f.Section != nil {
		return kith.BadField("group", kith.CodeNotAllowed, "Tokens are not ended by group. Name users, or leave the group out.")
	}
	until := s.clock()
	if f.Created.Until.IsZero() || f.Created.Until.After(until) {
		f.Created.Until = until
	}
	for more := true; more; {
		var err error
		more, err = gate.Change(ctx, s.gate, by, OpDeleteAnyToken, f, func(ctx context.Context, tx *gate.Tx, f AnyTokenFilter) (bool, error) {
			return s.endSome(ctx, tx, f)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// endSome ends some of the sessions that the filter lets through, and tells whether there may be more.
func (s *Signin) endSome(ctx context.Context, tx *gate.Tx, f AnyTokenFilter) (more bool, err error) {
	company, err := tx.Companies.Get(ctx)
	if err != nil {
		return false, err
	}
	if !tx.By.System && !company.OwnedBy(tx.By.UserID()) {
		return false, errAllTokens
	}
	found, err := s.findTokens(ctx, tx, f, kith.Page{Number: 1, Size: endSlice})
	if err != nil {
		return false, err
	}
	tx.Unchanged() // unless one is found
	for _, t := range found.Rows {
		if tx.By.Session != nil && t.Session.ID == tx.By.Session.ID {
			continue
		}
		err := tx.Sessions.Delete(ctx, t.Session.ID)
		if err == nil {
			tx.Record(ended(t.Session, t.User.ID))
		} else if !errors.Is(err, store.ErrNotFound) { // or it was ended by another request, which told of it
			return false, err
		}
	}
	return len(found.Rows) == endSlice, nil
}
