package signin

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/message"
	"kith/internal/store"
)

// A password link is how somebody whom staff added gets in: it sets their password, once, within
// kith.PasswordLinkLife. Its secret is drawn like an access token and ends in its company; only the hash
// is stored. Staff have it mailed and never see it, so that nobody can take over whom they invite.

// CreateUser makes a user on behalf of staff and mails them, if they can be reached and may sign in, the
// link to set their password by. It fails with Invalid for each bad field, and with Conflict if the id or
// an identifier is taken.
func (s *Signin) CreateUser(ctx context.Context, by *kith.Actor, in directory.NewUserByStaff) (kith.Member, error) {
	return gate.Change(ctx, s.gate, by, directory.OpAddUser, s.directory.PlanUser(in),
		func(ctx context.Context, tx *gate.Tx, p directory.PlannedUser) (kith.Member, error) {
			m, err := directory.AddPlannedUser(ctx, tx, p)
			if err != nil || !m.User.Active() || m.User.Kind != kith.Person || m.User.Email == "" {
				return m, err
			}
			return m, s.mailPasswordLink(ctx, tx, m)
		})
}

// MailPasswordLink mails a user a new link to set their password by, in the place of any before. It fails
// with Invalid for users whom no link can reach.
func (s *Signin) MailPasswordLink(ctx context.Context, by *kith.Actor, typed string) error {
	_, err := gate.Change(ctx, s.gate, by, directory.OpChangeUser, typed, func(ctx context.Context, tx *gate.Tx, typed string) (any, error) {
		m, err := s.linkable(ctx, tx, typed)
		if err != nil {
			return nil, err
		}
		if m.User.Email == "" {
			return nil, kith.BadField("email", kith.CodeRequired, "This user has no email to send a link to.")
		}
		tx.Record(linkEvent(m.User.ID))
		return nil, s.mailPasswordLink(ctx, tx, m)
	})
	return err
}

// ShowPasswordLink gives kith's operator a new link for a user to set their password by, in the place of
// any before. As it proves nothing about the user's e-mail, that stays as verified as it was.
func (s *Signin) ShowPasswordLink(ctx context.Context, by *kith.Actor, typed string) (link string, err error) {
	if !by.System {
		return "", &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden, Message: "Only kith's operator sees links."}
	}
	return gate.Change(ctx, s.gate, by, directory.OpChangeUser, typed, func(ctx context.Context, tx *gate.Tx, typed string) (string, error) {
		m, err := s.linkable(ctx, tx, typed)
		if err != nil {
			return "", err
		}
		tx.Record(linkEvent(m.User.ID))
		return s.newPasswordLink(ctx, tx, m, false)
	})
}

// linkEvent tells that a user was given a link. The link itself is a secret.
func linkEvent(user kith.UserID) kith.Event {
	return kith.Event{Noun: kith.NounUser, Verb: kith.Execute, Row: user.String(), Subject: user, Fields: []string{"password_link"}}
}

// linkable finds a user whom the actor may give a link to.
func (s *Signin) linkable(ctx context.Context, tx *gate.Tx, typed string) (kith.Member, error) {
	m, err := directory.FindManaged(ctx, tx, typed)
	switch {
	case err != nil:
		return m, err
	case m.Company.Owner == m.User.ID && !tx.By.System && tx.By.UserID() != m.User.ID:
		return m, errOwnersLink
	case m.User.Kind != kith.Person:
		return m, kith.BadField("kind", kith.CodeNotAllowed, "A machine has no password: make it a token.")
	case m.User.Temporary:
		return m, kith.BadField("temporary", kith.CodeNotAllowed, "A temporary user cannot sign in.")
	default:
		return m, directory.CheckWritable(m.User)
	}
}

// errOwnersLink keeps other admins from leading the owner to a page of their own choice.
var errOwnersLink = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
	Message: "Only the company's owner, or kith's operator, asks for a link to set the owner's password."}

func (s *Signin) mailPasswordLink(ctx context.Context, tx *gate.Tx, m kith.Member) error {
	link, err := s.newPasswordLink(ctx, tx, m, true)
	if err != nil {
		return err
	}
	if letter, ok := message.PasswordSet(m, link); ok {
		tx.Tell(letter)
	}
	return nil
}

func (s *Signin) newPasswordLink(ctx context.Context, tx *gate.Tx, m kith.Member, mailed bool) (string, error) {
	secret, err := newAccessToken(s.gate.Random, tx.By.CompanyID())
	if err != nil {
		return "", err
	}
	if err := tx.PasswordLinks.Put(ctx, m.User.ID, hashOf(secret), tx.Now.Add(kith.PasswordLinkLife), mailed); err != nil {
		return "", err
	}
	return withFragment(s.passwordSetURL(m), "uid="+m.User.ID.String()+"&token="+secret), nil
}

// passwordSetURL is the page that links to set a password lead to: that of the user's group, else the
// company's, else kith's.
func (s *Signin) passwordSetURL(m kith.Member) string {
	if m.Group != nil && m.Group.Settings.PasswordSetURL != "" {
		return m.Group.Settings.PasswordSetURL
	}
	return cmp.Or(m.Company.Settings.Links.PasswordSet, s.config.Issuer+"/set-password/")
}

// withFragment adds values to a page's address where browsers keep them to themselves: in the fragment,
// which no server is sent and no log or referrer shows.
func withFragment(page, values string) string {
	_, fragment, has := strings.Cut(page, "#")
	switch {
	case !has:
		return page + "#" + values
	case strings.Contains(fragment, "?"):
		return page + "&" + values
	default: // a page that finds its way by the fragment itself
		return page + "?" + values
	}
}

// OpSetPassword is the setting of a password by a link.
var OpSetPassword = gate.Op{Name: "password.set", Noun: kith.NounUser, Verb: kith.Change, Open: true}

// PasswordSetting is what somebody sends who follows a link to set their password.
type PasswordSetting struct {
	User, Secret string // of the link
	Password     string
	Clear        Clear // ClearAll ends permanent tokens too; temporary sessions end whatever it says
}

// errLink is the one answer to a link that does not work, whatever the reason.
var errLink = &kith.Error{Kind: kith.Invalid, Code: kith.CodeBadLink, Field: "token",
	Message: "This link does not work, or no longer: links work once, for some days, and only the newest does. Ask for another."}

// SetPassword sets a password by a link. The link is spent in the transaction that sets it. If it was
// mailed to an address never proved before, it proves that address, and all that was set up earlier goes:
// whoever did it may not have been its holder. It fails with Invalid.
func (s *Signin) SetPassword(ctx context.Context, from kith.Remote, in PasswordSetting) error {
	company, ok := companyOf(in.Secret, accessSize)
	user, err := kith.ParseID[kith.User](in.User)
	if !ok || err != nil {
		return errLink
	}
	guest := &kith.Actor{Company: &kith.Company{ID: company}, Remote: from}
	// A link that is none is refused before it costs a hash, or tells what the company thinks of a password.
	m, err := gate.Read(ctx, s.gate, guest, OpSetPassword, func(ctx context.Context, tx *gate.Tx) (kith.Member, error) {
		if err := tx.PasswordLinks.Good(ctx, user, hashOf(in.Secret)); err != nil {
			return kith.Member{}, err
		}
		c, err := tx.Companies.Get(ctx)
		if err != nil {
			return kith.Member{}, err
		}
		u, err := tx.Users.Get(ctx, user)
		return kith.Member{User: u, Company: c}, err
	})
	switch {
	case errors.Is(err, kith.ErrNotFound), err == nil && (m.Company.Status == kith.CompanySuspended || !s.directory.Serves(m.Company, from)):
		return errLink
	case err != nil:
		return err
	}
	if err := CheckPassword(m.Company.Mode, in.Password, ownWords(m.Company, m.User.Username, m.User.Email, m.User.Profile)...); err != nil {
		return kith.AsError(err).In("new_password")
	}
	hash, err := s.hash(ctx, in.Password)
	if err != nil {
		return err
	}
	guest.Company = m.Company
	_, err = gate.Change(ctx, s.gate, guest, OpSetPassword, in, func(ctx context.Context, tx *gate.Tx, in PasswordSetting) (any, error) {
		return nil, setPassword(ctx, tx, user, hash, in)
	})
	if errors.Is(err, kith.ErrNotFound) {
		err = errLink
	}
	return err
}

// setPassword is the step behind SetPassword. The user is locked first, as everywhere, so that a change
// that takes the link back either comes before or finds it spent.
func setPassword(ctx context.Context, tx *gate.Tx, user kith.UserID, hash string, in PasswordSetting) error {
	u, err := tx.Users.Lock(ctx, user)
	if err != nil {
		return err
	}
	mailed, err := tx.PasswordLinks.Spend(ctx, user, hashOf(in.Secret))
	if err != nil {
		return err
	}
	if u.Archived || u.Temporary || u.Kind != kith.Person {
		return store.ErrNotFound
	}
	had, err := tx.Credentials.ByID(ctx, user)
	if err == nil {
		err = tx.Credentials.SetPassword(ctx, user, had.Hash, hash)
	}
	if err != nil {
		return err
	}
	changed := kith.Event{Noun: kith.NounUser, Verb: kith.Change, Row: user.String(), Actor: user, Subject: user, Fields: []string{"password"}}
	first := mailed && !u.EmailVerified
	if err := directory.EndTrust(ctx, tx, user, kith.SessionID{}, first || in.Clear == ClearAll); err != nil {
		return err
	}
	if first {
		if _, err := tx.Factors.DeleteAll(ctx, user); err != nil {
			return err
		}
		if err := directory.VerifyEmail(ctx, tx, u); err != nil {
			return err
		}
		changed.Fields, changed.Old = []string{"email_verified", "password"}, map[string]any{"email_verified": false}
	}
	tx.Record(changed)
	write := message.PasswordChanged
	if had.Hash == "" {
		write = message.Welcome
	}
	if letter, ok := write(kith.Member{User: u, Company: tx.By.Company}); ok {
		tx.Tell(letter)
	}
	return nil
}
