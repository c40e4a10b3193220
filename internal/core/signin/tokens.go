package signin

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/message"
	"kith/internal/store"
)

// The operations on one's own sessions and credentials.
var (
	OpListTokens     = gate.Op{Name: "session.view", Noun: kith.NounSession, Verb: kith.View, Section: kith.SectionUser}
	OpAddToken       = gate.Op{Name: "session.add", Noun: kith.NounSession, Verb: kith.Add, Section: kith.SectionUser}
	OpChangeToken    = gate.Op{Name: "session.change", Noun: kith.NounSession, Verb: kith.Change, Section: kith.SectionUser}
	OpDeleteToken    = gate.Op{Name: "session.delete", Noun: kith.NounSession, Verb: kith.Delete, Section: kith.SectionUser}
	OpChangePassword = gate.Op{Name: "user.change", Noun: kith.NounUser, Verb: kith.Change, Section: kith.SectionUser}
)

// TokenFilter narrows a list of tokens. Zero fields do not narrow.
type TokenFilter struct {
	Handle, NotHandle string
	Handles           []string
	Permanent         *bool
	Created           kith.Span
}

func (f TokenFilter) matches(t *kith.Session) bool {
	return (f.Handle == "" || t.Handle == f.Handle) && (f.NotHandle == "" || t.Handle != f.NotHandle) &&
		(len(f.Handles) == 0 || slices.Contains(f.Handles, t.Handle)) &&
		(f.Permanent == nil || *f.Permanent == t.ExpiresAt.IsZero()) && f.Created.Holds(t.CreatedAt)
}

// Tokens gives the actor's own sessions that still live, oldest first; 1,000 at most, the newest.
func (s *Signin) Tokens(ctx context.Context, by *kith.Actor, f TokenFilter) ([]*kith.Session, error) {
	return gate.Read(ctx, s.gate, by, OpListTokens, func(ctx context.Context, tx *gate.Tx) ([]*kith.Session, error) {
		return s.tokens(ctx, tx, by.User.ID, f)
	})
}

func (s *Signin) tokens(ctx context.Context, tx *gate.Tx, user kith.UserID, f TokenFilter) ([]*kith.Session, error) {
	all, err := tx.Sessions.List(ctx, user)
	return slices.DeleteFunc(all, func(t *kith.Session) bool { return s.over(t) || !f.matches(t) }), err
}

// over reports whether a session can neither be used nor refreshed.
func (s *Signin) over(t *kith.Session) bool {
	now := s.clock()
	return !live(t, now) && !now.Before(t.Refresh.ExpiresAt)
}

// Token gives one of the actor's own sessions, by its handle.
func (s *Signin) Token(ctx context.Context, by *kith.Actor, handle string) (*kith.Session, error) {
	return gate.Read(ctx, s.gate, by, OpListTokens, func(ctx context.Context, tx *gate.Tx) (*kith.Session, error) {
		return s.token(ctx, tx, by.User.ID, handle)
	})
}

func (s *Signin) token(ctx context.Context, tx *gate.Tx, user kith.UserID, handle string) (*kith.Session, error) {
	t, err := tx.Sessions.Handled(ctx, user, handle)
	if err == nil && s.over(t) {
		err = store.ErrNotFound
	}
	return t, err
}

// NewToken is what a token made by hand is made from.
type NewToken struct {
	Password string        // the actor's own
	Duration time.Duration // zero: permanent
	Label    string        // at most 100 characters
}

// AddToken makes the actor another token, against their password. The factors that the user has set up
// are asked as at sign-in.
func (s *Signin) AddToken(ctx context.Context, by *kith.Actor, in NewToken) (*SignedIn, error) {
	checkedHash, fresh, err := s.reprove(ctx, by, OpAddToken, "password", in.Password)
	if err != nil {
		return nil, err
	}
	return gate.Change(ctx, s.gate, by, OpAddToken, in, func(ctx context.Context, tx *gate.Tx, in NewToken) (*SignedIn, error) {
		// The user's row is written first, and so held, or somebody could archive them right after the look.
		if err := keepPassword(ctx, tx, by.User.ID, checkedHash, fresh, "password"); err != nil {
			return nil, err
		}
		if err := s.stillThere(ctx, tx); err != nil {
			return nil, err
		}
		if in.Duration == 0 {
			if err := s.roomForPermanent(ctx, tx, by.User.ID); err != nil {
				return nil, err
			}
		}
		life := min(in.Duration, kith.MaxSessionDuration)
		return s.issue(ctx, tx, grant{user: by.User.ID, methods: kith.MethodPassword, life: life, label: in.Label})
	})
}

// maxPermanent is how many permanent tokens a user may hold.
const maxPermanent = 100

var errManyTokens = &kith.Error{Kind: kith.Invalid, Code: kith.CodeOutOfRange,
	Message: "There are 100 permanent tokens already. Delete one that is not used any more."}

// roomForPermanent refuses one more permanent token to a user who has as many as anybody may.
func (s *Signin) roomForPermanent(ctx context.Context, tx *gate.Tx, user kith.UserID) error {
	permanent := true
	all, err := s.tokens(ctx, tx, user, TokenFilter{Permanent: &permanent})
	if err == nil && len(all) >= maxPermanent {
		err = errManyTokens
	}
	return err
}

// stillThere makes sure that the actor's session was not ended, nor the actor shut out, while we hashed.
// Whoever comes without a session is not asked.
func (s *Signin) stillThere(ctx context.Context, tx *gate.Tx) error {
	if tx.By.Session == nil {
		return nil
	}
	r, err := tx.Sessions.ByID(ctx, tx.By.Session.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !s.mayAct(r, tx.By.Remote) {
		return errToken
	}
	return err
}

// reprove compares a password with the actor's own. It gives the hash that it was compared with, and a
// fresh one to put in its place ("" to keep it), and fails with Invalid for the field, or with Limited after
// too many wrong ones: whoever has a session guesses no faster than others.
func (s *Signin) reprove(ctx context.Context, by *kith.Actor, op gate.Op, field, password string) (hash, fresh string, err error) {
	login, err := gate.Read(ctx, s.gate, by, op, func(ctx context.Context, tx *gate.Tx) (login store.Login, err error) {
		if _, err = checkGuesses(ctx, tx, by.User.ID[:]); err == nil {
			login, err = tx.Credentials.ByID(ctx, by.User.ID)
		}
		return login, err
	})
	if err != nil {
		return "", "", err
	}
	if login.Hash == "" { // and so there is nothing to guess
		err = s.refuseUnknown(ctx, password)
	} else if fresh, err = s.verify(ctx, login.Hash, password); errors.Is(err, errCredentials) {
		err = s.missed(ctx, by, op, guessed{by.User.ID, by.User.ID[:]}, errCredentials)
	}
	if errors.Is(err, errCredentials) {
		err = wrongPassword(field)
	}
	return login.Hash, fresh, err
}

func wrongPassword(field string) error {
	return kith.BadField(field, kith.CodeWrongPassword, "This is not your current password.")
}

// keepPassword makes sure, in the transaction, that the hash that was compared is still the user's, and
// replaces it by the fresh one if there is one.
func keepPassword(ctx context.Context, tx *gate.Tx, user kith.UserID, compared, fresh, field string) error {
	if fresh == "" {
		fresh = compared
	}
	err := tx.Credentials.SetPassword(ctx, user, compared, fresh)
	if errors.Is(err, store.ErrNotFound) {
		return wrongPassword(field)
	} else if err != nil {
		return err
	}
	return passGuesses(ctx, tx, user)
}

// RenameToken changes the label of one of the actor's own tokens, unless check finds fault with asking
// that of the token as it is.
func (s *Signin) RenameToken(ctx context.Context, by *kith.Actor, handle string, label *string,
	check func(*kith.Session) error) (*kith.Session, error) {
	return gate.Change(ctx, s.gate, by, OpChangeToken, handle, func(ctx context.Context, tx *gate.Tx, handle string) (*kith.Session, error) {
		t, err := s.token(ctx, tx, by.User.ID, handle)
		if err == nil {
			err = check(t)
		}
		if err != nil {
			return nil, err
		}
		if label == nil || *label == t.Label {
			tx.Unchanged()
			return t, nil
		}
		tx.Record(kith.Event{Noun: kith.NounSession, Verb: kith.Change, Row: handle, Subject: by.User.ID,
			Fields: []string{"label"}, Old: map[string]any{"label": t.Label}})
		t.Label = *label
		return t, tx.Sessions.SetLabel(ctx, t.ID, *label)
	})
}

// DeleteToken ends one of the actor's own sessions.
func (s *Signin) DeleteToken(ctx context.Context, by *kith.Actor, handle string) error {
	_, err := gate.Change(ctx, s.gate, by, OpDeleteToken, handle, func(ctx context.Context, tx *gate.Tx, handle string) (any, error) {
		t, err := s.token(ctx, tx, by.User.ID, handle)
		if err != nil {
			return nil, err
		}
		tx.Record(ended(t, by.User.ID))
		return nil, tx.Sessions.Delete(ctx, t.ID)
	})
	return err
}

// DeleteTokens ends all of the actor's own sessions that the filter lets through, the present one too.
func (s *Signin) DeleteTokens(ctx context.Context, by *kith.Actor, f TokenFilter) error {
	_, err := gate.Change(ctx, s.gate, by, OpDeleteToken, f, func(ctx context.Context, tx *gate.Tx, f TokenFilter) (any, error) {
		list, err := s.endAll(ctx, tx, by.User.ID, f)
		if len(list) == 0 {
			tx.Unchanged()
		}
		for _, t := range list {
			tx.Record(ended(t, by.User.ID))
		}
		return nil, err
	})
	return err
}

// endAll ends the sessions that the filter lets through, and gives them. Without a filter that is really
// all of them, more than a list shows.
func (s *Signin) endAll(ctx context.Context, tx *gate.Tx, user kith.UserID, f TokenFilter) ([]*kith.Session, error) {
	if reflect.ValueOf(f).IsZero() {
		return tx.Sessions.DeleteAll(ctx, user, kith.SessionID{}, true)
	}
	list, err := s.tokens(ctx, tx, user, f)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		if err := gate.Already(tx.Sessions.Delete(ctx, t.ID)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// PasswordChange replaces the actor's password.
type PasswordChange struct {
	Old, New string
	Clear    Clear // ClearAll ends permanent tokens too; temporary sessions end whatever it says
}

// ChangePassword replaces the actor's password. The change ends all their other temporary sessions and the
// link to set a password by, in the same transaction: whoever knew the old one is out.
func (s *Signin) ChangePassword(ctx context.Context, by *kith.Actor, in PasswordChange) error {
	compared, _, err := s.reprove(ctx, by, OpChangePassword, "old_password", in.Old)
	if err != nil {
		return err
	}
	if err := CheckPassword(by.Company.Mode, in.New, ownWords(by.Company, by.User.Username, by.User.Email, by.User.Profile)...); err != nil {
		return kith.AsError(err).In("new_password")
	}
	hash, err := s.hash(ctx, in.New)
	if err != nil {
		return err
	}
	_, err = gate.Change(ctx, s.gate, by, OpChangePassword, in, func(ctx context.Context, tx *gate.Tx, in PasswordChange) (any, error) {
		// As in AddToken, the user's row is held before the look.
		if err := keepPassword(ctx, tx, by.User.ID, compared, hash, "old_password"); err != nil {
			return nil, err
		}
		if err := s.stillThere(ctx, tx); err != nil {
			return nil, err
		}
		if err := directory.EndTrust(ctx, tx, by.User.ID, by.Session.ID, in.Clear == ClearAll); err != nil {
			return nil, err
		}
		tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Change, Row: by.User.ID.String(), Subject: by.User.ID, Fields: []string{"password"}})
		return nil, s.tellOfPassword(ctx, tx, kith.Member{User: by.User, Company: by.Company})
	})
	return err
}

// tellOfPassword tells a user that their password was changed. Text messages are capped: whoever has the
// password may change it all day, and the number may be one that earns by each.
func (s *Signin) tellOfPassword(ctx context.Context, tx *gate.Tx, m kith.Member) error {
	if m.User.Email == "" && m.User.Mobile != "" {
		if may, err := s.maySend(ctx, tx, m.User.ID, m.User.Mobile); err != nil || !may {
			return err
		}
	}
	message.Notify(tx, m, message.Note{Kind: message.PasswordChanged})
	return nil
}
